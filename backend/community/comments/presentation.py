"""Writing comments for the three who read them: anybody, the author, a moderator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso, iso_or_none
from backend.community.comments.models import Comment, Talk
from backend.community.comments.rules import COMMENT, GONE, REASONS, State
from backend.feed.models import Article
from backend.feed.queries import LIVE
from backend.sync.streams import Audience


def for_anybody(comment: Comment) -> dict[str, Any]:
    """Write a shown comment, or only that there was one."""
    gone = comment.state in GONE
    return _common(comment) | {"author": None if gone else comment.author, "text": "" if gone else comment.text}


def for_its_author(comment: Comment) -> dict[str, Any]:
    """Write one's own, whatever became of it."""
    told = {"reason": comment.reason, "reason_name": REASONS[comment.reason] if comment.reason else None}
    return _common(comment) | {"author": comment.author, "text": comment.text} | told


def for_a_moderator(comment: Comment) -> dict[str, Any]:
    """Write one with what the dictionary found in it, and what can be done."""
    return for_its_author(comment) | {
        "state_name": COMMENT.states[comment.state],
        "reported": comment.reported,
        "findings": comment.findings,
        "dictionary": comment.dictionary,
        "allowed": [name for name in COMMENT.allowed(comment.state) if name != "erase"],
    }


def _common(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "ver": comment.ver,
        "article": comment.article_id,
        "reply_to": comment.reply_to,
        "thread": comment.thread,
        "state": comment.state,
        "created_at": iso(comment.created_at),
        "shown_at": iso_or_none(comment.shown_at),
    }


def load_comments(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render comments for the sync streams; of a withdrawn article only for their authors."""
    query = sa.select(Comment).where(Comment.id.in_(ids))
    if audience is Audience.OWNER:
        return {row.id: for_its_author(row) for row in session.scalars(query.where(Comment.state != State.ERASED))}
    query = query.join(Article, Article.id == Comment.article_id).where(Article.state == LIVE)
    if audience is Audience.STAFF:
        wanted = sa.or_(Comment.state == State.WAITING, sa.and_(Comment.state == State.SHOWN, Comment.reported))
        return {row.id: for_a_moderator(row) for row in session.scalars(query.where(wanted))}
    seen = Comment.state.in_([State.SHOWN, *GONE])
    return {row.id: for_anybody(row) for row in session.scalars(query.where(seen))}


def present_talk(row: Talk) -> dict[str, Any]:
    """Write whether people may comment on an article."""
    return {"id": row.article_id, "ver": row.ver, "open": row.open}


def load_talks(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render that for everybody who reads the comments."""
    del audience
    query = sa.select(Talk).join(Article, Article.id == Talk.article_id)
    rows = session.scalars(query.where(Talk.article_id.in_(ids), Article.state == LIVE))
    return {row.article_id: present_talk(row) for row in rows}
