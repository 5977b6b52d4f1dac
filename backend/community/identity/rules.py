"""Numbers of identity cards, masks of names, and the limits of checking. No database here."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum

NUMBER_PATTERN = "^[1-9][0-9]{5}(19|20)[0-9]{9}[0-9Xx]$"
CHECKS_A_DAY = 5
ACCOUNTS_A_PERSON = 3
# How long a vendor that does not answer is asked again. Name and number are kept no longer than that.
CHECKED_FOR = timedelta(hours=24)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


class State(StrEnum):
    """Where the check of a person stands."""

    NONE = "none"
    CHECKING = "checking"
    VERIFIED = "verified"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why somebody is not verified: words for a client; `NAMES` has those for a person."""

    MISMATCH = "mismatch"
    TOO_MANY_ACCOUNTS = "too_many_accounts"
    UNAVAILABLE = "unavailable"


REFUSALS: dict[Refusal, str] = {
    Refusal.MISMATCH: "姓名和身份证号码不一致，请核对后再试。",
    Refusal.TOO_MANY_ACCOUNTS: "这个身份已认证了三个账号，不能再认证。",
    Refusal.UNAVAILABLE: "核验服务一直没有回应，请稍后再试。",
}


def check_digit(first: str) -> str:
    """Return the 18th character that belongs to the first 17 (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first, _WEIGHTS, strict=True))
    return _CHECK_DIGITS[total % 11]


def has_right_digit(number: str) -> bool:
    """Tell whether the last character is the one that belongs to the others."""
    return check_digit(number[:17]) == number[17].upper()


def birth_date(number: str) -> date | None:
    """Return the day of birth that a number tells, None if there is no such day."""
    if not re.fullmatch(NUMBER_PATTERN, number):
        return None
    try:
        return date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return None


def masked(name: str) -> str:
    """Return what is shown of a name: its first character. How long it is says too much already."""
    return f"{name.strip()[:1]}*"
