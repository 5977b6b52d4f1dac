"""Reading the log of a studio's automation: a table of items with hours of the air day. No database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.clock import SHANGHAI
from backend.errors import FieldError
from backend.newsroom.archive.formats import Unreadable
from backend.newsroom.archive.formats.table import Headings, Row, read_table

HEADINGS: Headings = {
    "item": ("条目编号", "编号", "storyid", "id"),
    "slug": ("标题", "条目", "名称"),
    "start": ("实播开始", "开始", "开始时间"),
    "end": ("实播结束", "结束", "结束时间"),
}
MAX_BYTES = 1024 * 1024
# Automation counts on past midnight: 25:10:00 is ten past one of the next day.
_HOUR = re.compile(r"([0-2]?[0-9]):([0-5][0-9]):([0-5][0-9])")
_NEAR = timedelta(hours=12)


class BadLog(Exception):
    """A log that is not taken, with all that is wrong with it."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log: where it stands, which item it names, and when that was on the air."""

    line: int
    item: str
    start: datetime
    end: datetime


def read_log(data: bytes, airtime: datetime) -> list[Line]:
    """Read a log in CSV; hours without a date are those of the show's day in Shanghai, or of the night after it.

    Raises:
        BadLog: naming each line and column at fault.
    """
    if len(data) > MAX_BYTES:
        raise BadLog([_fault("file", "too_large", "播出记录不能超过 1 MB。")])
    try:
        table = read_table(data, HEADINGS, ("start", "end"))
    except Unreadable as unreadable:
        raise BadLog([_fault("file", unreadable.code, unreadable.words)]) from None
    if not {"item", "slug"} & table.fields:
        raise BadLog([_fault("file", "columns", "表头里缺少条目编号或标题这一列。")])
    lines: list[Line] = []
    errors: list[FieldError] = []
    for row in table.rows:
        # The house's own table lists what was not aired too, with blank hours. A row that has no such cells at all is
        # cut off, and what it was to say is not known.
        if row.refusal is None and (row.cells.get("start"), row.cells.get("end")) == ("", ""):
            continue
        found, line = _read(row, airtime)
        errors += found
        if line is not None:
            lines.append(line)
    if errors:
        raise BadLog(errors)
    if not lines:
        raise BadLog([_fault("file", "empty", "播出记录里没有一条有播出时间。")])
    return lines


def _fault(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)


def _read(row: Row, airtime: datetime) -> tuple[list[FieldError], Line | None]:
    where = f"lines.{row.line}"
    errors: list[FieldError] = []
    if row.refusal is not None:
        return [_fault(where, row.refusal.code, f"第 {row.line} 行：{row.refusal.words}")], None
    name = row.cells.get("item") or unguarded(row.cells.get("slug", ""))
    if not name:
        errors.append(_fault(f"{where}.item", "missing", f"第 {row.line} 行没有条目编号或标题。"))
    start, end = (_moment(row.cells, column, airtime) for column in ("start", "end"))
    for column, moment in (("start", start), ("end", end)):
        if moment is None:
            words = f"第 {row.line} 行“{HEADINGS[column][0]}”要写成 时:分:秒，例如 18:30:05。"
            errors.append(_fault(f"{where}.{column}", "invalid", words))
    if errors or start is None or end is None:
        return errors, None
    # A day is added where an item runs past midnight, and taken where a show begins just after it.
    return [], Line(row.line, name[:100], start, end if end >= start else end + timedelta(days=1))


def _moment(cells: Mapping[str, str], column: str, airtime: datetime) -> datetime | None:
    found = _HOUR.fullmatch(cells.get(column, ""))
    if found is None:
        return None
    hours, minutes, seconds = (int(part) for part in found.groups())
    day = airtime.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    moment = day + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if hours >= 24:
        return moment
    if moment < airtime - _NEAR:
        return moment + timedelta(days=1)
    return moment - timedelta(days=1) if moment >= airtime + _NEAR else moment


def guarded(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def unguarded(text: str) -> str:
    """Take the guard off again."""
    return text[1:] if text[:1] == "'" and guarded(text[1:]) == text else text
