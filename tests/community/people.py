"""Citizens who have proven who they are, and what they say."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from backend.community.identity.rules import check_digit
from scenario import examine
from scenario.people import Person
from tests.support.server import Server, wait_until

_births = itertools.count()


def number(born: str = "19900307", order: int | None = None) -> str:
    """Return a number of an identity card that is right in form, a new one unless an order is given."""
    first = f"310113{born}{(next(_births) if order is None else order) % 1000:03d}"
    return first + check_digit(first)


def proven(person: Person, id_number: str | None = None) -> Person:
    """Have a person verified, by the demo's stand-in or a vendor that knows them."""
    form = {"name": "张三", "id_number": id_number or f"{unique()}"}
    person.does("PUT", "/me/identity", form)
    wait_until(lambda: person.does("GET", "/me/identity")["state"] == "verified")
    return person


def unique() -> str:
    """Return a number that nobody else has, also where many tests share a house."""
    draw = uuid.uuid4().int
    born = f"{1950 + draw % 50}{1 + draw // 50 % 12:02d}{1 + draw // 600 % 28:02d}"
    return number(born, draw // 16800)


def commentator(server: Server) -> Person:
    """Return a new citizen who may comment."""
    return proven(server.citizen())


def word() -> str:
    """Return a text that occurs nowhere else."""
    return f"独一份{uuid.uuid4().hex}"


def article(server: Server, **fields: Any) -> str:
    """Publish an article; return its id."""
    form = {
        "headline": word(),
        "summary": word(),
        "body": word(),
        "section": "minsheng",
        "class": "livelihood",
        "towns": ["gucun"],
        "sources": [{"name": "街道办", "kind": "official", "verified": True}],
    }
    story = server.staff("editor").does("POST", "/editor/stories", form | fields)["id"]
    server.staff("editor").does("POST", f"/editor/stories/{story}/submit")
    examine.sign_off(server.staff, story)
    server.staff("chief").does("POST", f"/editor/stories/{story}/publish")
    return str(story)


def withdraw(server: Server, about: str) -> None:
    """Withdraw an article."""
    server.staff("duty").does("POST", f"/editor/stories/{about}/withdraw", {"reason": "失实"})


def say(person: Person, about: str, text: str | None = None, **form: Any) -> dict[str, Any]:
    """Post a comment."""
    said: dict[str, Any] = person.does("POST", "/comments", {"article": about, "text": text or word()} | form)
    return said


def decide(server: Server, comment: dict[str, Any], command: str, who: str = "monitor", **form: Any) -> dict[str, Any]:
    """Have a moderator decide."""
    path = f"/desk/comments/{comment['id']}/{command}"
    decided: dict[str, Any] = server.staff(who).does("POST", path, form or None)
    return decided


def shown(server: Server, person: Person, about: str, **form: Any) -> dict[str, Any]:
    """Post a comment, and have it shown."""
    return decide(server, say(person, about, **form), "show")
