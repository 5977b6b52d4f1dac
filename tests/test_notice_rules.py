"""The machine of notices, the hours of windows and the places of works, as pure rules."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from backend.catalogue import rules as catalogue
from backend.catalogue.hours import open_state, spans_of
from backend.clock import SHANGHAI
from backend.errors import AppError
from backend.notices import rules
from backend.notices.rules import PREPARING, READABLE, State
from backend.notices.works.rules import Area, Phase, Where, distance_m, known_words, phase_at, touches
from backend.workdays.rules import Calendar, DayRule


class NoticeMachine(RuleBasedStateMachine):
    """Any commands in any order: what comes about is always a way that the design draws."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.way = State.DRAFT, [State.DRAFT]

    @rule(command=st.sampled_from(sorted(rules.TRANSITIONS)))
    def try_a_command(self, command: str) -> None:
        before = self.state
        if before in rules.TRANSITIONS[command]:
            self.state = rules.demand_move(command, before)
            self.way.append(self.state)
            return
        with pytest.raises(AppError) as refused:
            rules.demand_move(command, before)
        assert refused.value.status == 409
        assert refused.value.data["allowed"] == rules.allowed(before)

    @invariant()
    def nothing_that_was_public_becomes_a_draft_again(self) -> None:
        seen_public = False
        for state in self.way:
            assert not (seen_public and state in PREPARING)
            seen_public = seen_public or state in READABLE

    @invariant()
    def withdrawn_is_the_end(self) -> None:
        if State.WITHDRAWN in self.way:
            assert self.way[-1] is State.WITHDRAWN
            assert self.way.count(State.WITHDRAWN) == 1
            assert rules.allowed(State.WITHDRAWN) == []

    @precondition(lambda self: self.state in READABLE)
    @invariant()
    def what_is_public_can_be_withdrawn(self) -> None:
        assert "withdraw" in rules.allowed(self.state)

    @invariant()
    def nobody_is_offered_what_only_the_clock_does(self) -> None:
        assert not {"expire", "supersede"} & set(rules.allowed(self.state))


TestNoticeMachine = NoticeMachine.TestCase


def test_the_fifteen_kinds_are_those_of_the_regulations() -> None:
    assert list(rules.CATEGORIES.values()) == [
        *("规范性文件", "机构职能", "规划计划", "统计信息", "行政许可", "行政处罚", "财政预决算", "行政收费"),
        *("政府采购", "重大项目", "民生政策", "应急管理", "监督检查", "公务员招考", "其他信息"),
    ]


def test_an_index_number_fits_its_column_whatever_the_office_is_called() -> None:
    assert rules.index_number("wateraffairs", 2026, 7) == "WATERAFFAIRS-2026-00007"
    assert len(rules.index_number("x" * 64, 2026, 123456)) <= 60


# ── windows ──

LUNCH = {
    "hours": [
        {"days": "workday", "opens": "13:30", "closes": "17:00"},
        {"days": "workday", "opens": "09:00", "closes": "11:30"},
        {"days": "saturday", "opens": "09:00", "closes": "11:00"},
    ],
    "special": [
        {"date": "2026-03-04", "hours": [], "note": "系统升级"},
        {"date": "2026-03-08", "hours": [{"opens": "10:00", "closes": "12:00"}], "note": "便民日"},
    ],
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "is_open", "words"),
    [
        ("2026-03-03T09:00", True, "正在办公，11:30关窗"),
        ("2026-03-03T11:29", True, "正在办公，11:30关窗"),
        ("2026-03-03T11:30", False, "现在不办公，今天13:30开窗"),
        ("2026-03-03T17:00", False, "现在不办公，3月5日（周四）09:00开窗"),
        ("2026-03-04T10:00", False, "现在不办公，明天09:00开窗"),
        ("2026-03-07T10:00", True, "正在办公，11:00关窗"),
        ("2026-03-08T11:00", True, "正在办公，12:00关窗"),
        # A Saturday that is worked in lieu of the spring festival has a working day's hours.
        ("2026-02-14T15:00", True, "正在办公，17:00关窗"),
        # National day falls on a working weekday, and on a Saturday within the holiday nobody is there either.
        ("2026-10-01T10:00", False, "现在不办公，10月8日（周四）09:00开窗"),
        ("2026-10-03T10:00", False, "现在不办公，10月8日（周四）09:00开窗"),
    ],
)
def test_a_window_says_whether_it_is_open_and_when_it_opens(moment: str, is_open: bool, words: str) -> None:
    state = open_state(LUNCH, at(moment), Calendar())
    assert (state["open"], state["words"]) == (is_open, words)


def test_a_window_that_never_opens_says_so() -> None:
    assert (
        open_state({"hours": [], "special": []}, at("2026-03-03T10:00"), Calendar())["words"] == "近期不办公，请先致电"
    )


def test_the_houses_own_day_off_closes_a_window() -> None:
    off = Calendar({date(2026, 3, 3): DayRule(working=False, why="防汛演练")})
    assert spans_of(LUNCH, date(2026, 3, 3), off) == []
    assert len(spans_of(LUNCH, date(2026, 3, 3), Calendar())) == 2


@given(minutes=st.integers(0, 400 * 24 * 60))
def test_open_now_agrees_with_the_spans_and_with_its_own_promise(minutes: int) -> None:
    now = at("2026-01-01T00:00") + timedelta(minutes=minutes)
    state = open_state(LUNCH, now, Calendar())
    assert state["open"] == any(begins <= now < ends for begins, ends in spans_of(LUNCH, now.date(), Calendar()))
    moment = state["closes_at"] or state["opens_at"]
    assert open_state(LUNCH, datetime.fromisoformat(moment), Calendar())["open"] is not state["open"]


def test_a_card_says_what_to_bring_how_long_and_how_much() -> None:
    material = {"name": "身份证", "form": "original_and_copy", "count": 1, "required": True}
    assert catalogue.material_words(material) == "身份证（原件及复印件，1份）"
    assert catalogue.material_words(material | {"required": False}).endswith("，如有")
    content: dict[str, Any] = {"promised_days": 0, "statutory_days": 5, "fees": []}
    assert (catalogue.time_words(content), catalogue.fee_words(content)) == ("当场办结", "不收费")
    assert catalogue.time_words(content | {"promised_days": 3}) == "承诺3个工作日（法定5个工作日）"
    assert catalogue.fee_words(content | {"fees": [{"name": "工本费", "amount": "10元"}]}) == "工本费10元"


# ── works ──

CIRCLE = Area(["youyilu"], circle=(31.404, 121.488, 500))
SQUARE = Area(["gucun"], polygon=[(31.35, 121.38), (31.35, 121.39), (31.36, 121.39), (31.36, 121.38)])


@pytest.mark.parametrize(
    ("area", "where", "there"),
    [
        (CIRCLE, Where(lat=31.4045, lon=121.4885), True),
        (CIRCLE, Where(lat=31.414, lon=121.488), False),
        # A position decides even in the right town, and a town alone cannot.
        (CIRCLE, Where("youyilu", 31.414, 121.488), False),
        (CIRCLE, Where("youyilu"), None),
        (CIRCLE, Where("gucun"), False),
        (CIRCLE, Where(), False),
        (SQUARE, Where(lat=31.355, lon=121.385), True),
        (SQUARE, Where(lat=31.355, lon=121.395), False),
        (Area(["luodian", "gucun"]), Where("gucun"), True),
        (Area(["luodian"]), Where("gucun", 31.4, 121.4), False),
    ],
)
def test_works_touch_those_who_are_in_them(area: Area, where: Where, there: bool | None) -> None:
    assert touches(area, where) is there


@given(bearing=st.floats(0, 2 * math.pi), radius=st.integers(10, 20_000), share=st.floats(0, 2))
def test_a_circle_holds_what_is_nearer_than_its_radius(bearing: float, radius: int, share: float) -> None:
    north, east = radius * share * math.cos(bearing), radius * share * math.sin(bearing)
    lat = 31.4 + north / 111_195
    lon = 121.5 + east / (111_195 * math.cos(math.radians(31.4)))
    # On a plane the distance is known; over 40 km the sphere differs from it by less than a hundredth.
    assert distance_m(31.4, 121.5, lat, lon) == pytest.approx(radius * share, rel=0.01, abs=0.1)
    if abs(share - 1) > 0.01:
        assert touches(Area(circle=(31.4, 121.5, radius)), Where(lat=lat, lon=lon)) is (share < 1)


def test_the_clock_says_when_works_are_on() -> None:
    begins, ends = datetime(2026, 3, 3, 1, tzinfo=UTC), datetime(2026, 3, 3, 9, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert phase_at(begins, ends, None, begins - second) is Phase.UPCOMING
    assert phase_at(begins, ends, None, begins) is Phase.ON
    assert phase_at(begins, ends, None, ends) is Phase.OVER
    assert phase_at(begins, ends, begins + second, begins + second) is Phase.OVER


def test_what_is_known_is_said_as_a_person_would_say_it() -> None:
    now, ends = at("2026-03-03T10:00"), at("2026-03-03T18:00")
    notice = {"title": "停水公告", "doc_no": None, "index_no": "BS-SW-1"}
    words = known_words("water", "密山二村", ends, now, sure=True, notice=notice)
    assert words == "已知：密山二村停水，预计今天18:00恢复供水，详见公告《停水公告》（BS-SW-1）。"
    words = known_words("road", "共富路", at("2026-03-09T05:30"), now, sure=False, notice=None)
    assert words == "已知：您所在街镇的共富路道路施工，预计3月9日05:30恢复通行。"
