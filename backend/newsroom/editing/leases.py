"""Locks are leases: one person works on one record, for ten minutes at a time. Jobs neither take nor mind them."""

from __future__ import annotations

from typing import Any

from backend.accounts.queries import names_of, present_person_or_none
from backend.clock import iso
from backend.errors import AppError, Code
from backend.newsroom.editing import rules
from backend.newsroom.editing.models import Lease, Story
from backend.newsroom.editing.places import streams_of
from backend.newsroom.editing.versions import keep_branch
from backend.unit_of_work import UnitOfWork

KIND = "story"


def take_lease(unit: UnitOfWork, story: Story, *, reason: str = "", draft: dict[str, Any] | None = None) -> Lease:
    """Take the lease of a story, or renew one's own (the heartbeat); `draft` is kept for a take-over.

    Raises:
        AppError: 423 `locked` with who holds it, since when and until when.
    """
    lease = unit.session.get(Lease, (KIND, story.id), with_for_update=True)
    if lease is not None and _is_held(unit, lease) and lease.holder_id == unit.actor.id:
        lease.expires_at = unit.now + rules.LEASE
        lease.draft = draft if draft is not None else lease.draft
        return _changed(unit, story, lease, None)
    demand_free(unit, story)
    return _hand_over(unit, story, lease, reason=reason, draft=draft)


def take_over(unit: UnitOfWork, story: Story, reason: str) -> Lease:
    """Take a lease from its holder; what they had not saved is kept as a branch of the story."""
    lease = unit.session.get(Lease, (KIND, story.id), with_for_update=True)
    if lease is not None and _is_held(unit, lease) and lease.holder_id not in {None, unit.actor.id}:
        if lease.draft:
            keep_branch(unit, story, lease.draft, by=str(lease.holder_id), why="take_over")
        unit.record("lock.lost", story.id, story.ver, holder=lease.holder_id)
    return _hand_over(unit, story, lease, reason=reason, draft=None)


def release_lease(unit: UnitOfWork, story: Story) -> None:
    """Give one's own lease back; having none is fine."""
    lease = unit.session.get(Lease, (KIND, story.id), with_for_update=True)
    if lease is not None and lease.holder_id == unit.actor.id:
        lease.holder_id, lease.draft = None, None
        lease.expires_at = unit.now
        _changed(unit, story, lease, "released")


def demand_free(unit: UnitOfWork, story: Story) -> None:
    """Raise 423 if somebody else works on this story now."""
    lease = unit.session.get(Lease, (KIND, story.id))
    if lease is None or not _is_held(unit, lease) or lease.holder_id == unit.actor.id:
        return
    held = present_lease(unit.session, lease)
    raise AppError(
        Code.LOCKED,
        423,
        f"{held['by']['name']}正在编辑这篇稿件。",
        data={name: held[name] for name in ("by", "since", "expires_at", "reason")},
    )


def _is_held(unit: UnitOfWork, lease: Lease) -> bool:
    return lease.holder_id is not None and lease.expires_at > unit.now


def _hand_over(
    unit: UnitOfWork, story: Story, lease: Lease | None, *, reason: str, draft: dict[str, Any] | None
) -> Lease:
    if lease is None:
        lease = Lease(kind=KIND, thing_id=story.id, ver=0, since=unit.now, expires_at=unit.now, reason="")
        unit.session.add(lease)
    lease.holder_id, lease.since, lease.expires_at = unit.actor.id, unit.now, unit.now + rules.LEASE
    lease.reason, lease.draft = reason, draft
    return _changed(unit, story, lease, "taken")


def _changed(unit: UnitOfWork, story: Story, lease: Lease, verb: str | None) -> Lease:
    lease.ver += 1
    unit.session.flush()
    if verb is not None:
        unit.record(f"lock.{verb}", story.id, lease.ver)
    unit.place("lock", story.id, lease.ver, streams_of(story) if lease.holder_id else set())
    return lease


def place_lease(unit: UnitOfWork, story: Story) -> None:
    """Put a lease that is held where its story is now."""
    lease = unit.session.get(Lease, (KIND, story.id), with_for_update=True)
    if lease is not None and lease.holder_id is not None:
        _changed(unit, story, lease, None)


def present_lease(session: Any, lease: Lease) -> dict[str, Any]:
    """Write a lease. Whether it still holds is for the reader's clock to say."""
    return {
        "id": lease.thing_id,
        "ver": lease.ver,
        "kind": lease.kind,
        "by": present_person_or_none(lease.holder_id, names_of(session, [lease.holder_id])),
        "since": iso(lease.since),
        "expires_at": iso(lease.expires_at),
        "reason": lease.reason,
    }
