"""What every push vendor looks like to the sender, which knows none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

Priority = Literal["high", "normal"]
Outcome = Literal["sent", "dead", "retry", "failed"]
# The code of what fails since this installation has no such vendor.
NOT_INSTALLED = "not_configured"


@dataclass(frozen=True)
class Push:
    """What one bell says on a phone.

    `data` carries `{kind, id, seq}` as strings, so that the app syncs straight to the thing. Bells with one
    `collapse_key` replace each other on the phone. `ttl_s` is how long the vendor keeps it for a phone that is off.
    Empty `title` and `body` make it silent: the app wakes, acts on `data`, and nothing is shown. Without `sound` it is
    shown and wakes nobody.
    """

    title: str
    body: str
    data: dict[str, str]
    collapse_key: str | None
    ttl_s: int
    priority: Priority
    sound: bool = True


@dataclass(frozen=True)
class Letter:
    """A push to one address. `key` is the same at every try, for vendors that drop what they were handed before."""

    address: str
    push: Push
    key: str = ""


@dataclass(frozen=True)
class Delivery:
    """What came of one address, which is a device token, a subscription, a number, a mailbox or a topic.

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
    """A vendor. No method raises for a vendor's trouble; a `ValueError` is our own malformed push or address."""

    @property
    def kind(self) -> str:
        """The vendor's short name, as stored with a device: `fcm`."""

    @property
    def at_once(self) -> int:
        """How many letters it takes in one call."""

    def send(self, letters: Sequence[Letter]) -> list[Delivery]:
        """Hand letters over, at most `at_once` of them; the answers are in their order.

        It returns within 40 seconds, however slow the vendor is: a job that sends holds a lease of 60.
        """

    def close(self) -> None:
        """Close the connections. The target cannot be used afterwards."""


@runtime_checkable
class TopicTarget(PushTarget, Protocol):
    """A vendor who rings all subscribers of a topic for one call."""

    def send_topic(self, push: Push, topic: str) -> Delivery:
        """Hand the push over once for all who subscribed to the topic."""

    def subscribe(self, tokens: Sequence[str], topic: str) -> list[Delivery]:
        """Put up to `at_once` devices on the topic; doing it twice is no error."""

    def unsubscribe(self, tokens: Sequence[str], topic: str) -> list[Delivery]:
        """Take up to `at_once` devices off the topic; one that was not on it is no error."""
