"""Rule sets: drafted, tried on a period, and adopted by another person for the periods that are opened from then on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backend.errors import demand_version, invalid
from backend.ids import new_id
from backend.jobs import queue as jobs
from backend.jobs.worker import JobRun
from backend.newsroom.roster import person_of, persons_of
from backend.oversight.assessment.formula import points, thousandths
from backend.oversight.assessment.life import sign_of_life
from backend.oversight.assessment.log import read_facts, rule_set_of
from backend.oversight.assessment.models import Period, RuleSetRow, Trial
from backend.oversight.assessment.places import access_rule_set, note_trial, rule_set_changed
from backend.oversight.assessment.rows import Window, totals
from backend.oversight.assessment.rules import RULE_SET, RuleSetFacts
from backend.oversight.assessment.ruleset import FIRST, RuleSet, hash_of
from backend.oversight.assessment.scoring import score
from backend.sync.queries import get_head
from backend.unit_of_work import UnitOfWork

TRIAL_JOB = "assessment.trial"
_FIRST_NOTE = "默认规则"


def ensure_first(unit: UnitOfWork) -> None:
    """Make version 1, the rules that the house ships with, unless it is there."""
    if unit.session.scalar(sa.select(RuleSetRow.id).limit(1)) is not None:
        return
    row = _new(unit, _FIRST_NOTE, FIRST)
    row.editors = []
    row.state, row.version = "adopted", 1
    row.adopted_by, row.adopted_at = unit.actor.id, unit.now
    rule_set_changed(unit, row, "adopted", number=1, values=FIRST)


def _new(unit: UnitOfWork, note: str, values: dict[str, Any]) -> RuleSetRow:
    row = RuleSetRow(
        id=new_id(),
        ver=0,
        state="draft",
        note=note,
        values=values,
        hash=hash_of(values),
        editors=[unit.actor.id],
        created_at=unit.now,
        updated_at=unit.now,
    )
    unit.session.add(row)
    return row


def draft_rule_set(unit: UnitOfWork, note: str, values: dict[str, Any] | None) -> RuleSetRow:
    """Draft a rule set, from the one in force unless all values are given."""
    if values is None:
        query = sa.select(RuleSetRow.values).where(RuleSetRow.version.is_not(None))
        values = unit.session.scalars(query.order_by(RuleSetRow.version.desc()).limit(1)).one()
    return rule_set_changed(unit, _new(unit, note, values), "drafted")


def edit_rule_set(unit: UnitOfWork, rule_set_id: str, form: dict[str, Any], if_match: int | None) -> RuleSetRow:
    """Change a draft. What was tried of its old values does not count for the new ones."""
    row = access_rule_set(unit, rule_set_id)
    demand_version(row.ver, if_match, "规则草稿已有改动，请先读取最新的。")
    row.state = RULE_SET.step("edit", row.state, RuleSetFacts())
    row.note = form.get("note", row.note)
    row.values = form.get("values", row.values)
    row.hash = hash_of(row.values)
    row.editors = list(dict.fromkeys([*row.editors, unit.actor.id]))
    return rule_set_changed(unit, row, "edited")


def discard_rule_set(unit: UnitOfWork, rule_set_id: str) -> RuleSetRow:
    """Give a draft up."""
    row = access_rule_set(unit, rule_set_id)
    row.state = RULE_SET.step("discard", row.state, RuleSetFacts())
    return rule_set_changed(unit, row, "discarded")


def adopt_rule_set(unit: UnitOfWork, rule_set_id: str) -> RuleSetRow:
    """Adopt a draft that was tried as it stands. Periods that are open or closed keep the rules they were opened with.

    Raises:
        AppError: 409 of the guards `tried` and `adopter_is_not_drafter`.
    """
    # All of them are locked, so that two that are adopted at once do not get one number.
    known = unit.session.scalars(sa.select(RuleSetRow).order_by(RuleSetRow.id).with_for_update()).all()
    row = access_rule_set(unit, rule_set_id)
    editors = persons_of(unit.session, row.editors).values()
    facts = RuleSetFacts(
        tried=row.tried_hash == row.hash, editor_adopts=person_of(unit.session, unit.actor.id) in editors
    )
    row.state = RULE_SET.step("adopt", row.state, facts)
    row.version = 1 + max(one.version or 0 for one in known)
    row.adopted_by, row.adopted_at = unit.actor.id, unit.now
    return rule_set_changed(unit, row, "adopted", number=row.version, values=row.values, trial=row.trial_id)


def begin_trial(unit: UnitOfWork, rule_set_id: str, period_id: str) -> Trial:
    """Have a draft tried on a period by a job: what each person would have had under it."""
    row = access_rule_set(unit, rule_set_id)
    row.state = RULE_SET.step("trial", row.state, RuleSetFacts())
    period = unit.session.get(Period, period_id)
    if period is None:
        raise invalid("period", "unknown", "没有这个考核周期")
    trial = Trial(
        id=new_id(),
        state="running",
        rule_set_id=row.id,
        period_id=period.id,
        hash=row.hash,
        against=period.rule_set_version,
        result=row.values,
        by=unit.actor.id,
        at=unit.now,
    )
    unit.session.add(trial)
    unit.enqueue(TRIAL_JOB, f"{TRIAL_JOB}:{trial.id}", {"id": trial.id}, lane=jobs.BULK)
    return note_trial(unit, trial, "begun")


def run_trial(run: JobRun) -> None:
    """Try a draft (the job): the same facts under the rules of the period and under the draft, person by person."""
    with run.database.reading() as session:
        trial = session.get_one(Trial, run.args["id"])
        if trial.state == "done":
            return
        period = session.get_one(Period, trial.period_id)
        up_to_seq = period.up_to_seq or get_head(session).event_seq
        alive, window = sign_of_life(run), Window(period.starts_at, period.ends_at)
        facts = read_facts(session, up_to_seq, alive)
        old = totals(score(facts, rule_set_of(session, trial.against), window, alive))
        # Until it is done, the result holds the values that are tried: the draft may change meanwhile.
        new = totals(score(facts, RuleSet(trial.against + 1, trial.result), window, alive))
    with run.unit() as unit:
        trial = unit.session.get_one(Trial, run.args["id"], with_for_update=True, populate_existing=True)
        trial.result = compare(old, new)
        trial.state, trial.up_to_seq, trial.done_at = "done", up_to_seq, unit.now
        note_trial(unit, trial, "done")
        row = access_rule_set(unit, trial.rule_set_id)
        if row.state == "draft" and row.hash == trial.hash:
            row.trial_id, row.tried_hash = trial.id, trial.hash
            rule_set_changed(unit, row, "tried", trial=trial.id)


def compare(old: dict[str, Decimal], new: dict[str, Decimal]) -> list[dict[str, Any]]:
    """Set two results side by side, those who gain most first; equal totals share a rank."""
    persons = old.keys() | new.keys()
    ranks = {name: _ranks(result, persons) for name, result in (("old", old), ("new", new))}
    zero = Decimal(0)

    def line(person: str) -> dict[str, Any]:
        before, after = (thousandths(result.get(person, zero)) for result in (old, new))
        return {
            "person": person,
            "old": points(before),
            "new": points(after),
            "difference": points(after - before),
            "old_rank": ranks["old"][person],
            "new_rank": ranks["new"][person],
        }

    gains = {person: new.get(person, zero) - old.get(person, zero) for person in persons}
    return [line(person) for person in sorted(persons, key=lambda person: (-gains[person], person))]


def _ranks(result: dict[str, Decimal], persons: Any) -> dict[str, int]:
    amounts = {person: result.get(person, Decimal(0)) for person in persons}
    order = sorted(amounts.values(), reverse=True)
    return {person: 1 + order.index(amount) for person, amount in amounts.items()}
