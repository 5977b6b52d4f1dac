"""Appeals 申诉: filed by the one who is assessed, decided by somebody else; what comes of one is a row more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backend.accounts.queries import first_account
from backend.errors import invalid, not_found
from backend.ids import new_id
from backend.newsroom.roster import person_of, persons_of
from backend.oversight.assessment.formula import points, thousandths
from backend.oversight.assessment.log import ADJUSTED, adjustment
from backend.oversight.assessment.models import Appeal, Period, ScoreRow, StoryGrade
from backend.oversight.assessment.periods import record_of, stored_data
from backend.oversight.assessment.places import (
    access_period,
    accounts_with,
    appeal_changed,
    demand_visible,
    digest_of,
    period_changed,
)
from backend.oversight.assessment.rows import result_hash
from backend.oversight.assessment.rules import APPEAL, PERIOD, AppealFacts, PeriodFacts
from backend.unit_of_work import UnitOfWork


def file_appeal(unit: UnitOfWork, period_id: str, text: str, row_number: int | None) -> Appeal:
    """Appeal against one's own account, as a whole or in one row.

    Raises:
        AppError: 409 `illegal_state` before a period is shown and after it is sealed; 422 for a row that is not one's
            own.
    """
    period = access_period(unit, period_id)
    period.state = PERIOD.step("appeal", period.state, PeriodFacts())
    person = first_account(unit.session, person_of(unit.session, unit.actor.id)) or unit.actor.id
    if row_number is not None:
        row = unit.session.get(ScoreRow, (period.id, row_number))
        if row is None or row.person not in unit.session.scalars(accounts_with(unit.actor.id)).all():
            raise invalid("row", "unknown", "您的账上没有这一行")
    appeal = Appeal(
        id=new_id(),
        ver=0,
        state="filed",
        period_id=period.id,
        person=person,
        row_number=row_number,
        text=text,
        filed_by=unit.actor.id,
        filed_at=unit.now,
    )
    unit.session.add(appeal)
    period_changed(unit, period, "appealed", appeal=appeal.id)
    return appeal_changed(unit, appeal, "filed")


def uphold_appeal(unit: UnitOfWork, appeal_id: str, amount: Decimal, reason: str) -> Appeal:
    """Grant an appeal: an adjustment of so many points is added to the account. No row is changed.

    Raises:
        AppError: 404; 409 `same_person` for the one who is assessed, and for who graded or computed it.
    """
    appeal, period = _access(unit, appeal_id)
    period.state = PERIOD.step("adjust", period.state, PeriodFacts())
    _decide(unit, appeal, period, "uphold", reason)
    appeal.amount = thousandths(amount)
    _adjust(unit, appeal, period, amount)
    return appeal_changed(unit, appeal, "upheld")


def dismiss_appeal(unit: UnitOfWork, appeal_id: str, reason: str) -> Appeal:
    """Turn an appeal down, with a reason; raises what `uphold_appeal` does."""
    appeal, period = _access(unit, appeal_id)
    _decide(unit, appeal, period, "dismiss", reason)
    period_changed(unit, period, "appeal_dismissed", appeal=appeal.id)
    return appeal_changed(unit, appeal, "dismissed")


def _access(unit: UnitOfWork, appeal_id: str) -> tuple[Appeal, Period]:
    known = unit.session.get(Appeal, appeal_id)
    if known is None:
        raise not_found("申诉")
    demand_visible(unit.session, unit.actor, known.person, "申诉")
    # The period is locked first everywhere: its rows are numbered, and its seal counts what is undecided.
    period = access_period(unit, known.period_id)
    return unit.session.get_one(Appeal, appeal_id, with_for_update=True, populate_existing=True), period


def _decide(unit: UnitOfWork, appeal: Appeal, period: Period, command: str, reason: str) -> None:
    row = unit.session.get(ScoreRow, (period.id, appeal.row_number)) if appeal.row_number else None
    facts = AppealFacts(
        decider=person_of(unit.session, unit.actor.id),
        assessed=person_of(unit.session, appeal.person),
        assessors=_assessors(unit, period, row),
    )
    appeal.state = APPEAL.step(command, appeal.state, facts)
    appeal.decided_by, appeal.decided_at, appeal.decision = unit.actor.id, unit.now, reason


def _assessors(unit: UnitOfWork, period: Period, row: ScoreRow | None) -> frozenset[str]:
    """Return the persons who first assessed: who had it computed, and who graded the story that it is about."""
    accounts = {period.computed_by} if period.computed_by else set()
    if row is not None and row.story is not None:
        accounts |= set(unit.session.scalars(sa.select(StoryGrade.by).where(StoryGrade.story_id == row.story)))
        pieces = sa.select(ScoreRow.inputs).where(
            ScoreRow.period_id == period.id, ScoreRow.story == row.story, ScoreRow.rule == "multi"
        )
        accounts |= {inputs["graded_by"] for inputs in unit.session.scalars(pieces) if inputs.get("graded_by")}
    return frozenset(persons_of(unit.session, accounts).values())


def _adjust(unit: UnitOfWork, appeal: Appeal, period: Period, amount: Decimal) -> None:
    """Record the adjustment, and add its row once the event of it has its number."""
    about = unit.session.get(ScoreRow, (period.id, appeal.row_number)) if appeal.row_number else None
    told: dict[str, Any] = {
        "period": period.id,
        "appeal": appeal.id,
        "person": appeal.person,
        "row": appeal.row_number,
        "story": about.story if about else None,
        "desk": about.desk if about else "assessment",
        "rule_set": period.rule_set_version,
        "amount": points(thousandths(amount)),
        "reason": digest_of(appeal.decision or ""),
    }
    unit.record(ADJUSTED, appeal.id, appeal.ver + 1, **told)
    event = unit.events[-1]
    period.row_count += 1
    number = period.row_count
    period_changed(unit, period, "adjusted", appeal=appeal.id)

    def add(_seq: int) -> None:
        row = adjustment(told, event.at, event.seq)
        unit.session.add(ScoreRow(**record_of(period.id, number, row)))
        unit.session.flush()
        period.result_hash = result_hash(stored_data(unit.session, period.id))

    unit.when_numbered.append(add)
