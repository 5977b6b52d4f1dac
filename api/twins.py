"""Public twins: the desk that looks at them, and what everybody may read."""

from __future__ import annotations

from typing import Any

from api.edge import Read, Write, blueprint, route
from api.looks import mark_looks
from api.schemas import PageQuery, page_of
from backend.forms import Choice, Id
from backend.paging import Page
from backend.requests.looks.rules import What
from backend.requests.queries import access_own_request
from backend.requests.rules import State
from backend.requests.twins import actions, queries
from backend.requests.twins.models import Twin
from backend.requests.twins.schemas import PublicRequestSchema, TwinForm, TwinReasonForm, TwinSchema, TwinStateSchema

blp = blueprint("twins", "公开件 Public versions of requests")


class PublicQuery(PageQuery):
    """Which public requests to list."""

    service = Id()
    town = Id()
    office = Id()
    state = Choice([str(state) for state in State])


class TwinQuery(PageQuery):
    """Which twins to list."""

    state = Choice(["waiting", "shown", "refused"], load_default="waiting")


@route(
    blp,
    "GET /public/requests",
    needs="public.read",
    query=PublicQuery,
    returns=page_of(PublicRequestSchema, "PublicRequestPage"),
)
def list_public(call: Read, query: dict[str, Any]) -> Any:
    """公开诉求 Requests that their citizens let everybody read, newest first."""
    page = Page(query.pop("cursor", None), query.pop("limit"))
    return queries.list_public(call.session, query, page)


@route(blp, "GET /public/requests/<id:twin_id>", needs="public.read", returns=PublicRequestSchema)
def get_public(call: Read, twin_id: str) -> Any:
    """一件公开诉求 One of them."""
    return queries.access_public(call.session, twin_id)


@route(blp, "GET /requests/<id:request_id>/twin", needs="request.read_own", returns=TwinStateSchema)
def get_twin_state(call: Read, request_id: str) -> Any:
    """公开进度 How far the public version of one's own request is."""
    return queries.twin_state(call.session, access_own_request(call.session, call.actor, request_id).id)


@route(blp, "GET /desk/twins", needs="twin.handle", query=TwinQuery, returns=page_of(TwinSchema, "TwinPage"))
def list_twins(call: Read, query: dict[str, Any]) -> Any:
    """待审公开件 What is to be looked at before it becomes public, with what the rules took out."""
    listing = queries.list_waiting(call.session, query["state"], Page(query.get("cursor"), query["limit"]))
    mark_looks(call, [item["request"]["id"] for item in listing["items"]], What.TWIN)
    return listing


@route(blp, "GET /desk/twins/<id:twin_id>", needs="twin.handle", returns=TwinSchema)
def get_twin(call: Read, twin_id: str) -> Any:
    """一份公开件 One of them."""
    twin = queries.access_twin(call.session, twin_id)
    mark_looks(call, [twin.request_id], What.TWIN)
    return _written(call, twin)


@route(blp, "PATCH /desk/twins/<id:twin_id>", needs="twin.handle", body=TwinForm, returns=TwinSchema, edits=True)
def edit_twin(call: Write, twin_id: str, form: dict[str, Any]) -> Any:
    """修改公开件 Change what will become public."""
    return _written(call, actions.edit_twin(call.unit, twin_id, form, call.if_match))


@route(blp, "POST /desk/twins/<id:twin_id>/approve", needs="twin.handle", returns=TwinSchema, refuses=(412,))
def approve_twin(call: Write, twin_id: str) -> Any:
    """同意公开 Let it out as it stands."""
    return _written(call, actions.approve_twin(call.unit, twin_id, call.if_match))


@route(
    blp,
    "POST /desk/twins/<id:twin_id>/refuse",
    needs="twin.handle",
    body=TwinReasonForm,
    returns=TwinSchema,
    refuses=(412,),
)
def refuse_twin(call: Write, twin_id: str, form: dict[str, Any]) -> Any:
    """不予公开 Keep it private, with a reason for the citizen."""
    return _written(call, actions.refuse_twin(call.unit, twin_id, form["reason"], call.if_match))


def _written(call: Read | Write, twin: Twin) -> dict[str, Any]:
    return queries.present_twins(call.session, [twin])[twin.id]
