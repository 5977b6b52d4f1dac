"""Doubted counters: finding them as samples come in, deciding about them, and counting without them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.errors import not_found
from backend.ids import new_id
from backend.newsroom.editing.models import Story
from backend.newsroom.roster import person_of, persons_of
from backend.publishing.doubts import SUSPECT, SuspectFacts, Told, counted, doubt_about, growths
from backend.publishing.limits import limits_of
from backend.publishing.models import MetricSample, Publication
from backend.publishing.watch_models import MetricSuspect
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

READ = "read"
# A doubt that nobody has decided leaves out as much as one that was found right.
LEFT_OUT = frozenset({"open", "confirmed"})
# Posts that a new one is held against: the channel's newest ones.
_PEERS = 50
_HOUR = timedelta(hours=1)
# The assessor judges doubts too, and has no other part in monitoring.
_STREAMS = frozenset({streams.desk("monitoring"), streams.desk("assessment")})


def look_for_doubts(unit: UnitOfWork, publication: Publication, sample: MetricSample) -> MetricSuspect | None:
    """Look whether a sample that was just kept is to be believed."""
    limits = limits_of(unit.session)
    told = samples_of(unit.session, [publication.id], sample.metric, unit.now)[publication.id]
    before = told[:-1]
    grown = sample.value - (before[-1].value if before else 0)
    if grown < limits["spike_floor"]:
        return None
    doubt = doubt_about(
        grown=grown,
        level=counted(before) + grown,
        peers=_peers(unit.session, publication, sample),
        steps=growths([each.value for each in before]),
        limits=limits,
        devices=sample.devices,
        vouched=_is_vouched(unit.session, publication.id, sample.metric),
    )
    if doubt is None:
        return None
    suspect = MetricSuspect(
        id=new_id(),
        ver=0,
        state="open",
        sample_id=sample.id,
        publication_id=publication.id,
        channel_id=publication.channel_id,
        metric=sample.metric,
        value=sample.value,
        grown=grown,
        basis=doubt.basis,
        normal=doubt.normal,
        limit=doubt.limit,
        found_at=unit.now,
    )
    unit.session.add(suspect)
    _changed(unit, suspect, "suspect", basis=suspect.basis, value=suspect.value, grown=grown, limit=suspect.limit)
    return suspect


def _is_vouched(session: Session, publication_id: str, metric: str) -> bool:
    cleared = sa.exists().where(
        MetricSuspect.publication_id == publication_id,
        MetricSuspect.metric == metric,
        MetricSuspect.state == "cleared",
    )
    return session.scalar(sa.select(cleared)) or False


def _peers(session: Session, publication: Publication, sample: MetricSample) -> list[int]:
    """List what this counter stood at with the channel's other posts when they were as many hours old."""
    if publication.receipted_at is None:
        return []
    age = (sample.at - publication.receipted_at) // _HOUR
    others = (
        sa.select(Publication.id, Publication.receipted_at)
        .where(
            Publication.channel_id == publication.channel_id,
            Publication.id != publication.id,
            Publication.receipted_at.is_not(None),
            sa.exists().where(MetricSample.publication_id == Publication.id, MetricSample.metric == sample.metric),
        )
        .order_by(Publication.receipted_at.desc())
        .limit(_PEERS)
    )
    begun: dict[str, datetime] = {row[0]: row[1] for row in session.execute(others) if row[1] is not None}
    rows = session.execute(
        sa.select(MetricSample.publication_id, MetricSample.value, MetricSample.at)
        .where(MetricSample.publication_id.in_(begun), MetricSample.metric == sample.metric)
        .order_by(MetricSample.at, MetricSample.id)
    )
    found = {row[0]: int(row[1]) for row in rows if (row[2] - begun[row[0]]) // _HOUR == age}
    return list(found.values())


def samples_of(session: Session, publication_ids: Collection[str], metric: str, at: datetime) -> dict[str, list[Told]]:
    """Return the samples of each post up to a moment, oldest first, with what of them is left out."""
    query = (
        sa.select(MetricSample.publication_id, MetricSample.value, MetricSuspect.state)
        .outerjoin(MetricSuspect, MetricSuspect.sample_id == MetricSample.id)
        .where(MetricSample.publication_id.in_(publication_ids), MetricSample.metric == metric, MetricSample.at <= at)
        .order_by(MetricSample.at, MetricSample.id)
    )
    found: dict[str, list[Told]] = defaultdict(list)
    for publication_id, value, state in session.execute(query):
        found[publication_id].append(Told(value, left_out=state in LEFT_OUT))
    return found


def counted_reads(session: Session, publication_ids: Collection[str], at: datetime) -> dict[str, int]:
    """Return how often each post was read by a moment, doubted growth left out; 0 where nothing was ever told.

    A decision about a doubt counts whenever it was taken: who seals a figure keeps it themselves.
    """
    told = samples_of(session, publication_ids, READ, at)
    return {publication_id: counted(told.get(publication_id, ())) for publication_id in publication_ids}


def decide_suspect(unit: UnitOfWork, suspect_id: str, command: str, reason: str) -> list[MetricSuspect]:
    """Clear or confirm a doubt, and every other open one of the same counter that came before it.

    Args:
        unit: the unit of work.
        suspect_id: the doubt.
        command: `clear` or `confirm`.
        reason: why, in the words of who decides.

    Raises:
        AppError: 404 if there is none; 409 `same_person` for who wrote the story.
    """
    first = unit.session.get(MetricSuspect, suspect_id, with_for_update=True)
    if first is None:
        raise not_found("存疑数据")
    facts = SuspectFacts(wrote_it=_wrote(unit, first.publication_id))
    SUSPECT.step(command, first.state, facts)
    earlier = (
        sa.select(MetricSuspect)
        .where(
            MetricSuspect.publication_id == first.publication_id,
            MetricSuspect.metric == first.metric,
            MetricSuspect.state == "open",
            MetricSuspect.found_at <= first.found_at,
            MetricSuspect.id != first.id,
        )
        .order_by(MetricSuspect.id)
    )
    decided = [first, *unit.session.scalars(earlier.with_for_update())]
    for suspect in decided:
        suspect.state = SUSPECT.step(command, suspect.state, facts)
        suspect.decided_by, suspect.decided_at, suspect.reason = unit.actor.id, unit.now, reason
        _changed(unit, suspect, "cleared" if command == "clear" else "confirmed")
    return decided


def _wrote(unit: UnitOfWork, publication_id: str) -> bool:
    story = unit.session.get_one(Story, unit.session.get_one(Publication, publication_id).story_id)
    writers: Sequence[str] = story.writers
    return person_of(unit.session, unit.actor.id) in persons_of(unit.session, writers).values()


def _changed(unit: UnitOfWork, suspect: MetricSuspect, verb: str, **data: object) -> None:
    suspect.ver += 1
    unit.session.flush()
    unit.record(
        f"metric.{verb}",
        suspect.id,
        suspect.ver,
        state=suspect.state,
        publication=suspect.publication_id,
        channel=suspect.channel_id,
        metric=suspect.metric,
        **data,
    )
    unit.place("metric_suspect", suspect.id, suspect.ver, _STREAMS)
