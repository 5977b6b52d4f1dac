"""What monitoring does: the fourth part of the table in `deeds`."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from scenario import examine
from tests.support.server import wait_until
from tests.support.tables import run
from tests.sync.deeds import SILENT, deed
from tests.sync.publishing_deeds import DEEDS, out, posted
from tests.sync.world import Thing, World

__all__ = ["DEEDS"]

# A trial changes nothing. Limits and names of places are read where they are asked for.
SILENT |= {
    "POST /kitchen/opinion-trials",
    "PATCH /kitchen/monitoring/limits",
    "PATCH /kitchen/opinion-places/{town_id}",
}


def rule(w: World, **fields: object) -> tuple[Thing, str]:
    """Write a rule that looks for a word of its own; return both."""
    key = w.word()
    form = {"name": w.word()[:60], "words": [key[-20:]], "where": "any"}
    return w.cooks("monitor", "/opinion-rules", form | fields), key


def said(w: World, key: str, **fields: object) -> list[str]:
    """Take an item in; return the alerts that came of it."""
    url = f"https://weibo.example/{uuid.uuid4().hex}"
    item = {"source": "微博", "url": url, "text": f"顾村{key}", "heat": 10, "stance": "negative"}
    return list(w.cooks("monitor", "/opinions", {"items": [item | fields]})["alerts"])


def alert(w: World, *commands: str) -> str:
    """Raise an alert; the commands are the monitor's."""
    _, key = rule(w)
    (found,) = said(w, key)
    for command in commands:
        form = {"owner": w.reporter.id} if command == "assign" else {}
        w.cooks("monitor", f"/alerts/{found}/{command}", form)
    return found


@deed("POST /kitchen/opinions")
def raise_an_alert_and_let_another_item_join(w: World) -> Iterator[None]:
    _, key = rule(w)
    yield
    assert said(w, key) == said(w, key)


@deed("POST /kitchen/opinion-rules")
def write_a_rule(w: World) -> Iterator[None]:
    yield
    rule(w)


@deed(
    "PATCH /kitchen/opinion-rules/{rule_id}",
    "POST /kitchen/opinion-rules/{rule_id}/pause",
    "POST /kitchen/opinion-rules/{rule_id}/activate",
)
def change_a_rule_and_let_it_rest(w: World) -> Iterator[None]:
    made, key = rule(w)
    said(w, key)
    yield
    w.changes("monitor", f"/opinion-rules/{made['id']}", {"name": w.word(), "min_heat": 5}, made["ver"])
    w.cooks("monitor", f"/opinion-rules/{made['id']}/pause")
    w.cooks("monitor", f"/opinion-rules/{made['id']}/activate")


@deed("POST /kitchen/alerts/{alert_id}/triage", "POST /kitchen/alerts/{alert_id}/assign")
def triage_an_alert_and_assign_it(w: World) -> Iterator[None]:
    found = alert(w)
    yield
    w.cooks("monitor", f"/alerts/{found}/triage", {"level": "urgent"})
    w.cooks("monitor", f"/alerts/{found}/assign", {"owner": w.reporter.id})


@deed("POST /kitchen/alerts/{alert_id}/dismiss")
def dismiss_an_alert(w: World) -> Iterator[None]:
    found = alert(w)
    yield
    w.cooks("monitor", f"/alerts/{found}/dismiss", {"reason": "说的是外区"})


@deed(
    "POST /kitchen/alerts/{alert_id}/links",
    "POST /kitchen/alerts/{alert_id}/handle",
    "POST /kitchen/alerts/{alert_id}/close",
)
def turn_an_alert_into_everything_it_can_become(w: World) -> Iterator[None]:
    found, story, case = alert(w, "triage", "assign"), out(w, "weibo_post"), w.case()
    old = w.lead()
    yield
    for form in (
        {"kind": "topic"},
        {"kind": "lead"},
        {"kind": "lead", "thing": old["id"]},
        {"kind": "case", "story": story["id"]},
        {"kind": "request", "thing": case["id"]},
        {"kind": "reply", "text": w.word(), "url": "https://weibo.example/reply"},
    ):
        w.cooks("monitor", f"/alerts/{found}/links", form)
    w.cooks("reporter", f"/alerts/{found}/handle", {})
    w.cooks("monitor", f"/alerts/{found}/close", {})


@deed("POST /kitchen/scan-hits/{hit_id}/dismiss", "POST /kitchen/scan-hits/{hit_id}/correct")
def settle_what_a_scan_found(w: World) -> Iterator[None]:
    word = w.word()
    ours = [w.live(headline=word)["id"], w.live(headline=f"再说{word}")["id"]]
    draft = w.cooks("proof", "/dictionary", {"note": "复扫"})
    entry = {"text": word, "kind": "sensitive", "level": "block", "category": "样例"}
    path = f"/kitchen/dictionary/{draft['id']}"
    assert examine.command(w.proof, f"{path}/changes", {"words": [entry]}, draft["ver"]).ok
    examine.does(w.proof, f"{path}/test")
    number = examine.does(w.chief, f"{path}/activate")["number"]
    jobs = "SELECT state FROM job WHERE key LIKE 'dictionary.rescan:%'"
    wait_until(lambda: {row[0] for row in run(w.server, jobs)} == {"done"}, 30)
    hits = w.monitor.does("GET", f"/kitchen/scan-hits?version={number}")["items"]
    # What was entered by deeds before stands in the dictionary too, and hits its own articles once more.
    first, second = (hit for hit in hits if hit["article"] in ours)
    yield
    w.cooks("monitor", f"/scan-hits/{first['id']}/dismiss", {"reason": "是地名"})
    w.cooks("monitor", f"/scan-hits/{second['id']}/correct", {"severity": "S3"})


@deed(
    "POST /kitchen/metrics/suspects/{suspect_id}/clear",
    "POST /kitchen/metrics/suspects/{suspect_id}/confirm",
)
def judge_a_counter_that_leapt(w: World) -> Iterator[None]:
    row = posted(w, out(w, "weibo_post"))
    found = uuid.uuid4().hex
    # Counters are read by the hour, and this house does not move its clock.
    sample = """INSERT INTO metric_sample (id, publication_id, metric, value, at, source, batch, fell)
        VALUES (:id, :row, 'read', 9000, :at, 'weibo', :id, false)"""
    run(w.server, sample, id=found, row=row["id"], at=datetime.now(UTC))
    suspect = """INSERT INTO metric_suspect (id, ver, state, sample_id, publication_id, channel_id, metric, value,
        grown, basis, normal, "limit", found_at)
        VALUES (:id, 1, 'open', :id, :row, 'weibo', 'read', 9000, 9000, 'growth', 10, 100, :at)"""
    run(w.server, suspect, id=found, row=row["id"], at=datetime.now(UTC))
    yield
    w.cooks("monitor", f"/metrics/suspects/{found}/clear", {"reason": "被热门账号转发"})
    w.cooks("monitor", f"/metrics/suspects/{found}/confirm", {"reason": "平台认定刷量"})
