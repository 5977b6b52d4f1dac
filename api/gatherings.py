"""Gatherings: signing up for them, and making them."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, commands, route
from api.privacy import mark_people
from api.schemas import PageQuery, SilentSchema, page_of
from backend.community.gatherings import actions, queries, signing_up
from backend.community.gatherings.models import Gathering
from backend.community.gatherings.schemas import (
    GatheringEditForm,
    GatheringForm,
    GatheringListSchema,
    GatheringReasonForm,
    GatheringSchema,
    GuestListSchema,
    OrganisedGatheringSchema,
    OwnSignUpSchema,
    PlacesSchema,
    SignUpForm,
)
from backend.forms import Form, Id
from backend.paging import Page
from backend.privacy.rules import Seen

blp = blueprint("gatherings", "活动 Gatherings")
_THING, _DESK = "/gatherings/<id:gathering_id>", "/desk/gatherings/<id:gathering_id>"
_command = commands(blp, _DESK, OrganisedGatheringSchema)


class GatheringQuery(Form):
    """Where."""

    town = Id()


@route(blp, "GET /gatherings", needs="public.read", query=GatheringQuery, returns=GatheringListSchema)
def list_gatherings(call: Read, query: dict[str, Any]) -> Any:
    """活动列表 Gatherings that are not over, those that begin first at the head."""
    return {"items": queries.list_gatherings(call.session, town=query.get("town"), now=call.now), "next": None}


@route(blp, f"GET {_THING}", needs="public.read", returns=GatheringSchema)
def get_gathering(call: Read, gathering_id: str) -> Any:
    """一项活动 One gathering."""
    row = queries.access_gathering(call.session, gathering_id)
    return queries.present_gatherings(call.session, [row])[row.id]


@route(blp, f"GET {_THING}/places", needs="public.read", returns=PlacesSchema)
def get_places(call: Read, gathering_id: str) -> Any:
    """名额 How many places are free at this moment."""
    return queries.read_places(call.session, gathering_id)


@route(blp, f"GET {_THING}/sign-up", needs="gathering.sign_up", returns=OwnSignUpSchema)
def get_sign_up(call: Read, gathering_id: str) -> Any:
    """我的报名 One's own sign-up, with the place in the line."""
    return queries.access_sign_up(call.session, call.actor, gathering_id)


@route(blp, f"PUT {_THING}/sign-up", needs="gathering.sign_up", body=SignUpForm, returns=OwnSignUpSchema)
def put_sign_up(call: Write, gathering_id: str, form: dict[str, Any]) -> Any:
    """报名 Sign up, or change what one has said; without a free place one waits in line."""
    signing_up.sign_up(call.unit, gathering_id, **form)
    return queries.access_sign_up(call.session, call.actor, gathering_id)


@route(blp, f"DELETE {_THING}/sign-up", needs="gathering.sign_up", returns=SilentSchema, status=204, refuses=(409,))
def delete_sign_up(call: Write, gathering_id: str) -> None:
    """取消报名 Take one's sign-up back; whoever waits gets the place."""
    signing_up.sign_off(call.unit, gathering_id)


@route(
    blp,
    "GET /desk/gatherings",
    needs="gathering.write",
    query=PageQuery,
    returns=page_of(OrganisedGatheringSchema, "OrganisedGatheringPage"),
)
def list_organised(call: Read, query: dict[str, Any]) -> Any:
    """活动管理 The house's own gatherings in all states, newest first."""
    return queries.list_organised(call.session, call.actor, Page(query.get("cursor"), query["limit"]))


@route(blp, f"GET {_DESK}", needs="gathering.write", returns=OrganisedGatheringSchema)
def get_organised(call: Read, gathering_id: str) -> Any:
    """查看活动 One of the house's own gatherings."""
    return _written(call, queries.access_organised(call.session, call.actor, gathering_id))


@route(blp, f"GET {_DESK}/sign-ups", needs="gathering.write", returns=GuestListSchema)
def list_sign_ups(call: Read, gathering_id: str) -> Any:
    """报名名单 Who signed up, for the organiser."""
    items = queries.list_sign_ups(call.session, call.actor, gathering_id)
    mark_people(call, Seen.SIGN_UP, queries.guests_of(call.session, gathering_id))
    return {"items": items, "next": None}


@route(
    blp,
    "POST /desk/gatherings",
    needs="gathering.write",
    body=GatheringForm,
    returns=OrganisedGatheringSchema,
    status=201,
)
def draft_gathering(call: Write, form: dict[str, Any]) -> Answer:
    """起草活动 Write a draft of a gathering."""
    row = actions.draft_gathering(call.unit, **form)
    return Answer(_written(call, row), location=f"/api/v1/desk/gatherings/{row.id}")


@route(
    blp,
    f"PATCH {_DESK}",
    needs="gathering.write",
    body=GatheringEditForm,
    returns=OrganisedGatheringSchema,
    edits=True,
)
def edit_gathering(call: Write, gathering_id: str, form: dict[str, Any]) -> Any:
    """修改草稿 Change a draft."""
    return _written(call, actions.edit_gathering(call.unit, gathering_id, form, call.if_match))


@_command("publish", "gathering.publish")
def publish_gathering(call: Write, gathering_id: str) -> Any:
    """发布活动 Announce a colleague's gathering."""
    return _written(call, actions.publish_gathering(call.unit, gathering_id, call.if_match))


@_command("cancel", "gathering.write", GatheringReasonForm)
def cancel_gathering(call: Write, gathering_id: str, form: dict[str, Any]) -> Any:
    """取消活动 Call a gathering off, and have all told who signed up."""
    return _written(call, actions.cancel_gathering(call.unit, gathering_id, if_match=call.if_match, **form))


def _written(call: Read | Write, row: Gathering) -> dict[str, Any]:
    return queries.present_organised(call.session, [row])[row.id]
