"""What the OpenAPI document says about each operation, and the last touches that make it the whole truth."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Any

from apispec import APISpec
from flask import Flask, Response
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]  # the library ships no types
from marshmallow import Schema

from api.schemas import SilentSchema
from backend import policy
from backend.concurrency import offload
from backend.forms import Form

PROBLEM = "application/problem+json"
PROBLEM_SCHEMA = "Problem"
KEY_PATTERN = "^[!-~]{1,128}$"
# The quotes that RFC 9110 asks for are forgotten often, and nothing is lost without them.
VERSION_PATTERN = '^(\\*|"[0-9]{1,9}"|[0-9]{1,9})$'
_BINARY = {"type": "string", "format": "binary"}
_ETAG = {"ETag": {"required": True, "schema": {"type": "string"}}}
_REFUSAL_HEADERS = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    429: {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}}},
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What is known of an endpoint when it is declared; see `edge.route`."""

    method: str
    path: str
    permission: str
    returns: type[Schema] | Schema | None
    status: int
    edits: bool
    takes_key: bool
    keyed: bool
    refuses: tuple[int, ...]
    again: bool
    asks: Mapping[str, str]

    @property
    def is_public(self) -> bool:
        """Whether strangers may call it."""
        return "anonymous" in policy.PERMISSIONS[self.permission]

    @property
    def versioned(self) -> bool:
        """Whether it minds `If-Match`."""
        return self.edits or 412 in self.refuses

    def refusals(self) -> list[int]:
        """List every status with which it can refuse."""
        statuses = {400, 401, 422, 503, *self.refuses}
        if not self.is_public:
            statuses.add(403)
        if "<" in self.path:
            statuses.add(404)
        if self.method != "GET":
            statuses |= {409, 413, 415}
        if self.edits:
            statuses |= {412, 428}
        return sorted(statuses)


class Words:
    """What is written down of one endpoint, in the form that flask-smorest keeps.

    Its own decorators copy all of it with each line that is added, and put one more function around the endpoint: with
    ten answers to each of five hundred endpoints that was a third of every start.
    """

    def __init__(self, endpoint: Any) -> None:
        self._words: dict[str, Any] = deepcopy(getattr(endpoint, "_apidoc", {}))

    def operation(self, operation: Operation) -> None:
        """Write down every status the endpoint can answer, its headers and who may call it."""
        for refused in operation.refusals():
            self._refusal(refused)
        self._answers(operation)
        security: list[dict[str, list[str]]] = [{}, {"bearer": []}] if operation.is_public else [{"bearer": []}]
        self._say(security=security, **{"x-permission": operation.permission})
        # `_say` would put these in the place of the parameters that a query schema has given.
        parameters = self._words.setdefault("arguments", {}).setdefault("parameters", [])
        parameters += _header_parameters(operation)

    def bodies(self, upload: str | None, accepts: Iterable[str], takes: str | None, sends: Iterable[str]) -> None:
        """Write down what goes in and comes out that is no JSON; see `edge.route`."""
        if upload is not None:
            self._upload(upload, accepts)
        if takes is not None:
            self._say(requestBody={"required": True, "content": {takes: {"schema": _BINARY}}})
        if sends:
            self._file(sends)

    def _upload(self, name: str, types: Iterable[str]) -> None:
        """Write down the one file of a multipart body."""
        form = {
            "schema": {
                "type": "object",
                "properties": {name: _BINARY | {"minLength": 1}},
                "required": [name],
                "additionalProperties": False,
            },
            "encoding": {name: {"contentType": ", ".join(types)}},
        }
        self._say(requestBody={"required": True, "content": {"multipart/form-data": form}})

    def _file(self, types: Iterable[str]) -> None:
        """Write down an answer that is a file, whole or in part."""
        for mime in types:
            for status in (200, 206):
                # A part of a document is no document, but the whole of it is.
                schema = {} if status == 200 and mime.endswith("json") else _BINARY
                self._answer(status, schema=schema, content_type=mime, headers=_ETAG, success=True)
        self._answer(304, headers=_ETAG)
        self._refusal(416)

    def leave(self, endpoint: Any) -> None:
        """Leave them where flask-smorest looks for them."""
        endpoint._apidoc = self._words  # noqa: SLF001  # that is where

    def _refusal(self, status: int) -> None:
        self._answer(status, schema=PROBLEM_SCHEMA, content_type=PROBLEM, headers=_REFUSAL_HEADERS.get(status))

    def _answers(self, operation: Operation) -> None:
        reads = operation.method == "GET" and operation.returns is not None
        headers: dict[str, Any] = _ETAG if reads else {}
        if operation.status == 201:
            headers = {"Location": {"required": True, "schema": {"type": "string", "pattern": "^/api/v1/"}}}
        if operation.returns is None or operation.returns is SilentSchema:
            if operation.status == 204:
                self._answer(204, success=True)
        else:
            self._answer(operation.status, schema=operation.returns, headers=headers, success=True)
            if operation.again:
                self._answer(200, schema=operation.returns, success=True)
        if reads:
            self._answer(304, headers=_ETAG)

    def _answer(
        self,
        status: int,
        *,
        schema: type[Schema] | Schema | dict[str, Any] | str | None = None,
        content_type: str | None = None,
        headers: dict[str, Any] | None = None,
        success: bool = False,
    ) -> None:
        said = {"description": HTTPStatus(status).phrase, "content_type": content_type}
        given = {"schema": schema, "headers": headers}
        answers = self._words.setdefault("response", {}).setdefault("responses", {})
        answers.setdefault(status, []).append(said | {name: one for name, one in given.items() if one is not None})
        if success:
            self._words.setdefault("success_status_codes", []).append(status)

    def _say(self, **words: Any) -> None:
        self._words.setdefault("manual_doc", {}).update(words)


def _header_parameters(operation: Operation) -> list[dict[str, Any]]:
    parameters = [_header(name, pattern, required=True) for name, pattern in operation.asks.items()]
    if operation.takes_key:
        parameters.append(_header("Idempotency-Key", KEY_PATTERN, required=operation.keyed))
    if operation.versioned:
        parameters.append(_header("If-Match", VERSION_PATTERN, required=operation.edits))
    return parameters


def _header(name: str, pattern: str, *, required: bool) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": required, "schema": {"type": "string", "pattern": pattern}}


class HouseApi(Api):  # type: ignore[misc]  # for the same reason
    """The document without flask-smorest's catch-all `default` answer: every status is named, or it is a bug.

    It is written when somebody first asks for it. That takes longer than all the rest of a start, and a process in
    which nobody asks never does it.
    """

    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask, tags: Sequence[dict[str, Any]]) -> None:
        self._waiting: list[Blueprint] = []
        self._tags = tags
        self._text: str | None = None
        self._turn = Lock()
        super().__init__(app)

    @property
    def spec(self) -> APISpec:
        """The document. Whoever asks once blueprints are registered gets the whole of it, so these come last."""
        self._write()
        return self._spec

    @spec.setter
    def spec(self, made: APISpec) -> None:
        self._spec = made

    def register_blueprint(self, blp: Blueprint, **options: Any) -> None:
        """Register its addresses; what it says of them waits."""
        self._app.register_blueprint(blp, **options)
        self._waiting.append(blp)

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        for blp in waiting:
            blp.register_views_in_doc(self, self._app, self._spec, name=blp.name, parameters=None)
            self._spec.tag({"name": blp.name, "description": blp.description})
        for tag in self._tags:
            self._spec.tag(tag)
        _finish(self._spec, self.ma_plugin)

    def _openapi_json(self) -> Response:
        with self._turn:
            if self._text is None:
                # A phone that is told something meanwhile does not wait for that.
                self._text = offload(self._dump)
        return Response(self._text, mimetype="application/json")

    def _dump(self) -> str:
        return json.dumps(self.spec.to_dict(), indent=2)


def _finish(spec: APISpec, plugin: Any) -> None:
    """Say how the fields of forms depend on each other, which no single field can."""
    schemas = spec.components.schemas
    for unused in ("Error", "PaginationMetadata"):
        schemas.pop(unused, None)
    for key, name in plugin.converter.refs.items():
        form = key[0]
        if isinstance(form, type) and issubclass(form, Form) and name in schemas:
            _depend(schemas, name, form)


def _depend(schemas: dict[str, Any], name: str, form: type[Form]) -> None:
    if form.AT_LEAST_ONE:
        schemas[name]["minProperties"] = 1
    if form.SHAPES:
        properties = schemas[name]["properties"]
        schemas[name] = {"anyOf": [_shape(properties, shape) for shape in form.SHAPES]}


def _shape(properties: dict[str, Any], shape: Any) -> dict[str, Any]:
    named = {field: properties[field] for field in (*shape.needs, *shape.may)}
    fixed = {field: properties[field] | {"enum": words} for field, words in shape.fixed.items()}
    return {
        "type": "object",
        "properties": named | fixed,
        "required": list(shape.needs),
        "additionalProperties": False,
    }
