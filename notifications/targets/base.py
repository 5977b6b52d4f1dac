"""What every push vendor looks like to the sender, which knows none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Priority = Literal["high", "normal"]
Outcome = Literal["sent", "dead", "retry", "failed"]

MAX_ADDRESSES = 500


@dataclass(frozen=True)
class Push:
    """One bell, the same for everybody who gets it.

    `data` carries `{kind, id, seq}` as strings, so that the app syncs straight to the thing. Bells with one
    `collapse_key` replace each other on the phone. `ttl_s` is how long the vendor keeps it for a phone that is off.
    Empty `title` and `body` make it silent: the app wakes, acts on `data`, and nothing is shown.
    """

    title: str
    body: str
    data: dict[str, str]
    collapse_key: str | None
    ttl_s: int
    priority: Priority


@dataclass(frozen=True)
class Delivery:
    """What came of one address, which is a device token or a topic.

    `sent`: the vendor took it. `dead`: the address will never work again, drop it. `retry`: it was not taken, or
    nobody can tell (the answer was lost), so it may ring twice. `failed`: trying again cannot help; `code` says why.
    `code` is in the vendor's words and None when sent; `retry_after_s` is None when the vendor named no time.
    """

    address: str
    outcome: Outcome
    code: str | None = None
    vendor_id: str | None = None
    retry_after_s: float | None = None


class PushTarget(Protocol):
    """A vendor. No method raises for a vendor's trouble; a `ValueError` is our own malformed push, token or topic."""

    @property
    def kind(self) -> str:
        """The vendor's short name, as stored with a device: `fcm`."""

    def send(self, push: Push, tokens: Sequence[str]) -> list[Delivery]:
        """Hand the push over for up to `MAX_ADDRESSES` devices; the answers are in the order of `tokens`."""

    def send_topic(self, push: Push, topic: str) -> Delivery:
        """Hand the push over once for all who subscribed to the topic."""

    def subscribe(self, tokens: Sequence[str], topic: str) -> list[Delivery]:
        """Put up to `MAX_ADDRESSES` devices on the topic; doing it twice is no error."""

    def unsubscribe(self, tokens: Sequence[str], topic: str) -> list[Delivery]:
        """Take up to `MAX_ADDRESSES` devices off the topic; one that was not on it is no error."""
