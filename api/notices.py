"""Notices: what everybody reads, and an office's desk."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, renderings, route
from api.schemas import PageQuery, page_of
from backend.forms import Choice, Id, Text
from backend.notices import actions, queries
from backend.notices.models import Notice
from backend.notices.rules import CATEGORIES, State
from backend.notices.schemas import NoticeEditForm, NoticeForm, NoticeSchema, NoticeWithdrawForm, OfficeNoticeSchema
from backend.paging import Page

blp = blueprint("notices", "政务公开 Government notices")


class NoticeQuery(PageQuery):
    """Which notices to list."""

    office = Id()
    category = Choice(list(CATEGORIES))
    town = Id()
    q = Text(at_most=100)


class OfficeNoticeQuery(PageQuery):
    """Which of the office's notices to list."""

    state = Choice([str(state) for state in State])


@route(blp, "GET /notices", needs="public.read", query=NoticeQuery, returns=page_of(NoticeSchema, "NoticePage"))
def list_notices(call: Read, query: dict[str, Any]) -> Any:
    """公告列表 Published notices, newest first."""
    return queries.list_notices(
        call.session,
        office=query.get("office"),
        category=query.get("category"),
        town=query.get("town"),
        q=query.get("q"),
        page=Page(query.get("cursor"), query["limit"]),
    )


@route(blp, "GET /notices/<id:notice_id>", needs="public.read", returns=NoticeSchema)
def get_notice(call: Read, notice_id: str) -> Any:
    """一则公告 One notice; a withdrawn one is a tombstone with its reason."""
    return queries.access_notice(call.session, renderings(), notice_id)


@route(
    blp,
    "GET /office/notices",
    needs="notice.write",
    query=OfficeNoticeQuery,
    returns=page_of(OfficeNoticeSchema, "OfficeNoticePage"),
)
def list_office_notices(call: Read, query: dict[str, Any]) -> Any:
    """本单位公告 The office's own notices in all states."""
    return queries.list_office_notices(
        call.session, call.actor, state=query.get("state"), page=Page(query.get("cursor"), query["limit"])
    )


@route(
    blp,
    "POST /office/notices",
    needs="notice.write",
    body=NoticeForm,
    returns=OfficeNoticeSchema,
    status=201,
)
def draft_notice(call: Write, form: dict[str, Any]) -> Answer:
    """起草公告 Draft a notice for one's own office."""
    notice = actions.draft_notice(call.unit, **form)
    return Answer(_written(call, notice), location=f"/api/v1/office/notices/{notice.id}")


@route(blp, "GET /office/notices/<id:notice_id>", needs="notice.write", returns=OfficeNoticeSchema)
def get_office_notice(call: Read, notice_id: str) -> Any:
    """查看本单位公告 One of the office's notices."""
    notice = queries.access_office_notice(call.session, call.actor, notice_id)
    return queries.present_office_notices(call.session, [notice])[notice.id]


@route(
    blp,
    "PATCH /office/notices/<id:notice_id>",
    needs="notice.write",
    body=NoticeEditForm,
    returns=OfficeNoticeSchema,
    edits=True,
)
def edit_notice(call: Write, notice_id: str, form: dict[str, Any]) -> Any:
    """修改草稿 Change a draft; only its author may."""
    return _written(call, actions.edit_notice(call.unit, notice_id, form, call.if_match))


@route(
    blp,
    "POST /office/notices/<id:notice_id>/publish",
    needs="notice.approve",
    returns=OfficeNoticeSchema,
    refuses=(412,),
)
def publish_notice(call: Write, notice_id: str) -> Any:
    """审核发布 Approve and publish a colleague's draft."""
    return _written(call, actions.publish_notice(call.unit, notice_id, call.if_match))


@route(
    blp,
    "POST /office/notices/<id:notice_id>/withdraw",
    needs="notice.approve",
    body=NoticeWithdrawForm,
    returns=OfficeNoticeSchema,
    refuses=(412,),
)
def withdraw_notice(call: Write, notice_id: str, form: dict[str, Any]) -> Any:
    """撤回公告 Withdraw a published notice, with a public reason."""
    notice = actions.withdraw_notice(call.unit, notice_id, if_match=call.if_match, **form)
    return _written(call, notice)


def _written(call: Write, notice: Notice) -> dict[str, Any]:
    return queries.present_office_notices(call.session, [notice])[notice.id]
