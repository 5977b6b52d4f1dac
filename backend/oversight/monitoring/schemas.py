"""Shapes of monitoring: items, rules, alerts, doubts, looks, latencies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validates_schema

from backend.form_errors import fault
from backend.forms import Choice, Form, Id, Moment, Number, Pattern, Shape, Size, Text
from backend.newsroom.planning.rules import CLASSES
from backend.oversight.monitoring import rules
from backend.publishing.limits import BOUNDS
from backend.publishing.rules import SEVERITIES

MAX_HEAT = 1_000_000_000
MAX_BATCH = 200
MAX_MINUTES = 10_080
_URL_PATTERN = "^https?://[!-~]{1,480}$"


class WebAddress(fields.String):
    """An address on the web, http or https, as a browser shows it in ASCII."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=Pattern(_URL_PATTERN), **kwargs)


def _words(at_least: int = 0) -> fields.List[Any]:
    return fields.List(Text(at_most=20), validate=Size(min=at_least, max=50))


# ── items ──


class OpinionItemForm(Form):
    """Something said in public. `at` is when its heat was read, now unless given."""

    source = Text(at_most=60, required=True)
    url = WebAddress(required=True)
    text = Text(at_most=4000, required=True)
    heat = Number(0, MAX_HEAT, required=True)
    stance = Choice(list(rules.STANCES), load_default="neutral")
    topic_ref = Id(allow_none=True)
    at = Moment()


class OpinionsForm(Form):
    """One item or a batch of them."""

    items = fields.List(fields.Nested(OpinionItemForm), required=True, validate=Size(min=1, max=MAX_BATCH))


# ── rules ──


class GrowthForm(Form):
    """Heat has to rise by `by` within `minutes`."""

    by = Number(1, MAX_HEAT, required=True)
    minutes = Number(1, MAX_MINUTES, required=True)


class Growth(fields.Field[Any]):
    """Growth, or null for none; as a nested form that may be null it would be any object in the document."""

    def __init__(self, **kwargs: Any) -> None:
        heat = {"type": "integer", "minimum": 1, "maximum": MAX_HEAT}
        minutes = {"type": "integer", "minimum": 1, "maximum": MAX_MINUTES}
        shape = {"type": "object", "properties": {"by": heat, "minutes": minutes}, "required": ["by", "minutes"]}
        super().__init__(allow_none=True, metadata=shape | {"additionalProperties": False}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise fault("wrong_type", "增幅要写 {by, minutes}。")
        return GrowthForm().load(value)


class _RuleFields(Form):
    words = _words()
    all_words = _words()
    not_words = _words()
    where = Choice(list(rules.WHERE))
    towns = fields.List(Id(), validate=Size(max=50))
    places = _words()
    stances = fields.List(Choice(list(rules.STANCES)), validate=Size(max=3))
    min_heat = Number(0, MAX_HEAT)
    growth = Growth()
    level = Choice(list(rules.LEVELS))


_HEAT = ("min_heat", "growth", "stances", "level")
_PLACE = ("where", "towns", "places")
_WHAT = ("not_words", *_HEAT, *_PLACE)


class OpinionRuleForm(_RuleFields):
    """A new rule; it asks for at least one word, in `words` or `all_words`."""

    SHAPES = (
        Shape(("name", "words"), ("all_words", "state", "reason", *_WHAT)),
        Shape(("name", "all_words"), ("words", "state", "reason", *_WHAT)),
    )

    words = _words(at_least=1)
    all_words = _words(at_least=1)
    name = Text(at_most=60, required=True)
    state = Choice(list(rules.RULE.states), load_default="active")
    reason = Text(at_most=300)


class OpinionRulePatch(_RuleFields):
    """Changing a rule; what is left out stays. `growth: null` asks for none any more."""

    AT_LEAST_ONE = True

    name = Text(at_most=60)
    reason = Text(at_most=300)


class RuleTrialForm(_RuleFields):
    """A rule to be tried on the last items that there are."""

    SHAPES = (
        Shape(("words",), ("all_words", "last", *_WHAT)),
        Shape(("all_words",), ("words", "last", *_WHAT)),
    )

    words = _words(at_least=1)
    all_words = _words(at_least=1)
    last = Number(1, 500, load_default=200)


class MonitoringReasonForm(Form):
    """Why."""

    reason = Text(at_most=300, required=True)


class PlacesForm(Form):
    """What places of a town are called."""

    names = fields.List(Text(at_most=20), required=True, validate=Size(max=200))


# ── alerts ──


class TriageForm(Form):
    """How urgent it is, and a note for who takes it over."""

    level = Choice(list(rules.LEVELS))
    note = Text(at_most=500)


class AlertAssignForm(Form):
    """Who is to see to it."""

    owner = Id(required=True)
    note = Text(at_most=500)


class AlertNoteForm(Form):
    """A note."""

    note = Text(at_most=500)


class AlertLinkForm(Form):
    """What an alert is turned into: something new, or (`thing`) what is there already."""

    SHAPES = (
        Shape(("kind", "thing"), fixed={"kind": ["topic", "lead", "case", "request"]}),
        Shape(("kind",), ("title", "angle", "why", "class", "priority"), fixed={"kind": ["topic"]}),
        Shape(("kind",), ("title", "place"), fixed={"kind": ["lead"]}),
        Shape(("kind", "story"), ("severity", "reason"), fixed={"kind": ["case"]}),
        Shape(("kind", "text", "url"), ("at",), fixed={"kind": ["reply"]}),
    )

    kind = Choice(list(rules.LINK_KINDS), required=True)
    thing = Id()
    title = Text(at_most=100)
    angle = Text(at_most=500)
    why = Text(at_most=500)
    class_ = Choice(list(CLASSES), data_key="class")
    priority = Number(1, 5)
    place = Text(at_most=100)
    story = Id()
    severity = Choice(list(SEVERITIES))
    reason = Text(at_most=300)
    text = Text(at_most=2000)
    url = WebAddress()
    at = Moment()

    @validates_schema
    def fit_a_shape(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse what goes with another kind, and demand what goes with this one."""
        given = {"class" if name == "class_" else name for name in data}
        shapes = [shape for shape in self.SHAPES if data["kind"] in shape.fixed["kind"]]
        if "thing" in given:
            shapes = [shape for shape in shapes if "thing" in shape.needs]
        else:
            shapes = [shape for shape in shapes if "thing" not in shape.needs] or shapes
        if not shapes:
            raise _of("thing", "unknown_field", "这种处置不指向已有的东西。")
        shape = shapes[0]
        for name in shape.needs:
            if name not in given:
                raise _of(name, "missing", "必须填写。")
        for name in sorted(given - {*shape.needs, *shape.may}):
            raise _of(name, "unknown_field", "这种处置没有这个字段。")


def _of(field: str, code: str, words: str) -> Any:
    error = fault(code, words)
    return type(error)({field: error.messages})


class HitCorrectForm(Form):
    """How grave it is, and why."""

    severity = Choice(list(SEVERITIES))
    reason = Text(at_most=300)


class LimitsForm(Form):
    """The figures at which monitoring speaks up; what is left out stays."""

    AT_LEAST_ONE = True

    spike_factor = Number(*BOUNDS["spike_factor"])
    spike_floor = Number(*BOUNDS["spike_floor"])
    few_devices_percent = Number(*BOUNDS["few_devices_percent"])
    latency_app_s = Number(*BOUNDS["latency_app_s"])
    latency_own_media_s = Number(*BOUNDS["latency_own_media_s"])
    latency_other_s = Number(*BOUNDS["latency_other_s"])
