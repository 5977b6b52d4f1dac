"""A day in the Central Kitchen: from a citizen's word to a signed story, and a breaking item that is confirmed after.

Everything is done by the people whose it is, over HTTP; the report tells who held what when.
"""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from backend.clock import SHANGHAI
from demo.pictures import draw
from scenario import examine
from scenario.people import Person, sign_in_citizen
from scenario.phone import Phone
from scenario.stage import WAIT_S, Stage

Thing = dict[str, Any]
KINDS = {"app_article", "wechat_article", "weibo_post", "page_slot", "rundown_item"}


class Day:
    """What the acts share: the stage, and a line of the report for everything that somebody does."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.url = stage.url

    def does(self, username: str, words: str, path: str, form: Any = None) -> Thing:
        """Have somebody of the house give a command; return what it is about."""
        done: Thing = examine.does(self.stage.staff(username), path, form)
        self.held(self.stage.staff(username), words)
        return done

    def held(self, person: Person, words: str, at: str | None = None) -> None:
        """Note who had a thing in hand, and when."""
        user = (person.tokens or {})["user"]
        moment = datetime.fromisoformat(at) if at else datetime.now(UTC)
        who = f"{user['name']}（{user.get('title') or '市民'}）"
        self.stage.report.row(f"{moment.astimezone(SHANGHAI):%H:%M:%S}  {who}", words)


def play(stage: Stage) -> None:
    """Play the day on a running demo; whatever is off is in the stage's report."""
    day = Day(stage)
    with ExitStack() as closing:
        phone = _citizen(stage, closing)
        lead = _lead(day, phone.person)
        topic = _topic(day, lead)
        picture = _coverage(day, topic)
        story = _write(day, topic, picture)
        _package(day, story)
        _examine(day, story)
        _publish(day, phone, story)
        _breaking(day, phone)
        stage.report.say("收拾：关闭临时账号 clearing up")


def _citizen(stage: Stage, closing: ExitStack) -> Phone:
    person = sign_in_citizen(stage.url, f"+86139{uuid.uuid4().int % 10**8:08d}")
    phone = Phone(person)
    phone.go_online()
    closing.callback(lambda: person.does("DELETE", "/me"))
    closing.callback(phone.go_offline)
    return phone


def _lead(day: Day, citizen: Person) -> Thing:
    """A citizen files a request; planning makes a lead of it, and merges the hotline's of the same place."""
    given = day.stage.story["request"]
    day.stage.report.heading("策划 Planning：市民的话成为线索，再成为选题")
    day.stage.report.say("市民反映，策划台记下线索 a citizen's word becomes a lead")
    form = {"service": "roads", "title": given["title"], "text": given["text"]}
    services = [service["id"] for service in citizen.does("GET", "/services")["items"]]
    case = citizen.does("POST", "/requests", form if "roads" in services else form | {"service": services[0]})
    day.held(citizen, f"提交诉求 {case['code']}")
    lead = {"title": given["title"], "text": given["text"], "place": given["place"], "source": "app_report"}
    first = day.does("editor", "记下线索 lead", "/kitchen/leads", lead | {"source_ref": case["code"]})
    again = lead | {"source": "hotline", "source_ref": "热线登记"}
    second = day.does("monitor", "热线又来一条 a second lead", "/kitchen/leads", again)
    offered = [each["lead"]["id"] for each in second["duplicates"]]
    day.stage.report.check(
        first["id"] in offered,
        "重复线索被提示 duplicate offered",
        f"{len(offered)}",
        "同一地点的两条线索没有被提示为重复 (the second lead was not offered as a duplicate)",
    )
    day.does("editor", "合并 merged", f"/kitchen/leads/{second['id']}/merge", {"into": first["id"]})
    return day.does("head", "核实 verified", f"/kitchen/leads/{first['id']}/verify")


def _topic(day: Day, lead: Thing) -> Thing:
    given = day.stage.story["topic"]
    form = given | {"class": "livelihood", "priority": 2, "targets": ["app", "wechat", "newspaper", "tv"]}
    form |= {"owner_desk": "planning"}
    made = day.does("editor", "转为选题 topic", f"/kitchen/leads/{lead['id']}/convert", form)
    topic_id = made.get("topic_id") or made["id"]
    day.does("editor", "提交选题 submitted", f"/kitchen/topics/{topic_id}/submit")
    day.does("head", "审批通过 approved", f"/kitchen/topics/{topic_id}/approve")
    due = (datetime.now(UTC) + timedelta(hours=3)).isoformat(timespec="seconds")
    lines = [{"kind": kind, "desk": "reporters", "due": due, "targets": ["app"]} for kind in ("text", "photo")]
    return day.does("duty", "下发两条报道 dispatched", f"/kitchen/topics/{topic_id}/dispatch", {"coverages": lines})


def _coverage(day: Day, topic: Thing) -> Thing:
    """Two reporters go: one writes, one photographs; return the approved picture."""
    day.stage.report.heading("采访 Interview：两名记者，一份素材")
    day.stage.report.say("派两名记者 two reporters are sent")
    place = day.stage.story["request"]["place"]
    sent = {}
    for number, username in ((1, "reporter"), (2, "reporter2")):
        reporters = [{"id": day.stage.staff(username).id, "share": 100}]
        form = {"topic": topic["id"], "coverage_no": number, "reporters": reporters, "place": place}
        task = day.does("duty", f"派给 assigned to {username}", "/kitchen/assignments", form)
        day.does("duty", "发出任务 dispatched", f"/kitchen/assignments/{task['id']}/dispatch")
        sent[username] = task["id"]
        day.does(username, "接单 accepted", f"/kitchen/assignments/{task['id']}/accept")
        day.does(username, "到现场 on site", f"/kitchen/assignments/{task['id']}/on-site")
    day.stage.story["assignment"] = sent["reporter"]
    return _material(day, sent["reporter2"])


def _material(day: Day, assignment: str) -> Thing:
    photographer = day.stage.staff("reporter2")
    files = {"file": ("bridge.png", draw("rain_street", (1280, 720)), "image/png")}
    media: Thing = photographer.does("POST", "/media", files=files)
    rights = {"owner": "宝山区融媒体中心", "licence": "own"}
    form = {"media": media["id"], "title": "天桥电梯检修", "rights": rights, "subjects": "none"}
    material = day.does("reporter2", "交素材 material", "/kitchen/materials", form | {"assignments": [assignment]})
    day.does("editor2", "查验 checked", f"/kitchen/materials/{material['id']}/check")
    day.does("editor2", "可用 usable", f"/kitchen/materials/{material['id']}/approve")
    day.does("reporter2", "交稿 filed", f"/kitchen/assignments/{assignment}/file", {"materials": [material["id"]]})
    return media


def _write(day: Day, topic: Thing, picture: Thing) -> Thing:
    given, writer = day.stage.story, day.stage.staff("reporter")
    day.stage.report.heading("编辑 Editing：一篇稿件，五种产品")
    day.stage.report.say("记者写稿 the reporter writes")
    body = [{"type": "text", "text": text} for text in given["body"]]
    body.insert(1, {"type": "image", "media": picture["id"], "alt": "养护工人在天桥下检修电梯"})
    # The editor who checked the picture has no part in the text, and may examine it.
    form = {name: given[name] for name in ("headline", "summary")} | {"body": body, "sources": [given["source"]]}
    form |= {"section": "minsheng", "class": "livelihood", "topic": topic["id"], "assignment": given["assignment"]}
    story: Thing = writer.does("POST", "/editor/stories", form | {"sensitivity": "strict"})
    day.held(writer, "写成稿件 story")
    day.does("reporter", "交稿 filed", f"/kitchen/assignments/{given['assignment']}/file", {"story": story["id"]})
    return story


def _package(day: Day, story: Thing) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    slot = {"issue_date": tomorrow, "page_no": 2, "slot_no": 1, "headline_width": 20, "max_chars": 220, "columns": 3}
    item = {"show": "宝山新闻", "order": 3, "planned_seconds": 60}
    form = {"story": story["id"], "page_slot": slot, "rundown_item": item}
    package = day.does("reporter", "一次生成五种 one package, five renditions", "/kitchen/packages", form)
    kinds = {each["kind"] for each in package["renditions"]}
    mechanical = sum(each["transform"] == "mechanical" for each in package["renditions"])
    day.stage.report.check(
        kinds == KINDS and mechanical == len(KINDS),
        "机械改编 mechanical renditions",
        f"{mechanical} / {len(KINDS)}",
        "产品包没有一次生成五种机械改编 (the package did not come out as five mechanical renditions)",
    )


def _examine(day: Day, story: Thing) -> None:
    """Six steps by six people, as the strict policy demands; then the log tells who held it when."""
    day.stage.report.say("三审三校，六个人 three reviews and three proofreads by six people")
    writer = day.stage.staff("reporter")
    handed = writer.does("POST", f"/editor/stories/{story['id']}/submit")
    exam = examine.examine(day.stage.staff, handed["exam"], people=examine.STRICT)
    day.stage.report.heading("审核 Examination：谁在什么时候拿着它 who held it when")
    for step in exam["steps"]:
        person = day.stage.staff(examine.STRICT[step["name"]])
        words = f"{step['name']} {step['title']} 通过 passed · {step['hash'][:12]}"
        day.held(person, words, step["decided_at"])
    persons = {step["actor"]["person"] for step in exam["steps"]}
    day.stage.report.check(
        exam["state"] == "signed" and len(persons) == 6,
        "六人签发 signed by six people",
        f"{len(persons)} / 6 · {exam['signed_hash'][:12]}",
        "六道审校没有由六个人完成 (the six steps were not taken by six people)",
    )


def _publish(day: Day, phone: Phone, story: Thing) -> None:
    chief = day.stage.staff("chief")
    live = chief.does("POST", f"/editor/stories/{story['id']}/publish")
    day.held(chief, "刊发 published")
    article = phone.wait_for(lambda: phone.get("article", story["id"]), WAIT_S)
    day.stage.report.check(
        article is not None and live["signed_hash"] == live["content_hash"],
        "市民手机收到已签发的文字 the signed text is on the phone",
        live["signed_hash"][:12],
        "手机没有收到刊发的稿件 (the phone did not get the published story)",
    )


def _breaking(day: Day, phone: Phone) -> None:
    """A breaking item: one signature, live at once, and the skipped steps by others afterwards."""
    day.stage.report.heading("应急快速通道 Fast lane：先发，三十分钟内后审")
    day.stage.report.say("快讯：一人签发，事后补审 one signature, reviewed after the fact")
    writer, duty = day.stage.staff("editor"), day.stage.staff("duty")
    opened = writer.does("POST", "/editor/breaking", day.stage.story["breaking"])
    day.held(writer, "写快讯 breaking item")
    live = duty.does("POST", f"/editor/breaking/{opened['id']}/sign")
    day.held(duty, "签发快讯 signed, live")
    seen = phone.wait_for(lambda: phone.get("article", opened["id"]), WAIT_S) or {}
    unconfirmed = seen.get("confirmed") is False
    for name in ("P1", "R1", "P2", "R2", "P3"):
        username = examine.STRICT[name]
        examine.take_step(day.stage.staff(username), live["exam"], name)
        day.held(day.stage.staff(username), f"{name} 后审通过 reviewed")
    confirmed = phone.wait_for(lambda: (phone.get("article", opened["id"]) or {}).get("confirmed"), WAIT_S)
    day.stage.report.check(
        unconfirmed and bool(confirmed),
        "持续核实 → 已核实 unconfirmed → confirmed",
        "在手机上 on the phone",
        "快讯没有先标“持续核实”、后审完再去掉 (the item was not unconfirmed first and confirmed after)",
    )
    duty.does("POST", f"/editor/stories/{opened['id']}/withdraw", {"reason": "演示结束，封闭已解除"})
    day.held(duty, "封闭解除，撤下快讯 withdrawn")
