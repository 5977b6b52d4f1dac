"""What may happen to a rendition, and when it may go out. No database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.db import canonical
from backend.errors import Code
from backend.newsroom.machine import Guard, Machine, Way
from backend.sync import streams

MECHANICAL, EDITED = "mechanical", "edited"
STALE, LIVE = "stale", "live"
# The app is the house's own; the others are reached through the channels of the section 刊播.
OWN_KIND = "app_article"
_DESKS = {
    "app_article": (),
    "wechat_article": ("newmedia",),
    "weibo_post": ("newmedia",),
    "page_slot": ("newspaper",),
    "rundown_item": ("tv",),
}
# Of television, a fast item takes the crawl only (NEWSROOM.md section 4).
_FAST_KINDS = frozenset({"app_article", "wechat_article", "weibo_post"})


@dataclass(frozen=True, slots=True)
class RenditionFacts:
    """What the guards of a rendition look at.

    `is_current` says that it was made from, or confirmed against, the text that the master has now; `provisional` that
    the master is a fast item nobody has confirmed yet.
    """

    kind: str = "app_article"
    within_limits: bool = False
    is_current: bool = False
    master_signed: bool = False
    master_stands: bool = True
    edited: bool = False
    signed_itself: bool = False
    cleared: bool = False
    in_exam: bool = False
    provisional: bool = False
    crawl: bool = False


LIMITS_HOLD = Guard[RenditionFacts](
    "limits", lambda f: f.within_limits, "渠道稿还不合渠道的要求。", "改好 findings 里列出的各处"
)
NOT_STALE = Guard[RenditionFacts](
    "not_stale",
    lambda f: f.is_current,
    "母稿已经改过，这份渠道稿对应的是旧文字。",
    "按新母稿重新生成，或核对后确认沿用",
)
MASTER_SIGNED = Guard[RenditionFacts](
    "master_signed",
    lambda f: f.master_signed and f.is_current,
    "母稿的这一版文字还没有终审签发。",
    "先完成母稿的三审三校，并让渠道稿对应签发的文字",
    Code.EXAM_REQUIRED,
)
OWN_EXAMINATION = Guard[RenditionFacts](
    "own_examination",
    lambda f: not f.edited or f.signed_itself,
    "渠道稿里有母稿没有的句子，须单独送审。",
    "把渠道稿送审并签发，或改回母稿的原句",
    Code.EXAM_REQUIRED,
)
SAYS_MORE = Guard[RenditionFacts](
    "says_more",
    lambda f: f.edited and not f.signed_itself,
    "渠道稿不用单独送审：文字都在母稿里，或这一版已经签发。",
    "只有多出新句子、还没签发的渠道稿才送审",
)
NOT_IN_EXAM = Guard[RenditionFacts]("not_in_exam", lambda f: not f.in_exam, "渠道稿已经在审核中。", "等这次审核有结果")
CLEARED = Guard[RenditionFacts](
    "cleared",
    lambda f: f.cleared,
    "渠道稿还没有放行。",
    "定稿后先放行，再刊发",
    Code.EXAM_REQUIRED,
)
MASTER_STANDS = Guard[RenditionFacts](
    "master_stands", lambda f: f.master_stands, "母稿已撤稿或已毙稿。", "恢复母稿，或改用另一篇稿件"
)
FAST_CHANNELS = Guard[RenditionFacts](
    "fast_channels",
    lambda f: not f.provisional or f.kind in _FAST_KINDS or f.crawl,
    "快讯在核实完成前只能发客户端、微信、微博和电视滚动字幕。",
    "等后审完成，或把电视稿改为滚动字幕",
)
# Readers of the app get the article that was signed as the story; another text for it is a channel of its own.
APP_TEXT = Guard[RenditionFacts](
    "app_text",
    lambda f: f.kind != OWN_KIND or not f.edited,
    "客户端刊发的是母稿原文，改写过的客户端稿还不能单独刊发。",
    "把改写并入母稿，或按母稿重新生成",
    Code.NO_CHANNEL,
)
_EXAMINED = (MASTER_SIGNED, OWN_EXAMINATION)
_WORKED_ON = ("draft", "ready", "cleared")

RENDITION: Machine[RenditionFacts] = Machine(
    name="rendition",
    noun="渠道稿",
    states={"draft": "草稿", "ready": "已定稿", "cleared": "已放行", "live": "已刊发", "stale": "母稿已改"},
    start=("draft",),
    ways=(
        Way("edit", _WORKED_ON, "draft", "rendition.write", "修改"),
        Way("rederive", (*_WORKED_ON, "stale"), "draft", "rendition.write", "重新生成"),
        Way("confirm", ("stale",), "draft", "rendition.write", "确认沿用", (MASTER_STANDS,)),
        Way("ready", ("draft",), "ready", "rendition.write", "定稿", (NOT_STALE, LIMITS_HOLD)),
        Way("submit", ("ready",), None, "rendition.write", "送审", (NOT_STALE, SAYS_MORE, NOT_IN_EXAM)),
        Way(
            "clear",
            ("ready",),
            "cleared",
            "rendition.write",
            "放行",
            (NOT_STALE, *_EXAMINED, MASTER_STANDS, FAST_CHANNELS, LIMITS_HOLD),
        ),
        # It is live with its first receipt; until then it waits in the queue of its channel.
        Way(
            "publish",
            ("cleared", "live"),
            None,
            "story.publish",
            "刊发",
            (*_EXAMINED, CLEARED, MASTER_STANDS, FAST_CHANNELS, APP_TEXT),
        ),
        Way("go_live", ("cleared",), "live", None, "见刊"),
        Way("hold", ("cleared",), "ready", None, "撤回放行"),
        Way("overtake", (*_WORKED_ON, "live"), "stale", None, "随母稿失效"),
    ),
)
# Whoever wants to send out what was not examined is told that, in whichever state it is.
_RULES_FIRST = frozenset({"clear", "publish"})


def step(command: str, state: str, facts: RenditionFacts) -> str:
    """Return the state that a command leads to.

    Raises:
        AppError: 409 of the first guard that does not hold, or `illegal_state`.
    """
    if command in _RULES_FIRST and state != LIVE:
        for guard in next(way.guards for way in RENDITION.ways if way.command == command):
            guard.demand(facts)
    return RENDITION.step(command, state, facts)


def text_hash(kind: str, fields: Mapping[str, Any]) -> str:
    """Hash all that a channel will show (SHA-256 over canonical JSON): this is what a signature of its own binds."""
    return hashlib.sha256(canonical({"kind": kind, "fields": dict(fields)}).encode()).hexdigest()


def desk_streams(kind: str) -> set[str]:
    """Return the streams of the desks that produce a kind, beside that of editing."""
    return {streams.desk(desk) for desk in _DESKS[kind]}
