"""The command-and-dispatch board."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app

from api.edge import Answer, Read, Write, blueprint, route
from api.kitchen import command
from api.schemas import PageQuery, page_of
from backend.forms import Choice, Form, Id, Number
from backend.oversight.board import orders, queries, routing
from backend.oversight.board.cards import TRACKED
from backend.oversight.board.past import Boards
from backend.oversight.board.schemas import (
    BoardOrderSchema,
    BoardRoutingRowsSchema,
    BoardRowsSchema,
    BoardSchema,
    PriorityForm,
)
from backend.paging import Page

blp = blueprint("board", "指挥调度 The command-and-dispatch board")
_LAST = 2**53


class BoardQuery(Form):
    """Which board: as of an event, or of now; and whether with what things and people are called today."""

    as_of_seq = Number(0, _LAST, from_text=True)
    names = Choice(["1"])


class BoardRowsQuery(BoardQuery):
    """Which rows of which board."""

    kind = Choice(list(TRACKED))
    state = Id()
    colour = Choice(["any", "green", "amber", "red"])
    holder = Id()
    channel = Id()
    after = Number(0, _LAST, from_text=True, load_default=0)
    limit = Number(1, 200, from_text=True, load_default=50)


def boards() -> Boards:
    """Return the folds that this process keeps."""
    return cast("Boards", current_app.extensions["boards"])


@route(blp, "GET /kitchen/board", needs="kitchen.read", query=BoardQuery, returns=BoardSchema)
def get_board(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """指挥大屏 The whole house at a glance, now or as of any event."""
    board = queries.read_board(call.session, boards(), call.actor, query.get("as_of_seq"))
    return _named(call, query, board)


def _named(call: Read, query: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    return written | ({"names": queries.read_names(call.session, written)} if "names" in query else {})


@route(blp, "GET /kitchen/board/rows", needs="kitchen.read", query=BoardRowsQuery, returns=BoardRowsSchema)
def list_rows(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """数字背后 The things behind a number of the board; without a kind, of all that is not done with."""
    wanted = {name: value for name, value in query.items() if name not in {"as_of_seq", "names"}}
    rows = queries.list_rows(call.session, boards(), call.actor, query.get("as_of_seq"), queries.Wanted(**wanted))
    return _named(call, query, rows)


class BoardRoutingQuery(Form):
    """Which rate of which board, and whether those that were right or those that were not."""

    about = Choice(list(routing.ABOUT), required=True)
    hit = Choice(["0", "1"])
    as_of_seq = Number(0, _LAST, from_text=True)
    after = Number(0, _LAST, from_text=True, load_default=0)
    limit = Number(1, 200, from_text=True, load_default=50)


@route(blp, "GET /kitchen/board/routing", needs="kitchen.read", query=BoardRoutingQuery, returns=BoardRoutingRowsSchema)
def list_routing(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """派单辅助命中情况 The cases behind the rates of the routing aid, by number only."""
    hit = {"0": False, "1": True}.get(query.get("hit", ""))
    as_of_seq, about = query.get("as_of_seq"), query["about"]
    page = {"after": query["after"], "limit": query["limit"]}
    return routing.list_routing(call.session, boards(), as_of_seq, about, hit=hit, **page)


@command(
    blp,
    "POST /kitchen/priority",
    needs="priority.set",
    body=PriorityForm,
    returns=BoardOrderSchema,
    status=201,
    refuses=(404,),
)
def set_priority(call: Write, form: dict[str, Any]) -> Answer:
    """调整缓急 Put a topic, an assignment or a story before or behind others, with a reason."""
    row = orders.set_priority(call.unit, form["kind"], form["id"], form["priority"], form["reason"])
    # An order is read in the list of them, where it is the first now.
    return Answer(orders.present_order(call.session, row), location="/api/v1/kitchen/orders")


@route(
    blp,
    "GET /kitchen/orders",
    needs="kitchen.read",
    query=PageQuery,
    returns=page_of(BoardOrderSchema, "BoardOrderPage"),
)
def list_orders(call: Read, query: dict[str, Any]) -> Any:
    """调度记录 Orders of the command desk, the latest first."""
    return orders.list_orders(call.session, Page(query.get("cursor"), query["limit"]))
