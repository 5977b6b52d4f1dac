"""What publication and broadcast do: the third part of the table in `deeds`, with what comes of it on the channels.

What is queued goes out by jobs. `World.rest` waits for these before anybody compares.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from backend.clock import SHANGHAI
from scenario import presses
from tests.newsroom import outlets
from tests.support.server import wait_until
from tests.sync.deeds import deed
from tests.sync.kitchen_deeds import DEEDS, layout_holds
from tests.sync.world import Thing, World

__all__ = ["DEEDS"]

SHARE, TIMELINE = "/2/statuses/share.json", "/2/statuses/user_timeline*"
FAR = "2099-01-01T08:00:00+08:00"
# Two scripts of 15 seconds.
SECONDS = 30
WRONG, RIGHT = "凌晨恢复供水", "清晨恢复供水"


def posted(w: World, story: Thing, channel: str = "weibo", state: str = "receipted", action: str = "create") -> Thing:
    """Wait until a story has come to this state on a channel; return the publication."""

    def found() -> Thing | None:
        rows = w.now(f"/publications?story={story['id']}&channel={channel}&state={state}&limit=100")["items"]
        return next((row for row in rows if row["action"] == action), None)

    return dict(wait_until(found, 30, pause=0.1))


def queued(w: World, story: Thing, **form: Any) -> Thing:
    """Publish a story on Weibo alone; return the publication as it was queued."""
    made = w.cooks("channels", "/publications", {"story": story["id"], "channels": ["weibo"]} | form)["items"]
    return next(row for row in made if row["channel"] == "weibo")


def out(w: World, *kinds: str) -> Thing:
    """Return a story that is out in the app and on the channels of these kinds."""
    story, _ = outlets.cleared(w.server, *kinds)
    w.cooks("channels", "/publications", {"story": story["id"]})
    w.rest()
    return story


def case_of(w: World, story: Thing, kind: str) -> Thing:
    return dict(w.now(f"/cases?story={story['id']}&kind={kind}")["items"][0])


def corrected(w: World, story: Thing) -> Thing:
    """Correct a word of a story; return the case."""
    live = w.chief.does("GET", f"/editor/stories/{story['id']}")
    body = [
        block | ({"html": block["html"].replace(WRONG, RIGHT)} if "html" in block else {})
        for block in outlets.written_body(live)
    ]
    w.correct(story, body=body, note="恢复供水的时间应为清晨。")
    return case_of(w, story, "correction")


# ── channels and their queue ──


@deed("PATCH /kitchen/channels/{channel_id}")
def set_what_a_channel_is_held_to(w: World) -> Iterator[None]:
    story = out(w, "weibo_post")
    w.move("duty", story, "withdraw", reason="失实")
    w.rest()
    yield
    before = w.now("/channels/weibo")
    changed = w.changes("channels", "/channels/weibo", {"name": w.word(), "per_minute": 60}, before["ver"])
    w.changes("channels", "/channels/weibo", {"name": before["name"]}, changed["ver"])


@deed("POST /kitchen/halt", "POST /kitchen/resume", "POST /kitchen/publications")
def halt_a_channel_and_let_what_waited_out(w: World) -> Iterator[None]:
    story, _ = outlets.cleared(w.server, "weibo_post", "wechat_article")
    yield
    w.cooks("chief", "/halt", {"channels": ["weibo"], "reason": "演练"})
    w.cooks("channels", "/publications", {"story": story["id"]})
    posted(w, story, "wechat")
    assert posted(w, story, "weibo", "queued")
    w.cooks("chief", "/resume", {"channels": ["weibo"], "reason": "演练结束"})
    posted(w, story, "weibo")


@deed("POST /kitchen/halt", "POST /kitchen/resume")
def halt_everything(w: World) -> Iterator[None]:
    yield
    w.cooks("leader", "/halt", {"reason": "重大活动前演练"})
    w.cooks("leader", "/resume", {"reason": "演练结束"})


@deed("POST /kitchen/renditions/{rendition_id}/publish")
def publish_a_rendition_outside_by_its_receipt(w: World) -> Iterator[None]:
    story, rows = outlets.cleared(w.server, "weibo_post")
    yield
    w.cooks("channels", f"/renditions/{rows['weibo_post']['id']}/publish")
    posted(w, story)
    w.rest()
    assert w.now(f"/renditions/{rows['weibo_post']['id']}")["state"] == "live"


@deed("POST /kitchen/publications", "POST /kitchen/publications/{publication_id}/cancel")
def hold_a_publication_until_its_hour_and_cancel_it(w: World) -> Iterator[None]:
    story, _ = outlets.cleared(w.server, "weibo_post")
    yield
    held = queued(w, story, not_before=FAR, embargo=True)
    assert held["state"] == "held"
    w.cooks("channels", f"/publications/{held['id']}/cancel", {"reason": "改发明天"})


@deed("POST /kitchen/publications/{publication_id}/resend")
def send_a_post_that_failed_again_and_another_beside_it(w: World) -> Iterator[None]:
    story, _ = outlets.cleared(w.server, "weibo_post")
    w.weibo.rule(path=SHARE, kind="refuse", status=400, errcode=20012, times=1)
    queued(w, story)
    failed = posted(w, story, state="failed")
    yield
    path = f"/publications/{failed['id']}/resend"
    w.cooks("channels", path, {})
    wait_until(lambda: w.now(f"/publications/{failed['id']}")["state"] == "receipted", 40, pause=0.2)
    w.cooks("channels", path, {"force": True, "reason": "原帖被误删"})
    wait_until(lambda: len(living(w, story)) == 2, 30, pause=0.1)


def living(w: World, story: Thing) -> list[Any]:
    return [post for post in w.weibo.living() if story["id"] in str(post)]


@deed("POST /kitchen/publications/{publication_id}/settle")
def find_out_by_hand_what_became_of_two_posts(w: World) -> Iterator[None]:
    doubtful = []
    for _ in range(2):
        story, _ = outlets.cleared(w.server, "weibo_post")
        w.weibo.rule(path=SHARE, kind="lose", times=1)
        queued(w, story)
        doubtful.append((story, posted(w, story, state="uncertain")))
        # Weibo tells nobody, until somebody has looked with their own eyes.
        w.weibo.rule(path=TIMELINE, kind="drop")
    yield
    for at, (story, row) in enumerate(doubtful):
        found = {"out": True, "external_id": str(living(w, story)[0]["id"])} if at == 0 else {"out": False}
        w.cooks("channels", f"/publications/{row['id']}/settle", found | {"told": "已在网页上核对"})
    w.weibo.behave()


# ── cases ──


@deed("POST /kitchen/cases", "POST /kitchen/cases/{case_id}/dismiss")
def report_a_mistake_twice_that_is_none(w: World) -> Iterator[None]:
    story = w.live()
    yield
    form = {"kind": "correction", "story": story["id"], "found_by": "读者"}
    case = w.cooks("monitor", "/cases", form)
    again = w.cooks("editor", "/cases", form | {"severity": "S1", "reason": "再看一遍"})
    assert (again["id"], again["severity"]) == (case["id"], "S1")
    w.cooks("editor", f"/cases/{case['id']}/dismiss", {"reason": "原文没有错"})


@deed("POST /kitchen/cases", "POST /kitchen/cases/{case_id}/reason")
def take_a_story_back_everywhere_and_say_why_afterwards(w: World) -> Iterator[None]:
    story = out(w, "weibo_post", "wechat_article")
    yield
    case = w.cooks("duty", "/cases", {"kind": "withdrawal", "story": story["id"]})
    for channel in ("weibo", "wechat"):
        posted(w, story, channel, "withdrawn")
    w.cooks("chief", f"/cases/{case['id']}/reason", {"reason": "引用的数据有误"})
    w.rest()
    assert case_of(w, story, "withdrawal")["state"] == "done"


@deed("POST /editor/stories/{story_id}/correct/sign")
def correct_a_story_on_every_channel(w: World) -> Iterator[None]:
    story = out(w, "weibo_post", "wechat_article")
    yield
    corrected(w, story)
    w.rest()
    assert case_of(w, story, "correction")["state"] == "done"


@deed("POST /kitchen/cases/{case_id}/targets/{target_id}/prove")
def prove_what_was_done_by_hand(w: World) -> Iterator[None]:
    story, _ = printed(w)
    yield
    w.move("duty", story, "withdraw", reason="失实")
    case = case_of(w, story, "withdrawal")
    (target,) = (each for each in case["targets"] if each["state"] == "manual_needed")
    told = {"told": "已登报样并通知发行站收回"}
    done = w.cooks("layout", f"/cases/{case['id']}/targets/{target['id']}/prove", told)
    assert {each["state"] for each in done["targets"]} >= {"verified"}


# ── the newspaper ──


def on_issue(w: World, issue: Thing, name: str, form: Any = None, who: str = "layout", method: str = "POST") -> Thing:
    """Give a command on an issue, over its newest version."""
    path = f"/kitchen/issues/{issue['id']}{name}"
    ver = w.now(f"/issues/{issue['id']}")["ver"]
    return presses.orders(w.server.staff(who), path, form, ver, method)


def paged(w: World) -> tuple[Thing, Thing]:
    """Return a story that is live, and an issue on which nothing but its text stands."""
    story, rows = outlets.cleared(w.server, "page_slot")
    w.move("chief", story, "publish")
    staff = w.server.staff
    issue = presses.place(staff, presses.begin_issue(staff, presses.free_day(staff)), rows["page_slot"])
    return story, presses.leave_blank(staff, issue)


def printed(w: World) -> tuple[Thing, Thing]:
    story, issue = paged(w)
    return story, presses.print_issue(w.server.staff, issue)


@deed(
    "POST /kitchen/issues",
    "PATCH /kitchen/issues/{issue_id}",
    "PUT /kitchen/issues/{issue_id}/pages/{page}/slots",
    "POST /kitchen/issues/{issue_id}/pages/{page}/slots/{slot}/place",
    "POST /kitchen/issues/{issue_id}/pages/{page}/slots/{slot}/move",
    "POST /kitchen/issues/{issue_id}/pages/{page}/slots/{slot}/take-out",
    "POST /kitchen/issues/{issue_id}/pages/{page}/slots/{slot}/mark",
)
def lay_an_issue_out(w: World) -> Iterator[None]:
    _, rows = outlets.cleared(w.server, "page_slot")
    yield
    issue = presses.begin_issue(w.server.staff, presses.free_day(w.server.staff))
    on_issue(w, issue, "", {"editor": "沈佳宁"}, method="PATCH")
    slots = [
        {"no": no, "x": 0, "y": 30 * (no - 1), "w": 6, "h": 30, "columns": 6, "headline_width": 18} for no in (1, 2)
    ]
    on_issue(w, issue, "/pages/1/slots", {"slots": slots}, method="PUT")
    on_issue(w, issue, "/pages/1/slots/1/place", {"rendition": rows["page_slot"]["id"]})
    on_issue(w, issue, "/pages/1/slots/1/move", {"to_page": 1, "to_slot": 2})
    on_issue(w, issue, "/pages/1/slots/2/move", {"to_page": 1, "to_slot": 1})
    on_issue(w, issue, "/pages/1/slots/1/take-out")
    on_issue(w, issue, "/pages/1/slots/2/mark", {"kind": "house_ad", "words": ["节约用水"]})


@deed(
    "POST /kitchen/issues/{issue_id}/proof",
    "POST /kitchen/issues/{issue_id}/reopen",
    "POST /kitchen/issues/{issue_id}/sign",
    "POST /kitchen/issues/{issue_id}/recall",
    "POST /kitchen/issues/{issue_id}/press",
    "POST /kitchen/issues/{issue_id}/printed",
)
def sign_an_issue_twice_and_print_it(w: World) -> Iterator[None]:
    _, issue = paged(w)
    yield
    for name in ("/proof", "/reopen", "/proof"):
        on_issue(w, issue, name)
    on_issue(w, issue, "/sign", who="duty")
    on_issue(w, issue, "/recall", {"reason": "头条要换"}, who="chief")
    on_issue(w, issue, "/proof")
    on_issue(w, issue, "/sign", who="duty")
    for name in ("/press", "/printed"):
        on_issue(w, issue, name)


@deed("POST /kitchen/issues/{issue_id}/notices")
def print_the_notice_of_a_correction(w: World) -> Iterator[None]:
    story, _ = printed(w)
    case = corrected(w, story)
    (target,) = (each for each in case["targets"] if each["action"] == "next_issue")
    w.rest()
    yield
    issue = presses.begin_issue(w.server.staff, presses.free_day(w.server.staff))
    issue = on_issue(w, issue, "/notices", {"target": target["id"]})
    presses.print_issue(w.server.staff, presses.leave_blank(w.server.staff, issue))
    assert w.now(f"/cases/{case['id']}")["state"] == "done"


@deed("POST /editor/stories/{story_id}/withdraw")
def withdraw_a_story_from_a_signed_page(w: World) -> Iterator[None]:
    story, issue = paged(w)
    on_issue(w, issue, "/proof")
    on_issue(w, issue, "/sign", who="duty")
    yield
    w.move("duty", story, "withdraw", reason="失实")
    assert w.now(f"/issues/{issue['id']}")["state"] == "layout"


@deed("POST /editor/stories/{story_id}/correct/sign", "POST /editor/stories/{story_id}/withdraw")
def correct_and_withdraw_what_was_printed(w: World) -> Iterator[None]:
    story, _ = printed(w)
    yield
    corrected(w, story)
    w.move("duty", story, "withdraw", reason="失实")


# ── rundowns ──


def on_rundown(w: World, rundown: Thing, name: str, form: Any = None, who: str = "tv", method: str = "POST") -> Thing:
    """Give a command on a rundown, over its newest version."""
    path = f"/kitchen/rundowns/{rundown['id']}{name}"
    ver = w.now(f"/rundowns/{rundown['id']}")["ver"]
    return presses.orders(w.server.staff(who), path, form, ver, method)


def scripts(w: World, count: int = 2) -> list[tuple[Thing, Thing]]:
    """Return stories that are live, each with what is read of it."""
    made = [outlets.cleared(w.server, "rundown_item") for _ in range(count)]
    for story, _ in made:
        w.move("chief", story, "publish")
    return [(story, rows["rundown_item"]) for story, rows in made]


def filled(w: World, *renditions: Thing) -> Thing:
    rundown = presses.begin_show(w.server.staff, SECONDS, show=w.word())
    for rendition in renditions:
        rundown = presses.add_item(w.server.staff, rundown, rendition)
    return rundown


def fast_crawl(w: World) -> Thing:
    """Return the crawl of breaking news, cleared."""
    crawl = outlets.package(w.server, w.breaking())["rundown_item"]
    return w.render(crawl, "ready", "clear")


@deed(
    "POST /kitchen/rundowns",
    "PATCH /kitchen/rundowns/{rundown_id}",
    "POST /kitchen/rundowns/{rundown_id}/items",
    "PATCH /kitchen/rundowns/{rundown_id}/items/{item_id}",
    "POST /kitchen/rundowns/{rundown_id}/order",
    "POST /kitchen/rundowns/{rundown_id}/items/{item_id}/remove",
)
def make_a_rundown(w: World) -> Iterator[None]:
    (_, first), (_, second) = scripts(w)
    yield
    rundown = filled(w, first, second)
    on_rundown(w, rundown, "", {"planned_seconds": 45, "director": w.tv.id}, method="PATCH")
    one, two = (item["id"] for item in rundown["items"])
    on_rundown(w, rundown, f"/items/{one}", {"slug": w.word(), "planned_seconds": 16}, method="PATCH")
    on_rundown(w, rundown, "/order", {"items": [two, one]})
    on_rundown(w, rundown, f"/items/{one}/remove")


@deed(
    "POST /kitchen/rundowns/{rundown_id}/lock",
    "POST /kitchen/rundowns/{rundown_id}/unlock",
    "POST /kitchen/rundowns/{rundown_id}/swap",
    "POST /kitchen/rundowns/{rundown_id}/crawl",
)
def lock_a_rundown_and_change_it_all_the_same(w: World) -> Iterator[None]:
    (_, first), (_, second) = scripts(w)
    rundown, crawl = filled(w, first, second), fast_crawl(w)
    one, two = (item["id"] for item in rundown["items"])
    yield
    on_rundown(w, rundown, "/lock")
    on_rundown(w, rundown, "/unlock", {"reason": "临时加一条"}, who="duty")
    on_rundown(w, rundown, "/lock")
    on_rundown(w, rundown, "/swap", {"do": "swap", "item": one, "with": two, "reason": "记者未到位"})
    on_rundown(w, rundown, "/crawl", {"rendition": crawl["id"], "repeats": 3}, who="editor")


@deed(
    "POST /kitchen/rundowns/{rundown_id}/start",
    "POST /kitchen/rundowns/{rundown_id}/as-run",
    "POST /kitchen/rundowns/{rundown_id}/as-run.csv",
)
def air_a_show_and_bring_its_log(w: World) -> Iterator[None]:
    (_, first), (_, second) = scripts(w)
    rundown = on_rundown(w, filled(w, first, second), "/lock")
    yield
    # It stays on the air, where its times move with every second.
    on_rundown(w, rundown, "/start")
    at = datetime.fromisoformat(rundown["airtime"])
    one, two = (item["id"] for item in rundown["items"])
    end = at + timedelta(seconds=15)
    hours = [f"{moment.astimezone(SHANGHAI):%H:%M:%S}" for moment in (at, end)]
    files = {"file": ("as-run.csv", f"id,start,end\n{one},{','.join(hours)}\n".encode(), "text/csv")}
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    w.tv.does("POST", f"/kitchen/rundowns/{rundown['id']}/as-run.csv", files=files, headers=headers)
    on_rundown(w, rundown, "/as-run", {"items": [{"item": two, "start": end.isoformat()}]})


@deed("POST /kitchen/rundowns/{rundown_id}/close", "POST /kitchen/rundowns/{rundown_id}/corrections")
def close_a_show_and_air_its_correction_in_the_next(w: World) -> Iterator[None]:
    ((story, rendition), (_, other)) = scripts(w)
    shown = filled(w, rendition, other)
    yield
    presses.air(w.server.staff, shown)
    corrected(w, story)
    w.rest()
    case = case_of(w, story, "correction")
    (target,) = (each for each in case["targets"] if each["action"] == "on_air")
    coming = filled(w, *(row for _, row in scripts(w)))
    on_rundown(w, coming, "/corrections", {"target": target["id"]})
    on_rundown(w, coming, "", {"planned_seconds": 40}, method="PATCH")
    presses.air(w.server.staff, w.now(f"/rundowns/{coming['id']}"))
    w.rest()
    assert w.now(f"/cases/{case['id']}")["state"] == "done"


@deed("POST /editor/stories/{story_id}/withdraw")
def withdraw_a_story_from_a_locked_rundown(w: World) -> Iterator[None]:
    (story, first), (_, second) = scripts(w)
    rundown = on_rundown(w, filled(w, first, second), "/lock")
    yield
    w.move("duty", story, "withdraw", reason="失实")
    assert [item["state"] for item in w.now(f"/rundowns/{rundown['id']}")["removed"]] == ["pulled"]


@deed("PATCH /kitchen/renditions/{rendition_id}")
def rewrite_a_script_that_stands_in_a_rundown(w: World) -> Iterator[None]:
    _, rows = outlets.cleared(w.server, "rundown_item")
    script = rows["rundown_item"]
    filled(w, script)
    yield
    text = script["fields"]["script"][:20] + "。"
    w.changes("editor", f"/renditions/{script['id']}", {"fields": {"script": text}}, script["ver"])


@deed("PATCH /editor/stories/{story_id}")
def make_a_story_confidential_that_stands_in_a_rundown(w: World) -> Iterator[None]:
    story = w.story()
    rundown = filled(w, outlets.package(w.server, story)["rundown_item"])
    assert story["headline"] in str(w.tv.does("GET", f"/kitchen/rundowns/{rundown['id']}"))
    yield
    assert w.editor.patch(f"/editor/stories/{story['id']}", {"sensitivity": "strict"}, story["ver"]).ok
    assert story["headline"] not in str(w.tv.does("GET", f"/kitchen/rundowns/{rundown['id']}"))
    assert story["id"] not in layout_holds(w)
