"""What citizens do with comments: write, erase, report; and what becomes of all when an article is withdrawn."""

from __future__ import annotations

import sqlalchemy as sa

from backend import idempotency
from backend.accounts.models import Account
from backend.clock import local_day
from backend.community.comments import places, rules
from backend.community.comments.aids import look_at
from backend.community.comments.models import Comment, CommentReport, Talk
from backend.community.comments.rules import COMMENT, GONE, State
from backend.community.identity.actions import demand_verified
from backend.community.limits import demand_room
from backend.errors import guard_failed, invalid, not_found
from backend.events.models import Event
from backend.ids import new_id
from backend.policy import demand_owner
from backend.sync import streams
from backend.unit_of_work import UnitOfWork


def post_comment(unit: UnitOfWork, *, article: str, text: str, reply_to: str | None = None) -> Comment:
    """Write a comment; a moderator reads it before anybody else.

    Raises:
        AppError: 404, or 410 for a withdrawn article; 409 `identity_needed` or `comments_closed`; 422 naming `reply_to`
            for what is no shown comment of this article; 429 for too many.
    """
    identity = demand_verified(unit)
    places.demand_live(unit, article)
    talk = unit.session.get(Talk, article)
    if talk is not None and not talk.open:
        raise guard_failed("comments_closed", "这篇稿件的评论已关闭。")
    demand_room(unit, Comment.created_at, Comment.account_id == unit.actor.id, *rules.LIMITS)
    above = _answered(unit, article, reply_to) if reply_to else None
    dictionary, findings = look_at(unit.session, text, local_day(unit.now))
    comment = Comment(
        id=new_id(),
        ver=0,
        article_id=article,
        reply_to=reply_to,
        thread=(above.thread or above.id) if above else None,
        account_id=unit.actor.id,
        author=rules.author_name(identity.alias),
        text=text,
        state=State.WAITING,
        reported=False,
        findings=findings,
        dictionary=dictionary,
        created_at=unit.now,
    )
    unit.session.add(comment)
    places.move(unit, comment, live=True)
    unit.record("comment.posted", comment.id, comment.ver, article=article, found=len(findings))
    return comment


def _answered(unit: UnitOfWork, article_id: str, comment_id: str) -> Comment:
    above = unit.session.get(Comment, comment_id)
    if above is None or above.article_id != article_id or above.state != State.SHOWN:
        raise invalid("reply_to", "unknown", "您回复的评论已经不在了")
    return above


def erase_comment(unit: UnitOfWork, comment_id: str) -> None:
    """Erase one of one's own: its text is gone for good. 404 for any other, and for one that is erased already."""
    comment, live = places.lock_comment(unit, comment_id)
    demand_owner(unit.actor, comment.account_id if comment.state != State.ERASED else "", "评论")
    _erase(unit, comment, live=live)


def _erase(unit: UnitOfWork, comment: Comment, *, live: bool) -> None:
    comment.state = COMMENT.step("erase", comment.state)
    comment.text, comment.author, comment.findings, comment.reported = "", "", [], False
    idempotency.forget_answers(unit.session, comment.id)
    places.move(unit, comment, live=live)
    unit.record("comment.erased", comment.id, comment.ver, article=comment.article_id)


def report_comment(unit: UnitOfWork, comment_id: str, *, reason: str) -> None:
    """Point at a shown comment, once; enough of these bring it back before a moderator, and it stays shown till then.

    Raises:
        AppError: 404 for what is not shown; 409 `own_comment`; 429 for too many.
    """
    # Two that are sent at once, of different comments, are counted one after the other.
    unit.session.get(Account, unit.actor.id, with_for_update=True)
    comment, live = places.lock_comment(unit, comment_id)
    if comment.state != State.SHOWN or not live:
        raise not_found("评论")
    if comment.account_id == unit.actor.id:
        raise guard_failed("own_comment", "不能举报自己的评论。")
    if unit.session.get(CommentReport, (comment_id, unit.actor.id)) is not None:
        return
    demand_room(unit, CommentReport.at, CommentReport.account_id == unit.actor.id, *rules.REPORT_LIMITS)
    unit.session.add(CommentReport(comment_id=comment_id, account_id=unit.actor.id, reason=reason, at=unit.now))
    unit.session.flush()
    if not comment.reported and rules.is_reported(_reports_since(unit, comment)):
        comment.reported = True
        comment.dictionary, comment.findings = look_at(unit.session, comment.text, local_day(unit.now))
        places.move(unit, comment, live=live)
    unit.record("comment.reported", comment.id, comment.ver, reason=reason, again=comment.reported)


def _reports_since(unit: UnitOfWork, comment: Comment) -> int:
    query = sa.select(sa.func.count()).select_from(CommentReport).where(CommentReport.comment_id == comment.id)
    if comment.decided_at is not None:
        query = query.where(CommentReport.at > comment.decided_at)
    return unit.session.scalar(query) or 0


def set_open(unit: UnitOfWork, article_id: str, *, open: bool) -> Talk:
    """Let people comment on an article, or not any more; what is shown stays. 404 or 410 where there is none."""
    places.demand_live(unit, article_id)
    talk = unit.session.get(Talk, article_id, with_for_update=True)
    if talk is None:
        talk = Talk(article_id=article_id, ver=0)
        unit.session.add(talk)
    talk.open = open
    talk.ver += 1
    unit.session.flush()
    unit.record("talk.opened" if open else "talk.closed", article_id, talk.ver)
    unit.place("talk", article_id, talk.ver, {streams.talk(article_id)})
    return talk


def follow_withdrawal(unit: UnitOfWork, event: Event) -> None:
    """Take what people said below an article from everybody but themselves (`article.withdrawn`)."""
    on_streams = (State.WAITING, State.SHOWN, *GONE)
    query = sa.select(Comment).where(Comment.article_id == event.entity_id, Comment.state.in_(on_streams))
    for comment in places.locked(unit, query):
        places.place(unit, comment, live=False)
    talk = unit.session.get(Talk, event.entity_id, with_for_update=True)
    if talk is not None:
        talk.ver += 1
        unit.place("talk", talk.article_id, talk.ver, set())


def erase_comments(unit: UnitOfWork, account_id: str) -> None:
    """Erase what somebody said and reported who closes their account."""
    unit.session.execute(sa.delete(CommentReport).where(CommentReport.account_id == account_id))
    query = sa.select(Comment.id).where(Comment.account_id == account_id, Comment.state != State.ERASED)
    for comment_id in unit.session.scalars(query.order_by(Comment.id)).all():
        comment, live = places.lock_comment(unit, comment_id)
        _erase(unit, comment, live=live)
