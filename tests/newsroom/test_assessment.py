"""Section 6 考核: what the log says of each person's work, shown, appealed against, and sealed."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import local_day
from backend.config import load_settings
from backend.events.models import Event
from backend.oversight.assessment.log import Rebuilt, rebuild
from backend.oversight.assessment.periods import first_difference
from backend.publishing.models import MetricSample
from scenario.examine import NORMAL, command, correct, does, examine
from scenario.people import Person
from tests.newsroom.kitchen import SOURCE, refused, word
from tests.newsroom.outlets import Outlets, cleared, package, signed_story, written_body
from tests.support.server import Server, wait_until
from tests.support.tables import run

BASE = "/kitchen/assessment"
# Long enough for a text; a brief is shorter than two hundred characters.
LONG = "水务局昨夜抢修爆裂的水管，凌晨恢复供水。沿线居民用水没有受到影响，道路养护同步完成。" * 6
HOUR = 3600


@dataclass
class Book:
    """What the tests of this file share: the house, a period that is open today, the story of the example."""

    outlets: Outlets
    period: str
    first_at: datetime
    example: str = ""
    cases: dict[str, str] = field(default_factory=dict)

    @property
    def server(self) -> Server:
        return self.outlets.server

    def get(self, who: str | Person, path: str) -> Any:
        person = self.server.staff(who) if isinstance(who, str) else who
        return person.does("GET", f"{BASE}{path}")

    def post(self, who: str, path: str, form: Any = None) -> Any:
        return does(self.server.staff(who), f"{BASE}{path}", form)

    def compute(self) -> dict[str, Any]:
        answer = command(self.server.staff("assessor"), f"{BASE}/periods/{self.period}/compute")
        assert (answer.status_code, answer.json()["state"]) == (202, "computing"), answer.text
        path = f"/periods/{self.period}"
        return dict(wait_until(lambda: (now := self.get("assessor", path))["state"] == "computed" and now, 30, 0.1))

    def rows(self, who: str | Person = "assessor", **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            rest = "".join(f"&{name}={value}" for name, value in query.items())
            page = self.get(who, f"/periods/{self.period}/rows?limit=50{rest}{cursor}")
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    def log_says(self, tmp_path: Path | None = None) -> Rebuilt:
        """Rebuild the period from a copy of the log in a database that holds nothing else."""
        copy = sa.create_engine(f"sqlite:///{tmp_path / uuid.uuid4().hex}.db" if tmp_path else "sqlite://")
        Event.metadata.create_all(copy, tables=[Event.__table__])  # type: ignore[list-item]
        with tables_of(self.server) as session, copy.begin() as into:
            into.execute(
                sa.insert(Event), [dict(row) for row in session.execute(sa.select(Event.__table__)).mappings()]
            )
        with Session(copy) as session:
            made = rebuild(session, self.period)
        assert made is not None
        return made


@contextmanager
def tables_of(server: Server) -> Iterator[Session]:
    engine = sa.create_engine(load_settings(server.env).database_url)
    with Session(engine) as session:
        yield session
    engine.dispose()


def count_reads(outlets: Outlets, publication: dict[str, Any], value: int, hours: float) -> None:
    """Put in what a channel said of a post so many hours after its receipt; the fake Weibo counts no reads."""
    at = datetime.fromisoformat(publication["receipted_at"]) + timedelta(hours=hours)
    sample = {"id": uuid.uuid4().hex, "publication_id": publication["id"], "metric": "read", "value": value, "at": at}
    with tables_of(outlets.server) as session:
        more = {"source": "weibo", "batch": uuid.uuid4().hex, "fell": False}
        session.execute(sa.insert(MetricSample), [sample | more])
        session.commit()


def task_of_two(server: Server) -> dict[str, Any]:
    """An assignment for the two reporters, who have arrived."""
    form = {"title": f"水管抢修 {word()}", "class": "livelihood", "targets": ["app"], "priority": 2}
    topic = does(server.staff("editor"), "/kitchen/topics", form)
    does(server.staff("editor"), f"/kitchen/topics/{topic['id']}/submit")
    does(server.staff("chief"), f"/kitchen/topics/{topic['id']}/approve")
    due = (now_of(server) + timedelta(hours=6)).isoformat()
    line = {"kind": "text", "desk": "reporters", "due": due, "targets": ["app"]}
    does(server.staff("head"), f"/kitchen/topics/{topic['id']}/dispatch", {"coverages": [line]})
    both = [{"id": server.staff("reporter").id, "share": 60}, {"id": server.staff("reporter2").id, "share": 40}]
    form = {"topic": topic["id"], "coverage_no": 1, "reporters": both, "place": "蕰藻浜"}
    task = does(server.staff("head"), "/kitchen/assignments", form)
    does(server.staff("head"), f"/kitchen/assignments/{task['id']}/dispatch")
    for name in ("accept", "on-site"):
        task = does(server.staff("reporter"), f"/kitchen/assignments/{task['id']}/{name}")
    return task


def now_of(server: Server) -> datetime:
    (seconds,) = [float(server.clock_file.read_text()) if server.clock_file.exists() else 0.0]
    return datetime.now().astimezone() + timedelta(seconds=seconds)


def publish(outlets: Outlets, story: dict[str, Any], *channels: str) -> None:
    does(outlets.server.staff("channels"), "/kitchen/publications", {"story": story["id"]})
    for channel in ("app", *channels):
        outlets.until(story["id"], channel, "receipted")


def edited_wechat(server: Server, row: dict[str, Any]) -> None:
    """Say more on WeChat than the story does, and take that through an examination of its own."""
    body = [*row["fields"]["body"], {"type": "text", "text": "编辑部提醒：周末仍有两处施工。"}]
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    path = f"/kitchen/renditions/{row['id']}"
    answer = server.staff("editor").patch(path, {"fields": {"body": body}}, row["ver"], headers=headers)
    assert answer.ok, answer.text
    does(server.staff("editor"), f"{path}/ready")
    exam = does(server.staff("editor"), f"{path}/submit")["exam"]
    examine(server.staff, exam)
    does(server.staff("editor"), f"{path}/clear")


def typo(outlets: Outlets, story_id: str, severity: str = "S3") -> dict[str, Any]:
    """A reader finds a mistake; it is corrected and signed."""
    form = {"kind": "correction", "story": story_id, "severity": severity, "found_by": "读者来电"}
    case = does(outlets.server.staff("monitor"), "/kitchen/cases", form)
    live = outlets.server.staff("chief").does("GET", f"/editor/stories/{story_id}")
    blocks = [
        block | ({"html": block["html"].replace("凌晨", "清晨")} if "html" in block else {})
        for block in written_body(live)
    ]
    correct(outlets.server.staff, story_id, {"body": blocks, "note": "恢复供水的时间应为清晨。"})
    return case


@pytest.fixture(scope="module")
def book(outlets: Outlets) -> Book:
    """Play the page's example: text, grade A, two authors 60/40, in time, mobile first, WeChat edited, Weibo a copy,
    V = 4000, one S3 typo."""
    server = outlets.server
    first_at = now_of(server)
    today = local_day(first_at)
    form = {"name": "试评周期", "first_day": str(today), "last_day": str(today + timedelta(days=9))}
    made = does(server.staff("assessor"), f"{BASE}/periods", form)
    assert (made["state"], made["rule_set_version"]) == ("open", 1)
    task = task_of_two(server)
    shares = [{"id": server.staff("reporter").id, "share": 60}, {"id": server.staff("reporter2").id, "share": 40}]
    story = signed_story(server, LONG, grade="A", assignment=task["id"], shares=shares)
    does(server.staff("reporter"), f"/kitchen/assignments/{task['id']}/file", {"story": story["id"]})
    rows = package(server, story)
    edited_wechat(server, rows["wechat_article"])
    for name in ("ready", "clear"):
        does(server.staff("editor"), f"/kitchen/renditions/{rows['weibo_post']['id']}/{name}")
    publish(outlets, story, "wechat", "weibo")
    count_reads(outlets, outlets.one(story["id"], "weibo"), 400, 71)
    for _ in range(2):
        other, _rows = cleared(server, "weibo_post")
        publish(outlets, other, "weibo")
        count_reads(outlets, outlets.one(other["id"], "weibo"), 100, 71)
    outlets.move_clock(72 * HOUR + 60)
    frozen = "SELECT count(*) FROM event WHERE type = 'score.reach_frozen'"
    wait_until(lambda: run(server, frozen)[0][0] >= 3, 30, 0.1)
    case = typo(outlets, story["id"])
    return Book(outlets, made["id"], first_at, story["id"], {"example": case["id"]})


def amounts(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["rule"]: row["amount"] for row in rows}


@dataclass
class Open:
    """The period while it is open, as it was seen in the order of things; tests look at it in any."""

    book: Book
    first: dict[str, Any]
    second: dict[str, Any]
    mine: list[dict[str, Any]]
    others: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    copied: Rebuilt
    after_late_reads: dict[str, Any]
    caught: list[dict[str, Any]]
    missed: list[dict[str, Any]]
    refused_to_show: Any
    seen_by_a_reporter: list[dict[str, Any]]


@pytest.fixture(scope="module")
def opened(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Open:
    """Compute the period, let a channel count late, let one error be caught and another missed."""
    server, example = book.server, book.example
    first = book.compute()
    mine, others = (book.rows(story=example, person=server.staff(who).id) for who in ("reporter", "reporter2"))
    second = book.compute()
    copied, rows = book.log_says(tmp_path_factory.mktemp("log")), book.rows()
    count_reads(book.outlets, book.outlets.one(example, "weibo"), 90_000, 72.5)
    late = book.compute()
    caught = caught_at_p2(book)
    missed = signed_story(server, LONG)
    publish(book.outlets, missed)
    typo(book.outlets, missed["id"])
    book.compute()
    of_caught, of_missed = book.rows(story=caught["id"]), book.rows(story=missed["id"])
    early = command(server.staff("assessor"), f"{BASE}/periods/{book.period}/publish")
    return Open(
        book, first, second, mine, others, rows, copied, late, of_caught, of_missed, early, book.rows("reporter")
    )


def caught_at_p2(book: Book) -> dict[str, Any]:
    """A story whose error is found at the second proof, put right, passed and published."""
    server = book.server
    form = {
        "headline": f"水管抢修{word()[-4:]}",
        "summary": "供水已经恢复",
        "body": [{"id": "b1", "type": "text", "text": LONG}],
        "section": "minsheng",
        "class": "livelihood",
        "sources": [SOURCE],
    }
    caught: dict[str, Any] = server.staff("reporter").does("POST", "/editor/stories", form)
    caught = server.staff("reporter").does("POST", f"/editor/stories/{caught['id']}/submit")
    exam = examine(server.staff, caught["exam"], until="R1")
    does(server.staff("head"), f"/kitchen/exams/{exam['id']}/steps/P2/claim")
    back = {"category": "fact", "comment": "供水时间应为清晨"}
    does(server.staff("head"), f"/kitchen/exams/{exam['id']}/steps/P2/return", back)
    live = server.staff("reporter").does("GET", f"/editor/stories/{caught['id']}")
    fixed = {"body": [{"id": "b1", "type": "text", "text": LONG.replace("凌晨", "清晨")}]}
    answer = server.staff("reporter").patch(f"/editor/stories/{caught['id']}", fixed, live["ver"])
    assert answer.ok, answer.text
    server.staff("reporter").does("POST", f"/editor/stories/{caught['id']}/submit")
    examine(server.staff, exam["id"])
    publish(book.outlets, caught)
    return caught


def test_a1_the_example_of_the_page_gives_9_665_in_five_rows(opened: Open) -> None:
    server = opened.book.server
    assert (opened.first["rule_set_version"], len(opened.first["result_hash"])) == (1, 64)
    rows = opened.mine
    assert amounts(rows) == {
        "multi": "6.102",
        "time": "0.540",
        "mobile": "0.600",
        "reach": "2.903",
        "penalty_author": "-0.480",
    }
    assert (len(rows), sum(Decimal(row["amount"]) for row in rows)) == (5, Decimal("9.665"))
    multi = next(row for row in rows if row["rule"] == "multi")
    inputs = multi["inputs"]
    assert (inputs["type"], inputs["grade"], inputs["share"]) == ("text", "A", 60)
    assert (inputs["edited"], inputs["mechanical"]) == (1, 1)
    assert inputs["graded_by"] == server.staff("head").id
    reach = next(row for row in rows if row["rule"] == "reach")
    assert reach["inputs"] == {"V": "4000.000", "channels": {"weibo": [400, "100"]}, "share": 60}
    assert all(row["event_seqs"] and row["rule_set"] == 1 for row in rows)
    other = amounts(opened.others)
    assert (other["multi"], other["penalty_author"]) == ("4.068", "-0.320")


def test_a2_the_same_log_gives_the_same_hash_also_a_copy_of_it(opened: Open) -> None:
    assert opened.first["result_hash"] == opened.second["result_hash"]
    assert opened.copied.result_hash == opened.second["result_hash"]
    assert opened.copied.up_to_seq == opened.second["up_to_seq"]
    names = ("person", "story", "thing", "desk", "rule", "rule_set", "amount", "at", "inputs", "event_seqs")
    assert opened.copied.rows == [{name: row[name] for name in names} for row in opened.rows]


def test_a3_reads_after_72_hours_change_no_score(opened: Open) -> None:
    assert opened.after_late_reads["result_hash"] == opened.second["result_hash"]


def test_a4_an_error_found_at_p2_costs_nobody_and_one_found_by_readers_costs_all_who_passed_it(opened: Open) -> None:
    server, good, bad = opened.book.server, opened.caught, opened.missed
    assert [row for row in good if row["rule"].startswith("penalty")] == []
    (finding,) = [row for row in good if row["rule"] == "finding"]
    assert (finding["person"], finding["amount"]) == (server.staff("head").id, "0.500")
    (author,) = [row for row in bad if row["rule"] == "penalty_author"]
    assert (author["person"], author["amount"]) == (server.staff("reporter").id, "-0.800")
    checked = {row["inputs"]["step"]: row for row in bad if row["rule"] == "penalty_check"}
    assert {step: row["person"] for step, row in checked.items()} == {
        step: server.staff(name).id for step, name in NORMAL.items()
    }
    assert {row["amount"] for row in checked.values()} == {"-0.200"}
    assert [row for row in bad if row["rule"] == "finding"] == []


def test_before_its_end_a_period_is_not_shown(opened: Open) -> None:
    refused(opened.refused_to_show, 409, "guard_failed", "computed_after_end")
    assert opened.seen_by_a_reporter == []


@pytest.fixture(scope="module")
def shown(opened: Open) -> Book:
    """The period is over, computed, and shown to those it is about."""
    book = opened.book
    book.outlets.move_clock(8 * 24 * HOUR)
    book.compute()
    published = book.post("assessor", f"/periods/{book.period}/publish")
    assert published["state"] == "published"
    return book


def test_a6_a_reporter_sees_their_own_rows_and_no_others(shown: Book) -> None:
    server, path = shown.server, f"{BASE}/periods/{shown.period}"
    me, other = server.staff("reporter"), server.staff("reporter2")
    own = shown.get(me, f"/periods/{shown.period}/people/{me.id}")
    assert own["items"]
    assert {row["person"] for row in shown.rows(me)} == {me.id}
    for where in (f"people/{other.id}", f"rows?person={other.id}"):
        assert me.get(f"{path}/{where}").status_code == 404
    assert [each["person"] for each in shown.get(me, f"/periods/{shown.period}/totals")["items"]] == [me.id]
    auditor = server.hire("审计员", "auditor")
    for who in ("leader", "assessor", auditor):
        assert shown.get(who, f"/periods/{shown.period}/people/{other.id}")["total"] != "0.000"
    refused(command(auditor, f"{path}/seal"), 403, "role_forbidden")
    table = list(csv.reader(io.StringIO(me.get(f"{path}/export.csv").content.decode("utf-8-sig"))))
    assert {line[1] for line in table[1:]} == {own["name"]}


def test_a7_the_rows_of_everybody_add_up_to_their_totals(shown: Book) -> None:
    sums: dict[str, Decimal] = {}
    for row in shown.rows():
        sums[row["person"]] = sums.get(row["person"], Decimal(0)) + Decimal(row["amount"])
    items = shown.get("leader", f"/periods/{shown.period}/totals")["items"]
    assert {each["person"]: Decimal(each["total"]) for each in items} == sums
    for each in items:
        account = shown.get("leader", f"/periods/{shown.period}/people/{each['person']}")
        assert account["total"] == each["total"]
        assert sum(Decimal(part["total"]) for part in account["rules"]) == Decimal(each["total"])


def test_desks_have_figures_with_what_is_behind_them(shown: Book) -> None:
    desks = {each["desk"]: each for each in shown.get("reporter", f"/periods/{shown.period}/desks")["items"]}
    figures = {each["name"]: each for each in desks["all"]["figures"]}
    assert (figures["on_time"]["numerator"], figures["on_time"]["denominator"]) == (1, 1)
    assert figures["first_on_mobile"]["value"] == 100.0
    assert figures["return_rate"]["numerator"] == 1
    assert figures["error_escape"]["numerator"] == 2
    assert (figures["edited_share"]["numerator"], figures["edited_share"]["denominator"]) == (1, 4)
    whole = shown.server.staff("reporter").does("GET", figures["error_escape"]["link"].removeprefix("/api/v1"))
    assert len(whole["event_seqs"]) == whole["events"]


def test_an_export_has_numbers_for_amounts_and_no_formulas(shown: Book) -> None:
    server = shown.server
    path = f"{BASE}/periods/{shown.period}/export"
    answer = server.staff("assessor").get(f"{path}.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book["明细"]
    lines = list(sheet.iter_rows(values_only=True))
    assert lines[0][:5] == ("序号", "姓名", "稿件", "项目", "分值")
    assert len(lines) == 1 + len(shown.rows())
    assert all(isinstance(line[4], int | float) for line in lines[1:])
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    text = server.staff("assessor").get(f"{path}.csv").content
    assert text.startswith(b"\xef\xbb\xbf")


@dataclass
class Appealed:
    """What was answered to an appeal and to whoever handled it, in the order of things."""

    book: Book
    of_anothers_row: Any
    by_another: tuple[int, int]
    sealed_in_public_days: Any
    sealed_over_an_appeal: Any
    decided_by_the_assessor: Any
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    upheld: dict[str, Any]
    dismissed: dict[str, Any]


@pytest.fixture(scope="module")
def appealed(shown: Book) -> Appealed:
    """A reporter appeals and is granted a row, another one is not; the days of the public are over."""
    server, period = shown.server, shown.period
    me, assessor, path = server.staff("reporter"), server.staff("assessor"), f"{BASE}/periods/{shown.period}/appeals"
    mine = next(row for row in shown.rows(me) if row["rule"] == "mobile")
    theirs = next(row for row in shown.rows() if row["person"] == server.staff("reporter2").id)
    of_anothers_row = command(me, path, {"row": theirs["number"], "text": "这不是我的"})
    appeal = does(me, path, {"row": mine["number"], "text": "首发不止这一条"})
    where = f"{BASE}/appeals/{appeal['id']}"
    by_another = command(server.staff("reporter2"), where).status_code, server.staff("reporter2").get(where).status_code
    in_public_days = command(assessor, f"{BASE}/periods/{period}/seal")
    shown.outlets.move_clock(3 * 24 * HOUR + 60)
    wait_until(lambda: shown.get("leader", f"/periods/{period}")["state"] == "appeals", 15, 0.1)
    # Days have passed, and everybody has signed in anew.
    assessor = server.staff("assessor")
    over_an_appeal = command(assessor, f"{BASE}/periods/{period}/seal")
    grant = {"amount": "1.250", "reason": "核对无误，补记"}
    # The assessor had it computed, so another decides.
    by_the_assessor = command(assessor, f"{where}/uphold", grant)
    before = shown.rows()
    upheld = does(server.staff("leader"), f"{where}/uphold", grant)
    after = shown.rows()
    other = does(server.staff("reporter2"), path, {"text": "总分有误"})
    dismissed = does(server.staff("leader"), f"{BASE}/appeals/{other['id']}/dismiss", {"reason": "没有依据"})
    return Appealed(
        shown,
        of_anothers_row,
        by_another,
        in_public_days,
        over_an_appeal,
        by_the_assessor,
        before,
        after,
        upheld,
        dismissed,
    )


def test_an_appeal_is_decided_by_another_and_adds_a_row(appealed: Appealed) -> None:
    answer = appealed.of_anothers_row
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "row")
    assert appealed.by_another[0] in {404, 405}
    assert appealed.by_another[1] == 404
    refused(appealed.sealed_in_public_days, 409, "guard_failed", "public_days_over")
    refused(appealed.sealed_over_an_appeal, 409, "guard_failed", "no_open_appeals")
    refused(appealed.decided_by_the_assessor, 409, "same_person", "decider_is_not_assessor")
    assert (appealed.upheld["state"], appealed.upheld["amount"]) == ("upheld", "1.250")
    assert appealed.after[:-1] == appealed.before
    added = appealed.after[-1]
    me = appealed.book.server.staff("reporter").id
    assert (added["rule"], added["amount"], added["person"]) == ("adjustment", "1.250", me)
    assert appealed.dismissed["state"] == "dismissed"


@dataclass
class Adopted:
    """A newer rule set, from its draft to its adoption."""

    book: Book
    changed: dict[str, Any]
    untried: Any
    trial: dict[str, Any]
    seen_by_a_reporter: int
    by_its_drafter: Any
    done: dict[str, Any]
    later: dict[str, Any]


@pytest.fixture(scope="module")
def adopted(shown: Book) -> Adopted:
    """The assessor drafts rules and tries them on the period that is shown; the leader adopts them."""
    server = shown.server
    assessor, leader = server.staff("assessor"), server.staff("leader")
    draft = shown.post("assessor", "/rule-sets", {"note": "改写渠道稿多给一些"})
    path = f"{BASE}/rule-sets/{draft['id']}"
    values = draft["values"]
    values["kinds"]["edited"] = "0.20"
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    answer = assessor.patch(path, {"values": values}, draft["ver"], headers=headers)
    assert answer.ok, answer.text
    untried = command(leader, f"{path}/adopt")
    begun = does(assessor, f"{path}/trial", {"period": shown.period})
    get = lambda: shown.get("leader", f"/trials/{begun['id']}")  # noqa: E731
    trial = wait_until(lambda: (now := get())["state"] == "done" and now, 30, 0.1)
    seen = server.staff("reporter").get(f"{BASE}/trials/{begun['id']}").status_code
    by_its_drafter = command(assessor, f"{path}/adopt")
    done = does(leader, f"{path}/adopt")
    day = local_day(now_of(server)) + timedelta(days=30)
    later = shown.post("assessor", "/periods", {"name": "下一期", "first_day": str(day), "last_day": str(day)})
    return Adopted(shown, answer.json(), untried, trial, seen, by_its_drafter, done, later)


def test_a_rule_set_is_tried_before_another_person_adopts_it(adopted: Adopted) -> None:
    assert adopted.changed["tried"] is False
    refused(adopted.untried, 409, "guard_failed", "tried")
    trial = adopted.trial
    gains = {line["person"]: line["difference"] for line in trial["people"]}
    # 9 × 0.10 more, 60 per cent of it.
    assert gains[adopted.book.server.staff("reporter").id] == "0.540"
    assert (trial["gain"], trial["lose"]) == (2, 0)
    assert adopted.seen_by_a_reporter == 403
    refused(adopted.by_its_drafter, 409, "same_person", "adopter_is_not_drafter")
    assert (adopted.done["version"], adopted.done["state"], adopted.done["trial"]) == (2, "adopted", trial["id"])
    assert adopted.later["rule_set_version"] == 2


def test_a5_a_sealed_period_keeps_its_hash_under_newer_rules(
    appealed: Appealed, adopted: Adopted, tmp_path: Path
) -> None:
    shown = appealed.book
    assert adopted.done["version"] == 2
    newest = shown.get("leader", "/rule-sets")["items"][0]
    assert newest["version"] == 2
    sealed = shown.post("assessor", f"/periods/{shown.period}/seal")
    assert (sealed["state"], sealed["rule_set_version"]) == ("sealed", 1)
    answer = command(shown.server.staff("assessor"), f"{BASE}/periods/{shown.period}/compute")
    refused(answer, 409, "illegal_state", "state")
    grade = {"grade": "D", "reason": "封账以后再评"}
    does(shown.server.staff("head"), f"/kitchen/stories/{shown.example}/grade", grade)
    again = shown.log_says(tmp_path)
    assert again.result_hash == sealed["result_hash"]
    assert again.rows[-1]["rule"] == "adjustment"
    with tables_of(shown.server) as session:
        assert first_difference(session, shown.period) is None
    forge = "UPDATE assessment_row SET amount = amount + :more WHERE period_id = :id AND number = 3"
    run(shown.server, forge, more=1000, id=shown.period)
    with tables_of(shown.server) as session:
        assert first_difference(session, shown.period) == 3
    run(shown.server, forge, more=-1000, id=shown.period)
    assert shown.get("leader", f"/periods/{shown.period}")["result_hash"] == sealed["result_hash"]
    answer = command(shown.server.staff("reporter"), f"{BASE}/periods/{shown.period}/appeals", {"text": "太晚了"})
    refused(answer, 409, "illegal_state", "state")
