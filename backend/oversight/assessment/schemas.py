"""Shapes of the assessment: what is sent in, and what is answered."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Choice, Day, Form, Id, Number, Pattern, Text, Timestamp
from backend.oversight.assessment.figures import FIGURES
from backend.oversight.assessment.rows import RULES
from backend.oversight.assessment.rules import APPEAL, PERIOD, RULE_SET
from backend.oversight.assessment.ruleset import GRADES, LEVELS, TYPES
from backend.oversight.assessment.values import RuleValuesForm

# More or less than nothing, in thousandths of a point at the finest.
_ADJUSTMENT = r"^(?!-?0+(\.0+)?$)-?[0-9]{1,4}(\.[0-9]{1,3})?$"
_URL = "^https?://[!-~]{1,480}$"


class PeriodForm(Form):
    """A stretch of whole days, both ends included."""

    name = Text(at_most=60, required=True)
    first_day = Day(required=True)
    last_day = Day(required=True)


class AppealForm(Form):
    """What is wrong with one's own account; with which row, if it is one."""

    row = Number(1, 100_000_000)
    text = Text(at_most=1000, required=True)


class UpholdForm(Form):
    """By how many points an account is adjusted, up or down, and why."""

    amount = fields.String(required=True, validate=Pattern(_ADJUSTMENT), metadata={"pattern": _ADJUSTMENT})
    reason = Text(at_most=1000, required=True)


class DismissForm(Form):
    """Why an appeal is turned down."""

    reason = Text(at_most=1000, required=True)


class RuleSetForm(Form):
    """A draft: the rules in force, unless all values are given."""

    note = Text(at_most=300, required=True)
    values = fields.Nested(RuleValuesForm)


class RuleSetPatch(Form):
    """Another note, or other values, all of them."""

    AT_LEAST_ONE = True

    note = Text(at_most=300)
    values = fields.Nested(RuleValuesForm)


class TrialForm(Form):
    """The period that a draft is tried on."""

    period = Id(required=True)


class GradeForm(Form):
    """A grade by hand, and why; and what type the story is, where that is not to be seen from it."""

    grade = Choice(list(GRADES), required=True)
    story_type = Choice(list(TYPES))
    reason = Text(at_most=300, required=True)


class PickupForm(Form):
    """Which medium of which level has taken a story over, and where that is to be seen."""

    level = Choice(list(LEVELS), required=True)
    outlet = Text(at_most=100, required=True)
    url = fields.String(required=True, validate=Pattern(_URL))


class AssessmentPersonSchema(Schema):
    """Somebody of the house."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class PeriodSchema(Schema):
    """A period's header. `result_hash` is the SHA-256 of its rows, `up_to_seq` the last event that counts."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": list(PERIOD.states)})
    state_name = fields.String(required=True)
    name = fields.String(required=True)
    first_day = fields.String(required=True)
    last_day = fields.String(required=True)
    rule_set_version = fields.Integer(required=True)
    up_to_seq = fields.Integer(required=True, allow_none=True)
    result_hash = fields.String(required=True, allow_none=True)
    rows = fields.Integer(required=True)
    computed_by = fields.Nested(AssessmentPersonSchema, required=True, allow_none=True)
    computed_at = Timestamp(required=True, allow_none=True)
    published_at = Timestamp(required=True, allow_none=True)
    public_until = Timestamp(required=True, allow_none=True)
    sealed_by = fields.Nested(AssessmentPersonSchema, required=True, allow_none=True)
    sealed_at = Timestamp(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class RowThingSchema(Schema):
    """What a row is about."""

    kind = fields.String(required=True)
    id = fields.String(required=True)


class ScoreRowSchema(Schema):
    """One row: whose, for what, by which rule of which rule set, how much, from which numbers and which events."""

    number = fields.Integer(required=True)
    person = fields.String(required=True)
    name = fields.String(required=True)
    story = fields.String(required=True, allow_none=True)
    headline = fields.String(required=True, allow_none=True)
    thing = fields.Nested(RowThingSchema, required=True)
    desk = fields.String(required=True)
    rule = fields.String(required=True, metadata={"enum": list(RULES)})
    rule_name = fields.String(required=True)
    rule_set = fields.Integer(required=True)
    amount = fields.String(required=True)
    at = Timestamp(required=True)
    inputs = fields.Dict(required=True)
    event_seqs = fields.List(fields.Integer(), required=True)


class TotalSchema(Schema):
    """The plain sum of a person's rows."""

    person = fields.String(required=True)
    name = fields.String(required=True)
    total = fields.String(required=True)
    rows = fields.Integer(required=True)


class TotalsSchema(Schema):
    """Totals, highest first."""

    items = fields.List(fields.Nested(TotalSchema), required=True)


class RuleTotalSchema(Schema):
    """What one rule makes of somebody's work."""

    rule = fields.String(required=True)
    rule_name = fields.String(required=True)
    total = fields.String(required=True)
    rows = fields.Integer(required=True)


class AccountSchema(Schema):
    """A person's account in a period, with its rows by page."""

    period = fields.String(required=True)
    person = fields.String(required=True)
    name = fields.String(required=True)
    total = fields.String(required=True)
    rules = fields.List(fields.Nested(RuleTotalSchema), required=True)
    items = fields.List(fields.Nested(ScoreRowSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class FigureSchema(Schema):
    """A figure of a desk; `event_seqs` lists the first events behind it, `events` counts all."""

    name = fields.String(required=True, metadata={"enum": list(FIGURES)})
    words = fields.String(required=True)
    unit = fields.String(required=True)
    value = fields.Float(required=True, allow_none=True)
    numerator = fields.Integer(required=True)
    denominator = fields.Integer(required=True)
    event_seqs = fields.List(fields.Integer(), required=True)
    events = fields.Integer(required=True)
    link = fields.String(required=True)


class AssessedDeskSchema(Schema):
    """A desk in a period, or `all` of them. `total` is withheld where it would tell of a person."""

    desk = fields.String(required=True)
    people = fields.Integer(required=True)
    total = fields.String(required=True, allow_none=True)
    figures = fields.List(fields.Nested(FigureSchema), required=True)


class AssessedDesksSchema(Schema):
    """All desks."""

    items = fields.List(fields.Nested(AssessedDeskSchema), required=True)


class AppealSchema(Schema):
    """An appeal, with what came of it."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": list(APPEAL.states)})
    state_name = fields.String(required=True)
    period = fields.String(required=True)
    person = fields.String(required=True)
    name = fields.String(required=True)
    row = fields.Integer(required=True, allow_none=True)
    text = fields.String(required=True)
    filed_at = Timestamp(required=True)
    decided_by = fields.Nested(AssessmentPersonSchema, required=True, allow_none=True)
    decided_at = Timestamp(required=True, allow_none=True)
    decision = fields.String(required=True, allow_none=True)
    amount = fields.String(required=True, allow_none=True)
    allowed = fields.List(fields.String(), required=True)


class RuleSetSchema(Schema):
    """A rule set. `tried` says whether its last trial was of exactly these values."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    version = fields.Integer(required=True, allow_none=True)
    state = fields.String(required=True, metadata={"enum": list(RULE_SET.states)})
    state_name = fields.String(required=True)
    note = fields.String(required=True)
    values = fields.Dict(required=True)
    hash = fields.String(required=True)
    editors = fields.List(fields.Nested(AssessmentPersonSchema), required=True)
    trial = fields.String(required=True, allow_none=True)
    tried = fields.Boolean(required=True)
    adopted_by = fields.Nested(AssessmentPersonSchema, required=True, allow_none=True)
    adopted_at = Timestamp(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class TrialLineSchema(Schema):
    """What a person had, and would have."""

    person = fields.String(required=True)
    name = fields.String(required=True)
    old = fields.String(required=True)
    new = fields.String(required=True)
    difference = fields.String(required=True)
    old_rank = fields.Integer(required=True)
    new_rank = fields.Integer(required=True)


class TrialSchema(Schema):
    """A trial run: how many gain and lose, and each person, those who gain most first."""

    id = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": ["running", "done"]})
    rule_set = fields.String(required=True)
    period = fields.String(required=True)
    hash = fields.String(required=True)
    against = fields.Integer(required=True)
    up_to_seq = fields.Integer(required=True, allow_none=True)
    gain = fields.Integer(required=True)
    lose = fields.Integer(required=True)
    people = fields.List(fields.Nested(TrialLineSchema), required=True)
    by = fields.Nested(AssessmentPersonSchema, required=True)
    at = Timestamp(required=True)
    done_at = Timestamp(required=True, allow_none=True)


class GradeSchema(Schema):
    """A grade that was given by hand."""

    id = fields.String(required=True)
    grade = fields.String(required=True)
    story_type = fields.String(required=True, allow_none=True)
    type_name = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    by = fields.Nested(AssessmentPersonSchema, required=True)
    at = Timestamp(required=True)


class PickupSchema(Schema):
    """A medium that took a story over."""

    id = fields.String(required=True)
    level = fields.String(required=True)
    level_name = fields.String(required=True)
    outlet = fields.String(required=True)
    url = fields.String(required=True)
    by = fields.Nested(AssessmentPersonSchema, required=True)
    at = Timestamp(required=True)


class MarksSchema(Schema):
    """What was said of a story by hand, the latest first."""

    story = fields.String(required=True)
    grades = fields.List(fields.Nested(GradeSchema), required=True)
    pickups = fields.List(fields.Nested(PickupSchema), required=True)
