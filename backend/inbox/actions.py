"""Ringing, reading, and registering devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backend.errors import AppError, Code
from backend.ids import new_id
from backend.inbox.models import Bell, BroadcastRead, Device, Preference
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

DEFAULTS: dict[str, bool] = {"breaking": True, "notices": True, "requests": True}


def ring(unit: UnitOfWork, *, account_id: str | None, key: str, title: str, text: str, about: tuple[str, str]) -> Bell:
    """Put an entry into a person's inbox, or (account None) into everybody's. The same key rings once."""
    known = unit.session.scalars(sa.select(Bell).where(Bell.key == key)).one_or_none()
    if known is not None:
        return known
    bell = Bell(
        id=new_id(),
        ver=1,
        account_id=account_id,
        key=key,
        title=title[:120],
        text=text[:300],
        about_kind=about[0],
        about_id=about[1],
        gone=False,
        at=unit.now,
        read_at=None,
    )
    unit.session.add(bell)
    unit.session.flush()
    unit.place("bell", bell.id, bell.ver, _streams(bell))
    return bell


def _streams(bell: Bell) -> set[str]:
    if bell.gone:
        return set()
    return {streams.PUBLIC if bell.account_id is None else streams.user(bell.account_id)}


def rewrite(unit: UnitOfWork, about: tuple[str, str], *, title: str, text: str) -> Sequence[Bell]:
    """Change what bells about a thing say, after a correction; return them."""
    bells = _bells_about(unit, about)
    for bell in bells:
        bell.title, bell.text = title[:120], text[:300]
        bell.ver += 1
        unit.place("bell", bell.id, bell.ver, _streams(bell))
    return bells


def silence(unit: UnitOfWork, about: tuple[str, str]) -> Sequence[Bell]:
    """Take bells about a withdrawn thing out of every inbox, with their words; return them."""
    bells = _bells_about(unit, about)
    for bell in bells:
        bell.title = bell.text = ""
        bell.gone = True
        bell.ver += 1
        unit.place("bell", bell.id, bell.ver, _streams(bell))
    return bells


def _bells_about(unit: UnitOfWork, about: tuple[str, str]) -> Sequence[Bell]:
    query = sa.select(Bell).where(Bell.about_kind == about[0], Bell.about_id == about[1], Bell.gone.is_(False))
    return unit.session.scalars(query.with_for_update()).all()


def read_bells(unit: UnitOfWork, ids: Sequence[str] | None) -> int:
    """Mark entries as read, all of them when `ids` is None; return how many were unread. Unknown ids are ignored."""
    mine = sa.select(Bell).where(Bell.account_id == unit.actor.id, Bell.read_at.is_(None), Bell.gone.is_(False))
    shared = sa.select(Bell.id).where(Bell.account_id.is_(None), Bell.gone.is_(False))
    if ids is not None:
        mine, shared = mine.where(Bell.id.in_(ids)), shared.where(Bell.id.in_(ids))
    count = 0
    for bell in unit.session.scalars(mine.with_for_update()):
        bell.read_at = unit.now
        bell.ver += 1
        count += 1
        unit.place("bell", bell.id, bell.ver, _streams(bell))
    known = set(unit.session.scalars(sa.select(BroadcastRead.bell_id).where(BroadcastRead.account_id == unit.actor.id)))
    fresh = [bell_id for bell_id in unit.session.scalars(shared) if bell_id not in known]
    for bell_id in fresh:
        unit.session.add(BroadcastRead(account_id=unit.actor.id, bell_id=bell_id, at=unit.now))
        # The mark has an id of its own for each person, so that no reader learns of another.
        unit.place("read", f"{bell_id}.{unit.actor.id}"[:64], 1, {streams.user(unit.actor.id)})
    return count + len(fresh)


def register_device(unit: UnitOfWork, installation_id: str, form: dict[str, Any]) -> Device:
    """Register an installation, or bring it up to date. It rings for whoever is signed in on it now."""
    device = unit.session.get(Device, installation_id, with_for_update=True)
    if device is None:
        device = Device(id=installation_id, ver=0)
        unit.session.add(device)
    token = form.get("push_token")
    if token is not None:
        # A token belongs to one installation; a re-installed app comes with a new id and the old token.
        unit.session.execute(
            sa.update(Device).where(Device.push_token == token, Device.id != installation_id).values(push_token=None)
        )
    device.account_id = unit.actor.id if unit.actor.kind in {"citizen", "staff"} else None
    device.platform, device.locale, device.push_token = form["platform"], form["locale"], token
    device.seen_at, device.dropped_reason = unit.now, None
    device.ver += 1
    unit.session.flush()
    if token is not None:
        unit.enqueue("push.subscribe", f"push.subscribe:{device.id}:{device.ver}", {"device": device.id})
    return device


def forget_device(unit: UnitOfWork, installation_id: str) -> None:
    """Forget an installation; it rings no more. An unknown one is fine."""
    unit.session.execute(sa.delete(Device).where(Device.id == installation_id))


def drop_tokens(unit: UnitOfWork, tokens: Sequence[str], reason: str) -> None:
    """Forget push tokens that the vendor says are dead."""
    unit.session.execute(
        sa.update(Device).where(Device.push_token.in_(tokens)).values(push_token=None, dropped_reason=reason)
    )


def edit_preferences(unit: UnitOfWork, form: dict[str, bool], if_match: int | None) -> Preference:
    """Change what the actor wants to be told of."""
    preference = unit.session.get(Preference, unit.actor.id, with_for_update=True)
    if preference is None:
        preference = Preference(account_id=unit.actor.id, ver=0, values=dict(DEFAULTS))
        unit.session.add(preference)
    if if_match is not None and if_match != preference.ver:
        raise AppError(Code.STALE, 412, "设置已在别处改过，请先读取最新的。", data={"ver": preference.ver})
    preference.values = preference.values | form
    preference.ver += 1
    unit.session.flush()
    unit.record("preference.edited", unit.actor.id, preference.ver, fields=sorted(form))
    return preference


def erase_inbox(unit: UnitOfWork, account_id: str) -> None:
    """Remove a person's entries, marks, devices and preferences, as they close their account."""
    for bell in unit.session.scalars(sa.select(Bell).where(Bell.account_id == account_id)):
        unit.place("bell", bell.id, bell.ver, set())
        unit.session.delete(bell)
    for mark in unit.session.scalars(sa.select(BroadcastRead).where(BroadcastRead.account_id == account_id)):
        unit.place("read", f"{mark.bell_id}.{account_id}"[:64], 1, set())
        unit.session.delete(mark)
    for table in (Device, Preference):
        unit.session.execute(sa.delete(table).where(table.account_id == account_id))
