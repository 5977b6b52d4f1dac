"""Packages and renditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import Schema

from api.edge import Answer, Read, Write, blueprint, route
from api.kitchen import command
from api.schemas import PageQuery, page_of
from backend.forms import Id
from backend.newsroom import desk
from backend.newsroom.editing.models import Rendition
from backend.newsroom.editing.packages import actions, generation, queries
from backend.newsroom.editing.packages.schemas import (
    PackageForm,
    PackageSchema,
    RederiveForm,
    RenditionPatch,
    StoryRenditionSchema,
)
from backend.paging import Page
from backend.publishing import actions as publishing
from backend.publishing.schemas import RenditionPublishForm

blp = blueprint("packages", "产品包 Packages and renditions")
_RENDITION = "/kitchen/renditions/<id:rendition_id>"

View = Callable[..., Any]


class PackagesQuery(PageQuery):
    """Which packages."""

    story = Id()


@route(
    blp,
    "GET /kitchen/packages",
    needs="story.read",
    query=PackagesQuery,
    returns=page_of(PackageSchema, "PackagePage"),
)
def list_packages(call: Read, query: dict[str, Any]) -> Any:
    """产品包列表 Packages, the newest first."""
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_packages(call.session, call.actor, story=query.get("story"), page=page)


@command(
    blp,
    "POST /kitchen/packages",
    needs="rendition.write",
    body=PackageForm,
    returns=PackageSchema,
    status=201,
    again=True,
)
def generate_package(call: Write, form: dict[str, Any]) -> Answer:
    """生成产品包 Make the five renditions of a story; again, those that are missing or stale (200)."""
    options = {name: value for name, value in form.items() if name != "story"}
    package, is_new = generation.generate_package(call.unit, form["story"], **options)
    for row in queries.renditions_of(call.session, package.id):
        desk.rendition_changed(call.unit, row)
    body = queries.present_packages(call.session, [package])[package.id]
    location = f"/api/v1/kitchen/packages/{package.id}"
    return Answer(body, location=location) if is_new else Answer(body, status=200)


@route(blp, "GET /kitchen/packages/<id:package_id>", needs="story.read", returns=PackageSchema)
def get_package(call: Read, package_id: str) -> Any:
    """一个产品包 One package with its renditions."""
    return queries.access_package(call.session, call.actor, package_id)


@route(blp, f"GET {_RENDITION}", needs="story.read", returns=StoryRenditionSchema)
def get_rendition(call: Read, rendition_id: str) -> Any:
    """一份渠道稿 One rendition."""
    return queries.access_rendition(call.session, call.actor, rendition_id)


@command(
    blp, f"PATCH {_RENDITION}", needs="rendition.write", body=RenditionPatch, returns=StoryRenditionSchema, edits=True
)
def edit_rendition(call: Write, rendition_id: str, form: dict[str, Any]) -> Any:
    """修改渠道稿 Change a rendition within the limits of its channel."""
    return _written(call, actions.edit_rendition(call.unit, rendition_id, form["changes"], call.if_match))


def _moves(name: str, needs: str = "rendition.write", body: type[Schema] | None = None) -> Callable[[View], View]:
    """Declare one command on a rendition."""
    return command(
        blp, f"POST {_RENDITION}/{name}", needs=needs, body=body, returns=StoryRenditionSchema, refuses=(412,)
    )


@_moves("ready")
def ready_rendition(call: Write, rendition_id: str) -> Any:
    """定稿 Finish a rendition that is within its limits."""
    return _written(call, actions.ready_rendition(call.unit, rendition_id, call.if_match))


@_moves("confirm")
def confirm_rendition(call: Write, rendition_id: str) -> Any:
    """确认沿用 Keep a stale rendition as it is beside the changed story."""
    return _written(call, actions.confirm_rendition(call.unit, rendition_id, call.if_match))


@_moves("rederive", body=RederiveForm)
def rederive_rendition(call: Write, rendition_id: str, form: dict[str, Any]) -> Any:
    """重新生成 Make a rendition anew from its story."""
    return _written(call, generation.rederive_rendition(call.unit, rendition_id, form, call.if_match))


@_moves("submit")
def submit_rendition(call: Write, rendition_id: str) -> Any:
    """渠道稿送审 Hand a rendition in for an examination of its own."""
    return _written(call, actions.submit_rendition(call.unit, rendition_id, desk.submit_rendition, call.if_match))


@_moves("clear")
def clear_rendition(call: Write, rendition_id: str) -> Any:
    """放行 Let an examined rendition out to its channel."""
    return _written(call, actions.clear_rendition(call.unit, rendition_id, call.if_match))


@_moves("publish", needs="story.publish", body=RenditionPublishForm)
def publish_rendition(call: Write, rendition_id: str, form: dict[str, Any]) -> Any:
    """刊发渠道稿 Publish a cleared rendition on the channels that take it; its story is live in the app with it."""
    row = publishing.publish_rendition(call.unit, rendition_id, **form, if_match=call.if_match)
    return _written(call, row)


def _written(call: Write, row: Rendition) -> dict[str, Any]:
    # What was passed in an examination of its own binds the text it was passed over.
    desk.rendition_changed(call.unit, row)
    return queries.present_renditions(call.session, [row])[row.id]
