"""Reading live blogs: what everybody reads, and what the desk works on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend import blocks
from backend.catalogue.queries import present_cards
from backend.clock import iso, iso_or_none
from backend.cursors import read_parts, write_parts
from backend.errors import not_found
from backend.feed.live import rules
from backend.feed.live.models import Live, LiveEntry, LiveTown
from backend.feed.live.rules import ENTRY, LIVE, EntryState
from backend.feed.opening_steps import demand_public
from backend.feed.openings import PUBLIC, State
from backend.feed.openings import allowed as allowed_live
from backend.media.queries import present_media
from backend.paging import Page, in_order, narrowed, paged
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]
NEWEST, OLDEST = "newest", "oldest"
# How much of a long day whoever comes late gets at once.
FIRST_ENTRIES, FIRST_KEY = 20, 50


# ── for everybody ──


def list_lives(
    session: Session, *, state: str | None, section: str | None, town: str | None, page: Page
) -> dict[str, Any]:
    """List live blogs that are or were going on, the one opened last first."""
    query = sa.select(Live).where(Live.state.in_(PUBLIC))
    query = narrowed(query, (Live.state, state), (Live.section, section))
    if town is not None:
        query = query.where(Live.id.in_(sa.select(LiveTown.live_id).where(LiveTown.town_id == town)))
    write = in_order(lambda rows: present_lives(session, rows))
    return paged(session, query, page, moment=Live.opened_at, id=Live.id, write=write)


def access_public(session: Session, live_id: str) -> Live:
    """Return a live blog that is before everybody.

    Raises:
        AppError: 404 if it never was; 410 `withdrawn` with the reason if it was taken away.
    """
    return demand_public(session.get(Live, live_id), LIVE)


def summarise(session: Session, live_id: str) -> dict[str, Any]:
    """Write what whoever comes late needs first: `{live, pinned, key, entries, next}`.

    `pinned` and `key` are all that is pinned and what matters, the newest first and a bounded number; `entries` are the
    newest of all, and `next` is where `list_entries` goes on.
    """
    live = access_public(session, live_id)
    newest = list_entries(session, live_id, order=NEWEST, cursor=None, limit=FIRST_ENTRIES)
    return {
        "live": present_lives(session, [live])[live.id],
        "pinned": _first(session, live_id, LiveEntry.pinned),
        "key": _first(session, live_id, LiveEntry.is_key),
        "entries": newest["items"],
        "next": newest["next"],
    }


def list_entries(session: Session, live_id: str, *, order: str, cursor: str | None, limit: int) -> dict[str, Any]:
    """List what was shown, by its number; what is pinned has its place by number here."""
    access_public(session, live_id)
    query = _shown(live_id)
    if cursor is not None:
        last = read_parts(cursor, _number)
        query = query.where(LiveEntry.no < last if order == NEWEST else LiveEntry.no > last)
    by = LiveEntry.no.desc() if order == NEWEST else LiveEntry.no.asc()
    rows = session.scalars(query.order_by(by).limit(limit + 1)).all()
    more, rows = len(rows) > limit, rows[:limit]
    return {"items": _in_order(session, rows), "next": write_parts(rows[-1].no or 0) if more else None}


def _first(session: Session, live_id: str, which: sa.ColumnElement[bool] | Any) -> list[dict[str, Any]]:
    query = _shown(live_id).where(which.is_(True)).order_by(LiveEntry.no.desc()).limit(FIRST_KEY)
    return _in_order(session, session.scalars(query).all())


def _shown(live_id: str) -> sa.Select[LiveEntry]:
    return sa.select(LiveEntry).where(LiveEntry.live_id == live_id, LiveEntry.state == EntryState.SHOWN)


def _in_order(session: Session, rows: Sequence[LiveEntry]) -> list[dict[str, Any]]:
    written = present_entries(session, rows)
    return [written[row.id] for row in rows]


def _number(parts: Any) -> int:
    (no,) = parts
    if type(no) is not int or not 0 <= no < 2**31:
        raise ValueError(parts)
    return no


# ── for the desk ──


def list_desk_lives(session: Session, *, state: str | None, page: Page) -> dict[str, Any]:
    """List all live blogs, the one made last first."""
    query = narrowed(sa.select(Live), (Live.state, state))
    write = in_order(lambda rows: present_desk_lives(session, rows))
    return paged(session, query, page, moment=Live.created_at, id=Live.id, write=write)


def access_desk_live(session: Session, live_id: str) -> dict[str, Any]:
    """Write a live blog as the desk sees it."""
    live = session.get(Live, live_id)
    if live is None:
        raise not_found(LIVE)
    return present_desk_lives(session, [live])[live.id]


def access_desk_entry(session: Session, entry_id: str) -> dict[str, Any]:
    """Write an entry as the desk sees it."""
    entry = session.get(LiveEntry, entry_id)
    if entry is None:
        raise not_found(ENTRY)
    return present_desk_entries(session, [entry])[entry.id]


def list_desk_entries(session: Session, live_id: str, *, state: str | None, page: Page) -> dict[str, Any]:
    """List all entries of a live blog, the one written last first."""
    access_desk_live(session, live_id)
    query = narrowed(sa.select(LiveEntry).where(LiveEntry.live_id == live_id), (LiveEntry.state, state))
    write = in_order(lambda rows: present_desk_entries(session, rows))
    return paged(session, query, page, moment=LiveEntry.written_at, id=LiveEntry.id, write=write)


# ── for the streams ──


def load_lives(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render live blogs: for everybody once they were opened, for the desk before that too."""
    if audience is Audience.OWNER:
        return {}
    query = sa.select(Live).where(Live.id.in_(ids))
    if audience is Audience.STAFF:
        return present_desk_lives(session, session.scalars(query.where(Live.state != State.WITHDRAWN)).all())
    return present_lives(session, session.scalars(query.where(Live.state.in_(PUBLIC))).all())


def load_entries(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render entries: for everybody what was shown, for the desk what waits."""
    if audience is Audience.OWNER:
        return {}
    query = sa.select(LiveEntry).where(LiveEntry.id.in_(ids))
    if audience is Audience.STAFF:
        waits = sa.or_(LiveEntry.state == EntryState.WAITING, LiveEntry.correction.is_not(None))
        return present_desk_entries(session, session.scalars(query.where(waits)).all())
    return present_entries(session, session.scalars(query.where(LiveEntry.state == EntryState.SHOWN)).all())


# ── writing ──


def present_lives(session: Session, lives: Sequence[Live]) -> Written:
    """Write live blogs as readers get them, by id."""
    towns: dict[str, list[str]] = {live.id: [] for live in lives}
    query = sa.select(LiveTown).where(LiveTown.live_id.in_(towns)).order_by(LiveTown.town_id)
    for row in session.scalars(query):
        towns[row.live_id].append(row.town_id)
    covers = present_media(session, {live.cover for live in lives if live.cover})
    return {
        live.id: {
            "id": live.id,
            "ver": live.ver,
            "state": live.state,
            "headline": live.headline,
            "intro": live.intro,
            "section": live.section,
            "towns": towns[live.id],
            "cover": covers.get(live.cover) if live.cover else None,
            "story": live.story,
            "opened_at": iso_or_none(live.opened_at),
            "closed_at": iso_or_none(live.closed_at),
        }
        for live in lives
    }


def present_desk_lives(session: Session, lives: Sequence[Live]) -> Written:
    """Write live blogs as the desk sees them, by id."""
    written = present_lives(session, lives)
    for live in lives:
        written[live.id] |= {
            "authors": live.authors,
            "own_words": live.own_words,
            "own_words_reason": live.own_words_reason,
            "withdrawn_reason": live.withdrawn_reason,
            "created_at": iso(live.created_at),
            "updated_at": iso(live.updated_at),
            "allowed": allowed_live(State(live.state)),
        }
    return written


def present_entries(session: Session, entries: Sequence[LiveEntry]) -> Written:
    """Write entries as readers get them, by id."""
    media, cards = _around(session, [entry.body for entry in entries])
    return {
        entry.id: {
            "id": entry.id,
            "ver": entry.ver,
            "live": entry.live_id,
            "no": entry.no,
            "body": blocks.render(entry.body, media, cards),
            "byline": entry.byline,
            "pinned": entry.pinned,
            "key": entry.is_key,
            "shown_at": iso_or_none(entry.shown_at),
            "corrected_at": iso_or_none(entry.corrected_at),
            "note": entry.note,
        }
        for entry in entries
    }


def present_desk_entries(session: Session, entries: Sequence[LiveEntry]) -> Written:
    """Write entries as the desk sees them, by id."""
    written = present_entries(session, entries)
    media, cards = _around(session, [entry.correction["body"] for entry in entries if entry.correction])
    for entry in entries:
        waiting = entry.correction
        written[entry.id] |= {
            "state": entry.state,
            "author": entry.author_id,
            "shown_by": entry.shown_by,
            "written_at": iso(entry.written_at),
            "withdrawn_reason": entry.withdrawn_reason,
            "correction": waiting and waiting | {"body": blocks.render(waiting["body"], media, cards)},
            "allowed": rules.allowed(EntryState(entry.state)),
        }
    return written


def _around(session: Session, bodies: Sequence[list[dict[str, Any]]]) -> tuple[Written, Written]:
    """Read the files and the services that bodies point to, once for all of them."""
    media = present_media(session, {media_id for body in bodies for media_id in blocks.media_ids(body)})
    return media, present_cards(session, {item for body in bodies for item in blocks.item_ids(body)})
