"""The editor API: a door into the newsroom."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.schemas import PageQuery, page_of
from backend.forms import Choice
from backend.inbox.reports import report_pushes
from backend.inbox.schemas import PushReportSchema
from backend.newsroom.editing import actions, queries
from backend.newsroom.editing.models import Story
from backend.newsroom.editing.rules import State
from backend.newsroom.editing.schemas import (
    BreakingForm,
    CorrectionForm,
    PublishForm,
    ReasonForm,
    StoryForm,
    StoryPatch,
    StorySchema,
)
from backend.paging import Page

blp = blueprint("editor", "采编 Editor API")
_STORY = "/editor/stories/<id:story_id>"


class StoriesQuery(PageQuery):
    """Which stories."""

    state = Choice([str(state) for state in State])


def _written(call: Write, story: Story) -> dict[str, Any]:
    call.session.flush()
    return queries.present_stories(call.session, [story])[story.id]


@route(
    blp,
    "GET /editor/stories",
    needs="story.read",
    query=StoriesQuery,
    returns=page_of(StorySchema, "StoryPageSchema"),
)
def list_stories(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """稿件列表 Stories, those changed last first."""
    return queries.list_stories(call.session, state=query.get("state"), page=Page(query.get("cursor"), query["limit"]))


@route(blp, "POST /editor/stories", needs="story.write", body=StoryForm, returns=StorySchema, status=201)
def create_story(call: Write, form: dict[str, Any]) -> Answer:
    """新建稿件 Begin a story."""
    story = actions.create_story(call.unit, form)
    return Answer(_written(call, story), location=f"/api/v1/editor/stories/{story.id}")


@route(blp, f"GET {_STORY}", needs="story.read", returns=StorySchema)
def get_story(call: Read, story_id: str) -> dict[str, Any]:
    """一篇在编稿件 One story."""
    return queries.access_story(call.session, story_id)


@route(blp, f"PATCH {_STORY}", needs="story.write", body=StoryPatch, returns=StorySchema, edits=True)
def edit_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """修改稿件 Change a story."""
    return _written(call, actions.edit_story(call.unit, story_id, form, call.if_match))


@route(blp, f"POST {_STORY}/submit", needs="story.write", returns=StorySchema, refuses=(412,))
def submit_story(call: Write, story_id: str) -> dict[str, Any]:
    """送审 Submit for signing."""
    return _written(call, actions.submit_story(call.unit, story_id, call.if_match))


@route(blp, f"POST {_STORY}/return", needs="story.sign", body=ReasonForm, returns=StorySchema, refuses=(412,))
def return_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """退回修改 Send back to the writers."""
    return _written(call, actions.return_story(call.unit, story_id, form["reason"], call.if_match))


@route(blp, f"POST {_STORY}/publish", needs="story.sign", body=PublishForm, returns=StorySchema, refuses=(412,))
def publish_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """签发 Sign and publish, now or at a time."""
    story = actions.publish_story(call.unit, story_id, publish_at=form.get("publish_at"), if_match=call.if_match)
    return _written(call, story)


@route(blp, f"POST {_STORY}/correct", needs="story.sign", body=CorrectionForm, returns=StorySchema, refuses=(412,))
def correct_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """更正 Correct a live story."""
    return _written(call, actions.correct_story(call.unit, story_id, form, call.if_match))


@route(blp, f"POST {_STORY}/withdraw", needs="story.withdraw", body=ReasonForm, returns=StorySchema, refuses=(412,))
def withdraw_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """撤稿 Take a live story from everybody."""
    return _written(call, actions.withdraw_story(call.unit, story_id, form["reason"], call.if_match))


@route(blp, f"GET {_STORY}/pushes", needs="story.read", returns=PushReportSchema)
def get_story_pushes(call: Read, story_id: str) -> dict[str, Any]:
    """推送情况 How the pushes about a story fared."""
    queries.access_story(call.session, story_id)
    return report_pushes(call.session, ("article", story_id))


@route(blp, "POST /editor/breaking", needs="breaking.open", body=BreakingForm, returns=StorySchema, status=201)
def open_breaking(call: Write, form: dict[str, Any]) -> Answer:
    """开快讯 Open the fast lane."""
    story = actions.open_breaking(call.unit, form)
    return Answer(_written(call, story), location=f"/api/v1/editor/stories/{story.id}")


@route(
    blp,
    "POST /editor/breaking/<id:story_id>/sign",
    needs="breaking.sign",
    returns=StorySchema,
    refuses=(412,),
)
def sign_breaking(call: Write, story_id: str) -> dict[str, Any]:
    """快讯签发 Sign breaking news; it is live at once."""
    return _written(call, actions.sign_breaking(call.unit, story_id, call.if_match))
