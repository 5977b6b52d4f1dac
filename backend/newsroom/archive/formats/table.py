"""Tables as spreadsheet programs save them: CSV with commas, semicolons or tabs, headed in Chinese or in English."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from backend.newsroom.archive.formats import MAX_MARKUP, File, Item, Parsed, Refusal, Unreadable, demand_few
from backend.newsroom.archive.formats.letters import clean, decode

Headings = Mapping[str, Sequence[str]]

ARCHIVE: Headings = {
    "id": ("编号", "原编号", "guid"),
    "headline": ("标题", "title"),
    "summary": ("摘要", "导语"),
    "text": ("正文", "内容", "body"),
    "html": ("正文html",),
    "section": ("栏目", "版块"),
    "published_at": ("发布时间", "刊发时间", "发布日期", "日期", "date"),
    "byline": ("作者", "署名", "author"),
    "media": ("图片", "媒体", "附件", "媒体文件"),
    "rights_owner": ("版权方", "版权", "权利人"),
    "licence": ("授权", "许可", "license"),
}
_MAX_CELLS = 200
# The library's own limit is below the longest text the house takes, and ends the reading of the whole file.
csv.field_size_limit(MAX_MARKUP)


@dataclass(slots=True)
class Row:
    """One row: where it begins, its cells by field, and what is wrong with it as a row."""

    line: int
    cells: dict[str, str]
    refusal: Refusal | None = None


@dataclass(slots=True)
class Table:
    """All rows that are not empty. `ignored` are headings that mean nothing here."""

    rows: list[Row]
    fields: set[str]
    ignored: list[str] = field(default_factory=list)


def read_table(data: bytes, headings: Headings, needed: Sequence[str]) -> Table:
    """Read a table whose first row names its columns, in any order.

    Raises:
        Unreadable: for what is no table, or lacks a column of `needed`.
    """
    text = clean(decode(data))
    lines = _lines(text)
    try:
        line, head = next(lines)
    except StopIteration:
        raise Unreadable("empty", "表格是空的。") from None
    columns, ignored = _columns(head, headings)
    lacking = [headings[name][0] for name in needed if name not in columns]
    if lacking:
        raise Unreadable("columns", f"第 {line} 行的表头里缺少这些列：{'、'.join(lacking)}。")
    rows: list[Row] = []
    for line, cells in lines:
        demand_few(len(rows) + 1)
        rows.append(_row(line, cells, columns))
    return Table(rows, {name for name in columns if name}, ignored)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, each with the line it begins at."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error:
        raise Unreadable("not_a_table", f"第 {line} 行读不下去，可能是引号没有成对。") from None


def _delimiter(text: str) -> str:
    head = text.lstrip("\n").partition("\n")[0]
    return max(",;\t", key=head.count)


def _columns(head: list[str], headings: Headings) -> tuple[list[str], list[str]]:
    """Say which field each column holds, an empty one where it is none of ours."""
    names = {_heading(alias): name for name, aliases in headings.items() for alias in (name, *aliases)}
    columns = [names.get(_heading(title), "") for title in head[:_MAX_CELLS]]
    for name in columns:
        if name and columns.count(name) > 1:
            raise Unreadable("columns", f"表头里“{headings[name][0]}”出现了两次。")
    return columns, [title[:40] for title, name in zip(head, columns, strict=False) if title and not name]


def _heading(title: str) -> str:
    return "".join(title.split()).strip("*：:").replace("-", "_").lower()


def _row(line: int, cells: list[str], columns: list[str]) -> Row:
    refusal = None
    if any(cells[len(columns) :]):
        refusal = Refusal("", "cells", "这一行的格子比表头多，可能是内容里的逗号没有加引号。")
    given = zip(columns, cells, strict=False)
    return Row(line, {name: cell for name, cell in given if name}, refusal)


def parse(data: bytes) -> Parsed:
    """Read an archive that was written out as a table.

    Raises:
        Unreadable: for what is no such table.
    """
    table = read_table(data, ARCHIVE, ("headline", "published_at"))
    if not {"text", "html"} & table.fields:
        raise Unreadable("columns", "表头里缺少正文这一列。")
    return Parsed("", [_item(row) for row in table.rows])


def _item(row: Row) -> Item:
    given = row.cells.get
    return Item(
        line=row.line,
        key=given("id", ""),
        headline=given("headline", ""),
        summary=given("summary", ""),
        text=given("text", ""),
        html=given("html", ""),
        sections=tuple(filter(None, [given("section", "")])),
        published=given("published_at", ""),
        byline=given("byline", ""),
        files=tuple(File(name) for name in split_list(given("media", ""))),
        owner=given("rights_owner", ""),
        licence=given("licence", ""),
        refusal=row.refusal,
    )


def split_list(cell: str, marks: str = "；") -> list[str]:
    """Take a cell of several entries apart, by semicolons of either width and by other marks that are given."""
    for mark in marks:
        cell = cell.replace(mark, ";")
    return list(dict.fromkeys(part.strip() for part in cell.split(";") if part.strip()))
