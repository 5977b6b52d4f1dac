"""Asking for a check, and writing down how it ended."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from backend.accounts.rules import keyed_hash
from backend.clock import local_day
from backend.community.identity.models import Identity, IdentityCheck, RealPerson
from backend.community.identity.rules import (
    ACCOUNTS_A_PERSON,
    CHECKED_FOR,
    CHECKS_A_DAY,
    Refusal,
    State,
    birth_date,
    masked,
)
from backend.community.limits import demand_room
from backend.db import insert_into
from backend.errors import guard_failed, invalid
from backend.ids import new_id
from backend.jobs import queue
from backend.privacy import consents
from backend.privacy.rules import NOTICE_VERSION, Purpose, of_age_on
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

CHECK_JOB, END_JOB = "identity.check", "identity.end"
_DAY = CHECKED_FOR


def ask(unit: UnitOfWork, *, name: str, id_number: str) -> Identity:
    """Have the actor's name and number checked, as a job.

    Raises:
        AppError: 409 for whoever is verified already or being checked, `guardian_needed` for a child for whom no
            guardian has agreed; 429 after five checks within a day.
    """
    row = unit.session.get(Identity, unit.actor.id, with_for_update=True)
    if row is not None and row.state == State.VERIFIED:
        raise guard_failed("already_verified", "您已完成实名认证。")
    if row is not None and row.state == State.CHECKING:
        raise guard_failed("check_under_way", "正在核验，请稍候。")
    born = birth_date(id_number)
    if born is None or born > local_day(unit.now):
        raise invalid("id_number", "in_future", "身份证号码里的出生日期还没有到")
    of_age = of_age_on(born)
    is_minor = local_day(unit.now) < of_age
    if is_minor:
        consents.demand_guardian(unit)
    demand_room(unit, IdentityCheck.at, IdentityCheck.account_id == unit.actor.id, (CHECKS_A_DAY, _DAY))
    if row is None:
        row = Identity(account_id=unit.actor.id, ver=0, alias=f"{secrets.randbelow(10_000):04d}")
        unit.session.add(row)
    check = new_id()
    unit.session.add(IdentityCheck(id=check, account_id=unit.actor.id, at=unit.now))
    row.state, row.check_id, row.code, row.at = State.CHECKING, check, None, unit.now
    row.name, row.number, row.masked = name.strip(), id_number.upper(), masked(name)
    row.minor_until = of_age if is_minor else None
    # The form says that sending it is agreeing to the check.
    consents.give(unit, Purpose.REAL_NAME, version=NOTICE_VERSION)
    _changed(unit, row, "asked")
    unit.enqueue(CHECK_JOB, f"{CHECK_JOB}:{check}", {"check": check}, lane=queue.PERSONAL)
    unit.enqueue(END_JOB, f"{END_JOB}:{check}", {"check": check}, run_at=unit.now + CHECKED_FOR, lane=queue.BULK)
    return row


def settle(unit: UnitOfWork, check: str, refusal: Refusal | None, secret: str) -> None:
    """Write down how a check ended, and forget name and number; nothing where it has ended already."""
    row = unit.session.scalars(sa.select(Identity).where(Identity.check_id == check).with_for_update()).one_or_none()
    if row is None:
        return
    number_hash = keyed_hash(secret, "id-number", str(row.number))
    if refusal is None and _accounts_behind(unit, number_hash) >= ACCOUNTS_A_PERSON:
        refusal = Refusal.TOO_MANY_ACCOUNTS
    row.name = row.number = row.check_id = None
    row.code, row.at = refusal, unit.now
    if refusal is None:
        row.state, row.number_hash, row.verified_at = State.VERIFIED, number_hash, unit.now
    else:
        row.state = State.REFUSED
    _changed(unit, row, str(row.state), code=refusal)


def _accounts_behind(unit: UnitOfWork, number_hash: str) -> int:
    """Count the accounts of a person, while nobody else can add one."""
    person = insert_into(unit.session, RealPerson).values(number_hash=number_hash)
    unit.session.execute(person.on_conflict_do_nothing())
    unit.session.get_one(RealPerson, number_hash, with_for_update=True)
    query = sa.select(sa.func.count()).select_from(Identity).where(Identity.number_hash == number_hash)
    return unit.session.scalar(query) or 0


def erase_identity(unit: UnitOfWork, account_id: str) -> None:
    """Forget who somebody is who closes their account; their number may stand behind another one then."""
    unit.session.execute(sa.delete(IdentityCheck).where(IdentityCheck.account_id == account_id))
    row = unit.session.get(Identity, account_id, with_for_update=True)
    if row is None:
        return
    unit.place("identity", account_id, row.ver, set())
    unit.session.delete(row)
    unit.session.flush()
    still = sa.exists().where(Identity.number_hash == RealPerson.number_hash)
    unit.session.execute(sa.delete(RealPerson).where(RealPerson.number_hash == row.number_hash, ~still))


def demand_verified(unit: UnitOfWork) -> Identity:
    """Return the actor's identity, locked; 409 `identity_needed` or, for a child alone, `guardian_needed`."""
    row = unit.session.get(Identity, unit.actor.id, with_for_update=True)
    if row is None or row.state != State.VERIFIED:
        raise guard_failed("identity_needed", "按规定，发表评论前请先完成实名认证。")
    _demand_guardian_of(unit, row)
    return row


def demand_guarded(unit: UnitOfWork) -> None:
    """Raise 409 `guardian_needed` for somebody of whom the house knows that they are a child, and a child alone."""
    row = unit.session.get(Identity, unit.actor.id)
    if row is not None:
        _demand_guardian_of(unit, row)


def _demand_guardian_of(unit: UnitOfWork, row: Identity) -> None:
    if row.minor_until is not None and local_day(unit.now) < row.minor_until:
        consents.demand_guardian(unit)


def grow_up(unit: UnitOfWork, limit: int) -> bool:
    """Let so many of those who are fourteen by now speak for themselves; tell whether more are left.

    What holds on that day follows from the date alone. This ends the guardian's word, has the new grown-up asked for
    their own, and forgets a birthday that nothing needs any more.
    """
    query = sa.select(Identity).where(Identity.minor_until <= local_day(unit.now)).order_by(Identity.account_id)
    rows = unit.session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        consents.come_of_age(unit, row.account_id)
        row.minor_until = None
    return len(rows) == limit


def _changed(unit: UnitOfWork, row: Identity, verb: str, **data: object) -> None:
    row.ver += 1
    unit.session.flush()
    unit.record(f"identity.{verb}", row.account_id, row.ver, **data)
    unit.place("identity", row.account_id, row.ver, {streams.user(row.account_id)})
