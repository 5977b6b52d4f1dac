"""Section 5 刊播: the queue, its receipts, and what becomes of lost answers, stops, embargoes and altered texts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from scenario.examine import command, correct, does
from scenario.phone import Phone
from tests.newsroom.kitchen import refused
from tests.newsroom.outlets import Outlets, cleared, package, signed_story, written_body
from tests.support import tables
from tests.support.server import wait_until

SHARE, SUBMIT = "/2/statuses/share.json", "/cgi-bin/freepublish/submit"


def publish(outlets: Outlets, story: dict[str, Any], **form: Any) -> list[dict[str, Any]]:
    made = does(outlets.server.staff("channels"), "/kitchen/publications", {"story": story["id"]} | form)
    return list(made["items"])


def posts_of(vendor: Any, story: dict[str, Any]) -> list[dict[str, Any]]:
    return [post for post in vendor.posts() if story["id"] in str(post)]


def test_wechat_weibo_and_partner_are_published_with_receipts(outlets: Outlets) -> None:
    story, rows = cleared(outlets.server, "app_article", "wechat_article", "weibo_post")
    publish(outlets, story)
    for channel in ("app", "wechat", "weibo", "syndication", "webhook-city"):
        row = outlets.until(story["id"], channel, "receipted")
        assert row["external_id"], row
    chat = outlets.one(story["id"], "wechat")
    assert (chat["hash"], chat["shown"]) == (rows["wechat_article"]["text_hash"], "same")
    assert outlets.one(story["id"], "weibo")["shown"] == "same"
    assert outlets.one(story["id"], "app")["evidence"]["seq"] > 0
    assert len(posts_of(outlets.weibo, story)) == len(posts_of(outlets.wechat, story)) == 1
    rendition = outlets.server.staff("editor").does("GET", f"/kitchen/renditions/{rows['weibo_post']['id']}")
    assert rendition["state"] == "live"


def test_b2_a_lost_answer_is_asked_after_and_leaves_one_post(outlets: Outlets) -> None:
    story, _ = cleared(outlets.server, "weibo_post")
    outlets.weibo.rule(path=SHARE, kind="lose", times=1)
    publish(outlets, story)
    row = outlets.until(story["id"], "weibo", "uncertain")
    assert row["words"]
    outlets.move_clock(10)
    outlets.until(story["id"], "weibo", "receipted")
    assert len(posts_of(outlets.weibo, story)) == 1


def test_b4_one_channel_that_refuses_leaves_the_others_alone(outlets: Outlets) -> None:
    story, _ = cleared(outlets.server, "wechat_article", "weibo_post")
    outlets.weibo.rule(path=SHARE, kind="refuse", status=400, errcode=20012, times=1)
    publish(outlets, story)
    failed = outlets.until(story["id"], "weibo", "failed")
    assert failed["words"]
    outlets.until_alarm("publication_failed", failed["id"])
    for channel in ("app", "wechat", "syndication", "webhook-city"):
        outlets.until(story["id"], channel, "receipted")
    does(outlets.server.staff("channels"), f"/kitchen/publications/{failed['id']}/resend", {})
    outlets.move_clock(40)
    outlets.until(story["id"], "weibo", "receipted")
    assert len(posts_of(outlets.weibo, story)) == 1


def test_b5_a_story_with_no_channel_is_refused(outlets: Outlets) -> None:
    story = signed_story(outlets.server)
    package(outlets.server, story)
    answer = command(
        outlets.server.staff("channels"), "/kitchen/publications", {"story": story["id"], "channels": ["weibo"]}
    )
    refused(answer, 409, "no_channel")
    assert outlets.find(story=story["id"]) == []


def test_b7_an_embargo_holds_until_its_second_and_a_jump_is_late(outlets: Outlets) -> None:
    server = outlets.server
    story, _ = cleared(server, "weibo_post")
    at = outlets.now() + timedelta(hours=2)
    publish(outlets, story, not_before=at.isoformat(), embargo=True)
    assert outlets.one(story["id"], "weibo")["state"] == "held"
    outlets.move_clock(7200 - 60)
    assert outlets.one(story["id"], "weibo")["state"] == "held"
    assert posts_of(outlets.weibo, story) == []
    outlets.move_clock(55)
    row = outlets.until(story["id"], "weibo", "receipted")
    assert datetime.fromisoformat(row["sent_at"]) >= at
    assert row["id"] not in [alarm["about"]["id"] for alarm in outlets.alarms("publication_late")]

    late, _ = cleared(server, "weibo_post")
    at = outlets.now() + timedelta(hours=1)
    publish(outlets, late, not_before=at.isoformat(), embargo=True)
    outlets.move_clock(3600 + 600)
    row = outlets.until(late["id"], "weibo", "receipted")
    outlets.until_alarm("publication_late", row["id"])
    outlets.until_alarm("story_late", late["id"])


def test_b8_a_text_that_the_channel_altered_is_noticed(outlets: Outlets) -> None:
    story, rows = cleared(outlets.server, "wechat_article")
    outlets.wechat.rule(path=SUBMIT, kind="alter", find="没有受到影响", replacement="受到影响", times=1)
    publish(outlets, story)
    row = outlets.until(story["id"], "wechat", "receipted")
    assert row["shown"] == "other"
    alarm = outlets.until_alarm("publication_drift", row["id"])
    assert rows["wechat_article"]["text_hash"][:12] in alarm["text"]


def test_b9_a_stop_holds_a_queue_of_twenty_and_lets_it_go_in_order(outlets: Outlets) -> None:
    server = outlets.server
    stop = {"channels": ["weibo"], "reason": "核对口径"}
    does(server.staff("leader"), "/kitchen/halt", stop)
    before = len(outlets.weibo.posts())
    stories = []
    for _ in range(20):
        story, _rows = cleared(server, "weibo_post")
        publish(outlets, story)
        stories.append(story["id"])
    assert all(outlets.one(story, "weibo")["state"] == "queued" for story in stories)
    channel = server.staff("channels").does("GET", "/kitchen/channels/weibo")
    assert (channel["state"], channel["queue"]["queued"]) == ("halted", 20)
    # The partner, who gets everything too, was not stopped with it.
    outlets.until(stories[-1], "webhook-city", "receipted")
    assert len(outlets.weibo.posts()) == before
    does(server.staff("leader"), "/kitchen/resume", stop)

    def gone_out() -> bool:
        outlets.move_clock(30)
        return all(outlets.one(story, "weibo")["state"] == "receipted" for story in stories)

    wait_until(gone_out, 90, pause=1)
    posted = [post for post in outlets.weibo.posts() if any(story in str(post) for story in stories)]
    assert [next(story for story in stories if story in str(post)) for post in posted] == stories


def test_counters_are_read_into_samples_that_are_only_added_to(outlets: Outlets) -> None:
    story, _ = cleared(outlets.server, "weibo_post")
    publish(outlets, story)
    row = outlets.until(story["id"], "weibo", "receipted")
    seen: list[int] = []
    for number in (10, 8, 12):
        outlets.weibo.count(row["external_id"], comments=number)
        outlets.move_clock(3601)
        seen.append(number)
        wait_until(lambda: samples(outlets, row, "comment") == list(reversed(seen)), 30)
    path = f"/kitchen/publications/{row['id']}/samples"
    items = outlets.server.staff("channels").does("GET", path)["items"]
    assert [each["fell"] for each in items if each["metric"] == "comment"] == [False, True, False]


def samples(outlets: Outlets, row: dict[str, Any], metric: str) -> list[int]:
    items = outlets.server.staff("channels").does("GET", f"/kitchen/publications/{row['id']}/samples")["items"]
    return [each["value"] for each in items if each["metric"] == metric]


@pytest.mark.parametrize(
    "loss", ["DELETE FROM job", "UPDATE job SET state = 'dead', leased_by = NULL, error = 'worker_lost'"]
)
def test_a_publication_whose_job_is_lost_is_looked_at_again_within_a_minute(outlets: Outlets, loss: str) -> None:
    server = outlets.server
    story, _ = cleared(server, "weibo_post")
    at = outlets.now() + timedelta(hours=1)
    publish(outlets, story, not_before=at.isoformat())
    # The story itself comes out at its hour, and with it the publications for partners; only this job is gone.
    held = outlets.one(story["id"], "weibo")
    tables.run(server, f"{loss} WHERE key LIKE :key", key=f"publication:{held['id']}:%")
    outlets.move_clock(3600 + 61)
    outlets.until(story["id"], "weibo", "receipted")
    assert len(posts_of(outlets.weibo, story)) == 1


def test_what_waits_for_a_stop_to_end_is_no_case_for_the_reaper(outlets: Outlets) -> None:
    server = outlets.server
    stop = {"channels": ["weibo"], "reason": "核对口径"}
    does(server.staff("leader"), "/kitchen/halt", stop)
    story, _ = cleared(server, "weibo_post")
    publish(outlets, story)
    outlets.until(story["id"], "webhook-city", "receipted")
    row = outlets.one(story["id"], "weibo")
    turns = "SELECT count(*) FROM job WHERE key LIKE :key"
    before = tables.run(server, turns, key=f"publication:{row['id']}:%")
    reaped = "SELECT count(*) FROM job WHERE kind = 'publication.reap' AND state = 'done'"
    ((done,),) = tables.run(server, reaped)
    outlets.move_clock(61)
    wait_until(lambda: tables.run(server, reaped) > [(done,)])
    assert tables.run(server, turns, key=f"publication:{row['id']}:%") == before
    does(server.staff("leader"), "/kitchen/resume", stop)
    outlets.until(story["id"], "weibo", "receipted")


@pytest.mark.parametrize("out", [False, True])
def test_a_person_settles_what_cannot_be_asked_after_since_its_draft_was_deleted(outlets: Outlets, out: bool) -> None:
    """Whether a draft was handed in or thrown away by hand, WeChat does not say; its own pages do."""
    story, _ = cleared(outlets.server, "wechat_article")
    # The line is cut before the draft is handed in; then somebody tidies the box.
    outlets.wechat.rule(path=SUBMIT, kind="drop", times=1)
    publish(outlets, story)
    row = outlets.until(story["id"], "wechat", "uncertain")
    outlets.wechat.drop_drafts()

    def reported() -> bool:
        outlets.move_clock(60)
        return row["id"] in [alarm["about"]["id"] for alarm in outlets.alarms("publication_uncertain")]

    wait_until(reported, 60, pause=0.5)
    assert outlets.one(story["id"], "wechat")["state"] == "uncertain"
    path = f"/kitchen/publications/{row['id']}/settle"
    told = {"out": out, "told": "在公众平台上看过"} | ({"external_id": "by-hand"} if out else {})
    does(outlets.server.staff("channels"), path, told)
    done = outlets.until(story["id"], "wechat", "receipted")
    assert row["id"] not in [alarm["about"]["id"] for alarm in outlets.alarms("publication_uncertain")]
    assert (done["external_id"] == "by-hand") is out
    assert len(posts_of(outlets.wechat, story)) == (0 if out else 1)


def test_what_is_sent_again_after_a_correction_are_the_corrected_words(outlets: Outlets) -> None:
    """One was refused, one waited for a stop to end; whoever sends them again must not send what was wrong."""
    server = outlets.server
    refused_story, _ = cleared(server, "weibo_post")
    outlets.weibo.rule(path=SHARE, kind="refuse", status=400, errcode=20012, times=1)
    publish(outlets, refused_story)
    failed = outlets.until(refused_story["id"], "weibo", "failed")
    stop = {"channels": ["weibo"], "reason": "核对口径"}
    does(server.staff("leader"), "/kitchen/halt", stop)
    waiting_story, _ = cleared(server, "weibo_post")
    publish(outlets, waiting_story)
    waiting = outlets.one(waiting_story["id"], "weibo")
    for story in (refused_story, waiting_story):
        body = [
            block | ({"html": block["html"].replace("凌晨", "清晨")} if "html" in block else {})
            for block in written_body(server.staff("chief").does("GET", f"/editor/stories/{story['id']}"))
        ]
        correct(server.staff, story["id"], {"body": body, "note": "恢复供水的时间应为清晨。"})
    assert outlets.find(story=waiting_story["id"], channel="weibo")[0]["state"] == "cancelled"
    for row in (failed, waiting):
        again = does(server.staff("channels"), f"/kitchen/publications/{row['id']}/resend", {})
        assert (again["id"] != row["id"], again["state"]) == (True, "queued"), again
    does(server.staff("leader"), "/kitchen/resume", stop)
    for story in (refused_story, waiting_story):
        outlets.until(story["id"], "weibo", "receipted")
        (post,) = posts_of(outlets.weibo, story)
        assert "清晨" in post["text"]


def test_the_editor_is_told_in_words_what_a_channel_had_against_a_text(outlets: Outlets) -> None:
    story, _ = cleared(outlets.server, "weibo_post")
    outlets.weibo.rule(path=SHARE, kind="refuse", status=400, errcode=20012, times=1)
    does(outlets.server.staff("editor2"), "/kitchen/publications", {"story": story["id"]})
    failed = outlets.until(story["id"], "weibo", "failed")
    bells = outlets.server.staff("editor2").does("GET", "/inbox")["items"]
    bell = next(bell for bell in bells if bell["about"] == {"kind": "publication", "id": failed["id"]})
    assert bell["text"] == failed["words"]


def test_credentials_are_checked_without_publishing(outlets: Outlets) -> None:
    before = len(outlets.weibo.posts()), len(outlets.wechat.posts())
    good = outlets.server.flask("channels", "check", check=False)
    assert (good.returncode, "✗" in good.stdout) == (0, False), good.stdout + good.stderr
    assert "微信公众号" in good.stdout
    outlets.weibo.set(token_error=21327)
    bad = outlets.server.flask("channels", "check", "weibo", check=False)
    outlets.weibo.set(token_error=None)
    assert bad.returncode == 1
    assert "✗" in bad.stdout
    assert (len(outlets.weibo.posts()), len(outlets.wechat.posts())) == before


def test_what_is_strict_and_not_out_yet_is_not_shown_to_the_whole_newsroom(outlets: Outlets) -> None:
    server = outlets.server
    story, _ = cleared(server, "weibo_post", sensitivity="strict")
    at = outlets.now() + timedelta(minutes=5)
    form = {"story": story["id"], "not_before": at.isoformat(), "embargo": True}
    does(server.staff("chief"), "/kitchen/publications", form)
    row = outlets.one(story["id"], "weibo")
    desks = Phone(server.staff("monitor"), ["desk:editing", "kitchen"])
    desks.go_online()
    try:
        for colleague in ("monitor", "reporter2", "channels"):
            path = f"/kitchen/publications?story={story['id']}"
            assert server.staff(colleague).does("GET", path)["items"] == []
            assert server.staff(colleague).get(f"/kitchen/publications/{row['id']}").status_code == 404
        assert all(desks.get("publication", row["id"], stream) is None for stream in ("desk:editing", "kitchen"))
        outlets.move_clock(301)
        outlets.until(story["id"], "weibo", "receipted")
        assert server.staff("monitor").does("GET", f"/kitchen/publications/{row['id']}")["state"] == "receipted"
        wait_until(lambda: desks.get("publication", row["id"], "desk:editing") is not None)
    finally:
        desks.go_offline()
