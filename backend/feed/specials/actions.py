"""Making a special ready, opening, changing and closing it, and taking it away."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.errors import demand_version, invalid, not_found
from backend.events.models import Event
from backend.feed.models import Article
from backend.feed.opening_steps import begin_edit, demand_cover, end, open_to_readers, show_cover
from backend.feed.openings import PUBLIC, State, demand_move
from backend.feed.specials.models import Special, SpecialArticle
from backend.ids import new_id
from backend.media.models import MediaUse
from backend.policy import demand_other_person
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

SPECIAL = "专题"
_DESK = streams.desk("editing")


def draft_special(unit: UnitOfWork, form: dict[str, Any]) -> Special:
    """Make a special ready; the newsroom sees it, and nobody else."""
    special = Special(
        id=new_id(),
        ver=0,
        state=State.DRAFT,
        title=form["title"],
        intro="",
        cover=None,
        groups=[],
        authors=[unit.actor.id],
        created_at=unit.now,
        updated_at=unit.now,
    )
    _demand_sound(unit, special, form)
    unit.session.add(special)
    _fill(unit, special, form)
    _close(unit, special, "special.drafted")
    return special


def edit_special(unit: UnitOfWork, special_id: str, form: dict[str, Any], if_match: int | None = None) -> Special:
    """Change the given fields. Once it is before readers, only those in charge may, since nobody looks again."""
    special = _access(unit, special_id, if_match)
    begin_edit(unit, special, SPECIAL)
    _demand_sound(unit, special, form)
    _fill(unit, special, form)
    show_cover(unit, special)
    _close(unit, special, "special.edited", fields=sorted(form))
    return special


def open_special(unit: UnitOfWork, special_id: str, if_match: int | None = None) -> Special:
    """Put a special before everybody, as somebody who has written none of it; or go on with a closed one."""
    special = _access(unit, special_id, if_match)
    written_by = list(special.authors)
    open_to_readers(unit, special, SPECIAL, lambda: demand_other_person(unit.actor, written_by, "second_person"))
    _close(unit, special, "special.opened")
    return special


def close_special(unit: UnitOfWork, special_id: str, if_match: int | None = None) -> Special:
    """Say that nothing will be added; it stays to be read."""
    special = _access(unit, special_id, if_match)
    end(unit, special, SPECIAL)
    _close(unit, special, "special.closed")
    return special


def withdraw_special(unit: UnitOfWork, special_id: str, *, reason: str, if_match: int | None = None) -> Special:
    """Take a special away from everybody; its articles stay, since they are not its own."""
    special = _access(unit, special_id, if_match)
    special.state = demand_move(SPECIAL, "withdraw", State(special.state))
    special.title = special.intro = ""
    special.groups, special.cover, special.withdrawn_reason = [], None, reason
    show_cover(unit, special)
    _set_articles(unit, special)
    _close(unit, special, "special.withdrawn")
    return special


def refresh_articles(unit: UnitOfWork, event: Event) -> None:
    """Show anew the specials that held an article which was withdrawn: it is not among theirs any more."""
    held = sa.select(SpecialArticle.special_id).where(SpecialArticle.article_id == event.entity_id)
    _refresh(unit, held, article=event.entity_id)


def refresh_media(unit: UnitOfWork, event: Event) -> None:
    """Show anew the specials whose cover is a film of which something has been made (`media.worked`)."""
    uses = sa.select(MediaUse.thing_id).where(MediaUse.kind == "special", MediaUse.media_id == event.entity_id)
    _refresh(unit, uses, media=event.entity_id)


def _refresh(unit: UnitOfWork, ids: sa.Select[Any], **why: str) -> None:
    query = sa.select(Special).where(Special.id.in_(ids), Special.state != State.WITHDRAWN).order_by(Special.id)
    for special in unit.session.scalars(query.with_for_update()).all():
        _close(unit, special, "special.refreshed", **why)


def _access(unit: UnitOfWork, special_id: str, if_match: int | None) -> Special:
    special = unit.session.get(Special, special_id, with_for_update=True)
    if special is None:
        raise not_found(SPECIAL)
    demand_version(special.ver, if_match, "专题已被同事更新，请先读取最新版本。")
    return special


def _demand_sound(unit: UnitOfWork, special: Special, form: dict[str, Any]) -> None:
    demand_cover(unit, special, form)
    groups = form.get("groups", [])
    wanted = {article for group in groups for article in group["articles"]}
    query = sa.select(Article.id).where(Article.id.in_(wanted), Article.state == "live")
    live = set(unit.session.scalars(query)) if wanted else set()
    seen: set[str] = set()
    for place, group in enumerate(groups):
        for number, article in enumerate(group["articles"]):
            field = f"groups.{place}.articles.{number}"
            # What it held and what was withdrawn since goes in silence, so that an edit of something else succeeds.
            if article not in live and article not in _ids(special):
                raise invalid(field, "unknown", "没有这篇已发布的稿件")
            if article in seen:
                raise invalid(field, "repeated", "同一篇稿件只能放一次")
            seen.add(article)


def _ids(special: Special) -> list[str]:
    return [article for group in special.groups for article in group["articles"]]


def _fill(unit: UnitOfWork, special: Special, form: dict[str, Any]) -> None:
    for name in ("title", "intro", "cover", "groups"):
        if name in form:
            setattr(special, name, form[name])
    unit.session.flush()
    _set_articles(unit, special)


def _set_articles(unit: UnitOfWork, special: Special) -> None:
    unit.session.execute(sa.delete(SpecialArticle).where(SpecialArticle.special_id == special.id))
    unit.session.add_all(SpecialArticle(special_id=special.id, article_id=article) for article in _ids(special))
    unit.session.flush()


def _close(unit: UnitOfWork, special: Special, event: str, **data: object) -> None:
    special.ver += 1
    special.updated_at = unit.now
    unit.session.flush()
    unit.record(event, special.id, special.ver, state=str(special.state), **data)
    readers = set() if special.state == State.WITHDRAWN else {_DESK}
    if special.state in PUBLIC:
        readers.add(streams.PUBLIC)
    unit.place("special", special.id, special.ver, readers)
