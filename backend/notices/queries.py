"""Reading notices: the public ones, and an office's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend import blocks
from backend.accounts.queries import names_of
from backend.clock import iso
from backend.district.models import Office
from backend.district.queries import offices_by_id
from backend.errors import not_found
from backend.media.queries import present_media
from backend.notices.models import Notice, NoticeMedia, NoticeTown
from backend.notices.rules import CATEGORIES, State, allowed, clerk_offices
from backend.paging import Page, paged
from backend.policy import Actor
from backend.renderings import Rendering, Renderings
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]
_STANDS = (
    sa.select(Notice.ver, Notice.state, Office.name)
    .join(Office, Office.id == Notice.office_id)
    .where(Notice.id == sa.bindparam("id"))
)


def list_notices(
    session: Session, *, office: str | None, category: str | None, town: str | None, q: str | None, page: Page
) -> dict[str, Any]:
    """List published notices, newest first. `q` is looked for in the title, whatever the case of its letters."""
    query = sa.select(Notice).where(Notice.state == State.PUBLISHED)
    if office is not None:
        query = query.where(Notice.office_id == office)
    if category is not None:
        query = query.where(Notice.category == category)
    if town is not None:
        query = query.where(Notice.id.in_(sa.select(NoticeTown.notice_id).where(NoticeTown.town_id == town)))
    if q is not None:
        query = query.where(Notice.title.icontains(q.strip(), autoescape=True))
    return _paged(session, query, page, Notice.published_at, present_notices)


def list_office_notices(session: Session, actor: Actor, *, state: str | None, page: Page) -> dict[str, Any]:
    """List the notices of the actor's offices in all states, newest first."""
    query = sa.select(Notice).where(Notice.office_id.in_(clerk_offices(actor)))
    if state is not None:
        query = query.where(Notice.state == state)
    return _paged(session, query, page, Notice.created_at, present_office_notices)


def _paged(session: Session, query: sa.Select[Any], page: Page, moment: Any, present: Any) -> dict[str, Any]:
    def write(rows: Sequence[Notice]) -> list[dict[str, Any]]:
        written: Written = present(session, rows)
        return [written[row.id] for row in rows]

    return paged(session, query, page, moment=moment, id=Notice.id, write=write)


def access_notice(session: Session, renderings: Renderings, notice_id: str) -> Rendering:
    """Write a notice that is or once was public; a withdrawn one is a tombstone with its reason.

    Its rendering depends on its version, and on the name of its office, which has none.

    Raises:
        AppError: 404 for a draft, as if there were none.
    """
    stands = session.execute(_STANDS, {"id": notice_id}).one_or_none()
    if stands is None or stands.state == State.DRAFT:
        raise not_found("公告")
    return renderings.get(
        ("notice", notice_id, stands.ver, stands.name),
        lambda: present_notices(session, [session.get_one(Notice, notice_id)])[notice_id],
    )


def access_office_notice(session: Session, actor: Actor, notice_id: str, *, lock: bool = False) -> Notice:
    """Return a notice of one of the actor's offices, locked if it is to be changed; 404 for any other."""
    notice = session.get(Notice, notice_id, with_for_update=lock or None)
    if notice is None or notice.office_id not in clerk_offices(actor):
        raise not_found("公告")
    return notice


def load_notices(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render notices for the public streams: the same for everybody, published ones only."""
    del audience
    query = sa.select(Notice).where(Notice.id.in_(ids), Notice.state == State.PUBLISHED)
    return present_notices(session, session.scalars(query).all())


def load_notice_drafts(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render drafts for the stream of their office; nobody else ever gets one."""
    if audience is not Audience.STAFF:
        return {}
    query = sa.select(Notice).where(Notice.id.in_(ids), Notice.state == State.DRAFT)
    return present_office_notices(session, session.scalars(query).all())


def present_notices(session: Session, notices: Sequence[Notice]) -> Written:
    """Write notices as readers get them, by id."""
    ids = [notice.id for notice in notices]
    towns: dict[str, list[str]] = {notice_id: [] for notice_id in ids}
    query = sa.select(NoticeTown).where(NoticeTown.notice_id.in_(ids)).order_by(NoticeTown.town_id)
    for row in session.scalars(query):
        towns[row.notice_id].append(row.town_id)
    offices = offices_by_id(session, [notice.office_id for notice in notices])
    media = present_media(session, sorted({media_id for notice in notices for media_id in media_of(notice)}))
    return {notice.id: _write(notice, offices[notice.office_id], towns[notice.id], media) for notice in notices}


def present_office_notices(session: Session, notices: Sequence[Notice]) -> Written:
    """Write notices as their office sees them, by id."""
    written = present_notices(session, notices)
    names = names_of(session, [person for notice in notices for person in (notice.author_id, notice.approved_by)])
    for notice in notices:
        written[notice.id] |= {
            "author": _person(notice.author_id, names),
            "approved_by": _person(notice.approved_by, names) if notice.approved_by else None,
            "created_at": iso(notice.created_at),
            "updated_at": iso(notice.updated_at),
            "allowed": allowed(State(notice.state)),
        }
    return written


def media_of(notice: Notice) -> list[str]:
    """Give the ids of all media that a notice shows or attaches."""
    return [*blocks.media_ids(notice.body), *notice.attachments]


def may_see_media(session: Session, actor: Actor, media_id: str) -> bool:
    """Tell whether a private file belongs to a notice of the actor's offices: whoever approves must see it all."""
    query = sa.select(NoticeMedia.media_id).join(Notice, Notice.id == NoticeMedia.notice_id)
    ours = query.where(NoticeMedia.media_id == media_id, Notice.office_id.in_(clerk_offices(actor)))
    return session.scalar(sa.select(ours.exists())) or False


def _person(account_id: str, names: dict[str, str]) -> dict[str, str]:
    return {"id": account_id, "name": names.get(account_id, "")}


def _write(notice: Notice, office: dict[str, Any], towns: list[str], media: Written) -> dict[str, Any]:
    return {
        "id": notice.id,
        "ver": notice.ver,
        "state": notice.state,
        "index_no": notice.index_no,
        "doc_no": notice.doc_no,
        "office": {"id": office["id"], "name": office["name"]},
        "category": notice.category,
        "category_name": CATEGORIES[notice.category],
        "title": notice.title,
        "body": blocks.render(notice.body, media),
        "attachments": [media[media_id] for media_id in notice.attachments if media_id in media],
        "towns": towns,
        "published_at": iso(notice.published_at) if notice.published_at else None,
        "effective_from": iso(notice.effective_from) if notice.effective_from else None,
        "effective_to": iso(notice.effective_to) if notice.effective_to else None,
        "withdrawn_reason": notice.withdrawn_reason,
    }
