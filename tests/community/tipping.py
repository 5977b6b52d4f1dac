"""What the tests of tips share: people who send them, and what the desk does with them."""

from __future__ import annotations

import uuid
from typing import Any

from scenario.people import Person
from tests.newsroom.kitchen import must
from tests.support.server import Server

Thing = dict[str, Any]
APPROVED = ("verify", "convert", "submit", "approve", "dispatch")


def words() -> str:
    return f"牡丹江路口积水{uuid.uuid4().hex}"


def tip(citizen: Person, **fields: Any) -> Thing:
    return dict(citizen.does("POST", "/tips", {"text": words()} | fields))


def taken(server: Server, made: Thing, who: str = "editor", **form: Any) -> Thing:
    return must(server.staff(who), f"/kitchen/tips/{made['id']}/take", form)


def topic_of(server: Server, lead: str) -> Thing:
    """Take a lead all the way to a dispatched topic."""
    must(server.staff("head"), f"/kitchen/leads/{lead}/verify")
    topic = must(server.staff("editor"), f"/kitchen/leads/{lead}/convert", {"class": "livelihood"})
    must(server.staff("editor"), f"/kitchen/topics/{topic['id']}/submit")
    must(server.staff("head"), f"/kitchen/topics/{topic['id']}/approve")
    line = {"kind": "text", "desk": "reporters", "due": "2099-01-01T00:00:00Z", "targets": ["app"]}
    return must(server.staff("duty"), f"/kitchen/topics/{topic['id']}/dispatch", {"coverages": [line]})


def whats(shown: Thing) -> list[str]:
    return [step["what"] for step in shown["timeline"]]
