"""Operation: figures of use, each with the table behind it."""

from __future__ import annotations

from typing import Any

from flask import Response

from api.edge import Read, Write, blueprint, database, route
from api.kitchen import command
from backend.oversight.operation import actions, queries
from backend.oversight.operation.schemas import (
    OperationQuery,
    OperationSchema,
    OperationSettingPatch,
    OperationSettingSchema,
)
from backend.oversight.operation.table import write_csv

blp = blueprint("operation", "运营 Active phones, retention, reads, pushes, requests, time to the phone")
_CSV = "text/csv"
_SETTINGS = "/kitchen/operation/settings"


@route(blp, "GET /kitchen/operation", needs="operation.read", query=OperationQuery, returns=OperationSchema)
def get_operation(call: Read, query: dict[str, Any]) -> Any:
    """运营数据 All figures of some days; none is about fewer than five people."""
    return queries.read_operation(call.session, query.get("first"), query.get("last"), call.now)


@route(
    blp,
    "GET /kitchen/operation/<id:figure>.csv",
    needs="operation.read",
    query=OperationQuery,
    sends=[_CSV],
    refuses=(404,),
    bare=True,
)
def get_table(figure: str, query: dict[str, Any]) -> Response:
    """运营数据表 The table behind a figure, for a spreadsheet."""
    with database().reading() as session:
        now = database().clock.now()
        found = queries.read_figure(session, figure, query.get("first"), query.get("last"), now)
        text = write_csv(found, queries.get_setting(session).floor)
    headers = {"Content-Disposition": f'attachment; filename="{found.id}.csv"', "Cache-Control": "private, no-cache"}
    return Response(text, headers=headers, content_type=f"{_CSV}; charset=utf-8")


@route(blp, f"GET {_SETTINGS}", needs="operation.read", returns=OperationSettingSchema)
def get_settings(call: Read) -> Any:
    """运营设置 How many people a figure is about at the least."""
    return queries.present_setting(call.session)


@command(
    blp,
    f"PATCH {_SETTINGS}",
    needs="operation.set",
    body=OperationSettingPatch,
    returns=OperationSettingSchema,
    edits=True,
)
def set_floor(call: Write, form: dict[str, Any]) -> Any:
    """调整下限 Ask for more people behind each figure; five is the least."""
    actions.set_floor(call.unit, form["floor"], call.if_match)
    return queries.present_setting(call.session)
