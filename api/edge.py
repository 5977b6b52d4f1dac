"""The edge of the house: where a request gets an identity, clean input, one transaction and one kind of answer.

`route` is the only way an endpoint comes into being, so none can lack a decision about who may call it. The order is:
identity → permission → input → transaction → view → commit → answer. Input is read before the transaction opens, so
that a slow phone never holds a lock.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial, wraps
from typing import Any, TypeVar, cast

from flask import Response, current_app, g, request
from flask_smorest import Blueprint  # type: ignore[import-untyped]  # the library ships no types
from marshmallow import Schema
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from api.document import KEY_PATTERN, VERSION_PATTERN, Operation, Words
from api.parser import PARSER, check_query, needs_body, refuse_body
from backend import idempotency, policy
from backend.accounts.rules import request_hash
from backend.accounts.tokens import Identity
from backend.config import Settings
from backend.db import is_transient
from backend.errors import AppError, Code, FieldError, invalid
from backend.policy import Actor
from backend.renderings import Rendering, Renderings, to_json
from backend.unit_of_work import Database, UnitOfWork

TRIES = 5
Body = Any
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read:
    """A reading request: who asks, and one consistent snapshot.

    `marks` is what the reading itself leaves behind: done in a unit of work once the snapshot is closed, and before the
    answer goes out, so that nothing is shown of which no mark could be made (docs/adr/0018-looks.md).
    """

    actor: Actor
    session: Session
    now: datetime
    marks: list[Callable[[UnitOfWork], None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Write:
    """A writing request: its unit of work, and the version the client says it edits."""

    unit: UnitOfWork
    if_match: int | None

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.unit.actor

    @property
    def session(self) -> Session:
        """The session of the transaction."""
        return self.unit.session


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is more than a body with the route's usual status."""

    body: Body
    status: int | None = None
    location: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


View = Callable[..., Body | Answer]


class HouseBlueprint(Blueprint):  # type: ignore[misc]  # for the same reason
    """A blueprint that parses input strictly."""

    ARGUMENTS_PARSER = PARSER


def blueprint(name: str, description: str) -> HouseBlueprint:
    """Make the blueprint of one resource under the API's base."""
    return HouseBlueprint(name, name, url_prefix="/api/v1", description=description)


def route(
    blp: HouseBlueprint,
    call: str,
    *,
    needs: str,
    body: type[Schema] | None = None,
    query: type[Schema] | None = None,
    returns: type[Schema] | None = None,
    status: int = 200,
    edits: bool = False,
    keyed: bool = False,
    bare: bool = False,
    reads_key: bool = False,
    many: bool = False,
    upload: str | None = None,
    accepts: Iterable[str] = (),
    takes: str | None = None,
    asks: Mapping[str, str] | None = None,
    sends: Iterable[str] = (),
    refuses: tuple[int, ...] = (),
    again: bool = False,
) -> Callable[[View], View]:
    """Declare an endpoint.

    Args:
        blp: the blueprint of its resource.
        call: method and path, as in `"POST /editor/stories"`.
        needs: the permission of `policy.PERMISSIONS` the caller must hold.
        body: schema of a JSON body, which the view gets as the dictionary `form`.
        query: schema of the query, which the view gets as the dictionary `query`.
        returns: schema of the answer, for the document; the view returns it ready-made.
        status: the usual status of an answer.
        edits: demand `If-Match` (428 without it).
        keyed: demand `Idempotency-Key` (400 without it); other writes only take it.
        bare: the view opens its transactions itself (uploads, sync mutations) and gets no Read or Write.
        reads_key: such a view minds `Idempotency-Key` all the same, and reads it with `header_key`.
        many: the answer is a bare list of `returns`.
        upload: name of the one file in a multipart body; the view reads it with `api.multipart`.
        accepts: media types that file may have.
        takes: the media type of a body that is bytes and no form; the view reads it itself.
        asks: headers that such a view demands, with the pattern of each.
        sends: media types of a file the view answers with, whole or in part.
        refuses: statuses it may answer besides those that follow from the arguments.
        again: where the thing to be made is there already, it is answered with 200.

    The view's first argument is a `Read` (GET) or a `Write`; its one-line docstring is the operation's summary.
    """
    method, path = call.split()
    permission = needs
    operation = Operation(
        method=method,
        path=path,
        permission=permission,
        returns=returns(many=True) if returns and many else returns,
        status=status,
        edits=edits,
        takes_key=reads_key or (method != "GET" and (upload is not None or not bare)),
        keyed=keyed,
        refuses=refuses,
        again=again,
        asks=asks or {},
    )

    def decorate(view: View) -> View:
        inner: Any
        if bare:
            inner = _bare(view, status)
        else:
            inner = _reading(view, status) if method == "GET" else _writing(view, operation)
        if query is not None:
            inner = blp.arguments(query, location="query", arg_name="query")(inner)
        if body is not None:
            inner = blp.arguments(body, arg_name="form", required=needs_body(body))(inner)

        @wraps(inner)
        def endpoint(**path_args: Any) -> Response:
            g.actor = _identify()
            policy.demand(g.actor, permission)
            if query is None:
                _refuse_query()
            if body is None and upload is None and takes is None:
                refuse_body(request)
            return cast("Response", inner(**path_args))

        words = Words(endpoint)
        words.operation(operation)
        words.bodies(upload, accepts, takes, sends)
        words.leave(endpoint)
        endpoint.permission = permission  # type: ignore[attr-defined]  # the walk over all endpoints reads it
        blp.route(path, methods=[method])(endpoint)
        return view

    return decorate


def commands(blp: HouseBlueprint, thing: str, returns: type[Schema]) -> Callable[..., Callable[[View], View]]:
    """Make the decorator for what is done to a thing: `name`, the permission it `needs`, and a `body` or None.

    A command is a POST below the path of the thing, takes the version that was seen (412), and returns the thing.
    """

    def command(name: str, needs: str, body: type[Schema] | None = None) -> Callable[[View], View]:
        return route(blp, f"POST {thing}/{name}", needs=needs, body=body, returns=returns, refuses=(412,))

    return command


def _identify() -> Actor:
    """Find out who calls; a bad or expired token is a 401 even where strangers may enter."""
    token = bearer()
    return policy.ANONYMOUS if token is None else identity().actor_of(token)


def bearer() -> str | None:
    """Return the token that was sent, unread.

    Raises:
        AppError: 401 for a header of another form.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise AppError(Code.BAD_CREDENTIALS, 401, "登录信息的格式不对。", headers={"WWW-Authenticate": "Bearer"})
    return token.strip()


def _refuse_query() -> None:
    check_query(request)
    if request.args:
        raise invalid(next(iter(request.args))[:64], "unknown_field", "没有这个参数。")


def database() -> Database:
    """Return the application's database."""
    return cast("Database", current_app.extensions["database"])


def identity() -> Identity:
    """Return the application's token reader."""
    return cast("Identity", current_app.extensions["identity"])


def renderings() -> Renderings:
    """Return what this process keeps of public representations."""
    return cast("Renderings", current_app.extensions["renderings"])


def _bare(view: View, status: int) -> Callable[..., Response]:
    @wraps(view)
    def bare(**inputs: Any) -> Response:
        return _answer(view(**inputs), status)

    return bare


def _reading(view: View, status: int) -> Callable[..., Response]:
    @wraps(view)
    def reading(**inputs: Any) -> Response:
        with database().reading() as session:
            call = Read(g.actor, session, database().clock.now())
            answer = _answer(view(call, **inputs), status)
        if call.marks:
            again_if_asked(partial(_leave, call.marks))
        return _validated(answer)

    return reading


def _leave(marks: list[Callable[[UnitOfWork], None]]) -> None:
    with database().unit(g.actor, command_id=g.request_id) as unit:
        for mark in marks:
            mark(unit)


def _writing(view: View, operation: Operation) -> Callable[..., Response]:
    @wraps(view)
    def writing(**inputs: Any) -> Response:
        if_match = read_if_match(required=operation.edits) if operation.versioned else None
        key = request_key()
        if key is None and operation.keyed:
            raise _key_required()
        return transact(lambda unit: view(Write(unit, if_match), **inputs), key, operation.status)

    return writing


def transact(
    run: Callable[[UnitOfWork], Body | Answer | Response], key: idempotency.RequestKey | None, status: int
) -> Response:
    """Run a write in a unit of work, and again where the database asks for it; with a key, once and no more."""

    def attempt() -> Response:
        with database().unit(g.actor, command_id=g.request_id) as unit:
            return _once(unit, key, partial(_run, run, unit, status))

    return again_if_asked(attempt)


def again_if_asked(attempt: Callable[[], T]) -> T:
    """Run a whole unit of work, and once more after a deadlock, or after two requests made the same thing at once.

    The second look finds what the other one made. Nothing of a failed attempt has been committed.
    """
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except IntegrityError:
            continue
        except DBAPIError as error:
            if not is_transient(error):
                raise
    return attempt()


def _run(run: Callable[[UnitOfWork], Body | Answer | Response], unit: UnitOfWork, status: int) -> Response:
    return _answer(run(unit), status)


def _once(unit: UnitOfWork, key: idempotency.RequestKey | None, run: Callable[[], Response]) -> Response:
    """Run a write, or give the answer it got the first time its key was sent."""
    if key is None:
        return run()
    stored = idempotency.get_answer(unit.session, key)
    if stored is not None:
        headers = {"Location": stored.location} if stored.location else {}
        return Response(stored.body, stored.status, headers, content_type="application/json")
    answer = run()
    idempotency.store_answer(
        unit.session,
        key,
        status=answer.status_code,
        body=answer.get_data(as_text=True),
        location=answer.headers.get("Location"),
        at=unit.now,
    )
    return answer


def request_key() -> idempotency.RequestKey | None:
    """Return the key of a write that may be sent twice, with a fingerprint of its body; None without a key."""
    key = read_key()
    return None if key is None else key_with(key, hashlib.sha256(request.get_data(cache=True)).hexdigest())


def key_with(key: str, fingerprint: str) -> idempotency.RequestKey:
    """Bind a key to this request, whose body has this fingerprint."""
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n{fingerprint}".encode())
    secret = cast("Settings", current_app.extensions["settings"]).secret_key
    return idempotency.RequestKey(g.actor.id, key, request_hash(secret, digest.hexdigest()))


def read_key() -> str | None:
    """Return the `Idempotency-Key` of a person's request; 400 as `header_key`."""
    # Strangers share one name, so one could be given the answer to another's request.
    key = header_key()
    return None if g.actor.kind == "anonymous" else key


def header_key() -> str | None:
    """Return the `Idempotency-Key` that was sent, whoever sent it.

    Raises:
        AppError: 400 for one that is too long or not visible ASCII.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not re.fullmatch(KEY_PATTERN, key):
        raise AppError(
            Code.BAD_HEADER,
            400,
            "Idempotency-Key 要用 1 到 128 个可见的 ASCII 字符。",
            errors=[{"field": "Idempotency-Key", "code": "invalid", "message": "格式不对。"}],
        )
    return key


def _key_required() -> AppError:
    words = "这个操作要带 Idempotency-Key，重发时用同一个值，便不会做两遍。"
    error = FieldError(field="Idempotency-Key", code="missing", message="必填。")
    return AppError(Code.KEY_REQUIRED, 400, words, errors=[error])


def read_if_match(*, required: bool) -> int | None:
    """Return the version in `If-Match`, None for `*` or none at all.

    Raises:
        AppError: 428 when it is required and missing, 400 when it is no version of ours.
    """
    header = request.headers.get("If-Match")
    if header is None:
        if required:
            raise AppError(Code.PRECONDITION_REQUIRED, 428, "修改前请先读取最新版本，并带上 If-Match。")
        return None
    if not re.fullmatch(VERSION_PATTERN, header):
        raise AppError(
            Code.BAD_HEADER,
            400,
            "If-Match 不是我们给出的版本标记。",
            errors=[{"field": "If-Match", "code": "invalid", "message": "格式不对。"}],
        )
    return None if header == "*" else int(header.strip('"'))


def _answer(made: Body | Answer | Response, status: int) -> Response:
    if isinstance(made, Response):
        return made
    answer = made if isinstance(made, Answer) else Answer(made)
    code = answer.status or status
    headers = answer.headers | ({"Location": answer.location} if answer.location else {})
    if answer.body is None:
        return Response(status=code, headers=headers)
    text, version = _as_json(answer.body)
    response = Response(text, code, headers, content_type="application/json")
    if version is not None:
        response.set_etag(str(version))
    return response


def _as_json(body: Body) -> tuple[bytes, int | None]:
    if isinstance(body, Rendering):
        return body.json, body.ver
    return to_json(body).encode(), body.get("ver") if isinstance(body, dict) else None


def _validated(response: Response) -> Response:
    """Give a read its ETag and answer 304 where the client already has it."""
    if "ETag" not in response.headers:
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    if "Cache-Control" not in response.headers:
        private = g.actor.kind != "anonymous"
        response.headers["Cache-Control"] = "private, no-cache" if private else "public, no-cache"
        response.headers["Vary"] = "Authorization"
    response.make_conditional(request)
    return response
