"""How fast mistakes are put right: four latencies a case, and what is usual, by channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.errors import invalid
from backend.newsroom.editing.models import Story
from backend.oversight.monitoring.rules import percentile
from backend.policy import Actor
from backend.publishing.limits import latency_limit, limits_of
from backend.publishing.models import Case, CaseTarget, PublishingChannel
from backend.publishing.queries import visible

USUAL = timedelta(days=30)
LONGEST = timedelta(days=366)
MAX_CASES = 2000
# As many cases as stand behind a figure are named; there may be more of them than anybody would open.
NAMED = 50
_Figure = tuple[str, float]


def read_latencies(
    session: Session, actor: Actor, now: datetime, since: datetime | None, until: datetime | None
) -> dict[str, Any]:
    """Write the latencies of cases that were decided between two moments, the last thirty days unless told otherwise.

    Percentiles are by the nearest rank, so each is the latency of a case that there was.

    Raises:
        AppError: 422 for a span that is reversed, or longer than a year.
    """
    until = until or now
    since = since or until - USUAL
    if since >= until:
        raise invalid("to", "order", "结束要晚于开始")
    if until - since > LONGEST:
        raise invalid("from", "order", "一次最多看一年")
    query = (
        sa.select(Case)
        .join(Story, Story.id == Case.story_id)
        .where(Case.decided_at.is_not(None), Case.decided_at >= since, Case.decided_at < until, visible(actor))
        .order_by(Case.decided_at.desc(), Case.id.desc())
        .limit(MAX_CASES)
    )
    cases = {case.id: case for case in session.scalars(query)}
    overall = {
        "detect_to_open": _figures((case.id, case.detected_at, case.opened_at) for case in cases.values()),
        "open_to_decision": _figures((case.id, case.opened_at, case.decided_at) for case in cases.values()),
        "decision_to_first": _figures((case.id, case.decided_at, case.first_at) for case in cases.values()),
        "decision_to_last": _figures((case.id, case.decided_at, case.last_at) for case in cases.values()),
    }
    return {
        "from": iso(since),
        "to": iso(until),
        "cases": len(cases),
        "truncated": len(cases) == MAX_CASES,
        "overall": {name: _write(figures) for name, figures in overall.items()},
        "channels": _by_channel(session, cases),
    }


def _figures(moments: Iterable[tuple[str, datetime | None, datetime | None]]) -> list[_Figure]:
    return [
        (case_id, round((end - start).total_seconds(), 3))
        for case_id, start, end in moments
        if start is not None and end is not None
    ]


def _by_channel(session: Session, cases: dict[str, Case]) -> list[dict[str, Any]]:
    found: dict[str, list[_Figure]] = defaultdict(list)
    waiting: dict[str, set[str]] = defaultdict(set)
    late: dict[str, set[str]] = defaultdict(set)
    for target in session.scalars(sa.select(CaseTarget).where(CaseTarget.case_id.in_(cases)).order_by(CaseTarget.id)):
        case = cases[target.case_id]
        found[target.channel_id] += _figures([(case.id, case.decided_at, target.applied_at)])
        if target.applied_at is None:
            waiting[target.channel_id].add(case.id)
        if target.late_at is not None:
            late[target.channel_id].add(case.id)
    limits = limits_of(session)
    rows = session.scalars(sa.select(PublishingChannel).order_by(PublishingChannel.id))
    return [
        _write(found[row.id])
        | {
            "channel": row.id,
            "name": row.name,
            "limit_s": latency_limit(limits, row.kind),
            "late": sorted(late[row.id])[:NAMED],
            "waiting": sorted(waiting[row.id])[:NAMED],
        }
        for row in rows
        if row.id in found
    ]


def _write(figures: Sequence[_Figure]) -> dict[str, Any]:
    seconds = [figure[1] for figure in figures]
    slowest = max(figures, key=lambda figure: (figure[1], figure[0]), default=None)
    behind = sorted(figures, key=lambda figure: (-figure[1], figure[0]))[:NAMED]
    return {
        "count": len(figures),
        "p50_s": percentile(seconds, 50),
        "p90_s": percentile(seconds, 90),
        "slowest": {"case": slowest[0], "seconds": slowest[1]} if slowest else None,
        "behind": [case_id for case_id, _ in behind],
    }
