"""Reading what is known of posts after their receipt: counters with their doubts, and later looks at the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.newsroom.editing.models import Story
from backend.paging import Page, in_order, narrowed, paged
from backend.policy import Actor
from backend.publishing.doubts import SUSPECT, counted
from backend.publishing.models import MetricSample, Publication, PublishingChannel
from backend.publishing.queries import Written, access_publication, visible
from backend.publishing.suspects import samples_of
from backend.publishing.watch_models import MetricSuspect, ReceiptWatch
from backend.publishing.watches import OUTCOMES, STEPS
from backend.sync.streams import Audience

PENDING = "pending"
BASES: dict[str, str] = {
    "age": "远高于本渠道同龄内容",
    "growth": "远高于自己平时的涨幅",
    "devices": "来自的设备太少",
}


def read_metrics(session: Session, actor: Actor, publication_id: str, now: Any, page: Page) -> dict[str, Any]:
    """Write the counters of a post: each one's present value, and all samples, newest first.

    The present value is the last one told, also where it fell: a platform that takes readings back means it. `counted`
    is what of it is believed.
    """
    access_publication(session, actor, publication_id)
    return {
        "publication": publication_id,
        "current": _current(session, publication_id, now),
        **paged(
            session,
            sa.select(MetricSample).where(MetricSample.publication_id == publication_id),
            page,
            moment=MetricSample.at,
            id=MetricSample.id,
            write=lambda rows: _write_samples(session, rows),
        ),
    }


def _current(session: Session, publication_id: str, now: Any) -> list[dict[str, Any]]:
    mine = MetricSample.publication_id == publication_id
    metrics = session.scalars(sa.select(MetricSample.metric).where(mine).distinct().order_by(MetricSample.metric)).all()
    found = []
    for metric in metrics:
        query = sa.select(MetricSample).where(mine, MetricSample.metric == metric)
        last = session.scalars(query.order_by(MetricSample.at.desc(), MetricSample.id.desc()).limit(1)).one()
        told = samples_of(session, [publication_id], metric, now)[publication_id]
        found.append(
            {
                "metric": metric,
                "value": last.value,
                "counted": counted(told),
                "highest": max((each.value for each in told), default=last.value),
                "fell": last.fell,
                "samples": len(told),
                "falls": sum(1 for before, after in pairwise(told) if after.value < before.value),
                "at": iso(last.at),
            }
        )
    return found


def _write_samples(session: Session, rows: Sequence[MetricSample]) -> list[dict[str, Any]]:
    query = sa.select(MetricSuspect).where(MetricSuspect.sample_id.in_([row.id for row in rows]))
    suspects = {suspect.sample_id: suspect for suspect in session.scalars(query)}
    return [
        {
            "id": row.id,
            "metric": row.metric,
            "value": row.value,
            "at": iso(row.at),
            "source": row.source,
            "batch": row.batch,
            "fell": row.fell,
            "devices": row.devices,
            "suspect": {"id": suspects[row.id].id, "state": suspects[row.id].state} if row.id in suspects else None,
        }
        for row in rows
    ]


def list_suspects(
    session: Session, actor: Actor, *, state: str | None, publication: str | None, page: Page
) -> dict[str, Any]:
    """List doubted samples, the latest first."""
    query = (
        sa.select(MetricSuspect)
        .join(Publication, Publication.id == MetricSuspect.publication_id)
        .join(Story, Story.id == Publication.story_id)
        .where(visible(actor))
    )
    query = narrowed(query, (MetricSuspect.state, state), (MetricSuspect.publication_id, publication))
    return paged(
        session,
        query,
        page,
        moment=MetricSuspect.found_at,
        id=MetricSuspect.id,
        write=in_order(lambda rows: present_suspects(session, rows)),
    )


def load_suspects(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render doubted samples for the monitoring desk, which has the names of channels from the channels themselves."""
    if audience is not Audience.STAFF:
        return {}
    found = present_suspects(session, session.scalars(sa.select(MetricSuspect).where(MetricSuspect.id.in_(ids))).all())
    for written in found.values():
        del written["channel_name"]
    return found


def present_suspects(session: Session, rows: Sequence[MetricSuspect]) -> Written:
    """Write doubted samples, by id."""
    people = names_of(session, [row.decided_by for row in rows])
    posts = {row.publication_id for row in rows}
    query = sa.select(Publication.id, Publication.headline).where(Publication.id.in_(posts))
    headlines = dict(session.execute(query).tuples().all())
    channels = dict(session.execute(sa.select(PublishingChannel.id, PublishingChannel.name)).tuples().all())
    return {
        # The assessor judges these without the right to read channels.
        row.id: _write_suspect(row, people, headlines[row.publication_id])
        | {"channel_name": channels.get(row.channel_id, row.channel_id)}
        for row in rows
    }


def _write_suspect(row: MetricSuspect, people: Mapping[str, str], headline: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "ver": row.ver,
        "state": row.state,
        "state_name": SUSPECT.states[row.state],
        "publication": row.publication_id,
        "headline": headline,
        "sample": row.sample_id,
        "channel": row.channel_id,
        "metric": row.metric,
        "value": row.value,
        "grown": row.grown,
        "basis": row.basis,
        "basis_name": BASES[row.basis],
        "normal": row.normal,
        "limit": row.limit,
        "found_at": iso(row.found_at),
        "decided_by": present_person_or_none(row.decided_by, people),
        "decided_at": iso_or_none(row.decided_at),
        "reason": row.reason,
        "allowed": SUSPECT.allowed(row.state),
    }


def list_watches(
    session: Session,
    actor: Actor,
    *,
    outcome: str | None,
    channel: str | None,
    publication: str | None,
    page: Page,
) -> dict[str, Any]:
    """List looks at posts after their receipts, those due last first; `pending` are those still to come."""
    query = (
        sa.select(ReceiptWatch)
        .join(Publication, Publication.id == ReceiptWatch.publication_id)
        .join(Story, Story.id == Publication.story_id)
        .where(visible(actor))
    )
    if outcome is not None:
        wanted = None if outcome == PENDING else outcome
        query = query.where(ReceiptWatch.outcome.is_(None) if wanted is None else ReceiptWatch.outcome == wanted)
    query = narrowed(query, (ReceiptWatch.channel_id, channel), (ReceiptWatch.publication_id, publication))
    return paged(
        session,
        query,
        page,
        moment=ReceiptWatch.due,
        id=ReceiptWatch.id,
        write=lambda rows: _write_watches(session, rows),
    )


def _write_watches(session: Session, rows: Sequence[ReceiptWatch]) -> list[dict[str, Any]]:
    people = names_of(session, [row.signer_id for row in rows])
    query = sa.select(Publication).where(Publication.id.in_({row.publication_id for row in rows}))
    posts = {post.id: post for post in session.scalars(query)}
    return [_write_watch(row, posts[row.publication_id], people) for row in rows]


def _write_watch(row: ReceiptWatch, post: Publication, people: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "publication": row.publication_id,
        "story": post.story_id,
        "headline": post.headline,
        "url": post.url,
        "channel": row.channel_id,
        "step": row.step,
        "after_s": int(STEPS[row.step].total_seconds()),
        "due": iso(row.due),
        "at": iso_or_none(row.at),
        "outcome": row.outcome or PENDING,
        "outcome_name": OUTCOMES.get(row.outcome or "", "未到时间"),
        "code": row.code,
        "signed_hash": row.signed_hash,
        "shown_hash": row.shown_hash,
        "signer": present_person_or_none(row.signer_id, people),
    }
