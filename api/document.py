"""What the OpenAPI document says about each operation, and the last touches that make it the whole truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_smorest import Api  # type: ignore[import-untyped]  # the library ships no types
from marshmallow import Schema

from api.schemas import SilentSchema
from backend import policy
from backend.forms import Form

PROBLEM = "application/problem+json"
# By name: flask-smorest copies all that it has written down of an endpoint with every refusal that is added.
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


def describe(blp: Any, endpoint: Any, operation: Operation) -> Any:
    """Write down every status the endpoint can answer, its headers and who may call it."""
    for refused in operation.refusals():
        endpoint = refuses(blp, endpoint, refused)
    endpoint = _answers(blp, endpoint, operation)
    security: list[dict[str, list[str]]] = [{}, {"bearer": []}] if operation.is_public else [{"bearer": []}]
    endpoint = blp.doc(security=security, **{"x-permission": operation.permission})(endpoint)
    # `doc` would put these in the place of the parameters that a query schema has given.
    parameters = endpoint._apidoc.setdefault("arguments", {}).setdefault("parameters", [])  # noqa: SLF001
    parameters += _header_parameters(operation)
    return endpoint


def refuses(blp: Any, endpoint: Any, status: int) -> Any:
    """Document one refusal."""
    headers = _REFUSAL_HEADERS.get(status)
    return blp.alt_response(status, schema=PROBLEM_SCHEMA, content_type=PROBLEM, headers=headers)(endpoint)


def _answers(blp: Any, endpoint: Any, operation: Operation) -> Any:
    reads = operation.method == "GET" and operation.returns is not None
    headers: dict[str, Any] = _ETAG if reads else {}
    if operation.status == 201:
        headers = {"Location": {"required": True, "schema": {"type": "string", "pattern": "^/api/v1/"}}}
    if operation.returns is None or operation.returns is SilentSchema:
        if operation.status == 204:
            endpoint = blp.alt_response(204, success=True)(endpoint)
    else:
        endpoint = blp.alt_response(operation.status, schema=operation.returns, headers=headers, success=True)(endpoint)
        if operation.again:
            endpoint = blp.alt_response(200, schema=operation.returns, success=True)(endpoint)
    return blp.alt_response(304, description="Not Modified", headers=_ETAG)(endpoint) if reads else endpoint


def _header_parameters(operation: Operation) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    if operation.takes_key:
        parameters.append(_header("Idempotency-Key", KEY_PATTERN, required=operation.keyed))
    if operation.versioned:
        parameters.append(_header("If-Match", VERSION_PATTERN, required=operation.edits))
    return parameters


def _header(name: str, pattern: str, *, required: bool) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": required, "schema": {"type": "string", "pattern": pattern}}


def describe_upload(blp: Any, endpoint: Any, name: str, types: Iterable[str]) -> Any:
    """Document the one file of a multipart body."""
    form = {
        "schema": {
            "type": "object",
            "properties": {name: _BINARY | {"minLength": 1}},
            "required": [name],
            "additionalProperties": False,
        },
        "encoding": {name: {"contentType": ", ".join(types)}},
    }
    return blp.doc(requestBody={"required": True, "content": {"multipart/form-data": form}})(endpoint)


def describe_file(blp: Any, endpoint: Any, types: Iterable[str]) -> Any:
    """Document an answer that is a file, whole or in part."""
    for mime in types:
        for status in (200, 206):
            # A part of a document is no document, but the whole of it is.
            schema = {} if status == 200 and mime.endswith("json") else _BINARY
            endpoint = blp.alt_response(status, schema=schema, content_type=mime, headers=_ETAG, success=True)(endpoint)
    endpoint = blp.alt_response(304, description="Not Modified", headers=_ETAG)(endpoint)
    return refuses(blp, endpoint, 416)


class HouseApi(Api):  # type: ignore[misc]  # for the same reason
    """The document without flask-smorest's catch-all `default` answer: every status is named, or it is a bug."""

    DEFAULT_ERROR_RESPONSE_NAME = None


def finish(api: Api) -> None:
    """Say how the fields of forms depend on each other, which no single field can."""
    schemas = api.spec.components.schemas
    for unused in ("Error", "PaginationMetadata"):
        schemas.pop(unused, None)
    for key, name in api.ma_plugin.converter.refs.items():
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
