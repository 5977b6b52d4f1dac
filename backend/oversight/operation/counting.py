"""Counting cells from samples, from channels' counters, from pushes and from requests. Reads only.

What `numbers` holds, by measure: `active` nothing; `cohort` nothing (key: Monday of the week in which the phones were
new); `total`, `section`, `town` {reads, seconds, complete, complete_people, rest_people}; `channel` {reads, complete};
`arrival` {count, p50, p90, p99, and for each how many phones lie at it or beyond} (key: hour, or none for the day);
`push` {sent} (key: article); `request` {filed, solved, solved_people, rest_people, days: {tenths of days: how many}}
(key: none, an office, or an office and a service).
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import SHANGHAI, local_day
from backend.feed.models import Article, ArticleTown
from backend.inbox.models import Bell
from backend.inbox.rings.models import PushReport
from backend.oversight.operation import rules
from backend.oversight.operation.day_tally import Cell, DayTally
from backend.oversight.operation.models import UsagePhone, UsagePhoneDay, UsageSample
from backend.publishing.models import MetricSample, Publication
from backend.requests.models import ServiceRequest

APP = "app"
# A push is opened soon or never.
PUSH_COUNTED_FOR = timedelta(days=10)
_AT_ONCE = 5_000
_BY_PHONE = sa.distinct(UsageSample.phone)


def begin_of(day: date) -> datetime:
    """Return the first moment of a day in Shanghai."""
    return datetime.combine(day, time_of_day(), SHANGHAI)


def count_day(session: Session, day: date) -> list[Cell]:
    """Count everything that samples of one day say, in one pass: the phones of many cells are counted at once."""
    active = session.scalar(sa.select(sa.func.count()).where(UsagePhoneDay.day == day)) or 0
    tallies = DayTally(day, *_places_of_articles(session, day))
    columns = (UsageSample.phone, UsageSample.article_id, UsageSample.seconds, UsageSample.complete)
    reads = sa.select(*columns).where(UsageSample.day == day, UsageSample.kind == "read")
    for phone, article, seconds, complete in _one_by_one(session, reads):
        tallies.add_read(phone, article, seconds, complete=complete)
    arrived = sa.select(UsageSample.phone, UsageSample.hour, UsageSample.ms)
    for phone, hour, ms in _one_by_one(session, arrived.where(UsageSample.day == day, UsageSample.kind == "arrived")):
        tallies.add_arrival(phone, hour, ms)
    return ([Cell("active", "day", day, "", active, {})] if active else []) + tallies.cells()


def _one_by_one(session: Session, query: Any) -> Iterator[Any]:
    """Yield rows without holding them all, and let others of this process have their turn meanwhile."""
    for number, row in enumerate(session.execute(query.execution_options(yield_per=_AT_ONCE))):
        yield row
        if number % _AT_ONCE == 0:
            time.sleep(0)


def _places_of_articles(session: Session, day: date) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the sections, and the towns, of the articles that were read on a day."""
    read = sa.select(UsageSample.article_id).where(UsageSample.day == day, UsageSample.kind == "read").distinct()
    sections = session.execute(sa.select(Article.id, Article.section).where(Article.id.in_(read))).tuples().all()
    towns: dict[str, list[str]] = defaultdict(list)
    about = sa.select(ArticleTown.article_id, ArticleTown.town_id).where(ArticleTown.article_id.in_(read))
    for article, town in session.execute(about):
        towns[article].append(town)
    return dict(sections), towns


def count_period(session: Session, span: str, start: date) -> list[Cell]:
    """Count the phones of a week or a month, for as long as all its days are kept."""
    end = start + timedelta(days=6) if span == "week" else rules.month_after(start) - timedelta(days=1)
    within = UsagePhoneDay.day.between(start, end)
    active = session.scalar(sa.select(sa.func.count(sa.distinct(UsagePhoneDay.phone))).where(within)) or 0
    cells = [Cell("active", span, start, "", active, {})] if active else []
    return cells + (_cohort_cells(session, start, within) if span == "week" else [])


def _cohort_cells(session: Session, week: date, within: Any) -> list[Cell]:
    """Count the phones of a week by the week in which they were new."""
    active = sa.select(UsagePhoneDay.phone).where(within).distinct().subquery()
    query = (
        sa.select(UsagePhone.first_day, sa.func.count())
        .join(active, active.c.phone == UsagePhone.phone)
        .group_by(UsagePhone.first_day)
    )
    cohorts: Counter[str] = Counter()
    for first_day, people in session.execute(query):
        cohorts[rules.week_of(first_day).isoformat()] += people
    return [Cell("cohort", "week", week, cohort, people, {}) for cohort, people in sorted(cohorts.items())]


def count_channels(session: Session, day: date) -> list[Cell]:
    """Count what channels' counters rose by on a day. A counter that falls takes nothing back: its peaks are compared.

    A channel says how often a post was read and not by how many, so its people are taken to be as many as its reads.
    """
    begin, end = begin_of(day), begin_of(day + timedelta(days=1))
    moved = sa.select(MetricSample.publication_id).where(MetricSample.at >= begin, MetricSample.at < end).distinct()
    peak = sa.func.max(MetricSample.value)
    before = sa.func.max(sa.case((MetricSample.at < begin, MetricSample.value), else_=0))
    query = (
        sa.select(Publication.channel_id, MetricSample.metric, peak - before)
        .join(Publication, Publication.id == MetricSample.publication_id)
        .where(
            MetricSample.publication_id.in_(moved),
            MetricSample.metric.in_(["read", "complete"]),
            MetricSample.at < end,
        )
        .group_by(Publication.id, Publication.channel_id, MetricSample.metric)
    )
    rose: dict[str, Counter[str]] = defaultdict(Counter)
    for channel, metric, more in session.execute(query):
        rose[channel][metric] += int(more)
    return [
        # Few channels say how often a post was read to its end; those that do not have none.
        Cell("channel", "day", day, channel, found["read"], {"reads": found["read"], "complete": found.get("complete")})
        for channel, found in sorted(rose.items())
        if found["read"]
    ]


def count_pushes(session: Session, now: datetime) -> list[Cell]:
    """Count for each push about an article how many devices it was handed over for, and how many phones opened it."""
    opened = dict(
        session.execute(
            sa.select(UsageSample.article_id, sa.func.count(_BY_PHONE))
            .where(UsageSample.day >= local_day(now - PUSH_COUNTED_FOR), UsageSample.kind == "push_opened")
            .group_by(UsageSample.article_id)
        )
        .tuples()
        .all()
    )
    bells = sa.select(Bell.id, Bell.ver, Bell.about_id, Bell.at).where(
        Bell.about_kind == "article", Bell.account_id.is_(None), Bell.at > now - PUSH_COUNTED_FOR
    )
    cells = []
    for bell, ver, article, at in session.execute(bells).all():
        rounds = [f"{bell}:{number}" for number in range(1, ver + 1)]
        query = sa.select(sa.func.sum(PushReport.sent)).where(PushReport.event_key.in_(rounds))
        # A corrected bell rings the same devices again: they are counted once.
        sent = max((int(count or 0) for count in session.scalars(query.group_by(PushReport.event_key))), default=0)
        if sent:
            cells.append(Cell("push", "push", local_day(at), article, opened.get(article, 0), {"sent": sent}))
    return cells


@dataclass
class _Requests:
    """What is gathered of the requests of one cell."""

    filed: int = 0
    solved: int = 0
    citizens: set[str] = field(default_factory=set)
    solved_by: set[str] = field(default_factory=set)
    rest_by: set[str] = field(default_factory=set)
    days: Counter[int] = field(default_factory=Counter)


def count_requests(session: Session, month: date) -> list[Cell]:
    """Count the requests that were filed in a month, all told, by office, and by office and service."""
    found: dict[str, _Requests] = defaultdict(_Requests)
    query = sa.select(
        ServiceRequest.citizen_id,
        ServiceRequest.office_id,
        ServiceRequest.service_id,
        ServiceRequest.state,
        ServiceRequest.created_at,
        ServiceRequest.closed_at,
    ).where(
        ServiceRequest.created_at >= begin_of(month), ServiceRequest.created_at < begin_of(rules.month_after(month))
    )
    for citizen, office, service, state, filed_at, closed_at in session.execute(query):
        at = office or "-"
        for key in ("", at, f"{at}/{service}"):
            cell = found[key]
            cell.filed += 1
            cell.citizens.add(citizen)
            if state == "closed" and closed_at:
                cell.solved += 1
                cell.solved_by.add(citizen)
                cell.days[int((closed_at - filed_at).total_seconds() // 8640)] += 1
            else:
                cell.rest_by.add(citizen)
    return [Cell("request", "month", month, key, len(cell.citizens), _written(cell)) for key, cell in found.items()]


def _written(cell: _Requests) -> dict[str, Any]:
    return {
        "filed": cell.filed,
        "solved": cell.solved,
        "solved_people": len(cell.solved_by),
        "rest_people": len(cell.rest_by),
        "days": {str(tenths): count for tenths, count in sorted(cell.days.items())},
    }
