"""Places a person wants to be warned for: at home, at their parents', at work. Theirs alone, and few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.alerts.models import SavedPlace
from backend.district.datum import Datum, to_wgs84
from backend.district.geography import town_at
from backend.errors import demand_version, guard_failed, not_found
from backend.ids import new_id
from backend.sync import streams
from backend.sync.streams import Audience
from backend.unit_of_work import UnitOfWork

MOST = 5
# Five digits are about a metre, more than a warning needs and no more than a person has chosen to tell.
_DIGITS = 5


def save_place(unit: UnitOfWork, form: Mapping[str, Any]) -> SavedPlace:
    """Keep one more place of the actor's.

    Raises:
        AppError: 409 `places_full` when there are five.
    """
    mine = sa.select(SavedPlace).where(SavedPlace.account_id == unit.actor.id).with_for_update()
    if len(unit.session.scalars(mine).all()) >= MOST:
        raise guard_failed("places_full", f"最多保存 {MOST} 个地点，请先删除一个。")
    place = SavedPlace(id=new_id(), ver=0, account_id=unit.actor.id, created_at=unit.now)
    _fill(unit, place, form)
    unit.session.add(place)
    return _close(unit, place, "saved")


def edit_place(unit: UnitOfWork, place_id: str, form: Mapping[str, Any], if_match: int | None) -> SavedPlace:
    """Rename or move one of the actor's places."""
    place = access_place(unit.session, unit.actor.id, place_id, lock=True)
    demand_version(place.ver, if_match, "这个地点已在别处改过，请先读取最新的。")
    _fill(unit, place, form)
    return _close(unit, place, "edited")


def forget_place(unit: UnitOfWork, place_id: str) -> None:
    """Forget one of the actor's places."""
    _forget(unit, access_place(unit.session, unit.actor.id, place_id, lock=True))


def erase_places(unit: UnitOfWork, account_id: str) -> None:
    """Forget all places of a person who closes their account."""
    for place in _places(unit.session, account_id):
        _forget(unit, place)


def list_places(session: Session, account_id: str) -> list[dict[str, Any]]:
    """List a person's places, oldest first."""
    return [present_place(place) for place in _places(session, account_id)]


def access_place(session: Session, account_id: str, place_id: str, *, lock: bool = False) -> SavedPlace:
    """Return one of a person's places; another's is not to be found."""
    place = session.get(SavedPlace, place_id, with_for_update=lock or None)
    if place is None or place.account_id != account_id:
        raise not_found("地点")
    return place


def load_places(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render places for the phones of the person whose they are."""
    if audience is not Audience.OWNER:
        return {}
    rows = session.scalars(sa.select(SavedPlace).where(SavedPlace.id.in_(ids)))
    return {row.id: present_place(row) for row in rows}


def present_place(place: SavedPlace) -> dict[str, Any]:
    """Write a place."""
    return {
        "id": place.id,
        "ver": place.ver,
        "name": place.name,
        "lat": place.lat,
        "lon": place.lon,
        "town": place.town,
    }


def _places(session: Session, account_id: str) -> Sequence[SavedPlace]:
    query = sa.select(SavedPlace).where(SavedPlace.account_id == account_id)
    return session.scalars(query.order_by(SavedPlace.created_at, SavedPlace.id)).all()


def _fill(unit: UnitOfWork, place: SavedPlace, form: Mapping[str, Any]) -> None:
    lat, lon = to_wgs84(form["lat"], form["lon"], Datum(form["datum"]))
    place.name, place.lat, place.lon = form["name"], round(lat, _DIGITS), round(lon, _DIGITS)
    place.town = town_at(unit.session, place.lat, place.lon)


def _close(unit: UnitOfWork, place: SavedPlace, verb: str) -> SavedPlace:
    place.ver += 1
    unit.session.flush()
    unit.record(f"place.{verb}", place.id, place.ver)
    unit.place("place", place.id, place.ver, {streams.user(place.account_id)})
    return place


def _forget(unit: UnitOfWork, place: SavedPlace) -> None:
    unit.record("place.forgotten", place.id, place.ver + 1)
    unit.place("place", place.id, place.ver + 1, set())
    unit.session.delete(place)
