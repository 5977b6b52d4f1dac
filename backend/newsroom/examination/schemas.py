"""Shapes of examinations, reports and the dictionary."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Choice, Day, Flag, Form, Id, Number, Size, Text, Timestamp
from backend.newsroom.editing.schemas import TextChangeSchema
from backend.newsroom.examination import rules


class ResolutionForm(Form):
    """What the examiner did about a finding: `kept` needs a reason, `fixed` must be true."""

    id = Id(required=True)
    resolution = Choice(["fixed", "kept"], required=True)
    reason = Text(at_most=300, at_least=0, load_default="")


class PassForm(Form):
    """A pass over the text with this hash, which is the one that was read. R2 may grade a story; else it is a C."""

    hash = Id(required=True)
    read_ms = Number(0, 86_400_000)
    grade = Choice(rules.GRADES)
    comment = Text(at_most=1000, at_least=0, load_default="")
    findings = fields.List(fields.Nested(ResolutionForm), validate=Size(max=500))


class ReturnForm(Form):
    """Why a text goes back: the category, the words, and the block it is about."""

    category = Choice(list(rules.CATEGORIES), required=True)
    comment = Text(at_most=1000, required=True)
    block_id = Id(allow_none=True)
    read_ms = Number(0, 86_400_000)


class FixForm(Form):
    """A few characters of one block, or of `headline`, `subtitle` or `summary`: `old` must stand there exactly once."""

    block_id = Id(allow_none=True)
    field = Choice(["headline", "subtitle", "summary", "body"])
    old = Text(at_most=200, required=True)
    new = Text(at_most=200, at_least=0, required=True)


class OpinionForm(Form):
    """A question to an expert outside the house; the link holds for so many hours."""

    expert = Text(at_most=100, required=True)
    question = Text(at_most=500, required=True)
    hours = Number(1, 168, load_default=rules.OPINION_HOURS)


class AnswerForm(Form):
    """An expert's answer."""

    text = Text(at_most=2000, required=True)


class ExaminerSchema(Schema):
    """Who it was: the account, the name, and the person behind the account."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    person = fields.String(required=True)


class ThingSchema(Schema):
    """What something is about."""

    kind = fields.String(required=True)
    id = fields.String(required=True)


class ExamStepSchema(Schema):
    """One step of one round."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    round = fields.Integer(required=True)
    state = fields.String(required=True)
    actor = fields.Nested(ExaminerSchema, required=True, allow_none=True)
    opened_at = Timestamp(required=True, allow_none=True)
    claimed_at = Timestamp(required=True, allow_none=True)
    decided_at = Timestamp(required=True, allow_none=True)
    hash = fields.String(required=True, allow_none=True)
    findings = fields.List(fields.Dict(), required=True)
    edits = fields.List(fields.Dict(), required=True)
    category = fields.String(required=True, allow_none=True)
    block_id = fields.String(required=True, allow_none=True)
    comment = fields.String(required=True)
    read_ms = fields.Integer(required=True, allow_none=True)
    grade = fields.String(required=True, allow_none=True)
    allowed = fields.List(fields.String(), required=True)


class OpinionSchema(Schema):
    """What an expert was asked, and answered."""

    id = fields.String(required=True)
    expert = fields.String(required=True)
    question = fields.String(required=True)
    asked_by = fields.Nested(ExaminerSchema, required=True)
    asked_at = Timestamp(required=True)
    expires_at = Timestamp(required=True)
    text = fields.String(required=True, allow_none=True)
    given_at = Timestamp(required=True, allow_none=True)


class StoryBriefSchema(Schema):
    """The story an examination belongs to."""

    id = fields.String(required=True)
    headline = fields.String(required=True)


class ExamSchema(Schema):
    """An examination with all its steps."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True)
    lane = fields.String(required=True)
    policy = fields.String(required=True)
    target = fields.Nested(ThingSchema, required=True)
    story = fields.Nested(StoryBriefSchema, required=True)
    text_version = fields.Integer(required=True)
    content_hash = fields.String(required=True)
    round = fields.Integer(required=True)
    step = fields.String(required=True, allow_none=True)
    steps = fields.List(fields.Nested(ExamStepSchema), required=True)
    earlier = fields.List(fields.Nested(ExamStepSchema), required=True)
    reason = fields.String(required=True, allow_none=True)
    opened_by = fields.Nested(ExaminerSchema, required=True)
    opened_at = Timestamp(required=True)
    opener = fields.Nested(ExaminerSchema, required=True, allow_none=True)
    signed_by = fields.Nested(ExaminerSchema, required=True, allow_none=True)
    signed_at = Timestamp(required=True, allow_none=True)
    signed_hash = fields.String(required=True, allow_none=True)
    opinions = fields.List(fields.Nested(OpinionSchema), required=True)
    review_due = Timestamp(required=True, allow_none=True)
    overdue_at = Timestamp(required=True, allow_none=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class ProofSchema(Schema):
    """One event of the log, with its place in the chain."""

    seq = fields.Integer(required=True)
    at = Timestamp(required=True)
    type = fields.String(required=True)
    actor = fields.Nested(ExaminerSchema, required=True)
    acting_role = fields.String(required=True)
    data = fields.Dict(required=True)
    prev_hash = fields.String(required=True)
    hash = fields.String(required=True)


class ProvenExamSchema(ExamSchema):
    """An examination with what changed since it was last decided on, and its events from the log."""

    changes = fields.List(fields.Nested(TextChangeSchema), required=True)
    proof = fields.List(fields.Nested(ProofSchema), required=True)


class ClaimSchema(Schema):
    """The step that an examination waits at, for the one who asks: free to take, in their own hands, or why not."""

    id = fields.String(required=True, metadata={"description": "The examination."})
    step = fields.String(required=True)
    due = Timestamp(required=True)
    may = fields.Boolean(required=True)
    mine = fields.Boolean(required=True)
    code = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True, allow_none=True)
    needs = fields.String(required=True, allow_none=True)


class ClaimListSchema(Schema):
    """The steps that are open now, those that are due first at the top."""

    items = fields.List(fields.Nested(ClaimSchema), required=True)


class CheckReportSchema(Schema):
    """What the text aids found: each finding with its rule, level, span, suggestion and the reason in words."""

    id = fields.String(required=True)
    target = fields.Nested(ThingSchema, required=True)
    hash = fields.String(required=True)
    dictionary_version = fields.Integer(required=True)
    at = Timestamp(required=True)
    blocks = fields.Integer(required=True)
    warnings = fields.Integer(required=True)
    findings = fields.List(fields.Dict(), required=True)


class InvitationSchema(Schema):
    """A question to an expert, with the link that opens it: shown once, now."""

    id = fields.String(required=True)
    expert = fields.String(required=True)
    expires_at = Timestamp(required=True)
    url = fields.String(required=True)


class QuestionSchema(Schema):
    """What an expert gets to read."""

    expert = fields.String(required=True)
    question = fields.String(required=True)
    headline = fields.String(required=True)
    text = fields.String(required=True)
    expires_at = Timestamp(required=True)


class WordForm(Form):
    """A word of the dictionary: what kind, how grave, what to write instead; `sound` finds it by its sound too.

    `except` lists longer words in which it is right.
    """

    id = Id()
    text = Text(at_most=60, required=True)
    kind = Choice(["sensitive", "banned", "wrong", "advert"], required=True)
    level = Choice(["block", "warn", "info"], required=True)
    category = Text(at_most=40, at_least=0, load_default="")
    suggestion = Text(at_most=100, allow_none=True, load_default=None)
    why = Text(at_most=200, allow_none=True, load_default=None)
    sound = Flag(load_default=False)
    except_ = fields.List(Text(at_most=60), validate=Size(max=50), data_key="except")


class OfficialForm(Form):
    """A person with a title, from a day until another; `order` is the place in enumerations of leaders."""

    id = Id()
    name = Text(at_most=40, required=True)
    title = Text(at_most=60, required=True)
    from_ = Day(data_key="from", allow_none=True, load_default=None)
    to = Day(allow_none=True, load_default=None)
    order = Number(1, 999, allow_none=True, load_default=None)


class SampleForm(Form):
    """A text, and the rules that must be found in it."""

    id = Id()
    text = Text(at_most=500, required=True)
    expect = fields.List(Id(), validate=Size(max=10), required=True)


class DictionaryForm(Form):
    """A new draft of the dictionary, begun from the one in use."""

    note = Text(at_most=300, required=True)


class DictionaryChangeForm(Form):
    """Entries to add (or, with a known id, to replace) and ids to remove."""

    words = fields.List(fields.Nested(WordForm), validate=Size(max=2000))
    persons = fields.List(fields.Nested(OfficialForm), validate=Size(max=500))
    samples = fields.List(fields.Nested(SampleForm), validate=Size(max=500))
    remove = fields.List(Id(), validate=Size(max=2000))


class DictionarySchema(Schema):
    """One version of the dictionary, without its entries."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    number = fields.Integer(required=True, allow_none=True)
    state = fields.String(required=True)
    note = fields.String(required=True)
    hash = fields.String(required=True)
    words = fields.Integer(required=True)
    persons = fields.Integer(required=True)
    samples = fields.Integer(required=True)
    editors = fields.List(fields.Nested(ExaminerSchema), required=True)
    test = fields.Dict(required=True, allow_none=True)
    activated_by = fields.Nested(ExaminerSchema, required=True, allow_none=True)
    activated_at = Timestamp(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class EntriesSchema(Schema):
    """Entries of a version: those that contain what was asked for."""

    words = fields.List(fields.Dict(), required=True)
    persons = fields.List(fields.Dict(), required=True)
    samples = fields.List(fields.Dict(), required=True)
    more = fields.Boolean(required=True)


class ScanHitReasonForm(Form):
    """Why a hit is no matter."""

    reason = Text(at_most=300, required=True)


class ScanHitSchema(Schema):
    """A live article in which a version of the dictionary found something, and the case it was turned into."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    version = fields.Integer(required=True)
    article = fields.String(required=True)
    headline = fields.String(required=True)
    findings = fields.List(fields.Dict(), required=True)
    at = Timestamp(required=True)
    state = fields.String(required=True, metadata={"enum": list(rules.SCAN_HIT.states)})
    state_name = fields.String(required=True)
    case = fields.String(required=True, allow_none=True)
    decided_by = fields.Nested(ExaminerSchema, required=True, allow_none=True)
    decided_at = Timestamp(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    allowed = fields.List(fields.String(), required=True)
