"""What has happened to articles since a partner looked last: history as a list that can be resumed at any place."""

from __future__ import annotations

import base64
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.errors import AppError, Code, FieldError
from backend.events.models import Event
from backend.feed.models import Article
from backend.feed.syndication.items import Outlet
from backend.feed.syndication.ninjs import describe_any
from backend.feed.syndication.queries import describe_articles
from backend.sync.models import HEAD_ID, Head

CORRECTED, WITHDRAWN, PUBLISHED = "article.corrected", "article.withdrawn", "article.published"
TYPES = (PUBLISHED, CORRECTED, "article.confirmed", WITHDRAWN)


def list_changes(session: Session, outlet: Outlet, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """List what became of articles, oldest first, each with the article as it stands now.

    `next` is a cursor at the end of the list too, so that whoever keeps it goes on there tomorrow. Numbers rise in
    the order in which changes were committed, so none comes in before one that was listed already.

    Raises:
        AppError: 422 `bad_cursor` for a cursor that was not given out here, or before history was restored.
    """
    epoch = session.scalars(sa.select(Head.epoch).where(Head.id == HEAD_ID)).one()
    after = 0 if cursor is None else _read(cursor, epoch)
    query = sa.select(Event).where(Event.type.in_(TYPES), Event.seq > after).order_by(Event.seq).limit(limit + 1)
    found = session.scalars(query).all()
    events = found[:limit]
    articles = session.scalars(sa.select(Article).where(Article.id.in_({event.entity_id for event in events}))).all()
    standing = describe_articles(session, outlet, articles)
    return {
        "items": [
            {
                "seq": event.seq,
                "type": event.type,
                "id": event.entity_id,
                "version": event.entity_version,
                "at": iso(event.at),
                "data": describe_any(standing[event.entity_id], outlet),
            }
            for event in events
        ],
        "next": _write(epoch, events[-1].seq if events else after),
        "more": len(found) > limit,
    }


def _write(epoch: str, seq: int) -> str:
    text = json.dumps([epoch, seq], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, epoch: str) -> int:
    try:
        given, seq = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError):
        given, seq = None, 0
    # What is no number of ours, the database may not even be able to compare with.
    if given != epoch or type(seq) is not int or not 0 <= seq < 2**63:
        error = FieldError(field="cursor", code="bad_cursor", message="标记无效。")
        raise AppError(Code.BAD_CURSOR, 422, "标记无效，请不带 cursor 从头读取。", errors=[error])
    return seq
