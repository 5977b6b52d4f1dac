"""Shapes of the inbox, devices and preferences."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from backend.accounts.schemas import LOCALES
from backend.form_errors import fault
from backend.forms import Choice, Flag, Form, Id, Number, Pattern, Shape, Size, Timestamp
from backend.inbox.models import FCM, JPUSH

PLATFORMS = ["android", "ios", "web", "harmony"]


VENDORS = [FCM, JPUSH]
ZONES = [
    *("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "Asia/Tokyo", "Asia/Seoul"),
    *("Asia/Singapore", "Asia/Bangkok", "Asia/Dubai", "Asia/Kolkata", "Australia/Perth", "Australia/Sydney"),
    *("Pacific/Auckland", "Europe/Moscow", "Europe/Istanbul", "Europe/Berlin", "Europe/Paris", "Europe/Rome"),
    *("Europe/Madrid", "Europe/London", "Europe/Lisbon", "Africa/Cairo", "Africa/Johannesburg", "Africa/Nairobi"),
    *("America/Sao_Paulo", "America/New_York", "America/Toronto", "America/Chicago", "America/Denver"),
    *("America/Los_Angeles", "America/Vancouver", "UTC"),
]
_TIME = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


class QuietForm(Form):
    """When not to be rung, by the clock on the wall; equal times mean never."""

    on = Flag(required=True)
    from_ = fields.String(data_key="from", attribute="from", required=True, validate=Pattern(_TIME))
    to = fields.String(required=True, validate=Pattern(_TIME))


class ChannelsForm(Form):
    """The columns of the news as a reader wants them, by the ids of sections: those named first, and those not at all.

    Sections that are not named come after them in the order of the house.
    """

    order = fields.List(Id(), required=True, validate=Size(max=30))
    hidden = fields.List(Id(), required=True, validate=Size(max=30))


class PreferenceForm(Form):
    """What to be told of, and when; what is not given stays. Warnings that are Extreme or Severe ring in any case.

    `towns` are those followed besides one's own. `push_words` says how much of one's own matters a push may show on its
    way through a vendor: `silent` nothing at all, `discreet` that there is news, `full` what the inbox says.
    """

    breaking = Flag()
    notices = Flag()
    requests = Flag()
    follows = Flag()
    minor_warnings = Flag()
    towns = fields.List(Id(), validate=Size(max=12))
    only_my_towns = Flag()
    muted_sections = fields.List(Id(), validate=Size(max=30))
    channels = fields.Nested(ChannelsForm)
    quiet = fields.Nested(QuietForm)
    timezone = Choice(ZONES)
    daily_budget = Number(0, 200)
    digest_at = fields.List(fields.String(validate=Pattern(_TIME)), validate=Size(min=1, max=4))
    wording = Choice(["standard", "elder"])
    push_words = Choice(["silent", "discreet", "full"])
    sms = Flag()
    email = Flag()


class QuietSchema(Schema):
    """When somebody is not rung."""

    on = fields.Boolean(required=True)
    from_ = fields.String(data_key="from", required=True)
    to = fields.String(required=True)


class ChannelsSchema(Schema):
    """The columns of the news as a reader wants them."""

    order = fields.List(fields.String(), required=True)
    hidden = fields.List(fields.String(), required=True)


class PreferencesSchema(Schema):
    """What is wanted, whole."""

    breaking = fields.Boolean(required=True)
    notices = fields.Boolean(required=True)
    requests = fields.Boolean(required=True)
    follows = fields.Boolean(required=True)
    minor_warnings = fields.Boolean(required=True)
    towns = fields.List(fields.String(), required=True)
    only_my_towns = fields.Boolean(required=True)
    muted_sections = fields.List(fields.String(), required=True)
    channels = fields.Nested(ChannelsSchema, required=True)
    quiet = fields.Nested(QuietSchema, required=True)
    timezone = fields.String(required=True)
    daily_budget = fields.Integer(required=True)
    digest_at = fields.List(fields.String(), required=True)
    wording = fields.String(required=True)
    push_words = fields.String(required=True)
    sms = fields.Boolean(required=True)
    email = fields.Boolean(required=True)


class PreferenceSchema(PreferencesSchema):
    """What a person wants to be told of, and when."""

    ver = fields.Integer(required=True)


class WebPushKeysForm(Form):
    """The keys of a browser's subscription, as its PushSubscription gives them."""

    auth = fields.String(required=True, validate=Pattern("^[0-9A-Za-z_-]{22}={0,2}$"))
    p256dh = fields.String(required=True, validate=Pattern("^B[0-9A-Za-z_-]{86}=?$"))


class WebPushForm(Form):
    """A browser's subscription (W3C Push API, PushSubscription.toJSON)."""

    # As `is_push_service` reads one, but for quotation marks: with its keys it then fits the column of addresses.
    endpoint = fields.String(required=True, validate=Pattern(r"^https?://[!$-\[\]-~]{1,800}$"))
    keys = fields.Nested(WebPushKeysForm, required=True)


class DeviceForm(Form):
    """An installation of the app: its address with `vendor`, or in a browser its subscription `web_push`.

    `preferences` hold for as long as nobody is signed in on it.
    """

    platform = Choice(PLATFORMS, required=True)
    vendor = Choice(VENDORS, load_default=FCM)
    push_token = fields.String(allow_none=True, validate=Pattern("^[!-~]{1,500}$"))
    web_push = fields.Nested(WebPushForm)
    locale = Choice(LOCALES, load_default="zh-CN")
    preferences = fields.Nested(PreferenceForm)


class DeviceSchema(Schema):
    """A registered installation. `preferences` are its own, which hold while nobody is signed in."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    platform = fields.String(required=True)
    vendor = fields.String(required=True)
    locale = fields.String(required=True)
    preferences = fields.Nested(PreferencesSchema, required=True)
    can_ring = fields.Boolean(required=True)


class WebPushKeySchema(Schema):
    """The key with which a browser subscribes: `applicationServerKey`."""

    key = fields.String(required=True)


class OpenedForm(Form):
    """The push that somebody came from: the `kind` and `id` of its data."""

    kind = fields.String(required=True, validate=Pattern("^[a-z_]{1,32}$"))
    id = fields.String(required=True, validate=Pattern("^[0-9A-Za-z_:.-]{1,64}$"))


class AboutSchema(Schema):
    """What an entry is about."""

    kind = fields.String(required=True)
    id = fields.String(required=True)


class WordsSchema(Schema):
    """What an entry says, in one wording."""

    title = fields.String(required=True)
    text = fields.String(required=True)


class BellSchema(Schema):
    """An entry of the inbox, in plain Chinese; `variants` are `en` and `elder`, where these say it otherwise."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    variants = fields.Dict(keys=fields.String(), values=fields.Nested(WordsSchema), required=True)
    about = fields.Nested(AboutSchema, required=True)
    at = Timestamp(required=True)
    read_at = Timestamp(required=True, allow_none=True)


class InboxSchema(Schema):
    """One page of the inbox."""

    items = fields.List(fields.Nested(BellSchema), required=True)
    next = fields.String(required=True, allow_none=True)
    unread = fields.Integer(required=True)


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
