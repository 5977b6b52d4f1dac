"""办事: the catalogue of services and the windows, for everybody, and an office's own."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from api.edge import Answer, Read, Write, blueprint, route
from api.schemas import PageQuery, page_of
from backend.catalogue import actions, queries
from backend.catalogue.rules import CATEGORIES, EVENTS, ITEM, WINDOW
from backend.catalogue.schemas import (
    CatalogueCardSchema,
    CatalogueEntrySchema,
    CatalogueItemEditForm,
    CatalogueItemForm,
    CatalogueItemSchema,
    CatalogueWithdrawForm,
    WindowEditForm,
    WindowForm,
    WindowListSchema,
)
from backend.forms import Choice, Form, Id, Number, Text
from backend.paging import Page

blp = blueprint("catalogue", "办事 Catalogue of services")


class CatalogueQuery(PageQuery):
    """Which items to list: by what they are about, or by what happens in a life."""

    category = Choice(list(CATEGORIES))
    event = Choice(list(EVENTS))
    office = Id()
    q = Text(at_most=100)


class ItemQuery(Form):
    """Which published version is meant; the present one by default."""

    version = Number(1, 10_000, from_text=True)


class WindowQuery(Form):
    """Which windows to list."""

    office = Id()
    town = Id()
    open_now = Choice(["true", "false"])


class CatalogueKindSchema(Schema):
    """A kind of services, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class CatalogueKindsSchema(Schema):
    """How the catalogue is ordered: by what services are about, and by what happens in a life."""

    categories = fields.List(fields.Nested(CatalogueKindSchema), required=True)
    events = fields.List(fields.Nested(CatalogueKindSchema), required=True)


@route(
    blp,
    "GET /catalogue",
    needs="public.read",
    query=CatalogueQuery,
    returns=page_of(CatalogueCardSchema, "CataloguePage"),
)
def list_items(call: Read, query: dict[str, Any]) -> Any:
    """办事目录 What offices do for people."""
    page = Page(query.get("cursor"), query["limit"])
    wanted = {name: query.get(name) for name in ("category", "event", "office", "q")}
    return queries.list_items(call.session, **wanted, page=page)


@route(blp, "GET /catalogue/kinds", needs="public.read", returns=CatalogueKindsSchema)
def list_kinds(_call: Read) -> Any:
    """办事分类 How the catalogue is ordered."""
    both = {"categories": CATEGORIES, "events": EVENTS}
    return {name: [{"id": key, "name": words} for key, words in table.items()] for name, table in both.items()}


@route(
    blp,
    "GET /catalogue/<id:item_id>",
    needs="public.read",
    query=ItemQuery,
    returns=CatalogueItemSchema,
    refuses=(410,),
)
def get_item(call: Read, item_id: str, query: dict[str, Any]) -> Any:
    """办事指南 One item: conditions, what to bring, steps, time, fee, and windows with whether they are open."""
    return queries.access_item(call.session, item_id, query.get("version"), call.now)


@route(blp, "GET /windows", needs="public.read", query=WindowQuery, returns=WindowListSchema)
def list_windows(call: Read, query: dict[str, Any]) -> Any:
    """办事窗口 Windows, with whether they are open now."""
    open_now = {"true": True, "false": False}.get(query.pop("open_now", ""))
    return {"items": queries.list_windows(call.session, call.now, open_now=open_now, **query), "next": None}


def _desk(kind: str, path: str, form: type[Form], edit_form: type[Form], name: str) -> None:
    """Give an office the same doors to its items and to its windows."""
    one = f"{path}/<id:entry_id>"

    def written(call: Read | Write, entry: Any) -> Any:
        return queries.present_entries(call.session, [entry])[entry.id]

    def add(call: str, view: Any, summary: str, **options: Any) -> None:
        view.__name__, view.__doc__ = f"{view.__name__}_{kind}", summary
        route(blp, call, **options)(view)

    def list_office(call: Read, query: dict[str, Any]) -> Any:
        page = Page(query.get("cursor"), query["limit"])
        return queries.list_office_entries(call.session, call.actor, kind, page=page)

    def draft(call: Write, form: dict[str, Any]) -> Answer:
        entry = actions.draft_entry(call.unit, kind, **form)
        return Answer(written(call, entry), location=f"/api/v1{path}/{entry.id}")

    def get_office(call: Read, entry_id: str) -> Any:
        return written(call, queries.access_office_entry(call.session, call.actor, kind, entry_id))

    def edit(call: Write, entry_id: str, form: dict[str, Any]) -> Any:
        return written(call, actions.edit_entry(call.unit, kind, entry_id, form, call.if_match))

    def publish(call: Write, entry_id: str) -> Any:
        return written(call, actions.publish_entry(call.unit, kind, entry_id, call.if_match))

    def discard(call: Write, entry_id: str) -> Any:
        return written(call, actions.discard_entry(call.unit, kind, entry_id, call.if_match))

    def withdraw(call: Write, entry_id: str, form: dict[str, Any]) -> Any:
        return written(call, actions.withdraw_entry(call.unit, kind, entry_id, if_match=call.if_match, **form))

    writes: dict[str, Any] = {"needs": "catalogue.write", "returns": CatalogueEntrySchema}
    approves: dict[str, Any] = {"needs": "catalogue.approve", "returns": CatalogueEntrySchema, "refuses": (412,)}
    pages = page_of(CatalogueEntrySchema, f"Office{kind.title()}Page")
    add(
        f"GET {path}",
        list_office,
        f"本单位{name} Those of one's own office.",
        needs="catalogue.write",
        query=PageQuery,
        returns=pages,
    )
    add(f"POST {path}", draft, f"起草{name} Write a new one.", body=form, status=201, **writes)
    add(f"GET {one}", get_office, f"查看本单位{name} One of one's own office.", **writes)
    add(f"PATCH {one}", edit, f"修改{name} Change the draft, or begin one.", body=edit_form, edits=True, **writes)
    add(f"POST {one}/publish", publish, f"审核发布{name} Publish a colleague's draft.", **approves)
    add(
        f"POST {one}/discard",
        discard,
        f"放弃修改 Give up the changes to this {kind} that wait.",
        refuses=(412,),
        **writes,
    )
    add(
        f"POST {one}/withdraw",
        withdraw,
        f"撤下{name} Take one away, with a public reason.",
        body=CatalogueWithdrawForm,
        **approves,
    )


_desk(ITEM, "/office/catalogue", CatalogueItemForm, CatalogueItemEditForm, "办事事项")
_desk(WINDOW, "/office/windows", WindowForm, WindowEditForm, "办事窗口")
