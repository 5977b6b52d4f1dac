"""Firebase Cloud Messaging through its real SDK."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import firebase_admin  # type: ignore[import-untyped] # The SDK ships no types.
from firebase_admin import messaging
from firebase_admin.exceptions import FirebaseError  # type: ignore[import-untyped]
from google.auth.exceptions import GoogleAuthError

from backend.clock import Clock, SystemClock
from backend.ids import new_id
from notifications.targets.base import MAX_ADDRESSES, Delivery, Push
from notifications.targets.fcm_message import compose, to_token, to_topic
from notifications.targets.fcm_verdicts import judge, judge_reason
from notifications.targets.fcm_wire import VENDOR, ServiceAccount, VendorAdapter

# `send_each` starts a thread and opens a connection for every message it is given. A hundred keep the vendor busy
# without eating a process's file descriptors.
IN_FLIGHT = 100


class FcmTarget:
    """Sends through Firebase. Any number may live side by side; each is its own app of the SDK.

    A call of `send` that meets a vendor who does not answer ends within about four times `timeout_s`.

    Args:
        credentials: the service account, as Google's JSON file or what it holds.
        endpoint: an address that takes the place of Firebase's, for a fake; the account's `token_uri` names its own.
        timeout_s: seconds to wait for a connection, and again for an answer.
        clock: what expiry times count from.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds no service account.
    """

    kind = "fcm"

    def __init__(
        self,
        credentials: Mapping[str, str] | str | Path,
        endpoint: str | None = None,
        timeout_s: float = 10,
        clock: Clock | None = None,
    ) -> None:
        info = credentials if isinstance(credentials, Mapping) else _read(Path(credentials))
        self._account = ServiceAccount(info, timeout_s=timeout_s, direct=endpoint is not None)
        self._app = firebase_admin.initialize_app(
            self._account, {"projectId": info.get("project_id"), "httpTimeout": timeout_s}, name=f"fcm-{new_id()}"
        )
        self._session = _session_of(self._app)
        self._session.mount(VENDOR, VendorAdapter(endpoint.rstrip("/") if endpoint else None))
        self._timeout_s, self._clock = timeout_s, clock or SystemClock()

    def send(self, push: Push, tokens: Sequence[str]) -> list[Delivery]:
        """Hand the push over for up to 500 devices; the answers are in the order of `tokens`.

        Raises:
            ValueError: more than 500 tokens, an empty token, or `data` that holds something other than text.
        """
        _check_count(tokens)
        message = compose(push, self._clock.now())
        give_up_at = time.monotonic() + 2 * self._timeout_s
        deliveries: list[Delivery] = []
        for start in range(0, len(tokens), IN_FLIGHT):
            some = tokens[start : start + IN_FLIGHT]
            if start and time.monotonic() > give_up_at:
                # A vendor this slow must not hold the job beyond its lease; the rest goes with the next try.
                deliveries += [judge_reason(token, "DEADLINE_EXCEEDED") for token in some]
            else:
                deliveries += self._hand_over([to_token(message, token) for token in some], some)
        return deliveries

    def send_topic(self, push: Push, topic: str) -> Delivery:
        """Hand the push over once for all who subscribed to the topic.

        Raises:
            ValueError: the topic holds a character that Firebase does not allow, such as a colon.
        """
        message = to_topic(compose(push, self._clock.now()), topic)
        return self._hand_over([message], [topic])[0]

    def subscribe(self, tokens: Sequence[str], topic: str) -> list[Delivery]:
        """Put up to 500 devices on the topic.

        Raises:
            ValueError: more than 500 tokens, an empty token, or a malformed topic.
        """
        return self._manage(messaging.subscribe_to_topic, tokens, topic)

    def unsubscribe(self, tokens: Sequence[str], topic: str) -> list[Delivery]:
        """Take up to 500 devices off the topic.

        Raises:
            ValueError: more than 500 tokens, an empty token, or a malformed topic.
        """
        return self._manage(messaging.unsubscribe_from_topic, tokens, topic)

    def close(self) -> None:
        """Close the connections. The target cannot be used afterwards."""
        firebase_admin.delete_app(self._app)
        self._session.close()
        self._account.close()

    def _hand_over(self, messages: list[messaging.Message], addresses: Sequence[str]) -> list[Delivery]:
        try:
            answers = messaging.send_each(messages, app=self._app).responses
        except (FirebaseError, GoogleAuthError) as error:
            # The SDK raises for the batch when it could not sign in.
            return [judge(address, error, self._clock.now()) for address in addresses]
        return [self._read_answer(*pair) for pair in zip(addresses, answers, strict=True)]

    def _read_answer(self, address: str, answer: messaging.SendResponse) -> Delivery:
        if answer.exception is not None:
            return judge(address, answer.exception, self._clock.now())
        return Delivery(address, "sent", vendor_id=answer.message_id)

    def _manage(self, call: Callable[..., Any], tokens: Sequence[str], topic: str) -> list[Delivery]:
        _check_count(tokens)
        if not tokens:
            return []
        try:
            answer = call(list(tokens), topic, app=self._app)
        except (FirebaseError, GoogleAuthError) as error:
            return [judge(token, error, self._clock.now()) for token in tokens]
        reasons = {error.index: error.reason for error in answer.errors}
        return [
            judge_reason(token, reasons[index]) if index in reasons else Delivery(token, "sent")
            for index, token in enumerate(tokens)
        ]


def _session_of(app: firebase_admin.App) -> Any:
    """Return the requests session that the SDK sends with.

    The SDK has no public way to it, and no option for the retries or the address. These two private names are
    all we touch: the service of this app, and its HTTP client. Everything else is a mounted adapter, which is the
    way that requests documents. Fixed to firebase-admin 7.7; a test over the wire fails if they move.
    """
    service = messaging._get_messaging_service(app)  # noqa: SLF001 # Said above.
    return service._client.session  # noqa: SLF001 # Said above.


def _check_count(tokens: Sequence[str]) -> None:
    if len(tokens) > MAX_ADDRESSES:
        raise ValueError(f"at most {MAX_ADDRESSES} tokens a call, not {len(tokens)}")


def _read(path: Path) -> dict[str, str]:
    info = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(info, dict):
        raise ValueError("the file holds no service account")  # noqa: TRY004 # A bad file is a bad value.
    return info
