"""What may happen to a notice, and the kinds of information there are. No database here."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

from backend.db import canonical
from backend.errors import AppError, Code, invalid
from backend.policy import Actor, Role


class State(StrEnum):
    """Where a notice is on its way."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


# Before they are published only their office sees them; afterwards whoever cites one finds it.
PREPARING = frozenset({State.DRAFT, State.SUBMITTED, State.APPROVED})
READABLE = frozenset({State.PUBLISHED, State.SUPERSEDED, State.EXPIRED})
_SAME = {State.PUBLISHED: State.PUBLISHED}

TRANSITIONS: dict[str, dict[State, State]] = {
    "edit": {State.DRAFT: State.DRAFT},
    "submit": {State.DRAFT: State.SUBMITTED},
    "return": {State.SUBMITTED: State.DRAFT, State.APPROVED: State.DRAFT},
    "approve": {State.SUBMITTED: State.APPROVED},
    "publish": dict.fromkeys((State.DRAFT, State.SUBMITTED, State.APPROVED), State.PUBLISHED),
    "correct": _SAME,
    "explain": _SAME,
    "supersede": dict.fromkeys((State.PUBLISHED, State.EXPIRED), State.SUPERSEDED),
    "expire": {State.PUBLISHED: State.EXPIRED},
    "withdraw": dict.fromkeys((State.PUBLISHED, State.SUPERSEDED, State.EXPIRED), State.WITHDRAWN),
}
# Nobody asks for these: another notice and the clock do.
_BY_ITSELF = frozenset({"supersede", "expire"})
_WORDS = {
    State.DRAFT: "草稿尚未发布",
    State.SUBMITTED: "公告已送审",
    State.APPROVED: "公告已审核、尚未发布",
    State.PUBLISHED: "公告已经发布",
    State.SUPERSEDED: "公告已被新的公告替代",
    State.EXPIRED: "公告已经失效",
    State.WITHDRAWN: "公告已经撤回",
}

# The fifteen kinds of article 20 of 政府信息公开条例 (2019), the regulations on open government information, in order.
CATEGORIES: dict[str, str] = {
    "laws": "规范性文件",
    "organisation": "机构职能",
    "plans": "规划计划",
    "statistics": "统计信息",
    "approvals": "行政许可",
    "penalties": "行政处罚",
    "budget": "财政预决算",
    "fees": "行政收费",
    "procurement": "政府采购",
    "projects": "重大项目",
    "livelihood": "民生政策",
    "emergency": "应急管理",
    "inspections": "监督检查",
    "recruitment": "公务员招考",
    "other": "其他信息",
}


def allowed(state: State) -> list[str]:
    """List what can be done to a notice in this state."""
    return [command for command, moves in TRANSITIONS.items() if state in moves and command not in _BY_ITSELF]


def demand_move(command: str, state: State) -> State:
    """Return the state that `command` leads to.

    Raises:
        AppError: 409 `illegal_state` when it leads nowhere from here.
    """
    if state not in TRANSITIONS[command]:
        raise AppError(
            Code.ILLEGAL_STATE,
            409,
            f"{_WORDS[state]}，不能这样操作。",
            data={"state": str(state), "allowed": allowed(state)},
        )
    return TRANSITIONS[command][state]


def demand_period(begins: datetime | None, ends: datetime | None) -> None:
    """Raise 422 if a notice would end before it takes effect."""
    if begins is not None and ends is not None and ends <= begins:
        raise invalid("effective_to", "before_start", "失效时间要晚于生效时间")


def clerk_offices(actor: Actor) -> frozenset[str]:
    """Return the offices this person writes notices for today; other roles at an office do not count."""
    return frozenset(grant.office for grant in actor.grants if grant.role is Role.OFFICE_CLERK and grant.office)


def has_ended(ends: datetime | None, now: datetime) -> bool:
    """Tell whether the period for which a notice holds is over."""
    return ends is not None and ends <= now


def index_number(office_id: str, year: int, number: int) -> str:
    """Write an index number 索引号 for an office that gave none of its own."""
    return f"{office_id.upper()[:40]}-{year}-{number:05d}"


def fingerprint(title: str, body: list[dict[str, Any]], attachments: list[str]) -> str:
    """Return the sha256 that history keeps of the words, so that it can prove them without holding them."""
    return hashlib.sha256(canonical([title, body, attachments]).encode()).hexdigest()
