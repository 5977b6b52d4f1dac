"""Whose phones a warning rings, and the places that people want to be warned for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fakes.fcm import FakeFcm
from scenario.people import Person
from tests.alerts import office
from tests.support import pushes, tables
from tests.support.pushes import settle
from tests.support.server import Server, wait_until

LUODIAN, GUCUN, OUTSIDE = (31.413, 121.345), (31.358, 121.385), (31.2304, 121.4737)


pytestmark = pytest.mark.usefixtures("well_behaved")


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Server:
    """A server of this file's own: nobody else rings its phones."""
    made = make_server()
    made.move_clock_to(10)
    return made


class Device(pushes.Device):
    """A phone that can ring, by its token and by topics."""

    def titles(self, about: str) -> list[str]:
        """What it was rung with about a thing; no words where it was only told to take something away."""
        topics = self.topics()
        messages = [entry["message"] for entry in self._vendor.messages()]
        sent = [one for one in messages if one.get("token") == self.token or one.get("topic") in topics]
        return [(one.get("notification") or {}).get("title", "") for one in sent if one["data"]["id"] == about]


def living_in(server: Server, town: str | None, *places: tuple[float, float]) -> Person:
    person = server.citizen()
    if town is not None:
        assert person.patch("/me", {"town": town}, person.does("GET", "/me")["ver"]).ok
    for lat, lon in places:
        person.does("POST", "/me/places", {"name": "家里", "lat": lat, "lon": lon})
    return person


def bells(person: Person, about: str) -> list[dict[str, Any]]:
    return [bell for bell in person.does("GET", "/inbox?limit=100")["items"] if bell["about"]["id"] == about]


def test_a_warning_rings_those_whose_town_or_place_it_covers(server: Server, vendor: FakeFcm) -> None:
    homes = {
        "lives there": living_in(server, "luodian"),
        "lives elsewhere": living_in(server, "gucun"),
        "has a place inside": living_in(server, "gucun", GUCUN, LUODIAN),
        "has a place outside": living_in(server, None, GUCUN, OUTSIDE),
        "has said nothing": living_in(server, None),
        "is nobody": server.anonymous(),
    }
    devices = {name: Device(vendor, person) for name, person in homes.items()}
    made = office.issue(server)
    settle(server)
    rung = {name for name, device in devices.items() if device.titles(made["alert"])}
    assert rung == {"lives there", "has a place inside", "has said nothing", "is nobody"}
    assert devices["lives there"].titles(made["alert"]) == [f"预警｜{made['info'][0]['headline']}"]
    assert [bell["about"]["kind"] for bell in bells(homes["lives elsewhere"], made["alert"])] == ["public_alert"]


def test_a_town_that_is_named_is_rung_without_a_shape(server: Server, vendor: FakeFcm) -> None:
    there, elsewhere = living_in(server, None, LUODIAN), living_in(server, None, GUCUN)
    devices = [Device(vendor, there), Device(vendor, elsewhere)]
    named = {"areaDesc": "罗店镇", "geocode": [{"valueName": "town", "value": "luodian"}]}
    made = office.issue(server, info=[office.info(area=[named])])
    settle(server)
    assert [len(device.titles(made["alert"])) for device in devices] == [1, 0]


def test_update_and_end_take_the_place_of_the_same_bell_for_all_who_were_warned(
    server: Server, vendor: FakeFcm
) -> None:
    first_there, then_there = living_in(server, "luodian"), living_in(server, "gucun")
    devices = [Device(vendor, first_there), Device(vendor, then_there)]
    first = office.issue(server)
    settle(server)
    assert [len(device.titles(first["alert"])) for device in devices] == [1, 0]
    second = office.update(server, first, info=[office.info(area=[office.area(office.GUCUN)])])
    settle(server)
    assert [len(device.titles(first["alert"])) for device in devices] == [2, 1]
    office.cancel(server, second)
    settle(server)
    said = f"预警解除｜{second['info'][0]['headline']}"
    assert [device.titles(first["alert"])[-1] for device in devices] == [said, said]
    (bell,) = bells(first_there, first["alert"])
    assert bell["title"] == said


def test_a_person_with_one_phone_on_a_topic_and_another_on_none_is_rung_once_on_each(
    server: Server, vendor: FakeFcm
) -> None:
    person = living_in(server, "luodian")
    first = Device(vendor, person)
    settle(server)
    # The vendor does not take the second one's subscription yet.
    vendor.rule(on="topics", answer="UNAVAILABLE")
    second = Device(vendor, person)
    made = office.issue(server, info=[office.info(severity="Severe")])
    wait_until(lambda: first.titles(made["alert"]) and second.titles(made["alert"]))
    walks = "SELECT count(*) FROM job WHERE kind = 'push.alert' AND state <> 'done'"
    wait_until(lambda: tables.run(server, walks) == [(0,)])
    assert [len(device.titles(made["alert"])) for device in (first, second)] == [1, 1]
    messages = [entry["message"] for entry in vendor.messages() if entry["message"]["data"]["id"] == made["alert"]]
    by_token = {one["token"] for one in messages if "token" in one}
    assert by_token & {first.token, second.token} == {second.token}, "the first one got it by its topic"
    assert "town_luodian" in {one.get("topic") for one in messages}


def test_a_topic_that_cannot_be_rung_has_its_phones_rung_one_by_one(server: Server, vendor: FakeFcm) -> None:
    device = Device(vendor, living_in(server, "luodian"))
    settle(server)
    vendor.rule(on="send", answer="INVALID_ARGUMENT", topic="town_luodian")
    made = office.issue(server, info=[office.info(severity="Extreme")])
    wait_until(lambda: device.titles(made["alert"]))
    settle(server)
    assert len(device.titles(made["alert"])) == 1


@pytest.mark.parametrize("status", ["Exercise", "Test", "System", "Draft"])
def test_a_drill_rings_nobody(server: Server, vendor: FakeFcm, status: str) -> None:
    person = living_in(server, "luodian")
    device = Device(vendor, person)
    drill = office.issue(server, status=status)
    later = office.cancel(server, office.update(server, drill, status=status), status=status)
    real = office.issue(server)
    settle(server)
    assert device.titles(drill["alert"]) == []
    assert device.titles(real["alert"])
    assert bells(person, later["alert"]) == []


def test_what_was_joined_to_another_falls_silent(server: Server, vendor: FakeFcm) -> None:
    person = living_in(server, "luodian")
    device = Device(vendor, person)
    one, other = office.issue(server), office.issue(server)
    settle(server)
    joined = office.update(server, one, other)
    settle(server)
    assert bells(person, other["alert"]) == []
    assert [bell["title"] for bell in bells(person, one["alert"])] == [f"预警｜{joined['info'][0]['headline']}"]
    assert device.titles(other["alert"])[-1] == ""


def test_a_warning_goes_before_breaking_news(server: Server, vendor: FakeFcm) -> None:
    Device(vendor, server.anonymous())
    made = office.issue(server)
    settle(server)
    lanes = tables.run(server, "SELECT lane, key FROM job WHERE kind LIKE 'push.%'")
    (bell,) = tables.run(server, "SELECT id FROM bell WHERE about_id = :id", id=made["alert"])
    ours = {lane for lane, key in lanes if bell[0] in key}
    assert ours
    assert max(ours) < 0


# ── places ──


def test_a_person_keeps_up_to_five_places_in_wgs84(server: Server) -> None:
    person = server.citizen()
    phone, mine = server.phone(person), f"user:{person.id}"
    phone.go_online()
    made = person.does("POST", "/me/places", {"name": "家", "lat": 31.41083, "lon": 121.34949, "datum": "gcj02"})
    assert (made["town"], round(made["lat"], 2), round(made["lon"], 3)) == ("luodian", 31.41, 121.345)
    assert phone.wait_for(lambda: phone.get("place", made["id"], mine))["name"] == "家"
    outside = person.does("POST", "/me/places", {"name": "单位", "lat": OUTSIDE[0], "lon": OUTSIDE[1]})
    assert outside["town"] is None
    for number in range(3):
        person.does("POST", "/me/places", {"name": f"{number}", "lat": GUCUN[0], "lon": GUCUN[1]})
    full = person.post("/me/places", {"name": "第六个", "lat": 31.4, "lon": 121.4}).json()
    assert (full["code"], full["guard"]) == ("guard_failed", "places_full")
    form = {"name": "老家", "lat": GUCUN[0], "lon": GUCUN[1]}
    moved = person.patch(f"/me/places/{outside['id']}", form, outside["ver"]).json()
    assert (moved["name"], moved["town"], moved["ver"]) == ("老家", "gucun", 2)
    assert person.patch(f"/me/places/{outside['id']}", form, outside["ver"]).status_code == 412
    person.does("DELETE", f"/me/places/{made['id']}")
    phone.wait_for(lambda: phone.get("place", made["id"], mine) is None)
    assert len(person.does("GET", "/me/places")["items"]) == 4
    assert phone.equals_server()
    phone.go_offline()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"lat": 91}, "lat"),
        ({"lon": "121"}, "lon"),
        ({"datum": "mars"}, "datum"),
        ({"name": " "}, "name"),
        ({"name": "长" * 31}, "name"),
    ],
)
def test_a_bad_place_is_refused_with_its_field(server: Server, fields: dict[str, Any], field: str) -> None:
    answer = server.citizen().post("/me/places", {"name": "家", "lat": 31.4, "lon": 121.4} | fields)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])


def test_places_are_their_owners_alone_and_go_with_the_account(server: Server) -> None:
    person, stranger = server.citizen(), server.citizen()
    made = person.does("POST", "/me/places", {"name": "只有我知道", "lat": 31.413, "lon": 121.345})
    for answer in (
        stranger.get(f"/me/places/{made['id']}"),
        stranger.patch(f"/me/places/{made['id']}", {"name": "x", "lat": 1, "lon": 1}, 1),
        stranger.delete(f"/me/places/{made['id']}"),
    ):
        assert answer.status_code == 404
    assert [place["name"] for place in person.does("GET", "/me/export")["places"]] == ["只有我知道"]
    events = str(tables.run(server, "SELECT data FROM event WHERE entity = 'place'"))
    assert "只有我知道" not in events
    assert "31.4" not in events
    person.does("DELETE", "/me")
    assert tables.run(server, "SELECT id FROM saved_place WHERE id = :id", id=made["id"]) == []
