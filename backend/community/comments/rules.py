"""What may happen to a comment, who sees it where, and how many there may be. No database here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from backend.newsroom.machine import Guard, Machine, Way
from backend.sync import streams

LIMITS = ((5, timedelta(minutes=10)), (50, timedelta(days=1)))
REPORT_LIMITS = ((20, timedelta(days=1)),)
# So many people have to point at a shown comment before a moderator looks at it again.
REPORTS_NEEDED = 3
DESK = "moderation"
# What a moderator gives as the reason, and whoever reports a comment as well.
REASONS: dict[str, str] = {
    "unlawful": "违反法律法规",
    "rumour": "传播谣言",
    "insult": "辱骂、人身攻击",
    "privacy": "泄露他人隐私",
    "advert": "广告或引流",
    "off_topic": "与内容无关",
    "other": "其他",
}


class State(StrEnum):
    """Where a comment is on its way."""

    WAITING = "waiting"
    SHOWN = "shown"
    REFUSED = "refused"
    REMOVED = "removed"
    ERASED = "erased"


# Of these, where somebody has replied, readers are shown that there was one.
GONE = frozenset({State.REMOVED, State.ERASED})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at: whether the article is before readers, and whether people have reported the comment."""

    live: bool
    reported: bool


LIVE = Guard[Facts]("article_live", lambda f: f.live, "这篇稿件已经撤回，评论不再展示。", "稿件在线")
REPORTED = Guard[Facts]("reported", lambda f: f.reported, "这条评论已经展示，没有待处理的举报。", "有待处理的举报")

COMMENT: Machine[Facts] = Machine(
    name="comment",
    noun="评论",
    states={
        State.WAITING: "待审",
        State.SHOWN: "已展示",
        State.REFUSED: "未通过",
        State.REMOVED: "已移除",
        State.ERASED: "已由本人删除",
    },
    start=(State.WAITING,),
    ways=(
        Way("show", (State.WAITING,), State.SHOWN, "community.moderate", "展示", (LIVE,)),
        Way("show", (State.SHOWN,), None, "community.moderate", "保留", (REPORTED, LIVE)),
        Way("refuse", (State.WAITING,), State.REFUSED, "community.moderate", "不予展示"),
        Way("remove", (State.SHOWN,), State.REMOVED, "community.moderate", "移除"),
        Way(
            "erase",
            (State.WAITING, State.SHOWN, State.REFUSED, State.REMOVED),
            State.ERASED,
            "comment.write",
            "删除",
        ),
    ),
    ends=(State.ERASED,),
)


def places(
    state: str, *, article: str, author: str, live: bool = True, reported: bool = False, answered: bool = False
) -> set[str]:
    """Return the streams of a comment. `live` says it of the article, `answered` that a reply to it is shown."""
    found = set() if state == State.ERASED else {streams.user(author)}
    if live and (state == State.SHOWN or (state in GONE and answered)):
        found.add(streams.talk(article))
    if live and (state == State.WAITING or (state == State.SHOWN and reported)):
        found.add(streams.desk(DESK))
    return found


def is_reported(reports: int) -> bool:
    """Tell whether so many reports, since a moderator last looked, call for another look."""
    return reports >= REPORTS_NEEDED


def author_name(alias: str) -> str:
    """Return what others call somebody: never their name, which offices know them by, and never their phone."""
    return f"宝山网友{alias}"
