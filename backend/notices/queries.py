"""Reading notices: the public ones, and an office's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend import blocks
from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.catalogue.queries import present_cards
from backend.clock import iso, iso_or_none
from backend.district.models import Office
from backend.district.queries import offices_by_id
from backend.errors import not_found
from backend.media.queries import present_media
from backend.notices.content import media_in, media_of
from backend.notices.models import Notice, NoticeMedia, NoticeTown, NoticeVersion
from backend.notices.rules import CATEGORIES, PREPARING, State, allowed, clerk_offices
from backend.paging import Page, narrowed, paged
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
    session: Session,
    *,
    office: str | None,
    category: str | None,
    town: str | None,
    q: str | None,
    page: Page,
    state: str = State.PUBLISHED,
    index_no: str | None = None,
) -> dict[str, Any]:
    """List notices that are in force, newest first, or by `state` those that are no more.

    `q` is looked for in the title, whatever the case of its letters.
    """
    query = sa.select(Notice).where(Notice.state == state)
    query = narrowed(query, (Notice.office_id, office), (Notice.category, category), (Notice.index_no, index_no))
    if town is not None:
        query = query.where(Notice.id.in_(sa.select(NoticeTown.notice_id).where(NoticeTown.town_id == town)))
    if q is not None:
        query = query.where(Notice.title.icontains(q.strip(), autoescape=True))
    return _paged(session, query, page, Notice.published_at, present_notices)


def public_notices(session: Session, ids: Sequence[str] | None = None) -> Sequence[Notice]:
    """Return the notices that are in force and before everybody now, of these ids or all of them."""
    query = sa.select(Notice).where(Notice.state == State.PUBLISHED).order_by(Notice.id)
    return session.scalars(query if ids is None else query.where(Notice.id.in_(ids))).all()


def list_office_notices(session: Session, actor: Actor, *, state: str | None, page: Page) -> dict[str, Any]:
    """List the notices of the actor's offices in all states, newest first."""
    query = sa.select(Notice).where(Notice.office_id.in_(clerk_offices(actor)))
    query = narrowed(query, (Notice.state, state))
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
    if stands is None or stands.state in PREPARING:
        raise not_found("公告")
    return renderings.get(
        ("notice", notice_id, stands.ver, stands.name),
        lambda: present_notices(session, [session.get_one(Notice, notice_id)])[notice_id],
    )


def access_version(session: Session, notice_id: str, no: int) -> dict[str, Any]:
    """Write what a notice said at one of its versions; of a withdrawn one there are no words at any.

    Raises:
        AppError: 404 for a version that was never published.
    """
    version, notice = session.get(NoticeVersion, (notice_id, no)), session.get(Notice, notice_id)
    if version is None or notice is None:
        raise not_found("公告版本")
    written = present_notices(session, [notice])[notice_id]
    # The address names the version for good, but what is beside it, as the state, moves: so no `ver` to be kept by.
    said = _said(session, version) | {"version": no, "published_at": iso(version.published_at)}
    return {name: value for name, value in written.items() if name != "ver"} | said | {"sha256": version.sha256}


def list_versions(session: Session, notice_id: str) -> dict[str, Any]:
    """List the published versions of a notice, the first one first."""
    if (session.get(Notice, notice_id) or Notice(version=0)).version == 0:
        raise not_found("公告")
    return {"items": _versions(session, [notice_id])[notice_id], "next": None}


def _said(session: Session, version: NoticeVersion) -> dict[str, Any]:
    content = version.content
    if content is None:
        return {}
    media = present_media(session, media_in(content))
    plain = ("title", "index_no", "doc_no", "category", "towns", "effective_from", "effective_to")
    return {name: content[name] for name in plain} | {
        "category_name": CATEGORIES[content["category"]],
        "body": blocks.render(content["body"], media, present_cards(session, blocks.item_ids(content["body"]))),
        "attachments": [media[media_id] for media_id in content["attachments"] if media_id in media],
    }


def access_office_notice(session: Session, actor: Actor, notice_id: str, *, lock: bool = False) -> Notice:
    """Return a notice of one of the actor's offices, locked if it is to be changed; 404 for any other."""
    notice = session.get(Notice, notice_id, with_for_update=lock or None)
    if notice is None or notice.office_id not in clerk_offices(actor):
        raise not_found("公告")
    return notice


def load_notices(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render notices for the public streams: the same for everybody, published ones only."""
    del audience
    return present_notices(session, public_notices(session, ids))


def load_notice_drafts(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render for the stream of their office what waits for somebody there; nobody else ever gets it."""
    if audience is not Audience.STAFF:
        return {}
    waits = sa.or_(Notice.state.in_(PREPARING), Notice.correction.is_not(None), Notice.explanation_draft.is_not(None))
    query = sa.select(Notice).where(Notice.id.in_(ids), waits)
    return present_office_notices(session, session.scalars(query).all())


def present_notices(session: Session, notices: Sequence[Notice]) -> Written:
    """Write notices as readers get them, by id."""
    ids = [notice.id for notice in notices]
    towns: dict[str, list[str]] = {notice_id: [] for notice_id in ids}
    query = sa.select(NoticeTown).where(NoticeTown.notice_id.in_(ids)).order_by(NoticeTown.town_id)
    for row in session.scalars(query):
        towns[row.notice_id].append(row.town_id)
    around = _Around(
        offices=offices_by_id(session, [notice.office_id for notice in notices]),
        media=present_media(session, sorted({media_id for notice in notices for media_id in media_of(notice)})),
        cards=present_cards(session, [each for notice in notices for each in _items_of(notice)]),
        versions=_versions(session, ids),
    )
    return {notice.id: _write(notice, towns[notice.id], around) for notice in notices}


@dataclass(frozen=True, slots=True)
class _Around:
    """What notices point to, read once for all of them."""

    offices: Written
    media: Written
    cards: Written
    versions: dict[str, list[dict[str, Any]]]


def _items_of(notice: Notice) -> list[str]:
    return [*notice.services, *blocks.item_ids(notice.body)]


def _versions(session: Session, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {notice_id: [] for notice_id in ids}
    query = sa.select(NoticeVersion).where(NoticeVersion.notice_id.in_(ids)).order_by(NoticeVersion.no)
    for row in session.scalars(query):
        found[row.notice_id].append(
            {"version": row.no, "published_at": iso(row.published_at), "note": row.note, "sha256": row.sha256}
        )
    return found


def present_office_notices(session: Session, notices: Sequence[Notice]) -> Written:
    """Write notices as their office sees them, by id."""
    written = present_notices(session, notices)
    names = names_of(session, [person for notice in notices for person in _people(notice)])
    for notice in notices:
        written[notice.id] |= {
            "author": present_person(notice.author_id, names),
            "approved_by": present_person_or_none(notice.approved_by, names),
            "created_at": iso(notice.created_at),
            "updated_at": iso(notice.updated_at),
            "allowed": allowed(State(notice.state)),
            "return_reason": notice.return_reason,
            "correction": _waiting(notice.correction, names),
            "explanation_draft": _waiting(notice.explanation_draft, names),
        }
    return written


def _people(notice: Notice) -> list[str | None]:
    waiting = [each["author"] for each in (notice.correction, notice.explanation_draft) if each]
    return [notice.author_id, notice.approved_by, *waiting]


def _waiting(draft: dict[str, Any] | None, names: dict[str, str]) -> dict[str, Any] | None:
    return draft and draft | {"author": present_person(draft["author"], names)}


def may_see_media(session: Session, actor: Actor, media_id: str) -> bool:
    """Tell whether a private file belongs to a notice of the actor's offices: whoever approves must see it all."""
    query = sa.select(NoticeMedia.media_id).join(Notice, Notice.id == NoticeMedia.notice_id)
    ours = query.where(NoticeMedia.media_id == media_id, Notice.office_id.in_(clerk_offices(actor)))
    return session.scalar(sa.select(ours.exists())) or False


def _write(notice: Notice, towns: list[str], around: _Around) -> dict[str, Any]:
    office, explanation = around.offices[notice.office_id], notice.explanation
    return {
        "id": notice.id,
        "ver": notice.ver,
        "state": notice.state,
        "version": notice.version,
        "versions": around.versions[notice.id],
        "index_no": notice.index_no,
        "doc_no": notice.doc_no,
        "office": {"id": office["id"], "name": office["name"]},
        "category": notice.category,
        "category_name": CATEGORIES[notice.category],
        "title": notice.title,
        "body": blocks.render(notice.body, around.media, around.cards),
        "attachments": [around.media[media_id] for media_id in notice.attachments if media_id in around.media],
        "towns": towns,
        "services": [around.cards[item] for item in notice.services if item in around.cards],
        "explanation": {"text": explanation["text"], "published_at": explanation["at"]} if explanation else None,
        "supersedes": notice.supersedes_id,
        "superseded_by": notice.superseded_by,
        "published_at": iso_or_none(notice.published_at),
        "effective_from": iso_or_none(notice.effective_from),
        "effective_to": iso_or_none(notice.effective_to),
        "withdrawn_reason": notice.withdrawn_reason,
    }
