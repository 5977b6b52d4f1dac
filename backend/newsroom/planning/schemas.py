"""Shapes of leads, topics, meetings and directives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from backend.form_errors import MISSING, fault
from backend.forms import Choice, Form, Id, Moment, Number, Shape, Size, Text, Timestamp
from backend.newsroom.planning import rules

MAX_HEAT = 1_000_000
MAX_POINTS = 10_000


class _Edit(Form):
    """A change: only the fields that are given."""

    AT_LEAST_ONE = True


class PlanningReasonForm(Form):
    """Why."""

    reason = Text(at_most=300, required=True)


class PlanningPersonSchema(Schema):
    """A colleague, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


def _one_of(words: Any) -> Any:
    return validate.OneOf(list(words))


def _person(*, allow_none: bool = False) -> fields.Nested:
    return fields.Nested(PlanningPersonSchema, required=True, allow_none=allow_none)


# ── leads ──


class LeadForm(Form):
    """Something that may become news."""

    title = Text(at_most=100, required=True)
    text = Text(at_most=4000, at_least=0, load_default="")
    source = Choice(list(rules.LEAD_SOURCES), required=True)
    source_ref = Text(at_most=200, allow_none=True, load_default=None)
    place = Text(at_most=100, required=True)
    heat = Number(0, MAX_HEAT, load_default=0)


class LeadEditForm(_Edit):
    """Changing a lead; what is left out stays as it is."""

    title = Text(at_most=100)
    text = Text(at_most=4000, at_least=0)
    source = Choice(list(rules.LEAD_SOURCES))
    source_ref = Text(at_most=200, allow_none=True)
    place = Text(at_most=100)
    heat = Number(0, MAX_HEAT)


class LeadMergeForm(Form):
    """Into which lead this one goes."""

    into = Id(required=True)


class LeadSourceSchema(Schema):
    """Where a lead came from, or one that was merged into it; `lead` is the row that says more."""

    source = fields.String(required=True, validate=_one_of(rules.LEAD_SOURCES))
    source_ref = fields.String(required=True, allow_none=True)
    lead = fields.String(required=True)


class LeadSchema(Schema):
    """A lead. `dup_of` is the lead it was merged into, `topic_id` the topic it became."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, validate=_one_of(rules.LEAD.states))
    title = fields.String(required=True)
    text = fields.String(required=True)
    source = fields.String(required=True, validate=_one_of(rules.LEAD_SOURCES))
    source_ref = fields.String(required=True, allow_none=True)
    sources = fields.List(fields.Nested(LeadSourceSchema), required=True)
    place = fields.String(required=True)
    heat = fields.Integer(required=True)
    dup_of = fields.String(required=True, allow_none=True)
    topic_id = fields.String(required=True, allow_none=True)
    from_alerts = fields.List(fields.String(), required=True)
    verified_by = _person(allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    created_by = _person()
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class LeadRefSchema(Schema):
    """A lead in a few words."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True)
    source = fields.String(required=True)


class LeadDuplicateSchema(Schema):
    """A lead that seems to tell the same: how alike the words are (0 to 1), the common place, the reason in words."""

    lead = fields.Nested(LeadRefSchema, required=True)
    score = fields.Float(required=True)
    place = fields.String(required=True)
    reason = fields.String(required=True)


class LeadDuplicatesSchema(Schema):
    """What a lead may be merged with, the likest first."""

    items = fields.List(fields.Nested(LeadDuplicateSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class NewLeadSchema(LeadSchema):
    """A lead that was just written down, and what it may be merged with."""

    duplicates = fields.List(fields.Nested(LeadDuplicateSchema), required=True)


# ── topics ──


class WindowForm(Form):
    """From when to when a topic is of use."""

    from_ = Moment(data_key="from", required=True)
    to = Moment(required=True)

    @validates_schema
    def end_after_the_beginning(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a window that is reversed."""
        if data["to"] <= data["from_"]:
            raise fault("order", "结束要晚于开始。")


class Window(fields.Field[Any]):
    """A window, or null for none.

    As a nested form that may be null it would be any object at all in the document, which it is not.
    """

    def __init__(self, **kwargs: Any) -> None:
        moment = {"type": "string", "format": "date-time", "pattern": Moment().metadata["pattern"]}
        shape = {"type": "object", "properties": {"from": moment, "to": moment}, "required": ["from", "to"]}
        super().__init__(allow_none=True, metadata=shape | {"additionalProperties": False}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise fault("wrong_type", "时段要写 {from, to}。")
        return WindowForm().load(value)


def _targets(**kwargs: Any) -> fields.List[Any]:
    return fields.List(Choice(rules.TARGETS), validate=Size(min=1, max=len(rules.TARGETS)), **kwargs)


class _TopicFields(Form):
    angle = Text(at_most=500, at_least=0)
    why = Text(at_most=500, at_least=0)
    class_ = Choice(list(rules.CLASSES), data_key="class")
    priority = Number(1, 5)
    targets = _targets()
    owner_desk = Id()
    budget_points = Number(0, MAX_POINTS)
    window = Window()
    embargo_until = Moment(allow_none=True)
    lead_ids = fields.List(Id(), validate=Size(max=50))
    meeting_id = Id(allow_none=True)
    directive_id = Id(allow_none=True)


class TopicForm(_TopicFields):
    """A new topic; it belongs to the planning desk unless another is named."""

    title = Text(at_most=100, required=True)


class TopicEditForm(_TopicFields, _Edit):
    """Changing a topic; once it is approved, only how it is carried out."""

    title = Text(at_most=100)


class LeadConvertForm(_TopicFields):
    """The topic that a lead becomes; what is left out comes from the lead."""

    title = Text(at_most=100)


class CoverageForm(Form):
    """One line of the dispatch sheet. Without channels it is for those of the topic."""

    kind = Choice(list(rules.COVERAGE_KINDS), required=True)
    desk = Id(required=True)
    due = Moment(required=True)
    targets = _targets()
    note = Text(at_most=300, at_least=0, load_default="")


class TopicDispatchForm(Form):
    """Coverage lines to be added on the way out."""

    coverages = fields.List(fields.Nested(CoverageForm), validate=Size(max=20), load_default=list)


class TopicPostponeForm(Form):
    """Why, and until when if that is known."""

    reason = Text(at_most=300, required=True)
    until = Moment(allow_none=True, load_default=None)


class AssignmentDecisionForm(Form):
    """What becomes of one assignment; `to` is the account it is handed on to."""

    SHAPES = (
        Shape(("assignment", "verdict"), fixed={"verdict": ["cancel", "keep"]}),
        Shape(("assignment", "verdict", "to"), fixed={"verdict": ["reassign"]}),
    )

    assignment = Id(required=True)
    verdict = Choice(rules.ASSIGNMENT_VERDICTS, required=True)
    to = Id()

    @validates_schema
    def name_the_next_one(self, data: dict[str, Any], **_: Any) -> None:
        """Demand `to` where it is handed on, and only there."""
        _demand_with(data, "to", needed=data["verdict"] == "reassign", words="改派时才写明给谁。")


class TopicCancelForm(Form):
    """Why, and what becomes of each live assignment."""

    reason = Text(at_most=300, required=True)
    decisions = fields.List(fields.Nested(AssignmentDecisionForm), validate=Size(max=100), load_default=list)


class TopicWindowSchema(Schema):
    """From when to when a topic is of use."""

    from_ = Timestamp(required=True, data_key="from")
    to = Timestamp(required=True)


class CoverageSchema(Schema):
    """One line of the dispatch sheet; `no` counts within the topic."""

    id = fields.String(required=True)
    no = fields.Integer(required=True)
    kind = fields.String(required=True, validate=_one_of(rules.COVERAGE_KINDS))
    desk = fields.String(required=True)
    due = Timestamp(required=True)
    targets = fields.List(fields.String(), required=True)
    note = fields.String(required=True)


class TopicSchema(Schema):
    """A topic with its dispatch sheet; `reason` is that of the last decision against it."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, validate=_one_of(rules.TOPIC.states))
    title = fields.String(required=True)
    angle = fields.String(required=True)
    why = fields.String(required=True)
    class_ = fields.String(required=True, data_key="class", validate=_one_of(rules.CLASSES))
    priority = fields.Integer(required=True)
    targets = fields.List(fields.String(), required=True)
    owner_desk = fields.String(required=True)
    budget_points = fields.Integer(required=True)
    window = fields.Nested(TopicWindowSchema, required=True, allow_none=True)
    embargo_until = Timestamp(required=True, allow_none=True)
    lead_ids = fields.List(fields.String(), required=True)
    from_alerts = fields.List(fields.String(), required=True)
    meeting_id = fields.String(required=True, allow_none=True)
    directive_id = fields.String(required=True, allow_none=True)
    proposer = _person()
    submitted_by = _person(allow_none=True)
    decided_by = _person(allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    postponed_until = Timestamp(required=True, allow_none=True)
    dispatched_at = Timestamp(required=True, allow_none=True)
    coverages = fields.List(fields.Nested(CoverageSchema), required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


# ── meetings ──


class MeetingForm(Form):
    """A topic meeting; `attendees` are account ids."""

    title = Text(at_most=100, required=True)
    at = Moment(required=True)
    attendees = fields.List(Id(), validate=Size(max=100), load_default=list)
    minutes = Text(at_most=20_000, at_least=0, load_default="")


class MeetingEditForm(_Edit):
    """Keeping the minutes, and who came."""

    minutes = Text(at_most=20_000, at_least=0)
    attendees = fields.List(Id(), validate=Size(max=100))


class MeetingDecideForm(Form):
    """What the meeting says about a topic; whoever sends one back or turns it down says why."""

    SHAPES = (
        Shape(("topic", "verdict"), ("reason",), fixed={"verdict": ["approve"]}),
        Shape(("topic", "verdict", "reason"), fixed={"verdict": ["return", "reject"]}),
    )

    topic = Id(required=True)
    verdict = Choice(rules.VERDICTS, required=True)
    reason = Text(at_most=300)

    @validates_schema
    def say_why(self, data: dict[str, Any], **_: Any) -> None:
        """Demand a reason for whatever is not a yes."""
        if data["verdict"] != "approve":
            _demand_with(data, "reason", needed=True)


class MeetingDecisionSchema(Schema):
    """One decision of a meeting."""

    topic = fields.String(required=True)
    verdict = fields.String(required=True, validate=_one_of(rules.VERDICTS))
    reason = fields.String(required=True, allow_none=True)
    by = _person()
    at = Timestamp(required=True)


class MeetingSchema(Schema):
    """A topic meeting with its minutes and decisions."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, validate=_one_of(rules.MEETING.states))
    title = fields.String(required=True)
    at = Timestamp(required=True)
    attendees = fields.List(fields.Nested(PlanningPersonSchema), required=True)
    minutes = fields.String(required=True)
    decisions = fields.List(fields.Nested(MeetingDecisionSchema), required=True)
    created_by = _person()
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


# ── directives ──


class DirectiveForm(Form):
    """An order: from whom, what, until when, and which desks must acknowledge it."""

    sender = Text(at_most=100, required=True, data_key="from")
    text = Text(at_most=2000, required=True)
    due = Moment(allow_none=True, load_default=None)
    desks = fields.List(Id(), required=True, validate=Size(min=1, max=20))


class DirectiveAckForm(Form):
    """For which desk it is acknowledged."""

    desk = Id(required=True)


class DirectiveAckSchema(Schema):
    """That a desk has acknowledged."""

    desk = fields.String(required=True)
    by = _person()
    at = Timestamp(required=True)


class DirectiveSchema(Schema):
    """A directive; `unacked` lists the desks that have not acknowledged."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, validate=_one_of(rules.DIRECTIVE.states))
    sender = fields.String(required=True, data_key="from")
    text = fields.String(required=True)
    due = Timestamp(required=True, allow_none=True)
    desks = fields.List(fields.String(), required=True)
    acks = fields.List(fields.Nested(DirectiveAckSchema), required=True)
    unacked = fields.List(fields.String(), required=True)
    issued_by = _person()
    issued_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


def _demand_with(data: dict[str, Any], field: str, *, needed: bool, words: str = "") -> None:
    """Demand a field where another one's value calls for it, and refuse it elsewhere."""
    if needed and field not in data:
        raise ValidationError({field: [MISSING]})
    if not needed and field in data:
        raise ValidationError({field: fault("unknown_field", words).messages})
