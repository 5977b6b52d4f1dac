"""JPush (极光), which reaches Android without Google by the phones' makers, and iOS and HarmonyOS as well."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import requests

from backend.clock import Clock, SystemClock
from notifications.targets.base import Delivery, Letter, Push
from notifications.targets.jpush_message import call_id, compose
from notifications.targets.jpush_verdicts import Verdict, judge
from notifications.targets.sessions import one_try_session
from notifications.targets.side_by_side import side_by_side

URL = "https://api.jpush.cn"
# JPush takes a thousand ids a call.
MAX_ADDRESSES = 500
IN_FLIGHT = 8
# An application may call 600 times a minute if it pays nothing, and several workers call.
MAX_SEARCH_CALLS = 64
_REGISTRATION_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)


class JPushTarget:
    """Sends through JPush. Letters that say the same go out in one call; an address is a registration id.

    JPush answers for a call as a whole. If it knows nobody, the call is halved until each id has its own answer; of
    ids that were taken together, one that is dead is not found out.

    A call of `send` ends after three times `timeout_s` at the latest.

    Args:
        app_key: the application's key.
        master_secret: its secret.
        url: an address that takes the place of JPush's, for a fake or for its second site.
        timeout_s: seconds to wait for a connection, and again for an answer.
        clock: what a date to wait for counts from.
    """

    kind = "jpush"
    at_once = MAX_ADDRESSES

    def __init__(
        self,
        app_key: str,
        master_secret: str,
        url: str | None = None,
        timeout_s: float = 10,
        clock: Clock | None = None,
    ) -> None:
        self._app_key, self._timeout_s, self._clock = app_key, timeout_s, clock or SystemClock()
        self._url = f"{(url or URL).rstrip('/')}/v3/push"
        self._session = one_try_session(IN_FLIGHT)
        self._session.auth = (app_key, master_secret)
        # Its manual wants call ids from a supply that it hands out, which cannot be the same at a second try after a
        # restart. Ours have their form; should it refuse them, we do without, and a lost answer may ring twice.
        self._names_calls = True

    def send(self, letters: Sequence[Letter]) -> list[Delivery]:
        """Hand over up to 500 letters; the answers are in their order.

        Raises:
            ValueError: more than 500 letters.
        """
        if len(letters) > MAX_ADDRESSES:
            raise ValueError(f"at most {MAX_ADDRESSES} letters a call, not {len(letters)}")
        search = _Search(give_up_at=time.monotonic() + 2 * self._timeout_s)
        groups = _groups(letters)
        answers = side_by_side(
            lambda group: self._ring([letters[index] for index in group], search),
            groups,
            at_once=IN_FLIGHT,
            within_s=3 * self._timeout_s,
            late=lambda group: _all([letters[index] for index in group], Verdict("retry", "timeout")),
        )
        found = {
            index: delivery
            for group, deliveries in zip(groups, answers, strict=True)
            for index, delivery in zip(group, deliveries, strict=True)
        }
        malformed = Verdict("dead", "malformed")
        return [found[index] if index in found else _of(letter, malformed) for index, letter in enumerate(letters)]

    def close(self) -> None:
        """Close the connections. The target cannot be used afterwards."""
        self._session.close()

    def _ring(self, letters: Sequence[Letter], search: _Search) -> list[Delivery]:
        """Ring phones that are told the same."""
        try:
            body = compose(letters[0].push)
        except ValueError:
            return _all(letters, Verdict("failed", "too_large"))
        return self._ask(letters, body, search)

    def _ask(self, letters: Sequence[Letter], body: dict[str, Any], search: _Search) -> list[Delivery]:
        if search.is_late():
            return _all(letters, Verdict("retry", "timeout"))
        verdict = self._call(letters, body)
        if not verdict.nobody or len(letters) == 1:
            return _all(letters, verdict)
        if not search.may_halve():
            # The next try finds more of them; what was found so far is no longer among these letters then.
            return _all(letters, replace(verdict, outcome="retry"))
        middle = len(letters) // 2
        return self._ask(letters[:middle], body, search) + self._ask(letters[middle:], body, search)

    def _call(self, letters: Sequence[Letter], body: dict[str, Any]) -> Verdict:
        addressed = {**body, "audience": {"registration_id": [letter.address for letter in letters]}}
        name = call_id(self._app_key, (letter.key for letter in letters)) if self._names_calls else None
        verdict = self._post(addressed if name is None else {"cid": name, **addressed})
        if verdict.foreign_id and name is not None:
            self._names_calls = False
            verdict = self._post(addressed)
        return verdict

    def _post(self, body: dict[str, Any]) -> Verdict:
        try:
            response = self._session.post(
                self._url,
                data=json.dumps(body, ensure_ascii=False).encode(),
                headers={"Content-Type": "application/json; charset=utf-8"},
                timeout=self._timeout_s,
                allow_redirects=False,
            )
        except requests.Timeout:
            return Verdict("retry", "timeout")
        except requests.RequestException:
            return Verdict("retry", "unreachable")
        return judge(response, self._clock.now())


class _Search:
    """How long, and with how many calls, one `send` may look for ids that are not known."""

    def __init__(self, give_up_at: float) -> None:
        self._give_up_at = give_up_at
        self._lock = threading.Lock()
        self._left = MAX_SEARCH_CALLS

    def is_late(self) -> bool:
        """Tell whether no more calls may begin."""
        return time.monotonic() > self._give_up_at

    def may_halve(self) -> bool:
        """Tell whether two more calls may be made, and count them."""
        with self._lock:
            self._left -= 2
            return self._left >= 0


def _groups(letters: Sequence[Letter]) -> list[list[int]]:
    """Put the numbers of letters together that say the same, without those that have no address to speak of."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for index, letter in enumerate(letters):
        if _REGISTRATION_ID.fullmatch(letter.address):
            found.setdefault(_said(letter.push), []).append(index)
    return list(found.values())


def _said(push: Push) -> tuple[Any, ...]:
    data = tuple(sorted(push.data.items()))
    return (push.title, push.body, data, push.collapse_key, push.ttl_s, push.priority, push.sound)


def _all(letters: Sequence[Letter], verdict: Verdict) -> list[Delivery]:
    return [_of(letter, verdict) for letter in letters]


def _of(letter: Letter, verdict: Verdict) -> Delivery:
    return Delivery(letter.address, verdict.outcome, verdict.code, verdict.vendor_id, verdict.retry_after_s)
