"""Reading channels, publications and cases: for the newsroom, and the public list of corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.errors import not_found
from backend.newsroom.editing.models import Story
from backend.newsroom.editing.packages.limits import KINDS
from backend.newsroom.editing.places import EXAMINATION, strict_stories
from backend.newsroom.editing.rules import State
from backend.paging import Page, in_order, narrowed, paged
from backend.policy import Actor, may_read_stream
from backend.publishing import rules
from backend.publishing.models import Case, CaseTarget, MetricSample, Publication, PublishingChannel
from backend.publishing.rules import CASE, CHANNEL, PUBLICATION, TARGET
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]
_WAITING = (*rules.WAITING, "uncertain")
# What moves with every call and every look, without a version of its own, is told only when asked for: on a stream it
# would be old at once.
_RESTLESS = frozenset({"failures", "last_ok_at", "attempts", "next_at", "evidence"})


def list_channels(session: Session) -> dict[str, Any]:
    """List all channels with how many publications wait for each."""
    rows = session.scalars(sa.select(PublishingChannel).order_by(PublishingChannel.id)).all()
    written = present_channels(session, rows)
    return {"items": [written[row.id] for row in rows]}


def access_channel(session: Session, channel_id: str) -> dict[str, Any]:
    """Write one channel; 404 if there is none."""
    row = session.get(PublishingChannel, channel_id)
    if row is None:
        raise not_found("渠道")
    return present_channels(session, [row])[channel_id]


def present_channels(session: Session, rows: Sequence[PublishingChannel]) -> Written:
    """Write channels, by id. `queue` counts what waits, by state."""
    waiting: dict[str, dict[str, int]] = {row.id: dict.fromkeys(_WAITING, 0) for row in rows}
    counted = (
        sa.select(Publication.channel_id, Publication.state, sa.func.count())
        .where(Publication.channel_id.in_(waiting), Publication.state.in_(_WAITING))
        .group_by(Publication.channel_id, Publication.state)
    )
    for channel_id, state, count in session.execute(counted):
        waiting[channel_id][state] = count
    return {
        row.id: _write_channel(row, names_of(session, [row.halted_by])) | {"queue": waiting[row.id]} for row in rows
    }


def load_channels(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render channels for the desks, without what waits for them and how their last calls went."""
    if audience is not Audience.STAFF:
        return {}
    rows = session.scalars(sa.select(PublishingChannel).where(PublishingChannel.id.in_(ids))).all()
    people = names_of(session, [row.halted_by for row in rows])
    return {row.id: _still(_write_channel(row, people)) for row in rows}


def _still(written: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in written.items() if name not in _RESTLESS}


def _write_channel(row: PublishingChannel, people: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "ver": row.ver,
        "kind": row.kind,
        "name": row.name,
        "state": row.state,
        "takes": row.takes,
        "capabilities": row.can,
        "per_minute": row.per_minute,
        "parallel": row.parallel,
        "ordered": row.ordered,
        "parked_until": iso_or_none(row.parked_until),
        "parked_code": row.parked_code,
        "failures": row.failures,
        "last_ok_at": iso_or_none(row.last_ok_at),
        "halted_by": present_person_or_none(row.halted_by, people),
        "halted_at": iso_or_none(row.halted_at),
        "reason": row.reason,
        "updated_at": iso(row.updated_at),
        "allowed": CHANNEL.allowed(row.state),
    }


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Make the condition that a story is before the public, or this person may see confidential ones."""
    if actor.kind == "system" or may_read_stream(actor, EXAMINATION):
        return sa.true()
    return sa.or_(sa.not_(strict_stories()), Story.state.in_([State.LIVE, State.WITHDRAWN]))


def list_publications(
    session: Session, actor: Actor, *, story: str | None, channel: str | None, state: str | None, page: Page
) -> dict[str, Any]:
    """List publications, what moved last first."""
    query = sa.select(Publication).join(Story, Story.id == Publication.story_id).where(visible(actor))
    query = narrowed(
        query, (Publication.story_id, story), (Publication.channel_id, channel), (Publication.state, state)
    )
    return paged(
        session,
        query,
        page,
        moment=Publication.updated_at,
        id=Publication.id,
        write=in_order(lambda rows: present_publications(session, rows)),
    )


def access_publication(session: Session, actor: Actor, publication_id: str) -> dict[str, Any]:
    """Write one publication; 404 if there is none, or its story is confidential."""
    row = session.get(Publication, publication_id)
    if row is None or not _may_see(session, actor, row.story_id):
        raise not_found("刊播任务")
    return present_publications(session, [row])[publication_id]


def load_publications(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render publications for the desks, without how often and when they are looked at."""
    if audience is not Audience.STAFF:
        return {}
    rows = session.scalars(sa.select(Publication).where(Publication.id.in_(ids))).all()
    return {key: _still(written) for key, written in present_publications(session, rows).items()}


def present_publications(session: Session, rows: Sequence[Publication]) -> Written:
    """Write publications, by id."""
    people = names_of(session, [row.queued_by for row in rows])
    return {row.id: _write_publication(row, people) for row in rows}


def _write_publication(row: Publication, people: Mapping[str, str]) -> dict[str, Any]:
    kind = row.content["kind"]
    return {
        "id": row.id,
        "ver": row.ver,
        "state": row.state,
        "state_name": PUBLICATION.states[row.state],
        "story": row.story_id,
        "headline": row.headline,
        "rendition": row.rendition_id,
        "kind": kind,
        "kind_name": KINDS.get(kind, "客户端稿"),
        "channel": row.channel_id,
        "number": row.number,
        "action": row.action,
        "action_name": rules.ACTIONS[row.action],
        "about": row.about_id,
        "case": row.case_id,
        "key": row.key,
        "hash": row.hash,
        "exam": row.exam_id,
        "not_before": iso_or_none(row.not_before),
        "embargo": row.embargo,
        "force_reason": row.force_reason,
        "attempts": row.attempts,
        "next_at": iso_or_none(row.next_at),
        "code": row.code,
        "words": row.words,
        "field": row.field,
        "external_id": row.external_id,
        "url": row.url,
        "evidence": row.evidence,
        "shown": _shown(row),
        "queued_by": present_person(row.queued_by, people),
        "queued_at": iso(row.queued_at),
        "sent_at": iso_or_none(row.sent_at),
        "receipted_at": iso_or_none(row.receipted_at),
        "updated_at": iso(row.updated_at),
        "allowed": PUBLICATION.allowed(row.state),
    }


def _shown(row: Publication) -> str:
    """Say what the channel was seen to show: `same`, `other`, or `unread` where nothing was read back."""
    if row.shown_hash is None:
        return "unread"
    return "same" if row.shown_hash == row.expected_hash else "other"


def _may_see(session: Session, actor: Actor, story_id: str) -> bool:
    return session.scalar(sa.select(Story.id).where(Story.id == story_id, visible(actor))) is not None


def list_samples(session: Session, actor: Actor, publication_id: str, page: Page) -> dict[str, Any]:
    """List what a channel said the counters of a post stood at, newest first."""
    access_publication(session, actor, publication_id)
    return paged(
        session,
        sa.select(MetricSample).where(MetricSample.publication_id == publication_id),
        page,
        moment=MetricSample.at,
        id=MetricSample.id,
        write=lambda rows: [
            {
                "metric": row.metric,
                "value": row.value,
                "at": iso(row.at),
                "source": row.source,
                "batch": row.batch,
                "fell": row.fell,
                "devices": row.devices,
            }
            for row in rows
        ],
    )


def list_cases(
    session: Session, actor: Actor, *, story: str | None, kind: str | None, state: str | None, page: Page
) -> dict[str, Any]:
    """List cases, what moved last first."""
    query = sa.select(Case).join(Story, Story.id == Case.story_id).where(visible(actor))
    query = narrowed(query, (Case.story_id, story), (Case.kind, kind), (Case.state, state))
    return paged(
        session,
        query,
        page,
        moment=Case.updated_at,
        id=Case.id,
        write=in_order(lambda rows: present_cases(session, rows)),
    )


def access_case(session: Session, actor: Actor, case_id: str) -> dict[str, Any]:
    """Write one case with its targets; 404 if there is none, or its story is confidential."""
    row = session.get(Case, case_id)
    if row is None or not _may_see(session, actor, row.story_id):
        raise not_found("更正撤稿单")
    return present_cases(session, [row])[case_id]


def load_cases(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render cases for the desks, which have the names of channels from the channels themselves."""
    if audience is not Audience.STAFF:
        return {}
    found = present_cases(session, session.scalars(sa.select(Case).where(Case.id.in_(ids))).all())
    for written in found.values():
        for target in written["targets"]:
            del target["channel_name"]
    return found


def present_cases(session: Session, rows: Sequence[Case]) -> Written:
    """Write cases with their targets and latencies, by id."""
    targets: dict[str, list[CaseTarget]] = {row.id: [] for row in rows}
    for target in session.scalars(
        sa.select(CaseTarget).where(CaseTarget.case_id.in_(targets)).order_by(CaseTarget.channel_id, CaseTarget.id)
    ):
        targets[target.case_id].append(target)
    channels = {row.id: row.name for row in session.scalars(sa.select(PublishingChannel))}
    people = names_of(session, [person for row in rows for person in (row.opened_by, row.decided_by)])
    people |= names_of(session, [target.proved_by for each in targets.values() for target in each])
    return {row.id: _write_case(row, targets[row.id], channels, people) for row in rows}


def _write_case(
    row: Case, targets: Sequence[CaseTarget], channels: Mapping[str, str], people: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "id": row.id,
        "ver": row.ver,
        "state": row.state,
        "state_name": CASE.states[row.state],
        "kind": row.kind,
        "story": row.story_id,
        "headline": row.headline,
        "severity": row.severity,
        "cause_step": row.cause_step,
        "found_by": row.found_by,
        "detected_at": iso(row.detected_at),
        "reason": row.reason,
        "reason_due": iso_or_none(row.reason_due),
        "note": row.note,
        "changes": row.changes,
        "opened_by": present_person(row.opened_by, people),
        "opened_at": iso(row.opened_at),
        "drafted_at": iso_or_none(row.drafted_at),
        "decided_by": present_person_or_none(row.decided_by, people),
        "decided_at": iso_or_none(row.decided_at),
        "done_at": iso_or_none(row.done_at),
        "targets": [_write_target(target, channels, people, row) for target in targets],
        "latencies": _latencies(row, targets),
        "from_alerts": row.alert_ids or [],
        "from_scan_hits": row.scan_hit_ids or [],
        "updated_at": iso(row.updated_at),
        "allowed": CASE.allowed(row.state),
    }


def _write_target(
    target: CaseTarget, channels: Mapping[str, str], people: Mapping[str, str], case: Case
) -> dict[str, Any]:
    return {
        "id": target.id,
        "channel": target.channel_id,
        "channel_name": channels.get(target.channel_id, target.channel_id),
        "publication": target.publication_id,
        "action": target.action,
        "action_name": rules.TARGET_ACTIONS.get(target.action, target.action),
        "state": target.state,
        "state_name": TARGET.states[target.state],
        "orders": target.orders,
        "words": target.words,
        "proof": target.proof,
        "told": target.told,
        "proved_by": present_person_or_none(target.proved_by, people),
        "applied_at": iso_or_none(target.applied_at),
        "verified_at": iso_or_none(target.verified_at),
        "latency_s": _between(case.decided_at, target.applied_at),
        "late_at": iso_or_none(target.late_at),
    }


def _latencies(row: Case, targets: Sequence[CaseTarget]) -> dict[str, Any]:
    """Write the four latencies in seconds, and which channel was the slowest."""
    done = [target for target in targets if target.applied_at]
    slowest = max(done, key=lambda target: target.applied_at or row.opened_at, default=None)
    return {
        "detect_to_open_s": _between(row.detected_at, row.opened_at),
        "open_to_decision_s": _between(row.opened_at, row.decided_at),
        "decision_to_first_s": _between(row.decided_at, row.first_at),
        "decision_to_last_s": _between(row.decided_at, row.last_at),
        "slowest": slowest.channel_id if slowest else None,
    }


def _between(start: Any, end: Any) -> float | None:
    return round((end - start).total_seconds(), 3) if start and end else None


def list_public_corrections(session: Session, page: Page) -> dict[str, Any]:
    """List corrections and withdrawals that were carried out, for every reader, newest first."""
    states = ["executing", "partial", "done"]
    return paged(
        session,
        sa.select(Case).where(Case.state.in_(states), Case.decided_at.is_not(None)),
        page,
        moment=Case.decided_at,
        id=Case.id,
        write=lambda rows: [_write_public(row) for row in rows],
    )


def _write_public(row: Case) -> dict[str, Any]:
    withdrawn = row.kind == "withdrawal"
    return {
        "id": row.id,
        "kind": row.kind,
        "article": row.story_id,
        # What was taken back is not said once more.
        "headline": None if withdrawn else row.headline,
        "at": iso_or_none(row.decided_at),
        "note": row.note,
        "changes": [] if withdrawn else row.changes,
    }
