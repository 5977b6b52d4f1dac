"""Shapes of items and windows, as an office writes them and as everybody reads them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from backend.catalogue.rules import CATEGORIES, EVENTS, FORMS
from backend.forms import Choice, Coordinate, Day, Flag, Form, Id, Number, Pattern, Size, Text, Timestamp

_URL = r"^https?://[!-~]{1,480}$"
_HOUR = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


def _lines(at_most: int, **kwargs: Any) -> fields.List[Any]:
    return fields.List(Text(at_most=300), validate=Size(max=at_most), **kwargs)


def _many(form: type[Form], at_most: int, **kwargs: Any) -> fields.List[Any]:
    return fields.List(fields.Nested(form), validate=Size(max=at_most), **kwargs)


def _url(**kwargs: Any) -> fields.String:
    return fields.String(validate=Pattern(_URL), allow_none=True, **kwargs)


class BringForm(Form):
    """One thing to bring."""

    name = Text(at_most=100, required=True)
    form = Choice(list(FORMS), required=True)
    count = Number(1, 99, required=True)
    where = Text(at_most=200, allow_none=True, load_default=None)
    required = Flag(load_default=True)


class WayStepForm(Form):
    """One step of the way."""

    title = Text(at_most=60, required=True)
    text = Text(at_most=500, required=True)


class CatalogueFeeForm(Form):
    """What something costs, with its unit, as people say it."""

    name = Text(at_most=60, required=True)
    amount = Text(at_most=60, required=True)


class CatalogueQuestionForm(Form):
    """A question that is often asked, and its answer."""

    question = Text(at_most=200, required=True)
    answer = Text(at_most=1000, required=True)


class _ItemFields(Form):
    summary = Text(at_most=300)
    conditions = _lines(20)
    materials = _many(BringForm, 30)
    steps = _many(WayStepForm, 20)
    statutory_days = Number(0, 365)
    promised_days = Number(0, 365)
    fees = _many(CatalogueFeeForm, 10)
    legal_basis = _lines(20)
    windows = fields.List(Id(), validate=Size(max=20))
    online_url = _url()
    phone = Text(at_most=40, allow_none=True)
    questions = _many(CatalogueQuestionForm, 20)
    service = Id(allow_none=True)


class CatalogueItemForm(_ItemFields):
    """Something that an office does for people. `service` is what one can ask for in a request about it."""

    office = Id()
    title = Text(at_most=60, required=True)
    category = Choice(list(CATEGORIES), required=True)
    event = Choice(list(EVENTS), allow_none=True)
    summary = Text(at_most=300, required=True)
    statutory_days = Number(0, 365, required=True)
    promised_days = Number(0, 365, required=True)


class CatalogueItemEditForm(_ItemFields):
    """Changing an item; what is left out stays as it is."""

    title = Text(at_most=60)
    category = Choice(list(CATEGORIES))
    event = Choice(list(EVENTS), allow_none=True)


class WindowHoursForm(Form):
    """From when to when, on a kind of day."""

    days = Choice(["workday", "saturday", "sunday"], required=True)
    opens = fields.String(required=True, validate=Pattern(_HOUR))
    closes = fields.String(required=True, validate=Pattern(_HOUR))


class WindowSpanForm(Form):
    """From when to when."""

    opens = fields.String(required=True, validate=Pattern(_HOUR))
    closes = fields.String(required=True, validate=Pattern(_HOUR))


class SpecialDayForm(Form):
    """A day that is unlike others; without hours the window is closed."""

    date = Day(required=True)
    hours = _many(WindowSpanForm, 6, load_default=list)
    note = Text(at_most=100, allow_none=True, load_default=None)


class _WindowFields(Form):
    address = Text(at_most=200)
    town = Id(allow_none=True)
    lat = Coordinate(90, allow_none=True)
    lon = Coordinate(180, allow_none=True)
    phone = Text(at_most=40, allow_none=True)
    hours = _many(WindowHoursForm, 12)
    special = _many(SpecialDayForm, 60)
    note = Text(at_most=300, allow_none=True)


class WindowForm(_WindowFields):
    """Where people are served, and when."""

    office = Id()
    title = Text(at_most=60, required=True)
    address = Text(at_most=200, required=True)


class WindowEditForm(_WindowFields):
    """Changing a window; what is left out stays as it is."""

    title = Text(at_most=60)


class CatalogueWithdrawForm(Form):
    """Taking an entry away; the reason is public."""

    reason = Text(at_most=300, required=True)


class CatalogueOfficeSchema(Schema):
    """An office, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class BringSchema(Schema):
    """One thing to bring; `words` say it on one line."""

    name = fields.String(required=True)
    form = fields.String(required=True)
    form_name = fields.String(required=True)
    count = fields.Integer(required=True)
    where = fields.String(required=True, allow_none=True)
    required = fields.Boolean(required=True)
    words = fields.String(required=True)


class WayStepSchema(Schema):
    """One step of the way."""

    title = fields.String(required=True)
    text = fields.String(required=True)


class CatalogueFeeSchema(Schema):
    """What something costs."""

    name = fields.String(required=True)
    amount = fields.String(required=True)


class CatalogueQuestionSchema(Schema):
    """A question that is often asked, and its answer."""

    question = fields.String(required=True)
    answer = fields.String(required=True)


class WindowHoursSchema(Schema):
    """From when to when, on a kind of day."""

    days = fields.String(required=True)
    opens = fields.String(required=True)
    closes = fields.String(required=True)


class SpecialDaySchema(Schema):
    """A day that is unlike others."""

    date = fields.String(required=True)
    hours = fields.List(fields.Dict(), required=True)
    note = fields.String(required=True, allow_none=True)


class WindowNowSchema(Schema):
    """Whether a window is open now, and what one can say about it."""

    open = fields.Boolean(required=True)
    opens_at = Timestamp(required=True, allow_none=True)
    closes_at = Timestamp(required=True, allow_none=True)
    words = fields.String(required=True)


class WindowSchema(Schema):
    """A window, with whether it is open now."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    office = fields.Nested(CatalogueOfficeSchema, required=True)
    title = fields.String(required=True)
    address = fields.String(required=True)
    town = fields.String(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    lon = fields.Float(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    hours = fields.List(fields.Nested(WindowHoursSchema), required=True)
    special = fields.List(fields.Nested(SpecialDaySchema), required=True)
    note = fields.String(required=True, allow_none=True)
    now = fields.Nested(WindowNowSchema, required=True)


class WindowListSchema(Schema):
    """Windows."""

    items = fields.List(fields.Nested(WindowSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class CatalogueCardSchema(Schema):
    """An item as lists show it."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    office = fields.Nested(CatalogueOfficeSchema, required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    category = fields.String(required=True)
    category_name = fields.String(required=True)
    event = fields.String(required=True, allow_none=True)
    event_name = fields.String(required=True, allow_none=True)
    statutory_days = fields.Integer(required=True)
    promised_days = fields.Integer(required=True)
    time_words = fields.String(required=True)
    fee_words = fields.String(required=True)
    online_url = fields.String(required=True, allow_none=True)
    service = fields.String(required=True, allow_none=True)
    published_at = Timestamp(required=True)


class CatalogueItemSchema(CatalogueCardSchema):
    """A whole item, with its windows as they are now."""

    conditions = fields.List(fields.String(), required=True)
    materials = fields.List(fields.Nested(BringSchema), required=True)
    steps = fields.List(fields.Nested(WayStepSchema), required=True)
    fees = fields.List(fields.Nested(CatalogueFeeSchema), required=True)
    legal_basis = fields.List(fields.String(), required=True)
    phone = fields.String(required=True, allow_none=True)
    questions = fields.List(fields.Nested(CatalogueQuestionSchema), required=True)
    windows = fields.List(fields.Nested(WindowSchema), required=True)


class CataloguePersonSchema(Schema):
    """A colleague, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class CatalogueEntrySchema(Schema):
    """An item or a window as its office works on it: what is public, what waits, and what can be done now."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    version = fields.Integer(required=True)
    office = fields.Nested(CatalogueOfficeSchema, required=True)
    title = fields.String(required=True)
    content = fields.Dict(required=True, allow_none=True)
    draft = fields.Dict(required=True, allow_none=True)
    draft_author = fields.Nested(CataloguePersonSchema, required=True, allow_none=True)
    approved_by = fields.Nested(CataloguePersonSchema, required=True, allow_none=True)
    published_at = Timestamp(required=True, allow_none=True)
    withdrawn_reason = fields.String(required=True, allow_none=True)
    allowed = fields.List(fields.String(), required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
