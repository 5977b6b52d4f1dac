"""Lists of comments: an article's, one's own, the moderators'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from backend.clock import iso
from backend.community.comments import presentation
from backend.community.comments.models import Comment, CommentReport, Talk
from backend.community.comments.rules import GONE, State
from backend.community.likes.queries import count_likes
from backend.errors import not_found, withdrawn
from backend.feed.models import Article
from backend.feed.queries import LIVE
from backend.paging import Page, narrowed, paged

# How many replies come along with the comment that began the conversation; the others are asked for by `thread`.
REPLIES = 10


def list_comments(session: Session, article_id: str, *, thread: str | None, page: Page) -> dict[str, Any]:
    """List an article's comments, those shown last first, each with its first replies; or all replies of one.

    Raises:
        AppError: 404; 410 for a withdrawn article.
    """
    stands = session.execute(sa.select(Article.state, Article.withdrawn_reason).where(Article.id == article_id))
    article = stands.one_or_none()
    if article is None:
        raise not_found("稿件")
    if article.state != LIVE:
        raise withdrawn("该稿件", article.withdrawn_reason)
    of = Comment.thread.is_(None) if thread is None else Comment.thread == thread
    query = sa.select(Comment).where(Comment.article_id == article_id, of, _is_seen())
    talk = session.get(Talk, article_id)
    listing = paged(
        session,
        query,
        page,
        moment=Comment.shown_at,
        id=Comment.id,
        write=lambda rows: _with_replies(session, rows) if thread is None else _written(session, rows),
    )
    return listing | {"open": talk is None or talk.open}


def _is_seen() -> sa.ColumnElement[bool]:
    """Make the condition that readers see a comment, or that there was one."""
    reply = aliased(Comment)
    to_it = sa.or_(reply.reply_to == Comment.id, reply.thread == Comment.id)
    answered = sa.exists().where(to_it, reply.state == State.SHOWN).correlate(Comment)
    return sa.or_(Comment.state == State.SHOWN, sa.and_(Comment.state.in_(GONE), answered))


def _written(session: Session, rows: Sequence[Comment]) -> list[dict[str, Any]]:
    likes = count_likes(session, "comment", [row.id for row in rows])
    return [presentation.for_anybody(row) | {"likes": likes[row.id]} for row in rows]


def _with_replies(session: Session, rows: Sequence[Comment]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    seen = sa.and_(Comment.thread.in_(ids), _is_seen())
    counted = session.execute(sa.select(Comment.thread, sa.func.count()).where(seen).group_by(Comment.thread))
    counts = dict(counted.tuples().all())
    place = sa.func.row_number().over(partition_by=Comment.thread, order_by=(Comment.shown_at, Comment.id))
    first = sa.select(Comment.id, place.label("place")).where(seen).subquery()
    early = sa.select(first.c.id).where(first.c.place <= REPLIES)
    query = sa.select(Comment).where(Comment.id.in_(early)).order_by(Comment.shown_at, Comment.id)
    replies: dict[str | None, list[dict[str, Any]]] = {}
    found = session.scalars(query).all()
    for row, written in zip(found, _written(session, found), strict=True):
        replies.setdefault(row.thread, []).append(written)
    return [
        written | {"replies": replies.get(written["id"], []), "replies_count": counts.get(written["id"], 0)}
        for written in _written(session, rows)
    ]


def list_own(session: Session, account_id: str, page: Page) -> dict[str, Any]:
    """List what somebody said, the latest first."""
    query = sa.select(Comment).where(Comment.account_id == account_id, Comment.state != State.ERASED)

    def write(rows: Sequence[Comment]) -> list[dict[str, Any]]:
        return [presentation.for_its_author(row) for row in rows]

    return paged(session, query, page, moment=Comment.created_at, id=Comment.id, write=write)


def list_for_moderators(
    session: Session, *, state: str | None, reported: bool | None, article: str | None, page: Page
) -> dict[str, Any]:
    """List comments on articles that are before readers, the latest first; None of a filter wants nothing of it."""
    query = sa.select(Comment).join(Article, Article.id == Comment.article_id)
    query = query.where(Article.state == LIVE, Comment.state != State.ERASED)
    query = narrowed(query, (Comment.state, state), (Comment.reported, reported), (Comment.article_id, article))

    def write(rows: Sequence[Comment]) -> list[dict[str, Any]]:
        return present_for_moderators(session, rows)

    return paged(session, query, page, moment=Comment.created_at, id=Comment.id, write=write)


def present_for_moderators(session: Session, rows: Sequence[Comment]) -> list[dict[str, Any]]:
    """Write comments with what they are about: the article's headline, what they answer, and who reported them why."""
    articles = {row.article_id for row in rows}
    headlines = session.execute(sa.select(Article.id, Article.headline).where(Article.id.in_(articles)))
    headline = dict(headlines.tuples().all())
    answered = {row.reply_to for row in rows if row.reply_to}
    above = {row.id: row for row in session.scalars(sa.select(Comment).where(Comment.id.in_(answered)))}
    return [
        presentation.for_a_moderator(row)
        | {
            "headline": headline.get(row.article_id, ""),
            "reply_text": above[row.reply_to].text if row.reply_to in above else None,
            "reports": _reports(session, row),
        }
        for row in rows
    ]


def _reports(session: Session, row: Comment) -> dict[str, int]:
    if row.shown_at is None:
        return {}
    counted = sa.select(CommentReport.reason, sa.func.count()).where(CommentReport.comment_id == row.id)
    return dict(session.execute(counted.group_by(CommentReport.reason)).tuples().all())


def access_for_moderators(session: Session, comment_id: str) -> dict[str, Any]:
    """Write one comment; 404 if there is none."""
    row = session.get(Comment, comment_id)
    if row is None:
        raise not_found("评论")
    return present_for_moderators(session, [row])[0]


def export_comments(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Return all that somebody said, the latest first."""
    query = sa.select(Comment).where(Comment.account_id == account_id, Comment.state != State.ERASED)
    return [presentation.for_its_author(row) for row in session.scalars(query.order_by(Comment.id.desc()))]


def export_reports(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Return which comments somebody reported, and why."""
    query = sa.select(CommentReport).where(CommentReport.account_id == account_id)
    rows = session.scalars(query.order_by(CommentReport.at)).all()
    return [{"comment": row.comment_id, "reason": row.reason, "at": iso(row.at)} for row in rows]
