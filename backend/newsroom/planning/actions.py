"""What the planners do: sift leads, propose and decide topics, hold meetings, issue and acknowledge directives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from backend.clock import iso, iso_or_none
from backend.district.models import Desk
from backend.errors import demand_version, invalid
from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.newsroom.machine import Machine
from backend.newsroom.planning import queries, rules
from backend.newsroom.planning.models import Coverage, Directive, Lead, Meeting, Topic
from backend.newsroom.planning.rules import DirectiveFacts, LeadFacts, TopicFacts
from backend.newsroom.roster import persons_of
from backend.policy import Role, demand
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

Form = dict[str, Any]
F = TypeVar("F")
# What becomes of one assignment when its topic is cancelled: the decision, and why the topic was cancelled.
CarryOut = Callable[[UnitOfWork, Form, str], None]
_TOPIC_FIELDS = (
    *("title", "angle", "why", "class_", "priority", "owner_desk", "budget_points"),
    *("embargo_until", "meeting_id", "directive_id"),
)


# ── leads ──


def create_lead(unit: UnitOfWork, form: Form) -> Lead:
    """Write a lead down."""
    lead = Lead(id=new_id(), ver=0, state="new", sources=[], created_by=unit.actor.id, created_at=unit.now)
    unit.session.add(_fill_lead(lead, form))
    return _lead_changed(unit, lead, "created", source=lead.source)


def edit_lead(unit: UnitOfWork, lead_id: str, form: Form, if_match: int | None = None) -> Lead:
    """Change a lead; of a verified one only its heat moves on."""
    lead = _lead(unit, lead_id, if_match)
    lead.state = _step(unit, rules.LEAD, "edit", lead.state, LeadFacts(fields=frozenset(form)))
    return _lead_changed(unit, _fill_lead(lead, form), "edited", fields=sorted(form))


def verify_lead(unit: UnitOfWork, lead_id: str, if_match: int | None = None) -> Lead:
    """Vouch for a lead."""
    lead = _lead(unit, lead_id, if_match)
    lead.state = _step(unit, rules.LEAD, "verify", lead.state, LeadFacts())
    lead.verified_by = unit.actor.id
    return _lead_changed(unit, lead, "verified")


def reject_lead(unit: UnitOfWork, lead_id: str, reason: str, if_match: int | None = None) -> Lead:
    """Put a lead aside for good."""
    lead = _lead(unit, lead_id, if_match)
    lead.state = _step(unit, rules.LEAD, "reject", lead.state, LeadFacts())
    lead.reason = reason
    return _lead_changed(unit, lead, "rejected")


def merge_lead(unit: UnitOfWork, lead_id: str, into: str, if_match: int | None = None) -> Lead:
    """Let one lead go into another, which keeps the sources of both; both rows stay."""
    if into == lead_id:
        raise invalid("into", "mismatch", "线索不能并入自己")
    # Two people who merge the same two leads in opposite directions must not wait for each other.
    for one in sorted((lead_id, into)):
        unit.session.get(Lead, one, with_for_update=True)
    lead, survivor = _lead(unit, lead_id, if_match), unit.session.get(Lead, into)
    if survivor is None:
        raise invalid("into", "unknown", "没有这条线索")
    lead.state = _step(unit, rules.LEAD, "merge", lead.state, LeadFacts(survivor=survivor.state))
    lead.dup_of = survivor.id
    survivor.sources = [*survivor.sources, *lead.sources]
    _lead_changed(unit, survivor, "source_added", merged=lead.id)
    return _lead_changed(unit, lead, "merged", into=survivor.id)


def convert_lead(unit: UnitOfWork, lead_id: str, form: Form, if_match: int | None = None) -> Topic:
    """Make a draft topic of a verified lead; who converts it is its proposer."""
    lead = _lead(unit, lead_id, if_match)
    lead.state = _step(unit, rules.LEAD, "convert", lead.state, LeadFacts())
    given = {"title": lead.title, "why": lead.text[:500]} | form
    topic = create_topic(unit, given | {"lead_ids": [lead.id, *form.get("lead_ids", [])]})
    # What led to the lead has led to the topic.
    for alert_id in lead.alert_ids or []:
        link_topic(unit, topic.id, alert_id)
    lead.topic_id = topic.id
    _lead_changed(unit, lead, "converted", topic=topic.id, reported_by=lead.created_by)
    return topic


def link_lead(unit: UnitOfWork, lead_id: str, alert_id: str) -> Lead:
    """Note on a lead that an alert of monitoring led to it; noted once."""
    lead = _lead(unit, lead_id, None)
    if alert_id in (lead.alert_ids or []):
        return lead
    lead.alert_ids = [*(lead.alert_ids or []), alert_id]
    return _lead_changed(unit, lead, "alert_linked", alert=alert_id)


def join_lead(unit: UnitOfWork, lead_id: str, *, source: str, source_ref: str) -> Lead:
    """Note on a lead that it was told of once more, from elsewhere.

    Raises:
        AppError: 422 naming `lead` if there is none; 409 `survivor_open` for one that was rejected or merged.
    """
    lead = unit.session.get(Lead, lead_id, with_for_update=True)
    if lead is None:
        raise invalid("lead", "unknown", "没有这条线索")
    rules.SURVIVOR_OPEN.demand(LeadFacts(survivor=lead.state))
    lead.sources = [*lead.sources, {"source": source, "source_ref": source_ref, "lead": lead.id}]
    return _lead_changed(unit, lead, "source_added", source=source)


def _lead(unit: UnitOfWork, lead_id: str, if_match: int | None) -> Lead:
    return _at_version(queries.access_lead(unit.session, lead_id, lock=True), if_match)


def _fill_lead(lead: Lead, form: Form) -> Lead:
    for name, value in form.items():
        setattr(lead, name, value)
    lead.place_key = rules.place_key(lead.place)
    own = {"source": lead.source, "source_ref": lead.source_ref, "lead": lead.id}
    # Its own comes first; behind it stand those that were added.
    lead.sources = [own, *lead.sources[1:]]
    return lead


def _lead_changed(unit: UnitOfWork, lead: Lead, verb: str, **data: Any) -> Lead:
    _changed(unit, "lead", lead, verb, {streams.desk(rules.PLANNING_DESK)}, **data)
    return lead


# ── topics ──


def create_topic(unit: UnitOfWork, form: Form) -> Topic:
    """Propose a topic, as a draft."""
    topic = Topic(
        id=new_id(),
        ver=0,
        state="draft",
        angle="",
        why="",
        class_="livelihood",
        priority=3,
        targets=["app"],
        owner_desk=rules.PLANNING_DESK,
        budget_points=0,
        lead_ids=[],
        proposer_id=unit.actor.id,
        created_at=unit.now,
    )
    _fill_topic(unit, topic, form)
    unit.session.add(topic)
    return _topic_changed(unit, topic, "created")


def edit_topic(unit: UnitOfWork, topic_id: str, form: Form, if_match: int | None = None) -> Topic:
    """Change a topic; once it is approved, only how it is carried out."""
    topic = _topic(unit, topic_id, if_match)
    fields = frozenset("class" if name == "class_" else name for name in form)
    topic.state = _step(unit, rules.TOPIC, "edit", topic.state, TopicFacts(fields=fields))
    _fill_topic(unit, topic, form)
    return _topic_changed(unit, topic, "edited", fields=sorted(fields))


def set_topic_priority(unit: UnitOfWork, topic_id: str, priority: int) -> Topic:
    """Put a topic before or behind others, whatever its state: the command desk's word."""
    topic = _topic(unit, topic_id, None)
    topic.priority = priority
    return _topic_changed(unit, topic, "prioritised", priority=priority)


def submit_topic(unit: UnitOfWork, topic_id: str, if_match: int | None = None) -> Topic:
    """Hand a draft in; whoever does so answers for its words beside the proposer."""
    topic = _topic(unit, topic_id, if_match)
    topic.state = _step(unit, rules.TOPIC, "submit", topic.state, TopicFacts())
    topic.submitted_by, topic.reason = unit.actor.id, None
    return _topic_changed(unit, topic, "submitted")


def approve_topic(unit: UnitOfWork, topic_id: str, if_match: int | None = None) -> Topic:
    """Say yes to a topic that others proposed and handed in."""
    topic = _topic(unit, topic_id, if_match)
    facts = TopicFacts(
        class_=topic.class_,
        same_person=_is_own(unit, topic),
        is_chief=Role.CHIEF_EDITOR in unit.actor.roles,
    )
    topic.state = _step(unit, rules.TOPIC, "approve", topic.state, facts)
    topic.decided_by, topic.reason = unit.actor.id, None
    return _topic_changed(unit, topic, "approved")


def return_topic(unit: UnitOfWork, topic_id: str, reason: str, if_match: int | None = None) -> Topic:
    """Send a topic back to be made better."""
    return _decide_against(unit, _topic(unit, topic_id, if_match), "return", "returned", reason)


def reject_topic(unit: UnitOfWork, topic_id: str, reason: str, if_match: int | None = None) -> Topic:
    """Turn a topic down for good."""
    return _decide_against(unit, _topic(unit, topic_id, if_match), "reject", "rejected", reason)


def _decide_against(unit: UnitOfWork, topic: Topic, command: str, verb: str, reason: str) -> Topic:
    topic.state = _step(unit, rules.TOPIC, command, topic.state, TopicFacts())
    topic.decided_by, topic.reason = unit.actor.id, reason
    return _topic_changed(unit, topic, verb)


def dispatch_topic(
    unit: UnitOfWork, topic_id: str, coverages: Sequence[Form] = (), if_match: int | None = None
) -> Topic:
    """Give an approved topic to the desks of its coverage lines; from now on the reporters hold it."""
    topic = _topic(unit, topic_id, if_match)
    # A topic in another state is told so before its sheet is looked at.
    rules.TOPIC.way("dispatch", topic.state)
    for position, form in enumerate(coverages):
        _add_line(unit, topic, form, f"coverages.{position}.desk")
    lines = queries.coverages_of(unit.session, [topic.id])[topic.id]
    topic.state = _step(unit, rules.TOPIC, "dispatch", topic.state, TopicFacts(coverages=len(lines)))
    topic.dispatched_at = topic.dispatched_at or unit.now
    return _topic_changed(unit, topic, "dispatched", coverages=[line.id for line in lines])


def postpone_topic(
    unit: UnitOfWork, topic_id: str, reason: str, until: datetime | None = None, if_match: int | None = None
) -> Topic:
    """Put a topic off, until a moment if one is known."""
    topic = _topic(unit, topic_id, if_match)
    topic.state = _step(unit, rules.TOPIC, "postpone", topic.state, TopicFacts())
    _demand_ahead(unit, until, "until")
    topic.reason, topic.postponed_until = reason, until
    return _topic_changed(unit, topic, "postponed", until=iso_or_none(until))


def resume_topic(unit: UnitOfWork, topic_id: str, if_match: int | None = None) -> Topic:
    """Take up a topic that was put off; it is approved, and to be dispatched anew."""
    topic = _topic(unit, topic_id, if_match)
    topic.state = _step(unit, rules.TOPIC, "resume", topic.state, TopicFacts())
    topic.reason = topic.postponed_until = None
    return _topic_changed(unit, topic, "resumed")


def cancel_topic(
    unit: UnitOfWork,
    topic_id: str,
    reason: str,
    decisions: Sequence[Form],
    carry_out: CarryOut,
    *,
    if_match: int | None = None,
) -> Topic:
    """Give a topic up, with a decision for each assignment that is under way.

    `carry_out` does what was decided about each, since assignments belong to the section after this one.

    Raises:
        AppError: 409 `decision_for_each_assignment` with the `assignments` that nothing was said about.
    """
    topic = _topic(unit, topic_id, if_match)
    rules.TOPIC.way("cancel", topic.state)
    live = queries.live_assignments(unit.session, topic.id)
    _demand_each_once(decisions, live)
    undecided = tuple(one for one in live if all(decision["assignment"] != one for decision in decisions))
    facts = TopicFacts(undecided=undecided)
    rules.EACH_ASSIGNMENT_DECIDED.demand(facts, assignments=list(undecided))
    topic.state = _step(unit, rules.TOPIC, "cancel", topic.state, facts)
    topic.reason = reason
    for decision in decisions:
        carry_out(unit, decision, reason)
    verdicts = {decision["assignment"]: decision["verdict"] for decision in decisions}
    return _topic_changed(unit, topic, "cancelled", decisions=verdicts)


def close_topic(unit: UnitOfWork, topic_id: str, if_match: int | None = None) -> Topic:
    """Say that a dispatched topic is dealt with."""
    topic = _topic(unit, topic_id, if_match)
    topic.state = _step(unit, rules.TOPIC, "close", topic.state, TopicFacts())
    return _topic_changed(unit, topic, "closed")


def add_coverage(unit: UnitOfWork, topic_id: str, form: Form, if_match: int | None = None) -> Topic:
    """Add a line to a topic's dispatch sheet."""
    topic = _topic(unit, topic_id, if_match)
    topic.state = _step(unit, rules.TOPIC, "add_coverage", topic.state, TopicFacts())
    line = _add_line(unit, topic, form)
    return _topic_changed(unit, topic, "coverage_added", coverage=line.id, no=line.no)


def remove_coverage(unit: UnitOfWork, topic_id: str, no: str, if_match: int | None = None) -> Topic:
    """Take a line off the dispatch sheet, before the topic is dispatched."""
    topic = _topic(unit, topic_id, if_match)
    line = queries.access_coverage(unit.session, topic.id, no)
    facts = TopicFacts(in_use=queries.is_in_use(unit.session, line))
    topic.state = _step(unit, rules.TOPIC, "remove_coverage", topic.state, facts)
    unit.session.delete(line)
    return _topic_changed(unit, topic, "coverage_removed", coverage=line.id, no=line.no)


def link_topic(unit: UnitOfWork, topic_id: str, alert_id: str) -> Topic:
    """Note on a topic that an alert of monitoring led to it; noted once."""
    topic = _topic(unit, topic_id, None)
    if alert_id in (topic.alert_ids or []):
        return topic
    topic.alert_ids = [*(topic.alert_ids or []), alert_id]
    return _topic_changed(unit, topic, "alert_linked", alert=alert_id)


def _topic(unit: UnitOfWork, topic_id: str, if_match: int | None) -> Topic:
    return _at_version(queries.access_topic(unit.session, topic_id, lock=True), if_match)


def _fill_topic(unit: UnitOfWork, topic: Topic, form: Form) -> None:
    _demand_references(unit, form)
    for name in _TOPIC_FIELDS:
        if name in form:
            setattr(topic, name, form[name])
    for name in ("targets", "lead_ids"):
        if name in form:
            setattr(topic, name, list(dict.fromkeys(form[name])))
    if "window" in form:
        window = form["window"] or {"from_": None, "to": None}
        topic.window_from, topic.window_to = window["from_"], window["to"]


def _demand_references(unit: UnitOfWork, form: Form) -> None:
    queries.demand_one(unit.session, Desk, form.get("owner_desk"), "owner_desk", "工作台")
    queries.demand_one(unit.session, Meeting, form.get("meeting_id"), "meeting_id", "报题会")
    queries.demand_one(unit.session, Directive, form.get("directive_id"), "directive_id", "指令")
    queries.demand_known(unit.session, Lead, form.get("lead_ids", []), "lead_ids", "线索")


def _add_line(unit: UnitOfWork, topic: Topic, form: Form, field: str = "desk") -> Coverage:
    queries.demand_one(unit.session, Desk, form["desk"], field, "工作台")
    lines = queries.coverages_of(unit.session, [topic.id])[topic.id]
    targets = list(dict.fromkeys(form.get("targets", topic.targets)))
    line = Coverage(id=new_id(), topic_id=topic.id, no=max((line.no for line in lines), default=0) + 1)
    line.kind, line.desk, line.due = form["kind"], form["desk"], form["due"]
    line.targets, line.note = targets, form["note"]
    unit.session.add(line)
    unit.session.flush()
    return line


def _is_own(unit: UnitOfWork, topic: Topic) -> bool:
    """Tell whether the actor is, as a person, the one who proposed the topic or handed it in."""
    accounts = [unit.actor.id, topic.proposer_id, *([topic.submitted_by] if topic.submitted_by else [])]
    persons = persons_of(unit.session, accounts)
    others = {persons[account] for account in accounts[1:]}
    return persons.get(unit.actor.id) in others


def _demand_each_once(decisions: Sequence[Form], live: Sequence[str]) -> None:
    """Raise 422 for a decision about what is no live assignment of this topic, or about one twice."""
    left = set(live)
    for position, decision in enumerate(decisions):
        if decision["assignment"] not in left:
            raise invalid(f"decisions.{position}.assignment", "unknown", "这个选题没有这个进行中的任务，或已写过一次")
        left.remove(decision["assignment"])


def _topic_changed(unit: UnitOfWork, topic: Topic, verb: str, **data: Any) -> Topic:
    places = rules.topic_streams(dispatched=topic.dispatched_at is not None)
    _changed(unit, "topic", topic, verb, places, **data)
    return topic


# ── meetings ──


def open_meeting(unit: UnitOfWork, form: Form) -> Meeting:
    """Call a topic meeting."""
    meeting = Meeting(
        id=new_id(), ver=0, state="open", decisions=[], created_by=unit.actor.id, created_at=unit.now, **form
    )
    _set_attendees(unit, meeting, form["attendees"])
    unit.session.add(meeting)
    return _meeting_changed(unit, meeting, "opened")


def edit_meeting(unit: UnitOfWork, meeting_id: str, form: Form, if_match: int | None = None) -> Meeting:
    """Keep the minutes, and who came."""
    meeting = _meeting(unit, meeting_id, if_match)
    meeting.state = _step(unit, rules.MEETING, "edit", meeting.state)
    if "attendees" in form:
        _set_attendees(unit, meeting, form["attendees"])
    meeting.minutes = form.get("minutes", meeting.minutes)
    return _meeting_changed(unit, meeting, "edited", fields=sorted(form))


def decide_in_meeting(
    unit: UnitOfWork,
    meeting_id: str,
    *,
    topic: str,
    verdict: str,
    reason: str | None = None,
    if_match: int | None = None,
) -> Meeting:
    """Carry out what a meeting says about a topic, under the rules that hold outside of it, and write it down."""
    meeting = _meeting(unit, meeting_id, if_match)
    meeting.state = _step(unit, rules.MEETING, "decide", meeting.state)
    queries.demand_one(unit.session, Topic, topic, "topic", "选题")
    decided = queries.access_topic(unit.session, topic, lock=True)
    decided.meeting_id = decided.meeting_id or meeting.id
    _carry_verdict_out(unit, topic, verdict, reason)
    decision = {"topic": topic, "verdict": verdict, "reason": reason, "by": unit.actor.id, "at": iso(unit.now)}
    meeting.decisions = [*meeting.decisions, decision]
    return _meeting_changed(unit, meeting, "decided", topic=topic, verdict=verdict)


def close_meeting(unit: UnitOfWork, meeting_id: str, if_match: int | None = None) -> Meeting:
    """End a meeting; its minutes and decisions stay as they are."""
    meeting = _meeting(unit, meeting_id, if_match)
    meeting.state = _step(unit, rules.MEETING, "close", meeting.state)
    return _meeting_changed(unit, meeting, "closed")


def _carry_verdict_out(unit: UnitOfWork, topic_id: str, verdict: str, reason: str | None) -> None:
    if verdict == "approve":
        approve_topic(unit, topic_id)
    elif verdict == "return":
        return_topic(unit, topic_id, reason or "")
    else:
        reject_topic(unit, topic_id, reason or "")


def _meeting(unit: UnitOfWork, meeting_id: str, if_match: int | None) -> Meeting:
    return _at_version(queries.access_meeting(unit.session, meeting_id, lock=True), if_match)


def _set_attendees(unit: UnitOfWork, meeting: Meeting, attendees: Sequence[str]) -> None:
    queries.demand_staff(unit.session, attendees, "attendees")
    meeting.attendees = list(dict.fromkeys(attendees))


def _meeting_changed(unit: UnitOfWork, meeting: Meeting, verb: str, **data: Any) -> Meeting:
    _changed(unit, "meeting", meeting, verb, {streams.desk(rules.PLANNING_DESK)}, **data)
    return meeting


# ── directives ──


def issue_directive(unit: UnitOfWork, form: Form) -> Directive:
    """Issue an order to desks; it is looked after in five minutes, and ends at its due time."""
    queries.demand_known(unit.session, Desk, form["desks"], "desks", "工作台")
    _demand_ahead(unit, form["due"], "due")
    directive = Directive(
        id=new_id(), ver=0, state="issued", acks=[], issued_by=unit.actor.id, issued_at=unit.now, **form
    )
    directive.desks = list(dict.fromkeys(form["desks"]))
    unit.session.add(directive)
    _directive_changed(unit, directive, "issued", desks=directive.desks)
    _watch(unit, directive)
    return directive


def ack_directive(unit: UnitOfWork, directive_id: str, desk: str, if_match: int | None = None) -> Directive:
    """Acknowledge a directive for one's own desk; with the last desk it is acknowledged, and its alarm ends.

    Raises:
        AppError: 403 for somebody who is not at that desk today.
    """
    directive = _directive(unit, directive_id, if_match)
    if desk not in directive.desks:
        raise invalid("desk", "unknown", "这条指令不是发给这个工作台的")
    rules.demand_at_desk(unit.actor, desk)
    facts = DirectiveFacts(desk_acked=desk in queries.acked_desks(directive))
    directive.state = _step(unit, rules.DIRECTIVE, "ack", directive.state, facts)
    directive.acks = [*directive.acks, {"desk": desk, "by": unit.actor.id, "at": iso(unit.now)}]
    if not _unacked(directive):
        directive.state = rules.DIRECTIVE.step("settle", directive.state, DirectiveFacts(all_acked=True))
        clear_alarms(unit, rules.UNACKED_ALARM, directive.id)
    return _directive_changed(unit, directive, "acked", desk=desk)


def finish_directive(unit: UnitOfWork, directive_id: str, if_match: int | None = None) -> Directive:
    """Say that an acknowledged directive was carried out."""
    directive = _directive(unit, directive_id, if_match)
    directive.state = _step(unit, rules.DIRECTIVE, "done", directive.state, DirectiveFacts())
    return _directive_changed(unit, directive, "done")


def escalate_unacked(run: JobRun) -> None:
    """Tell the command that desks have not acknowledged a directive; the job of its fifth minute."""
    with run.unit() as unit:
        directive = unit.session.get(Directive, run.args["id"], with_for_update=True)
        if directive is None or directive.state != "issued":
            return
        desks = _unacked(directive)
        unit.record("directive.unacked", directive.id, directive.ver, desks=desks)
        minutes = int(rules.UNACKED_AFTER.total_seconds() // 60)
        names = "、".join(queries.desk_names(unit.session, desks))
        raise_alarm(
            unit,
            key=f"{rules.UNACKED_ALARM}:{directive.id}",
            kind=rules.UNACKED_ALARM,
            about=("directive", directive.id),
            to=rules.UNACKED_TO,
            text=f"指令下达 {minutes} 分钟仍未签收：{names}。指令内容：{directive.text}",
        )


def expire_directive(run: JobRun) -> None:
    """End a directive at its due time unless it was carried out; the job of that moment."""
    with run.unit() as unit:
        directive = unit.session.get(Directive, run.args["id"], with_for_update=True)
        if directive is None or directive.state in rules.DIRECTIVE.ends:
            return
        directive.state = rules.DIRECTIVE.step("expire", directive.state, DirectiveFacts())
        # Nobody can acknowledge it any more, so nothing else would ever take the alarm off the board.
        clear_alarms(unit, rules.UNACKED_ALARM, directive.id)
        _directive_changed(unit, directive, "expired", unacked=_unacked(directive))


def _directive(unit: UnitOfWork, directive_id: str, if_match: int | None) -> Directive:
    return _at_version(queries.access_directive(unit.session, directive_id, lock=True), if_match)


def _unacked(directive: Directive) -> list[str]:
    return rules.unacked_desks(directive.desks, queries.acked_desks(directive))


def _watch(unit: UnitOfWork, directive: Directive) -> None:
    args = {"id": directive.id}
    due = unit.now + rules.UNACKED_AFTER
    unit.enqueue("directive.unacked", f"directive.unacked:{directive.id}", args, run_at=due)
    if directive.due is not None:
        unit.enqueue("directive.expire", f"directive.expire:{directive.id}", args, run_at=directive.due)


def _directive_changed(unit: UnitOfWork, directive: Directive, verb: str, **data: Any) -> Directive:
    places = {streams.KITCHEN, *(streams.desk(desk) for desk in directive.desks)}
    _changed(unit, "directive", directive, verb, places, **data)
    return directive


# ── shared ──


def _step(unit: UnitOfWork, machine: Machine[F], command: str, state: str, facts: F | None = None) -> str:
    """Ask who may go this way from here, then the machine itself.

    One command may need another permission later on: a topic's lines are the proposer's before it is approved, and the
    dispatchers' after that.
    """
    way = machine.way(command, state)
    if way.permission is not None:
        demand(unit.actor, way.permission)
    return machine.step(command, state, facts)


Row = TypeVar("Row", Lead, Topic, Meeting, Directive)


def _at_version(row: Row, if_match: int | None) -> Row:
    demand_version(row.ver, if_match, "内容已被同事更新，请先读取最新版本。")
    return row


def _demand_ahead(unit: UnitOfWork, moment: datetime | None, field: str) -> None:
    if moment is not None and moment <= unit.now:
        raise invalid(field, "order", "要填将来的时间")


def _changed(unit: UnitOfWork, kind: str, row: Row, verb: str, places: set[str], **data: Any) -> None:
    """Finish every action alike: next version, history, and where the thing belongs now."""
    row.ver += 1
    row.updated_at = unit.now
    unit.session.flush()
    unit.record(f"{kind}.{verb}", row.id, row.ver, state=row.state, **data)
    unit.place(kind, row.id, row.ver, places)
