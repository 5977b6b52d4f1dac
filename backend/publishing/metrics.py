"""Counters of posts, pulled from the channels into samples that are only ever added to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

import sqlalchemy as sa

from backend.ids import new_id
from backend.jobs import queue as jobs
from backend.jobs.worker import JobRun, RetryLater
from backend.publishing.channel import CREATE, EDIT, Channel, Sample, Unreachable
from backend.publishing.models import MetricSample, Publication
from backend.publishing.suspects import counted_reads, look_for_doubts
from backend.unit_of_work import UnitOfWork

__all__ = ["counted_reads"]

EVERY = timedelta(hours=1)
# A post is read for as long as it is talked about; then its counters stand still.
WATCHED_FOR = timedelta(days=7)
_AT_ONCE = 100
# What this hour could not be read for is read in the next.
_TRIES = 3


def job_kind(channel_id: str) -> str:
    """Return the kind of the jobs that read a channel's counters."""
    return f"metrics.{channel_id}"


def schedule(unit: UnitOfWork, channel_ids: Collection[str], hours: int = 0) -> None:
    """Make sure that the counters of these channels are read in this hour, or so many hours on."""
    at = unit.now + hours * EVERY
    for channel_id in channel_ids:
        kind = job_kind(channel_id)
        unit.enqueue(kind, f"{kind}:{at:%Y-%m-%dT%H}", {}, run_at=at, lane=jobs.BULK)


def metrics_handler(channel_id: str, channel: Channel) -> Callable[[JobRun], None]:
    """Make the handler that reads a channel's counters, and asks to be called again in an hour."""

    def pull(run: JobRun) -> None:
        with run.database.reading() as session:
            watched = session.execute(
                sa.select(Publication.external_id, Publication.id)
                .where(
                    Publication.channel_id == channel_id,
                    Publication.state == "receipted",
                    Publication.action.in_([CREATE, EDIT]),
                    Publication.receipted_at > run.database.clock.now() - WATCHED_FOR,
                )
                .order_by(Publication.id)
            ).all()
        publications = {str(row[0]): str(row[1]) for row in watched if row[0]}
        ids = sorted(publications)
        samples: list[Sample] = []
        try:
            for start in range(0, len(ids), _AT_ONCE):
                samples += channel.metrics(ids[start : start + _AT_ONCE])
        except Unreachable as lost:
            if run.attempt < _TRIES:
                raise RetryLater(lost.code) from None
        with run.unit() as unit:
            _keep(unit, channel_id, run.id, publications, samples)
            schedule(unit, [channel_id], 1)

    return pull


def _keep(
    unit: UnitOfWork, channel_id: str, batch: str, publications: dict[str, str], samples: Sequence[Sample]
) -> None:
    for sample in samples:
        publication = publications.get(sample.external_id)
        if publication is None:
            continue
        before = unit.session.scalar(
            sa.select(MetricSample.value)
            .where(MetricSample.publication_id == publication, MetricSample.metric == sample.metric)
            .order_by(MetricSample.at.desc(), MetricSample.id.desc())
            .limit(1)
        )
        kept = MetricSample(
            id=new_id(),
            publication_id=publication,
            metric=sample.metric,
            value=sample.value,
            at=unit.now,
            source=channel_id,
            batch=batch,
            # Counters do fall, where a platform takes back what machines have read. It is kept, and marked.
            fell=before is not None and sample.value < before,
            devices=sample.devices,
        )
        unit.session.add(kept)
        unit.session.flush()
        look_for_doubts(unit, unit.session.get_one(Publication, publication), kept)
    if samples:
        unit.record("metric.batch", batch, 1, channel=channel_id, samples=len(samples))
