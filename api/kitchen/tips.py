"""Tips on the planning desk."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from api.edge import Read, Write, blueprint, route
from api.kitchen import command
from api.privacy import mark_people
from api.schemas import PageQuery, page_of
from backend.community.tips import desk, queries
from backend.community.tips.models import Tip
from backend.community.tips.rules import TIP
from backend.community.tips.schemas import DeskTipSchema, TipAskForm, TipCloseForm, TipSenderSchema, TipTakeForm
from backend.forms import Choice, Pattern
from backend.paging import Page
from backend.privacy.rules import Seen
from backend.sync.streams import Audience

blp = blueprint("kitchen_tips", "报料处理 Tips on the planning desk")
_TIP = "/kitchen/tips/<id:tip_id>"


class DeskTipQuery(PageQuery):
    """Which tips; `code` is the one of the receipt."""

    state = Choice([state for state in TIP.states if state != "withdrawn"])
    code = fields.String(validate=Pattern("^BL-[0-9]{6}-[0-9]{4,9}-[0-9]$"))


@route(blp, "GET /kitchen/tips", needs="tip.read", query=DeskTipQuery, returns=page_of(DeskTipSchema, "DeskTipPage"))
def list_desk_tips(call: Read, query: dict[str, Any]) -> Any:
    """报料列表 Tips, newest first."""
    page = Page(query.get("cursor"), query["limit"])
    listing = queries.list_desk_tips(call.session, state=query.get("state"), code=query.get("code"), page=page)
    mark_people(call, Seen.TIP, queries.senders_of(call.session, [item["id"] for item in listing["items"]]))
    return listing


@route(blp, f"GET {_TIP}", needs="tip.read", returns=DeskTipSchema)
def get_desk_tip(call: Read, tip_id: str) -> Any:
    """一条报料 One tip."""
    tip = queries.access_desk_tip(call.session, tip_id)
    mark_people(call, Seen.TIP, {tip.id: tip.citizen_id})
    return _written(call, tip)


@route(blp, f"GET {_TIP}/sender", needs="tip.read", returns=TipSenderSchema)
def get_sender(call: Read, tip_id: str) -> Any:
    """报料人 By what name its sender goes, if they agreed to that; who asked is written down for them."""
    tip = queries.access_desk_tip(call.session, tip_id)
    mark_people(call, Seen.TIP, {tip.id: tip.citizen_id})
    return queries.get_sender(call.session, tip)


@command(blp, f"POST {_TIP}/take", needs="tip.handle", body=TipTakeForm, returns=DeskTipSchema, refuses=(412,))
def take_tip(call: Write, tip_id: str, form: dict[str, Any]) -> Any:
    """采用报料 Make a lead of a tip, or let it join one."""
    return _written(call, desk.take_tip(call.unit, tip_id, if_match=call.if_match, **form))


@command(blp, f"POST {_TIP}/ask", needs="tip.handle", body=TipAskForm, returns=DeskTipSchema, refuses=(412,))
def ask_about_tip(call: Write, tip_id: str, form: dict[str, Any]) -> Any:
    """向报料人提问 Ask whoever sent it, by a message."""
    return _written(call, desk.ask_citizen(call.unit, tip_id, if_match=call.if_match, **form))


@command(blp, f"POST {_TIP}/close", needs="tip.decide", body=TipCloseForm, returns=DeskTipSchema, refuses=(412,))
def close_tip(call: Write, tip_id: str, form: dict[str, Any]) -> Any:
    """不采用报料 Say that a tip is not used, and why."""
    return _written(call, desk.close_tip(call.unit, tip_id, if_match=call.if_match, **form))


def _written(call: Read | Write, tip: Tip) -> dict[str, Any]:
    return queries.present_tips(call.session, [tip], Audience.STAFF)[tip.id]
