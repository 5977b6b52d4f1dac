"""The way of an entry: written, shown by a second person, corrected in the same way, in the end withdrawn."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend import blocks
from backend.accounts.queries import names_of
from backend.blocks import item_ids, media_ids
from backend.catalogue.queries import demand_items
from backend.clock import iso
from backend.errors import guard_failed, invalid
from backend.feed.live import rules
from backend.feed.live.models import Live, LiveEntry, LiveEntryItem
from backend.feed.live.rules import LIVE, EntryState
from backend.feed.live.steps import access_entry, access_live, close_entry, demand_second_person
from backend.feed.openings import PUBLIC, State, illegal
from backend.ids import new_id
from backend.media.actions import show
from backend.media.queries import demand_usable
from backend.policy import demand
from backend.unit_of_work import UnitOfWork


def write_entry(
    unit: UnitOfWork, live_id: str, *, body: Any, byline: str | None = None, key: bool = False
) -> LiveEntry:
    """Write an entry, which waits for a second person; that may be done before the live blog is opened.

    Readers see the name of whoever writes it, unless `byline` says otherwise.
    """
    live = access_live(unit, live_id)
    if live.state not in {State.DRAFT, State.OPEN}:
        raise illegal(LIVE, State(live.state))
    entry = LiveEntry(
        id=new_id(),
        ver=0,
        live_id=live.id,
        no=None,
        state=EntryState.WAITING,
        body=_sound(unit, body),
        byline=(byline or names_of(unit.session, [unit.actor.id])[unit.actor.id])[:100],
        author_id=unit.actor.id,
        pinned=False,
        is_key=key,
        written_at=unit.now,
    )
    unit.session.add(entry)
    close_entry(unit, entry, "live_entry.written")
    return entry


def show_entry(unit: UnitOfWork, entry_id: str, *, key: bool | None = None, if_match: int | None = None) -> LiveEntry:
    """Put an entry before everybody, or its correction, as somebody who has not written it.

    Numbers are given here, one after the other, under the lock of the live blog; so none is missing and none comes
    twice, however many colleagues show entries at once.
    """
    live, entry = access_entry(unit, entry_id, if_match)
    waiting = entry.correction
    author = waiting["author"] if waiting else entry.author_id
    if entry.state == EntryState.SHOWN and waiting is None:
        raise guard_failed("nothing_waits", "这一条已经播出，也没有待审的更正。")
    entry.state = rules.demand_move("show", EntryState(entry.state))
    demand_second_person(unit.actor, live, [author])
    if waiting:
        _demand_public(live)
        entry.body, entry.note, entry.corrected_at, entry.correction = waiting["body"], waiting["note"], unit.now, None
    else:
        if live.state != State.OPEN:
            raise illegal(LIVE, State(live.state))
        live.last_no += 1
        entry.no, entry.shown_at, entry.shown_by = live.last_no, unit.now, unit.actor.id
    was_key = waiting is not None and entry.is_key
    if key is not None:
        entry.is_key = key
    _uses(unit, entry)
    # `key` says that it matters from now on: whoever follows the live blog is told of it once.
    data = {"author": author, "key": entry.is_key and not was_key}
    close_entry(unit, entry, "live_entry.corrected" if waiting else "live_entry.shown", **data)
    return entry


def correct_entry(unit: UnitOfWork, entry_id: str, *, body: Any, note: str, if_match: int | None = None) -> LiveEntry:
    """Write what an entry is to say instead, and what readers are told of it; it waits for a second person."""
    live, entry = access_entry(unit, entry_id, if_match)
    entry.state = rules.demand_move("correct", EntryState(entry.state))
    _demand_public(live)
    said = _sound(unit, body, entry)
    entry.correction = {"body": said, "note": note, "author": unit.actor.id, "at": iso(unit.now)}
    close_entry(unit, entry, "live_entry.correction_written", correction=rules.fingerprint(said))
    return entry


def drop_correction(unit: UnitOfWork, entry_id: str, if_match: int | None = None) -> LiveEntry:
    """Give up a correction that waits: whoever wrote it may, and an editor."""
    _, entry = access_entry(unit, entry_id, if_match)
    if entry.correction is None:
        raise guard_failed("nothing_waits", "这一条没有待审的更正。")
    _demand_own_or_handle(unit, entry.correction["author"])
    entry.correction = None
    close_entry(unit, entry, "live_entry.correction_dropped")
    return entry


def pin_entry(unit: UnitOfWork, entry_id: str, *, pinned: bool, if_match: int | None = None) -> LiveEntry:
    """Put an entry before all others, or back among them."""
    live, entry = access_entry(unit, entry_id, if_match)
    entry.state = rules.demand_move("pin" if pinned else "unpin", EntryState(entry.state))
    _demand_public(live)
    entry.pinned = pinned
    close_entry(unit, entry, "live_entry.pinned" if pinned else "live_entry.unpinned")
    return entry


def withdraw_entry(unit: UnitOfWork, entry_id: str, *, reason: str, if_match: int | None = None) -> LiveEntry:
    """Take an entry away from everybody; its number stays its own. What nobody has shown its author may take back."""
    _, entry = access_entry(unit, entry_id, if_match)
    shown = entry.state == EntryState.SHOWN
    rules.demand_move("withdraw", EntryState(entry.state))
    _demand_own_or_handle(unit, None if shown else entry.author_id)
    empty_entry(unit, entry, reason)
    return entry


def empty_entry(unit: UnitOfWork, entry: LiveEntry, reason: str) -> None:
    """Withdraw an entry that is locked; its words are emptied, so that nothing can bring them back."""
    entry.state, entry.withdrawn_reason = EntryState.WITHDRAWN, reason
    entry.body, entry.byline, entry.note, entry.correction = [], "", None, None
    entry.pinned = False
    _uses(unit, entry)
    close_entry(unit, entry, "live_entry.withdrawn")


def _demand_own_or_handle(unit: UnitOfWork, author: str | None) -> None:
    if unit.actor.id != author:
        demand(unit.actor, "live.handle")


def _demand_public(live: Live) -> None:
    if live.state not in PUBLIC:
        raise illegal(LIVE, State(live.state))


def _sound(unit: UnitOfWork, body: Any, entry: LiveEntry | None = None) -> list[dict[str, Any]]:
    """Return the blocks of what somebody wrote; 422 where it is empty, or names a file or service that is not there."""
    parsed = blocks.parse(body)
    if not parsed:
        raise invalid("body", "empty", "正文不能为空")
    demand_usable(unit.session, unit.actor, media_ids(parsed), "body", held=media_ids(entry.body) if entry else [])
    demand_items(unit.session, item_ids(parsed), "body")
    return parsed


def _uses(unit: UnitOfWork, entry: LiveEntry) -> None:
    """Open the files that the entry shows to everybody, and note the services it carries."""
    show(unit, "live_entry", entry.id, media_ids(entry.body))
    unit.session.execute(sa.delete(LiveEntryItem).where(LiveEntryItem.entry_id == entry.id))
    items = dict.fromkeys(item_ids(entry.body))
    unit.session.add_all(LiveEntryItem(entry_id=entry.id, item_id=item_id) for item_id in items)
    unit.session.flush()
