"""Many phones at once: coming online, being cut, coming back, and agreeing with the server."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from scenario.people import Person, sign_in_citizen
from scenario.phone import Phone

ONLINE, AWAY = 50, 10
# Of every three phones one is signed in.
SIGNED_IN_EVERY = 3
AT_ONCE = 10
EQUAL_WITHIN_S = 5.0
T = TypeVar("T")
G = TypeVar("G")


class Crowd:
    """`online` stay online all the time; `away` are cut off now and then."""

    def __init__(self, url: str) -> None:
        people = together(range(ONLINE + AWAY), lambda number: _somebody(url, number))
        phones = [Phone(person) for person in people]
        self.online, self.away = phones[:ONLINE], phones[ONLINE:]

    @property
    def phones(self) -> list[Phone]:
        """All phones."""
        return self.online + self.away

    @property
    def citizens(self) -> list[Phone]:
        """Those phones of the ones online on which somebody is signed in."""
        return [phone for phone in self.online if phone.person.token]

    def arrive(self) -> None:
        """Bring all phones online and up to date."""
        together(self.phones, Phone.go_online)

    def cut(self) -> None:
        """Cut the phones off that lose their network."""
        together(self.away, Phone.go_offline)

    def leave(self) -> None:
        """Close every socket."""
        together(self.phones, Phone.go_offline)


def _somebody(url: str, number: int) -> Person:
    if number % SIGNED_IN_EVERY:
        return Person(url)
    # A number nobody had in an earlier run, or codes for it could be asked for too often.
    return sign_in_citizen(url, f"+86138{secrets.randbelow(10**8):08d}")


def together(things: Sequence[G], do: Callable[[G], T]) -> list[T]:
    """Do something with each thing, several at a time; the answers come in the order of the things."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(do, things))


def count_unequal(phones: Sequence[Phone]) -> int:
    """Count phones whose digests differ from the server's and stay so."""
    return together(phones, _becomes_equal).count(False)


def _becomes_equal(phone: Phone) -> bool:
    """Compare, and again after catching up: others may be writing to the server between the two looks."""
    deadline = time.monotonic() + EQUAL_WITHIN_S
    while not phone.equals_server():
        if time.monotonic() > deadline:
            return False
        phone.catch_up()
    return True
