"""Signing in and out: by code, by password, sessions and their refresh tokens."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts import codes, rules
from backend.accounts.actions import place_me
from backend.accounts.models import Account, FailedLogin, LoginSession, RefreshToken
from backend.accounts.queries import get_by_username
from backend.accounts.totp import use_totp
from backend.db import take_turns
from backend.errors import AppError, Code, KeptRefusal, not_found, too_many
from backend.ids import new_id
from backend.sync import streams
from backend.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SignIn:
    """A fresh pair of credentials: the session for the access token, and the refresh token in clear, once."""

    account_id: str
    session_id: str
    refresh_token: str


def sign_in_by_code(unit: UnitOfWork, secret: str, *, phone: str, code: str) -> SignIn:
    """Open a session for the citizen with this phone; the first time, this also makes the account.

    Raises:
        KeptRefusal: 401 `bad_credentials` for a wrong code (which counts), `code_expired` for a spent or old one.
    """
    fit = codes.use_code(unit, secret, use=rules.Use.SIGN_IN, phone=phone, code=code)
    if fit is codes.Fit.SPENT:
        raise KeptRefusal(Code.CODE_EXPIRED, 401, codes.SPENT_WORDS)
    if fit is codes.Fit.WRONG:
        raise KeptRefusal(Code.BAD_CREDENTIALS, 401, codes.WRONG_WORDS)
    account = unit.session.scalars(sa.select(Account).where(Account.phone == phone)).one_or_none()
    return _open_session(unit, account or new_citizen(unit, phone))


def new_citizen(unit: UnitOfWork, phone: str) -> Account:
    """Make the account of whoever owns this telephone."""
    account = Account(
        id=new_id(), kind="citizen", ver=1, name=f"市民{phone[-4:]}", phone=phone, locale="zh-CN", created_at=unit.now
    )
    unit.session.add(account)
    unit.session.flush()
    unit.record("account.created", account.id, 1, kind="citizen")
    place_me(unit, account)
    return account


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody at the door: the name given and the address, both hashed, and how often one address may fail."""

    name_hash: str
    address_hash: str
    per_address: int


def knock(secret: str, *, username: str, address: str, per_address: int) -> Knock:
    """Note who tries to sign in, and from where."""
    return Knock(rules.keyed_hash(secret, "name", username), rules.keyed_hash(secret, "address", address), per_address)


def demand_password_tries(session: Session, who: Knock, now: datetime) -> None:
    """Raise 429 after too many wrong passwords for this name, or from this address; asked before the costly check."""
    named, here = FailedLogin.name_hash == who.name_hash, FailedLogin.address_hash == who.address_hash
    bounds = [
        (sa.and_(named, here), rules.PASSWORD_TRIES),
        (named, rules.PASSWORD_TRIES_ANYWHERE),
        (here, who.per_address),
    ]
    for which, limit in bounds:
        query = sa.select(FailedLogin.at).where(which, FailedLogin.at > now - rules.PASSWORD_WINDOW)
        failures = session.scalars(query.order_by(FailedLogin.at.desc()).limit(limit)).all()
        if len(failures) == limit:
            raise too_many(failures[-1] + rules.PASSWORD_WINDOW - now)


def sign_in_by_password(
    unit: UnitOfWork, who: Knock, *, username: str, password_fits: bool, totp: str | None
) -> SignIn:
    """Open a session for staff, whose password has been checked already.

    Raises:
        KeptRefusal: 401 `bad_credentials`, which counts; 401 `totp_required` when only the second factor lacks.
        AppError: 429 after too many failures.
    """
    # One after the other: of many passwords that are tried at once, those beyond the bound are not looked at.
    take_turns(unit.session, who.name_hash, who.address_hash)
    demand_password_tries(unit.session, who, unit.now)
    account = get_by_username(unit.session, username)
    if account is None or account.disabled_at is not None or not password_fits:
        raise _failed_login(unit, who)
    if account.totp_secret is not None:
        if totp is None:
            raise KeptRefusal(Code.TOTP_REQUIRED, 401, "请填写动态口令。")
        if not use_totp(unit, account, account.totp_secret, totp):
            raise _failed_login(unit, who)
    return _open_session(unit, account)


def _failed_login(unit: UnitOfWork, who: Knock) -> KeptRefusal:
    unit.session.add(FailedLogin(id=new_id(), name_hash=who.name_hash, address_hash=who.address_hash, at=unit.now))
    return KeptRefusal(Code.BAD_CREDENTIALS, 401, "用户名、密码或动态口令不对。")


def _open_session(unit: UnitOfWork, account: Account) -> SignIn:
    if account.disabled_at is not None:
        raise KeptRefusal(Code.BAD_CREDENTIALS, 401, "这个账号已停用。")
    login = LoginSession(id=new_id(), account_id=account.id, opened_at=unit.now)
    unit.session.add(login)
    unit.session.flush()
    unit.record("session.opened", login.id, 1, account=account.id)
    unit.place("session", login.id, 1, {streams.user(account.id)})
    return SignIn(account.id, login.id, _keep_refresh_token(unit, login.id, secrets.token_urlsafe(32)))


def _keep_refresh_token(unit: UnitOfWork, session_id: str, token: str) -> str:
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


def _next_token(secret: str, token: str, key: str) -> str:
    """Derive the token that follows this one for whoever sends this key: it can be said again without being kept."""
    digest = hmac.digest(secret.encode(), f"refresh-next\n{token}\n{key}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def refresh(unit: UnitOfWork, secret: str, *, refresh_token: str, key: str | None) -> SignIn:
    """Exchange a refresh token for the next one.

    `key` is the client's own for this exchange. Who repeats it within `REFRESH_AGAIN` gets the same token once more, as
    long as that has not been used: an answer that was lost on its way costs nobody their sign-in.

    Raises:
        KeptRefusal: 401 `token_reused`, after ending the whole family, when a used token comes back otherwise: one of
            the two holders is a thief, and nobody can tell which.
        AppError: 401 `bad_credentials` for an unknown, old or ended one.
    """
    query = sa.select(RefreshToken).where(RefreshToken.hash == _token_hash(refresh_token))
    held = unit.session.scalars(query.with_for_update()).one_or_none()
    login = unit.session.get(LoginSession, held.session_id) if held else None
    if held is None or login is None or login.ended_at is not None or held.expires_at <= unit.now:
        raise AppError(Code.BAD_CREDENTIALS, 401, "登录已失效，请重新登录。")
    following = _next_token(secret, refresh_token, key) if key else secrets.token_urlsafe(32)
    if held.used_at is not None and (unit.now > held.used_at + rules.REFRESH_AGAIN or not _is_unused(unit, following)):
        _end(unit, login, "reused")
        raise KeptRefusal(Code.TOKEN_REUSED, 401, "检测到登录凭证被重复使用，为了安全请重新登录。")
    account = unit.session.get_one(Account, login.account_id)
    if account.disabled_at is not None:
        raise AppError(Code.BAD_CREDENTIALS, 401, "这个账号已停用。")
    if held.used_at is None:
        held.used_at = unit.now
        _keep_refresh_token(unit, login.id, following)
    return SignIn(login.account_id, login.id, following)


def _is_unused(unit: UnitOfWork, token: str) -> bool:
    # Locked, as its holder may be using it at this moment.
    query = sa.select(RefreshToken).where(RefreshToken.hash == _token_hash(token)).with_for_update()
    kept = unit.session.scalars(query).one_or_none()
    return kept is not None and kept.used_at is None


def sign_out(unit: UnitOfWork) -> None:
    """End the session the actor came with."""
    login = unit.actor.session_id and unit.session.get(LoginSession, unit.actor.session_id)
    if login and login.ended_at is None:
        _end(unit, login, "sign_out")


def end_sign_in(unit: UnitOfWork, session_id: str) -> None:
    """End one of the actor's sign-ins, on whichever device it is. 404 for another person's, or one that has ended."""
    login = unit.session.get(LoginSession, session_id)
    if login is None or login.account_id != unit.actor.id or login.ended_at is not None:
        raise not_found("登录")
    _end(unit, login, "sign_out")


def _end(unit: UnitOfWork, login: LoginSession, reason: str) -> None:
    login.ended_at, login.end_reason = unit.now, reason
    unit.record("session.ended", login.id, 1, account=login.account_id, reason=reason)
    # The `del` of this row is what closes the session's sockets.
    unit.place("session", login.id, 1, set())


def end_expired(unit: UnitOfWork, most: int) -> bool:
    """End so many of the sign-ins that nobody can renew any more, whose devices ring for that person no longer.

    Returns:
        Whether more may be left.
    """
    live = sa.select(RefreshToken.session_id).where(RefreshToken.expires_at > unit.now)
    query = sa.select(LoginSession).where(LoginSession.ended_at.is_(None), LoginSession.id.not_in(live))
    logins = unit.session.scalars(query.order_by(LoginSession.id).limit(most)).all()
    for login in logins:
        _end(unit, login, "expired")
    return len(logins) == most


def end_sessions(unit: UnitOfWork, account_id: str, reason: str) -> None:
    """End all sign-ins of an account."""
    query = sa.select(LoginSession).where(LoginSession.account_id == account_id, LoginSession.ended_at.is_(None))
    for login in unit.session.scalars(query):
        _end(unit, login, reason)
