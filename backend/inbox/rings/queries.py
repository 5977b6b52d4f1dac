"""Answering a person who asks: why did I get this, or why not?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from backend.clock import iso_or_none
from backend.errors import not_found
from backend.inbox import rules
from backend.inbox.models import Bell
from backend.inbox.rings.models import Ring
from backend.inbox.rules import Reason, Rule, State, Wishes
from backend.inbox.wishes import wishes_of_accounts

_REASONS: Mapping[str, str] = {
    Reason.EVERYBODY: "这条消息发给所有人",
    Reason.TOWN: "它涉及您居住或关注的街镇",
    Reason.PLACE: "它涉及您保存的地点",
    Reason.NOWHERE: "您没有填写街镇，为了不漏掉，也提醒了您",
    Reason.OWN: "这是您自己的事项",
    Reason.RELATIVE: "这是您代家人办理的事项",
    Reason.DUTY: "您正在当值",
    Reason.TOPIC: "您关注了相关话题",
    Reason.SECTION: "您关注了这个栏目",
    Reason.OFFICE: "您关注了发布单位",
    Reason.PUBLIC_REQUEST: "您关注了这件公开诉求",
    Reason.LIVE: "您关注了这场直播",
}
_STATES: Mapping[str, str] = {
    State.RING: "正在发出提醒",
    State.RUNG: "已经提醒您",
    State.HELD: "会在 {due} 汇总提醒",
    State.DIGESTED: "已经汇总提醒您",
    State.READ: "您在提醒之前已经读过，就不再打扰",
    State.GONE: "原文已撤回，没有提醒",
    State.OFF: "所以没有提醒，只放在消息里",
    State.UNREACHABLE: "您没有能收到提醒的手机，只放在消息里",
    State.FAILED: "提醒没有送出，只放在消息里",
    State.EXPIRED: "提醒没能及时送出，过时就不再打扰，只放在消息里",
}
_RULES: Mapping[str, str] = {
    Rule.DANGER: "事关安全，任何时候都会提醒",
    Rule.DUTY: "当值期间任何时候都会提醒",
    Rule.WANTED: "您的设置允许这类提醒",
    Rule.KIND_OFF: "您关闭了这类提醒",
    Rule.SECTION_MUTED: "您关闭了这个栏目的提醒",
    Rule.OTHER_TOWN: "它只涉及其他街镇",
    Rule.QUIET: "当时是您的免打扰时间",
    Rule.BUDGET: "当天的提醒已经到了您设的条数",
}
_NOTHING = "没有这条消息的提醒记录：记录只保留 35 天，或者它从不需要提醒您。"


def explain(session: Session, account_id: str, bell_id: str) -> dict[str, Any]:
    """Say why an entry of a person's inbox rang or not, from what was written down when it was decided.

    Raises:
        AppError: 404 for what is not in their inbox.
    """
    bell = session.get(Bell, bell_id)
    if bell is None or bell.gone or bell.account_id not in {None, account_id}:
        raise not_found("消息")
    ring = session.get(Ring, (bell_id, account_id))
    if ring is None:
        facts = dict.fromkeys(("reason", "rule", "state", "planned_at", "due_at", "told_at", "opened_at", "code"))
        return {"bell": bell_id, "words": _NOTHING, "digest": None, **facts}
    wishes = wishes_of_accounts(session, {account_id}).get(account_id) or rules.wishes_of(None)
    return {
        "bell": bell_id,
        "words": _sentence(ring, wishes),
        "reason": ring.reason,
        "rule": ring.rule,
        "state": ring.state,
        "planned_at": iso_or_none(ring.planned_at),
        "due_at": iso_or_none(ring.due_at),
        "told_at": iso_or_none(ring.rung_at),
        "opened_at": iso_or_none(ring.opened_at),
        "digest": ring.digest is not None,
        "code": ring.code,
    }


def covered(session: Session, about: tuple[str, str], key: str) -> set[str]:
    """Return which bells about a thing, with keys that begin so, have nothing on a screen any more.

    In the place that all bells about it share, their people were rung for a later one. What is still in hand is not
    among them.
    """
    later, later_ring = aliased(Bell), aliased(Ring)
    rung_later = (
        sa.select(later.id)
        .join(later_ring, sa.and_(later_ring.bell_id == later.id, later_ring.recipient == later.account_id))
        .where(
            later.about_kind == Bell.about_kind,
            later.about_id == Bell.about_id,
            later.account_id == Bell.account_id,
            sa.tuple_(later.at, later.id) > sa.tuple_(Bell.at, Bell.id),
            later_ring.state == State.RUNG,
        )
    )
    in_hand = sa.select(Ring.bell_id).where(
        Ring.bell_id == Bell.id, Ring.recipient == Bell.account_id, Ring.state == State.RING
    )
    query = sa.select(Bell.id).where(
        Bell.about_kind == about[0],
        Bell.about_id == about[1],
        Bell.key.startswith(key, autoescape=True),
        rung_later.exists(),
        ~in_hand.exists(),
    )
    return set(session.scalars(query))


def _sentence(ring: Ring, wishes: Wishes) -> str:
    became = _STATES[ring.state].format(due=_hour(ring.due_at, wishes))
    return f"{_REASONS[ring.reason]}。{_RULES[ring.rule]}；{became}。"


def _hour(moment: datetime | None, wishes: Wishes) -> str:
    return f"{moment.astimezone(wishes.zone):%m月%d日 %H:%M}" if moment else ""


def export_rings(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write what was decided about ringing a person, for their own export."""
    rows = session.scalars(sa.select(Ring).where(Ring.recipient == account_id).order_by(Ring.planned_at, Ring.bell_id))
    return [
        {
            "bell": row.bell_id,
            "reason": row.reason,
            "rule": row.rule,
            "state": row.state,
            "planned_at": iso_or_none(row.planned_at),
            "told_at": iso_or_none(row.rung_at),
            "opened_at": iso_or_none(row.opened_at),
        }
        for row in rows
    ]
