"""A shift at the command desk: an opinion alert becomes a topic, the duty is handed over, a period is sealed.

The public days of an assessment take three days, so it is played in a house of its own whose clock is moved.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from scenario import examine
from scenario.house import House, own_house
from scenario.report import Report
from scenario.stage import NotPossible, Stage

Thing = dict[str, Any]
DAY_S = 24 * 3600
_WAIT_S = 60.0


def play(stage: Stage) -> None:
    """Play the shift; whatever is off is in the report."""
    with own_house(stage.report.say) as house:
        Shift(Stage(house.url, stage.story, stage.report), house).play()


class Shift:
    """One shift and what it leads to."""

    def __init__(self, stage: Stage, house: House) -> None:
        self.stage, self.house = stage, house
        self.report: Report = stage.report

    def play(self) -> None:
        """Play all acts, with the board before and after."""
        self._take_duty()
        before = self._board("接班时的大屏 the board at the beginning of the shift")
        alert = self._alert()
        topic = self._topic(alert)
        self._story(topic)
        self._hand_over()
        period = self._assess()
        after = self._board("交班后的大屏 the board afterwards")
        self._compare(before, after, period)

    def _does(self, who: str, path: str, form: Any = None) -> Any:
        return examine.does(self.stage.staff(who), path, form)

    def _reads(self, who: str, path: str) -> Any:
        return self.stage.staff(who).does("GET", path)

    def _wait(self, what: str, condition: Callable[[], Any]) -> Any:
        until = time.monotonic() + _WAIT_S
        while not (value := condition()):
            if time.monotonic() > until:
                raise NotPossible(f"等不到 (never came)：{what}")
            time.sleep(0.1)
        return value

    def _later(self, seconds: float) -> None:
        self.house.move_clock(seconds)
        self.stage.sign_in_anew()

    # ── the shift ──

    def _take_duty(self) -> None:
        self.report.say("沈其昌上岗值班 the chief editor comes on duty")
        self._does("chief", "/kitchen/duty/take", {})

    def _alert(self) -> Thing:
        """Have something be talked about more and more, until a rule finds it."""
        self.report.say("监测员录入舆情，热度上升，规则报警 something is said of the district, and grows")
        self.report.heading("舆情：预警变成选题")
        item = self.stage.story["opinion"]
        began = time.monotonic()
        found: list[str] = []
        for heat in (20, 60, 380):
            self._later(600)
            found += self._does("monitor", "/kitchen/opinions", {"items": [item | {"heat": heat}]})["alerts"]
        self.report.check(bool(found), "热度 20 → 60 → 380", "报警", "规则没有报警 (no rule found it)")
        alert: Thing = self._reads("monitor", f"/kitchen/alerts/{found[-1]}")
        why = alert["items"][0]["why"]
        self.report.row("为什么 why", "、".join(why["words"]) + " · " + "、".join(p["name"] for p in why["places"]))
        self.report.row("入库到报警 entry to alert", f"{(time.monotonic() - began) * 1000:.0f} ms")
        board = self._reads("chief", "/kitchen/board")
        shown = [each["id"] for each in board["alerts"]]
        self.report.check(alert["id"] in shown, "大屏上有它 on the board", "是", "大屏上没有这条预警")
        return alert

    def _topic(self, alert: Thing) -> Thing:
        self.report.say("研判，转成选题，通过并下发 it becomes a topic, which is approved and dispatched")
        path = f"/kitchen/alerts/{alert['id']}"
        self._does("monitor", f"{path}/triage", {"level": "urgent"})
        linked = self._does("editor", f"{path}/links", {"kind": "topic", "title": self.stage.story["topic"]})
        topic: Thing = self._reads("editor", f"/kitchen/topics/{linked['links'][-1]['thing']}")
        both = topic["from_alerts"] == [alert["id"]]
        self.report.check(both, "预警 ⇄ 选题 linked both ways", "是", "选题上看不到预警")
        due = self._reads("chief", "/kitchen/board")["at"]
        path = f"/kitchen/topics/{topic['id']}"
        line = {"kind": "text", "desk": "reporters", "due": _hours_after(due, 3), "targets": ["app"]}
        self._does("editor", f"{path}/coverages", line)
        self._does("editor", f"{path}/submit")
        self._does("chief", f"{path}/approve")
        topic = self._does("chief", f"{path}/dispatch")
        self.report.row("选题 topic", topic["state"])
        self._does("editor", f"/kitchen/alerts/{alert['id']}/handle", {})
        self._does("monitor", f"/kitchen/alerts/{alert['id']}/close", {"note": "选题已下发"})
        return topic

    def _story(self, topic: Thing) -> None:
        self.report.say("写稿、六道审校、刊发 a story is written, examined and published")
        reporter = self.stage.staff("reporter")
        form = self.stage.story["story"] | {"topic": topic["id"], "shares": [{"id": reporter.id, "share": 100}]}
        story = reporter.does("POST", "/editor/stories", form)
        reporter.does("POST", f"/editor/stories/{story['id']}/submit")
        examine.sign_off(self.stage.staff, story["id"])
        live = self.stage.staff("editor").does("POST", f"/editor/stories/{story['id']}/publish")
        self.report.row("稿件 story", live["state"])

    def _hand_over(self) -> None:
        self.report.say("交班：清单逐项确认才算接班 the hand-over")
        self.report.heading("交接班")
        self._does(
            "leader", "/kitchen/directives", {"from": "区委宣传部", "text": "供水信息每小时更新", "desks": ["editing"]}
        )
        duty = self.stage.staff("duty")
        note = "盯住美兰湖供水，水务局七点再通报"
        offered = self._does("chief", "/kitchen/duty/handovers", {"to": duty.id, "note": note})
        path = f"/kitchen/duty/handovers/{offered['id']}/accept"
        self.report.row("交接清单 open list", f"{len(offered['items'])} 项")
        self._does(
            "leader", "/kitchen/directives", {"from": "区应急局", "text": "备好送水车信息", "desks": ["editing"]}
        )
        keys = [item["key"] for item in offered["items"]]
        early = examine.command(duty, path, {"checked": keys})
        missed = early.json().get("missing", [])
        self.report.check(
            early.status_code == 409 and len(missed) >= 1,
            "交班后新到的一项没有确认 what came in since was not checked",
            f"不能接班，差 {len(missed)} 项",
            "没有看过新到的事项也接了班",
        )
        holder = self._reads("leader", "/kitchen/duty")["turn"]["holder"]["name"]
        self.report.row("这时谁负责 responsible meanwhile", holder)
        self._does(
            "duty", path, {"checked": [item["key"] for item in self._reads("duty", "/kitchen/duty")["open_list"]]}
        )
        turn = self._reads("leader", "/kitchen/duty")["turn"]
        self.report.check(
            turn["holder"]["id"] == duty.id, "接班后 afterwards", turn["holder"]["name"], "值班没有交过去"
        )

    # ── the assessment ──

    def _assess(self) -> Thing:
        self.report.say("考核：计算、公示三天、封账 the assessment is computed, shown for three days and sealed")
        self.report.heading("考核周期")
        base = "/kitchen/assessment/periods"
        today = date.fromisoformat(self._reads("chief", "/kitchen/board")["today"]["date"])
        days = {"first_day": str(today), "last_day": str(today + timedelta(days=1))}
        period = self._does("assessor", base, {"name": "演练周期"} | days)
        path = f"{base}/{period['id']}"
        self._later(2 * DAY_S)
        self._does("assessor", f"{path}/compute")
        self._wait("计算完成", lambda: self._reads("assessor", path)["state"] == "computed")
        self._does("assessor", f"{path}/publish")
        early = examine.command(self.stage.staff("assessor"), f"{path}/seal")
        self.report.check(early.status_code == 409, "公示未满就封账 sealing too early", "不行", "公示没有满就封了账")
        self._later(3 * DAY_S + 60)
        self._wait("公示期满", lambda: self._reads("assessor", path)["state"] == "appeals")
        sealed: Thing = self._does("assessor", f"{path}/seal")
        for person in self._reads("leader", f"{path}/totals")["items"][:5]:
            self.report.row(person["name"], f"{person['total']} 分")
        self.report.row("封账散列 result hash", sealed["result_hash"][:16])
        return sealed

    # ── the board ──

    def _board(self, title: str) -> Thing:
        board: Thing = self._reads("chief", "/kitchen/board")
        self.report.heading(f"{title}（日志第 {board['as_of_seq']} 条）")
        names = self._reads("chief", "/kitchen/board?names=1")["names"]
        turn = board["duty"]["turn"]
        self.report.row("值班 on duty", names.get(turn["holders"][0], "—") if turn else "—")
        for section in board["sections"].values():
            for things in section["things"].values():
                if states := things["states"]:
                    words = " ".join(f"{each['title']} {each['count']}" for each in states.values())
                    late = f" · 超时 {things['red']['count']}" if things["red"]["count"] else ""
                    self.report.row(f"{section['title']} · {things['title']}", words + late)
        self.report.row("告警、指令未签收 alarms, orders", f"{len(board['escalations'])}、{_unacked(board)}")
        today = board["today"]["measures"]
        self.report.row(
            "今天送审、签发、刊发 today", "、".join(str(today[n]["today"]) for n in ("submitted", "signed", "live"))
        )
        return board

    def _compare(self, before: Thing, after: Thing, period: Thing) -> None:
        self.report.heading("复盘：回看当时")
        for name, saved in (("接班时", before), ("交班后", after)):
            again = self._reads("chief", f"/kitchen/board?as_of_seq={saved['as_of_seq']}")
            self.report.check(
                again == saved, f"{name}的大屏再问一次 asked for again", "逐字相同", f"{name}的大屏变了样"
            )
        self.report.say("从日志重算一遍 everything is made again from the log")
        answer = self.house.flask("rebuild", "--check")
        same = answer.returncode == 0
        self.report.check(
            same, "大屏、回执、分数从日志重算 rebuilt", "逐字节一致", f"重算不一致：{answer.stdout[-800:]}"
        )
        self.report.row("封账后 the period", period["state"])


def _hours_after(moment: str, hours: int) -> str:
    return (datetime.fromisoformat(moment) + timedelta(hours=hours)).isoformat()


def _unacked(board: Thing) -> int:
    return sum(bool(each["unacked"]) for each in board["directives"])
