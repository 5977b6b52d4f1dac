"""Operation over HTTP: phones report, cells are counted, and no figure is about fewer than five people."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from tests.newsroom.kitchen import refused
from tests.newsroom.usage import (
    DAY,
    FAR,
    counted,
    figures,
    now_of,
    phones,
    post,
    read,
    report,
    row,
    sample,
    to_hour,
    today_of,
)
from tests.support import tables
from tests.support.server import Server, wait_until

HIDDEN = "hidden"


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    made = make_server()
    made.move_clock(FAR)
    yield made
    assert not (found := made.unexpected()), "\n".join(found)


@pytest.fixture
def server(house: Server) -> Server:
    """Give the house on the morning of a day on which nobody has used anything yet."""
    to_hour(house, 9, days=1)
    return house


@pytest.fixture(scope="module")
def articles(house: Server) -> dict[str, list[dict[str, Any]]]:
    """Give the live articles by section."""
    found: dict[str, list[dict[str, Any]]] = {}
    for article in house.anonymous().does("GET", "/feed?limit=100")["items"]:
        found.setdefault(article["section"], []).append(article)
    return found


def one(articles: dict[str, list[dict[str, Any]]], section: str) -> str:
    return str(articles[section][0]["id"])


# ── taking samples in ──


def test_four_phones_are_hidden_and_five_are_shown(server: Server, articles: Any) -> None:
    article = one(articles, "yaowen")
    for phone in phones(4):
        report(server, phone, sample(server, "open"), read(server, article))
    counted(server)
    found, today = figures(server), today_of(server)
    assert row(found["active_days"], today) == {"phones": HIDDEN}
    assert row(found["reads_by_day"], today)["reads"] == HIDDEN
    assert row(found["reads_by_section"], "yaowen")["reads"] == HIDDEN
    assert found["active_days"]["suppressed"] == 1
    for phone in phones(1):
        report(server, phone, sample(server, "open"), read(server, article, seconds=60))
    counted(server)
    found = figures(server)
    assert row(found["active_days"], today) == {"phones": 5}
    assert row(found["reads_by_day"], today) == {"reads": 5, "completion": HIDDEN, "seconds": 36.0}
    assert row(found["reads_by_section"], "yaowen")["reads"] == 5
    assert row(found["reads_by_channel"], "app")["reads"] == 5


def test_many_samples_of_one_phone_are_one_phone(server: Server, articles: Any) -> None:
    article, phone = one(articles, "yaowen"), phones(1)[0]
    report(server, phone, *[read(server, article) for _ in range(60)])
    counted(server)
    assert row(figures(server)["reads_by_day"], today_of(server))["reads"] == HIDDEN


def test_a_sample_that_comes_twice_counts_once(server: Server, articles: Any) -> None:
    article, five = one(articles, "minsheng"), phones(5)
    batches = {phone: [sample(server, "open"), read(server, article)] for phone in five}
    for phone, batch in batches.items():
        assert (taken := report(server, phone, *batch))["taken"] == 2, taken
        again = report(server, phone, *batch, sample(server, "open"))
        assert (again["taken"], again["known"], again["ignored"]) == (1, 2, {})
    # The number is the phone's own: another's may be the same.
    other = phones(1)[0]
    assert report(server, other, *batches[five[0]])["taken"] == 2
    twice = sample(server, "open")
    assert report(server, other, twice, twice)["known"] == 1
    counted(server)
    assert row(figures(server)["reads_by_day"], today_of(server))["reads"] == 6


def test_what_cannot_be_used_is_counted_and_the_rest_is_taken(server: Server, articles: Any) -> None:
    taken = report(
        server,
        phones(1)[0],
        sample(server, "open", ago=-600),
        sample(server, "open", ago=8 * DAY + 60),
        read(server, "no-such-article"),
        sample(server, "push_opened", article="no-such-article"),
        sample(server, "open", ago=-60),
        sample(server, "open", ago=8 * DAY - 60),
        read(server, one(articles, "yaowen")),
    )
    assert taken["ignored"] == {"in_future": 1, "too_old": 1, "unknown_article": 2}
    assert (taken["taken"], taken["known"]) == (3, 0)


def test_what_was_kept_without_a_network_counts_on_its_own_day(server: Server, articles: Any) -> None:
    yesterday = today_of(server)
    to_hour(server, 9, days=1)
    for phone in phones(6):
        report(server, phone, read(server, one(articles, "yaowen"), ago=DAY))
    counted(server)
    found = figures(server, first=yesterday)
    assert row(found["active_days"], yesterday) == {"phones": 6}
    assert row(found["active_days"], today_of(server)) == {"phones": HIDDEN}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"kind": "scroll"}, "samples.0.kind", "not_a_choice"),
        ({"at": "yesterday"}, "samples.0.at", "invalid"),
        ({"id": ""}, "samples.0.id", "invalid"),
        ({"id": "x" * 65}, "samples.0.id", "invalid"),
        ({"phone": "13800000000"}, "samples.0.phone", "unknown_field"),
        ({"kind": "read"}, "samples.0.article", "missing"),
        ({"kind": "arrived"}, "samples.0.ms", "missing"),
        ({"kind": "arrived", "ms": -1}, "samples.0.ms", "out_of_range"),
        ({"kind": "arrived", "ms": 600_001}, "samples.0.ms", "out_of_range"),
        ({"kind": "arrived", "ms": 1.5}, "samples.0.ms", "wrong_type"),
        ({"ms": 3}, "samples.0.ms", "unknown_field"),
        ({"kind": "read", "article": "x", "seconds": 14_401, "complete": True}, "samples.0.seconds", "out_of_range"),
        ({"kind": "read", "article": "x", "seconds": 4, "complete": 1}, "samples.0.complete", "wrong_type"),
    ],
)
def test_a_bad_field_is_named(house: Server, changes: dict[str, Any], field: str, code: str) -> None:
    answer = post(house, phones(1)[0], [sample(house, "open") | changes])
    errors = refused(answer, 422, "validation")["errors"]
    assert (field, code) in [(error["field"], error["code"]) for error in errors]


@pytest.mark.parametrize("installation", ["short", "x" * 65, "居民的手机" * 4, "a b" * 8])
def test_an_installation_is_a_long_random_number(house: Server, installation: str) -> None:
    refused(post(house, installation, [sample(house, "open")]), 422, "validation")


def test_a_batch_is_bounded(house: Server) -> None:
    refused(post(house, phones(1)[0], []), 422, "validation")
    refused(post(house, phones(1)[0], [sample(house, "open") for _ in range(101)]), 422, "validation")


def test_a_phone_may_report_a_thousand_samples_a_day(server: Server) -> None:
    phone = phones(1)[0]
    for _ in range(10):
        report(server, phone, *[sample(server, "open") for _ in range(100)])
    more = report(server, phone, *[sample(server, "open") for _ in range(3)])
    assert (more["taken"], more["ignored"]) == (0, {"too_many": 3})
    assert report(server, phone, sample(server, "open", ago=DAY))["taken"] == 1


# ── whose samples they are ──


@pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
def test_who_asks_not_to_be_followed_is_not(server: Server, header: str) -> None:
    phone = phones(1)[0]
    answer = post(server, phone, [sample(server, "open")], **{header: "1"})
    assert answer.json()["ignored"] == {"opted_out": 1}
    before = tables.run(server, "SELECT count(*) FROM usage_phone")
    report(server, phone, sample(server, "open"))
    assert tables.run(server, "SELECT count(*) FROM usage_phone") == [(before[0][0] + 1,)]


def test_nothing_that_is_kept_leads_to_a_phone_a_person_or_an_address(server: Server, articles: Any) -> None:
    phone, citizen = phones(1)[0], server.citizen()
    form = {"installation": phone, "samples": [sample(server, "open"), read(server, one(articles, "yaowen"))]}
    citizen.does("POST", "/usage", form)
    kept = ""
    for table in ("usage_sample", "usage_phone", "usage_phone_day", "usage_cell", "usage_door"):
        kept += str(tables.run(server, f"SELECT * FROM {table}"))
    for secret in (phone, citizen.id, "127.0.0.1"):
        assert secret not in kept
    assert phone not in server.log.read_text(errors="replace")
    assert not tables.run(server, "SELECT 1 FROM event WHERE entity = 'usage'")


def test_a_phone_that_asks_for_it_is_forgotten(server: Server, articles: Any) -> None:
    five = phones(5)
    for phone in five:
        report(server, phone, read(server, one(articles, "yaowen")))
    kept = "SELECT (SELECT count(*) FROM usage_sample) + (SELECT count(*) FROM usage_phone)"
    before = tables.run(server, kept)[0][0]
    for _ in range(2):
        answer = requests.delete(f"{server.url}/api/v1/usage/{five[0]}", timeout=20)
        assert (answer.status_code, answer.content) == (204, b"")
    assert tables.run(server, kept)[0][0] == before - 2
    counted(server)
    assert row(figures(server)["active_days"], today_of(server)) == {"phones": HIDDEN}


# ── breakdowns ──


def test_a_hidden_section_takes_the_next_smallest_with_it(server: Server, articles: Any) -> None:
    for section, count in (("yaowen", 9), ("minsheng", 4), ("kejiao", 6), ("wenti", 7)):
        for phone in phones(count):
            report(server, phone, read(server, one(articles, section)))
    counted(server)
    found, today = figures(server), today_of(server)
    assert row(found["reads_by_day"], today)["reads"] == 26
    reads = {
        line["key"]: row(found["reads_by_section"], line["key"])["reads"] for line in found["reads_by_section"]["rows"]
    }
    assert {key: reads[key] for key in ("yaowen", "minsheng", "kejiao", "wenti")} == {
        "yaowen": 9,
        "minsheng": HIDDEN,
        "kejiao": HIDDEN,
        "wenti": 7,
    }
    # A section that nobody read looks like one that few did.
    assert reads["zhengwu"] == HIDDEN


def test_two_ranges_that_differ_by_a_day_tell_no_more_than_that_day(server: Server, articles: Any) -> None:
    first = today_of(server)
    for phone in phones(8):
        report(server, phone, read(server, one(articles, "yaowen")), read(server, one(articles, "minsheng")))
    counted(server)
    to_hour(server, 9, days=1)
    last = today_of(server)
    for phone in phones(8):
        report(server, phone, read(server, one(articles, "yaowen")))
    for phone in phones(3):
        report(server, phone, read(server, one(articles, "minsheng")))
    counted(server)
    short, long = figures(server, first=first, last=first), figures(server, first=first, last=last)
    assert row(short["reads_by_section"], "minsheng")["reads"] == 8
    assert row(long["reads_by_section"], "minsheng")["reads"] == 8
    assert row(long["reads_by_section"], "minsheng")["days"] == 1


def test_completion_is_shown_where_both_sides_are_enough_people(server: Server, articles: Any) -> None:
    yaowen, kejiao = one(articles, "yaowen"), one(articles, "kejiao")
    for number, phone in enumerate(phones(16)):
        report(server, phone, read(server, yaowen, complete=number < 10), read(server, kejiao, complete=number > 1))
    counted(server)
    found = figures(server)
    # Were one of two sections shown, the other could be worked out from the day.
    assert row(found["reads_by_section"], "kejiao")["completion"] == HIDDEN
    assert row(found["reads_by_section"], "yaowen")["completion"] == HIDDEN
    assert row(found["reads_by_section"], "yaowen")["reads"] == 16
    assert row(found["reads_by_day"], today_of(server))["completion"] == 75.0


def test_an_article_counts_for_each_town_it_is_about(server: Server, articles: Any) -> None:
    every = [article for those in articles.values() for article in those]
    several = next(article for article in every if len(article["towns"]) > 1)
    district = next(article for article in every if not article["towns"])
    for phone in phones(6):
        report(server, phone, read(server, several["id"]), read(server, district["id"]))
    counted(server)
    found = figures(server)["reads_by_town"]
    for town in several["towns"]:
        assert row(found, town)["reads"] == 6
    assert row(found, "-")["reads"] == 6


def test_what_counters_of_a_channel_rose_by_is_its_reads(server: Server) -> None:
    form = {
        "headline": "快讯：通车",
        "text": "今晨通车。",
        "source": {"name": "区交通委", "verified": True},
        "reason": "试",
    }
    story = server.staff("editor").does("POST", "/editor/breaking", form)["id"]
    server.staff("duty").does("POST", f"/editor/breaking/{story}/sign")
    (post_id,) = tables.run(server, "SELECT id FROM publication WHERE story_id = :story", story=story)[0]
    tables.run(server, "UPDATE publication SET channel_id = 'wechat' WHERE id = :id", id=post_id)
    insert = (
        "INSERT INTO metric_sample (id, publication_id, metric, value, at, source, batch, fell)"
        " VALUES (:id, :post, :metric, :value, :at, 'wechat', :id, :fell)"
    )

    def tell(metric: str, value: int) -> None:
        row = {"id": phones(1)[0], "post": post_id, "metric": metric, "value": value, "fell": False}
        tables.run(server, insert, at=now_of(server), **row)

    tell("read", 40)
    counted(server)
    first = today_of(server)
    assert row(figures(server)["reads_by_channel"], "wechat") == {"reads": 40, "completion": None, "days": 1}
    to_hour(server, 9, days=1)
    # A counter that falls takes nothing back, and does not rise twice.
    for value in (43, 12, 44):
        tell("read", value)
    counted(server)
    assert row(figures(server)["reads_by_channel"], "wechat") == {"reads": HIDDEN, "completion": None, "days": HIDDEN}
    for metric, value in (("read", 60), ("complete", 11)):
        tell(metric, value)
    counted(server)
    found = figures(server, first=first)["reads_by_channel"]
    assert row(found, "wechat") == {"reads": 60, "completion": 55.0, "days": 2}


# ── weeks, months, retention ──


def test_weeks_months_and_who_came_back(server: Server) -> None:
    monday = date.fromisoformat(today_of(server))
    to_hour(server, 9, days=(7 - monday.weekday()) % 7 or 7)
    week = date.fromisoformat(today_of(server))
    assert week.weekday() == 0
    cohort = phones(20)
    for phone in cohort:
        report(server, phone, sample(server, "open"))
    to_hour(server, 9, days=7)
    for phone in [*cohort[:12], *phones(7)]:
        report(server, phone, sample(server, "open"))
    to_hour(server, 9, days=7)
    for phone in [*cohort[:3], *phones(30)]:
        report(server, phone, sample(server, "open"))
    counted(server)
    found = figures(server, first=week.isoformat())
    weeks = [(week + timedelta(days=days)).isoformat() for days in (0, 7, 14)]
    assert [row(found["active_weeks"], each)["phones"] for each in weeks] == [20, 19, 33]
    first = row(found["retention"], weeks[0])
    assert (first["size"], first["w1"], first["w2"], first["w3"]) == (20, 60.0, HIDDEN, None)
    # Seven new ones, of whom none came back: that is hidden as three are, and so is what is left of that week.
    second = row(found["retention"], weeks[1])
    assert (second["size"], second["w1"]) == (7, HIDDEN)
    months = {
        line["key"]: row(found["active_months"], line["key"])["phones"] for line in found["active_months"]["rows"]
    }
    assert months[today_of(server)[:8] + "01"] >= 33


def test_samples_go_after_35_days_and_the_numbers_stay(server: Server) -> None:
    for phone in phones(5):
        report(server, phone, sample(server, "open"))
    counted(server)
    day = today_of(server)
    kept = f"SELECT count(*) FROM usage_sample WHERE day = '{day}'"
    active = f"SELECT count(*) FROM usage_phone_day WHERE day = '{day}'"
    to_hour(server, 9, days=35)
    counted(server)
    assert tables.run(server, kept) == tables.run(server, active) == [(5,)]
    to_hour(server, 9, days=1)
    wait_until(lambda: tables.run(server, kept) == tables.run(server, active) == [(0,)], 30)
    assert row(figures(server, first=day, last=day)["active_days"], day) == {"phones": 5}


# ── pushes, arrivals, requests ──


def rings_eight_more(server: Server) -> None:
    """Have eight more phones that ring, at whatever hour this is run."""
    wishes = {"quiet": {"on": False, "from": "22:00", "to": "07:00"}}
    for token in phones(8):
        form = {"platform": "android", "push_token": token, "preferences": wishes}
        server.anonymous().does("PUT", f"/devices/{token}", form)


def drill(server: Server, headline: str, sent: int) -> tuple[str, str]:
    """Have breaking news go to all phones; return story and article."""
    form = {
        "headline": headline,
        "text": "区应急局上午组织演练。",
        "source": {"name": "区应急局", "kind": "official", "verified": True},
        "reason": "试",
    }
    story = server.staff("editor").does("POST", "/editor/breaking", form)
    article = server.staff("duty").does("POST", f"/editor/breaking/{story['id']}/sign")["article_id"]
    pushes = f"/editor/stories/{story['id']}/pushes"
    wait_until(lambda: server.staff("chief").does("GET", pushes)["sent"] >= sent, 30)
    return story["id"], article


def test_a_push_is_counted_by_the_phones_that_opened_it(server: Server) -> None:
    rings_eight_more(server)
    _, article = drill(server, "快讯：演练开始", 8)
    openers = phones(6)
    for phone in openers[:4]:
        report(server, phone, sample(server, "push_opened", article=article))
    counted(server)
    found = row(figures(server)["push_opened"], article)
    assert (found["opened"], found["sent"]) == (HIDDEN, 8)
    for phone in openers[4:]:
        report(server, phone, sample(server, "push_opened", article=article))
    counted(server)
    found = row(figures(server)["push_opened"], article)
    # Two did not open it, and who knows six of eight knows that.
    assert (found["opened"], found["rate"]) == (HIDDEN, HIDDEN)


def test_who_opened_a_push_twice_or_got_its_correction_counts_once(server: Server) -> None:
    rings_eight_more(server)
    story, article = drill(server, "快讯：演练推迟", 16)
    openers = phones(6)
    for phone in (*openers, openers[0], openers[0]):
        report(server, phone, sample(server, "push_opened", article=article))
    change = {"headline": "快讯：演练改期", "note": "改期"}
    server.staff("editor").does("POST", f"/editor/stories/{story}/correct", change)
    server.staff("duty").does("POST", f"/editor/stories/{story}/correct/sign")
    rounds = f"/editor/stories/{story}/pushes"
    wait_until(lambda: server.staff("chief").does("GET", rounds)["rounds"][-1]["sent"] >= 16, 30)
    counted(server)
    found = row(figures(server)["push_opened"], article)
    assert found == {"opened": 6, "sent": 16, "rate": 37.5}


def test_the_slowest_of_a_few_is_nobodys_business(server: Server) -> None:
    for number, phone in enumerate(phones(60)):
        report(server, phone, *[sample(server, "arrived", ms=100 + 10 * number) for _ in range(2)])
    counted(server)
    today = today_of(server)
    # Half of sixty phones lie beyond the median, six beyond the ninth tenth, one beyond the last hundredth.
    assert row(figures(server)["arrival_by_day"], today) == {"p50": 390, "p90": 630, "p99": HIDDEN}
    to_hour(server, 9, days=1)
    found = figures(server, first=today)["arrival_by_hour"]
    assert row(found, "09") == {"p50": 390, "p90": 630, "p99": HIDDEN}
    assert row(found, "12") == {"p50": HIDDEN, "p90": HIDDEN, "p99": HIDDEN}


def test_requests_are_counted_by_the_citizens_who_filed_them(server: Server) -> None:
    to_hour(server, 9, days=31)
    month = f"{today_of(server)[:8]}01"
    if not today_of(server).startswith(month[:8] + "0"):
        to_hour(server, 9, days=25)
        month = f"{today_of(server)[:8]}01"
    dispatcher, clerk = server.staff("dispatcher"), server.staff("staff")
    cases = []
    for number in range(12):
        form = {"service": "manhole", "title": f"井盖松动 {number}", "text": "一踩就响。"}
        case = server.citizen().does("POST", "/requests", form)["id"]
        dispatcher.does("POST", f"/desk/requests/{case}/assign", {"office": "wateraffairs"})
        cases.append(case)
    talker = server.citizen()
    for _ in range(6):
        talker.does("POST", "/requests", {"service": "noise", "title": "施工噪声", "text": "夜里也不停。"})
    server.move_clock(2 * DAY)
    clerk = server.staff("staff")
    for case in cases[:6]:
        clerk.does("POST", f"/desk/requests/{case}/take", {})
        clerk.does("POST", f"/desk/requests/{case}/resolve", {"text": "已更换。"})
    counted(server)
    found = figures(server, first=month, last=today_of(server))
    assert row(found["requests_by_month"], month[:7]) == {"filed": 18, "solved": 6, "rate": 33.3, "days": 2.0}
    # One citizen's six requests are about one person. So the office beside them is hidden too, or 18 less 12 told it.
    assert row(found["requests_by_office"], "wateraffairs")["filed"] == HIDDEN
    assert row(found["requests_by_service"], "wateraffairs/manhole")["filed"] == HIDDEN
    for _ in range(6):
        server.citizen().does("POST", "/requests", {"service": "noise", "title": "噪声", "text": "太响。"})
    counted(server)
    found = figures(server, first=month, last=today_of(server))
    assert row(found["requests_by_office"], "wateraffairs") == {
        "filed": 12,
        "solved": HIDDEN,
        "rate": HIDDEN,
        "days": HIDDEN,
    }
    assert row(found["requests_by_office"], "-")["filed"] == 12


# ── the answer, the table, the floor ──


def test_a_table_is_for_a_spreadsheet_and_harms_none(server: Server, articles: Any) -> None:
    for section, count in (("yaowen", 9), ("minsheng", 3), ("kejiao", 6), ("wenti", 7)):
        for phone in phones(count):
            report(server, phone, read(server, one(articles, section)))
    counted(server)
    (name,) = tables.run(server, "SELECT name FROM section WHERE id = 'wenti'")[0]
    tables.run(server, "UPDATE section SET name = '=1+1' WHERE id = 'wenti'")
    try:
        today = today_of(server)
        answer = server.staff("chief").get(f"/kitchen/operation/reads_by_section.csv?from={today}&to={today}")
    finally:
        tables.run(server, "UPDATE section SET name = :name WHERE id = 'wenti'", name=name)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "reads_by_section.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["栏目", "阅读", "读完比例（%）", "平均阅读（秒）", "计入天数"]
    found = {cells[0]: cells[1] for cells in rows[1:]}
    assert found["要闻"] == "9"
    assert found["民生"] == "不足 5 人，不显示"
    assert found["'=1+1"] == "7"
    refused(server.staff("chief").get("/kitchen/operation/no_such_figure.csv"), 404, "not_found")


def test_every_figure_has_its_table(server: Server) -> None:
    for name, figure in figures(server).items():
        answer = server.staff("assessor").get(f"/kitchen/operation/{name}.csv")
        assert answer.status_code == 200
        assert len(figure["columns"]) >= figure["drawn"] > 0
        assert {len(line["values"]) for line in figure["rows"]} <= {len(figure["columns"])}
        assert "不足 5 人" in figure["note"]


def test_the_floor_can_be_raised_and_never_below_five(server: Server) -> None:
    for phone in phones(8):
        report(server, phone, sample(server, "open"))
    counted(server)
    chief, path = server.staff("chief"), "/kitchen/operation/settings"

    def change(floor: Any, who: str = "chief", ver: int | None = None) -> requests.Response:
        person = server.staff(who)
        ver = person.does("GET", path)["ver"] if ver is None else ver
        headers = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": f'"{ver}"'}
        return person.call("PATCH", path, json={"floor": floor}, headers=headers)

    for floor in (4, 0, -1, 1001, "6", None):
        refused(change(floor), 422, "validation")
    refused(change(6, "assessor"), 403, "role_forbidden")
    was = chief.does("GET", path)["ver"]
    assert change(9).json() == {"ver": was + 1, "floor": 9, "least": 5}
    refused(change(6, ver=was), 412, "stale")
    assert row(figures(server)["active_days"], today_of(server)) == {"phones": HIDDEN}
    assert "不足 9 人" in figures(server)["active_days"]["note"]
    assert change(5).ok
    assert row(figures(server)["active_days"], today_of(server)) == {"phones": 8}
    events = tables.run(server, "SELECT data FROM event WHERE type = 'operation.floor_set' ORDER BY seq")
    assert [data for (data,) in events] == ['{"floor":9}', '{"floor":5}']


def test_who_reads_the_figures(house: Server) -> None:
    for who in ("leader", "chief", "duty", "head", "channels", "assessor"):
        assert house.staff(who).get("/kitchen/operation").status_code == 200
    for who in ("reporter", "editor", "staff", "admin"):
        refused(house.staff(who).get("/kitchen/operation"), 403, "role_forbidden")
    refused(house.citizen().get("/kitchen/operation"), 403, "role_forbidden")
    refused(house.anonymous().get("/kitchen/operation"), 401, "auth_required")


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("from=2026-13-01", "from", "invalid"),
        ("from=2026-08-02&to=2026-08-01", "to", "order"),
        ("from=2024-01-01&to=2026-01-01", "from", "too_wide"),
        ("since=2026-01-01", "since", "unknown_field"),
    ],
)
def test_bad_days_are_named(house: Server, query: str, field: str, code: str) -> None:
    for path in ("/kitchen/operation", "/kitchen/operation/active_days.csv"):
        errors = refused(house.staff("chief").get(f"{path}?{query}"), 422, "validation")["errors"]
        assert [(error["field"], error["code"]) for error in errors] == [(field, code)]


def test_the_demo_says_that_it_is_made_up(house: Server) -> None:
    found = house.staff("chief").does("GET", "/kitchen/operation")
    assert found["demo"] is True
    assert found["settings"]["least"] == 5


def test_an_address_that_floods_is_told_to_wait(server: Server) -> None:
    phone, batch = phones(1)[0], [sample(server, "open")]
    assert report(server, phone, *batch)["taken"] == 1
    tables.run(server, "UPDATE usage_door SET calls = 599")
    assert report(server, phone, *batch)["known"] == 1
    answer = post(server, phone, batch)
    body = refused(answer, 429, "rate_limited")
    assert 0 < int(answer.headers["Retry-After"]) <= 601
    assert body["retry_after_s"] == int(answer.headers["Retry-After"])
    server.move_clock(601)
    assert report(server, phone, *batch)["known"] == 1
