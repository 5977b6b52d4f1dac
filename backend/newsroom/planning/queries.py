"""Reading leads, topics, meetings and directives, for the newsroom only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.district.models import Desk
from backend.errors import invalid, not_found
from backend.newsroom.interview.models import Assignment
from backend.newsroom.planning import rules
from backend.newsroom.planning.models import Coverage, Directive, Lead, Meeting, Topic
from backend.paging import Page, in_order, narrowed, paged
from backend.sync.streams import Audience

Written = dict[str, Any]
Thing = TypeVar("Thing", Lead, Topic, Meeting, Directive)
Present = Callable[[Session, Sequence[Thing]], dict[str, Written]]
# So many of one place and one window are compared with a new lead; a flood brings hundreds of calls.
_COMPARED = 200


# ── leads ──


def list_leads(session: Session, *, state: str | None, place: str | None, page: Page) -> Written:
    """List leads, those changed last first; `place` finds every way of writing it."""
    query = sa.select(Lead)
    query = narrowed(query, (Lead.state, state))
    if place is not None:
        query = query.where(Lead.place_key == rules.place_key(place))
    return _page(session, query, page, Lead, present_leads)


def access_lead(session: Session, lead_id: str, *, lock: bool = False) -> Lead:
    """Return a lead, locked if it is to be changed; 404 if there is none."""
    return _access(session, Lead, lead_id, "线索", lock=lock)


def load_leads(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, Written]:
    """Render leads for the planners' stream."""
    return _load(session, ids, audience, Lead, present_leads)


def present_leads(session: Session, leads: Sequence[Lead]) -> dict[str, Written]:
    """Write leads with people by name and what can be done next."""
    names = names_of(session, [person for lead in leads for person in (lead.created_by, lead.verified_by)])
    return {lead.id: _write_lead(lead, names) for lead in leads}


def _write_lead(lead: Lead, names: dict[str, str]) -> Written:
    return {
        "id": lead.id,
        "ver": lead.ver,
        "state": lead.state,
        "title": lead.title,
        "text": lead.text,
        "source": lead.source,
        "source_ref": lead.source_ref,
        "sources": lead.sources,
        "place": lead.place,
        "heat": lead.heat,
        "dup_of": lead.dup_of,
        "topic_id": lead.topic_id,
        "from_alerts": lead.alert_ids or [],
        "verified_by": present_person_or_none(lead.verified_by, names),
        "reason": lead.reason,
        "created_by": present_person(lead.created_by, names),
        "created_at": iso(lead.created_at),
        "updated_at": iso(lead.updated_at),
        "allowed": rules.LEAD.allowed(lead.state),
    }


def list_duplicates(session: Session, lead: Lead) -> list[Written]:
    """List leads of the same place and time that say much the same, the likest first, each with the reason."""
    found = [(rules.similarity(_words(lead), _words(other), lead.place), other) for other in _neighbours(session, lead)]
    alike = sorted(
        (pair for pair in found if pair[0] >= rules.DUPLICATE_SCORE), key=lambda pair: (-pair[0], pair[1].id)
    )
    return [_write_duplicate(score, other) for score, other in alike[: rules.MAX_DUPLICATES]]


def _neighbours(session: Session, lead: Lead) -> Sequence[Lead]:
    """List what was reported about the same place around the same time and may still take this lead in."""
    if not lead.place_key:
        return []
    query = sa.select(Lead).where(
        Lead.place_key == lead.place_key,
        Lead.created_at >= lead.created_at - rules.DUPLICATE_WINDOW,
        Lead.created_at <= lead.created_at + rules.DUPLICATE_WINDOW,
        Lead.id != lead.id,
        Lead.state.in_(rules.SURVIVORS),
    )
    return session.scalars(query.order_by(Lead.created_at.desc(), Lead.id.desc()).limit(_COMPARED)).all()


def _words(lead: Lead) -> str:
    return f"{lead.title}\n{lead.text}"


def _write_duplicate(score: float, lead: Lead) -> Written:
    hours = int(rules.DUPLICATE_WINDOW.total_seconds() // 3600)
    return {
        "lead": {"id": lead.id, "title": lead.title, "state": lead.state, "source": lead.source},
        "score": round(score, 2),
        "place": lead.place,
        "reason": f"{hours} 小时内同一地点“{lead.place}”，文字相似度 {score:.0%}",
    }


# ── topics ──


def list_topics(session: Session, *, state: str | None, owner_desk: str | None, page: Page) -> Written:
    """List topics, those changed last first."""
    query = sa.select(Topic)
    query = narrowed(query, (Topic.state, state), (Topic.owner_desk, owner_desk))
    return _page(session, query, page, Topic, present_topics)


def access_topic(session: Session, topic_id: str, *, lock: bool = False) -> Topic:
    """Return a topic, locked if it is to be changed; 404 if there is none."""
    return _access(session, Topic, topic_id, "选题", lock=lock)


def coverages_of(session: Session, topic_ids: Collection[str]) -> dict[str, list[Coverage]]:
    """Return the coverage lines of each topic in their order."""
    lines: dict[str, list[Coverage]] = {topic_id: [] for topic_id in topic_ids}
    query = sa.select(Coverage).where(Coverage.topic_id.in_(lines)).order_by(Coverage.no)
    for line in session.scalars(query):
        lines[line.topic_id].append(line)
    return lines


def access_coverage(session: Session, topic_id: str, no: str) -> Coverage:
    """Return the line of this number, as an address writes it; 404 if the topic has none such."""
    for line in coverages_of(session, [topic_id])[topic_id]:
        if str(line.no) == no:
            return line
    raise not_found("报道安排")


def live_assignments(session: Session, topic_id: str) -> list[str]:
    """List the ids of a topic's assignments that are not over."""
    query = sa.select(Assignment.id).where(Assignment.topic_id == topic_id, Assignment.state.in_(rules.LIVE_ASSIGNMENT))
    return list(session.scalars(query.order_by(Assignment.id)))


def is_in_use(session: Session, coverage: Coverage) -> bool:
    """Tell whether any assignment, over or not, came from this coverage line."""
    return session.scalar(sa.select(sa.exists().where(Assignment.coverage_id == coverage.id))) or False


def load_topics(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, Written]:
    """Render topics for the desks' streams."""
    return _load(session, ids, audience, Topic, present_topics)


def present_topics(session: Session, topics: Sequence[Topic]) -> dict[str, Written]:
    """Write topics with their coverage lines, people by name and what can be done next."""
    lines = coverages_of(session, [topic.id for topic in topics])
    people = [person for topic in topics for person in (topic.proposer_id, topic.submitted_by, topic.decided_by)]
    names = names_of(session, people)
    return {topic.id: _write_topic(topic, lines[topic.id], names) for topic in topics}


def _write_topic(topic: Topic, lines: Sequence[Coverage], names: dict[str, str]) -> Written:
    return {
        "id": topic.id,
        "ver": topic.ver,
        "state": topic.state,
        "title": topic.title,
        "angle": topic.angle,
        "why": topic.why,
        "class": topic.class_,
        "priority": topic.priority,
        "targets": topic.targets,
        "owner_desk": topic.owner_desk,
        "budget_points": topic.budget_points,
        "window": _write_window(topic),
        "embargo_until": iso_or_none(topic.embargo_until),
        "lead_ids": topic.lead_ids,
        "from_alerts": topic.alert_ids or [],
        "meeting_id": topic.meeting_id,
        "directive_id": topic.directive_id,
        "proposer": present_person(topic.proposer_id, names),
        "submitted_by": present_person_or_none(topic.submitted_by, names),
        "decided_by": present_person_or_none(topic.decided_by, names),
        "reason": topic.reason,
        "postponed_until": iso_or_none(topic.postponed_until),
        "dispatched_at": iso_or_none(topic.dispatched_at),
        "coverages": [_write_coverage(line) for line in lines],
        "created_at": iso(topic.created_at),
        "updated_at": iso(topic.updated_at),
        "allowed": rules.TOPIC.allowed(topic.state),
    }


def _write_window(topic: Topic) -> Written | None:
    if topic.window_from is None or topic.window_to is None:
        return None
    return {"from": iso(topic.window_from), "to": iso(topic.window_to)}


def _write_coverage(line: Coverage) -> Written:
    return {
        "id": line.id,
        "no": line.no,
        "kind": line.kind,
        "desk": line.desk,
        "due": iso(line.due),
        "targets": line.targets,
        "note": line.note,
    }


# ── meetings ──


def list_meetings(session: Session, *, state: str | None, page: Page) -> Written:
    """List meetings, those changed last first."""
    query = sa.select(Meeting)
    query = narrowed(query, (Meeting.state, state))
    return _page(session, query, page, Meeting, present_meetings)


def access_meeting(session: Session, meeting_id: str, *, lock: bool = False) -> Meeting:
    """Return a meeting, locked if it is to be changed; 404 if there is none."""
    return _access(session, Meeting, meeting_id, "报题会", lock=lock)


def load_meetings(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, Written]:
    """Render meetings for the planners' stream."""
    return _load(session, ids, audience, Meeting, present_meetings)


def present_meetings(session: Session, meetings: Sequence[Meeting]) -> dict[str, Written]:
    """Write meetings with people by name and what can be done next."""
    deciders = [decision["by"] for meeting in meetings for decision in meeting.decisions]
    attendees = [person for meeting in meetings for person in (meeting.created_by, *meeting.attendees)]
    names = names_of(session, [*deciders, *attendees])
    return {meeting.id: _write_meeting(meeting, names) for meeting in meetings}


def _write_meeting(meeting: Meeting, names: dict[str, str]) -> Written:
    return {
        "id": meeting.id,
        "ver": meeting.ver,
        "state": meeting.state,
        "title": meeting.title,
        "at": iso(meeting.at),
        "attendees": [present_person(person, names) for person in meeting.attendees],
        "minutes": meeting.minutes,
        "decisions": [decision | {"by": present_person(decision["by"], names)} for decision in meeting.decisions],
        "created_by": present_person(meeting.created_by, names),
        "created_at": iso(meeting.created_at),
        "updated_at": iso(meeting.updated_at),
        "allowed": rules.MEETING.allowed(meeting.state),
    }


# ── directives ──


def list_directives(session: Session, *, state: str | None, page: Page) -> Written:
    """List directives, those changed last first."""
    query = sa.select(Directive)
    query = narrowed(query, (Directive.state, state))
    return _page(session, query, page, Directive, present_directives)


def access_directive(session: Session, directive_id: str, *, lock: bool = False) -> Directive:
    """Return a directive, locked if it is to be changed; 404 if there is none."""
    return _access(session, Directive, directive_id, "指令", lock=lock)


def load_directives(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, Written]:
    """Render directives for the command's stream and those of the desks they are for."""
    return _load(session, ids, audience, Directive, present_directives)


def present_directives(session: Session, directives: Sequence[Directive]) -> dict[str, Written]:
    """Write directives with who has acknowledged, which desks have not, and what can be done next."""
    ackers = [ack["by"] for directive in directives for ack in directive.acks]
    names = names_of(session, [*ackers, *(directive.issued_by for directive in directives)])
    return {directive.id: _write_directive(directive, names) for directive in directives}


def acked_desks(directive: Directive) -> list[str]:
    """List the desks that have acknowledged."""
    return [ack["desk"] for ack in directive.acks]


def _write_directive(directive: Directive, names: dict[str, str]) -> Written:
    return {
        "id": directive.id,
        "ver": directive.ver,
        "state": directive.state,
        "from": directive.sender,
        "text": directive.text,
        "due": iso_or_none(directive.due),
        "desks": directive.desks,
        "acks": [ack | {"by": present_person(ack["by"], names)} for ack in directive.acks],
        "unacked": rules.unacked_desks(directive.desks, acked_desks(directive)),
        "issued_by": present_person(directive.issued_by, names),
        "issued_at": iso(directive.issued_at),
        "updated_at": iso(directive.updated_at),
        "allowed": rules.DIRECTIVE.allowed(directive.state),
    }


def desk_names(session: Session, ids: Collection[str]) -> list[str]:
    """Return the Chinese names of desks, in the order of their ids."""
    return list(session.scalars(sa.select(Desk.name).where(Desk.id.in_(ids)).order_by(Desk.id)))


# ── what forms refer to ──


def demand_known(session: Session, model: type[Any], ids: Sequence[str], field: str, what: str) -> None:
    """Raise 422, naming the entry of the list `field`, unless all of these are there."""
    known = set(session.scalars(sa.select(model.id).where(model.id.in_(ids))))
    for position, one in enumerate(ids):
        if one not in known:
            raise invalid(f"{field}.{position}", "unknown", f"没有这个{what}")


def demand_one(session: Session, model: type[Any], one: str | None, field: str, what: str) -> None:
    """Raise 422 unless this one is there, or none is meant."""
    if one is not None and session.get(model, one) is None:
        raise invalid(field, "unknown", f"没有这个{what}")


def demand_staff(session: Session, ids: Sequence[str], field: str) -> None:
    """Raise 422, naming the entry, unless all of these are staff with an open account."""
    query = sa.select(Account.id).where(Account.id.in_(ids), Account.kind == "staff", Account.disabled_at.is_(None))
    known = set(session.scalars(query))
    for position, one in enumerate(ids):
        if one not in known:
            raise invalid(f"{field}.{position}", "unknown", "没有这位同事")


# ── shared ──


def _page(session: Session, query: sa.Select[Any], page: Page, model: type[Thing], present: Present[Thing]) -> Written:
    return paged(
        session, query, page, moment=model.updated_at, id=model.id, write=in_order(lambda rows: present(session, rows))
    )


def _access(session: Session, model: type[Thing], thing_id: str, what: str, *, lock: bool) -> Thing:
    thing = session.get(model, thing_id, with_for_update=lock or None)
    if thing is None:
        raise not_found(what)
    return thing


def _load(
    session: Session, ids: Sequence[str], audience: Audience, model: type[Thing], present: Present[Thing]
) -> dict[str, Written]:
    if audience is not Audience.STAFF:
        return {}
    return present(session, session.scalars(sa.select(model).where(model.id.in_(ids))).all())
