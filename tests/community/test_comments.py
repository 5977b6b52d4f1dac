"""Comments over HTTP and on streams: who reads what, and when they read it no more."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from scenario.people import Person
from tests.community.people import article, commentator, decide, say, shown, withdraw, word
from tests.support.server import Server, wait_until
from tests.support.tables import in_clear, run


@pytest.fixture(scope="module")
def about(server: Server) -> str:
    return article(server)


@pytest.fixture
def person(server: Server) -> Person:
    return commentator(server)


def seen(server: Server, about: str, **query: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = server.anonymous().does("GET", f"/articles/{about}/comments", params=query)["items"]
    return listed


def everything_others_get(server: Server, about: str, *words: str) -> str:
    """Return all that anybody else is given who asks for whatever they may ask for."""
    stranger = server.citizen()
    talk = {"streams": f"pub,talk:{about}"}
    asked = [("/sync/snapshot", talk), ("/sync/changes", talk | {"since": 0, "limit": 500})]
    asked += [("/search", {"q": each}) for each in words]
    asked += [("/search/suggest", {"q": each[:10]}) for each in words]
    asked += [(f"/articles/{about}/comments", {"limit": 100}), (f"/articles/{about}", None), ("/feed", None)]
    return "".join(stranger.get(path, params=query).text for path, query in asked)


# ── from the author to everybody ──


def test_a_comment_waits_is_shown_and_appears_on_another_phone(server: Server, about: str, person: Person) -> None:
    reader = server.phone(streams=["pub", f"talk:{about}"])
    own = server.phone(person)
    desk = server.phone(server.staff("monitor"), streams=["desk:moderation"])
    for phone in (reader, own, desk):
        phone.go_online()
    one = say(person, about, "今天的江风真舒服。")
    assert (one["state"], one["text"]) == ("waiting", "今天的江风真舒服。")
    assert one["author"].startswith("宝山网友")
    assert person.tokens is not None
    assert person.tokens["user"]["name"][-4:] not in {one["author"]}
    assert own.wait_for(lambda: own.get("comment", one["id"], f"user:{person.id}"))
    assert desk.wait_for(lambda: desk.get("comment", one["id"], "desk:moderation"))
    assert reader.get("comment", one["id"], f"talk:{about}") is None
    decide(server, one, "show")
    got = reader.wait_for(lambda: reader.get("comment", one["id"], f"talk:{about}"))
    assert (got["text"], got["author"]) == ("今天的江风真舒服。", one["author"])
    assert person.id not in str(got)
    assert own.wait_for(lambda: own.get("comment", one["id"], f"user:{person.id}")["state"] == "shown")
    assert desk.wait_for(lambda: desk.get("comment", one["id"], "desk:moderation") is None)
    for phone in (reader, own, desk):
        assert phone.equals_server()
        phone.go_offline()
    assert one["id"] in {item["id"] for item in seen(server, about)}


def test_replies_come_with_what_they_answer_and_ring_its_author(server: Server, about: str, person: Person) -> None:
    first = shown(server, person, about)
    other = commentator(server)
    reply = shown(server, other, about, reply_to=first["id"])
    again = shown(server, person, about, reply_to=reply["id"])
    (found,) = [item for item in seen(server, about) if item["id"] == first["id"]]
    assert [item["id"] for item in found["replies"]] == [reply["id"], again["id"]]
    assert (found["replies_count"], again["thread"], again["reply_to"]) == (2, first["id"], reply["id"])
    assert [item["id"] for item in seen(server, about, thread=first["id"])] == [again["id"], reply["id"]]

    def bells(who: Person) -> list[dict[str, Any]]:
        items = who.does("GET", "/inbox")["items"]
        return [bell for bell in items if bell["about"]["kind"] == "comment"]

    (bell,) = bells(person)
    assert bell["about"]["id"] == reply["id"]
    assert reply["text"] not in str(bell)
    assert [bell["about"]["id"] for bell in bells(other)] == [again["id"]]
    decide(server, reply, "remove", reason="insult")
    assert bells(person) == []


def test_one_cannot_reply_to_what_is_not_shown_here(server: Server, about: str, person: Person) -> None:
    waiting, elsewhere = say(person, about), shown(server, person, article(server))
    for reply_to in (waiting["id"], elsewhere["id"], "no-such-comment"):
        refused = person.post("/comments", {"article": about, "text": word(), "reply_to": reply_to})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "reply_to")


def test_the_author_is_told_why_it_was_refused(server: Server, about: str, person: Person) -> None:
    phone = server.phone(person)
    phone.go_online()
    one = say(person, about)
    decide(server, one, "refuse", reason="advert")
    mine = phone.wait_for(
        lambda: (got := phone.get("comment", one["id"], f"user:{person.id}")) and got["state"] == "refused" and got
    )
    assert (mine["reason"], mine["reason_name"]) == ("advert", "广告或引流")
    phone.go_offline()
    assert person.does("GET", "/me/comments")["items"][0] == mine


# ── nobody reads what they should not ──


def test_no_text_reaches_others_unless_it_is_shown(server: Server, about: str) -> None:
    people = [commentator(server) for _ in range(2)]
    words = {name: word() for name in ("waiting", "refused", "removed", "erased", "erased unseen", "answered", "shown")}
    said = {name: say(people[at % 2], about, text) for at, (name, text) in enumerate(words.items())}
    decide(server, said["refused"], "refuse", reason="rumour")
    for name in ("removed", "erased", "answered", "shown"):
        decide(server, said[name], "show")
    for name in ("removed", "answered"):
        shown(server, commentator(server), about, reply_to=said[name]["id"])
    decide(server, said["removed"], "remove", reason="rumour")
    for at, name in enumerate(words):
        if name.startswith("erased") or name == "answered":
            people[at % 2].does("DELETE", f"/comments/{said[name]['id']}")
    given = everything_others_get(server, about, *words.values())
    assert {name for name, text in words.items() if text in given} == {"shown"}
    tombs = {item["id"]: item for item in seen(server, about, limit=100) if item["state"] in {"removed", "erased"}}
    for name in ("removed", "answered"):
        assert (tombs[said[name]["id"]]["text"], tombs[said[name]["id"]]["author"]) == ("", None)
    # That one that was shown has gone is told; what was never shown, nobody has heard of.
    hidden = {said[name]["id"] for name in ("waiting", "refused", "erased unseen")}
    assert [each for each in hidden if each in given] == []
    # What its author erased is in no table any more.
    assert run(server, "SELECT count(*) FROM comment WHERE text = :text", text=words["erased"]) == [(0,)]


def test_that_there_was_one_is_shown_as_long_as_an_answer_is(server: Server, about: str, person: Person) -> None:
    phone = server.phone(streams=[f"talk:{about}"])
    phone.go_online()
    above = shown(server, person, about)
    below = shown(server, commentator(server), about, reply_to=above["id"])
    person.does("DELETE", f"/comments/{above['id']}")
    assert phone.wait_for(lambda: (phone.get("comment", above["id"], f"talk:{about}") or {}).get("state") == "erased")
    decide(server, below, "remove", reason="other")
    assert phone.wait_for(lambda: phone.get("comment", above["id"], f"talk:{about}") is None)
    assert phone.equals_server()
    phone.go_offline()
    assert above["id"] not in str(seen(server, about, limit=100))


def test_an_answer_shown_after_what_it_answers_was_removed_brings_back_that_there_was_one(
    server: Server, about: str, person: Person
) -> None:
    above = shown(server, person, about)
    below = say(commentator(server), about, reply_to=above["id"])
    decide(server, above, "remove", reason="other")
    assert above["id"] not in str(seen(server, about, limit=100))
    decide(server, below, "show")
    (tomb,) = [item for item in seen(server, about, limit=100) if item["id"] == above["id"]]
    assert (tomb["text"], tomb["replies"][0]["id"]) == ("", below["id"])


def test_the_withdrawal_of_an_article_takes_its_comments_away(server: Server, person: Person) -> None:
    gone = article(server)
    first, other = shown(server, person, gone), commentator(server)
    shown(server, other, gone, reply_to=first["id"])
    waiting = say(person, gone)
    server.staff("editor").does("PUT", f"/editor/articles/{gone}/comments", {"open": True})
    phone = server.phone(streams=[f"talk:{gone}"])
    desk = server.phone(server.staff("monitor"), streams=["desk:moderation"])
    for each in (phone, desk):
        each.go_online()
    assert len(phone.items[f"talk:{gone}"]) == 3
    withdraw(server, gone)
    assert phone.wait_for(lambda: phone.items[f"talk:{gone}"] == {})
    assert desk.wait_for(lambda: desk.get("comment", waiting["id"], "desk:moderation") is None)
    for each in (phone, desk):
        assert each.equals_server()
        each.go_offline()
    assert server.anonymous().get(f"/articles/{gone}/comments").status_code == 410
    assert person.post("/comments", {"article": gone, "text": word()}).status_code == 410
    assert other.post(f"/comments/{first['id']}/report", {"reason": "other"}).status_code == 404
    refused = server.staff("monitor").post(f"/desk/comments/{waiting['id']}/show")
    assert (refused.status_code, refused.json()["guard"]) == (409, "article_live")
    assert first["text"] not in everything_others_get(server, gone, first["text"])
    assert [bell for bell in person.does("GET", "/inbox")["items"] if bell["about"]["kind"] == "comment"] == []
    # What is one's own stays one's own.
    assert {item["id"] for item in person.does("GET", "/me/comments")["items"]} == {first["id"], waiting["id"]}


def test_what_is_erased_is_in_no_stored_answer_and_does_not_come_back(
    server: Server, about: str, person: Person
) -> None:
    words, headers = word(), {"Idempotency-Key": uuid.uuid4().hex}
    form = {"article": about, "text": words}
    one = person.post("/comments", form, headers=headers).json()
    assert person.post("/comments", form, headers=headers).json() == one
    assert words in in_clear(server, run(server, "SELECT body FROM idempotency_answer"))
    person.does("DELETE", f"/comments/{one['id']}")
    assert words not in in_clear(server, run(server, "SELECT body FROM idempotency_answer"))
    again = person.post("/comments", form, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_conflict")


def test_others_do_not_get_ones_own_list_nor_erase_for_one(server: Server, about: str, person: Person) -> None:
    one = shown(server, person, about)
    other = commentator(server)
    assert other.does("GET", "/me/comments")["items"] == []
    assert other.delete(f"/comments/{one['id']}").status_code == 404
    person.does("DELETE", f"/comments/{one['id']}")
    assert person.delete(f"/comments/{one['id']}").status_code == 404


def test_readers_have_no_door_to_the_desk(server: Server, about: str, person: Person) -> None:
    one = say(person, about)
    for who, status in ((server.anonymous(), 401), (person, 403), (server.staff("reporter"), 403)):
        assert who.get("/desk/comments").status_code == status
        assert who.post(f"/desk/comments/{one['id']}/show").status_code == status
        assert who.get("/sync/snapshot", params={"streams": "desk:moderation"}).status_code == status


# ── the moderators ──


def test_the_moderator_sees_what_the_dictionary_finds(server: Server, about: str, person: Person) -> None:
    one = say(person, about, "全网最低价，加我手机13812345678，国家级品质！")
    found = server.staff("head").does("GET", f"/desk/comments/{one['id']}")
    rules = {finding["rule"] for finding in found["findings"]}
    assert {"phone", "advert"} <= rules
    for finding in found["findings"]:
        start, end = finding["span"]
        assert one["text"][start:end] == finding["text"]
    assert "findings" not in one
    assert found["allowed"] == ["refuse", "show"]
    assert found["headline"]


def test_the_queue_is_listed_by_state(server: Server, about: str, person: Person) -> None:
    waiting, out = say(person, about), shown(server, person, about)
    duty = server.staff("duty")
    queue = duty.does("GET", "/desk/comments", params={"state": "waiting", "article": about})["items"]
    ids = {item["id"] for item in queue}
    assert waiting["id"] in ids
    assert out["id"] not in ids
    assert duty.get("/desk/comments", params={"state": "erased"}).status_code == 422


def test_two_moderators_at_once_do_not_both_decide(server: Server, about: str) -> None:
    author = commentator(server)
    for at in range(4):
        one = say(author, about)
        path = f"/desk/comments/{one['id']}"
        # With the version that both have seen, or with none.
        headers = {"If-Match": f'"{one["ver"]}"'} if at % 2 else {}
        calls = [
            lambda path=path, headers=headers: server.staff("monitor").post(f"{path}/show", headers=headers),
            lambda path=path, headers=headers: server.staff("head").post(
                f"{path}/refuse", {"reason": "other"}, headers=headers
            ),
        ]
        server.staff("monitor"), server.staff("head")
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda call: call(), calls))
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200, 412 if at % 2 else 409]
        decided = run(
            server,
            "SELECT count(*) FROM event WHERE entity_id = :id AND type IN ('comment.shown', 'comment.refused')",
            id=one["id"],
        )
        assert decided == [(1,)]


def test_every_decision_names_its_person_and_history_holds_no_text(server: Server, about: str, person: Person) -> None:
    one = shown(server, person, about)
    decide(server, one, "remove", who="chief", reason="privacy")
    query = "SELECT type, actor, data FROM event WHERE entity_id = :id ORDER BY seq"
    events = run(server, query, id=one["id"])
    assert [(kind, actor) for kind, actor, _ in events] == [
        ("comment.posted", person.id),
        ("comment.shown", server.staff("monitor").id),
        ("comment.removed", server.staff("chief").id),
    ]
    assert one["text"] not in str(events)
    assert one["text"] not in server.log.read_text(encoding="utf-8", errors="replace")


def test_three_reports_bring_a_comment_back_and_it_stays_till_somebody_decides(
    server: Server, about: str, person: Person
) -> None:
    one = shown(server, person, about)
    path = f"/comments/{one['id']}/report"
    first = server.citizen()
    desk = server.phone(server.staff("monitor"), streams=["desk:moderation"])
    desk.go_online()
    for _ in range(4):
        assert first.post(path, {"reason": "insult"}).status_code == 204
    assert server.citizen().post(path, {"reason": "insult"}).status_code == 204
    assert server.staff("monitor").does("GET", f"/desk/comments/{one['id']}")["reported"] is False
    assert server.citizen().post(path, {"reason": "rumour"}).status_code == 204
    assert desk.wait_for(lambda: (desk.get("comment", one["id"], "desk:moderation") or {}).get("reported"))
    listed = server.staff("monitor").does("GET", "/desk/comments", params={"reported": "true", "article": about})
    assert one["id"] in {item["id"] for item in listed["items"]}
    found = server.staff("monitor").does("GET", f"/desk/comments/{one['id']}")
    assert found["reports"] == {"insult": 2, "rumour": 1}
    assert one["id"] in str(seen(server, about, limit=100))
    assert decide(server, one, "show")["reported"] is False
    assert desk.wait_for(lambda: desk.get("comment", one["id"], "desk:moderation") is None)
    desk.go_offline()
    assert server.staff("monitor").post(f"/desk/comments/{one['id']}/show").json()["guard"] == "reported"
    assert server.citizen().post(path, {"reason": "insult"}).status_code == 204
    assert server.staff("monitor").does("GET", f"/desk/comments/{one['id']}")["reported"] is False
    assert person.post(path, {"reason": "other"}).json()["guard"] == "own_comment"


def test_an_editor_closes_the_comments_and_what_is_shown_stays(server: Server, person: Person) -> None:
    quiet = article(server)
    one = shown(server, person, quiet)
    phone = server.phone(streams=[f"talk:{quiet}"])
    phone.go_online()
    editor = server.staff("editor")
    editor.does("PUT", f"/editor/articles/{quiet}/comments", {"open": False})
    assert phone.wait_for(lambda: (phone.get("talk", quiet, f"talk:{quiet}") or {}).get("open") is False)
    listed = server.anonymous().does("GET", f"/articles/{quiet}/comments")
    assert (listed["open"], listed["items"][0]["id"]) == (False, one["id"])
    refused = person.post("/comments", {"article": quiet, "text": word()})
    assert (refused.status_code, refused.json()["guard"]) == (409, "comments_closed")
    editor.does("PUT", f"/editor/articles/{quiet}/comments", {"open": True})
    assert say(person, quiet)
    assert phone.equals_server()
    phone.go_offline()
    assert person.put(f"/editor/articles/{quiet}/comments", {"open": True}).status_code == 403
    assert editor.put("/editor/articles/no-such-article/comments", {"open": True}).status_code == 404


# ── limits and bad input ──


def test_five_in_ten_minutes_and_fifty_a_day(make_server: Callable[..., Server]) -> None:
    house = make_server()
    about, person = article(house), commentator(house)
    phone = house.citizen  # A token lasts a quarter of an hour, so each round signs in anew.
    number = person.tokens["user"]["phone"] if person.tokens else ""
    for _ in range(10):
        for _ in range(5):
            say(person, about)
        over = person.post("/comments", {"article": about, "text": word()})
        assert (over.status_code, over.json()["code"]) == (429, "rate_limited")
        assert 0 < int(over.headers["Retry-After"]) <= 601
        house.move_clock(601)
        person = phone(number)
    over = person.post("/comments", {"article": about, "text": word()})
    assert over.status_code == 429
    assert int(over.headers["Retry-After"]) > 20 * 3600
    house.move_clock(int(over.headers["Retry-After"]))
    assert say(phone(number), about)


def test_comments_at_once_are_no_more_than_the_limit(server: Server, about: str, person: Person) -> None:
    with ThreadPoolExecutor(8) as pool:
        path, form = "/comments", {"article": about}
        statuses = list(pool.map(lambda _: person.post(path, form | {"text": word()}).status_code, range(12)))
    assert (statuses.count(201), statuses.count(429)) == (5, 7)


@pytest.mark.parametrize("text", ["", "  \n", "话" * 501, "零\x00字节", None, 5])
def test_what_is_no_text_is_refused_by_its_field(server: Server, about: str, person: Person, text: Any) -> None:
    answer = person.post("/comments", {"article": about, "text": text})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "text")


def test_markup_is_text_like_any_other(server: Server, about: str, person: Person) -> None:
    text = "<script>alert(1)</script>&amp;𠮷"
    one = shown(server, person, about, text=text)
    assert one["text"] == text
    assert [item["text"] for item in seen(server, about) if item["id"] == one["id"]] == [text]


def test_unknown_things_are_not_found(server: Server, person: Person) -> None:
    assert server.anonymous().get("/articles/no-such/comments").status_code == 404
    assert person.post("/comments", {"article": "no-such", "text": word()}).status_code == 404
    assert person.post("/comments/no-such/report", {"reason": "other"}).status_code == 404
    assert server.staff("monitor").post("/desk/comments/no-such/show").status_code == 404
    assert server.anonymous().does("GET", "/sync/digest", params={"stream": "talk:no-such"})["count"] == 0


def test_pages_hold_each_comment_once(server: Server) -> None:
    about, ids = article(server), []
    for _ in range(3):
        author = commentator(server)
        ids += [shown(server, author, about)["id"] for _ in range(3)]
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = server.anonymous().does("GET", f"/articles/{about}/comments", params=query)
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == ids[::-1]


# ── offline, export, farewell ──


def test_an_outbox_that_is_sent_twice_comments_once(server: Server, about: str, person: Person) -> None:
    text, client = word(), uuid.uuid4().hex
    form = {
        "client_id": client,
        "mutations": [
            {"mid": 1, "name": "comment.post", "args": {"article": about, "text": text}},
            {"mid": 2, "name": "like.set", "args": {"kind": "article", "id": about, "liked": True}},
        ],
    }
    first, again = (person.does("POST", "/sync/mutations", form) for _ in range(2))
    assert first == again
    assert [answer["status"] for answer in first] == ["applied", "applied"]
    assert run(server, "SELECT count(*) FROM comment WHERE text = :text", text=text) == [(1,)]
    decide(server, {"id": first[0]["id"]}, "show")
    erase = {
        "client_id": client,
        "mutations": [
            {"mid": 3, "name": "comment.delete", "args": {"id": first[0]["id"]}},
            {"mid": 4, "name": "like.set", "args": {"kind": "article", "id": about, "liked": False}},
            {"mid": 5, "name": "comment.post", "args": {"article": "no-such", "text": text}},
        ],
    }
    first, again = (person.does("POST", "/sync/mutations", erase) for _ in range(2))
    assert first == again
    assert [(answer["status"], answer.get("code")) for answer in first] == [
        ("applied", None),
        ("applied", None),
        ("refused", "not_found"),
    ]
    assert text not in str(seen(server, about, limit=100))


def test_what_one_said_is_exported_and_goes_with_the_account(server: Server, about: str, person: Person) -> None:
    one, other = shown(server, person, about), commentator(server)
    theirs = shown(server, other, about, reply_to=one["id"])
    person.does("POST", f"/comments/{theirs['id']}/report", {"reason": "other"})
    person.does("PUT", f"/likes/comment/{theirs['id']}")
    exported = person.does("GET", "/me/export")
    assert [each["text"] for each in exported["comments"]] == [one["text"]]
    assert [each["comment"] for each in exported["comment_reports"]] == [theirs["id"]]
    assert [each["thing"] for each in exported["likes"]] == [theirs["id"]]
    person.does("DELETE", "/me")
    assert run(server, "SELECT text, author FROM comment WHERE account_id = :id", id=person.id) == [("", "")]
    for table in ("comment_report", "liking", "identity"):
        assert run(server, f"SELECT count(*) FROM {table} WHERE account_id = :id", id=person.id) == [(0,)]
    (tomb,) = [item for item in seen(server, about, limit=100) if item["id"] == one["id"]]
    assert (tomb["state"], tomb["replies"][0]["id"]) == ("erased", theirs["id"])


# ── likes ──


def test_likes_are_one_a_person_and_thing_on_all_devices(server: Server, about: str, person: Person) -> None:
    one = shown(server, person, about)
    fan, phone = server.citizen(), None
    phone = server.phone(fan)
    phone.go_online()
    first, again = (fan.does("PUT", f"/likes/comment/{one['id']}") for _ in range(2))
    assert first == again
    person.does("PUT", f"/likes/comment/{one['id']}")
    assert phone.wait_for(lambda: phone.get("like", first["id"], f"user:{fan.id}"))
    ids = {"kind": "comment", "ids": f"{one['id']},no-such"}
    counts = server.anonymous().does("GET", "/likes", params=ids)["items"]
    assert counts == [{"id": one["id"], "likes": 2}, {"id": "no-such", "likes": 0}]
    assert [item["likes"] for item in seen(server, about) if item["id"] == one["id"]] == [2]
    for _ in range(2):
        fan.does("DELETE", f"/likes/comment/{one['id']}")
    assert phone.wait_for(lambda: phone.get("like", first["id"], f"user:{fan.id}") is None)
    assert phone.equals_server()
    phone.go_offline()
    assert server.anonymous().does("GET", "/likes", params=ids)["items"][0]["likes"] == 1


def test_what_nobody_sees_nobody_likes(server: Server, person: Person) -> None:
    gone = article(server)
    one, waiting = shown(server, person, gone), say(person, gone)
    fan = server.citizen()
    fan.does("PUT", f"/likes/article/{gone}")
    assert fan.put(f"/likes/comment/{waiting['id']}", None).status_code == 404
    withdraw(server, gone)
    assert person.put(f"/likes/article/{gone}", None).status_code == 410
    assert person.put(f"/likes/comment/{one['id']}", None).status_code == 410
    assert fan.delete(f"/likes/article/{gone}").status_code == 204
    for method in ("PUT", "DELETE"):
        assert fan.call(method, "/likes/weather/sunny").status_code == 404
    assert fan.put("/likes/article/no-such", None).status_code == 404


def test_a_like_that_is_sent_many_times_at_once_is_one(server: Server, about: str) -> None:
    fan = server.citizen()
    with ThreadPoolExecutor(6) as pool:
        statuses = set(pool.map(lambda _: fan.put(f"/likes/article/{about}", None).status_code, range(12)))
    assert statuses == {200}
    count = "SELECT count(*) FROM liking WHERE account_id = :id"
    assert run(server, count, id=fan.id) == [(1,)]
    wait_until(lambda: server.unexpected() == [])
