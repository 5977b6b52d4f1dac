"""What the Central Kitchen does: the second half of the table in `deeds`, each deed a short day's work."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from scenario import examine
from tests.newsroom.kitchen import BODY
from tests.support.server import wait_until
from tests.support.tables import run
from tests.sync.deeds import DEEDS, deed
from tests.sync.holder import Holder
from tests.sync.world import World

__all__ = ["DEEDS"]

WHY = {"category": "fact", "comment": "时间再核"}
CONSENT = {"by": "监护人王女士", "how": "书面同意"}

# ── planning ──


@deed(
    "POST /kitchen/leads",
    "PATCH /kitchen/leads/{lead_id}",
    "POST /kitchen/leads/{lead_id}/verify",
    "POST /kitchen/leads/{lead_id}/convert",
)
def make_a_topic_of_a_lead(w: World) -> Iterator[None]:
    yield
    lead = w.lead()
    w.changes("reporter", f"/leads/{lead['id']}", {"heat": 9}, lead["ver"])
    w.cooks("editor", f"/leads/{lead['id']}/verify")
    w.cooks("editor", f"/leads/{lead['id']}/convert", {"class": "emergency"})


@deed("POST /kitchen/leads/{lead_id}/merge", "POST /kitchen/leads/{lead_id}/reject")
def merge_a_lead_and_reject_the_other(w: World) -> Iterator[None]:
    first, second = w.lead(), w.lead()
    yield
    w.cooks("editor", f"/leads/{second['id']}/merge", {"into": first["id"]})
    w.cooks("editor", f"/leads/{first['id']}/reject", {"reason": "去年的照片"})


@deed(
    "POST /kitchen/topics",
    "PATCH /kitchen/topics/{topic_id}",
    "POST /kitchen/topics/{topic_id}/coverages",
    "DELETE /kitchen/topics/{topic_id}/coverages/{no}",
)
def propose_a_topic_and_plan_it(w: World) -> Iterator[None]:
    yield
    topic = w.topic()
    path = f"/topics/{topic['id']}"
    w.changes("reporter", path, {"title": w.word(), "priority": 1}, topic["ver"])
    w.cooks("reporter", f"{path}/coverages", w.line())
    w.cooks("reporter", f"{path}/coverages", w.line(kind="video", desk="tv"))
    w.reporter.does("DELETE", f"/kitchen{path}/coverages/1", headers={"Idempotency-Key": uuid.uuid4().hex})


@deed(
    "POST /kitchen/topics/{topic_id}/submit",
    "POST /kitchen/topics/{topic_id}/return",
    "POST /kitchen/topics/{topic_id}/approve",
    "POST /kitchen/topics/{topic_id}/reject",
)
def decide_two_topics(w: World) -> Iterator[None]:
    topic, other = w.topic(), w.topic("submit")
    path = f"/topics/{topic['id']}"
    yield
    w.cooks("reporter", f"{path}/submit")
    w.cooks("head", f"{path}/return", {"reason": "角度太泛"})
    w.cooks("reporter", f"{path}/submit")
    w.cooks("head", f"{path}/approve")
    w.cooks("head", f"/topics/{other['id']}/reject", {"reason": "上周做过"})


@deed(
    "POST /kitchen/topics/{topic_id}/dispatch",
    "POST /kitchen/topics/{topic_id}/postpone",
    "POST /kitchen/topics/{topic_id}/resume",
    "POST /kitchen/topics/{topic_id}/close",
)
def dispatch_a_topic_twice_and_close_it(w: World) -> Iterator[None]:
    path = f"/topics/{w.topic('submit', 'approve')['id']}"
    yield
    w.cooks("duty", f"{path}/dispatch", {"coverages": [w.line()]})
    w.cooks("head", f"{path}/postpone", {"reason": "台风"})
    w.cooks("head", f"{path}/resume")
    w.cooks("duty", f"{path}/dispatch")
    w.cooks("duty", f"{path}/close")


@deed("POST /kitchen/topics/{topic_id}/cancel")
def cancel_a_topic_with_its_assignments(w: World) -> Iterator[None]:
    topic = w.topic("submit", "approve", "dispatch")
    called_off, kept = w.task(topic=topic), w.task(topic=topic)
    handed_on = w.task("dispatch", "accept", topic=topic)
    yield
    decisions = [
        {"assignment": called_off["id"], "verdict": "cancel"},
        {"assignment": kept["id"], "verdict": "keep"},
        {"assignment": handed_on["id"], "verdict": "reassign", "to": w.reporter2.id},
    ]
    w.cooks("chief", f"/topics/{topic['id']}/cancel", {"reason": "改期", "decisions": decisions})
    w.cooks("reporter2", f"/assignments/{successor_of(w, handed_on['id'])}/accept")


@deed(
    "POST /kitchen/meetings",
    "PATCH /kitchen/meetings/{meeting_id}",
    "POST /kitchen/meetings/{meeting_id}/decide",
    "POST /kitchen/meetings/{meeting_id}/close",
)
def hold_a_meeting(w: World) -> Iterator[None]:
    yes, back = w.topic("submit"), w.topic("submit")
    yield
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    meeting = w.cooks("head", "/meetings", {"title": w.word(), "at": at, "attendees": [w.editor.id]})
    path = f"/meetings/{meeting['id']}"
    w.changes("head", path, {"minutes": w.word()}, meeting["ver"])
    w.cooks("head", f"{path}/decide", {"topic": yes["id"], "verdict": "approve"})
    w.cooks("head", f"{path}/decide", {"topic": back["id"], "verdict": "return", "reason": "补采访对象"})
    w.cooks("head", f"{path}/close")


@deed(
    "POST /kitchen/directives",
    "POST /kitchen/directives/{directive_id}/ack",
    "POST /kitchen/directives/{directive_id}/done",
)
def issue_a_directive_and_see_it_done(w: World) -> Iterator[None]:
    yield
    form = {"from": "区委宣传部", "text": w.word(), "desks": ["editing", "newspaper"]}
    path = f"/directives/{w.cooks('leader', '/directives', form)['id']}"
    w.cooks("editor", f"{path}/ack", {"desk": "editing"})
    w.cooks("layout", f"{path}/ack", {"desk": "newspaper"})
    w.cooks("leader", f"{path}/done")


# ── interview ──


def successor_of(w: World, assignment: str) -> str:
    return str(w.now(f"/assignments/{assignment}")["replaced_by"])


@deed(
    "POST /kitchen/assignments",
    "PATCH /kitchen/assignments/{assignment_id}",
    "POST /kitchen/assignments/{assignment_id}/dispatch",
    "POST /kitchen/assignments/{assignment_id}/accept",
)
def send_a_reporter(w: World) -> Iterator[None]:
    topic = w.topic("submit", "approve", "dispatch")
    yield
    task = w.task(topic=topic)
    path = f"/assignments/{task['id']}"
    w.changes("head", path, {"gear": "无人机"}, task["ver"])
    w.cooks("head", f"{path}/dispatch")
    w.cooks("reporter", f"{path}/accept")


@deed(
    "POST /kitchen/assignments/{assignment_id}/decline",
    "POST /kitchen/assignments/{assignment_id}/reassign",
)
def decline_an_assignment_until_nobody_is_left(w: World) -> Iterator[None]:
    first = w.task("dispatch")["id"]
    yield
    w.cooks("reporter", f"/assignments/{first}/decline", {"reason": "在外地"})
    second = successor_of(w, first)
    w.cooks("reporter2", f"/assignments/{second}/decline", {"reason": "走不开"})
    assert w.now(f"/assignments/{second}")["allowed"] == ["cancel", "reassign"], "an alarm stands"
    w.cooks("duty", f"/assignments/{second}/reassign", {"reporter": w.reporter.id, "reason": "电话里说好了"})
    w.cooks("reporter", f"/assignments/{successor_of(w, second)}/accept")


@deed(
    "POST /kitchen/assignments/{assignment_id}/reassign",
    "POST /kitchen/assignments/{assignment_id}/cancel",
)
def hand_an_assignment_on_and_call_it_off(w: World) -> Iterator[None]:
    task = w.task("dispatch", "accept")["id"]
    yield
    w.cooks("head", f"/assignments/{task}/reassign", {"reporter": w.reporter2.id, "reason": "病了"})
    w.cooks("head", f"/assignments/{successor_of(w, task)}/cancel", {"reason": "不拍了"})


@deed(
    "POST /kitchen/assignments/{assignment_id}/on-site",
    "POST /kitchen/materials",
    "POST /kitchen/assignments/{assignment_id}/file",
    "POST /kitchen/assignments/{assignment_id}/done",
)
def bring_material_home(w: World) -> Iterator[None]:
    path = f"/assignments/{w.task('dispatch', 'accept')['id']}"
    yield
    w.cooks("reporter", f"{path}/on-site")
    w.cooks("reporter", f"{path}/file", {"materials": [w.material()["id"]]})
    w.cooks("head", f"{path}/done")


@deed(
    "POST /kitchen/materials",
    "POST /kitchen/materials/{material_id}/check",
    "POST /kitchen/materials/{material_id}/approve",
    "PATCH /kitchen/materials/{material_id}",
)
def approve_a_material_that_changes_its_rights(w: World) -> Iterator[None]:
    yield
    material = w.material("check", "approve")
    rights = {"owner": w.word(), "licence": "agency"}
    changed = w.changes("reporter", f"/materials/{material['id']}", {"rights": rights}, material["ver"])
    assert changed["state"] == "checked"


@deed(
    "POST /kitchen/materials/{material_id}/restrict",
    "POST /kitchen/materials/{material_id}/consent",
    "POST /kitchen/materials/{material_id}/assignments",
    "POST /kitchen/materials/{material_id}/reject",
)
def restrict_a_material_until_there_is_consent(w: World) -> Iterator[None]:
    task, material, other = w.task("dispatch", "accept"), w.material("check", subjects="minor"), w.material()
    path = f"/materials/{material['id']}"
    yield
    w.cooks("editor", f"{path}/restrict", {"reason": "没有同意书"})
    w.cooks("reporter", f"{path}/consent", CONSENT)
    w.cooks("editor", f"{path}/approve")
    w.cooks("reporter", f"{path}/assignments", {"assignment": task["id"]})
    w.cooks("editor", f"/materials/{other['id']}/reject", {"reason": "失焦"})


# ── stories ──


@deed("POST /editor/stories/{story_id}/lock", "POST /editor/stories/{story_id}/lock/take-over")
def lock_a_story_and_lose_the_lease(w: World) -> Iterator[None]:
    story = w.story()
    yield
    w.move("editor", story, "lock", reason="改标题", draft={"summary": w.word()})
    w.move("head", story, "lock/take-over", reason="截稿了")


@deed("DELETE /editor/stories/{story_id}/lock")
def unlock_a_story(w: World) -> Iterator[None]:
    story = w.story()
    w.move("editor", story, "lock")
    yield
    w.editor.does("DELETE", f"/editor/stories/{story['id']}/lock")


@deed(
    "POST /editor/stories/{story_id}/take",
    "POST /editor/stories/{story_id}/spike",
    "POST /editor/stories/{story_id}/restore",
)
def spike_a_story_and_restore_it(w: World) -> Iterator[None]:
    story = w.story()
    yield
    w.move("editor", story, "take")
    w.move("editor", story, "spike", reason="重复")
    w.move("editor", story, "restore")


@deed("POST /editor/stories/{story_id}/archive", "POST /editor/stories/{story_id}/reopen")
def archive_a_story_and_reopen_it(w: World) -> Iterator[None]:
    story = w.signed()
    yield
    w.move("editor", story, "archive")
    w.move("editor", story, "reopen")


@deed(
    "POST /editor/stories/{story_id}/correct",
    "POST /editor/stories/{story_id}/correct/drop",
    "POST /editor/stories/{story_id}/correct/sign",
)
def drop_a_correction_and_sign_another(w: World) -> Iterator[None]:
    story = w.live()
    w.package(story)
    yield
    w.move("editor", story, "correct", headline=w.word(), note="标题有误")
    w.move("editor2", story, "correct/drop")
    w.move("editor", story, "correct", summary=w.word(), note="摘要有误")
    w.move("chief", story, "correct/sign")


@deed("PATCH /editor/stories/{story_id}")
def rename_a_story_with_examinations_behind_it(w: World) -> Iterator[None]:
    story = w.signed()
    post = w.package(story)["weibo_post"]
    post = w.changes("editor", f"/renditions/{post['id']}", {"fields": {"text": f"{w.word()}。"}}, post["ver"])
    w.render(post, "ready", "submit")
    story = w.move("editor", story, "return", reason="还有补充")
    yield
    assert w.editor.patch(f"/editor/stories/{story['id']}", {"headline": w.word()}, story["ver"]).ok


def layout_holds(w: World) -> set[str]:
    """Return the ids of all that the paper's desk holds: nobody there has a part in the examination."""
    holder = Holder(w.layout, ["desk:editing", "desk:newspaper"])
    holder.load()
    return {thing for _, _, thing in holder.held}


@deed("PATCH /editor/stories/{story_id}")
def make_a_story_confidential(w: World) -> Iterator[None]:
    story = w.story()
    parts = {story["id"], *(rendition["id"] for rendition in w.package(story).values())}
    w.move("editor", story, "lock")
    assert parts <= layout_holds(w)
    yield
    assert w.editor.patch(f"/editor/stories/{story['id']}", {"sensitivity": "strict"}, story["ver"]).ok
    assert not parts & layout_holds(w), "what is confidential now is still on open desks"


@deed("POST /editor/stories/{story_id}/publish", "POST /editor/stories/{story_id}/withdraw")
def publish_a_confidential_story_and_withdraw_it(w: World) -> Iterator[None]:
    story = w.signed(sensitivity="strict")
    made = w.package(story)
    w.render(made["app_article"], "ready", "clear")
    parts = {story["id"], *(rendition["id"] for rendition in made.values())}
    assert not parts & layout_holds(w)
    yield
    w.move("chief", story, "publish")
    w.render(made["app_article"], "publish")
    assert parts <= layout_holds(w)
    w.move("chief", story, "withdraw", reason="失实")
    assert not parts & layout_holds(w), "what is confidential again is still on open desks"


# ── packages ──


@deed(
    "POST /kitchen/packages",
    "PATCH /kitchen/renditions/{rendition_id}",
    "POST /kitchen/renditions/{rendition_id}/ready",
    "POST /kitchen/renditions/{rendition_id}/submit",
)
def make_a_package_and_rewrite_a_post(w: World) -> Iterator[None]:
    story = w.signed()
    yield
    post = w.package(story)["weibo_post"]
    post = w.changes("editor", f"/renditions/{post['id']}", {"fields": {"text": f"{w.word()}。"}}, post["ver"])
    w.render(post, "ready", "submit")


@deed("POST /kitchen/renditions/{rendition_id}/clear", "POST /kitchen/renditions/{rendition_id}/publish")
def publish_a_story_by_its_rendition(w: World) -> Iterator[None]:
    made = w.package(w.signed())
    yield
    w.render(made["app_article"], "ready", "clear", "publish")
    w.render(made["wechat_article"], "ready", "clear")


@deed("POST /kitchen/renditions/{rendition_id}/confirm", "POST /kitchen/renditions/{rendition_id}/rederive")
def keep_one_stale_rendition_and_make_another_anew(w: World) -> Iterator[None]:
    story = w.story()
    made = w.package(story)
    yield
    assert w.editor.patch(f"/editor/stories/{story['id']}", {"summary": w.word()}, story["ver"]).ok
    w.render(made["weibo_post"], "confirm")
    w.render(made["rundown_item"], "rederive")


# ── examination ──


@deed(
    "POST /kitchen/exams/{exam_id}/steps/{step}/claim",
    "POST /kitchen/exams/{exam_id}/steps/{step}/release",
    "POST /kitchen/exams/{exam_id}/steps/{step}/reclaim",
)
def claim_a_step_and_lose_it(w: World) -> Iterator[None]:
    exam = w.exam()
    yield
    w.at_step("proof", exam, "P1", "claim")
    w.at_step("proof", exam, "P1", "release")
    w.at_step("proof", exam, "P1", "claim")
    w.at_step("head", exam, "P1", "reclaim", reason="下班了")


@deed("POST /kitchen/exams/{exam_id}/steps/{step}/fix", "POST /kitchen/exams/{exam_id}/steps/{step}/pass")
def mend_a_word_and_pass_until_it_is_signed(w: World) -> Iterator[None]:
    exam = w.exam("R2", body=BODY)
    w.at_step("proof3", exam, "P3", "claim")
    yield
    fixed = w.at_step("proof3", exam, "P3", "fix", block_id="b2", old="同步完成", new="同时完成")
    examine.pass_step(w.proof3, fixed, "P3")
    assert examine.take_step(w.chief, exam["id"], "R3")["state"] == "signed"


@deed("PATCH /editor/stories/{story_id}")
def change_a_story_that_is_examined(w: World) -> Iterator[None]:
    exam = w.exam("R1")
    yield
    story = w.editor.does("GET", f"/editor/stories/{exam['story']['id']}")
    assert w.editor.patch(f"/editor/stories/{story['id']}", {"summary": w.word()}, story["ver"]).ok
    assert w.now(f"/exams/{exam['id']}")["round"] == 2


@deed("POST /kitchen/exams/{exam_id}/steps/{step}/return", "POST /editor/stories/{story_id}/submit")
def return_a_story_from_its_examination(w: World) -> Iterator[None]:
    exam = w.exam("P1")
    w.at_step("editor2", exam, "R1", "claim")
    yield
    w.at_step("editor2", exam, "R1", "return", **WHY)
    story = w.editor.does("GET", f"/editor/stories/{exam['story']['id']}")
    assert w.editor.patch(f"/editor/stories/{story['id']}", {"summary": w.word()}, story["ver"]).ok
    w.move("editor", story, "submit")


@deed("POST /kitchen/exams/{exam_id}/steps/{step}/reject")
def reject_a_story_as_a_whole(w: World) -> Iterator[None]:
    exam = w.exam("P2")
    w.at_step("head", exam, "R2", "claim")
    yield
    w.at_step("head", exam, "R2", "reject", category="orientation", comment="不宜刊发")


@deed("POST /kitchen/exams/{exam_id}/opinions", "POST /opinions/{token}")
def ask_an_expert(w: World) -> Iterator[None]:
    exam = w.exam()
    yield
    asked = w.cooks("editor2", f"/exams/{exam['id']}/opinions", {"expert": "水务专家", "question": w.word()})
    w.server.anonymous().does("POST", asked["url"].removeprefix("/api/v1"), {"text": w.word()})


@deed("POST /kitchen/exams/{exam_id}/steps/{step}/pass")
def examine_breaking_news_after_it_went_out(w: World) -> Iterator[None]:
    exam = w.breaking()["exam"]
    yield
    for step in examine.STEPS[:-1]:
        done = examine.take_step(w.server.staff(examine.STRICT[step]), exam, step)
    assert done["state"] == "confirmed"


@deed("POST /kitchen/exams/{exam_id}/steps/{step}/return", "POST /editor/stories/{story_id}/correct/sign")
def correct_breaking_news_that_was_found_wrong(w: World) -> Iterator[None]:
    story = w.breaking()
    exam = w.now(f"/exams/{story['exam']}")
    w.at_step("proof", exam, "P1", "claim")
    yield
    w.at_step("proof", exam, "P1", "return", **WHY)
    w.correct(story, summary=w.word(), note="数字有误")


@deed(
    "POST /kitchen/dictionary",
    "POST /kitchen/dictionary/{version_id}/changes",
    "POST /kitchen/dictionary/{version_id}/test",
    "POST /kitchen/dictionary/{version_id}/activate",
)
def put_a_dictionary_to_use(w: World) -> Iterator[None]:
    word = w.word()
    w.live(headline=word)
    yield
    draft = w.cooks("proof", "/dictionary", {"note": "复扫"})
    entry = {"text": word, "kind": "sensitive", "level": "block", "category": "样例"}
    path = f"/kitchen/dictionary/{draft['id']}"
    assert examine.command(w.proof, f"{path}/changes", {"words": [entry]}, draft["ver"]).ok
    examine.does(w.proof, f"{path}/test")
    number = examine.does(w.chief, f"{path}/activate")["number"]
    # The live articles are looked at by a job, which must not go on while the readers compare.
    jobs = "SELECT state FROM job WHERE key LIKE 'dictionary.rescan:%'"
    wait_until(lambda: {row[0] for row in run(w.server, jobs)} == {"done"}, 30)
    assert w.monitor.does("GET", f"/kitchen/scan-hits?version={number}")["items"]


@deed("POST /kitchen/dictionary/{version_id}/discard")
def give_a_dictionary_up(w: World) -> Iterator[None]:
    draft = w.cooks("proof", "/dictionary", {"note": "试一试"})
    yield
    w.cooks("proof", f"/dictionary/{draft['id']}/discard")


# ── the duty ──


@deed(
    "POST /kitchen/duty/take",
    "POST /kitchen/duty/handovers",
    "POST /kitchen/duty/handovers/{handover_id}/decline",
    "POST /kitchen/duty/handovers/{handover_id}/withdraw",
    "POST /kitchen/duty/handovers/{handover_id}/accept",
)
def hand_the_duty_over_at_the_third_try(w: World) -> Iterator[None]:
    yield
    w.cooks("chief", "/duty/take", {"reason": "演练"})
    form = {"to": w.server.staff("duty").id, "note": "夜里有雷雨"}
    for who, answer in (("duty", "decline"), ("chief", "withdraw")):
        offered = w.cooks("chief", "/duty/handovers", form)
        w.cooks(who, f"/duty/handovers/{offered['id']}/{answer}", {"reason": "稍等"})
    offered = w.cooks("chief", "/duty/handovers", form)
    checked = [item["key"] for item in offered["items"]]
    w.cooks("duty", f"/duty/handovers/{offered['id']}/accept", {"checked": checked})
    w.cooks("chief", "/duty/take", {"reason": "演练结束"})


@deed("POST /kitchen/priority")
def put_a_topic_an_assignment_and_a_story_first(w: World) -> Iterator[None]:
    topic = w.topic("submit", "approve", "dispatch")
    task = w.task(topic=topic)
    story = w.reporter.does("POST", "/editor/stories", {"headline": w.word(), "section": "minsheng", "body": BODY})
    yield
    for kind, thing in (("topic", topic), ("assignment", task), ("story", story)):
        w.cooks("head", "/priority", {"kind": kind, "id": thing["id"], "priority": 1, "reason": "雨情紧急"})
