"""All push vendors on the wire, a server's settings for them, and a phone of each, seen from its owner's side."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fakes import jpush, sms_gateway, smtp, web_push
from fakes.fcm import FakeFcm
from scenario.people import Person
from tests.support import tables
from tests.support.server import Server, wait_until

SENDER = "push@rongmei.example"
_PUSH_JOBS = "SELECT state, run_at FROM job WHERE kind LIKE 'push.%' AND state IN ('ready', 'leased')"


class Vendors:
    """The vendors. That of Firebase is shared with other tests, so what is asked of it names its phones."""

    def __init__(self, fcm: FakeFcm) -> None:
        self.fcm = fcm
        self.jpush, self.web = jpush.serve(), web_push.serve()
        self.sms, self.smtp = sms_gateway.serve(), smtp.serve()

    def env(self) -> dict[str, str]:
        """Return the settings under which a server finds all but Firebase, which each server is given."""
        return {
            "WEB_PUSH_HOSTS": self.web.host,
            "JPUSH_APP_KEY": jpush.APP_KEY,
            "JPUSH_MASTER_SECRET": jpush.MASTER_SECRET,
            "JPUSH_URL": self.jpush.url,
            "SMS_URL": self.sms.sms_url,
            "SMS_TOKEN": sms_gateway.TOKEN,
            "SMTP_URL": self.smtp.url,
            "SMTP_FROM": SENDER,
        }

    def behave(self) -> None:
        """Have all of them behave well again; what was taken stays."""
        self.jpush.behave()
        self.web.behave()
        self.sms.behave()

    def stop(self) -> None:
        """Stop all but Firebase."""
        for vendor in (self.jpush, self.web, self.sms, self.smtp):
            vendor.stop()

    def phones(self, person: Person) -> list[Phone]:
        """Return a phone of each vendor, on all of which the person is signed in, or nobody."""
        made: list[Phone] = [FcmPhone(self), JPushPhone(self), Browser(self)]
        for phone in made:
            phone.register(person)
        return made


@dataclass(frozen=True)
class Rung:
    """What came to a phone once. `replaces` is the vendor's mark by which it takes the place of what came before."""

    title: str
    body: str
    data: dict[str, str]
    replaces: str


class Phone:
    """An installation of the app; a subclass says how its vendor reaches it."""

    kind = ""

    def __init__(self, vendors: Vendors) -> None:
        self.id = f"{self.kind}-{uuid.uuid4().hex}"
        self._vendors = vendors

    def register(self, person: Person, **fields: Any) -> dict[str, Any]:
        """Register it for whoever is signed in; return it as the server has it."""
        answer: dict[str, Any] = person.does("PUT", f"/devices/{self.id}", self.address() | fields)
        return answer

    def can_ring(self, server: Server) -> bool:
        """Tell whether the server has an address for it."""
        return bool(server.anonymous().does("GET", f"/devices/{self.id}")["can_ring"])

    def rings(self, about: str) -> list[Rung]:
        """Return what came about one thing, oldest first."""
        return [rung for rung in self._rung() if rung.data["id"] == about]

    def address(self) -> dict[str, Any]:
        """Return what the app tells the server of its vendor."""
        raise NotImplementedError

    def _rung(self) -> list[Rung]:
        raise NotImplementedError


class FcmPhone(Phone):
    """A phone with Google's services."""

    kind = "fcm"

    def address(self) -> dict[str, Any]:
        """Return its token."""
        return {"platform": "android", "push_token": f"token-{self.id}"}

    def _rung(self) -> list[Rung]:
        taken = (entry["message"] for entry in self._vendors.fcm.messages(limit=100_000))
        mine = [message for message in taken if message.get("token") == f"token-{self.id}"]
        return [
            Rung(
                message.get("notification", {}).get("title", ""),
                message.get("notification", {}).get("body", ""),
                message["data"],
                message["android"]["collapse_key"],
            )
            for message in mine
        ]


class JPushPhone(Phone):
    """A phone without them. `name` is the registration id, of which JPush knows none that begins with `dead-`."""

    kind = "jpush"

    def __init__(self, vendors: Vendors, name: str | None = None) -> None:
        super().__init__(vendors)
        self.name = name or f"reg-{uuid.uuid4().hex}"

    def address(self) -> dict[str, Any]:
        """Return its registration id."""
        return {"platform": "android", "vendor": "jpush", "push_token": self.name}

    def _rung(self) -> list[Rung]:
        return [_of_jpush(taken["push"]) for taken in self._vendors.jpush.messages(self.name)]


def _of_jpush(push: dict[str, Any]) -> Rung:
    replaces = push["options"]["apns_collapse_id"]
    if "message" in push:
        return Rung("", "", push["message"]["extras"], replaces)
    shown = push["notification"]["android"]
    return Rung(shown.get("title", ""), shown["alert"], shown["extras"], replaces)


class Browser(Phone):
    """A browser that has subscribed."""

    kind = "web"

    def __init__(self, vendors: Vendors, key: str | None = None) -> None:
        super().__init__(vendors)
        self.subscription = vendors.web.subscribe(key)

    def address(self) -> dict[str, Any]:
        """Return its subscription."""
        return {"platform": "web", "web_push": self.subscription}

    def messages(self) -> list[dict[str, Any]]:
        """Return what its push service took for it, opened."""
        mine = self.subscription["endpoint"]
        return [message for message in self._vendors.web.messages() if message["endpoint"] == mine]

    def _rung(self) -> list[Rung]:
        return [
            Rung(
                message["payload"].get("title", ""),
                message["payload"].get("body", ""),
                message["payload"]["data"],
                message["headers"]["topic"],
            )
            for message in self.messages()
        ]


def be_idle(server: Server) -> None:
    """Wait until no push job runs or is due by the server's clock; what waits for a later moment is left waiting."""

    def idle() -> bool:
        now = datetime.fromtimestamp(time.time() + _ahead_s(server), UTC)
        return all(state == "ready" and _moment(run_at) > now for state, run_at in tables.run(server, _PUSH_JOBS))

    wait_until(idle, 30)


def pass_time(server: Server, seconds: float, *, step: float = 20) -> None:
    """Let time go by in steps, in each of which all that is due is done."""
    passed = 0.0
    while passed < seconds:
        server.move_clock(step)
        be_idle(server)
        passed += step


def _ahead_s(server: Server) -> float:
    return float(server.clock_file.read_text() or 0) if server.clock_file.exists() else 0.0


def _moment(stored: Any) -> datetime:
    """Read a moment as the database gives it: SQLite as text, and both perhaps without the zone."""
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
