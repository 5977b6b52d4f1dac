"""How questions are read, what matches, in which order, and where it is marked. No server, no database."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.errors import AppError
from backend.search import pinyin, rules
from backend.search.words import MAX_TERMS, All, Either, asked_for, line_of, terms_of, tokens_of

MOMENT = 1_700_000_000_000


def lines(title: str, text: str = "", *, kind: str = "article", id: str = "a", moment: int = MOMENT) -> rules.Lines:
    spelt = f" {' '.join(sorted(pinyin.spellings(title)))} " if kind == "service" else ""
    return rules.Lines(kind, id, line_of(title), line_of(text), spelt, moment)


def order(question: str, *given: rules.Lines) -> list[str]:
    terms = terms_of(question)
    keys = [key for each in given if (key := rules.rank(terms, each)) is not None]
    return [key[4] for key in sorted(keys)]


def marked(question: str, text: str, *, spelt: bool = False) -> list[str]:
    return [text[start:end] for start, end in rules.marks_of(terms_of(question), text, spelt=spelt)]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("停水", "关于计划停水的公告"),
        ("水", "停水"),
        ("停水 友谊路", "友谊路街道今夜停水"),
        ("積水", "桥下积水"),
        ("积水", "橋下積水"),
        ("５Ｇ", "5G 基站建成"),
        ("5g基站", "本区的 5G 基站"),
        ("wifi", "公园有 WiFi"),
        ("café", "Cafe 开张"),
        ("2026", "2026年预算"),
        ("𠮷野家", "𠮷野家开张"),
        ("“停水公告”", "停水公告"),
        ('"停水 公告"', "停水，公告如下"),
        ("路灯不亮报修", "路灯夜里不亮，请报修"),
    ],
)
def test_it_is_found(question: str, text: str) -> None:
    assert order(question, lines("题", text)) == ["a"]
    assert order(question, lines(text)) == ["a"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("停水", "水停了"),
        ("居住证", "居住地和证件"),
        ("wifi", "wifis"),
        ("ifi", "wifi"),
        ("“路灯不亮报修”", "路灯夜里不亮，请报修"),
        ('"公告 停水"', "停水 公告"),
        ("路灯不亮报修", "路灯不亮"),
    ],
)
def test_it_is_not_found(question: str, text: str) -> None:
    assert order(question, lines("题", text)) == []


def test_the_title_goes_before_the_text_and_a_phrase_before_its_parts() -> None:
    given_things = [
        lines("别的", "路灯坏了，报修", id="parts in text", moment=MOMENT + 3),
        lines("别的", "路灯报修", id="phrase in text", moment=MOMENT + 2),
        lines("路灯的报修", id="parts in title", moment=MOMENT + 1),
        lines("路灯报修", id="phrase in title", moment=MOMENT),
    ]
    assert order("路灯报修", *given_things) == ["phrase in title", "parts in title", "phrase in text", "parts in text"]


def test_what_is_equal_goes_by_time_and_services_first() -> None:
    old, new = lines("停水", id="old"), lines("停水", id="new", moment=MOMENT + 1)
    service = lines("停水报修", kind="service", id="service", moment=0)
    assert order("停水", old, new, service) == ["service", "new", "old"]


@pytest.mark.parametrize(
    ("typed", "name", "meant"),
    [
        ("jzz", "上海市居住证办理", "居住证"),
        ("juzhuzheng", "上海市居住证办理", "居住证"),
        ("JZZ", "居住證", "居住證"),
        ("hangdaoshu", "行道树修剪", "行道树"),
        # Read as people would say it who do not know the word.
        ("xingdaoshu", "行道树修剪", "行道树"),
        ("yinhang", "银行开户", "银行"),
        ("chongqing", "重庆路", "重庆"),
        ("zzj", "居住证", None),
    ],
)
def test_names_are_found_by_pinyin(typed: str, name: str, meant: str | None) -> None:
    assert order(typed, lines(line_of(name).strip(), kind="service")) == (["a"] if meant else [])
    assert marked(typed, name, spelt=True) == ([meant] if meant else [])


@pytest.mark.parametrize(
    ("question", "text", "found"),
    [
        ("停水", "计划停水，停水六小时", ["停水", "停水"]),
        ("5g", "５Ｇ与5G，而非15G", ["５Ｇ", "5G"]),
        ("積水", "积水积水", ["积水积水"]),
        ("路灯报修", "路灯坏了要报修", ["路灯", "报修"]),
        ('"停水 公告"', "停水。\n公告如下", ["停水。\n公告"]),
        ("ab cd", "ab cd", ["ab", "cd"]),
        ("fi", "ﬁ 是一个字符", ["ﬁ"]),
        ("停水", "𠮷𠮷停水", ["停水"]),
        ("停水", "水停", []),
        ("停水", "", []),
    ],
)
def test_marks_are_places_in_the_text_as_it_was_written(question: str, text: str, found: list[str]) -> None:
    assert marked(question, text) == found


def test_a_snippet_is_cut_around_the_first_place() -> None:
    text = "前文。" * 100 + "今夜停水六小时。" + "后文。" * 100
    snippet = rules.snippet_of(terms_of("停水"), text)
    (mark,) = snippet["marks"]
    assert snippet["text"][mark["start"] : mark["end"]] == "停水"
    assert text[snippet["at"] :].startswith(snippet["text"])
    assert len(snippet["text"]) == rules.SNIPPET


@given(st.text(max_size=300))
@example('"' * 200)
@example("“" * 99 + "停水")
@example("a OR b AND NOT c NEAR(d, 3) * ^ : - + ' \\ ; -- \u0000")
def test_no_question_is_too_odd(question: str) -> None:
    terms = terms_of(question)
    assert len(terms) <= MAX_TERMS
    for prefix in ("", "t:"):
        walk(asked_for(terms, prefix))
    assert len(tokens_of(line_of(question))) <= 3 * len(question) + 3
    for start, end in rules.marks_of(terms, question):
        assert 0 <= start < end <= len(question)


def walk(asked: object) -> None:
    """Only letters that both engines leave alone, and nothing that could end a quoted word."""
    if isinstance(asked, str):
        assert asked
        assert set(asked) <= set("abcdefghijklmnopqrstuvwxyz0123456789:=") | {c for c in asked if "一" <= c <= "龥"}
        return
    assert isinstance(asked, All | Either)
    for each in asked.of:
        walk(each)


@given(st.text('停水路灯居住证办理ab1 ，\n"', max_size=30), st.text("停水路灯居住证办理ab1 ，\n", max_size=60))
def test_what_matches_has_the_tokens_that_are_asked_for(question: str, text: str) -> None:
    terms = terms_of(question)
    if terms and rules.rank(terms, lines("题", text)) is not None:
        held = tokens_of(line_of("题")) | tokens_of(line_of(text))
        assert has(asked_for(terms), held)


def has(asked: object, held: set[str]) -> bool:
    if isinstance(asked, All):
        return all(has(each, held) for each in asked.of)
    if isinstance(asked, Either):
        return any(has(each, held) for each in asked.of)
    return asked in held


@given(st.text(max_size=40), st.integers(-5, 5), st.integers(-(2**60), 2**60))
def test_a_cursor_is_read_back(thing_id: str, number: int, moment: int) -> None:
    key = (abs(number), number, moment, "article", "x" + str(abs(hash(thing_id))))
    assert rules.read_key(rules.write_key(key)) == key


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMiwzLDQsNV0", "bnVsbA", "A" * 250, "Wy0xLDAsMCwiXHUwMDAwIiwiYSJd"])
def test_a_cursor_of_nobody_is_refused(cursor: str) -> None:
    with pytest.raises(AppError) as refused:
        rules.read_key(cursor)
    assert (refused.value.status, refused.value.code) == (422, "bad_cursor")
