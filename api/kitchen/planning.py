"""Planning: leads, topics, meetings, directives."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.kitchen import command
from api.schemas import PageQuery, page_of
from backend.forms import Choice, Id, Text
from backend.newsroom.interview import actions as interview
from backend.newsroom.planning import actions, queries, rules
from backend.newsroom.planning.models import Directive, Lead, Meeting, Topic
from backend.newsroom.planning.schemas import (
    CoverageForm,
    DirectiveAckForm,
    DirectiveForm,
    DirectiveSchema,
    LeadConvertForm,
    LeadDuplicatesSchema,
    LeadEditForm,
    LeadForm,
    LeadMergeForm,
    LeadSchema,
    MeetingDecideForm,
    MeetingEditForm,
    MeetingForm,
    MeetingSchema,
    NewLeadSchema,
    PlanningReasonForm,
    TopicCancelForm,
    TopicDispatchForm,
    TopicEditForm,
    TopicForm,
    TopicPostponeForm,
    TopicSchema,
)
from backend.paging import Page
from backend.unit_of_work import UnitOfWork

blp = blueprint("planning", "策划 Planning: leads, topics, meetings, directives")
_BASE = "/api/v1/kitchen"
_LEAD = "/kitchen/leads/<id:lead_id>"
_TOPIC = "/kitchen/topics/<id:topic_id>"
_MEETING = "/kitchen/meetings/<id:meeting_id>"
_DIRECTIVE = "/kitchen/directives/<id:directive_id>"


# ── leads ──


class LeadQuery(PageQuery):
    """Which leads."""

    state = Choice(list(rules.LEAD.states))
    place = Text(at_most=100)


@route(blp, "GET /kitchen/leads", needs="kitchen.read", query=LeadQuery, returns=page_of(LeadSchema, "LeadPage"))
def list_leads(call: Read, query: dict[str, Any]) -> Any:
    """线索列表 Leads, those changed last first."""
    return queries.list_leads(call.session, state=query.get("state"), place=query.get("place"), page=_page(query))


@command(blp, "POST /kitchen/leads", needs="lead.write", body=LeadForm, returns=NewLeadSchema, status=201)
def create_lead(call: Write, form: dict[str, Any]) -> Answer:
    """登记线索 Write a lead down; the answer names what it may be merged with."""
    lead = actions.create_lead(call.unit, form)
    body = _lead(call, lead) | {"duplicates": queries.list_duplicates(call.session, lead)}
    return Answer(body, location=f"{_BASE}/leads/{lead.id}")


@route(blp, f"GET {_LEAD}", needs="kitchen.read", returns=LeadSchema)
def get_lead(call: Read, lead_id: str) -> Any:
    """一条线索 One lead."""
    return _lead(call, queries.access_lead(call.session, lead_id))


@route(blp, f"GET {_LEAD}/duplicates", needs="kitchen.read", returns=LeadDuplicatesSchema)
def list_lead_duplicates(call: Read, lead_id: str) -> Any:
    """疑似重复线索 Leads that seem to tell the same, with the reasons."""
    lead = queries.access_lead(call.session, lead_id)
    return {"items": queries.list_duplicates(call.session, lead), "next": None}


@command(blp, f"PATCH {_LEAD}", needs="lead.write", body=LeadEditForm, returns=LeadSchema, edits=True)
def edit_lead(call: Write, lead_id: str, form: dict[str, Any]) -> Any:
    """修改线索 Change a lead."""
    return _lead(call, actions.edit_lead(call.unit, lead_id, form, call.if_match))


@command(blp, f"POST {_LEAD}/verify", needs="lead.decide", returns=LeadSchema, refuses=(412,))
def verify_lead(call: Write, lead_id: str) -> Any:
    """核实线索 Vouch for a lead."""
    return _lead(call, actions.verify_lead(call.unit, lead_id, call.if_match))


@command(blp, f"POST {_LEAD}/reject", needs="lead.decide", body=PlanningReasonForm, returns=LeadSchema, refuses=(412,))
def reject_lead(call: Write, lead_id: str, form: dict[str, Any]) -> Any:
    """否决线索 Put a lead aside."""
    return _lead(call, actions.reject_lead(call.unit, lead_id, form["reason"], call.if_match))


@command(blp, f"POST {_LEAD}/merge", needs="lead.decide", body=LeadMergeForm, returns=LeadSchema, refuses=(412,))
def merge_lead(call: Write, lead_id: str, form: dict[str, Any]) -> Any:
    """合并线索 Let a lead go into another, which keeps the sources of both."""
    return _lead(call, actions.merge_lead(call.unit, lead_id, form["into"], call.if_match))


@command(
    blp,
    f"POST {_LEAD}/convert",
    needs="lead.decide",
    body=LeadConvertForm,
    returns=TopicSchema,
    status=201,
    refuses=(412,),
)
def convert_lead(call: Write, lead_id: str, form: dict[str, Any]) -> Answer:
    """线索转选题 Make a draft topic of a verified lead."""
    topic = actions.convert_lead(call.unit, lead_id, form, call.if_match)
    return Answer(_topic(call, topic), location=f"{_BASE}/topics/{topic.id}")


# ── topics ──


class TopicQuery(PageQuery):
    """Which topics."""

    state = Choice(list(rules.TOPIC.states))
    owner_desk = Id()


@route(blp, "GET /kitchen/topics", needs="kitchen.read", query=TopicQuery, returns=page_of(TopicSchema, "TopicPage"))
def list_topics(call: Read, query: dict[str, Any]) -> Any:
    """选题列表 Topics, those changed last first."""
    return queries.list_topics(
        call.session, state=query.get("state"), owner_desk=query.get("owner_desk"), page=_page(query)
    )


@command(blp, "POST /kitchen/topics", needs="topic.propose", body=TopicForm, returns=TopicSchema, status=201)
def create_topic(call: Write, form: dict[str, Any]) -> Answer:
    """提出选题 Propose a topic, as a draft."""
    topic = actions.create_topic(call.unit, form)
    return Answer(_topic(call, topic), location=f"{_BASE}/topics/{topic.id}")


@route(blp, f"GET {_TOPIC}", needs="kitchen.read", returns=TopicSchema)
def get_topic(call: Read, topic_id: str) -> Any:
    """一个选题 One topic with its dispatch sheet."""
    return _topic(call, queries.access_topic(call.session, topic_id))


@command(blp, f"PATCH {_TOPIC}", needs="topic.propose", body=TopicEditForm, returns=TopicSchema, edits=True)
def edit_topic(call: Write, topic_id: str, form: dict[str, Any]) -> Any:
    """修改选题 Change a topic; once it is approved, only how it is carried out."""
    return _topic(call, actions.edit_topic(call.unit, topic_id, form, call.if_match))


@command(blp, f"POST {_TOPIC}/submit", needs="topic.propose", returns=TopicSchema, refuses=(412,))
def submit_topic(call: Write, topic_id: str) -> Any:
    """提交选题 Submit a topic."""
    return _topic(call, actions.submit_topic(call.unit, topic_id, call.if_match))


@command(blp, f"POST {_TOPIC}/approve", needs="topic.decide", returns=TopicSchema, refuses=(412,))
def approve_topic(call: Write, topic_id: str) -> Any:
    """通过选题 Approve a topic that another person proposed."""
    return _topic(call, actions.approve_topic(call.unit, topic_id, call.if_match))


@command(
    blp, f"POST {_TOPIC}/return", needs="topic.decide", body=PlanningReasonForm, returns=TopicSchema, refuses=(412,)
)
def return_topic(call: Write, topic_id: str, form: dict[str, Any]) -> Any:
    """退回选题 Send a topic back to be made better."""
    return _topic(call, actions.return_topic(call.unit, topic_id, form["reason"], call.if_match))


@command(
    blp, f"POST {_TOPIC}/reject", needs="topic.decide", body=PlanningReasonForm, returns=TopicSchema, refuses=(412,)
)
def reject_topic(call: Write, topic_id: str, form: dict[str, Any]) -> Any:
    """否决选题 Turn a topic down."""
    return _topic(call, actions.reject_topic(call.unit, topic_id, form["reason"], call.if_match))


@command(
    blp, f"POST {_TOPIC}/dispatch", needs="topic.dispatch", body=TopicDispatchForm, returns=TopicSchema, refuses=(412,)
)
def dispatch_topic(call: Write, topic_id: str, form: dict[str, Any]) -> Any:
    """下发选题 Give an approved topic to the desks of its coverage lines."""
    return _topic(call, actions.dispatch_topic(call.unit, topic_id, form["coverages"], call.if_match))


@command(
    blp, f"POST {_TOPIC}/postpone", needs="topic.decide", body=TopicPostponeForm, returns=TopicSchema, refuses=(412,)
)
def postpone_topic(call: Write, topic_id: str, form: dict[str, Any]) -> Any:
    """延期 Put a topic off."""
    topic = actions.postpone_topic(call.unit, topic_id, form["reason"], form["until"], call.if_match)
    return _topic(call, topic)


@command(blp, f"POST {_TOPIC}/resume", needs="topic.decide", returns=TopicSchema, refuses=(412,))
def resume_topic(call: Write, topic_id: str) -> Any:
    """恢复选题 Take up a topic that was put off."""
    return _topic(call, actions.resume_topic(call.unit, topic_id, call.if_match))


@command(blp, f"POST {_TOPIC}/cancel", needs="topic.decide", body=TopicCancelForm, returns=TopicSchema, refuses=(412,))
def cancel_topic(call: Write, topic_id: str, form: dict[str, Any]) -> Any:
    """取消选题 Give a topic up, with a decision for each assignment under way."""
    topic = actions.cancel_topic(
        call.unit, topic_id, form["reason"], form["decisions"], _carry_out, if_match=call.if_match
    )
    return _topic(call, topic)


def _carry_out(unit: UnitOfWork, decision: dict[str, Any], reason: str) -> None:
    """Do with an assignment what was decided about it; one that is kept goes on."""
    if decision["verdict"] == "cancel":
        interview.cancel_assignment(unit, decision["assignment"], reason)
    elif decision["verdict"] == "reassign":
        interview.reassign_assignment(unit, decision["assignment"], decision["to"], reason)


@command(blp, f"POST {_TOPIC}/close", needs="topic.dispatch", returns=TopicSchema, refuses=(412,))
def close_topic(call: Write, topic_id: str) -> Any:
    """结束选题 Say that a dispatched topic is dealt with."""
    return _topic(call, actions.close_topic(call.unit, topic_id, call.if_match))


@command(
    blp,
    f"POST {_TOPIC}/coverages",
    needs="topic.propose",
    body=CoverageForm,
    returns=TopicSchema,
    status=201,
    refuses=(412,),
)
def add_coverage(call: Write, topic_id: str, form: dict[str, Any]) -> Answer:
    """增加报道安排 Add a line to a topic's dispatch sheet."""
    topic = actions.add_coverage(call.unit, topic_id, form, call.if_match)
    return Answer(_topic(call, topic), location=f"{_BASE}/topics/{topic.id}")


@command(blp, f"DELETE {_TOPIC}/coverages/<id:no>", needs="topic.propose", returns=TopicSchema, refuses=(412,))
def remove_coverage(call: Write, topic_id: str, no: str) -> Any:
    """删除报道安排 Take a line off the dispatch sheet, before the topic is dispatched."""
    return _topic(call, actions.remove_coverage(call.unit, topic_id, no, call.if_match))


# ── meetings ──


class MeetingQuery(PageQuery):
    """Which meetings."""

    state = Choice(list(rules.MEETING.states))


@route(
    blp,
    "GET /kitchen/meetings",
    needs="kitchen.read",
    query=MeetingQuery,
    returns=page_of(MeetingSchema, "MeetingPage"),
)
def list_meetings(call: Read, query: dict[str, Any]) -> Any:
    """报题会列表 Topic meetings, those changed last first."""
    return queries.list_meetings(call.session, state=query.get("state"), page=_page(query))


@command(blp, "POST /kitchen/meetings", needs="meeting.hold", body=MeetingForm, returns=MeetingSchema, status=201)
def open_meeting(call: Write, form: dict[str, Any]) -> Answer:
    """召开报题会 Call a topic meeting."""
    meeting = actions.open_meeting(call.unit, form)
    return Answer(_meeting(call, meeting), location=f"{_BASE}/meetings/{meeting.id}")


@route(blp, f"GET {_MEETING}", needs="kitchen.read", returns=MeetingSchema)
def get_meeting(call: Read, meeting_id: str) -> Any:
    """一次报题会 One meeting with its minutes and decisions."""
    return _meeting(call, queries.access_meeting(call.session, meeting_id))


@command(blp, f"PATCH {_MEETING}", needs="meeting.hold", body=MeetingEditForm, returns=MeetingSchema, edits=True)
def edit_meeting(call: Write, meeting_id: str, form: dict[str, Any]) -> Any:
    """修改会议记录 Keep the minutes, and who came."""
    return _meeting(call, actions.edit_meeting(call.unit, meeting_id, form, call.if_match))


@command(
    blp, f"POST {_MEETING}/decide", needs="meeting.hold", body=MeetingDecideForm, returns=MeetingSchema, refuses=(412,)
)
def decide_in_meeting(call: Write, meeting_id: str, form: dict[str, Any]) -> Any:
    """会上决议 Approve, return or reject a topic in a meeting."""
    return _meeting(call, actions.decide_in_meeting(call.unit, meeting_id, if_match=call.if_match, **form))


@command(blp, f"POST {_MEETING}/close", needs="meeting.hold", returns=MeetingSchema, refuses=(412,))
def close_meeting(call: Write, meeting_id: str) -> Any:
    """结束报题会 End a meeting."""
    return _meeting(call, actions.close_meeting(call.unit, meeting_id, call.if_match))


# ── directives ──


class DirectiveQuery(PageQuery):
    """Which directives."""

    state = Choice(list(rules.DIRECTIVE.states))


@route(
    blp,
    "GET /kitchen/directives",
    needs="kitchen.read",
    query=DirectiveQuery,
    returns=page_of(DirectiveSchema, "DirectivePage"),
)
def list_directives(call: Read, query: dict[str, Any]) -> Any:
    """指令列表 Directives, those changed last first."""
    return queries.list_directives(call.session, state=query.get("state"), page=_page(query))


@command(
    blp, "POST /kitchen/directives", needs="directive.issue", body=DirectiveForm, returns=DirectiveSchema, status=201
)
def issue_directive(call: Write, form: dict[str, Any]) -> Answer:
    """下达指令 Issue an order to desks."""
    directive = actions.issue_directive(call.unit, form)
    return Answer(_directive(call, directive), location=f"{_BASE}/directives/{directive.id}")


@route(blp, f"GET {_DIRECTIVE}", needs="kitchen.read", returns=DirectiveSchema)
def get_directive(call: Read, directive_id: str) -> Any:
    """一条指令 One directive, and who has acknowledged it."""
    return _directive(call, queries.access_directive(call.session, directive_id))


@command(
    blp,
    f"POST {_DIRECTIVE}/ack",
    needs="directive.answer",
    body=DirectiveAckForm,
    returns=DirectiveSchema,
    refuses=(412,),
)
def ack_directive(call: Write, directive_id: str, form: dict[str, Any]) -> Any:
    """签收指令 Acknowledge a directive for one's own desk."""
    return _directive(call, actions.ack_directive(call.unit, directive_id, form["desk"], call.if_match))


@command(blp, f"POST {_DIRECTIVE}/done", needs="directive.issue", returns=DirectiveSchema, refuses=(412,))
def finish_directive(call: Write, directive_id: str) -> Any:
    """办结指令 Say that an acknowledged directive was carried out."""
    return _directive(call, actions.finish_directive(call.unit, directive_id, call.if_match))


# ── shared ──


def _page(query: dict[str, Any]) -> Page:
    return Page(query.get("cursor"), query["limit"])


def _lead(call: Read | Write, lead: Lead) -> dict[str, Any]:
    return queries.present_leads(call.session, [lead])[lead.id]


def _topic(call: Read | Write, topic: Topic) -> dict[str, Any]:
    return queries.present_topics(call.session, [topic])[topic.id]


def _meeting(call: Read | Write, meeting: Meeting) -> dict[str, Any]:
    return queries.present_meetings(call.session, [meeting])[meeting.id]


def _directive(call: Read | Write, directive: Directive) -> dict[str, Any]:
    return queries.present_directives(call.session, [directive])[directive.id]
