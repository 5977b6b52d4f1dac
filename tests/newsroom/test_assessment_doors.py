"""Section 6 考核: what is said of stories by hand, what is refused and why, and what the real events come to."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from backend.clock import local_day
from scenario.examine import command, correct, does, sign_off
from scenario.people import Person
from tests.newsroom.kitchen import exam_of, in_exam, must, refused, story, take, up_to, word
from tests.support.server import Server, wait_until
from tests.support.tables import run

BASE = "/kitchen/assessment"
REASON = {"reason": "采访深入，独家"}
URL = "https://news.example.org/2026/0802/a.html"


@pytest.fixture(scope="module")
def period(server: Server) -> str:
    """A period that has today in it, and tomorrow, should this run at midnight."""
    today = local_day(datetime.now(UTC))
    form = {"name": "今天", "first_day": str(today), "last_day": str(today + timedelta(days=1))}
    return str(must(server.staff("assessor"), f"{BASE}/periods", form)["id"])


def computed(server: Server, period: str, **query: str) -> list[dict[str, Any]]:
    """Compute the period; return its rows, those that the query asks for."""
    assessor = server.staff("assessor")
    assert command(assessor, f"{BASE}/periods/{period}/compute").status_code == 202
    wait_until(lambda: assessor.does("GET", f"{BASE}/periods/{period}")["state"] == "computed", 60, 0.1)
    rest = "".join(f"&{name}={value}" for name, value in query.items())
    return list(assessor.does("GET", f"{BASE}/periods/{period}/rows?limit=100{rest}")["items"])


def live(server: Server, who: str | Person = "reporter", **fields: Any) -> dict[str, Any]:
    person = server.staff(who) if isinstance(who, str) else who
    made = person.does("POST", "/editor/stories", {**story_form(), **fields})
    person.does("POST", f"/editor/stories/{made['id']}/submit")
    sign_off(server.staff, made["id"])
    return dict(server.staff("chief").does("POST", f"/editor/stories/{made['id']}/publish"))


def story_form() -> dict[str, Any]:
    return {
        "headline": f"水管抢修{word()[-4:]}",
        "summary": "供水已经恢复",
        "body": "水务局昨夜抢修爆裂的水管，凌晨恢复供水。",
        "section": "minsheng",
        "class": "livelihood",
        "sources": [{"name": "区水务局", "kind": "official", "verified": True}],
    }


def invalid(answer: Any, field: str) -> None:
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text


def test_the_second_review_grades_and_no_other_step_does(server: Server) -> None:
    _, exam = in_exam(server)
    does(server.staff("editor2"), f"/kitchen/exams/{exam['id']}/steps/P1/claim")
    form = {"hash": exam["content_hash"], "read_ms": 60_000}
    invalid(
        command(server.staff("editor2"), f"/kitchen/exams/{exam['id']}/steps/P1/pass", form | {"grade": "A"}), "grade"
    )
    must(server.staff("editor2"), f"/kitchen/exams/{exam['id']}/steps/P1/pass", form)
    take(server, "editor2", exam, "R1")
    take(server, "head", exam, "P2")
    does(server.staff("head"), f"/kitchen/exams/{exam['id']}/steps/R2/claim")
    path = f"/kitchen/exams/{exam['id']}/steps/R2/pass"
    invalid(command(server.staff("head"), path, form | {"grade": "E"}), "grade")
    after = must(server.staff("head"), path, form | {"grade": "B"})
    assert {step["name"]: step["grade"] for step in after["steps"] if step["grade"]} == {"R2": "B"}
    _, plain = in_exam(server)
    after = up_to(server, plain, "R2")
    assert next(step for step in after["steps"] if step["name"] == "R2")["grade"] == "C"


def test_a_grade_by_hand_has_a_name_and_a_reason(server: Server, period: str) -> None:
    made = live(server)
    path = f"/kitchen/stories/{made['id']}/grade"
    (row,) = computed(server, period, story=made["id"], rule="multi")
    assert (row["amount"], row["inputs"]["type"]) == ("2.000", "brief")
    refused(command(server.staff("reporter"), path, {"grade": "A"} | REASON), 403, "role_forbidden")
    invalid(command(server.staff("chief"), path, {"grade": "A"}), "reason")
    marks = must(server.staff("chief"), path, {"grade": "A", "story_type": "in_depth"} | REASON)
    assert (marks["grades"][0]["reason"], marks["grades"][0]["by"]["id"]) == (
        REASON["reason"],
        server.staff("chief").id,
    )
    (row,) = computed(server, period, story=made["id"], rule="multi")
    assert (row["amount"], row["inputs"]["graded_by"]) == ("30.000", server.staff("chief").id)
    missing = f"/kitchen/stories/{uuid.uuid4()}"
    assert command(server.staff("chief"), f"{missing}/grade", {"grade": "A"} | REASON).status_code == 404
    assert server.staff("chief").get(f"{missing}/marks").status_code == 404


def test_nobody_grades_what_they_had_a_part_in(server: Server) -> None:
    made = story(server, "head")
    answer = command(server.staff("head"), f"/kitchen/stories/{made['id']}/grade", {"grade": "A"} | REASON)
    refused(answer, 409, "same_person", "grader_is_not_author")


def test_pickups_pay_the_highest_level_and_each_address_once(server: Server, period: str) -> None:
    draft = story(server)
    form = {"level": "city", "outlet": "市级媒体", "url": URL}
    monitor = server.staff("monitor")
    refused(command(monitor, f"/kitchen/stories/{draft['id']}/pickups", form), 409, "guard_failed", "story_is_out")
    made = live(server)
    path = f"/kitchen/stories/{made['id']}/pickups"
    must(monitor, path, form)
    marks = must(monitor, path, form)
    assert len(marks["pickups"]) == 1
    assert command(monitor, path, form | {"level": "national"}).status_code == 409
    invalid(command(monitor, path, form | {"url": "javascript:alert(1)"}), "url")
    must(monitor, path, form | {"level": "national", "url": f"{URL}?n=1"})
    must(monitor, path, form | {"url": f"{URL}?n=2"})
    rows = computed(server, period, story=made["id"], rule="pickup")
    assert sorted(row["amount"] for row in rows) == ["3.000", "7.000"]


def test_a_lead_that_became_a_topic_pays_who_entered_it(server: Server, period: str) -> None:
    form = {"title": word(), "text": "井盖破损", "source": "reporter", "place": "友谊路"}
    lead = must(server.staff("reporter2"), "/kitchen/leads", form)
    must(server.staff("editor"), f"/kitchen/leads/{lead['id']}/verify")
    must(server.staff("editor"), f"/kitchen/leads/{lead['id']}/convert", {"class": "livelihood"})
    rows = computed(server, period, rule="lead")
    (row,) = [row for row in rows if row["thing"]["id"] == lead["id"]]
    assert (row["person"], row["amount"]) == (server.staff("reporter2").id, "1.000")


def test_in_the_fast_lane_the_signer_answers_for_what_nobody_has_looked_at(server: Server, period: str) -> None:
    source = {"name": "区应急局", "kind": "official", "verified": True}
    form = {"headline": f"道路封闭{word()[-4:]}", "text": "友谊路凌晨封闭。", "source": source, "reason": "演练"}
    fast = server.staff("editor").does("POST", "/editor/breaking", form)
    fast = server.staff("duty").does("POST", f"/editor/breaking/{fast['id']}/sign")
    take(server, "proof", exam_of(server, fast), "P1")
    case = {"kind": "correction", "story": fast["id"], "severity": "S2", "found_by": "读者"}
    must(server.staff("monitor"), "/kitchen/cases", case)
    correct(server.staff, fast["id"], {"body": "友谊路清晨封闭。", "note": "时间应为清晨。"}, drafter="editor2")
    rows = computed(server, period, story=fast["id"], rule="penalty_check")
    by_person = {}
    for row in rows:
        by_person.setdefault(row["person"], []).append(row["inputs"]["step"])
    assert {person: sorted(steps) for person, steps in by_person.items()} == {
        server.staff("proof").id: ["P1"],
        server.staff("duty").id: ["P2", "P3", "R1", "R2", "R3"],
    }
    assert {row["amount"] for row in rows} == {"-0.800"}


def test_what_somebody_is_called_is_no_formula_in_a_sheet(server: Server, period: str) -> None:
    name = f'=HYPERLINK("http://x/{word()[-4:]}")'
    author = server.hire(name, "reporter", desk="reporters")
    made = live(server, author, headline=f"=1+1{word()[-4:]}")
    assert computed(server, period, story=made["id"])
    path = f"{BASE}/periods/{period}/export"
    book = openpyxl.load_workbook(io.BytesIO(server.staff("assessor").get(f"{path}.xlsx").content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert f"'{name}" in [cell.value for cell in cells]
    text = server.staff("assessor").get(f"{path}.csv").content.decode("utf-8-sig")
    assert "\"'=HYPERLINK" in text
    assert ",=" not in text


def test_days_and_periods_that_cannot_be_are_refused(server: Server, period: str) -> None:
    assessor, path = server.staff("assessor"), f"{BASE}/periods"
    form = {"name": "不行", "first_day": "2026-05-02", "last_day": "2026-05-01"}
    invalid(command(assessor, path, form), "last_day")
    invalid(command(assessor, path, form | {"last_day": "2026-02-30"}), "last_day")
    today = server.staff("leader").does("GET", f"{path}/{period}")["first_day"]
    refused(command(assessor, path, form | {"first_day": today, "last_day": today}), 409, "guard_failed", "no_overlap")
    refused(command(server.staff("leader"), path, form), 403, "role_forbidden")
    for rest in ("", "/rows", "/totals", "/desks", "/export.csv", "/export.xlsx", "/appeals"):
        assert assessor.get(f"{path}/{uuid.uuid4()}{rest}").status_code == 404
    assert assessor.get(f"{path}/{period}/rows?cursor=abc").status_code == 422
    assert assessor.get(f"{path}/{period}/people/{uuid.uuid4()}").status_code == 404
    assert assessor.get(f"{path}/{period}/desks/tv/figures/none").status_code == 404
    appeal = command(server.staff("reporter"), f"{path}/{period}/appeals", {"text": "还没有公示"})
    refused(appeal, 409, "illegal_state", "state")


def test_before_it_is_shown_a_period_says_nothing_to_who_does_not_see_all(server: Server, period: str) -> None:
    computed(server, period)
    me, path = server.staff("reporter"), f"{BASE}/periods/{period}"
    for rest in ("rows", "totals", "desks", "appeals"):
        assert me.does("GET", f"{path}/{rest}")["items"] == []
    assert me.does("GET", f"{path}/people/{me.id}")["items"] == []
    assert me.get(f"{path}/desks/all/figures/first_on_mobile").status_code == 404
    assert server.citizen().get(path).status_code == 403
    assert len(me.get(f"{path}/export.csv").content.decode("utf-8-sig").splitlines()) == 1


def test_the_values_of_rules_are_checked_one_by_one(server: Server) -> None:
    assessor, path = server.staff("assessor"), f"{BASE}/rule-sets"
    draft = must(assessor, path, {"note": "试一试"})
    values = draft["values"]
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    wrong = {**values, "base": {**values["base"], "text": "六"}}
    invalid(
        assessor.patch(f"{path}/{draft['id']}", {"values": wrong}, draft["ver"], headers=headers), "values.base.text"
    )
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    answer = assessor.patch(f"{path}/{draft['id']}", {"note": "改过"}, draft["ver"] + 5, headers=headers)
    assert answer.status_code == 412
    invalid(command(assessor, f"{path}/{draft['id']}/trial", {"period": "none"}), "period")
    must(assessor, f"{path}/{draft['id']}/discard")
    refused(command(assessor, f"{path}/{draft['id']}/trial", {"period": "none"}), 409, "illegal_state", "state")
    first = next(one for one in assessor.does("GET", path)["items"] if one["version"] == 1)
    refused(command(server.staff("leader"), f"{path}/{first['id']}/adopt"), 409, "illegal_state", "state")


def test_two_accounts_of_one_person_have_one_account_of_points(server: Server, period: str, tmp_path: Path) -> None:
    """The personnel office says that they are one; history names the person by the first account and no number."""
    names = [f"twice-{uuid.uuid4().hex[:8]}" for _ in range(2)]
    for username in names:
        server.flask("create-admin", username, "两个账号的人", "--password", f"demo-{username}")
        server.staff("admin").does("POST", "/roster", {"username": username, "role": "reporter", "desk": "reporters"})
    number = f"B{uuid.uuid4().hex[:8]}"
    listed = tmp_path / "people.csv"
    lines = ["工号,姓名,账号", *(f"{number},两个账号的人,{username}" for username in names)]
    listed.write_text("\n".join(lines), encoding="utf-8")
    server.flask("import", "people", str(listed))
    first, second = (server.staff(username) for username in names)
    made = live(server, second)
    rows = computed(server, period, story=made["id"], rule="multi")
    assert [row["person"] for row in rows] == [first.id]
    query = f"{BASE}/periods/{period}/rows?person={second.id}&story={made['id']}&rule=multi"
    assert server.staff("leader").does("GET", query)["items"] == rows
    for person in (first, second):
        assert person.get(f"{BASE}/periods/{period}/people/{first.id}").status_code == 200
    assert server.staff("reporter").get(f"{BASE}/periods/{period}/people/{second.id}").status_code == 404
    assert run(server, "SELECT count(*) FROM event WHERE data LIKE :number", number=f"%{number}%") == [(0,)]


def test_a_headline_that_is_confidential_stays_so_in_the_rows_about_it(server: Server, period: str) -> None:
    """Who assesses does not take part in examinations; before it is out, a strict story is nothing to them."""
    made, exam = in_exam(server, sensitivity="strict")
    take(server, "proof", exam, "P1")
    (row,) = computed(server, period, story=made["id"])
    assert (row["rule"], row["headline"]) == ("pass_proof", None)
    path = f"{BASE}/periods/{period}/rows?story={made['id']}"
    (seen,) = server.staff("leader").does("GET", path)["items"]
    assert seen["headline"] == made["headline"]
