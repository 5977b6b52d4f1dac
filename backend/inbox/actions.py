"""Ringing, reading, and registering devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from backend.db import delete_some
from backend.district.queries import demand_sections, demand_towns
from backend.errors import demand_version, invalid
from backend.events.models import Event
from backend.ids import new_id
from backend.inbox.models import TOPIC_TARGETS, WEB_PUSH, Bell, BroadcastRead, Device, Preference
from backend.inbox.rings.actions import RINGS_KEPT, forget_recipient
from backend.inbox.rings.models import DayCount, Ring
from backend.inbox.rules import Kind
from backend.inbox.web_push import read_subscription
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

INBOX_KEPT = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Words:
    """What a bell says, in plain Chinese, and in the wordings that say it otherwise: `{variant: (title, text)}`."""

    title: str
    text: str
    variants: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def ring(
    unit: UnitOfWork,
    *,
    account_id: str | None,
    key: str,
    kind: Kind,
    words: Words,
    about: tuple[str, str],
    through: bool = False,
    ends_at: datetime | None = None,
) -> Bell:
    """Put an entry into a person's inbox, or (account None) into everybody's. The same key rings once.

    `through` and `ends_at` are those of `Bell`.
    """
    known = unit.session.scalars(sa.select(Bell).where(Bell.key == key)).one_or_none()
    if known is not None:
        return known
    bell = Bell(
        id=new_id(),
        ver=1,
        account_id=account_id,
        key=key,
        kind=kind,
        through=through,
        about_kind=about[0],
        about_id=about[1],
        gone=False,
        at=unit.now,
        said_at=unit.now,
        ends_at=ends_at,
        read_at=None,
    )
    _say(bell, words)
    unit.session.add(bell)
    unit.session.flush()
    unit.place("bell", bell.id, bell.ver, _streams(bell))
    return bell


def _say(bell: Bell, words: Words) -> None:
    bell.title, bell.text = words.title[:120], words.text[:300]
    bell.variants = {name: {"title": title[:120], "text": text[:300]} for name, (title, text) in words.variants.items()}


def _streams(bell: Bell) -> set[str]:
    if bell.gone:
        return set()
    return {streams.PUBLIC if bell.account_id is None else streams.user(bell.account_id)}


def rewrite(
    unit: UnitOfWork,
    about: tuple[str, str],
    words: Words,
    *,
    key: str = "",
    through: bool = False,
    ends_at: datetime | None = None,
) -> Sequence[Bell]:
    """Change what bells about a thing say, after a correction; return them. `key` is how the keys of those begin."""
    bells = _bells_about(unit, about, key)
    for bell in bells:
        _say(bell, words)
        bell.through, bell.ends_at = through, ends_at
        _move_on(unit, bell)
    return bells


def silence(unit: UnitOfWork, about: tuple[str, str], *, key: str = "") -> Sequence[Bell]:
    """Take bells about a withdrawn thing out of every inbox, with their words; return them. `key` as in `rewrite`."""
    bells = _bells_about(unit, about, key)
    for bell in bells:
        _say(bell, Words("", ""))
        bell.gone = True
        _move_on(unit, bell)
    return bells


def _move_on(unit: UnitOfWork, bell: Bell) -> None:
    bell.ver += 1
    bell.said_at = unit.now
    unit.place("bell", bell.id, bell.ver, _streams(bell))


def _bells_about(unit: UnitOfWork, about: tuple[str, str], key: str) -> Sequence[Bell]:
    query = sa.select(Bell).where(Bell.about_kind == about[0], Bell.about_id == about[1], Bell.gone.is_(False))
    begun = query.where(Bell.key.startswith(key, autoescape=True)) if key else query
    return unit.session.scalars(begun.with_for_update()).all()


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
    """Register an installation, or bring it up to date. It rings for whoever is signed in on it now.

    Raises:
        AppError: 422 naming the keys of a browser that nothing can be sealed for, or the town or section of its
            preferences that does not exist.
    """
    token, target = _address_of(form)
    # Before anything is begun: what is looked up on the way would have half a device written.
    _demand_places(unit, form.get("preferences", {}))
    if token is not None:
        # A token belongs to one installation; a re-installed app comes with a new id and the old token.
        others = sa.update(Device).where(Device.push_token == token, Device.id != installation_id)
        unit.session.execute(others.values(push_token=None, ver=Device.ver + 1))
    device = unit.session.get(Device, installation_id, with_for_update=True)
    if device is None:
        device = Device(id=installation_id, ver=0)
        unit.session.add(device)
    person = unit.actor.kind in {"citizen", "staff"}
    device.account_id = unit.actor.id if person else None
    device.session_id = unit.actor.session_id if person else None
    if (token, target) != (device.push_token, device.target):
        # The vendor knows nothing of a new token yet.
        device.topics = device.topics_at = None
    device.platform, device.locale = form["platform"], form["locale"]
    device.push_token, device.target = token, target
    if "preferences" in form:
        device.preferences = {**(device.preferences or {}), **form["preferences"]}
    device.seen_at, device.dropped_reason = unit.now, None
    device.ver += 1
    unit.session.flush()
    tell_topics(unit, device)
    return device


def _address_of(form: Mapping[str, Any]) -> tuple[str | None, str]:
    """Return where the vendor reaches an installation, and which vendor."""
    if form.get("web_push") is not None:
        try:
            return read_subscription(form["web_push"]).address, WEB_PUSH
        except ValueError:
            raise invalid("web_push.keys", "invalid", "浏览器给的密钥不能用") from None
    return form.get("push_token"), form["vendor"]


def _demand_places(unit: UnitOfWork, form: Mapping[str, Any]) -> None:
    demand_towns(unit.session, form.get("towns", []))
    demand_sections(unit.session, form.get("muted_sections", []), "muted_sections")
    for name, sections in form.get("channels", {}).items():
        demand_sections(unit.session, sections, f"channels.{name}")


def tell_topics(unit: UnitOfWork, device: Device) -> None:
    """Have the vendor told on which topics this installation belongs now."""
    if device.push_token is not None and device.target in TOPIC_TARGETS:
        # The version alone would not do: an installation that was forgotten and comes back begins again at 1.
        key = f"push.subscribe:{device.id}:{device.ver}:{unit.command_id}"
        unit.enqueue("push.subscribe", key, {"device": device.id})


def detach_devices(unit: UnitOfWork, event: Event) -> None:
    """Leave the installations of an ended sign-in to nobody: they ring for all, and no more for this person."""
    for device in _devices(unit, Device.session_id == event.entity_id):
        _detach(unit, device)


def _detach(unit: UnitOfWork, device: Device) -> None:
    device.account_id = device.session_id = None
    device.ver += 1
    tell_topics(unit, device)


def move_devices(unit: UnitOfWork, event: Event) -> None:
    """Put a person's installations on other topics when their town or their wishes have changed."""
    for device in _devices(unit, Device.account_id == event.entity_id):
        device.ver += 1
        tell_topics(unit, device)


def _devices(unit: UnitOfWork, which: sa.ColumnElement[bool]) -> Sequence[Device]:
    return unit.session.scalars(sa.select(Device).where(which).order_by(Device.id).with_for_update()).all()


def note_topics(unit: UnitOfWork, device_id: str, ver: int, topics: Sequence[str]) -> None:
    """Write down on which topics the vendor was told to have a device, as it was at version `ver`.

    If it has changed meanwhile, the vendor may have it on old and new ones; both are noted, and one more job asked for.
    """
    device = unit.session.get(Device, device_id, with_for_update=True)
    if device is None:
        return
    device.topics_at = unit.now
    if device.ver == ver:
        device.topics = list(topics)
        return
    device.topics = sorted({*topics, *(device.topics or [])})
    device.ver += 1
    tell_topics(unit, device)


def forget_device(unit: UnitOfWork, installation_id: str) -> None:
    """Forget an installation; it rings no more. An unknown one is fine."""
    unit.session.execute(sa.delete(Device).where(Device.id == installation_id))


def drop_tokens(unit: UnitOfWork, tokens: Sequence[str], reason: str) -> None:
    """Forget push tokens that the vendor says are dead."""
    unit.session.execute(
        sa.update(Device)
        .where(Device.push_token.in_(tokens))
        .values(push_token=None, dropped_reason=reason, ver=Device.ver + 1)
    )


def edit_preferences(unit: UnitOfWork, form: dict[str, Any], if_match: int | None) -> Preference:
    """Change what the actor wants to be told of, and when.

    Raises:
        AppError: 422 naming the town or section that does not exist.
    """
    preference = unit.session.get(Preference, unit.actor.id, with_for_update=True)
    if preference is None:
        preference = Preference(account_id=unit.actor.id, ver=0, values={})
        unit.session.add(preference)
    demand_version(preference.ver, if_match, "设置已在别处改过，请先读取最新的。")
    _demand_places(unit, form)
    preference.values = preference.values | form
    preference.ver += 1
    unit.session.flush()
    unit.record("preference.edited", unit.actor.id, preference.ver, fields=sorted(form))
    unit.place("preference", unit.actor.id, preference.ver, {streams.user(unit.actor.id)})
    return preference


def forget_rings(unit: UnitOfWork, most: int) -> bool:
    """Forget so many of the decisions about ringing that are older than 35 days; tell whether more may be left."""
    return delete_some(unit.session, Ring, Ring.planned_at < unit.now - RINGS_KEPT, most)


def forget_days(unit: UnitOfWork, most: int) -> bool:
    """Forget so many of the counts of past days; tell whether more may be left."""
    return delete_some(unit.session, DayCount, DayCount.day < (unit.now - timedelta(days=2)).date(), most)


def forget_bells(unit: UnitOfWork, most: int) -> bool:
    """Forget so many of the entries that are older than 180 days, or of their marks; tell whether more may be left."""
    before = unit.now - INBOX_KEPT
    old = sa.select(Bell.id).where(Bell.at < before)
    # A broadcast has as many marks as it had readers, so those go first, and it goes when it has none left.
    marks = unit.session.scalars(sa.select(BroadcastRead).where(BroadcastRead.bell_id.in_(old)).limit(most)).all()
    for mark in marks:
        unit.place("read", f"{mark.bell_id}.{mark.account_id}"[:64], 1, set())
        unit.session.delete(mark)
    unit.session.flush()
    if len(marks) == most:
        return True
    bells = unit.session.scalars(sa.select(Bell).where(Bell.at < before).limit(most)).all()
    for bell in bells:
        unit.place("bell", bell.id, bell.ver, set())
        unit.session.delete(bell)
    return len(bells) == most


def erase_inbox(unit: UnitOfWork, account_id: str) -> None:
    """Remove a person's entries, marks and preferences, as they close their account; their devices are nobody's."""
    forget_recipient(unit, account_id)
    mine = sa.select(Bell.id).where(Bell.account_id == account_id)
    unit.session.execute(sa.delete(Ring).where(Ring.bell_id.in_(mine)))
    for bell in unit.session.scalars(sa.select(Bell).where(Bell.account_id == account_id)):
        unit.place("bell", bell.id, bell.ver, set())
        unit.session.delete(bell)
    for mark in unit.session.scalars(sa.select(BroadcastRead).where(BroadcastRead.account_id == account_id)):
        unit.place("read", f"{mark.bell_id}.{account_id}"[:64], 1, set())
        unit.session.delete(mark)
    preference = unit.session.get(Preference, account_id)
    if preference is not None:
        unit.place("preference", account_id, preference.ver, set())
    for device in _devices(unit, Device.account_id == account_id):
        _detach(unit, device)
    unit.session.execute(sa.delete(Preference).where(Preference.account_id == account_id))
