"""What a notice says, as one value: for its versions, and for a correction that waits for its second person.

Moments are kept as ISO 8601 here, since the whole is stored as JSON.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend import blocks
from backend.catalogue.queries import demand_items
from backend.clock import iso_or_none
from backend.db import canonical
from backend.district.queries import demand_towns
from backend.errors import invalid
from backend.media.queries import demand_usable
from backend.notices.models import Notice, NoticeMedia, NoticeService, NoticeTown, NoticeVersion
from backend.notices.rules import demand_period
from backend.unit_of_work import UnitOfWork

_MOMENTS = ("effective_from", "effective_to")
_PLAIN = ("title", "category", "index_no", "doc_no", "body", "attachments", "services", *_MOMENTS)
Content = dict[str, Any]


def sound(unit: UnitOfWork, notice: Notice, given: Mapping[str, Any]) -> Content:
    """Return the given fields as they are stored, once all of them are known to be sound.

    Raises:
        AppError: 422 for an empty body, a file that may not be used, a town or service there is not, a wrong period.
    """
    fields = dict(given)
    held = media_of(notice)
    if "body" in fields:
        fields["body"] = _sound_body(unit, fields["body"], held)
    if "attachments" in fields:
        fields["attachments"] = list(dict.fromkeys(fields["attachments"]))
        demand_usable(unit.session, unit.actor, fields["attachments"], "attachments", held=held)
    if "towns" in fields:
        fields["towns"] = sorted(set(fields["towns"]))
        demand_towns(unit.session, given["towns"])
    if "services" in fields:
        fields["services"] = list(dict.fromkeys(fields["services"]))
        demand_items(unit.session, fields["services"], "services")
    demand_period(*(fields.get(name, getattr(notice, name)) for name in _MOMENTS))
    return fields


def fill(unit: UnitOfWork, notice: Notice, fields: Mapping[str, Any]) -> None:
    """Put sound fields into a notice that is in the database."""
    for name in _PLAIN:
        if name in fields:
            setattr(notice, name, fields[name])
    unit.session.flush()
    if "towns" in fields:
        _replace(unit, NoticeTown, notice.id, "town_id", fields["towns"])


def follow(unit: UnitOfWork, notice: Notice) -> None:
    """Keep the lists beside a notice in step with it: what it shows now, showed before, and may show next."""
    files = [*media_of(notice), *media_in(notice.correction["changes"] if notice.correction else {})]
    files += [each for version in _contents(unit.session, notice.id) for each in media_in(version)]
    _replace(unit, NoticeMedia, notice.id, "media_id", files)
    _replace(unit, NoticeService, notice.id, "item_id", [*notice.services, *blocks.item_ids(notice.body)])


def public_media(unit: UnitOfWork, notice: Notice) -> list[str]:
    """List the files of all versions that can be read."""
    older = [each for version in _contents(unit.session, notice.id) for each in media_in(version)]
    return list(dict.fromkeys([*media_of(notice), *older]))


def written(notice: Notice, towns: Sequence[str]) -> Content:
    """Write all that a notice says now."""
    content = {name: getattr(notice, name) for name in _PLAIN}
    return as_json(content | {"towns": list(towns)})


def as_json(fields: Mapping[str, Any]) -> Content:
    """Write the moments among the fields as text."""
    return {name: iso_or_none(value) if isinstance(value, datetime) else value for name, value in fields.items()}


def from_json(content: Mapping[str, Any]) -> Content:
    """Read the moments back."""
    return {
        name: datetime.fromisoformat(value) if name in _MOMENTS and value else value for name, value in content.items()
    }


def sha256_of(content: Content) -> str:
    """Return the fingerprint of a version, by which a copy can be held against what history says."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def media_of(notice: Notice) -> list[str]:
    """Give the ids of all media that a notice shows or attaches now."""
    return media_in({"body": notice.body, "attachments": notice.attachments})


def media_in(content: Mapping[str, Any]) -> list[str]:
    """Give the ids of all media in a content."""
    return [*blocks.media_ids(content.get("body", ())), *content.get("attachments", ())]


def towns_of(session: Session, notice_id: str) -> list[str]:
    """List the towns a notice is about."""
    query = sa.select(NoticeTown.town_id).where(NoticeTown.notice_id == notice_id).order_by(NoticeTown.town_id)
    return list(session.scalars(query))


def _sound_body(unit: UnitOfWork, value: str | list[dict[str, Any]], held: Sequence[str]) -> list[dict[str, Any]]:
    body = blocks.parse(value)
    media = blocks.media_ids(body)
    if not media and not blocks.plain_text(body).strip():
        raise invalid("body", "empty", "正文清理后没有内容")
    demand_usable(unit.session, unit.actor, media, "body", held=held)
    demand_items(unit.session, blocks.item_ids(body), "body")
    return body


def _contents(session: Session, notice_id: str) -> list[Content]:
    query = sa.select(NoticeVersion.content).where(NoticeVersion.notice_id == notice_id)
    return [content for content in session.scalars(query) if content is not None]


def _replace(unit: UnitOfWork, table: type[Any], notice_id: str, column: str, ids: Sequence[str]) -> None:
    unit.session.execute(sa.delete(table).where(table.notice_id == notice_id))
    unit.session.add_all(table(notice_id=notice_id, **{column: each}) for each in dict.fromkeys(ids))
    unit.session.flush()
