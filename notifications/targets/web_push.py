"""Browsers, by the standards that all of them share: RFC 8030, 8188, 8291, and 8292 for our signature."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from py_vapid import Vapid02  # type: ignore[import-untyped] # The library ships no types.

from backend.clock import Clock, SystemClock
from backend.inbox.vapid import VapidKey
from backend.inbox.web_push import PUSH_SERVICES, Subscription, is_push_service, read_subscription
from notifications.targets.base import Delivery, Letter, Outcome, Push
from notifications.targets.retry_after import retry_after_s
from notifications.targets.sessions import one_try_session
from notifications.targets.side_by_side import side_by_side
from notifications.targets.web_push_message import headers, payload

MAX_ADDRESSES = 100
IN_FLIGHT = 20
# Half of the day that a push service lets a signature live, so that their clock may differ from ours.
_SIGNED_FOR_S = 12 * 3600
_MAX_ANSWER_BYTES = 1 << 14
_TAKEN = {200, 201, 202}
_GONE = {404, 410}
_REFUSED = {401, 403}
_LATER = {408, 429}


class WebPushTarget:
    """Sends to browsers. An address is a `backend.inbox.web_push.Subscription`, as its `address` writes it.

    A call of `send` ends after three times `timeout_s` at the latest, whatever the push services do.

    Args:
        key: what the browsers subscribed for.
        subject: whom a push service writes to when our pushes cause trouble, as `mailto:` or `https:` address.
        hosts: the push services that may be called, as `is_push_service` reads them.
        timeout_s: seconds to wait for a connection, and again for an answer.
        clock: what the signature's expiry counts from.
    """

    kind = "web_push"
    at_once = MAX_ADDRESSES

    def __init__(
        self,
        key: VapidKey,
        subject: str,
        hosts: Sequence[str] = PUSH_SERVICES,
        timeout_s: float = 10,
        clock: Clock | None = None,
    ) -> None:
        self._hosts, self._timeout_s, self._clock = tuple(hosts), timeout_s, clock or SystemClock()
        self._signer = _Signer(key, subject)
        self._session = one_try_session(IN_FLIGHT)

    def send(self, letters: Sequence[Letter]) -> list[Delivery]:
        """Hand over up to 100 letters; the answers are in their order.

        Raises:
            ValueError: more than 100 letters.
        """
        if len(letters) > MAX_ADDRESSES:
            raise ValueError(f"at most {MAX_ADDRESSES} letters a call, not {len(letters)}")
        return side_by_side(
            self._send_one,
            letters,
            at_once=IN_FLIGHT,
            within_s=3 * self._timeout_s,
            late=lambda letter: Delivery(letter.address, "retry", "timeout"),
        )

    def close(self) -> None:
        """Close the connections. The target cannot be used afterwards."""
        self._session.close()

    def _send_one(self, letter: Letter) -> Delivery:
        try:
            subscription = read_subscription(letter.address)
        except ValueError:
            return Delivery(letter.address, "dead", "malformed")
        if not is_push_service(subscription.endpoint, self._hosts):
            return Delivery(letter.address, "failed", "unknown_push_service")
        try:
            text = payload(letter.push)
        except ValueError:
            return Delivery(letter.address, "failed", "too_large")
        try:
            response = self._post(subscription, letter.push, text)
        except requests.Timeout:
            return Delivery(letter.address, "retry", "timeout")
        except requests.RequestException:
            return Delivery(letter.address, "retry", "unreachable")
        return self._judge(letter.address, response)

    def _post(self, subscription: Subscription, push: Push, text: bytes) -> requests.Response:
        # It brings an HTTP client of its own, which takes a tenth of a second and which no start has a use for.
        from pywebpush import WebPusher  # type: ignore[import-untyped] # noqa: PLC0415 # It ships no types either.

        keys = {"auth": subscription.auth, "p256dh": subscription.p256dh}
        sealed = WebPusher({"endpoint": subscription.endpoint, "keys": keys}).encode(text, "aes128gcm")["body"]
        signature = self._signer.header(subscription.endpoint, self._clock.now().timestamp())
        with self._session.post(
            subscription.endpoint,
            data=sealed,
            headers={**headers(push), "Authorization": signature},
            timeout=self._timeout_s,
            allow_redirects=False,
            stream=True,
        ) as response:
            # The status has said all. The rest is read off the line, if it is short, so that the line can be kept.
            with contextlib.suppress(urllib3.exceptions.HTTPError, OSError):
                response.raw.read(_MAX_ANSWER_BYTES)
            return response

    def _judge(self, address: str, response: requests.Response) -> Delivery:
        status = response.status_code
        if status in _TAKEN:
            return Delivery(address, "sent", vendor_id=response.headers.get("Location"))
        outcome, code = _verdict(status)
        wait = retry_after_s(response, self._clock.now()) if outcome == "retry" else None
        return Delivery(address, outcome, code, retry_after_s=wait)


@dataclass(frozen=True, slots=True)
class _Signature:
    header: str
    use_until: float


class _Signer:
    """Signs for one push service at a time: a signature names its reader, and no message."""

    def __init__(self, key: VapidKey, subject: str) -> None:
        # The library knows addresses in an older form only; the settings have looked at ours.
        self._vapid, self._subject = Vapid02(key.private, conf={"no-strict": True}), subject
        self._lock = threading.Lock()
        self._held: dict[str, _Signature] = {}

    def header(self, endpoint: str, now: float) -> str:
        """Return `Authorization` for a push service: the same one for some hours, which they like better."""
        parts = urlsplit(endpoint)
        audience = f"{parts.scheme}://{parts.netloc.lower()}"
        with self._lock:
            held = self._held.get(audience)
            if held is None or not now < held.use_until <= now + _SIGNED_FOR_S:
                held = self._held[audience] = self._sign(audience, now)
            return held.header

    def _sign(self, audience: str, now: float) -> _Signature:
        claims: Mapping[str, Any] = {"aud": audience, "exp": int(now) + _SIGNED_FOR_S, "sub": self._subject}
        return _Signature(self._vapid.sign(claims)["Authorization"], now + _SIGNED_FOR_S / 2)


def _verdict(status: int) -> tuple[Outcome, str]:
    if status in _GONE:
        return "dead", f"http_{status}"
    if status in _REFUSED:
        # The browser subscribed for another key of ours, or the service does not like the one we have.
        return "failed", "vapid_refused"
    if status >= 500 or status < 400 or status in _LATER:
        # A redirection is not the push service's: whoever stands in between may be gone at the next try.
        return "retry", f"http_{status}"
    return "failed", f"http_{status}"
