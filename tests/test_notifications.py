"""Bells and pushes: once to everyone who should be rung, through the real SDK to a fake vendor, and to nobody else."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from fakes.fcm import FakeFcm
from scenario.examine import correct, publish
from scenario.people import Person
from tests.support import tables
from tests.support.pushes import Device, breaking, prefer, settle
from tests.support.server import Server, wait_until

SOURCES = [{"name": "公园管理处", "kind": "official", "verified": True}]


pytestmark = pytest.mark.usefixtures("well_behaved")


@pytest.fixture(scope="module")
def quiet(make_server: Callable[..., Server]) -> Server:
    """A server of this file's own: nobody else rings its phones, and its clock is moved on."""
    made = make_server()
    made.move_clock_to(10)
    return made


def filed(citizen: Person) -> dict[str, Any]:
    case: dict[str, Any] = citizen.does(
        "POST", "/requests", {"service": "manhole", "title": "井盖", "text": "秘密的话"}
    )
    return case


def bells(person: Person, about: str) -> list[dict[str, Any]]:
    return [bell for bell in person.does("GET", "/inbox?limit=100")["items"] if bell["about"]["id"] == about]


# ── everybody ──


def test_breaking_news_is_one_bell_for_all_and_one_push_a_phone(quiet: Server, vendor: FakeFcm) -> None:
    citizen = quiet.citizen()
    devices = [Device(vendor, quiet.anonymous()) for _ in range(7)] + [Device(vendor, citizen) for _ in range(2)]
    phone = quiet.phone()
    phone.go_online()
    story = breaking(quiet)
    settle(quiet)
    assert [len(device.rings(story["id"])) for device in devices] == [1] * 9
    (message,) = devices[0].rings(story["id"])
    assert message["notification"]["title"] == "快讯｜暴雨红色预警"
    assert message["data"].keys() == {"kind", "id", "seq"}
    assert (message["data"]["kind"], message["android"]["priority"]) == ("article", "high")
    assert int(message["data"]["seq"]) <= quiet.anonymous().does("GET", "/sync/digest?stream=pub")["head"]
    (bell,) = bells(citizen, story["id"])
    assert phone.wait_for(lambda: phone.get("bell", bell["id"]))["about"] == {"kind": "article", "id": story["id"]}
    assert phone.get("article", story["id"]) is not None
    assert phone.equals_server()
    phone.go_offline()


def test_an_ordinary_story_rings_nobody(quiet: Server, vendor: FakeFcm) -> None:
    device = Device(vendor, quiet.anonymous())
    form = {"headline": "公园加开夜场", "body": "正文", "section": "minsheng", "sources": SOURCES}
    story = quiet.staff("editor").does("POST", "/editor/stories", form)
    publish(quiet.staff, story["id"])
    settle(quiet)
    assert device.rings() == []


def test_more_phones_than_one_batch_are_each_rung_once(quiet: Server, vendor: FakeFcm) -> None:
    tokens = [f"many-{uuid.uuid4().hex}" for _ in range(1100)]
    engine_rows = [
        {"id": f"batch-{number:05d}-{tokens[0][-6:]}", "token": token} for number, token in enumerate(tokens)
    ]
    tables.run_many(
        quiet,
        "INSERT INTO device (id, ver, platform, push_token, locale, seen_at) "
        "VALUES (:id, 1, 'web', :token, 'zh-CN', CURRENT_TIMESTAMP)",
        engine_rows,
    )
    story = breaking(quiet)
    settle(quiet)
    rung = Counter(
        entry["message"]["token"]
        for entry in vendor.messages()
        if entry["message"].get("data", {}).get("id") == story["id"] and "token" in entry["message"]
    )
    assert {token: rung[token] for token in tokens} == dict.fromkeys(tokens, 1)
    tables.run(quiet, "DELETE FROM device WHERE id LIKE 'batch-%'")


def test_dead_tokens_are_dropped_and_not_asked_again(quiet: Server, vendor: FakeFcm) -> None:
    dead = [Device(vendor, quiet.anonymous(), token=f"dead-{uuid.uuid4().hex}") for _ in range(3)]
    alive = Device(vendor, quiet.anonymous())
    settle(quiet)
    kept = "SELECT count(*) FROM device WHERE push_token LIKE 'dead-%'"
    breaking(quiet)
    settle(quiet)
    assert tables.run(quiet, kept) == [(0,)]
    assert len(alive.rings()) == 1
    assert [device.rings() for device in dead] == [[], [], []]
    refused = vendor.stats()["refused"].get("UNREGISTERED", 0)
    breaking(quiet)
    settle(quiet)
    assert vendor.stats()["refused"].get("UNREGISTERED", 0) == refused
    # A phone that comes back with a new token rings again.
    dead[0].token = f"token-{uuid.uuid4().hex}"
    assert dead[0].register(quiet.anonymous())["can_ring"] is True
    story = breaking(quiet)
    settle(quiet)
    assert len(dead[0].rings(story["id"])) == 1


def test_a_vendor_that_is_down_for_a_while_loses_nothing_and_doubles_nothing(quiet: Server, vendor: FakeFcm) -> None:
    devices = [Device(vendor, quiet.anonymous()) for _ in range(5)]
    settle(quiet)
    # Down for all at first, then for one of them a while longer.
    vendor.rule(on="send", answer="UNAVAILABLE", token=devices[0].token, times=2)
    vendor.rule(on="send", answer="UNAVAILABLE", times=5)
    story = breaking(quiet)
    begun = time.monotonic()
    while not all(device.rings(story["id"]) for device in devices):
        assert time.monotonic() - begun < 30, [len(device.rings(story["id"])) for device in devices]
        quiet.move_clock(5)
        time.sleep(0.2)
    settle(quiet)
    assert [len(device.rings(story["id"])) for device in devices] == [1] * 5


def test_a_vendor_that_refuses_our_sign_in_is_tried_again(make_server: Callable[..., Server], vendor: FakeFcm) -> None:
    server = make_server()
    server.move_clock_to(10)
    device = Device(vendor, server.anonymous())
    vendor.rule(on="oauth", answer="UNAVAILABLE", times=2)
    story = breaking(server)

    def rung() -> bool:
        server.move_clock(5)
        return bool(device.rings(story["id"]))

    wait_until(rung, 30, 0.3)
    settle(server)
    assert len(device.rings(story["id"])) == 1


# ── what changes afterwards ──


def test_a_correction_replaces_the_bell_and_a_withdrawal_takes_it_away(quiet: Server, vendor: FakeFcm) -> None:
    citizen = quiet.citizen()
    device = Device(vendor, citizen)
    story = breaking(quiet, "错的标题")
    settle(quiet)
    (first,) = device.rings(story["id"])
    change = {"headline": "对的标题", "note": "标题有误"}
    correct(quiet.staff, story["id"], change)
    settle(quiet)
    second = device.rings(story["id"])[1]
    assert second["notification"]["title"] == "更正｜对的标题"
    assert second["android"]["collapse_key"] == first["android"]["collapse_key"]
    (bell,) = bells(citizen, story["id"])
    assert bell["title"] == "更正｜对的标题"
    quiet.staff("chief").does("POST", f"/editor/stories/{story['id']}/withdraw", {"reason": "不实"})
    settle(quiet)
    rings = device.rings(story["id"])
    assert len(rings) == 3
    assert "notification" not in rings[2], "silent: nothing is shown, the app only wakes"
    assert rings[2]["data"]["gone"] == "1"
    assert rings[2]["android"]["collapse_key"] == first["android"]["collapse_key"]
    assert bells(citizen, story["id"]) == []
    words = tables.run(quiet, "SELECT title, text FROM bell WHERE about_id = :id", id=story["id"])
    assert words == [("", "")]


def test_what_is_withdrawn_before_it_was_rung_is_never_rung_with_words(quiet: Server, vendor: FakeFcm) -> None:
    device = Device(vendor, quiet.anonymous())
    settle(quiet)
    vendor.rule(on="send", answer="UNAVAILABLE", token=device.token, times=1)
    story = breaking(quiet, "不该出去的标题")
    wait_until(lambda: vendor.stats()["refused"].get("UNAVAILABLE"))
    quiet.staff("chief").does("POST", f"/editor/stories/{story['id']}/withdraw", {"reason": "不实"})
    for _ in range(20):
        quiet.move_clock(5)
        time.sleep(0.1)
    settle(quiet)
    assert [ring.get("notification") for ring in device.rings(story["id"])] == [None]


# ── one person ──


def test_a_step_of_a_request_rings_its_citizen_and_nobody_else(quiet: Server, vendor: FakeFcm) -> None:
    citizen, stranger = quiet.citizen(), quiet.citizen()
    mine, theirs, nobodys = (Device(vendor, person) for person in (citizen, stranger, quiet.anonymous()))
    case = filed(citizen)
    settle(quiet)
    assert mine.rings(case["id"]) == [], "one's own step rings no bell"
    quiet.staff("dispatcher").does("POST", f"/desk/requests/{case['id']}/assign", {"office": "wateraffairs"})
    quiet.staff("staff").does("POST", f"/desk/requests/{case['id']}/take")
    quiet.staff("staff").does("POST", f"/desk/requests/{case['id']}/reply", {"text": "修好了，秘密的话"})
    settle(quiet)
    rings = mine.rings(case["id"])
    assert [ring["data"]["kind"] for ring in rings] == ["request"] * len(rings)
    assert len(rings) == len(bells(citizen, case["id"])) >= 3
    assert "秘密的话" not in str(rings), "no text of a case leaves the house"
    assert theirs.rings(case["id"]) == nobodys.rings(case["id"]) == []
    assert bells(stranger, case["id"]) == []


def test_whoever_wants_no_bells_gets_no_push_and_still_the_entry(quiet: Server, vendor: FakeFcm) -> None:
    citizen = quiet.citizen()
    device = Device(vendor, citizen)
    wishes = citizen.does("GET", "/me/preferences")
    assert {name: wishes[name] for name in ("breaking", "notices", "requests")} == dict.fromkeys(
        ("breaking", "notices", "requests"), True
    )
    changed = citizen.patch("/me/preferences", {"breaking": False, "requests": False}, wishes["ver"])
    assert changed.status_code == 200
    story, case = breaking(quiet), filed(citizen)
    quiet.staff("dispatcher").does("POST", f"/desk/requests/{case['id']}/accept")
    settle(quiet)
    assert device.rings() == []
    assert len(bells(citizen, story["id"])) == len(bells(citizen, case["id"])) == 1
    citizen.patch("/me/preferences", {"breaking": True}, changed.json()["ver"])
    again = breaking(quiet)
    settle(quiet)
    assert len(device.rings(again["id"])) == 1


def test_what_one_phone_has_read_the_other_shows_as_read(quiet: Server) -> None:
    citizen = quiet.citizen()
    stream = f"user:{citizen.id}"
    first, second = quiet.phone(citizen), quiet.phone(citizen)
    first.go_online()
    second.go_online()
    case, story = filed(citizen), breaking(quiet)
    quiet.staff("dispatcher").does("POST", f"/desk/requests/{case['id']}/accept")
    ((own,), (shared,)) = bells(citizen, case["id"]), bells(citizen, story["id"])
    unread = citizen.does("GET", "/inbox")["unread"]
    assert citizen.does("POST", "/inbox/read", {"ids": [own["id"], shared["id"]]}) == {"read": 2}
    assert citizen.does("POST", "/inbox/read", {"ids": [own["id"], shared["id"]]}) == {"read": 0}
    for phone in (first, second):
        held = phone.wait_for(lambda phone=phone: (phone.get("bell", own["id"], stream) or {}).get("read_at"))
        assert held is not None
        mark = f"{shared['id']}.{citizen.id}"[:64]
        assert phone.wait_for(lambda phone=phone, mark=mark: phone.get("read", mark, stream))["bell"] == shared["id"]
        assert phone.equals_server()
        phone.go_offline()
    assert citizen.does("GET", "/inbox")["unread"] == unread - 2
    assert citizen.does("POST", "/inbox/read", {"all": True})["read"] == unread - 2
    assert citizen.does("GET", "/inbox")["unread"] == 0


# ── whose phone it is ──


def test_a_phone_that_changes_hands_rings_for_its_new_owner_only(quiet: Server, vendor: FakeFcm) -> None:
    before, after = quiet.citizen(), quiet.citizen()
    device = Device(vendor, before)
    old, new = filed(before), filed(after)
    device.register(after)
    for case in (old, new):
        quiet.staff("dispatcher").does("POST", f"/desk/requests/{case['id']}/accept")
    settle(quiet)
    assert (len(device.rings(old["id"])), len(device.rings(new["id"]))) == (0, 1)


def test_a_bell_on_its_way_does_not_follow_the_phone_to_a_new_owner(quiet: Server, vendor: FakeFcm) -> None:
    before, after = quiet.citizen(), quiet.citizen()
    device = Device(vendor, before)
    case = filed(before)
    settle(quiet)
    vendor.rule(on="send", answer="UNAVAILABLE", token=device.token, times=1)
    quiet.staff("dispatcher").does("POST", f"/desk/requests/{case['id']}/accept")
    wait_until(lambda: vendor.stats()["refused"].get("UNAVAILABLE"))
    device.register(after)
    for _ in range(20):
        quiet.move_clock(5)
        time.sleep(0.1)
    settle(quiet)
    assert device.rings(case["id"]) == []


def test_signing_out_leaves_the_phone_to_nobody(quiet: Server, vendor: FakeFcm) -> None:
    citizen = quiet.citizen()
    device = Device(vendor, citizen)
    elsewhere = quiet.citizen(citizen.tokens["user"]["phone"])
    other = Device(vendor, elsewhere)
    case = filed(elsewhere)
    citizen.does("DELETE", "/auth/tokens")
    quiet.staff("dispatcher").does("POST", f"/desk/requests/{case['id']}/accept")
    story = breaking(quiet)
    settle(quiet)
    assert device.rings(case["id"]) == []
    assert len(other.rings(case["id"])) == 1, "the other phone is still signed in"
    assert len(device.rings(story["id"])) == 1, "what is for everybody still rings"


def test_a_closed_account_leaves_its_phones_to_nobody(quiet: Server, vendor: FakeFcm) -> None:
    citizen = quiet.citizen()
    device = Device(vendor, citizen)
    citizen.does("DELETE", "/me")
    ((owner,),) = tables.run(quiet, "SELECT account_id FROM device WHERE id = :id", id=device.id)
    assert owner is None


def test_a_token_belongs_to_the_installation_that_named_it_last(quiet: Server, vendor: FakeFcm) -> None:
    first = Device(vendor, quiet.anonymous())
    second = Device(vendor, quiet.anonymous(), token=first.token)
    story = breaking(quiet)
    settle(quiet)
    assert len(second.rings(story["id"])) == 1, "one phone, one push, though it was installed twice"
    assert first.register(quiet.anonymous(), push_token=None)["can_ring"] is False


def test_a_forgotten_phone_is_silent_and_may_come_back(quiet: Server, vendor: FakeFcm) -> None:
    citizen = quiet.citizen()
    citizen.patch("/me", {"town": "gucun"}, citizen.does("GET", "/me")["ver"])
    device = Device(vendor, citizen)
    citizen.does("DELETE", f"/devices/{device.id}")
    story = breaking(quiet)
    settle(quiet)
    assert device.rings(story["id"]) == []
    vendor.reset()
    device.register(citizen)
    wait_until(lambda: device.topics() == {"town_gucun"})


# ── topics ──


def test_a_phone_is_on_the_topics_of_where_its_owner_is(quiet: Server, vendor: FakeFcm) -> None:
    citizen = quiet.citizen()
    device = Device(vendor, citizen)
    wait_until(lambda: device.topics() == {"pub"})
    citizen.patch("/me", {"town": "gucun"}, citizen.does("GET", "/me")["ver"])
    wait_until(lambda: device.topics() == {"town_gucun"})
    prefer(citizen, towns=["luodian"])
    wait_until(lambda: device.topics() == {"town_gucun", "town_luodian"})
    prefer(citizen, towns=[], wording="elder")
    wait_until(lambda: device.topics() == {"town_gucun.elder"})
    citizen.patch("/me", {"locale": "en"}, citizen.does("GET", "/me")["ver"])
    wait_until(lambda: device.topics() == {"town_gucun.en"})
    citizen.does("DELETE", "/auth/tokens")
    wait_until(lambda: device.topics() == {"pub"})


def test_what_the_vendor_was_not_told_is_found_the_next_day(quiet: Server, vendor: FakeFcm) -> None:
    citizen = quiet.citizen()
    device = Device(vendor, citizen)
    wait_until(lambda: device.topics() == {"pub"})
    settle(quiet)
    # As if the house had been restored from a backup of before the citizen moved.
    tables.run(quiet, "UPDATE account SET town = 'gucun' WHERE id = :id", id=citizen.id)
    quiet.move_clock(24 * 3600)
    wait_until(lambda: device.topics() == {"town_gucun"})


def test_a_notice_rings_those_of_its_towns_and_who_follows_its_office(quiet: Server, vendor: FakeFcm) -> None:
    form = {"title": f"停水公告 {uuid.uuid4().hex[:8]}", "body": "正文", "category": "other"}
    people = {name: quiet.citizen() for name in ("lives there", "follows the town", "elsewhere", "follows the office")}
    for name, town in (("lives there", "gucun"), ("elsewhere", "yanghang"), ("follows the office", "yanghang")):
        people[name].patch("/me", {"town": town}, people[name].does("GET", "/me")["ver"])
    prefer(people["follows the town"], towns=["gucun"])
    devices = {name: Device(vendor, person) for name, person in people.items()}
    notice = quiet.staff("office").does("POST", "/office/notices", form | {"towns": ["gucun", "luodian"]})
    people["follows the office"].does("POST", "/me/follows", {"kind": "office", "thing": notice["office"]["id"]})
    quiet.staff("office2").does("POST", f"/office/notices/{notice['id']}/publish")
    settle(quiet)
    rung = {name for name, device in devices.items() if device.rings(notice["id"])}
    assert rung == {"lives there", "follows the town", "follows the office"}
    assert devices["lives there"].rings(notice["id"])[0]["android"]["priority"] == "normal"
    (bell,) = bells(people["elsewhere"], notice["id"])
    assert bell["title"] == f"公告｜{form['title']}"
    assert people["elsewhere"].does("GET", f"/inbox/{bell['id']}/why")["rule"] == "other_town"
    later = f"{form['title']}（改期）"
    quiet.staff("office").does("POST", f"/office/notices/{notice['id']}/correct", {"note": "改期", "title": later})
    quiet.staff("office2").does("POST", f"/office/notices/{notice['id']}/correct/sign")
    settle(quiet)
    said = [ring["notification"]["title"] for ring in devices["lives there"].rings(notice["id"])]
    assert said == [f"公告｜{form['title']}", f"公告更正｜{later}"]
    assert devices["elsewhere"].rings(notice["id"]) == []
    quiet.staff("office2").does("POST", f"/office/notices/{notice['id']}/withdraw", {"reason": "时间有变"})
    settle(quiet)
    assert bells(people["elsewhere"], notice["id"]) == []
    last = {name: (device.rings(notice["id"]) or [None])[-1] for name, device in devices.items()}
    assert last["elsewhere"] is None
    assert last["lives there"]["data"]["gone"] == "1"
    assert "notification" not in last["lives there"]
