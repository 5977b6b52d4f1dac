"""Shapes of the inbox, devices and preferences."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from backend.accounts.schemas import LOCALES
from backend.form_errors import fault
from backend.forms import Choice, Flag, Form, Id, Pattern, Shape, Size, Timestamp

PLATFORMS = ["android", "ios", "web", "harmony"]


class DeviceForm(Form):
    """An installation of the app."""

    platform = Choice(PLATFORMS, required=True)
    push_token = fields.String(allow_none=True, validate=Pattern("^[!-~]{1,500}$"))
    locale = Choice(LOCALES, load_default="zh-CN")


class DeviceSchema(Schema):
    """A registered installation."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    platform = fields.String(required=True)
    locale = fields.String(required=True)
    can_ring = fields.Boolean(required=True)


class AboutSchema(Schema):
    """What an entry is about."""

    kind = fields.String(required=True)
    id = fields.String(required=True)


class BellSchema(Schema):
    """An entry of the inbox."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    about = fields.Nested(AboutSchema, required=True)
    at = Timestamp(required=True)
    read_at = Timestamp(required=True, allow_none=True)


class InboxSchema(Schema):
    """One page of the inbox."""

    items = fields.List(fields.Nested(BellSchema), required=True)
    next = fields.String(required=True, allow_none=True)
    unread = fields.Integer(required=True)


class PushRoundSchema(Schema):
    """How one version of a bell fared; `last_at` is when its last batch was handed over."""

    ver = fields.Integer(required=True)
    sent = fields.Integer(required=True)
    dead = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    last_at = Timestamp(required=True, allow_none=True)


class PushReportSchema(Schema):
    """How the pushes about a story fared; `pending` are jobs under way, `devices` those that can ring now."""

    sent = fields.Integer(required=True)
    dead = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    pending = fields.Integer(required=True)
    devices = fields.Integer(required=True)
    rounds = fields.List(fields.Nested(PushRoundSchema), required=True)


class ReadForm(Form):
    """Which entries were read: some, or all."""

    SHAPES = (Shape(("ids",), ("all",), fixed={"all": [False]}), Shape(("all",), fixed={"all": [True]}))

    ids = fields.List(Id(), validate=Size(min=1, max=500))
    all = Flag()

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        """Demand either `ids` or `all: true`."""
        if ("ids" in data) == (data.get("all") is True):
            raise ValidationError({"ids": fault("ambiguous", "要么给出 ids，要么 all 为 true。").messages})


class ReadSchema(Schema):
    """How many entries turned from unread to read."""

    read = fields.Integer(required=True)


class PreferenceForm(Form):
    """What to be told of."""

    breaking = Flag()
    notices = Flag()
    requests = Flag()


class PreferenceSchema(Schema):
    """What a person wants to be told of."""

    ver = fields.Integer(required=True)
    breaking = fields.Boolean(required=True)
    notices = fields.Boolean(required=True)
    requests = fields.Boolean(required=True)
