"""What people like."""

from __future__ import annotations

from typing import Any

from api.edge import Read, Write, blueprint, route
from api.schemas import SilentSchema
from backend.community.likes import actions, queries
from backend.community.likes.schemas import LikeCountsSchema, LikeSchema, LikesQuery

blp = blueprint("likes", "点赞 Likes")
_LIKE = "/likes/<id:kind>/<id:thing>"


@route(blp, "GET /likes", needs="public.read", query=LikesQuery, returns=LikeCountsSchema)
def count_likes(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """点赞数 How many like each of these things."""
    counts = queries.count_likes(call.session, query["kind"], query["ids"].split(","))
    return {"items": [{"id": thing, "likes": likes} for thing, likes in counts.items()], "next": None}


@route(blp, f"PUT {_LIKE}", needs="like.set", returns=LikeSchema, refuses=(410,))
def like(call: Write, kind: str, thing: str) -> dict[str, Any]:
    """点赞 Like an article or a comment."""
    return queries.present_like(actions.like(call.unit, kind, thing))


@route(blp, f"DELETE {_LIKE}", needs="like.set", returns=SilentSchema, status=204)
def unlike(call: Write, kind: str, thing: str) -> None:
    """取消点赞 Like it no more."""
    actions.unlike(call.unit, kind, thing)
