"""Short messages over the wire: the gateway's client and the target, against the fake gateway."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import pytest
import requests

from backend.jobs.worker import GiveUp, RetryLater
from fakes.http_server import Answer, Call, HttpServer, json_answer
from fakes.sms_gateway import TOKEN, FakeSmsGateway, serve
from notifications.sms import IN_FLIGHT, HttpSms
from notifications.targets.base import Delivery, Letter, Push
from notifications.targets.sms import MAX_UNITS, SmsTarget, short_text, units
from tests.support.letters import FixedClock
from tests.support.programs import run_program

SIGNATURE = "【宝山融媒】"
PHONE = "+8613800000001"


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeSmsGateway]:
    gateway = serve()
    yield gateway
    gateway.stop()


@pytest.fixture
def gateway(shared) -> FakeSmsGateway:
    shared.reset()
    return shared


@pytest.fixture
def target(gateway) -> Iterator[SmsTarget]:
    made = SmsTarget(HttpSms(gateway.sms_url, TOKEN, timeout_s=5, clock=FixedClock()), SIGNATURE)
    yield made
    made.close()


def a_letter(address: str = PHONE, key: str = "", **changes) -> Letter:
    fields = {
        "title": "台风预警",
        "body": "今晚八点起有十级大风，请勿外出。",
        "data": {"kind": "alert", "id": "1", "seq": "42"},
        "collapse_key": None,
        "ttl_s": 3600,
        "priority": "high",
    }
    return Letter(address, Push(**(fields | changes)), key)


def phones(count: int) -> list[str]:
    return [f"+86138{number:08d}" for number in range(count)]


# What a phone gets


def test_a_letter_is_one_signed_message_with_title_and_body(gateway, target):
    assert (target.kind, target.at_once) == ("sms", 50)
    assert target.send([a_letter(key="bell:1")]) == [Delivery(PHONE, "sent")]
    text = "【宝山融媒】台风预警：今晚八点起有十级大风，请勿外出。"
    assert gateway.messages() == [{"phone": PHONE, "text": text, "key": "bell:1"}]


def test_words_over_several_lines_become_one(gateway, target):
    target.send([a_letter(title="台风\r\n预警 ", body="\t今晚\n八点")])
    assert gateway.texts_to(PHONE) == ["【宝山融媒】台风 预警：今晚 八点"]


@pytest.mark.parametrize(
    ("title", "body", "text"),
    [
        ("题", "文" * 62, SIGNATURE + "题：" + "文" * 62),
        ("题", "文" * 63, SIGNATURE + "题：" + "文" * 61 + "…"),
        ("题" * 30, "文" * 300, SIGNATURE + "题" * 30 + "：" + "文" * 32 + "…"),
        ("题" * 61, "文" * 9, SIGNATURE + "题" * 61 + "：文…"),
        # A lone mark would say nothing, a body of one character does.
        ("题" * 62, "文" * 9, SIGNATURE + "题" * 62),
        ("题" * 62, "文", SIGNATURE + "题" * 62 + "：文"),
        ("题" * 64, "文", SIGNATURE + "题" * 64),
        ("题" * 65, "文", SIGNATURE + "题" * 63 + "…"),
        ("", "文" * 65, SIGNATURE + "文" * 63 + "…"),
        ("题", "", SIGNATURE + "题"),
    ],
)
def test_one_part_is_seventy_units_and_the_body_gives_way(title, body, text):
    written = short_text(SIGNATURE, title, body)
    assert written == text
    assert units(written) <= MAX_UNITS


@pytest.mark.parametrize("lead", [0, 1])
def test_an_emoji_is_two_units_and_is_not_cut_in_half(lead):
    text = short_text(SIGNATURE, "题" + "文" * lead, "🌀" * 40)
    assert units(text) in {69, 70}
    assert text.endswith("🌀…")
    text.encode("utf-8")


@pytest.mark.parametrize("address", ["13800000001", "+86 138", "+0138000000", "", PHONE + "\n", "+861380000000１"])
def test_an_address_that_is_no_number_is_our_own_mistake_and_is_not_repeated_in_its_words(gateway, target, address):
    with pytest.raises(ValueError, match=r"E\.164") as mistake:
        target.send([a_letter(), a_letter(address)])
    assert not address or address not in str(mistake.value)
    assert gateway.messages() == []


def test_no_words_or_too_many_letters_are_our_own_mistake_and_none_is_fine(gateway, target):
    with pytest.raises(ValueError, match="words"):
        target.send([a_letter(title="", body=" ")])
    with pytest.raises(ValueError, match="at most 50"):
        target.send([a_letter()] * 51)
    assert target.send([]) == []
    assert gateway.messages() == []


# What the gateway says


def test_fifty_keep_their_order_and_each_has_its_outcome(gateway, target):
    numbers = phones(50)
    gateway.refuse(*numbers[::7])
    deliveries = target.send([a_letter(number, key=number) for number in numbers])
    assert [delivery.address for delivery in deliveries] == numbers
    assert [one for one in deliveries if one.outcome != "sent"] == [
        Delivery(number, "failed", "http_422") for number in numbers[::7]
    ]
    assert {message["phone"] for message in gateway.messages()} == set(numbers) - set(numbers[::7])


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, "failed") for status in (400, 404, 410, 422)),
        *((status, "retry") for status in (401, 403, 408, 409, 429, 500, 503)),
        # Somebody else answers in the gateway's stead.
        *((status, "retry") for status in (302, 304)),
    ],
)
def test_each_answer_has_its_outcome_for_bells_and_for_codes(gateway, target, status, outcome):
    gateway.rule(kind="refuse", status=status)
    assert target.send([a_letter()]) == [Delivery(PHONE, outcome, f"http_{status}")]
    with pytest.raises(RetryLater if outcome == "retry" else GiveUp) as raised:
        HttpSms(gateway.sms_url, TOKEN).send(PHONE, "【融汇】验证码 123456")
    assert raised.value.code == f"http_{status}"
    assert gateway.messages() == []


def test_a_wrong_token_is_our_own_trouble_and_says_nothing_of_the_numbers(gateway):
    target = SmsTarget(HttpSms(gateway.sms_url, "an old token"), SIGNATURE)
    assert target.send([a_letter()]) == [Delivery(PHONE, "retry", "http_401")]
    target.close()


def test_a_redirect_is_not_followed():
    # Followed, the message would become a GET, and its answer would say that it was taken.
    def moved(call: Call) -> Answer:
        return json_answer(302, {}, headers={"Location": "/here"}) if call.method == "POST" else json_answer(200, {})

    server = HttpServer(moved, "127.0.0.1", 0)
    server.start()
    target = SmsTarget(HttpSms(f"http://127.0.0.1:{server.server_port}/sms", TOKEN), SIGNATURE)
    assert target.send([a_letter()]) == [Delivery(PHONE, "retry", "http_302")]
    target.close()
    server.stop()


def test_the_time_that_the_gateway_names_is_passed_on():
    busy = HttpServer(lambda _: json_answer(429, {}, headers={"Retry-After": "75"}), "127.0.0.1", 0)
    busy.start()
    target = SmsTarget(HttpSms(f"http://127.0.0.1:{busy.server_port}/sms", TOKEN), SIGNATURE)
    assert target.send([a_letter()]) == [Delivery(PHONE, "retry", "http_429", retry_after_s=75)]
    target.close()
    busy.stop()


# Trouble on the way


@pytest.mark.parametrize("kind", ["lose", "lie"])
def test_a_message_whose_answer_was_lost_is_tried_again_and_goes_out_once(gateway, target, kind):
    gateway.rule(kind=kind, status=502, times=1)
    (first,) = target.send([a_letter(key="bell:2:设备")])
    assert first.outcome == "retry"
    assert len(gateway.messages()) == 1
    assert target.send([a_letter(key="bell:2:设备")]) == [Delivery(PHONE, "sent")]
    assert len(gateway.messages()) == 1
    assert gateway.stats() == {"sent": 1, "repeated": 1, "refused": 0}


def test_two_keys_are_two_messages_and_no_key_is_none(gateway, target):
    for key in ("a", "b", "", ""):
        target.send([a_letter(key=key)])
    assert [message["key"] for message in gateway.messages()] == ["a", "b", "", ""]


def test_a_line_that_is_cut_and_a_gateway_that_is_down_are_retries():
    own = serve()
    target = SmsTarget(HttpSms(own.sms_url, TOKEN), SIGNATURE)
    own.rule(kind="drop")
    assert target.send([a_letter()]) == [Delivery(PHONE, "retry", "ConnectionError")]
    own.stop()
    deliveries = target.send([a_letter(number) for number in phones(50)])
    assert {(one.outcome, one.code) for one in deliveries} == {("retry", "ConnectionError")}
    target.close()


def test_a_slow_gateway_is_asked_later_and_does_not_hold_the_job():
    own = serve()
    own.rule(kind="delay", delay_s=30)
    target = SmsTarget(HttpSms(own.sms_url, TOKEN, timeout_s=0.3), SIGNATURE, begin_within_s=0.1)
    started = time.monotonic()
    deliveries = target.send([a_letter(number) for number in phones(50)])
    # Far above what a busy machine needs, far below the thirty seconds of one slow answer.
    assert time.monotonic() - started < 12
    assert {one.outcome for one in deliveries} == {"retry"}
    assert {one.code for one in deliveries} == {"ReadTimeout", "DEADLINE_EXCEEDED"}
    target.close()
    own.stop()


def test_connections_are_kept_between_calls(gateway, target):
    letters = [a_letter(number) for number in phones(50)]
    before = gateway._server.connections
    target.send(letters)
    target.send(letters)
    assert len(gateway.messages()) == 100
    assert gateway._server.connections - before <= IN_FLIGHT


def test_nothing_of_a_message_gets_into_the_log(gateway, target, caplog):
    # The house keeps libraries from telling what they call; here they may.
    for name in (None, "urllib3"):
        caplog.set_level(logging.DEBUG, logger=name)
    gateway.rule(kind="drop", times=1)
    for _ in range(2):
        target.send([a_letter(key="bell:3")])
    assert caplog.records
    assert [word for word in (PHONE, PHONE[3:], "台风", "十级", TOKEN) if word in caplog.text] == []


# The same under eventlet, in a process of its own: patching cannot be undone.

GREEN = """
import eventlet
eventlet.monkey_patch()
import json, os, threading, time
from fakes.sms_gateway import TOKEN, serve
from notifications.sms import HttpSms
from notifications.targets.base import Letter, Push
from notifications.targets.sms import SmsTarget

gateway = serve()
gateway.rule(kind="delay", delay_s=0.5)
target = SmsTarget(HttpSms(gateway.sms_url, TOKEN), "【宝山融媒】")
beats, done = [], threading.Event()

def beat():
    while not done.is_set():
        beats.append(time.monotonic())
        eventlet.sleep(0.01)

heart = eventlet.spawn(beat)
push = Push("题", "文", {}, None, 60, "high")
started = time.monotonic()
deliveries = target.send([Letter(f"+86138{number:08d}", push, str(number)) for number in range(50)])
outcomes = [one.outcome for one in deliveries]
took = time.monotonic() - started
done.set()
heart.wait()
pause = max(after - before for before, after in zip(beats, beats[1:]))
print(json.dumps([outcomes, took, pause, len(os.listdir("/proc/self/task"))]))
"""


def test_under_eventlet_several_are_on_their_way_at_once_and_nothing_stands_still():
    outcomes, took, longest_pause, native_threads = run_program(GREEN)
    assert outcomes == ["sent"] * 50
    # Fifty answers of half a second, one after another, would be 25 s.
    assert took < 12
    assert longest_pause < 1
    assert native_threads == 1


# The fake, as tools of other languages see it


def test_the_fake_is_steered_and_read_over_http(gateway, target):
    def control(method: str, path: str, **how) -> requests.Response:
        return requests.request(method, f"{gateway.url}/_fake/{path}", timeout=5, **how)

    rules = [{"kind": "refuse", "status": 503, "times": 1}]
    assert control("POST", "rules", json={"rules": rules}).status_code == 200
    assert control("POST", "refused", json={"phones": [PHONE]}).status_code == 200
    assert [target.send([a_letter()])[0].code for _ in range(2)] == ["http_503", "http_422"]
    assert control("GET", "stats").json() == {"sent": 0, "repeated": 0, "refused": 1}
    assert control("POST", "reset").status_code == 200
    target.send([a_letter()])
    assert [item["phone"] for item in control("GET", "messages").json()["items"]] == [PHONE]
    assert control("POST", "refused", json={}).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"phone": "+8613800000001"}', b'{"phone": 1, "text": "x"}'])
def test_the_fake_refuses_what_is_no_message(gateway, body):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert requests.post(gateway.sms_url, data=body, headers=headers, timeout=5).status_code == 400
