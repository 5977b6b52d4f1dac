"""The right bell, once, at the right time: what people want, what they get, and what they are told of why."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from fakes.fcm import FakeFcm
from scenario.examine import correct, publish
from scenario.people import Person
from scenario.phone import Phone
from tests.live.desk import draft, on_entry, on_live, opened, say, words_of, write
from tests.support import tables
from tests.support.pushes import Device, breaking, prefer, settle
from tests.support.server import Server, wait_until

WEEK_S = 7 * 24 * 3600
SWEPT = "SELECT max(done_at) FROM job WHERE kind = 'housekeeping' AND state = 'done'"
SOURCES = [{"name": "公园管理处", "kind": "official", "verified": True}]


pytestmark = pytest.mark.usefixtures("well_behaved")


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Server:
    """A server of this file's own, whose clock is moved through the days."""
    made = make_server()
    made.move_clock_to(10)
    return made


def next_week(house: Server) -> None:
    """Move on by a week, once those reviews are noted as late that are: they close the fast lane for a week."""
    waiting = "SELECT count(*) FROM job WHERE kind = 'fastlane.review' AND state <> 'done'"
    house.move_clock(3600)
    wait_until(lambda: tables.run(house, waiting) == [(0,)])
    house.move_clock(WEEK_S)


@pytest.fixture
def by_day(house: Server) -> Server:
    """The house at ten in the morning, a week later."""
    next_week(house)
    house.move_clock_to(10)
    return house


@pytest.fixture
def by_night(house: Server) -> Server:
    """The house at eleven at night, a week later."""
    next_week(house)
    house.move_clock_to(23)
    return house


def back(server: Server, person: Person) -> Person:
    """The same person hours later, when the token of before has run out."""
    return server.citizen(person.tokens["user"]["phone"])


def bell_about(person: Person, about: str) -> dict[str, Any]:
    (bell,) = [one for one in person.does("GET", "/inbox?limit=100")["items"] if one["about"]["id"] == about]
    return bell


def why(person: Person, about: str) -> dict[str, Any]:
    answer: dict[str, Any] = person.does("GET", f"/inbox/{bell_about(person, about)['id']}/why")
    return answer


def report(server: Server, about: str, kind: str = "article") -> dict[str, Any]:
    answer: dict[str, Any] = server.staff("editor").does("GET", f"/pushes/{kind}/{about}")
    return answer


def published(server: Server, headline: str, **fields: Any) -> dict[str, Any]:
    form = {"headline": headline, "body": "正文", "section": "minsheng", "sources": SOURCES} | fields
    story: dict[str, Any] = server.staff("editor").does("POST", "/editor/stories", form)
    publish(server.staff, story["id"])
    return story


def filed(citizen: Person) -> dict[str, Any]:
    form = {"service": "manhole", "title": "秘密的井盖", "text": "秘密的话"}
    case: dict[str, Any] = citizen.does("POST", "/requests", form)
    return case


def accept(server: Server, case: dict[str, Any]) -> None:
    server.staff("dispatcher").does("POST", f"/desk/requests/{case['id']}/accept")


def word() -> str:
    return f"独一份{uuid.uuid4().hex[:8]}"


# ── the night ──


def test_what_comes_by_night_is_told_of_in_the_morning_in_one_bell(by_night: Server, vendor: FakeFcm) -> None:
    citizen, nobody = by_night.citizen(), by_night.anonymous()
    devices = [Device(vendor, citizen), Device(vendor, citizen), Device(vendor, nobody)]
    stories = [breaking(by_night, f"夜里的事 {number}") for number in range(3)]
    settle(by_night)
    assert [device.rings() for device in devices] == [[], [], []]
    assert (why(citizen, stories[0]["id"])["state"], why(citizen, stories[0]["id"])["rule"]) == ("held", "quiet")
    assert "07:00" in why(citizen, stories[0]["id"])["words"]
    assert report(by_night, stories[0]["id"])["held"]["quiet"] >= 2
    by_night.move_clock_to(7.01)
    wait_until(lambda: all(device.rings() for device in devices))
    settle(by_night)
    for device in devices:
        (ring,) = device.rings()
        assert ring["notification"]["title"] == "您有 3 条消息"
        assert "夜里的事 0" in ring["notification"]["body"]
        assert ring["data"]["kind"] == "digest"
        assert ring["android"]["priority"] == "normal"
    citizen = back(by_night, citizen)
    assert why(citizen, stories[1]["id"])["state"] == "digested"
    citizen.does("POST", f"/devices/{devices[0].id}/opened", {"kind": "digest", "id": ring["data"]["id"]})
    assert why(citizen, stories[1]["id"])["opened_at"] is not None


def test_one_thing_that_was_held_rings_for_itself(by_night: Server, vendor: FakeFcm) -> None:
    citizen = by_night.citizen()
    device = Device(vendor, citizen)
    story = breaking(by_night, "只有一件")
    settle(by_night)
    by_night.move_clock_to(7.01)
    wait_until(lambda: device.rings(story["id"]))
    settle(by_night)
    (ring,) = device.rings()
    assert ring["notification"]["title"] == "快讯｜只有一件"
    assert why(back(by_night, citizen), story["id"])["state"] == "rung"


def test_what_was_read_or_taken_back_by_night_is_not_told_of(by_night: Server, vendor: FakeFcm) -> None:
    citizen = by_night.citizen()
    device = Device(vendor, citizen)
    read, withdrawn = breaking(by_night, "读过的"), breaking(by_night, "撤回的")
    citizen.does("POST", "/inbox/read", {"ids": [bell_about(citizen, read["id"])["id"]]})
    by_night.staff("chief").does("POST", f"/editor/stories/{withdrawn['id']}/withdraw", {"reason": "不实"})
    settle(by_night)
    by_night.move_clock_to(7.01)
    states = "SELECT state FROM ring WHERE recipient = :id"
    wait_until(lambda: {state for (state,) in tables.run(by_night, states, id=citizen.id)} == {"read", "gone"})
    settle(by_night)
    assert device.rings() == []


def test_a_correction_by_night_changes_what_stands_there_and_wakes_nobody(by_day: Server, vendor: FakeFcm) -> None:
    device = Device(vendor, by_day.citizen())
    story = breaking(by_day, "错的")
    settle(by_day)
    by_day.move_clock_to(22.2)
    correct(by_day.staff, story["id"], {"headline": "对的", "note": "标题有误"})
    settle(by_day)
    first, second = device.rings(story["id"])
    assert (first["android"]["notification"]["channel_id"], first["apns"]["payload"]["aps"]["sound"]) == (
        "urgent",
        "default",
    )
    assert second["android"]["notification"]["channel_id"] == "quiet"
    assert "sound" not in str(second["apns"])
    assert second["android"]["collapse_key"] == first["android"]["collapse_key"]


def test_the_night_is_that_of_the_recipients_own_clock(by_day: Server, vendor: FakeFcm) -> None:
    here, abroad = by_day.citizen(), by_day.citizen()
    prefer(abroad, timezone="Europe/London")
    near, far = Device(vendor, here), Device(vendor, abroad)
    story = breaking(by_day)
    settle(by_day)
    assert (len(near.rings(story["id"])), len(far.rings(story["id"]))) == (1, 0)
    assert why(abroad, story["id"])["rule"] == "quiet"


def test_who_turned_the_quiet_on_meanwhile_is_not_woken(by_day: Server, vendor: FakeFcm) -> None:
    citizen = by_day.citizen()
    device = Device(vendor, citizen)
    vendor.rule(on="send", answer="UNAVAILABLE", token=device.token, times=1)
    story = breaking(by_day)
    wait_until(lambda: vendor.stats()["refused"].get("UNAVAILABLE"))
    prefer(citizen, quiet={"on": True, "from": "09:00", "to": "20:00"})
    by_day.move_clock(60)
    settle(by_day)
    assert device.rings(story["id"]) == []
    assert why(citizen, story["id"])["state"] == "held"
    by_day.move_clock_to(20.01)
    wait_until(lambda: device.rings(story["id"]))


# ── too much for a day ──


def test_what_is_too_much_for_a_day_is_told_of_at_the_chosen_hour(by_day: Server, vendor: FakeFcm) -> None:
    citizen = by_day.citizen()
    prefer(citizen, daily_budget=2, digest_at=["15:00"])
    devices = [Device(vendor, citizen), Device(vendor, citizen)]
    stories = [breaking(by_day, f"第 {number} 件") for number in range(4)]
    settle(by_day)
    for device in devices:
        assert sorted(ring["notification"]["title"] for ring in device.rings()) == ["快讯｜第 0 件", "快讯｜第 1 件"]
    last = why(citizen, stories[3]["id"])
    assert (last["state"], last["rule"]) == ("held", "budget")
    assert "15:00" in last["words"]
    by_day.move_clock_to(15.01)
    wait_until(lambda: all(len(device.rings()) == 3 for device in devices))
    assert devices[0].rings()[-1]["notification"]["title"] == "您有 2 条消息"
    by_day.move_clock_to(10)
    again = breaking(by_day, "新的一天", signer="chief")
    settle(by_day)
    assert len(devices[0].rings(again["id"])) == 1


def test_who_wants_no_bells_at_all_gets_digests_only(by_day: Server, vendor: FakeFcm) -> None:
    citizen = by_day.citizen()
    prefer(citizen, daily_budget=0)
    device = Device(vendor, citizen)
    story = breaking(by_day)
    settle(by_day)
    assert device.rings() == []
    by_day.move_clock_to(12.01)
    wait_until(lambda: device.rings(story["id"]))


# ── words ──


def test_a_bell_says_it_in_the_words_that_its_reader_wants(by_day: Server, vendor: FakeFcm) -> None:
    people = {name: by_day.citizen() for name in ("plain", "elder", "english")}
    prefer(people["elder"], wording="elder")
    people["english"].patch("/me", {"locale": "en"}, people["english"].does("GET", "/me")["ver"])
    devices = {name: Device(vendor, person) for name, person in people.items()}
    tourist = Device(vendor, by_day.anonymous(), locale="en")
    story = breaking(by_day, "大桥封闭")
    settle(by_day)
    said = {name: device.rings(story["id"])[0]["notification"]["title"] for name, device in devices.items()}
    assert said == {"plain": "快讯｜大桥封闭", "elder": "重要消息：大桥封闭", "english": "Breaking | 大桥封闭"}
    assert tourist.rings(story["id"])[0]["notification"]["title"] == "Breaking | 大桥封闭"
    bell = bell_about(people["elder"], story["id"])
    assert bell["title"] == "快讯｜大桥封闭"
    assert bell["variants"]["elder"]["title"] == "重要消息：大桥封闭"


def test_of_a_case_a_vendor_learns_what_its_citizen_lets_out(by_day: Server, vendor: FakeFcm) -> None:
    people = {name: by_day.citizen() for name in ("silent", "discreet", "full")}
    cases, devices = {}, {}
    for name, person in people.items():
        prefer(person, push_words=name)
        devices[name], cases[name] = Device(vendor, person), filed(person)
        accept(by_day, cases[name])
    settle(by_day)
    rings = {name: device.rings(cases[name]["id"]) for name, device in devices.items()}
    assert {name: len(found) for name, found in rings.items()} == dict.fromkeys(people, 1)
    ((silent,), (discreet,), (full,)) = rings.values()
    assert "notification" not in silent
    assert discreet["notification"]["title"] == "您的诉求有新进展"
    assert cases["discreet"]["code"] not in str(discreet)
    assert full["notification"]["title"] == f"诉求 {cases['full']['code']} 已受理"
    for ring in (silent, discreet, full):
        assert ring["data"].keys() == {"kind", "id", "seq"}
        assert "秘密" not in str(ring)


def test_all_steps_of_a_case_take_one_place_on_the_screen(by_day: Server, vendor: FakeFcm) -> None:
    citizen = by_day.citizen()
    device = Device(vendor, citizen)
    case = filed(citizen)
    accept(by_day, case)
    by_day.staff("dispatcher").does("POST", f"/desk/requests/{case['id']}/assign", {"office": "wateraffairs"})
    settle(by_day)
    rings = device.rings(case["id"])
    assert len(rings) == 2
    assert len({ring["android"]["collapse_key"] for ring in rings}) == 1
    assert {ring["android"]["notification"]["tag"] for ring in rings} == {rings[0]["android"]["collapse_key"]}


# ── what is followed ──


def test_a_story_rings_those_who_follow_its_topic_or_section(by_day: Server, vendor: FakeFcm) -> None:
    topic = word()
    people = {name: by_day.citizen() for name in ("topic", "section", "both", "none", "wants none")}
    for name in ("topic", "both", "wants none"):
        people[name].does("POST", "/me/follows", {"kind": "topic", "thing": topic})
    for name in ("section", "both"):
        people[name].does("POST", "/me/follows", {"kind": "section", "thing": "minsheng"})
    prefer(people["wants none"], follows=False)
    devices = {name: Device(vendor, person) for name, person in people.items()}
    story = published(by_day, f"{topic} 今天开通")
    settle(by_day)
    rung = {name: len(device.rings(story["id"])) for name, device in devices.items()}
    assert rung == {"topic": 1, "section": 1, "both": 1, "none": 0, "wants none": 0}
    assert devices["topic"].rings(story["id"])[0]["notification"]["title"] == f"您关注的｜{topic} 今天开通"
    told = why(people["topic"], story["id"])
    assert (told["reason"], told["rule"]) == ("topic", "wanted")
    correct(by_day.staff, story["id"], {"headline": f"{topic} 明天开通", "note": "日期有误"})
    settle(by_day)
    assert devices["topic"].rings(story["id"])[1]["notification"]["title"] == f"更正｜{topic} 明天开通"
    by_day.staff("chief").does("POST", f"/editor/stories/{story['id']}/withdraw", {"reason": "不实"})
    settle(by_day)
    assert devices["topic"].rings(story["id"])[2]["data"]["gone"] == "1"
    assert story["id"] not in people["topic"].get("/inbox?limit=100").text


def test_what_is_followed_no_more_rings_no_more(by_day: Server, vendor: FakeFcm) -> None:
    topic, citizen = word(), by_day.citizen()
    first = citizen.does("POST", "/me/follows", {"kind": "topic", "thing": f" {topic} "})
    again = citizen.post("/me/follows", {"kind": "topic", "thing": topic})
    assert (again.status_code, again.json()) == (200, first)
    assert [one["thing"] for one in citizen.does("GET", "/me/follows")["items"]] == [topic]
    phone = by_day.phone(citizen)
    phone.catch_up()
    assert phone.get("follow", first["id"], f"user:{citizen.id}")["thing"] == topic
    device = Device(vendor, citizen)
    stranger = by_day.citizen()
    assert stranger.delete(f"/me/follows/{first['id']}").status_code == 404
    assert stranger.get(f"/me/follows/{first['id']}").status_code == 404
    citizen.does("DELETE", f"/me/follows/{first['id']}")
    story = published(by_day, f"{topic} 有新消息")
    settle(by_day)
    assert device.rings(story["id"]) == []


def test_one_follows_what_there_is_and_not_without_end(by_day: Server) -> None:
    citizen = by_day.citizen()
    for kind in ("section", "office", "public_request", "live"):
        refused = citizen.post("/me/follows", {"kind": kind, "thing": "no-such-thing"})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "thing"
    for number in range(50):
        citizen.does("POST", "/me/follows", {"kind": "topic", "thing": f"话题{number}"})
    full = citizen.post("/me/follows", {"kind": "topic", "thing": "太多了"})
    assert (full.status_code, full.json()["guard"]) == (409, "follows_full")
    assert len(citizen.does("GET", "/me/export")["follows"]) == 50


def test_a_public_request_rings_its_followers_when_it_moves_on(by_day: Server, vendor: FakeFcm) -> None:
    form = {"service": "manhole", "title": "井盖松了", "text": "路口的井盖松了", "privacy": "public_twin"}
    case = by_day.citizen().does("POST", "/requests", form)
    accept(by_day, case)
    twins = by_day.staff("dispatcher").does("GET", "/desk/twins?limit=100")["items"]
    (twin,) = [one for one in twins if one["request"]["id"] == case["id"]]
    by_day.staff("dispatcher").does("POST", f"/desk/twins/{twin['id']}/approve")
    follower = by_day.citizen()
    device = Device(vendor, follower)
    follower.does("POST", "/me/follows", {"kind": "public_request", "thing": twin["id"]})
    by_day.staff("dispatcher").does("POST", f"/desk/requests/{case['id']}/assign", {"office": "wateraffairs"})
    wait_until(lambda: device.rings(twin["id"]))
    settle(by_day)
    (ring,) = device.rings(twin["id"])
    assert ring["notification"]["title"].startswith("您关注的诉求有进展｜")
    assert case["id"] not in str(ring)
    assert case["code"] not in str(ring)


# ── a live blog ──


def follower_of(server: Server, live: dict[str, Any], **wishes: Any) -> Person:
    person: Person = server.citizen()
    prefer(person, daily_budget=200, **wishes)
    person.does("POST", "/me/follows", {"kind": "live", "thing": live["id"]})
    return person


def texts(person: Person, about: str) -> list[str]:
    """What the inbox says of a thing, the latest first."""
    return [one["text"] for one in person.does("GET", "/inbox?limit=100")["items"] if one["about"]["id"] == about]


def test_what_matters_in_a_live_blog_rings_its_followers_in_one_place(by_day: Server, vendor: FakeFcm) -> None:
    live = opened(by_day)
    people = {"follower": follower_of(by_day, live), "elder": follower_of(by_day, live, wording="elder")}
    people |= {"wants none": follower_of(by_day, live, follows=False), "stranger": by_day.citizen()}
    devices = {name: Device(vendor, person) for name, person in people.items()}
    say(by_day, live)
    said = []
    for _ in range(3):
        said.append(say(by_day, live, key=True))
        settle(by_day)
    rung = {name: device.rings(live["id"]) for name, device in devices.items()}
    assert {name: len(rings) for name, rings in rung.items()} == {
        "follower": 3,
        "elder": 3,
        "wants none": 0,
        "stranger": 0,
    }
    assert [ring["notification"]["body"] for ring in rung["follower"]] == [words_of(entry) for entry in said]
    assert {ring["android"]["notification"]["tag"] for ring in rung["follower"]} == {f"live:{live['id']}"}
    assert rung["follower"][0]["notification"]["title"] == f"直播｜{live['headline']}"
    assert rung["elder"][0]["notification"]["title"] == f"您关注的直播：{live['headline']}"
    assert rung["follower"][0]["data"]["kind"] == "live"
    assert texts(people["wants none"], live["id"]) == [words_of(entry) for entry in reversed(said)]
    bell = people["follower"].does("GET", "/inbox?limit=100")["items"][0]
    told = people["follower"].does("GET", f"/inbox/{bell['id']}/why")
    assert (bell["kind"], told["reason"], told["rule"]) == ("follow", "live", "wanted")


def test_a_live_blog_is_silent_by_night(by_night: Server, vendor: FakeFcm) -> None:
    live = opened(by_night)
    device = Device(vendor, follower_of(by_night, live))
    for _ in range(2):
        say(by_night, live, key=True)
    settle(by_night)
    assert device.rings() == []
    by_night.move_clock_to(7.01)
    wait_until(device.rings)
    settle(by_night)
    (ring,) = device.rings()
    assert ring["data"]["kind"] == "digest"


def test_taking_back_an_entry_leaves_a_later_one_on_the_screen(by_day: Server, vendor: FakeFcm) -> None:
    live = opened(by_day)
    person = follower_of(by_day, live)
    device = Device(vendor, person)
    said = []
    for _ in range(3):
        said.append(say(by_day, live, key=True))
        settle(by_day)
    on_entry(by_day, "editor", said[0], "withdraw", reason="失实")
    settle(by_day)
    assert texts(person, live["id"]) == [words_of(said[2]), words_of(said[1])]
    assert len(device.rings(live["id"])) == 3
    on_entry(by_day, "editor", said[2], "withdraw", reason="失实")
    settle(by_day)
    assert texts(person, live["id"]) == [words_of(said[1])]
    (gone,) = device.rings(live["id"])[3:]
    assert gone["data"]["gone"] == "1"
    on_live(by_day, "editor", live, "withdraw", reason="全部失实")
    settle(by_day)
    assert texts(person, live["id"]) == []


def test_a_correction_changes_the_bell_of_an_entry_and_rings_nobody_twice(by_day: Server, vendor: FakeFcm) -> None:
    live = opened(by_day)
    person = follower_of(by_day, live)
    device = Device(vendor, person)
    entry, plain = say(by_day, live, key=True), say(by_day, live)
    settle(by_day)
    on_entry(by_day, "reporter", entry, "correct", body="改正后的话", note="人数有误")
    on_entry(by_day, "editor", entry, "show", key=True)
    settle(by_day)
    assert texts(person, live["id"]) == ["改正后的话"]
    (_, again) = device.rings(live["id"])
    assert again["notification"]["title"] == f"直播更正｜{live['headline']}"
    # What turns out to matter only when it is corrected is told of then.
    on_entry(by_day, "reporter", plain, "correct", body="原来很要紧", note="补充")
    on_entry(by_day, "editor", plain, "show", key=True)
    settle(by_day)
    assert texts(person, live["id"]) == ["原来很要紧", "改正后的话"]


def test_one_follows_a_live_blog_once_it_is_before_readers(by_day: Server) -> None:
    live, citizen = draft(by_day), by_day.citizen()
    assert citizen.post("/me/follows", {"kind": "live", "thing": live["id"]}).status_code == 422
    on_live(by_day, "editor2", live, "open")
    write(by_day, live, key=True)
    citizen.does("POST", "/me/follows", {"kind": "live", "thing": live["id"]})
    settle(by_day)
    assert texts(citizen, live["id"]) == []


# ── why, and how it went ──


def test_a_report_says_what_was_planned_suppressed_sent_failed_and_opened(by_day: Server, vendor: FakeFcm) -> None:
    people = {name: by_day.citizen() for name in ("rung", "off", "muted", "failing", "dead")}
    prefer(people["off"], breaking=False)
    story = by_day.staff("editor").does(
        "POST",
        "/editor/breaking",
        {"headline": "报告", "text": "正文", "source": {"name": "区气象台", "verified": True}, "reason": "突发"},
    )
    prefer(people["muted"], muted_sections=[story["section"]])
    devices = {name: Device(vendor, person) for name, person in people.items() if name != "dead"}
    devices["dead"] = Device(vendor, people["dead"])
    settle(by_day)
    vendor.rule(on="send", answer="UNREGISTERED", token=devices["dead"].token)
    vendor.rule(on="send", answer="INVALID_ARGUMENT", token=devices["failing"].token)
    by_day.staff("duty").does("POST", f"/editor/breaking/{story['id']}/sign")
    settle(by_day)
    found = report(by_day, story["id"])
    assert found["planned"] == sum(found["states"].values()) >= 5
    assert found["suppressed"] == {"kind_off": 1, "section_muted": 1}
    assert found["codes"] == {"INVALID_ARGUMENT": 1, "UNREGISTERED": 1}
    assert (found["dead"], found["failed"], found["expired"], found["pending"]) == (1, 1, 0, 0)
    assert found["states"]["failed"] == 2
    (first,) = found["rounds"]
    assert 0 <= first["p50_ms"] <= first["p99_ms"]
    assert found["opened"] == 0
    people["rung"].does("POST", f"/devices/{devices['rung'].id}/opened", {"kind": "article", "id": story["id"]})
    people["rung"].does("POST", f"/devices/{devices['rung'].id}/opened", {"kind": "article", "id": story["id"]})
    assert report(by_day, story["id"])["opened"] == 1
    rules = {name: why(person, story["id"])["rule"] for name, person in people.items()}
    assert rules == {
        "rung": "wanted",
        "off": "kind_off",
        "muted": "section_muted",
        "failing": "wanted",
        "dead": "wanted",
    }
    assert why(people["failing"], story["id"])["code"] == "INVALID_ARGUMENT"
    assert "关闭了这类提醒" in why(people["off"], story["id"])["words"]
    assert by_day.citizen().get(f"/pushes/article/{story['id']}").status_code == 403
    assert by_day.staff("editor").get("/pushes/article/no-such-thing").status_code == 404


def test_why_is_told_to_whom_it_concerns_only(by_day: Server, vendor: FakeFcm) -> None:
    citizen, stranger = by_day.citizen(), by_day.citizen()
    case = filed(citizen)
    accept(by_day, case)
    settle(by_day)
    bell = bell_about(citizen, case["id"])["id"]
    assert stranger.get(f"/inbox/{bell}/why").status_code == 404
    assert citizen.does("GET", f"/inbox/{bell}/why")["state"] == "unreachable"
    assert citizen.does("GET", "/me/export")["rings"][0]["state"] == "unreachable"
    citizen.does("DELETE", "/me")
    assert tables.run(by_day, "SELECT state FROM ring WHERE recipient = :id", id=citizen.id) == []


def test_a_person_is_rung_once_on_each_of_their_phones_and_counted_once(by_day: Server, vendor: FakeFcm) -> None:
    citizen = by_day.citizen()
    devices = [Device(vendor, citizen) for _ in range(3)]
    story = breaking(by_day)
    settle(by_day)
    assert [len(device.rings(story["id"])) for device in devices] == [1, 1, 1]
    used = "SELECT used FROM ring_day WHERE whom = :id"
    assert tables.run(by_day, used, id=citizen.id) == [(1,)]


# ── the inbox ──


def held(phone: Phone, kind: str, stream: str) -> list[dict[str, Any]]:
    return [data for (one, _), (_ver, data) in phone.items.get(stream, {}).items() if one == kind]


def test_unread_is_the_same_on_all_phones_and_what_was_read_offline_is_read(by_day: Server) -> None:
    citizen = by_day.citizen()
    case, story = filed(citizen), breaking(by_day)
    accept(by_day, case)
    home, away = by_day.phone(citizen), by_day.phone(citizen)
    for phone in (home, away):
        phone.catch_up()
    stream = f"user:{citizen.id}"

    def unread(phone: Phone) -> set[str]:
        """Count as every client does: by what the phone holds alone."""
        read = {mark["bell"] for mark in held(phone, "read", stream)}
        shared = {bell["id"] for bell in held(phone, "bell", "pub")}
        mine = {bell["id"] for bell in held(phone, "bell", stream) if bell["read_at"] is None}
        return (shared - read) | mine

    count = citizen.does("GET", "/inbox")["unread"]
    assert count == len(unread(home)) == len(unread(away))
    # Read in a lift: the phone sends it from its outbox when it is out again, and again, as it saw no answer.
    bells = [bell_about(citizen, one["id"])["id"] for one in (case, story)]
    form = {
        "client_id": uuid.uuid4().hex,
        "mutations": [{"mid": 1, "name": "inbox.read", "args": {"ids": bells}}],
    }
    first, second = (citizen.does("POST", "/sync/mutations", form) for _ in range(2))
    assert first == second
    for phone in (home, away):
        phone.catch_up()
        assert phone.equals_server()
    assert citizen.does("GET", "/inbox")["unread"] == count - 2 == len(unread(home)) == len(unread(away))


def test_an_inbox_is_kept_for_half_a_year(make_server: Callable[..., Server]) -> None:
    server = make_server()
    citizen = server.citizen()
    case, story = filed(citizen), breaking(server)
    accept(server, case)
    citizen.does("POST", "/inbox/read", {"all": True})
    phone = server.phone(citizen)
    phone.catch_up()
    for _ in range(5):
        before = tables.run(server, SWEPT)
        server.move_clock(35 * 24 * 3600)
        wait_until(lambda before=before: tables.run(server, SWEPT) != before)
    citizen = server.citizen(citizen.tokens["user"]["phone"])
    assert {bell["about"]["id"] for bell in citizen.does("GET", "/inbox?limit=100")["items"]} >= {
        case["id"],
        story["id"],
    }
    assert tables.run(server, "SELECT count(*) FROM ring") == [(0,)], "why it rang is kept for 35 days"
    server.move_clock(6 * 24 * 3600)
    wait_until(lambda: tables.run(server, "SELECT count(*) FROM bell WHERE about_id = :id", id=case["id"]) == [(0,)])
    assert tables.run(server, "SELECT count(*) FROM broadcast_read") == [(0,)]
    citizen = server.citizen(citizen.tokens["user"]["phone"])
    assert citizen.does("GET", "/inbox")["unread"] == 0
    fresh = server.phone(citizen)
    fresh.catch_up()
    assert fresh.equals_server()
    assert held(fresh, "bell", f"user:{citizen.id}") == []


# ── bad input ──


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"quiet": {"on": True, "from": "25:00", "to": "07:00"}}, "quiet.from"),
        ({"quiet": {"on": True}}, "quiet.from"),
        ({"timezone": "Mars/Phobos"}, "timezone"),
        ({"digest_at": []}, "digest_at"),
        ({"digest_at": ["12:00"] * 5}, "digest_at"),
        ({"daily_budget": -1}, "daily_budget"),
        ({"towns": ["atlantis"]}, "towns.0"),
        ({"muted_sections": ["minsheng", "none"]}, "muted_sections.1"),
        ({"wording": "loud"}, "wording"),
        ({"push_words": True}, "push_words"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_by_name(by_day: Server, form: dict[str, Any], field: str) -> None:
    citizen = by_day.citizen()
    refused = citizen.patch("/me/preferences", form, 0)
    assert refused.status_code == 422
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert citizen.does("GET", "/me/preferences")["ver"] == 0
    device = by_day.anonymous().put(f"/devices/{uuid.uuid4().hex}", {"platform": "web", "preferences": form})
    assert device.status_code == 422
