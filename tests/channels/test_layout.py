"""A page as it is set: Chinese line breaking, even columns on one grid, headlines, and how a text fits its slot."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.publishing.newspaper.layout.article import BASELINE, Article, Photo, Place, set_article
from backend.publishing.newspaper.layout.breaking import CLOSING, NO_END, NO_START, OPENING, STOPS
from backend.publishing.newspaper.layout.formats import FORMATS, PAPER, PITCH
from backend.publishing.newspaper.layout.furniture import chinese_date
from backend.publishing.newspaper.layout.headline import break_headline, plan
from backend.publishing.newspaper.layout.model import PT, Box, Line, read_page
from backend.publishing.newspaper.layout.page import PagePlan, SlotPlan, set_page
from tests.channels import paper_demo as demo

_HAN = st.text(alphabet="宝山滨江步行桥昨日合龙居民小区更新图书馆延时开放老人孩子", min_size=1, max_size=14)
_WORD = st.sampled_from(["5G", "C919", "18:30", "1,286", "36.5%", "AI", "Wi-Fi", "2026", "7-9", "CPI", "https"]).map(
    lambda word: f"{word}号"
)
_QUOTED = st.tuples(st.sampled_from(["“”", "《》", "（）", "‘’", "【】"]), _HAN).map(
    lambda it: it[0][0] + it[1] + it[0][1]
)
_LATIN = re.compile(r"[0-9A-Za-z.,:%-]+")
_PIECE = st.one_of(_HAN, _HAN, _WORD, _QUOTED)
_STOP = st.sampled_from(["，", "。", "、", "；", "：", "！", "？", "……", "——", "", " "])
_SENTENCE = st.lists(st.tuples(_PIECE, _STOP).map("".join), min_size=1, max_size=12).map("".join)
_TEXT = st.lists(_SENTENCE, min_size=1, max_size=5).map("\n".join)


def place(columns: int, width: float, rows: int) -> Place:
    return Place(Box(14, 72.6, width, rows * PITCH), rows, columns, 4.68, 16)


_PLACES = st.builds(
    place, st.integers(1, 4), st.sampled_from([124.0, 167.0, 209.0, 252.0]), st.integers(12, 60)
).filter(lambda it: it.cells >= 8)


def written(text: str) -> str:
    return "".join(text.split())


def ink(line: Line) -> tuple[float, float]:
    """Where the ink of a line may begin and end: the blank half of a mark at its edge is not ink."""
    first, last = line.runs[0], line.runs[-1]
    half = line.size * PT / 2
    left = first.x + (half if first.text[0] in OPENING else 0)
    right = last.x + last.width - (half if last.text[-1] in CLOSING + STOPS else 0)
    return left, right


@given(_TEXT, _PLACES)
def test_no_line_begins_or_ends_with_what_must_not_stand_there(text: str, where: Place) -> None:
    made = set_article(Article("滨江步行桥昨日合龙", "记者 周晓岚", text), where)
    for line in (line for column in made.columns for line in column):
        begins_paragraph = line.runs[0].x > line.x + line.size * PT
        assert begins_paragraph or line.text[0] not in NO_START, line.text
        assert line.text[-1] not in NO_END, line.text


@given(_TEXT, _PLACES)
def test_no_line_is_wider_than_its_column(text: str, where: Place) -> None:
    made = set_article(Article("滨江步行桥昨日合龙", "", text), where)
    for index, column in enumerate(made.columns):
        for line in column:
            left, right = ink(line)
            assert left >= where.column_x(index) - 0.01
            assert right <= where.column_x(index) + where.measure + 0.01


@given(_TEXT, _PLACES)
def test_all_text_stands_once_in_its_order_or_is_counted_as_over(text: str, where: Place) -> None:
    made = set_article(Article("滨江步行桥昨日合龙", "", text), where)
    shown = written("".join(line.text for column in made.columns for line in column))
    assert written(text).startswith(shown)
    assert made.fit.over == len(written(text)) - len(shown)
    assert (made.fit.state == "overset") == bool(made.fit.over or made.fit.headline_over)


@given(_TEXT, _PLACES)
def test_words_and_numbers_are_never_broken(text: str, where: Place) -> None:
    made = set_article(Article("滨江步行桥昨日合龙", "", text), where)
    lines = "\n".join(line.text for column in made.columns for line in column)
    shown = _LATIN.findall(lines)
    assert shown == _LATIN.findall(text)[: len(shown)]


@given(_TEXT, _PLACES)
def test_all_columns_stand_on_one_grid_and_end_within_a_line_of_each_other(text: str, where: Place) -> None:
    made = set_article(Article("滨江步行桥昨日合龙", "", text), where)
    for column in made.columns:
        for line in column:
            row = (line.y - where.box.y - BASELINE) / PITCH
            assert abs(row - round(row)) < 1e-6
            assert 0 <= round(row) < where.rows
    lengths = [len(column) for column in made.columns]
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize("measure_cells", [8, 11, 12, 18, 25])
def test_a_mark_at_the_end_is_pulled_in_rather_than_a_line_stretched(measure_cells: int) -> None:
    text = "宝" * (measure_cells - 3) + "，山。" + "滨" * 5
    width = measure_cells * 9 * PT + 0.001
    where = Place(Box(0, 0, width, 40 * PITCH), 40, 1, 0, 8)
    first = next(iter(set_article(Article("字", "", text), where).columns[0]))
    assert first.text[-1] not in NO_END
    left, right = ink(first)
    assert right == pytest.approx(width, abs=9 * PT / 2 + 0.01)
    assert left == pytest.approx(2 * 9 * PT, abs=0.01)


def test_a_dash_and_an_ellipsis_stay_in_one_piece() -> None:
    text = "桥" * 9 + "——" + "山" * 9 + "……" + "江" * 3
    for cells in range(8, 26):
        where = Place(Box(0, 0, cells * 9 * PT + 0.001, 40 * PITCH), 40, 1, 0, 8)
        lines = [line.text for line in set_article(Article("字", "", text), where).columns[0]]
        assert not any(line.startswith(("—", "…")) for line in lines)
        assert sum("——" in line for line in lines) == sum("……" in line for line in lines) == 1


def test_a_paragraph_never_ends_in_a_line_of_one_character_where_that_can_be_helped() -> None:
    where = Place(Box(0, 0, 12 * 9 * PT + 0.001, 40 * PITCH), 40, 1, 0, 8)
    # Ten and twelve cells, and one character more.
    text = "宝山滨江步行桥，昨日合龙，居民小区更新，图"
    lines = [line.text for line in set_article(Article("字", "", text + "书馆。"), where).columns[0]]
    assert len(lines[-1].strip("。")) >= 2


@given(
    st.text(alphabet="滨江步行桥昨日合龙两岸居民", min_size=4, max_size=30),
    st.sampled_from([38.0, 81.0, 124.0, 167.0, 252.0]),
    st.integers(6, 24),
)
def test_a_headline_is_broken_in_even_lines_that_fit_or_is_said_to_be_too_long(
    text: str, width: float, planned: int
) -> None:
    broken = break_headline(text, width, planned)
    widths = [sum(atom.width for atom in line) for line in broken.lines]
    assert max(widths) * broken.style.mm <= width + 1e-6
    assert broken.over or max(widths) - min(widths) <= 1 + 1e-9
    assert "".join(atom.text for line in broken.lines for atom in line) == text
    size, lines = plan(width, planned)
    assert broken.style.size <= max(size, 1.15 * (11 + 0.131 * width))
    assert (broken.over > 0) == (len(broken.lines) > lines)


def test_a_headline_breaks_at_its_pause() -> None:
    broken = break_headline("滨江步行桥昨日合龙 两岸居民六分钟过河", 167, 18)
    assert ["".join(atom.text for atom in line).strip() for line in broken.lines] == [
        "滨江步行桥昨日合龙",
        "两岸居民六分钟过河",
    ]


def test_a_headline_does_not_part_what_is_a_word_in_its_text() -> None:
    def lines(context: str) -> list[str]:
        broken = break_headline("图书馆延时开放到晚九点半", 70, 12, context)
        return ["".join(atom.text for atom in line) for line in broken.lines]

    assert lines("") == ["图书馆延时开", "放到晚九点半"]
    assert lines("区图书馆延时开放，开放到晚上。读者说，开放得好。") == ["图书馆延时", "开放到晚九点半"]


def test_a_headline_that_is_far_too_long_is_said_to_be_so_at_once() -> None:
    text = "滨江步行桥昨日合龙" * 22
    broken = break_headline(text, 38, 8)
    assert "".join(atom.text for line in broken.lines for atom in line) == text
    shown = sum(len(atom.text) for line in broken.lines[: plan(38, 8)[1]] for atom in line)
    assert broken.over == len(text) - shown


def test_the_wider_the_slot_the_larger_its_headline() -> None:
    sizes = [plan(width, 14)[0] for width in (38, 81, 124, 167, 209, 252)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_what_is_over_and_what_is_empty_is_told_in_numbers_and_words() -> None:
    where = place(2, 81, 20)
    long = set_article(Article("滨江步行桥昨日合龙", "", demo.text_of(900)), where).fit
    assert long.state == "overset"
    assert f"溢文 {long.over} 字" in long.words
    short = set_article(Article("滨江步行桥昨日合龙", "", demo.text_of(120)), where).fit
    assert short.state == "underset"
    assert f"缺文 {short.empty} 行" in short.words
    assert short.over == 0
    fitting = set_article(Article("滨江步行桥昨日合龙", "", demo.text_of(short.room)), where).fit
    assert (fitting.state, fitting.words) == ("fits", "正好")


def test_text_flows_around_a_picture_and_never_over_it() -> None:
    photo = Photo("p", "江上的桥", "图为合龙后的桥。", 0.667, 2)
    where = place(4, 167, 36)
    made = set_article(Article("滨江步行桥昨日合龙", "记者 周晓岚", demo.text_of(700), photo), where)
    assert made.picture is not None
    box = made.picture.box
    for column in made.columns:
        for line in column:
            beside = line.x + line.w <= box.x + 0.01 or line.x >= box.right - 0.01
            assert beside or line.y - line.size * PT > box.bottom or line.y < box.y
    assert made.caption[0].y > box.bottom
    assert box.right == pytest.approx(where.box.right)


def test_a_page_is_set_the_same_every_time_and_read_back_the_same() -> None:
    first = set_page(demo.SHEET, PAPER, demo.FACTS, demo.plan(1))
    again = set_page(demo.SHEET, PAPER, demo.FACTS, demo.plan(1))
    assert first.hash == again.hash
    assert read_page(first.as_json()).hash == first.hash
    other = set_page(demo.SHEET, PAPER, replace(demo.FACTS, number=1287), demo.plan(1))
    assert other.hash != first.hash


def test_slots_lie_within_the_margins_and_apart_from_each_other() -> None:
    for number in (1, 2):
        page = set_page(demo.SHEET, PAPER, demo.FACTS, demo.plan(number))
        for slot in page.slots:
            assert slot.box.x >= demo.SHEET.side - 0.01
            assert slot.box.right <= page.width - demo.SHEET.side + 0.01
            assert slot.box.bottom <= page.height - 10
            for other in page.slots:
                apart_x = slot.box.right <= other.box.x + 0.01 or other.box.right <= slot.box.x + 0.01
                apart_y = slot.box.bottom <= other.box.y + 0.01 or other.box.bottom <= slot.box.y + 0.01
                assert slot is other or apart_x or apart_y


def test_the_masthead_says_which_paper_of_which_day_this_is() -> None:
    page = set_page(demo.SHEET, PAPER, demo.FACTS, demo.plan(1))
    said = "".join(written(line.text) for line in page.furniture)
    for words in ("宝山融媒", "2026年8月1日星期六", "第1286期", "今日4版", "责任编辑：沈佳宁", PAPER.publisher):
        assert written(words) in said
    inner = "".join(written(line.text) for line in set_page(demo.SHEET, PAPER, demo.FACTS, demo.plan(2)).furniture)
    for words in ("A02", "民生", "宝山融媒", "2026年8月1日星期六"):
        assert words in inner


def test_a_date_is_written_with_its_weekday() -> None:
    assert chinese_date(date(2026, 8, 2)) == "2026年8月2日 星期日"


def test_a_slot_that_waits_for_its_story_says_how_much_it_takes() -> None:
    slot = SlotPlan(3, "story", 0, 0, 2, 20, 2, 14)
    page = set_page(FORMATS["broadsheet"], PAPER, demo.FACTS, PagePlan(2, "民生", (slot,)))
    assert page.slots[0].kind == "awaited"
    assert any("待稿" in line.text for line in page.slots[0].lines)
