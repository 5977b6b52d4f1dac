"""The routing aid: for a citizen who is about to file, and for the dispatcher."""

from __future__ import annotations

from typing import Any

from api.edge import Read, blueprint, database, route
from api.looks import mark_looks
from backend.district.queries import demand_town
from backend.requests.looks.rules import What
from backend.routing import queries
from backend.routing.rules import Told
from backend.routing.schemas import RoutingSchema, ServiceSuggestionsSchema, SuggestForm

blp = blueprint("routing", "智能派单辅助 The routing aid")


@route(
    blp, "POST /requests/suggest", needs="request.file", body=SuggestForm, returns=ServiceSuggestionsSchema, bare=True
)
def suggest_services(form: dict[str, Any]) -> dict[str, Any]:
    """推荐服务事项 Which services may be meant, before a request is filed; nothing is kept."""
    with database().reading() as session:
        if "town" in form:
            demand_town(session, form["town"])
        return {"items": queries.suggest_services(session, Told(**form)), "next": None}


@route(blp, "GET /desk/requests/<id:request_id>/routing", needs="request.dispatch", returns=RoutingSchema)
def get_routing(call: Read, request_id: str) -> dict[str, Any]:
    """派单建议 Service, office and likely duplicates, each with its reason; the dispatcher decides."""
    found = queries.read_routing(call.session, call.actor, request_id, call.now)
    mark_looks(call, [request_id], What.CASE)
    mark_looks(call, [duplicate["id"] for duplicate in found["duplicates"]], What.LIST)
    return found
