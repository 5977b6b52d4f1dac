"""Notices: what everybody reads, and an office's desk."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, commands, renderings, route
from api.schemas import PageQuery, page_of
from backend.forms import Choice, Form, Id, Number, Text
from backend.notices import actions, corrections, explanations, queries
from backend.notices.models import Notice
from backend.notices.rules import CATEGORIES, READABLE, State
from backend.notices.schemas import (
    ExplanationForm,
    NoticeCorrectForm,
    NoticeEditForm,
    NoticeForm,
    NoticeReturnForm,
    NoticeSchema,
    NoticeVersionListSchema,
    NoticeWithdrawForm,
    OfficeNoticeSchema,
)
from backend.paging import Page

blp = blueprint("notices", "政务公开 Government notices")
_command = commands(blp, "/office/notices/<id:notice_id>", OfficeNoticeSchema)


class NoticeQuery(PageQuery):
    """Which notices to list."""

    office = Id()
    category = Choice(list(CATEGORIES))
    town = Id()
    q = Text(at_most=100)
    index_no = Text(at_most=60)
    state = Choice(sorted(READABLE), load_default=str(State.PUBLISHED))


class VersionQuery(Form):
    """Which published version of a notice is meant, for a citation; the present one by default."""

    version = Number(1, 10_000, from_text=True)


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
        index_no=query.get("index_no"),
        state=query["state"],
        page=Page(query.get("cursor"), query["limit"]),
    )


@route(blp, "GET /notices/<id:notice_id>", needs="public.read", query=VersionQuery, returns=NoticeSchema)
def get_notice(call: Read, notice_id: str, query: dict[str, Any]) -> Any:
    """一则公告 One notice, or what it said at one version; a withdrawn one is a tombstone with its reason."""
    if "version" in query:
        return queries.access_version(call.session, notice_id, query["version"])
    return queries.access_notice(call.session, renderings(), notice_id)


@route(blp, "GET /notices/<id:notice_id>/versions", needs="public.read", returns=NoticeVersionListSchema)
def list_versions(call: Read, notice_id: str) -> Any:
    """公告的各个版本 The published versions of a notice, the first one first."""
    return queries.list_versions(call.session, notice_id)


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


@_command("publish", "notice.approve")
def publish_notice(call: Write, notice_id: str) -> Any:
    """审核发布 Approve and publish a colleague's draft."""
    return _written(call, actions.publish_notice(call.unit, notice_id, call.if_match))


@_command("withdraw", "notice.approve", NoticeWithdrawForm)
def withdraw_notice(call: Write, notice_id: str, form: dict[str, Any]) -> Any:
    """撤回公告 Withdraw a published notice, with a public reason."""
    notice = actions.withdraw_notice(call.unit, notice_id, if_match=call.if_match, **form)
    return _written(call, notice)


@_command("submit", "notice.write")
def submit_notice(call: Write, notice_id: str) -> Any:
    """送审 Hand a draft in to be approved."""
    return _written(call, actions.submit_notice(call.unit, notice_id, if_match=call.if_match))


@_command("return", "notice.write", NoticeReturnForm)
def return_notice(call: Write, notice_id: str, form: dict[str, Any]) -> Any:
    """退回 Give a notice back to its author, or take it back oneself."""
    return _written(call, actions.return_notice(call.unit, notice_id, if_match=call.if_match, **form))


@_command("approve", "notice.approve")
def approve_notice(call: Write, notice_id: str) -> Any:
    """审核 Approve what a colleague handed in."""
    return _written(call, actions.approve_notice(call.unit, notice_id, if_match=call.if_match))


@_command("correct", "notice.write", NoticeCorrectForm)
def correct_notice(call: Write, notice_id: str, form: dict[str, Any]) -> Any:
    """起草更正 Write a correction of a published notice."""
    return _written(call, corrections.correct_notice(call.unit, notice_id, if_match=call.if_match, **form))


@_command("correct/sign", "notice.approve")
def sign_correction(call: Write, notice_id: str) -> Any:
    """审核更正 Publish a colleague's correction as a new version."""
    return _written(call, corrections.sign_correction(call.unit, notice_id, if_match=call.if_match))


@_command("correct/drop", "notice.write")
def drop_correction(call: Write, notice_id: str) -> Any:
    """放弃更正 Give a correction up."""
    return _written(call, corrections.drop_correction(call.unit, notice_id, if_match=call.if_match))


@_command("explanation", "notice.write", ExplanationForm)
def explain_notice(call: Write, notice_id: str, form: dict[str, Any]) -> Any:
    """撰写解读 Write an explanation in plain words."""
    return _written(call, explanations.explain_notice(call.unit, notice_id, if_match=call.if_match, **form))


@_command("explanation/publish", "notice.approve")
def publish_explanation(call: Write, notice_id: str) -> Any:
    """发布解读 Attach a colleague's explanation to the notice."""
    return _written(call, explanations.publish_explanation(call.unit, notice_id, if_match=call.if_match))


@_command("explanation/remove", "notice.approve")
def remove_explanation(call: Write, notice_id: str) -> Any:
    """撤下解读 Take an explanation off."""
    return _written(call, explanations.remove_explanation(call.unit, notice_id, if_match=call.if_match))


def _written(call: Write, notice: Notice) -> dict[str, Any]:
    return queries.present_office_notices(call.session, [notice])[notice.id]
