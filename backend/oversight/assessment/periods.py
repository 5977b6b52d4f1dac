"""Periods: opened, computed by a job from the log, shown for some days, and sealed with the hash of all rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import SHANGHAI, iso
from backend.db import canonical
from backend.errors import invalid
from backend.ids import new_id
from backend.jobs import queue as jobs
from backend.jobs.worker import JobRun
from backend.oversight.assessment.formula import points, thousandths
from backend.oversight.assessment.life import sign_of_life
from backend.oversight.assessment.log import evaluate, rebuild, rule_set_of
from backend.oversight.assessment.models import Appeal, DeskFigure, Period, RuleSetRow, ScoreRow
from backend.oversight.assessment.places import access_period, period_changed
from backend.oversight.assessment.rows import Row, Window, result_hash
from backend.oversight.assessment.rules import NO_OVERLAP, PERIOD, PeriodFacts
from backend.sync.queries import get_head
from backend.unit_of_work import UnitOfWork

COMPUTE_JOB, PUBLIC_JOB = "assessment.compute", "assessment.public"
_AT_ONCE = 1000


def open_period(unit: UnitOfWork, form: dict[str, Any]) -> Period:
    """Open a period of whole days, `first_day` to `last_day`, under the rules that were adopted last.

    Raises:
        AppError: 422 for days in the wrong order; 409 `no_overlap` where a day is another period's already.
    """
    first, last = date.fromisoformat(form["first_day"]), date.fromisoformat(form["last_day"])
    if last < first:
        raise invalid("last_day", "order", "最后一天不能早于第一天")
    starts, ends = _midnight(first), _midnight(last + timedelta(days=1))
    # Whoever opens one waits for whoever opens another, so that two cannot overlap.
    rules = unit.session.scalars(
        sa.select(RuleSetRow).where(RuleSetRow.version.is_not(None)).order_by(RuleSetRow.version).with_for_update()
    ).all()
    clash = sa.select(Period.id).where(Period.starts_at < ends, Period.ends_at > starts).limit(1)
    NO_OVERLAP.demand(PeriodFacts(overlaps=unit.session.scalar(clash) is not None))
    row = Period(
        id=new_id(),
        ver=0,
        state="open",
        name=form["name"],
        first_day=form["first_day"],
        last_day=form["last_day"],
        starts_at=starts,
        ends_at=ends,
        rule_set_version=rules[-1].version,
        row_count=0,
        opened_by=unit.actor.id,
        created_at=unit.now,
        updated_at=unit.now,
    )
    unit.session.add(row)
    told = {"starts_at": iso(starts), "ends_at": iso(ends), "rule_set": row.rule_set_version}
    return period_changed(unit, row, "opened", **told)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, clock_time(), SHANGHAI)


def compute_period(unit: UnitOfWork, period_id: str) -> Period:
    """Have a period computed from the log, by a job; until that is done it is `computing`."""
    row = access_period(unit, period_id)
    row.state = PERIOD.step("compute", row.state)
    row.computed_by = unit.actor.id
    period_changed(unit, row, "computing")
    unit.enqueue(COMPUTE_JOB, f"{COMPUTE_JOB}:{row.id}:{row.ver}", {"id": row.id}, lane=jobs.BULK)
    return row


def compute(run: JobRun) -> None:
    """Compute a period (the job): read the log on a snapshot, then write all rows in one transaction."""
    # The hour is taken before the log is looked at: what happens meanwhile is not in it.
    as_of = run.database.clock.now()
    with run.database.reading() as session:
        period = session.get_one(Period, run.args["id"])
        if period.state != "computing":
            return
        window, up_to_seq = Window(period.starts_at, period.ends_at), get_head(session).event_seq
        rules = rule_set_of(session, period.rule_set_version)
        found = evaluate(session, rules, window, up_to_seq, sign_of_life(run))
    with run.unit() as unit:
        period = access_period(unit, run.args["id"])
        if period.state != "computing":
            return
        for table in (ScoreRow, DeskFigure):
            unit.session.execute(sa.delete(table).where(table.period_id == period.id))
        for batch in _batches(_records(period.id, found.rows)):
            unit.session.execute(sa.insert(ScoreRow), batch)
        for batch in _batches({"period_id": period.id} | figure.as_data() for figure in found.figures):
            unit.session.execute(sa.insert(DeskFigure), batch)
        period.state = PERIOD.step("finish", period.state)
        period.up_to_seq, period.row_count, period.computed_at = up_to_seq, len(found.rows), as_of
        period.result_hash = found.result_hash
        told = {"up_to_seq": up_to_seq, "rows": len(found.rows), "result_hash": period.result_hash}
        period_changed(unit, period, "computed", **told)


def _records(period_id: str, rows: Iterable[Row], start: int = 1) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows, start):
        yield record_of(period_id, number, row)


def record_of(period_id: str, number: int, row: Row) -> dict[str, Any]:
    """Write a row as the table has it."""
    return {
        "period_id": period_id,
        "number": number,
        "person": row.person,
        "story": row.story,
        "thing_kind": row.thing["kind"],
        "thing_id": row.thing["id"],
        "desk": row.desk,
        "rule": row.rule,
        "rule_set": row.rule_set,
        "amount": thousandths(row.amount),
        "at": row.at,
        "inputs": dict(row.inputs),
        "event_seqs": list(row.event_seqs),
    }


def _batches(records: Iterable[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    waiting = iter(records)
    while batch := list(itertools.islice(waiting, _AT_ONCE)):
        yield batch


def publish_period(unit: UnitOfWork, period_id: str) -> Period:
    """Show a period to those it is about 公示, for as many days as its rules say."""
    row = access_period(unit, period_id)
    over = row.computed_at is not None and row.computed_at >= row.ends_at
    row.state = PERIOD.step("publish", row.state, PeriodFacts(computed_after_end=over))
    row.published_at = unit.now
    days: int = rule_set_of(unit.session, row.rule_set_version).at("public_days")
    row.public_until = unit.now + timedelta(days=days)
    unit.enqueue(PUBLIC_JOB, f"{PUBLIC_JOB}:{row.id}:{row.ver}", {"id": row.id}, run_at=row.public_until)
    return period_changed(unit, row, "published", public_until=iso(row.public_until))


def end_public(run: JobRun) -> None:
    """Say that the days are over; the job of that hour."""
    with run.unit() as unit:
        row = access_period(unit, run.args["id"])
        if row.state == "published":
            row.state = PERIOD.step("end_public", row.state)
            period_changed(unit, row, "public_days_over")


def seal_period(unit: UnitOfWork, period_id: str) -> Period:
    """Seal a period 封账: from now on its rows and their hash stay as they are.

    Raises:
        AppError: 409 of the guards `public_days_over` and `no_open_appeals`.
    """
    row = access_period(unit, period_id)
    still = sa.select(sa.func.count()).where(Appeal.period_id == row.id, Appeal.state == "filed")
    facts = PeriodFacts(
        public_days_over=row.public_until is not None and row.public_until <= unit.now,
        open_appeals=unit.session.scalar(still) or 0,
    )
    row.state = PERIOD.step("seal", row.state, facts)
    row.sealed_by, row.sealed_at = unit.actor.id, unit.now
    row.result_hash = result_hash(stored_data(unit.session, row.id))
    told = {"rule_set": row.rule_set_version, "up_to_seq": row.up_to_seq, "result_hash": row.result_hash}
    return period_changed(unit, row, "sealed", **told)


def stored_data(session: Session, period_id: str) -> Iterator[dict[str, Any]]:
    """Stream the rows of a period in their order, as `log.rebuild` makes them anew."""
    query = sa.select(ScoreRow).where(ScoreRow.period_id == period_id).order_by(ScoreRow.number)
    for row in session.scalars(query.execution_options(yield_per=_AT_ONCE)):
        yield data_of(row)


def first_difference(session: Session, period_id: str) -> int | None:
    """Compare the stored rows of a period with those that the log gives; return the place of the first that differs.

    None where all are alike, byte for byte, and their hash is the stored one; 0 where only that differs.
    """
    made = rebuild(session, period_id)
    again = made.rows if made is not None else []
    for number, (mine, theirs) in enumerate(itertools.zip_longest(stored_data(session, period_id), again), 1):
        if mine is None or theirs is None or canonical(mine) != canonical(theirs):
            return number
    stored = session.get_one(Period, period_id).result_hash
    return None if stored == (made.result_hash if made is not None else None) else 0


def data_of(row: ScoreRow) -> dict[str, Any]:
    """Write a stored row as it was hashed; equal to `scoring.Row.as_data` of the row it was made from."""
    return {
        "person": row.person,
        "story": row.story,
        "thing": {"kind": row.thing_kind, "id": row.thing_id},
        "desk": row.desk,
        "rule": row.rule,
        "rule_set": row.rule_set,
        "amount": points(row.amount),
        "at": iso(row.at),
        "inputs": row.inputs,
        "event_seqs": row.event_seqs,
    }
