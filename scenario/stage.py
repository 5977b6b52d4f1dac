"""What all acts of a scenario share: the server, the house's people, the report, and how long things may take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from scenario.arrivals import percentile
from scenario.people import Person, sign_in_staff
from scenario.report import Report

WAIT_S = 10.0


class NotPossible(Exception):
    """The scenario cannot be played with what it was given; the words are for the person who started it."""


@dataclass
class Stage:
    """A running server. `within_ms` is how soon the last phone must have the news; `pause_s` lets onlookers look."""

    url: str
    story: dict[str, Any]
    report: Report
    within_ms: float = 1000
    pause_s: float = 2
    _staff: dict[str, Person] = field(default_factory=dict)

    def staff(self, username: str) -> Person:
        """Return a member of the demo's staff, signed in."""
        if username not in self._staff:
            self._staff[username] = sign_in_staff(self.url, username)
        return self._staff[username]

    def sign_in_anew(self) -> None:
        """Have everybody sign in again, as after a long time."""
        self._staff.clear()

    @cached_property
    def stranger(self) -> Person:
        """Somebody who is not signed in."""
        return Person(self.url)

    def pause(self) -> None:
        """Give whoever watches the page a moment."""
        time.sleep(self.pause_s)

    def check_arrivals(self, what: str, moments: Sequence[float], phones: int, began: float) -> None:
        """Put into the table when a thing reached the phones, in ms from the request that caused it."""
        late = phones - len(moments)
        self.report.check(
            late == 0,
            "手机收到 phones reached",
            f"{len(moments)} / {phones}",
            f"{what}：有 {late} 部在线手机没有直接收到 ({late} phones online never got it over their sockets)",
        )
        if moments:
            self._row_spread(moments, began)
            slowest = (moments[-1] - began) * 1000
            self.report.check(
                slowest <= self.within_ms,
                "最后一部 last phone",
                f"{slowest:.1f} ms",
                f"{what}：最后一部手机用了 {slowest:.0f} 毫秒，超过 {self.within_ms:.0f} 毫秒 (the last was late)",
            )

    def _row_spread(self, moments: Sequence[float], began: float) -> None:
        for item, moment in (
            ("第一部 first phone", moments[0]),
            ("中位 p50", percentile(moments, 0.5)),
            ("p99", percentile(moments, 0.99)),
        ):
            self.report.row(item, f"{(moment - began) * 1000:.1f} ms")
