"""The roster: who holds which role from when until when. The administrator's desk, without rights over content."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.schemas import PageQuery, SilentSchema, page_of
from backend.accounts import queries, roster
from backend.accounts.schemas import DeskListSchema, GrantForm, RosterLineSchema, StaffSchema
from backend.district.queries import list_desk_names
from backend.forms import Text
from backend.paging import Page

blp = blueprint("roster", "值班表 The roster")


class RosterQuery(PageQuery):
    """Whose lines."""

    username = Text(at_most=40)


@route(
    blp, "GET /roster", needs="roster.edit", query=RosterQuery, returns=page_of(RosterLineSchema, "RosterPageSchema")
)
def list_roster(call: Read, query: dict[str, Any]) -> Any:
    """值班表 All lines, also those that have ended; the latest begin first."""
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_roster(call.session, username=query.get("username"), page=page)


@route(blp, "GET /staff", needs="roster.edit", query=PageQuery, returns=page_of(StaffSchema, "StaffPageSchema"))
def list_staff(call: Read, query: dict[str, Any]) -> Any:
    """工作人员 Who has a staff account, also without any role; the newest first."""
    return queries.list_staff(call.session, Page(query.get("cursor"), query["limit"]))


@route(blp, "GET /staff/desks", needs="roster.edit", returns=DeskListSchema)
def list_desks(call: Read) -> Any:
    """工作组 The desks a line of the roster can name."""
    return {"items": list_desk_names(call.session)}


@route(blp, "POST /roster", needs="roster.edit", body=GrantForm, returns=RosterLineSchema, status=201)
def grant_role(call: Write, form: dict[str, Any]) -> Answer:
    """排班授权 Give a person a role, from now or a day, until a day or for good."""
    grant = roster.grant_by_name(call.unit, **form)
    return Answer(queries.present_roster(call.session, [grant])[0], location=f"/api/v1/roster/{grant.id}")


@route(blp, "GET /roster/<id:grant_id>", needs="roster.edit", returns=RosterLineSchema)
def get_roster_line(call: Read, grant_id: str) -> Any:
    """一条排班 One line of the roster."""
    return queries.present_roster(call.session, [queries.access_grant(call.session, grant_id)])[0]


@route(blp, "DELETE /roster/<id:grant_id>", needs="roster.edit", returns=SilentSchema, status=204)
def end_role(call: Write, grant_id: str) -> None:
    """结束排班 End a line now; the person's open phones lose what came with it at once."""
    roster.end_role(call.unit, grant_id)
