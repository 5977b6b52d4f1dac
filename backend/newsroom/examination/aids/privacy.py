"""Numbers that belong to one person: identity cards (GB 11643), mobile phones, car plates (GA 36)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from backend.newsroom.examination.aids.findings import Hit, Level
from backend.newsroom.examination.aids.text import Passage

_ID = re.compile(r"(?<![0-9a-z])[1-9][0-9]{5}[ -]?(?:19|20)[0-9]{6}[ -]?[0-9]{3}[0-9x](?![0-9a-z])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10x98765432"
_PHONE = re.compile(r"(?<![0-9.])(?:\+?86[ -]?)?(1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4})(?![0-9])")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-hj-np-z][ ·•・.\-]?"
    r"(?P<tail>[a-hj-np-z0-9]{4}[a-hj-np-z0-9挂学警港澳]|[a-hjk][a-hj-np-z0-9][0-9]{4}|[0-9]{5}[a-hjk])(?![a-z0-9])"
)


def check(passage: Passage) -> Iterator[Hit]:
    """Report identity numbers, mobile numbers and plates."""
    text = passage.folded.text
    for found in _ID.finditer(text):
        if is_identity_number(re.sub(r"[ -]", "", found[0])):
            yield _hit(passage, "id_number", "block", found.span(), "这是一个校验无误的身份证号码，不能刊出。")
    for found in _PHONE.finditer(text):
        yield _hit(passage, "phone", "warn", found.span(), "这是手机号码，刊出前要征得本人同意。")
    for found in _PLATE.finditer(text):
        # An app's name after 新 or 云 has letters; a plate has at least three digits.
        if sum(char.isdigit() for char in found["tail"]) >= 3:
            yield _hit(passage, "plate", "warn", found.span(), "这是车牌号码，一般应当隐去。")


def is_identity_number(number: str) -> bool:
    """Tell whether 18 characters are a citizen identity number: a real date of birth and a right check digit."""
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    return _CHECK[total % 11] == number[17].lower()


def _hit(passage: Passage, rule: str, level: Level, span: tuple[int, int], why: str) -> Hit:
    return Hit(rule, level, passage, *passage.folded.span(*span), why=why, category="个人信息")
