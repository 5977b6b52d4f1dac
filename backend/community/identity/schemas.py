"""Shapes of the real-name check."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validates

from backend.community.identity.rules import NUMBER_PATTERN, birth_date, has_right_digit
from backend.form_errors import fault
from backend.forms import Form, Pattern, Text, Timestamp


class IdentityForm(Form):
    """Name and number as they stand on the identity card."""

    name = Text(at_least=2, at_most=40, required=True)
    id_number = fields.String(required=True, validate=Pattern(NUMBER_PATTERN))

    @validates("id_number")
    def check_number(self, value: str, **_: Any) -> None:
        """Check what no pattern can: the day of birth and the last character."""
        if birth_date(value) is None:
            raise fault("no_such_day", "身份证号码里的出生日期不对。")
        if not has_right_digit(value):
            raise fault("check_digit", "身份证号码有误，请核对。")


class IdentitySchema(Schema):
    """How the check of one's own stands. `alias` are the digits by which others know one."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    alias = fields.String(required=True, allow_none=True)
    at = Timestamp(required=True, allow_none=True)
    code = fields.String()
    words = fields.String()
