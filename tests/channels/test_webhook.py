"""Webhooks to a superior platform: signed as others check it, acted on once whatever happens on the line."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook, WebhookVerificationError

from backend import blocks
from backend.feed.syndication.items import Outlet
from backend.publishing.channel import Order, Refused, Retry, Sent, StoryFacts
from channels.addresses import PrivateAddress, resolve
from channels.retry_after import read_retry_after
from channels.signatures import BadSignature, read_secret, sign, verify
from channels.webhook import WebhookChannel
from fakes import receiver as receivers
from fakes.http_server import Answer, Call, HttpServer
from tests.channels.feed_schemas import NINJS
from tests.support.server import ROOT, free_port

OUTLET = Outlet("https://news.example")
OLD = "whsec_" + base64.b64encode(b"the secret of last year, 32 bytes").decode()
NEW = "whsec_" + base64.b64encode(b"the secret of this year, 32 bytes").decode()
BODY = [
    *blocks.parse([{"type": "text", "html": "<p>第一段 😀 ]]&gt;</p>"}]),
    *blocks.parse([{"type": "image", "media": "m1", "caption": "图说"}]),
]


@pytest.fixture
def receiver() -> Iterator[receivers.FakeReceiver]:
    served = receivers.serve()
    yield served
    served.stop()


def channel_to(receiver: receivers.FakeReceiver, secret: str = receivers.SECRET, **how: Any) -> WebhookChannel:
    return WebhookChannel(f"{receiver.url}/hooks", secret, OUTLET, allow_private=True, timeout_s=5, **how)


def order(key: str = "k" * 64, **fields: Any) -> Order:
    given = {
        "publication": "p1",
        "key": key,
        "action": "create",
        "kind": "article",
        "fields": {"headline": "标题", "summary": "摘要", "body": BODY, "version": 3},
        "hash": "h",
        "story": StoryFacts("a1", "标题", "记者", "minsheng", "livelihood", "https://news.example/#/news/a1?m=x"),
        "now": datetime.now(UTC),
    }
    return Order(**given | fields)


# ── what is posted ──


def test_an_article_its_correction_and_its_withdrawal_arrive_in_order(receiver: receivers.FakeReceiver) -> None:
    channel = channel_to(receiver)
    assert channel.send(order("1" * 64)) == Sent("1" * 64, evidence={"status": 200})
    assert isinstance(channel.edit(order("2" * 64, note="数字有误", external_id="1" * 64)), Sent)
    assert isinstance(channel.delete(order("3" * 64, note="事实有误", external_id="1" * 64)), Sent)
    published, corrected, withdrawn = receiver.calls()
    assert [published["id"], corrected["id"], withdrawn["id"]] == ["1" * 64, "2" * 64, "3" * 64]
    assert [each["type"] for each in receiver.calls()] == [
        "article.published",
        "article.corrected",
        "article.withdrawn",
    ]
    for each in receiver.calls():
        Draft202012Validator(NINJS).validate(each["data"])
        assert each["data"]["uri"] == "urn:ronghui:article:a1"
    assert published["data"]["bodies"][1]["value"] == "第一段 😀 ]]>\n图说"
    assert published["data"]["associations"][0]["renditions"][0]["href"] == "https://news.example/api/v1/media/m1"
    assert "数字有误" in corrected["data"]["ednote"]
    assert corrected["data"]["bodies"][0]["value"].startswith("<p><strong>更正（")
    assert (withdrawn["data"]["pubstatus"], "headlines" in withdrawn["data"]) == ("canceled", False)


def test_a_body_that_is_plain_text_is_taken_too(receiver: receivers.FakeReceiver) -> None:
    fields = {"headline": "标题", "summary": "", "body": "第一段\n第二段 <b>", "version": 1}
    assert isinstance(channel_to(receiver).send(order(fields=fields)), Sent)
    assert receiver.calls()[0]["data"]["bodies"][1]["value"] == "第一段\n第二段 <b>"


def test_every_try_says_the_same(receiver: receivers.FakeReceiver) -> None:
    kept: dict[str, Any] = {}
    first = order(keep=kept.update)
    receiver.rule(kind="drop", times=1)
    assert isinstance(channel_to(receiver).send(first), Retry)
    later = order(notes=kept, now=first.now + timedelta(seconds=90))
    assert isinstance(channel_to(receiver).send(later), Sent)
    assert datetime.fromisoformat(receiver.calls()[0]["at"]) == first.now.replace(
        microsecond=first.now.microsecond // 1000 * 1000
    )


# ── what comes back ──


def test_a_lost_answer_is_tried_again_and_acted_on_once(receiver: receivers.FakeReceiver) -> None:
    channel = channel_to(receiver)
    receiver.rule(kind="lose", times=2)
    assert isinstance(channel.send(order()), Retry)
    assert isinstance(channel.send(order()), Retry)
    assert isinstance(channel.send(order()), Sent)
    assert len(receiver.calls()) == 1
    assert receiver.stats() == {"taken": 1, "repeated": 2, "refused": 0}


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (204, Sent, None),
        (409, Sent, None),
        (302, Refused, "http_302"),
        (400, Refused, "http_400"),
        (401, Refused, "http_401"),
        (404, Refused, "http_404"),
        (410, Refused, "receiver_gone"),
        (408, Retry, "http_408"),
        (429, Retry, "http_429"),
        (500, Retry, "http_500"),
        (503, Retry, "http_503"),
    ],
)
def test_each_answer_has_its_meaning(
    receiver: receivers.FakeReceiver, status: int, kind: type, code: str | None
) -> None:
    receiver.rule(status=status)
    outcome = channel_to(receiver).send(order())
    assert isinstance(outcome, kind)
    assert getattr(outcome, "code", None) == code


def test_a_receiver_that_is_not_there_is_tried_later(receiver: receivers.FakeReceiver) -> None:
    receiver.stop()
    assert isinstance(channel_to(receiver).send(order()), Retry)
    assert [each.ok for each in channel_to(receiver).check_health()] == [False]


def test_a_slow_receiver_is_given_up(receiver: receivers.FakeReceiver) -> None:
    receiver.rule(kind="delay", delay_s=30)
    channel = WebhookChannel(receiver.url, receivers.SECRET, OUTLET, allow_private=True, timeout_s=0.3)
    assert isinstance(channel.send(order()), Retry)


@pytest.fixture
def busy() -> Iterator[HttpServer]:
    def answer(call: Call) -> Answer:
        headers = {"/date": "Thu, 01 Jan 2099 00:00:00 GMT", "/seconds": "120", "/nonsense": "soon"}
        return Answer(503, b"", {"Retry-After": headers[call.path]})

    server = HttpServer(answer, "127.0.0.1", 0)
    server.start()
    yield server
    server.stop()


def test_retry_after_is_minded(busy: HttpServer) -> None:
    now = datetime.now(UTC)
    wanted = {"seconds": now + timedelta(seconds=120), "date": now + timedelta(days=1), "nonsense": None}
    for path, until in wanted.items():
        url = f"http://127.0.0.1:{busy.server_port}/{path}"
        channel = WebhookChannel(url, receivers.SECRET, OUTLET, allow_private=True)
        outcome = channel.send(order(now=now))
        assert isinstance(outcome, Retry)
        assert outcome.until == until, path


@given(st.text())
def test_no_retry_after_breaks_anything(said: str) -> None:
    now = datetime.now(UTC)
    until = read_retry_after({"Retry-After": said}, now)
    assert until is None or now <= until <= now + timedelta(days=1)


# ── where it may lead ──


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://127.0.0.1:1/x",
            "http://localhost:1/x",
            "http://[::1]:1/x",
            "http://0.0.0.0:1/x",
            "http://10.0.0.1/x",
        ),
        *("http://169.254.169.254/latest", "http://192.168.1.1/", "http://[::ffff:127.0.0.1]:1/", "http://224.0.0.1/"),
        *("http://2130706433:1/", "http://100.64.0.1/", "ftp://example.org/", "file:///etc/passwd", "http://"),
    ],
)
def test_nothing_inside_the_house_is_posted_to(url: str) -> None:
    with pytest.raises(PrivateAddress):
        resolve(url, allow_private=False)
    outcome = WebhookChannel(url, receivers.SECRET, OUTLET).send(order())
    assert isinstance(outcome, Refused)
    assert outcome.code == "private_address"


def test_an_address_that_cannot_be_read_is_refused() -> None:
    for url in ("http://[::1/x", "http://127.0.0.1:99999/x"):
        outcome = WebhookChannel(url, receivers.SECRET, OUTLET, allow_private=True).send(order())
        assert isinstance(outcome, Refused)
        assert outcome.code == "bad_address"


def test_a_redirection_is_not_followed(receiver: receivers.FakeReceiver) -> None:
    inside = HttpServer(lambda _: Answer(200, b"{}"), "127.0.0.1", free_port())
    inside.start()
    moved = HttpServer(
        lambda _: Answer(307, b"", {"Location": f"http://127.0.0.1:{inside.server_port}/"}), "127.0.0.1", 0
    )
    moved.start()
    url = f"http://127.0.0.1:{moved.server_port}/"
    outcome = WebhookChannel(url, receivers.SECRET, OUTLET, allow_private=True).send(order())
    assert isinstance(outcome, Refused)
    assert inside.connections == 0
    moved.stop()
    inside.stop()


# ── the signature ──


def test_the_signature_is_the_one_of_the_specification() -> None:
    """The example of the specification's own libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # no-secret: the example of the specification
    moment = datetime.fromtimestamp(1_614_265_330, UTC)
    headers = sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", moment, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.binary(max_size=200).map(lambda raw: raw.hex().encode()), st.from_regex(r"[a-f0-9]{1,64}", fullmatch=True))
def test_others_take_our_signature_and_we_take_theirs(body: bytes, message_id: str) -> None:
    now = datetime.now(UTC)
    Webhook(NEW).verify(body, sign([OLD, NEW], message_id, now, body), json_parse=False)
    # Its clock is naive and of UTC.
    theirs = Webhook(NEW).sign(message_id, now.replace(tzinfo=None), body.decode())
    headers = {"Webhook-Id": message_id, "Webhook-Timestamp": str(int(now.timestamp())), "Webhook-Signature": theirs}
    assert verify(headers, body, [OLD, NEW], now) == message_id


def test_a_call_that_was_tampered_with_is_not_believed() -> None:
    now = datetime.now(UTC)
    headers = sign([NEW], "m1", now, b"{}")
    assert verify(headers, b"{}", [NEW], now) == "m1"
    other = sign([OLD], "m1", now, b"{}")
    spoilt: list[tuple[dict[str, str], bytes, list[str], datetime]] = [
        (headers, b"{ }", [NEW], now),
        (headers, b"{}", [OLD], now),
        (headers, b"{}", [], now),
        (headers | {"webhook-id": "m2"}, b"{}", [NEW], now),
        (headers | {"webhook-timestamp": str(int(now.timestamp()) + 1)}, b"{}", [NEW], now),
        (headers | {"webhook-timestamp": "now"}, b"{}", [NEW], now),
        (headers | {"webhook-timestamp": "9" * 400}, b"{}", [NEW], now),
        (headers | {"webhook-signature": other["webhook-signature"]}, b"{}", [NEW], now),
        (headers | {"webhook-signature": "v1,é ="}, b"{}", [NEW], now),
        (headers | {"webhook-signature": headers["webhook-signature"].replace("v1,", "v2,")}, b"{}", [NEW], now),
        (headers | {"webhook-signature": ""}, b"{}", [NEW], now),
        ({}, b"{}", [NEW], now),
        (headers, b"{}", [NEW], now + timedelta(minutes=5, seconds=1)),
        (headers, b"{}", [NEW], now - timedelta(minutes=5, seconds=1)),
    ]
    for given_headers, body, secrets, moment in spoilt:
        with pytest.raises(BadSignature):
            verify(given_headers, body, secrets, moment)


def test_the_fake_believes_what_others_believe(receiver: receivers.FakeReceiver) -> None:
    channel = channel_to(receiver, OLD)
    outcome = channel.send(order())
    assert isinstance(outcome, Refused)
    assert outcome.code == "http_401"
    receiver.use_secrets(NEW, OLD)
    assert isinstance(channel.send(order()), Sent)
    receiver.set_clock(600)
    assert isinstance(channel.send(order("2" * 64)), Refused)
    assert receiver.stats() == {"taken": 1, "repeated": 0, "refused": 2}


def test_a_secret_is_replaced_without_a_gap(receiver: receivers.FakeReceiver) -> None:
    receiver.use_secrets(OLD)
    assert isinstance(channel_to(receiver, f"{NEW} {OLD}").send(order("1" * 64)), Sent)
    receiver.use_secrets(NEW)
    assert isinstance(channel_to(receiver, f"{NEW} {OLD}").send(order("2" * 64)), Sent)
    assert isinstance(channel_to(receiver, NEW).send(order("3" * 64)), Sent)


def test_a_secret_that_is_none_is_refused_at_once() -> None:
    for secret in ("", "  ", "short", "whsec_c2hvcnQ=", "whsec_ä"):
        with pytest.raises(ValueError, match=r"密钥|base64"):
            WebhookChannel("https://city.example/", secret, OUTLET)
    assert read_secret("a plain secret of thirty bytes") == b"a plain secret of thirty bytes"


def test_the_page_for_partners_checks_a_signature_right() -> None:
    """The lines of docs/syndication.md, run as they stand there."""
    page = (ROOT / "docs" / "syndication.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    space: dict[str, Any] = {}
    exec(code, space)
    now = datetime.now(UTC)
    body = json.dumps({"id": "m1"}).encode()
    assert space["genuine"](sign([OLD, NEW], "m1", now, body), body, NEW)
    assert not space["genuine"](sign([OLD], "m1", now, body), body, NEW)
    assert not space["genuine"](sign([NEW], "m1", now - timedelta(minutes=6), body), body, NEW)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body, sign([NEW], "m1", now - timedelta(minutes=6), body))
