"""The Firebase target over the wire: the real SDK against the fake vendor."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import requests

from fakes.fcm import FakeFcm, serve
from notifications.targets.base import Delivery, Letter, Push, TopicTarget
from notifications.targets.fcm import FcmTarget
from notifications.targets.fcm_message import MAX_TTL_S
from notifications.targets.retry_after import retry_after_s
from tests.support.letters import NOW, FixedClock, a_push
from tests.support.programs import run_program

ROOT = Path(__file__).parents[1]

# A deprecation in the SDK would warn once a job, for ever.
pytestmark = pytest.mark.filterwarnings("error::DeprecationWarning")


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[FakeFcm, FcmTarget]]:
    running = serve()
    target = FcmTarget(running.service_account(), endpoint=running.url, timeout_s=5, clock=FixedClock())
    yield running, target
    target.close()
    running.stop()


@pytest.fixture
def fake(shared) -> FakeFcm:
    shared[0].reset()
    return shared[0]


@pytest.fixture
def target(shared) -> FcmTarget:
    return shared[1]


@pytest.fixture
def own_fake() -> Iterator[FakeFcm]:
    """One that a test may stop, or that still owes slow answers when the test ends."""
    running = serve()
    yield running
    running.stop()


def to(push: Push, tokens: list[str]) -> list[Letter]:
    return [Letter(token, push) for token in tokens]


def send_one(target: FcmTarget, token: str = "phone-1", **changes) -> Delivery:
    (delivery,) = target.send(to(a_push(**changes), [token]))
    return delivery


def control(fake: FakeFcm, method: str, path: str, **how) -> requests.Response:
    return requests.request(method, f"{fake.url}/_fake/{path}", timeout=5, **how)


# What a phone gets


def test_a_push_reaches_the_vendor_in_the_words_of_all_three_platforms(fake, target):
    before = time.time()
    delivery = send_one(target)
    (taken,) = fake.messages()
    assert delivery == Delivery("phone-1", "sent", vendor_id=taken["name"])
    assert before <= taken["at"] <= time.time()
    message = taken["message"]
    assert message["token"] == "phone-1"
    assert message["notification"]["title"] == "宝山融媒体中心成立"
    assert message["data"] == {"kind": "article", "id": "0190-1", "seq": "42"}
    assert message["android"] == {
        "collapse_key": "article:0190-1",
        "priority": "high",
        "ttl": "3600s",
        "notification": {"channel_id": "urgent", "tag": "article:0190-1", "default_sound": True},
    }
    assert message["apns"]["headers"] == {
        "apns-priority": "10",
        "apns-push-type": "alert",
        "apns-expiration": str(int(NOW.timestamp()) + 3600),
        "apns-collapse-id": "article:0190-1",
    }
    assert message["apns"]["payload"] == {"aps": {"sound": "default"}}
    assert message["webpush"]["headers"]["TTL"] == "3600"
    assert message["webpush"]["headers"]["Urgency"] == "high"
    assert message["webpush"]["notification"] == {"tag": "article:0190-1"}


def test_a_normal_push_is_quiet_and_does_not_wake_the_phone(fake, target):
    send_one(target, priority="normal", collapse_key=None)
    message = fake.messages()[0]["message"]
    assert message["android"]["priority"] == "normal"
    assert message["android"]["notification"] == {"channel_id": "news"}
    assert message["apns"]["headers"]["apns-priority"] == "5"
    assert "payload" not in message["apns"]
    assert "collapse_key" not in message["android"]
    assert message["webpush"]["headers"] == {"TTL": "3600", "Urgency": "normal"}


def test_a_push_without_words_wakes_the_app_and_shows_nothing(fake, target):
    send_one(target, title="", body="")
    message = fake.messages()[0]["message"]
    assert "notification" not in message
    assert "notification" not in message["android"]
    assert "notification" not in message["webpush"]
    assert message["apns"]["payload"] == {"aps": {"content-available": 1}}
    assert message["apns"]["headers"]["apns-push-type"] == "background"
    assert message["apns"]["headers"]["apns-priority"] == "5"


def test_a_collapse_key_too_long_for_apple_and_the_web_still_collapses(fake, target):
    for _ in range(2):
        assert send_one(target, collapse_key="专题：" * 30).outcome == "sent"
    first, second = (taken["message"] for taken in fake.messages())
    assert first["apns"]["headers"]["apns-collapse-id"] == second["apns"]["headers"]["apns-collapse-id"]
    assert first["webpush"]["headers"]["Topic"] == second["webpush"]["headers"]["Topic"]


@pytest.mark.parametrize(
    ("ttl_s", "android", "apple"), [(0, "0s", "0"), (-5, "0s", "0"), (10**9, f"{MAX_TTL_S}s", None)]
)
def test_a_time_to_live_stays_within_what_the_vendor_takes(fake, target, ttl_s, android, apple):
    assert send_one(target, ttl_s=ttl_s).outcome == "sent"
    message = fake.messages()[0]["message"]
    assert message["android"]["ttl"] == android
    assert message["apns"]["headers"]["apns-expiration"] == (apple or str(int(NOW.timestamp()) + MAX_TTL_S))


# What the vendor says


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("UNREGISTERED", "dead"),
        ("SENDER_ID_MISMATCH", "dead"),
        ("QUOTA_EXCEEDED", "retry"),
        ("UNAVAILABLE", "retry"),
        ("INTERNAL", "retry"),
        ("INVALID_ARGUMENT", "failed"),
        ("THIRD_PARTY_AUTH_ERROR", "failed"),
    ],
)
def test_each_error_of_the_vendor_has_its_outcome_and_keeps_its_code(fake, target, answer, outcome):
    fake.rule(answer=answer)
    delivery = send_one(target)
    assert (delivery.outcome, delivery.code, delivery.vendor_id) == (outcome, answer, None)
    assert fake.messages() == []


def test_an_error_is_not_asked_again_by_the_sdk(fake, target):
    fake.rule(answer="UNAVAILABLE", retry_after_s=20)
    started = time.monotonic()
    assert send_one(target) == Delivery("phone-1", "retry", "UNAVAILABLE", retry_after_s=20)
    assert time.monotonic() - started < 3
    assert fake.stats()["refused"] == {"UNAVAILABLE": 1}


def test_the_time_that_the_vendor_names_is_passed_on(fake, target):
    fake.rule(answer="QUOTA_EXCEEDED", retry_after_s=90)
    assert send_one(target).retry_after_s == 90


def test_no_time_named_is_no_time_passed_on(fake, target):
    fake.rule(answer="UNAVAILABLE")
    assert send_one(target).retry_after_s is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (format_datetime(NOW + timedelta(seconds=75), usegmt=True), 75),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0),
        ("9" * 400, 86400),
        ("soon", None),
        ("-3", None),
        ("", None),
    ],
)
def test_every_way_to_write_retry_after_is_read(header, seconds):
    response = requests.Response()
    response.headers["Retry-After"] = header
    assert retry_after_s(response, NOW) == seconds


def test_tokens_that_begin_with_dead_are_unregistered_unless_a_rule_says_otherwise(fake, target):
    assert send_one(target, "dead-1").outcome == "dead"
    fake.rule(token="dead-1", answer="OK")
    assert send_one(target, "dead-1").outcome == "sent"


def test_a_message_that_is_too_big_fails_and_is_not_tried_again(fake, target):
    delivery = send_one(target, body="融" * 1400)
    assert (delivery.outcome, delivery.code) == ("failed", "INVALID_ARGUMENT")


# Many at once


def test_five_hundred_mixed_tokens_keep_their_order_and_their_outcome(fake, target):
    answers = {0: "OK", 1: "UNREGISTERED", 2: "SENDER_ID_MISMATCH", 3: "UNAVAILABLE", 4: "INVALID_ARGUMENT"}
    for group, answer in answers.items():
        fake.rule(token_prefix=f"{group}-", answer=answer)
    tokens = [f"{number % 5}-{number}" for number in range(500)]
    deliveries = target.send(to(a_push(), tokens))
    assert [delivery.address for delivery in deliveries] == tokens
    expected = {"0": "sent", "1": "dead", "2": "dead", "3": "retry", "4": "failed"}
    assert all(delivery.outcome == expected[delivery.address[0]] for delivery in deliveries)
    assert Counter(taken["message"]["token"] for taken in fake.messages()) == Counter(tokens[::5])


def test_connections_are_kept_between_batches(fake, target):
    tokens = [f"phone-{number}" for number in range(100)]
    target.send(to(a_push(), tokens))
    connections = fake.connections
    target.send(to(a_push(), tokens))
    assert fake.connections - connections < 20


def test_more_than_five_hundred_are_refused_and_none_is_fine(fake, target):
    with pytest.raises(ValueError, match="at most 500"):
        target.send(to(a_push(), ["phone"] * 501))
    assert target.send(to(a_push(), [])) == []
    assert target.subscribe([], "pub") == []


def test_one_page_of_a_gateway_does_not_spoil_the_answers_of_the_others(fake, target):
    fake.rule(token="phone-7", answer="GATEWAY")
    deliveries = target.send(to(a_push(), [f"phone-{number}" for number in range(20)]))
    odd = {delivery.address: delivery.outcome for delivery in deliveries if delivery.outcome != "sent"}
    assert odd == {"phone-7": "retry"}


# Trouble on the way


def impatient(fake: FakeFcm) -> FcmTarget:
    return FcmTarget(fake.service_account(), endpoint=fake.url, timeout_s=0.3)


def test_a_vendor_who_takes_too_long_is_asked_later(own_fake):
    target = impatient(own_fake)
    own_fake.rule(token="slow", delay_s=30)
    by_token = {delivery.address: delivery for delivery in target.send(to(a_push(), ["quick", "slow"]))}
    assert by_token["quick"].outcome == "sent"
    assert (by_token["slow"].outcome, by_token["slow"].code) == ("retry", "DEADLINE_EXCEEDED")
    target.close()


def test_five_hundred_slow_answers_do_not_hold_the_job_beyond_its_lease(own_fake):
    target = impatient(own_fake)
    own_fake.rule(delay_s=30)
    started = time.monotonic()
    deliveries = target.send(to(a_push(), [f"phone-{number}" for number in range(500)]))
    # Far above what a busy machine needs, far below the thirty seconds of one slow answer.
    assert time.monotonic() - started < 12
    assert {(delivery.outcome, delivery.code) for delivery in deliveries} == {("retry", "DEADLINE_EXCEEDED")}
    assert len(own_fake.messages()) < 500
    target.close()


def test_a_lost_answer_is_a_retry_though_the_vendor_has_the_message(fake, target):
    fake.rule(answer="LOST", times=1)
    assert (first := send_one(target)).outcome == "retry"
    assert first.code == "UNAVAILABLE"
    assert len(fake.messages()) == 1
    assert send_one(target).outcome == "sent"
    keys = [taken["message"]["android"]["collapse_key"] for taken in fake.messages()]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_vendor_that_is_down_makes_all_retry_at_once_and_is_found_again(own_fake):
    target = FcmTarget(own_fake.service_account(), endpoint=own_fake.url, timeout_s=5)
    tokens = [f"phone-{number}" for number in range(250)]
    assert {delivery.outcome for delivery in target.send(to(a_push(), tokens))} == {"sent"}
    # Two hundred and fifty calls shared one sign-in.
    assert own_fake.stats()["sign_ins"] == 1
    own_fake.stop()
    started = time.monotonic()
    deliveries = target.send(to(a_push(), tokens))
    assert time.monotonic() - started < 5
    assert {(delivery.outcome, delivery.code) for delivery in deliveries} == {("retry", "UNAVAILABLE")}
    assert target.send_topic(a_push(), "pub").outcome == "retry"
    assert {delivery.outcome for delivery in target.subscribe(tokens[:3], "pub")} == {"retry"}
    # The new process knows nothing of the access token; the SDK signs in again by itself.
    again = serve(port=own_fake.port)
    assert {delivery.outcome for delivery in target.send(to(a_push(), tokens))} == {"sent"}
    again.stop()
    target.close()


def test_a_vendor_that_never_was_there_makes_all_retry(own_fake):
    own_fake.stop()
    target = FcmTarget(own_fake.service_account(), endpoint=own_fake.url, timeout_s=5)
    deliveries = target.send(to(a_push(), ["phone-1", "phone-2"]))
    assert {(delivery.outcome, delivery.code) for delivery in deliveries} == {("retry", "UNAVAILABLE")}
    assert target.send_topic(a_push(), "pub").code == "UNAVAILABLE"
    target.close()


@pytest.mark.parametrize(("answer", "code"), [("invalid_grant", "UNAUTHENTICATED"), ("UNAVAILABLE", "UNAVAILABLE")])
def test_a_failed_sign_in_makes_all_retry_quickly_and_leaves_no_trace(own_fake, answer, code):
    target = FcmTarget(own_fake.service_account(), endpoint=own_fake.url, timeout_s=5)
    own_fake.rule(on="oauth", answer=answer)
    started = time.monotonic()
    deliveries = target.send(to(a_push(), [f"phone-{number}" for number in range(200)]))
    assert time.monotonic() - started < 5
    assert {(delivery.outcome, delivery.code) for delivery in deliveries} == {("retry", code)}
    assert target.send_topic(a_push(), "pub").code == code
    assert {delivery.code for delivery in target.subscribe(["phone-1"], "pub")} == {code}
    assert own_fake.messages() == []
    own_fake.reset()
    assert send_one(target).outcome == "sent"
    target.close()


def test_a_revoked_access_token_is_replaced_without_a_lost_push(fake, target):
    send_one(target)
    fake.revoke_access()
    tokens = [f"phone-{number}" for number in range(100)]
    assert {delivery.outcome for delivery in target.send(to(a_push(), tokens))} == {"sent"}
    assert len(fake.messages()) == 101


# Topics


def test_a_topic_is_sent_once_and_its_payload_is_half_as_big(fake, target):
    delivery = target.send_topic(a_push(), "town_gucun")
    assert (delivery.address, delivery.outcome) == ("town_gucun", "sent")
    assert fake.messages()[0]["message"]["topic"] == "town_gucun"
    too_big = target.send_topic(a_push(body="融" * 700), "town_gucun")
    assert (too_big.outcome, too_big.code) == ("failed", "INVALID_ARGUMENT")
    assert send_one(target, body="融" * 700).outcome == "sent"


def test_a_topic_under_quota_is_tried_again_when_the_vendor_says(fake, target):
    fake.rule(topic="pub", answer="QUOTA_EXCEEDED", retry_after_s=7)
    assert target.send_topic(a_push(), "pub") == Delivery("pub", "retry", "QUOTA_EXCEEDED", retry_after_s=7)


def test_a_malformed_topic_is_our_own_mistake(target):
    with pytest.raises(ValueError, match="topic"):
        target.send_topic(a_push(), "town:gucun")
    with pytest.raises(ValueError, match="topic"):
        target.subscribe(["phone-1"], "town:gucun")


def test_phones_join_and_leave_a_topic_and_each_has_its_answer(fake, target):
    fake.rule(on="topics", token="phone-busy", answer="QUOTA_EXCEEDED")
    tokens = ["a:b/c d", "dead-1", "phone-busy", "phone-2"]
    outcomes = [(delivery.address, delivery.outcome) for delivery in target.subscribe(tokens, "pub")]
    assert outcomes == [("a:b/c d", "sent"), ("dead-1", "dead"), ("phone-busy", "retry"), ("phone-2", "sent")]
    assert set(fake.topics()["pub"]) == {"a:b/c d", "phone-2"}
    assert [one.outcome for one in target.subscribe(["phone-2"], "pub")] == ["sent"]
    assert [one.outcome for one in target.unsubscribe(["phone-2", "never-was-on-it"], "pub")] == ["sent", "sent"]
    assert fake.topics() == {"pub": ["a:b/c d"]}


# Several, and settings


def test_two_targets_live_side_by_side(fake, target):
    other_fake = serve()
    other = FcmTarget(other_fake.service_account(), endpoint=f"{other_fake.url}/", timeout_s=5)
    assert send_one(other, "there").outcome == "sent"
    assert send_one(target, "here").outcome == "sent"
    assert [taken["message"]["token"] for taken in fake.messages()] == ["here"]
    assert [taken["message"]["token"] for taken in other_fake.messages()] == ["there"]
    other.close()
    assert send_one(target, "here").outcome == "sent"
    other_fake.stop()


def test_credentials_may_be_a_file_and_a_bad_one_is_refused(fake, tmp_path):
    path = tmp_path / "account.json"
    path.write_text(json.dumps(fake.service_account()))
    target: TopicTarget = FcmTarget(path, endpoint=fake.url)
    assert target.kind == "fcm"
    assert [one.outcome for one in target.send(to(a_push(), ["phone-1"]))] == ["sent"]
    for content in ("[]", "{}", "not json", '{"type": "service_account"}'):
        path.write_text(content)
        with pytest.raises(ValueError, match=r"."):
            FcmTarget(path, endpoint=fake.url)


def test_without_an_endpoint_the_sdk_would_go_to_firebase_itself(fake):
    # Read off the mounted adapter: a test does not call the real vendor.
    target = FcmTarget(fake.service_account())
    adapter = target._session.get_adapter("https://fcm.googleapis.com/v1/projects/p/messages:send")
    assert adapter._endpoint is None
    assert adapter.max_retries.total == 0
    target.close()


# The same under eventlet, in a process of its own: patching cannot be undone.

GREEN = """
import eventlet
eventlet.monkey_patch()
import json, os, sys, threading, time
from fakes.fcm import serve
from notifications.targets.base import Letter, Push
from notifications.targets.fcm import FcmTarget

fake = serve()
target = FcmTarget(fake.service_account(), endpoint=fake.url, timeout_s=5)
beats, done = [], threading.Event()

def beat():
    while not done.is_set():
        beats.append(time.monotonic())
        eventlet.sleep(0.01)

heart = eventlet.spawn(beat)
push = Push("题", "文", {"kind": "article", "id": "1", "seq": "1"}, "k", 60, "high")
tokens = [f"dead-{n}" if n % 10 == 0 else f"phone-{n}" for n in range(500)]
started = time.monotonic()
outcomes = [one.outcome for one in target.send([Letter(token, push) for token in tokens])]
sent_in = time.monotonic() - started
fake.rule(token_prefix="slow-", delay_s=0.5)
started = time.monotonic()
target.send([Letter(f"slow-{n}", push) for n in range(50)])
slow_in = time.monotonic() - started
joined = [one.outcome for one in target.subscribe(["phone-1", "phone-2"], "pub")]
topic = target.send_topic(push, "pub").outcome
taken, sign_ins = len(fake.messages()), fake.stats()["sign_ins"]
fake.stop()
down = [one.outcome for one in target.send([Letter(token, push) for token in tokens[:100]])]
done.set()
heart.wait()
target.close()
pauses = [after - before for before, after in zip(beats, beats[1:])]
print(json.dumps({
    "sent": outcomes.count("sent"), "dead": outcomes.count("dead"), "taken": taken, "sign_ins": sign_ins,
    "joined": joined, "topic": topic, "down": sorted(set(down)), "longest_pause": max(pauses), "sent_in": sent_in,
    "slow_in": slow_in, "native_threads": len(os.listdir("/proc/self/task")),
}))
"""


def test_under_eventlet_the_sdk_yields_and_every_outcome_is_the_same():
    seen = run_program(GREEN)
    assert (seen["sent"], seen["dead"], seen["taken"]) == (450, 50, 501)
    assert (seen["sign_ins"], seen["joined"], seen["topic"]) == (1, ["sent", "sent"], "sent")
    assert seen["down"] == ["retry"]
    # Fifty answers of half a second, one after another, would be 25 s.
    assert seen["slow_in"] < 5
    assert seen["longest_pause"] < 1
    assert seen["native_threads"] == 1


# The fake itself, as tools of other languages see it


def test_the_fake_is_steered_and_read_over_http(fake, target):
    rules = [
        {"token": "phone-1", "answer": "UNREGISTERED", "times": 1},
        {"token_prefix": "phone-", "answer": "INTERNAL"},
    ]
    assert control(fake, "POST", "rules", json={"rules": rules}).json() == {"rules": 2}
    assert [send_one(target).outcome for _ in range(2)] == ["dead", "retry"]
    assert control(fake, "POST", "reset").status_code == 200
    for number in range(3):
        send_one(target, f"phone-{number}")
    page = control(fake, "GET", "messages?since=0&limit=2").json()
    assert [item["message"]["token"] for item in page["items"]] == ["phone-0", "phone-1"]
    rest = control(fake, "GET", f"messages?since={page['next']}").json()
    assert [item["message"]["token"] for item in rest["items"]] == ["phone-2"]
    assert control(fake, "GET", "stats").json() == {"accepted": 3, "refused": {}, "sign_ins": 0}
    assert control(fake, "GET", "topics").json() == {}


@pytest.mark.parametrize("body", ["{", "[]", '{"rules": [{"answer": "NO_SUCH"}]}', '{"rules": [{"colour": 1}]}'])
def test_a_malformed_rule_is_refused(fake, body):
    assert control(fake, "POST", "rules", data=body).status_code == 400


@pytest.fixture
def bearer(fake, target) -> dict[str, str]:
    send_one(target)
    target._account.apply(headers := {})
    return {"Authorization": headers["authorization"]}


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"data": {"a": "b"}}, "message"),
        ({"token": "t", "topic": "pub"}, "message"),
        ({"token": ""}, "message.token"),
        ({"topic": "/topics/pub"}, "message.topic"),
        ({"token": "t", "data": {"seq": 42}}, "message.data.seq"),
        ({"token": "t", "data": {"google.x": "1"}}, "message.data"),
        ({"token": "t", "data": []}, "message.data"),
        ({"token": "t", "surprise": 1}, "message"),
        ({"token": "t", "notification": {"subtitle": "x"}}, "message.notification"),
        ({"token": "t", "android": {"ttl": "5m"}}, "message.android.ttl"),
        ({"token": "t", "android": {"priority": "urgent"}}, "message.android.priority"),
        ({"token": "t", "apns": {"headers": {"apns-priority": "9"}}}, "message.apns.headers"),
        ({"token": "t", "webpush": {"headers": {"Topic": "a:b"}}}, "message.webpush.headers"),
        ({"token": "t", "data": {"x": "y" * 4096}}, "message"),
    ],
)
def test_the_fake_refuses_what_the_vendor_would_in_its_shape(fake, bearer, message, field):
    url = f"{fake.url}/v1/projects/p/messages:send"
    answer = requests.post(url, json={"message": message}, headers=bearer, timeout=5)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert error["details"][0]["fieldViolations"][0]["field"] == field


@pytest.mark.parametrize("body", [b"", b"{", b"null", b'"x"', b"[" * 20000, b'{"message": 1}', b"\xff\xfe"])
def test_the_fake_survives_a_broken_body(fake, bearer, body):
    url = f"{fake.url}/v1/projects/p/messages:send"
    assert requests.post(url, data=body, headers=bearer, timeout=5).status_code == 400


def test_the_fake_wants_an_access_token_of_its_own(fake):
    url = f"{fake.url}/v1/projects/p/messages:send"
    for headers in ({}, {"Authorization": "Bearer made-up"}):
        answer = requests.post(url, json={"message": {"token": "t"}}, headers=headers, timeout=5)
        assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    claim = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b.c"}
    assert requests.post(f"{fake.url}/token", data=claim, timeout=5).json()["error"] == "invalid_grant"


def test_a_dry_run_is_checked_and_not_kept(fake, bearer):
    body = {"message": {"token": "t"}, "validate_only": True}
    answer = requests.post(f"{fake.url}/v1/projects/p/messages:send", json=body, headers=bearer, timeout=5)
    assert answer.status_code == 200
    assert len(fake.messages()) == 1


def test_older_sdks_manage_topics_through_instance_ids(fake, bearer):
    body = {"to": "/topics/pub", "registration_tokens": ["phone-1", "dead-1"]}
    added = requests.post(f"{fake.url}/iid/v1:batchAdd", json=body, headers=bearer, timeout=5)
    assert added.json() == {"results": [{}, {"error": "NOT_FOUND"}]}
    assert fake.topics() == {"pub": ["phone-1"]}
    removed = requests.post(f"{fake.url}/iid/v1:batchRemove", json=body, headers=bearer, timeout=5)
    assert removed.json()["results"][0] == {}
    assert fake.topics() == {}


def test_the_fake_runs_as_a_program_and_stops_when_told(tmp_path):
    path = tmp_path / "deep" / "account.json"
    command = [sys.executable, "-m", "fakes.fcm", "--port", "0", "--credentials", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        url = program.stdout.readline().strip()
        target = FcmTarget(path, endpoint=url, timeout_s=5)
        assert send_one(target).outcome == "sent"
        items = requests.get(f"{url}/_fake/messages?since=0", timeout=5).json()["items"]
        assert [item["message"]["token"] for item in items] == ["phone-1"]
        program.terminate()
        assert program.wait(timeout=10) == 0
    assert path.stat().st_mode & 0o077 == 0
