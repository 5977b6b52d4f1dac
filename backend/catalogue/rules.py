"""What may happen to an entry, the kinds of services, and the words on a card. No database here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from backend.errors import AppError, Code

ITEM, WINDOW = "item", "window"
NAMES = {ITEM: "办事事项", WINDOW: "办事窗口"}


class State(StrEnum):
    """Where an entry stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


TRANSITIONS: dict[str, dict[State, State]] = {
    "edit": {State.DRAFT: State.DRAFT, State.PUBLISHED: State.PUBLISHED},
    "publish": {State.DRAFT: State.PUBLISHED, State.PUBLISHED: State.PUBLISHED},
    "discard": {State.PUBLISHED: State.PUBLISHED},
    "withdraw": {State.PUBLISHED: State.WITHDRAWN},
}
_WORDS = {State.DRAFT: "还没有发布", State.PUBLISHED: "已经发布", State.WITHDRAWN: "已经撤下"}

# By what it is about.
CATEGORIES: dict[str, str] = {
    "household": "户籍身份",
    "marriage": "婚育收养",
    "education": "教育入学",
    "employment": "就业创业",
    "insurance": "社会保障",
    "health": "医疗卫生",
    "elder": "养老助残",
    "housing": "住房与公用",
    "transport": "交通出行",
    "business": "企业经营",
    "environment": "市容环境",
    "other": "其他事项",
}
# By what happens in a life: how a resident would say it.
EVENTS: dict[str, str] = {
    "child": "我要生孩子",
    "school": "我要上学",
    "job": "我要找工作",
    "marry": "我要结婚",
    "home": "我要安家",
    "doctor": "我要看病",
    "old_age": "我要养老",
    "disability": "我要助残服务",
    "shop": "我要开店",
    "build": "我要施工",
    "utilities": "我要用水用电",
    "farewell": "我要办身后事",
}
FORMS = {"original": "原件", "copy": "复印件", "original_and_copy": "原件及复印件", "electronic": "电子件"}


def allowed(state: State, *, has_draft: bool) -> list[str]:
    """List what can be done to an entry now; without a draft there is nothing to publish or discard."""
    needs_draft = {"publish", "discard"}
    return [name for name, moves in TRANSITIONS.items() if state in moves and (has_draft or name not in needs_draft)]


def demand_move(command: str, state: State, *, has_draft: bool) -> State:
    """Return the state that `command` leads to.

    Raises:
        AppError: 409 `illegal_state` when it leads nowhere from here.
    """
    possible = allowed(state, has_draft=has_draft)
    if command not in possible:
        words = f"{_WORDS[state]}{'' if has_draft else '，也没有待发布的修改'}，不能这样操作。"
        raise AppError(Code.ILLEGAL_STATE, 409, words, data={"state": str(state), "allowed": possible})
    return TRANSITIONS[command][state]


def material_words(material: Mapping[str, Any]) -> str:
    """Say on one line what to bring, as 身份证（原件及复印件，1份）."""
    words = f"{material['name']}（{FORMS[material['form']]}，{material['count']}份）"
    return words if material["required"] else f"{words}，如有"


def time_words(content: Mapping[str, Any]) -> str:
    """Say how long it takes; no days means while one waits."""
    days = content["promised_days"]
    return "当场办结" if days == 0 else f"承诺{days}个工作日（法定{content['statutory_days']}个工作日）"


def fee_words(content: Mapping[str, Any]) -> str:
    """Say what it costs."""
    fees = [f"{fee['name']}{fee['amount']}" for fee in content["fees"]]
    return "；".join(fees) or "不收费"
