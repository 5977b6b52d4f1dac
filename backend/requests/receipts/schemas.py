"""Shapes of receipts."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from backend.forms import Choice, Form, Text, Timestamp

MOST_OF_A_FILE = 400_000


class ReceiptsQuery(Form):
    """`texts=1` adds the texts, for the citizen's own use."""

    texts = Choice(["0", "1"], load_default="0")


class ReceiptCheckForm(Form):
    """A file of receipts, as text."""

    file = Text(at_most=MOST_OF_A_FILE, required=True)


class ReceiptKeySchema(Schema):
    """A public key: 32 bytes, hex. `used_until` is there once another one signs."""

    id = fields.String(required=True)
    algorithm = fields.String(required=True)
    public_key = fields.String(required=True, validate=validate.Length(64, 64))
    used_from = Timestamp(required=True, allow_none=True)
    used_until = Timestamp(required=True, allow_none=True)


class ReceiptKeysSchema(Schema):
    """All keys that ever signed."""

    items = fields.List(fields.Nested(ReceiptKeySchema), required=True)
    current = fields.String(required=True)
    next = fields.String(required=True, allow_none=True)


class FileKeySchema(Schema):
    """A public key as a file names it."""

    id = fields.String(required=True)
    algorithm = fields.String(required=True)
    public_key = fields.String(required=True)


class ReceiptSchema(Schema):
    """The receipt of one step; docs/receipts.md says what each member is."""

    case = fields.String(required=True)
    step = fields.Integer(required=True)
    action = fields.String(required=True)
    state = fields.String(required=True)
    at = Timestamp(required=True)
    by = fields.String(required=True)
    office = fields.String(required=True, allow_none=True)
    rating = fields.Dict(required=True, allow_none=True)
    text_sha256 = fields.String(required=True, allow_none=True)
    media_sha256 = fields.List(fields.String(), required=True)
    prev_hash = fields.String(required=True)
    hash = fields.String(required=True)
    key = fields.String(required=True)
    signature = fields.String(required=True)


class ReceiptTextSchema(Schema):
    """A text with the salt that ties it to its receipt."""

    step = fields.Integer(required=True)
    salt = fields.String(required=True)
    text = fields.String(required=True)


class ReceiptsFileSchema(Schema):
    """A case's receipts."""

    format = fields.String(required=True)
    case = fields.String(required=True)
    issued_at = Timestamp(required=True)
    keys = fields.List(fields.Nested(FileKeySchema), required=True)
    receipts = fields.List(fields.Nested(ReceiptSchema), required=True)
    texts = fields.List(fields.Nested(ReceiptTextSchema))
    key = fields.String(required=True)
    signature = fields.String(required=True)


class ReceiptFindingSchema(Schema):
    """One thing that was looked at."""

    name = fields.String(required=True)
    holds = fields.Boolean(required=True, allow_none=True)
    words = fields.String(required=True)


class ReceiptVerdictSchema(Schema):
    """What came of a check; `holds` is false if anything does not."""

    holds = fields.Boolean(required=True, allow_none=True)
    case = fields.String(required=True, allow_none=True)
    checks = fields.List(fields.Nested(ReceiptFindingSchema), required=True)
