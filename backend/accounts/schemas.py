"""Shapes of accounts and sign-in."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validates_schema

from backend.form_errors import MISSING, UNKNOWN_FIELD
from backend.forms import Choice, Form, Id, Moment, Pattern, Shape, Size, Text, Timestamp
from backend.policy import Role

LOCALES = ["zh-CN", "en"]
EMAIL_PATTERN = r"^[0-9A-Za-z._+-]{1,64}@([0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.){1,5}[A-Za-z]{2,18}$"


class CodeForm(Form):
    """Asking for a sign-in code."""

    phone = Text(at_most=24, required=True)


class CodeSentSchema(Schema):
    """A code is on its way; `demo_code` only in the demo."""

    expires_in = fields.Integer(required=True)
    demo_code = fields.String()


class TokenForm(Form):
    """Signing in or refreshing; which fields are needed follows from `grant`.

    `access_token` is the one that runs out, or has: it says who asks, so that staff are served when there is too
    much to do. It is no proof of anything else, and need not be sent.
    """

    grant = Choice(["sms", "password", "refresh"], required=True)
    phone = Text(at_most=24)
    code = Text(at_most=12)
    username = Text(at_most=40)
    password = Text(at_most=200)
    totp = Text(at_most=12)
    refresh_token = Text(at_most=200)
    access_token = Text(at_most=2000)

    NEEDS: ClassVar = {"sms": {"phone", "code"}, "password": {"username", "password"}, "refresh": {"refresh_token"}}
    MAY_HAVE: ClassVar = {"password": {"totp"}, "refresh": {"access_token"}}
    SHAPES = (
        Shape(("grant", "phone", "code"), fixed={"grant": ["sms"]}),
        Shape(("grant", "username", "password"), ("totp",), fixed={"grant": ["password"]}),
        Shape(("grant", "refresh_token"), ("access_token",), fixed={"grant": ["refresh"]}),
    )

    @validates_schema
    def fit_grant(self, data: dict[str, Any], **_: Any) -> None:
        """Demand the fields of the grant and refuse those of another."""
        needed = self.NEEDS[data["grant"]]
        optional = self.MAY_HAVE.get(data["grant"], set())
        missing = {name: [MISSING] for name in sorted(needed - data.keys())}
        extra = {name: [UNKNOWN_FIELD] for name in sorted(data.keys() - needed - optional - {"grant"})}
        if missing or extra:
            raise ValidationError(missing | extra)


class GrantSchema(Schema):
    """A role held now."""

    role = fields.String(required=True)
    desk = fields.String(required=True, allow_none=True)
    office = fields.String(required=True, allow_none=True)
    until = Timestamp(required=True, allow_none=True)


class MeSchema(Schema):
    """One's own account. `permissions` are those of now (docs/roles.md): a desk offers what would be granted."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)
    username = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    town = fields.String(required=True, allow_none=True)
    locale = fields.String(required=True)
    totp = fields.Boolean(required=True)
    roles = fields.List(fields.Nested(GrantSchema), required=True)
    streams = fields.List(fields.String(), required=True)
    permissions = fields.List(fields.String(), required=True)


class TokensSchema(Schema):
    """A pair of tokens and whose they are."""

    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)
    expires_in = fields.Integer(required=True)
    user = fields.Nested(MeSchema, required=True)


class SignInSchema(Schema):
    """One sign-in on one device. `here` is the one that asks."""

    id = fields.String(required=True)
    opened_at = Timestamp(required=True)
    here = fields.Boolean(required=True)


class SignInListSchema(Schema):
    """Where somebody is signed in."""

    items = fields.List(fields.Nested(SignInSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class MeForm(Form):
    """Changing one's own account. `email` is where staff are told of alarms and failures; citizens need none."""

    name = Text(at_most=40)
    email = fields.String(allow_none=True, validate=[Size(max=120), Pattern(EMAIL_PATTERN)])
    town = Id(allow_none=True)
    locale = Choice(LOCALES)


class TotpStartedSchema(Schema):
    """The secret of a second factor, shown once."""

    secret = fields.String(required=True)
    uri = fields.String(required=True)


class TotpForm(Form):
    """A code from the authenticator app."""

    code = fields.String(required=True, validate=Pattern("^[0-9]{6}$"))


class GrantForm(Form):
    """A line for the roster."""

    username = Text(at_most=40, required=True)
    role = Choice([str(role) for role in Role], required=True)
    desk = Id()
    office = Id()
    valid_from = Moment()
    valid_to = Moment()


class RosterLineSchema(Schema):
    """A line of the roster."""

    id = fields.String(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    desk = fields.String(required=True, allow_none=True)
    office = fields.String(required=True, allow_none=True)
    valid_from = Timestamp(required=True)
    valid_to = Timestamp(required=True, allow_none=True)


class StaffSchema(Schema):
    """A staff account as who writes the roster sees it. `gone` is who has left: no line can be written for them."""

    username = fields.String(required=True)
    name = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True, allow_none=True)
    gone = fields.Boolean(required=True)


class DeskNameSchema(Schema):
    """A desk and how it is called."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class DeskListSchema(Schema):
    """All desks."""

    items = fields.List(fields.Nested(DeskNameSchema), required=True)


class ColleagueSchema(Schema):
    """A colleague, as all of the newsroom may know them."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True, allow_none=True)
    skills = fields.List(fields.String(), required=True)
    roles = fields.List(fields.Nested(GrantSchema), required=True)
    on_duty = fields.Boolean(required=True)


class DeskSchema(Schema):
    """A desk. `sla` gives in minutes how long a thing may stay in a state there, by state."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    sla = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class CrewSchema(Schema):
    """Desks and people."""

    desks = fields.List(fields.Nested(DeskSchema), required=True)
    people = fields.List(fields.Nested(ColleagueSchema), required=True)


class MediaUnitSchema(CrewSchema):
    """One of the media of the house, with its desks and people."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    kind = fields.String(required=True)


class HouseSchema(Schema):
    """All media of the house; what serves all of them is in `shared`."""

    items = fields.List(fields.Nested(MediaUnitSchema), required=True)
    next = fields.String(required=True, allow_none=True)
    shared = fields.Nested(CrewSchema, required=True)


class ColleagueQuery(Form):
    """Which colleagues."""

    unit = Id()
    skill = Text(at_most=30)
    on_duty = Choice(["true", "false"])
