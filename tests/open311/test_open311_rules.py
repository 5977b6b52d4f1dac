"""What Open311 reads and shows, without a server: dates, places, answers, people, and what is public."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from api.open311.formats import JSON, XML, write
from backend.errors import AppError
from backend.open311.attributes import answer, define, strangers
from backend.open311.moments import read_moment, read_span, write_moment
from backend.open311.reports import contact_of, read_report, title_of
from backend.open311.views import STATES, Area, Content, own_view, public_view, status_of
from backend.requests.rules import State

NOW = datetime(2026, 11, 27, 4, tzinfo=UTC)
GUCUN = Area("gucun", "顾村镇", 31.35, 121.37)
SAID = Content("王阿姨家 302 室漏水，电话 13800000000", "顾村镇 1 弄 2 号 302 室", 31.3512345, 121.3712345)


# ── dates ──


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00+08:00", datetime(2025, 12, 31, 16, tzinfo=UTC)),
        ("2026-01-01T00:00:00 08:00", datetime(2025, 12, 31, 16, tzinfo=UTC)),
        ("2026-01-01T00:00:00-0500", datetime(2026, 1, 1, 5, tzinfo=UTC)),
        ("2026-01-01T08:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T08:00:00.123456", datetime(2026, 1, 1, microsecond=123456, tzinfo=UTC)),
        ("2026-01-01", datetime(2025, 12, 31, 16, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_clients_write_them(text: str, moment: datetime) -> None:
    assert read_moment(text) == moment


def test_a_day_as_an_end_is_its_last_second() -> None:
    assert read_moment("2026-01-01", end=True) == datetime(2026, 1, 1, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", "0001-01-01", "1/2/2026"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_moment(text)


@given(st.integers(-2_000_000_000, 7_000_000_000))
def test_a_date_that_we_write_is_read_back_to_the_second(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert read_moment(write_moment(moment)) == moment.replace(microsecond=0)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert read_moment(text).tzinfo is not None


def test_the_span_is_the_latest_90_days_unless_it_is_named() -> None:
    quarter, second = timedelta(days=90), timedelta(seconds=1)
    assert read_span(None, None, NOW) == (NOW - quarter, NOW + second)
    assert read_span("2026-11-20T00:00:00Z", None, NOW) == (datetime(2026, 11, 20, tzinfo=UTC), NOW + second)
    old = datetime(2026, 1, 1, tzinfo=UTC)
    assert read_span("2026-01-01T00:00:00Z", None, NOW) == (old, old + quarter + second)
    assert read_span(None, "2026-01-01T00:00:00Z", NOW) == (old - quarter, old + second)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert read_span("2027-01-01T00:00:00Z", None, NOW) == (later, later + second)


@pytest.mark.parametrize(
    ("start", "end"), [("2026-01-01T00:00:00Z", "2026-04-01T00:00:01Z"), ("2026-01-02", "2026-01-01"), ("x", None)]
)
def test_a_span_beyond_90_days_or_backwards_is_refused(start: str, end: str | None) -> None:
    with pytest.raises(AppError) as refused:
        read_span(start, end, NOW)
    assert refused.value.status == 400


def test_a_span_of_just_90_days_is_allowed() -> None:
    first, last = read_span("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z", NOW)
    assert last - first == timedelta(days=90, seconds=1)


# ── reports ──


def faults_of(**params: str) -> dict[str, str]:
    with pytest.raises(AppError) as refused:
        read_report({name: [text] for name, text in params.items()})
    assert refused.value.status == 400
    return {each["field"]: each["code"] for each in refused.value.errors or ()}


PLACE = {"service_code": "manhole", "address_string": "友谊路 1 号"}


@pytest.mark.parametrize(
    ("params", "field", "code"),
    [
        ({"service_code": "manhole"}, "address_string", "missing"),
        ({"service_code": "manhole", "lat": "31.4"}, "long", "missing"),
        ({"service_code": "manhole", "long": "121.4"}, "lat", "missing"),
        ({"service_code": "manhole", "lat": "91", "long": "121"}, "lat", "invalid"),
        ({"service_code": "manhole", "lat": "31", "long": "181"}, "long", "invalid"),
        ({"service_code": "manhole", "lat": "nan", "long": "121"}, "lat", "invalid"),
        ({"service_code": "manhole", "lat": "1e1", "long": "121"}, "lat", "invalid"),
        ({"service_code": "manhole", "lat": "٣١", "long": "121"}, "lat", "invalid"),
        (PLACE | {"description": "长" * 4001}, "description", "too_long"),
        (PLACE | {"description": "\x00"}, "description", "unclean"),
        (PLACE | {"media_url": "file:///etc/passwd"}, "media_url", "invalid"),
        (PLACE | {"media_url": "https://a b"}, "media_url", "invalid"),
        (PLACE | {"phone": "1" * 31}, "phone", "too_long"),
        (PLACE | {"first_name": "王\n李"}, "first_name", "invalid"),
        (PLACE | {"attribute[A]": "\x07"}, "attribute[A]", "unclean"),
        ({"address_string": "友谊路 1 号"}, "service_code", "missing"),
    ],
)
def test_what_is_wrong_with_a_report_is_named(params: dict[str, str], field: str, code: str) -> None:
    assert faults_of(**params)[field] == code


def test_all_that_is_wrong_is_named_at_once() -> None:
    assert faults_of(service_code="x", lat="x", long="y", media_url="z").keys() == {"lat", "long", "media_url"}


def test_an_empty_parameter_is_none() -> None:
    report = read_report({"service_code": ["m"], "lat": [""], "long": [" "], "address_id": ["gucun"], "email": [""]})
    assert (report.lat, report.lon, report.address_id, report.person) == (None, None, "gucun", {})


def test_line_ends_of_forms_become_line_feeds() -> None:
    params = {name: [text] for name, text in (PLACE | {"description": "甲\r\n乙\r丙"}).items()}
    assert read_report(params).description == "甲\n乙\n丙"


def test_answers_are_found_in_every_way_in_which_they_are_written() -> None:
    params = {name: [text] for name, text in PLACE.items()}
    params |= {"attribute[A]": ["1"], "attribute[B][]": ["2", "3"], "attribute[C][0]": ["4"], "attribute[C][1]": ["5"]}
    params |= {"attribute[D]": [""], "attribute": ["6"], "attribute[[E]]": ["7"]}
    assert read_report(params).attributes == {"A": ["1"], "B": ["2", "3"], "C": ["4", "5"]}


def test_a_parameter_that_is_said_twice_is_refused() -> None:
    with pytest.raises(AppError) as refused:
        read_report({"service_code": ["a"], "address_string": ["b"], "email": ["c@d.e", "f@g.h"]})
    assert (refused.value.errors or [])[0]["code"] == "repeated"


@given(
    st.dictionaries(
        st.sampled_from(["service_code", "lat", "long", "address_string", "email", "attribute[A]", "media_url"])
        | st.text(max_size=20),
        st.lists(st.text(max_size=40), max_size=3),
    )
)
def test_any_parameters_are_a_report_or_refused_with_words(params: dict[str, list[str]]) -> None:
    refused = None
    try:
        read_report(params)
    except AppError as error:
        refused = error
    assert refused is None or (refused.status == 400 and all(each["message"] for each in refused.errors or [{}]))


@pytest.mark.parametrize(
    ("person", "contact"),
    [
        ({}, None),
        ({"last_name": "王", "first_name": "小明", "phone": "13800000000"}, "王小明 13800000000"),
        ({"first_name": "John", "last_name": "Smith", "email": "j@x.org"}, "John Smith j@x.org"),
        ({"phone": "1" * 30, "email": "a@" + "b" * 40}, "电话 " + "1" * 30),
        ({"first_name": "名" * 40, "phone": "1" * 30}, "电话 " + "1" * 30),
        ({"email": "a@b.cn"}, "a@b.cn"),
        ({"last_name": "王", "phone": "1" * 30, "email": "a@" + "b" * 40}, "王 " + "1" * 30),
        ({"email": "a@" + "b" * 100}, None),
        ({"account_id": "x", "device_id": "y"}, None),
    ],
)
def test_the_contact_has_as_much_as_there_is_room_for(person: dict[str, str], contact: str | None) -> None:
    assert contact_of(person) == contact


def test_a_title_is_the_first_line_or_the_name_of_the_service() -> None:
    assert title_of("\n  路灯不亮  \n三天了", "路灯") == "路灯不亮"
    assert title_of(None, "路灯") == "路灯"
    assert len(title_of("长" * 4000, "路灯")) == 60


# ── further questions ──


QUESTIONS: list[dict[str, Any]] = [
    {"code": "S", "datatype": "string", "description": "一行"},
    {"code": "N", "datatype": "number", "description": "数"},
    {"code": "D", "datatype": "datetime", "description": "时"},
    {"code": "T", "datatype": "text", "description": "文"},
    {
        "code": "ONE",
        "datatype": "singlevaluelist",
        "required": True,
        "description": "选一",
        "values": [{"key": "a", "name": "甲"}, {"key": "b", "name": "乙"}],
    },
    {"code": "MANY", "datatype": "multivaluelist", "description": "多选", "values": [{"key": "c", "name": "丙"}]},
    {"code": "SAY", "datatype": "text", "variable": False, "required": True, "description": "请当心"},
]


def test_answers_are_kept_with_their_questions_in_words() -> None:
    kept, faults = answer(QUESTIONS, {"ONE": ["b"], "MANY": ["c"], "N": ["-1.5"], "SAY": ["x"], "T": ["一\n二"]})
    assert faults == []
    assert [(each["code"], each["question"], each["answers"]) for each in kept] == [
        ("N", "数", ["-1.5"]),
        ("T", "文", ["一\n二"]),
        ("ONE", "选一", ["乙"]),
        ("MANY", "多选", ["丙"]),
    ]


@pytest.mark.parametrize(
    ("given_", "field", "code"),
    [
        ({}, "attribute[ONE]", "missing"),
        ({"ONE": ["  "]}, "attribute[ONE]", "missing"),
        ({"ONE": ["c"]}, "attribute[ONE]", "invalid"),
        ({"ONE": ["a", "b"]}, "attribute[ONE]", "repeated"),
        ({"ONE": ["a"], "MANY": ["c", "z"]}, "attribute[MANY]", "invalid"),
        ({"ONE": ["a"], "N": ["many"]}, "attribute[N]", "invalid"),
        ({"ONE": ["a"], "N": ["1e999"]}, "attribute[N]", "invalid"),
        ({"ONE": ["a"], "D": ["soon"]}, "attribute[D]", "invalid"),
        ({"ONE": ["a"], "S": ["一\n二"]}, "attribute[S]", "invalid"),
        ({"ONE": ["a"], "T": ["长" * 2001]}, "attribute[T]", "too_long"),
    ],
)
def test_a_wrong_answer_is_named(given_: dict[str, list[str]], field: str, code: str) -> None:
    _, faults = answer(QUESTIONS, given_)
    assert [(each["field"], each["code"]) for each in faults] == [(field, code)]


def test_what_nobody_asked_is_told_apart() -> None:
    assert strangers(QUESTIONS, {"ONE": ["a"], "title": ["x"], "SAY": ["y"]}) == ["SAY", "title"]


def test_a_definition_has_every_field_and_a_place_in_the_order() -> None:
    defined = define(QUESTIONS)
    assert [each["order"] for each in defined] == list(range(1, 8))
    assert {len(each) for each in defined} == {8}
    assert [each["variable"] for each in defined] == [True] * 6 + [False]


# ── what is public ──


def test_without_an_approved_version_only_the_town_is_public() -> None:
    view = public_view(GUCUN)
    assert view.description is None
    assert view.media_url is None
    assert view.address == "顾村镇，上海市宝山区"
    assert (view.lat, view.lon) == (GUCUN.lat, GUCUN.lon)
    nowhere = public_view(None)
    assert (nowhere.address, nowhere.address_id, nowhere.lat, nowhere.lon) == ("上海市宝山区", None, None, None)


def test_an_approved_version_is_public_as_far_as_it_goes() -> None:
    view = public_view(GUCUN, Content("某户漏水", None, None, None))
    assert (view.description, view.address, view.lat) == ("某户漏水", "顾村镇，上海市宝山区", GUCUN.lat)
    exact = public_view(GUCUN, Content("路口积水", "陆翔路口", 31.36, 121.36, "https://a.example/1.jpg"))
    assert (exact.address, exact.lat, exact.lon, exact.media_url) == (
        "陆翔路口",
        31.36,
        121.36,
        "https://a.example/1.jpg",
    )


def test_the_client_that_filed_reads_all_of_it() -> None:
    view = own_view(SAID, GUCUN)
    assert (view.description, view.address, view.lat, view.lon) == (SAID.text, SAID.address, SAID.lat, SAID.lon)


def test_every_state_is_open_or_closed() -> None:
    assert sorted(STATES["open"] + STATES["closed"]) == sorted(map(str, State))
    assert {state for state in State if status_of(state) == "closed"} == {State.CLOSED, State.DECLINED}


# ── formats ──


@given(st.text())
def test_any_text_makes_xml_that_can_be_read_and_json_that_says_the_same(text: str) -> None:
    body = [{"code": 400, "description": text}]
    root = etree.fromstring(write(XML, "errors", body).data)
    assert root.tag == "errors"
    assert root.findtext("error/code") == "400"
    assert write(JSON, "errors", body).get_json(force=True)[0]["code"] == 400
