"""Rundowns over HTTP: made, timed, locked, changed under the lock, aired, and received by the log of the air."""

from __future__ import annotations

import csv
import io
import itertools
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.clock import SHANGHAI, FileClock
from backend.config import load_settings
from backend.db import Engine
from backend.newsroom.editing.models import Rendition
from backend.policy import SYSTEM
from backend.publishing.broadcast import pulling
from backend.publishing.broadcast.models import Rundown
from backend.publishing.channel import Order, Refused, Retry, Sent, StoryFacts
from backend.publishing.models import Publication
from backend.publishing.receipts import ensure_publication
from backend.sealing import lend
from backend.unit_of_work import Database
from channels.broadcast import BroadcastChannel
from scenario.examine import command, does, sign_off
from scenario.people import Person
from tests.newsroom.kitchen import refused
from tests.support.server import Server, wait_until
from tests.support.tables import keys_of, run

Thing = dict[str, Any]
SENTENCE = "水务局昨夜抢修爆裂的水管，凌晨恢复供水。"
# 180 written characters at 4.5 a second.
SECONDS = 40
_shows = itertools.count(1)


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Server:
    """Of this file alone: what is on the air goes by the clock, and others move that of the shared server."""
    return make_server()


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[Database]:
    """The server's own database, for what other sections call and no endpoint shows yet."""
    engine = Engine(load_settings(server.env).database_url, 3)
    lend(engine.sa, keys_of(server))
    yield Database(engine, FileClock(server.clock_file))
    engine.sa.dispose()


def show_name() -> str:
    return f"晚间新闻{next(_shows)}-{uuid.uuid4().hex[:6]}"


def story(server: Server, **fields: Any) -> Thing:
    form = {
        "headline": f"水管抢修{uuid.uuid4().hex[:6]}",
        "summary": "供水已经恢复",
        "body": SENTENCE * 9,
        "section": "minsheng",
        "class": "livelihood",
        "sources": [{"name": "区水务局", "kind": "official", "verified": True}],
    }
    return server.staff("editor").does("POST", "/editor/stories", form | fields)


def script_of(server: Server, made: Thing, *, show: str = "晚间新闻", order: int = 1) -> Thing:
    place = {"show": show, "order": order, "planned_seconds": SECONDS}
    package = does(server.staff("editor"), "/kitchen/packages", {"story": made["id"], "rundown_item": place})
    return next(one for one in package["renditions"] if one["kind"] == "rundown_item")


def signed_story(server: Server) -> Thing:
    made = story(server)
    server.staff("editor").does("POST", f"/editor/stories/{made['id']}/submit")
    return sign_off(server.staff, made["id"])


def cleared(server: Server, **where: Any) -> Thing:
    """A rendition of 40 seconds that may go on the air."""
    rendition = script_of(server, signed_story(server), **where)
    for name in ("ready", "clear"):
        rendition = does(server.staff("editor"), f"/kitchen/renditions/{rendition['id']}/{name}")
    return rendition


@pytest.fixture(scope="module")
def pool(server: Server) -> list[Thing]:
    """Three renditions for tests that do nothing to their stories."""
    return [cleared(server) for _ in range(3)]


def begin(server: Server, planned: int = 120, *, airtime: datetime | None = None, **fields: Any) -> Thing:
    """A rundown whose show began a moment ago, so that its log may come."""
    airtime = airtime or datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
    form = {"medium": "tv", "show": show_name(), "airtime": airtime.isoformat(), "planned_seconds": planned}
    answer = command(server.staff("tv"), "/kitchen/rundowns", form | fields)
    assert answer.status_code == 201, answer.text
    made: Thing = answer.json()
    assert answer.headers["Location"] == f"/api/v1/kitchen/rundowns/{made['id']}"
    return made


def at(rundown: Thing, name: str) -> str:
    return f"/kitchen/rundowns/{rundown['id']}/{name}"


def edits(person: Person, rundown: Thing, name: str, form: Any = None) -> Any:
    return command(person, at(rundown, name), form, rundown["ver"])


def edit(server: Server, rundown: Thing, name: str, form: Any = None, who: str = "tv") -> Thing:
    answer = edits(server.staff(who), rundown, name, form)
    assert answer.status_code == 200, answer.text
    changed: Thing = answer.json()
    return changed


def add(server: Server, rundown: Thing, rendition: Thing | None = None, **fields: Any) -> Thing:
    form = ({"kind": "spoken", "rendition": rendition["id"]} if rendition else {}) | fields
    return edit(server, rundown, "items", form)


def filled(server: Server, pool: list[Thing], planned: int = 120, **fields: Any) -> Thing:
    rundown = begin(server, planned, **fields)
    for rendition in pool:
        rundown = add(server, rundown, rendition)
    return rundown


def do(server: Server, rundown: Thing, name: str, form: Any = None, who: str = "tv") -> Thing:
    changed: Thing = does(server.staff(who), at(rundown, name), form)
    return changed


def on_air(server: Server, pool: list[Thing], planned: int = 120, **fields: Any) -> Thing:
    rundown = filled(server, pool, planned, **fields)
    do(server, rundown, "lock")
    return do(server, rundown, "start")


def now(server: Server, rundown: Thing, who: str = "tv") -> Thing:
    seen: Thing = server.staff(who).does("GET", f"/kitchen/rundowns/{rundown['id']}")
    return seen


def log_of(rundown: Thing, *lengths: int, start: int = 0) -> list[Thing]:
    """A log in which the items follow each other without a gap, each as long as it says."""
    cursor = datetime.fromisoformat(rundown["airtime"]) + timedelta(seconds=start)
    entries = []
    for item, length in zip(rundown["items"], lengths, strict=False):
        end = cursor + timedelta(seconds=length)
        entries.append({"item": item["id"], "start": cursor.isoformat(), "end": end.isoformat()})
        cursor = end
    return entries


def publication(server: Server, item: Thing) -> dict[str, Any]:
    columns = ("state", "external_id", "evidence", "hash")
    query = f"SELECT {', '.join(columns)} FROM publication WHERE id = :id"
    (row,) = run(server, query, id=item["publication"])
    return dict(zip(columns, row, strict=True))


def events(server: Server, rundown: Thing) -> list[str]:
    rows = run(server, "SELECT type FROM event WHERE entity_id = :id ORDER BY seq", id=rundown["id"])
    return [row[0] for row in rows]


def alarms(server: Server, about: str) -> list[tuple[str, str, str]]:
    rows = run(server, "SELECT kind, state, text FROM alarm WHERE about_id = :id ORDER BY raised_at", id=about)
    return [(row[0], row[1], row[2]) for row in rows]


def slugs(rundown: Thing) -> list[str]:
    return [item["id"] for item in rundown["items"]]


# ── making one, to the second ──


def test_front_and_back_times_are_to_the_second_and_show_what_is_over(server: Server, pool: list[Thing]) -> None:
    rundown = filled(server, pool, planned=100)
    air = datetime.fromisoformat(rundown["airtime"])
    assert (rundown["total_seconds"], rundown["over_seconds"]) == (120, 20)
    assert [item["estimated_seconds"] for item in rundown["items"]] == [SECONDS] * 3
    fronts = [datetime.fromisoformat(item["starts_at"]) for item in rundown["items"]]
    assert fronts == [air, air + timedelta(seconds=40), air + timedelta(seconds=80)]
    backs = [datetime.fromisoformat(item["back_at"]) for item in rundown["items"]]
    assert backs == [front - timedelta(seconds=20) for front in fronts]
    assert [(item["elapsed_seconds"], item["remaining_seconds"]) for item in rundown["items"]] == [
        (40, 100),
        (80, 60),
        (120, 20),
    ]
    assert rundown["expected_end"] == (air + timedelta(seconds=120)).isoformat(timespec="milliseconds")
    assert [item["cleared"] for item in rundown["items"]] == [True] * 3


def test_an_edit_needs_the_version_that_was_seen(server: Server, pool: list[Thing]) -> None:
    rundown = begin(server)
    form = {"kind": "spoken", "rendition": pool[0]["id"]}
    assert command(server.staff("tv"), at(rundown, "items"), form).status_code == 428
    add(server, rundown, pool[0])
    late = edits(server.staff("editor"), rundown, "items", form)
    assert refused(late, 412, "stale")["ver"] == rundown["ver"] + 1
    key = {"Idempotency-Key": uuid.uuid4().hex}
    path = f"/kitchen/rundowns/{rundown['id']}"
    changed = server.staff("tv").patch(path, {"planned_seconds": 60}, rundown["ver"] + 1, headers=key)
    assert (changed.status_code, changed.json()["over_seconds"]) == (200, -20)


def test_items_are_ordered_changed_and_taken_out_while_it_is_made(server: Server, pool: list[Thing]) -> None:
    rundown = filled(server, pool)
    one, two, three = slugs(rundown)
    assert refused(edits(server.staff("tv"), rundown, "order", {"items": [one, two]}), 422, "validation")
    rundown = edit(server, rundown, "order", {"items": [three, one, two]})
    assert slugs(rundown) == [three, one, two]
    assert [item["position"] for item in rundown["items"]] == [1, 2, 3]
    rundown = edit(server, rundown, f"items/{one}/remove")
    assert (slugs(rundown), [item["id"] for item in rundown["removed"]]) == ([three, two], [one])
    rundown = add(server, rundown, kind="break", slug="公益广告", planned_seconds=15, position=2)
    assert [item["kind"] for item in rundown["items"]] == ["spoken", "break", "spoken"]
    assert rundown["total_seconds"] == 95


def test_captions_are_those_that_were_signed_and_at_most_eighteen_wide(server: Server, pool: list[Thing]) -> None:
    rundown = add(server, begin(server), pool[0])
    (item,) = rundown["items"]
    signed = pool[0]["fields"]["lower_thirds"][0]
    assert item["lower_thirds"] == [{"kind": "title", "text": signed, "in": 0, "out": 5}]

    def put(*lines: Thing) -> Any:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        form = {"lower_thirds": list(lines)}
        return server.staff("tv").patch(at(rundown, f"items/{item['id']}"), form, rundown["ver"], headers=headers)

    bad = put({"kind": "name", "text": "没有签发过的话", "in": 0, "out": 5})
    assert [(error["field"], error["code"]) for error in bad.json()["errors"]] == [("lower_thirds.0.text", "unknown")]
    wide = put({"kind": "name", "text": "字" * 19, "in": 0, "out": 5})
    assert ("lower_thirds.0.text", "too_wide") in [(e["field"], e["code"]) for e in wide.json()["errors"]]
    good = put({"kind": "title", "text": signed, "in": 3, "out": 9})
    assert good.status_code == 200, good.text
    assert good.json()["items"][0]["lower_thirds"] == [{"kind": "title", "text": signed, "in": 3, "out": 9}]


def test_what_is_said_has_to_be_a_rendition_for_the_air(server: Server, pool: list[Thing]) -> None:
    rundown = begin(server)

    def fault(**form: Any) -> tuple[str, str]:
        (error,) = refused(edits(server.staff("tv"), rundown, "items", form), 422, "validation")["errors"]
        return error["field"], error["code"]

    assert fault(kind="spoken", slug="随口说") == ("rendition", "missing")
    assert fault(kind="spoken", rendition="no-such-thing") == ("rendition", "unknown")
    assert fault(kind="crawl", rendition=pool[0]["id"]) == ("rendition", "mismatch")
    assert fault(kind="break", slug="广告") == ("planned_seconds", "missing")
    assert fault(kind="break", planned_seconds=10, clips=["no-such-file"])[0] == "clips.0"
    assert fault(kind="live", planned_seconds=10, repeats=3) == ("repeats", "unknown_field")
    radio = begin(server, medium="radio")
    answer = edits(server.staff("tv"), radio, "items", {"kind": "crawl", "rendition": pool[0]["id"]})
    assert answer.status_code == 422
    day = command(
        server.staff("tv"),
        "/kitchen/rundowns",
        {"medium": "tv", "scope": "day", "show": "全天字幕", "airtime": rundown["airtime"], "planned_seconds": 9},
    )
    assert refused(day, 422, "validation")["errors"][0]["field"] == "planned_seconds"


# ── the lock ──


def test_an_item_that_is_not_cleared_keeps_the_rundown_open_and_is_named(server: Server, pool: list[Thing]) -> None:
    draft = script_of(server, story(server))
    rundown = add(server, filled(server, pool[:2]), draft)
    body = refused(command(server.staff("tv"), at(rundown, "lock")), 409, "exam_required", "all_cleared")
    (finding,) = body["findings"]
    assert (finding["item"], finding["guard"]) == (rundown["items"][2]["id"], "master_signed")
    # Its story is signed, but nobody has let it out yet.
    ready = script_of(server, signed_story(server))
    rundown = add(server, filled(server, pool[:2]), ready)
    body = refused(command(server.staff("tv"), at(rundown, "lock")), 409, "exam_required", "all_cleared")
    assert body["findings"][0]["guard"] == "cleared"
    assert now(server, rundown)["state"] == "building"


def test_the_lock_needs_items_and_a_total_within_thirty_seconds(server: Server, pool: list[Thing]) -> None:
    empty = begin(server)
    refused(command(server.staff("tv"), at(empty, "lock")), 409, "guard_failed", "has_items")
    for planned, over in ((89, 31), (151, -31)):
        rundown = filled(server, pool, planned)
        assert rundown["over_seconds"] == over
        body = refused(command(server.staff("tv"), at(rundown, "lock")), 409, "guard_failed", "total_within_30s")
        assert (body["estimated_seconds"], body["planned_seconds"]) == (120, planned)
    for planned in (90, 150):
        assert do(server, filled(server, pool, planned), "lock")["state"] == "locked"


def test_a_lock_takes_the_copies_that_were_signed_and_queues_their_publications(
    server: Server, pool: list[Thing]
) -> None:
    rundown = do(server, filled(server, pool), "lock")
    assert (rundown["state"], rundown["issue"]) == ("locked", 1)
    assert rundown["locked_by"]["id"] == server.staff("tv").id
    for item, rendition in zip(rundown["items"], pool, strict=True):
        assert item["script"] == rendition["fields"]["script"]
        assert item["script_hash"] == rendition["text_hash"]
        assert publication(server, item)["hash"] == rendition["text_hash"]
    refused(edits(server.staff("tv"), rundown, "order", {"items": slugs(rundown)}), 409, "illegal_state", "state")
    refused(command(server.staff("tv"), at(rundown, "lock")), 409, "illegal_state", "state")


def test_only_a_duty_chief_unlocks_and_says_why(server: Server, pool: list[Thing]) -> None:
    rundown = do(server, filled(server, pool), "lock")
    form = {"reason": "临时加一条"}
    refused(command(server.staff("tv"), at(rundown, "unlock"), form), 403, "role_forbidden", "duty_chief")
    refused(command(server.staff("editor"), at(rundown, "unlock"), form), 403, "role_forbidden")
    assert command(server.staff("duty"), at(rundown, "unlock"), {}).status_code == 422
    opened = do(server, rundown, "unlock", form, who="duty")
    assert (opened["state"], opened["reason"], opened["items"][0]["script_hash"]) == ("building", "临时加一条", None)
    again = do(server, rundown, "lock", who="chief")
    assert (again["issue"], again["items"][0]["publication"]) == (2, rundown["items"][0]["publication"])


def test_after_the_lock_only_the_director_swaps_and_each_swap_is_logged(server: Server, pool: list[Thing]) -> None:
    rundown = do(server, filled(server, pool), "lock")
    one, two, three = slugs(rundown)
    swap = {"do": "swap", "item": one, "with": three, "reason": "记者未到位"}
    for who in ("editor", "duty", "chief", "reporter"):
        refused(command(server.staff(who), at(rundown, "swap"), swap), 403, "role_forbidden")
    swapped = do(server, rundown, "swap", swap)
    assert (slugs(swapped), swapped["issue"], swapped["reason"]) == ([three, two, one], 2, "记者未到位")
    moved = do(server, rundown, "swap", {"do": "move", "item": one, "position": 1, "reason": "提前"})
    assert slugs(moved) == [one, three, two]
    dropped = do(server, rundown, "swap", {"do": "drop", "item": two, "reason": "超时"})
    assert (slugs(dropped), dropped["removed"][0]["reason"]) == ([one, three], "超时")
    item = {"kind": "live", "slug": "连线江边", "planned_seconds": 30, "position": 2}
    inserted = do(server, rundown, "swap", {"do": "insert", "insert": item, "reason": "突发"})
    assert [row["kind"] for row in inserted["items"]] == ["spoken", "live", "spoken"]
    assert (inserted["issue"], inserted["state"]) == (5, "locked")
    assert events(server, rundown).count("rundown.swapped") == 4
    # Without a reason, or without what it needs, it is no swap.
    assert command(server.staff("tv"), at(rundown, "swap"), {"do": "drop", "item": one}).status_code == 422
    bad = refused(command(server.staff("tv"), at(rundown, "swap"), swap | {"do": "move"}), 422, "validation")
    assert {error["field"] for error in bad["errors"]} <= {"position", "with"}
    draft = {"kind": "spoken", "rendition": script_of(server, story(server))["id"]}
    answer = command(server.staff("tv"), at(rundown, "swap"), {"do": "insert", "insert": draft, "reason": "急"})
    refused(answer, 409, "exam_required", "all_cleared")


def test_a_swap_is_not_for_a_rundown_that_is_still_being_made(server: Server, pool: list[Thing]) -> None:
    rundown = filled(server, pool)
    form = {"do": "drop", "item": slugs(rundown)[0], "reason": "试"}
    refused(command(server.staff("tv"), at(rundown, "swap"), form), 409, "illegal_state", "state")


# ── the air and its log ──


def test_the_log_is_the_receipt_of_every_item(server: Server, pool: list[Thing]) -> None:
    rundown = on_air(server, [cleared(server)], planned=40)
    (entry,) = log_of(rundown, 41)
    done = do(server, rundown, "as-run", {"items": [entry]})
    (item,) = done["items"]
    assert (item["state"], item["as_run"]["start"]) == ("aired", rundown["airtime"])
    receipt = publication(server, item)
    assert (receipt["state"], receipt["external_id"]) == ("receipted", f"{rundown['id']}/{item['id']}")
    for known in (item["as_run"]["start"], item["as_run"]["end"], item["script_hash"]):
        assert known in receipt["evidence"]
    # The same file again changes nothing at all.
    again = do(server, rundown, "as-run", {"items": [entry]})
    assert again["ver"] == done["ver"]
    other = entry | {"end": (datetime.fromisoformat(entry["end"]) + timedelta(seconds=9)).isoformat()}
    body = refused(command(server.staff("tv"), at(rundown, "as-run"), {"items": [other]}), 422, "validation")
    assert [(error["field"], error["code"]) for error in body["errors"]] == [("items.0.end", "recorded")]
    closed = do(server, rundown, "close")
    assert (closed["state"], alarms(server, item["id"])) == ("aired", [])


def test_only_the_director_writes_the_log_and_only_on_the_air(server: Server, pool: list[Thing]) -> None:
    rundown = do(server, filled(server, pool), "lock")
    log = {"items": log_of(rundown, 40)}
    refused(command(server.staff("tv"), at(rundown, "as-run"), log), 409, "illegal_state", "state")
    refused(command(server.staff("duty"), at(rundown, "as-run"), log), 403, "role_forbidden")
    refused(command(server.staff("editor"), at(rundown, "start")), 403, "role_forbidden")


def test_a_log_with_one_bad_line_is_not_taken_at_all(server: Server, pool: list[Thing]) -> None:
    rundown = on_air(server, pool)
    good, *_ = log_of(rundown, 40)
    future = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    entries = [
        good,
        {"item": "没有这一条", "start": good["start"]},
        {"item": slugs(rundown)[1], "start": future},
        {"item": slugs(rundown)[2], "start": good["end"], "end": good["start"]},
        good,
    ]
    body = refused(command(server.staff("tv"), at(rundown, "as-run"), {"items": entries}), 422, "validation")
    assert [(error["field"], error["code"]) for error in body["errors"]] == [
        ("items.1.item", "unknown"),
        ("items.4.item", "repeated"),
        ("items.2.start", "future"),
        ("items.3.end", "order"),
    ]
    assert [item["as_run"]["start"] for item in now(server, rundown)["items"]] == [None] * 3


def upload(person: Person, rundown: Thing, text: str, **headers: str) -> Any:
    headers = {"Idempotency-Key": uuid.uuid4().hex} | headers
    files = {"file": ("as-run.csv", text.encode("gb18030"), "text/csv")}
    return person.post(at(rundown, "as-run.csv"), files=files, headers={k: v for k, v in headers.items() if v})


def hours(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(SHANGHAI).strftime("%H:%M:%S")


def test_a_table_from_the_studio_is_a_log_too(server: Server, pool: list[Thing]) -> None:
    rundown = on_air(server, pool)
    entries = log_of(rundown, 40, 38, 41)
    slug = rundown["items"][2]["slug"]
    rows = [
        f"{entries[0]['item']},{hours(entries[0]['start'])},{hours(entries[0]['end'])}",
        f"{entries[1]['item']},{hours(entries[1]['start'])},{hours(entries[1]['end'])}",
        f"{slug},{hours(entries[2]['start'])},{hours(entries[2]['end'])}",
    ]
    bad = "\r\n".join(
        ["条目编号,开始,结束", rows[0], f"{entries[1]['item']},9点,10点", f"没有,{hours(entries[0]['start'])},"]
    )
    body = refused(upload(server.staff("tv"), rundown, bad), 422, "validation")
    assert [error["field"] for error in body["errors"]] == ["lines.3.start", "lines.3.end", "lines.4.end"]
    assert "第 3 行" in body["errors"][0]["message"]
    unknown = "\r\n".join(["条目编号,开始,结束", rows[0], rows[2].replace(slug, "没有这一条")])
    body = refused(upload(server.staff("tv"), rundown, unknown), 422, "validation")
    assert [(error["field"], error["code"]) for error in body["errors"]] == [("lines.3.item", "unknown")]
    assert now(server, rundown)["items"][0]["as_run"]["start"] is None

    table = "\r\n".join(["条目编号,开始,结束", *rows])
    taken = upload(server.staff("tv"), rundown, table)
    assert taken.status_code == 200, taken.text
    assert [item["as_run"]["end"] for item in taken.json()["items"]] == [
        datetime.fromisoformat(entry["end"]).isoformat(timespec="milliseconds") for entry in entries
    ]
    assert upload(server.staff("tv"), rundown, table).json()["ver"] == taken.json()["ver"]
    assert refused(upload(server.staff("tv"), rundown, table, **{"Idempotency-Key": ""}), 400, "key_required")
    big = upload(server.staff("tv"), rundown, "条目编号,开始,结束\r\n" + "a" * (1024 * 1024))
    assert big.status_code == 413


def test_what_has_no_log_when_the_show_is_over_was_not_aired_and_is_named(server: Server, pool: list[Thing]) -> None:
    mine = cleared(server)
    rundown = on_air(server, [pool[0], mine], planned=80)
    do(server, rundown, "as-run", {"items": log_of(rundown, 40)})
    closed = do(server, rundown, "close")
    missed = closed["items"][1]
    assert [item["state"] for item in closed["items"]] == ["aired", "missed"]
    ((kind, state, text),) = alarms(server, missed["id"])
    assert (kind, state) == ("rundown_not_aired", "raised")
    assert missed["slug"] in text
    assert publication(server, missed)["state"] not in {"receipted", "cancelled"}
    # A log that comes later is a fact all the same, and ends the alarm.
    late = log_of(rundown, 40, 40)
    done = do(server, rundown, "as-run", {"items": late})
    assert (done["state"], done["items"][1]["state"]) == ("aired", "aired")
    assert publication(server, missed)["state"] == "receipted"
    assert [alarm[1] for alarm in alarms(server, missed["id"])] == ["cleared"]


def test_a_show_does_not_close_over_an_item_without_an_end(server: Server, pool: list[Thing]) -> None:
    rundown = on_air(server, pool[:1], planned=40)
    (entry,) = log_of(rundown, 40)
    do(server, rundown, "as-run", {"items": [{"item": entry["item"], "start": entry["start"]}]})
    body = refused(command(server.staff("tv"), at(rundown, "close")), 409, "guard_failed", "as_run_complete")
    assert [finding["item"] for finding in body["findings"]] == [entry["item"]]
    do(server, rundown, "as-run", {"items": [entry]})
    assert do(server, rundown, "close")["state"] == "aired"


def test_running_over_on_the_air_is_reported_once(server: Server, pool: list[Thing]) -> None:
    rundown = on_air(server, pool, airtime=datetime.now(UTC) - timedelta(seconds=75))
    entries = log_of(rundown, 73)
    seen = do(server, rundown, "as-run", {"items": entries})
    # 33 seconds too long, and by now perhaps a little more.
    assert 33 <= seen["over_seconds"] <= 60
    assert datetime.fromisoformat(seen["items"][1]["starts_at"]) >= datetime.fromisoformat(entries[0]["end"])
    nxt = {"item": slugs(rundown)[1], "start": entries[0]["end"]}
    do(server, rundown, "as-run", {"items": [nxt]})
    assert events(server, rundown).count("rundown.over") == 1
    ((kind, state, text),) = alarms(server, rundown["id"])
    assert (kind, state) == ("rundown_over", "raised")
    assert "超时" in text
    order = {"do": "swap", "item": slugs(rundown)[1], "with": slugs(rundown)[2], "reason": "换"}
    refused(command(server.staff("tv"), at(rundown, "swap"), order), 409, "guard_failed", "not_started")
    refused(
        command(
            server.staff("tv"),
            at(rundown, "swap"),
            {"do": "move", "item": slugs(rundown)[2], "position": 1, "reason": "换"},
        ),
        409,
        "guard_failed",
        "not_started",
    )


# ── crawls ──


def fast_crawl(server: Server) -> tuple[Thing, Thing]:
    form = {
        "headline": f"地铁站临时关闭{uuid.uuid4().hex[:6]}",
        "text": "顾村地铁站因积水临时关闭。请改乘公交。",
        "source": {"name": "区应急局", "kind": "official", "verified": True},
        "reason": "突发积水",
    }
    made = server.staff("editor").does("POST", "/editor/breaking", form)
    rendition = script_of(server, made)
    server.staff("duty").does("POST", f"/editor/breaking/{made['id']}/sign")
    for name in ("ready", "clear"):
        rendition = does(server.staff("editor"), f"/kitchen/renditions/{rendition['id']}/{name}")
    assert rendition["fields"]["type"] == "crawl"
    return made, rendition


def test_an_emergency_crawl_goes_in_at_once_also_on_the_air(server: Server, pool: list[Thing]) -> None:
    rundown = on_air(server, pool)
    _, rendition = fast_crawl(server)
    over = now(server, rundown)["over_seconds"]
    hour = datetime.now(UTC)
    form = {
        "rendition": rendition["id"],
        "repeats": 5,
        "from": hour.isoformat(),
        "to": (hour + timedelta(hours=1)).isoformat(),
    }
    seen = do(server, rundown, "crawl", form, who="editor")
    (crawl,) = seen["crawls"]
    assert (crawl["emergency"], crawl["repeats"], crawl["script_hash"]) == (True, 5, rendition["text_hash"])
    assert (seen["issue"], seen["state"]) == (2, "on_air")
    assert seen["over_seconds"] - over <= 5
    assert publication(server, crawl)["state"] == "sent"
    # Nothing else gets in that way.
    plain = command(server.staff("editor"), at(rundown, "crawl"), {"rendition": pool[0]["id"]})
    refused(plain, 409, "guard_failed", "emergency_crawl")


def test_the_crawls_of_a_day_have_a_list_of_their_own(server: Server, pool: list[Thing]) -> None:
    _, rendition = fast_crawl(server)
    noon = datetime(2026, 8, 2, 12, tzinfo=SHANGHAI).isoformat()
    form = {"medium": "tv", "scope": "day", "show": "全天字幕", "airtime": noon}
    day = does(server.staff("tv"), "/kitchen/rundowns", form)
    assert (day["airtime"], day["over_seconds"]) == ("2026-08-01T16:00:00.000+00:00", None)
    refused(edits(server.staff("tv"), day, "items", {"kind": "break", "planned_seconds": 5}), 422, "validation")
    day = add(server, day, rendition, kind="crawl", repeats=12)
    assert (day["items"], day["crawls"][0]["script"]) == ([], rendition["fields"]["script"])
    assert do(server, day, "lock")["state"] == "locked"
    listed = server.staff("tv").does("GET", "/kitchen/rundowns?day=2026-08-02&scope=day&limit=100")["items"]
    assert day["id"] in [row["id"] for row in listed]


# ── what others do ──


def test_a_withdrawal_is_never_blocked_by_a_locked_rundown(server: Server, pool: list[Thing], house: Database) -> None:
    mine = cleared(server)
    rundown = do(server, filled(server, [pool[0], mine, pool[1]]), "lock")
    item = rundown["items"][1]
    with house.unit(SYSTEM) as unit:
        pulled = pulling.pull_story(unit, mine["story"])
    assert [row.id for row in pulled] == [item["id"]]
    seen = now(server, rundown)
    assert (seen["state"], seen["issue"], len(seen["items"])) == ("locked", 2, 2)
    assert [(row["id"], row["state"]) for row in seen["removed"]] == [(item["id"], "pulled")]
    assert publication(server, item)["state"] == "cancelled"
    assert "rundown.reissued" in events(server, rundown)
    ((kind, _, text),) = alarms(server, rundown["id"])
    assert kind == "rundown_reissued"
    assert item["slug"] in text
    with house.unit(SYSTEM) as unit:
        assert pulling.pull_story(unit, mine["story"]) == []
    # Should the studio air it all the same, the log says so and the chiefs hear of it.
    do(server, rundown, "start")
    start = rundown["airtime"]
    end = (datetime.fromisoformat(start) + timedelta(seconds=40)).isoformat()
    do(server, rundown, "as-run", {"items": [{"item": item["id"], "start": start, "end": end}]})
    assert [alarm[0] for alarm in alarms(server, item["id"])] == ["rundown_aired_anyway"]


def test_a_text_that_changed_after_the_lock_does_not_go_on_the_air(server: Server, pool: list[Thing]) -> None:
    mine = cleared(server)
    rundown = do(server, filled(server, [pool[0], pool[1], mine]), "lock")
    server.staff("editor").does("POST", f"/editor/stories/{mine['story']}/return", {"reason": "有误"})
    body = refused(command(server.staff("tv"), at(rundown, "start")), 409, "exam_required", "all_cleared")
    assert [finding["item"] for finding in body["findings"]] == [rundown["items"][2]["id"]]
    do(server, rundown, "swap", {"do": "drop", "item": rundown["items"][2]["id"], "reason": "稿件退回"})
    assert do(server, rundown, "start")["state"] == "on_air"


def test_the_director_is_told_when_a_locked_text_is_not_the_signed_one_any_more(
    server: Server, pool: list[Thing]
) -> None:
    mine = cleared(server)
    rundown = do(server, filled(server, [pool[0], pool[1], mine]), "lock")
    item = rundown["items"][2]
    server.staff("editor").does("POST", f"/editor/stories/{mine['story']}/return", {"reason": "有误"})
    master = server.staff("editor").does("GET", f"/editor/stories/{mine['story']}")
    form = {"summary": "供水已于凌晨三点恢复"}
    assert server.staff("editor").patch(f"/editor/stories/{mine['story']}", form, master["ver"]).status_code == 200
    ((kind, state, text),) = alarms(server, item["id"])
    assert (kind, state) == ("rundown_stale", "raised")
    assert item["slug"] in text


def test_a_text_under_embargo_waits_for_a_later_show(server: Server, pool: list[Thing]) -> None:
    mine = cleared(server)
    locked = do(server, filled(server, [mine], planned=40), "lock")
    until = datetime.now(UTC) + timedelta(hours=5)
    query = "UPDATE publication SET embargo = :yes, not_before = :until WHERE id = :id"
    run(server, query, yes=True, until=until.replace(tzinfo=None), id=locked["items"][0]["publication"])
    early = filled(server, [mine], planned=40, airtime=until - timedelta(seconds=1))
    body = refused(command(server.staff("tv"), at(early, "lock")), 409, "guard_failed", "embargo")
    assert [finding["item"] for finding in body["findings"]] == [early["items"][0]["id"]]
    later = filled(server, [mine], planned=40, airtime=until + timedelta(seconds=1))
    assert do(server, later, "lock")["state"] == "locked"


def test_a_correction_on_the_air_is_told_when_its_log_comes(server: Server, pool: list[Thing], house: Database) -> None:
    rundown = do(server, filled(server, pool[:2], planned=80), "lock")
    target = uuid.uuid4().hex
    text = "本台昨日报道中，供水恢复的时间应为凌晨三点。"
    with house.unit(SYSTEM) as unit:
        first = pulling.add_on_air_correction(unit, unit.session.get_one(Rundown, rundown["id"]), text, target)
    with house.unit(SYSTEM) as unit:
        again = pulling.add_on_air_correction(unit, unit.session.get_one(Rundown, rundown["id"]), text, target)
    assert again.id == first.id
    seen = now(server, rundown)
    correction = seen["items"][-1]
    assert (correction["script"], correction["target"], correction["cleared"]) == (text, target, True)
    assert (seen["state"], seen["issue"]) == ("locked", 2)
    do(server, rundown, "start")
    do(server, rundown, "as-run", {"items": log_of(seen, 40, 40, 5)})
    query = "SELECT data FROM event WHERE entity_id = :id AND type = 'rundown.correction_aired'"
    ((data,),) = run(server, query, id=rundown["id"])
    assert target in data


def order_for(house: Database, made: Publication, external_id: str | None = None) -> Order:
    return Order(
        publication=made.id,
        key=made.key,
        action="create",
        kind="rundown_item",
        fields=made.content["fields"],
        hash=made.hash,
        story=StoryFacts(made.story_id, made.headline, "", "minsheng", "livelihood", ""),
        now=house.clock.now(),
        external_id=external_id,
    )


def queued(house: Database, rendition: Thing) -> Publication:
    with house.unit(SYSTEM) as unit:
        return ensure_publication(unit, unit.session.get_one(Rendition, rendition["id"]), "broadcast")


def test_the_channel_places_an_item_and_is_asked_until_it_was_aired(server: Server, house: Database) -> None:
    show, channel = show_name(), BroadcastChannel(house)
    rendition = cleared(server, show=show, order=5)
    made = queued(house, rendition)
    # The queue has tried by now, and looks again in ten minutes: what follows is not between its hands and ours.
    wait_until(lambda: run(server, "SELECT state FROM publication WHERE id = :id", id=made.id) == [("retry_wait",)])
    waits = channel.send(order_for(house, made))
    assert isinstance(waits, Retry)
    assert waits.until is not None
    coming = datetime.now(UTC) + timedelta(hours=2)
    rundown = begin(server, 40, airtime=coming, show=show)
    sent = channel.send(order_for(house, made))
    assert isinstance(sent, Sent)
    assert (sent.final, sent.ask_after_s) == (False, 300)
    assert [item["id"] for item in now(server, rundown)["items"]] == [sent.external_id]
    # Sent once more it is the same item, and so it is when it is asked after.
    again = channel.send(order_for(house, made))
    assert (again, channel.find(order_for(house, made))) == (sent, sent)
    assert channel.progress(order_for(house, made, sent.external_id)) == sent
    assert isinstance(channel.delete(order_for(house, made, sent.external_id)), Sent)
    assert now(server, rundown)["items"] == []
    assert channel.find(order_for(house, made)) is None
    gone = channel.progress(order_for(house, made, sent.external_id))
    assert isinstance(gone, Refused)


def test_what_was_aired_is_not_taken_back_by_the_channel(server: Server, house: Database) -> None:
    channel = BroadcastChannel(house)
    rendition = cleared(server)
    rundown = on_air(server, [rendition], planned=40)
    (item,) = rundown["items"]
    (entry,) = log_of(rundown, 40)
    do(server, rundown, "as-run", {"items": [{"item": entry["item"], "start": entry["start"]}]})
    made = queued(house, rendition)
    assert channel.delete(order_for(house, made, item["id"])).code == "on_air"
    do(server, rundown, "as-run", {"items": [entry]})
    done = channel.progress(order_for(house, made, item["id"]))
    assert isinstance(done, Sent)
    assert (done.final, done.external_id) == (True, f"{rundown['id']}/{item['id']}")
    refusal = channel.delete(order_for(house, made, done.external_id))
    assert isinstance(refusal, Refused)
    assert refusal.code == "aired"


def test_the_channel_looks_at_a_rendition_before_it_is_queued(house: Database) -> None:
    channel = BroadcastChannel(house)
    fields: Thing = {
        "show": None,
        "order": 1,
        "planned_seconds": 10,
        "clip_ids": [],
        "clip_seconds": 0,
        "script": "字" * 90,
        "lower_thirds": [],
    }
    assert [(problem.field, problem.code) for problem in channel.check("rundown_item", fields)] == [
        ("show", "missing"),
        ("script", "too_long"),
    ]
    assert channel.check("weibo_post", {})[0].field == "kind"
    assert channel.check("rundown_item", fields | {"show": "晚间新闻", "planned_seconds": 20}) == []


# ── who sees what, and what goes to the studio ──


def test_a_confidential_text_is_held_back_until_it_is_locked(server: Server) -> None:
    strict = script_of(server, story(server, sensitivity="strict"))
    rundown = begin(server, 40)
    answer = edits(server.staff("editor"), rundown, "items", {"kind": "spoken", "rendition": strict["id"]})
    assert answer.status_code == 200, answer.text
    (seen,) = now(server, rundown, who="reporter")["items"]
    assert (seen["withheld"], seen["script"], seen["slug"]) == (True, "", "（未公开稿件）")
    assert strict["fields"]["script"][:10] not in server.staff("reporter").get(at(rundown, "sheet")).text
    (own,) = now(server, rundown, who="editor")["items"]
    assert (own["withheld"], own["script"]) == (False, strict["fields"]["script"])


def test_exports_open_elsewhere_and_a_formula_stays_a_text(server: Server, pool: list[Thing]) -> None:
    rundown = add(server, filled(server, pool[:2]), kind="break", slug="=1+1", planned_seconds=15)
    made = server.staff("tv").get(at(rundown, "export.csv"))
    assert made.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert made.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"), newline="")))
    assert [row[3] for row in rows[1:]] == [item["slug"] for item in rundown["items"][:2]] + ["'=1+1"]
    assert rows[1][4] == hours(rundown["airtime"])
    mos = server.staff("tv").does("GET", at(rundown, "export.json"))
    assert (mos["roID"], mos["roAir"], mos["roEdDur"]) == (rundown["id"], "NOT READY", "00:02:00")
    assert [one["storyID"] for one in mos["stories"]] == slugs(rundown)
    sheet = server.staff("tv").get(at(rundown, "sheet"))
    assert sheet.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in sheet.headers["Content-Security-Policy"]
    assert SENTENCE in sheet.text
    assert server.anonymous().get(at(rundown, "sheet")).status_code == 401


def test_the_desk_of_television_holds_rundowns_live(server: Server, pool: list[Thing]) -> None:
    phone = server.phone(server.staff("tv"), ["desk:tv"])
    phone.go_online()
    rundown = filled(server, pool)
    phone.wait_for(lambda: (phone.get("rundown", rundown["id"], "desk:tv") or {}).get("ver") == rundown["ver"])
    do(server, rundown, "lock")
    phone.wait_for(lambda: phone.get("rundown", rundown["id"], "desk:tv")["state"] == "locked")
    phone.go_offline()


def test_a_show_that_ought_to_be_over_is_looked_at_and_leaves_the_screens_a_day_later(
    make_server: Callable[..., Server],
) -> None:
    own = make_server()
    pool = [cleared(own)]
    rundown = on_air(own, pool, planned=40, airtime=datetime.now(UTC))
    assert abs(rundown["over_seconds"]) <= 30
    # Nobody writes anything down, and time goes by.
    own.move_clock(75)
    wait_until(lambda: alarms(own, rundown["id"]))
    assert now(own, rundown)["over_seconds"] > 30
    assert events(own, rundown).count("rundown.over") == 1
    entries = log_of(rundown, 40)
    do(own, rundown, "as-run", {"items": entries})
    do(own, rundown, "close")
    assert [alarm[1] for alarm in alarms(own, rundown["id"])] == ["cleared"]

    def held() -> Any:
        phone = own.phone(own.staff("tv"), ["desk:tv"])
        phone.go_online()
        seen = phone.get("rundown", rundown["id"], "desk:tv")
        phone.go_offline()
        return seen

    assert held()["state"] == "aired"
    own.move_clock(24 * 3600 + 60)
    wait_until(lambda: held() is None)
    assert now(own, rundown)["state"] == "aired"
