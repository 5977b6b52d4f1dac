"""docs/asyncapi.yaml is true: every message that really travels fits its schema, and none is left undescribed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from realtime.gateway import EVENTS
from realtime.talk import MOST_MESSAGES, WINDOW_S
from scenario.people import sign_in_staff
from tests.support.server import ROOT, Server, wait_until
from tests.sync.watcher import Watcher
from tests.sync.world import TOWN, World

DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text(encoding="utf-8"))


def validator(message: str) -> Draft202012Validator:
    payload = DOCUMENT["components"]["messages"][message]["payload"]
    return Draft202012Validator({**payload, "components": DOCUMENT["components"]})


def assert_fits(message: str, body: Any) -> None:
    assert [error.message for error in validator(message).iter_errors(body)] == [], (message, body)


def said(watcher: Watcher, event: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send a message that fits its schema, and check that the answer fits as well."""
    assert_fits(event, body)
    answer = watcher.say(event, body)
    assert_fits("problem" if "code" in answer else "state", answer)
    return answer


def test_the_document_is_whole() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    received = {name for name, operation in DOCUMENT["operations"].items() if operation["action"] == "receive"}
    assert received == EVENTS.keys() - {"connect"}
    assert DOCUMENT["channels"]["sync"]["messages"].keys() == DOCUMENT["components"]["messages"].keys()


def test_how_much_a_connection_may_say_stands_in_the_document() -> None:
    assert WINDOW_S == 10
    assert f"A connection may send {MOST_MESSAGES} messages in ten seconds." in DOCUMENT["info"]["description"]


def test_the_kinds_are_those_that_are_rendered(house: Server) -> None:
    source = (Path(ROOT) / "wsgi.py").read_text(encoding="utf-8")
    loaders = source.partition("def _renderers(")[2].partition("return renderers")[0]
    registered = set(re.findall(r'^ {8}"(\w+)": ', loaders, re.MULTILINE))
    assert set(DOCUMENT["components"]["schemas"]["Row"]["properties"]["kind"]["enum"]) == registered


def test_what_travels_fits(make_server: Callable[..., Server]) -> None:
    server = make_server(TICK_S="1")
    world = World(server)
    person = sign_in_staff(server.url, "dispatcher")
    watcher, public = Watcher(person), Watcher(server.anonymous())
    watcher.connect()
    public.connect()
    cursors = {"token": person.token, "epoch": None, "cursors": {"pub": 0}, "client": {"name": "test"}}
    assert said(watcher, "hello", cursors)["tick_s"] == 1
    assert said(public, "hello", {"token": None})["streams"].keys() == {"pub"}
    said(public, "watch", {"stream": f"town:{TOWN}"})
    said(public, "unwatch", {"stream": f"town:{TOWN}"})
    assert said(public, "watch", {"stream": "desk:service"})["status"] == 401
    said(watcher, "auth", {"token": person.token})
    world.move("chief", world.live(), "withdraw", reason="失实")
    world.breaking()
    world.move("duty", world.breaking(), "withdraw", reason="失实")
    world.replied()
    world.notice()
    grant = world.grant("dispatcher", "editor", desk="editing")
    wait_until(lambda: watcher.events("streams"))
    world.story()
    world.end(grant)
    wait_until(lambda: any(note["lost"] for note in watcher.events("streams")))
    person.does("DELETE", "/auth/tokens")
    wait_until(lambda: any(note["reason"] == "signed_out" for note in watcher.events("streams")))
    wait_until(lambda: watcher.events("tick"))
    assert server.stop() == 0
    wait_until(lambda: public.events("bye"))
    for event, body in watcher.heard + public.heard:
        assert_fits(event, body)
    told = {event for event, _ in watcher.heard + public.heard}
    assert told == {name for name, operation in DOCUMENT["operations"].items() if operation["action"] == "send"}
    kinds = {row["kind"] for row in watcher.rows() + public.rows()}
    assert {"article", "bell", "notice", "request", "story", "me", "session"} <= kinds


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("hello", {"unknown": 1}),
        ("hello", {"token": 5}),
        ("hello", {"cursors": {"pub": -1}}),
        ("hello", {"cursors": {f"town:t{number}": 1 for number in range(51)}}),
        ("watch", {}),
        ("watch", {"stream": "no-such-scope:1"}),
        ("watch", {"stream": "town:" + "x" * 80}),
        ("auth", {"token": None}),
        ("auth", {"token": "x" * 2001}),
    ],
)
def test_what_does_not_fit_is_refused(world: World, event: str, body: dict[str, Any]) -> None:
    assert list(validator(event).iter_errors(body)) != []
    with Watcher(world.server.anonymous()) as watcher:
        answer = watcher.say(event, body)
        assert_fits("problem", answer)
        assert answer["status"] == 422
