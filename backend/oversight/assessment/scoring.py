"""From facts and a rule set to rows: `score(facts, rules, window) → rows`. Pure; NEWSROOM.md section 6.

Each row belongs to the period in which its own moment lies: a story's points to that of its first receipt, its reach to
that of the freeze, a penalty to that in which the correction was signed. So nothing is lost between two periods, and
nothing counts twice. An error that is found at a step, before readers see it, costs nobody anything; whoever found it
has their finding. One that is found afterwards costs its authors and each who passed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from backend.clock import iso
from backend.oversight.assessment import formula
from backend.oversight.assessment.formula import rounded, share_of
from backend.oversight.assessment.rows import Breathe, Row, Window, breathing, hold_breath
from backend.oversight.assessment.ruleset import STEPS, RuleSet
from backend.oversight.assessment.things import CaseFacts, ExamFacts, Facts, Pass, StoryFacts, TaskFacts

STORY_DESK, EXAM_DESK, LEAD_DESK, DUTY_DESK = "editing", "examination", "planning", "command"


def score(facts: Facts, rules: RuleSet, window: Window, breathe: Breathe = hold_breath) -> list[Row]:
    """Return all rows of a period, in their one order."""
    found = [row for row in breathing(_all(facts, rules, window), breathe) if window.has(row.at)]
    return sorted(found, key=lambda row: row.key)


def _all(facts: Facts, rules: RuleSet, window: Window) -> Iterator[Row]:
    for story in facts.stories.values():
        # What happened to a story before or after the period only is told apart cheaply, before it is reckoned.
        if story.credits is not None and story.first is not None and story.first.at < window.end:
            yield from _Piece(facts, rules, story).rows()
    for exam in facts.exams.values():
        if exam.story:
            yield from _checks(facts, rules, exam)
    for case in facts.cases.values():
        yield from _penalties(facts, rules, case)
    for task in facts.tasks.values():
        yield from _arrivals(facts, rules, task)
    yield from _others(facts, rules)


class _Piece:
    """One story that is out: its parts, and each of them by share."""

    def __init__(self, facts: Facts, rules: RuleSet, story: StoryFacts) -> None:
        assert story.credits is not None and story.first is not None  # noqa: S101, PT018  # `_all` has seen to it
        self._facts, self._rules, self._story = facts, rules, story
        self._first, self._credits = story.first, story.credits
        self._type = story.type or formula.type_of(story.credits["form"], story.credits.get("line"), rules)
        self._grade = story.grade or rules.at("usual_grade")
        self._worth = formula.out(self._type, self._grade, rules)
        self._desk = desk_of(story)

    def rows(self) -> Iterator[Row]:
        yield from self._multi()
        yield from self._time()
        if self._first.medium in self._rules.at("mobile", "media"):
            points = self._rules.number("mobile", "points")
            yield from self._split("mobile", points, self._first.at, {"medium": self._first.medium}, [self._first.seq])
        yield from self._reach()
        yield from self._pickups()

    def _multi(self) -> Iterator[Row]:
        further = [receipt for receipt in self._story.receipts.values() if receipt is not self._first]
        edited = sum(1 for receipt in further if receipt.edited)
        inputs = {
            "type": self._type,
            "grade": self._grade,
            "graded_by": self._facts.person(self._story.graded_by) if self._story.graded_by else None,
            "edited": edited,
            "mechanical": len(further) - edited,
            "out": str(self._worth),
        }
        seqs = [self._story.credits_seq, *(receipt.seq for receipt in self._story.receipts.values())]
        if self._story.graded_seq is not None:
            seqs.append(self._story.graded_seq)
        amount = formula.multi(self._worth, edited, len(further) - edited, self._rules)
        yield from self._split("multi", amount, self._first.at, inputs, seqs)

    def _time(self) -> Iterator[Row]:
        task = self._facts.tasks.get(self._credits.get("assignment") or "")
        if task is None or task.filed is None or task.late is None:
            return
        late_s = int(task.late / timedelta(seconds=1))
        inputs = {"out": str(self._worth), "due": iso(task.due), "late_s": max(0, late_s), "assignment": task.id}
        amount = formula.time(self._worth, task.late, self._rules)
        yield from self._split("time", amount, self._first.at, inputs, [task.filed[0], self._first.seq])

    def _reach(self) -> Iterator[Row]:
        frozen = self._story.reach
        if frozen is None or not frozen.data["channels"]:
            return
        v = formula.reach_v(frozen.data["channels"], self._rules)
        inputs = {"V": str(rounded(v)), "channels": frozen.data["channels"]}
        yield from self._split("reach", formula.reach(v, self._rules), frozen.at, inputs, [frozen.seq])

    def _pickups(self) -> Iterator[Row]:
        """Pay the highest level only: a higher one that comes later pays what it is above the one before."""
        paid = Decimal(0)
        for pickup in self._story.pickups:
            level = pickup.data["level"]
            points = self._rules.number("pickup", level)
            if points > paid:
                inputs = {"level": level, "paid_before": str(paid)}
                thing = {"kind": "pickup", "id": pickup.data["pickup"]}
                yield from self._split("pickup", points - paid, pickup.at, inputs, [pickup.seq], thing=thing)
                paid = points

    def _split(
        self,
        rule: str,
        amount: Decimal,
        at: datetime,
        inputs: Mapping[str, Any],
        seqs: list[int],
        *,
        thing: Mapping[str, str] | None = None,
    ) -> Iterator[Row]:
        for person, share in shares_of(self._facts, self._story).items():
            yield Row(
                person=person,
                story=self._story.id,
                thing=thing or {"kind": "story", "id": self._story.id},
                desk=self._desk,
                rule=rule,
                rule_set=self._rules.version,
                amount=share_of(amount, share),
                at=at,
                inputs={"share": share, **inputs},
                event_seqs=tuple(sorted(set(seqs))),
            )


def shares_of(facts: Facts, story: StoryFacts) -> dict[str, int]:
    """Return each author's share in per cent, by person: two accounts of one person are one."""
    found: dict[str, int] = {}
    for account, share in (story.credits or {}).get("shares", ()):
        person = facts.person(account)
        found[person] = found.get(person, 0) + share
    return found


def desk_of(story: StoryFacts | None) -> str:
    """Return the desk a story counts for: the one its assignment is of, else the editors'."""
    return ((story.credits or {}).get("desk") if story else None) or STORY_DESK


def _checks(facts: Facts, rules: RuleSet, exam: ExamFacts) -> Iterator[Row]:
    def row(rule: str, amount: Decimal, one: Any, inputs: Mapping[str, Any], seqs: Iterable[int]) -> Row:
        return Row(
            person=facts.person(one.actor),
            story=exam.story,
            thing={"kind": "exam", "id": exam.id},
            desk=EXAM_DESK,
            rule=rule,
            rule_set=rules.version,
            amount=rounded(amount),
            at=one.at,
            inputs={"step": one.step, **inputs},
            event_seqs=tuple(sorted(set(seqs))),
        )

    for done in exam.passes.values():
        amount = formula.checked(done.step, done.chars, done.at - done.opened_at, done.read_ms, rules)
        rule = "pass_review" if done.step.startswith("R") else "pass_proof"
        yield row(rule, amount, done, _of_pass(done, rules), [done.opened_seq, done.seq])
    left: dict[str, Decimal] = {}
    for found in exam.findings:
        person = facts.person(found.actor)
        rest = left.get(person, rules.number("checker", "finding_cap"))
        amount = min(rest, rules.number("checker", "finding") * found.count)
        left[person] = rest - amount
        yield row("finding", amount, found, {"count": found.count}, found.seqs)


def _of_pass(done: Pass, rules: RuleSet) -> dict[str, Any]:
    return {
        "chars": done.chars,
        "read_ms": done.read_ms,
        "waited_s": int((done.at - done.opened_at) / timedelta(seconds=1)),
        "read_too_fast": formula.read_too_fast(done.chars, done.read_ms, rules),
    }


def is_counted(case: CaseFacts) -> bool:
    """Tell whether a case is an error that somebody answers for: one whose correction or withdrawal was signed."""
    return case.is_error and case.decided is not None


def _penalties(facts: Facts, rules: RuleSet, case: CaseFacts) -> Iterator[Row]:
    if not is_counted(case) or case.decided is None:
        return
    decided, story = case.decided, facts.stories.get(case.story)
    opener = facts.person(case.opened.actor)

    def row(rule: str, person: str, part: Decimal, per_cent: int, seqs: Iterable[int], **inputs: Any) -> Row:
        # Who says so of their own work before anybody else has, bears half of their own part.
        own = person == opener and not case.found_by_other
        amount = formula.penalty(case.severity, part, per_cent, self_reported=own, rules=rules)
        return Row(
            person=person,
            story=case.story,
            thing={"kind": "case", "id": case.id},
            desk=desk_of(story) if rule == "penalty_author" else EXAM_DESK,
            rule=rule,
            rule_set=rules.version,
            amount=amount,
            at=decided.at,
            inputs={"severity": case.severity, "self_reported": own, "cause_step": case.cause_step, **inputs},
            event_seqs=tuple(sorted({case.opened.seq, decided.seq, *seqs})),
        )

    if story is not None:
        for person, share in shares_of(facts, story).items():
            yield row("penalty_author", person, rules.number("penalty", "authors"), share, (), share=share)
    for step in STEPS:
        passed = case.standing.get(step)
        who = passed or case.signer
        if who is not None:
            part = rules.number("penalty", "step")
            yield row("penalty_check", facts.person(who[0]), part, 100, [who[1]], step=step, undone=passed is None)


def _arrivals(facts: Facts, rules: RuleSet, task: TaskFacts) -> Iterator[Row]:
    if not task.emergency or task.dispatched is None or task.on_site is None:
        return
    took = task.on_site[1] - task.dispatched[1]
    if took > rules.minutes("other", "on_site_minutes"):
        return
    seqs, took_s = (task.dispatched[0], task.on_site[0]), int(took / timedelta(seconds=1))
    for one in task.reporters:
        yield Row(
            person=facts.person(one["id"]),
            story=None,
            thing={"kind": "assignment", "id": task.id},
            desk=task.desk,
            rule="on_site",
            rule_set=rules.version,
            amount=share_of(rules.number("other", "on_site"), one["share"]),
            at=task.on_site[1],
            inputs={"share": one["share"], "took_s": took_s},
            event_seqs=seqs,
        )


def _others(facts: Facts, rules: RuleSet) -> Iterator[Row]:
    told = [("lead", LEAD_DESK, event, event.data["reported_by"]) for event in facts.leads]
    told += [("shift", DUTY_DESK, event, event.data["account"]) for event in facts.shifts]
    for rule, desk, event, account in told:
        kind = "lead" if rule == "lead" else "duty"
        yield Row(
            person=facts.person(account),
            story=None,
            thing={"kind": kind, "id": event.entity_id},
            desk=desk,
            rule=rule,
            rule_set=rules.version,
            amount=rounded(rules.number("other", rule)),
            at=event.at,
            inputs={},
            event_seqs=(event.seq,),
        )
