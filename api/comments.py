"""Comments, as citizens read and write them."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.schemas import PageQuery, SilentSchema, page_of
from backend.community.comments import actions, presentation, queries
from backend.community.comments.schemas import (
    CommentForm,
    CommentReasonForm,
    CommentsSchema,
    OwnCommentSchema,
    TalkForm,
    TalkSchema,
)
from backend.forms import Id
from backend.paging import Page

blp = blueprint("comments", "跟帖 Comments")


class CommentsQuery(PageQuery):
    """All of an article, or the replies in one conversation."""

    thread = Id()


@route(
    blp,
    "GET /articles/<id:article_id>/comments",
    needs="public.read",
    query=CommentsQuery,
    returns=CommentsSchema,
    refuses=(410,),
)
def list_comments(call: Read, query: dict[str, Any], article_id: str) -> dict[str, Any]:
    """一篇稿件的评论 An article's comments, those shown last first, with replies."""
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_comments(call.session, article_id, thread=query.get("thread"), page=page)


# Not below the article: the edge keeps what is read there, and lets nothing of a person through.
@route(
    blp,
    "POST /comments",
    needs="comment.write",
    body=CommentForm,
    returns=OwnCommentSchema,
    status=201,
    refuses=(404, 410, 429),
)
def post_comment(call: Write, form: dict[str, Any]) -> Answer:
    """发表评论 Write a comment; a moderator reads it first."""
    comment = actions.post_comment(call.unit, **form)
    return Answer(presentation.for_its_author(comment), location="/api/v1/me/comments")


@route(
    blp, "GET /me/comments", needs="comment.write", query=PageQuery, returns=page_of(OwnCommentSchema, "OwnComments")
)
def list_own_comments(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """我的评论 What I have said, and what became of it."""
    return queries.list_own(call.session, call.actor.id, Page(query.get("cursor"), query["limit"]))


@route(blp, "DELETE /comments/<id:comment_id>", needs="comment.write", returns=SilentSchema, status=204)
def erase_comment(call: Write, comment_id: str) -> None:
    """删除我的评论 Erase a comment of mine."""
    actions.erase_comment(call.unit, comment_id)


@route(
    blp,
    "POST /comments/<id:comment_id>/report",
    needs="comment.report",
    body=CommentReasonForm,
    returns=SilentSchema,
    status=204,
    refuses=(429,),
)
def report_comment(call: Write, form: dict[str, Any], comment_id: str) -> None:
    """举报评论 Report a comment."""
    actions.report_comment(call.unit, comment_id, **form)


@route(
    blp,
    "PUT /editor/articles/<id:article_id>/comments",
    needs="story.handle",
    body=TalkForm,
    returns=TalkSchema,
    refuses=(410,),
)
def set_open(call: Write, form: dict[str, Any], article_id: str) -> dict[str, Any]:
    """开关评论 Let people comment on an article, or not."""
    return presentation.present_talk(actions.set_open(call.unit, article_id, **form))
