"""Receipts: that something is out, where, and that what stands there is what was signed.

Channels of the house's own (newspaper, broadcast) give theirs when the page is printed or the item was on the air; the
queue gives those of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from backend.errors import AppError, Code
from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages.actions import demand_out, note_live
from backend.policy import Role
from backend.publishing import watches
from backend.publishing.channel import CREATE, EDIT, NOTICE, WITHDRAW
from backend.publishing.drift import report_drift
from backend.publishing.models import Publication, PublishingChannel
from backend.publishing.queue import access_publication, end, move, put_in, wake_next
from backend.unit_of_work import UnitOfWork

FAILED, DOUBT = "publication_failed", "publication_uncertain"
_TO = (Role.CHANNEL_OPERATOR, Role.DUTY_EDITOR)


def ensure_publication(
    unit: UnitOfWork, rendition: Rendition, channel_id: str, action: str = CREATE, **how: Any
) -> Publication:
    """Queue a rendition for a channel, unless it is; `how` are further arguments of `queue.put_in`.

    Raises:
        AppError: 409 `exam_required` for what is not examined and cleared, `no_channel` for a channel that there is not
            or that does not take this kind.
    """
    story = unit.session.get_one(Story, rendition.story_id, with_for_update=True)
    demand_out(unit, story, rendition)
    channel = unit.session.get(PublishingChannel, channel_id)
    if channel is None or rendition.kind not in channel.takes:
        raise no_channel()
    return put_in(unit, story, channel_id, action, content_of(rendition), rendition=rendition, **how)


def content_of(rendition: Rendition) -> dict[str, Any]:
    """Return what of a rendition goes out: exactly what its hash was made of."""
    return {"kind": rendition.kind, "fields": rendition.fields}


def no_channel() -> AppError:
    """Make the refusal for what has nowhere to go."""
    return AppError(
        Code.NO_CHANNEL,
        409,
        "没有可以刊发的渠道。",
        data={"guard": "channel", "needs": "选一个已接通、收这种渠道稿的渠道，并先放行渠道稿"},
    )


def give_receipt(
    unit: UnitOfWork,
    row: Publication,
    *,
    external_id: str,
    url: str | None = None,
    shown_hash: str | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> Publication:
    """Write down that a publication is out. `shown_hash` is that of the text that was read back."""
    row.external_id, row.url = external_id[:200], (url or row.url or "")[:500] or None
    row.shown_hash = shown_hash
    row.evidence = {**row.evidence, **(evidence or {})}
    row.code = row.words = row.field = row.next_at = row.lease_until = None
    row.sent_at = row.sent_at or unit.now
    row.receipted_at = unit.now
    row.turn += 1
    told = {"channel": row.channel_id, "action": row.action, "external_id": row.external_id}
    move(unit, row, "receipt", "receipted", **told, **_form_of(unit, row))
    for kind in (FAILED, DOUBT):
        clear_alarms(unit, kind, row.id)
    _follow(unit, row)
    if shown_hash is not None and shown_hash != row.expected_hash:
        unit.record(
            "publication.drift", row.id, row.ver, hash=row.hash, expected=row.expected_hash, shown=row.shown_hash
        )
        report_drift(unit, row, shown=row.shown_hash, signer=watches.signer_of(unit.session, row))
    watches.begin(unit, row)
    wake_next(unit, row)
    return row


def _form_of(unit: UnitOfWork, row: Publication) -> dict[str, Any]:
    """Say what went out, in which form and on what kind of channel: edited products are worth more than copies."""
    rendition = unit.session.get(Rendition, row.rendition_id) if row.rendition_id else None
    channel = unit.session.get_one(PublishingChannel, row.channel_id)
    return {
        "kind": row.content["kind"],
        "transform": rendition.transform if rendition else None,
        "medium": channel.kind,
    }


def _follow(unit: UnitOfWork, row: Publication) -> None:
    """Carry over what a receipt means for the rendition, and for the post it is about."""
    if row.action == CREATE and row.rendition_id is not None:
        note_live(unit, row.rendition_id)
    if row.about_id is None or row.action not in {EDIT, WITHDRAW}:
        return
    about = access_publication(unit, row.about_id)
    if row.action == EDIT:
        for version in _line_of(unit, about):
            if version.id != row.id and version.state == "receipted":
                move(unit, version, "supersede", "superseded", by=row.id)
    if row.action == WITHDRAW and about.state in {"receipted", "superseded"}:
        for version in _line_of(unit, about):
            move(unit, version, "withdraw", "withdrawn", by=row.id)


def _line_of(unit: UnitOfWork, row: Publication) -> list[Publication]:
    """List a post's versions: what was created, and what it was changed into; all of them are one post outside."""
    query = sa.select(Publication).where(
        Publication.channel_id == row.channel_id,
        Publication.story_id == row.story_id,
        Publication.state.in_(["receipted", "superseded"]),
        Publication.action.in_([CREATE, EDIT, NOTICE]),
    )
    found = list(unit.session.scalars(query.order_by(Publication.number).with_for_update()))
    # An edit follows what it is about; some channels give each word an id of its own, so ids alone do not tell.
    line = {row.id, row.about_id}
    for each in reversed(found):
        if each.id in line:
            line.add(each.about_id)
    for each in found:
        if each.external_id == row.external_id or (each.action == EDIT and each.about_id in line):
            line.add(each.id)
    return [each for each in found if each.id in line]


def fail(unit: UnitOfWork, row: Publication, code: str, words: str, field: str | None = None) -> Publication:
    """Give a publication up, and tell its editor why in words."""
    row.field = field
    end(unit, row, "fail", code, words)
    if row.case_id is not None:
        # Its case has other ways left, and asks for hands when there are none.
        return row
    channel = unit.session.get_one(PublishingChannel, row.channel_id)
    raise_alarm(
        unit,
        key=f"{FAILED}:{row.id}:{row.ver}",
        kind=FAILED,
        about=("publication", row.id),
        to=_TO,
        text=f"《{row.headline}》没有发到{channel.name}：{words}",
    )
    return row


def report_doubt(unit: UnitOfWork, row: Publication) -> None:
    """Raise the alarm that a channel cannot be asked whether something is out."""
    channel = unit.session.get_one(PublishingChannel, row.channel_id)
    raise_alarm(
        unit,
        key=f"{DOUBT}:{row.id}",
        kind=DOUBT,
        about=("publication", row.id),
        to=_TO,
        text=f"《{row.headline}》在{channel.name}上的结果不明，正在继续查询，查明前不会重发。",
    )


def pull(unit: UnitOfWork, row: Publication, why: str) -> Publication:
    """Take back what is not out yet: from its page, its rundown, or the queue. What is out stays as it is."""
    if row.state in {"held", "queued", "retry_wait", "sent"}:
        end(unit, row, "call_off", "called_off", why)
    return row


def note_placed(unit: UnitOfWork, row: Publication, external_id: str) -> Publication:
    """Write down that a channel of the house has taken a publication in, and will give its receipt by itself."""
    row.external_id, row.next_at = external_id[:200], None
    row.turn += 1
    return move(unit, row, "place", "placed", channel=row.channel_id)
