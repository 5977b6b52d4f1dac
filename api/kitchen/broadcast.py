"""TV and radio: rundowns, what the studio gets of them, and the log of the air that comes back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, request
from marshmallow import Schema

from api.edge import Answer, Read, Write, blueprint, key_with, read_key, route, transact
from api.kitchen import command
from api.multipart import read_file
from api.schemas import PageQuery, page_of
from backend.errors import AppError, Code
from backend.forms import Choice, Day, Text
from backend.media.rules import too_large
from backend.paging import Page
from backend.publishing.broadcast import actions, as_run, export, pulling, queries, sheet
from backend.publishing.broadcast.as_run import Entry
from backend.publishing.broadcast.log_file import MAX_BYTES, BadLog, read_log
from backend.publishing.broadcast.models import Rundown
from backend.publishing.broadcast.rules import MEDIA, RUNDOWN, SCOPES
from backend.publishing.broadcast.schemas import (
    AirCorrectionForm,
    AsRunForm,
    MosRundownSchema,
    RundownCrawlForm,
    RundownEditForm,
    RundownEntryEditForm,
    RundownEntryForm,
    RundownForm,
    RundownOrderForm,
    RundownReasonForm,
    RundownSchema,
    RundownSwapForm,
)
from backend.unit_of_work import UnitOfWork

blp = blueprint("broadcast", "电视广播串联单 Rundowns of television and radio")
_RUNDOWN = "/kitchen/rundowns/<id:rundown_id>"
_CSV, _HTML = "text/csv", "text/html"
_FILE = "file"

View = Callable[..., Any]


class RundownsQuery(PageQuery):
    """Which rundowns."""

    state = Choice(list(RUNDOWN.states))
    medium = Choice(list(MEDIA))
    scope = Choice(list(SCOPES))
    show = Text(at_most=60)
    day = Day()


@route(
    blp,
    "GET /kitchen/rundowns",
    needs="kitchen.read",
    query=RundownsQuery,
    returns=page_of(RundownSchema, "RundownPageSchema"),
)
def list_rundowns(call: Read, query: dict[str, Any]) -> Any:
    """串联单列表 Rundowns, the latest airtime first; those of one day in Shanghai with `day`."""
    page = Page(query.pop("cursor", None), query.pop("limit"))
    return queries.list_rundowns(call.session, call.actor, call.now, page=page, **query)


@command(blp, "POST /kitchen/rundowns", needs="rundown.write", body=RundownForm, returns=RundownSchema, status=201)
def create_rundown(call: Write, form: dict[str, Any]) -> Answer:
    """新建串联单 Begin the rundown of a show, or the list of crawls of a day."""
    row = actions.create_rundown(call.unit, form)
    return Answer(_written(call, row), location=f"/api/v1/kitchen/rundowns/{row.id}")


@route(blp, f"GET {_RUNDOWN}", needs="kitchen.read", returns=RundownSchema)
def get_rundown(call: Read, rundown_id: str) -> Any:
    """一份串联单 One rundown, with the times of its items as they are at this moment."""
    return _shown(call, rundown_id)


@command(blp, f"PATCH {_RUNDOWN}", needs="rundown.write", body=RundownEditForm, returns=RundownSchema, edits=True)
def edit_rundown(call: Write, rundown_id: str, form: dict[str, Any]) -> Any:
    """修改串联单 Change name, hour, length or director."""
    return _written(call, actions.edit_rundown(call.unit, rundown_id, form, call.if_match))


@command(blp, f"POST {_RUNDOWN}/items", needs="rundown.write", body=RundownEntryForm, returns=RundownSchema, edits=True)
def add_item(call: Write, rundown_id: str, form: dict[str, Any]) -> Any:
    """编入条目 Put an item in."""
    return _written(call, actions.add_to_rundown(call.unit, rundown_id, form, call.if_match))


@command(
    blp,
    f"PATCH {_RUNDOWN}/items/<id:item_id>",
    needs="rundown.write",
    body=RundownEntryEditForm,
    returns=RundownSchema,
    edits=True,
)
def edit_item(call: Write, rundown_id: str, item_id: str, form: dict[str, Any]) -> Any:
    """修改条目 Change an item: its slug, length, captions, or the hours of a crawl."""
    return _written(call, actions.edit_item(call.unit, rundown_id, item_id, form, call.if_match))


@command(blp, f"POST {_RUNDOWN}/items/<id:item_id>/remove", needs="rundown.write", returns=RundownSchema, edits=True)
def remove_item(call: Write, rundown_id: str, item_id: str) -> Any:
    """取出条目 Take an item out."""
    return _written(call, actions.remove_item(call.unit, rundown_id, item_id, call.if_match))


@command(blp, f"POST {_RUNDOWN}/order", needs="rundown.write", body=RundownOrderForm, returns=RundownSchema, edits=True)
def order_items(call: Write, rundown_id: str, form: dict[str, Any]) -> Any:
    """排定次序 Put the items of the show into this order."""
    return _written(call, actions.order_items(call.unit, rundown_id, form["items"], call.if_match))


def _moves(name: str, needs: str, body: type[Schema] | None = None) -> Callable[[View], View]:
    """Declare one command on a rundown."""
    return command(blp, f"POST {_RUNDOWN}/{name}", needs=needs, body=body, returns=RundownSchema, refuses=(412,))


@_moves("lock", "rundown.lock")
def lock_rundown(call: Write, rundown_id: str) -> Any:
    """锁定 Close a rundown of which every text is signed and whose length is within 30 seconds of the plan."""
    return _written(call, actions.lock_rundown(call.unit, rundown_id, call.if_match))


@_moves("unlock", "rundown.lock", RundownReasonForm)
def unlock_rundown(call: Write, rundown_id: str, form: dict[str, Any]) -> Any:
    """解锁 Open a rundown again; a duty chief decides, with a reason."""
    return _written(call, actions.unlock_rundown(call.unit, rundown_id, form["reason"], call.if_match))


@_moves("swap", "rundown.air", RundownSwapForm)
def swap_items(call: Write, rundown_id: str, form: dict[str, Any]) -> Any:
    """临时调换 Swap, move, drop or insert in a locked rundown, with a reason."""
    return _written(call, actions.swap_items(call.unit, rundown_id, form, call.if_match))


@_moves("crawl", "rundown.write", RundownCrawlForm)
def add_crawl(call: Write, rundown_id: str, form: dict[str, Any]) -> Any:
    """加滚动字幕 Put a crawl in; one of the fast lane at once, also when locked or on the air."""
    return _written(call, actions.add_crawl(call.unit, rundown_id, form, call.if_match))


@_moves("corrections", "rundown.write", AirCorrectionForm)
def air_correction(call: Write, rundown_id: str, form: dict[str, Any]) -> Any:
    """排入更正播报 Put the correction that a case owes the viewers into a rundown."""
    return _written(call, pulling.air_correction(call.unit, rundown_id, form["target"], call.if_match))


@_moves("start", "rundown.air")
def start_rundown(call: Write, rundown_id: str) -> Any:
    """开播 Say that the show is on the air."""
    return _written(call, actions.start_rundown(call.unit, rundown_id, call.if_match))


@_moves("close", "rundown.air")
def close_rundown(call: Write, rundown_id: str) -> Any:
    """播毕 Say that the show is over; what has no log was not aired."""
    return _written(call, actions.close_rundown(call.unit, rundown_id, call.if_match))


# ── what goes to the studio, and what comes back ──


@_moves("as-run", "rundown.air", AsRunForm)
def import_as_run(call: Write, rundown_id: str, form: dict[str, Any]) -> Any:
    """导入播出记录 Write down what was on the air; the same once more changes nothing."""
    entries = [
        Entry(f"items.{at}", entry["item"], entry["start"], entry.get("end")) for at, entry in enumerate(form["items"])
    ]
    return _written(call, as_run.import_as_run(call.unit, rundown_id, entries, call.if_match))


@route(
    blp,
    f"POST {_RUNDOWN}/as-run.csv",
    needs="rundown.air",
    upload=_FILE,
    accepts=[_CSV],
    returns=RundownSchema,
    keyed=True,
    bare=True,
)
def upload_as_run(rundown_id: str) -> Response:
    """上传播出记录 The same from a table: id or slug, start and end as hours of the air day in Shanghai."""
    key = read_key()
    if key is None:
        words = "上传播出记录要带 Idempotency-Key，重发时用同一个值，便不会做两遍。"
        raise AppError(Code.KEY_REQUIRED, 400, words)
    table = _Small()
    read_file(request, _FILE, table)
    return transact(lambda unit: _take_log(unit, rundown_id, bytes(table.data)), key_with(key, table.fingerprint), 200)


@route(blp, f"GET {_RUNDOWN}/export.json", needs="kitchen.read", returns=MosRundownSchema)
def export_json(call: Read, rundown_id: str) -> Any:
    """导出 JSON A rundown with the names that MOS has for its fields."""
    return export.as_mos(_shown(call, rundown_id))


@route(blp, f"GET {_RUNDOWN}/export.csv", needs="kitchen.read", sends=[_CSV])
def export_csv(call: Read, rundown_id: str) -> Response:
    """导出表格 A rundown as a table for spreadsheet programs."""
    made = Response(export.as_table(_shown(call, rundown_id)), content_type=f"{_CSV}; charset=utf-8")
    made.headers["Content-Disposition"] = f'attachment; filename="rundown-{rundown_id}.csv"'
    return made


@route(blp, f"GET {_RUNDOWN}/sheet", needs="kitchen.read", sends=[_HTML])
def get_sheet(call: Read, rundown_id: str) -> Response:
    """打印页 The sheet of a rundown as a page for A4."""
    return Response(sheet.as_page(_shown(call, rundown_id), call.now), content_type=f"{_HTML}; charset=utf-8")


class _Small:
    """A file that is kept in memory, which a log is small enough for."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        """Take the next bytes; 413 once there are too many."""
        if len(self.data) + len(data) > MAX_BYTES:
            raise too_large(None, MAX_BYTES)
        self.data += data

    @property
    def fingerprint(self) -> str:
        """What tells this file from another one."""
        return hashlib.sha256(self.data).hexdigest()


def _take_log(unit: UnitOfWork, rundown_id: str, data: bytes) -> dict[str, Any]:
    row = queries.access_rundown(unit.session, rundown_id)
    try:
        lines = read_log(data, row.airtime)
    except BadLog as bad:
        raise as_run.refusal(bad.errors) from None
    entries = [Entry(f"lines.{one.line}", one.item, one.start, one.end, f"第 {one.line} 行：") for one in lines]
    return _present(unit, as_run.import_as_run(unit, row.id, entries))


def _shown(call: Read, rundown_id: str) -> dict[str, Any]:
    row = queries.access_rundown(call.session, rundown_id)
    return queries.present_rundowns(call.session, [row], call.actor, call.now)[row.id]


def _written(call: Write, row: Rundown) -> dict[str, Any]:
    return _present(call.unit, row)


def _present(unit: UnitOfWork, row: Rundown) -> dict[str, Any]:
    return queries.present_rundowns(unit.session, [row], unit.actor, unit.now)[row.id]
