"""The editor API: a door into the newsroom."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.schemas import PageQuery, SilentSchema, page_of
from backend.forms import Choice, Form, Id, Text
from backend.inbox.rings.reports import report_pushes
from backend.inbox.rings.schemas import PushReportSchema
from backend.newsroom import desk
from backend.newsroom.editing import actions, leases, queries
from backend.newsroom.editing.models import Lease, Story
from backend.newsroom.editing.packages.queries import brief_renditions
from backend.newsroom.editing.rules import State
from backend.newsroom.editing.schemas import (
    BreakingForm,
    CorrectionForm,
    EditedStorySchema,
    LeaseForm,
    LeaseSchema,
    PublishForm,
    ReasonForm,
    StoryForm,
    StoryPatch,
    StorySchema,
    VersionSchema,
    WholeVersionSchema,
)
from backend.newsroom.examination import checks
from backend.newsroom.examination.queries import present_report
from backend.newsroom.examination.schemas import CheckReportSchema
from backend.newsroom.examination.targets import STORY, access_target
from backend.paging import Page

blp = blueprint("editor", "采编 Editor API")
_STORY = "/editor/stories/<id:story_id>"


class StoriesQuery(PageQuery):
    """Which stories."""

    state = Choice([str(state) for state in State])
    topic = Id()


class OptionalReasonForm(Form):
    """Why, where somebody wants to say it."""

    reason = Text(at_most=300)


def _written(call: Write, story: Story) -> dict[str, Any]:
    call.session.flush()
    return queries.present_stories(call.session, [story])[story.id]


def _lease(call: Write, lease: Lease) -> dict[str, Any]:
    call.session.flush()
    return leases.present_lease(call.session, lease)


@route(
    blp,
    "GET /editor/stories",
    needs="story.read",
    query=StoriesQuery,
    returns=page_of(StorySchema, "StoryPageSchema"),
)
def list_stories(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """稿件列表 Stories, those changed last first."""
    page = Page(query.get("cursor"), query["limit"])
    which = {"state": query.get("state"), "topic": query.get("topic")}
    return queries.list_stories(call.session, call.actor, **which, page=page)


@route(blp, "POST /editor/stories", needs="story.write", body=StoryForm, returns=StorySchema, status=201)
def create_story(call: Write, form: dict[str, Any]) -> Answer:
    """新建稿件 Begin a story."""
    story = actions.create_story(call.unit, form)
    return Answer(_written(call, story), location=f"/api/v1/editor/stories/{story.id}")


@route(blp, f"GET {_STORY}", needs="story.read", returns=StorySchema)
def get_story(call: Read, story_id: str) -> dict[str, Any]:
    """一篇在编稿件 One story."""
    story = queries.access_story(call.session, call.actor, story_id)
    return queries.present_stories(call.session, [story])[story_id]


@route(
    blp, f"PATCH {_STORY}", needs="story.write", body=StoryPatch, returns=EditedStorySchema, edits=True, refuses=(423,)
)
def edit_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """修改稿件 Change a story; a stale edit is kept as a draft and answered with what differs."""
    story = desk.edit_story(call.unit, story_id, form, call.if_match)
    return _written(call, story) | {"renditions": brief_renditions(call.session, [story_id])[story_id]}


@route(blp, f"POST {_STORY}/lock", needs="story.write", body=LeaseForm, returns=LeaseSchema, refuses=(423,))
def lock_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """锁定稿件 Take the lease of a story for ten minutes, or renew it."""
    story = actions.access_story(call.unit, story_id)
    return _lease(call, leases.take_lease(call.unit, story, reason=form["reason"], draft=form.get("draft")))


@route(blp, f"DELETE {_STORY}/lock", needs="story.write", returns=SilentSchema, status=204)
def unlock_story(call: Write, story_id: str) -> None:
    """释放稿件 Give the lease back."""
    leases.release_lease(call.unit, actions.access_story(call.unit, story_id))


@route(blp, f"POST {_STORY}/lock/take-over", needs="story.take_over", body=ReasonForm, returns=LeaseSchema)
def take_over_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """接管稿件 Take the lease from its holder, whose unsaved draft is kept."""
    return _lease(call, leases.take_over(call.unit, actions.access_story(call.unit, story_id), form["reason"]))


@route(
    blp,
    f"GET {_STORY}/versions",
    needs="story.read",
    query=PageQuery,
    returns=page_of(VersionSchema, "VersionPageSchema"),
)
def list_versions(call: Read, story_id: str, query: dict[str, Any]) -> dict[str, Any]:
    """历史版本 The texts a story has had, and the drafts kept beside them."""
    queries.access_story(call.session, call.actor, story_id)
    return queries.list_versions(call.session, story_id, Page(query.get("cursor"), query["limit"]))


@route(blp, f"GET {_STORY}/versions/<id:version_id>", needs="story.read", returns=WholeVersionSchema)
def get_version(call: Read, story_id: str, version_id: str) -> dict[str, Any]:
    """一个版本 One version, with what it changed."""
    queries.access_story(call.session, call.actor, story_id)
    return queries.access_version(call.session, story_id, version_id)


@route(blp, f"POST {_STORY}/check", needs="story.read", returns=CheckReportSchema)
def check_story(call: Write, story_id: str) -> dict[str, Any]:
    """机检 Let the text aids look at a story as it stands."""
    return present_report(checks.run_check(call.unit, access_target(call.unit, STORY, story_id)))


@route(blp, f"POST {_STORY}/submit", needs="story.write", returns=StorySchema, refuses=(412,))
def submit_story(call: Write, story_id: str) -> dict[str, Any]:
    """送审 Hand a story in: this opens its examination."""
    return _written(call, desk.submit_story(call.unit, story_id, call.if_match))


@route(blp, f"POST {_STORY}/return", needs="story.handle", body=ReasonForm, returns=StorySchema, refuses=(412,))
def return_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """撤回送审 Take a story back out of the examination or off the schedule."""
    return _written(call, desk.return_story(call.unit, story_id, form["reason"], call.if_match))


@route(blp, f"POST {_STORY}/take", needs="story.handle", body=OptionalReasonForm, returns=StorySchema, refuses=(412,))
def take_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """接稿 Take a story onto the editing desk."""
    return _written(call, desk.handle_story(call.unit, story_id, "take", form.get("reason"), call.if_match))


@route(blp, f"POST {_STORY}/spike", needs="story.handle", body=OptionalReasonForm, returns=StorySchema, refuses=(412,))
def spike_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """毙稿 Spike a story."""
    return _written(call, desk.handle_story(call.unit, story_id, "spike", form.get("reason"), call.if_match))


@route(
    blp, f"POST {_STORY}/restore", needs="story.handle", body=OptionalReasonForm, returns=StorySchema, refuses=(412,)
)
def restore_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """恢复 Take a spiked story up again, as a draft."""
    return _written(call, desk.handle_story(call.unit, story_id, "restore", form.get("reason"), call.if_match))


@route(
    blp, f"POST {_STORY}/archive", needs="story.handle", body=OptionalReasonForm, returns=StorySchema, refuses=(412,)
)
def archive_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """归档 Put a signed story into the archive unpublished."""
    return _written(call, desk.handle_story(call.unit, story_id, "archive", form.get("reason"), call.if_match))


@route(blp, f"POST {_STORY}/reopen", needs="story.handle", body=OptionalReasonForm, returns=StorySchema, refuses=(412,))
def reopen_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """重新启用 Take an archived story up again, as a draft."""
    return _written(call, desk.handle_story(call.unit, story_id, "reopen", form.get("reason"), call.if_match))


@route(blp, f"POST {_STORY}/publish", needs="story.publish", body=PublishForm, returns=StorySchema, refuses=(412,))
def publish_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """刊发 Publish a signed story, now or at a time."""
    story = desk.publish_story(call.unit, story_id, publish_at=form.get("publish_at"), if_match=call.if_match)
    return _written(call, story)


@route(blp, f"POST {_STORY}/correct", needs="story.write", body=CorrectionForm, returns=StorySchema, refuses=(412,))
def correct_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """起草更正 Write the correction of a live story; another person signs it."""
    return _written(call, desk.draft_correction(call.unit, story_id, form, call.if_match))


@route(blp, f"POST {_STORY}/correct/sign", needs="correction.sign", returns=StorySchema, refuses=(412,))
def sign_correction(call: Write, story_id: str) -> dict[str, Any]:
    """签发更正 Sign a correction; every reader has it at once, with its note."""
    return _written(call, desk.sign_correction(call.unit, story_id, call.if_match))


@route(blp, f"POST {_STORY}/correct/drop", needs="story.handle", returns=StorySchema, refuses=(412,))
def drop_correction(call: Write, story_id: str) -> dict[str, Any]:
    """放弃更正 Give up a correction that was drafted."""
    return _written(call, desk.drop_correction(call.unit, story_id, call.if_match))


@route(blp, f"POST {_STORY}/withdraw", needs="story.withdraw", body=ReasonForm, returns=StorySchema, refuses=(412,))
def withdraw_story(call: Write, story_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """撤稿 Take a live story from everybody."""
    return _written(call, desk.withdraw_story(call.unit, story_id, form["reason"], call.if_match))


@route(blp, f"GET {_STORY}/pushes", needs="story.read", returns=PushReportSchema)
def get_story_pushes(call: Read, story_id: str) -> dict[str, Any]:
    """推送情况 How the pushes about a story fared."""
    queries.access_story(call.session, call.actor, story_id)
    return report_pushes(call.session, ("article", story_id))


@route(blp, "POST /editor/breaking", needs="breaking.open", body=BreakingForm, returns=StorySchema, status=201)
def open_breaking(call: Write, form: dict[str, Any]) -> Answer:
    """开快讯 Open the fast lane."""
    story = desk.open_breaking(call.unit, form)
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
    return _written(call, desk.sign_breaking(call.unit, story_id, call.if_match))
