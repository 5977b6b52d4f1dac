"""What JPush's answers mean: for the phones, and for how to go on asking."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from notifications.targets.base import Outcome
from notifications.targets.retry_after import retry_after_s

# What is not here is `failed`: asking again would get the same answer.
_RETRY = {
    1000: "it stumbled over itself",
    1030: "a part of it took too long",
    2002: "too many calls a minute",
    # Our own access was refused, which says nothing about the phone.
    1004: "app key and secret do not fit",
    2003: "the app key may not call",
    2004: "this machine may not call",
}
_NO_TARGET = 1011
_BAD_VALUE = 1003
_SAID_BEFORE = re.compile("duplicat|repeat|already|重复", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one call. `nobody`: none of its ids is known. `foreign_id`: it wants call ids that it gave out."""

    outcome: Outcome
    code: str | None = None
    vendor_id: str | None = None
    retry_after_s: float | None = None
    nobody: bool = False
    foreign_id: bool = False


def judge(response: requests.Response, now: datetime) -> Verdict:
    """Read an answer."""
    content = _content(response)
    if response.status_code == 200 and "msg_id" in content:
        return Verdict("sent", vendor_id=str(content["msg_id"]))
    error = content.get("error")
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        return _unreadable(response, now)
    number, words = error["code"], str(error.get("message"))
    code = f"jpush_{number}"
    if number == _BAD_VALUE and "cid" in words.lower():
        # JPush says that a repeat gets the first one's answer. Should it refuse one instead, the first was taken.
        said_before = _SAID_BEFORE.search(words) is not None
        return Verdict("sent") if said_before else Verdict("failed", code, foreign_id=True)
    if number == _NO_TARGET or (number == _BAD_VALUE and "registration" in words.lower()):
        return Verdict("dead", code, nobody=True)
    if number in _RETRY or response.status_code >= 500 or response.status_code == 429:
        return Verdict("retry", code, retry_after_s=_wait(response, now))
    return Verdict("failed", code)


def _unreadable(response: requests.Response, now: datetime) -> Verdict:
    """Judge what is not the vendor's own answer: a page of something in between, or half of one."""
    status = response.status_code
    if 400 <= status < 500 and status not in {401, 408, 429}:
        return Verdict("failed", f"http_{status}")
    return Verdict("retry", f"http_{status}", retry_after_s=_wait(response, now))


def _wait(response: requests.Response, now: datetime) -> float | None:
    named = retry_after_s(response, now)
    if named is None and response.status_code == 429:
        # It stands on every answer, and only here it is to be waited for.
        named = retry_after_s(response, now, "X-Rate-Limit-Reset")
    return named


def _content(response: requests.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
