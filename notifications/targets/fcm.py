"""Firebase Cloud Messaging through its real SDK."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import firebase_admin  # type: ignore[import-untyped] # The SDK ships no types.
from firebase_admin import messaging
from firebase_admin.exceptions import FirebaseError  # type: ignore[import-untyped]
from google.auth.exceptions import GoogleAuthError

from backend.clock import Clock, SystemClock
from backend.ids import new_id
from notifications.targets.base import Delivery, Letter, Push
from notifications.targets.fcm_message import compose, to_token, to_topic
from notifications.targets.fcm_verdicts import judge, judge_reason
from notifications.targets.fcm_wire import VENDOR, ServiceAccount, VendorAdapter, use_environment_once
from notifications.targets.side_by_side import side_by_side

MAX_ADDRESSES = 500
# Each call has a thread and a connection. A hundred keep the vendor busy without eating a process's file descriptors.
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
    at_once = MAX_ADDRESSES

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
        use_environment_once(self._session)
        self._session.mount(VENDOR, VendorAdapter(endpoint.rstrip("/") if endpoint else None))
        self._timeout_s, self._clock = timeout_s, clock or SystemClock()

    def send(self, letters: Sequence[Letter]) -> list[Delivery]:
        """Hand over up to 500 letters; the answers are in their order.

        Raises:
            ValueError: more than 500 letters, an empty token, or `data` that holds something other than text.
        """
        _check_count(letters)
        now, give_up_at = self._clock.now(), time.monotonic() + 2 * self._timeout_s
        refused: list[GoogleAuthError] = []

        def hand_over(message: messaging.Message) -> Delivery:
            if refused:
                # Who was not let in a moment ago need not ask again for each letter.
                return judge(message.token, refused[0], now)
            if time.monotonic() > give_up_at:
                # A vendor this slow must not hold the job beyond its lease; the rest goes with the next try.
                return too_late(message)
            return self._hand_over(message, message.token, refused)

        def too_late(message: messaging.Message) -> Delivery:
            return judge_reason(message.token, "DEADLINE_EXCEEDED")

        # Not by the SDK's `send_each`: that starts a thread for every message, and waits for the slowest of them.
        messages, within_s = _compose_all(letters, now), 4 * self._timeout_s
        return side_by_side(hand_over, messages, at_once=IN_FLIGHT, within_s=within_s, late=too_late)

    def send_topic(self, push: Push, topic: str) -> Delivery:
        """Hand the push over once for all who subscribed to the topic.

        Raises:
            ValueError: the topic holds a character that Firebase does not allow, such as a colon.
        """
        message = to_topic(compose(push, self._clock.now()), topic)
        return self._hand_over(message, topic, [])

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

    def _hand_over(self, message: messaging.Message, address: str, refused: list[GoogleAuthError]) -> Delivery:
        try:
            return Delivery(address, "sent", vendor_id=messaging.send(message, app=self._app))
        except FirebaseError as error:
            return judge(address, error, self._clock.now())
        except GoogleAuthError as error:
            refused.append(error)
            return judge(address, error, self._clock.now())
        except KeyError:
            # Taken, and given no name.
            return Delivery(address, "sent")

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


def _compose_all(letters: Sequence[Letter], now: datetime) -> list[messaging.Message]:
    """Make all messages, before the first is on its way.

    Raises:
        ValueError: the SDK would not send one of them.
    """
    # Most letters of a batch say the same; `data` makes a push unhashable, and the same one is the same object.
    composed: dict[int, messaging.Message] = {}
    messages = []
    for letter in letters:
        if not letter.address:
            raise ValueError("an empty token")
        if id(letter.push) not in composed:
            composed[id(letter.push)] = compose(letter.push, now)
            # Writing one out is how the SDK checks it.
            str(to_token(composed[id(letter.push)], letter.address))
        messages.append(to_token(composed[id(letter.push)], letter.address))
    return messages


def _check_count(tokens: Sequence[Any]) -> None:
    if len(tokens) > MAX_ADDRESSES:
        raise ValueError(f"at most {MAX_ADDRESSES} tokens a call, not {len(tokens)}")


def _read(path: Path) -> dict[str, str]:
    info = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(info, dict):
        raise ValueError("the file holds no service account")  # noqa: TRY004 # A bad file is a bad value.
    return info
