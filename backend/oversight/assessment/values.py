"""The form of a rule set's values: every number there is, each within bounds, none left out and none besides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, fields

from backend.forms import Choice, Form, Number, Pattern, Size
from backend.oversight.assessment.ruleset import GRADES, LEVELS, SEVERITIES, STEPS, TYPES

_DECIMAL = r"^[0-9]{1,4}(\.[0-9]{1,3})?$"
_ABOVE_ZERO = r"^(?!0+(\.0+)?$)[0-9]{1,4}(\.[0-9]{1,3})?$"
_FRACTION = r"^(0(\.[0-9]{1,3})?|1(\.0{1,3})?)$"
_MEDIA = ["app", "wechat", "weibo", "newspaper", "broadcast", "syndication", "webhook"]


def _text(pattern: str = _DECIMAL, **more: Any) -> fields.String:
    return fields.String(required=True, validate=Pattern(pattern), metadata={"pattern": pattern}, **more)


def _number(low: int, high: int) -> Number:
    return Number(low, high, required=True)


def _each(names: Iterable[str], name: str, make: Any = _text) -> type[Schema]:
    return Form.from_dict({one: make() for one in names}, name=name)


def _part(form: type[Schema]) -> fields.Nested:
    return fields.Nested(form, required=True)


class TypeLimitsForm(Form):
    """From how many characters or pictures on a story is of which type, where it has no film and is no broadcast."""

    brief_below_chars = _number(0, 100_000)
    in_depth_from_chars = _number(1, 1_000_000)
    photo_set_from_images = _number(1, 100)
    photo_set_below_chars = _number(0, 100_000)


class KindsForm(Form):
    """What each further kind adds, as a part of one, and the most that all of them add."""

    edited = _text(_FRACTION)
    mechanical = _text(_FRACTION)
    cap = _text()


class TimeForm(Form):
    """What being in time adds, what each started stretch of lateness takes, and the most that it takes."""

    in_time = _text(_FRACTION)
    late = _text(_FRACTION)
    late_minutes = _number(1, 1440)
    floor = _text()


class MobileForm(Form):
    """What a first receipt on one of these media is worth."""

    points = _text()
    media = fields.List(Choice(_MEDIA), required=True, validate=Size(min=1, max=7))


class ReachForm(Form):
    """`min(cap, factor × log10(1 + V / divisor))`, where V is `scale` times the mean of reads against the median."""

    factor = _text()
    cap = _text()
    scale = _text()
    divisor = _text(_ABOVE_ZERO)


class CheckerForm(Form):
    """What passing a step within its time is worth, what findings are, and how fast nobody can read."""

    review = _text()
    proof_per_1000_chars = _text()
    finding = _text()
    finding_cap = _text()
    read_floor_ms_per_1000_chars = _number(0, 3_600_000)
    sla_minutes = _part(_each(STEPS, "StepMinutesForm", lambda: _number(1, 10_080)))


class OtherForm(Form):
    """A lead that became a topic, a shift, and arriving at an emergency in time."""

    lead = _text()
    shift = _text()
    on_site = _text()
    on_site_minutes = _number(1, 1440)


class PenaltyForm(Form):
    """What an error costs by severity; the authors' part, that of each of the six steps; who reports their own."""

    severity = _part(_each(SEVERITIES, "SeverityPointsForm"))
    authors = _text(_FRACTION)
    step = _text(_FRACTION)
    self_reported = _text(_FRACTION)


class RuleValuesForm(Form):
    """All numbers of the assessment; decimals are text."""

    base = _part(_each(TYPES, "TypePointsForm"))
    grade = _part(_each(GRADES, "GradeFactorsForm"))
    usual_grade = Choice(list(GRADES), required=True)
    types = _part(TypeLimitsForm)
    kinds = _part(KindsForm)
    time = _part(TimeForm)
    mobile = _part(MobileForm)
    reach = _part(ReachForm)
    checker = _part(CheckerForm)
    other = _part(OtherForm)
    penalty = _part(PenaltyForm)
    pickup = _part(_each(LEVELS, "PickupPointsForm"))
    public_days = _number(1, 30)
