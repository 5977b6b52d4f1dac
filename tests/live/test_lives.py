"""Live blogs over HTTP and sockets: who may say what, what comes late, and what is gone."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backend.feed.live.rules import reading_order
from scenario.phone import Phone
from tests.live.desk import draft, on_entry, on_live, opened, say, word, words_of, write
from tests.media_files import new_photo
from tests.support.server import Server, wait_until
from tests.sync.watcher import Watcher, quiet


def stream_of(live: dict[str, Any]) -> str:
    return f"live:{live['id']}"


def read_on(phone: Phone, stream: str) -> list[str]:
    """Return the ids of the entries that a phone holds, in the order in which they are read."""
    held = [data for (kind, _), (_, data) in phone.items[stream].items() if kind == "live_entry"]
    return [entry["id"] for entry in reading_order(held)]


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    body: dict[str, Any] = answer.json()
    return body


# ── two people ──


def test_an_entry_waits_for_a_second_person(server: Server) -> None:
    live = opened(server)
    by_editor = write(server, live, who="editor")
    own = server.staff("editor").post(f"/editor/entries/{by_editor['id']}/show")
    assert refused(own, 409, "same_person")["guard"] == "second_person"
    refused(server.staff("reporter2").post(f"/editor/entries/{by_editor['id']}/show"), 403, "role_forbidden")
    assert server.anonymous().does("GET", f"/lives/{live['id']}")["entries"] == []
    shown = on_entry(server, "head", by_editor, "show")
    assert (shown["no"], shown["state"]) == (1, "shown")
    (read,) = server.anonymous().does("GET", f"/lives/{live['id']}")["entries"]
    assert (read["no"], words_of(read)) == (1, words_of(by_editor))
    assert not read.keys() & {"author", "shown_by", "correction", "state"}
    again = server.staff("head").post(f"/editor/entries/{by_editor['id']}/show")
    assert refused(again, 409, "guard_failed")["guard"] == "nothing_waits"


def test_a_live_blog_is_opened_by_somebody_who_has_not_written_it(server: Server) -> None:
    live = draft(server)
    refused(server.staff("editor").post(f"/editor/lives/{live['id']}/open"), 409, "same_person")
    assert server.anonymous().get(f"/lives/{live['id']}").status_code == 404
    # Whoever changes a word has written it too.
    edited = server.staff("editor2").patch(f"/editor/lives/{live['id']}", {"intro": word()}, live["ver"])
    refused(server.staff("editor2").post(f"/editor/lives/{live['id']}/open"), 409, "same_person")
    assert on_live(server, "head", edited.json(), "open")["state"] == "open"
    late = server.staff("editor2").patch(f"/editor/lives/{live['id']}", {"headline": word()}, edited.json()["ver"] + 1)
    refused(late, 403, "role_forbidden")
    put_right = server.staff("duty").patch(f"/editor/lives/{live['id']}", {"headline": "改"}, edited.json()["ver"] + 1)
    assert put_right.ok
    assert server.anonymous().does("GET", f"/lives/{live['id']}")["live"]["headline"] == "改"


def test_whoever_is_in_charge_shows_their_own_words_only_where_that_was_said(server: Server) -> None:
    live = opened(server)
    refused(
        server.staff("duty").post(f"/editor/entries/{write(server, live, who='duty')['id']}/show"), 409, "same_person"
    )
    refused(
        server.staff("editor").post(f"/editor/lives/{live['id']}/own-words", {"on": True, "reason": "急"}),
        403,
        "role_forbidden",
    )
    on_live(server, "duty", live, "own-words", on=True, reason="防汛抢险")
    assert on_entry(server, "duty", write(server, live, who="duty"), "show")["state"] == "shown"
    # An editor is not in charge.
    entry = write(server, live, who="editor")
    refused(server.staff("editor").post(f"/editor/entries/{entry['id']}/show"), 409, "same_person")


def test_a_correction_waits_for_a_second_person_and_is_shown_with_its_note_and_without_the_old_words(
    server: Server,
) -> None:
    live = opened(server)
    entry = say(server, live)
    new, note = word(), word()
    waiting = on_entry(server, "editor", entry, "correct", body=new, note=note)
    assert (waiting["state"], waiting["correction"]["note"]) == ("shown", note)
    assert note not in server.anonymous().get(f"/lives/{live['id']}").text
    refused(server.staff("editor").post(f"/editor/entries/{entry['id']}/show"), 409, "same_person")
    on_entry(server, "editor2", entry, "show")
    page = server.anonymous().get(f"/lives/{live['id']}")
    (read,) = page.json()["entries"]
    assert (words_of(read), read["note"], read["no"], read["corrected_at"] is not None) == (new, note, 1, True)
    assert words_of(entry) not in page.text
    on_entry(server, "reporter", entry, "correct", body=word(), note="再改")
    refused(server.staff("reporter2").post(f"/editor/entries/{entry['id']}/correct/drop"), 403, "role_forbidden")
    assert on_entry(server, "reporter", entry, "correct/drop")["correction"] is None


def test_what_nobody_has_shown_its_author_takes_back_and_nobody_else_but_an_editor(server: Server) -> None:
    live = opened(server)
    entry = write(server, live)
    taken = server.staff("reporter2").post(f"/editor/entries/{entry['id']}/withdraw", {"reason": "误"})
    refused(taken, 403, "role_forbidden")
    assert on_entry(server, "reporter", entry, "withdraw", reason="误")["body"] == []
    shown = say(server, live)
    refused(
        server.staff("reporter").post(f"/editor/entries/{shown['id']}/withdraw", {"reason": "误"}),
        403,
        "role_forbidden",
    )
    refused(server.staff("editor").post(f"/editor/entries/{entry['id']}/show"), 409, "illegal_state")


# ── numbers and order ──


def test_numbers_have_no_gaps_however_many_are_shown_at_once(server: Server) -> None:
    live = opened(server)
    waiting = [write(server, live) for _ in range(8)]
    people = [server.staff(name) for name in ("editor", "editor2", "head", "chief")]

    def show(pair: tuple[int, dict[str, Any]]) -> int:
        number, entry = pair
        return int(people[number % 4].does("POST", f"/editor/entries/{entry['id']}/show")["no"])

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(show, enumerate(waiting))) == list(range(1, 9))
    on_entry(server, "editor", waiting[3], "withdraw", reason="重复")
    assert say(server, live)["no"] == 9, "the number of what was withdrawn is not given again"


def test_whoever_comes_late_holds_and_reads_what_everybody_does(server: Server) -> None:
    live = opened(server)
    stream = stream_of(live)
    early, troubled = (server.phone(streams=["pub", stream]) for _ in range(2))
    shaken = random.Random(7)

    def network(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        """Lose some frames, double some, and turn some around."""
        frames = [[row] for row in rows for _ in range(shaken.choice((0, 1, 1, 2)))]
        shaken.shuffle(frames)
        return frames

    troubled.network = network
    early.go_online()
    troubled.go_online()
    made = [say(server, live, key=number % 3 == 0) for number in range(8)]
    on_entry(server, "editor", made[2], "pin")
    on_entry(server, "editor", made[5], "withdraw", reason="失实")
    on_entry(server, "reporter", made[1], "correct", body=word(), note="人数有误")
    on_entry(server, "editor", made[1], "show")
    late = server.phone(streams=["pub", stream])
    late.go_online()
    wait_until(early.equals_server)
    troubled.catch_up()
    wait_until(troubled.equals_server)
    assert late.equals_server()
    assert early.digest(stream) == late.digest(stream) == troubled.digest(stream)
    wanted = [made[number]["id"] for number in (2, 7, 6, 4, 3, 1, 0)]
    assert read_on(early, stream) == read_on(late, stream) == read_on(troubled, stream) == wanted
    for phone in (early, troubled, late):
        phone.go_offline()


def test_whoever_comes_late_gets_what_matters_first_and_the_rest_in_pages(server: Server) -> None:
    live = opened(server)
    made = [say(server, live, key=number == 1) for number in range(25)]
    on_entry(server, "editor", made[0], "pin")
    late = server.anonymous().does("GET", f"/lives/{live['id']}")
    assert [entry["no"] for entry in late["key"]] == [2]
    assert [entry["no"] for entry in late["pinned"]] == [1]
    assert [entry["no"] for entry in late["entries"]] == list(range(25, 5, -1))
    path = f"/lives/{live['id']}/entries"
    rest = server.anonymous().does("GET", path, params={"cursor": late["next"]})
    assert ([entry["no"] for entry in rest["items"]], rest["next"]) == ([5, 4, 3, 2, 1], None)
    first = server.anonymous().does("GET", path, params={"order": "oldest", "limit": 10})
    more = server.anonymous().does("GET", path, params={"order": "oldest", "limit": 100, "cursor": first["next"]})
    assert [entry["no"] for entry in first["items"] + more["items"]] == list(range(1, 26))
    for bad in ("W10", "x", "WyJhIl0", "Wzk5OTk5OTk5OTk5OTld"):
        refused(server.anonymous().get(path, params={"cursor": bad}), 422, "bad_cursor")


# ── what nobody may see, and what is gone ──


def test_what_waits_and_what_was_withdrawn_reaches_nobody(server: Server) -> None:
    live = opened(server)
    kept, taken = say(server, live), say(server, live)
    waiting = write(server, live)
    correction, note = word(), word()
    on_entry(server, "reporter", kept, "correct", body=correction, note=note)
    unshown, waits_too = draft(server), word()
    write(server, unshown, body=waits_too)
    head = server.anonymous().does("GET", "/sync/changes", params={"since": 0, "streams": "town:luojing"})["cursor"]
    secret = [words_of(waiting), correction, note, unshown["headline"], waits_too]
    curious = ["pub", "town:gucun", stream_of(live), stream_of(unshown)]
    readers = [server.anonymous(), server.citizen(), server.staff("office"), server.staff("dispatcher")]
    watchers = [Watcher(person, curious) for person in readers]
    for watcher in watchers:
        watcher.connect()
    on_entry(server, "editor", taken, "withdraw", reason="失实")
    quiet()
    paths = [f"/lives/{live['id']}", f"/lives/{live['id']}/entries", f"/lives/{unshown['id']}", "/lives?limit=100"]
    for person, watcher in zip(readers, watchers, strict=True):
        watcher.ask_everything(head)
        everything = "\n".join([watcher.text, *(person.get(path).text for path in paths)])
        assert [words for words in [*secret, words_of(taken)] if words in everything] == []
        assert words_of(kept) in everything
        watcher.close()
    for path in (f"/editor/lives/{live['id']}/entries", f"/editor/entries/{waiting['id']}"):
        assert {person.get(path).status_code for person in readers} <= {401, 403}


def test_a_withdrawn_live_blog_is_gone_from_open_phones_and_leaves_its_reason(server: Server) -> None:
    live = opened(server)
    stream = stream_of(live)
    entries = [say(server, live) for _ in range(3)]
    waiting = write(server, live)
    phone = server.phone(streams=["pub", stream])
    phone.go_online()
    assert len(read_on(phone, stream)) == 3
    assert server.anonymous().does("GET", "/search", params={"q": live["headline"]})["items"][0]["kind"] == "live"
    on_live(server, "head", live, "withdraw", reason="消息不实")
    assert phone.wait_for(lambda: phone.get("live", live["id"]) is None and not read_on(phone, stream))
    wait_until(phone.equals_server)
    assert phone.digest(stream)["count"] == 0
    gone = refused(server.anonymous().get(f"/lives/{live['id']}"), 410, "withdrawn")
    assert gone["reason"] == "消息不实"
    refused(server.anonymous().get(f"/lives/{live['id']}/entries"), 410, "withdrawn")
    asking = Watcher(server.anonymous(), ["pub", stream])
    asking.ask_everything(0)
    desk = server.staff("editor").get(f"/editor/lives/{live['id']}/entries").text
    for words in [live["headline"], live["intro"], *(words_of(entry) for entry in [*entries, waiting])]:
        assert words not in asking.text + desk
    assert server.anonymous().does("GET", "/search", params={"q": live["headline"]})["items"] == []
    phone.go_offline()


def test_a_closed_live_blog_takes_nothing_more_and_is_put_right_all_the_same(server: Server) -> None:
    live = opened(server)
    entry, waiting = say(server, live), write(server, live)
    on_live(server, "editor", live, "close")
    refused(
        server.staff("reporter").post(f"/editor/lives/{live['id']}/entries", {"body": "晚了"}), 409, "illegal_state"
    )
    refused(server.staff("editor").post(f"/editor/entries/{waiting['id']}/show"), 409, "illegal_state")
    on_entry(server, "reporter", entry, "correct", body="更正后", note="有误")
    on_entry(server, "editor", entry, "show")
    page = server.anonymous().does("GET", f"/lives/{live['id']}")
    assert (page["live"]["state"], words_of(page["entries"][0])) == ("closed", "更正后")
    assert on_live(server, "editor", live, "open")["closed_at"] is None
    assert on_entry(server, "editor", waiting, "show")["no"] == 2


def test_a_picture_is_everybodys_for_as_long_as_it_is_shown(server: Server) -> None:
    live = opened(server)
    reporter = server.staff("reporter")
    picture = reporter.does("POST", "/media", files={"file": ("p.jpg", new_photo(), "image/jpeg")})["id"]
    body = [{"type": "image", "media": picture, "caption": "现场"}, {"type": "text", "text": "水位回落"}]
    entry = write(server, live, body=body)
    assert server.anonymous().get(f"/media/{picture}").status_code == 404
    assert server.staff("editor").get(f"/media/{picture}").status_code == 200
    on_entry(server, "editor", entry, "show")
    assert server.anonymous().get(f"/media/{picture}").status_code == 200
    on_entry(server, "editor", entry, "withdraw", reason="误用")
    assert server.anonymous().get(f"/media/{picture}").status_code == 404


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"section": "no-such-section"}, "section"),
        ({"towns": ["gucun", "no-such-town"]}, "towns.1"),
        ({"story": "no-such-story"}, "story"),
        ({"cover": "no-such-file"}, "cover"),
        ({"headline": "零\u0000"}, "headline"),
        ({"headline": "长" * 201}, "headline"),
        ({"intro": "长" * 501}, "intro"),
    ],
)
def test_bad_input_is_refused_by_its_name(server: Server, form: dict[str, Any], field: str) -> None:
    answer = server.staff("editor").post("/editor/lives", {"headline": "甲", "section": "minsheng"} | form)
    assert [error["field"] for error in refused(answer, 422, "validation")["errors"]] == [field]


def test_an_entry_is_written_of_what_there_is(server: Server) -> None:
    live = opened(server)
    bodies: list[Any] = [
        "\n",
        [],
        [{"type": "image", "media": "no-such-file"}],
        [{"type": "service_card", "item": "no-such-item"}],
        "零\u0000",
    ]
    for body in bodies:
        answer = server.staff("reporter").post(f"/editor/lives/{live['id']}/entries", {"body": body})
        assert refused(answer, 422, "validation")["errors"][0]["field"].startswith("body"), body
    long = server.staff("reporter").post(f"/editor/lives/{live['id']}/entries", {"body": "甲", "byline": "长" * 101})
    refused(long, 422, "validation")
    hostile = [{"type": "text", "html": "<script>alert(1)</script><p onclick='x'>甲</p>"}]
    shown = say(server, live, body=hostile)
    assert shown["body"][0]["html"] == "<p>甲</p>"
