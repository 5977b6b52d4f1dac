"""Third act: a citizen files a request with a photograph and a place, and sees every step of it on the phone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from demo.pictures import draw
from scenario.people import Person
from scenario.phone import Phone
from scenario.stage import WAIT_S, Stage

# The bells are for the steps that others take; nobody is rung for what they do themselves.
BELLS = ("已受理", "已派给承办单位", "已签收", "有了答复")


@dataclass(frozen=True)
class Step:
    """What somebody does with the request, and how the table calls it."""

    name: str
    who: Person
    path: str
    form: dict[str, Any]

    def take(self) -> dict[str, Any]:
        """Take the step; return the request as it is then."""
        case: dict[str, Any] = self.who.does("POST", self.path, self.form)
        return case


def play(stage: Stage, phone: Phone) -> None:
    """File, dispatch, handle, rate; the phone must show each step as it is taken."""
    stage.report.say("市民提交诉求，带照片和位置 a citizen files a request with a photo and a place")
    stage.report.heading("诉求，从每步请求到市民手机 A request, from each step to the citizen's phone")
    case = _watch(stage, phone, _filing(phone.person))
    _check_photo(stage, case)
    for step in _steps(stage, phone.person, case["id"]):
        stage.report.say(f"诉求 {case['code']}：{step.name}")
        _watch(stage, phone, step)
    _check_end(stage, phone, case["id"])


def _steps(stage: Stage, citizen: Person, case_id: str) -> list[Step]:
    dispatcher, staff = stage.staff("dispatcher"), stage.staff("staff")
    office = next(role["office"] for role in staff.does("GET", "/me")["roles"] if role["office"])
    desk, answer = f"/desk/requests/{case_id}", "抽水泵已到场，积水退尽，雨水口里的落叶也清掉了。"
    rating = {"attitude": 5, "result": 5, "comment": "当天就来了，谢谢。"}
    return [
        Step("受理 accepted", dispatcher, f"{desk}/accept", {}),
        Step("派单 assigned", dispatcher, f"{desk}/assign", {"office": office}),
        Step("签收 taken", staff, f"{desk}/take", {}),
        Step("答复 replied", staff, f"{desk}/reply", {"text": answer}),
        Step("评价并办结 rated, closed", citizen, f"/requests/{case_id}/rating", rating),
    ]


def _filing(citizen: Person) -> Step:
    photo = draw("rain_street", (1280, 960))
    picture = citizen.does("POST", "/media", files={"file": ("rain.jpg", photo, "image/jpeg")})
    form = {
        "service": "waterlogging",
        "title": "菊泉街桥洞下积水，过不去人",
        "text": "早上下过雨以后，桥洞下面的水没过脚踝，老人和小孩都绕着走。雨水口好像被落叶堵住了。",
        "address": "顾村镇菊泉街近水产路桥洞",
        "lat": 31.3642,
        "lon": 121.3796,
        "town": "gucun",
        "media": [picture["id"]],
    }
    return Step("提交 filed", citizen, "/requests", form)


def _watch(stage: Stage, phone: Phone, step: Step) -> dict[str, Any]:
    """Take a step and wait for the phone to show the version that it made."""
    began = time.monotonic()
    case = step.take()
    shown = phone.wait_for(lambda: (_held(phone, case["id"]) or {"ver": 0})["ver"] >= case["ver"], WAIT_S)
    took = (time.monotonic() - began) * 1000
    state = (_held(phone, case["id"]) or {}).get("state")
    stage.report.check(
        bool(shown) and state == case["state"],
        step.name,
        f"{took:.1f} ms  {state}",
        f"诉求的这一步没有到市民手机上：{step.name} (this step never reached the citizen's phone)",
    )
    return case


def _held(phone: Phone, case_id: str) -> Any:
    return phone.get("request", case_id, f"user:{phone.person.id}")


def _check_photo(stage: Stage, case: dict[str, Any]) -> None:
    path = f"/media/{case['media'][0]['id']}"
    seen, hidden = stage.staff("dispatcher").get(path).ok, stage.stranger.get(path).status_code == 404
    stage.report.check(
        seen and hidden,
        "照片只给经办人看 photo for those who work on it",
        "是 yes" if seen and hidden else "否 no",
        "诉求照片：受理员看不到，或外人看得到 (the photo is hidden from the desk, or open to strangers)",
    )


def _check_end(stage: Stage, phone: Phone, case_id: str) -> None:
    held = _held(phone, case_id) or {"timeline": []}
    steps = [step["action"] for step in held["timeline"]]
    wanted = ["file", "accept", "assign", "take", "reply", "rate"]
    stage.report.check(
        steps == wanted,
        "办理过程完整 timeline on the phone",
        f"{len(steps)} / {len(wanted)}",
        f"手机上的办理过程不完整：{steps} (the timeline on the phone is not whole)",
    )
    _check_bells(stage, phone, case_id)


def _check_bells(stage: Stage, phone: Phone, case_id: str) -> None:
    listed = phone.person.does("GET", "/inbox", params={"limit": 100})["items"]
    titles = [bell["title"] for bell in listed if bell["about"]["id"] == case_id]
    rung = sum(any(words in title for title in titles) for words in BELLS)
    stage.report.check(
        rung == len(titles) == len(BELLS),
        "收件箱提醒 bells in the inbox",
        f"{rung} / {len(BELLS)}",
        f"收件箱里应有 {len(BELLS)} 条办理提醒，现有：{titles} (bells are missing or too many)",
    )
