"""Whose phones a warning rings: those whose town or one of whose places it covers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.alerts.areas import Infos, is_inside, named_towns, towns_of
from backend.alerts.models import CapMessage, PublicAlert, SavedPlace
from backend.alerts.rules import AlertState

KIND = "public_alert"


def is_worth_ringing(session: Session, alert_id: str, now: datetime) -> bool:
    """Tell whether a bell about a warning still says something: what has run out rings nobody."""
    alert = session.get(PublicAlert, alert_id)
    if alert is None or not alert.real or alert.state == AlertState.EXPIRED:
        return False
    return alert.state != AlertState.ACTIVE or alert.expires_at is None or alert.expires_at > now


def concerned(session: Session, alert_id: str, people: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Return which of these a warning is for, and why: `town`, `place`, or `nowhere`.

    `people` maps accounts, and phones on which nobody is signed in, to the towns that they follow besides their own. A
    warning is for everybody whose town or place any message of it covers: who was warned must hear too that the area
    has shrunk, or that it is over. Who has said nothing of where they are cannot be ruled out, and is warned.
    """
    infos = _infos_of(session, alert_id)
    towns = set(towns_of(session, infos))
    homes = dict(
        session.execute(sa.select(Account.id, Account.town).where(Account.id.in_(list(people)))).tuples().all()
    )
    places: dict[str, list[SavedPlace]] = {}
    for place in session.scalars(sa.select(SavedPlace).where(SavedPlace.account_id.in_(list(people)))):
        places.setdefault(place.account_id, []).append(place)
    found = {
        person: _why({homes.get(person), *followed} - {None}, places.get(person, []), towns, infos)
        for person, followed in people.items()
    }
    return {person: why for person, why in found.items() if why is not None}


def covered_towns(session: Session, alert_id: str) -> set[str]:
    """Return the towns that any message of a warning is about."""
    return set(towns_of(session, _infos_of(session, alert_id)))


def _why(mine: Collection[str | None], places: Sequence[SavedPlace], towns: set[str], infos: Infos) -> str | None:
    if not mine and not places:
        return "nowhere"
    if towns.intersection(mine):
        return "town"
    return "place" if any(_covers(place, infos) for place in places) else None


def _covers(place: SavedPlace, infos: Infos) -> bool:
    """A place is a point, and is judged by the shapes; by its town only where a message names that as a whole."""
    return place.town in named_towns(infos) or is_inside(infos, place.lat, place.lon)


def _infos_of(session: Session, alert_id: str) -> list[Mapping[str, Any]]:
    # What was joined to another has its messages there.
    into = session.scalar(sa.select(PublicAlert.merged_into).where(PublicAlert.id == alert_id))
    rows = session.scalars(sa.select(CapMessage.info).where(CapMessage.alert_id == (into or alert_id))).all()
    return [info for infos in rows for info in infos]
