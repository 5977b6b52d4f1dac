"""Leads, topics, meetings and directives: states, guards, deadlines, and what makes two leads alike. No database."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from backend.errors import AppError, Code
from backend.newsroom.machine import Guard, Machine, Way
from backend.policy import Actor, Role
from backend.sync import streams

CLASSES = {
    "time_political": "时政",
    "livelihood": "民生",
    "emergency": "突发",
    "feature": "专题",
    "notice": "服务信息",
    "official_notice": "权威发布",
}
TARGETS = ["app", "wechat", "weibo", "newspaper", "tv"]
COVERAGE_KINDS = {
    "text": "文字",
    "photo": "图片",
    "video": "视频",
    "audio": "音频",
    "live": "直播",
    "graphic": "图表",
}
LEAD_SOURCES = {
    "hotline": "热线",
    "app_report": "客户端报料",
    "tip": "市民报料（有回执）",
    "opinion": "舆情",
    "dept": "部门来稿",
    "superior": "上级交办",
    "reporter": "记者采集",
}
VERDICTS = ["approve", "return", "reject"]
ASSIGNMENT_VERDICTS = ["cancel", "keep", "reassign"]
# An assignment in one of these states is somebody on the way or waiting to be sent.
LIVE_ASSIGNMENT = ("draft", "dispatched", "accepted", "on_site", "filed")
PLANNING_DESK = "planning"
REPORTERS_DESK = "reporters"

UNACKED_AFTER = timedelta(minutes=5)
DUPLICATE_WINDOW = timedelta(hours=48)
DUPLICATE_SCORE = 0.3
MAX_DUPLICATES = 10
# A lead in one of these states takes others in.
SURVIVORS = ("new", "verified", "converted")
UNACKED_ALARM = "directive_unacked"
UNACKED_TO = (Role.LEADER, Role.DUTY_EDITOR, Role.CHIEF_EDITOR)


# ── leads ──


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """What the guards of a lead look at: which fields an edit names, and where the lead stands that it goes into."""

    fields: frozenset[str] = frozenset()
    survivor: str = "new"


ONLY_HEAT: Guard[LeadFacts] = Guard(
    "only_heat_after_verification",
    lambda f: f.fields <= {"heat"},
    "线索已经核实，内容不能再改。",
    "只更新热度；有新情况请另报一条线索，再并入这一条",
)
SURVIVOR_OPEN: Guard[LeadFacts] = Guard(
    "survivor_open",
    lambda f: f.survivor in SURVIVORS,
    "要并入的那条线索已被否决或并入别处。",
    "选一条待核实、已核实或已转选题的线索",
)

LEAD: Machine[LeadFacts] = Machine(
    name="lead",
    noun="线索",
    states={"new": "待核实", "verified": "已核实", "rejected": "已否决", "merged": "已合并", "converted": "已转选题"},
    start=("new",),
    ways=(
        Way("edit", ("new",), None, "lead.write", "修改"),
        Way("edit", ("verified",), None, "lead.write", "修改", (ONLY_HEAT,)),
        Way("verify", ("new",), "verified", "lead.decide", "核实"),
        Way("reject", ("new",), "rejected", "lead.decide", "否决"),
        Way("merge", ("new",), "merged", "lead.decide", "合并", (SURVIVOR_OPEN,)),
        Way("convert", ("verified",), "converted", "lead.decide", "转为选题"),
    ),
    ends=("rejected", "merged", "converted"),
)


def normalise(text: str) -> str:
    """Write a text so that equal meanings are equal: NFKC, one case, letters and digits alone."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def place_key(place: str) -> str:
    """Return what places that are the same have in common; empty for one that names nothing."""
    # NFKC writes some characters as several, and the column is bounded.
    return normalise(place)[:100]


def similarity(one: str, other: str, place: str = "") -> float:
    """Tell how much of the shorter text the longer one holds, from 0 to 1, by pairs of neighbouring characters.

    A hotline's note is short and a department's letter long, so the shorter one is the measure. The name of the common
    place does not count: whatever happens there, everybody writes it.
    """
    pairs, others = _pairs(one) - _pairs(place), _pairs(other) - _pairs(place)
    shorter = min(len(pairs), len(others))
    return len(pairs & others) / shorter if shorter else 0.0


def _pairs(text: str) -> frozenset[str]:
    plain = normalise(text)
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


# ── topics ──

# How a topic is carried out, as against what it says: the one may be changed after it was approved.
ARRANGEMENTS = frozenset({"priority", "targets", "owner_desk", "budget_points", "window", "embargo_until"})


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What the guards of a topic look at.

    `same_person` says whether whoever acts proposed it or handed it in, `undecided` names the live assignments that
    nothing was said about, `fields` what an edit names, and `in_use` whether an assignment hangs on the coverage line.
    """

    class_: str = "livelihood"
    same_person: bool = False
    is_chief: bool = False
    coverages: int = 0
    undecided: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()
    in_use: bool = False


ANOTHER_PERSON: Guard[TopicFacts] = Guard(
    "approver_is_not_proposer",
    lambda f: not f.same_person,
    "提出或提交选题的人不能审批它。",
    "请另一位部门主任以上的同事审批",
    Code.SAME_PERSON,
)
CHIEF_FOR_TIME_POLITICAL: Guard[TopicFacts] = Guard(
    "chief_for_time_political",
    lambda f: f.class_ != "time_political" or f.is_chief,
    "时政类选题要由总编审批。",
    "请总编审批",
)
COVERAGE: Guard[TopicFacts] = Guard(
    "coverage", lambda f: f.coverages > 0, "选题还没有报道安排，不能下发。", "至少写明一项报道安排"
)
COVERAGE_UNUSED: Guard[TopicFacts] = Guard(
    "coverage_unused", lambda f: not f.in_use, "这项报道安排已经派了任务，不能删除。", "改派或取消任务，保留这项安排"
)
ARRANGEMENTS_ONLY: Guard[TopicFacts] = Guard(
    "only_arrangements_after_approval",
    lambda f: f.fields <= ARRANGEMENTS,
    "选题已经审批，内容不能再改。",
    "只调整优先级、渠道、主责部门、预算、时段或解禁时间；内容有变请另提选题",
)
EACH_ASSIGNMENT_DECIDED: Guard[TopicFacts] = Guard(
    "decision_for_each_assignment",
    lambda f: not f.undecided,
    "选题还有进行中的任务，要逐一决定如何处理。",
    "对每个任务写明取消、保留或改派",
)

TOPIC: Machine[TopicFacts] = Machine(
    name="topic",
    noun="选题",
    states={
        "draft": "草稿",
        "submitted": "待审批",
        "approved": "已通过",
        "returned": "已退回",
        "rejected": "未通过",
        "dispatched": "已下发",
        "postponed": "已延期",
        "closed": "已结束",
        "cancelled": "已取消",
    },
    start=("draft",),
    ways=(
        Way("edit", ("draft", "returned"), None, "topic.propose", "修改"),
        Way("edit", ("approved", "dispatched", "postponed"), None, "topic.dispatch", "修改", (ARRANGEMENTS_ONLY,)),
        Way("add_coverage", ("draft", "returned", "submitted"), None, "topic.propose", "增加报道安排"),
        Way("add_coverage", ("approved", "dispatched"), None, "topic.dispatch", "增加报道安排"),
        Way(
            "remove_coverage",
            ("draft", "returned", "submitted"),
            None,
            "topic.propose",
            "删除报道安排",
            (COVERAGE_UNUSED,),
        ),
        Way("remove_coverage", ("approved",), None, "topic.dispatch", "删除报道安排", (COVERAGE_UNUSED,)),
        Way("submit", ("draft", "returned"), "submitted", "topic.propose", "提交"),
        Way(
            "approve",
            ("submitted",),
            "approved",
            "topic.decide",
            "审批通过",
            (ANOTHER_PERSON, CHIEF_FOR_TIME_POLITICAL),
        ),
        Way("return", ("submitted",), "returned", "topic.decide", "退回"),
        Way("reject", ("submitted",), "rejected", "topic.decide", "否决"),
        Way("dispatch", ("approved",), "dispatched", "topic.dispatch", "下发", (COVERAGE,)),
        Way("postpone", ("approved", "dispatched"), "postponed", "topic.decide", "延期"),
        Way("resume", ("postponed",), "approved", "topic.decide", "恢复"),
        Way(
            "cancel",
            ("draft", "submitted", "returned", "approved", "dispatched", "postponed"),
            "cancelled",
            "topic.decide",
            "取消",
            (EACH_ASSIGNMENT_DECIDED,),
        ),
        Way("close", ("dispatched",), "closed", "topic.dispatch", "结束"),
    ),
    ends=("rejected", "closed", "cancelled"),
)


def topic_streams(*, dispatched: bool) -> set[str]:
    """Return where a topic belongs: with the planners, and with the reporters once it was dispatched.

    So a time-political or embargoed one is with nobody else before that either.
    """
    desks = [PLANNING_DESK, REPORTERS_DESK] if dispatched else [PLANNING_DESK]
    return {streams.desk(desk) for desk in desks}


# ── meetings ──

MEETING: Machine[None] = Machine(
    name="meeting",
    noun="报题会",
    states={"open": "进行中", "closed": "已结束"},
    start=("open",),
    ways=(
        Way("edit", ("open",), None, "meeting.hold", "修改"),
        Way("decide", ("open",), None, "meeting.hold", "决议"),
        Way("close", ("open",), "closed", "meeting.hold", "结束"),
    ),
    ends=("closed",),
)


# ── directives ──


@dataclass(frozen=True, slots=True)
class DirectiveFacts:
    """What the guards of a directive look at: whether this desk has acknowledged it, and whether all have."""

    desk_acked: bool = False
    all_acked: bool = False


NOT_ACKED_YET: Guard[DirectiveFacts] = Guard(
    "not_acked_yet", lambda f: not f.desk_acked, "这个工作台已经签收。", "不必再签收；等其他工作台签收"
)
ALL_ACKED: Guard[DirectiveFacts] = Guard("all_acked", lambda f: f.all_acked, "还有工作台没有签收。", "等所有工作台签收")

DIRECTIVE: Machine[DirectiveFacts] = Machine(
    name="directive",
    noun="指令",
    states={"issued": "待签收", "acked": "已签收", "done": "已办结", "expired": "已过期"},
    start=("issued",),
    ways=(
        Way("ack", ("issued",), None, "directive.answer", "签收", (NOT_ACKED_YET,)),
        Way("settle", ("issued",), "acked", None, "全部签收", (ALL_ACKED,)),
        Way("done", ("acked",), "done", "directive.issue", "办结"),
        Way("expire", ("issued", "acked"), "expired", None, "过期"),
    ),
    ends=("done", "expired"),
)


def unacked_desks(desks: Collection[str], acked: Collection[str]) -> list[str]:
    """List the desks that have not acknowledged, in the order in which they were named."""
    return [desk for desk in desks if desk not in acked]


def demand_at_desk(actor: Actor, desk: str) -> None:
    """Raise 403 unless this person works at the desk today: nobody acknowledges for others, however high."""
    if all(grant.desk != desk for grant in actor.grants):
        raise AppError(
            Code.ROLE_FORBIDDEN,
            403,
            "只能替自己所在的工作台签收。",
            data={"guard": "at_desk", "needs": "由这个工作台当班的同事签收"},
        )
