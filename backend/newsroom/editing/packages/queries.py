"""Reading packages and renditions, for the newsroom only, and what the sections around ask about them."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend import blocks
from backend.accounts.queries import names_of, present_person
from backend.clock import iso
from backend.district.models import Section, Town
from backend.errors import not_found
from backend.media.models import Media
from backend.newsroom.editing.models import Package, Rendition, Story
from backend.newsroom.editing.packages.checks import MediaFacts, shown_media
from backend.newsroom.editing.packages.derive import Master
from backend.newsroom.editing.packages.limits import KINDS, measures
from backend.newsroom.editing.packages.rules import EDITED, RENDITION
from backend.newsroom.editing.places import may_see, visible_to
from backend.newsroom.interview.queries import media_states
from backend.paging import Page, in_order, narrowed, paged
from backend.policy import Actor
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]
_ORDER = list(KINDS)


def list_packages(session: Session, actor: Actor, *, story: str | None, page: Page) -> dict[str, Any]:
    """List the packages of the stories that this person may see, the newest first."""
    query = sa.select(Package).join(Story, Story.id == Package.story_id).where(visible_to(actor))
    query = narrowed(query, (Package.story_id, story))

    return paged(
        session,
        query,
        page,
        moment=Package.created_at,
        id=Package.id,
        write=in_order(lambda rows: present_packages(session, rows)),
    )


def access_package(session: Session, actor: Actor, package_id: str) -> dict[str, Any]:
    """Write one package with its renditions; 404 if there is none or its story is not for this person."""
    package = session.get(Package, package_id)
    if package is None or not may_see(actor, session.get_one(Story, package.story_id)):
        raise not_found("产品包")
    return present_packages(session, [package])[package_id]


def access_rendition(session: Session, actor: Actor, rendition_id: str) -> dict[str, Any]:
    """Write one rendition; 404 if there is none or its story is not for this person."""
    row = session.get(Rendition, rendition_id)
    if row is None or not may_see(actor, session.get_one(Story, row.story_id)):
        raise not_found("渠道稿")
    return present_renditions(session, [row])[rendition_id]


def load_renditions(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render renditions for the desks' streams, and for the writers of those that only they hold."""
    if audience is Audience.PUBLIC:
        return {}
    return present_renditions(session, session.scalars(sa.select(Rendition).where(Rendition.id.in_(ids))).all())


def present_packages(session: Session, packages: Sequence[Package]) -> Written:
    """Write packages with their renditions, by id."""
    query = sa.select(Rendition).where(Rendition.package_id.in_([package.id for package in packages]))
    rows = session.scalars(query).all()
    written = present_renditions(session, rows)
    people = names_of(session, [package.created_by for package in packages])
    return {
        package.id: {
            "id": package.id,
            "story": package.story_id,
            "renditions": [written[row.id] for row in _in_order(rows) if row.package_id == package.id],
            "created_by": present_person(package.created_by, people),
            "created_at": iso(package.created_at),
        }
        for package in packages
    }


def renditions_of(session: Session, package_id: str) -> list[Rendition]:
    """List the renditions of a package in the order of their kinds."""
    return _in_order(session.scalars(sa.select(Rendition).where(Rendition.package_id == package_id)))


def present_renditions(session: Session, rows: Sequence[Rendition]) -> Written:
    """Write renditions, by id. `fields` are as they were hashed; `media` says what their files are."""
    media = _present_files(session, {media_id for row in rows for _, media_id, _ in shown_media(row.fields)})
    people = names_of(session, [person for row in rows for person in row.writers])
    return {row.id: _write(row, media, people) for row in rows}


def _write(row: Rendition, media: Written, people: dict[str, str]) -> dict[str, Any]:
    files = dict.fromkeys(media_id for _, media_id, _ in shown_media(row.fields) if media_id in media)
    return {
        "id": row.id,
        "ver": row.ver,
        "state": row.state,
        "kind": row.kind,
        "kind_name": KINDS[row.kind],
        "package": row.package_id,
        "story": row.story_id,
        "story_version": row.story_version,
        "story_hash": row.story_hash,
        "fields": row.fields,
        "media": [media[media_id] for media_id in files],
        "measures": measures(row.kind, row.fields),
        "problems": row.problems,
        "transform": row.transform,
        "new_sentences": row.new_sentences,
        "needs_own_examination": row.transform == EDITED and row.signed_hash != row.text_hash,
        "text_hash": row.text_hash,
        "signed_hash": row.signed_hash,
        "exam": row.exam_id,
        "writers": [present_person(writer, people) for writer in row.writers],
        "updated_at": iso(row.updated_at),
        "allowed": RENDITION.allowed(row.state),
    }


def _present_files(session: Session, ids: Collection[str]) -> Written:
    """Write what never changes of some files: what a film becomes later belongs to the file, not to the rendition."""
    rows = session.scalars(sa.select(Media).where(Media.id.in_(ids)))
    return {
        row.id: {
            "id": row.id,
            "kind": row.kind,
            "mime": row.mime,
            "width": row.width,
            "height": row.height,
            "url": f"/api/v1/media/{row.id}",
        }
        for row in rows
    }


def _in_order(rows: Iterable[Rendition]) -> list[Rendition]:
    return sorted(rows, key=lambda row: _ORDER.index(row.kind))


def brief_renditions(session: Session, story_ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Say of each of these stories which renditions it has and how they stand, by the story's id."""
    found: dict[str, list[dict[str, Any]]] = {story_id: [] for story_id in story_ids}
    query = sa.select(Rendition).where(Rendition.story_id.in_(found))
    for row in _in_order(session.scalars(query)):
        found[row.story_id].append({"id": row.id, "kind": row.kind, "state": row.state, "ver": row.ver})
    return found


def rendition_content(rendition: Rendition, story: Story) -> dict[str, Any]:
    """Return the texts of a rendition as the aids read them: headline, subtitle, summary and a body of blocks.

    What has no block of its own in the rendition is in one that is called after its field.
    """
    del story
    fields = rendition.fields
    own = [_block(name, fields[name]) for name in ("text", "script") if name in fields]
    lists = [_block(name, "\n".join(fields[name])) for name in ("tags", "topics", "lower_thirds") if fields.get(name)]
    return {
        "headline": fields.get("title") or fields.get("headline") or "",
        "subtitle": "",
        "summary": fields.get("digest") or fields.get("push_text") or "",
        "body": [*fields.get("body", ()), *own, *lists],
    }


def _block(block_id: str, text: str) -> dict[str, Any]:
    lines = "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in text.splitlines())
    return {"id": block_id, "type": "text", "html": lines}


def read_master(session: Session, story: Story) -> Master:
    """Read what renditions are made from."""
    section = session.get(Section, story.section)
    towns = session.scalars(sa.select(Town).where(Town.id.in_(story.towns)).order_by(Town.id))
    return Master(
        id=story.id,
        headline=story.headline,
        subtitle=story.subtitle,
        summary=story.summary,
        body=story.body,
        cover=story.cover,
        byline=story.byline,
        section=section.name if section else "",
        towns={town.id: town.name for town in towns},
    )


def read_media(session: Session, ids: Collection[str], now: datetime) -> dict[str, MediaFacts]:
    """Read what the limits ask about files, by id; one that is unknown is missing."""
    states = media_states(session, ids, now)
    rows = session.scalars(sa.select(Media).where(Media.id.in_(set(ids))))
    return {row.id: _facts(row, states[row.id]) for row in rows}


def _facts(row: Media, state: Any) -> MediaFacts:
    return MediaFacts(
        kind=row.kind,
        width=row.width,
        height=row.height,
        duration_s=row.duration_s,
        cleared=state.state == "usable" and not state.is_barred,
        barred=state.is_barred,
    )


def media_of(story: Story) -> list[str]:
    """List the files that a story shows."""
    return [*([story.cover] if story.cover else []), *blocks.media_ids(story.body)]
