"""The code by which a citizen names a request on the telephone: `BS-261124-0042-6`.

Day of filing, running number of that day, and a check digit after Damm (2004), which notices every single wrong digit
and every swap of two neighbours.
"""

from __future__ import annotations

import re
from datetime import date

PATTERN = "^BS-([0-9]{6})-([0-9]{4,9})-([0-9])$"
# A totally anti-symmetric quasigroup of order 10, as published by Damm.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def check_digit(digits: str) -> str:
    """Return the digit that makes `digits` check."""
    interim = "0"
    for digit in digits:
        interim = _DAMM[int(interim)][int(digit)]
    return interim


def make_code(day: date, number: int, prefix: str = "BS") -> str:
    """Write the code of the `number`-th request of a day; what else is counted by the day has another prefix."""
    digits = f"{day:%y%m%d}{number:04d}"
    return f"{prefix}-{digits[:6]}-{digits[6:]}-{check_digit(digits)}"


def is_code(text: str) -> bool:
    """Tell whether this is a code we could have given out, and was not misheard."""
    match = re.fullmatch(PATTERN, text)
    return match is not None and check_digit(match[1] + match[2]) == match[3]
