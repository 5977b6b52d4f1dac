"""Reading tips: one's own, and those on the planning desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of
from backend.clock import iso, iso_or_none
from backend.community.tips.models import Tip, TipArticle, TipMedia, TipStep
from backend.community.tips.rules import TIP
from backend.errors import not_found
from backend.media.queries import present_media
from backend.paging import Page, in_order, narrowed, paged
from backend.policy import Actor, allows, demand_owner
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]
_CITIZEN, _DESK = {"messages", "withdraw"}, {"take", "ask", "close"}


def list_own_tips(session: Session, actor: Actor, page: Page) -> dict[str, Any]:
    """List the actor's own tips, newest first."""
    return _paged(session, sa.select(Tip).where(Tip.citizen_id == actor.id), page, Audience.OWNER)


def list_desk_tips(session: Session, *, state: str | None, code: str | None, page: Page) -> dict[str, Any]:
    """List the tips that the newsroom may read, newest first."""
    query = narrowed(sa.select(Tip).where(_shown()), (Tip.state, state), (Tip.code, code))
    return _paged(session, query, page, Audience.STAFF)


def _shown() -> sa.ColumnElement[bool]:
    return sa.and_(Tip.forgotten.is_(False), Tip.state != "withdrawn")


def _paged(session: Session, query: sa.Select[Any], page: Page, audience: Audience) -> dict[str, Any]:
    write = in_order(lambda rows: present_tips(session, rows, audience))
    return paged(session, query, page, moment=Tip.created_at, id=Tip.id, write=write)


def access_own_tip(session: Session, actor: Actor, tip_id: str, *, lock: bool = False) -> Tip:
    """Return the actor's own tip, locked if it is to be changed; 404 for any other."""
    tip = session.get(Tip, tip_id, with_for_update=lock or None)
    if tip is None:
        raise not_found("报料")
    demand_owner(actor, tip.citizen_id, "报料")
    return tip


def access_desk_tip(session: Session, tip_id: str, *, lock: bool = False) -> Tip:
    """Return a tip for the newsroom, locked if it is to be changed; 404 for one that was taken back."""
    tip = session.get(Tip, tip_id, with_for_update=lock or None)
    if tip is None or tip.forgotten or tip.state == "withdrawn":
        raise not_found("报料")
    return tip


def senders_of(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Return who sent each of these tips."""
    query = sa.select(Tip.id, Tip.citizen_id).where(Tip.id.in_(ids))
    return dict(session.execute(query).tuples().all())


def get_sender(session: Session, tip: Tip) -> dict[str, Any]:
    """Write by what name a tip's sender goes, if they agreed to that.

    Streams do not carry it: whoever asks leaves a mark that the sender can read, and what is pushed leaves none.
    """
    names = names_of(session, [tip.citizen_id]) if tip.contact_ok else {}
    return {"name": names.get(tip.citizen_id)}


def load_tips(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render tips for their citizen and for the planning desk; never in public."""
    if audience is Audience.PUBLIC:
        return {}
    query = sa.select(Tip).where(Tip.id.in_(ids), Tip.forgotten.is_(False))
    query = query.where(Tip.state != "withdrawn") if audience is Audience.STAFF else query
    return present_tips(session, session.scalars(query).all(), audience)


def export_tips(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write everything held about a citizen's tips, for that citizen."""
    query = sa.select(Tip).where(Tip.citizen_id == account_id).order_by(Tip.created_at, Tip.id)
    tips = session.scalars(query).all()
    written = present_tips(session, tips, Audience.OWNER)
    return [written[tip.id] for tip in tips]


def may_see_media(session: Session, actor: Actor, media_id: str) -> bool:
    """Tell whether a private picture belongs to a tip that the actor's desk reads."""
    if not allows(actor, "tip.read"):
        return False
    query = sa.select(TipMedia.media_id).join(Tip, Tip.id == TipMedia.tip_id)
    return session.scalar(sa.select(query.where(TipMedia.media_id == media_id, _shown()).exists())) or False


def present_tips(session: Session, tips: Sequence[Tip], audience: Audience) -> Written:
    """Write tips for their citizen or for the desk, by id. Neither names the sender: see `get_sender`."""
    ids = [tip.id for tip in tips]
    steps: dict[str, list[TipStep]] = {tip_id: [] for tip_id in ids}
    for row in session.scalars(sa.select(TipStep).where(TipStep.tip_id.in_(ids)).order_by(TipStep.position)):
        steps[row.tip_id].append(row)
    articles: dict[str, list[dict[str, Any]]] = {tip_id: [] for tip_id in ids}
    query = sa.select(TipArticle).where(TipArticle.tip_id.in_(ids)).order_by(TipArticle.at, TipArticle.article_id)
    for link in session.scalars(query):
        articles[link.tip_id].append({"id": link.article_id, "at": iso(link.at)})
    rows: list[Tip | TipStep] = [*tips, *(row for of_tip in steps.values() for row in of_tip)]
    media = present_media(session, sorted({each for row in rows for each in row.media}))
    staff = audience is Audience.STAFF
    return {
        tip.id: _write(tip, steps[tip.id], media)
        | {"articles": articles[tip.id], "allowed": _allowed(tip, _DESK if staff else _CITIZEN)}
        | ({"lead": tip.lead_id} if staff else {})
        for tip in tips
    }


def _write(tip: Tip, steps: Sequence[TipStep], media: Written) -> dict[str, Any]:
    placed = any(part is not None for part in (tip.address, tip.lat, tip.town_id))
    place = {"address": tip.address, "lat": tip.lat, "lon": tip.lon, "datum": tip.datum, "town": tip.town_id}
    return {
        "id": tip.id,
        "ver": tip.ver,
        "code": tip.code,
        "state": tip.state,
        "text": tip.text,
        "happened_at": iso_or_none(tip.happened_at),
        "place": place if placed else None,
        "media": _media(tip.media, media),
        "contact_ok": tip.contact_ok,
        "reason": tip.reason,
        "timeline": [
            {"at": iso(row.at), "what": row.what, "note": row.note, "media": _media(row.media, media)} for row in steps
        ],
        "created_at": iso(tip.created_at),
        "updated_at": iso(tip.updated_at),
    }


def _allowed(tip: Tip, commands: set[str]) -> list[str]:
    return [command for command in TIP.allowed(tip.state) if command in commands]


def _media(ids: Sequence[str], media: Written) -> list[dict[str, Any]]:
    return [media[each] for each in ids if each in media]
