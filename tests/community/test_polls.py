"""Polls: published by a second person, one secret vote a person, counts that move and then stand at the end."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scenario import examine
from scenario.people import Person
from tests.newsroom.kitchen import refused, story
from tests.support.server import Server, wait_until
from tests.support.tables import run

Thing = dict[str, Any]


def later(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def drafted(server: Server, **fields: Any) -> Thing:
    form = {"question": f"夜市放在哪里{uuid.uuid4().hex}", "options": ["滨江", "公园", "广场"], "closes_at": later(5)}
    return dict(server.staff("editor").does("POST", "/editor/polls", form | fields))


def opened(server: Server, **fields: Any) -> Thing:
    return dict(server.staff("editor2").does("POST", f"/editor/polls/{drafted(server, **fields)['id']}/publish"))


def vote(person: Person, poll: Thing, *options: str) -> Any:
    return person.put(f"/polls/{poll['id']}/vote", {"options": list(options)})


def counts(person: Person, poll: Thing) -> Any:
    return person.get(f"/polls/{poll['id']}/counts")


def test_a_poll_is_published_by_somebody_who_wrote_none_of_it(server: Server) -> None:
    phone = server.phone()
    phone.go_online()
    poll = drafted(server)
    assert server.anonymous().get(f"/polls/{poll['id']}").status_code == 404
    assert server.staff("editor").post(f"/editor/polls/{poll['id']}/publish").json()["code"] == "same_person"
    edited = server.staff("editor2").patch(f"/editor/polls/{poll['id']}", {"multiple": 2}, poll["ver"]).json()
    assert [person["id"] for person in edited["writers"]] == [server.staff(n).id for n in ("editor", "editor2")]
    assert server.staff("editor2").post(f"/editor/polls/{poll['id']}/publish").json()["code"] == "same_person"
    server.staff("head").does("POST", f"/editor/polls/{poll['id']}/publish")
    shown = phone.wait_for(lambda: phone.get("poll", poll["id"]))
    assert shown == server.anonymous().does("GET", f"/polls/{poll['id']}")
    assert (shown["state"], shown["multiple"], "writers" in shown) == ("open", 2, False)
    late = server.staff("editor").patch(f"/editor/polls/{poll['id']}", {"multiple": 1}, shown["ver"])
    refused(late, 409, "illegal_state", "state")
    phone.go_offline()


def test_one_vote_a_person_that_may_be_changed_and_that_nobody_else_sees(server: Server) -> None:
    citizen, other = server.citizen(), server.citizen()
    phone, theirs = server.phone(citizen, [f"user:{citizen.id}"]), server.phone(other, [f"user:{other.id}"])
    phone.go_online(), theirs.go_online()
    poll = opened(server, multiple=2)
    cast = vote(citizen, poll, "3", "1").json()
    assert (cast["ver"], cast["options"]) == (1, ["1", "3"])
    assert vote(citizen, poll, "1", "3").json() == cast
    changed = vote(citizen, poll, "2").json()
    assert (changed["id"], changed["ver"], changed["options"]) == (cast["id"], 2, ["2"])
    assert phone.wait_for(lambda: phone.get("vote", cast["id"], f"user:{citizen.id}") == changed)
    assert counts(citizen, poll).json() == {"counts": {"1": 0, "2": 1, "3": 0}, "voters": 1, "final": False}
    assert vote(other, poll, "1").ok
    assert theirs.wait_for(lambda: any(kind == "vote" for kind, _ in theirs.items[f"user:{other.id}"]))
    assert theirs.get("vote", cast["id"], f"user:{other.id}") is None
    assert citizen.does("GET", "/me/export")["votes"] == [changed]
    for name in ("editor", "head", "monitor", "admin", "leader"):
        assert cast["id"] not in server.staff(name).get(f"/editor/polls/{poll['id']}").text
    assert run(server, "SELECT 1 FROM event WHERE entity = 'vote' OR entity_id = :id", id=cast["id"]) == []
    assert vote(server.staff("editor"), poll, "1").status_code == 403
    assert vote(server.anonymous(), poll, "1").status_code == 401
    phone.go_offline(), theirs.go_offline()


def test_counts_are_for_those_who_may_know(server: Server) -> None:
    after_vote, after_close = opened(server), opened(server, results="after_close")
    voter, other = server.citizen(), server.citizen()
    for poll in (after_vote, after_close):
        assert vote(voter, poll, "1").ok
    assert counts(voter, after_vote).ok
    for person, poll in ((other, after_vote), (server.anonymous(), after_vote), (voter, after_close)):
        answer = counts(person, poll)
        assert (answer.status_code, answer.json()["guard"]) == (409, "results")
    assert counts(server.staff("editor"), after_close).status_code == 409


def test_editors_know_how_many_have_voted_and_not_for_what(server: Server) -> None:
    poll = opened(server, results="after_close")
    turnout = f"/editor/polls/{poll['id']}/turnout"
    editor = server.staff("editor")
    assert editor.does("GET", turnout) == {"voters": 0, "final": False}
    people = [server.citizen() for _ in range(3)]
    for person in people:
        assert vote(person, poll, "1").ok
    # A change of mind is no further voter.
    assert vote(people[0], poll, "2").ok
    assert editor.does("GET", turnout) == {"voters": 3, "final": False}
    assert counts(editor, poll).status_code == 409
    for other in (people[0], server.staff("office")):
        assert other.get(turnout).status_code == 403
    assert server.anonymous().get(turnout).status_code == 401
    assert editor.get(f"/editor/polls/{uuid.uuid4()}/turnout").status_code == 404


def test_a_crowd_votes_at_once_and_every_vote_counts_once(server: Server) -> None:
    poll = opened(server)
    people = [server.citizen() for _ in range(12)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: vote(people[n % 12], poll, str(n % 3 + 1)), range(48)))
    assert {answer.status_code for answer in answers} == {200}
    found = counts(people[0], poll).json()
    assert (found["voters"], sum(found["counts"].values())) == (12, 12)


def test_at_its_end_a_poll_takes_no_votes_and_holds_its_counts(make_server: Callable[..., Server]) -> None:
    server = make_server()
    poll = opened(server, results="after_close", multiple=3)
    people = [server.citizen(f"+86139222200{number:02}") for number in range(3)]
    for number, person in enumerate(people, 1):
        assert vote(person, poll, *[str(each) for each in range(1, number + 1)]).ok
    gone = server.citizen()
    assert vote(gone, poll, "3").ok
    assert gone.delete("/me").ok
    phone = server.phone()
    phone.go_online()
    server.move_clock(5 * 3600 + 60)
    late = vote(server.citizen("+8613922220000"), poll, "2")
    assert (late.status_code, late.json()["guard"]) == (409, "poll_open")
    shown = phone.wait_for(lambda: (phone.get("poll", poll["id"]) or {}).get("counts"), 20)
    assert shown == {"1": 3, "2": 2, "3": 1}
    assert server.anonymous().does("GET", f"/polls/{poll['id']}")["voters"] == 3
    final = counts(server.anonymous(), poll).json()
    assert final == {"counts": shown, "voters": 3, "final": True}
    assert phone.equals_server()
    phone.go_offline()


def test_a_poll_whose_house_was_killed_at_its_end_is_closed_all_the_same(make_server: Callable[..., Server]) -> None:
    server = make_server()
    poll = opened(server)
    assert vote(server.citizen(), poll, "2").ok
    server.kill()
    server.move_clock(6 * 3600)
    server.start()
    shown = wait_until(lambda: (found := server.anonymous().does("GET", f"/polls/{poll['id']}"))["counts"] and found)
    assert (shown["state"], shown["counts"]) == ("closed", {"1": 0, "2": 1, "3": 0})


def test_a_withdrawn_poll_is_gone_with_its_words(server: Server) -> None:
    phone, citizen = server.phone(), server.citizen()
    phone.go_online()
    poll = opened(server)
    assert phone.wait_for(lambda: phone.get("poll", poll["id"]))
    assert vote(citizen, poll, "1").ok
    server.staff("editor").does("POST", f"/editor/polls/{poll['id']}/withdraw", {"reason": "选项有误"})
    assert phone.wait_for(lambda: phone.get("poll", poll["id"]) is None)
    answer = citizen.get(f"/polls/{poll['id']}")
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (410, "withdrawn", "选项有误")
    assert vote(citizen, poll, "1").status_code == 410
    assert poll["question"] not in server.staff("editor").get("/editor/polls?limit=100").text
    assert run(server, "SELECT 1 FROM poll WHERE question = :words", words=poll["question"]) == []
    phone.go_offline()


def test_the_poll_of_an_article_is_found_by_it(server: Server) -> None:
    article = examine.publish(server.staff, story(server, "editor")["id"])
    poll = opened(server, article=article["id"])
    (found,) = server.anonymous().does("GET", "/polls", params={"article": article["id"]})["items"]
    assert (found["id"], found["article"]) == (poll["id"], article["id"])
    assert server.anonymous().does("GET", "/polls", params={"article": "another"})["items"] == []


def test_a_vote_cast_offline_counts_once(server: Server) -> None:
    citizen, poll, client = server.citizen(), opened(server), uuid.uuid4().hex
    entries = [{"mid": 1, "name": "poll.vote", "args": {"id": poll["id"], "options": ["2"]}}]
    sent = [citizen.does("POST", "/sync/mutations", {"client_id": client, "mutations": entries}) for _ in range(3)]
    assert sent[0][0]["status"] == "applied"
    assert sent == [sent[0]] * 3
    assert counts(citizen, poll).json()["voters"] == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"options": ["只有一项"]}, "options"),
        ({"options": ["甲", "乙", "甲 "]}, "options"),
        ({"options": [str(number) for number in range(11)]}, "options"),
        ({"multiple": 4}, "multiple"),
        ({"closes_at": "2020-01-01T00:00:00Z"}, "closes_at"),
        ({"article": "no-such-article"}, "article"),
        ({"question": "问\x00题很长"}, "question"),
        ({"results": "never"}, "results"),
    ],
)
def test_bad_polls_are_refused_by_the_field(server: Server, fields: Thing, field: str) -> None:
    form = {"question": "夜市放在哪里", "options": ["滨江", "公园", "广场"], "closes_at": later(5)}
    answer = server.staff("editor").post("/editor/polls", form | fields)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize("options", [[], ["9"], ["1", "2"], ["\x00"], "1"])
def test_bad_votes_are_refused(server: Server, options: Any) -> None:
    answer = server.citizen().put(f"/polls/{opened(server)['id']}/vote", {"options": options})
    assert (answer.status_code, answer.json()["errors"][0]["field"].partition(".")[0]) == (422, "options")
