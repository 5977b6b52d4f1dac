"""Sending reporters and what they answer; entering materials and deciding about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.clock import iso, iso_or_none
from backend.errors import invalid
from backend.events.models import Event
from backend.ids import new_id
from backend.media.models import Media
from backend.media.queries import demand_usable
from backend.newsroom.board.actions import clear_alarms
from backend.newsroom.editing.models import Story
from backend.newsroom.interview import rules
from backend.newsroom.interview.candidates import demand_reporters
from backend.newsroom.interview.models import Assignment, Material
from backend.newsroom.interview.queries import count_pieces, expiry_of, successors
from backend.newsroom.interview.rules import ASSIGNMENT, MATERIAL, AssignmentFacts, MaterialFacts
from backend.newsroom.interview.steps import (
    access,
    access_for_change,
    change_assignment,
    change_material,
    link,
    lock_assignments,
    lock_materials,
)
from backend.newsroom.interview.succession import NOBODY, alone, choose, hand_on, send, succeed
from backend.newsroom.planning.models import Coverage, Topic
from backend.newsroom.roster import person_of, persons_of
from backend.policy import allows
from backend.unit_of_work import UnitOfWork

_WHERE_AND_HOW = ("place", "due", "gear", "contact", "priority", "safety_note")
_BEFORE_DISPATCH = frozenset({"reporters", "emergency"})


# ── assignments: what the dispatchers do ──


def create_assignment(unit: UnitOfWork, form: dict[str, Any]) -> Assignment:
    """Draft an assignment for a line of a topic that was dispatched."""
    topic, coverage = _demand_line(unit, form["topic"], form["coverage_no"])
    rules.TOPIC_DISPATCHED.demand(AssignmentFacts(topic_state=topic.state))
    row = Assignment(
        id=new_id(),
        ver=0,
        state="draft",
        topic_id=topic.id,
        coverage_id=coverage.id,
        coverage_no=coverage.no,
        kind=coverage.kind,
        desk=coverage.desk,
        due=coverage.due,
        priority=topic.priority,
        emergency=topic.class_ == rules.EMERGENCY,
        **dict.fromkeys(("place", "gear", "contact", "safety_note"), ""),
        reporters=[],
        tried=[],
        created_by=unit.actor.id,
        created_at=unit.now,
    )
    _fill(unit, row, form)
    unit.session.add(row)
    return change_assignment(unit, row, "created")


def _demand_line(unit: UnitOfWork, topic_id: str, coverage_no: int) -> tuple[Topic, Coverage]:
    # The topic is locked, so that it is not cancelled between the look and the assignment.
    topic = unit.session.get(Topic, topic_id, with_for_update=True)
    if topic is None:
        raise invalid("topic", "unknown", "没有这个选题")
    query = sa.select(Coverage).where(Coverage.topic_id == topic_id, Coverage.no == coverage_no)
    coverage = unit.session.scalars(query).one_or_none()
    if coverage is None:
        raise invalid("coverage_no", "unknown", "选题里没有这一项报道安排")
    return topic, coverage


def edit_assignment(
    unit: UnitOfWork, assignment_id: str, form: dict[str, Any], if_match: int | None = None
) -> Assignment:
    """Change where, when and how; who is sent, and whether it is an emergency, only before it is dispatched."""
    row = access(unit, assignment_id, if_match)
    row.state = ASSIGNMENT.step("edit", row.state)
    if _BEFORE_DISPATCH & form.keys():
        row.state = ASSIGNMENT.step("name_reporters", row.state)
    _fill(unit, row, form)
    return change_assignment(unit, row, "edited", fields=sorted(form))


def _fill(unit: UnitOfWork, row: Assignment, form: dict[str, Any]) -> None:
    if "due" in form and form["due"] <= unit.now:
        raise invalid("due", "order", "截稿时间要晚于现在")
    if "reporters" in form:
        demand_reporters(unit.session, [one["id"] for one in form["reporters"]], unit.now, "reporters")
        row.reporters = [{"id": one["id"], "share": one["share"]} for one in form["reporters"]]
    if "emergency" in form:
        topic = unit.session.get_one(Topic, row.topic_id)
        row.emergency = form["emergency"] or topic.class_ == rules.EMERGENCY
    for name in _WHERE_AND_HOW:
        if name in form:
            setattr(row, name, form[name])


def set_assignment_priority(unit: UnitOfWork, assignment_id: str, priority: int) -> Assignment:
    """Put an assignment before or behind others, whatever its state: the command desk's word."""
    row = access(unit, assignment_id, None)
    row.priority = priority
    return change_assignment(unit, row, "prioritised", priority=priority)


def dispatch_assignment(unit: UnitOfWork, assignment_id: str, if_match: int | None = None) -> Assignment:
    """Send the reporters that were named; where nobody was, ask the one on duty with the least in hand."""
    row = access(unit, assignment_id, if_match)
    topic = unit.session.get_one(Topic, row.topic_id)
    reporters = row.reporters or choose(unit, row)
    facts = AssignmentFacts(topic_state=topic.state, reporters=len(reporters))
    row.state = ASSIGNMENT.step("dispatch", row.state, facts)
    row.reporters = reporters
    return send(unit, row)


def finish_assignment(unit: UnitOfWork, assignment_id: str, if_match: int | None = None) -> Assignment:
    """Decide that what was filed is enough: no publication decides it."""
    row = access(unit, assignment_id, if_match)
    row.state, row.done_at = ASSIGNMENT.step("done", row.state), unit.now
    return change_assignment(unit, row, "done")


def reassign_assignment(
    unit: UnitOfWork, assignment_id: str, reporter_id: str, reason: str, if_match: int | None = None
) -> Assignment:
    """Send another reporter instead; the old row is kept and returned, and its successor goes out at once.

    One that was declined or not answered, and that nobody took over, keeps the state that says so.
    """
    row = access(unit, assignment_id, if_match)
    state = ASSIGNMENT.step("reassign", row.state, _standing(unit, row))
    demand_reporters(unit.session, [reporter_id], unit.now, "reporter")
    if row.state in rules.IN_HAND and _persons(unit, [reporter_id]) == _persons(unit, _sent(row)):
        raise invalid("reporter", "mismatch", "任务本来就派给了这位记者")
    row.state, row.reason = state, reason
    successor = succeed(unit, row, alone(reporter_id), created_by=unit.actor.id)
    clear_alarms(unit, NOBODY, row.id)
    return change_assignment(unit, row, "reassigned", successor=successor.id)


def cancel_assignment(unit: UnitOfWork, assignment_id: str, reason: str, if_match: int | None = None) -> Assignment:
    """Call an assignment off."""
    row = access(unit, assignment_id, if_match)
    row.state = ASSIGNMENT.step("cancel", row.state, _standing(unit, row))
    row.reason = reason
    clear_alarms(unit, NOBODY, row.id)
    return change_assignment(unit, row, "cancelled")


def _sent(row: Assignment) -> list[str]:
    return [one["id"] for one in row.reporters]


def _persons(unit: UnitOfWork, account_ids: Sequence[str]) -> set[str]:
    return set(persons_of(unit.session, account_ids).values())


def _standing(unit: UnitOfWork, row: Assignment) -> AssignmentFacts:
    return AssignmentFacts(taken_over=row.id in successors(unit.session, [row.id]))


# ── assignments: what the reporters do ──


def accept_assignment(unit: UnitOfWork, assignment_id: str, if_match: int | None = None) -> Assignment:
    """Take an assignment on, as one of those who are sent."""
    row = _access_own(unit, assignment_id, if_match)
    row.state, row.answered_at = ASSIGNMENT.step("accept", row.state), unit.now
    return change_assignment(unit, row, "accepted")


def decline_assignment(unit: UnitOfWork, assignment_id: str, reason: str, if_match: int | None = None) -> Assignment:
    """Say that one cannot go; the next one is asked at once."""
    row = _access_own(unit, assignment_id, if_match)
    row.state, row.answered_at = ASSIGNMENT.step("decline", row.state), unit.now
    row.reason = reason
    change_assignment(unit, row, "declined")
    hand_on(unit, row)
    return row


def arrive_on_site(unit: UnitOfWork, assignment_id: str, if_match: int | None = None) -> Assignment:
    """Say that one has arrived."""
    row = _access_own(unit, assignment_id, if_match)
    row.state, row.on_site_at = ASSIGNMENT.step("on_site", row.state), unit.now
    return change_assignment(unit, row, "on_site")


def file_assignment(
    unit: UnitOfWork,
    assignment_id: str,
    *,
    materials: Sequence[str] = (),
    story: str | None = None,
    if_match: int | None = None,
) -> Assignment:
    """Hand in what was brought home: the materials given here or linked before, or a story written for it."""
    row = _access_own(unit, assignment_id, if_match)
    # Asked before anything is linked, so that a refusal speaks of filing.
    ASSIGNMENT.way("file", row.state)
    if story is not None:
        _demand_story_of(unit, row, story)
    link(unit, [row], lock_materials(unit, materials, "materials"))
    facts = AssignmentFacts(pieces=count_pieces(unit.session, row.id))
    row.state, row.filed_at = ASSIGNMENT.step("file", row.state, facts), unit.now
    return change_assignment(unit, row, "filed", materials=sorted(set(materials)), story=story)


def _demand_story_of(unit: UnitOfWork, row: Assignment, story_id: str) -> None:
    found = unit.session.execute(sa.select(Story.assignment_id).where(Story.id == story_id)).one_or_none()
    if found is None:
        raise invalid("story", "unknown", "没有这篇稿件")
    if found.assignment_id != row.id:
        raise invalid("story", "mismatch", "这篇稿件没有注明属于这项任务")


def _access_own(unit: UnitOfWork, assignment_id: str, if_match: int | None) -> Assignment:
    """Return an assignment of the actor's person, whichever account it was sent to; 403 for one of others."""
    row = access(unit, assignment_id, if_match)
    if person_of(unit.session, unit.actor.id) not in _persons(unit, _sent(row)):
        raise rules.not_assignee()
    return row


# ── materials ──


def enter_material(
    unit: UnitOfWork,
    *,
    media: str,
    title: str,
    rights: dict[str, Any],
    subjects: str = "none",
    captured_at: datetime | None = None,
    place: str = "",
    consent: dict[str, Any] | None = None,
    source_contact: str = "",
    transcript: str = "",
    assignments: Sequence[str] = (),
) -> Material:
    """Enter a file that the actor has uploaded, and link it with assignments.

    `rights` is `{owner, licence, expires?}`, `consent` `{by, how, at?}`; a moment left out is now.
    """
    demand_usable(unit.session, unit.actor, [media], "media")
    homes = lock_assignments(unit, assignments, "assignments")
    file = unit.session.get_one(Media, media)
    row = Material(
        id=new_id(),
        ver=0,
        state="uploaded",
        media_id=file.id,
        sha256=file.sha256,
        kind=file.kind,
        title=title,
        captured_at=captured_at,
        place=place,
        rights=_rights(rights),
        subjects=subjects,
        consent=_consent(unit, consent) if consent else None,
        source_contact=source_contact,
        transcript=transcript,
        uploaded_by=unit.actor.id,
        created_at=unit.now,
    )
    unit.session.add(row)
    change_material(unit, row, "uploaded")
    link(unit, homes, [row])
    return row


def edit_material(unit: UnitOfWork, material_id: str, form: dict[str, Any], if_match: int | None = None) -> Material:
    """Change a material, as its supplier or one who checks. Other rights, subjects or consent await approval again."""
    row = _access_to_supply(unit, material_id, if_match)
    row.state = MATERIAL.step("edit", row.state)
    if rules.RIGHTS_FIELDS & form.keys():
        row.state = MATERIAL.step("edit_rights", row.state)
    made = dict(form)
    if "rights" in form:
        made["rights"] = _rights(form["rights"])
    if form.get("consent"):
        made["consent"] = _consent(unit, form["consent"])
    for name, value in made.items():
        setattr(row, name, value)
    return change_material(unit, row, "edited", fields=sorted(form))


def note_consent(unit: UnitOfWork, material_id: str, consent: dict[str, Any], if_match: int | None = None) -> Material:
    """Note that those whom a material shows, or their guardians, have agreed."""
    row = _access_to_supply(unit, material_id, if_match)
    row.state = MATERIAL.step("consent", row.state)
    row.consent = _consent(unit, consent, "at")
    return change_material(unit, row, "consented")


def link_material(unit: UnitOfWork, material_id: str, assignment_id: str, if_match: int | None = None) -> Material:
    """Say that a material belongs to one more assignment."""
    homes = lock_assignments(unit, [assignment_id], "assignment")
    row = access_for_change(unit, material_id, if_match)
    link(unit, homes, [row])
    return row


def check_material(unit: UnitOfWork, material_id: str, if_match: int | None = None) -> Material:
    """Say that a file is technically sound."""
    row = access_for_change(unit, material_id, if_match)
    row.state, row.checked_by = MATERIAL.step("check", row.state), unit.actor.id
    return change_material(unit, row, "checked")


def approve_material(unit: UnitOfWork, material_id: str, if_match: int | None = None) -> Material:
    """Make a material usable, where those it shows have agreed and its licence holds."""
    row = access_for_change(unit, material_id, if_match)
    facts = MaterialFacts(row.subjects, row.consent is not None, expiry_of(row), unit.now)
    row.state, row.reason = MATERIAL.step("approve", row.state, facts), None
    return change_material(unit, row, "usable")


def restrict_material(unit: UnitOfWork, material_id: str, reason: str, if_match: int | None = None) -> Material:
    """Keep a material for the files, out of every story."""
    row = access_for_change(unit, material_id, if_match)
    row.state, row.reason = MATERIAL.step("restrict", row.state), reason
    return change_material(unit, row, "restricted")


def reject_material(unit: UnitOfWork, material_id: str, reason: str, if_match: int | None = None) -> Material:
    """Turn a material down for good."""
    row = access_for_change(unit, material_id, if_match)
    row.state, row.reason = MATERIAL.step("reject", row.state), reason
    return change_material(unit, row, "rejected")


def refresh_media(unit: UnitOfWork, event: Event) -> None:
    """Show anew the materials of a film, as what is made of it has changed (hook for `media.worked`)."""
    query = sa.select(Material).where(Material.media_id == event.entity_id).order_by(Material.id)
    for row in unit.session.scalars(query.with_for_update().execution_options(populate_existing=True)).all():
        change_material(unit, row, "refreshed")


def _access_to_supply(unit: UnitOfWork, material_id: str, if_match: int | None) -> Material:
    """Return a material for its supplier's person or one who checks materials; 403 for others."""
    row = access_for_change(unit, material_id, if_match)
    is_supplier = person_of(unit.session, unit.actor.id) == person_of(unit.session, row.uploaded_by)
    if not is_supplier and not allows(unit.actor, "material.check"):
        raise rules.not_supplier()
    return row


def _rights(given: dict[str, Any]) -> dict[str, Any]:
    expires = given.get("expires")
    return {"owner": given["owner"], "licence": given["licence"], "expires": iso_or_none(expires)}


def _consent(unit: UnitOfWork, given: dict[str, Any], field: str = "consent.at") -> dict[str, Any]:
    at = given.get("at", unit.now)
    if at > unit.now:
        raise invalid(field, "order", "取得同意的时间不能晚于现在")
    return {"by": given["by"], "how": given["how"], "at": iso(at)}
