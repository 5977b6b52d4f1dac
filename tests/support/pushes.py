"""Phones that ring, what rings them, and waiting until it has."""

from __future__ import annotations

import uuid
from typing import Any

from fakes.fcm import FakeFcm
from scenario.people import Person
from tests.support import tables
from tests.support.server import Server, wait_until

BREAKING = {"text": "请勿外出。", "source": {"name": "区气象台", "verified": True}, "reason": "突发"}
# What waits for an hour that is not now is left out: what was held, and the look at the topics each day.
_UNDER_WAY = """
    SELECT count(*) FROM job WHERE kind LIKE 'push.%' AND kind <> 'push.reconcile' AND state IN ('ready', 'leased')
    AND key NOT LIKE 'push:gather:%'
"""


class Device:
    """An installation of the app, with what the vendor was given for it."""

    def __init__(self, vendor: FakeFcm, person: Person, *, token: str | None = None, **fields: Any) -> None:
        self.id, self.token = f"device-{uuid.uuid4().hex}", token or f"token-{uuid.uuid4().hex}"
        self._vendor = vendor
        self.register(person, **fields)

    def register(self, person: Person, **fields: Any) -> dict[str, Any]:
        form = {"platform": "android", "push_token": self.token} | fields
        answer: dict[str, Any] = person.does("PUT", f"/devices/{self.id}", form)
        return answer

    def rings(self, about: str | None = None) -> list[dict[str, Any]]:
        """What reached this device by its token, about one thing or all."""
        messages = [
            entry["message"] for entry in self._vendor.messages() if entry["message"].get("token") == self.token
        ]
        return [one for one in messages if about is None or one["data"]["id"] == about]

    def topics(self) -> set[str]:
        return {topic for topic, tokens in self._vendor.topics().items() if self.token in tokens}


def prefer(person: Person, **wishes: Any) -> None:
    """Have a person want to be told of things in another way."""
    answer = person.patch("/me/preferences", wishes, person.does("GET", "/me/preferences")["ver"])
    assert answer.status_code == 200, answer.text


def breaking(server: Server, headline: str = "暴雨红色预警", signer: str = "duty") -> dict[str, Any]:
    """Have breaking news opened and signed."""
    opened = server.staff("editor").does("POST", "/editor/breaking", BREAKING | {"headline": headline})
    signed: dict[str, Any] = server.staff(signer).does("POST", f"/editor/breaking/{opened['id']}/sign")
    return signed


def settle(server: Server) -> None:
    """Wait until no push waits or runs."""
    wait_until(lambda: tables.run(server, _UNDER_WAY) == [(0,)])
