"""What the assessment knows: a fold over the event log, one event after the other in the order of their numbers. Pure.

Nothing is read from any other place, so a copy of the log gives the same facts, and these the same rows. What is kept
grows with the things of the newsroom (stories, examinations, cases), not with what happened to them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from backend.oversight.assessment.things import (
    CaseFacts,
    ExamFacts,
    Facts,
    Finding,
    Pass,
    Receipt,
    StoryFacts,
    TaskFacts,
    Told,
)


def fold(facts: Facts, event: Told) -> None:
    """Take one event in. Types that are not in `TYPES` say nothing here."""
    facts.up_to_seq = event.seq
    take = _TAKES.get(event.type)
    if take is not None:
        take(facts, event)


def _account(facts: Facts, e: Told) -> None:
    if first := e.data.get("first"):
        facts.persons[e.entity_id] = first


def _story(facts: Facts, e: Told) -> None:
    if "shares" in e.data:
        story = facts.story(e.entity_id)
        story.credits, story.credits_seq = e.data, e.seq


def _graded(facts: Facts, e: Told) -> None:
    story = facts.story(e.entity_id)
    _grade(story, e, e.data["grade"], "manual")
    story.type = e.data.get("story_type") or story.type


def _grade(story: StoryFacts, e: Told, grade: str, how: str) -> None:
    # A second review of the same story does not undo what somebody graded by hand, with a reason.
    if how == "manual" or story.graded_how != "manual":
        story.grade, story.graded_seq, story.graded_by, story.graded_how = grade, e.seq, e.actor, how


def _picked_up(facts: Facts, e: Told) -> None:
    facts.story(e.entity_id).pickups.append(e)


def _frozen(facts: Facts, e: Told) -> None:
    story = facts.story(e.entity_id)
    # The first freeze counts; there is no other, and were there one, it would be too late.
    story.reach = story.reach or e


def _receipted(facts: Facts, e: Told) -> None:
    kind = {"article": "app_article"}.get(e.data.get("kind", ""), e.data.get("kind"))
    if e.data.get("action") != "create" or kind is None:
        return
    receipts = facts.story(e.data["story"]).receipts
    if kind not in receipts:
        receipts[kind] = Receipt(e.seq, e.at, kind, e.data["medium"], e.data["transform"] == "edited")


def _step_open(facts: Facts, e: Told) -> None:
    # The first step is opened before its examination is told of, which `_named` makes up for.
    exam = facts.exams.setdefault(e.entity_id, ExamFacts(e.entity_id, "", "", ""))
    exam.opened[e.data["step"]] = (e.seq, e.at)


def _submitted(facts: Facts, e: Told) -> None:
    exam = _named(facts, e)
    if exam is None:
        return
    exam.standing = {}
    if exam.sent_back is not None:
        step, back = exam.sent_back
        exam.sent_back = None
        # What was sent back and comes again with other words was found by who sent it back.
        if back.data["hash"] != e.data["hash"]:
            exam.findings.append(Finding(step, back.actor, e.at, [back.seq, e.seq], 1))
    if exam.about == "story":
        facts.handed_in.append((exam.story, e.seq, e.at))


def _named(facts: Facts, e: Told) -> ExamFacts | None:
    """Return an examination, told what it is about if it was known by its first step only.

    None for an event of before history said so: nothing was assessed then.
    """
    if "story" not in e.data:
        return None
    exam = facts.exams.setdefault(e.entity_id, ExamFacts(e.entity_id, "", "", ""))
    exam.story, exam.about, exam.lane = e.data["story"], e.data["about"], e.data["lane"]
    return exam


def _voided(facts: Facts, e: Told) -> None:
    exam = _named(facts, e)
    if exam is not None:
        exam.standing = {}


def _passed(facts: Facts, e: Told) -> None:
    exam, step = _named(facts, e), e.data["step"]
    if exam is None:
        return
    exam.standing[step] = (e.actor, e.seq)
    opened_seq, opened_at = exam.opened.get(step, (e.seq, e.at))
    chars, read_ms, fixes = e.data.get("chars", 0), e.data.get("read_ms"), e.data.get("fixes", 0)
    grade = e.data.get("grade")
    exam.passes.setdefault(
        (step, e.actor), Pass(step, e.actor, e.seq, e.at, opened_seq, opened_at, chars, read_ms, fixes, grade)
    )
    if fixes:
        exam.findings.append(Finding(step, e.actor, e.at, [e.seq], fixes))
    if grade:
        _grade(facts.story(exam.story), e, grade, "review")


def _returned(facts: Facts, e: Told) -> None:
    exam = _named(facts, e)
    if exam is None:
        return
    exam.sent_back = (e.data["step"], e)
    exam.standing.pop(e.data["step"], None)
    if exam.about == "story":
        facts.returned.append((exam.story, e.seq, e.at))


def _signed(facts: Facts, e: Told) -> None:
    if e.data.get("about") != "story" or e.data["lane"] == "correction":
        return
    exam = _named(facts, e)
    if exam is None:
        return
    facts.story(exam.story).exam = exam.id
    exam.signer = (e.actor, e.seq)
    if exam.lane == "fast":
        exam.standing = {"R3": (e.actor, e.seq)}


def _case_opened(facts: Facts, e: Told) -> None:
    story = facts.stories.get(e.data["story"])
    exam = facts.exams.get(story.exam) if story is not None and story.exam else None
    facts.cases[e.entity_id] = CaseFacts(
        e.entity_id,
        e.data["story"],
        e,
        e.data["severity"],
        e.data.get("is_error", True),
        e.data.get("found_by_other", True),
        e.data.get("cause_step"),
        dict(exam.standing) if exam else {},
        exam.signer if exam and exam.lane == "fast" else None,
    )


def _case(facts: Facts, e: Told) -> None:
    case = facts.cases.get(e.entity_id)
    if case is None:
        return
    if "is_error" in e.data:
        case.severity, case.is_error = e.data["severity"], e.data["is_error"]
        case.found_by_other, case.cause_step = e.data["found_by_other"], e.data["cause_step"]
    if e.type == "case.signed":
        case.decided = e
        _find_afterwards(facts, case, e)
    if e.type == "case.done":
        case.done = e


def _find_afterwards(facts: Facts, case: CaseFacts, e: Told) -> None:
    """Count what the review after the fact of a fast item has found, once its correction is signed."""
    story = facts.stories.get(case.story)
    exam = facts.exams.get(story.exam) if story is not None and story.exam else None
    if exam is not None and exam.lane == "fast" and exam.sent_back is not None:
        step, back = exam.sent_back
        exam.sent_back = None
        exam.findings.append(Finding(step, back.actor, e.at, [back.seq, e.seq], 1))


def _task(facts: Facts, e: Told) -> None:
    due = datetime.fromisoformat(e.data["due"])
    task = facts.tasks.get(e.entity_id)
    if task is None:
        task = facts.tasks[e.entity_id] = TaskFacts(e.entity_id, "", [], emergency=False, due=due)
    task.desk = e.data.get("desk", task.desk)
    task.reporters, task.emergency, task.due = e.data["reporters"], e.data["emergency"], due
    name = e.type.partition(".")[2]
    setattr(task, name, getattr(task, name) or (e.seq, e.at))


def _lead(facts: Facts, e: Told) -> None:
    if e.data.get("reported_by"):
        facts.leads.append(e)


def _shift(facts: Facts, e: Told) -> None:
    if e.data.get("account"):
        facts.shifts.append(e)


_TAKES: dict[str, Callable[[Facts, Told], None]] = {
    "account.created": _account,
    "account.regrouped": _account,
    "story.submitted": _story,
    "story.approved": _story,
    "story.published": _story,
    "story.graded": _graded,
    "story.picked_up": _picked_up,
    "score.reach_frozen": _frozen,
    "publication.receipted": _receipted,
    "exam.step_open": _step_open,
    "exam.submitted": _submitted,
    "exam.voided": _voided,
    "exam.passed": _passed,
    "exam.returned": _returned,
    "exam.signed": _signed,
    "case.opened": _case_opened,
    "case.edited": _case,
    "case.drafted": _case,
    "case.signed": _case,
    "case.done": _case,
    "assignment.dispatched": _task,
    "assignment.on_site": _task,
    "assignment.filed": _task,
    "lead.converted": _lead,
    "duty.shift_ended": _shift,
}
# The types of events that say anything here; no other is read.
TYPES = tuple(_TAKES)
