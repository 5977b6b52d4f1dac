"""The JPush target over the wire, against the fake vendor, which holds it to the manual."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from fakes.jpush import APP_KEY, MASTER_SECRET, FakeJPush, serve
from notifications.targets.base import Delivery, Letter, Outcome, Push, PushTarget
from notifications.targets.jpush import MAX_SEARCH_CALLS, JPushTarget
from notifications.targets.jpush_message import MAX_TTL_S
from tests.support.letters import NOW, FixedClock, a_push
from tests.support.programs import run_program

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeJPush]:
    running = serve()
    yield running
    running.stop()


@pytest.fixture
def fake(shared: FakeJPush) -> FakeJPush:
    shared.reset()
    return shared


@pytest.fixture
def target(fake: FakeJPush) -> Iterator[JPushTarget]:
    made = JPushTarget(APP_KEY, MASTER_SECRET, f"{fake.url}/", timeout_s=5, clock=FixedClock())
    yield made
    made.close()


@pytest.fixture
def own_fake() -> Iterator[FakeJPush]:
    """One that a test may stop, or that still owes slow answers when the test ends."""
    running = serve()
    yield running
    running.stop()


def to(push: Push, ids: list[str], bell: str = "bell-1") -> list[Letter]:
    return [Letter(one, push, f"{bell}:{one}") for one in ids]


def send_one(target: JPushTarget, address: str = "phone-1", **changes: Any) -> Delivery:
    (delivery,) = target.send(to(a_push(**changes), [address]))
    return delivery


def taken_push(fake: FakeJPush) -> dict[str, Any]:
    (taken,) = fake.messages()
    push: dict[str, Any] = taken["push"]
    return push


# What a phone gets


def test_a_push_reaches_the_vendor_in_the_words_of_all_three_platforms(fake: FakeJPush, target: JPushTarget) -> None:
    delivery = send_one(target)
    (taken,) = fake.messages("phone-1")
    assert delivery == Delivery("phone-1", "sent", vendor_id=taken["msg_id"])
    push = taken["push"]
    cid = push.pop("cid")
    assert cid.startswith(f"{APP_KEY}-")
    data = {"kind": "article", "id": "0190-1", "seq": "42"}
    words = {"alert": "七个单位合到一处，一次采集，多种生成。", "title": "宝山融媒体中心成立"}
    assert push == {
        "platform": "all",
        "audience": {"registration_id": ["phone-1"]},
        "notification": {
            "android": {**words, "channel_id": "urgent", "priority": 1, "extras": data},
            "ios": {
                "alert": {"title": words["title"], "body": words["alert"]},
                "sound": "default",
                "thread-id": "article",
                "extras": data,
            },
            "hmos": {**words, "intent": {"url": "action.system.home"}, "extras": data},
        },
        "options": {"time_to_live": 3600, "apns_production": True, "apns_collapse_id": "article:0190-1"},
    }


def test_a_normal_push_waits_in_the_list(fake: FakeJPush, target: JPushTarget) -> None:
    send_one(target, priority="normal", collapse_key=None)
    push = taken_push(fake)
    assert push["notification"]["android"]["channel_id"] == "news"
    assert push["notification"]["android"]["priority"] == 0
    assert "sound" not in push["notification"]["ios"]
    assert "apns_collapse_id" not in push["options"]


def test_a_push_without_sound_wakes_nobody(fake: FakeJPush, target: JPushTarget) -> None:
    send_one(target, sound=False)
    notification = taken_push(fake)["notification"]
    assert (notification["android"]["channel_id"], notification["android"]["alert_type"]) == ("quiet", 0)
    assert "sound" not in notification["ios"]


def test_a_push_without_words_is_a_message_for_the_app_alone(fake: FakeJPush, target: JPushTarget) -> None:
    send_one(target, title="", body="")
    push = taken_push(fake)
    assert "notification" not in push
    assert push["message"] == {"msg_content": "sync", "extras": {"kind": "article", "id": "0190-1", "seq": "42"}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, {"alert": "七个单位合到一处，一次采集，多种生成。"}),
        ({"body": ""}, {"alert": "宝山融媒体中心成立"}),
    ],
)
def test_half_of_the_words_are_shown_and_not_taken_for_none(
    fake: FakeJPush, target: JPushTarget, changes: dict[str, Any], words: dict[str, str]
) -> None:
    send_one(target, **changes)
    android = taken_push(fake)["notification"]["android"]
    assert {name: android[name] for name in ("alert", "title") if name in android} == words


def test_a_push_without_a_kind_stands_in_no_thread(fake: FakeJPush, target: JPushTarget) -> None:
    send_one(target, data={})
    assert "thread-id" not in taken_push(fake)["notification"]["ios"]


@pytest.mark.parametrize(("ttl_s", "seconds"), [(0, 0), (-5, 0), (10**9, MAX_TTL_S)])
def test_a_time_to_live_stays_within_what_the_vendor_takes(
    fake: FakeJPush, target: JPushTarget, ttl_s: int, seconds: float | None
) -> None:
    assert send_one(target, ttl_s=ttl_s).outcome == "sent"
    assert taken_push(fake)["options"]["time_to_live"] == seconds


def test_a_collapse_key_too_long_for_apple_still_collapses(fake: FakeJPush, target: JPushTarget) -> None:
    for body in ("甲", "乙"):
        assert send_one(target, f"phone-{body}".encode().hex(), body=body, collapse_key="专题：" * 30).outcome == "sent"
    first, second = (taken["push"]["options"]["apns_collapse_id"] for taken in fake.messages())
    assert first == second


def test_a_body_that_is_too_long_is_cut_and_taken(fake: FakeJPush, target: JPushTarget) -> None:
    body = "融😀\n" * 1000
    assert send_one(target, body=body).outcome == "sent"
    notification = taken_push(fake)["notification"]
    cut = notification["ios"]["alert"]["body"]
    assert cut.endswith("…")
    assert body.startswith(cut[:-1])
    assert 1990 < len(json.dumps(notification["ios"], ensure_ascii=False).encode()) <= 2000


def test_what_is_too_long_without_its_body_fails_and_spoils_no_other(fake: FakeJPush, target: JPushTarget) -> None:
    letters = [
        *to(a_push(title="融" * 1000), ["phone-1"]),
        *to(a_push(title="", body="", data={"x": "y" * 4000}), ["phone-2"]),
        *to(a_push(), ["phone-3"]),
    ]
    found = [(one.outcome, one.code) for one in target.send(letters)]
    assert found == [("failed", "too_large"), ("failed", "too_large"), ("sent", None)]


# Many at once


def test_letters_that_say_the_same_go_out_in_one_call(fake: FakeJPush, target: JPushTarget) -> None:
    # Equal is enough: a push that was read from the queue twice is not the same object.
    letters = to(a_push(), ["a", "b"]) + to(a_push(body="另一条"), ["c"]) + to(a_push(), ["d"])
    deliveries = target.send(letters)
    assert [one.address for one in deliveries] == ["a", "b", "c", "d"]
    assert {one.outcome for one in deliveries} == {"sent"}
    reached = {tuple(taken["reached"]): taken["msg_id"] for taken in fake.messages()}
    assert reached.keys() == {("a", "b", "d"), ("c",)}
    assert [one.vendor_id for one in deliveries] == [
        reached["a", "b", "d"],
        reached["a", "b", "d"],
        reached["c",],
        reached["a", "b", "d"],
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"kind": "notice"}},
        {"collapse_key": None},
        {"ttl_s": 60},
        {"priority": "normal"},
        {"sound": False},
        {"title": "另一题"},
    ],
)
def test_letters_that_differ_in_anything_go_out_apart(
    fake: FakeJPush, target: JPushTarget, changes: dict[str, Any]
) -> None:
    target.send(to(a_push(), ["a"]) + to(a_push(**changes), ["b"]))
    assert sorted(taken["reached"] for taken in fake.messages()) == [["a"], ["b"]]


def test_five_hundred_phones_take_one_call_and_more_are_refused(fake: FakeJPush, target: JPushTarget) -> None:
    ids = [f"phone-{number}" for number in range(500)]
    assert {one.outcome for one in target.send(to(a_push(), ids))} == {"sent"}
    assert fake.stats()["calls"] == 1
    with pytest.raises(ValueError, match="at most 500"):
        target.send(to(a_push(), [*ids, "one-more"]))
    assert target.send([]) == []
    seen: PushTarget = target
    assert (seen.kind, seen.at_once) == ("jpush", 500)


def test_an_id_that_cannot_be_one_is_dead_and_does_not_spoil_the_call(fake: FakeJPush, target: JPushTarget) -> None:
    deliveries = target.send(to(a_push(), ["", "phone-1", "路", "a b", "x" * 101]))
    assert [one.outcome for one in deliveries] == ["dead", "sent", "dead", "dead", "dead"]
    assert {one.code for one in deliveries if one.outcome == "dead"} == {"malformed"}
    assert fake.stats()["calls"] == 1


# Phones that are gone


def test_a_phone_that_is_gone_is_found_when_it_is_alone(fake: FakeJPush, target: JPushTarget) -> None:
    assert send_one(target, "dead-1") == Delivery("dead-1", "dead", "jpush_1011")


def test_among_others_it_is_not_found_and_they_are_rung(fake: FakeJPush, target: JPushTarget) -> None:
    outcomes = [one.outcome for one in target.send(to(a_push(), ["phone-1", "dead-1"]))]
    assert outcomes == ["sent", "sent"]
    assert fake.messages()[0]["reached"] == ["phone-1"]


def test_if_it_spoils_the_call_it_is_found_and_each_of_the_others_rings_once(
    fake: FakeJPush, target: JPushTarget
) -> None:
    fake.set(one_dead_spoils_all=True)
    ids = [f"{'dead' if number in {17, 300} else 'phone'}-{number}" for number in range(400)]
    deliveries = target.send(to(a_push(), ids))
    assert [one.address for one in deliveries] == ids
    assert [one.address for one in deliveries if one.outcome == "dead"] == ["dead-17", "dead-300"]
    assert {one.outcome for one in deliveries} == {"dead", "sent"}
    rung = [one for taken in fake.messages() for one in taken["reached"]]
    assert sorted(rung) == sorted(one for one in ids if one.startswith("phone-"))
    assert fake.stats()["calls"] < 40


def test_the_search_has_an_end_and_the_rest_is_for_the_next_try(fake: FakeJPush, target: JPushTarget) -> None:
    ids = [f"dead-{number}" for number in range(500)]
    deliveries = target.send(to(a_push(), ids))
    assert fake.stats()["calls"] <= MAX_SEARCH_CALLS + 1
    assert {(one.outcome, one.code) for one in deliveries} == {("dead", "jpush_1011"), ("retry", "jpush_1011")}
    # The next try, without those that were found, finds more.
    left = [one.address for one in deliveries if one.outcome == "retry"]
    assert "dead" in {one.outcome for one in target.send(to(a_push(), left))}


def test_a_malformed_id_is_dead_when_the_vendor_says_that_it_is_one(fake: FakeJPush, target: JPushTarget) -> None:
    body = {"error": {"code": 1003, "message": "The registration_id phone-1 is invalid!"}}
    fake.rule(status=400, body=body)
    assert send_one(target) == Delivery("phone-1", "dead", "jpush_1003")


# The same call twice


def test_a_call_whose_answer_was_lost_does_not_ring_again(fake: FakeJPush, target: JPushTarget) -> None:
    fake.rule(kind="lose", times=1)
    ids = ["a", "b", "c"]
    first = target.send(to(a_push(), ids))
    assert {(one.outcome, one.code) for one in first} == {("retry", "unreachable")}
    # In another order, by another process.
    second = JPushTarget(APP_KEY, MASTER_SECRET, fake.url).send(to(a_push(), ids[::-1]))
    assert {one.outcome for one in second} == {"sent"}
    assert len(fake.messages()) == 1
    assert {one.vendor_id for one in second} == {fake.messages()[0]["msg_id"]}
    assert fake.stats()["repeated"] == 1


def test_another_bell_that_says_the_same_rings_again(fake: FakeJPush, target: JPushTarget) -> None:
    for bell in ("bell-1", "bell-2"):
        assert {one.outcome for one in target.send(to(a_push(), ["a"], bell))} == {"sent"}
    assert len(fake.messages()) == 2


def test_letters_without_keys_are_sent_without_a_name_for_the_call(fake: FakeJPush, target: JPushTarget) -> None:
    for _ in range(2):
        assert target.send([Letter("a", a_push())])[0].outcome == "sent"
    assert ["cid" in taken["push"] for taken in fake.messages()] == [False, False]
    target.send([Letter("a", a_push()), Letter("b", a_push(), "bell-1:b")])
    assert "cid" not in fake.messages()[2]["push"]


def test_a_repeat_that_is_refused_was_taken_before(fake: FakeJPush, target: JPushTarget) -> None:
    fake.set(refuses_repeats=True)
    assert [send_one(target).outcome for _ in range(2)] == ["sent", "sent"]
    assert len(fake.messages()) == 1


def test_a_vendor_who_knows_only_call_ids_of_its_own_is_asked_without_one(fake: FakeJPush, target: JPushTarget) -> None:
    fake.set(own_call_ids=True)
    assert send_one(target, "a").outcome == "sent"
    assert send_one(target, "b").outcome == "sent"
    assert fake.stats() == {"calls": 3, "accepted": 2, "repeated": 0, "refused": {1003: 1}}


# What the vendor says


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (1000, "retry"),
        (1030, "retry"),
        (2002, "retry"),
        (1004, "retry"),
        (2003, "retry"),
        (2004, "retry"),
        (1002, "failed"),
        (1003, "failed"),
        (1005, "failed"),
        (1008, "failed"),
        (1009, "failed"),
        (2005, "failed"),
    ],
)
def test_each_error_of_the_vendor_has_its_outcome_and_keeps_its_code(
    fake: FakeJPush, target: JPushTarget, code: int, outcome: Outcome
) -> None:
    fake.rule(errcode=code)
    delivery = send_one(target)
    assert (delivery.outcome, delivery.code, delivery.vendor_id) == (outcome, f"jpush_{code}", None)
    assert fake.messages() == []


def test_a_wrong_secret_says_nothing_about_the_phone(fake: FakeJPush) -> None:
    target = JPushTarget(APP_KEY, "wrong", fake.url)
    assert send_one(target) == Delivery("phone-1", "retry", "jpush_1004")
    target.close()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 37),
        ({"X-Rate-Limit-Reset": "12"}, 12),
        ({"X-Rate-Limit-Reset": "soon"}, None),
        ({"Retry-After": "90"}, 90),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=75), usegmt=True)}, 75),
    ],
)
def test_the_time_until_the_next_window_is_passed_on(
    fake: FakeJPush, target: JPushTarget, headers: dict[str, str], seconds: float | None
) -> None:
    fake.rule(status=429, body={"error": {"code": 2002, "message": "Rate limit exceeded"}}, headers=headers)
    assert send_one(target) == Delivery("phone-1", "retry", "jpush_2002", retry_after_s=seconds)


def test_the_window_is_of_no_interest_when_it_is_not_the_reason(fake: FakeJPush, target: JPushTarget) -> None:
    fake.rule(errcode=1000)
    assert send_one(target).retry_after_s is None


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (502, "<html>", "retry"),
        (429, "slowly", "retry"),
        (401, "", "retry"),
        (302, "", "retry"),
        (404, "<html>", "failed"),
        (200, "[]", "retry"),
        (200, '{"sendno": "0"}', "retry"),
        (200, '{"error": {"code": "text"}}', "retry"),
        (500, '{"error": 7}', "retry"),
    ],
)
def test_what_is_not_the_vendors_own_answer_is_judged_by_its_status(
    fake: FakeJPush, target: JPushTarget, status: int, body: str, outcome: Outcome
) -> None:
    fake.rule(status=status, body=body)
    delivery = send_one(target)
    assert (delivery.outcome, delivery.code) == (outcome, f"http_{status}")


@pytest.mark.parametrize("kind", ["garble", "half"])
def test_a_spoilt_answer_is_asked_for_again_and_rings_once(fake: FakeJPush, target: JPushTarget, kind: str) -> None:
    fake.rule(kind=kind, times=1)
    assert send_one(target).outcome == "retry"
    assert send_one(target).outcome == "sent"
    assert len(fake.messages()) == 1


def test_a_redirection_is_not_followed(fake: FakeJPush, target: JPushTarget, own_fake: FakeJPush) -> None:
    fake.rule(status=307, headers={"Location": f"{own_fake.url}/v3/push"})
    assert send_one(target).outcome == "retry"
    assert own_fake.stats()["calls"] == 0


# Trouble on the way


def test_a_vendor_who_takes_too_long_is_asked_later(own_fake: FakeJPush) -> None:
    target = JPushTarget(APP_KEY, MASTER_SECRET, own_fake.url, timeout_s=0.5)
    own_fake.rule(kind="delay", delay_s=30)
    # Each says something else, so that there is a call for each.
    letters = [Letter(f"phone-{number}", a_push(body=str(number)), str(number)) for number in range(200)]
    started = time.monotonic()
    deliveries = target.send(letters)
    # Far above what a busy machine needs, far below the thirty seconds of one slow answer.
    assert time.monotonic() - started < 12
    assert {(one.outcome, one.code) for one in deliveries} == {("retry", "timeout")}
    assert own_fake.stats()["calls"] < 200
    target.close()


def test_what_was_found_out_before_the_vendor_got_slow_is_not_lost(own_fake: FakeJPush) -> None:
    target = JPushTarget(APP_KEY, MASTER_SECRET, own_fake.url, timeout_s=1)
    own_fake.set(one_dead_spoils_all=True)
    # Sixteen, eight, four, two, and the one that is gone; each of the four calls that are left takes too long.
    own_fake.rule(kind="delay", delay_s=30)
    own_fake.rule(kind="delay", times=5)
    deliveries = target.send(to(a_push(), ["dead-1", *(f"phone-{number}" for number in range(15))]))
    assert deliveries[0] == Delivery("dead-1", "dead", "jpush_1011")
    assert {(one.outcome, one.code) for one in deliveries[1:]} == {("retry", "timeout")}
    target.close()


def test_an_answer_that_stops_half_way_does_not_hold_the_job_beyond_its_lease(own_fake: FakeJPush) -> None:
    target = JPushTarget(APP_KEY, MASTER_SECRET, own_fake.url, timeout_s=0.5)
    own_fake.rule(kind="lie", body="the first bytes", headers={"Content-Length": "1000"})
    started = time.monotonic()
    assert send_one(target).outcome == "retry"
    assert time.monotonic() - started < 12
    target.close()


def test_a_vendor_that_is_down_makes_all_retry_at_once_and_is_found_again(own_fake: FakeJPush) -> None:
    target = JPushTarget(APP_KEY, MASTER_SECRET, own_fake.url, timeout_s=5)
    assert send_one(target).outcome == "sent"
    own_fake.stop()
    started = time.monotonic()
    letters = [Letter(f"phone-{number}", a_push(body=str(number))) for number in range(100)]
    assert {(one.outcome, one.code) for one in target.send(letters)} == {("retry", "unreachable")}
    assert time.monotonic() - started < 5
    again = serve(port=own_fake.port)
    assert send_one(target).outcome == "sent"
    again.stop()
    target.close()


# The same under eventlet, in a process of its own: patching cannot be undone.

GREEN = """
import eventlet
eventlet.monkey_patch()
import json, os, time
from fakes.jpush import APP_KEY, MASTER_SECRET, serve
from notifications.targets.base import Letter, Push
from notifications.targets.jpush import JPushTarget

fake = serve()
target = JPushTarget(APP_KEY, MASTER_SECRET, fake.url, timeout_s=5)
fake.rule(kind="delay", delay_s=0.5)
letters = [Letter(f"phone-{n}", Push("题", str(n), {}, None, 60, "high"), str(n)) for n in range(16)]
started = time.monotonic()
outcomes = {one.outcome for one in target.send(letters)}
print(json.dumps({"outcomes": sorted(outcomes), "slow_in": time.monotonic() - started,
                  "native_threads": len(os.listdir("/proc/self/task"))}))
"""


def test_under_eventlet_the_calls_go_side_by_side_in_one_thread() -> None:
    seen = run_program(GREEN, timeout_s=60)
    # Sixteen answers of half a second, one after another, would be 8 s.
    assert (seen["outcomes"], seen["slow_in"] < 5, seen["native_threads"]) == (["sent"], True, 1)


# The fake itself, as tools of other languages see it


def post(fake: FakeJPush, **changes: Any) -> requests.Response:
    push = {
        "platform": "all",
        "audience": {"registration_id": ["phone-1"]},
        "notification": {"android": {"alert": "文"}},
    }
    body = {name: value for name, value in {**push, **changes}.items() if value is not None}
    return requests.post(f"{fake.url}/v3/push", json=body, auth=(APP_KEY, MASTER_SECRET), timeout=5)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"platform": None}, 1002),
        ({"platform": "symbian"}, 1003),
        ({"audience": None}, 1002),
        ({"audience": "all"}, 1003),
        ({"audience": {"registration_id": []}}, 1003),
        ({"audience": {"registration_id": [""]}}, 1003),
        ({"audience": {"registration_id": ["x"] * 1001}}, 1003),
        ({"audience": {"registration_id": ["dead-1"]}}, 1011),
        ({"notification": None}, 1002),
        ({"notification": {"symbian": {}}}, 1009),
        ({"notification": {"android": {}}}, 1002),
        ({"notification": {"android": {"alert": "文", "priority": 3}}}, 1003),
        ({"notification": {"android": {"alert": "文", "alert_type": 8}}}, 1003),
        ({"notification": {"android": {"alert": "文", "colour": 1}}}, 1009),
        ({"notification": {"android": {"alert": "文" * 1400}}}, 1005),
        ({"notification": {"ios": {"alert": "文" * 700}}}, 1005),
        ({"notification": {"ios": {"alert": {"words": "文"}}}}, 1009),
        ({"notification": {"hmos": {"alert": "文", "intent": {}}}}, 1003),
        ({"message": {"msg_content": ""}}, 1003),
        ({"message": {"msg_content": "x" * 4000}}, 1005),
        ({"options": {"time_to_live": -1}}, 1003),
        ({"options": {"time_to_live": True}}, 1003),
        ({"options": {"time_to_live": 10**9}}, 1003),
        ({"options": {"apns_collapse_id": "x" * 65}}, 1003),
        ({"options": {"surprise": 1}}, 1009),
        ({"cid": "mine"}, 1003),
        ({"surprise": 1}, 1009),
    ],
)
def test_the_fake_refuses_what_the_vendor_would_in_its_shape(
    fake: FakeJPush, changes: dict[str, Any], code: int
) -> None:
    answer = post(fake, **changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert fake.messages() == []


def test_the_fake_wants_post_and_a_secret(fake: FakeJPush) -> None:
    url = f"{fake.url}/v3/push"
    assert requests.post(url, json={}, timeout=5).json()["error"]["code"] == 1004
    assert requests.get(url, auth=(APP_KEY, MASTER_SECRET), timeout=5).json()["error"]["code"] == 1001
    assert requests.post(url, data="{", auth=(APP_KEY, MASTER_SECRET), timeout=5).json()["error"]["code"] == 1003
    assert requests.post(f"{url}/x", auth=(APP_KEY, MASTER_SECRET), timeout=5).json()["error"]["code"] == 1020


def test_the_fake_hands_out_call_ids_and_answers_a_repeat_like_the_first(fake: FakeJPush) -> None:
    supply = requests.get(f"{fake.url}/v3/push/cid?count=3", auth=(APP_KEY, MASTER_SECRET), timeout=5)
    first, *others = supply.json()["cidlist"]
    assert len({first, *others}) == 3
    fake.set(own_call_ids=True)
    assert post(fake, cid=first).json() == post(fake, cid=first).json()
    assert len(fake.messages()) == 1
    assert post(fake, cid=f"{APP_KEY}-0190a8b0-0000-4000-8000-000000000000").status_code == 400


def test_the_fake_is_steered_and_read_over_http(fake: FakeJPush, target: JPushTarget) -> None:
    def control(method: str, path: str, **content: Any) -> Any:
        return requests.request(method, f"{fake.url}/_fake/{path}", json=content, timeout=5).json()

    control("POST", "rules", rules=[{"errcode": 1000, "times": 1}])
    assert [send_one(target).outcome for _ in range(2)] == ["retry", "sent"]
    assert len(control("GET", "messages?registration_id=phone-1")["items"]) == 1
    assert control("GET", "messages?registration_id=phone-2")["items"] == []
    assert control("POST", "settings", refuses_repeats=True)["refuses_repeats"] is True
    assert control("GET", "stats") == {"calls": 1, "accepted": 1, "repeated": 0, "refused": {}}
    control("POST", "reset")
    assert control("GET", "messages")["items"] == []


def test_the_fake_runs_as_a_program_and_stops_when_told() -> None:
    command = [sys.executable, "-m", "fakes.jpush", "--port", "0", "--app-key", "a", "--master-secret", "b"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        target = JPushTarget("a", "b", program.stdout.readline().strip(), timeout_s=5)
        assert send_one(target).outcome == "sent"
        target.close()
        program.terminate()
        assert program.wait(timeout=10) == 0
