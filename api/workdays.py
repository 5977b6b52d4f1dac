"""The working days, as whoever keeps them sees and enters them."""

from __future__ import annotations

from typing import Any

from api.edge import Read, Write, blueprint, route
from backend.errors import not_found
from backend.workdays import actions, queries
from backend.workdays.schemas import WorkdayYearForm, WorkdayYearSchema

blp = blueprint("workdays", "工作日历 Working days")
_YEARS = range(1900, 2200)


@route(blp, "GET /desk/workdays/<int:year>", needs="calendar.read", returns=WorkdayYearSchema, refuses=(404,))
def get_workdays(call: Read, year: int) -> Any:
    """查看一年 What is known of a year, and the days entered by hand."""
    return queries.present_year(call.session, _checked(year))


@route(
    blp,
    "PUT /desk/workdays/<int:year>",
    needs="calendar.edit",
    body=WorkdayYearForm,
    returns=WorkdayYearSchema,
    edits=True,
    refuses=(404,),
)
def put_workdays(call: Write, year: int, form: dict[str, Any]) -> Any:
    """录入一年 Enter the holidays and make-up days of a year; due dates that run in it are counted anew."""
    actions.set_year(call.unit, _checked(year), if_match=call.if_match, **form)
    return queries.present_year(call.session, year)


def _checked(year: int) -> int:
    if year not in _YEARS:
        raise not_found("年份")
    return year
