"""Making a live blog ready, opening and closing it, and taking it away with all that it said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backend.district.queries import demand_section, demand_towns
from backend.errors import invalid
from backend.feed.live.entries import empty_entry
from backend.feed.live.models import Live, LiveEntry, LiveTown
from backend.feed.live.rules import LIVE, EntryState
from backend.feed.live.steps import access_live, close_live, demand_second_person
from backend.feed.models import Article
from backend.feed.opening_steps import begin_edit, demand_cover, end, open_to_readers, show_cover
from backend.feed.openings import State, demand_move
from backend.ids import new_id
from backend.unit_of_work import UnitOfWork


def draft_live(unit: UnitOfWork, form: dict[str, Any]) -> Live:
    """Make a live blog ready; the newsroom sees it, and nobody else."""
    live = Live(
        id=new_id(),
        ver=0,
        state=State.DRAFT,
        headline=form["headline"],
        intro="",
        section=form["section"],
        cover=None,
        authors=[unit.actor.id],
        created_at=unit.now,
        updated_at=unit.now,
    )
    _demand_sound(unit, live, form)
    unit.session.add(live)
    _fill(unit, live, {"towns": []} | form)
    close_live(unit, live, "live.drafted")
    return live


def edit_live(unit: UnitOfWork, live_id: str, form: dict[str, Any], if_match: int | None = None) -> Live:
    """Change the given fields. Once it is before readers, only those in charge may, since nobody looks again."""
    live = access_live(unit, live_id, if_match)
    begin_edit(unit, live, LIVE)
    _demand_sound(unit, live, form)
    _fill(unit, live, form)
    show_cover(unit, live)
    close_live(unit, live, "live.edited", fields=sorted(form))
    return live


def open_live(unit: UnitOfWork, live_id: str, if_match: int | None = None) -> Live:
    """Put a live blog before everybody, as somebody who has not written its headline; or go on with a closed one."""
    live = access_live(unit, live_id, if_match)
    open_to_readers(unit, live, LIVE, lambda: demand_second_person(unit.actor, live, live.authors))
    close_live(unit, live, "live.opened")
    return live


def close_down(unit: UnitOfWork, live_id: str, if_match: int | None = None) -> Live:
    """End a live blog; it stays to be read, and what is wrong in it can still be put right."""
    live = access_live(unit, live_id, if_match)
    end(unit, live, LIVE)
    close_live(unit, live, "live.closed")
    return live


def let_own_words(unit: UnitOfWork, live_id: str, *, on: bool, reason: str, if_match: int | None = None) -> Live:
    """Say whether those in charge may show their own words in this live blog, as in the fast lane, and why."""
    live = access_live(unit, live_id, if_match)
    demand_move(LIVE, "edit", State(live.state))
    live.own_words, live.own_words_reason = on, reason
    close_live(unit, live, "live.own_words", on=on)
    return live


def withdraw_live(unit: UnitOfWork, live_id: str, *, reason: str, if_match: int | None = None) -> Live:
    """Take a live blog away from everybody with all its entries; their words are emptied here too."""
    live = access_live(unit, live_id, if_match)
    live.state = demand_move(LIVE, "withdraw", State(live.state))
    live.headline = live.intro = ""
    live.cover, live.own_words_reason, live.withdrawn_reason = None, None, reason
    show_cover(unit, live)
    query = sa.select(LiveEntry).where(LiveEntry.live_id == live.id, LiveEntry.state != EntryState.WITHDRAWN)
    for entry in unit.session.scalars(query.order_by(LiveEntry.id).with_for_update()).all():
        empty_entry(unit, entry, reason)
    close_live(unit, live, "live.withdrawn")
    return live


def _demand_sound(unit: UnitOfWork, live: Live, form: dict[str, Any]) -> None:
    if "section" in form:
        demand_section(unit.session, form["section"])
    demand_towns(unit.session, form.get("towns", []))
    demand_cover(unit, live, form)
    if form.get("story") is not None:
        article = unit.session.get(Article, form["story"])
        if article is None or article.state != "live":
            raise invalid("story", "unknown", "没有这篇已发布的稿件")


def _fill(unit: UnitOfWork, live: Live, form: dict[str, Any]) -> None:
    for name in ("headline", "intro", "section", "cover", "story"):
        if name in form:
            setattr(live, name, form[name])
    unit.session.flush()
    if "towns" in form:
        _set_towns(unit, live.id, form["towns"])


def _set_towns(unit: UnitOfWork, live_id: str, towns: Sequence[str]) -> None:
    unit.session.execute(sa.delete(LiveTown).where(LiveTown.live_id == live_id))
    unit.session.add_all(LiveTown(live_id=live_id, town_id=town_id) for town_id in dict.fromkeys(towns))
    unit.session.flush()
