"""The queue of publications: putting in, setting the hour of the next look, and what waits for what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.errors import not_found
from backend.ids import new_id
from backend.jobs import queue as jobs
from backend.jobs.models import Job
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages.rules import desk_streams
from backend.newsroom.editing.places import DESK, EXAMINATION
from backend.newsroom.editing.rules import State, is_strict
from backend.publishing import rules
from backend.publishing.channel import WITHDRAW
from backend.publishing.models import Publication, PublishingChannel
from backend.publishing.rules import PUBLICATION, PublicationFacts
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

# One reaping's work; what is left is there a minute later.
_REAPED_AT_ONCE = 200


def job_kind(channel_id: str) -> str:
    """Return the kind of the jobs of a channel: each channel's are its own, so that none delays another."""
    return f"channel.{channel_id}"


def access_channel(unit: UnitOfWork, channel_id: str) -> PublishingChannel:
    """Return a channel, locked for a change; 404 if there is none."""
    row = unit.session.get(PublishingChannel, channel_id, with_for_update=True)
    if row is None:
        raise not_found("渠道")
    return row


def lock_channels(unit: UnitOfWork) -> None:
    """Lock all channels before something is queued on several: in one order, so that nobody waits in a circle.

    Whoever locks more than a channel locks the story first, then channels, then publications.
    """
    unit.session.scalars(sa.select(PublishingChannel).order_by(PublishingChannel.id).with_for_update()).all()


def access_publication(unit: UnitOfWork, publication_id: str) -> Publication:
    """Return a publication, locked for a change; 404 if there is none."""
    row = unit.session.get(Publication, publication_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise not_found("刊播任务")
    return row


def lock_publication(unit: UnitOfWork, publication_id: str) -> Publication:
    """Return a publication, locked for a change after its story and its channel, as `lock_channels` says; 404 if none.

    Whoever gives a receipt looks at the next in the channel's line, so both are held from the beginning.
    """
    known = unit.session.get(Publication, publication_id)
    if known is None:
        raise not_found("刊播任务")
    unit.session.get_one(Story, known.story_id, with_for_update=True)
    access_channel(unit, known.channel_id)
    return access_publication(unit, publication_id)


def put_in(
    unit: UnitOfWork,
    story: Story,
    channel_id: str,
    action: str,
    content: Mapping[str, Any],
    *,
    rendition: Rendition | None = None,
    about: Publication | None = None,
    case_id: str | None = None,
    not_before: datetime | None = None,
    embargo: bool = False,
    extra: str = "",
    force_reason: str | None = None,
) -> Publication:
    """Queue something to be done on a channel; the same once more is the same publication.

    `content` is `{kind, fields}`, and for a notice `note`. `extra` tells apart what is said again on purpose.
    """
    hash = rules.content_hash(content)
    subject = rendition.id if rendition else story.id
    extra = f"{about.id if about else ''}:{extra}"
    key = rules.key_of(subject=subject, hash=hash, channel=channel_id, action=action, extra=extra)
    known = unit.session.scalars(sa.select(Publication).where(Publication.key == key).with_for_update()).one_or_none()
    if known is not None:
        return known
    channel = access_channel(unit, channel_id)
    channel.queued += 1
    waits = not_before is not None and not_before > unit.now
    row = Publication(
        id=new_id(),
        ver=0,
        state="held" if waits else "queued",
        story_id=story.id,
        rendition_id=rendition.id if rendition else None,
        channel_id=channel_id,
        number=channel.queued,
        action=action,
        about_id=about.id if about else None,
        case_id=case_id,
        key=key,
        hash=hash,
        headline=story.headline,
        content=dict(content),
        exam_id=(rendition.exam_id if rendition and rendition.signed_hash else None) or story.exam_id,
        not_before=not_before,
        embargo=embargo,
        force_reason=force_reason,
        turn=0,
        attempts=0,
        asked=0,
        notes={},
        evidence={},
        queued_by=unit.actor.id,
        queued_at=unit.now,
        updated_at=unit.now,
    )
    unit.session.add(row)
    unit.session.flush()
    # The app's receipt is given in this very transaction, so nobody has to look.
    if channel.kind != rules.APP:
        look_at(unit, row, not_before if waits else None)
    return changed(unit, row, "queued", action=action, channel=channel_id, hash=hash)


def look_at(unit: UnitOfWork, row: Publication, at: datetime | None = None) -> None:
    """Set the hour of the next look at a publication, now unless one is given; jobs for earlier looks are void."""
    row.turn += 1
    row.next_at = at
    args = {"id": row.id, "turn": row.turn}
    lane = jobs.URGENT if row.action == WITHDRAW else jobs.NORMAL
    unit.enqueue(job_kind(row.channel_id), f"publication:{row.id}:{row.turn}", args, run_at=at, lane=lane)


def is_behind(unit: UnitOfWork, row: Publication, channel: PublishingChannel) -> bool:
    """Tell whether something queued before has to be done first: an edit never overtakes what it edits."""
    query = sa.select(sa.literal(1)).where(
        Publication.channel_id == row.channel_id,
        Publication.number < row.number,
        Publication.state.in_(rules.OPEN),
    )
    if channel.ordered == "story":
        query = query.where(Publication.story_id == row.story_id)
    return unit.session.scalar(query.limit(1)) is not None


def wake_next(unit: UnitOfWork, row: Publication) -> None:
    """Look at what waited for this one to be done."""
    unit.session.flush()
    ordered = unit.session.get_one(PublishingChannel, row.channel_id).ordered
    query = sa.select(Publication).where(
        Publication.channel_id == row.channel_id,
        Publication.number > row.number,
        Publication.state.in_(["queued", "retry_wait"]),
    )
    if ordered == "story":
        query = query.where(Publication.story_id == row.story_id)
    following = unit.session.scalars(query.order_by(Publication.number).limit(1).with_for_update()).one_or_none()
    if following is not None:
        look_at(unit, following)


def wake_channel(unit: UnitOfWork, channel_id: str) -> None:
    """Look at all that waits for a channel, in its order."""
    query = (
        sa.select(Publication)
        .where(Publication.channel_id == channel_id, Publication.state.in_(["queued", "retry_wait"]))
        .order_by(Publication.number)
    )
    for row in unit.session.scalars(query.with_for_update()).all():
        look_at(unit, row)


def reap(unit: UnitOfWork) -> list[Publication]:
    """Look again at what is due and has no job that would: its job died, or was lost with its process.

    What waits for a stop to end or for something queued before is left: that is what will wake it.
    """
    # As `look_at` writes it.
    key = sa.literal("publication:") + Publication.id + ":" + sa.cast(Publication.turn, sa.String)
    has_job = sa.exists().where(Job.key == key, Job.state.in_(["ready", "leased"]))
    # A page or a rundown that has taken something in gives its receipt by itself, and asks for no look.
    is_placed = sa.and_(Publication.state == "sent", Publication.sent_at.is_(None), Publication.next_at.is_(None))
    query = (
        sa.select(Publication)
        .join(PublishingChannel, PublishingChannel.id == Publication.channel_id)
        .where(
            Publication.state.in_(rules.OPEN),
            sa.or_(Publication.next_at.is_(None), Publication.next_at <= unit.now),
            sa.or_(PublishingChannel.state != "halted", Publication.action == WITHDRAW),
            ~is_placed,
            ~has_job,
            ~_waits_its_turn(),
        )
        .order_by(Publication.channel_id, Publication.number)
        .limit(_REAPED_AT_ONCE)
        # Whoever holds one is about to look at it. A reaper that waits for nobody cannot be in anybody's way.
        .with_for_update(of=Publication, skip_locked=True)
    )
    found = list(unit.session.scalars(query))
    for row in found:
        look_at(unit, row)
    return found


def _waits_its_turn() -> sa.ColumnElement[bool]:
    earlier = aliased(Publication)
    line = sa.or_(PublishingChannel.ordered == "channel", earlier.story_id == Publication.story_id)
    before = sa.exists().where(
        earlier.channel_id == Publication.channel_id,
        earlier.number < Publication.number,
        earlier.state.in_(rules.OPEN),
        line,
    )
    return sa.and_(Publication.state.in_(["queued", "retry_wait"]), before)


def move(unit: UnitOfWork, row: Publication, command: str, verb: str, **data: Any) -> Publication:
    """Carry out a command that leads a publication to another state."""
    row.state = PUBLICATION.step(command, row.state, PublicationFacts())
    return changed(unit, row, verb, **data)


# The code of what a person took out of the queue.
CANCELLED = "cancelled"
_ENDS = {"fail": "failed", "cancel": "cancelled", "call_off": "cancelled"}


def end(unit: UnitOfWork, row: Publication, command: str, code: str, words: str) -> Publication:
    """Take a publication out of the queue for good (`fail`, `cancel`, `call_off`); what waited behind it goes on."""
    row.code, row.words = code[:60], words[:300]
    row.lease_until = row.next_at = None
    row.turn += 1
    move(unit, row, command, _ENDS[command], code=code)
    wake_next(unit, row)
    return row


def changed(unit: UnitOfWork, row: Publication, verb: str, **data: Any) -> Publication:
    """Close a change of a publication: number it, record it, place it on the desks that produce its kind."""
    row.ver += 1
    row.updated_at = unit.now
    unit.session.flush()
    unit.record(f"publication.{verb}", row.id, row.ver, state=row.state, story=row.story_id, **data)
    place(unit, row)
    return row


def place(unit: UnitOfWork, row: Publication) -> None:
    """Place a publication on the desks that produce its kind, or where its confidential story is read."""
    unit.place("publication", row.id, row.ver, streams_of(row, unit.session.get_one(Story, row.story_id)))


def is_held_back(story: Story) -> bool:
    """Tell whether a story is strict and has not been before the public: nothing of it is on open desks."""
    return is_strict(story.class_, story.sensitivity) and story.state not in {State.LIVE, State.WITHDRAWN}


def streams_of(row: Publication, story: Story) -> set[str]:
    """List the streams of a publication."""
    kind = row.content["kind"]
    if is_held_back(story):
        return {EXAMINATION}
    # Every article of the app goes to partners too; only the command desk watches that.
    if kind == rules.ARTICLE:
        return {streams.KITCHEN}
    return {streams.KITCHEN, DESK, *desk_streams(kind)}


def channel_changed(unit: UnitOfWork, row: PublishingChannel, verb: str, **data: Any) -> PublishingChannel:
    """Close a change of a channel: number it, record it, place it on the command desk and that of new media."""
    row.ver += 1
    row.updated_at = unit.now
    unit.session.flush()
    unit.record(f"channel.{verb}", row.id, row.ver, state=row.state, **data)
    unit.place("channel", row.id, row.ver, {streams.KITCHEN, streams.desk("newmedia")})
    return row
