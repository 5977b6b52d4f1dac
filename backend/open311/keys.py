"""Keys of client programs: making, revoking, recognising, and how much a client may file."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.actions import place_me
from backend.accounts.models import Account
from backend.clock import local_day
from backend.errors import not_found
from backend.ids import new_id
from backend.open311.models import ApiKey
from backend.open311.refusals import bad_key, too_many
from backend.requests.deadlines import day_bounds
from backend.unit_of_work import UnitOfWork

PER_MINUTE, PER_DAY = 60, 1000


def make_key(
    unit: UnitOfWork,
    *,
    name: str,
    per_minute: int = PER_MINUTE,
    per_day: int = PER_DAY,
    key: str | None = None,
    demo: bool = False,
) -> tuple[ApiKey, str]:
    """Give a client a key, which is shown this once, and the citizen account under which it files.

    `key` is only for the demo, whose keys everybody knows.
    """
    account = Account(
        id=new_id(), kind="citizen", ver=1, name=name[:40], locale="zh-CN", demo=demo, created_at=unit.now
    )
    unit.session.add(account)
    unit.session.flush()
    unit.record("account.created", account.id, 1, kind="citizen")
    place_me(unit, account)
    secret = key or secrets.token_urlsafe(32)
    made = ApiKey(
        id=new_id(),
        name=name[:40],
        account_id=account.id,
        key_hash=_hash(secret),
        per_minute=per_minute,
        per_day=per_day,
        created_at=unit.now,
    )
    unit.session.add(made)
    unit.session.flush()
    unit.record("open311_key.made", made.id, 1, account=account.id, per_minute=per_minute, per_day=per_day)
    return made, secret


def revoke_key(unit: UnitOfWork, key_id: str) -> ApiKey:
    """End a key for good; what was filed with it stays.

    Raises:
        AppError: 404 for an unknown one.
    """
    found = unit.session.get(ApiKey, key_id, with_for_update=True)
    if found is None:
        raise not_found("密钥")
    if found.revoked_at is None:
        found.revoked_at = unit.now
        unit.record("open311_key.revoked", found.id, 2)
    return found


def list_keys(session: Session) -> list[ApiKey]:
    """List all keys, the newest first."""
    return list(session.scalars(sa.select(ApiKey).order_by(ApiKey.created_at.desc(), ApiKey.id.desc())))


def access_key(session: Session, secret: str | None) -> ApiKey:
    """Return the key that a client shows.

    Raises:
        AppError: 403 for none, a wrong one and one that was revoked.
    """
    if secret is None:
        raise bad_key("缺少 api_key，提交诉求要用密钥")
    query = sa.select(ApiKey).where(ApiKey.key_hash == _hash(secret), ApiKey.revoked_at.is_(None))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise bad_key("api_key 无效或已停用")
    return found


def use_key(unit: UnitOfWork, key_id: str) -> ApiKey:
    """Count one more request on a key, whose row stays locked until the unit ends.

    Raises:
        AppError: 403 when it was revoked meanwhile; 429 when the client has filed what it may this minute or today.
    """
    key = unit.session.get_one(ApiKey, key_id, with_for_update=True, populate_existing=True)
    if key.revoked_at is not None:
        raise bad_key("api_key 无效或已停用")
    minute, day = unit.now.replace(second=0, microsecond=0), local_day(unit.now)
    if key.minute != minute:
        key.minute, key.minute_used = minute, 0
    if key.day != day:
        key.day, key.day_used = day, 0
    if key.minute_used >= key.per_minute:
        raise too_many(f"每分钟最多提交 {key.per_minute} 件，请稍后再试", _until(unit, minute + timedelta(minutes=1)))
    if key.day_used >= key.per_day:
        raise too_many(f"今天已提交满 {key.per_day} 件，请明天再试", _until(unit, day_bounds(unit.now)[1]))
    key.minute_used += 1
    key.day_used += 1
    return key


def _until(unit: UnitOfWork, moment: datetime) -> int:
    return max(1, int((moment - unit.now).total_seconds()) + 1)


def _hash(secret: str) -> str:
    # A key has 256 bits of its own; none is needed against guessing.
    return hashlib.sha256(f"open311\n{secret}".encode("utf-8", "surrogatepass")).hexdigest()
