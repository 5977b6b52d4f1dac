"""What people do with the queue: publish, send again, cancel, halt, resume; and which channels there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.errors import demand_version, invalid
from backend.newsroom.desk import publish_story, release_overdue
from backend.newsroom.editing.actions import access_named_story
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages.actions import demand_out, note_live
from backend.newsroom.editing.packages.rows import access_rendition, stands
from backend.newsroom.editing.packages.rules import OWN_KIND
from backend.newsroom.editing.rules import State
from backend.publishing import rules
from backend.publishing.cases import corrected, note_result
from backend.publishing.channel import CREATE, Capabilities
from backend.publishing.models import Publication, PublishingChannel
from backend.publishing.overtaking import ASK_FIRST
from backend.publishing.queue import (
    CANCELLED,
    access_channel,
    changed,
    channel_changed,
    end,
    lock_channels,
    lock_publication,
    look_at,
    move,
    put_in,
    wake_channel,
)
from backend.publishing.receipts import ensure_publication, give_receipt, no_channel
from backend.publishing.rules import CHANNEL, PUBLICATION, PublicationFacts
from backend.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A channel that the settings of this installation name, and what it begins with.

    With one call at a time (`parallel`) things go out in the order in which they were queued.
    """

    id: str
    kind: str
    name: str
    takes: Sequence[str]
    can: Capabilities
    per_minute: int = 60
    parallel: int = 1
    ordered: str = "story"


def ensure_channels(unit: UnitOfWork, specs: Iterable[ChannelSpec]) -> None:
    """Make the rows of channels that are new, and follow what their adapters can do. A centre's own limits stay."""
    for spec in specs:
        row = unit.session.get(PublishingChannel, spec.id, with_for_update=True)
        if row is None:
            row = PublishingChannel(
                id=spec.id,
                ver=0,
                kind=spec.kind,
                name=spec.name,
                state="up",
                takes=list(spec.takes),
                can=asdict(spec.can),
                per_minute=spec.per_minute,
                parallel=spec.parallel,
                ordered=spec.ordered,
                queued=0,
                failures=0,
                updated_at=unit.now,
            )
            unit.session.add(row)
            channel_changed(unit, row, "added", kind=row.kind)
        elif row.can != asdict(spec.can):
            row.can = asdict(spec.can)
            channel_changed(unit, row, "followed")


def publish_rendition(
    unit: UnitOfWork,
    rendition_id: str,
    *,
    channels: Sequence[str] | None = None,
    not_before: datetime | None = None,
    embargo: bool = False,
    if_match: int | None = None,
) -> Rendition:
    """Publish a cleared rendition on the channels that take its kind, or on some of them.

    Its story is live in the app first, or will be at the same hour: whoever reads a post finds the whole there.

    Raises:
        AppError: 409 `exam_required` for what was not examined or cleared, `no_channel` where there is none.
    """
    story, row = access_rendition(unit, rendition_id, if_match)
    demand_out(unit, story, row)
    if row.kind == OWN_KIND:
        _release(unit, story, not_before)
        note_live(unit, row.id)
        return row
    lock_channels(unit)
    wanted = _channels_for(unit, [row.kind], channels)
    if not wanted:
        raise no_channel()
    _release(unit, story, not_before)
    for channel in wanted:
        ensure_publication(unit, row, channel.id, not_before=not_before, embargo=embargo)
    return row


def publish_package(
    unit: UnitOfWork,
    story_id: str,
    *,
    channels: Sequence[str] | None = None,
    not_before: datetime | None = None,
    embargo: bool = False,
) -> list[Publication]:
    """Publish a story on every channel that it has a cleared rendition for, or on some of them; the app is among them.

    Raises:
        AppError: 409 `no_channel` if there is none; 422 naming a story or a channel that there is not.
    """
    story = access_named_story(unit, story_id)
    lock_channels(unit)
    query = sa.select(Rendition).where(Rendition.story_id == story.id).order_by(Rendition.id)
    rows = {row.kind: row for row in unit.session.scalars(query.with_for_update())}
    ready = {kind: row for kind, row in rows.items() if row.state in {"cleared", "live"} and kind != OWN_KIND}
    wanted = _channels_for(unit, list(ready), channels)
    in_app = rules.APP in channels if channels is not None else rules.APP in story.targets
    if not wanted and not in_app:
        raise no_channel()
    _release(unit, story, not_before)
    if OWN_KIND in rows:
        note_live(unit, rows[OWN_KIND].id)
    return [
        ensure_publication(unit, ready[kind], channel.id, not_before=not_before, embargo=embargo)
        for channel in wanted
        for kind in channel.takes
        if kind in ready
    ]


def _release(unit: UnitOfWork, story: Story, not_before: datetime | None) -> None:
    if story.state != State.LIVE and not (story.state == State.SCHEDULED and not_before is not None):
        publish_story(unit, story.id, publish_at=not_before)


def _channels_for(unit: UnitOfWork, kinds: Sequence[str], names: Sequence[str] | None) -> list[PublishingChannel]:
    rows = unit.session.scalars(sa.select(PublishingChannel).order_by(PublishingChannel.id)).all()
    _demand_known(rows, names or ())
    return [row for row in rows if (names is None or row.id in names) and not set(kinds).isdisjoint(row.takes)]


def _demand_known(rows: Iterable[PublishingChannel], names: Sequence[str]) -> None:
    known = {row.id for row in rows}
    for at, name in enumerate(names):
        if name not in known:
            raise invalid(f"channels.{at}", "unknown", "没有这个渠道")


def resend(unit: UnitOfWork, publication_id: str, *, force: bool, reason: str | None) -> Publication:
    """Send a publication again. Under its own key, nothing goes out twice: what is out or on its way stays as it is.

    `force` sends it anew, beside what is there, and needs a reason.

    Raises:
        AppError: 409 for one that was withdrawn, or whose story was.
    """
    row = lock_publication(unit, publication_id)
    story = unit.session.get_one(Story, row.story_id)
    rules.STORY_STANDS.demand(PublicationFacts(stands=stands(story) and row.state != "withdrawn"))
    if force:
        rules.FORCE_REASON.demand(PublicationFacts(reason=reason))
        rendition = unit.session.get(Rendition, row.rendition_id) if row.rendition_id else None
        if rendition is None:
            raise no_channel()
        return ensure_publication(unit, rendition, row.channel_id, extra=f"force:{row.ver}", force_reason=reason)
    if row.state in {"failed", "cancelled"} and row.action == CREATE:
        instead = _instead_of(unit, story, row)
        if instead is not None:
            return instead
    if row.state in {"failed", "cancelled"}:
        row.state = PUBLICATION.step("resend", row.state, PublicationFacts())
        row.attempts = row.asked = 0
        # What failed may be out all the same; it is asked after before it is sent.
        row.evidence = row.evidence | {ASK_FIRST: True}
        row.code = row.words = row.field = None
        look_at(unit, row)
        return changed(unit, row, "requeued")
    return row


def _instead_of(unit: UnitOfWork, story: Story, row: Publication) -> Publication | None:
    """Return what goes out in the place of words that were corrected since they were queued; None if they stand."""
    later = sa.select(Publication).where(
        Publication.story_id == row.story_id,
        Publication.channel_id == row.channel_id,
        Publication.rendition_id == row.rendition_id,
        Publication.action == CREATE,
        Publication.number > row.number,
        Publication.state.not_in(["failed", "cancelled", "withdrawn"]),
    )
    found = unit.session.scalars(later.order_by(Publication.number).limit(1)).one_or_none()
    if found is not None:
        return found
    rendition = unit.session.get(Rendition, row.rendition_id) if row.rendition_id else None
    content = corrected(unit, story, row)
    if content is None and rendition is not None:
        demand_out(unit, story, rendition)
    if content is None or _words(content) == _words(row.content):
        return None
    return put_in(unit, story, row.channel_id, CREATE, content, rendition=rendition, extra=f"instead:{row.id}")


def _words(content: dict[str, Any]) -> dict[str, Any]:
    """Return what a reader gets of a publication; an article's number may be another without that."""
    return {name: value for name, value in content["fields"].items() if name != "version"}


def settle(unit: UnitOfWork, publication_id: str, *, out: bool, external_id: str | None, told: str) -> Publication:
    """Say of an uncertain publication what a person has found on the channel: out under this id, or not out.

    Raises:
        AppError: 409 for one whose fate is known; 422 for one that is out and has no id.
    """
    row = lock_publication(unit, publication_id)
    PUBLICATION.way("settle", row.state)
    if out and not external_id:
        raise invalid("external_id", "missing", "已经发出的，请填渠道上的编号")
    row.evidence = row.evidence | {"told": told, "told_by": unit.actor.id}
    if out:
        give_receipt(unit, row, external_id=str(external_id))
        note_result(unit, row)
        return row
    row.asked = 0
    # What earlier tries left with the channel, such as a draft, is thrown away or worth nothing: it begins anew.
    row.notes = {}
    look_at(unit, row)
    return move(unit, row, "reconcile", "reconciled", found=False, by_hand=True)


def cancel(unit: UnitOfWork, publication_id: str, reason: str) -> Publication:
    """Take a publication out of the queue before it goes out.

    Raises:
        AppError: 409 for one that is out, or may be.
    """
    row = lock_publication(unit, publication_id)
    PUBLICATION.way("cancel", row.state)
    end(unit, row, "cancel", CANCELLED, reason)
    note_result(unit, row)
    return row


def halt(unit: UnitOfWork, channels: Sequence[str] | None, reason: str) -> list[PublishingChannel]:
    """Stop channels, or all of them 停发. What is queued stays queued; what is to be taken back goes on."""
    rows = _named(unit, channels)
    for row in rows:
        if row.state == "halted" and channels is None:
            continue
        row.state = CHANNEL.step("halt", row.state)
        row.halted_by, row.halted_at, row.reason = unit.actor.id, unit.now, reason
        channel_changed(unit, row, "halted")
    return rows


def resume(unit: UnitOfWork, channels: Sequence[str] | None, reason: str) -> list[PublishingChannel]:
    """Let stopped channels go on; what was queued meanwhile goes out in its order."""
    rows = _named(unit, channels)
    for row in rows:
        if row.state != "halted" and channels is None:
            continue
        row.state = CHANNEL.step("resume", row.state)
        row.halted_by = row.halted_at = None
        row.reason, row.failures = reason, 0
        channel_changed(unit, row, "resumed")
        wake_channel(unit, row.id)
        if row.kind == rules.APP:
            release_overdue(unit)
    return rows


def _named(unit: UnitOfWork, channels: Sequence[str] | None) -> list[PublishingChannel]:
    query = sa.select(PublishingChannel).order_by(PublishingChannel.id)
    if channels is not None:
        query = query.where(PublishingChannel.id.in_(channels))
    rows = list(unit.session.scalars(query.with_for_update()))
    _demand_known(rows, channels or ())
    return rows


def set_limits(unit: UnitOfWork, channel_id: str, given: dict[str, Any], if_match: int | None) -> PublishingChannel:
    """Change what a channel is held to: its name and its rate."""
    row = access_channel(unit, channel_id)
    demand_version(row.ver, if_match, "渠道设置已有改动，请先读取最新的。")
    for name, value in given.items():
        setattr(row, name, value)
    channel_changed(unit, row, "set", fields=sorted(given))
    wake_channel(unit, row.id)
    return row
