"""Asking the vendor of the real-name check whether a name and a number belong together."""

from __future__ import annotations

import requests

from backend.community.identity.rules import has_right_digit
from backend.jobs.worker import GiveUp, RetryLater

# What says nothing about the person: our access was refused (401, 403), there was no time (408, 425), the same check
# is still under way (409), or we were too fast (429).
_LATER = frozenset({401, 403, 408, 409, 425, 429})


class LocalRealName:
    """Takes every number whose last digit is right; for the demo only, since it knows nobody's name."""

    def matches(self, name: str, number: str, key: str) -> bool:
        """Tell whether the number could be somebody's."""
        return has_right_digit(number)


class HttpRealName:
    """Posts `{name, id_number}` as JSON, with the token as bearer and the key as `Idempotency-Key`.

    It answers 200 with `{match: true|false}`, and 4xx for what it will never take; whatever else it says, or fails to
    say, is later. Neither name nor number is in any error: those are logged.

    Args:
        url: the address to post to.
        token: the bearer token.
        timeout_s: seconds to wait for an answer.
    """

    def __init__(self, url: str, token: str, timeout_s: float = 10) -> None:
        self._url, self._token = url, token
        self._timeout = (min(timeout_s, 5), timeout_s)
        self._session = requests.Session()

    def matches(self, name: str, number: str, key: str) -> bool:
        """Ask the vendor."""
        try:
            # A redirect is not followed: name and number are for this address and no other.
            answer = self._session.post(
                self._url,
                json={"name": name, "id_number": number},
                headers={"Authorization": f"Bearer {self._token}", "Idempotency-Key": key},
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise RetryLater(type(error).__name__) from None
        status = answer.status_code
        if 400 <= status < 500 and status not in _LATER:
            raise GiveUp(f"http_{status}")
        if status != 200:
            raise RetryLater(f"http_{status}")
        return _said(answer)


def _said(answer: requests.Response) -> bool:
    try:
        match = answer.json()["match"]
    except (ValueError, KeyError, TypeError):
        raise RetryLater("not_understood") from None
    if not isinstance(match, bool):
        raise RetryLater("not_understood")
    return match
