"""Reading the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.clock import iso
from backend.errors import not_found
from backend.inbox.actions import DEFAULTS
from backend.inbox.models import Bell, BroadcastRead, Device, Preference
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
        "title": bell.title,
        "text": bell.text,
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


def present_device(device: Device) -> dict[str, Any]:
    """Write a device without its token, which is a secret of the vendor's."""
    return {
        "id": device.id,
        "ver": device.ver,
        "platform": device.platform,
        "locale": device.locale,
        "can_ring": device.push_token is not None,
    }


def present_preferences(session: Session, account_id: str) -> dict[str, Any]:
    """Write what a person wants to be told of."""
    held = session.get(Preference, account_id)
    return DEFAULTS | (held.values if held else {}) | {"ver": held.ver if held else 0}


def tokens_after(session: Session, last_id: str, limit: int) -> Sequence[Device]:
    """Return devices that can ring, in order of id after `last_id`; a broadcast walks them in batches."""
    query = sa.select(Device).where(Device.id > last_id, Device.push_token.is_not(None))
    return session.scalars(query.order_by(Device.id).limit(limit)).all()


def devices_of(session: Session, account_id: str) -> Sequence[Device]:
    """Return a person's devices that can ring."""
    query = sa.select(Device).where(Device.account_id == account_id, Device.push_token.is_not(None))
    return session.scalars(query.order_by(Device.id)).all()


def tokens_of_devices(session: Session, ids: Sequence[str], bell_id: str) -> dict[str, str]:
    """Return {token: device id} of those devices that can ring and whose owners want this kind of bell."""
    bell = session.get_one(Bell, bell_id)
    # A warning cannot be switched off, nor can what the house tells its own people.
    wish = {"article": "breaking", "notice": "notices", "request": "requests"}.get(bell.about_kind)
    devices = session.scalars(sa.select(Device).where(Device.id.in_(ids), Device.push_token.is_not(None))).all()
    owners = {device.account_id for device in devices if device.account_id}
    deaf = {
        row.account_id
        for row in session.scalars(sa.select(Preference).where(Preference.account_id.in_(owners)))
        if wish is not None and not (DEFAULTS | row.values)[wish]
    }
    mine = bell.account_id
    return {
        device.push_token: device.id
        for device in devices
        if device.push_token and device.account_id not in deaf and mine in {None, device.account_id}
    }


def topics_of(session: Session, device: Device) -> list[str]:
    """Return the topics a device listens to: that of everybody, and its owner's town; none if they want no notices."""
    owner = session.get(Account, device.account_id) if device.account_id else None
    if owner is None:
        return ["pub"]
    if not present_preferences(session, owner.id)["notices"]:
        return []
    return ["pub", f"town_{owner.town}"] if owner.town else ["pub"]


def export_inbox(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write everything in a person's inbox, for their own export."""
    rows = session.scalars(sa.select(Bell).where(Bell.account_id == account_id, Bell.gone.is_(False)).order_by(Bell.id))
    return [_write(row, {}) for row in rows]


def export_devices(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write a person's devices, for their own export."""
    rows = session.scalars(sa.select(Device).where(Device.account_id == account_id).order_by(Device.id))
    return [present_device(row) for row in rows]
