"""What schemathesis is told beyond the OpenAPI document: who calls, and which refusals of good input are right."""

from __future__ import annotations

import os
import re
import zlib
from functools import cache
from typing import Any

import schemathesis

from scenario.people import Person, sign_in_citizen, sign_in_staff

URL, WHO = os.environ["CONTRACT_URL"], os.environ["CONTRACT_WHO"]
# These end the sign-in they are called with, so each call gets one of its own.
ENDING = {("DELETE", "/api/v1/me"), ("DELETE", "/api/v1/auth/tokens"), ("DELETE", "/api/v1/me/sign-ins/{session_id}")}

# Reasons to refuse what fits the schema: only the data can tell.
MEANING = {
    "unknown",  # no such town, section, office, service or file
    "bad_cursor",  # a cursor is opaque, and this list did not give this one out
    "check_digit",  # one wrong digit in a code that is read out on the telephone
    "not_a_mobile",  # numbers of all countries are allowed; which are possible no pattern can tell
    "country_not_served",  # codes go to the countries of a setting
    "wrong",  # a TOTP code that is not the one of this minute, a guardian's that is not the one that was sent
    "spent",  # a guardian's code that was used or is too old, or that nobody was sent
    "own_number",  # a guardian's telephone that is the child's own
    "outdated",  # a version of the privacy notice that is not the present one
    "in_future",  # a moment of the past that is still to come
    "order",  # an end before its beginning
    "before_start",  # the same
    "mismatch",  # a role that goes with an office, without one, or the other way round; half a position
    "checksum_mismatch",  # bytes that are not those that were announced
    "media_unreadable",  # a file that is not what its first bytes promise
    "in_past",  # an end that has gone by
    "not_closed",  # a polygon whose last point is not its first
    "outside",  # an area that is nowhere in the district
    "not_a_phone",  # the same of a contact that looks like a number
    "not_a_picture",  # a file that is a document or a recording
    "repeated",  # a day that is named twice
    "no_such_day",  # the birth date in the number of an identity card
    "sum",  # shares that do not make a hundred
    "too_wide",  # a caption, of which half-width characters count as half
}
# The same, but only of these fields: whether they are needed follows from the person or the state of the thing.
MEANING_OF_FIELD = {("office", "missing"), ("text", "missing"), ("body", "empty")} | {
    # What a CAP message needs follows from its kind and its scope.
    *((name, "missing") for name in ("references", "info", "restriction", "addresses")),
}
# The same of each piece of information in it, wherever that stands.
MEANING_OF_INFO = {("expires", "missing"), ("area", "missing"), ("polygon", "empty")}

UPLOADS = {"POST /api/v1/media", "PATCH /api/v1/uploads/{upload_id}", "POST /api/v1/uploads/{upload_id}/finish"}
# A piece of a file is bytes.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")

# Names of things that exist in the demo district, so that good input gets past the look-up more often than not.
KNOWN = {
    "section": "minsheng",
    "town": "gucun",
    "towns": ["gucun"],
    "service": "streetlight",
    "office": "wateraffairs",
    "phone": "13900001234",
    "cover": None,
    "media": [],
    "attachments": [],
}


# Where things are listed that an address names, so that a call reaches one that there is.
LISTS = {
    "channel_id": "/kitchen/channels",
    "publication_id": "/kitchen/publications",
    "case_id": "/kitchen/cases",
    "issue_id": "/kitchen/issues",
    "rundown_id": "/kitchen/rundowns",
    "alert_id": "/kitchen/alerts",
    "rule_id": "/kitchen/opinion-rules",
    "hit_id": "/kitchen/scan-hits",
    "suspect_id": "/kitchen/metrics/suspects",
    "town_id": "/kitchen/opinion-places",
    "message_id": "/office/alerts",
    "notice_id": "/office/notices",
    "work_id": "/office/works",
    "live_id": "/editor/lives",
    "special_id": "/editor/specials",
    "story": "/editor/stories",
    "request_id": "/desk/requests",
    "comment_id": "/desk/comments",
}
CASE_READERS = {"dispatcher", "staff", "supervisor"}
MODERATORS = {"monitor"}
# Of an issue there are few pages and slots.
SMALL = {"page": 1, "slot": 2}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Put known names and things in the place of made-up ones, in three of four good calls."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    draw = zlib.crc32(repr(case.body).encode())
    if isinstance(case.body, dict) and draw % 4:
        case.body = {name: KNOWN.get(name, value) for name, value in case.body.items()}
        if "story" in case.body and "/kitchen/" in case.operation.path:
            case.body["story"] = _one_of("story", draw).get("id", case.body["story"])
    parameters = case.path_parameters or {}
    draw = zlib.crc32(repr((case.body, parameters)).encode())
    if draw % 4:
        for name in list(parameters):
            _name_a_thing(case, name, draw)


def _name_a_thing(case: Any, name: str, draw: int) -> None:
    if name in SMALL:
        case.path_parameters[name] = SMALL[name]
    thing = _one_of(name, draw)
    if thing:
        case.path_parameters[name] = thing["id"]
        if "If-Match" in (case.headers or {}) and "ver" in thing:
            case.headers["If-Match"] = f'"{thing["ver"]}"'


def _one_of(name: str, draw: int) -> dict[str, Any]:
    """Return one of the things that a parameter may name; nothing where there is none, or one may not look."""
    if name not in LISTS or WHO in {"anonymous", "citizen"}:
        return {}
    if (name == "request_id" and WHO not in CASE_READERS) or (name == "comment_id" and WHO not in MODERATORS):
        return {}
    path = LISTS[name] if name in {"channel_id", "town_id"} else f"{LISTS[name]}?limit=20"
    things: list[dict[str, Any]] = _reader().does("GET", path)["items"]
    return things[draw % len(things)] if things else {}


@cache
def _reader() -> Person:
    """Sign in once more: what tests do to a sign-in ends only theirs."""
    return sign_in_staff(URL, WHO)


def _sign_in() -> Person | None:
    if WHO == "anonymous":
        return None
    return sign_in_citizen(URL) if WHO == "citizen" else sign_in_staff(URL, WHO)


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """Signs in as `CONTRACT_WHO`."""

    def __init__(self) -> None:
        self._person: Person | None = None

    def get(self, case: Any, context: Any) -> str | None:
        if WHO == "anonymous":
            return None
        if (case.operation.method.upper(), case.operation.path) in ENDING:
            return _sign_in().token
        if self._person is None:
            self._person = _sign_in()
        return self._person.token

    def set(self, case: Any, data: str | None, context: Any) -> None:
        if data is not None:
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.check
def good_input_is_refused_only_for_what_it_means(ctx: Any, response: Any, case: Any) -> None:
    """Hold every refusal of input that fits the document against the reasons that no document can hold."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    refused = response.status_code
    if refused == 422:
        errors = response.json().get("errors", [])
        assert errors, "a 422 that names no field"
        formal = [e for e in errors if not _is_meaning(e["field"], e["code"])]
        if case.operation.label.endswith("/as-run.csv"):
            # What stands in a table no document can tell.
            formal = []
        assert not formal, f"refused for its form: {formal}"
    if refused == 412:
        assert "If-Match" in (case.headers or {}), "no version was asked for"
    if refused == 415:
        # Random bytes are no picture.
        assert case.operation.label in UPLOADS
    if refused == 410:
        assert response.json()["code"] in {"resync", "withdrawn"}


def _is_meaning(field: str, code: str) -> bool:
    # Which fields a rendition has follows from its kind, and those of a draft that is kept, from what is being edited.
    of_kind = field.startswith(("fields.", "draft.")) and code == "unknown_field"
    if field.startswith("info."):
        name = re.sub(r"^info\.\d+\.(area\.\d+\.)?|\.\d+$", "", field)
        return code in MEANING or (name, code) in MEANING_OF_INFO
    return code in MEANING or (field, code) in MEANING_OF_FIELD or of_kind


@schemathesis.check
def refusals_are_problems(ctx: Any, response: Any, case: Any) -> None:
    """Demand of each refusal the one form, with the same status inside, and Chinese words for the person."""
    if response.status_code < 400:
        return
    assert response.headers["content-type"][0] == "application/problem+json", response.text[:300]
    body = response.json()
    assert body["status"] == response.status_code
    words = [body["detail"], *(error["message"] for error in body.get("errors", []))]
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in text) for text in words), words


@schemathesis.check
def an_upload_is_taken_only_as_one_file(ctx: Any, response: Any, case: Any) -> None:
    """Demand of each upload that was taken that its body held the one part `file`."""
    if case.operation.label == "POST /api/v1/media" and response.status_code == 201:
        body = response.request.body
        assert body.count(b"Content-Disposition:") == 1
        assert b'name="file"' in body
