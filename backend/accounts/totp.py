"""The second factor of staff: time-based codes (TOTP, RFC 6238)."""

from __future__ import annotations

import hmac

import pyotp

from backend.accounts.actions import access_me, place_me
from backend.accounts.models import Account
from backend.errors import guard_failed, invalid
from backend.unit_of_work import UnitOfWork


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
    if not use_totp(unit, account, account.totp_pending, code):
        raise invalid("code", "wrong", "动态口令不对")
    account.totp_secret, account.totp_pending = account.totp_pending, None
    account.ver += 1
    unit.record("account.totp_on", account.id, account.ver)
    place_me(unit, account)
    return account


def use_totp(unit: UnitOfWork, account: Account, totp_secret: str, code: str) -> bool:
    """Check a TOTP code (RFC 6238), one step of tolerance, each step usable once."""
    generator = pyotp.TOTP(totp_secret)
    current = int(unit.now.timestamp()) // generator.interval
    for step in (current, current - 1, current + 1):
        fits = hmac.compare_digest(generator.at(step * generator.interval), code)
        if fits and step > (account.totp_last_step or 0):
            account.totp_last_step = step
            return True
    return False
