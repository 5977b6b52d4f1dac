"""What a moderator decides. Each decision names its person in the event log, and holds no text."""

from __future__ import annotations

from backend.community.comments import places
from backend.community.comments.models import Comment
from backend.community.comments.rules import COMMENT, Facts, State
from backend.errors import demand_version
from backend.unit_of_work import UnitOfWork

_CHANGED = "这条评论刚刚有了变化，请看过最新的再决定。"


def show_comment(unit: UnitOfWork, comment_id: str, if_match: int | None = None) -> Comment:
    """Let everybody read a comment, or keep one that was reported.

    Raises:
        AppError: 404; 412 if it changed meanwhile; 409 `illegal_state`, `reported` or `article_live`.
    """
    return _decide(unit, comment_id, "show", None, if_match)


def refuse_comment(unit: UnitOfWork, comment_id: str, *, reason: str, if_match: int | None = None) -> Comment:
    """Do not let it be read; its author is told why. Raises as `show_comment` does."""
    return _decide(unit, comment_id, "refuse", reason, if_match)


def remove_comment(unit: UnitOfWork, comment_id: str, *, reason: str, if_match: int | None = None) -> Comment:
    """Take a shown comment away again; its author is told why. Raises as `show_comment` does."""
    return _decide(unit, comment_id, "remove", reason, if_match)


def _decide(unit: UnitOfWork, comment_id: str, command: str, reason: str | None, if_match: int | None) -> Comment:
    comment, live = places.lock_comment(unit, comment_id)
    demand_version(comment.ver, if_match, _CHANGED)
    before = comment.state
    comment.state = COMMENT.step(command, before, Facts(live=live, reported=comment.reported))
    comment.reason, comment.reported = reason, False
    comment.decided_by, comment.decided_at = unit.actor.id, unit.now
    if before == State.WAITING and comment.state == State.SHOWN:
        comment.shown_at = unit.now
    places.move(unit, comment, live=live)
    verb = "kept" if comment.state == before else str(comment.state)
    unit.record(f"comment.{verb}", comment.id, comment.ver, article=comment.article_id, reason=reason)
    return comment
