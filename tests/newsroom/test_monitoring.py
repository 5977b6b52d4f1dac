"""Section 7 监测: counters, looks at posts after their receipts, hits of scans, opinions and alerts, latencies."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from scenario import examine
from scenario.examine import correct, does
from tests.newsroom.kitchen import do, must, refused, word
from tests.newsroom.outlets import Outlets, cleared, signed_story, written_body
from tests.support import tables
from tests.support.server import Server, wait_until

PULLED = "SELECT count(*) FROM event WHERE type = 'metric.batch'"


def posted(outlets: Outlets, channel: str = "weibo") -> dict[str, Any]:
    """A story that is out on a channel; the publication there."""
    kinds = {"weibo": "weibo_post", "wechat": "wechat_article"}
    story, _ = cleared(outlets.server, *([kinds[channel]] if channel in kinds else ["app_article"]))
    does(outlets.server.staff("channels"), "/kitchen/publications", {"story": story["id"]})
    return outlets.until(story["id"], channel, "receipted")


def read(outlets: Outlets, path: str) -> dict[str, Any]:
    return dict(outlets.server.staff("monitor").does("GET", f"/kitchen{path}"))


def count(outlets: Outlets, row: dict[str, Any], **counters: int) -> None:
    """Let the vendor tell these counters, and wait until the hour's pull has kept them."""
    outlets.weibo.count(row["external_id"], **counters)
    before = len(read(outlets, f"/publications/{row['id']}/metrics?limit=100")["items"])
    outlets.move_clock(3601)
    wait_until(lambda: len(read(outlets, f"/publications/{row['id']}/metrics?limit=100")["items"]) > before, 30, 0.1)


def watches(outlets: Outlets, row: dict[str, Any], outcome: str | None = None) -> dict[str, dict[str, Any]]:
    """The looks at a post, by their step."""
    path = f"/watches?publication={row['id']}" + (f"&outcome={outcome}" if outcome else "")
    return {watch["step"]: watch for watch in read(outlets, path)["items"]}


def looked(outlets: Outlets, row: dict[str, Any], step: str) -> dict[str, Any]:
    """Wait until a look has been made, and return it."""
    try:
        wait_until(lambda: watches(outlets, row)[step]["outcome"] != "pending", 30, 0.1)
    except AssertionError:
        raise AssertionError(f"not looked at: {watches(outlets, row)}") from None
    return watches(outlets, row)[step]


def about(outlets: Outlets, kind: str, thing: str) -> list[dict[str, Any]]:
    return [alarm for alarm in outlets.alarms(kind) if alarm["about"]["id"] == thing]


# ── M1: counters ──


def test_m1_counters_are_kept_as_told_and_falls_are_flagged(outlets: Outlets) -> None:
    row = posted(outlets)
    for number in (10, 8):
        count(outlets, row, comments=number)
    fallen = next(
        each for each in read(outlets, f"/publications/{row['id']}/metrics")["current"] if each["metric"] == "comment"
    )
    # What was told last is what stands, also where a platform has taken something back.
    assert (fallen["value"], fallen["fell"], fallen["highest"]) == (8, True, 10)
    count(outlets, row, comments=12)
    found = read(outlets, f"/publications/{row['id']}/metrics")
    comments = [each for each in found["items"] if each["metric"] == "comment"]
    # Where an hour begins meanwhile it is looked twice: the same is told again, and has not fallen again.
    assert [value for value, _ in groupby(each["value"] for each in reversed(comments))] == [10, 8, 12]
    assert [each["value"] for each in comments if each["fell"]] == [8]
    current = next(each for each in found["current"] if each["metric"] == "comment")
    assert (current["value"], current["counted"], current["falls"], current["samples"]) == (12, 12, 1, len(comments))
    paged = read(outlets, f"/publications/{row['id']}/metrics?limit=1")
    assert len(paged["items"]) == 1
    assert paged["next"]


def test_m1_a_spike_is_left_out_until_a_named_person_clears_it(outlets: Outlets) -> None:
    row = posted(outlets)
    for number in (100, 200, 310):
        count(outlets, row, reads=number)
    count(outlets, row, reads=5000)

    def reads() -> dict[str, Any]:
        found = read(outlets, f"/publications/{row['id']}/metrics")["current"]
        return next(each for each in found if each["metric"] == "read")

    assert (reads()["value"], reads()["counted"]) == (5000, 310)
    (suspect,) = read(outlets, f"/metrics/suspects?publication={row['id']}")["items"]
    assert (suspect["state"], suspect["basis"], suspect["grown"], suspect["limit"]) == ("open", "growth", 4690, 1000)
    # The assessor, who may judge it too, finds it, and reads nothing else of the newsroom.
    assessor = outlets.server.staff("assessor")
    (seen,) = assessor.does("GET", f"/kitchen/metrics/suspects?publication={row['id']}")["items"]
    assert (seen, seen["headline"]) == (suspect, row["headline"])
    assert assessor.does("GET", f"/kitchen/publications/{row['id']}/metrics")["current"]
    refused(assessor.get(f"/kitchen/publications/{row['id']}"), 403, "role_forbidden")
    # What follows counts again; only the leap is left out.
    count(outlets, row, reads=5080)
    assert reads()["counted"] == 390
    path = f"/kitchen/metrics/suspects/{suspect['id']}"
    refused(do(outlets.server.staff("reporter"), f"{path}/clear", {"reason": "我写的"}), 403, "role_forbidden")
    refused(do(outlets.server.staff("monitor"), f"{path}/clear", {}), 422, "validation")
    (cleared_one,) = must(outlets.server.staff("monitor"), f"{path}/clear", {"reason": "被热门账号转发"})["items"]
    assert (cleared_one["state"], cleared_one["decided_by"]["name"]) == (
        "cleared",
        outlets.server.staff("monitor").does("GET", "/me")["name"],
    )
    assert reads()["counted"] == 5080
    refused(do(outlets.server.staff("monitor"), f"{path}/clear", {"reason": "再来"}), 409, "illegal_state")
    must(outlets.server.staff("monitor"), f"{path}/confirm", {"reason": "平台已认定刷量"})
    assert reads()["counted"] == 390
    types = "SELECT type FROM event WHERE entity_id = :id ORDER BY seq"
    events = [row[0] for row in tables.run(outlets.server, types, id=suspect["id"])]
    assert events == ["metric.suspect", "metric.cleared", "metric.confirmed"]


def test_m1_whoever_wrote_a_story_does_not_clear_its_counters(outlets: Outlets) -> None:
    row = posted(outlets)
    writers = "UPDATE story SET writers = :who WHERE id = :story"
    tables.run(outlets.server, writers, who=f'["{outlets.server.staff("head").id}"]', story=row["story"])
    for number in (100, 200, 300, 9000):
        count(outlets, row, reads=number)
    (suspect,) = read(outlets, f"/metrics/suspects?publication={row['id']}")["items"]
    answer = do(outlets.server.staff("head"), f"/kitchen/metrics/suspects/{suspect['id']}/clear", {"reason": "没问题"})
    refused(answer, 409, "same_person", "not_ones_own")


# ── M2: looks at posts ──


def test_m2_a_text_changed_at_ten_minutes_raises_an_alarm_naming_signer_and_hash(outlets: Outlets) -> None:
    row = posted(outlets)
    assert [watches(outlets, row)[step]["outcome"] for step in ("1m", "10m", "1h", "24h")] == ["pending"] * 4
    outlets.move_clock(61)
    first = looked(outlets, row, "1m")
    assert (first["outcome"], first["signed_hash"]) == ("ok", row["hash"])
    post = next(post for post in outlets.weibo.posts() if post["id"] == row["external_id"])
    outlets.weibo.alter(row["external_id"], post["html"].replace("没有受到影响", "受到影响"))
    outlets.move_clock(600)
    second = looked(outlets, row, "10m")
    assert second["outcome"] == "drift"
    assert second["shown_hash"] not in {None, first["shown_hash"]}
    (alarm,) = about(outlets, "publication_drift", row["id"])
    signer = outlets.server.staff("chief").does("GET", "/me")["name"]
    for part in (signer, row["hash"][:12], "微博", row["headline"][:10], "10 分钟"):
        assert part in alarm["text"], alarm
    assert row["url"] in alarm["text"] or row["id"] in alarm["text"]
    assert [each["id"] for each in read(outlets, "/watches?outcome=drift")["items"]] == [second["id"]]
    # It is put back; the next look says so, and the alarm ends.
    outlets.weibo.alter(row["external_id"], post["html"])
    outlets.move_clock(3600)
    assert looked(outlets, row, "1h")["outcome"] == "ok"
    assert about(outlets, "publication_drift", row["id"]) == []
    drift = "SELECT count(*) FROM event WHERE type = 'receipt.drift' AND entity_id = :id"
    assert tables.run(outlets.server, drift, id=row["id"]) == [(1,)]


def test_m2_a_post_that_is_gone_raises_an_alarm_and_a_case_ends_it(outlets: Outlets) -> None:
    row = posted(outlets)
    outlets.weibo.vendor._posts[row["external_id"]].deleted = True  # as the platform's own people could
    outlets.move_clock(61)
    assert looked(outlets, row, "1m")["outcome"] == "gone"
    (alarm,) = about(outlets, "publication_gone", row["id"])
    assert "看不到" in alarm["text"]
    form = {"kind": "withdrawal", "story": row["story"], "severity": "S2", "reason": "平台已删，统一撤下"}
    does(outlets.server.staff("duty"), "/kitchen/cases", form)
    outlets.case_until(row["story"], "withdrawal", "done")
    assert about(outlets, "publication_gone", row["id"]) == []
    assert {watch["outcome"] for watch in watches(outlets, row).values()} == {"gone", "stopped"}


def test_m2_a_line_that_is_down_is_unreadable_and_no_loss(outlets: Outlets) -> None:
    row = posted(outlets)
    outlets.weibo.rule(path="/2/statuses/show.json", kind="refuse", status=500, errcode=10001)
    outlets.move_clock(61)

    def given_up() -> bool:
        outlets.move_clock(21)
        return watches(outlets, row)["1m"]["outcome"] != "pending"

    wait_until(given_up, 30, 0.3)
    assert watches(outlets, row)["1m"]["outcome"] == "unreadable"
    assert about(outlets, "publication_gone", row["id"]) == []
    outlets.weibo.behave()


def test_m2_what_cannot_be_read_at_all_is_said_so_once(outlets: Outlets) -> None:
    row = posted(outlets, "webhook-city")
    assert {step: (watch["outcome"], watch["code"]) for step, watch in watches(outlets, row).items()} == {
        "1m": ("unreadable", "no_read_back")
    }


def test_m2_the_app_is_looked_at_too(outlets: Outlets) -> None:
    row = posted(outlets, "app")
    outlets.move_clock(61)
    assert looked(outlets, row, "1m")["outcome"] == "ok"
    # Somebody with a hand in the database, and no signature.
    tables.run(outlets.server, "UPDATE article SET summary = '改过的导语' WHERE id = :id", id=row["story"])
    outlets.move_clock(600)
    assert looked(outlets, row, "10m")["outcome"] == "drift"
    (alarm,) = about(outlets, "publication_drift", row["id"])
    assert row["evidence"]["signed"][:12] in alarm["text"]


def test_m2_what_was_replaced_is_looked_at_no_more_and_what_replaced_it_is(outlets: Outlets) -> None:
    row = posted(outlets, "app")
    story = outlets.server.staff("chief").does("GET", f"/editor/stories/{row['story']}")
    body = [
        block | ({"html": block["html"].replace("凌晨", "清晨")} if "html" in block else {})
        for block in written_body(story)
    ]
    correct(outlets.server.staff, row["story"], {"body": body, "note": "恢复供水的时间应为清晨。"})
    assert {watch["outcome"] for watch in watches(outlets, row).values()} == {"stopped"}
    edit = outlets.one(row["story"], "app", "edit")
    outlets.move_clock(61)
    assert looked(outlets, edit, "1m")["outcome"] == "ok"


def test_m2_looks_at_a_halted_channel_are_delayed_and_not_lost(outlets: Outlets) -> None:
    row = posted(outlets)
    stop = {"channels": ["weibo"], "reason": "核对口径"}
    does(outlets.server.staff("leader"), "/kitchen/halt", stop)
    other = posted(outlets, "app")
    outlets.move_clock(61)
    looked(outlets, other, "1m")
    assert watches(outlets, row)["1m"]["outcome"] == "pending"
    does(outlets.server.staff("leader"), "/kitchen/resume", stop)
    outlets.move_clock(61)
    assert looked(outlets, row, "1m")["outcome"] == "ok"


def test_m2_a_look_whose_job_is_lost_is_made_all_the_same(outlets: Outlets) -> None:
    row = posted(outlets)
    tables.run(outlets.server, "DELETE FROM job WHERE key LIKE :key", key=f"watch:{row['id']}:%")
    outlets.move_clock(125)
    assert looked(outlets, row, "1m")["outcome"] == "ok"


# ── M3: opinions and alerts ──


def opinion(text: str, **fields: Any) -> dict[str, Any]:
    form = {
        "source": "微博",
        "url": f"https://weibo.example/{uuid.uuid4().hex}",
        "text": text,
        "heat": 10,
        "stance": "negative",
    }
    return form | fields


def take_in(server: Server, *items: dict[str, Any]) -> dict[str, Any]:
    return must(server.staff("monitor"), "/kitchen/opinions", {"items": list(items)})


def rule(server: Server, key: str, **fields: Any) -> dict[str, Any]:
    form = {"name": "停水反映", "words": [key], "where": "district"}
    return must(server.staff("monitor"), "/kitchen/opinion-rules", form | fields)


def alert(server: Server) -> dict[str, Any]:
    """A fresh alert, raised by a rule of its own."""
    key = word()
    rule(server, key)
    (found,) = take_in(server, opinion(f"顾村镇又停水了，{key}"))["alerts"]
    return dict(server.staff("monitor").does("GET", f"/kitchen/alerts/{found}"))


def triaged(server: Server) -> dict[str, Any]:
    return must(server.staff("monitor"), f"/kitchen/alerts/{alert(server)['id']}/triage", {"level": "urgent"})


def test_m3_an_alert_turned_into_a_topic_keeps_the_link_both_ways(server: Server) -> None:
    raised = triaged(server)
    path = f"/kitchen/alerts/{raised['id']}"
    linked = must(server.staff("editor"), f"{path}/links", {"kind": "topic", "title": "顾村停水调查"})
    (link,) = linked["links"]
    topic = server.staff("editor").does("GET", f"/kitchen/topics/{link['thing']}")
    assert (link["kind"], topic["from_alerts"], topic["title"]) == ("topic", [raised["id"]], "顾村停水调查")
    assert topic["why"] == raised["items"][0]["text"]
    handled = must(server.staff("editor"), f"{path}/handle", {})
    closed = must(server.staff("monitor"), f"{path}/close", {"note": "选题已立"})
    assert (handled["state"], closed["state"], closed["due_at"]) == ("handled", "closed", None)


def test_m3_an_alert_becomes_a_lead_and_the_topic_it_grows_into_knows_the_alert(server: Server) -> None:
    raised = triaged(server)
    linked = must(server.staff("monitor"), f"/kitchen/alerts/{raised['id']}/links", {"kind": "lead"})
    lead = server.staff("editor").does("GET", f"/kitchen/leads/{linked['links'][0]['thing']}")
    assert (lead["source"], lead["source_ref"], lead["place"]) == ("opinion", raised["items"][0]["url"], "顾村镇")
    assert lead["from_alerts"] == [raised["id"]]
    must(server.staff("editor"), f"/kitchen/leads/{lead['id']}/verify")
    topic = must(server.staff("editor"), f"/kitchen/leads/{lead['id']}/convert", {})
    assert topic["from_alerts"] == [raised["id"]]


def test_m3_an_alert_becomes_a_case_a_request_and_a_reply(outlets: Outlets) -> None:
    server = outlets.server
    raised = triaged(server)
    path = f"/kitchen/alerts/{raised['id']}/links"
    row = posted(outlets, "app")
    must(server.staff("monitor"), path, {"kind": "case", "story": row["story"], "severity": "S3"})
    citizen = server.citizen()
    request = citizen.does("POST", "/requests", {"service": "manhole", "title": "停水", "text": "又停水了"})
    must(server.staff("monitor"), path, {"kind": "request", "thing": request["code"]})
    reply = {"kind": "reply", "text": "抢修已经完成，感谢关注。", "url": "https://weibo.example/reply/1"}
    linked = must(server.staff("channels"), path, reply)
    links = {link["kind"]: link for link in linked["links"]}
    case = server.staff("chief").does("GET", f"/kitchen/cases/{links['case']['thing']}")
    assert (case["from_alerts"], case["kind"], case["found_by"]) == ([raised["id"]], "correction", "舆情监测")
    assert links["request"]["code"] == request["code"]
    desk = server.staff("dispatcher").does("GET", f"/desk/requests/{request['id']}")
    assert desk["from_alerts"] == [raised["id"]]
    assert "from_alerts" not in citizen.does("GET", f"/requests/{request['id']}")
    assert links["reply"]["url"] == reply["url"]
    assert links["reply"]["by"]["id"] == server.staff("channels").id
    # The same once more is no second link.
    again = must(server.staff("monitor"), path, {"kind": "request", "thing": request["id"]})
    assert len(again["links"]) == 3


def test_m3_the_guards_of_an_alert(server: Server) -> None:
    raised = alert(server)
    path = f"/kitchen/alerts/{raised['id']}"
    monitor = server.staff("monitor")
    refused(do(monitor, f"{path}/links", {"kind": "lead"}), 409, "illegal_state")
    refused(do(monitor, f"{path}/dismiss", {}), 422, "validation")
    refused(do(server.staff("proof"), f"{path}/triage", {}), 403, "role_forbidden")
    refused(do(monitor, f"{path}/assign", {"owner": server.staff("reporter").id}), 409, "illegal_state")
    must(monitor, f"{path}/triage", {})
    refused(do(monitor, f"{path}/assign", {"owner": "nobody"}), 422, "validation")
    assigned = must(monitor, f"{path}/assign", {"owner": server.staff("reporter").id})
    assert assigned["owner"]["id"] == server.staff("reporter").id
    refused(do(server.staff("reporter"), f"{path}/handle", {}), 409, "guard_failed", "has_link")
    ended = must(monitor, f"{path}/dismiss", {"reason": "说的是外区的顾村"})
    assert (ended["state"], ended["reason"], ended["allowed"]) == ("false_alarm", "说的是外区的顾村", [])
    refused(do(monitor, f"{path}/links", {"kind": "lead"}), 409, "illegal_state")
    assert monitor.get("/kitchen/alerts/no-such-alert").status_code == 404


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"kind": "topic", "place": "顾村"}, "place"),
        ({"kind": "case"}, "story"),
        ({"kind": "request"}, "thing"),
        ({"kind": "reply", "thing": "x"}, "thing"),
        ({"kind": "reply", "text": "好", "url": "ftp://x.example/"}, "url"),
        ({"kind": "reply", "text": "好", "url": "https://x.example/", "at": "2099-01-01T00:00:00Z"}, "at"),
        ({"kind": "topic", "thing": "no-such"}, "thing"),
        ({"kind": "request", "thing": "no-such"}, "thing"),
        ({"kind": "other"}, "kind"),
    ],
)
def test_m3_a_link_that_makes_no_sense_is_refused_by_its_field(server: Server, form: Any, field: str) -> None:
    path = f"/kitchen/alerts/{triaged(server)['id']}/links"
    problem = refused(do(server.staff("monitor"), path, form), 422, "validation")
    assert [error["field"] for error in problem["errors"]] == [field]


def test_m3_a_rule_says_which_words_place_and_growth_it_found(server: Server) -> None:
    key = word()
    fields = {"all_words": ["断档"], "growth": {"by": 100, "minutes": 30}, "not_words": ["演练"], "places": []}
    made = rule(server, key, words=[key, "没有的词"], **fields)
    item = opinion(f"罗店 Ｓｔｏｐ 断 档了 {key}", heat=20)
    now = datetime.fromisoformat(
        server.staff("monitor").does("GET", "/kitchen/opinion-rules")["items"][0]["created_at"]
    )
    at = [(now - timedelta(minutes=minutes)).isoformat() for minutes in (40, 20, 1)]
    assert take_in(server, item | {"at": at[0]})["alerts"] == []
    assert take_in(server, item | {"at": at[1], "heat": 60})["alerts"] == []
    (found,) = take_in(server, item | {"at": at[2], "heat": 130})["alerts"]
    raised = server.staff("monitor").does("GET", f"/kitchen/alerts/{found}")
    (taken,) = raised["items"]
    assert taken["why"]["words"] == [key, "断档"]
    assert taken["why"]["places"] == [{"name": "罗店", "town": "luodian"}]
    growth = taken["why"]["growth"]
    assert (growth["from"], growth["to"], growth["by"], growth["minutes"]) == (20, 130, 110, 30)
    assert raised["rule"] == {"id": made["id"], "number": 1, "name": "停水反映"}
    assert raised["heat"] == 130
    series = server.staff("monitor").does("GET", f"/kitchen/opinions/{taken['id']}")["heats"]
    assert [each["heat"] for each in series] == [20, 60, 130]
    # It is taken in once, whatever becomes of its heat.
    assert take_in(server, item | {"heat": 5000})["alerts"] == []
    # Another one of the same place joins; one of another place is another alert; one of no place is none.
    joined = take_in(server, opinion(f"罗店镇断档，{key}", heat=1, at=at[0]))
    assert joined["alerts"] == []
    second = opinion(f"罗店镇断档，{key}", heat=1, at=at[1])
    take_in(server, second)
    assert take_in(server, second | {"heat": 500, "at": at[2]})["alerts"] == [found]
    other = opinion(f"大场断档，{key}", heat=1, at=at[1])
    take_in(server, other)
    assert take_in(server, other | {"heat": 500, "at": at[2]})["alerts"] not in ([], [found])
    nowhere = opinion(f"某地断档，{key}", heat=1, at=at[1])
    take_in(server, nowhere)
    assert take_in(server, nowhere | {"heat": 500, "at": at[2]})["alerts"] == []
    drill = opinion(f"罗店断档演练，{key}", heat=1, at=at[1])
    take_in(server, drill)
    assert take_in(server, drill | {"heat": 500, "at": at[2]})["alerts"] == []


def test_m3_a_rule_is_tried_on_what_was_said_and_changes_nothing(server: Server) -> None:
    key = word()
    take_in(server, opinion(f"顾村公园{key}"), opinion(f"吴淞{key}"), opinion(f"外地{key}"))
    before = len(server.staff("monitor").does("GET", "/kitchen/alerts?limit=100")["items"])
    form = {"words": [key], "where": "district", "last": 50}
    tried = must(server.staff("monitor"), "/kitchen/opinion-trials", form)
    assert (len(tried["items"]), tried["alerts"]) == (2, 2)
    assert {hit["why"]["places"][0]["town"] for hit in tried["items"]} == {"gucun", "wusong"}
    named = must(server.staff("monitor"), "/kitchen/opinion-trials", {"words": [key], "places": ["外地"]})
    assert [hit["why"]["places"] for hit in named["items"]] == [[{"name": "外地", "town": None}]]
    assert len(server.staff("monitor").does("GET", "/kitchen/alerts?limit=100")["items"]) == before


def test_m3_a_rule_has_versions_and_a_paused_one_looks_at_nothing(server: Server) -> None:
    key = word()
    made = rule(server, key, growth={"by": 5, "minutes": 5})
    monitor, path = server.staff("monitor"), f"/kitchen/opinion-rules/{made['id']}"
    assert monitor.patch(path, {"min_heat": 3}).status_code in {400, 428}
    headers = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": f'"{made["ver"]}"'}
    changed = monitor.does("PATCH", path, {"growth": None, "reason": "先不看增幅"}, headers=headers)
    assert (changed["number"], changed["growth"], changed["words"]) == (2, None, [key])
    assert [version["number"] for version in changed["versions"]] == [2, 1]
    assert changed["versions"][1]["content"]["growth"] == {"by": 5, "minutes": 5}
    late = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": f'"{made["ver"]}"'}
    assert monitor.call("PATCH", path, json={"min_heat": 3}, headers=late).status_code == 412
    must(monitor, f"{path}/pause")
    assert take_in(server, opinion(f"顾村{key}"))["alerts"] == []
    refused(do(monitor, f"{path}/pause"), 409, "illegal_state")
    must(monitor, f"{path}/activate")
    assert len(take_in(server, opinion(f"顾村镇{key}"))["alerts"]) == 1
    refused(
        do(server.staff("reporter"), "/kitchen/opinion-rules", {"name": "x", "words": ["y"]}), 403, "role_forbidden"
    )
    for form, field in (
        ({"name": "没有词"}, "words"),
        ({"name": "没有镇", "words": ["停水"], "towns": ["nowhere"]}, "towns.0"),
        ({"name": "太短", "words": ["停水"], "growth": {"by": 0, "minutes": 5}}, "growth.by"),
    ):
        problem = refused(do(monitor, "/kitchen/opinion-rules", form), 422, "validation")
        assert problem["errors"][0]["field"] == field


def test_m3_the_same_source_and_address_is_one_item(server: Server) -> None:
    item = opinion(f"庙行{word()}")
    first = take_in(server, item)
    again = take_in(server, item | {"heat": 40}, opinion(word()))
    assert first["new"] == [first["items"][0]["id"]]
    assert again["items"][0]["id"] == first["items"][0]["id"]
    assert again["new"] == [again["items"][1]["id"]]
    assert (again["items"][0]["heat"], again["items"][0]["towns"]) == (40, ["miaohang"])
    found = server.staff("monitor").does("GET", "/kitchen/opinions?town=miaohang&stance=negative&limit=100")["items"]
    assert first["items"][0]["id"] in [each["id"] for each in found]


def test_m3_the_desk_holds_the_last_items_that_moved_and_no_others(server: Server) -> None:
    reporter = server.phone(server.staff("reporter"), ["desk:monitoring"])
    reporter.go_online()
    old, kept = opinion(word()), opinion(word())
    oldest, moved = take_in(server, old, kept)["items"]
    assert reporter.wait_for(lambda: reporter.get("opinion_item", oldest["id"], "desk:monitoring")) == oldest
    newest = take_in(server, *(opinion(word()) for _ in range(199)), kept | {"heat": 99})["items"]
    held = reporter.wait_for(
        lambda: (
            reporter.get("opinion_item", oldest["id"], "desk:monitoring") is None
            and {item_id for kind, item_id in reporter.items["desk:monitoring"] if kind == "opinion_item"}
        )
    )
    # Of the first two, the one that moved again is still there.
    assert held == {item["id"] for item in newest}
    assert (newest[-1]["id"], newest[-1]["heat"]) == (moved["id"], 99)
    assert reporter.get("opinion_item", moved["id"], "desk:monitoring") == newest[-1]
    # What has left the desk is there for whoever asks for it, and comes back when it moves.
    assert server.staff("reporter").does("GET", f"/kitchen/opinions/{oldest['id']}")["id"] == oldest["id"]
    take_in(server, old | {"heat": 500})
    assert reporter.wait_for(lambda: reporter.get("opinion_item", oldest["id"], "desk:monitoring"))["heat"] == 500
    assert reporter.equals_server()
    reporter.go_offline()
    for who in ("proof", "assessor", "office"):
        answer = server.staff(who).get("/sync/snapshot", params={"streams": "desk:monitoring"})
        refused(answer, 403, "stream_forbidden")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"heat": -1}, "items.1.heat"),
        ({"heat": "12"}, "items.1.heat"),
        ({"url": "javascript:alert(1)"}, "items.1.url"),
        ({"url": "ftp://x.example/a"}, "items.1.url"),
        ({"url": "https://"}, "items.1.url"),
        ({"stance": "angry"}, "items.1.stance"),
        ({"at": "2099-01-01T00:00:00Z"}, "items.1.at"),
        ({"at": "2026-01-01T00:00:00"}, "items.1.at"),
        ({"text": "长" * 4001}, "items.1.text"),
        ({"text": "  "}, "items.1.text"),
        ({"topic_ref": "no-such"}, "items.1.topic_ref"),
        ({"colour": "red"}, "items.1.colour"),
        ({"source": ""}, "items.1.source"),
    ],
)
def test_m3_a_bad_row_of_a_batch_is_named_and_nothing_is_taken(server: Server, fields: Any, field: str) -> None:
    good = opinion(word())
    answer = do(server.staff("monitor"), "/kitchen/opinions", {"items": [good, opinion(word()) | fields]})
    problem = refused(answer, 422, "validation")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert take_in(server, good)["new"] != []


def test_m3_a_batch_is_bounded(server: Server) -> None:
    monitor = server.staff("monitor")
    for items in ([], [opinion("x")] * 201, "x", None):
        assert do(monitor, "/kitchen/opinions", {"items": items}).status_code == 422
    assert len(take_in(server, *(opinion(word()) for _ in range(200)))["new"]) == 200
    refused(do(server.staff("reporter"), "/kitchen/opinions", {"items": [opinion("x")]}), 403, "role_forbidden")


def test_m3_a_table_is_imported_row_by_row(server: Server, tmp_path: Path) -> None:
    key = uuid.uuid4().hex
    rule(server, key[:20])
    lines = [
        "平台,链接,内容,热度,倾向,时间",
        f"微博,https://weibo.example/{key},顾村{key},12,负面,2026-03-01 08:00",
        f"论坛,javascript:alert(1),{key},12,负面,",
        f"论坛,https://forum.example/{key},{key},很热,负面,",
        f"论坛,https://forum.example/later,{key},1,中性,2099-01-01 08:00",
    ]
    table = tmp_path / "opinions.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    made = server.flask("import", "opinions", str(table), check=False)
    assert made.returncode == 2, made.stdout + made.stderr
    assert "items 1 · 新 new 1 · 预警 alerts 1 · 未收 refused 3" in made.stdout
    for line, field in ((3, "url"), (4, "heat"), (5, "时间")):
        assert f"line {line}: " in made.stdout
        assert field in made.stdout
    found = server.staff("monitor").does("GET", "/kitchen/opinions?stance=negative")["items"][0]
    assert (found["url"], found["heat_at"][:16]) == (f"https://weibo.example/{key}", "2026-03-01T00:00")


def test_m3_an_alert_nobody_triages_or_handles_in_time_raises_an_alarm(outlets: Outlets) -> None:
    server = outlets.server
    raised = alert(server)
    path = f"/kitchen/alerts/{raised['id']}"
    outlets.move_clock(14 * 60)
    assert about(outlets, "alert_overdue", raised["id"]) == []
    outlets.move_clock(2 * 60)
    wait_until(lambda: about(outlets, "alert_overdue", raised["id"]), 15)
    assert "研判" in about(outlets, "alert_overdue", raised["id"])[0]["text"]
    must(server.staff("monitor"), f"{path}/triage", {})
    assert about(outlets, "alert_overdue", raised["id"]) == []
    must(server.staff("monitor"), f"{path}/assign", {"owner": server.staff("reporter").id})
    outlets.move_clock(121 * 60)
    wait_until(lambda: about(outlets, "alert_overdue", raised["id"]), 15)
    assert "处置" in about(outlets, "alert_overdue", raised["id"])[0]["text"]
    must(server.staff("reporter"), f"{path}/links", {"kind": "lead"})
    must(server.staff("reporter"), f"{path}/handle", {})
    assert about(outlets, "alert_overdue", raised["id"]) == []


def test_m3_alerts_reach_the_command_desk_by_themselves(server: Server) -> None:
    phone = server.phone(server.staff("duty"), ["kitchen"])
    phone.go_online()
    try:
        raised = alert(server)
        held = wait_until(lambda: phone.get("alert", raised["id"], "kitchen"))
        assert held["items"][0]["why"] == raised["items"][0]["why"]
        assert "text" not in held["items"][0]
    finally:
        phone.go_offline()


def test_m3_no_words_go_into_history(server: Server) -> None:
    raised = triaged(server)
    must(server.staff("monitor"), f"/kitchen/alerts/{raised['id']}/links", {"kind": "lead"})
    events = str(tables.run(server, "SELECT data FROM event WHERE entity IN ('alert', 'opinion', 'opinion_rule')"))
    assert "顾村" not in events
    assert raised["items"][0]["url"] not in events


def test_m3_places_of_a_town_are_data(server: Server) -> None:
    monitor, place = server.staff("monitor"), f"地名{word()[-6:]}"
    known = next(each for each in monitor.does("GET", "/kitchen/opinion-places")["items"] if each["id"] == "yuepu")
    assert known["called"] == ["月浦镇", "月浦"]
    headers = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": f'"{known["ver"]}"'}
    form = {"names": [*known["names"], place]}
    changed = monitor.does("PATCH", "/kitchen/opinion-places/yuepu", form, headers=headers)
    assert place in changed["names"]
    assert take_in(server, opinion(f"{place}门口积水"))["items"][0]["towns"] == ["yuepu"]
    stale = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": f'"{known["ver"]}"'}
    assert monitor.call("PATCH", "/kitchen/opinion-places/yuepu", json=form, headers=stale).status_code == 412


# ── M4: latencies ──


def test_m4_a_withdrawal_shows_four_latencies_and_names_the_slowest_channel(outlets: Outlets) -> None:
    row = posted(outlets)
    outlets.weibo.rule(path="/2/statuses/destroy.json", kind="refuse", status=503, errcode=10001, times=1)
    seen = outlets.now() - timedelta(minutes=5)
    form = {"kind": "withdrawal", "story": row["story"], "severity": "S1", "reason": "数据有误"}
    case = does(outlets.server.staff("duty"), "/kitchen/cases", form | {"detected_at": seen.isoformat()})

    def done() -> bool:
        outlets.move_clock(15)
        return bool(outlets.case(row["story"], "withdrawal")["state"] == "done")

    wait_until(done, 60, 0.3)
    latencies = outlets.case(row["story"], "withdrawal")["latencies"]
    assert latencies["detect_to_open_s"] >= 300
    assert latencies["open_to_decision_s"] == 0
    assert latencies["decision_to_first_s"] == 0
    assert latencies["decision_to_last_s"] >= 10
    assert latencies["slowest"] == "weibo"
    found = read(outlets, "/monitoring/latencies")
    assert case["id"] in found["overall"]["decision_to_last"]["behind"]
    weibo = next(each for each in found["channels"] if each["channel"] == "weibo")
    assert weibo["count"] >= 1
    assert weibo["p50_s"] <= weibo["p90_s"] <= weibo["slowest"]["seconds"]
    assert weibo["limit_s"] == 600
    assert next(each for each in found["channels"] if each["channel"] == "app")["p90_s"] == 0
    empty = read(outlets, "/monitoring/latencies?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z")
    assert (empty["cases"], empty["overall"]["decision_to_last"]["p50_s"]) == (0, None)
    monitor = outlets.server.staff("monitor")
    for query in (
        "from=2020-02-01T00:00:00Z&to=2020-01-01T00:00:00Z",
        "from=2020-02-01T00:00:00Z",
        "from=yesterday",
    ):
        assert monitor.get(f"/kitchen/monitoring/latencies?{query}").status_code == 422


def test_m4_a_channel_that_is_late_is_reported_by_the_houses_own_limit(outlets: Outlets) -> None:
    server = outlets.server
    head = server.staff("head")
    limits = head.does("GET", "/kitchen/monitoring/limits")
    headers = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": f'"{limits["ver"]}"'}
    changed = head.does("PATCH", "/kitchen/monitoring/limits", {"latency_other_s": 120}, headers=headers)
    assert (changed["latency_other_s"], changed["latency_app_s"]) == (120, 5)
    for form in ({}, {"latency_other_s": 1}, {"latency_other_s": "120"}, {"colour": 1}):
        fresh = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": f'"{changed["ver"]}"'}
        assert head.call("PATCH", "/kitchen/monitoring/limits", json=form, headers=fresh).status_code == 422
    row = posted(outlets)
    outlets.weibo.rule(path="/2/statuses/destroy.json", kind="refuse", status=503, errcode=10001)
    form = {"kind": "withdrawal", "story": row["story"], "severity": "S1", "reason": "数据有误"}
    case = does(server.staff("duty"), "/kitchen/cases", form)

    def others_are_done() -> bool:
        targets = outlets.case(row["story"], "withdrawal")["targets"]
        return all(target["applied_at"] for target in targets if target["channel"] != "weibo")

    wait_until(others_are_done, 30, 0.1)

    def reported() -> list[dict[str, Any]]:
        outlets.move_clock(60)
        return about(outlets, "case_latency", case["id"])

    (alarm,) = wait_until(reported, 40, 0.3)
    assert "微博" in alarm["text"]
    breach = "SELECT data FROM event WHERE type = 'case.latency_breach' AND entity_id = :id"
    ((data,),) = tables.run(server, breach, id=case["id"])
    assert '"channel":"weibo"' in data
    outlets.weibo.behave()

    def done() -> bool:
        outlets.move_clock(120)
        return bool(outlets.case(row["story"], "withdrawal")["state"] in {"done", "partial"})

    wait_until(done, 60, 0.3)
    found = outlets.case(row["story"], "withdrawal")
    if found["state"] == "done":
        assert about(outlets, "case_latency", case["id"]) == []
    assert outlets.target(found, "weibo")["late_at"] is not None


# ── M5: scans ──


def test_m5_a_dictionary_put_to_use_lists_the_live_articles_it_hits(outlets: Outlets) -> None:
    server, key = outlets.server, word()
    rows = []
    for _ in range(2):
        story = signed_story(server, f"{key}，水务局昨夜抢修。")
        does(server.staff("chief"), "/kitchen/publications", {"story": story["id"]})
        rows.append(story)
    draft = must(server.staff("proof"), "/kitchen/dictionary", {"note": "复扫"})
    path = f"/kitchen/dictionary/{draft['id']}"
    entry = {"text": key, "kind": "sensitive", "level": "block", "category": "样例"}
    assert examine.command(server.staff("proof"), f"{path}/changes", {"words": [entry]}, draft["ver"]).ok
    must(server.staff("proof"), f"{path}/test")
    number = must(server.staff("chief"), f"{path}/activate")["number"]

    def hits(state: str = "open") -> dict[str, dict[str, Any]]:
        found = read(outlets, f"/scan-hits?version={number}&state={state}")["items"]
        return {hit["article"]: hit for hit in found}

    wait_until(lambda: len(hits()) == 2, 30)
    first, second = (hits()[story["id"]] for story in rows)
    assert (first["findings"][0]["rule"], first["headline"]) == ("sensitive", rows[0]["headline"])
    assert about(outlets, "scan_hit", rows[0]["id"])
    monitor = server.staff("monitor")
    refused(do(monitor, f"/kitchen/scan-hits/{first['id']}/dismiss", {}), 422, "validation")
    dismissed = must(monitor, f"/kitchen/scan-hits/{first['id']}/dismiss", {"reason": "是地名，不是那个词"})
    assert (dismissed["state"], dismissed["decided_by"]["id"]) == ("dismissed", monitor.id)
    assert about(outlets, "scan_hit", rows[0]["id"]) == []
    refused(do(monitor, f"/kitchen/scan-hits/{first['id']}/correct", {}), 409, "illegal_state")
    corrected = must(monitor, f"/kitchen/scan-hits/{second['id']}/correct", {"severity": "S3"})
    case = server.staff("chief").does("GET", f"/kitchen/cases/{corrected['case']}")
    assert (case["from_scan_hits"], case["story"], case["severity"]) == ([second["id"]], rows[1]["id"], "S3")
    assert (list(hits("dismissed")), list(hits("corrected")), hits()) == ([rows[0]["id"]], [rows[1]["id"]], {})


def test_the_demo_shows_a_visitor_rules_items_and_an_open_alert(make_server: Callable[..., Server]) -> None:
    server = make_server()
    monitor = server.staff("monitor")
    assert len(monitor.does("GET", "/kitchen/opinion-rules")["items"]) >= 2
    assert len(monitor.does("GET", "/kitchen/opinions")["items"]) >= 3
    (raised, *_) = monitor.does("GET", "/kitchen/alerts?state=new")["items"]
    assert raised["items"][0]["why"]["words"]
