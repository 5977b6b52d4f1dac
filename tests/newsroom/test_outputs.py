"""Five renditions on five channels, the house's own paper and television among them, and how they are taken back."""

from __future__ import annotations

from typing import Any

from scenario import presses
from scenario.examine import does
from tests.newsroom.outlets import RUNDOWN, Outlets, cleared
from tests.support.server import wait_until

FIVE = ("app", "wechat", "weibo", "newspaper", "broadcast")


def printed_and_aired(outlets: Outlets) -> tuple[dict[str, Any], dict[str, Any]]:
    """A story that is out on all five channels, and its renditions by kind."""
    server = outlets.server
    story, rows = cleared(server)
    issue = presses.begin_issue(server.staff, presses.free_day(server.staff))
    issue = presses.leave_blank(server.staff, presses.place(server.staff, issue, rows["page_slot"]))
    rundown = presses.begin_show(server.staff, RUNDOWN["planned_seconds"])
    rundown = presses.add_item(server.staff, rundown, rows["rundown_item"])
    does(server.staff("channels"), "/kitchen/publications", {"story": story["id"]})
    presses.print_issue(server.staff, issue)
    presses.air(server.staff, rundown)
    for channel in FIVE:
        outlets.until(story["id"], channel, "receipted")
    return story, rows


def test_b1_five_renditions_on_five_channels_have_five_receipts(outlets: Outlets) -> None:
    story, rows = printed_and_aired(outlets)
    receipts = {channel: outlets.one(story["id"], channel) for channel in FIVE}
    assert len({receipt["external_id"] for receipt in receipts.values()}) == 5
    assert receipts["newspaper"]["external_id"].endswith("/A01/2")
    assert len(receipts["newspaper"]["evidence"]["page_hash"]) == 64
    assert receipts["broadcast"]["evidence"]["start"] < receipts["broadcast"]["evidence"]["end"]
    kinds = {"wechat": "wechat_article", "weibo": "weibo_post", "newspaper": "page_slot", "broadcast": "rundown_item"}
    for channel, kind in kinds.items():
        assert receipts[channel]["hash"] == rows[kind]["text_hash"]
    renditions = outlets.server.staff("editor").does("GET", f"/kitchen/packages?story={story['id']}")["items"][0]
    assert {row["state"] for row in renditions["renditions"]} == {"live"}


def by_hand(case: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {target["channel"]: target for target in case["targets"] if target["state"] == "manual_needed"}


def test_b6_a_withdrawal_does_on_each_channel_what_it_can_and_is_partial_until_the_next_issue(outlets: Outlets) -> None:
    server = outlets.server
    story, _ = printed_and_aired(outlets)
    form = {"kind": "withdrawal", "story": story["id"], "reason": "消息来源更正了说法"}
    does(server.staff("duty"), "/kitchen/cases", form)
    for channel in ("wechat", "weibo"):
        outlets.until(story["id"], channel, "withdrawn")
    wait_until(lambda: len(by_hand(outlets.case(story["id"], "withdrawal"))) == 2)
    partial = outlets.case_until(story["id"], "withdrawal", "partial")
    owed = by_hand(partial)
    assert {channel: target["action"] for channel, target in owed.items()} == {
        "newspaper": "next_issue",
        "broadcast": "on_air",
    }

    issue = presses.leave_blank(server.staff, presses.begin_issue(server.staff, presses.free_day(server.staff)))
    notices = f"/kitchen/issues/{issue['id']}/notices"
    issue = presses.orders(server.staff("layout"), notices, {"target": owed["newspaper"]["id"]}, issue["ver"])
    assert outlets.target(outlets.case(story["id"], "withdrawal"), "newspaper")["state"] == "manual_needed"
    presses.print_issue(server.staff, issue)
    after_print = outlets.case(story["id"], "withdrawal")
    assert outlets.target(after_print, "newspaper")["state"] == "verified"
    assert after_print["state"] == "partial"

    rundown = presses.begin_show(server.staff, 20)
    path = f"/kitchen/rundowns/{rundown['id']}/corrections"
    rundown = presses.orders(server.staff("tv"), path, {"target": owed["broadcast"]["id"]}, rundown["ver"])
    presses.air(server.staff, rundown)
    done = outlets.case(story["id"], "withdrawal")
    assert (done["state"], done["latencies"]["slowest"]) == ("done", "broadcast")


def test_a_story_withdrawn_before_the_press_is_on_no_page_and_in_no_show(outlets: Outlets) -> None:
    server = outlets.server
    story, rows = cleared(server)
    issue = presses.begin_issue(server.staff, presses.free_day(server.staff))
    issue = presses.leave_blank(server.staff, presses.place(server.staff, issue, rows["page_slot"]))
    rundown = presses.begin_show(server.staff, RUNDOWN["planned_seconds"])
    rundown = presses.add_item(server.staff, rundown, rows["rundown_item"])
    does(server.staff("channels"), "/kitchen/publications", {"story": story["id"]})
    outlets.until(story["id"], "wechat", "receipted")
    does(server.staff("duty"), "/kitchen/cases", {"kind": "withdrawal", "story": story["id"], "reason": "数据有误"})
    done = outlets.case_until(story["id"], "withdrawal", "done", 60)
    assert {"newspaper", "broadcast"}.isdisjoint(target["channel"] for target in done["targets"])
    issue = server.staff("layout").does("GET", f"/kitchen/issues/{issue['id']}")
    assert [slot["rendition"] for slot in issue["pages"][0]["slots"]] == [None] * len(issue["pages"][0]["slots"])
    assert server.staff("tv").does("GET", f"/kitchen/rundowns/{rundown['id']}")["items"] == []
