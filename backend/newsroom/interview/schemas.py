"""Shapes of assignments and materials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from backend.form_errors import fault
from backend.forms import Choice, Flag, Form, Id, Moment, Number, Size, Text, Timestamp
from backend.media.rules import Kind
from backend.media.schemas import MediaSchema
from backend.newsroom.interview.rules import ASSIGNMENT, LICENCES, MATERIAL, MAX_REPORTERS, SUBJECTS, WHOLE

MAX_LINKS = 20
MAX_TRANSCRIPT = 20_000


def _fault_of(field: str, code: str, words: str) -> ValidationError:
    return ValidationError({field: fault(code, words).messages})


# ── assignments ──


class ReporterShareForm(Form):
    """Who is sent, and this person's share of the work in per cent."""

    id = Id(required=True)
    share = Number(1, WHOLE, required=True)


class _AssignmentFields(Form):
    reporters = fields.List(fields.Nested(ReporterShareForm), validate=Size(max=MAX_REPORTERS))
    place = Text(at_most=100, at_least=0)
    due = Moment()
    gear = Text(at_most=200, at_least=0)
    contact = Text(at_most=100, at_least=0)
    priority = Number(1, 5)
    safety_note = Text(at_most=300, at_least=0)
    emergency = Flag()

    @validates_schema
    def share_the_whole(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse shares that are not one whole, and a reporter who is named twice."""
        reporters = data.get("reporters") or []
        if reporters and sum(one["share"] for one in reporters) != WHOLE:
            raise _fault_of("reporters", "mismatch", "各人的占比合起来要是 100。")
        if len({one["id"] for one in reporters}) < len(reporters):
            raise _fault_of("reporters", "mismatch", "同一位记者写了两次。")


class AssignmentForm(_AssignmentFields):
    """Sending somebody for one line of a topic.

    Without reporters the one on duty with the least in hand is asked; without `due` and `priority` those of the
    coverage and the topic hold.
    """

    topic = Id(required=True)
    coverage_no = Number(1, 1000, required=True)


class AssignmentEditForm(_AssignmentFields):
    """Changing an assignment; who is sent, and whether it is an emergency, only before it is dispatched."""

    AT_LEAST_ONE = True


class InterviewReasonForm(Form):
    """Why; colleagues read it."""

    reason = Text(at_most=300, required=True)


class ReassignForm(InterviewReasonForm):
    """Who goes instead, and why."""

    reporter = Id(required=True)


class FilingForm(Form):
    """What was brought home: materials that are linked with it, or a story that was written for it."""

    materials = fields.List(Id(), validate=Size(max=MAX_LINKS))
    story = Id()


class InterviewPersonSchema(Schema):
    """A colleague, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class ReporterSchema(InterviewPersonSchema):
    """A reporter with a share in per cent."""

    share = fields.Integer(required=True)


class AssignedTopicSchema(Schema):
    """A topic, by title."""

    id = fields.String(required=True)
    title = fields.String(required=True)


class AssignmentSchema(Schema):
    """An assignment. `overdue` is of the moment it was read, `answer_due` only while an answer is awaited."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(ASSIGNMENT.states)))
    topic = fields.Nested(AssignedTopicSchema, required=True)
    coverage_no = fields.Integer(required=True)
    kind = fields.String(required=True)
    desk = fields.String(required=True)
    reporters = fields.List(fields.Nested(ReporterSchema), required=True)
    place = fields.String(required=True)
    due = Timestamp(required=True)
    overdue = fields.Boolean(required=True)
    gear = fields.String(required=True)
    contact = fields.String(required=True)
    priority = fields.Integer(required=True)
    emergency = fields.Boolean(required=True)
    safety_note = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    replaces = fields.String(required=True, allow_none=True)
    replaced_by = fields.String(required=True, allow_none=True)
    tried = fields.List(fields.Nested(InterviewPersonSchema), required=True)
    materials = fields.List(fields.String(), required=True)
    created_by = fields.Nested(InterviewPersonSchema, required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    dispatched_at = Timestamp(required=True, allow_none=True)
    answer_due = Timestamp(required=True, allow_none=True)
    answered_at = Timestamp(required=True, allow_none=True)
    on_site_at = Timestamp(required=True, allow_none=True)
    filed_at = Timestamp(required=True, allow_none=True)
    done_at = Timestamp(required=True, allow_none=True)
    allowed = fields.List(fields.String(), required=True)


class ReporterCandidateSchema(InterviewPersonSchema):
    """A reporter on duty. `load` counts assignments in hand; `on_topic` tells whether one of them is of this topic."""

    skills = fields.List(fields.String(), required=True)
    in_hand = fields.Integer(required=True, data_key="load")
    on_duty_until = Timestamp(required=True, allow_none=True)
    on_topic = fields.Boolean(required=True)


# ── materials ──


class MaterialRightsForm(Form):
    """Whose it is, on what ground it may be used, and until when."""

    owner = Text(at_most=100, required=True)
    licence = Choice(LICENCES, required=True)
    expires = Moment(allow_none=True)


class MaterialConsentForm(Form):
    """Who agreed, how (in writing, on the recording, …), and when; now, unless it is said."""

    by = Text(at_most=100, required=True)
    how = Text(at_most=100, required=True)
    at = Moment()


class _Consent(fields.Field[Any]):
    """Consent, or null when it was taken back.

    As a nested form that may be null it would be any object at all in the document, which it is not.
    """

    def __init__(self) -> None:
        ref = {"$ref": "#/components/schemas/MaterialConsentForm"}
        super().__init__(allow_none=True, metadata={"anyOf": [ref]})
        self._form = fields.Nested(MaterialConsentForm)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return self._form.deserialize(value, attr, data)


class _MaterialFields(Form):
    captured_at = Moment(allow_none=True)
    place = Text(at_most=100, at_least=0)
    subjects = Choice(SUBJECTS)
    source_contact = Text(at_most=100, at_least=0)
    transcript = Text(at_most=MAX_TRANSCRIPT, at_least=0)


class MaterialForm(_MaterialFields):
    """Entering a file of one's own as a material. Whether it shows minors or victims has to be said."""

    media = Id(required=True)
    title = Text(at_most=100, required=True)
    rights = fields.Nested(MaterialRightsForm, required=True)
    subjects = Choice(SUBJECTS, required=True)
    consent = fields.Nested(MaterialConsentForm)
    assignments = fields.List(Id(), validate=Size(max=MAX_LINKS))


class MaterialEditForm(_MaterialFields):
    """Changing a material. Other rights, subjects or consent make a usable one await approval again."""

    AT_LEAST_ONE = True

    title = Text(at_most=100)
    rights = fields.Nested(MaterialRightsForm)
    consent = _Consent()


class MaterialLinkForm(Form):
    """For which assignment."""

    assignment = Id(required=True)


class MaterialRightsSchema(Schema):
    """Whose it is, on what ground it may be used, and until when; `expired` is of the moment it was read."""

    owner = fields.String(required=True)
    licence = fields.String(required=True, validate=validate.OneOf(LICENCES))
    expires = Timestamp(required=True, allow_none=True)
    expired = fields.Boolean(required=True)


class MaterialConsentSchema(Schema):
    """How and when somebody agreed; who it was, for those who may see the source's contact."""

    by = fields.String(required=True, allow_none=True)
    how = fields.String(required=True)
    at = Timestamp(required=True)


class MaterialSchema(Schema):
    """A material. `source_contact` is null for all but its supplier and those who check materials."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(MATERIAL.states)))
    kind = fields.String(required=True, validate=validate.OneOf([str(kind) for kind in Kind]))
    media = fields.Nested(MediaSchema, required=True)
    sha256 = fields.String(required=True)
    title = fields.String(required=True)
    captured_at = Timestamp(required=True, allow_none=True)
    place = fields.String(required=True)
    rights = fields.Nested(MaterialRightsSchema, required=True)
    subjects = fields.String(required=True, validate=validate.OneOf(SUBJECTS))
    consent = fields.Nested(MaterialConsentSchema, required=True, allow_none=True)
    consent_missing = fields.Boolean(required=True)
    source_contact = fields.String(required=True, allow_none=True)
    transcript = fields.String(required=True)
    assignments = fields.List(fields.String(), required=True)
    uploaded_by = fields.Nested(InterviewPersonSchema, required=True)
    checked_by = fields.Nested(InterviewPersonSchema, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)
