"""The WeChat channel over the wire: the real adapter against the fake vendor."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from backend.publishing.channel import (
    Channel,
    File,
    Refused,
    Retry,
    Sample,
    Sent,
    Uncertain,
    Unreachable,
)
from channels.wechat import WechatChannel
from channels.wechat_article import compose
from fakes import wechat
from fakes.wechat import FakeWechat
from tests.channels.desk import HEADLINE, NOW, Desk, MemoryShelf, Moved
from tests.support.server import free_port

ROOT = Path(__file__).parents[2]
TOKEN = "/cgi-bin/stable_token"
COVER = "/cgi-bin/material/add_material"
PICTURE = "/cgi-bin/media/uploadimg"
ADD = "/cgi-bin/draft/add"
SUBMIT = "/cgi-bin/freepublish/submit"
ASK = "/cgi-bin/freepublish/get"
LIST = "/cgi-bin/freepublish/batchget"
DELETE = "/cgi-bin/freepublish/delete"
# JSON that is not WeChat's: whatever holds it, nobody may stumble over it.
NONSENSE: list[Any] = [
    [],
    {},
    [None],
    {"errcode": "x"},
    {"errcode": None},
    {"item": None, "item_count": 1},
    {"item": [None], "item_count": 1, "news_item": [None]},
    {"item": [{"content": None}], "item_count": 1, "news_item": "x"},
    {"item": [{"article_id": [], "content": {"news_item": 3}}], "item_count": 1, "news_item": {}},
    {"publish_status": "x", "publish_id": {}, "media_id": [], "url": {}},
    {"publish_status": 0, "article_id": 3, "article_detail": []},
    {"publish_status": 0, "article_id": "x", "article_detail": {"item": [None]}},
]
BLOCKS: list[dict[str, Any]] = [
    {
        "id": "1",
        "type": "text",
        "html": "<p>三条新线路<b>下周一</b>通车。</p><h2>线路走向</h2><ul><li>一号线</li></ul>",
    },
    {"id": "2", "type": "image", "media": "photo", "caption": "首末站", "alt": "公交车站"},
    {"id": "3", "type": "quote", "text": "等了三年。", "by": "居民"},
    {"id": "4", "type": "video", "media": "film", "caption": "跟车体验", "alt": ""},
]


def article(**changes: Any) -> dict[str, Any]:
    fields = {
        "title": "三条新线路下周一通车",
        "digest": "早晚高峰五分钟一班。",
        "cover": {"media": "cover", "alt": "公交车", "crop": None},
        "body": BLOCKS,
        "original_flag": False,
    }
    return {**fields, **changes}


@pytest.fixture(scope="module")
def running() -> Iterator[FakeWechat]:
    fake = wechat.serve()
    yield fake
    fake.stop()


@pytest.fixture
def fake(running: FakeWechat) -> FakeWechat:
    running.reset()
    return running


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.picture("cover")
    desk.picture("photo", "PNG")
    return desk


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


@pytest.fixture
def channel(fake: FakeWechat, shelf: MemoryShelf) -> WechatChannel:
    return open_channel(fake.url, shelf)


def open_channel(url: str, shelf: MemoryShelf, **more: Any) -> WechatChannel:
    return WechatChannel(url, wechat.APP_ID, wechat.APP_SECRET, shelf, **{"timeout_s": 2, **more})


def publish(channel: WechatChannel, desk: Desk, fields: dict[str, Any] | None = None, **more: Any) -> Sent:
    """Send and ask until it is out."""
    fields = fields or article()
    outcome = channel.send(desk.order(fields, **more))
    while isinstance(outcome, Sent) and not outcome.final:
        outcome = channel.progress(desk.order(fields, external_id=outcome.external_id, **more))
    assert isinstance(outcome, Sent), outcome
    return outcome


def test_it_is_a_channel(channel):
    described: Channel = channel
    assert described.kind == "wechat"
    assert (described.capabilities.edit, described.capabilities.delete) == (False, True)
    assert isinstance(channel.edit(Desk().order(article(), external_id="x")), Refused)


def test_an_article_is_accepted_and_then_out(channel, fake, desk):
    accepted = channel.send(desk.order(article()))
    assert accepted == Sent("100000001", final=False, ask_after_s=5)
    asked = desk.order(article(), external_id=accepted.external_id)
    assert channel.progress(asked) == accepted
    out = channel.progress(asked)
    [post] = fake.posts()
    assert (out.external_id, out.final, out.evidence) == (post["id"], True, {"publish_id": "100000001"})
    assert requests.get(out.url, timeout=2).text.startswith(f"<h1>{post['title']}</h1>")
    assert post["title"] == "三条新线路下周一通车"
    assert post["author"] == "记者 王小明 李大成"
    assert post["digest"] == "早晚高峰五分钟一班。"
    assert post["source"] == asked.story.link
    assert fake.drafts == 0
    assert fake.calls()[TOKEN] == 1
    # Somebody may ask about a post that is out already.
    assert channel.progress(desk.order(article(), external_id=post["id"])) == Sent(post["id"])


def test_the_body_holds_what_the_blocks_say_and_pictures_that_wechat_keeps(channel, fake, desk):
    publish(channel, desk)
    [post] = fake.posts()
    assert re.sub(r'data-src="[^"]*/mmbiz/[^"]*"', "OWN", post["html"]) == (
        "<p>三条新线路<b>下周一</b>通车。</p><h2>线路走向</h2><ul><li>一号线</li></ul>"
        '<p><img OWN alt="公交车站"></p><p>首末站</p>'
        "<blockquote><p>等了三年。</p><p>—— 居民</p></blockquote>"
        "<p>［视频：跟车体验］请点文末“阅读原文”观看。</p>"
    )


def test_links_that_lead_out_lose_their_address_and_all_else_is_escaped(channel, fake, desk):
    body = [
        {
            "id": "1",
            "type": "text",
            "html": '<p><a href="https://elsewhere.example/?a=1&amp;b=2" rel="noopener">外站</a> '
            '<a href="https://mp.weixin.qq.com/s/abc">公众号</a> 1 &lt; 2</p>',
        },
        {"id": "2", "type": "quote", "text": "<script>alert(1)</script>", "by": "A & B"},
        {"id": "3", "type": "image", "media": "photo", "caption": "<b>粗</b>", "alt": '"引号"'},
    ]
    publish(channel, desk, article(body=body))
    html = fake.posts()[0]["html"]
    # WeChat would take it away as well; what is compared must be what was sent.
    assert "elsewhere" not in compose(desk.order(article(body=body)), str).content
    assert "外站" in html
    assert '<a href="https://mp.weixin.qq.com/s/abc">公众号</a> 1 &lt; 2' in html
    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p><p>—— A &amp; B</p>" in html
    assert "&lt;b&gt;粗&lt;/b&gt;" in html
    assert 'alt="&quot;引号&quot;"' in html


def test_what_is_out_reads_as_expected_and_a_changed_character_shows(channel, fake, desk):
    fields = article(
        title="A & B 的“新”线路", digest="", body=[*BLOCKS, {**BLOCKS[0], "html": "<p>1 &lt; 2&nbsp;。</p>"}]
    )
    out = publish(channel, desk, fields)
    expected = channel.expected(desk.order(fields))
    assert channel.read_back(out.external_id).text == expected
    assert channel.read_back(out.external_id).url == out.url
    fake.alter(out.external_id, fake.posts()[0]["html"].replace("等了三年", "等了两年"))
    assert channel.read_back(out.external_id).text != expected


def test_an_alteration_on_the_way_out_shows(channel, fake, desk):
    fake.rule(path=SUBMIT, kind="alter", find="下周一", replacement="下周二", times=1)
    out = publish(channel, desk)
    assert "下周二" in channel.read_back(out.external_id).text
    assert channel.read_back(out.external_id).text != channel.expected(desk.order(article()))


def test_long_names_leave_room_for_those_that_fit(channel, fake, desk):
    publish(channel, desk, byline="记者 王小明 李大成 欧阳建国 司马相如")
    publish(channel, desk, byline="一个没有空格而且超过十六个字的集体署名", name="two")
    assert [post["author"] for post in fake.posts()] == ["记者 王小明 李大成 欧阳建国", ""]


# Pictures


def test_pictures_that_wechat_does_not_take_are_made_into_ones_that_it_does(channel, fake, desk):
    desk.picture("photo", "WEBP")
    big = desk.picture("cover", "PNG", (1200, 900), noise=True)
    assert len(big.data) > 1_000_000
    publish(channel, desk)
    store = fake.vendor.store
    uploaded = [*store.pictures.values(), *store.materials.values()]
    assert [Image.open(io.BytesIO(data)).format for data in uploaded] == ["JPEG", "JPEG"]
    assert all(len(data) < 1_000_000 for data in uploaded)


def test_a_cover_is_cut_as_its_editor_said(channel, fake, desk):
    desk.picture("cover", "PNG", (100, 100))
    cropped = article(cover={"media": "cover", "alt": "", "crop": {"x": 10, "y": 20, "width": 80, "height": 45}})
    publish(channel, desk, cropped)
    [data] = fake.vendor.store.materials.values()
    assert Image.open(io.BytesIO(data)).size == (80, 45)
    # The same picture, cut otherwise, is another cover.
    publish(channel, desk, article(), name="two")
    assert fake.calls()[COVER] == 2


def test_a_picture_with_holes_is_laid_on_white(channel, fake, desk):
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "WEBP", lossless=True)
    desk.files["photo"] = File(out.getvalue(), "image/webp", "photo.webp")
    publish(channel, desk)
    [data] = fake.vendor.store.pictures.values()
    assert Image.open(io.BytesIO(data)).getpixel((4, 4)) == (255, 255, 255)


def test_a_picture_that_cannot_be_opened_is_refused(channel, fake, desk):
    desk.files["photo"] = File(b"RIFF....WEBP", "image/webp", "photo.webp")
    outcome = channel.send(desk.order(article()))
    assert (outcome.code, outcome.field) == ("bad_picture", "body")
    assert fake.calls()[ADD] == 0


def test_what_was_uploaded_once_is_not_uploaded_again(channel, fake, desk):
    fake.rule(path=ADD, errcode=-1, times=1)
    assert channel.send(desk.order(article())).code == "wechat_-1"
    publish(channel, desk)
    publish(channel, desk, name="two")
    assert (fake.calls()[COVER], fake.calls()[PICTURE]) == (1, 1)
    assert len(fake.posts()) == 2


def test_a_cover_that_was_deleted_on_the_platform_is_uploaded_again(channel, fake, desk):
    publish(channel, desk)
    fake.drop_materials()
    publish(channel, desk, name="two")
    assert fake.calls()[COVER] == 2


# The token


def test_a_token_is_fetched_once_for_all_who_need_it(fake, desk, shelf):
    channels = [open_channel(fake.url, shelf) for _ in range(8)]
    in_step(channels)
    assert fake.calls()[TOKEN] == 1
    fake.forget_tokens()
    in_step(channels)
    assert fake.calls()[TOKEN] == 2
    assert [lasts > 7000 for lasts in shelf.lasts] == [True, True]


def in_step(channels: list[WechatChannel]) -> None:
    """Let all of them read at the same moment."""
    together = threading.Barrier(len(channels))
    found: list[Any] = []

    def read(channel: WechatChannel) -> None:
        together.wait()
        found.append(channel.read_back("nothing"))

    threads = [threading.Thread(target=read, args=(channel,)) for channel in channels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [None] * len(channels)


def test_a_token_that_ran_out_is_replaced_and_the_call_made_again(channel, fake, desk):
    publish(channel, desk)
    fake.set(offset_s=7300)
    out = publish(channel, desk, name="two")
    assert fake.calls()[TOKEN] == 2
    assert len(fake.posts()) == 2
    assert out.final


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_in_force_that_is_refused_all_the_same_is_renewed_by_force(channel, fake, desk, code):
    fake.rule(path=SUBMIT, errcode=code, times=1)
    publish(channel, desk)
    # The one that everybody gets, that one once more, and a forced one.
    assert fake.calls()[TOKEN] == 3
    assert fake.calls()[SUBMIT] == 2


def test_a_token_is_renewed_once_and_not_for_ever(channel, fake, desk):
    fake.rule(path=SUBMIT, errcode=40001)
    outcome = channel.send(desk.order(article()))
    assert (type(outcome), outcome.code) == (Retry, "wechat_40001")
    assert fake.calls()[SUBMIT] == 2


@pytest.mark.parametrize(
    ("credentials", "code", "words"),
    [(("wx-other", wechat.APP_SECRET), "wechat_40013", "AppID"), ((wechat.APP_ID, "x"), "wechat_40125", "AppSecret")],
)
def test_wrong_credentials_are_refused_in_words(fake, desk, shelf, credentials, code, words):
    outcome = WechatChannel(fake.url, *credentials, shelf, timeout_s=2).send(desk.order(article()))
    assert (type(outcome), outcome.code) == (Refused, code)
    assert words in outcome.words


def test_a_machine_that_is_not_on_the_list_is_named(channel, fake, desk):
    fake.set(allowed_ip=False)
    outcome = channel.send(desk.order(article()))
    assert (type(outcome), outcome.code) == (Refused, "wechat_40164")
    assert "203.0.113.9" in outcome.words
    assert fake.calls()[TOKEN] == 1


@pytest.mark.parametrize("kind", ["drop", "lose", "garble", "half"])
def test_without_a_token_nothing_was_sent(channel, fake, desk, kind):
    fake.rule(path=TOKEN, kind=kind, times=1)
    assert isinstance(channel.send(desk.order(article())), Retry)
    publish(channel, desk)


# Trouble with publishing


def test_a_vendor_that_is_not_there_is_tried_again(desk, shelf):
    channel = open_channel(f"http://127.0.0.1:{free_port()}", shelf)
    order = desk.order(article())
    assert channel.send(order) == Retry("no_connection", "连不上微信，什么都没有发出，稍后再发。")
    assert isinstance(channel.delete(desk.withdrawal(article(), "a")), Retry)
    for ask in (lambda: channel.find(order), lambda: channel.read_back("a"), lambda: channel.metrics(["a"])):
        with pytest.raises(Unreachable, match="no_connection"):
            ask()
    assert [(health.ok, health.name) for health in channel.check_health()] == [
        (False, "publish"),
        (False, "draft"),
        (False, "material"),
    ]


@pytest.mark.parametrize("kind", ["lose", "garble", "half", "lie"])
def test_an_answer_to_the_submission_that_is_lost_leaves_it_open_and_nothing_is_out_twice(channel, fake, desk, kind):
    fake.rule(path=SUBMIT, kind=kind, times=1, status=502, body="网关错误")
    outcome = channel.send(desk.order(article()))
    assert isinstance(outcome, Uncertain)
    # It is on its way, and not in the list yet.
    with pytest.raises(Unreachable, match="publishing"):
        channel.find(desk.order(article()))
    found = channel.find(desk.order(article()))
    [post] = fake.posts()
    assert (found.external_id, found.final) == (post["id"], True)
    # Even if it were handed in again, the draft is used up.
    assert channel.send(desk.order(article())).code == "draft_gone"
    assert len(fake.posts()) == 1


def test_a_submission_that_never_arrived_is_made_again_with_the_same_draft(channel, fake, desk):
    fake.rule(path=SUBMIT, kind="drop", times=1)
    assert isinstance(channel.send(desk.order(article())), Uncertain)
    assert channel.find(desk.order(article())) is None
    publish(channel, desk)
    assert fake.calls()[ADD] == 1
    assert len(fake.posts()) == 1


def test_an_answer_that_comes_too_late_leaves_it_open(fake, desk, shelf):
    channel = open_channel(fake.url, shelf, timeout_s=0.3)
    fake.rule(path=SUBMIT, kind="delay", delay_s=5, times=1)
    outcome = channel.send(desk.order(article()))
    assert (type(outcome), outcome.code) == (Uncertain, "timeout")


@pytest.mark.parametrize("path", [COVER, PICTURE, ADD])
@pytest.mark.parametrize("kind", ["drop", "lose", "garble", "half"])
def test_what_is_lost_before_the_submission_published_nothing_and_is_done_again(channel, fake, desk, path, kind):
    fake.rule(path=path, kind=kind, times=1)
    outcome = channel.send(desk.order(article()))
    assert isinstance(outcome, Retry)
    assert channel.find(desk.order(article())) is None
    publish(channel, desk)
    assert len(fake.posts()) == 1
    # A draft whose answer was lost is found again; a second one would be lying about for somebody to publish.
    assert fake.drafts == 0


def test_the_draft_is_written_down_before_it_is_handed_in(channel, fake, desk):
    fake.rule(path=SUBMIT, kind="lose", times=1)
    channel.send(desk.order(article()))
    assert [sorted(notes) for notes in desk.kept] == [[], [], ["drafting"], ["draft", "drafting"]]


def test_a_worker_that_died_after_the_submission_does_not_hand_in_again(channel, fake, desk):
    fake.set(polls=3)
    accepted = channel.send(desk.order(article()))
    assert channel.send(desk.order(article())) == accepted
    assert channel.find(desk.order(article())) == accepted
    assert fake.calls()[SUBMIT] == 1


def test_what_was_never_begun_is_certainly_not_out(channel, desk):
    assert channel.find(desk.order(article())) is None


def test_it_is_found_among_many(channel, fake, desk):
    fake.set(polls=0)
    ids = {name: publish(channel, desk, name=name).external_id for name in map(str, range(25))}
    assert channel.find(desk.order(article(), name="0")).external_id == ids["0"]
    assert channel.find(desk.order(article(), name="never")) is None
    assert fake.calls()[LIST] == 4


@pytest.mark.parametrize(
    ("status", "words"),
    [(2, "原创"), (3, "发布失败"), (4, "审核没有通过"), (5, "被删除"), (6, "封禁")],
)
def test_what_became_of_it_is_said_in_words(channel, fake, desk, status, words):
    fake.set(verdict=status, polls=0)
    accepted = channel.send(desk.order(article()))
    outcome = channel.progress(desk.order(article(), external_id=accepted.external_id))
    assert (type(outcome), outcome.code) == (Refused, f"publish_status_{status}")
    assert words in outcome.words


@pytest.mark.parametrize("kind", ["drop", "garble"])
def test_a_question_without_an_answer_leaves_it_accepted(channel, fake, desk, kind):
    accepted = channel.send(desk.order(article()))
    fake.rule(path=ASK, kind=kind, times=1)
    assert channel.progress(desk.order(article(), external_id=accepted.external_id)) == accepted


def test_a_question_that_may_not_be_asked_is_no_verdict(channel, fake, desk):
    accepted = channel.send(desk.order(article()))
    asked = desk.order(article(), external_id=accepted.external_id)
    fake.rule(path=ASK, errcode=45009, times=1)
    # Ten in the morning: it is fourteen hours until midnight.
    assert channel.progress(asked) == Sent(accepted.external_id, final=False, ask_after_s=14 * 3600)
    fake.set(forbidden=(ASK,))
    assert isinstance(channel.progress(asked), Uncertain)


# What WeChat refuses


@pytest.mark.parametrize("at", [datetime(2026, 3, 2, 2, 0, tzinfo=UTC), datetime(2026, 3, 2, 15, 59, tzinfo=UTC)])
def test_a_quota_that_is_used_up_parks_the_channel_until_midnight_in_shanghai(channel, fake, desk, at):
    fake.set(quota={SUBMIT: 0})
    outcome = channel.send(desk.order(article(), now=at))
    assert (type(outcome), outcome.code, outcome.whole_channel) == (Retry, "wechat_45009", True)
    assert outcome.until == datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    assert fake.posts() == []


@pytest.mark.parametrize(
    ("code", "wait", "whole"),
    [(-1, None, False), (45011, timedelta(minutes=1), True), (53501, timedelta(minutes=10), True)],
)
@pytest.mark.parametrize("path", [COVER, ADD, SUBMIT])
def test_a_vendor_that_is_busy_is_tried_later(channel, fake, desk, path, code, wait, whole):
    fake.rule(path=path, errcode=code, times=1)
    outcome = channel.send(desk.order(article()))
    assert (type(outcome), outcome.code, outcome.whole_channel) == (Retry, f"wechat_{code}", whole)
    assert outcome.until == (NOW + wait if wait else None)
    publish(channel, desk)


def test_a_right_that_is_missing_is_refused_without_a_second_try(channel, fake, desk):
    fake.set(forbidden=(SUBMIT,))
    outcome = channel.send(desk.order(article()))
    assert (type(outcome), outcome.code) == (Refused, "wechat_48001")
    assert "权限" in outcome.words
    assert fake.calls()[SUBMIT] == 1


@pytest.mark.parametrize(
    ("path", "code", "field"),
    [
        (PICTURE, 40009, "body"),
        (ADD, 45002, "body"),
        (ADD, 45003, "title"),
        (ADD, 45004, "digest"),
        (ADD, 45166, "body"),
        (SUBMIT, 53503, None),
        (SUBMIT, 87654, None),
    ],
)
def test_a_refusal_says_what_to_change(channel, fake, desk, path, code, field):
    fake.rule(path=path, errcode=code)
    outcome = channel.send(desk.order(article()))
    assert (type(outcome), outcome.code, outcome.field) == (Refused, f"wechat_{code}", field)
    assert re.search("[一-龥]{4}", outcome.words)
    if code == 87654:
        assert "87654" in outcome.words


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"title": " "}, "title", "missing"),
        ({"title": "字" * 33}, "title", "too_long"),
        ({"digest": "字" * 121}, "digest", "too_long"),
        ({"cover": None}, "cover", "missing"),
        ({"body": []}, "body", "missing"),
        ({"body": [{"id": "1", "type": "text", "html": f"<p>{'字' * 20_000}</p>"}]}, "body", "too_long"),
        ({"body": [BLOCKS[1]] * 51}, "body", "too_many_pictures"),
    ],
)
def test_problems_of_form_are_seen_before_anything_is_sent(channel, fake, changes, field, code):
    assert channel.check("wechat_article", article()) == []
    [problem] = channel.check("wechat_article", article(**changes))
    assert (problem.field, problem.code) == (field, code)
    assert fake.calls()[TOKEN] == 0


def test_another_kind_of_rendition_is_a_problem(channel):
    assert [problem.code for problem in channel.check("weibo_post", {"text": "x"})] == ["wrong_kind"]


def test_the_longest_that_passes_the_check_is_taken(channel, fake, desk):
    most = article(
        title="题" * 32,
        digest="摘" * 120,
        body=[{"id": "1", "type": "text", "html": f"<p>{'字' * 19_992}</p>"}],
    )
    assert channel.check("wechat_article", most) == []
    publish(channel, desk, most)


# Corrections and withdrawals


def test_a_correction_is_an_article_of_its_own(channel, fake, desk):
    note = "原文中“下周一”应为“下周二”。\n特此更正。"
    order = desk.notice(article(), note)
    accepted = channel.send(order)
    progress = desk.notice(article(), note, external_id=accepted.external_id)
    channel.progress(progress)
    out = channel.progress(progress)
    [post] = fake.posts()
    assert post["title"] == f"更正：{HEADLINE}"
    assert post["html"] == "<p>原文中“下周一”应为“下周二”。</p><p>特此更正。</p>"
    assert channel.read_back(out.external_id).text == channel.expected(order)
    assert fake.calls()[PICTURE] == 0
    # Its cover is of one colour, and the next correction has the same.
    [cover] = fake.vendor.store.materials.values()
    assert len(Image.open(io.BytesIO(cover)).convert("L").getcolors(4)) == 1
    channel.send(desk.notice(article(), note, name="two"))
    assert fake.calls()[COVER] == 1


def test_a_withdrawn_article_is_gone_and_may_be_withdrawn_again(channel, fake, desk):
    out = publish(channel, desk)
    order = desk.withdrawal(article(), out.external_id)
    assert channel.find(order) is None
    assert channel.delete(order) == Sent(out.external_id)
    assert channel.read_back(out.external_id) is None
    assert [post["deleted"] for post in fake.posts()] == [True]
    assert channel.delete(order) == Sent(out.external_id)
    assert channel.find(order) == Sent(out.external_id)


@pytest.mark.parametrize(("kind", "gone"), [("lose", True), ("drop", False)])
def test_a_withdrawal_without_an_answer_is_open_until_it_is_looked_up(channel, fake, desk, kind, gone):
    out = publish(channel, desk)
    fake.rule(path=DELETE, kind=kind, times=1)
    order = desk.withdrawal(article(), out.external_id)
    assert isinstance(channel.delete(order), Uncertain)
    assert channel.find(order) == (Sent(out.external_id) if gone else None)


def test_an_article_that_is_still_being_published_is_withdrawn_when_it_is_out(channel, fake, desk):
    accepted = channel.send(desk.order(article()))
    order = desk.withdrawal(article(), accepted.external_id)
    assert isinstance(channel.delete(order), Retry)
    outcome = channel.delete(order)
    assert outcome == Sent(fake.posts()[0]["id"])
    assert fake.living() == []
    # One that never came out need not be taken back.
    fake.set(verdict=4, polls=0)
    refused = channel.send(desk.order(article(), name="two"))
    assert channel.delete(desk.withdrawal(article(), refused.external_id)) == Sent(refused.external_id)


def test_a_busy_vendor_does_not_withdraw(channel, fake, desk):
    out = publish(channel, desk)
    fake.rule(path=DELETE, errcode=-1, times=1)
    assert isinstance(channel.delete(desk.withdrawal(article(), out.external_id)), Retry)
    assert len(fake.living()) == 1


# Reading


def test_an_article_that_wechat_does_not_know_is_gone(channel):
    assert channel.read_back("no-such-article") is None


@pytest.mark.parametrize("kind", ["drop", "garble", "half"])
def test_a_question_without_an_answer_is_no_answer(channel, fake, desk, kind):
    out = publish(channel, desk)
    fake.rule(kind=kind)
    for ask in (
        lambda: channel.find(desk.order(article())),
        lambda: channel.read_back(out.external_id),
        lambda: channel.metrics([out.external_id]),
    ):
        with pytest.raises(Unreachable):
            ask()


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_an_answer_of_another_shape_is_never_stumbled_over(channel, fake, desk, nonsense):
    out = publish(channel, desk)
    fake.rule(kind="lie", body=nonsense)
    fake.rule(path=TOKEN, kind="delay")
    for ask in (
        lambda: channel.find(desk.order(article(), name="other")),
        lambda: channel.read_back(out.external_id),
        lambda: channel.metrics([out.external_id]),
    ):
        with pytest.raises(Unreachable, match="not_understood"):
            ask()
    deletion = channel.delete(desk.withdrawal(article(), out.external_id))
    assert isinstance(deletion, Uncertain)
    asked = channel.progress(desk.order(article(), external_id="100000001"))
    assert isinstance(asked, Uncertain) or asked.final is False or asked == Sent("x", evidence=asked.evidence)
    assert isinstance(channel.send(desk.order(article(), name="two")), Retry)
    assert len(channel.check_health()) == 3


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_an_answer_of_another_shape_to_the_submission_leaves_it_open(channel, fake, desk, nonsense):
    fake.rule(path=SUBMIT, kind="lie", body=nonsense)
    assert isinstance(channel.send(desk.order(article())), Uncertain)


@pytest.mark.parametrize("row", [None, 3, {"msgid": "2247483001_1", "detail_list": [None, 3]}])
def test_statistics_of_another_shape_are_no_answer(fake, desk, shelf, row):
    channel = open_channel(fake.url, shelf, clock=Moved(datetime.now(UTC) + timedelta(days=2)))
    out = publish(channel, desk)
    fake.rule(path="/datacube/*", body={"list": [row]})
    with pytest.raises(Unreachable, match="not_understood"):
        channel.metrics([out.external_id])
    # A row about something else says nothing.
    fake.rule(path="/datacube/*", body={"list": [{}, {"msgid": []}, {"msgid": "2247483001_1", "detail_list": []}]})
    assert channel.metrics([out.external_id]) == []


def test_counters_are_read_from_the_day_after(fake, desk, shelf):
    today = datetime.now(UTC)
    clock = Moved(today)
    channel = open_channel(fake.url, shelf, clock=clock)
    one, other = publish(channel, desk), publish(channel, desk, name="two")
    fake.count(one.external_id, read_user=120, like_user=7, comment_count=3, share_user=11, zaikan_user=1)
    assert channel.metrics([one.external_id]) == []
    clock.at = today + timedelta(days=2)
    fake.set(offset_s=2 * 86_400)
    assert channel.metrics([one.external_id, "unknown"]) == [
        Sample(one.external_id, "read", 120),
        Sample(one.external_id, "like", 7),
        Sample(one.external_id, "comment", 3),
        Sample(one.external_id, "share", 11),
    ]
    assert {sample.external_id for sample in channel.metrics([one.external_id, other.external_id])} == {
        one.external_id,
        other.external_id,
    }
    assert channel.metrics([]) == []


def test_health_names_the_right_that_is_missing(channel, fake):
    assert all(health.ok for health in channel.check_health())
    assert fake.posts() == []
    assert fake.drafts == 0
    fake.set(forbidden=("/cgi-bin/draft/count",))
    assert [(health.name, health.ok) for health in channel.check_health()] == [
        ("publish", True),
        ("draft", False),
        ("material", True),
    ]


# The fake as a program


def test_the_fake_runs_as_a_program_and_is_steered_over_http(desk, shelf):
    program = subprocess.Popen(
        [sys.executable, "-m", "fakes.wechat", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        url = program.stdout.readline().strip()
        rule = {"path": SUBMIT, "kind": "lose", "times": 1}
        assert requests.post(f"{url}/_fake/rules", json={"rules": [rule]}, timeout=5).ok
        assert requests.post(f"{url}/_fake/rules", json={"rules": [{"kind": "no such"}]}, timeout=5).status_code == 400
        assert requests.post(f"{url}/_fake/settings", json={"polls": 0}, timeout=5).ok
        assert requests.post(f"{url}/_fake/settings", json={"no_such": 0}, timeout=5).status_code == 400
        channel = open_channel(url, shelf)
        assert isinstance(channel.send(desk.order(article())), Uncertain)
        [post] = requests.get(f"{url}/_fake/posts", timeout=5).json()
        assert channel.find(desk.order(article())).external_id == post["id"]
        altered = {"id": post["id"], "text": "改了"}
        assert requests.post(f"{url}/_fake/alter", json=altered, timeout=5).ok
        assert "改了" in channel.read_back(post["id"]).text
        assert requests.get(f"{url}/_fake/calls", timeout=5).json()[SUBMIT] == 1
        assert requests.post(f"{url}/_fake/reset", timeout=5).ok
        assert requests.get(f"{url}/_fake/posts", timeout=5).json() == []
    finally:
        program.terminate()
        program.wait(5)


def test_a_rule_may_be_drawn_and_is_drawn_alike_for_the_same_seed(channel, fake):
    def drawn() -> list[bool]:
        fake.reset()
        fake.rule(path="*getarticle", errcode=-1, probability=0.5, seed=7)
        return [_answers(channel) for _ in range(20)]

    first = drawn()
    assert first == drawn()
    assert 0 < sum(first) < 20


def _answers(channel: WechatChannel) -> bool:
    try:
        channel.read_back("x")
    except Unreachable:
        return False
    return True


def test_the_fake_strips_pictures_that_are_not_its_own(channel, fake, desk, shelf):
    publish(channel, desk)
    token = shelf.token(None, lambda: ("", 0))
    [cover] = fake.vendor.store.materials
    content = '<p>字<img src="https://elsewhere.example/a.jpg"><a href="https://elsewhere.example/">外</a></p>'
    draft = {"articles": [{"title": "题", "content": content, "thumb_media_id": cover}]}
    plainly = json.dumps(draft, ensure_ascii=False).encode()
    query = {"access_token": token}
    added = requests.post(fake.url + ADD, params=query, data=plainly, timeout=5).json()
    wanted = {"media_id": added["media_id"]}
    got = requests.post(f"{fake.url}/cgi-bin/draft/get", params=query, json=wanted, timeout=5).json()
    assert got["news_item"][0]["content"] == "<p>字外</p>"
    # What requests makes of JSON by itself is escaped.
    assert requests.post(fake.url + ADD, params=query, json=draft, timeout=5).json()["errcode"] == 40033
