"""Renditions without a database: what is cut from a story is the story's own, and within the limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import blocks
from backend.errors import AppError
from backend.newsroom.editing.packages import rules
from backend.newsroom.editing.packages.checks import MediaFacts, problems_of
from backend.newsroom.editing.packages.derive import Master, derive, new_sentences
from backend.newsroom.editing.packages.limits import (
    FIELDS,
    KINDS,
    estimated_seconds,
    fits_cover,
    half_widths,
    most_seconds,
    outside_links,
    room,
    visible_length,
    without_outside_links,
)
from backend.newsroom.editing.packages.rules import RENDITION, RenditionFacts
from backend.newsroom.editing.packages.text import (
    longest_opening,
    running_text,
    sentences_in,
    shortened,
    written_length,
)

PAGE = {
    "issue_date": "2026-08-02",
    "page_no": 3,
    "slot_no": 1,
    "headline_width": 20,
    "max_chars": 300,
    "columns": 4,
}
RUNDOWN = {"show": "晚间新闻", "order": 3, "planned_seconds": 60}
PICTURE = {"id": "b9", "type": "image", "media": "p1", "caption": "积水已退", "alt": ""}
MEDIA = {
    "p1": MediaFacts("image", 1200, 900, cleared=True),
    "p2": MediaFacts("image", 1600, 900, cleared=True),
    "v1": MediaFacts("video", 1920, 1080, duration_s=12.5, cleared=True),
    "v2": MediaFacts("video", 1920, 1080, cleared=True),
}


def master(headline: str = "顾村公园加开夜场", body: Any = "第一句。第二句。", **fields: Any) -> Master:
    text = blocks.parse(body) if isinstance(body, str) else body
    rest: dict[str, Any] = {"subtitle": "", "summary": "", "cover": None, "byline": "", "section": "民生"}
    towns = {"gucun": "顾村镇"}
    return Master(**({"id": "s1", "headline": headline, "body": text, "towns": towns} | rest | fields))


def made(kind: str, story: Master, **place: Any) -> dict[str, Any]:
    places = {"page_slot": PAGE, "rundown_item": RUNDOWN}
    return derive(kind, story, places.get(kind, {}) | place, MEDIA)


def codes(kind: str, fields: dict[str, Any]) -> set[tuple[str, str]]:
    return {(problem["field"], problem["code"]) for problem in problems_of(kind, fields, MEDIA)}


# ── any story ──

HAN = "水电路桥人民居所雨退通知说请慢行不的和在有一二三十年月日区镇村新旧快夜场园大小高低东西南北红蓝绿白黑门窗"
CLAUSE = st.text(HAN, min_size=1, max_size=24) | st.sampled_from(
    [
        "18:30",
        "3.5%",
        "共1,200户",
        "GDP增长",
        "“不是谣言。”他说",
        "（见图）",
        "《通知》",
        "say no",
        "8月2日",
        "3－5天",
        "!?",
        "“",
    ]
)
MARK = st.sampled_from(["，", "，", "；", "：", "、", " ", "　", ",", ""])
END = st.sampled_from(["。", "。", "。", "！", "？", "……", "?!", "", "。”", "\n"])
SENTENCE = st.builds(
    lambda parts, end: "".join(clause + mark for clause, mark in parts[:-1]) + parts[-1][0] + end,
    st.lists(st.tuples(CLAUSE, MARK), min_size=1, max_size=6),
    END,
)
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=8).map("".join)
TITLE = SENTENCE.map(lambda text: text.strip()[:60]).filter(bool)
HTML = PARAGRAPH.map(lambda text: {"html": f"<h2>{text[:8]}</h2><p>{text}</p><ul><li>{text[:20]}</li></ul>"})
BLOCK = st.one_of(
    PARAGRAPH.map(lambda text: {"type": "text", "text": text}),
    HTML.map(lambda html: {"type": "text"} | html),
    PARAGRAPH.map(lambda text: {"type": "quote", "text": text, "by": "区水务局"}),
    SENTENCE.map(lambda text: {"type": "image", "media": "p1", "caption": text}),
    st.just({"type": "video", "media": "v1", "caption": ""}),
)
STORY = st.builds(
    lambda headline, summary, body, cover: master(headline, blocks.parse(body), summary=summary, cover=cover),
    TITLE,
    st.just("") | PARAGRAPH,
    st.lists(BLOCK, min_size=1, max_size=6),
    st.sampled_from([None, "p1", "p2"]),
)
SLOTS = st.fixed_dictionaries(
    {"max_chars": st.integers(20, 500), "headline_width": st.integers(6, 40), "planned_seconds": st.integers(5, 120)}
)


def the_place(kind: str, slots: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in slots.items() if name in FIELDS[kind]}


@pytest.mark.parametrize("kind", KINDS)
@given(story=STORY, slots=SLOTS)
def test_what_is_freshly_derived_is_a_verbatim_subset(kind: str, story: Master, slots: dict[str, Any]) -> None:
    assert new_sentences(made(kind, story, **the_place(kind, slots)), story) == []


@pytest.mark.parametrize("kind", KINDS)
@given(story=STORY, slots=SLOTS)
def test_what_is_freshly_derived_is_within_its_limits_or_whole(kind: str, story: Master, slots: dict[str, Any]) -> None:
    fields = made(kind, story, **the_place(kind, slots))
    for field, code in codes(kind, fields):
        assert (field.partition(".")[0], code) in EXCUSES, (field, code, fields)
        assert EXCUSES[field.partition(".")[0], code](story, fields), (field, code, fields)


def _too_short(story: Master, fields: dict[str, Any]) -> bool:
    """The whole story, or the next sentence would be too much."""
    most = room(fields["max_chars"])[1]
    paragraphs = running_text(story.body)
    whole = "\n".join(paragraphs)
    if fields["text"] == whole:
        return True
    more = longest_opening(paragraphs, lambda text: len(text) <= len(fields["text"]) + 1_000_000)
    assert more.startswith(fields["text"])
    following = more[len(fields["text"]) :].lstrip("\n")
    return written_length(fields["text"]) + written_length(sentences_in(following.splitlines()[0])[0]) > most


def _unsaid(story: Master) -> bool:
    return not running_text(story.body)


def _first(story: Master) -> str:
    return sentences_in(running_text(story.body)[0])[0]


# What may be wrong with a fresh rendition, and when: there was nothing to cut, or nowhere to cut it.
EXCUSES: dict[tuple[str, str], Callable[[Master, dict[str, Any]], bool]] = {
    ("title", "too_long"): lambda story, fields: fields["title"] == story.headline,
    ("push_text", "too_long"): lambda story, fields: fields["push_text"] == story.headline,
    ("headline", "too_long"): lambda story, fields: fields["headline"] == story.headline,
    ("text", "too_short"): _too_short,
    ("text", "too_long"): lambda story, fields: fields["text"] in {story.headline, _first(story)},
    ("text", "missing"): lambda story, fields: _unsaid(story) and not fields["text"],
    ("script", "too_long"): lambda story, fields: fields["script"] == _first(story),
    ("script", "missing"): lambda story, fields: _unsaid(story) and not fields["script"],
    ("cover", "no_alt"): lambda story, fields: story.cover is not None and not fields["cover"]["alt"],
}


@pytest.mark.parametrize("kind", KINDS)
@given(story=STORY, new=st.text(HAN, min_size=2, max_size=20))
def test_a_new_sentence_always_makes_it_edited(kind: str, story: Master, new: str) -> None:
    added = f"记者补写{new}。"
    fields = made(kind, story)
    field = next(name for name in ("text", "script", "push_text", "digest") if name in fields)
    changed = fields | {field: fields[field] + "\n" + added}
    assert new_sentences(changed, story) == [added]
    if "body" in fields:
        changed = fields | {"body": [*fields["body"], *blocks.parse(added)]}
        assert new_sentences(changed, story) == [added]


@given(story=STORY, number=st.integers(2, 9))
def test_another_number_makes_it_edited(story: Master, number: int) -> None:
    told = master(body=[*story.body, *blocks.parse(f"全区共{number}00户受影响。")])
    fields = made("app_article", told)
    fields["push_text"] = f"全区共{number}01户受影响。"
    assert new_sentences(fields, told) == [fields["push_text"]]


@given(PARAGRAPH)
def test_sentences_put_together_are_the_paragraph(text: str) -> None:
    assert "".join(sentences_in(text)) == text


# ── cutting ──


def test_a_cut_never_parts_a_quotation_from_who_said_it() -> None:
    assert sentences_in("“大坝要垮了。”他说这是谣言。请放心。") == ["“大坝要垮了。”他说这是谣言。", "请放心。"]


def test_nothing_is_left_out_in_between() -> None:
    paragraphs = ["一二三。四五六七八九十。", "十一。"]
    assert longest_opening(paragraphs, lambda text: written_length(text) <= 8) == "一二三。"
    assert longest_opening(paragraphs, lambda text: written_length(text) <= 16) == "一二三。四五六七八九十。\n十一。"


def test_a_title_is_cut_between_clauses_or_not_at_all() -> None:
    assert shortened("暴雨已停，地铁全线恢复运营", lambda text: len(text) <= 8) == "地铁全线恢复运营"
    assert shortened("暴雨已停　地铁恢复", lambda text: len(text) <= 4) == "暴雨已停"
    assert shortened("上午9:30恢复通车", lambda text: len(text) <= 6) is None
    assert shortened("《雨，停了》首演", lambda text: len(text) <= 6) is None


def test_a_headline_that_cannot_be_cut_stays_whole_and_says_so() -> None:
    fields = made("app_article", master("长" * 40))
    assert fields["title"] == "长" * 40
    assert codes("app_article", fields) == {("title", "too_long")}


def test_headings_and_captions_are_not_read_aloud() -> None:
    body = blocks.parse(
        [{"type": "text", "html": "<h2>小标题</h2><p>正文。</p>"}, {"type": "image", "media": "p1", "caption": "图"}]
    )
    assert made("rundown_item", master(body=body))["script"] == "正文。"


# ── counting ──


def test_weibo_counts_half_width_as_half_and_a_url_as_eleven() -> None:
    assert visible_length("宝山ab") == 3
    assert visible_length("详见https://example.org/a/very/long/way?x=1") == 13
    assert half_widths("宝a") == 1.5


def test_a_weibo_post_holds_its_topics_and_its_link() -> None:
    fields = made("weibo_post", master(body="一二三四五六七八九。" * 40))
    assert (fields["topics"], fields["link"]) == (["顾村镇"], "/articles/s1")
    assert fields["text"].startswith("顾村公园加开夜场\n一二三")
    assert not codes("weibo_post", fields)
    assert codes("weibo_post", fields | {"text": fields["text"] + "一二三四五六七八九。"}) == {("text", "too_long")}


def test_a_script_is_cut_to_its_slot_with_its_clips() -> None:
    fields = made("rundown_item", master(body="一二三四五六七八九。" * 60), clip_ids=["v1"])
    assert fields["clip_seconds"] == 12.5
    assert 60 < estimated_seconds(fields) <= most_seconds(60)
    assert not codes("rundown_item", fields)


def test_clips_of_unknown_length_have_to_be_told() -> None:
    fields = made("rundown_item", master(), clip_ids=["v1", "v2"])
    assert codes("rundown_item", fields) == {("clip_seconds", "missing")}
    assert not codes("rundown_item", made("rundown_item", master(), clip_ids=["v2"], clip_seconds=8))


@pytest.mark.parametrize(("length", "problem"), [(290, "too_short"), (291, None), (309, None), (310, "too_long")])
def test_a_page_is_filled_within_three_per_cent(length: int, problem: str | None) -> None:
    fields = made("page_slot", master()) | {"text": "字" * length}
    assert codes("page_slot", fields) == ({("text", problem)} if problem else set())


def test_a_page_without_a_slot_holds_the_whole_text_and_says_what_is_missing() -> None:
    fields = derive("page_slot", master(), {}, {})
    assert fields["text"] == "第一句。第二句。"
    assert {field for field, code in codes("page_slot", fields) if code == "missing"} == set(PAGE)


# ── pictures and links ──


def test_the_cover_is_cut_to_its_ratio_where_it_has_another() -> None:
    cut = made("app_article", master(body=[PICTURE], cover="p1"))["cover"]
    assert cut == {"media": "p1", "alt": "积水已退", "crop": {"x": 0, "y": 112, "width": 1200, "height": 675}}
    assert made("app_article", master(cover="p2"))["cover"]["crop"] is None
    assert fits_cover(1600, 900)
    assert not fits_cover(1600, 0)


@given(st.integers(1, 9000), st.integers(1, 9000))
def test_a_cut_cover_lies_in_its_picture(width: int, height: int) -> None:
    media = {"p1": MediaFacts("image", width, height, cleared=True)}
    crop = derive("app_article", master(cover="p1"), {}, media)["cover"]["crop"]
    if crop is None:
        assert fits_cover(width, height)
        return
    assert 0 <= crop["x"] <= crop["x"] + crop["width"] <= width
    assert 0 <= crop["y"] <= crop["y"] + crop["height"] <= height
    assert fits_cover(crop["width"], crop["height"]) or min(width, height) < 100


def test_a_cover_of_another_ratio_or_cut_outside_is_a_problem() -> None:
    fields = made("app_article", master(cover="p1"))
    cover = {"media": "p1", "alt": "图"}
    assert codes("app_article", fields | {"cover": cover | {"crop": None}}) == {("cover", "ratio")}
    outside = {"x": 100, "y": 0, "width": 1200, "height": 675}
    assert codes("app_article", fields | {"cover": cover | {"crop": outside}}) == {("cover", "outside")}


def test_pictures_need_alternative_texts_and_rights() -> None:
    bare = {"id": "b8", "type": "image", "media": "p3", "caption": "", "alt": ""}
    fields = made("app_article", master(body=[bare]))
    media = MEDIA | {"p3": MediaFacts("image", 100, 100)}
    found = [(p["field"], p["code"]) for p in problems_of("app_article", fields, media)]
    assert found == [("body.0", "no_rights"), ("body.0", "no_alt")]
    media["p3"] = MediaFacts("image", 100, 100, barred=True)
    assert ("body.0", "barred") in [(p["field"], p["code"]) for p in problems_of("app_article", fields, media)]


def test_links_out_of_wechat_are_taken_off_and_their_words_stay() -> None:
    html = '<p>见<a href="https://example.org/a&amp;b">通知</a>和<a href="https://mp.weixin.qq.com/s/1">文章</a>。</p>'
    story = master(body=blocks.parse([{"type": "text", "html": html}]))
    fields = made("wechat_article", story)
    left = fields["body"][0]["html"]
    assert re.sub("<[^>]+>", "", left) == "见通知和文章。"
    assert "mp.weixin.qq.com" in left
    assert not codes("wechat_article", fields)
    assert codes("wechat_article", fields | {"body": story.body}) == {("body.0", "external_link")}
    assert outside_links('<a href="http://[">坏</a><a href="/x">内</a>') == ["http://[", "/x"]
    assert without_outside_links('<a href="http://[">坏</a>') == "坏"


# ── states ──


def facts(**given: Any) -> RenditionFacts:
    good = {"within_limits": True, "is_current": True, "master_signed": True, "cleared": True}
    return RenditionFacts(**(good | given))


def refusal(command: str, state: str, given: RenditionFacts) -> tuple[str, str]:
    with pytest.raises(AppError) as refused:
        rules.step(command, state, given)
    return str(refused.value.code), refused.value.data["guard"]


@pytest.mark.parametrize("state", ["draft", "ready", "cleared", "stale"])
def test_what_was_not_examined_is_never_published_whichever_its_state(state: str) -> None:
    for kind in KINDS:
        assert refusal("publish", state, facts(kind=kind, master_signed=False)) == ("exam_required", "master_signed")
        assert refusal("publish", state, facts(kind=kind, edited=True)) == ("exam_required", "own_examination")
        assert refusal("publish", state, facts(kind=kind, cleared=False)) == ("exam_required", "cleared")


def test_an_order_to_publish_makes_nothing_live_a_receipt_does() -> None:
    for kind in KINDS:
        assert rules.step("publish", "cleared", facts(kind=kind)) == "cleared"
        assert rules.step("go_live", "cleared", facts(kind=kind)) == "live"
        assert rules.step("publish", "live", facts(kind=kind)) == "live"
        for state in ("draft", "ready", "stale"):
            assert refusal("go_live", state, facts(kind=kind)) == ("illegal_state", "state")


def test_another_text_than_the_storys_has_no_way_to_the_app() -> None:
    rewritten = facts(kind="app_article", edited=True, signed_itself=True)
    assert refusal("publish", "cleared", rewritten) == ("no_channel", "app_text")


def test_a_fast_item_goes_on_its_four_channels_only() -> None:
    hasty = {"provisional": True}
    assert refusal("clear", "ready", facts(kind="page_slot", **hasty)) == ("guard_failed", "fast_channels")
    assert refusal("clear", "ready", facts(kind="rundown_item", **hasty)) == ("guard_failed", "fast_channels")
    assert rules.step("clear", "ready", facts(kind="rundown_item", crawl=True, **hasty)) == "cleared"
    assert rules.step("clear", "ready", facts(kind="weibo_post", **hasty)) == "cleared"


def test_what_was_withdrawn_is_not_let_out() -> None:
    assert refusal("clear", "ready", facts(master_stands=False)) == ("guard_failed", "master_stands")
    assert refusal("publish", "cleared", facts(master_stands=False)) == ("guard_failed", "master_stands")


@given(
    st.lists(st.tuples(st.sampled_from(sorted({way.command for way in RENDITION.ways})), st.booleans(), st.booleans()))
)
def test_no_row_of_commands_leads_out_of_the_table_or_to_live_unsigned(commands: list[tuple[str, bool, bool]]) -> None:
    state = "draft"
    for command, signed, edited in commands:
        given = facts(master_signed=signed, edited=edited, cleared=state == "cleared")
        try:
            following = rules.step(command, state, given)
        except AppError:
            continue
        assert following in RENDITION.states
        if following in {"live", "cleared"} and following != state:
            assert signed
            assert not edited
        state = following
