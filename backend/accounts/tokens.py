"""Access tokens: JWT (RFC 7519), HS256, 15 minutes. They say who; what one may do is read from the roster each time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import jwt

from backend.accounts import queries
from backend.accounts.rules import ACCESS_LIFETIME
from backend.errors import AppError, Code
from backend.forms import ID_PATTERN
from backend.policy import Actor
from backend.unit_of_work import Database

_AUDIENCE = "ronghui"


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says. `is_citizen` holds for the life of an account; roles are never in a token."""

    account_id: str
    session_id: str
    expires_at: datetime
    is_citizen: bool


class Identity:
    """Issues and reads access tokens."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database, self._secret = database, secret

    def issue(self, account_id: str, session_id: str, now: datetime, *, kind: str) -> str:
        """Return a token for this session of an account of this kind, valid for 15 minutes."""
        claims = {
            "sub": account_id,
            "sid": session_id,
            "iat": int(now.timestamp()),
            "exp": int((now + ACCESS_LIFETIME).timestamp()),
            "aud": _AUDIENCE,
            "kind": kind,
        }
        return jwt.encode(claims, self._secret, "HS256")

    def read(self, token: str) -> Claims:
        """Return what a token says.

        Raises:
            AppError: 401 `bad_credentials` for a forged one, 401 `token_expired` for an old one.
        """
        try:
            # The house's own clock judges the time, so that tests can move it.
            claims = jwt.decode(
                token, self._secret, ["HS256"], audience=_AUDIENCE, options={"verify_exp": False, "verify_iat": False}
            )
            expires_at = datetime.fromtimestamp(claims["exp"], self._database.clock.now().tzinfo)
            read = Claims(_id(claims["sub"]), _id(claims["sid"]), expires_at, claims.get("kind") == "citizen")
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, OverflowError):
            raise refused(Code.BAD_CREDENTIALS, "登录信息无效，请重新登录。") from None
        if expires_at <= self._database.clock.now():
            raise refused(Code.TOKEN_EXPIRED, "登录已过期，请刷新。")
        return read

    def actor_of(self, token: str) -> Actor:
        """Return who holds this token, with the rights of this moment.

        Raises:
            AppError: 401 as `read`, and `bad_credentials` for an ended session or a closed account.
        """
        claims = self.read(token)
        with self._database.reading() as session:
            actor = queries.get_actor(session, claims.account_id, claims.session_id, self._database.clock.now())
        if actor is None:
            raise refused(Code.BAD_CREDENTIALS, "登录已失效，请重新登录。")
        return actor


def _id(claim: object) -> str:
    if not isinstance(claim, str) or not re.fullmatch(ID_PATTERN, claim):
        raise ValueError("no id of ours")
    return claim


def refused(code: Code, detail: str) -> AppError:
    """Make the 401 for a token that cannot be used."""
    return AppError(code, 401, detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
