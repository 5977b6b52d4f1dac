"""How the bells about a thing fared: what was decided, by which rule, and what came of handing it over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.errors import not_found
from backend.inbox.models import Bell, Device
from backend.inbox.rings.models import PushReport, Ring
from backend.inbox.rules import State
from backend.jobs.models import Job

_WAITING = ("ready", "leased")
_OUTCOMES = ("sent", "dead", "failed", "expired")


def access_report(session: Session, about: tuple[str, str]) -> dict[str, Any]:
    """Report on a thing that everybody was told of; 404 if there is no such bell."""
    bell = sa.select(Bell.id).where(Bell.about_kind == about[0], Bell.about_id == about[1], Bell.account_id.is_(None))
    if session.scalar(bell) is None:
        raise not_found("消息")
    return report_pushes(session, about)


def report_pushes(session: Session, about: tuple[str, str]) -> dict[str, Any]:
    """Count the bells about a thing: by recipient what was decided, by device what was handed over.

    A round is one version of what the bell says. `held` and `suppressed` count recipients by the rule that put it off
    or left them out, and `opened` those who came from the push.
    """
    query = sa.select(Bell).where(Bell.about_kind == about[0], Bell.about_id == about[1]).order_by(Bell.id)
    bells = session.scalars(query).all()
    rounds = [_round(session, bell, ver) for bell in bells for ver in range(1, bell.ver + 1)]
    codes: Counter[str] = Counter()
    for one in rounds:
        codes.update(one["codes"])
    return {
        **{outcome: sum(one[outcome] for one in rounds) for outcome in _OUTCOMES},
        **_decided(session, [bell.id for bell in bells]),
        "codes": dict(codes),
        "pending": sum(_count_pending(session, bell.id) for bell in bells),
        "devices": session.scalar(sa.select(sa.func.count()).where(Device.push_token.is_not(None))) or 0,
        "rounds": rounds,
    }


def _decided(session: Session, bells: Sequence[str]) -> dict[str, Any]:
    query = (
        sa.select(Ring.state, Ring.rule, sa.func.count(), sa.func.count(Ring.opened_at), sa.func.count(Ring.via))
        .where(Ring.bell_id.in_(bells))
        .group_by(Ring.state, Ring.rule)
    )
    states, held, suppressed = Counter[str](), Counter[str](), Counter[str]()
    opened = by_topic = 0
    for state, rule, count, came, through_topic in session.execute(query):
        states[state] += count
        opened, by_topic = opened + came, by_topic + through_topic
        if state == State.OFF:
            suppressed[rule] += count
        elif state == State.HELD:
            held[rule] += count
    return {
        "planned": states.total(),
        "states": dict(states),
        "held": dict(held),
        "suppressed": dict(suppressed),
        "opened": opened,
        "by_topic": by_topic,
    }


def _round(session: Session, bell: Bell, ver: int) -> dict[str, Any]:
    query = sa.select(PushReport).where(PushReport.event_key == f"{bell.id}:{ver}").order_by(PushReport.at)
    batches: Sequence[PushReport] = session.scalars(query).all()
    codes: Counter[str] = Counter()
    for batch in batches:
        codes.update(batch.codes)
    begun = bell.at if ver == 1 else bell.said_at if ver == bell.ver else None
    return {
        "ver": ver,
        **{outcome: sum(getattr(batch, outcome) for batch in batches) for outcome in _OUTCOMES},
        "codes": dict(codes),
        "last_at": iso(batches[-1].at) if batches else None,
        "p50_ms": _handed_over_ms(batches, begun, 0.5),
        "p99_ms": _handed_over_ms(batches, begun, 0.99),
    }


def _handed_over_ms(batches: Sequence[PushReport], begun: datetime | None, share: float) -> int | None:
    """Return after how long this share of what was sent had been handed over; a batch counts when it was through."""
    total = sum(batch.sent for batch in batches)
    if begun is None or not total:
        return None
    passed = 0
    for batch in batches:
        passed += batch.sent
        if passed >= share * total:
            return max(0, round((batch.at - begun).total_seconds() * 1000))
    return None


def _count_pending(session: Session, bell_id: str) -> int:
    """Count the jobs that still have something to hand over. Few jobs wait, so looking through those is cheap."""
    mine = Job.key.contains(f":{bell_id}:", autoescape=True)
    waiting = sa.select(sa.func.count()).where(Job.state.in_(_WAITING), Job.kind.startswith("push."), mine)
    return session.scalar(waiting) or 0
