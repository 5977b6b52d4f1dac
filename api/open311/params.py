"""Reading parameters: of the address, and of a form in the body."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import parse_qsl

from flask import current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from api.document import KEY_PATTERN
from backend.accounts.rules import request_hash
from backend.forms import ID_PATTERN
from backend.open311.actions import Repeat
from backend.open311.moments import read_span
from backend.open311.queries import MOST, Search
from backend.open311.refusals import bad, fault, unknown
from backend.open311.reports import Params, value_of
from backend.open311.views import STATES

MAX_BODY = 256 * 1024
_MAX_FIELDS = 200
_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def read_query() -> Params:
    """Return the parameters in the address, all values of each.

    Raises:
        AppError: 400 for what is not UTF-8, and for too many.
    """
    return _gather(_pairs(request.query_string))


def read_form() -> Params:
    """Return the fields of the body, and those in the address that the body does not have.

    Raises:
        AppError: 400 for a body that is no form, is not UTF-8 or holds a file. A body that is too large is werkzeug's
            413.
    """
    form = _gather(_body())
    return {**read_query(), **form}


def demand_jurisdiction(params: Params) -> None:
    """Raise 404 for another jurisdiction than ours, which may be left out."""
    named = value_of(params, "jurisdiction_id")
    if named is not None and named != current_app.extensions["settings"].open311_jurisdiction:
        raise unknown("没有这个 jurisdiction_id")


def read_repeat(params: Params) -> Repeat:
    """Return the client's own mark for a repeated request, which the standard does not have, and a fingerprint."""
    key = request.headers.get("Idempotency-Key") or None
    if key is not None and not re.fullmatch(KEY_PATTERN, key):
        raise bad(fault("Idempotency-Key", "invalid", "Idempotency-Key 要用 1 到 128 个可见的 ASCII 字符"))
    told = sorted((name, list(values)) for name, values in params.items() if name != "api_key")
    digest = hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()
    return Repeat(key, request_hash(current_app.extensions["settings"].secret_key, digest))


def read_search(params: Params, now: datetime) -> Search:
    """Return which requests are looked for.

    Raises:
        AppError: 400 for an unknown status, bad dates, a span of more than 90 days, and bad pages.
    """
    limit, offset = _page(params)
    ids = _listed(params, "service_request_id")
    if ids is not None:
        return Search(ids=_possible(ids), limit=limit, offset=offset)
    begins, ends = read_span(value_of(params, "start_date"), value_of(params, "end_date"), now)
    codes, statuses = _listed(params, "service_code"), _listed(params, "status")
    if statuses is not None and not STATES.keys() >= set(statuses):
        raise bad(fault("status", "unknown", "status 只能是 open 或 closed"))
    return Search(
        begins=begins,
        ends=ends,
        services=None if codes is None else _possible(codes),
        statuses=None if statuses is None else tuple(statuses),
        limit=limit,
        offset=offset,
    )


def _body() -> Iterable[tuple[str, str]]:
    # One byte more is let in, since a chunked body would otherwise end silently at the bound.
    request.max_content_length = MAX_BODY + 1
    if request.mimetype == _MULTIPART:
        if request.files:
            raise bad(fault("media", "unsupported", "不收文件，请把图片的网址写在 media_url 里"))
        return list(request.form.items(multi=True))
    data = request.get_data(cache=True)
    if len(data) > MAX_BODY:
        raise RequestEntityTooLarge
    if data and request.mimetype != _FORM:
        raise bad(fault("Content-Type", "unsupported", f"Content-Type 要用 {_FORM}"))
    return _pairs(data)


def _pairs(data: bytes) -> list[tuple[str, str]]:
    try:
        text = data.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except UnicodeDecodeError:
        raise bad(fault("", "bad_encoding", "参数不是有效的 UTF-8")) from None
    except ValueError:
        raise bad(fault("", "too_many", f"参数最多 {_MAX_FIELDS} 个")) from None


def _gather(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text)
    return found


def _listed(params: Params, name: str) -> list[str] | None:
    """Return the words of a parameter that may be given several times, with commas, or both."""
    words = [word.strip() for text in params.get(name, ()) for word in text.split(",")]
    return [word for word in words if word] or None


def _possible(words: list[str]) -> tuple[str, ...]:
    """Leave out what can be no id of ours, and so is not there."""
    return tuple(dict.fromkeys(word for word in words if re.fullmatch(ID_PATTERN, word)))[:MOST]


def _page(params: Params) -> tuple[int, int]:
    """Read `page` and `page_size`, which the standard lacks and most of its servers have."""
    size, page = _whole(params, "page_size", MOST), _whole(params, "page", 1)
    size = min(size, MOST)
    return size, (page - 1) * size


def _whole(params: Params, name: str, default: int) -> int:
    text = value_of(params, name)
    if text is None:
        return default
    if not re.fullmatch("[1-9][0-9]{0,5}", text):
        raise bad(fault(name, "invalid", f"{name} 要填正整数"))
    return int(text)
