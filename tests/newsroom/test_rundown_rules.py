"""Timing to the second, captions, tables that come back from the studio and go to it: all that needs no server."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.clock import SHANGHAI
from backend.errors import AppError
from backend.publishing.broadcast import export, rules, sheet
from backend.publishing.broadcast.log_file import BadLog, guarded, read_log, unguarded
from backend.publishing.broadcast.rules import ITEM, RUNDOWN, RundownFacts
from backend.publishing.broadcast.timing import Slot, span, time_items, whole

AIR = datetime(2026, 8, 2, 10, 30, tzinfo=UTC)
lengths = st.lists(st.integers(1, 900), min_size=1, max_size=30)


def slots(seconds: list[int]) -> list[Slot]:
    return [Slot(str(at), length) for at, length in enumerate(seconds)]


def at(seconds: float) -> datetime:
    return AIR + timedelta(seconds=seconds)


# ── timing ──


@given(lengths, st.integers(1, 20_000))
def test_times_of_a_show_add_up_to_the_second(seconds: list[int], planned: int) -> None:
    timing = time_items(AIR, planned, slots(seconds))
    places = [timing.places[str(number)] for number in range(len(seconds))]
    assert (timing.total, timing.over) == (sum(seconds), sum(seconds) - planned)
    assert places[0].starts_at == AIR
    assert places[-1].ends_at == timing.ends_at
    for number, place in enumerate(places):
        assert span(place.starts_at, place.ends_at) == seconds[number]
        assert place.elapsed == sum(seconds[: number + 1])
        assert place.remaining == planned - sum(seconds[:number])
        # Front time and back time differ by what the show is over, in each and every place.
        assert span(place.back_at, place.starts_at) == timing.over
    for before, place in itertools.pairwise(places):
        assert before.ends_at == place.starts_at


@given(lengths, st.integers(0, 29), st.integers(-120, 120), st.integers(0, 600))
def test_on_the_air_the_end_follows_from_what_was_aired(seconds: list[int], upto: int, drift: int, late: int) -> None:
    aired = min(upto, len(seconds))
    cursor, log = AIR + timedelta(seconds=late), []
    for number in range(aired):
        end = cursor + timedelta(seconds=max(1, seconds[number] + drift))
        log.append(Slot(str(number), seconds[number], cursor, end))
        cursor = end
    rest = [Slot(str(number), seconds[number]) for number in range(aired, len(seconds))]
    timing = time_items(AIR, 100, [*log, *rest], now=cursor)
    assert timing.ends_at == cursor + timedelta(seconds=sum(seconds[aired:]))
    assert timing.over == span(at(100), timing.ends_at)
    if rest:
        assert timing.places[str(aired)].starts_at == cursor


def test_what_is_on_the_air_takes_at_least_until_now_and_what_follows_begins_then() -> None:
    running = [Slot("a", 60, AIR), Slot("b", 30)]
    assert time_items(AIR, 90, running, now=at(10)).over == 0
    timing = time_items(AIR, 90, running, now=at(75))
    assert (timing.over, timing.places["b"].starts_at) == (15, at(75))
    # A show that has not begun when it ought to have is late by that much.
    assert time_items(AIR, 90, slots([60, 30]), now=at(20)).over == 20
    assert time_items(AIR, 90, slots([60, 30]), now=at(-500)).over == 0


def test_what_the_show_has_passed_by_takes_no_time() -> None:
    log = [Slot("a", 60, AIR, at(60)), Slot("b", 45), Slot("c", 30, at(60))]
    timing = time_items(AIR, 90, log, now=at(65))
    assert (timing.over, timing.total) == (0, 90)
    assert timing.places["b"].starts_at == timing.places["b"].ends_at == at(60)
    # One whose end was never written down ended when the next one began.
    open_end = [Slot("a", 60, AIR), Slot("c", 30, at(70), at(95))]
    assert time_items(AIR, 90, open_end, now=at(200)).places["a"].ends_at == at(70)


def test_seconds_are_rounded_as_people_round() -> None:
    assert [whole(seconds) for seconds in (0, 0.4, 0.5, 1.5, 2.49)] == [0, 0, 1, 2, 2]


@given(st.text(alphabet="字，。\n ", max_size=300), st.lists(st.floats(0, 600), max_size=5))
def test_an_item_takes_its_script_at_four_and_a_half_characters_a_second_and_its_clips(
    script: str, clips: list[float]
) -> None:
    shown = [{"media": str(number), "seconds": round(length, 1)} for number, length in enumerate(clips)]
    written = sum(not char.isspace() for char in script)
    expected = written / 4.5 + sum(clip["seconds"] for clip in shown)
    assert abs(rules.seconds_of("spoken", 60, script, shown) - expected) <= 0.6


def test_links_and_breaks_take_their_slot_and_crawls_nothing() -> None:
    assert rules.seconds_of("live", 90, "", []) == 90
    assert rules.seconds_of("live", 10, "字" * 90, []) == 20
    assert rules.seconds_of("break", 15, "", []) == 15
    assert rules.seconds_of("break", 15, "", [{"media": "m", "seconds": 12.0}]) == 12
    assert rules.seconds_of("crawl", 60, "字" * 45, []) == 0


def test_a_clip_of_unknown_length_takes_what_is_left_of_what_was_said() -> None:
    known = rules.clips_with_seconds(["a", "b", "c"], {"a": 10.0, "b": None}, 25.5)
    assert [clip["seconds"] for clip in known] == [10.0, 15.5, 0.0]
    assert [clip["seconds"] for clip in rules.clips_with_seconds(["a"], {"a": 8.04}, 99)] == [8.0]
    assert [clip["seconds"] for clip in rules.clips_with_seconds(["a"], {}, None)] == [0.0]


# ── guards ──


@pytest.mark.parametrize(
    ("facts", "guard"),
    [
        (RundownFacts(items=0), "has_items"),
        (RundownFacts(empty=1), "no_empty_item"),
        (RundownFacts(uncleared=1), "all_cleared"),
        (RundownFacts(captions=1), "lower_thirds"),
        (RundownFacts(over=31), "total_within_30s"),
        (RundownFacts(over=-31), "total_within_30s"),
    ],
)
def test_each_guard_keeps_the_lock_open(facts: RundownFacts, guard: str) -> None:
    with pytest.raises(AppError) as refused:
        RUNDOWN.step("lock", "building", facts)
    data = refused.value.data
    assert data["guard"] == guard
    assert data["needs"]


def test_a_lock_within_the_tolerance_holds_and_a_list_of_crawls_has_no_length() -> None:
    for over in (-30, 0, 30, None):
        assert RUNDOWN.step("lock", "building", RundownFacts(over=over)) == "locked"


def test_only_a_crawl_of_the_fast_lane_goes_into_a_locked_rundown() -> None:
    assert RUNDOWN.step("crawl", "building", RundownFacts()) == "building"
    for state in ("locked", "on_air"):
        assert RUNDOWN.step("crawl", state, RundownFacts(emergency=True)) == state
        with pytest.raises(AppError, match="应急快速通道"):
            RUNDOWN.step("crawl", state, RundownFacts())
    assert "edit" not in RUNDOWN.allowed("locked")


def test_a_withdrawal_is_never_blocked_by_a_list() -> None:
    assert {RUNDOWN.step("reissue", state) for state in ("building", "locked", "on_air")} == {
        "building",
        "locked",
        "on_air",
    }
    assert ITEM.step("pull", "planned", rules.ItemFacts()) == "pulled"


# ── captions ──


def line(start: int, end: int, text: str = "记者 王敏", kind: str = "name") -> dict[str, Any]:
    return {"kind": kind, "text": text, "in": start, "out": end}


def faults(lines: list[dict[str, Any]], seconds: int = 60) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in rules.lower_third_errors(lines, seconds)]


def test_captions_stand_in_order_within_their_item_and_in_eighteen_characters() -> None:
    assert faults([line(0, 5, "字" * 18), line(5, 10, "a" * 36)]) == []
    assert faults([line(0, 5, "字" * 18 + "a")]) == [("lower_thirds.0.text", "too_wide")]
    assert faults([line(5, 5)]) == [("lower_thirds.0.out", "order")]
    assert faults([line(50, 61)]) == [("lower_thirds.0.out", "mismatch")]
    assert faults([line(8, 12), line(2, 6)]) == [("lower_thirds.1.in", "order")]
    assert faults([line(2, 8), line(6, 12)]) == [("lower_thirds.1.in", "order")]
    assert faults([line(at, at + 1) for at in range(7)]) == [("lower_thirds", "too_many")]


@given(st.lists(st.text(alphabet="字", min_size=1, max_size=18), max_size=6), st.integers(0, 400))
def test_captions_that_are_spread_are_always_within_the_limits(texts: list[str], seconds: int) -> None:
    lines = rules.spread_lower_thirds(texts, seconds)
    assert rules.lower_third_errors(lines, seconds) == []
    assert [line["text"] for line in lines] in ([], texts)


# ── the log of the studio ──


def log(*rows: str, head: str = "条目编号,开始,结束") -> bytes:
    return "\r\n".join([head, *rows]).encode()


def hours(data: bytes, airtime: datetime) -> list[tuple[str, str]]:
    return [
        tuple(moment.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S") for moment in (one.start, one.end))
        for one in read_log(data, airtime)
    ]


def test_hours_of_the_air_day_go_on_past_midnight() -> None:
    late = datetime(2026, 8, 2, 23, 40, tzinfo=SHANGHAI)
    data = log("a,23:40:00,23:59:30", "b,23:59:30,0:10:00", "c,00:10:00,00:20:00", "d,24:20:00,25:00:00")
    assert hours(data, late) == [
        ("08-02 23:40:00", "08-02 23:59:30"),
        ("08-02 23:59:30", "08-03 00:10:00"),
        ("08-03 00:10:00", "08-03 00:20:00"),
        ("08-03 00:20:00", "08-03 01:00:00"),
    ]
    early = datetime(2026, 8, 2, 0, 5, tzinfo=SHANGHAI)
    assert hours(log("a,23:59:50,00:06:00"), early) == [("08-01 23:59:50", "08-02 00:06:00")]


def test_a_bad_log_names_each_line_and_column_and_nothing_of_it_is_taken() -> None:
    data = log("a,18:30:00,18:31:00", "b,18:61:00,", ",18:33:00,18:34:00", "d,十八点,18:35:00,多", head="id,start,end")
    with pytest.raises(BadLog) as bad:
        read_log(data, AIR)
    assert [(error["field"], error["code"]) for error in bad.value.errors] == [
        ("lines.3.start", "invalid"),
        ("lines.3.end", "invalid"),
        ("lines.4.item", "missing"),
        ("lines.5", "cells"),
    ]
    assert "第 3 行" in bad.value.errors[0]["message"]
    assert "实播开始" in bad.value.errors[0]["message"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xff\xfe\xff", "encoding"),
        (log("a,b", head="条目编号,开始"), "columns"),
        (log("18:30:00,18:31:00", head="开始,结束"), "columns"),
        (log(), "empty"),
        (b"a" * (1024 * 1024 + 1), "too_large"),
    ],
)
def test_what_is_no_log_is_said_to_be_none(data: bytes, code: str) -> None:
    with pytest.raises(BadLog) as bad:
        read_log(data, AIR)
    assert [error["field"] for error in bad.value.errors] == ["file"]
    assert bad.value.errors[0]["code"] == code


def test_a_row_that_is_cut_off_is_not_passed_over() -> None:
    # A quotation mark without its other half takes in all that follows.
    with pytest.raises(BadLog) as bad:
        read_log(log("a,18:30:00,18:31:00", '"b,18:31:00,18:32:00', "c,18:32:00,18:33:00"), AIR)
    assert [error["field"] for error in bad.value.errors] == ["lines.3.start", "lines.3.end"]


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_a_log_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadLog):
        assert read_log(data, AIR)


# ── what goes to the studio ──


def presented(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    base = {
        "id": "r1",
        "ver": 3,
        "state": "locked",
        "state_name": "已锁定",
        "medium": "tv",
        "scope": "show",
        "show": "晚间<新闻>",
        "airtime": "2026-08-02T10:30:00.000+00:00",
        "planned_seconds": 1800,
        "total_seconds": 1790,
        "over_seconds": -10,
        "expected_end": "2026-08-02T10:59:50.000+00:00",
        "issue": 2,
        "director": {"id": "d", "name": "钱编播"},
        "locked_by": None,
        "items": list(items),
        "crawls": [],
    }
    return base | more


def item(**more: Any) -> dict[str, Any]:
    base = {
        "id": "i1",
        "position": 1,
        "state": "planned",
        "kind": "spoken",
        "kind_name": "口播",
        "slug": "抢修",
        "planned_seconds": 60,
        "estimated_seconds": 58,
        "starts_at": "2026-08-02T10:30:00.000+00:00",
        "back_at": "2026-08-02T10:30:10.000+00:00",
        "elapsed_seconds": 58,
        "remaining_seconds": 1800,
        "cleared": True,
        "withheld": False,
        "script": "水务局昨夜抢修。\n供水恢复。",
        "script_hash": "h",
        "lower_thirds": [line(2, 7)],
        "clips": [{"media": "m1", "seconds": 12.4}],
        "repeats": None,
        "from": None,
        "to": None,
        "emergency": False,
        "as_run": {"start": None, "end": None},
    }
    return base | more


def test_the_export_has_the_names_of_mos_and_lengths_in_its_time_base() -> None:
    made = export.as_mos(presented(item()))
    assert (made["roID"], made["roEdStart"], made["roEdDur"], made["roAir"]) == (
        "r1",
        "2026-08-02T18:30:00+08:00",
        "00:30:00",
        "READY",
    )
    (story,) = made["stories"]
    assert (story["storyID"], story["storyNum"], story["storyBody"]) == ("i1", "1", "水务局昨夜抢修。\n供水恢复。")
    clip, caption = story["items"]
    assert (clip["itemID"], clip["objID"], clip["objTB"], clip["itemEdDur"]) == ("1", "m1", 50, 620)
    assert (caption["itemID"], caption["objID"], caption["itemEdStart"], caption["itemEdDur"]) == (
        "2",
        "i1-2",
        100,
        250,
    )
    assert export.as_mos(presented(state="building"))["roAir"] == "NOT READY"


@given(st.text(alphabet="=+-@\t\r'字a1,\n\"", max_size=12))
def test_no_cell_of_the_table_is_a_formula_and_the_guard_comes_off_again(text: str) -> None:
    table = export.as_table(presented(item(slug=text, script=text)))
    assert table.startswith("\ufeff")
    _, row = csv.reader(io.StringIO(table[1:], newline=""))
    assert not any(cell[:1] in {"=", "+", "-", "@", "\t", "\r"} for cell in row)
    assert row[3] == guarded(text)
    assert unguarded(guarded(text)) in {text, text.removeprefix("'")}


def test_what_the_table_sends_out_comes_back_as_a_log() -> None:
    aired = {"start": "2026-08-02T10:30:01.000+00:00", "end": "2026-08-02T10:30:59.000+00:00"}
    table = export.as_table(presented(item(as_run=aired), item(id="i2", position=2)))
    (read,) = read_log(table.encode(), AIR)
    assert (read.item, read.start, read.end) == ("i1", at(1), at(59))


def test_the_sheet_escapes_what_people_wrote_and_says_when_it_is_a_draft() -> None:
    page = sheet.as_page(presented(item(slug='<b onclick="x">', script="<script>")), AIR)
    assert "<script" not in page
    assert "<b onclick" not in page
    assert "晚间&lt;新闻&gt; 串联单" in page
    assert "尚未锁定" not in page
    assert "尚未锁定" in sheet.as_page(presented(state="building", state_name="编排中"), AIR)
    assert "欠时 10 秒" in page


def test_lengths_below_nothing_have_a_minus() -> None:
    assert [export.length_of(seconds) for seconds in (0, 3661, -75)] == ["00:00:00", "01:01:01", "-00:01:15"]
