"""Reading the inbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.alerts.models import SavedPlace
from backend.clock import iso
from backend.errors import not_found
from backend.inbox.models import TOPIC_TARGETS, Bell, BroadcastRead, Device, Preference
from backend.inbox.rules import DEFAULTS, Wishes, nowhere_topic, town_topic
from backend.inbox.wishes import recipient_of
from backend.paging import Page, paged
from backend.sync.streams import Audience


def list_inbox(session: Session, account_id: str, page: Page) -> dict[str, Any]:
    """List a person's entries and the broadcasts, newest first, with the number of unread ones as `unread`."""
    query = sa.select(Bell).where(_visible_to(account_id))
    read = _read_marks(session, account_id)

    def write(rows: Sequence[Bell]) -> list[dict[str, Any]]:
        return [_write(row, read) for row in rows]

    listing = paged(session, query, page, moment=Bell.at, id=Bell.id, write=write)
    return listing | {"unread": _count_unread(session, account_id, read)}


def _visible_to(account_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(sa.or_(Bell.account_id == account_id, Bell.account_id.is_(None)), Bell.gone.is_(False))


def _read_marks(session: Session, account_id: str) -> dict[str, str]:
    rows = session.scalars(sa.select(BroadcastRead).where(BroadcastRead.account_id == account_id))
    return {row.bell_id: iso(row.at) for row in rows}


def _count_unread(session: Session, account_id: str, read: dict[str, str]) -> int:
    unread = session.scalars(sa.select(Bell.id).where(_visible_to(account_id), Bell.read_at.is_(None)))
    return sum(bell_id not in read for bell_id in unread)


def load_bells(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render entries for the sync streams."""
    shared = audience is Audience.PUBLIC
    query = sa.select(Bell).where(Bell.id.in_(ids), Bell.gone.is_(False))
    query = query.where(Bell.account_id.is_(None) if shared else Bell.account_id.is_not(None))
    return {row.id: _write(row, {}) for row in session.scalars(query)}


def load_reads(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render the marks of read broadcasts, `{id, ver, bell}`."""
    del session
    if audience is not Audience.OWNER:
        return {}
    return {mark: {"id": mark, "ver": 1, "bell": mark.partition(".")[0]} for mark in ids}


def load_preferences(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render what people want to be told of, each for themselves only, once they have changed anything."""
    if audience is not Audience.OWNER:
        return {}
    return {account_id: present_preferences(session, account_id) for account_id in ids}


def _write(bell: Bell, read: dict[str, str]) -> dict[str, Any]:
    return {
        "id": bell.id,
        "ver": bell.ver,
        "kind": bell.kind,
        "title": bell.title,
        "text": bell.text,
        "variants": bell.variants,
        "about": {"kind": bell.about_kind, "id": bell.about_id},
        "at": iso(bell.at),
        "read_at": iso(bell.read_at) if bell.read_at else read.get(bell.id),
    }


def access_device(session: Session, installation_id: str) -> dict[str, Any]:
    """Write an installation; 404 for one that is not registered."""
    device = session.get(Device, installation_id)
    if device is None:
        raise not_found("设备")
    return present_device(device)


def recipient_at(session: Session, installation_id: str) -> str:
    """Return whom bells on an installation are for now; the installation itself where it is not registered."""
    device = session.get(Device, installation_id)
    return installation_id if device is None else recipient_of(device)


def present_device(device: Device) -> dict[str, Any]:
    """Write a device without its token, which is a secret of the vendor's."""
    return {
        "id": device.id,
        "ver": device.ver,
        "platform": device.platform,
        "locale": device.locale,
        "vendor": device.target,
        "preferences": read_preferences(device.preferences),
        "can_ring": device.push_token is not None,
    }


def present_preferences(session: Session, account_id: str) -> dict[str, Any]:
    """Write what a person wants to be told of."""
    held = session.get(Preference, account_id)
    return read_preferences(held.values if held else None) | {"ver": held.ver if held else 0}


def read_preferences(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Write preferences whole: what was said, and the defaults for the rest."""
    return {**DEFAULTS, **(values or {})}


def devices_after(
    session: Session, last_id: str, limit: int, which: sa.ColumnElement[bool] | None = None
) -> Sequence[Device]:
    """Return devices that can ring, in order of id after `last_id`; a broadcast walks them in batches."""
    query = sa.select(Device).where(Device.id > last_id, Device.push_token.is_not(None))
    if which is not None:
        query = query.where(which)
    return session.scalars(query.order_by(Device.id).limit(limit)).all()


def left_to_topics(topics: Sequence[str], since: datetime | None, *, are: bool) -> sa.ColumnElement[bool]:
    """Choose the devices that these topics have rung since then, or that are known to be on others; or all the rest.

    It is for who is looked at first, and not for who is rung: whoever is not surely left to topics is among the rest.
    """
    said = sa.type_coerce(Device.topics, sa.Text)
    on_one = sa.or_(*(said.contains(f'"{topic}"', autoescape=True) for topic in topics))
    # Of somebody who is signed in a saved place may ask for a warning that is about no town of theirs.
    left = sa.and_(Device.topics_at < since, sa.or_(on_one, sa.and_(Device.account_id.is_(None), said != "[]")))
    return left.is_(sa.true()) if are else left.is_not(sa.true())


def devices_of(session: Session, recipients: Sequence[str]) -> Sequence[Device]:
    """Return the devices of these recipients that can ring."""
    mine = sa.or_(Device.account_id.in_(recipients), sa.and_(Device.account_id.is_(None), Device.id.in_(recipients)))
    query = sa.select(Device).where(mine, Device.push_token.is_not(None))
    return session.scalars(query.order_by(Device.id)).all()


def topics_of(session: Session, device: Device, wishes: Wishes) -> list[str]:
    """Return the topics of warnings that a device listens to: those of its owner's towns, in their wording.

    Who has said nothing of where they are is on a topic of their own, as they cannot be ruled out. Who has only saved
    places is on none: a place is judged by the shape of the warning, and no topic can do that.
    """
    if device.target not in TOPIC_TARGETS:
        return []
    if towns := wishes.all_towns:
        return sorted(town_topic(town, wishes.variant) for town in towns)
    places = sa.select(SavedPlace.id).where(SavedPlace.account_id == device.account_id).limit(1)
    if device.account_id is not None and session.scalar(places) is not None:
        return []
    return [nowhere_topic(wishes.variant)]


def export_inbox(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write everything in a person's inbox, for their own export."""
    rows = session.scalars(sa.select(Bell).where(Bell.account_id == account_id, Bell.gone.is_(False)).order_by(Bell.id))
    return [_write(row, {}) for row in rows]


def export_preferences(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write what a person wants to be told of, for their own export."""
    return [present_preferences(session, account_id)]


def export_devices(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write a person's devices, for their own export."""
    rows = session.scalars(sa.select(Device).where(Device.account_id == account_id).order_by(Device.id))
    return [present_device(row) for row in rows]
