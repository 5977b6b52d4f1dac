"""What schemathesis is told beyond the OpenAPI document: who calls, and which refusals of good input are right."""

from __future__ import annotations

import os
import zlib
from typing import Any

import schemathesis

from scenario.people import Person, sign_in_citizen, sign_in_staff

URL, WHO = os.environ["CONTRACT_URL"], os.environ["CONTRACT_WHO"]
# These end the sign-in they are called with, so each call gets one of its own.
ENDING = {("DELETE", "/api/v1/me"), ("DELETE", "/api/v1/auth/tokens")}

# Reasons to refuse what fits the schema: only the data can tell.
MEANING = {
    "unknown",  # no such town, section, office, service or file
    "bad_cursor",  # a cursor is opaque, and this list did not give this one out
    "check_digit",  # one wrong digit in a code that is read out on the telephone
    "not_a_mobile",  # numbers of all countries are allowed; which are possible no pattern can tell
    "wrong",  # a TOTP code that is not the one of this minute
    "order",  # an end before its beginning
    "before_start",  # the same
    "mismatch",  # a role that goes with an office, without one, or the other way round
    "media_unreadable",  # a file that is not what its first bytes promise
}
# The same, but only of these fields: whether they are needed follows from the person or the state of the thing.
MEANING_OF_FIELD = {("office", "missing"), ("text", "missing"), ("body", "empty")}


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


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Put known names in the place of made-up ones, in three of four good bodies."""
    if case.meta is None or not case.meta.generation.mode.is_positive or not isinstance(case.body, dict):
        return
    if zlib.crc32(repr(case.body).encode()) % 4:
        case.body = {name: KNOWN.get(name, value) for name, value in case.body.items()}


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
        formal = [e for e in errors if e["code"] not in MEANING and (e["field"], e["code"]) not in MEANING_OF_FIELD]
        assert not formal, f"refused for its form: {formal}"
    if refused == 412:
        assert "If-Match" in (case.headers or {}), "no version was asked for"
    if refused == 415:
        # Random bytes are no picture.
        assert case.operation.label == "POST /api/v1/media"
    if refused == 410:
        assert response.json()["code"] in {"resync", "withdrawn"}


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
