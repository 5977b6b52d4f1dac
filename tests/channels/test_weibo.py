"""The Weibo channel over the wire: the real adapter against the fake vendor."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from backend.publishing.channel import Channel, File, Refused, Retry, Sample, Sent, Uncertain, Unreachable
from channels.weibo import WeiboChannel
from fakes import weibo
from fakes.weibo import FakeWeibo
from tests.channels.desk import DOMAIN, NOW, Desk
from tests.support.server import free_port

ROOT = Path(__file__).parents[2]
SHARE = "/2/statuses/share.json"
TIMELINE = "/2/statuses/user_timeline.json"
EXPAND = "/2/short_url/expand.json"
SHOW = "/2/statuses/show.json"
COUNT = "/2/statuses/count.json"
DESTROY = "/2/statuses/destroy.json"
RIP = "203.0.113.7"
# JSON that is not Weibo's: whatever holds it, nobody may stumble over it.
NONSENSE: list[Any] = [
    [],
    {},
    [None],
    ["x"],
    {"id": None},
    {"statuses": None, "urls": None},
    {"statuses": [None], "urls": [None]},
    {"statuses": [{"id": 1, "text": None, "url_objects": 3}], "urls": "x"},
    {"error_code": "x"},
    {"error_code": None},
]
WORDS = "三条新线路下周一通车，早晚高峰五分钟一班。"


def a_post(**changes: Any) -> dict[str, Any]:
    fields = {"text": WORDS, "topics": ["宝山"], "images": [], "video": None, "link": "/articles/s1"}
    return {**fields, **changes}


@pytest.fixture(scope="module")
def running() -> Iterator[FakeWeibo]:
    fake = weibo.serve(domain=DOMAIN)
    yield fake
    fake.stop()


@pytest.fixture
def fake(running: FakeWeibo) -> FakeWeibo:
    running.reset()
    return running


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def channel(fake: FakeWeibo) -> WeiboChannel:
    return open_channel(fake.url)


def open_channel(url: str, **more: Any) -> WeiboChannel:
    return WeiboChannel(url, weibo.TOKEN, DOMAIN, RIP, **{"timeout_s": 2, **more})


def publish(channel: WeiboChannel, desk: Desk, fields: dict[str, Any] | None = None, **more: Any) -> Sent:
    outcome = channel.send(desk.order(fields or a_post(), **more))
    assert isinstance(outcome, Sent), outcome
    return outcome


def test_it_is_a_channel(channel, desk):
    described: Channel = channel
    assert described.kind == "weibo"
    assert (described.capabilities.edit, described.capabilities.delete) == (False, True)
    assert isinstance(channel.edit(desk.order(a_post(), external_id="x")), Refused)


def test_a_post_is_out_with_its_link_and_its_topics_as_plain_words(channel, fake, desk):
    order = desk.order(a_post(topics=["宝山", "三条新线路", "公交"]))
    out = channel.send(order)
    [post] = fake.posts()
    assert out == Sent(post["id"], f"https://m.weibo.cn/status/{post['id']}")
    # The second topic is in the text already.
    assert post["text"] == f"{WORDS} 宝山 公交 {order.story.link}"
    assert post["rip"] == RIP
    assert post["pic"] is None
    assert channel.progress(desk.order(a_post(), external_id=post["id"])) == out


def test_the_first_picture_goes_along(channel, fake, desk):
    desk.picture("one", "PNG")
    desk.picture("two")
    images = [{"media": "one", "alt": ""}, {"media": "two", "alt": ""}]
    publish(channel, desk, a_post(images=images))
    [post] = fake.posts()
    assert post["pic"] == "png"
    assert post["text"].startswith(f"{WORDS} 宝山 http")


def test_a_picture_that_weibo_does_not_take_is_made_into_one_that_it_does(channel, fake, desk):
    desk.picture("one", "WEBP")
    publish(channel, desk, a_post(images=[{"media": "one", "alt": ""}]))
    assert fake.posts()[0]["pic"] == "jpeg"


def test_a_picture_that_cannot_be_opened_is_refused(channel, fake, desk):
    desk.files["one"] = File(b"nothing", "image/webp", "one.webp")
    outcome = channel.send(desk.order(a_post(images=[{"media": "one", "alt": ""}])))
    assert (outcome.code, outcome.field) == ("bad_picture", "images")
    assert fake.calls()[SHARE] == 0


def test_what_is_out_reads_as_expected_and_a_changed_character_shows(channel, fake, desk):
    fields = a_post(text="A & B：1 < 2。\n第二行  有空格，见 https://ronghui.example.cn/x 。")
    out = publish(channel, desk, fields)
    expected = channel.expected(desk.order(fields))
    assert expected == "A & B：1 < 2。 第二行 有空格，见 。 宝山"
    assert "t.cn" in fake.posts()[0]["html"]
    assert channel.read_back(out.external_id).text == expected
    fake.alter(out.external_id, fake.posts()[0]["html"].replace("第二行", "第三行"))
    assert channel.read_back(out.external_id).text != expected


def test_an_alteration_on_the_way_out_shows(channel, fake, desk):
    fake.rule(path=SHARE, kind="alter", find="下周一", replacement="***")
    out = publish(channel, desk)
    assert "***" in channel.read_back(out.external_id).text
    # It is found all the same: by its link, whatever became of its words.
    assert channel.find(desk.order(a_post())) == out


# Trouble with posting


def test_a_vendor_that_is_not_there_is_tried_again(desk):
    channel = open_channel(f"http://127.0.0.1:{free_port()}")
    order = desk.order(a_post())
    assert channel.send(order) == Retry("no_connection", "连不上微博，什么都没有发出，稍后再发。")
    assert isinstance(channel.delete(desk.withdrawal(a_post(), "1")), Retry)
    for ask in (lambda: channel.find(order), lambda: channel.read_back("1"), lambda: channel.metrics(["1"])):
        with pytest.raises(Unreachable, match="no_connection"):
            ask()
    assert [health.ok for health in channel.check_health()] == [False, False]


@pytest.mark.parametrize("show_links", [True, False])
@pytest.mark.parametrize("kind", ["lose", "garble", "half", "lie"])
def test_an_answer_that_is_lost_leaves_it_open_and_the_post_is_found(channel, fake, desk, kind, show_links):
    publish(channel, desk, a_post(text="另一条。"), name="other")
    fake.set(show_links=show_links)
    fake.rule(path=SHARE, kind=kind, times=1, status=502, body="网关错误")
    assert isinstance(channel.send(desk.order(a_post())), Uncertain)
    [_, post] = fake.posts()
    assert channel.find(desk.order(a_post())).external_id == post["id"]
    assert fake.calls()[EXPAND] == (0 if show_links else 1)


def test_a_post_that_never_arrived_is_certainly_not_out(channel, fake, desk):
    fake.rule(path=SHARE, kind="drop", times=1)
    assert isinstance(channel.send(desk.order(a_post())), Uncertain)
    assert channel.find(desk.order(a_post())) is None
    publish(channel, desk)
    assert len(fake.posts()) == 1


def test_an_answer_that_comes_too_late_leaves_it_open(fake, desk):
    channel = open_channel(fake.url, timeout_s=0.3)
    fake.rule(path=SHARE, kind="delay", delay_s=5, times=1)
    outcome = channel.send(desk.order(a_post()))
    assert (type(outcome), outcome.code) == (Uncertain, "timeout")


def test_the_lease_is_renewed_before_the_post(channel, fake, desk):
    fake.rule(path=SHARE, kind="lose", times=1)
    channel.send(desk.order(a_post()))
    assert desk.kept == [{}]


@pytest.mark.parametrize("code", [10001, 10003, 10010, 10011, 20032])
def test_an_error_behind_the_interface_leaves_it_open(channel, fake, desk, code):
    fake.rule(path=SHARE, kind="lie", errcode=code, times=1)
    outcome = channel.send(desk.order(a_post()))
    assert (type(outcome), outcome.code) == (Uncertain, f"weibo_{code}")
    assert channel.find(desk.order(a_post())) is not None


def test_the_same_again_is_the_first_one(channel, fake, desk):
    out = publish(channel, desk)
    assert channel.send(desk.order(a_post())) == out
    assert fake.calls()[SHARE] == 2
    assert len(fake.posts()) == 1


def test_the_same_words_under_another_mark_are_the_first_that_were_posted(channel, fake, desk):
    first = publish(channel, desk, name="one")
    publish(channel, desk, name="two")
    fake.rule(path=SHARE, errcode=20019)
    assert channel.send(desk.order(a_post(), name="three")) == first


def test_a_repetition_of_what_cannot_be_seen_is_open_once_and_then_refused(channel, fake, desk):
    publish(channel, desk)
    fake.set(behind=1)
    assert isinstance(channel.send(desk.order(a_post())), Uncertain)
    # The timeline caught up: it is found.
    fake.set(behind=0)
    assert isinstance(channel.find(desk.order(a_post())), Sent)
    fake.set(behind=1)
    outcome = channel.send(desk.order(a_post()))
    assert (type(outcome), outcome.code, outcome.field) == (Refused, "weibo_20019", "text")


def test_a_repetition_that_cannot_be_looked_up_is_open(channel, fake, desk):
    publish(channel, desk)
    fake.rule(path=TIMELINE, kind="drop")
    assert isinstance(channel.send(desk.order(a_post())), Uncertain)


# What Weibo refuses


@pytest.mark.parametrize("code", [10022, 10023, 10024])
def test_a_limit_that_is_reached_parks_the_channel_until_the_hour_is_over(channel, fake, desk, code):
    fake.rule(path=SHARE, errcode=code)
    outcome = channel.send(desk.order(a_post(), now=NOW + timedelta(minutes=17)))
    assert (type(outcome), outcome.code, outcome.whole_channel) == (Retry, f"weibo_{code}", True)
    assert outcome.until == NOW + timedelta(hours=1)


def test_the_fake_counts_calls(channel, fake, desk):
    fake.set(quota={SHARE: 1})
    publish(channel, desk)
    assert channel.send(desk.order(a_post(text="另一条。"), name="two")).code == "weibo_10023"
    assert len(fake.posts()) == 1


@pytest.mark.parametrize(("code", "wait"), [(10002, None), (10009, None), (20016, timedelta(minutes=10))])
def test_a_vendor_that_is_busy_is_tried_later(channel, fake, desk, code, wait):
    fake.rule(path=SHARE, errcode=code, times=1)
    outcome = channel.send(desk.order(a_post()))
    assert (type(outcome), outcome.until) == (Retry, NOW + wait if wait else None)
    publish(channel, desk)


@pytest.mark.parametrize("code", [21314, 21315, 21316, 21317, 21319, 21327])
def test_a_token_that_is_no_good_is_refused_in_words(channel, fake, desk, code):
    fake.set(token_error=code)
    outcome = channel.send(desk.order(a_post()))
    assert (type(outcome), outcome.code, outcome.field) == (Refused, f"weibo_{code}", None)
    assert "重新授权" in outcome.words
    assert [health.ok for health in channel.check_health()] == [False, False]


def test_another_token_is_refused(fake, desk):
    channel = WeiboChannel(fake.url, "another", DOMAIN, RIP, timeout_s=2)
    assert channel.send(desk.order(a_post())).code == "weibo_21332"


@pytest.mark.parametrize(
    ("code", "field"),
    [(20012, "text"), (20018, "text"), (20021, "text"), (20005, "images"), (10014, None), (29999, None)],
)
def test_a_refusal_says_what_to_change(channel, fake, desk, code, field):
    fake.rule(path=SHARE, errcode=code)
    outcome = channel.send(desk.order(a_post()))
    assert (type(outcome), outcome.code, outcome.field) == (Refused, f"weibo_{code}", field)
    assert re.search("[一-龥]{4}", outcome.words)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" ", "missing"),
        ("字" * 127, "too_long"),
        ("看 #宝山公交# 的新线路", "topic_in_text"),
    ],
)
def test_problems_of_form_are_seen_before_anything_is_sent(channel, fake, text, code):
    assert channel.check("weibo_post", a_post()) == []
    [problem] = channel.check("weibo_post", a_post(text=text))
    assert (problem.field, problem.code) == ("text", code)
    assert [problem.code for problem in channel.check("wechat_article", {})] == ["wrong_kind"]
    assert fake.calls()[SHARE] == 0


def test_the_longest_that_passes_the_check_is_taken_and_no_longer_one(channel, fake, desk):
    # The link counts eleven; each blank half, and the topic two.
    most = a_post(text="字" * 126)
    assert channel.check("weibo_post", most) == []
    publish(channel, desk, most)
    longer = a_post(text="字" * 127)
    assert channel.check("weibo_post", longer)
    assert channel.send(desk.order(longer, name="two")).code == "weibo_20012"


def test_weibo_refuses_topics_and_links_that_lead_elsewhere(channel, fake, desk):
    assert channel.send(desk.order(a_post(text="看 #宝山公交# 的新线路"))).code == "weibo_10017"
    other = open_channel(fake.url)
    outcome = other.send(desk.order(a_post(), link="https://elsewhere.example/a"))
    assert (type(outcome), outcome.code) == (Refused, "wrong_domain")
    # A domain that only ends like ours is not ours.
    assert other.send(desk.order(a_post(), link=f"https://not{DOMAIN}/a")).code == "wrong_domain"
    assert fake.calls()[SHARE] == 1
    assert isinstance(other.send(desk.order(a_post(), link=f"https://m.{DOMAIN}/a")), Sent)


def test_weibo_wants_the_operators_address(fake, desk):
    channel = WeiboChannel(fake.url, weibo.TOKEN, DOMAIN, "", timeout_s=2)
    assert channel.send(desk.order(a_post())).code == "weibo_10016"


# Corrections and withdrawals


def test_a_correction_is_a_post_of_its_own(channel, fake, desk):
    desk.picture("one")
    fields = a_post(images=[{"media": "one", "alt": ""}])
    order = desk.notice(fields, "昨天的微博中“下周一”应为“下周二”。")
    out = channel.send(order)
    [post] = fake.posts()
    assert post["text"] == f"更正：昨天的微博中“下周一”应为“下周二”。 {order.story.link}"
    assert post["pic"] is None
    assert channel.read_back(out.external_id).text == channel.expected(order)


def test_a_long_correction_is_cut_after_a_sentence_and_says_so(channel, fake, desk):
    order = desk.notice(a_post(), "一句话有错。" * 40)
    channel.send(order)
    words = fake.posts()[0]["text"].removesuffix(f" {order.story.link}")
    assert re.fullmatch("更正：(一句话有错。)+（全文见链接）", words)
    assert len(words) > 120


def test_a_correction_of_which_no_sentence_fits_is_refused(channel, fake, desk):
    outcome = channel.send(desk.notice(a_post(), "错" * 200))
    assert (type(outcome), outcome.code, outcome.field) == (Refused, "too_long", "note")
    assert fake.calls()[SHARE] == 0


def test_a_withdrawn_post_is_gone_and_may_be_withdrawn_again(channel, fake, desk):
    out = publish(channel, desk)
    order = desk.withdrawal(a_post(), out.external_id)
    assert channel.find(order) is None
    assert channel.delete(order) == Sent(out.external_id)
    assert channel.read_back(out.external_id) is None
    assert [post["deleted"] for post in fake.posts()] == [True]
    assert channel.delete(order) == Sent(out.external_id)
    assert channel.find(order) == Sent(out.external_id)


@pytest.mark.parametrize(("kind", "gone"), [("lose", True), ("drop", False)])
def test_a_withdrawal_without_an_answer_is_open_until_it_is_looked_up(channel, fake, desk, kind, gone):
    out = publish(channel, desk)
    fake.rule(path=DESTROY, kind=kind, times=1)
    order = desk.withdrawal(a_post(), out.external_id)
    assert isinstance(channel.delete(order), Uncertain)
    assert channel.find(order) == (Sent(out.external_id) if gone else None)


def test_a_post_of_somebody_else_is_not_withdrawn(channel, fake, desk):
    fake.rule(path=DESTROY, errcode=20102)
    assert isinstance(channel.delete(desk.withdrawal(a_post(), "1")), Refused)


# Reading


def test_a_post_that_weibo_shows_as_deleted_is_gone(channel, fake, desk):
    out = publish(channel, desk)
    shown = {"id": int(out.external_id), "text": "抱歉，此微博已被删除。", "deleted": "1"}
    fake.rule(path=SHOW, kind="refuse", body=shown)
    assert channel.read_back(out.external_id) is None


@pytest.mark.parametrize("kind", ["drop", "garble", "half"])
def test_a_question_without_an_answer_is_no_answer(channel, fake, desk, kind):
    out = publish(channel, desk)
    fake.rule(kind=kind)
    for ask in (
        lambda: channel.find(desk.order(a_post())),
        lambda: channel.read_back(out.external_id),
        lambda: channel.metrics([out.external_id]),
    ):
        with pytest.raises(Unreachable):
            ask()


@pytest.mark.parametrize(
    ("path", "nonsense"),
    # A list of nothing is an answer where a list is asked for.
    [
        (path, nonsense)
        for path in (TIMELINE, EXPAND, SHOW, COUNT)
        for nonsense in NONSENSE
        if (path, nonsense) != (COUNT, [])
    ],
)
def test_an_answer_of_another_shape_is_no_answer(channel, fake, desk, path, nonsense):
    out = publish(channel, desk)
    ask = {
        SHOW: lambda: channel.read_back(out.external_id),
        COUNT: lambda: channel.metrics([out.external_id]),
    }.get(path, lambda: channel.find(desk.order(a_post())))
    fake.rule(path=path, body=nonsense)
    with pytest.raises(Unreachable, match="not_understood"):
        ask()
    assert len(channel.check_health()) == 2


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_an_answer_of_another_shape_to_a_post_leaves_it_open(channel, fake, desk, nonsense):
    fake.rule(path=SHARE, kind="lie", body=nonsense)
    assert isinstance(channel.send(desk.order(a_post())), Uncertain)
    fake.rule(path=SHARE, errcode=20019)
    fake.rule(path=TIMELINE, body=nonsense)
    assert isinstance(channel.send(desk.order(a_post())), Uncertain)


def test_counters_are_read(channel, fake, desk):
    out = publish(channel, desk)
    assert [(sample.metric, sample.value) for sample in channel.metrics([out.external_id])] == [
        ("like", 0),
        ("comment", 0),
        ("share", 0),
    ]
    fake.count(out.external_id, reads=900, attitudes=3, comments=2, reposts=1)
    ids = [*map(str, range(150)), out.external_id]
    assert channel.metrics(ids) == [
        Sample(out.external_id, "read", 900),
        Sample(out.external_id, "like", 3),
        Sample(out.external_id, "comment", 2),
        Sample(out.external_id, "share", 1),
    ]


def test_health_says_how_long_the_token_lasts(channel, fake):
    assert [(health.name, health.ok) for health in channel.check_health()] == [("token", True), ("timeline", True)]
    assert "30 天" in channel.check_health()[0].words
    fake.set(token_left_s=0, forbidden=(TIMELINE,))
    assert [(health.name, health.ok) for health in channel.check_health()] == [("token", False), ("timeline", False)]
    assert fake.posts() == []


def test_the_fake_runs_as_a_program(desk):
    program = subprocess.Popen(
        [sys.executable, "-m", "fakes.weibo", "--port", "0", "--domain", DOMAIN],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = program.stdout.readline().strip()
        out = publish(open_channel(url), desk)
        [post] = requests.get(f"{url}/_fake/posts", timeout=5).json()
        assert post["id"] == out.external_id
    finally:
        program.terminate()
        program.wait(5)
