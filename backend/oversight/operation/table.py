"""The table behind a figure as CSV, for a spreadsheet."""

from __future__ import annotations

import csv
import io

from backend.oversight.operation.figure import Figure

# Excel takes a file for UTF-8 only with this in front.
_BOM = "\ufeff"
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(figure: Figure, floor: int) -> str:
    """Write a figure's table, with words where a cell may not be seen and nothing where it is not there yet."""
    out = io.StringIO()
    writer = csv.writer(out)
    units = {"percent": "（%）", "seconds": "（秒）", "ms": "（毫秒）", "days": "（天）"}
    writer.writerow([figure.head, *(f"{column.title}{units.get(column.kind, '')}" for column in figure.columns)])
    for row in figure.written()["rows"]:
        cells = [_hidden(floor) if cell.get("suppressed") else cell["value"] for cell in row["values"]]
        writer.writerow([_harmless(row["label"]), *cells])
    return _BOM + out.getvalue()


def _hidden(floor: int) -> str:
    return f"不足 {floor} 人，不显示"


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
