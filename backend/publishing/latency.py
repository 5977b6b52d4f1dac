"""How long a decision takes to reach each channel, and the word that goes out where that is too long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.newsroom.editing.models import Story
from backend.policy import Role
from backend.publishing import cases
from backend.publishing.limits import latency_limit, limits_of
from backend.publishing.models import Case, CaseTarget, PublishingChannel
from backend.unit_of_work import UnitOfWork

LATE = "case_latency"
_TO = (Role.DUTY_EDITOR, Role.CHIEF_EDITOR, Role.CHANNEL_OPERATOR, Role.MONITOR)
# What was decided longer ago than this is known to be late, or will never be.
_LOOKED_AT = timedelta(days=7)
_OPEN = ("executing", "partial")


def tend(unit: UnitOfWork) -> list[str]:
    """Look at what cases still owe, or have just done; return the cases that are late on a channel."""
    limits = limits_of(unit.session)
    query = (
        sa.select(Case.id, Case.story_id, Case.decided_at, CaseTarget.applied_at, PublishingChannel.kind)
        .join(CaseTarget, CaseTarget.case_id == Case.id)
        .join(PublishingChannel, PublishingChannel.id == CaseTarget.channel_id)
        .where(
            Case.decided_at > unit.now - _LOOKED_AT,
            Case.state.in_([*_OPEN, "done"]),
            CaseTarget.late_at.is_(None),
        )
        .order_by(Case.id)
    )
    late = {
        case_id: story_id
        for case_id, story_id, decided_at, applied_at, kind in unit.session.execute(query).all()
        if _seconds(decided_at, applied_at or unit.now) > latency_limit(limits, kind)
    }
    for case_id, story_id in late.items():
        # In the order in which everybody locks them.
        unit.session.get_one(Story, story_id, with_for_update=True)
        _report(unit, cases.access_case(unit, case_id), limits)
    return list(late)


def _seconds(start: datetime | None, end: datetime) -> float:
    return (end - (start or end)).total_seconds()


def _report(unit: UnitOfWork, case: Case, limits: Mapping[str, int]) -> None:
    query = (
        sa.select(CaseTarget)
        .where(CaseTarget.case_id == case.id, CaseTarget.late_at.is_(None))
        .order_by(CaseTarget.id)
        .with_for_update()
    )
    over: list[tuple[float, PublishingChannel, int, int]] = []
    for target in unit.session.scalars(query).all():
        channel = unit.session.get_one(PublishingChannel, target.channel_id)
        limit, took = latency_limit(limits, channel.kind), _seconds(case.decided_at, target.applied_at or unit.now)
        if took <= limit:
            continue
        target.late_at = unit.now
        over.append((took - limit, channel, int(took), limit))
        found = {"target": target.id, "channel": channel.id, "seconds": int(took), "limit": limit}
        unit.record("case.latency_breach", case.id, case.ver + 1, done=target.applied_at is not None, **found)
    if not over:
        return
    cases.changed(unit, case, "late", channels=sorted(channel.id for _, channel, _, _ in over))
    if case.state in _OPEN:
        # Of one that is done by now the figure stands in the statistics; there is nothing left for anybody to do.
        _, slowest, took, limit = max(over, key=lambda each: each[0])
        kind = "撤稿" if case.kind == cases.WITHDRAWAL else "更正"
        raise_alarm(
            unit,
            key=f"{LATE}:{case.id}",
            kind=LATE,
            about=("case", case.id),
            to=_TO,
            text=f"《{case.headline[:60]}》{kind}决定后 {took} 秒，{slowest.name}还没有处置到位（限 {limit} 秒）。",
        )


def settle(unit: UnitOfWork, case_id: str) -> None:
    """End the alarm about a case that is done."""
    clear_alarms(unit, LATE, case_id)
