"""Opinion items from a table, as services that watch the web hand them over: CSV, headed in Chinese or in English."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from backend.clock import SHANGHAI
from backend.errors import AppError
from backend.form_errors import refusal
from backend.newsroom.archive.formats.table import Headings, Row, read_table
from backend.oversight.monitoring.opinions import take_in
from backend.oversight.monitoring.rules import STANCES
from backend.oversight.monitoring.schemas import MAX_BATCH, OpinionItemForm
from backend.unit_of_work import Database

HEADINGS: Headings = {
    "source": ("来源", "平台"),
    "url": ("网址", "链接", "地址"),
    "text": ("内容", "正文", "文本"),
    "heat": ("热度", "热度值"),
    "stance": ("立场", "倾向", "情感"),
    "at": ("时间", "采集时间"),
    "topic_ref": ("选题",),
}
NEEDED = ("source", "url", "text", "heat")
_STANCE_OF = {words: stance for stance, words in STANCES.items()}


@dataclass(slots=True)
class Taken:
    """What came of a table; `refused` has a line of the file and what is wrong with it each."""

    items: int = 0
    new: int = 0
    alerts: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_opinions(database: Database, data: bytes) -> Taken:
    """Take the rows of a table in, two hundred at a time; a bad one is left out and named, the others count.

    The same table once more changes nothing but heat.

    Raises:
        Unreadable: for what is no table, or lacks a column.
    """
    taken = Taken()
    good: list[tuple[int, dict[str, Any]]] = []
    for row in read_table(data, HEADINGS, NEEDED).rows:
        try:
            good.append((row.line, _form_of(row)))
        except _BadRow as problem:
            taken.refused.append((row.line, str(problem)))
    for start in range(0, len(good), MAX_BATCH):
        _take(database, good[start : start + MAX_BATCH], taken)
    return taken


class _BadRow(Exception):
    """What is wrong with a row, in words."""


def _form_of(row: Row) -> dict[str, Any]:
    if row.refusal is not None:
        raise _BadRow(row.refusal.words)
    given: dict[str, Any] = {name: text for name, text in row.cells.items() if text}
    if given.get("heat", "").isascii() and given.get("heat", "").isdigit():
        given["heat"] = int(given["heat"][:12])
    if "stance" in given:
        given["stance"] = _STANCE_OF.get(given["stance"], given["stance"])
    if "at" in given:
        given["at"] = _moment(given["at"])
    try:
        return dict(OpinionItemForm().load(given))
    except ValidationError as error:
        raise _BadRow("；".join(f"{one['field']} {one['message']}" for one in refusal(error).errors or [])) from None


def _moment(text: str) -> str:
    """Read a moment; one without a zone is that of the house."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).isoformat()


def _take(database: Database, rows: list[tuple[int, dict[str, Any]]], taken: Taken) -> None:
    """Take a batch in; should one of its rows be refused for what it means, that one is left out."""
    while rows:
        try:
            with database.unit() as unit:
                items, new, alerts = take_in(unit, [form for _, form in rows])
                counts = len(items), len(new), len(alerts)
        except AppError as error:
            field_name = error.errors[0]["field"] if error.errors else ""
            at = int(field_name.split(".")[1]) if field_name.startswith("items.") else 0
            taken.refused.append((rows[at][0], error.errors[0]["message"] if error.errors else error.detail))
            rows = rows[:at] + rows[at + 1 :]
            continue
        taken.items, taken.new, taken.alerts = (
            before + more for before, more in zip((taken.items, taken.new, taken.alerts), counts, strict=True)
        )
        return
