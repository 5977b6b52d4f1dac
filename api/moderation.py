"""The moderators' queue."""

from __future__ import annotations

from typing import Any

from api.edge import Read, Write, blueprint, commands, route
from api.schemas import PageQuery, page_of
from backend.community.comments import moderation, queries
from backend.community.comments.models import Comment
from backend.community.comments.rules import State
from backend.community.comments.schemas import CommentReasonForm, DeskCommentSchema
from backend.forms import Choice, Id
from backend.paging import Page

blp = blueprint("moderation", "评论审核 The moderators' desk")
_COMMENT = "/desk/comments/<id:comment_id>"
_command = commands(blp, _COMMENT, DeskCommentSchema)


class DeskCommentsQuery(PageQuery):
    """Which comments."""

    state = Choice([str(state) for state in State if state != State.ERASED])
    reported = Choice(["true", "false"])
    article = Id()


@route(
    blp,
    "GET /desk/comments",
    needs="community.moderate",
    query=DeskCommentsQuery,
    returns=page_of(DeskCommentSchema, "DeskCommentPage"),
)
def list_desk_comments(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """待审评论 Comments before the moderators, the latest first."""
    page = Page(query.get("cursor"), query["limit"])
    reported = {"true": True, "false": False}.get(query.get("reported", ""))
    return queries.list_for_moderators(
        call.session, state=query.get("state"), reported=reported, article=query.get("article"), page=page
    )


@route(blp, f"GET {_COMMENT}", needs="community.moderate", returns=DeskCommentSchema)
def get_desk_comment(call: Read, comment_id: str) -> dict[str, Any]:
    """一条评论 One comment, with what the dictionary found."""
    return queries.access_for_moderators(call.session, comment_id)


@_command("show", "community.moderate")
def show_comment(call: Write, comment_id: str) -> dict[str, Any]:
    """展示 Let everybody read it; or keep it, where it was reported."""
    return _written(call, moderation.show_comment(call.unit, comment_id, call.if_match))


@_command("refuse", "community.moderate", CommentReasonForm)
def refuse_comment(call: Write, form: dict[str, Any], comment_id: str) -> dict[str, Any]:
    """不予展示 Do not let it be read; its author is told why."""
    return _written(call, moderation.refuse_comment(call.unit, comment_id, **form, if_match=call.if_match))


@_command("remove", "community.moderate", CommentReasonForm)
def remove_comment(call: Write, form: dict[str, Any], comment_id: str) -> dict[str, Any]:
    """移除 Take a shown comment away; its author is told why."""
    return _written(call, moderation.remove_comment(call.unit, comment_id, **form, if_match=call.if_match))


def _written(call: Write, comment: Comment) -> dict[str, Any]:
    return queries.present_for_moderators(call.session, [comment])[0]
