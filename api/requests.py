"""Service requests, as a citizen makes and follows them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from api.edge import Answer, Read, Write, blueprint, route
from api.schemas import PageQuery, page_of
from backend.notices.works.queries import matching
from backend.notices.works.schemas import KnownWorkSchema
from backend.paging import Page
from backend.requests import actions, queries
from backend.requests.models import ServiceRequest
from backend.requests.presentation import present_requests
from backend.requests.schemas import (
    ConfirmForm,
    MessageForm,
    RatingForm,
    ReopenForm,
    RequestForm,
    RequestSchema,
    ServiceListSchema,
)
from backend.sync.streams import Audience


class FiledRequestSchema(RequestSchema):
    """A request as it was filed, with the works that explain it as far as one can tell."""

    known_works = fields.List(fields.Nested(KnownWorkSchema), required=True)


blp = blueprint("requests", "诉求 Service requests")


@route(blp, "GET /services", needs="public.read", returns=ServiceListSchema)
def list_services(call: Read) -> Any:
    """服务目录 What one can ask for."""
    return {"items": queries.list_services(call.session), "next": None}


@route(blp, "POST /requests", needs="request.file", body=RequestForm, returns=FiledRequestSchema, status=201)
def file_request(call: Write, form: dict[str, Any]) -> Answer:
    """提交诉求 File a request."""
    case = actions.file_request(call.unit, **form)
    known = matching(call.session, case.service_id, town=case.town_id, lat=case.lat, lon=case.lon, now=call.unit.now)
    return Answer(_written(call, case) | {"known_works": known}, location=f"/api/v1/requests/{case.id}")


@route(blp, "GET /requests", needs="request.read_own", query=PageQuery, returns=page_of(RequestSchema, "RequestPage"))
def list_requests(call: Read, query: dict[str, Any]) -> Any:
    """我的诉求 One's own requests, newest first."""
    return queries.list_own_requests(call.session, call.actor, Page(query.get("cursor"), query["limit"]))


@route(blp, "GET /requests/<id:request_id>", needs="request.read_own", returns=RequestSchema)
def get_request(call: Read, request_id: str) -> Any:
    """一件诉求 One's own request with its timeline."""
    case = queries.access_own_request(call.session, call.actor, request_id)
    return _written(call, case)


@route(
    blp,
    "POST /requests/<id:request_id>/messages",
    needs="request.answer_own",
    body=MessageForm,
    returns=RequestSchema,
    refuses=(412,),
)
def send_message(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """补充说明 Add to one's own open request."""
    return _written(call, actions.send_message(call.unit, request_id, if_match=call.if_match, **form))


@route(
    blp,
    "POST /requests/<id:request_id>/confirm",
    needs="request.answer_own",
    body=ConfirmForm,
    returns=RequestSchema,
    refuses=(412,),
)
def confirm_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """确认解决 Say that the answer has solved it; this closes the request."""
    return _written(call, actions.confirm(call.unit, request_id, if_match=call.if_match, **form))


@route(
    blp,
    "POST /requests/<id:request_id>/rating",
    needs="request.answer_own",
    body=RatingForm,
    returns=RequestSchema,
    refuses=(412,),
)
def rate_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """评价 Rate; rating an answer confirms it and closes the request."""
    return _written(call, actions.rate(call.unit, request_id, if_match=call.if_match, **form))


@route(
    blp,
    "POST /requests/<id:request_id>/reopen",
    needs="request.answer_own",
    body=ReopenForm,
    returns=RequestSchema,
    refuses=(412,),
)
def reopen_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """要求重办 Send an answer back to the office."""
    return _written(call, actions.reopen(call.unit, request_id, if_match=call.if_match, **form))


def _written(call: Read | Write, case: ServiceRequest) -> dict[str, Any]:
    return present_requests(call.session, [case], Audience.OWNER)[case.id]
