"""Signing in and out, one's own account, and the roster."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyotp
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts import rules
from backend.accounts.models import Account, FailedLogin, LoginCode, LoginSession, RefreshToken, RoleGrant
from backend.accounts.queries import get_by_username
from backend.district.queries import demand_desk, demand_office, demand_towns
from backend.errors import AppError, Code, KeptRefusal, guard_failed, invalid, not_found
from backend.ids import new_id
from backend.jobs import queue
from backend.policy import OFFICE_ROLES, Role
from backend.sync import streams
from backend.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SignIn:
    """A fresh pair of credentials: the session for the access token, and the refresh token in clear, once."""

    account_id: str
    session_id: str
    refresh_token: str


def request_code(unit: UnitOfWork, secret: str, *, phone: str, address: str, per_address: int) -> str:
    """Send a sign-in code to a phone, as a job; return the code's id.

    Raises:
        AppError: 429 when this phone or this address has asked too often.
    """
    phone_hash, address_hash = rules.keyed_hash(secret, "phone", phone), rules.keyed_hash(secret, "address", address)
    _limit_codes(unit, LoginCode.phone_hash == phone_hash, rules.CODES_PER_PHONE)
    _limit_codes(unit, LoginCode.address_hash == address_hash, per_address)
    code_id = new_id()
    unit.session.add(
        LoginCode(
            id=code_id,
            phone_hash=phone_hash,
            address_hash=address_hash,
            code_hash=rules.keyed_hash(secret, phone, rules.code_of(secret, code_id)),
            phone=phone,
            sent_at=unit.now,
        )
    )
    unit.enqueue("sms.code", f"sms.code:{code_id}", {"code_id": code_id}, lane=queue.URGENT)
    return code_id


def _limit_codes(unit: UnitOfWork, whose: sa.ColumnElement[bool], limit: int) -> None:
    since = unit.now - rules.CODE_WINDOW
    query = sa.select(LoginCode.sent_at).where(whose, LoginCode.sent_at > since).order_by(LoginCode.sent_at)
    sent = unit.session.scalars(query).all()
    if len(sent) >= limit:
        raise _too_many(sent[-limit] + rules.CODE_WINDOW - unit.now)


def _too_many(wait: timedelta) -> AppError:
    seconds = max(1, int(wait.total_seconds()) + 1)
    return AppError(
        Code.RATE_LIMITED,
        429,
        f"操作太频繁，请在 {seconds} 秒后再试。",
        data={"retry_after_s": seconds},
        headers={"Retry-After": str(seconds)},
    )


def sign_in_by_code(unit: UnitOfWork, secret: str, *, phone: str, code: str) -> SignIn:
    """Open a session for the citizen with this phone; the first time, this also makes the account.

    Raises:
        KeptRefusal: 401 `bad_credentials` for a wrong code (which counts), `code_expired` for a spent or old one.
    """
    query = (
        sa.select(LoginCode)
        .where(LoginCode.phone_hash == rules.keyed_hash(secret, "phone", phone))
        .order_by(LoginCode.sent_at.desc(), LoginCode.id.desc())
        .limit(1)
    )
    sent = unit.session.scalars(query.with_for_update()).one_or_none()
    if sent is None or sent.used_at or unit.now >= sent.sent_at + rules.CODE_LIFETIME or sent.tries >= rules.CODE_TRIES:
        raise KeptRefusal(Code.CODE_EXPIRED, 401, "验证码已失效，请重新获取。")
    if not hmac.compare_digest(sent.code_hash, rules.keyed_hash(secret, phone, code)):
        sent.tries += 1
        raise KeptRefusal(Code.BAD_CREDENTIALS, 401, "验证码不对，请核对后再填。")
    sent.used_at = unit.now
    sent.phone = None
    account = unit.session.scalars(sa.select(Account).where(Account.phone == phone)).one_or_none()
    return _open_session(unit, account or _new_citizen(unit, phone))


def _new_citizen(unit: UnitOfWork, phone: str) -> Account:
    account = Account(
        id=new_id(), kind="citizen", ver=1, name=f"市民{phone[-4:]}", phone=phone, locale="zh-CN", created_at=unit.now
    )
    unit.session.add(account)
    unit.session.flush()
    unit.record("account.created", account.id, 1, kind="citizen")
    place_me(unit, account)
    return account


def place_me(unit: UnitOfWork, account: Account) -> None:
    """Put the account on its owner's stream; the realtime gateway also learns of changed rights by this row."""
    unit.place("me", account.id, account.ver, {streams.user(account.id)})


def demand_password_tries(session: Session, secret: str, username: str, now: datetime) -> None:
    """Raise 429 when this name has been tried too often; asked before the costly check of the password."""
    since = now - rules.PASSWORD_WINDOW
    name_hash = rules.keyed_hash(secret, "name", username)
    query = sa.select(FailedLogin.at).where(FailedLogin.name_hash == name_hash, FailedLogin.at > since)
    failures = session.scalars(query.order_by(FailedLogin.at)).all()
    if len(failures) >= rules.PASSWORD_TRIES:
        raise _too_many(failures[-rules.PASSWORD_TRIES] + rules.PASSWORD_WINDOW - now)


def sign_in_by_password(
    unit: UnitOfWork, secret: str, *, username: str, password_fits: bool, totp: str | None
) -> SignIn:
    """Open a session for staff, whose password has been checked already.

    Raises:
        KeptRefusal: 401 `bad_credentials`, which counts; 401 `totp_required` when only the second factor lacks.
        AppError: 429 after too many failures.
    """
    demand_password_tries(unit.session, secret, username, unit.now)
    account = get_by_username(unit.session, username)
    if account is None or account.disabled_at is not None or not password_fits:
        raise _failed_login(unit, secret, username)
    if account.totp_secret is not None:
        if totp is None:
            raise KeptRefusal(Code.TOTP_REQUIRED, 401, "请填写动态口令。")
        if not _use_totp(unit, account, account.totp_secret, totp):
            raise _failed_login(unit, secret, username)
    return _open_session(unit, account)


def _failed_login(unit: UnitOfWork, secret: str, username: str) -> KeptRefusal:
    unit.session.add(FailedLogin(id=new_id(), name_hash=rules.keyed_hash(secret, "name", username), at=unit.now))
    return KeptRefusal(Code.BAD_CREDENTIALS, 401, "用户名、密码或动态口令不对。")


def _use_totp(unit: UnitOfWork, account: Account, totp_secret: str, code: str) -> bool:
    """Check a TOTP code (RFC 6238), one step of tolerance, each step usable once."""
    generator = pyotp.TOTP(totp_secret)
    current = int(unit.now.timestamp()) // generator.interval
    for step in (current, current - 1, current + 1):
        fits = hmac.compare_digest(generator.at(step * generator.interval), code)
        if fits and step > (account.totp_last_step or 0):
            account.totp_last_step = step
            return True
    return False


def _open_session(unit: UnitOfWork, account: Account) -> SignIn:
    if account.disabled_at is not None:
        raise KeptRefusal(Code.BAD_CREDENTIALS, 401, "这个账号已停用。")
    login = LoginSession(id=new_id(), account_id=account.id, opened_at=unit.now)
    unit.session.add(login)
    unit.session.flush()
    unit.record("session.opened", login.id, 1, account=account.id)
    unit.place("session", login.id, 1, {streams.user(account.id)})
    return SignIn(account.id, login.id, _new_refresh_token(unit, login.id))


def _new_refresh_token(unit: UnitOfWork, session_id: str) -> str:
    token = secrets.token_urlsafe(32)
    unit.session.add(
        RefreshToken(
            hash=_token_hash(token),
            session_id=session_id,
            issued_at=unit.now,
            expires_at=unit.now + rules.REFRESH_LIFETIME,
        )
    )
    return token


def _token_hash(token: str) -> str:
    # A token has 256 bits of its own; no key is needed against guessing.
    return rules.keyed_hash("refresh", token)


def refresh(unit: UnitOfWork, *, refresh_token: str) -> SignIn:
    """Exchange a refresh token for the next one.

    Raises:
        KeptRefusal: 401 `token_reused`, after ending the whole family, when a used token comes back: one of the two
            holders is a thief, and nobody can tell which.
        AppError: 401 `bad_credentials` for an unknown, old or ended one.
    """
    query = sa.select(RefreshToken).where(RefreshToken.hash == _token_hash(refresh_token))
    held = unit.session.scalars(query.with_for_update()).one_or_none()
    login = unit.session.get(LoginSession, held.session_id) if held else None
    if held is None or login is None or login.ended_at is not None or held.expires_at <= unit.now:
        raise AppError(Code.BAD_CREDENTIALS, 401, "登录已失效，请重新登录。")
    if held.used_at is not None:
        _end(unit, login, "reused")
        raise KeptRefusal(Code.TOKEN_REUSED, 401, "检测到登录凭证被重复使用，为了安全请重新登录。")
    account = unit.session.get_one(Account, login.account_id)
    if account.disabled_at is not None:
        raise AppError(Code.BAD_CREDENTIALS, 401, "这个账号已停用。")
    held.used_at = unit.now
    return SignIn(login.account_id, login.id, _new_refresh_token(unit, login.id))


def sign_out(unit: UnitOfWork) -> None:
    """End the session the actor came with."""
    login = unit.actor.session_id and unit.session.get(LoginSession, unit.actor.session_id)
    if login and login.ended_at is None:
        _end(unit, login, "sign_out")


def _end(unit: UnitOfWork, login: LoginSession, reason: str) -> None:
    login.ended_at, login.end_reason = unit.now, reason
    unit.record("session.ended", login.id, 1, account=login.account_id, reason=reason)
    # The `del` of this row is what closes the session's sockets.
    unit.place("session", login.id, 1, set())


def end_sessions(unit: UnitOfWork, account_id: str, reason: str) -> None:
    """End all sign-ins of an account."""
    query = sa.select(LoginSession).where(LoginSession.account_id == account_id, LoginSession.ended_at.is_(None))
    for login in unit.session.scalars(query):
        _end(unit, login, reason)


def access_me(unit: UnitOfWork, if_match: int | None = None) -> Account:
    """Return the actor's own account for editing; 412 if it is not at the version the client saw."""
    account = unit.session.get_one(Account, unit.actor.id, with_for_update=True)
    if if_match is not None and if_match != account.ver:
        raise AppError(Code.STALE, 412, "内容已被更新，请先读取最新版本。", data={"ver": account.ver})
    return account


def edit_me(unit: UnitOfWork, form: dict[str, Any], if_match: int | None = None) -> Account:
    """Change one's own name, town or language; only fields that are given change. Staff keep the name they have."""
    account = access_me(unit, if_match)
    if "name" in form and account.kind == "staff":
        # Colleagues read it on everything they work on together; it comes from the personnel office, not from taste.
        raise guard_failed("staff_name", "工作人员的姓名由管理员维护，不能自行修改。")
    if form.get("town") is not None:
        demand_towns_of_me(unit, form["town"])
    for name in ("name", "town", "locale"):
        if name in form:
            setattr(account, name, form[name])
    account.ver += 1
    unit.record("account.edited", account.id, account.ver, fields=sorted(form))
    place_me(unit, account)
    return account


def demand_towns_of_me(unit: UnitOfWork, town: str) -> None:
    """Raise 422 naming the field `town` unless there is such a town."""
    try:
        demand_towns(unit.session, [town])
    except AppError:
        raise invalid("town", "unknown", "没有这个街镇") from None


def delete_me(unit: UnitOfWork) -> None:
    """Close the actor's account: name and phone go, sessions end; what the law wants kept no longer leads to them."""
    account = access_me(unit)
    account.name, account.phone, account.town = "已注销用户", None, None
    account.disabled_at = unit.now
    account.ver += 1
    unit.record("account.deleted", account.id, account.ver)
    end_sessions(unit, account.id, "deleted")
    unit.place("me", account.id, account.ver, set())


def start_totp(unit: UnitOfWork) -> tuple[str, str]:
    """Begin setting up a second factor; return the secret and its `otpauth` address for an authenticator app."""
    account = access_me(unit)
    if account.username is None:
        raise guard_failed("staff_only", "市民账号用短信验证码登录，不需要动态口令。")
    account.totp_pending = pyotp.random_base32()
    uri = pyotp.TOTP(account.totp_pending).provisioning_uri(name=account.username, issuer_name="融汇")
    return account.totp_pending, uri


def confirm_totp(unit: UnitOfWork, code: str) -> Account:
    """Switch the second factor on, once its first code proves that the app has the secret."""
    account = access_me(unit)
    if account.totp_pending is None:
        raise guard_failed("totp_started", "请先获取新的动态口令密钥。")
    if not _use_totp(unit, account, account.totp_pending, code):
        raise invalid("code", "wrong", "动态口令不对")
    account.totp_secret, account.totp_pending = account.totp_pending, None
    account.ver += 1
    unit.record("account.totp_on", account.id, account.ver)
    place_me(unit, account)
    return account


def create_staff(
    unit: UnitOfWork, *, username: str, name: str, password_hash: str, title: str | None, demo: bool = False
) -> Account:
    """Make a staff account without any role."""
    account = Account(
        id=new_id(),
        kind="staff",
        ver=1,
        name=name,
        username=username,
        password_hash=password_hash,
        title=title,
        locale="zh-CN",
        demo=demo,
        created_at=unit.now,
    )
    unit.session.add(account)
    unit.session.flush()
    unit.record("account.created", account.id, 1, kind="staff")
    place_me(unit, account)
    return account


def grant_role(
    unit: UnitOfWork,
    *,
    account_id: str,
    role: Role,
    desk: str | None = None,
    office: str | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> RoleGrant:
    """Put a line on the roster. The person's open phones gain the streams at once."""
    account = _access_staff(unit, account_id)
    _demand_place(unit.session, role, desk, office)
    if valid_to is not None and valid_to <= (valid_from or unit.now):
        raise invalid("valid_to", "order", "结束时间要晚于开始时间")
    grant = RoleGrant(
        id=new_id(),
        account_id=account_id,
        role=str(role),
        desk=desk,
        office=office,
        valid_from=valid_from or unit.now,
        valid_to=valid_to,
    )
    unit.session.add(grant)
    account.ver += 1
    unit.record("roster.granted", grant.id, 1, account=account_id, role=str(role), desk=desk, office=office)
    place_me(unit, account)
    return grant


def grant_by_name(unit: UnitOfWork, *, username: str, role: str, **line: Any) -> RoleGrant:
    """Put a line on the roster for the staff member of this name.

    Raises:
        AppError: 422 naming the field for an unknown name, desk or office; 409 `same_person` for one's own line, since
            whoever hands out rights must not hand them to themselves.
    """
    account = get_by_username(unit.session, username)
    if account is None or account.disabled_at is not None:
        raise invalid("username", "unknown", "没有这位工作人员")
    if account.id == unit.actor.id:
        raise AppError(
            Code.SAME_PERSON, 409, "不能给自己授权，请由另一位管理员办理。", data={"guard": "other_administrator"}
        )
    return grant_role(unit, account_id=account.id, role=Role(role), **line)


def _demand_place(session: Session, role: Role, desk: str | None, office: str | None) -> None:
    if desk is not None:
        demand_desk(session, desk)
    if office is not None:
        demand_office(session, office)
    if (office is not None) != (role in OFFICE_ROLES):
        raise invalid("office", "mismatch", "经办人和承办人员要写明单位，其他岗位不写单位")


def end_role(unit: UnitOfWork, grant_id: str) -> RoleGrant:
    """End a line of the roster now. The person's open phones lose the streams at once."""
    grant = unit.session.get(RoleGrant, grant_id, with_for_update=True)
    if grant is None or (grant.valid_to is not None and grant.valid_to <= unit.now):
        raise not_found("排班")
    grant.valid_to = unit.now
    account = _access_staff(unit, grant.account_id)
    account.ver += 1
    unit.record("roster.ended", grant.id, 2, account=grant.account_id, role=grant.role)
    place_me(unit, account)
    return grant


def _access_staff(unit: UnitOfWork, account_id: str) -> Account:
    account = unit.session.get(Account, account_id, with_for_update=True)
    if account is None or account.kind != "staff":
        raise not_found("工作人员")
    return account
