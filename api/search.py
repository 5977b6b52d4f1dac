"""Search, for everybody."""

from __future__ import annotations

from datetime import date
from typing import Any

from api.edge import Read, blueprint, route
from backend.errors import invalid
from backend.search import queries
from backend.search.schemas import FoundPageSchema, SearchQuery, SuggestionsSchema, SuggestQuery

blp = blueprint("search", "搜索 Search")


@route(blp, "GET /search", needs="public.read", query=SearchQuery, returns=FoundPageSchema)
def search(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """搜索 Articles, notices, services and other public things, the best first."""
    filters = queries.Filters(
        kinds=tuple(sorted(set(query["kind"].split(",")))) if "kind" in query else (),
        section=query.get("section"),
        office=query.get("office"),
        town=query.get("town"),
        first_day=_day(query.get("from_")),
        last_day=_day(query.get("to")),
    )
    if filters.first_day and filters.last_day and filters.last_day < filters.first_day:
        raise invalid("to", "order", "结束日期不能早于开始日期")
    return queries.search(call.session, query["q"], filters, cursor=query.get("cursor"), limit=query["limit"])


@route(blp, "GET /search/suggest", needs="public.read", query=SuggestQuery, returns=SuggestionsSchema)
def suggest(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """搜索提示 A few titles for what has been typed so far; services by pinyin too."""
    return {"items": queries.suggest(call.session, query["q"]), "next": None}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
