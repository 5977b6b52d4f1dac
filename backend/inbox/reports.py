"""How the pushes about a thing fared, counted from what each batch wrote down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.inbox.models import Bell, Device, PushReport
from backend.jobs.models import Job

_WAITING = ("ready", "leased")


def report_pushes(session: Session, about: tuple[str, str]) -> dict[str, Any]:
    """Count the pushes about a thing, all told and for each round; a round is one version of what the bell says."""
    bells = session.scalars(sa.select(Bell).where(Bell.about_kind == about[0], Bell.about_id == about[1])).all()
    rounds = [_round(session, bell.id, ver) for bell in bells for ver in range(1, bell.ver + 1)]
    return {
        **{outcome: sum(one[outcome] for one in rounds) for outcome in ("sent", "dead", "failed")},
        "pending": sum(_count_pending(session, bell.id) for bell in bells),
        "devices": session.scalar(sa.select(sa.func.count()).where(Device.push_token.is_not(None))) or 0,
        "rounds": rounds,
    }


def _round(session: Session, bell_id: str, ver: int) -> dict[str, Any]:
    query = sa.select(PushReport).where(PushReport.event_key == f"{bell_id}:{ver}")
    batches: Sequence[PushReport] = session.scalars(query).all()
    return {
        "ver": ver,
        "sent": sum(batch.sent for batch in batches),
        "dead": sum(batch.dead for batch in batches),
        "failed": sum(batch.failed for batch in batches),
        "last_at": iso(max(batch.at for batch in batches)) if batches else None,
    }


def _count_pending(session: Session, bell_id: str) -> int:
    """Count the jobs that still have something to hand over. Few jobs wait, so looking through those is cheap."""
    mine = Job.key.contains(f":{bell_id}:", autoescape=True)
    waiting = sa.select(sa.func.count()).where(Job.state.in_(_WAITING), Job.kind.startswith("push."), mine)
    return session.scalar(waiting) or 0
