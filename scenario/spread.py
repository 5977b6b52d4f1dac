"""First act: a second person signs, and the news spreads to phones online, phones cut off, and push devices."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from scenario.arrivals import Watch, concerns
from scenario.crowd import Crowd, count_unequal, together
from scenario.devices import DEAD, LIVE, Installation, Installations, wait_for_pushes
from scenario.phone import Phone
from scenario.stage import WAIT_S, Stage

Story = dict[str, Any]


def play(stage: Stage, crowd: Crowd, installations: Installations, story: Story) -> None:
    """Sign, and look everywhere."""
    _sign(stage, crowd, story)
    come_back(stage, crowd.away, "断网手机补上快讯 Phones that were cut off catch up")
    _check_held(stage, crowd, story)
    _check_pushes(stage, story)
    _check_tokens(stage, installations)


def _sign(stage: Stage, crowd: Crowd, story: Story) -> None:
    stage.report.say("另一人签发 another person signs (duty)")
    duty = stage.staff("duty")
    watch = Watch(crowd.online, concerns("article", story["id"]))
    began = time.monotonic()
    duty.does("POST", f"/editor/breaking/{story['id']}/sign")
    answered = time.monotonic()
    moments = watch.wait(WAIT_S)
    stage.report.heading("签发到手机，从发出签发请求算起 Sign-off to phones, from the request")
    stage.check_arrivals("快讯", moments, len(crowd.online), began)
    stage.report.row("签发应答用时 the answer took", f"{(answered - began) * 1000:.1f} ms")
    if moments:
        first, last = ((moment - answered) * 1000 for moment in (moments[0], moments[-1]))
        stage.report.row("从应答算起，首末 from the answer", f"{first:+.1f} … {last:+.1f} ms")


def come_back(stage: Stage, away: Sequence[Phone], heading: str) -> None:
    """Bring phones that were cut off back, and see that they hold what the server holds."""
    stage.report.say(f"{len(away)} 部断网手机回来 phones that were cut off come back")
    times = sorted(together(away, _come_back))
    stage.report.heading(heading)
    stage.report.row("重连并补齐，首末 back and caught up", f"{times[0]:.0f} … {times[-1]:.0f} ms")
    check_digests(stage, "摘要与服务端一致 digests equal the server's", away)


def _come_back(phone: Phone) -> float:
    began = time.monotonic()
    phone.go_online()
    return (time.monotonic() - began) * 1000


def check_digests(stage: Stage, item: str, phones: Sequence[Phone]) -> None:
    """Compare the digest of every stream of every phone with the server's."""
    unequal = count_unequal(phones)
    stage.report.check(
        unequal == 0,
        item,
        f"{len(phones) - unequal} / {len(phones)}",
        f"有 {unequal} 部手机的内容与服务端不一致 ({unequal} phones hold something else than the server)",
    )


def _check_held(stage: Stage, crowd: Crowd, story: Story) -> None:
    lacking = sum(not _holds(phone, story["id"]) for phone in crowd.phones)
    held = len(crowd.phones) - lacking
    stage.report.check(
        lacking == 0,
        "快讯和消息都在 news and bell held by",
        f"{held} / {len(crowd.phones)}",
        f"有 {lacking} 部手机缺快讯或它的消息 ({lacking} phones lack the news or its bell)",
    )


def _holds(phone: Phone, story_id: str) -> bool:
    return bool(phone.get("article", story_id)) and bool(bells_about(phone, story_id))


def bells_about(phone: Phone, thing_id: str) -> list[dict[str, Any]]:
    """Return the bells about a thing that a phone holds, on any of its streams."""
    held = [item for items in phone.items.values() for item in list(items.items())]
    return [data for (kind, _), (_ver, data) in held if kind == "bell" and data["about"]["id"] == thing_id]


def _check_pushes(stage: Stage, story: Story) -> None:
    stage.report.say("等推送交给厂商 waiting for the pushes to be handed over")
    pushes = wait_for_pushes(stage.staff("editor"), story["id"], rounds=1)
    stage.report.heading("推送 Push")
    stage.report.check(
        pushes["sent"] >= LIVE and pushes["failed"] == pushes["pending"] == 0,
        "已交给厂商 handed over",
        str(pushes["sent"]),
        f"推送应至少交出 {LIVE} 条，实际 {pushes['sent']} 条，失败 {pushes['failed']}，未完 {pushes['pending']}"
        " (pushes are missing, failed or still waiting)",
    )
    stage.report.row("推送时发现失效 found dead while pushing", str(pushes["dead"]))


def _check_tokens(stage: Stage, installations: Installations) -> None:
    dropped = together(installations.dead, Installation.can_ring).count(False)
    kept = together(installations.live, Installation.can_ring).count(True)
    stage.report.check(
        dropped == DEAD,
        "失效令牌已停用 dead tokens dropped",
        f"{dropped} / {DEAD}",
        f"{DEAD} 个失效令牌只停用了 {dropped} 个 (dead tokens are still held)",
    )
    stage.report.check(
        kept == LIVE,
        "有效令牌仍在 live tokens kept",
        f"{kept} / {LIVE}",
        f"{LIVE} 个有效令牌只剩 {kept} 个 (live tokens were dropped)",
    )
