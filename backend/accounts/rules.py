"""Numbers and pure checks of signing in. No database here."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

import phonenumbers

from backend.errors import invalid

CODE_LIFETIME = timedelta(minutes=5)
CODE_TRIES = 5
CODE_WINDOW = timedelta(minutes=10)
CODES_PER_PHONE = 5
CODES_DAY = timedelta(days=1)
CODES_PER_PHONE_A_DAY = 30
# Codes that somebody who is signed in has sent to another's phone.
CODES_PER_ACCOUNT = 3
CODES_PER_ACCOUNT_A_DAY = 10
ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
# Who has not heard the answer to a refresh may ask for it again so long.
REFRESH_AGAIN = timedelta(seconds=60)
PASSWORD_WINDOW = timedelta(minutes=10)
# From one address. From all of them together a name has more, so that whoever knows it cannot lock its owner out.
PASSWORD_TRIES = 10
PASSWORD_TRIES_ANYWHERE = 100


class Use(StrEnum):
    """What a code is good for, and for nothing else."""

    SIGN_IN = "sign_in"
    GUARDIAN = "guardian"


def normal_phone(text: str) -> str:
    """Return a mobile number in E.164; without a country code it is taken for one of mainland China.

    Raises:
        AppError: 422 for what is no possible mobile number.
    """
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        raise _no_phone() from None
    mobile = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in mobile:
        raise _no_phone()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def demand_country(phone: str, countries: frozenset[int]) -> None:
    """Raise 422 unless codes are sent there: each message costs, and abroad some are paid for getting them."""
    if phonenumbers.parse(phone).country_code not in countries:
        raise invalid("phone", "country_not_served", "验证码目前只能发到境内和港澳台的手机号")


def _no_phone() -> Exception:
    return invalid("phone", "not_a_mobile", "这不是有效的手机号码")


def address_group(address: str) -> str:
    """Return what a limit by address counts: an IPv4 address, or an IPv6 network of 64 bits, which one client has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ip_network((parsed, 64), strict=False))


def keyed_hash(secret: str, *parts: str) -> str:
    """Hash something guessable (a phone, a code) so that a copy of the table alone does not give it away."""
    return hmac.new(secret.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def request_hash(secret: str, digest: str) -> str:
    """Return what is kept of a request to know it again by.

    Keyed, since most of it lies in other columns in clear: by a bare digest the number in it could be guessed.
    """
    return keyed_hash(secret, "request", digest)


def code_of(secret: str, code_id: str) -> str:
    """Derive the six digits of a code from its row's id."""
    return f"{int(keyed_hash(secret, 'sms-code', code_id), 16) % 1_000_000:06d}"


def person_id_of(person_no: str) -> str:
    """Return the person behind all accounts with this staff number."""
    return f"no:{person_no}"
