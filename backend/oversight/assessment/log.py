"""Reading the log for the assessment: streamed, in order, only what says anything. And rebuilding a period from it.

A rule set's values and a period's window stand in the log too (`rule_set.adopted`, `period.opened`), so the log alone
is enough: a copy of the table of events gives the same rows, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.events.models import Event
from backend.oversight.assessment.facts import TYPES, fold
from backend.oversight.assessment.figures import Figure, figures
from backend.oversight.assessment.rows import Breathe, Row, Window, breathing, hold_breath, result_hash
from backend.oversight.assessment.ruleset import RuleSet
from backend.oversight.assessment.scoring import score
from backend.oversight.assessment.things import Facts, Told

ADJUSTED = "score.adjusted"
_AT_ONCE = 2000
_COLUMNS = (Event.seq, Event.at, Event.actor, Event.entity_id, Event.type, Event.data)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the log says of a period: its rows as data, in their order, and the hash of them."""

    period: str
    rule_set_version: int
    up_to_seq: int
    rows: list[dict[str, Any]]
    result_hash: str


def read_facts(session: Session, up_to_seq: int, breathe: Breathe = hold_breath) -> Facts:
    """Fold the log up to an event."""
    facts = Facts()
    for event in breathing(_stream(session, up_to_seq, _all_facts()), breathe):
        fold(facts, event)
    facts.up_to_seq = up_to_seq
    return facts


def _stream(session: Session, up_to_seq: int, *which: sa.ColumnElement[bool]) -> Iterator[Told]:
    query = sa.select(*_COLUMNS).where(Event.seq <= up_to_seq, *which).order_by(Event.seq)
    for row in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        yield Told(*row)


def _all_facts() -> sa.ColumnElement[bool]:
    """Make the condition for events that say anything, one that no index answers.

    The table is to be read along its numbers: the index on types would have all of them found first and then sorted,
    which takes the memory of the whole log.
    """
    return Event.type.concat("").in_(TYPES)


def adjustments(session: Session, period_id: str, up_to_seq: int) -> list[Row]:
    """Return the rows that appeals added to a period, in the order in which they were decided."""
    return [
        adjustment(event.data, event.at, event.seq)
        for event in _stream(session, up_to_seq, Event.type == ADJUSTED)
        if event.data["period"] == period_id
    ]


def adjustment(data: dict[str, Any], at: datetime, seq: int) -> Row:
    """Make the row of an adjustment, which the event of it says all about."""
    return Row(
        person=data["person"],
        story=data["story"],
        thing={"kind": "appeal", "id": data["appeal"]},
        desk=data["desk"],
        rule="adjustment",
        rule_set=data["rule_set"],
        amount=Decimal(data["amount"]),
        at=at.astimezone(UTC),
        inputs={"row": data["row"]},
        event_seqs=(seq,),
    )


def rule_set_of(session: Session, version: int) -> RuleSet:
    """Return a rule set as the log has it."""
    query = sa.select(Event.data).where(Event.type == "rule_set.adopted").order_by(Event.seq)
    for data in session.scalars(query):
        if data["number"] == version:
            return RuleSet(version, data["values"])
    raise LookupError(f"rule set {version} is not in the log")


def rebuild(session: Session, period_id: str, up_to_seq: int | None = None) -> Rebuilt | None:
    """Compute a period's rows anew from the log alone; None for one that has not been computed (by then).

    Args:
        session: of any database that has a copy of the table of events; no other table is read.
        period_id: which period.
        up_to_seq: take no notice of later events; the whole log counts if it is left out.
    """
    found = recompute(session, period_id, up_to_seq)
    if found is None:
        return None
    version, facts_up_to, rows = found
    written = [row.as_data() for row in rows]
    return Rebuilt(period_id, version, facts_up_to, written, result_hash(written))


def recompute(session: Session, period_id: str, up_to_seq: int | None = None) -> tuple[int, int, list[Row]] | None:
    """Return the version of the rules, the event that facts count up to, and the rows; as `rebuild` does."""
    last = 2**62 if up_to_seq is None else up_to_seq
    opened: Told | None = None
    facts_up_to: int | None = None
    for event in _stream(session, last, Event.entity == "period", Event.entity_id == period_id):
        if event.type == "period.opened":
            opened = event
        elif event.type == "period.computed":
            facts_up_to = event.data["up_to_seq"]
    if opened is None or facts_up_to is None:
        return None
    rules, window = rule_set_of(session, opened.data["rule_set"]), window_of(opened.data)
    rows = score(read_facts(session, facts_up_to), rules, window) + adjustments(session, period_id, last)
    return rules.version, facts_up_to, rows


def window_of(data: dict[str, Any]) -> Window:
    """Return the window that the event of a period's opening names."""
    return Window(datetime.fromisoformat(data["starts_at"]), datetime.fromisoformat(data["ends_at"]))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The rows of a window in their order, the hash of them, and the figures of desks."""

    rows: list[Row]
    result_hash: str
    figures: list[Figure]


def evaluate(
    session: Session, rules: RuleSet, window: Window, up_to_seq: int, breathe: Breathe = hold_breath
) -> Evaluation:
    """Compute a window under a rule set from the log up to an event."""
    facts = read_facts(session, up_to_seq, breathe)
    rows = score(facts, rules, window, breathe)
    digest = result_hash(row.as_data() for row in breathing(rows, breathe))
    return Evaluation(rows, digest, figures(facts, rules, window))
