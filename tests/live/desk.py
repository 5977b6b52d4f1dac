"""A newsroom that holds live blogs, in as few calls as it takes."""

from __future__ import annotations

import uuid
from typing import Any

from tests.support.server import Server

Thing = dict[str, Any]


def word() -> str:
    """Return words that stand nowhere else."""
    return f"独一份{uuid.uuid4().hex}"


def draft(server: Server, **fields: Any) -> Thing:
    form = {"headline": word(), "intro": word(), "section": "minsheng", "towns": ["gucun"]} | fields
    made: Thing = server.staff("editor").does("POST", "/editor/lives", form)
    return made


def on_live(server: Server, who: str, live: Thing, command: str, **form: Any) -> Thing:
    made: Thing = server.staff(who).does("POST", f"/editor/lives/{live['id']}/{command}", form)
    return made


def opened(server: Server, **fields: Any) -> Thing:
    return on_live(server, "editor2", draft(server, **fields), "open")


def write(server: Server, live: Thing, who: str = "reporter", **fields: Any) -> Thing:
    form = {"body": word()} | fields
    made: Thing = server.staff(who).does("POST", f"/editor/lives/{live['id']}/entries", form)
    return made


def on_entry(server: Server, who: str, entry: Thing, command: str, **form: Any) -> Thing:
    made: Thing = server.staff(who).does("POST", f"/editor/entries/{entry['id']}/{command}", form)
    return made


def say(server: Server, live: Thing, **fields: Any) -> Thing:
    """Have an entry written by one person and shown by another."""
    return on_entry(server, "editor", write(server, live, **fields), "show")


def words_of(entry: Thing) -> str:
    return str(entry["body"][0]["html"]).removeprefix("<p>").removesuffix("</p>")
