"""Locking what a comment hangs on, in one order, and saying where it stands from now on.

The order is article, the comments it answers, the comment itself. Whoever shows, removes or withdraws takes turns by
these locks, so that none of them places a comment by what the other has just changed.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.community.comments import rules
from backend.community.comments.models import Comment
from backend.community.comments.rules import GONE, State
from backend.errors import not_found, withdrawn
from backend.feed.models import Article
from backend.feed.queries import LIVE
from backend.unit_of_work import UnitOfWork


def lock_article(unit: UnitOfWork, article_id: str) -> bool:
    """Keep an article from being withdrawn meanwhile; tell whether it is before readers. 404 if there is none."""
    query = sa.select(Article.state).where(Article.id == article_id).with_for_update(read=True)
    state = unit.session.scalar(query)
    if state is None:
        raise not_found("稿件")
    return state == LIVE


def demand_live(unit: UnitOfWork, article_id: str) -> None:
    """Keep an article before readers; 404 if there is none, 410 for one that was withdrawn."""
    if not lock_article(unit, article_id):
        raise withdrawn("该稿件", None)


def lock_comment(unit: UnitOfWork, comment_id: str) -> tuple[Comment, bool]:
    """Return a comment, locked with all it hangs on, and whether its article is before readers.

    Raises:
        AppError: 404 if there is none.
    """
    seen = unit.session.execute(
        sa.select(Comment.article_id, Comment.reply_to, Comment.thread).where(Comment.id == comment_id)
    ).one_or_none()
    if seen is None:
        raise not_found("评论")
    live = lock_article(unit, seen.article_id)
    # Older ones have lower ids, so the order of ids is that of the conversation.
    wanted = {comment_id, seen.reply_to, seen.thread} - {None}
    rows = locked(unit, sa.select(Comment).where(Comment.id.in_(wanted)))
    return next(row for row in rows if row.id == comment_id), live


def locked(unit: UnitOfWork, query: sa.Select[Comment]) -> Sequence[Comment]:
    """Return comments as they are now, locked in the order of their ids."""
    query = query.order_by(Comment.id).with_for_update().execution_options(populate_existing=True)
    return unit.session.scalars(query).all()


def answered(session: Session, comment_id: str) -> bool:
    """Tell whether a reply to a comment, or in the conversation that it began, is shown."""
    reply = sa.or_(Comment.reply_to == comment_id, Comment.thread == comment_id)
    return session.scalar(sa.select(sa.exists().where(reply, Comment.state == State.SHOWN))) or False


def move(unit: UnitOfWork, comment: Comment, *, live: bool) -> None:
    """Give a comment its next version, and place it; so also what it answers, where only that it was is shown."""
    place(unit, comment, live=live)
    for above_id in dict.fromkeys(above for above in (comment.thread, comment.reply_to) if above):
        above = unit.session.get_one(Comment, above_id)
        if above.state in GONE:
            place(unit, above, live=live)


def place(unit: UnitOfWork, comment: Comment, *, live: bool) -> None:
    """Give a comment its next version, and say on which streams it is."""
    comment.ver += 1
    unit.session.flush()
    found = rules.places(
        comment.state,
        article=comment.article_id,
        author=comment.account_id,
        live=live,
        reported=comment.reported,
        answered=live and comment.state in GONE and answered(unit.session, comment.id),
    )
    unit.place("comment", comment.id, comment.ver, found)
