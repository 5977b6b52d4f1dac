"""Nobody is ever given what they may not see: not over the socket, not by asking.

One curious phone for each account of the demo, for nobody, and for two citizens. `HOLDERS` says of each kind of thing
who may hold it; everybody else must never be given even its id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from scenario.people import Person
from tests.alerts import office
from tests.support.server import wait_until
from tests.sync import community_deeds, live_deeds, monitoring_deeds, notice_deeds, tip_deeds
from tests.sync.watcher import Watcher, quiet
from tests.sync.world import NEWSROOM, OURS, STAFF, THEIRS, TOWN, World

EVERYBODY = STAFF | {"nobody", "citizen", "other citizen"}
MODERATORS = {"monitor", "head", "duty", "chief"}
SERVICE_DESK = {"dispatcher", "supervisor"}
# At an office, those who post notices and those who handle requests do not see each other's work.
PLANNERS = {"leader", "chief", "duty", "head", "editor", "editor2", "reporter", "reporter2", "monitor"}
# Who works on alerts; the auditor, who is not of the demo, reads along.
MONITORING = PLANNERS | {"channels"}
OUR_CLERKS, OUR_STAFF = {"office", "office2"}, {"staff"}


def internal_words(w: World) -> str:
    words = w.word()
    w.step("dispatcher", w.case(), "assign", office=OURS, text=words)
    return words


def own_bell(w: World) -> str:
    return str(w.rung(w.citizen, w.step("dispatcher", w.case(), "accept")["id"])["id"])


def read_mark(w: World) -> str:
    bell = w.rung(w.citizen, w.breaking()["id"])["id"]
    w.citizen.does("POST", "/inbox/read", {"ids": [bell]})
    return f"{bell}.{w.citizen.id}"[:64]


def own_session(w: World) -> str:
    signed_in = w.again("editor")
    streams = {"streams": "user"}
    items = signed_in.does("GET", "/sync/snapshot", params=streams)["items"]
    return max(item["id"] for item in items if item["kind"] == "session")


def waiting_comment(w: World) -> str:
    return str(community_deeds.comment(w, community_deeds.talker(w))["id"])


def refused_words(w: World) -> str:
    """Return words that moderators had while they waited, and that nobody else was ever to read."""
    one = community_deeds.comment(w, community_deeds.talker(w))
    community_deeds.decides(w, one, "refuse", reason="rumour")
    return str(one["text"])


def a_like(w: World) -> str:
    about = community_deeds.article(w)
    return str(w.citizen.does("PUT", f"/likes/article/{about}")["id"])


def a_place(w: World) -> str:
    return str(w.citizen.does("POST", "/me/places", {"name": "家", "lat": 31.413, "lon": 121.345})["id"])


def sign_up_note(w: World) -> str:
    words = w.word()
    w.citizen.does("PUT", f"/gatherings/{tip_deeds.announced(w)['id']}/sign-up", {"people": 1, "note": words})
    return words


def guest_list(w: World, who: str) -> str:
    """Have somebody sign up for a gathering of an office, or of the centre; the list bears the gathering's id."""
    made = tip_deeds.announced(w, who)
    w.citizen.does("PUT", f"/gatherings/{made['id']}/sign-up", {"people": 1})
    return f'"guest_list", "id": "{made["id"]}"'


def said_in_public(w: World) -> str:
    words = w.word()
    monitoring_deeds.said(w, words)
    return words


# What makes it, giving the id or the words to look for; and who may be given them.
HOLDERS: dict[str, tuple[Callable[[World], str], set[str]]] = {
    "a draft of a story": (lambda w: w.story()["id"], NEWSROOM),
    "a submitted story": (lambda w: w.submitted()["id"], NEWSROOM),
    "a breaking item nobody has signed": (lambda w: w.fast()["id"], NEWSROOM),
    "an article": (lambda w: w.live()["id"], EVERYBODY),
    "breaking news": (lambda w: w.breaking()["id"], EVERYBODY),
    "the bell of breaking news": (lambda w: w.rung(w.citizen, w.breaking()["id"])["id"], EVERYBODY),
    "a draft of a notice": (lambda w: w.draft()["id"], OUR_CLERKS),
    "a correction that waits": (notice_deeds.waiting_correction, OUR_CLERKS),
    "a draft of works": (lambda w: notice_deeds.work(w)["id"], OUR_CLERKS),
    "announced works": (notice_deeds.announced, EVERYBODY),
    "an item of the catalogue that nobody has published": (lambda w: notice_deeds.item(w)["id"], OUR_CLERKS),
    "a window of an office": (lambda w: notice_deeds.window(w)["id"], OUR_CLERKS),
    "a live blog in preparation": (lambda w: live_deeds.live(w)["id"], NEWSROOM),
    "a special in preparation": (lambda w: live_deeds.special(w)["id"], NEWSROOM),
    "a special": (lambda w: live_deeds.opened_special(w)["id"], EVERYBODY),
    "a live blog": (lambda w: live_deeds.opened(w)["id"], EVERYBODY),
    "an entry that waits": (lambda w: live_deeds.entry(w, live_deeds.opened(w))["id"], NEWSROOM),
    "a correction of an entry that waits": (live_deeds.waiting_correction, NEWSROOM),
    "a notice": (lambda w: w.notice()["id"], EVERYBODY),
    "a draft of a warning": (lambda w: office.draft(w.server)["id"], OUR_CLERKS),
    "a warning": (lambda w: office.issue(w.server)["alert"], EVERYBODY),
    "a drill": (lambda w: office.issue(w.server, status="Exercise")["alert"], set()),
    "a citizen's place": (a_place, {"citizen"}),
    "a request": (lambda w: w.case()["id"], SERVICE_DESK | {"citizen"}),
    "a request with an office": (lambda w: w.assigned()["id"], SERVICE_DESK | OUR_STAFF | {"citizen"}),
    "a request with another office": (
        lambda w: w.assigned(office=THEIRS)["id"],
        SERVICE_DESK | {"staff2", "citizen"},
    ),
    "the words of a request": (lambda w: w.case()["text"], SERVICE_DESK | {"citizen"}),
    "what a dispatcher tells an office": (internal_words, SERVICE_DESK | OUR_STAFF),
    "a tip": (lambda w: tip_deeds.tip(w)["id"], PLANNERS | {"citizen"}),
    "the words of a tip": (lambda w: tip_deeds.tip(w)["text"], PLANNERS | {"citizen"}),
    "a draft of a poll": (lambda w: tip_deeds.poll(w)["id"], NEWSROOM),
    "a poll": (lambda w: tip_deeds.open_poll(w)["id"], EVERYBODY),
    "a vote": (lambda w: tip_deeds.vote(w, tip_deeds.open_poll(w), "1")["id"], {"citizen"}),
    "a draft of an office's gathering": (lambda w: tip_deeds.gathering(w)["id"], OUR_CLERKS),
    "a draft of the centre's gathering": (lambda w: tip_deeds.gathering(w, "editor")["id"], NEWSROOM),
    "a gathering": (lambda w: tip_deeds.announced(w)["id"], EVERYBODY),
    "that an office's list of guests moves": (lambda w: guest_list(w, "office"), OUR_CLERKS),
    "that the centre's list of guests moves": (lambda w: guest_list(w, "editor"), NEWSROOM),
    "what a citizen wrote when signing up": (sign_up_note, {"citizen"}),
    "a citizen's own bell": (own_bell, {"citizen"}),
    "a mark of what a citizen read": (read_mark, {"citizen"}),
    "a comment that waits": (waiting_comment, MODERATORS | {"citizen"}),
    "the words of a comment that was refused": (refused_words, {"citizen", *MODERATORS}),
    "what somebody likes": (a_like, {"citizen"}),
    "what was said in public": (said_in_public, MONITORING),
    "a sign-in": (own_session, {"editor"}),
}


@pytest.fixture(scope="module")
def people(world: World) -> dict[str, Person]:
    strangers = {"nobody": world.server.anonymous(), "other citizen": world.server.citizen()}
    return {name: world.server.staff(name) for name in sorted(STAFF)} | strangers | {"citizen": world.citizen}


@pytest.fixture(scope="module")
def streams(people: dict[str, Person]) -> list[str]:
    persons = [f"user:{people[name].id}" for name in ("citizen", "other citizen", "editor", "admin")]
    return [
        "pub",
        f"town:{TOWN}",
        "desk:editing",
        "desk:planning",
        "desk:service",
        "desk:moderation",
        "desk:monitoring",
        f"desk:notices-{OURS}",
        f"office:{OURS}",
        f"office:{THEIRS}",
        *persons,
    ]


@pytest.fixture(scope="module")
def watchers(people: dict[str, Person], streams: list[str]) -> Iterator[dict[str, Watcher]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(Watcher(person, streams)) for name, person in people.items()}


@pytest.fixture(scope="module")
def made(world: World, watchers: dict[str, Watcher]) -> dict[str, str]:
    """Make one of each while all are watching, and afterwards let them ask for everything."""
    # Rows that came before are not of interest, but the cursor must not lie too far back to be served.
    head = watchers["nobody"].say("hello", {})["head"]
    made = {what: make(world) for what, (make, _) in HOLDERS.items()}
    for what, (_, allowed) in HOLDERS.items():
        for name in allowed:
            wait_until(lambda name=name, what=what: made[what] in watchers[name].text)
    quiet()
    for name, watcher in watchers.items():
        assert {what for what in made if made[what] in watcher.text} == {
            what for what, (_, allowed) in HOLDERS.items() if name in allowed
        }, f"over the socket, to {name}"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda watcher: watcher.ask_everything(head), watchers.values()))
    return made


@pytest.mark.parametrize("what", HOLDERS)
def test_only_those_who_may_are_given(made: dict[str, str], watchers: dict[str, Watcher], what: str) -> None:
    given = {name for name, watcher in watchers.items() if made[what] in watcher.text}
    assert given == HOLDERS[what][1]


def test_a_stream_that_is_not_ones_own_is_refused_without_a_hint(
    made: dict[str, str], watchers: dict[str, Watcher], people: dict[str, Person]
) -> None:
    refused = watchers["other citizen"].refused
    assert set(refused.values()) == {403}
    assert refused.keys() == set(watchers["citizen"].curious_about) - {
        "pub",
        f"town:{TOWN}",
        f"user:{people['other citizen'].id}",
    }
    assert set(watchers["nobody"].refused.values()) == {401}
    unknown = people["other citizen"].get("/sync/snapshot", params={"streams": "desk:no-such-desk"}).json()
    known = people["other citizen"].get("/sync/snapshot", params={"streams": "desk:service"}).json()
    assert {**unknown, "stream": ""} == {**known, "stream": ""}


def test_withdrawn_words_are_in_no_later_answer(world: World, people: dict[str, Person]) -> None:
    head = world.server.anonymous().does("GET", "/sync/changes", params={"since": 0, "streams": "town:luojing"})[
        "cursor"
    ]
    story, urgent, notice = world.live(), world.breaking(), world.notice()
    words = [story["headline"], story["summary"], urgent["headline"], urgent["summary"], notice["title"]]
    words += [block["html"] for thing in (story, urgent, notice) for block in thing["body"] if block["type"] == "text"]
    world.rung(world.citizen, urgent["id"])
    world.move("chief", story, "withdraw", reason="失实")
    world.move("chief", urgent, "withdraw", reason="失实")
    world.office.does("POST", f"/office/notices/{notice['id']}/withdraw", {"reason": "文号有误"})
    paths = [
        "/feed?limit=100",
        f"/feed?town={TOWN}&limit=100",
        "/notices?limit=100",
        f"/notices?office={OURS}&limit=100",
    ]
    paths += [f"/articles/{story['id']}", f"/articles/{urgent['id']}", f"/notices/{notice['id']}"]
    for name in ("nobody", "citizen", "other citizen", "office", "office2", "staff", "dispatcher"):
        asking = Watcher(people[name], ["pub", f"town:{TOWN}", "user", f"office:{OURS}", "desk:service"])
        asking.ask_everything(head)
        answers = [people[name].get(path).text for path in paths]
        if name != "nobody":
            answers += [people[name].get(path).text for path in ("/inbox?limit=100", "/office/notices?limit=100")]
        everything = "\n".join([asking.text, *answers])
        assert [word for word in words if word in everything] == []
