"""Corrections 更正 and withdrawals 撤稿: started once, carried out on every channel by what it can do, and verified."""

from __future__ import annotations

from typing import Any

from scenario.examine import command, correct, does
from tests.newsroom.kitchen import refused
from tests.newsroom.outlets import BODY, Outlets, cleared, written_body

CORRECTED = BODY.replace("凌晨恢复供水", "清晨恢复供水")
CHANNELS = ("app", "wechat", "weibo", "syndication", "webhook-city")
DESTROY = "/2/statuses/destroy.json"


def published(outlets: Outlets, **fields: Any) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """A story that is out on every channel."""
    story, rows = cleared(outlets.server, "app_article", "wechat_article", "weibo_post", **fields)
    does(outlets.server.staff("channels"), "/kitchen/publications", {"story": story["id"]})
    for channel in CHANNELS:
        outlets.until(story["id"], channel, "receipted")
    return story, rows


def living(vendor: Any, story: dict[str, Any]) -> list[dict[str, Any]]:
    return [post for post in vendor.living() if story["id"] in str(post)]


def corrected_body(story: dict[str, Any]) -> list[dict[str, Any]]:
    blocks = written_body(story)
    return [block | ({"html": block["html"].replace("凌晨", "清晨")} if "html" in block else {}) for block in blocks]


def test_a_withdrawal_takes_a_story_from_every_channel_and_each_is_verified(outlets: Outlets) -> None:
    story, _ = published(outlets)
    form = {
        "kind": "withdrawal",
        "story": story["id"],
        "severity": "S1",
        "found_by": "读者",
        "reason": "引用的数据有误",
    }
    case = does(outlets.server.staff("duty"), "/kitchen/cases", form)
    assert (case["state"], case["severity"]) == ("executing", "S1")
    # The app's phones come first: theirs is gone with this very answer.
    assert outlets.target(case, "app")["state"] == "verified"
    assert outlets.server.anonymous().get(f"/articles/{story['id']}").status_code == 410
    done = outlets.case_until(story["id"], "withdrawal", "done")
    assert {target["channel"]: target["state"] for target in done["targets"]} == dict.fromkeys(CHANNELS, "verified")
    assert outlets.target(done, "wechat")["action"] == "delete"
    assert living(outlets.weibo, story) == living(outlets.wechat, story) == []
    last = [call for call in outlets.partner.calls() if story["id"] in str(call)][-1]
    assert last["type"] == "article.withdrawn"
    assert set(done["latencies"]) == {
        "detect_to_open_s",
        "open_to_decision_s",
        "decision_to_first_s",
        "decision_to_last_s",
        "slowest",
    }
    assert done["latencies"]["slowest"] != "app"
    for channel in CHANNELS:
        assert outlets.one(story["id"], channel)["state"] == "withdrawn"
    notice = outlets.server.anonymous().does("GET", "/corrections")["items"][0]
    assert (notice["article"], notice["kind"], notice["headline"]) == (story["id"], "withdrawal", None)


def test_a_correction_goes_wherever_the_story_is(outlets: Outlets) -> None:
    story, _ = published(outlets)
    live = outlets.server.staff("chief").does("GET", f"/editor/stories/{story['id']}")
    correct(outlets.server.staff, story["id"], {"body": corrected_body(live), "note": "恢复供水的时间应为清晨。"})
    done = outlets.case_until(story["id"], "correction", "done", 60)
    assert [(change["before"], change["after"]) for change in done["changes"]] == [
        ("水务局昨夜抢修爆裂的水管，凌晨恢复供水。", "水务局昨夜抢修爆裂的水管，清晨恢复供水。")
    ]
    assert outlets.target(done, "weibo")["action"] == "repost"
    assert outlets.target(done, "webhook-city")["action"] == "edit"
    for vendor in (outlets.wechat, outlets.weibo):
        (post,) = living(vendor, story)
        assert "清晨恢复供水" in str(post)
        assert "凌晨恢复供水" not in str(post)
    article = outlets.server.anonymous().does("GET", f"/articles/{story['id']}")
    (shown,) = article["corrections"]
    assert shown["note"] == "恢复供水的时间应为清晨。"
    assert shown["changes"][0]["before"].endswith("凌晨恢复供水。")
    public = outlets.server.anonymous().does("GET", "/corrections")["items"][0]
    assert (public["article"], public["note"]) == (story["id"], "恢复供水的时间应为清晨。")
    kinds = [call["type"] for call in outlets.partner.calls() if story["id"] in str(call)]
    assert kinds == ["article.published", "article.corrected"]


def test_a_withdrawal_may_give_its_reason_within_the_hour(outlets: Outlets) -> None:
    story, _ = published(outlets)
    case = does(outlets.server.staff("duty"), "/kitchen/cases", {"kind": "withdrawal", "story": story["id"]})
    assert case["reason"] is None
    assert case["reason_due"]
    outlets.case_until(story["id"], "withdrawal", "done")
    outlets.move_clock(3601)
    outlets.until_alarm("case_reason", case["id"])
    told = does(outlets.server.staff("duty"), f"/kitchen/cases/{case['id']}/reason", {"reason": "当事人要求更正"})
    assert told["reason"] == "当事人要求更正"
    assert case["id"] not in [alarm["about"]["id"] for alarm in outlets.alarms("case_reason")]
    gone = outlets.server.anonymous().get(f"/articles/{story['id']}").json()
    assert gone["reason"] == "当事人要求更正"
    again = command(outlets.server.staff("duty"), f"/kitchen/cases/{case['id']}/reason", {"reason": "再写一次"})
    refused(again, 409, "guard_failed", "no_reason_yet")


def test_what_cannot_be_deleted_is_left_openly_partial_until_somebody_proves_it(outlets: Outlets) -> None:
    story, _ = published(outlets)
    # The account lost its right to delete; that is no matter of trying again.
    outlets.weibo.rule(path=DESTROY, kind="refuse", status=403, errcode=10014, times=1)
    outlets.weibo.rule(path="/2/statuses/share.json", kind="refuse", status=403, errcode=10014, times=1)
    case = does(outlets.server.staff("duty"), "/kitchen/cases", {"kind": "withdrawal", "story": story["id"]})
    partial = outlets.case_until(story["id"], "withdrawal", "partial")
    target = outlets.target(partial, "weibo")
    assert (target["state"], target["action"]) == ("manual_needed", "manual")
    assert outlets.target(partial, "wechat")["state"] == "verified"
    outlets.until_alarm("case_by_hand", case["id"])
    path = f"/kitchen/cases/{case['id']}/targets/{target['id']}/prove"
    done = does(outlets.server.staff("channels"), path, {"told": "已在微博后台手工删除，见截图"})
    assert (done["state"], outlets.target(done, "weibo")["proved_by"]["name"] != "") == ("done", True)


def test_what_is_still_queued_never_goes_out_once_its_story_is_withdrawn(outlets: Outlets) -> None:
    story, _ = cleared(outlets.server, "weibo_post")
    stop = {"channels": ["weibo"], "reason": "核对口径"}
    does(outlets.server.staff("leader"), "/kitchen/halt", stop)
    does(outlets.server.staff("channels"), "/kitchen/publications", {"story": story["id"]})
    outlets.until(story["id"], "webhook-city", "receipted")
    does(outlets.server.staff("duty"), "/kitchen/cases", {"kind": "withdrawal", "story": story["id"]})
    does(outlets.server.staff("leader"), "/kitchen/resume", stop)
    assert outlets.one(story["id"], "weibo")["state"] == "cancelled"
    done = outlets.case_until(story["id"], "withdrawal", "done")
    assert "weibo" not in [target["channel"] for target in done["targets"]]
    assert living(outlets.weibo, story) == []


def test_a_stop_does_not_hold_up_a_withdrawal(outlets: Outlets) -> None:
    story, _ = published(outlets)
    stop = {"reason": "系统检查"}
    does(outlets.server.staff("leader"), "/kitchen/halt", stop)
    refused(
        command(outlets.server.staff("channels"), "/kitchen/publications", {"story": cleared(outlets.server)[0]["id"]}),
        409,
        "guard_failed",
        "channel_halted",
    )
    does(outlets.server.staff("duty"), "/kitchen/cases", {"kind": "withdrawal", "story": story["id"]})
    outlets.case_until(story["id"], "withdrawal", "done")
    does(outlets.server.staff("leader"), "/kitchen/resume", stop)


def test_who_may_only_report_opens_a_correction_and_withdraws_nothing(outlets: Outlets) -> None:
    story, _ = published(outlets)
    monitor = outlets.server.staff("monitor")
    refused(command(monitor, "/kitchen/cases", {"kind": "withdrawal", "story": story["id"]}), 403, "role_forbidden")
    case = does(monitor, "/kitchen/cases", {"kind": "correction", "story": story["id"], "found_by": "监测"})
    assert (case["state"], case["targets"]) == ("open", [])
