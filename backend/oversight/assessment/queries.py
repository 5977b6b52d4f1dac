"""Reading periods, rows, totals and figures. Who does not see all sees their own rows, and desks as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.accounts.queries import names_of, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.errors import AppError, Code, not_found
from backend.newsroom.editing.models import Story
from backend.newsroom.editing.places import visible_to
from backend.oversight.assessment.figures import FIGURES
from backend.oversight.assessment.formula import points
from backend.oversight.assessment.models import DeskFigure, Period, ScoreRow
from backend.oversight.assessment.periods import data_of
from backend.oversight.assessment.places import accounts_with, demand_visible, may_see_all
from backend.oversight.assessment.rows import RULES
from backend.oversight.assessment.rules import PERIOD
from backend.paging import Page, in_order, paged
from backend.policy import Actor
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]
# From so many people on, the sum of a desk says nothing of one of them.
ENOUGH_PEOPLE = 3
_LISTED_AT_ONCE = 20


# ── periods ──


def list_periods(session: Session, page: Page) -> dict[str, Any]:
    """List periods, the latest first."""
    return paged(
        session,
        sa.select(Period),
        page,
        moment=Period.starts_at,
        id=Period.id,
        write=in_order(lambda rows: present_periods(session, rows)),
    )


def access_period(session: Session, period_id: str) -> Period:
    """Return a period; 404 if there is none."""
    row = session.get(Period, period_id)
    if row is None:
        raise not_found("考核周期")
    return row


def present_period(session: Session, period_id: str) -> dict[str, Any]:
    """Write one period; 404 if there is none."""
    return present_periods(session, [access_period(session, period_id)])[period_id]


def load_periods(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render the headers of periods for the command and assessment desks."""
    if audience is not Audience.STAFF:
        return {}
    return present_periods(session, session.scalars(sa.select(Period).where(Period.id.in_(ids))).all())


def present_periods(session: Session, rows: Sequence[Period]) -> Written:
    """Write the headers of periods, by id: nothing of anybody's account is in them."""
    accounts = [account for row in rows for account in (row.computed_by, row.sealed_by)]
    people = names_of(session, accounts)
    return {row.id: _write_period(row, people) for row in rows}


def _write_period(row: Period, people: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "ver": row.ver,
        "state": row.state,
        "state_name": PERIOD.states[row.state],
        "name": row.name,
        "first_day": row.first_day,
        "last_day": row.last_day,
        "rule_set_version": row.rule_set_version,
        "up_to_seq": row.up_to_seq,
        "result_hash": row.result_hash,
        "rows": row.row_count,
        "computed_by": present_person_or_none(row.computed_by, people),
        "computed_at": iso_or_none(row.computed_at),
        "published_at": iso_or_none(row.published_at),
        "public_until": iso_or_none(row.public_until),
        "sealed_by": present_person_or_none(row.sealed_by, people),
        "sealed_at": iso_or_none(row.sealed_at),
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "allowed": PERIOD.allowed(row.state),
    }


# ── rows and totals ──


def is_shown(actor: Actor, period: Period) -> bool:
    """Tell whether somebody may look into a period now: before it is shown 公示, only who sees all."""
    return may_see_all(actor) or period.published_at is not None


def visible(actor: Actor, period: Period) -> sa.ColumnElement[bool]:
    """Make the condition for the rows of a period that somebody may see."""
    if may_see_all(actor):
        return ScoreRow.period_id == period.id
    mine = sa.and_(ScoreRow.period_id == period.id, ScoreRow.person.in_(accounts_with(actor.id)))
    return mine if period.published_at is not None else sa.false()


def list_rows(
    session: Session,
    actor: Actor,
    period_id: str,
    *,
    person: str | None = None,
    story: str | None = None,
    rule: str | None = None,
    after: int = 0,
    limit: int = 20,
) -> dict[str, Any]:
    """List rows of a period in their order; `next` goes on after the last of them.

    Raises:
        AppError: 404 for the rows of another person.
    """
    period = access_period(session, period_id)
    if person is not None:
        demand_visible(session, actor, person, "考核账目")
    query = sa.select(ScoreRow).where(visible(actor, period), ScoreRow.number > after)
    if person is not None:
        query = query.where(ScoreRow.person.in_(accounts_with(person)))
    wanted = {ScoreRow.story: story, ScoreRow.rule: rule}
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    rows = session.scalars(query.order_by(ScoreRow.number).limit(limit + 1)).all()
    more, rows = len(rows) > limit, rows[:limit]
    return {"items": present_rows(session, actor, rows), "next": str(rows[-1].number) if more else None}


def read_number(cursor: str | None) -> int:
    """Read the cursor of a list of rows; 422 `bad_cursor` for one that this list did not give out."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 9):
        words = "翻页标记无效。"
        errors: list[Any] = [{"field": "cursor", "code": "bad_cursor", "message": words}]
        raise AppError(Code.BAD_CURSOR, 422, "翻页标记无效，请从头读取。", errors=errors)
    return int(cursor)


def present_rows(session: Session, actor: Actor, rows: Sequence[ScoreRow]) -> list[dict[str, Any]]:
    """Write rows with the names of people beside them, and the headlines of stories that one may see."""
    people = names_of(session, [row.person for row in rows])
    stories = {row.story for row in rows if row.story}
    named = sa.select(Story.id, Story.headline).where(Story.id.in_(stories), visible_to(actor))
    headlines = dict(session.execute(named).tuples().all())
    return [
        data_of(row)
        | {
            "number": row.number,
            "name": people.get(row.person, row.person),
            "headline": headlines.get(row.story) if row.story else None,
            "rule_name": RULES[row.rule],
        }
        for row in rows
    ]


def list_totals(session: Session, actor: Actor, period_id: str) -> dict[str, Any]:
    """List the total of each person that one may see, highest first; the plain sum of their rows."""
    period = access_period(session, period_id)
    total = sa.func.sum(ScoreRow.amount)
    query = (
        sa.select(ScoreRow.person, total, sa.func.count())
        .where(visible(actor, period))
        .group_by(ScoreRow.person)
        .order_by(total.desc(), ScoreRow.person)
    )
    found = session.execute(query).tuples().all()
    people = names_of(session, [person for person, _, _ in found])
    return {
        "items": [
            {"person": person, "name": people.get(person, person), "total": points(int(amount)), "rows": rows}
            for person, amount, rows in found
        ]
    }


def present_account(
    session: Session, actor: Actor, period_id: str, person: str, *, after: int, limit: int
) -> dict[str, Any]:
    """Write one person's account in a period: the total, what each rule makes of it, and rows.

    Raises:
        AppError: 404 for another person's, and for somebody that there is not.
    """
    demand_visible(session, actor, person, "考核账目")
    period = access_period(session, period_id)
    account = session.get(Account, person)
    if account is None or account.kind != "staff":
        raise not_found("考核账目")
    mine = sa.and_(visible(actor, period), ScoreRow.person.in_(accounts_with(person)))
    by_rule = session.execute(
        sa.select(ScoreRow.rule, sa.func.sum(ScoreRow.amount), sa.func.count()).where(mine).group_by(ScoreRow.rule)
    ).tuples()
    sums = {rule: (int(amount), count) for rule, amount, count in by_rule}
    return {
        "period": period.id,
        "person": person,
        "name": account.name,
        "total": points(sum(amount for amount, _ in sums.values())),
        "rules": [
            {"rule": rule, "rule_name": RULES[rule], "total": points(sums[rule][0]), "rows": sums[rule][1]}
            for rule in RULES
            if rule in sums
        ],
        **list_rows(session, actor, period_id, person=person, after=after, limit=limit),
    }


def visible_rows(session: Session, actor: Actor, period_id: str) -> Iterator[list[dict[str, Any]]]:
    """Stream the rows that somebody may see, some at a time, as `present_rows` writes them."""
    after, period = 0, access_period(session, period_id)
    while True:
        query = sa.select(ScoreRow).where(visible(actor, period), ScoreRow.number > after)
        rows = session.scalars(query.order_by(ScoreRow.number).limit(500)).all()
        if not rows:
            return
        yield present_rows(session, actor, rows)
        after = rows[-1].number
        session.expunge_all()


# ── desks ──


def list_desks(session: Session, actor: Actor, period_id: str) -> dict[str, Any]:
    """Write each desk's total and figures. A total of few people is withheld from who may not see their rows."""
    period = access_period(session, period_id)
    if not is_shown(actor, period):
        return {"items": []}
    query = sa.select(ScoreRow.desk, sa.func.sum(ScoreRow.amount), sa.func.count(ScoreRow.person.distinct()))
    sums = {
        desk: (int(amount), people)
        for desk, amount, people in session.execute(
            query.where(ScoreRow.period_id == period.id).group_by(ScoreRow.desk)
        ).tuples()
    }
    figures: dict[str, list[DeskFigure]] = {}
    for figure in session.scalars(sa.select(DeskFigure).where(DeskFigure.period_id == period.id)):
        figures.setdefault(figure.desk, []).append(figure)
    order = list(FIGURES)
    return {
        "items": [
            {
                "desk": desk,
                "people": sums.get(desk, (0, 0))[1],
                "total": _total(actor, *sums.get(desk, (0, 0))) if desk in sums else None,
                "figures": [
                    _write_figure(one, _LISTED_AT_ONCE)
                    for one in sorted(figures.get(desk, ()), key=lambda one: order.index(one.name))
                ],
            }
            for desk in sorted(sums.keys() | figures.keys(), key=lambda desk: (desk != "all", desk))
        ]
    }


def _total(actor: Actor, amount: int, people: int) -> str | None:
    return points(amount) if people >= ENOUGH_PEOPLE or may_see_all(actor) else None


def access_figure(session: Session, actor: Actor, period_id: str, desk: str, name: str) -> dict[str, Any]:
    """Write one figure with the events behind it; 404 if there is none."""
    period = access_period(session, period_id)
    row = session.get(DeskFigure, (period_id, desk, name))
    if row is None or not is_shown(actor, period):
        raise not_found("指标")
    return _write_figure(row, None)


def _write_figure(row: DeskFigure, listed: int | None) -> dict[str, Any]:
    words, unit = FIGURES[row.name]
    return {
        "name": row.name,
        "words": words,
        "unit": unit,
        "value": _value(row.numerator, row.denominator, unit),
        "numerator": row.numerator,
        "denominator": row.denominator,
        "event_seqs": row.seqs[:listed],
        "events": row.events,
        "link": f"/api/v1/kitchen/assessment/periods/{row.period_id}/desks/{row.desk}/figures/{row.name}",
    }


def _value(numerator: int, denominator: int, unit: str) -> float | None:
    if not denominator:
        return None
    return round(numerator / denominator * {"percent": 100, "per_1000": 1000, "seconds": 1}[unit], 1)
