"""What a figure is: a chart, and the table behind it with what has to be known to read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.feed.models import Article
from backend.requests.models import Service

Number = int | float | None
_FLOOR = "不足 {floor} 人的格子不显示；能由合计倒推出来的，再隐去一格。"


class Names:
    """What sections, towns, channels, offices, services and articles are called."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, table: type[Any]) -> dict[str, str]:
        """Return names by id, in the order in which the house lists them."""
        order = table.position if hasattr(table, "position") else table.id
        return dict(self._session.execute(sa.select(table.id, table.name).order_by(order)).tuples().all())

    def offices_of_services(self) -> dict[str, str]:
        """Return which office usually answers for each service, in the order of the services."""
        query = sa.select(Service.id, Service.office_id).order_by(Service.position)
        return dict(self._session.execute(query).tuples().all())

    def headlines(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the headlines of articles that are live; what was withdrawn is not said once more."""
        query = sa.select(Article.id, Article.headline).where(Article.id.in_(sorted(ids)), Article.state == "live")
        return dict(self._session.execute(query).tuples().all())


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers. `kind` is number, percent, seconds, ms or days."""

    id: str
    title: str
    kind: str = "number"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a figure. A number that is None is hidden, unless `open` says that it is only not there yet."""

    key: str
    label: str
    values: Sequence[Number]
    open: frozenset[int] = frozenset()


@dataclass
class Figure:
    """A figure with the table behind it."""

    id: str
    title: str
    chart: str
    unit: str
    head: str
    columns: Sequence[Column]
    note: str
    # How many of the columns, from the left, the chart draws.
    drawn: int = 1
    lines: list[Line] = field(default_factory=list)

    def written(self) -> dict[str, Any]:
        """Write it for the wire."""
        rows = [
            {"key": line.key, "label": line.label, "values": [_cell(line, at) for at in range(len(line.values))]}
            for line in self.lines
        ]
        return {
            "id": self.id,
            "title": self.title,
            "chart": self.chart,
            "unit": self.unit,
            "head": self.head,
            "columns": [{"id": each.id, "title": each.title, "kind": each.kind} for each in self.columns],
            "drawn": self.drawn,
            "rows": rows,
            "note": self.note,
            "suppressed": sum("suppressed" in cell for row in rows for cell in row["values"]),
        }


def _cell(line: Line, at: int) -> dict[str, Any]:
    value = line.values[at]
    if value is None and at not in line.open:
        return {"value": None, "suppressed": True}
    return {"value": value}


def floor_words(floor: int) -> str:
    """Say below how many people nothing is shown."""
    return _FLOOR.format(floor=floor)
