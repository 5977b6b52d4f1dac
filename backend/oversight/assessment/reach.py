"""Reach 传播: 72 hours after its first receipt, what a story was read is written down once, and stays.

How often it was read on each channel stands beside the median of what that channel's stories of the last thirty days
were read; both go into the event `score.reach_frozen`. Readers who come later change no score.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.events.models import Event
from backend.jobs import queue as jobs
from backend.jobs.worker import JobRun
from backend.oversight.assessment.formula import reach_v, rounded
from backend.oversight.assessment.ruleset import FIRST, RuleSet
from backend.publishing.channel import CREATE, EDIT
from backend.publishing.doubts import Told, counted
from backend.publishing.models import MetricSample, Publication
from backend.publishing.suspects import LEFT_OUT, READ
from backend.publishing.watch_models import MetricSuspect
from backend.unit_of_work import Database, UnitOfWork

REACH_JOB, FROZEN = "score.reach", "score.reach_frozen"
FROZEN_AFTER, USUAL_OF = timedelta(hours=72), timedelta(days=30)


def install(database: Database) -> None:
    """Have the reach of each story frozen in its time."""
    database.on_event("publication.receipted", schedule)


def schedule(unit: UnitOfWork, event: Event) -> None:
    """Ask for the freeze of a story's reach, with its first receipt; later ones ask in vain."""
    story = event.data["story"]
    at = unit.now + FROZEN_AFTER
    unit.enqueue(REACH_JOB, f"{REACH_JOB}:{story}", {"story": story}, run_at=at, lane=jobs.BULK)


def freeze(run: JobRun) -> None:
    """Write down what a story was read until now (the job of its hour); done already, it is not done again."""
    story = run.args["story"]
    with run.unit() as unit:
        known = sa.select(Event.seq).where(Event.entity == "score", Event.entity_id == story, Event.type == FROZEN)
        first = unit.session.scalar(
            sa.select(sa.func.min(Publication.receipted_at)).where(Publication.story_id == story)
        )
        if first is None or unit.session.scalar(known.limit(1)) is not None:
            return
        channels = read_channels(unit.session, story, first + FROZEN_AFTER)
        v = rounded(reach_v(channels, RuleSet(1, FIRST)))
        unit.record(FROZEN, story, 1, V=str(v), channels=channels)


def read_channels(session: Session, story: str, until: datetime) -> dict[str, list[Any]]:
    """Return `[reads, median]` of each channel that counts reads, for one story until a moment.

    The median is that of the channel's stories whose post was receipted in the thirty days before, this one among them;
    each is read as of its own 72 hours, or as of now where they are not over. It is text, as it may end in a half.
    """
    since = until - FROZEN_AFTER - USUAL_OF
    own = reads_of(session, since, until)
    found = {}
    for channel, stories in sorted(own.items()):
        if story in stories:
            # Whole numbers have a median that is exact in tenths.
            median = Decimal(str(statistics.median(stories.values())))
            found[channel] = [stories[story], format(median.normalize(), "f")]
    return found


def reads_of(session: Session, since: datetime, until: datetime) -> Mapping[str, Mapping[str, int]]:
    """Return how often each story was read on each channel, of posts receipted between two moments.

    A post counts with what its counter was worth after its own 72 hours, growth that somebody doubts left out, and a
    channel with all its posts of a story.
    """
    query = (
        sa.select(
            Publication.channel_id,
            Publication.story_id,
            Publication.external_id,
            Publication.receipted_at,
            MetricSample.at,
            MetricSample.value,
            MetricSuspect.state,
        )
        .join(MetricSample, MetricSample.publication_id == Publication.id)
        .outerjoin(MetricSuspect, MetricSuspect.sample_id == MetricSample.id)
        .where(
            Publication.action.in_([CREATE, EDIT]),
            Publication.receipted_at >= since,
            Publication.receipted_at <= until,
            MetricSample.metric == READ,
            MetricSample.at <= until,
        )
        .order_by(Publication.channel_id, Publication.story_id, Publication.external_id, MetricSample.at)
    )
    told: dict[tuple[str, str, str], list[Told]] = defaultdict(list)
    for channel, story, post, receipted, at, value, doubt in session.execute(query.execution_options(yield_per=1000)):
        if receipted is not None and at <= receipted + FROZEN_AFTER:
            told[channel, story, post or ""].append(Told(value, left_out=doubt in LEFT_OUT))
    found: dict[str, dict[str, int]] = {}
    for (channel, story, _post), samples in told.items():
        stories = found.setdefault(channel, {})
        stories[story] = stories.get(story, 0) + counted(samples)
    return found
