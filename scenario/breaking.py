"""The main job: breaking news on every phone within a second; then a correction, a withdrawal, and a request."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from scenario import recall, request, spread
from scenario.crowd import AWAY, ONLINE, Crowd, together
from scenario.devices import DEAD, LIVE, Installations, make_installations
from scenario.people import Refused
from scenario.phone import Phone
from scenario.stage import NotPossible, Stage


def play(stage: Stage) -> None:
    """Play all acts on a running demo; whatever is off is in the stage's report."""
    story = _open(stage)
    with ExitStack() as closing:
        crowd = _gather(stage, closing)
        installations = _register(stage, crowd, closing)
        spread.play(stage, crowd, installations, story)
        stage.pause()
        recall.play(stage, crowd, story)
        request.play(stage, crowd.citizens[0])
        spread.check_digests(stage, "全部手机与服务端一致 all phones equal the server", crowd.phones)
        stage.report.say("收拾：断开手机，注销设备，关闭临时账号 clearing up")


def _open(stage: Stage) -> dict[str, Any]:
    """Open the story first, so that a bad file is found before sixty phones are started."""
    stage.report.say(f"采编开快讯 an editor opens breaking news：{stage.story.get('headline', '')}")
    try:
        story: dict[str, Any] = stage.staff("editor").does("POST", "/editor/breaking", stage.story)
    except Refused as refused:
        raise NotPossible(f"快讯文件不能用 (the story file is refused) — {_reasons(refused)}") from None
    return story


def _reasons(refused: Refused) -> str:
    """Name the fields that are to blame, or else give the server's words."""
    errors = refused.problem.get("errors", [])
    faults = [f"{error['field']}：{error['message']} ({error['code']})" for error in errors]
    return "；".join(faults) or refused.problem.get("detail") or str(refused)


def _gather(stage: Stage, closing: ExitStack) -> Crowd:
    stage.report.say(f"{ONLINE + AWAY} 部手机上线并同步 phones come online and sync")
    crowd = Crowd(stage.url)
    closing.callback(_go_home, crowd)
    crowd.arrive()
    crowd.cut()
    stage.report.say(f"{ONLINE} 部在线，{AWAY} 部断网 so many online, so many cut off")
    return crowd


def _go_home(crowd: Crowd) -> None:
    """Leave no sockets and no accounts behind."""
    crowd.leave()
    together([phone for phone in crowd.phones if phone.person.token], _close_account)


def _close_account(phone: Phone) -> None:
    phone.person.does("DELETE", "/me")


def _register(stage: Stage, crowd: Crowd, closing: ExitStack) -> Installations:
    stage.report.say(f"登记推送设备 push devices：{LIVE} 台有效 live，{DEAD} 台失效 dead")
    installations = make_installations([phone.person for phone in crowd.phones])
    closing.callback(installations.forget)
    installations.register()
    return installations
