"""Installations of the app with push tokens, some of which the vendor has forgotten."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scenario.crowd import together
from scenario.people import Person

LIVE, DEAD = 20, 5
HANDED_OVER_WITHIN_S = 15.0
ANY_HOUR = {"quiet": {"on": False, "from": "22:00", "to": "07:00"}}


@dataclass(frozen=True)
class Installation:
    """The app on one phone. A token that begins with `dead-` is unknown to the demo's vendor."""

    id: str
    owner: Person
    token: str

    def register(self) -> None:
        """Tell the server where to ring, at whatever hour this is played."""
        form = {"platform": "android", "push_token": self.token, "preferences": ANY_HOUR}
        self.owner.does("PUT", f"/devices/{self.id}", form)
        if self.owner.token:
            ver = self.owner.does("GET", "/me/preferences")["ver"]
            self.owner.patch("/me/preferences", ANY_HOUR, ver)

    def can_ring(self) -> bool:
        """Ask whether the server still has a token for it."""
        return bool(self.owner.does("GET", f"/devices/{self.id}")["can_ring"])

    def forget(self) -> None:
        """Take it off the server."""
        self.owner.does("DELETE", f"/devices/{self.id}")


@dataclass(frozen=True)
class Installations:
    """Those that can be rung and those that cannot."""

    live: Sequence[Installation]
    dead: Sequence[Installation]

    def register(self) -> None:
        """Register all."""
        together([*self.live, *self.dead], Installation.register)

    def forget(self) -> None:
        """Forget all."""
        together([*self.live, *self.dead], Installation.forget)


def make_installations(owners: Sequence[Person]) -> Installations:
    """Make them, in turn for each of the owners."""
    made = [_make(owners[number % len(owners)], "live" if number < LIVE else "dead") for number in range(LIVE + DEAD)]
    return Installations(made[:LIVE], made[LIVE:])


def _make(owner: Person, prefix: str) -> Installation:
    mark = secrets.token_hex(8)
    return Installation(f"scenario-{mark}", owner, f"{prefix}-{mark}")


def wait_for_pushes(editor: Person, story_id: str, rounds: int) -> dict[str, Any]:
    """Wait until the pushes of so many rounds are through, and return the report; late, it is returned as it is."""
    deadline = time.monotonic() + HANDED_OVER_WITHIN_S
    while True:
        report: dict[str, Any] = editor.does("GET", f"/editor/stories/{story_id}/pushes")
        through = len(report["rounds"]) >= rounds and report["pending"] == 0
        if through or time.monotonic() > deadline:
            return report
        time.sleep(0.1)
