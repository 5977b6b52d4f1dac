"""Examining a text: opening, claiming, passing, returning, signing. A pass binds a hash, and a change voids it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from backend.errors import AppError, Code, demand_version, invalid, not_found
from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.newsroom.editing import actions as editing
from backend.newsroom.editing.packages.actions import sign_rendition
from backend.newsroom.editing.places import EXAMINATION, streams_of
from backend.newsroom.editing.rules import StoryFacts, is_confidential
from backend.newsroom.examination import rules
from backend.newsroom.examination.aftermath import confirm_live, open_case
from backend.newsroom.examination.checks import current_report, of_level
from backend.newsroom.examination.models import CheckReport, Exam, ExamStep
from backend.newsroom.examination.rules import EXAM, SIGNING, STEP, STEPS, StepFacts, Taken
from backend.newsroom.examination.targets import STORY, Target, access_target, authors_of
from backend.newsroom.roster import person_of, persons_of
from backend.policy import Role
from backend.unit_of_work import Asking, UnitOfWork

SLA_JOB = "exam.sla"
_LIVE_STATES = ("waiting", "open", "claimed", "passed")


def open_exam(unit: UnitOfWork, target: Target, *, lane: str = "normal", state: str = "open") -> Exam:
    """Begin the examination of a text as it stands."""
    exam = Exam(
        id=new_id(),
        ver=0,
        state=state,
        target=target.kind,
        target_id=target.id,
        story_id=target.story.id,
        headline=target.story.headline,
        text_version=target.text_version,
        content_hash=target.hash,
        lane=lane,
        policy=target.policy,
        round=0,
        reason=None,
        opened_by=unit.actor.id,
        opened_at=unit.now,
        opener_id=None,
        signed_by=None,
        updated_at=unit.now,
    )
    unit.session.add(exam)
    unit.session.flush()
    return exam


def submit(unit: UnitOfWork, target: Target) -> Exam:
    """Hand a text in: a new examination, or the next round of one that came back."""
    exam = current_exam(unit, target)
    if exam is None or exam.state != "returned":
        exam = open_exam(unit, target)
    else:
        exam.state = EXAM.step("resubmit", exam.state)
    begin_round(unit, exam, target)
    return changed(unit, exam, target, "submitted", round=exam.round)


def begin_round(unit: UnitOfWork, exam: Exam, target: Target, *, passed: dict[str, str] | None = None) -> None:
    """Lay out the six steps anew and open the first; `passed` names steps that somebody has done already."""
    exam.round += 1
    exam.text_version, exam.content_hash, exam.policy = target.text_version, target.hash, target.policy
    done = passed or {}
    for position, name in enumerate(_names(exam)):
        step = _new_step(exam, position, name)
        if name in done:
            step.state, step.actor_id, step.hash = "passed", done[name], target.hash
            step.claimed_at = step.decided_at = unit.now
        unit.session.add(step)
    unit.session.flush()
    _open_next(unit, exam)


def _names(exam: Exam) -> Sequence[str]:
    return (SIGNING,) if exam.lane == "correction" else STEPS


def _new_step(exam: Exam, position: int, name: str) -> ExamStep:
    return ExamStep(
        id=new_id(),
        exam_id=exam.id,
        round=exam.round,
        position=position,
        name=name,
        state="waiting",
        actor_id=None,
        findings=[],
        edits=[],
        comment="",
    )


def _open_next(unit: UnitOfWork, exam: Exam) -> ExamStep | None:
    step = next((step for step in steps_of(unit, exam) if step.state == "waiting"), None)
    if step is None:
        return None
    step.state = STEP.step("open", step.state, StepFacts(step.name, ""))
    step.opened_at = unit.now
    unit.record("exam.step_open", exam.id, exam.ver + 1, step=step.name, round=exam.round)
    due = unit.now + timedelta(minutes=rules.SLA_MINUTES[step.name])
    unit.enqueue(SLA_JOB, f"{SLA_JOB}:{step.id}", {"exam": exam.id, "step": step.id}, run_at=due)
    return step


def steps_of(call: Asking, exam: Exam) -> Sequence[ExamStep]:
    """List the steps of the current round, in their order."""
    query = sa.select(ExamStep).where(ExamStep.exam_id == exam.id, ExamStep.round == exam.round)
    return call.session.scalars(query.order_by(ExamStep.position)).all()


def current_exam(unit: UnitOfWork, target: Target) -> Exam | None:
    """Return the examination that a text refers to, locked; None if it has none."""
    exam_id = target.rendition.exam_id if target.rendition else target.story.exam_id
    return None if exam_id is None else unit.session.get(Exam, exam_id, with_for_update=True)


def access_exam(unit: UnitOfWork, exam_id: str, if_match: int | None = None) -> tuple[Exam, Target]:
    """Return an examination with its text, locked for a change.

    Raises:
        AppError: 404; 412 `stale`.
    """
    # The text is locked before the examination everywhere, so that two commands cannot wait for each other.
    known = unit.session.get(Exam, exam_id)
    if known is None:
        raise not_found("审核单")
    target = access_target(unit, known.target, known.target_id)
    exam = unit.session.get_one(Exam, exam_id, with_for_update=True, populate_existing=True)
    demand_version(exam.ver, if_match, "审核单已有新的进展，请先读取最新的。")
    return exam, target


def access_step(unit: UnitOfWork, exam: Exam, name: str) -> ExamStep:
    """Return a step of the current round; 404, or 403 for somebody without its role."""
    step = _access_any_step(unit, exam, name)
    demand_role(unit, exam, name)
    return step


def _access_any_step(unit: UnitOfWork, exam: Exam, name: str) -> ExamStep:
    step = next((step for step in steps_of(unit, exam) if step.name == name), None)
    if step is None:
        raise not_found("审校步骤")
    return step


def demand_role(call: Asking, exam: Exam, name: str) -> None:
    """Raise 403 for somebody without the role of a step."""
    needed = rules.roles_for(name, exam.policy)
    if not call.actor.roles & needed:
        names = "、".join(sorted(needed))
        raise AppError(
            Code.ROLE_FORBIDDEN,
            403,
            f"{rules.STEP_NAMES[name]}要由有相应岗位的人办理。",
            data={"permission": "exam.work", "needs": names},
        )


def facts_of_step(call: Asking, exam: Exam, target: Target, step: ExamStep, **more: Any) -> StepFacts:
    """Gather what the guards of a step look at, for the one who acts."""
    others = [s for s in steps_of(call, exam) if s.id != step.id and s.state in {"claimed", "passed"} and s.actor_id]
    persons = persons_of(call.session, [str(s.actor_id) for s in others])
    authors = authors_of(call, target)
    if exam.lane == "fast" and exam.signed_by is not None:
        # What the fast lane skipped is done by others than its signer.
        authors |= {person_of(call.session, exam.signed_by)}
    return StepFacts(
        step=step.name,
        person=person_of(call.session, call.actor.id),
        claimer=person_of(call.session, step.actor_id) if step.actor_id else None,
        authors=authors,
        taken=tuple(Taken(s.name, persons[str(s.actor_id)]) for s in others),
        strict=exam.policy == "strict",
        **more,
    )


def claim_step(unit: UnitOfWork, exam_id: str, name: str, if_match: int | None = None) -> Exam:
    """Take a step: who may is asked now, and again when it is decided.

    Raises:
        AppError: 403 without the role; 409 `same_person` or of the guard that does not hold.
    """
    exam, target = access_exam(unit, exam_id, if_match)
    step = access_step(unit, exam, name)
    demand_underway(exam)
    blocks = of_level(current_report(unit, target), "block") if name == SIGNING else []
    facts = facts_of_step(unit, exam, target, step, blocks=len(blocks))
    step.state = _asked(step, "claim", facts, blocks)
    step.actor_id, step.claimed_at = unit.actor.id, unit.now
    return changed(unit, exam, target, "claimed", step=name)


def _asked(step: ExamStep, command: str, facts: StepFacts, findings: list[dict[str, Any]]) -> str:
    """Ask the guards; the refusal of one that is about findings names them."""
    try:
        return STEP.step(command, step.state, facts)
    except AppError as refused:
        if refused.data.get("guard") in {rules.NO_BLOCK.name, rules.WARNINGS.name}:
            refused.data["findings"] = findings
        raise


def demand_underway(exam: Exam) -> None:
    """Raise 409 unless there are steps to be taken."""
    if exam.state not in {"open", "live_unconfirmed"}:
        raise AppError(
            Code.ILLEGAL_STATE,
            409,
            f"这份审核单当前是“{EXAM.states[exam.state]}”，没有可办的步骤。",
            data={"guard": "state", "state": exam.state, "allowed": EXAM.allowed(exam.state), "needs": "须在审核中"},
        )


def release_step(unit: UnitOfWork, exam_id: str, name: str, if_match: int | None = None) -> Exam:
    """Put one's own step back, undecided."""
    exam, target = access_exam(unit, exam_id, if_match)
    step = access_step(unit, exam, name)
    step.state = STEP.step("release", step.state, facts_of_step(unit, exam, target, step))
    step.actor_id, step.claimed_at = None, None
    return changed(unit, exam, target, "released", step=name)


def reclaim_step(unit: UnitOfWork, exam_id: str, name: str, reason: str, if_match: int | None = None) -> Exam:
    """Take a step from somebody who does not come to it; a head does that, and says why."""
    exam, target = access_exam(unit, exam_id, if_match)
    step = _access_any_step(unit, exam, name)
    holder = step.actor_id
    step.state = STEP.step("reclaim", step.state, StepFacts(name, ""))
    step.actor_id, step.claimed_at = None, None
    return changed(unit, exam, target, "reclaimed", step=name, holder=holder, reason_given=bool(reason))


def pass_step(unit: UnitOfWork, exam_id: str, name: str, form: dict[str, Any], if_match: int | None = None) -> Exam:
    """Pass a step over the text with the hash that was read. The last one signs it.

    `form` holds `hash`, and may hold `read_ms`, `comment` and `findings` (`{id, resolution, reason}`).

    Raises:
        AppError: 409 `same_person`, or of the guards `hash`, `no_block`, `warnings_resolved`; 422 for a resolution of
            something that was not found, or that is not fixed.
    """
    exam, target = access_exam(unit, exam_id, if_match)
    step = access_step(unit, exam, name)
    demand_underway(exam)
    report = current_report(unit, target)
    resolved = _resolutions(report, form.get("findings", []))
    open_warnings = _open_warnings(unit, exam, report, resolved)
    blocks = of_level(report, "block")
    facts = facts_of_step(
        unit,
        exam,
        target,
        step,
        blocks=len(blocks),
        warnings=len(open_warnings),
        hash_matches=form["hash"] == target.hash,
    )
    step.state = _asked(step, "pass", facts, blocks if name == SIGNING and blocks else open_warnings)
    step.decided_at, step.hash, step.findings = unit.now, target.hash, resolved
    step.comment, step.read_ms = form.get("comment", ""), form.get("read_ms")
    step.grade = _grade(exam, name, form.get("grade"))
    exam.content_hash, exam.text_version = target.hash, target.text_version
    unit.session.flush()
    clear_alarms(unit, "exam_sla", exam.id)
    _after_pass(unit, exam, target)
    told = {"chars": target.chars, "read_ms": step.read_ms, "grade": step.grade, "fixes": _fixes(step)}
    return changed(unit, exam, target, "passed", step=name, round=exam.round, text_hash=target.hash, **told)


def _grade(exam: Exam, name: str, given: str | None) -> str | None:
    """Return the grade that goes with a pass: the second review grades stories, and C is what nobody has to say."""
    if name == rules.GRADING and exam.target == STORY:
        return given or rules.USUAL_GRADE
    if given is not None:
        raise invalid("grade", "not_here", "只有稿件的复审可以评等级")
    return None


def _fixes(step: ExamStep) -> int:
    """Count what a proofreader put right in this step and that stood."""
    return sum(1 for edit in step.edits if edit["voided"] is None)


def _after_pass(unit: UnitOfWork, exam: Exam, target: Target) -> None:
    if _open_next(unit, exam) is not None:
        return
    if exam.state == "open":
        exam.state = EXAM.step("sign", exam.state)
        sign_exam(unit, exam, target)
        _hand_on(unit, target)
    elif all(each.state == "passed" for each in steps_of(unit, exam)):
        exam.state = EXAM.step("confirm", exam.state)
        confirm_live(unit, exam)


def sign_exam(unit: UnitOfWork, exam: Exam, target: Target) -> None:
    """Bind the signature to the text as it stands."""
    exam.signed_by, exam.signed_at, exam.signed_hash = unit.actor.id, unit.now, target.hash
    told = {"about": exam.target, "story": exam.story_id, "lane": exam.lane}
    unit.record("exam.signed", exam.id, exam.ver + 1, text_hash=target.hash, target=target.id, **told)


def _hand_on(unit: UnitOfWork, target: Target) -> None:
    """Tell the text that it is signed."""
    if target.rendition is not None:
        sign_rendition(unit, target.rendition.id, target.hash)
        return
    editing.sign(unit, target.story, unit.actor.id)
    editing.move(unit, target.story, "approve", StoryFacts(), signer=unit.actor.id)


def _resolutions(report: CheckReport, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = {finding["id"]: finding for finding in report.findings}
    kept: list[dict[str, Any]] = []
    for position, answer in enumerate(given):
        finding = found.get(answer["id"])
        if answer["resolution"] == "fixed":
            if finding is not None:
                raise invalid(f"findings.{position}.resolution", "not_fixed", "这一处还没有改")
            kept.append({"id": answer["id"], "resolution": "fixed", "reason": ""})
            continue
        if finding is None:
            raise invalid(f"findings.{position}.id", "unknown", "机检没有这一条")
        if not answer.get("reason"):
            raise invalid(f"findings.{position}.reason", "missing", "保留要写明理由")
        kept.append(
            {name: finding[name] for name in ("id", "rule", "level", "block_id", "text")}
            | {"resolution": "kept", "reason": answer["reason"]}
        )
    return kept


def _open_warnings(
    unit: UnitOfWork, exam: Exam, report: CheckReport, resolved: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """List the warnings that nobody of this round has answered for yet."""
    answered = {finding["id"] for finding in resolved}
    for step in steps_of(unit, exam):
        if step.state == "passed":
            answered |= {finding["id"] for finding in step.findings if finding["resolution"] == "kept"}
    return [finding for finding in of_level(report, "warn") if finding["id"] not in answered]


def return_step(unit: UnitOfWork, exam_id: str, name: str, form: dict[str, Any], if_match: int | None = None) -> Exam:
    """Send a text back to its editor, with the reason's category and the block it is about."""
    exam, target = access_exam(unit, exam_id, if_match)
    step = access_step(unit, exam, name)
    demand_underway(exam)
    step.state = STEP.step("return", step.state, facts_of_step(unit, exam, target, step))
    _decide_against(unit, exam, target, step, form)
    if exam.state == "open":
        exam.state = EXAM.step("return", exam.state)
        _void_steps(unit, exam, ("waiting", "open", "claimed"))
        if target.kind == STORY:
            target.story.reason = form["comment"][:300]
            editing.move(unit, target.story, "send_back", StoryFacts(), exam=exam.id)
    else:
        open_case(unit, target.story, exam, step)
    return changed(unit, exam, target, "returned", step=name, category=form["category"], block=form.get("block_id"))


def reject_step(unit: UnitOfWork, exam_id: str, name: str, form: dict[str, Any], if_match: int | None = None) -> Exam:
    """Refuse a text as a whole: it is spiked, and may be restored as a draft."""
    exam, target = access_exam(unit, exam_id, if_match)
    step = access_step(unit, exam, name)
    demand_underway(exam)
    step.state = STEP.step("reject", step.state, facts_of_step(unit, exam, target, step))
    _decide_against(unit, exam, target, step, form)
    exam.state = EXAM.step("reject", exam.state)
    _void_steps(unit, exam, ("waiting", "open", "claimed"))
    if target.kind == STORY:
        target.story.reason = form["comment"][:300]
        editing.move(unit, target.story, "reject", StoryFacts(), exam=exam.id)
    return changed(unit, exam, target, "rejected", step=name, category=form["category"])


def _decide_against(unit: UnitOfWork, exam: Exam, target: Target, step: ExamStep, form: dict[str, Any]) -> None:
    block_id = form.get("block_id")
    if block_id is not None and block_id not in {block["id"] for block in target.story.body}:
        raise invalid("block_id", "unknown", "稿件里没有这一块")
    step.decided_at, step.hash = unit.now, target.hash
    step.category, step.block_id, step.comment = form["category"], block_id, form["comment"]
    step.read_ms = form.get("read_ms")
    unit.session.flush()
    clear_alarms(unit, "exam_sla", exam.id)


def _void_steps(unit: UnitOfWork, exam: Exam, states: tuple[str, ...]) -> None:
    for step in steps_of(unit, exam):
        if step.state in states:
            step.state = STEP.step("void", step.state, StepFacts(step.name, ""))
    unit.session.flush()


def void_passes(unit: UnitOfWork, exam: Exam, target: Target) -> Exam:
    """Void what was passed over a text that has changed, and begin at the first step again."""
    _void_steps(unit, exam, _LIVE_STATES)
    clear_alarms(unit, "exam_sla", exam.id)
    begin_round(unit, exam, target)
    return changed(unit, exam, target, "voided", round=exam.round)


def follow_text(unit: UnitOfWork, exam: Exam, target: Target) -> None:
    """Void what was passed or signed over a text that has changed since."""
    if exam.state == "open":
        void_passes(unit, exam, target)
    elif exam.state == "signed":
        void_exam(unit, exam, target, "签发后又有修改")


def void_exam(unit: UnitOfWork, exam: Exam, target: Target, why: str) -> Exam:
    """End an examination whose text went elsewhere."""
    exam.state = EXAM.step("void", exam.state)
    exam.reason = why
    _void_steps(unit, exam, _LIVE_STATES)
    clear_alarms(unit, "exam_sla", exam.id)
    return changed(unit, exam, target, "ended")


def changed(unit: UnitOfWork, exam: Exam, target: Target, verb: str, **data: Any) -> Exam:
    """Close a change of an examination: number it, record it, place it beside its text."""
    exam.ver += 1
    exam.updated_at = unit.now
    exam.headline = target.story.headline
    if target.rendition is not None:
        target.rendition.exam_id = exam.id
    elif exam.lane != "correction":
        target.story.exam_id = exam.id
    unit.session.flush()
    told = {"about": exam.target, "story": exam.story_id, "lane": exam.lane}
    unit.record(f"exam.{verb}", exam.id, exam.ver, hash=exam.content_hash, state=exam.state, **told, **data)
    unit.place("exam", exam.id, exam.ver, exam_streams(target))
    return exam


def exam_streams(target: Target) -> set[str]:
    """List the streams of an examination; the writers of a confidential text hold theirs."""
    return {EXAMINATION} | (streams_of(target.story) if is_confidential(target.story) else set())


def sound_sla(run: JobRun) -> None:
    """Tell the heads that a step has been waiting for too long; the job of its hour."""
    with run.unit() as unit:
        step = unit.session.get(ExamStep, run.args["step"])
        if step is None or step.state not in {"open", "claimed"}:
            return
        exam, target = access_exam(unit, step.exam_id)
        minutes = rules.SLA_MINUTES[step.name]
        raise_alarm(
            unit,
            key=f"exam_sla:{step.id}",
            kind="exam_sla",
            about=("exam", exam.id),
            to=(Role.SECTION_HEAD, Role.DUTY_EDITOR),
            text=f"《{target.story.headline}》的{rules.STEP_NAMES[step.name]}已等了 {minutes} 分钟。",
        )
        unit.record("exam.sla_breach", exam.id, exam.ver, step=step.name, round=exam.round)
