"""Second act: a correction reaches everybody, and a withdrawal leaves nothing anywhere."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import Any

from scenario.arrivals import Watch, concerns
from scenario.crowd import Crowd
from scenario.devices import LIVE, wait_for_pushes
from scenario.people import Person
from scenario.phone import Phone
from scenario.spread import Story, bells_about, come_back
from scenario.stage import WAIT_S, Stage

NOTE = "标题表述不够准确，现予更正。"
MAX_HEADLINE = 60
SETTLE_S = 2.0


def play(stage: Stage, crowd: Crowd, story: Story) -> None:
    """Correct and withdraw while some phones are cut off, and look everywhere."""
    since = max(crowd.online[0].at.values())
    crowd.cut()
    _correct(stage, crowd, story)
    stage.pause()
    _withdraw(stage, crowd, story)
    come_back(stage, crowd.away, "更正和撤稿时断网的手机 Phones that were cut off meanwhile")
    _check_phones(stage, crowd, story["id"])
    _check_server(stage, crowd.citizens[0].person, story["id"], since)
    _check_pushes(stage, story["id"])


def _correct(stage: Stage, crowd: Crowd, story: Story) -> None:
    stage.report.say("编辑写更正，总编签发 an editor writes the correction, the chief editor signs it (editor, chief)")
    suffix = "（更正）"
    headline = story["headline"][: MAX_HEADLINE - len(suffix)] + suffix
    watch = Watch(crowd.online, concerns("article", story["id"], ver=2))
    change = {"headline": headline, "note": NOTE}
    stage.staff("editor").does("POST", f"/editor/stories/{story['id']}/correct", change)
    began = time.monotonic()
    stage.staff("chief").does("POST", f"/editor/stories/{story['id']}/correct/sign")
    moments = watch.wait(WAIT_S)
    stage.report.heading("更正 Correction")
    stage.check_arrivals("更正", moments, len(crowd.online), began)
    wrong = sum(not _is_corrected(phone.get("article", story["id"]), headline) for phone in crowd.online)
    stage.report.check(
        wrong == 0,
        "新标题和更正说明 new headline and note",
        f"{len(crowd.online) - wrong} / {len(crowd.online)}",
        f"有 {wrong} 部手机没有显示更正 ({wrong} phones do not show the correction)",
    )


def _is_corrected(article: dict[str, Any] | None, headline: str) -> bool:
    if article is None:
        return False
    return article["headline"] == headline and [one["note"] for one in article["corrections"]] == [NOTE]


def _withdraw(stage: Stage, crowd: Crowd, story: Story) -> None:
    stage.report.say("值班撤稿 the duty editor withdraws (duty)")
    duty = stage.staff("duty")
    watch = Watch(crowd.online, concerns("article", story["id"], "del"))
    began = time.monotonic()
    duty.does("POST", f"/editor/stories/{story['id']}/withdraw", {"reason": "演示撤稿，内容已不适用"})
    moments = watch.wait(WAIT_S)
    stage.report.heading("撤稿 Withdrawal")
    stage.check_arrivals("撤稿", moments, len(crowd.online), began)


def _check_phones(stage: Stage, crowd: Crowd, story_id: str) -> None:
    left = sum(not phone.wait_for(partial(_is_rid, phone, story_id), SETTLE_S) for phone in crowd.phones)
    stage.report.heading("撤稿之后 After the withdrawal")
    stage.report.check(
        left == 0,
        "手机上不留痕迹 gone from phones",
        f"{len(crowd.phones) - left} / {len(crowd.phones)}",
        f"撤稿后仍有 {left} 部手机留着稿件或消息 ({left} phones still hold the story or its bell)",
    )


def _is_rid(phone: Phone, story_id: str) -> bool:
    return not _mentions(phone, story_id)


def _mentions(phone: Phone, story_id: str) -> bool:
    return phone.get("article", story_id) is not None or bool(bells_about(phone, story_id))


def _check_server(stage: Stage, citizen: Person, story_id: str, since: int) -> None:
    for place, gone in (
        ("/feed", not _in_feed(stage.stranger, story_id)),
        ("/articles → 410", stage.stranger.get(f"/articles/{story_id}").status_code == 410),
        ("/sync/snapshot", not _in_snapshot(stage.url, story_id)),
        ("/sync/changes", not _in_changes(stage.stranger, story_id, since)),
        ("/inbox", not any(bell["about"]["id"] == story_id for bell in _inbox(citizen))),
    ):
        stage.report.check(
            gone, place, "没有了 gone" if gone else "还在 still there", f"撤稿后 {place} 里还有这篇稿件 (still there)"
        )


def _in_feed(person: Person, story_id: str) -> bool:
    query: dict[str, Any] = {"limit": 100}
    while True:
        page = person.does("GET", "/feed", params=query)
        if story_id in json.dumps(page["items"]):
            return True
        if page["next"] is None:
            return False
        query["cursor"] = page["next"]


def _in_snapshot(url: str, story_id: str) -> bool:
    fresh = Phone(Person(url))
    fresh.catch_up()
    return _mentions(fresh, story_id)


def _in_changes(person: Person, story_id: str, since: int) -> bool:
    """Tell whether the history of changes would still give the words to somebody who asks for what came before."""
    answer = person.does("GET", "/sync/changes", params={"since": since, "streams": "pub", "limit": 200})
    return any(story_id in json.dumps(row["data"]) for row in answer["changes"] if row["op"] == "put")


def _inbox(person: Person) -> list[dict[str, Any]]:
    return list(person.does("GET", "/inbox", params={"limit": 100})["items"])


def _check_pushes(stage: Stage, story_id: str) -> None:
    rounds = wait_for_pushes(stage.staff("editor"), story_id, rounds=3)["rounds"]
    for name, one in zip(("更正推送 pushes, correction", "撤稿推送 pushes, withdrawal"), rounds[1:], strict=False):
        stage.report.check(
            one["dead"] == 0,
            name,
            f"{one['sent']}（失效 dead {one['dead']}）",
            f"{name}：又推给了失效令牌 (dead tokens were tried again)",
        )
    replaced = rounds[2]["sent"] if len(rounds) == 3 else 0
    stage.report.check(
        replaced >= LIVE,
        "撤稿替换了手机上的通知 withdrawal replaced the rings",
        str(replaced),
        "撤稿没有推到每台设备，手机通知栏可能还留着旧快讯 (the withdrawal was not pushed to every device)",
    )
