"""Gatherings: never more people than places, a line that keeps its order, and nobody left untold."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.community.gatherings.rules import IN, WAITING, Party, ahead_of, let_in, remind_at, state_for, taken
from scenario.people import Person, sign_in_staff
from tests.newsroom.kitchen import refused
from tests.support.server import Server, wait_until
from tests.support.tables import run

Thing = dict[str, Any]


def later(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def drafted(server: Server, who: str = "office", **fields: Any) -> Thing:
    form = {
        "title": f"河畔健步走{uuid.uuid4().hex}",
        "text": "沿河走五公里",
        "place": "炮台湾公园南门",
        "town": "gucun",
    }
    form |= {"starts_at": later(50), "ends_at": later(53), "sign_up_until": later(48), "capacity": 3}
    return dict(server.staff(who).does("POST", "/desk/gatherings", form | fields))


def announced(server: Server, who: str = "office", **fields: Any) -> Thing:
    made = drafted(server, who, **fields)
    return dict(server.staff(f"{who}2").does("POST", f"/desk/gatherings/{made['id']}/publish"))


def put(person: Person, made: Thing, people: int = 1, **fields: Any) -> Any:
    return person.put(f"/gatherings/{made['id']}/sign-up", {"people": people} | fields)


def leave(person: Person, made: Thing) -> Any:
    return person.delete(f"/gatherings/{made['id']}/sign-up")


def own(person: Person, made: Thing) -> Thing:
    return dict(person.does("GET", f"/gatherings/{made['id']}/sign-up"))


def bells(person: Person, made: Thing) -> list[str]:
    items = person.does("GET", "/inbox?limit=100")["items"]
    return [str(bell["title"]) for bell in items if bell["about"] == {"kind": "gathering", "id": made["id"]}]


@given(st.integers(1, 12), st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.integers(1, 5)), max_size=60))
def test_places_are_never_given_twice_and_the_line_keeps_its_order(
    capacity: int, moves: list[tuple[bool, int, int]]
) -> None:
    parties: list[Party] = []
    joined: list[str] = []
    for number, (comes, which, people) in enumerate(moves):
        if comes and people <= capacity:
            parties.append(Party(str(number), state_for(capacity, parties, people), people))
            joined.append(str(number))
        elif parties and not comes:
            parties.pop(which % len(parties))
        waiting = [party.id for party in parties if party.state == WAITING]
        found = let_in(capacity, parties)
        # Those who get a place are the first of the line.
        assert found == waiting[: len(found)]
        parties = [Party(each.id, IN if each.id in found else each.state, each.people) for each in parties]
        assert taken(parties) <= capacity
        line = [party for party in parties if party.state == WAITING]
        assert [party.id for party in line] == [each for each in joined if each in {party.id for party in line}]
        assert [ahead_of(parties, party.id) for party in line] == list(range(1, len(line) + 1))
        assert not line or taken(parties) + line[0].people > capacity


def test_the_reminder_is_for_ten_in_the_morning_of_the_day_before() -> None:
    starts = datetime(2026, 12, 4, 17, 30, tzinfo=UTC)
    assert remind_at(starts).isoformat() == "2026-12-04T10:00:00+08:00"


def test_a_gathering_is_announced_by_two_people_of_one_house(server: Server) -> None:
    phone = server.phone(streams=["pub", "town:gucun"])
    phone.go_online()
    made = drafted(server)
    assert server.anonymous().get(f"/gatherings/{made['id']}").status_code == 404
    assert server.staff("office").post(f"/desk/gatherings/{made['id']}/publish").json()["code"] == "same_person"
    assert server.staff("editor2").post(f"/desk/gatherings/{made['id']}/publish").status_code == 404
    server.staff("office2").does("POST", f"/desk/gatherings/{made['id']}/publish")
    shown = phone.wait_for(lambda: phone.get("gathering", made["id"], "town:gucun"))
    assert (shown["office"]["id"], shown["state"]) == ("wateraffairs", "open")
    listed = server.anonymous().does("GET", "/gatherings", params={"town": "gucun"})["items"]
    assert shown in listed
    ours = announced(server, "editor")
    assert ours["office"] is None
    assert server.staff("office").get(f"/desk/gatherings/{ours['id']}").status_code == 404
    phone.go_offline()


def test_who_leaves_lets_the_next_one_in_and_they_are_told(server: Server) -> None:
    made = announced(server)
    first, second, third, fourth = (server.citizen() for _ in range(4))
    phone = server.phone(third, [f"user:{third.id}"])
    phone.go_online()
    assert put(first, made, 2).json()["state"] == "in"
    assert put(second, made, 2).json() | {"id": ""} == own(second, made) | {"id": ""}
    # There is one place, but nobody goes past those who wait.
    assert [own(second, made)["line"], put(third, made).json()["line"], put(fourth, made).json()["line"]] == [1, 2, 3]
    assert server.anonymous().does("GET", f"/gatherings/{made['id']}/places") == {
        "capacity": 3,
        "free": 1,
        "waiting": 4,
    }
    assert leave(first, made).status_code == 204
    assert [own(person, made)["state"] for person in (second, third, fourth)] == ["in", "in", "waiting"]
    assert own(fourth, made)["line"] == 1
    assert phone.wait_for(lambda: phone.get("sign_up", own(third, made)["id"], f"user:{third.id}")["state"] == "in")
    assert [bells(person, made) for person in (first, third, fourth)] == [
        [],
        [f"有名额了，您已报上名｜{made['title']}"],
        [],
    ]
    assert put(second, made, 1).ok
    assert own(fourth, made)["state"] == "in"
    refused(put(second, made, 2), 409, "guard_failed")
    assert phone.equals_server()
    phone.go_offline()


def test_places_hold_while_a_crowd_comes_and_goes(server: Server) -> None:
    made = announced(server, capacity=7)
    people = [server.citizen() for _ in range(10)]

    def one(number: int) -> int:
        person = people[number % 10]
        answer = leave(person, made) if number % 7 == 6 else put(person, made, number % 3 + 1)
        return int(answer.status_code)

    with ThreadPoolExecutor(8) as pool:
        codes = set(pool.map(one, range(60)))
    assert codes <= {200, 204, 404, 409}
    guests = server.staff("office").does("GET", f"/desk/gatherings/{made['id']}/sign-ups")["items"]
    used = sum(guest["people"] for guest in guests if guest["state"] == "in")
    places = server.anonymous().does("GET", f"/gatherings/{made['id']}/places")
    assert used <= 7
    assert places == {"capacity": 7, "free": 7 - used, "waiting": sum(guest["people"] for guest in guests) - used}
    waiting = [guest for guest in guests if guest["state"] == "waiting"]
    assert not waiting or used + waiting[0]["people"] > 7


@settings(max_examples=5)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=5, max_size=20))
def test_random_comings_and_goings_keep_places_and_order(server: Server, moves: list[tuple[int, int]]) -> None:
    made = announced(server, capacity=4)
    people = crowd(server)
    for who, number in moves:
        answer = leave(people[who], made) if number == 0 else put(people[who], made, number)
        assert answer.status_code in {200, 204, 404, 409}
        guests = server.staff("office").does("GET", f"/desk/gatherings/{made['id']}/sign-ups")["items"]
        parties = [Party(guest["id"], guest["state"], guest["people"]) for guest in guests]
        assert taken(parties) <= 4
        assert let_in(4, parties) == []
        assert [guest["at"] for guest in guests] == sorted(guest["at"] for guest in guests)


_crowds: dict[str, list[Person]] = {}


def crowd(server: Server) -> list[Person]:
    return _crowds.setdefault(server.url, [server.citizen() for _ in range(6)])


def test_the_list_of_guests_is_the_organisers_and_masks_telephones(server: Server) -> None:
    made = announced(server)
    shy, open_, other = server.citizen(), server.citizen(), server.citizen()
    put(shy, made, note="带一个孩子"), put(open_, made, contact_ok=True)
    guests = server.staff("office").does("GET", f"/desk/gatherings/{made['id']}/sign-ups")["items"]
    phones = [shy.does("GET", "/me")["phone"], open_.does("GET", "/me")["phone"]]
    assert "*" in guests[0]["phone"]
    assert (guests[0]["note"], guests[1]["phone"][-4:]) == ("带一个孩子", phones[1][-4:])
    assert "*" not in guests[1]["phone"]
    for name in ("editor", "staff2", "dispatcher", "leader"):
        assert server.staff(name).get(f"/desk/gatherings/{made['id']}/sign-ups").status_code in {403, 404}
    assert other.get(f"/desk/gatherings/{made['id']}/sign-ups").status_code == 403
    assert other.get(f"/gatherings/{made['id']}/sign-up").status_code == 404
    (exported,) = shy.does("GET", "/me/export")["sign_ups"]
    assert exported["note"] == "带一个孩子"


def test_the_organisers_desk_hears_that_the_list_has_moved_and_not_of_whom(server: Server) -> None:
    made, ours = announced(server, capacity=2), announced(server, "editor")
    stream = f"desk:notices-{made['office']['id']}"
    desk, newsroom = (
        server.phone(server.staff("office2"), [stream]),
        server.phone(server.staff("editor2"), ["desk:editing"]),
    )
    desk.go_online(), newsroom.go_online()

    def told(number: int) -> Thing:
        """Wait until the desk has been told of so many changes."""
        return dict(
            desk.wait_for(lambda: (one := desk.get("guest_list", made["id"], stream)) and one["ver"] == number and one)
        )

    people = [server.citizen() for _ in range(5)]
    assert put(people[0], made, note="带一个孩子").ok
    assert told(1) == {"id": made["id"], "ver": 1}
    # Saying the same again changes nothing, so there is nothing to tell.
    put(people[0], made, note="带一个孩子"), put(people[1], made), put(people[2], made)
    told(3)
    # Who leaves lets another one in, and the list has moved once.
    leave(people[0], made)
    told(4)
    put(people[3], ours)
    assert newsroom.wait_for(lambda: newsroom.get("guest_list", ours["id"], "desk:editing"))
    assert newsroom.get("guest_list", made["id"], "desk:editing") is None
    assert desk.equals_server()
    assert newsroom.equals_server()
    desk.go_offline(), newsroom.go_offline()
    for person, status in (
        (server.staff("staff2"), 403),
        (server.staff("editor"), 403),
        (people[1], 403),
        (server.anonymous(), 401),
    ):
        assert person.get("/sync/snapshot", params={"streams": stream}).status_code == status


def test_a_rush_is_told_to_the_desk_once_a_second(server: Server) -> None:
    made = announced(server, capacity=100)
    stream, people = f"desk:notices-{made['office']['id']}", [server.citizen() for _ in range(8)]

    def comes(number: int) -> bool:
        return bool(put(people[number % 8], made, 1 + number // 8 % 5).ok)

    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(comes, range(64)))
    phone = server.phone(server.staff("office"), [stream])
    phone.go_online()
    wait_until(
        lambda: run(server, "SELECT 1 FROM gathering WHERE id = :id AND line = line_told AND line > 0", id=made["id"])
    )
    phone.catch_up()
    took = time.monotonic() - began
    (ver,) = run(server, "SELECT line FROM gathering WHERE id = :id", id=made["id"])[0]
    assert phone.get("guest_list", made["id"], stream)["ver"] == ver
    rows = run(server, "SELECT op FROM sync_row WHERE kind = 'guest_list' AND item_id = :id", id=made["id"])
    assert ver > 8
    assert 1 <= len(rows) <= 1 + took
    phone.go_offline()


def test_a_closed_account_gives_its_place_away(server: Server) -> None:
    made, first, second = announced(server, capacity=1), server.citizen(), server.citizen()
    put(first, made), put(second, made)
    assert first.delete("/me").ok
    assert own(second, made)["state"] == "in"
    assert len(server.staff("office").does("GET", f"/desk/gatherings/{made['id']}/sign-ups")["items"]) == 1


def test_when_a_gathering_is_called_off_all_are_told(server: Server) -> None:
    made, first, second = announced(server, capacity=1), server.citizen(), server.citizen()
    phone = server.phone()
    phone.go_online()
    put(first, made), put(second, made)
    server.staff("office2").does("POST", f"/desk/gatherings/{made['id']}/cancel", {"reason": "台风"})
    for person in (first, second):
        assert wait_until(lambda person=person: bells(person, made)) == [f"活动取消｜{made['title']}"]
    shown = phone.wait_for(lambda: (found := phone.get("gathering", made["id"]))["state"] == "cancelled" and found)
    assert shown["reason"] == "台风"
    assert put(server.citizen(), made).json()["guard"] == "sign_up_open"
    phone.go_offline()


def test_guests_are_reminded_and_the_gathering_ends_by_itself(make_server: Callable[..., Server]) -> None:
    server = make_server()
    server.move_clock_to(9.5)
    offset = float(server.clock_file.read_text())

    def at(days: int, hours: float) -> str:
        return (datetime.now(UTC) + timedelta(seconds=offset, days=days, hours=hours)).isoformat()

    made = announced(server, starts_at=at(2, 1), ends_at=at(2, 3), sign_up_until=at(1, 2), capacity=1)
    guest, waits = server.citizen("+8613933330001"), server.citizen("+8613933330002")
    put(guest, made), put(waits, made)
    server.kill()
    server.move_clock(86400 + 1900)
    server.start()
    guest, waits = server.citizen("+8613933330001"), server.citizen("+8613933330002")
    assert wait_until(lambda: bells(guest, made)) == [f"明天的活动｜{made['title']}"]
    assert bells(waits, made) == []
    server.move_clock(2 * 3600)
    shown = wait_until(
        lambda: (found := server.anonymous().does("GET", f"/gatherings/{made['id']}"))["state"] == "closed" and found
    )
    assert put(server.citizen(), made).json()["guard"] == "sign_up_open"

    def desk_holds() -> bool:
        query = {"streams": f"desk:notices-{made['office']['id']}"}
        items = sign_in_staff(server.url, "office").does("GET", "/sync/snapshot", params=query)["items"]
        return ("guest_list", made["id"]) in [(item["kind"], item["id"]) for item in items]

    assert desk_holds()
    phone = server.phone()
    phone.go_online()
    assert phone.wait_for(lambda: phone.get("gathering", made["id"]) == shown)
    server.move_clock(86400 + 3600)
    assert phone.wait_for(lambda: phone.get("gathering", made["id"]) is None, 20)
    assert not desk_holds()
    assert leave(server.citizen("+8613933330001"), made).json()["guard"] == "not_begun"
    assert made["id"] not in server.anonymous().get("/gatherings").text
    phone.go_offline()


def test_signing_up_offline_happens_once(server: Server) -> None:
    citizen, made, client = server.citizen(), announced(server), uuid.uuid4().hex

    def send(mid: int, name: str, **args: Any) -> Thing:
        entries = [{"mid": mid, "name": name, "args": {"id": made["id"]} | args}]
        return dict(citizen.does("POST", "/sync/mutations", {"client_id": client, "mutations": entries})[0])

    assert [send(1, "gathering.sign_up", people=2)["status"] for _ in range(3)] == ["applied"] * 3
    assert server.anonymous().does("GET", f"/gatherings/{made['id']}/places")["free"] == 1
    assert [send(2, "gathering.cancel")["status"] for _ in range(3)] == ["applied"] * 3
    assert server.anonymous().does("GET", f"/gatherings/{made['id']}/places")["free"] == 3


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"ends_at": later(1)}, "ends_at"),
        ({"sign_up_until": later(51)}, "sign_up_until"),
        ({"sign_up_until": later(-1)}, "sign_up_until"),
        ({"town": "nowhere"}, "town"),
        ({"capacity": 0}, "capacity"),
        ({"title": "健\x00步走"}, "title"),
    ],
)
def test_bad_gatherings_are_refused_by_the_field(server: Server, fields: Thing, field: str) -> None:
    form = {"title": "健步走", "text": "五公里", "place": "公园", "town": "gucun", "capacity": 3}
    form |= {"starts_at": later(50), "ends_at": later(53), "sign_up_until": later(48)}
    answer = server.staff("office").post("/desk/gatherings", form | fields)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize(("people", "status"), [(0, 422), (6, 422), (4, 409)])
def test_parties_that_cannot_be_are_refused(server: Server, people: int, status: int) -> None:
    assert put(server.citizen(), announced(server), people).status_code == status
