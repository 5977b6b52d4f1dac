"""One house and every vendor it rings by: each phone once, in its own way, and the trouble of one is nobody else's."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fakes.fcm import FakeFcm
from fakes.web_push_seal import encode
from scenario.examine import correct
from scenario.people import Person
from tests.support import pushes, tables
from tests.support.pushes import settle
from tests.support.server import Server, wait_until
from tests.support.vendors import Browser, JPushPhone, Phone, Vendors, be_idle, pass_time

SECRET = "秘密的话"
DOWN_S = 600


@pytest.fixture(scope="module")
def vendors(vendor: FakeFcm) -> Iterator[Vendors]:
    made = Vendors(vendor)
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def well_behaved(vendors: Vendors) -> Iterator[None]:
    """Vendors without rules, before and after."""
    vendors.behave()
    yield
    vendors.behave()


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server], vendors: Vendors) -> Iterator[Server]:
    """A server of this file's own by day, which must meet no error it has no answer for."""
    made = make_server(**vendors.env())
    made.move_clock_to(10)
    yield made
    assert not (found := made.unexpected()), "\n".join(found)


def breaking(server: Server, headline: str = "暴雨红色预警") -> str:
    return str(pushes.breaking(server, headline)["id"])


def filed(citizen: Person) -> str:
    form = {"service": "manhole", "title": "井盖", "text": SECRET}
    return str(citizen.does("POST", "/requests", form)["id"])


def desk(server: Server, who: str, case: str, verb: str, **fields: Any) -> None:
    server.staff(who).does("POST", f"/desk/requests/{case}/{verb}", fields)


def report(server: Server, story: str) -> dict[str, Any]:
    found: dict[str, Any] = server.staff("editor").does("GET", f"/pushes/article/{story}")
    return found


# ── every way to a phone ──


def test_one_story_reaches_a_phone_of_each_vendor_once_is_replaced_and_taken_back(
    house: Server, vendors: Vendors
) -> None:
    phones = vendors.phones(house.anonymous())
    story = breaking(house, "错的标题")
    settle(house)
    first = [phone.rings(story) for phone in phones]
    assert [[rung.title for rung in each] for each in first] == [["快讯｜错的标题"]] * 3
    assert [each[0].data["kind"] for each in first] == ["article"] * 3
    correct(house.staff, story, {"headline": "对的标题", "note": "标题有误"})
    settle(house)
    second = [phone.rings(story)[1:] for phone in phones]
    assert [[rung.title for rung in each] for each in second] == [["更正｜对的标题"]] * 3
    house.staff("chief").does("POST", f"/editor/stories/{story}/withdraw", {"reason": "不实"})
    settle(house)
    third = [phone.rings(story)[2:] for phone in phones]
    assert [[(rung.title, rung.body, rung.data["gone"]) for rung in each] for each in third] == [[("", "", "1")]] * 3
    for phone in phones:
        marks = [rung.replaces for rung in phone.rings(story)]
        assert marks == marks[:1] * 3, "each takes the place of the one before"
    assert [one["ver"] for one in report(house, story)["rounds"]] == [1, 2, 3]
    assert all(one["sent"] >= 3 for one in report(house, story)["rounds"])


def test_a_step_of_a_request_is_told_discreetly_by_each_vendor(house: Server, vendors: Vendors) -> None:
    citizen = house.citizen()
    phones = vendors.phones(citizen)
    case = filed(citizen)
    desk(house, "dispatcher", case, "accept")
    settle(house)
    told = [[rung.title for rung in phone.rings(case)] for phone in phones]
    assert told == [["您的诉求有新进展"]] * 3
    assert SECRET not in str([phone.rings(case) for phone in phones])


def test_a_phone_that_changes_hands_shows_nobody_elses_bell(house: Server, vendors: Vendors) -> None:
    before, after = house.citizen(), house.citizen()
    phones = vendors.phones(before)
    old, new = filed(before), filed(after)
    for phone in phones:
        phone.register(after)
    for case in (old, new):
        desk(house, "dispatcher", case, "accept")
    settle(house)
    assert [(len(phone.rings(old)), len(phone.rings(new))) for phone in phones] == [(0, 1)] * 3


def test_a_bell_on_its_way_does_not_follow_a_phone_to_its_new_owner(house: Server, vendors: Vendors) -> None:
    before, after = house.citizen(), house.citizen()
    phones: list[Phone] = [JPushPhone(vendors), Browser(vendors)]
    for phone in phones:
        phone.register(before)
    case = filed(before)
    vendors.jpush.rule(kind="refuse", errcode=1030, times=1)
    vendors.web.rule(kind="refuse", status=503, times=1)
    refused = vendors.jpush.met()["refuse"], vendors.web.met()["refuse"]
    desk(house, "dispatcher", case, "accept")
    wait_until(lambda: vendors.jpush.met()["refuse"] > refused[0] and vendors.web.met()["refuse"] > refused[1])
    for phone in phones:
        phone.register(after)
    pass_time(house, 120)
    assert [phone.rings(case) for phone in phones] == [[], []]


# ── addresses ──


def test_a_browser_subscribes_with_the_key_that_the_house_signs_with(house: Server, vendors: Vendors) -> None:
    key = house.anonymous().does("GET", "/push/web-key")["key"]
    browser = Browser(vendors, key)
    assert browser.register(house.anonymous())["can_ring"] is True
    story = breaking(house)
    settle(house)
    assert len(browser.rings(story)) == 1, "its push service takes what is signed with this key, and nothing else"


def test_a_browser_that_went_away_is_dropped(house: Server, vendors: Vendors) -> None:
    gone, there = Browser(vendors), Browser(vendors)
    for browser in (gone, there):
        browser.register(house.anonymous())
    vendors.web.unsubscribe(gone.subscription["endpoint"])
    story = breaking(house)
    settle(house)
    assert (gone.can_ring(house), there.can_ring(house)) == (False, True)
    assert report(house, story)["dead"] == 1
    assert report(house, story)["codes"] == {"http_410": 1}


def test_an_id_that_jpush_does_not_know_is_dropped(house: Server, vendors: Vendors) -> None:
    citizen = house.citizen()
    dead = JPushPhone(vendors, f"dead-{uuid.uuid4().hex}")
    dead.register(citizen)
    case = filed(citizen)
    desk(house, "dispatcher", case, "accept")
    settle(house)
    assert dead.can_ring(house) is False
    assert dead.register(citizen, push_token=f"reg-{uuid.uuid4().hex}")["can_ring"] is True


def test_one_subscription_written_in_two_ways_is_one_browser(house: Server, vendors: Vendors) -> None:
    first, second = Browser(vendors), Browser(vendors)
    first.register(house.anonymous())
    keys = {name: f"{value}{'=' * (-len(value) % 4)}" for name, value in first.subscription["keys"].items()}
    second.subscription = {"keys": keys, "endpoint": first.subscription["endpoint"]}
    second.register(house.anonymous())
    assert (first.can_ring(house), second.can_ring(house)) == (False, True)
    story = breaking(house)
    settle(house)
    assert len(second.rings(story)) == 1


def test_a_phone_that_is_nobodys_brings_wishes_of_its_own_when_it_is_registered(
    house: Server, vendors: Vendors
) -> None:
    phone = JPushPhone(vendors)
    made = phone.register(house.anonymous(), preferences={"breaking": False, "towns": ["gucun"]})
    assert (made["preferences"]["breaking"], made["preferences"]["towns"]) == (False, ["gucun"])
    story = breaking(house)
    settle(house)
    assert phone.rings(story) == []
    elsewhere = phone.address() | {"preferences": {"towns": ["atlantis"]}}
    assert house.anonymous().put(f"/devices/{phone.id}", elsewhere).status_code == 422
    assert phone.register(house.anonymous())["preferences"]["towns"] == ["gucun"], "what is not said stays"


@pytest.mark.parametrize(
    "endpoint", ["http://169.254.169.254/latest", "https://push.example.org/x", "http://127.0.0.1:{port}/push/x"]
)
def test_an_unknown_push_service_is_refused_and_never_called(house: Server, vendors: Vendors, endpoint: str) -> None:
    browser = Browser(vendors)
    browser.subscription["endpoint"] = endpoint.format(port=vendors.sms.port)
    answer = house.anonymous().put(f"/devices/{browser.id}", browser.address())
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("web_push.endpoint", "unknown")]
    assert house.anonymous().get(f"/devices/{browser.id}").status_code == 404


def test_keys_that_nothing_can_be_sealed_for_are_refused(house: Server, vendors: Vendors) -> None:
    browser = Browser(vendors)
    # The right length and the right first byte, and yet no point on the curve.
    browser.subscription["keys"]["p256dh"] = encode(b"\x04" + b"\x01" * 64)
    answer = house.anonymous().put(f"/devices/{browser.id}", browser.address())
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("web_push.keys", "invalid")]


def test_the_longest_address_of_a_browser_is_kept(house: Server, vendors: Vendors) -> None:
    browser = Browser(vendors)
    base = browser.subscription["endpoint"]
    browser.subscription["endpoint"] = base + "a" * (800 + len("http://") - len(base))
    assert browser.register(house.anonymous())["can_ring"] is True
    browser.subscription["endpoint"] = f'{base}"'
    assert house.anonymous().put(f"/devices/{browser.id}", browser.address()).status_code == 422
    house.anonymous().does("DELETE", f"/devices/{browser.id}")


# ── a vendor in trouble ──


def test_a_vendor_that_is_down_is_left_alone_and_nothing_is_lost(house: Server, vendors: Vendors) -> None:
    citizens = [house.citizen() for _ in range(8)]
    phones = [vendors.phones(citizen) for citizen in citizens]
    cases = [filed(citizen) for citizen in citizens]
    vendors.jpush.rule(kind="drop")
    called = vendors.jpush.met()["drop"]
    for case in cases:
        desk(house, "dispatcher", case, "accept")
    story = breaking(house)
    be_idle(house)
    for (fcm, jpush, web), case in zip(phones, cases, strict=True):
        assert [len(phone.rings(about)) for phone in (fcm, web) for about in (case, story)] == [1] * 4
        assert jpush.rings(case) == jpush.rings(story) == []
    pass_time(house, DOWN_S)
    # Eight cases and a story that each came back by themselves would be nine times as many.
    assert vendors.jpush.met()["drop"] - called <= 40
    vendors.jpush.behave()
    # A job that asked after the vendor again and again waits for ten minutes and a quarter in the end.
    pass_time(house, 760, step=40)
    settle(house)
    for (fcm, jpush, web), case in zip(phones, cases, strict=True):
        assert [len(phone.rings(about)) for phone in (fcm, jpush, web) for about in (case, story)] == [1] * 6


def test_what_is_too_old_is_not_rung_any_more_and_counted(make_server: Callable[..., Server], vendors: Vendors) -> None:
    house = make_server(**vendors.env())
    house.move_clock_to(10)
    late, resting, there = JPushPhone(vendors), JPushPhone(vendors), Browser(vendors)
    for phone in (late, there):
        phone.register(house.anonymous())
    # Here it has become quiet besides, when it is found out.
    resting.register(house.anonymous(), preferences={"quiet": {"on": True, "from": "13:00", "to": "17:00"}})
    settle(house)
    vendors.jpush.rule(kind="drop")
    story = breaking(house)
    be_idle(house)
    assert len(there.rings(story)) == 1
    house.move_clock(5 * 3600)
    settle(house)
    vendors.jpush.behave()
    pass_time(house, 120)
    assert late.rings(story) == resting.rings(story) == []
    counted = report(house, story)
    assert (counted["sent"], counted["expired"], counted["pending"]) == (1, 2, 0)
    state = "SELECT r.state FROM ring r JOIN bell b ON b.id = r.bell_id WHERE r.recipient = :id AND b.about_id = :about"
    for phone in (late, resting):
        assert tables.run(house, state, id=phone.id, about=story) == [("expired",)]
