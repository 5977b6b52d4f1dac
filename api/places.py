"""The places a person wants to be warned for."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.schemas import SilentSchema
from backend.alerts import places
from backend.alerts.schemas import PlaceForm, SavedPlaceSchema, SavedPlacesSchema

blp = blueprint("places", "我的地点 My places")


@route(blp, "GET /me/places", needs="me.read", returns=SavedPlacesSchema)
def list_places(call: Read) -> dict[str, Any]:
    """我的地点 The places I want to be warned for."""
    return {"items": places.list_places(call.session, call.actor.id), "next": None}


@route(blp, "GET /me/places/<id:place_id>", needs="me.read", returns=SavedPlaceSchema)
def get_place(call: Read, place_id: str) -> dict[str, Any]:
    """一个地点 One of my places."""
    return places.present_place(places.access_place(call.session, call.actor.id, place_id))


@route(blp, "POST /me/places", needs="me.edit", body=PlaceForm, returns=SavedPlaceSchema, status=201)
def save_place(call: Write, form: dict[str, Any]) -> Answer:
    """保存地点 Keep one more place, up to five."""
    place = places.save_place(call.unit, form)
    return Answer(places.present_place(place), location=f"/api/v1/me/places/{place.id}")


@route(blp, "PATCH /me/places/<id:place_id>", needs="me.edit", body=PlaceForm, returns=SavedPlaceSchema, edits=True)
def edit_place(call: Write, place_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """修改地点 Rename or move a place; it is given whole."""
    return places.present_place(places.edit_place(call.unit, place_id, form, call.if_match))


@route(blp, "DELETE /me/places/<id:place_id>", needs="me.edit", returns=SilentSchema, status=204)
def forget_place(call: Write, place_id: str) -> None:
    """删除地点 Forget a place."""
    places.forget_place(call.unit, place_id)
