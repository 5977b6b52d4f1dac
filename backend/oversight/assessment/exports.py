"""Rows of a period as a sheet or a table 导出: amounts are numbers, and nothing that somebody wrote is a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # the library ships no types

Rows = Iterable[list[dict[str, Any]]]
HEADINGS = ("序号", "姓名", "稿件", "项目", "分值", "工作台", "规则版本", "时间", "依据", "事件编号")
_WIDTHS = (6, 10, 36, 14, 10, 12, 8, 22, 40, 24)
_AMOUNT = HEADINGS.index("分值")
# What a spreadsheet takes for the beginning of a formula, and two blanks that it looks through.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Text stays text: the library would make formulas, links and numbers of what looks like them.
_LITERAL = ("strings_to_formulas", "strings_to_urls", "strings_to_numbers")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: one that begins like it gets an apostrophe before it."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def lines(rows: Rows) -> Iterator[list[Any]]:
    """Write rows as cells, in the order of `HEADINGS`."""
    for batch in rows:
        for row in batch:
            about = row["headline"] or ""
            inputs = json.dumps(row["inputs"], ensure_ascii=False, sort_keys=True)
            seqs = " ".join(str(seq) for seq in row["event_seqs"])
            texts = (row["name"], about, row["rule_name"], row["desk"], row["at"], inputs, seqs)
            name, about, rule, desk, at, inputs, seqs = (harmless(text) for text in texts)
            yield [row["number"], name, about, rule, row["amount"], desk, row["rule_set"], at, inputs, seqs]


def as_csv(rows: Rows) -> str:
    """Write a table with a byte-order mark, which tells spreadsheet programs that it is UTF-8."""
    out = io.StringIO()
    out.write("\ufeff")
    written = csv.writer(out)
    written.writerow(HEADINGS)
    written.writerows(lines(rows))
    return out.getvalue()


def as_xlsx(rows: Rows, totals: Sequence[dict[str, Any]], title: str) -> bytes:
    """Write a workbook: a sheet of rows, and one with the total of each person."""
    out = io.BytesIO()
    # Rows go to the file as they come, so that a big centre's year needs no more memory than a small one's month.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDE8F0", "border": 1})
        amount = book.add_format({"num_format": "0.000"})
        _totals(book, head, amount, totals, title)
        sheet = book.add_worksheet("明细")
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.write_row(0, 0, HEADINGS, head)
        sheet.freeze_panes(1, 0)
        number = 0
        for number, line in enumerate(lines(rows), 1):
            for column, value in enumerate(line):
                if column == _AMOUNT:
                    sheet.write_number(number, column, float(value), amount)
                elif isinstance(value, int):
                    sheet.write_number(number, column, value)
                else:
                    sheet.write_string(number, column, value)
        sheet.autofilter(0, 0, number, len(HEADINGS) - 1)
    return out.getvalue()


def _totals(book: Any, head: Any, amount: Any, totals: Sequence[dict[str, Any]], title: str) -> None:
    sheet = book.add_worksheet("合计")
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 2, 12)
    sheet.write_string(0, 0, harmless(title), head)
    sheet.write_row(1, 0, ("姓名", "总分", "行数"), head)
    for number, one in enumerate(totals, 2):
        sheet.write_string(number, 0, harmless(one["name"]))
        sheet.write_number(number, 1, float(one["total"]), amount)
        sheet.write_number(number, 2, one["rows"])
