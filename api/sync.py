"""Catching up over HTTP: the same rows that travel over the socket. The protocol: docs/sync.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, g
from marshmallow import Schema, ValidationError, fields, validate

from api.edge import Read, again_if_asked, blueprint, database, route
from backend import policy
from backend.accounts.actions import edit_me
from backend.accounts.schemas import MeForm
from backend.errors import AppError, Code
from backend.form_errors import refusal
from backend.forms import Cursor, Form, Id, Number, Pattern, Size, Text
from backend.inbox.actions import read_bells
from backend.inbox.schemas import ReadForm
from backend.requests import actions as requests
from backend.requests.schemas import MessageForm, RatingForm, ReopenForm, RequestForm
from backend.sync import mutations, queries
from backend.sync.renderers import Renderers
from backend.sync.streams import NAME_PATTERN
from backend.unit_of_work import UnitOfWork

blp = blueprint("sync", "同步 Sync")
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


def _renderers() -> Renderers:
    return cast("Renderers", current_app.extensions["renderers"])


@route(blp, "GET /sync/snapshot", needs="sync.read", query=SnapshotQuery, returns=SnapshotSchema, refuses=(403, 410))
def get_snapshot(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """全量快照 Everything on these streams, in pages."""
    names = policy.resolve_streams(call.actor, names_in(query["streams"]))
    return queries.snapshot(call.session, _renderers(), names=names, page=query.get("cursor"))


@route(blp, "GET /sync/changes", needs="sync.read", query=ChangesQuery, returns=ChangesSchema, refuses=(403, 410))
def get_changes(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """增量变化 What changed after a cursor."""
    tail = queries.changes(
        call.session,
        _renderers(),
        names=policy.resolve_streams(call.actor, names_in(query["streams"])),
        since=query["since"],
        epoch=query.get("epoch"),
        limit=query["limit"],
    )
    return {"epoch": tail.epoch, "changes": tail.changes, "cursor": tail.cursor, "more": tail.more}


@route(blp, "GET /sync/digest", needs="sync.read", query=DigestQuery, returns=DigestSchema, refuses=(403,))
def get_digest(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """校验摘要 What a holder of this stream must hold."""
    (name,) = policy.resolve_streams(call.actor, [query["stream"]])
    return queries.digest(call.session, name)


@dataclass(frozen=True, slots=True)
class Mutation:
    """What a phone may ask for in its outbox. `run` returns the id of the thing it made or changed."""

    needs: str
    form: type[Schema]
    run: Callable[[UnitOfWork, dict[str, Any]], str]


def _request_args(form: type[Schema]) -> type[Schema]:
    return type(f"Outbox{form.__name__}", (form,), {"id": Id(required=True)})


def _on_request(action: Callable[..., Any]) -> Callable[[UnitOfWork, dict[str, Any]], str]:
    def run(unit: UnitOfWork, args: dict[str, Any]) -> str:
        request_id = args.pop("id")
        action(unit, request_id, **args)
        return str(request_id)

    return run


def _read(unit: UnitOfWork, args: dict[str, Any]) -> str:
    read_bells(unit, args.get("ids"))
    return unit.actor.id


MUTATIONS: dict[str, Mutation] = {
    "request.file": Mutation(
        "request.file", RequestForm, lambda unit, args: str(requests.file_request(unit, **args).id)
    ),
    "request.message": Mutation("request.answer_own", _request_args(MessageForm), _on_request(requests.send_message)),
    "request.rate": Mutation("request.answer_own", _request_args(RatingForm), _on_request(requests.rate)),
    "request.reopen": Mutation("request.answer_own", _request_args(ReopenForm), _on_request(requests.reopen)),
    "inbox.read": Mutation("inbox.read", ReadForm, _read),
    "me.edit": Mutation("me.edit", MeForm, lambda unit, args: edit_me(unit, args).id),
}


@route(blp, "POST /sync/mutations", needs="sync.mutate", body=MutationsForm, returns=AnswerSchema, bare=True, many=True)
def apply_mutations(form: dict[str, Any]) -> list[dict[str, Any]]:
    """提交离线操作 Apply an outbox; each entry once, however often it is sent."""
    return [_apply(form["client_id"], entry) for entry in form["mutations"]]


def _apply(client_id: str, entry: dict[str, Any]) -> dict[str, Any]:
    return again_if_asked(lambda: _apply_once(client_id, entry))


def _apply_once(client_id: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Apply one mutation, or write down that it is refused; both move the phone's counter on."""
    try:
        with database().unit(g.actor, command_id=g.request_id) as unit:
            if known := mutations.demand_next(unit, client_id, entry["mid"]):
                return known
            answer = {"mid": entry["mid"], "status": "applied", "id": _run(unit, entry)}
            mutations.store_answer(unit, client_id, answer)
        return answer
    except AppError as refused:
        if refused.code is Code.MID_GAP:
            raise
        return _refuse(client_id, entry["mid"], refused)


def _run(unit: UnitOfWork, entry: dict[str, Any]) -> str:
    mutation = MUTATIONS.get(entry["name"])
    if mutation is None:
        raise AppError(Code.UNKNOWN_MUTATION, 422, "这个版本的服务还不认识这项操作。")
    policy.demand(unit.actor, mutation.needs)
    try:
        args = mutation.form().load(entry["args"])
    except ValidationError as error:
        raise refusal(error) from None
    return mutation.run(unit, dict(args))


def _refuse(client_id: str, mid: int, refused: AppError) -> dict[str, Any]:
    answer = {"mid": mid, "status": "refused", "code": str(refused.code), "problem": refused.as_problem()}
    with database().unit(g.actor, command_id=g.request_id) as unit:
        if known := mutations.demand_next(unit, client_id, mid):
            return known
        mutations.store_answer(unit, client_id, answer)
    return answer
