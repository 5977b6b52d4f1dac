"""Tips 报料, as a citizen sends and follows them."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.schemas import PageQuery, page_of
from backend.community.tips import actions, queries
from backend.community.tips.models import Tip
from backend.community.tips.schemas import TipForm, TipMessageForm, TipSchema
from backend.paging import Page
from backend.sync.streams import Audience

blp = blueprint("tips", "报料 Tips to the newsroom")
_TIP = "/tips/<id:tip_id>"


@route(blp, "POST /tips", needs="tip.file", body=TipForm, returns=TipSchema, status=201, refuses=(429,))
def file_tip(call: Write, form: dict[str, Any]) -> Answer:
    """报料 Tell the newsroom; the answer has the receipt's number."""
    tip = actions.file_tip(call.unit, **form)
    return Answer(_written(call, tip), location=f"/api/v1/tips/{tip.id}")


@route(blp, "GET /tips", needs="tip.read_own", query=PageQuery, returns=page_of(TipSchema, "TipPage"))
def list_tips(call: Read, query: dict[str, Any]) -> Any:
    """我的报料 One's own tips, newest first."""
    return queries.list_own_tips(call.session, call.actor, Page(query.get("cursor"), query["limit"]))


@route(blp, f"GET {_TIP}", needs="tip.read_own", returns=TipSchema)
def get_tip(call: Read, tip_id: str) -> Any:
    """一条报料 One's own tip with its timeline."""
    return _written(call, queries.access_own_tip(call.session, call.actor, tip_id))


@route(blp, f"POST {_TIP}/messages", needs="tip.answer_own", body=TipMessageForm, returns=TipSchema, refuses=(412,))
def send_tip_message(call: Write, tip_id: str, form: dict[str, Any]) -> Any:
    """补充或回答 Say more, or answer what the newsroom asked."""
    return _written(call, actions.send_message(call.unit, tip_id, if_match=call.if_match, **form))


@route(blp, f"POST {_TIP}/withdraw", needs="tip.answer_own", returns=TipSchema, refuses=(412,))
def withdraw_tip(call: Write, tip_id: str) -> Any:
    """撤回报料 Take one's own tip back before it is used; its words are gone."""
    return _written(call, actions.withdraw_tip(call.unit, tip_id, call.if_match))


def _written(call: Read | Write, tip: Tip) -> dict[str, Any]:
    return queries.present_tips(call.session, [tip], Audience.OWNER)[tip.id]
