"""Reading the cases of a span of months and counting them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import SHANGHAI, iso, iso_or_none, local_day
from backend.district.models import Office, Town
from backend.errors import invalid
from backend.oversight.closure import rules
from backend.oversight.closure.rules import Case, Step
from backend.oversight.operation.rules import LEAST_PEOPLE, month_after, month_of
from backend.policy import Actor
from backend.requests.models import RequestStep, Service, ServiceRequest
from backend.requests.rules import sees_all, staff_offices

MOST_MONTHS = 24
MOST_ROWS = 2000
KIND_NAMES = {"consult": "咨询", "help": "求助", "complaint": "投诉"}


def public_statistics(session: Session, now: datetime, *, by: str, first: str | None, last: str | None) -> Any:
    """Count for everybody, by whole months of filing; small numbers are hidden."""
    span = _span(now, first, last)
    found, named = rules.shown(_cases(session, span, sa.true()), by, now), _names(session, by)
    # A line is there only if something of it may be seen, or being there would tell that somebody asked.
    items = [_line(key, named, numbers) for key, numbers in sorted(found.items()) if numbers["filed"] is not None]
    return _answer(by, span, items) | {"floor": LEAST_PEOPLE}


def desk_statistics(
    session: Session, actor: Actor, now: datetime, *, by: str, first: str | None, last: str | None
) -> Any:
    """Count for the house, with the cases behind each number; an office's staff count their office's."""
    span = _span(now, first, last)
    mine = sa.true() if sees_all(actor) else ServiceRequest.office_id.in_(staff_offices(actor))
    groups, named = rules.grouped(_cases(session, span, mine), by), _names(session, by)
    items = []
    for key in sorted(groups):
        marked = [(case, rules.marks(case, now)) for case in groups[key]]
        rows = [_row(case, marks) for case, marks in marked]
        line = _line(key, named, rules.count([marks for _, marks in marked]))
        items.append(line | {"rows": rows[:MOST_ROWS], "rows_left_out": max(0, len(rows) - MOST_ROWS)})
    return _answer(by, span, items)


def _answer(by: str, span: tuple[date, date], items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"by": by, "from": f"{span[0]:%Y-%m}", "to": f"{span[1]:%Y-%m}", "items": items, "next": None}


def _line(key: str, named: dict[str, str], numbers: rules.Numbers) -> dict[str, Any]:
    return {"key": key, "name": named.get(key, key), "numbers": numbers, "rates": rules.rates(numbers)}


def _row(case: Case, marks: dict[str, bool]) -> dict[str, Any]:
    """Write a case behind a number: which one, and which numbers it counts in; no text of it."""
    return {
        "id": case.id,
        "code": case.code,
        "state": case.state,
        "filed_at": iso(case.filed_at),
        "due": iso_or_none(case.due),
        "marks": [name for name in rules.MARKS if marks[name]],
    }


def _span(now: datetime, first: str | None, last: str | None) -> tuple[date, date]:
    this = month_of(local_day(now))
    end = date.fromisoformat(f"{last}-01") if last else this
    start = date.fromisoformat(f"{first}-01") if first else end.replace(month=1)
    if start > end:
        raise invalid("to", "order", "结束月份不能早于开始月份。")
    if (end.year - start.year) * 12 + end.month - start.month >= MOST_MONTHS:
        raise invalid("from", "order", f"最多统计 {MOST_MONTHS} 个月。")
    return start, end


def _cases(session: Session, span: tuple[date, date], mine: sa.ColumnElement[bool]) -> list[Case]:
    begins, ends = (datetime.combine(day, time(), SHANGHAI) for day in (span[0], month_after(span[1])))
    query = sa.select(ServiceRequest, Service.kind).join(Service, Service.id == ServiceRequest.service_id)
    query = query.where(ServiceRequest.created_at >= begins, ServiceRequest.created_at < ends, mine)
    found = session.execute(query.order_by(ServiceRequest.created_at, ServiceRequest.id)).tuples().all()
    steps = _steps(session, [case.id for case, _ in found])
    return [_case(case, kind, steps.get(case.id, [])) for case, kind in found]


def _steps(session: Session, ids: Sequence[str]) -> dict[str, list[RequestStep]]:
    found: dict[str, list[RequestStep]] = {}
    for at in range(0, len(ids), 500):
        query = sa.select(RequestStep).where(RequestStep.request_id.in_(ids[at : at + 500]))
        for step in session.scalars(query.order_by(RequestStep.request_id, RequestStep.position)):
            found.setdefault(step.request_id, []).append(step)
    return found


def _case(case: ServiceRequest, kind: str, steps: Sequence[RequestStep]) -> Case:
    rating = case.rating or {}
    return Case(
        id=case.id,
        code=case.code,
        citizen=case.citizen_id,
        office=case.office_id,
        town=case.town_id,
        kind=kind,
        month=f"{local_day(case.created_at):%Y-%m}",
        state=case.state,
        filed_at=case.created_at,
        due=case.due,
        result=rating.get("result"),
        attitude=rating.get("attitude"),
        steps=tuple(Step(step.action, step.at, step.action in _BY_CITIZEN) for step in steps),
    )


# Whoever files, confirms or sends back does it as the citizen, a trusted relative too; a message may be of either side
# and counts as neither.
_BY_CITIZEN = frozenset({"file", "confirm", "rate", "reopen", "message"})


def _names(session: Session, by: str) -> dict[str, str]:
    if by == "kind":
        return KIND_NAMES
    rest = {"-": "未定", "all": "全区"}
    tables: dict[str, Any] = {"office": Office, "town": Town}
    if by not in tables:
        return rest
    return rest | {row.id: row.name for row in session.scalars(sa.select(tables[by]))}
