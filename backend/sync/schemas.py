"""Shapes of the sync protocol over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from backend.forms import Cursor, Form, Id, Number, Pattern, Size, Text
from backend.sync.streams import NAME_PATTERN

MAX_MUTATIONS = 100
MAX_STREAMS = 20
# Twenty stream names of the greatest length and a position, in base64.
MAX_CURSOR = 2800


class Streams(fields.String):
    """Stream names, separated by commas; `user` means one's own. `names_in` takes them apart."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=Pattern(f"^{NAME_PATTERN}(,{NAME_PATTERN}){{0,{MAX_STREAMS - 1}}}$"), **kwargs)


def names_in(text: str) -> list[str]:
    """Return the stream names of a query."""
    return text.split(",")


class SnapshotQuery(Form):
    """Which streams, and where to go on."""

    streams = Streams(required=True)
    cursor = Cursor(at_most=MAX_CURSOR)


class ChangesQuery(Form):
    """After which seq, on which streams."""

    since = Number(0, 2**53, from_text=True, required=True)
    streams = Streams(required=True)
    epoch = Id()
    limit = Number(1, 500, from_text=True, load_default=500)


class DigestQuery(Form):
    """Of which stream."""

    stream = fields.String(required=True, validate=Pattern(f"^{NAME_PATTERN}$"))


class ItemSchema(Schema):
    """A thing on a stream, with its representation."""

    stream = fields.String(required=True)
    kind = fields.String(required=True)
    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    data = fields.Dict(required=True)


class ChangeSchema(Schema):
    """One row of the log; `data` with a put."""

    seq = fields.Integer(required=True)
    stream = fields.String(required=True)
    prev = fields.Integer(required=True)
    kind = fields.String(required=True)
    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    op = fields.String(required=True, validate=validate.OneOf(["put", "del"]))
    data = fields.Dict()


class SnapshotSchema(Schema):
    """A page of everything on the streams."""

    epoch = fields.String(required=True)
    cursor = fields.Integer(required=True)
    items = fields.List(fields.Nested(ItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ChangesSchema(Schema):
    """Rows after a cursor."""

    epoch = fields.String(required=True)
    changes = fields.List(fields.Nested(ChangeSchema), required=True)
    cursor = fields.Integer(required=True)
    more = fields.Boolean(required=True)


class DigestSchema(Schema):
    """What a holder of the stream must hold."""

    head = fields.Integer(required=True)
    count = fields.Integer(required=True)
    hash = fields.String(required=True)


class MutationForm(Form):
    """One entry of an outbox."""

    mid = Number(1, 2**53, required=True)
    name = Text(at_most=64, required=True)
    args = fields.Dict(keys=fields.String(), required=True)


class MutationsForm(Form):
    """An outbox, in order."""

    client_id = Id(required=True)
    mutations = fields.List(fields.Nested(MutationForm), required=True, validate=Size(min=1, max=MAX_MUTATIONS))


class AnswerSchema(Schema):
    """What became of a mutation."""

    mid = fields.Integer(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["applied", "refused"]))
    code = fields.String()
    seq = fields.Integer()
    id = fields.String()
    problem = fields.Dict()
