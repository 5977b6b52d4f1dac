"""Statistics of requests: for everybody with small numbers hidden, for the house with the cases behind them."""

from __future__ import annotations

from typing import Any

from api.edge import Read, blueprint, route
from backend.oversight.closure import queries
from backend.oversight.closure.schemas import DeskStatisticsSchema, StatisticsQuery, StatisticsSchema

blp = blueprint("statistics", "诉求统计 Statistics of requests")


@route(blp, "GET /statistics/requests", needs="public.read", query=StatisticsQuery, returns=StatisticsSchema)
def public_statistics(call: Read, query: dict[str, Any]) -> Any:
    """诉求统计 What citizens confirm beside what offices claim; small numbers are hidden."""
    return queries.public_statistics(
        call.session, call.now, by=query["by"], first=query.get("first"), last=query.get("last")
    )


@route(blp, "GET /desk/statistics", needs="statistics.read", query=StatisticsQuery, returns=DeskStatisticsSchema)
def desk_statistics(call: Read, query: dict[str, Any]) -> Any:
    """诉求统计（含明细） The same for the house, each number with the cases behind it."""
    return queries.desk_statistics(
        call.session, call.actor, call.now, by=query["by"], first=query.get("first"), last=query.get("last")
    )
