"""Numbers as they are written, in digits or in Chinese numerals, with their units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_POWERS = _TENS | _MYRIADS
_DECIMAL = r"(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,6})?(?:[百千]?[万亿]|[百千](?![克米瓦伏帕赫]))?"
_NUMERAL = r"[一二两三四五六七八九十][零〇一二两三四五六七八九十百千万亿]{0,20}(?:点[零〇一二三四五六七八九]{1,6})?"
NUMBER = rf"(?:{_DECIMAL}|{_NUMERAL})"

# What things are counted by, the long ones first.
_COUNTED = (
    "人次",
    "批次",
    *"人名位个家户处条项件场所座栋幢辆台次批集票棵株种只艘架道张盏面首本册支套间桌块份篇部门匹头把枚颗期路站组对款笔宗例起车层排趟班",
)

# Unit → what it measures, and how many of the base unit it holds. Things that are counted are one family:
# “三十二处” and “三十二个” may be the same places.
UNITS: dict[str, tuple[str, Decimal]] = {
    unit: (family, Decimal(factor))
    for family, units in {
        "length": {"公里": "1000", "千米": "1000", "米": "1", "厘米": "0.01", "毫米": "0.001", "海里": "1852"},
        "area": {"平方公里": "1000000", "平方千米": "1000000", "平方米": "1", "公顷": "10000", "亩": "666.6667"},
        "volume": {"立方米": "1", "升": "0.001", "毫升": "0.000001"},
        "mass": {"吨": "1000", "公斤": "1", "千克": "1", "斤": "0.5", "克": "0.001"},
        "money": {"元": "1", "块钱": "1", "元钱": "1"},
        "foreign": {"美元": "1"},
        "share": {"%": "1", "个百分点": "1", "‰": "0.1", "成": "10"},
        "seconds": {"天": "86400", "个小时": "3600", "小时": "3600", "分钟": "60", "秒": "1"},
        "months": {"个月": "1"},
        "years": {"年": "1", "周年": "1", "岁": "1"},
        "degrees": {"℃": "1", "摄氏度": "1"},
        "energy": {"千瓦时": "1", "度": "1"},
        "count": dict.fromkeys(_COUNTED, "1"),
    }.items()
    for unit, factor in units.items()
}
# NFKC writes ℃ as °c.
UNITS["°c"] = UNITS.pop("℃")
PEOPLE = frozenset({"人", "名", "位"})
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_FIGURE = rf"(?:百分之(?P<share>{NUMBER})|(?P<number>{NUMBER})(?P<about>多|余|来)?(?P<unit>{_UNIT})?)(?![\d])"
_INSIDE = "零〇一二两三四五六七八九十百千万亿"
_QUANTITY = re.compile(rf"(?<![\d.,{_INSIDE}]){_FIGURE}", re.ASCII)
_ORDINAL = frozenset("第初")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number at characters `start` up to `end` of a folded text. `size` is the value in the base unit."""

    start: int
    end: int
    value: Decimal
    unit: str
    number: str
    about: bool
    ordinal: bool

    @property
    def family(self) -> str:
        """What the unit measures; empty for a bare number."""
        return UNITS[self.unit][0] if self.unit else ""

    @property
    def size(self) -> Decimal:
        """The value in the base unit of its family."""
        return self.value * UNITS[self.unit][1] if self.unit else self.value

    @property
    def spelled(self) -> bool:
        """Whether the number is written in Chinese numerals."""
        return not self.number[0].isdigit()


@lru_cache(maxsize=4096)
def parse(number: str) -> Decimal | None:
    """Return what a folded number is worth: 1.2万 → 12000, 三十 → 30, 一百二 → 120, 二〇二六 → 2026."""
    if not number:
        return None
    if number[0].isdigit() and number[0].isascii():
        return _parse_digits(number)
    whole, _, fraction = number.partition("点")
    if not all(char in _DIGITS or char in _POWERS for char in whole) or not whole:
        return None
    value = Decimal(_parse_numeral(whole))
    if fraction:
        value += Decimal("0." + "".join(str(_DIGITS[char]) for char in fraction))
    return value


def _parse_digits(number: str) -> Decimal | None:
    found = re.fullmatch(r"([0-9][0-9,]*(?:\.[0-9]+)?)([百千万亿]*)", number)
    if not found:
        return None
    value = Decimal(found[1].replace(",", ""))
    for power in found[2]:
        value *= _POWERS[power]
    return value


def _parse_numeral(numeral: str) -> int:
    if not any(char in _POWERS for char in numeral):
        return int("".join(str(_DIGITS[char]) for char in numeral))
    total = section = digit = 0
    last = 1
    for char in numeral:
        if char in _DIGITS:
            digit = _DIGITS[char]
            last = 1 if char in "零〇" else last
        elif char in _TENS:
            section += (digit or (1 if char == "十" else 0)) * _TENS[char]
            digit, last = 0, _TENS[char]
        else:
            total = (total + section + digit) * _MYRIADS[char] if char == "亿" else total + (section + digit) * 10_000
            section = digit = 0
            last = _MYRIADS[char]
    # 一百二 is 120, 一万二 is 12000; 一百零二 and 二十二 are what they say.
    return total + section + digit * (last // 10 if last > 10 else 1)


def quantities(text: str) -> Iterator[Quantity]:
    """Find the numbers in a folded text, in order; those of 第七十三种 too, marked as ordinals."""
    for found in _QUANTITY.finditer(text):
        number = found["share"] or found["number"]
        value = parse(number)
        if value is not None:
            unit = "%" if found["share"] else found["unit"] or ""
            ordinal = text[max(0, found.start() - 1) : found.start()] in _ORDINAL
            yield Quantity(found.start(), found.end(), value, unit, number, about=bool(found["about"]), ordinal=ordinal)
