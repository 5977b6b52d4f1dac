"""Units, desks and people."""

from __future__ import annotations

from typing import Any

from api.edge import Read, blueprint, route
from api.schemas import PageQuery, page_of
from backend.accounts import queries
from backend.accounts.schemas import ColleagueQuery, ColleagueSchema, HouseSchema
from backend.paging import Page

blp = blueprint("units", "媒体单位 Units, desks and people")


class PeopleQuery(ColleagueQuery, PageQuery):
    """Which colleagues, a page of them."""


@route(blp, "GET /kitchen/units", needs="kitchen.read", returns=HouseSchema)
def list_units(call: Read) -> Any:
    """媒体单位 The newspaper, the TV station and the internet media, with their desks and people."""
    return queries.list_house(call.session, call.now)


@route(
    blp,
    "GET /kitchen/people",
    needs="kitchen.read",
    query=PeopleQuery,
    returns=page_of(ColleagueSchema, "ColleaguePageSchema"),
)
def list_people(call: Read, query: dict[str, Any]) -> Any:
    """同事 Who works in the newsroom, by unit, skill and whether they are on duty now."""
    on_duty = {"true": True, "false": False}.get(query.get("on_duty", ""))
    return queries.list_people(
        call.session,
        unit=query.get("unit"),
        skill=query.get("skill"),
        on_duty=on_duty,
        now=call.now,
        page=Page(query.get("cursor"), query["limit"]),
    )
