"""What somebody follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.schemas import SilentSchema
from backend.district.models import Office, Section
from backend.feed.live.models import Live
from backend.feed.openings import PUBLIC
from backend.inbox.follows import actions, queries
from backend.inbox.follows.schemas import FollowForm, FollowSchema, FollowsSchema
from backend.requests.twins.models import Twin
from backend.unit_of_work import UnitOfWork

blp = blueprint("follows", "关注 What I follow")


def _is_public(unit: UnitOfWork, thing: str) -> bool:
    twin = unit.session.get(Twin, thing)
    return twin is not None and twin.shown


def _is_before_readers(unit: UnitOfWork, thing: str) -> bool:
    live = unit.session.get(Live, thing)
    return live is not None and live.state in PUBLIC


# A topic is whatever words somebody chose.
KNOWN: Mapping[str, actions.Known] = {
    "section": lambda unit, thing: unit.session.get(Section, thing) is not None,
    "office": lambda unit, thing: unit.session.get(Office, thing) is not None,
    "public_request": _is_public,
    "live": _is_before_readers,
}


@route(blp, "GET /me/follows", needs="me.read", returns=FollowsSchema)
def list_follows(call: Read) -> dict[str, Any]:
    """我的关注 What I follow."""
    return {"items": queries.list_follows(call.session, call.actor.id), "next": None}


@route(blp, "GET /me/follows/<id:follow_id>", needs="me.read", returns=FollowSchema)
def get_follow(call: Read, follow_id: str) -> dict[str, Any]:
    """一项关注 Something I follow."""
    return queries.access_follow(call.session, call.actor.id, follow_id)


@route(blp, "POST /me/follows", needs="me.edit", body=FollowForm, returns=FollowSchema, status=201, again=True)
def follow(call: Write, form: dict[str, Any]) -> Answer:
    """关注 Follow a topic by its words, a section, an office, a public request or a live blog."""
    row, new = actions.follow(call.unit, KNOWN, **form)
    location = f"/api/v1/me/follows/{row.id}"
    return Answer(queries.present_follow(row), status=201 if new else 200, location=location)


@route(blp, "DELETE /me/follows/<id:follow_id>", needs="me.edit", returns=SilentSchema, status=204)
def unfollow(call: Write, follow_id: str) -> None:
    """取消关注 Follow something no more."""
    actions.unfollow(call.unit, follow_id)
