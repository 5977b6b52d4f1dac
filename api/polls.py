"""Polls: answering them, and making them."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, commands, route
from api.schemas import PageQuery, page_of
from backend.community.polls import actions, queries
from backend.community.polls.models import Poll
from backend.community.polls.rules import POLL
from backend.community.polls.schemas import (
    EditorPollSchema,
    PollCountsSchema,
    PollEditForm,
    PollForm,
    PollReasonForm,
    PollSchema,
    PollTurnoutSchema,
    VoteForm,
    VoteSchema,
)
from backend.forms import Choice, Id
from backend.paging import Page

blp = blueprint("polls", "投票 Polls")
_POLL, _DESK = "/polls/<id:poll_id>", "/editor/polls/<id:poll_id>"
_command = commands(blp, _DESK, EditorPollSchema)


class PollQuery(PageQuery):
    """Which polls; `article` is the article that they belong to."""

    article = Id()


class EditorPollQuery(PageQuery):
    """Which polls."""

    state = Choice(list(POLL.states))


@route(blp, "GET /polls", needs="public.read", query=PollQuery, returns=page_of(PollSchema, "PollPage"))
def list_polls(call: Read, query: dict[str, Any]) -> Any:
    """投票列表 Polls that are open or closed, newest first."""
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_polls(call.session, article=query.get("article"), page=page)


@route(blp, f"GET {_POLL}", needs="public.read", returns=PollSchema, refuses=(410,))
def get_poll(call: Read, poll_id: str) -> Any:
    """一次投票 One poll."""
    poll = queries.access_poll(call.session, poll_id)
    return queries.present_polls([poll])[poll.id]


@route(blp, f"GET {_POLL}/counts", needs="poll.count", returns=PollCountsSchema, refuses=(409, 410))
def get_poll_counts(call: Read, poll_id: str) -> Any:
    """票数 How a poll stands, for those who may know by now."""
    return queries.read_counts(call.session, call.actor, poll_id)


@route(blp, f"PUT {_POLL}/vote", needs="poll.vote", body=VoteForm, returns=VoteSchema, refuses=(410,))
def put_vote(call: Write, poll_id: str, form: dict[str, Any]) -> Any:
    """投票 Vote, or change what one has chosen while the poll is open."""
    return queries.present_vote(actions.vote(call.unit, poll_id, **form))


@route(
    blp,
    "GET /editor/polls",
    needs="poll.write",
    query=EditorPollQuery,
    returns=page_of(EditorPollSchema, "EditorPollPage"),
)
def list_editor_polls(call: Read, query: dict[str, Any]) -> Any:
    """投票管理 Polls in all states, newest first."""
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_editor_polls(call.session, state=query.get("state"), page=page)


@route(blp, f"GET {_DESK}", needs="poll.write", returns=EditorPollSchema)
def get_editor_poll(call: Read, poll_id: str) -> Any:
    """查看投票 One poll, as editors see it."""
    return _written(call, queries.access_any_poll(call.session, poll_id))


@route(blp, f"GET {_DESK}/turnout", needs="poll.write", returns=PollTurnoutSchema)
def get_poll_turnout(call: Read, poll_id: str) -> Any:
    """参与人数 How many have voted by now; never what they chose."""
    return queries.read_turnout(call.session, poll_id)


@route(blp, "POST /editor/polls", needs="poll.write", body=PollForm, returns=EditorPollSchema, status=201)
def draft_poll(call: Write, form: dict[str, Any]) -> Answer:
    """起草投票 Write a draft of a poll."""
    poll = actions.draft_poll(call.unit, **form)
    return Answer(_written(call, poll), location=f"/api/v1/editor/polls/{poll.id}")


@route(blp, f"PATCH {_DESK}", needs="poll.write", body=PollEditForm, returns=EditorPollSchema, edits=True)
def edit_poll(call: Write, poll_id: str, form: dict[str, Any]) -> Any:
    """修改草稿 Change a draft."""
    return _written(call, actions.edit_poll(call.unit, poll_id, form, call.if_match))


@_command("publish", "poll.publish")
def publish_poll(call: Write, poll_id: str) -> Any:
    """发布投票 Put a colleague's poll to everybody."""
    return _written(call, actions.publish_poll(call.unit, poll_id, call.if_match))


@_command("withdraw", "poll.write", PollReasonForm)
def withdraw_poll(call: Write, poll_id: str, form: dict[str, Any]) -> Any:
    """撤回投票 Take a poll from everybody, with a public reason."""
    return _written(call, actions.withdraw_poll(call.unit, poll_id, if_match=call.if_match, **form))


def _written(call: Read | Write, poll: Poll) -> dict[str, Any]:
    return queries.present_editor_polls(call.session, [poll])[poll.id]
