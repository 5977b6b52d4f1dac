"""Reading requests: what is not clean JSON of a sane size and depth is refused before any schema sees it."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge

from backend.errors import AppError, Code
from backend.form_errors import UNKNOWN_FIELD, refusal
from backend.forms import Form, is_clean

MAX_DEPTH = 16
MAX_JSON_BYTES = 1024 * 1024


class StrictParser(FlaskParser):
    """webargs with unknown fields refused everywhere and errors in the house's form."""

    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, RAISE)

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the parsed body; none at all is an empty object where no field is required."""
        # Whatever the content type of nothing is: one server says it is plain text.
        if not needs_body(schema) and not _read_bytes(req):
            return {}
        return read_json(req)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the query, once it is known to be UTF-8 and said once a name."""
        check_query(req)
        return super().load_querystring(req, schema)

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        """Turn marshmallow's messages into the one error body."""
        del req, schema, error_status_code, error_headers
        # webargs nests messages by location (json, query); a client knows what it sent where.
        inner = next(iter(error.messages_dict.values())) if len(error.messages_dict) == 1 else error.messages
        raise refusal(ValidationError(inner)) from None


def needs_body(schema: Schema | type[Schema]) -> bool:
    """Tell whether a form demands any field, so that a command can be sent without a body where none is."""
    form = schema() if isinstance(schema, type) else schema
    demanding = isinstance(form, Form) and (form.AT_LEAST_ONE or bool(form.SHAPES))
    return demanding or any(field.required for field in form.fields.values())


def read_json(req: Request) -> Any:
    """Parse a JSON body strictly.

    Raises:
        AppError: 415 for another content type, 413 too large, 400 for what is not UTF-8 JSON, is nested deeper than
            16, repeats a name, or holds NaN or a number beyond all bounds.
    """
    if req.mimetype != "application/json":
        raise AppError(Code.UNSUPPORTED_MEDIA_TYPE, 415, "请求正文要用 application/json。")
    try:
        text = _read_bytes(req).decode("utf-8")
    except UnicodeDecodeError:
        raise AppError(Code.BAD_ENCODING, 400, "正文不是有效的 UTF-8。") from None
    return parse_json(text)


def _read_bytes(req: Request) -> bytes:
    # werkzeug ends a chunked body silently where the bound is, so one byte more is let in to tell.
    req.max_content_length = MAX_JSON_BYTES + 1
    data = req.get_data(cache=True)
    if len(data) > MAX_JSON_BYTES:
        raise RequestEntityTooLarge
    return data


def refuse_body(req: Request) -> None:
    """Let a request that has no fields come with nothing, or with an empty object.

    Raises:
        AppError: what `read_json` raises; 422 naming a field that nobody asked for.
    """
    if not req.content_length and not req.environ.get("wsgi.input_terminated"):
        return
    if req.method in {"GET", "HEAD"} or not _read_bytes(req):
        return
    body = read_json(req)
    if body != {}:
        name = next(iter(body)) if isinstance(body, dict) else ""
        raise refusal(ValidationError({name: [UNKNOWN_FIELD]} if name else "Invalid input type."))


def parse_json(text: str) -> Any:
    """Parse JSON text; see `read_json` for what is refused."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise AppError(Code.BAD_JSON, 400, "正文不是有效的 JSON。") from None
    _check_depth(value)
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name twice")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_depth(value: Any) -> None:
    layer, depth = [value], 0
    while layer:
        depth += 1
        if depth > MAX_DEPTH:
            raise AppError(Code.BAD_JSON, 400, f"JSON 嵌套超过 {MAX_DEPTH} 层。")
        layer = [
            inner
            for outer in layer
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]


def check_query(req: Request) -> None:
    """Refuse a query that is not UTF-8, holds control characters, or says a name twice."""
    try:
        text = unquote_to_bytes(req.query_string).decode("utf-8")
    except UnicodeDecodeError:
        raise AppError(Code.BAD_ENCODING, 400, "网址参数不是有效的 UTF-8。") from None
    if not is_clean(text):
        raise AppError(Code.BAD_ENCODING, 400, "网址参数含有控制字符。")
    for name, values in req.args.lists():
        if len(values) > 1:
            raise AppError(
                Code.BAD_REQUEST,
                400,
                "同一个参数写了两次。",
                errors=[{"field": name[:64], "code": "repeated", "message": "写了两次。"}],
            )


PARSER = StrictParser()
