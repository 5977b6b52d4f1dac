"""A right that ends, ends at once on a phone that is connected: nothing that comes later reaches it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scenario.people import Person, renew, sign_in_staff
from tests.support.server import ROOT, Server, wait_until
from tests.sync.watcher import Watcher, quiet
from tests.sync.world import OURS, STAFF, THEIRS, World

# On which of one's streams the lists of each desk live. The rest are read whole where they are opened: accounts, the
# log, and the command desk's board, which is counted by the clock as well.
LISTS = {
    "planning": {"desk:planning"},
    "reporter": {"desk:reporters", "desk:editing"},
    "stories": {"desk:editing"},
    "lives": {"desk:editing"},
    "specials": {"desk:editing"},
    "examination": {"desk:editing"},
    "publishing": {"desk:editing", "desk:newmedia", "desk:newspaper", "desk:tv"},
    "moderation": {"desk:moderation"},
}
AT_OFFICES = {"notices", "alerts", "works", "catalogue"}
WHOLE = {"kitchen", "roster", "audit"}


END_ROLE = """
import sys
import wsgi
from backend.accounts.roster import end_role
app = wsgi.create_app()
with app.extensions["database"].unit() as unit:
    end_role(unit, sys.argv[1])
"""


def lost(watcher: Watcher) -> list[tuple[list[str], str]]:
    return [(note["lost"], note["reason"]) for note in watcher.events("streams") if note["lost"]]


def assert_hears_no_more_requests(world: World, watcher: Watcher) -> None:
    """A new request reaches the dispatcher, who watches as well, and not this phone."""
    with Watcher(world.dispatcher) as witness:
        case = world.case()
        witness.hears_of(case["id"])
    quiet()
    assert case["id"] not in watcher.text
    for path in ("snapshot?", "changes?since=0&", "digest?"):
        name = "stream" if path == "digest?" else "streams"
        assert watcher.person.get(f"/sync/{path}{name}=desk:service").status_code in {401, 403}


def doors() -> dict[str, set[str]]:
    """Read which permissions open each desk, from the desks' own list."""
    text = (ROOT / "web/src/desk/desks.ts").read_text()
    found = re.findall(r'id: "(\w+)",.*?needs: \[(.*?)\]', text, re.DOTALL)
    return {desk: set(re.findall(r'"([\w.]+)"', needs)) for desk, needs in found}


@pytest.mark.parametrize("who", sorted(STAFF))
def test_whoever_may_enter_a_desk_holds_the_streams_of_its_lists(world: World, who: str) -> None:
    me = world.server.staff(who).does("GET", "/me")
    may, held = set(me["permissions"]), set(me["streams"])
    entered = {desk for desk, needs in doors().items() if needs & may}
    missing = {desk: LISTS[desk] - held for desk in entered & LISTS.keys() if LISTS[desk] - held}
    assert missing == {}
    for desk in entered - LISTS.keys() - WHOLE:
        streams = {
            # The assessor comes for the doubted counters, and has no other part in monitoring.
            "monitoring": {"desk:monitoring"} if "alert.work" in may else {"desk:assessment"},
            "assessment": {"desk:assessment"} if "assessment.read_all" in may else {"desk:editing"},
            "community": {"desk:editing"} if "poll.write" in may else {f"desk:notices-{OURS}"},
            "requests": {"desk:service"} if {"request.dispatch", "request.supervise"} & may else {"office:"},
            **{desk: {f"desk:notices-{OURS}"} for desk in AT_OFFICES},
        }[desk]
        assert all(any(one.startswith(stream) for one in held) for stream in streams), desk


def test_a_role_that_is_given_and_ended(world: World) -> None:
    with Watcher(world.again("assessor")) as watcher:
        grant = world.grant("assessor", "dispatcher", desk="service")
        wait_until(lambda: any("desk:service" in note["streams"] for note in watcher.events("streams")))
        watcher.hears_of(world.case()["id"])
        world.end(grant)
        wait_until(lambda: lost(watcher) == [(["desk:service"], "rights")])
        assert_hears_no_more_requests(world, watcher)


def test_a_role_that_is_ended_by_another_process(world: World) -> None:
    grant = world.grant("assessor", "dispatcher", desk="service")
    with Watcher(world.again("assessor")) as watcher:
        watcher.hears_of(world.case()["id"])
        subprocess.run([sys.executable, "-c", END_ROLE, grant], cwd=ROOT, env=world.server.env, check=True, timeout=60)
        wait_until(lambda: lost(watcher))
        assert_hears_no_more_requests(world, watcher)


def test_a_phone_that_left_its_own_stream_still_loses_its_rights(world: World) -> None:
    grant = world.grant("assessor", "dispatcher", desk="service")
    with Watcher(world.again("assessor")) as watcher:
        watcher.say("unwatch", {"stream": "user"})
        watcher.hears_of(world.case()["id"])
        world.end(grant)
        wait_until(lambda: lost(watcher))
        assert_hears_no_more_requests(world, watcher)


def test_a_phone_that_left_its_own_stream_is_still_signed_out(world: World) -> None:
    person = world.again("dispatcher")
    with Watcher(person) as watcher:
        watcher.say("unwatch", {"stream": "user"})
        person.does("DELETE", "/auth/tokens")
        wait_until(lambda: lost(watcher))
        assert_hears_no_more_requests(world, watcher)


def test_a_role_with_an_end_on_the_roster(world: World) -> None:
    until = datetime.now(UTC) + timedelta(seconds=2)
    world.grant("assessor", "dispatcher", desk="service", valid_to=until.isoformat())
    with Watcher(world.again("assessor")) as watcher:
        watcher.hears_of(world.case()["id"])
        wait_until(lambda: datetime.now(UTC) > until)
        # At once, before any turn of the clock that looks for what has run out.
        case = world.case()
        quiet()
        assert case["id"] not in watcher.text
        assert lost(watcher) == [(["desk:service"], "rights")]
        assert_hears_no_more_requests(world, watcher)


def test_signing_out_ends_what_is_private_and_nothing_else(world: World) -> None:
    person = world.again("dispatcher")
    with Watcher(person) as watcher, Watcher(world.again("dispatcher")) as other_sign_in:
        person.does("DELETE", "/auth/tokens")
        wait_until(lambda: [why for _, why in lost(watcher)] == ["signed_out"])
        assert_hears_no_more_requests(world, watcher)
        article = world.live()
        watcher.hears_of(article["id"])
        other_sign_in.hears_of(world.case()["id"])


def test_a_stolen_refresh_token_ends_the_family_on_the_socket_too(world: World) -> None:
    person = world.again("dispatcher")
    assert person.tokens is not None
    form = {"grant": "refresh", "refresh_token": person.tokens["refresh_token"]}
    with Watcher(person) as watcher:
        assert Person(person.url).post("/auth/tokens", form).ok
        assert Person(person.url).post("/auth/tokens", form).status_code == 401
        wait_until(lambda: lost(watcher))
        assert_hears_no_more_requests(world, watcher)


def test_a_case_that_goes_to_another_office_leaves_the_first(world: World) -> None:
    case = world.assigned()
    with Watcher(world.again("staff")) as first, Watcher(world.again("staff2")) as second:
        world.step("staff", case, "return", reason="不归我们")
        wait_until(lambda: [row["op"] for row in first.rows() if row["id"] == case["id"]] == ["del"])
        moved = world.step("dispatcher", case, "assign", office=THEIRS, text=world.word())
        second.hears_of(case["id"])
        quiet()
        assert moved["timeline"][-1]["text"] not in first.text
        changes = first.person.get("/sync/changes", params={"streams": f"office:{OURS}", "since": 0})
        assert moved["timeline"][-1]["text"] not in changes.text


@pytest.fixture(scope="module")
def moving(make_server: Callable[..., Server]) -> Server:
    """Give a server whose clock may be moved."""
    return make_server(TICK_S="1")


def test_an_expired_token_ends_private_streams_and_a_fresh_one_brings_them_back(moving: Server) -> None:
    citizen, dispatcher = moving.citizen(), sign_in_staff(moving.url, "dispatcher")
    with Watcher(dispatcher) as watcher:
        moving.move_clock(15 * 60 + 1)
        renew(citizen)
        form = {"service": "manhole", "title": "过期之后", "text": "不该收到"}
        case = citizen.does("POST", "/requests", form)
        wait_until(lambda: [why for _, why in lost(watcher)] == ["token_expired"])
        quiet()
        assert case["id"] not in watcher.text
        assert set(wait_until(lambda: watcher.events("tick")[-1:])[0]["streams"]) == {"pub"}
        renew(dispatcher)
        ack = watcher.say("auth", {"token": dispatcher.token})
        assert {"pub", "desk:service", f"user:{dispatcher.id}"} == ack["streams"].keys()
        watcher.hears_of(citizen.does("POST", "/requests", form)["id"])


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_a_hello_with_a_bad_token_is_refused(world: World, token: str) -> None:
    watcher = Watcher(world.server.anonymous())
    watcher.connect()
    answer: dict[str, Any] = watcher.say("hello", {"token": token})
    if token:
        assert (answer["status"], answer["code"]) == (401, "bad_credentials")
    assert answer.get("streams", {}).keys() <= {"pub"}
    watcher.close()


def test_nothing_is_sent_and_nothing_may_be_watched_before_a_hello(world: World) -> None:
    watcher = Watcher(world.editor)
    watcher.socket.connect(world.server.url, transports=["websocket"], namespaces=["/sync"], wait_timeout=20)
    assert watcher.say("watch", {"stream": "pub"})["guard"] == "hello_first"
    assert watcher.say("auth", {"token": world.editor.token})["guard"] == "hello_first"
    world.live()
    quiet()
    assert watcher.rows() == []
    watcher.close()
