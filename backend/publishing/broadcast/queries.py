"""Reading rundowns, for the newsroom only: each with its times as they are at this moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.clock import SHANGHAI, iso, iso_or_none
from backend.errors import not_found
from backend.newsroom.editing.places import may_see
from backend.newsroom.editing.rules import is_confidential
from backend.paging import Page, in_order, paged
from backend.policy import Actor, allows
from backend.publishing.broadcast import rules
from backend.publishing.broadcast.contents import Content, Contents, crawls, read_contents, shown, time_rundown
from backend.publishing.broadcast.models import Rundown, RundownItem
from backend.publishing.broadcast.rules import RUNDOWN
from backend.publishing.broadcast.timing import Timing
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]
WITHHELD = "（未公开稿件）"


def list_rundowns(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    page: Page,
    **wanted: str | None,
) -> dict[str, Any]:
    """List rundowns, the latest airtime first; `wanted` are `state`, `medium`, `scope`, `show` and a `day`."""
    query = sa.select(Rundown)
    for name in ("state", "medium", "scope", "show"):
        if wanted.get(name) is not None:
            query = query.where(getattr(Rundown, name) == wanted[name])
    if (day := wanted.get("day")) is not None:
        start = datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)
        query = query.where(Rundown.airtime >= start, Rundown.airtime < start + timedelta(days=1))
    return paged(
        session,
        query,
        page,
        moment=Rundown.airtime,
        id=Rundown.id,
        write=in_order(lambda rows: present_rundowns(session, rows, actor, now)),
    )


def access_rundown(session: Session, rundown_id: str) -> Rundown:
    """Return a rundown; 404 if there is none."""
    row = session.get(Rundown, rundown_id)
    if row is None:
        raise not_found("串联单")
    return row


def load_rundowns(session: Session, ids: Sequence[str], audience: Audience, now: datetime) -> Written:
    """Render rundowns for the desks' streams; nobody else ever holds one.

    A stream holds the plan. What is said, how long that takes and whether it may be said are its renditions', and
    times on the air move with every second: they are read where they are shown.
    """
    if audience is not Audience.STAFF:
        return {}
    rows = session.scalars(sa.select(Rundown).where(Rundown.id.in_(ids))).all()
    return {key: _plan(written) for key, written in present_rundowns(session, rows, None, now).items()}


_MOVES = frozenset({"total_seconds", "over_seconds", "expected_end"})
_MOVES_OF_ITEM = frozenset(
    {
        *("slug", "estimated_seconds", "over_seconds", "starts_at", "back_at", "elapsed_seconds", "remaining_seconds"),
        *("cleared", "withheld", "script", "lower_thirds", "clips"),
    }
)


def _plan(written: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in written.items() if name not in _MOVES}
    for part in ("items", "crawls", "removed"):
        kept[part] = [
            {name: value for name, value in item.items() if name not in _MOVES_OF_ITEM} for item in written[part]
        ]
    return kept


@dataclass(frozen=True, slots=True)
class _Around:
    """What is read for all rundowns of an answer together. `reader` is None for a desk."""

    contents: Contents
    names: Mapping[str, str]
    reader: Actor | None


def present_rundowns(session: Session, rows: Sequence[Rundown], reader: Actor | None, now: datetime) -> Written:
    """Write rundowns for a reader, or for a desk, by id."""
    query = sa.select(RundownItem).where(RundownItem.rundown_id.in_([row.id for row in rows]))
    items: dict[str, list[RundownItem]] = {row.id: [] for row in rows}
    for item in session.scalars(query.order_by(RundownItem.position, RundownItem.id)):
        items[item.rundown_id].append(item)
    people = [person for row in rows for person in (row.director_id, row.locked_by, row.created_by)]
    contents = read_contents(session, [item for many in items.values() for item in many])
    around = _Around(contents, names_of(session, people), reader)
    return {row.id: _write(row, items[row.id], around, now) for row in rows}


def _write(row: Rundown, items: Sequence[RundownItem], around: _Around, now: datetime) -> dict[str, Any]:
    timing = time_rundown(row, items, around.contents, now)
    standing = shown(items)
    beside = [item for item in items if item.state not in rules.STANDING]
    planned_end = row.airtime + timedelta(seconds=row.planned_seconds)
    is_show = row.scope == rules.SHOW
    return {
        "id": row.id,
        "ver": row.ver,
        "state": row.state,
        "state_name": RUNDOWN.states[row.state],
        "medium": row.medium,
        "scope": row.scope,
        "show": row.show,
        "airtime": iso(row.airtime),
        "ends_at": iso(planned_end),
        "planned_seconds": row.planned_seconds,
        "total_seconds": timing.total,
        "over_seconds": timing.over if is_show else None,
        "expected_end": iso(timing.ends_at) if is_show else None,
        "issue": row.issue,
        "reason": row.reason,
        "director": present_person_or_none(row.director_id, around.names),
        "created_by": present_person(row.created_by, around.names),
        "locked_by": present_person_or_none(row.locked_by, around.names),
        **{name: iso_or_none(getattr(row, name)) for name in _MOMENTS},
        "items": [_write_item(row, item, around, timing) for item in standing],
        "crawls": [_write_item(row, item, around, timing) for item in crawls(items)],
        "removed": [_write_item(row, item, around, timing) for item in beside],
        "allowed": RUNDOWN.allowed(row.state),
    }


_MOMENTS = ("locked_at", "on_air_at", "aired_at", "created_at", "updated_at")


def _write_item(row: Rundown, item: RundownItem, around: _Around, timing: Timing) -> dict[str, Any]:
    content, place = around.contents[item], timing.places.get(item.id)
    withheld = _is_withheld(row, item, around)
    return {
        "id": item.id,
        "position": item.position,
        "state": item.state,
        "kind": item.kind,
        "kind_name": rules.KINDS[item.kind],
        "slug": WITHHELD if withheld else item.slug,
        "rendition": item.rendition_id,
        "story": item.story_id,
        "publication": item.publication_id,
        "target": item.target_id,
        "planned_seconds": item.planned_seconds,
        "estimated_seconds": content.seconds,
        "over_seconds": content.seconds - item.planned_seconds if item.kind != rules.CRAWL else None,
        "starts_at": iso(place.starts_at) if place else None,
        "back_at": iso(place.back_at) if place else None,
        "elapsed_seconds": place.elapsed if place else None,
        "remaining_seconds": place.remaining if place else None,
        "cleared": _looks_cleared(item, around.contents),
        "withheld": withheld,
        **(_nothing() if withheld else _words(item, content)),
        "script_hash": item.script_hash,
        "repeats": item.repeats,
        "from": iso_or_none(item.from_at),
        "to": iso_or_none(item.to_at),
        "emergency": item.emergency,
        "reason": item.reason,
        "as_run": {"start": iso_or_none(item.as_run_start), "end": iso_or_none(item.as_run_end)},
    }


def _words(item: RundownItem, content: Content) -> dict[str, Any]:
    return {"script": content.script, "lower_thirds": item.lower_thirds, "clips": content.clips}


def _nothing() -> dict[str, Any]:
    return {"script": "", "lower_thirds": [], "clips": []}


def _is_withheld(row: Rundown, item: RundownItem, around: _Around) -> bool:
    """Keep a confidential text from those who may not see its story, until it is signed and locked for the studio."""
    story = around.contents.story_of(item)
    if story is None or not is_confidential(story):
        return False
    reader = around.reader
    if reader is not None and may_see(reader, story):
        return False
    works_here = reader is None or allows(reader, "rundown.write")
    return row.state == rules.BUILDING or item.state == rules.PULLED or not works_here


def _looks_cleared(item: RundownItem, contents: Contents) -> bool:
    """Tell whether an item stands as it was signed; the lock asks all its guards."""
    rendition = contents.rendition_of(item)
    if rendition is None:
        return item.target_id is not None or not rules.needs_rendition(item.kind)
    same = item.script_hash is None or item.script_hash == rendition.text_hash
    return rendition.state in {"cleared", "live"} and same
