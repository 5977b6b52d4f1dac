"""Two citizens tell of one thing; a dispatcher, two offices and a supervisor see to it, each by their own rights."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from backend.clock import SHANGHAI
from scenario.people import sign_in_citizen
from scenario.phone import Phone
from scenario.stage import WAIT_S, Stage

Thing = dict[str, Any]
# Who each office is in the demo: the first owns the service, the second trims the tree that hides the lamp.
OFFICES = {"staff": "wateraffairs", "staff2": "greening"}


def play(stage: Stage) -> None:
    """Play it; whatever is off is in the report."""
    Hotline(stage).play()


class Hotline:
    """One matter from two mouths, and what becomes of it."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.report, self.story = stage, stage.report, stage.story
        self.first, self.second = (sign_in_citizen(stage.url) for _ in range(2))
        self.phone = Phone(self.second)

    def play(self) -> None:
        """Play all acts."""
        self.phone.go_online()
        try:
            leading, other = self._file()
            self._suggest(leading, other)
            self._dispatch(leading, other)
            self._handle(leading)
            self._answer(leading, other)
            self._end(leading, other)
            self._account(leading)
        finally:
            self.phone.go_offline()

    # ── the acts ──

    def _file(self) -> tuple[Thing, Thing]:
        self.report.say("两位市民先后反映同一只井盖 two citizens tell of the same manhole")
        self.report.heading("提交 filing")
        hints = self.first.does(
            "POST", "/requests/suggest", {name: self.story["first"][name] for name in ("title", "text")}
        )["items"]
        self.report.check(
            bool(hints) and hints[0]["service"]["id"] == self.story["first"]["service"],
            "推荐的服务事项 suggested service",
            hints[0]["service"]["name"] if hints else "—",
            "没有推荐出这项服务 (the service was not suggested)",
        )
        cases = [
            person.does("POST", "/requests", self.story[name])
            for person, name in ((self.first, "first"), (self.second, "second"))
        ]
        for case in cases:
            self.report.row(f"编号 {case['code']}", f"{case['title']} · {case['place']['town']}")
        return cases[0], cases[1]

    def _suggest(self, leading: Thing, other: Thing) -> None:
        self.report.say("受理员看派单建议：事项、单位、疑似重复，各有理由 what the aid suggests, and why")
        self.report.heading("派单建议 what the aid suggests")
        found = self.stage.staff("dispatcher").does("GET", f"/desk/requests/{other['id']}/routing")
        self.report.row("单位 office", f"{found['office']['name']}（{found['office']['why']}）")
        same = next((one for one in found["duplicates"] if one["id"] == leading["id"]), None)
        self.report.check(
            same is not None,
            "疑似重复 likely duplicate",
            same["why"] if same else "—",
            "没有认出两件是一件事 (the duplicate was not seen)",
        )

    def _dispatch(self, leading: Thing, other: Thing) -> None:
        self.report.say("受理、派错、退单、改派、并案 accepted, sent to the wrong office, returned, sent on, merged")
        self.report.heading("受理与派单 dispatching")
        early = self.stage.staff("staff").post(f"/desk/requests/{leading['id']}/take")
        self.report.check(
            early.status_code in {404, 409},
            "没派单就签收 taking what was not assigned",
            f"{early.status_code}",
            "没有派单也签收了 (it was taken before it was assigned)",
        )
        accepted = self._does("dispatcher", leading, "accept")
        self._show_due(accepted)
        self._does("dispatcher", leading, "assign", office=OFFICES["staff2"])
        self._does("staff2", leading, "return", reason="井盖属排水设施，请派区水务局")
        self._does("dispatcher", leading, "assign", office=OFFICES["staff"])
        self._does("dispatcher", other, "accept")
        merged = self._does("dispatcher", other, "merge", into=leading["id"])
        self.report.row("并案 merged", f"{other['code']} → {merged['merged_into']['code']}")
        refused = self.stage.staff("dispatcher").post(f"/desk/requests/{other['id']}/assign", {"office": "greening"})
        body = refused.json()
        self.report.check(
            refused.status_code == 409 and "allowed" in body,
            "并案后单独派单 assigning the merged one",
            f"409 {body.get('guard') or body.get('code')}，可做：{'、'.join(body.get('allowed', [])) or '—'}",
            "并案的一件还能单独派单 (the merged one was assigned on its own)",
        )

    def _handle(self, leading: Thing) -> None:
        self.report.say("签收、协办、请市民补充、督办、延期 taken, helped with, asked about, supervised, extended")
        self.report.heading("办理 handling")
        self._does("staff", leading, "take")
        self._does("supervisor", leading, "join", offices=[OFFICES["staff2"]], text="请绿化部门修剪遮灯的树枝")
        self._does("staff2", leading, "note", text="香樟枝条已列入今晚修剪")
        asked = self._does("staff", leading, "ask", text=self.story["ask"])
        told = self.first.does("POST", f"/requests/{leading['id']}/messages", {"text": self.story["told"]})
        self.report.check(
            asked["waiting"] and not told["waiting"],
            "请市民补充时计时暂停 the clock stands meanwhile",
            "是 yes",
            "请市民补充时没有停表，或补充后没有恢复 (the clock did not stand, or did not go on)",
        )
        self._does("supervisor", leading, "supervise", text="涉及老人安全，请三个工作日内办结")
        extended = self._does("supervisor", leading, "extend", days=2, reason="井圈混凝土需要养护")
        self._show_due(extended)

    def _answer(self, leading: Thing, other: Thing) -> None:
        self.report.say("一个答复，两位市民都收到 one answer reaches both")
        self.report.heading("答复 the answer")
        self._does("staff", leading, "reply", text=self.story["reply"])
        shown = self.phone.wait_for(lambda: self._held(other["id"]).get("state") == "replied", WAIT_S)
        self.report.check(
            bool(shown),
            "并案市民的手机 the merged citizen's phone",
            "已答复 replied",
            "并案市民没有收到答复 (the merged citizen got no answer)",
        )

    def _end(self, leading: Thing, other: Thing) -> None:
        self.report.say("一位确认并评价，另一位不满意，重办 one confirms, the other disputes")
        confirmed = self.first.does("POST", f"/requests/{leading['id']}/confirm", {"text": "不响了，谢谢"})
        self.first.does("POST", f"/requests/{leading['id']}/rating", {"attitude": 5, "result": 5})
        self.report.row(f"{leading['code']} 市民确认 confirmed", confirmed["state"])
        again = self.second.does("POST", f"/requests/{other['id']}/reopen", {"reason": self.story["disputed"]})
        self._show_due(again)
        seen = self._reads("supervisor", f"/desk/requests/{other['id']}")
        self.report.row(f"{other['code']} 重办 done again", f"由 {(seen['reviewer'] or {}).get('name', '—')} 复核")
        self._does("staff", other, "reply", text=self.story["again"])
        rated = self.second.does(
            "POST", f"/requests/{other['id']}/rating", {"attitude": 4, "result": 2, "comment": "拖了两次才弄好"}
        )
        self.report.row("第二次评价：结果 2 分 a low result", f"核查 review {rated['review']}")
        done = self._does("supervisor", other, "review", outcome="upheld", text="现场照片显示地砖已铺平，已向市民说明")
        self.report.check(
            done["state"] == "closed" and done["review"] == "upheld",
            "督办员核查后办结 closed after the review",
            done["state"],
            "低分核查后没有办结 (it was not closed after the review)",
        )

    def _account(self, leading: Thing) -> None:
        self.report.say("回执、查看记录、持有时间、统计 receipts, looks, custody, statistics")
        self.report.heading("给市民的交代 what the citizen gets")
        file = self.first.get(f"/requests/{leading['id']}/receipts").text
        check = self._checked(file)
        broken = self._checked(file.replace("replied", "settled"))
        self.report.check(
            check["holds"] and not broken["holds"],
            "回执验签，改一个字即不符 receipts hold, and a changed one does not",
            "是 yes",
            "回执验签不对 (the receipts do not hold, or a changed one does)",
        )
        self._show_custody(leading)
        looks = self.first.does("GET", f"/requests/{leading['id']}/looks")["items"]
        self.report.check(
            len({look["role"] for look in looks}) > 1,
            "谁看过我的诉求 looks",
            "、".join(sorted({look["by"] for look in looks})),
            "查看记录里没有受理员和督办员 (the list of looks lacks the dispatcher or the supervisor)",
        )
        line = next(
            each
            for each in self._reads("supervisor", "/desk/statistics?by=office")["items"]
            if each["key"] == OFFICES["staff"]
        )
        numbers = "、".join(f"{name} {value}" for name, value in line["rates"].items() if value is not None)
        self.report.row(f"{line['name']} 统计 statistics", numbers or "—")

    # ── parts of them ──

    def _does(self, who: str, case: Thing, command: str, **form: Any) -> Thing:
        done: Thing = self.stage.staff(who).does("POST", f"/desk/requests/{case['id']}/{command}", form)
        return done

    def _reads(self, who: str, path: str) -> Any:
        return self.stage.staff(who).does("GET", path)

    def _checked(self, file: str) -> Thing:
        found: Thing = self.stage.stranger.does("POST", "/receipts/check", {"file": file})
        return found

    def _held(self, case_id: str) -> Thing:
        return self.phone.get("request", case_id, f"user:{self.second.id}") or {}

    def _show_due(self, case: Thing) -> None:
        due = case["due_explained"]
        when = _moment(due["due"]).astimezone(SHANGHAI)
        self.report.row("答复期限 due", f"{when:%Y-%m-%d %H:%M}{'（暂定）' if due['provisional'] else ''}")
        for step in due["steps"]:
            self.report.row("", f"{_moment(step['to']).astimezone(SHANGHAI):%m-%d %H:%M} 为止，{step['why']}")

    def _show_custody(self, case: Thing) -> None:
        """At any moment somebody holds it, so the stretches lie end to end from the filing on."""
        seen = self._reads("supervisor", f"/desk/requests/{case['id']}")
        rows = seen["custody"]
        whole = sum(row["seconds"] for row in rows if row["seconds"] is not None)
        age = _moment(rows[-1]["from"]) - _moment(seen["created_at"])
        joined = all(one["to"] == following["from"] for one, following in itertools.pairwise(rows))
        self.report.check(
            joined and abs(whole - age.total_seconds()) < 1,
            "持有时间相加等于年龄 all holders' times make the age",
            f"{len(rows)} 段 stretches，{whole} 秒 s",
            "持有时间加起来不等于诉求的年龄 (the holders' times do not add up to the age)",
        )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
