"""States of publications, channels, cases and their targets; the queue's hours; what binds a receipt. No database."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from backend.db import canonical
from backend.errors import Code
from backend.newsroom.editing.packages.rules import text_hash
from backend.newsroom.machine import Guard, Machine, Way
from backend.publishing.channel import CREATE, EDIT, NOTICE, WITHDRAW, Capabilities

ACTIONS: dict[str, str] = {CREATE: "刊发", EDIT: "修改", NOTICE: "发更正启事", WITHDRAW: "撤稿"}
# How long one look at a publication may take before another process takes over (NEWSROOM.md section 5).
LEASE = timedelta(seconds=60)
# Pauses after each failed try, in seconds; after the last of them the publication has failed.
BACK_OFF_S = (10, 30, 120, 480, 1800)
# Pauses between questions whether an uncertain post is out. The last one is kept up: it is never given up silently.
ASK_S = (5, 10, 30, 120, 480, 1800)
# After this many unanswered questions somebody has to look.
ASKED_TOO_OFTEN = 4
# Pauses between looks whether a post shows what was sent; a post needs a moment to appear.
READ_S = (2, 5, 10, 30, 120, 480)
DEGRADED_AFTER = 3
# What was to go out at an hour and goes later than this is reported: the clock jumped, or nobody was working.
LATE_AFTER = timedelta(seconds=60)
REASON_WITHIN = timedelta(hours=1)
ARTICLE = "article"
# Channels that get every article of the app as it is, without a rendition.
ARTICLE_KINDS = frozenset({"app", "syndication", "webhook"})
APP = "app"
# The house prints and airs these itself: what was sent there waits for its page or its show, and is not out.
OWN_MEDIA = frozenset({"newspaper", "broadcast"})
# They act on a word once, however often they are told it, and cannot be asked whether they have it.
ACTS_ONCE = frozenset({"syndication", "webhook"})


@dataclass(frozen=True, slots=True)
class PublicationFacts:
    """What the guards of a publication look at."""

    reason: str | None = None
    is_newest: bool = True
    stands: bool = True


FORCE_REASON = Guard[PublicationFacts](
    "force_reason", lambda f: bool(f.reason), "强制重发要写明理由。", "写上 reason", Code.GUARD_FAILED
)
STORY_STANDS = Guard[PublicationFacts](
    "master_stands", lambda f: f.stands, "母稿已撤稿，不能再发。", "撤稿是终点；需要重发请另写一篇"
)
WAITING = ("held", "queued", "retry_wait")
OPEN = ("held", "queued", "leased", "sent", "retry_wait", "uncertain")
DONE = ("receipted", "failed", "cancelled", "superseded", "withdrawn")

PUBLICATION: Machine[PublicationFacts] = Machine(
    name="publication",
    noun="刊播任务",
    states={
        "held": "待时",
        "queued": "排队",
        "leased": "发送中",
        "sent": "已送出",
        "receipted": "已回执",
        "retry_wait": "待重试",
        "uncertain": "结果不明",
        "failed": "失败",
        "cancelled": "已取消",
        "superseded": "已被替换",
        "withdrawn": "已撤稿",
    },
    start=("held", "queued"),
    ways=(
        Way("release", ("held",), "queued", None, "到时排队"),
        Way("lease", ("queued", "retry_wait"), "leased", None, "领取发送"),
        Way("send", ("leased", "uncertain", "queued", "sent"), "sent", None, "送出"),
        # A page or a rundown takes it in, and gives the receipt when it is printed or was on the air.
        Way("place", ("held", "queued", "retry_wait", "sent"), "sent", None, "排入版面或串联单"),
        Way("receipt", ("leased", "sent", "uncertain", "queued", "held", "retry_wait"), "receipted", None, "回执"),
        Way("put_off", ("leased", "uncertain", "sent"), "retry_wait", None, "稍后重试"),
        Way("doubt", ("leased", "sent", "queued", "retry_wait", "failed"), "uncertain", None, "结果不明"),
        Way("reconcile", ("uncertain", "leased"), "queued", None, "查明未发"),
        Way("fail", ("leased", "sent", "uncertain", "queued", "retry_wait"), "failed", None, "失败"),
        Way("cancel", WAITING, "cancelled", "publication.handle", "取消"),
        Way("call_off", (*WAITING, "sent", "leased", "uncertain"), "cancelled", None, "随稿取消"),
        Way("resend", ("failed", "cancelled"), "queued", "publication.handle", "重发", (STORY_STANDS,)),
        Way("settle", ("uncertain",), None, "publication.handle", "人工查明"),
        Way("supersede", ("receipted",), "superseded", None, "被替换"),
        Way("withdraw", ("receipted", "superseded"), "withdrawn", None, "撤下"),
    ),
    ends=("withdrawn",),
)

CHANNEL: Machine[None] = Machine(
    name="channel",
    noun="渠道",
    states={"up": "正常", "degraded": "不稳", "halted": "停发"},
    start=("up",),
    ways=(
        Way("degrade", ("up",), "degraded", None, "报不稳"),
        Way("recover", ("degraded",), "up", None, "恢复"),
        Way("halt", ("up", "degraded"), "halted", "channel.halt", "停发"),
        Way("resume", ("halted",), "up", "channel.halt", "恢复刊发"),
    ),
)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the guards of a case look at."""

    all_verified: bool = False
    has_reason: bool = False


ALL_VERIFIED = Guard[CaseFacts](
    "all_verified", lambda f: f.all_verified, "还有渠道没有核实。", "每个渠道都核实后才能结案"
)
NO_REASON_YET = Guard[CaseFacts](
    "no_reason_yet", lambda f: not f.has_reason, "这次撤稿已经写过理由。", "理由只写一次，补充请写在处置说明里"
)

CASE: Machine[CaseFacts] = Machine(
    name="case",
    noun="更正撤稿单",
    states={
        "open": "已立案",
        "drafted": "已拟稿",
        "signed": "已签发",
        "executing": "处置中",
        "partial": "部分完成",
        "done": "已办结",
        "dropped": "已撤销",
    },
    start=("open",),
    ways=(
        Way("draft", ("open", "drafted"), "drafted", None, "拟稿"),
        Way("sign", ("open", "drafted"), "signed", None, "签发"),
        Way("dismiss", ("open",), "dropped", "case.handle", "撤销立案"),
        Way("drop", ("open", "drafted"), "dropped", None, "随更正放弃"),
        Way("execute", ("signed",), "executing", None, "处置"),
        Way("wait", ("executing",), "partial", None, "待人工处置"),
        Way("finish", ("executing", "partial"), "done", None, "办结", (ALL_VERIFIED,)),
        Way("reason", ("executing", "partial", "done"), None, "story.withdraw", "补写理由", (NO_REASON_YET,)),
    ),
    ends=("done", "dropped"),
)

TARGET: Machine[None] = Machine(
    name="case_target",
    noun="渠道处置",
    states={"pending": "处置中", "applied": "已处置", "manual_needed": "待人工", "verified": "已核实"},
    start=("pending", "manual_needed"),
    ways=(
        Way("apply", ("pending",), "applied", None, "已处置"),
        Way("verify", ("pending", "applied", "manual_needed"), "verified", None, "核实"),
        Way("hand_over", ("pending", "applied"), "manual_needed", None, "转人工"),
        Way("prove", ("manual_needed",), "verified", "case.prove", "上传凭证"),
    ),
    ends=("verified",),
)

SEVERITIES = {"S1": "严重差错", "S2": "一般差错", "S3": "文字差错"}
# What a target is told to do, in the order of how well it mends what stands there.
TARGET_ACTIONS = {
    "edit": "改正原帖",
    "repost": "删除重发",
    "delete": "删除",
    "notice": "发更正启事",
    "next_issue": "下期更正启事",
    "on_air": "播出更正",
    "manual": "人工处置",
}
_BY_HAND = {"newspaper": "next_issue", "broadcast": "on_air"}
_WORDS_BY_HAND = {
    "next_issue": "报纸已经印出：请在下一期刊登启事，见报后自动核实，也可上传报样。",
    "on_air": "节目已经播出：请在最近一档播出启事，播出后自动核实，也可上传播出证明。",
    "manual": "这个渠道不能自动处置：请人工处理，并上传截图或照片。",
}


def ways_of(kind: str, can: Capabilities, *, withdraw: bool) -> list[str]:
    """List what may be tried on a channel of this kind, best first; the last is always done by a person."""
    ways: list[str] = []
    if withdraw:
        ways += ["delete"] if can.delete else []
    else:
        ways += ["edit"] if can.edit else []
        ways += ["repost"] if can.delete and can.create else []
    ways += ["notice"] if can.notice else []
    return [*ways, _BY_HAND.get(kind, "manual")]


def is_by_hand(way: str) -> bool:
    """Tell whether a person has to do it."""
    return way in _WORDS_BY_HAND


def words_by_hand(way: str) -> str:
    """Return what the person is told."""
    return _WORDS_BY_HAND[way]


def key_of(*, subject: str, hash: str, channel: str, action: str, extra: str = "") -> str:
    """Make the key of a publication: SHA-256 over rendition (or story), hash, channel and action.

    `extra` tells apart what is said again on purpose: the publication an edit or a withdrawal is about, and a forced
    sending anew.
    """
    return hashlib.sha256(canonical([subject, hash, channel, action, extra]).encode()).hexdigest()


def content_hash(content: Mapping[str, Any]) -> str:
    """Hash what goes out; for a rendition it is the hash that was signed."""
    return text_hash(content["kind"], content["fields"])


_SPACES = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


def shown_hash(text: str) -> str:
    """Hash a text as a reader sees it: NFC, without blanks and what is invisible, so that only a changed word differs.

    Vendors set blanks and line ends anew; none of them changes a character, unless it changes what is said.
    """
    seen = _SPACES.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFC", text)))
    return hashlib.sha256(seen.encode()).hexdigest()


def pause_after(attempts: int) -> timedelta | None:
    """Return the pause before the next try after so many, None when that was the last."""
    return timedelta(seconds=BACK_OFF_S[attempts - 1]) if attempts <= len(BACK_OFF_S) else None


def ask_again_after(asked: int) -> timedelta:
    """Return the pause before an uncertain post is asked after once more."""
    return timedelta(seconds=ASK_S[min(asked, len(ASK_S)) - 1])


def read_again_after(asked: int) -> timedelta | None:
    """Return the pause before a post is read again that is not to be seen yet, None when that was the last look."""
    return timedelta(seconds=READ_S[asked - 1]) if asked <= len(READ_S) else None
