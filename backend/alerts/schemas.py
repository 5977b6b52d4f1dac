"""Shapes of alerts. Inside a CAP message the names are CAP's own, so that what one knows of CAP holds here too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate

from backend.alerts import words
from backend.alerts.rules import REFERENCE_PATTERN, TIME_PATTERN, AlertState, MessageState, cap_time
from backend.district.datum import Datum
from backend.form_errors import fault
from backend.forms import Choice, Coordinate, Form, Pattern, Size, Text, Timestamp

_LAT = r"-?(90(\.0{1,8})?|[1-8]?[0-9](\.[0-9]{1,8})?)"
_LON = r"-?(180(\.0{1,8})?|(1[0-7][0-9]|[1-9]?[0-9])(\.[0-9]{1,8})?)"
# At least a pair; how many there must be, and that they close, is said in words by the rules.
POLYGON_PATTERN = rf"^{_LAT},{_LON}( {_LAT},{_LON}){{3,199}}$"
CIRCLE_PATTERN = rf"^{_LAT},{_LON} (500(\.0{{1,3}})?|[1-4]?[0-9]?[0-9](\.[0-9]{{1,3}})?)$"
_WEB_PATTERN = "^https?://[!-~]{1,480}$"


class CapTime(fields.String):
    """A moment as CAP writes it: whole seconds and a numeric zone. Kept in the time of the house."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"format": "date-time", "pattern": f"^{TIME_PATTERN}$"}, **kwargs)
        self._form = Pattern(f"^{TIME_PATTERN}$")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            self._form(text)
            return cap_time(datetime.fromisoformat(text))
        except ValueError:
            raise fault("invalid", "要写成 2026-08-02T09:30:00+08:00：带数字时区，不用 Z，不带小数秒。") from None


class _Named(Pattern):
    """A pattern that says in words what it wants."""

    def __init__(self, pattern: str, wants: str) -> None:
        super().__init__(pattern)
        self._wants = wants

    def __call__(self, value: Any) -> Any:
        """Check."""
        if not self._whole.fullmatch(value):
            raise fault("invalid", self._wants)
        return value


_POLYGON = _Named(POLYGON_PATTERN, "多边形写成“纬度,经度 纬度,经度 …”，WGS-84，至少四个点，首尾相同，最多 200 个点。")
_CIRCLE = _Named(CIRCLE_PATTERN, "圆写成“纬度,经度 半径”，WGS-84，半径单位公里，最大 500。")
_REFERENCE = _Named(REFERENCE_PATTERN, "写被引用预警的 identifier，或“sender,identifier,sent”，不能有空格、< 和 &。")
_ADDRESS = Pattern("^[!-~]{1,120}$")


def _several(inner: fields.Field[Any], at_most: int) -> fields.List[Any]:
    return fields.List(inner, validate=Size(max=at_most), load_default=list)


class GeocodeForm(Form):
    """A code of a place. With `valueName` "town" the value is a town's id; other codes are passed on as they are."""

    valueName = Text(at_most=40, required=True)  # noqa: N815  # CAP's own name, as all such below
    value = Text(at_most=64, required=True)


class AreaForm(Form):
    """Where: in words, and as polygons, circles or codes."""

    areaDesc = Text(at_most=200, required=True)  # noqa: N815
    polygon = _several(fields.String(validate=_POLYGON), 20)
    circle = _several(fields.String(validate=_CIRCLE), 20)
    geocode = _several(fields.Nested(GeocodeForm), 30)


class InfoForm(Form):
    """What is the matter, in one language."""

    language = Choice(words.LANGUAGES, load_default="zh-CN")
    category = fields.List(Choice(words.CATEGORIES), required=True, validate=Size(min=1, max=4))
    event = Text(at_most=60, required=True)
    responseType = _several(Choice(words.RESPONSES), 4)  # noqa: N815
    urgency = Choice(words.URGENCIES, required=True)
    severity = Choice(words.SEVERITIES, required=True)
    certainty = Choice(words.CERTAINTIES, required=True)
    effective = CapTime()
    onset = CapTime()
    expires = CapTime()
    headline = Text(at_most=100, required=True)
    description = Text(at_most=2000)
    instruction = Text(at_most=2000)
    web = fields.String(validate=Pattern(_WEB_PATTERN))
    contact = Text(at_most=100)
    area = _several(fields.Nested(AreaForm), 20)


class CapMessageForm(Form):
    """Drafting a message. `office` may be left out by a clerk of one office; `sender` and `identifier` are ours."""

    office = fields.String(validate=Pattern("^[0-9A-Za-z_-]{1,64}$"))
    status = Choice([str(one) for one in words.Status], load_default="Actual")
    msgType = Choice([str(one) for one in words.MsgType], required=True)  # noqa: N815
    scope = Choice([str(one) for one in words.Scope], load_default="Public")
    restriction = Text(at_most=200, allow_none=True, load_default=None)
    addresses = _several(fields.String(validate=_ADDRESS), 50)
    note = Text(at_most=500, allow_none=True, load_default=None)
    references = _several(fields.String(validate=_REFERENCE), 50)
    info = _several(fields.Nested(InfoForm), 2)


class CapMessageEditForm(Form):
    """Changing a draft; what is left out stays as it is."""

    AT_LEAST_ONE = True

    status = Choice([str(one) for one in words.Status])
    scope = Choice([str(one) for one in words.Scope])
    restriction = Text(at_most=200, allow_none=True)
    addresses = fields.List(fields.String(validate=_ADDRESS), validate=Size(max=50))
    note = Text(at_most=500, allow_none=True)
    references = fields.List(fields.String(validate=_REFERENCE), validate=Size(max=50))
    info = fields.List(fields.Nested(InfoForm), validate=Size(max=2))


class AloneForm(Form):
    """Issuing without a second person, under the duty rule."""

    reason = Text(at_most=300, required=True)


class AlertReviewForm(Form):
    """Looking afterwards at what was issued alone."""

    outcome = Choice(["upheld", "faulted"], required=True)
    words = Text(at_most=500, required=True)


# ── what goes out ──


class GeocodeSchema(Schema):
    """A code of a place."""

    valueName = fields.String(required=True)  # noqa: N815
    value = fields.String(required=True)


class AlertAreaSchema(Schema):
    """Where: polygons are "lat,lon lat,lon …", closed; circles "lat,lon radius" with kilometres; WGS-84."""

    areaDesc = fields.String(required=True)  # noqa: N815
    polygon = fields.List(fields.String(), required=True)
    circle = fields.List(fields.String(), required=True)
    geocode = fields.List(fields.Nested(GeocodeSchema), required=True)


class AlertInfoSchema(Schema):
    """What is the matter, in one language. A phone takes the banner down by itself when `expires` has come."""

    language = fields.String(required=True, validate=validate.OneOf(words.LANGUAGES))
    category = fields.List(fields.String(), required=True)
    event = fields.String(required=True)
    responseType = fields.List(fields.String(), required=True)  # noqa: N815
    urgency = fields.String(required=True)
    severity = fields.String(required=True)
    certainty = fields.String(required=True)
    effective = Timestamp()
    onset = Timestamp()
    expires = Timestamp()
    headline = fields.String(required=True)
    description = fields.String()
    instruction = fields.String()
    web = fields.String()
    contact = fields.String()
    area = fields.List(fields.Nested(AlertAreaSchema), required=True)


class AlertOfficeSchema(Schema):
    """The office that warns."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class AlertMessageSchema(Schema):
    """One message of a warning, with the address of its CAP file."""

    identifier = fields.String(required=True)
    sent = Timestamp(required=True)
    msgType = fields.String(required=True)  # noqa: N815
    headline = fields.String(required=True, allow_none=True)
    cap = fields.String(required=True)


class PublicAlertSchema(Schema):
    """A warning as it stands: the message that holds, and all there were, newest first."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(state) for state in AlertState]))
    office = fields.Nested(AlertOfficeSchema, required=True)
    towns = fields.List(fields.String(), required=True)
    identifier = fields.String(required=True)
    sender = fields.String(required=True)
    sent = Timestamp(required=True)
    status = fields.String(required=True)
    msgType = fields.String(required=True)  # noqa: N815
    scope = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)
    references = fields.List(fields.String(), required=True)
    info = fields.List(fields.Nested(AlertInfoSchema), required=True)
    expires = Timestamp(required=True, allow_none=True)
    ended_at = Timestamp(required=True, allow_none=True)
    merged_into = fields.String(required=True, allow_none=True)
    messages = fields.List(fields.Nested(AlertMessageSchema), required=True)


class AlertPersonSchema(Schema):
    """A colleague, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class AlertReviewSchema(Schema):
    """The look afterwards at what was issued alone. It is red while it is pending."""

    state = fields.String(required=True, validate=validate.OneOf(["pending", "done"]))
    due = Timestamp(required=True)
    by = fields.Nested(AlertPersonSchema, required=True, allow_none=True)
    at = Timestamp(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True)
    words = fields.String(required=True, allow_none=True)


class CapMessageSchema(Schema):
    """A message as its office sees it."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(state) for state in MessageState]))
    alert = fields.String(required=True, allow_none=True)
    office = fields.Nested(AlertOfficeSchema, required=True)
    identifier = fields.String(required=True)
    sender = fields.String(required=True)
    sent = Timestamp(required=True, allow_none=True)
    status = fields.String(required=True)
    msgType = fields.String(required=True)  # noqa: N815
    scope = fields.String(required=True)
    restriction = fields.String(required=True, allow_none=True)
    addresses = fields.List(fields.String(), required=True)
    note = fields.String(required=True, allow_none=True)
    references = fields.List(fields.String(), required=True)
    info = fields.List(fields.Nested(AlertInfoSchema), required=True)
    author = fields.Nested(AlertPersonSchema, required=True)
    issued_by = fields.Nested(AlertPersonSchema, required=True, allow_none=True)
    alone = fields.Boolean(required=True)
    alone_reason = fields.String(required=True, allow_none=True)
    review = fields.Nested(AlertReviewSchema, required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


# ── a person's places ──


class PlaceForm(Form):
    """A place to be warned for. `datum` says what the degrees refer to; they are kept in WGS-84."""

    name = Text(at_most=30, required=True)
    lat = Coordinate(90, required=True)
    lon = Coordinate(180, required=True)
    datum = Choice([str(one) for one in Datum], load_default="wgs84")


class SavedPlaceSchema(Schema):
    """A place of one's own. `town` is null outside the district, where no warning of ours reaches."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    name = fields.String(required=True)
    lat = fields.Float(required=True)
    lon = fields.Float(required=True)
    town = fields.String(required=True, allow_none=True)


class SavedPlacesSchema(Schema):
    """All places of one's own."""

    items = fields.List(fields.Nested(SavedPlaceSchema), required=True)
    next = fields.String(required=True, allow_none=True)
