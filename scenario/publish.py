"""One story's way to seven outputs, its correction on each of them, and its withdrawal, with times.

Seven outputs: the app, WeChat, Weibo, the newspaper, television, the feeds, and a superior platform. What is printed or
was on the air is put right by a notice in the next issue and the next show.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from demo.pictures import draw
from scenario import examine, presses
from scenario.phone import Phone
from scenario.stage import NotPossible, Stage

Thing = dict[str, Any]
WAIT_S = 60.0
# As long as the script is, read aloud.
_SECONDS = 20


def play(stage: Stage) -> None:
    """Play it on a running demo; whatever is off is in the stage's report."""
    phone = Phone(stage.stranger, ["pub"])
    phone.go_online()
    try:
        story, rows = _prepare(stage)
        _publish(stage, phone, story, rows)
        _correct(stage, phone, story)
        _withdraw(stage, phone, story)
    finally:
        phone.go_offline()


def _prepare(stage: Stage) -> tuple[Thing, dict[str, Thing]]:
    """Write the story, examine it, and let its five renditions out."""
    given = stage.story
    stage.report.heading("一次采集，多种生成：一篇稿件，五份渠道稿")
    stage.report.say("写稿、三审三校 the story is written and examined")
    began = time.monotonic()
    picture = stage.staff("reporter").does(
        "POST", "/media", files={"file": ("ferry.png", draw("rain_street", (1280, 720)), "image/png")}
    )
    body: list[Thing] = [{"type": "text", "text": text} for text in given["body"]]
    body.insert(1, {"type": "image", "media": picture["id"], "alt": "渡口的夜航船正在靠岸", "caption": "夜航船靠岸"})
    form = {name: given[name] for name in ("headline", "summary")} | {"body": body, "cover": picture["id"]}
    form |= {"section": "minsheng", "class": "livelihood", "sources": [given["source"]]}
    rights = {"owner": "宝山区融媒体中心", "licence": "own"}
    entry = {"media": picture["id"], "title": "夜航", "rights": rights, "subjects": "none"}
    material = examine.does(stage.staff("reporter"), "/kitchen/materials", entry)
    for name in ("check", "approve"):
        examine.does(stage.staff("editor"), f"/kitchen/materials/{material['id']}/{name}")
    story = stage.staff("reporter").does("POST", "/editor/stories", form)
    stage.staff("reporter").does("POST", f"/editor/stories/{story['id']}/submit")
    story = examine.sign_off(stage.staff, story["id"])
    rows = _package(stage, story)
    stage.report.row("写稿、六道审校、五份渠道稿放行", f"{time.monotonic() - began:.1f} s")
    return story, rows


def _package(stage: Stage, story: Thing) -> dict[str, Thing]:
    day = presses.free_day(stage.staff)
    slot = {"issue_date": day, "page_no": 1, "slot_no": 2, "headline_width": 14, "columns": 2}
    slot["max_chars"] = _written(stage.story["body"])
    show = {"show": "晚间新闻", "order": 1, "planned_seconds": _SECONDS}
    form = {"story": story["id"], "page_slot": slot, "rundown_item": show}
    made = examine.does(stage.staff("editor"), "/kitchen/packages", form)
    rows = {row["kind"]: row for row in made["renditions"]}
    for kind, row in rows.items():
        for name in ("ready", "clear"):
            rows[kind] = examine.does(stage.staff("editor"), f"/kitchen/renditions/{row['id']}/{name}")
    return rows


def _written(body: list[str]) -> int:
    return sum(len(text) for text in body)


def _publish(stage: Stage, phone: Phone, story: Thing, rows: dict[str, Thing]) -> None:
    stage.report.heading("刊播：七个出口 Publication on seven outputs")
    stage.report.say("一键刊发，报纸付印，节目播出 published, printed and aired")
    issue = presses.begin_issue(stage.staff, rows["page_slot"]["fields"]["issue_date"])
    issue = presses.leave_blank(stage.staff, presses.place(stage.staff, issue, rows["page_slot"]))
    rundown = presses.begin_show(stage.staff, _SECONDS)
    rundown = presses.add_item(stage.staff, rundown, rows["rundown_item"])
    began = time.time()
    examine.does(stage.staff("channels"), "/kitchen/publications", {"story": story["id"]})
    _until("手机没有收到这篇稿件 (the phone never got it)", lambda: phone.get("article", story["id"]) is not None)
    stage.report.row("读者的手机", f"{(time.time() - began) * 1000:.0f} ms")
    presses.print_issue(stage.staff, issue)
    presses.air(stage.staff, rundown)
    for channel in _channels(stage):
        row = _receipt(stage, story, channel["id"], "create")
        at = datetime.fromisoformat(row["receipted_at"]).timestamp()
        shown = {"same": "，已读回核对一致", "other": "，读回的文字不一致", "unread": ""}[row["shown"]]
        stage.report.check(
            row["state"] == "receipted" and row["shown"] != "other",
            f"{channel['name']}",
            f"{(at - began) * 1000:.0f} ms  回执 {row['external_id'][:44]}{shown}",
            f"{channel['name']}没有回执：{row['state']} {row['words'] or ''} (no receipt)",
        )


def _channels(stage: Stage) -> list[Thing]:
    return list(stage.staff("channels").does("GET", "/kitchen/channels")["items"])


def _rows(stage: Stage, story: Thing) -> list[Thing]:
    return list(stage.staff("channels").does("GET", f"/kitchen/publications?story={story['id']}&limit=100")["items"])


def _receipt(stage: Stage, story: Thing, channel: str, action: str) -> Thing:
    """Wait until a publication has its receipt, or has failed, and return it."""

    def ended() -> Thing | None:
        found = [row for row in _rows(stage, story) if (row["channel"], row["action"]) == (channel, action)]
        done = [row for row in found if row["state"] in {"receipted", "failed", "superseded", "withdrawn"}]
        return done[0] if done else None

    row: Thing = _until(f"{channel} 一直没有回执 (no receipt)", ended)
    return row


def _correct(stage: Stage, phone: Phone, story: Thing) -> None:
    given = stage.story
    stage.report.heading("更正：一处立案，处处改正 Correction")
    stage.report.say("更正票价，由另一人签发 a correction is drafted and signed")
    live = stage.staff("chief").does("GET", f"/editor/stories/{story['id']}")
    body = [_corrected(block, given["wrong"], given["right"]) for block in live["body"]]
    stage.staff("editor").does("POST", f"/editor/stories/{story['id']}/correct", {"body": body, "note": given["note"]})
    began = time.time()
    stage.staff("chief").does("POST", f"/editor/stories/{story['id']}/correct/sign")
    _until(
        "手机没有收到更正 (the phone never got it)",
        lambda: given["right"] in str(phone.get("article", story["id"])),
    )
    stage.report.row("读者的手机", f"{(time.time() - began) * 1000:.0f} ms")
    _follow_case(stage, story, "correction")


def _withdraw(stage: Stage, phone: Phone, story: Thing) -> None:
    stage.report.heading("撤稿：一人决定，处处撤下 Withdrawal")
    stage.report.say("值班总编撤稿 the duty editor withdraws it everywhere")
    began = time.time()
    form = {"kind": "withdrawal", "story": story["id"], "reason": stage.story["reason"], "severity": "S2"}
    examine.does(stage.staff("duty"), "/kitchen/cases", form)
    _until("手机上还看得到 (the phone still has it)", lambda: phone.get("article", story["id"]) is None)
    stage.report.row("读者的手机", f"{(time.time() - began) * 1000:.0f} ms")
    _follow_case(stage, story, "withdrawal")


def _corrected(block: Thing, wrong: str, right: str) -> Thing:
    names = ("id", "type", "html", "caption", "alt", "media")
    kept = {name: block[name] for name in names if block.get(name) is not None}
    if isinstance(kept.get("media"), dict):
        kept["media"] = kept["media"]["id"]
    if "html" in kept:
        kept["html"] = kept["html"].replace(wrong, right)
    return kept


def _follow_case(stage: Stage, story: Thing, kind: str) -> None:
    """Wait until all channels have done what they can by themselves, do the rest by hand, and report the times."""
    path = f"/kitchen/cases?story={story['id']}&kind={kind}"

    def by_hand_only() -> Thing | None:
        case: Thing = stage.staff("duty").does("GET", path)["items"][0]
        settled = all(target["state"] in {"verified", "manual_needed"} for target in case["targets"])
        return case if settled and case["targets"] else None

    case: Thing = _until(f"{kind} 一直没有处置完 (never carried out)", by_hand_only)
    owed = {target["action"]: target for target in case["targets"] if target["state"] == "manual_needed"}
    stage.report.row("自动处置之后", f"{case['state_name']}，待人工 {len(owed)} 项")
    if "next_issue" in owed:
        _print_notice(stage, owed["next_issue"])
    if "on_air" in owed:
        _air_notice(stage, owed["on_air"])
    case = stage.staff("duty").does("GET", f"/kitchen/cases/{case['id']}")
    for target in sorted(case["targets"], key=lambda each: each["latency_s"] or 0):
        stage.report.check(
            target["state"] == "verified",
            target["channel_name"],
            f"{target['action_name']}，{(target['latency_s'] or 0) * 1000:.0f} ms，{target['state_name']}",
            f"{target['channel_name']}没有核实：{target['words'] or target['state']} (not verified)",
        )
    slowest = case["latencies"]["slowest"]
    stage.report.check(
        case["state"] == "done",
        "结案 done",
        f"最后一个渠道 {case['latencies']['decision_to_last_s']:.1f} s（{slowest}）",
        f"更正撤稿单没有办结：{case['state_name']} (the case is not done)",
    )


def _print_notice(stage: Stage, target: Thing) -> None:
    """Lay the notice out in the next issue, and print that."""
    issue = presses.leave_blank(stage.staff, presses.begin_issue(stage.staff, presses.free_day(stage.staff)))
    path = f"/kitchen/issues/{issue['id']}/notices"
    issue = presses.orders(stage.staff("layout"), path, {"target": target["id"]}, issue["ver"])
    presses.print_issue(stage.staff, issue)


def _air_notice(stage: Stage, target: Thing) -> None:
    """Put the correction into the next show, and air that."""
    rundown = presses.begin_show(stage.staff, _SECONDS)
    path = f"/kitchen/rundowns/{rundown['id']}/corrections"
    rundown = presses.orders(stage.staff("tv"), path, {"target": target["id"]}, rundown["ver"])
    presses.air(stage.staff, rundown)


def _until(fault: str, look: Callable[[], Any]) -> Any:
    """Wait for something; if it never comes, say so and end the scenario."""
    deadline = time.monotonic() + WAIT_S
    while not (found := look()):
        if time.monotonic() > deadline:
            raise NotPossible(fault)
        time.sleep(0.02)
    return found
