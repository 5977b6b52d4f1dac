"""Planned works: what is on and to come, for everybody, and an office's own."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from api.edge import Answer, Read, Write, blueprint, commands, route
from api.schemas import PageQuery, page_of
from backend.form_errors import fault
from backend.forms import Form, Id, Moment
from backend.notices.works import actions, queries
from backend.notices.works.models import PlannedWork
from backend.notices.works.schemas import (
    KnownWorkListSchema,
    OfficeWorkSchema,
    WorkEditForm,
    WorkExtendForm,
    WorkForm,
    WorkListSchema,
    WorkWithdrawForm,
)
from backend.paging import Page

blp = blueprint("works", "计划施工 Planned works")
_command = commands(blp, "/office/works/<id:work_id>", OfficeWorkSchema)


class Degrees(fields.Float):
    """Degrees in a query, where all is text."""

    def __init__(self, bound: float) -> None:
        super().__init__(allow_nan=False, validate=validate.Range(min=-bound, max=bound))


class WorksQuery(Form):
    """Which works to list; `now` is another moment than this one, to see what will be on."""

    town = Id()
    now = Moment()


class MatchQuery(Form):
    """What somebody is about to ask for, and where; degrees are WGS-84."""

    service = Id(required=True)
    town = Id()
    lat = Degrees(90)
    lon = Degrees(180)

    @validates_schema
    def both_degrees(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse half a position."""
        if ("lat" in data) != ("lon" in data):
            raise ValidationError({"lon": fault("mismatch", "经纬度要成对填写。").messages})


@route(blp, "GET /works", needs="public.read", query=WorksQuery, returns=WorkListSchema)
def list_works(call: Read, query: dict[str, Any]) -> Any:
    """计划施工 Works that are on or to come, those that begin first at the head."""
    now = query.get("now", call.now)
    return {"items": queries.list_works(call.session, town=query.get("town"), now=now), "next": None}


@route(blp, "GET /works/match", needs="work.match", query=MatchQuery, returns=KnownWorkListSchema)
def match_works(call: Read, query: dict[str, Any]) -> Any:
    """报修前查询 What is known already of what one is about to report."""
    wanted = {name: query.get(name) for name in ("town", "lat", "lon")}
    return {"items": queries.matching(call.session, query["service"], **wanted, now=call.now), "next": None}


@route(
    blp, "GET /office/works", needs="work.write", query=PageQuery, returns=page_of(OfficeWorkSchema, "OfficeWorkPage")
)
def list_office_works(call: Read, query: dict[str, Any]) -> Any:
    """本单位计划施工 The office's own works in all states."""
    return queries.list_office_works(call.session, call.actor, Page(query.get("cursor"), query["limit"]))


@route(blp, "POST /office/works", needs="work.write", body=WorkForm, returns=OfficeWorkSchema, status=201)
def draft_work(call: Write, form: dict[str, Any]) -> Answer:
    """起草计划施工 Draft works for one's own office."""
    work = actions.draft_work(call.unit, **form)
    return Answer(_written(call, work), location=f"/api/v1/office/works/{work.id}")


@route(blp, "GET /office/works/<id:work_id>", needs="work.write", returns=OfficeWorkSchema)
def get_office_work(call: Read, work_id: str) -> Any:
    """查看本单位计划施工 One of the office's works."""
    return _written(call, queries.access_office_work(call.session, call.actor, work_id))


@route(
    blp,
    "PATCH /office/works/<id:work_id>",
    needs="work.write",
    body=WorkEditForm,
    returns=OfficeWorkSchema,
    edits=True,
)
def edit_work(call: Write, work_id: str, form: dict[str, Any]) -> Any:
    """修改草稿 Change a draft of works; only its author may."""
    return _written(call, actions.edit_work(call.unit, work_id, form, call.if_match))


@_command("publish", "work.approve")
def publish_work(call: Write, work_id: str) -> Any:
    """审核发布计划施工 Announce a colleague's draft of works."""
    return _written(call, actions.publish_work(call.unit, work_id, call.if_match))


@_command("extend", "work.write", WorkExtendForm)
def extend_work(call: Write, work_id: str, form: dict[str, Any]) -> Any:
    """延长或提前 Move the end of works, with a public reason."""
    return _written(call, actions.extend_work(call.unit, work_id, if_match=call.if_match, **form))


@route(blp, "POST /office/works/<id:work_id>/end", needs="work.write", returns=OfficeWorkSchema, refuses=(412,))
def end_work(call: Write, work_id: str) -> Any:
    """提前结束 Say that works are done."""
    return _written(call, actions.end_work(call.unit, work_id, call.if_match))


@_command("withdraw", "work.approve", WorkWithdrawForm)
def withdraw_work(call: Write, work_id: str, form: dict[str, Any]) -> Any:
    """撤回计划施工 Take works back that do not come, with a public reason."""
    return _written(call, actions.withdraw_work(call.unit, work_id, if_match=call.if_match, **form))


def _written(call: Read | Write, work: PlannedWork) -> dict[str, Any]:
    return queries.present_office_works(call.session, [work])[work.id]
