"""Specials: what everybody reads, and the desk that puts them together."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, commands, route
from api.schemas import PageQuery, page_of
from backend.feed.openings import PUBLIC, State
from backend.feed.specials import actions, queries
from backend.feed.specials.models import Special
from backend.feed.specials.schemas import (
    DeskSpecialSchema,
    SpecialEditForm,
    SpecialForm,
    SpecialPageSchema,
    SpecialReasonForm,
    SpecialSchema,
)
from backend.forms import Choice
from backend.paging import Page

blp = blueprint("specials", "专题 Specials")
_command = commands(blp, "/editor/specials/<id:special_id>", DeskSpecialSchema)


class SpecialsQuery(PageQuery):
    """Which specials to list."""

    state = Choice(sorted(PUBLIC))


class DeskSpecialsQuery(PageQuery):
    """Which specials the desk asks for."""

    state = Choice([str(state) for state in State])


@route(blp, "GET /specials", needs="public.read", query=SpecialsQuery, returns=page_of(SpecialSchema, "SpecialList"))
def list_specials(call: Read, query: dict[str, Any]) -> Any:
    """专题列表 Specials, the one opened last first."""
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_specials(call.session, state=query.get("state"), page=page)


@route(blp, "GET /specials/<id:special_id>", needs="public.read", returns=SpecialPageSchema, refuses=(410,))
def get_special(call: Read, special_id: str) -> Any:
    """一个专题 A special, with the cards of its articles."""
    return queries.access_special(call.session, special_id)


@route(
    blp,
    "GET /editor/specials",
    needs="live.write",
    query=DeskSpecialsQuery,
    returns=page_of(DeskSpecialSchema, "DeskSpecialList"),
)
def list_desk_specials(call: Read, query: dict[str, Any]) -> Any:
    """采编专题列表 All specials, for the desk."""
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_desk_specials(call.session, state=query.get("state"), page=page)


@route(blp, "POST /editor/specials", needs="special.handle", body=SpecialForm, returns=DeskSpecialSchema, status=201)
def draft_special(call: Write, form: dict[str, Any]) -> Answer:
    """筹备专题 Make a special ready."""
    special = actions.draft_special(call.unit, form)
    return Answer(_written(call, special), location=f"/api/v1/editor/specials/{special.id}")


@route(blp, "GET /editor/specials/<id:special_id>", needs="live.write", returns=DeskSpecialSchema)
def get_desk_special(call: Read, special_id: str) -> Any:
    """查看专题 A special, for the desk."""
    return queries.access_desk_special(call.session, special_id)


@route(
    blp,
    "PATCH /editor/specials/<id:special_id>",
    needs="special.handle",
    body=SpecialEditForm,
    returns=DeskSpecialSchema,
    edits=True,
)
def edit_special(call: Write, special_id: str, form: dict[str, Any]) -> Any:
    """修改专题 Change a special; once it is open only those in charge may."""
    return _written(call, actions.edit_special(call.unit, special_id, form, call.if_match))


@_command("open", "special.handle")
def open_special(call: Write, special_id: str) -> Any:
    """发布专题 Put a colleague's special before everybody, or go on with a closed one."""
    return _written(call, actions.open_special(call.unit, special_id, call.if_match))


@_command("close", "special.handle")
def close_special(call: Write, special_id: str) -> Any:
    """结束专题 Say that nothing will be added; it stays to be read."""
    return _written(call, actions.close_special(call.unit, special_id, call.if_match))


@_command("withdraw", "special.handle", SpecialReasonForm)
def withdraw_special(call: Write, special_id: str, form: dict[str, Any]) -> Any:
    """撤回专题 Withdraw a special, with a public reason; its articles stay."""
    return _written(call, actions.withdraw_special(call.unit, special_id, if_match=call.if_match, **form))


def _written(call: Write, special: Special) -> dict[str, Any]:
    return queries.present_desk_specials(call.session, [special])[special.id]
