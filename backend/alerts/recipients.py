"""Whose phones a warning rings: those whose town or one of whose places it covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def concerned(session: Session, alert_id: str, people: Sequence[str | None]) -> set[str | None]:
    """Return which of these people a warning is for; None stands for phones without a person.

    It is for everybody whose town or place any message of the warning covers: who was warned must hear too that the
    area has shrunk, or that it is over. Who has said nothing of where they are cannot be ruled out, and is warned.
    """
    infos = _infos_of(session, alert_id)
    towns, accounts = set(towns_of(session, infos)), {person for person in people if person is not None}
    homes = dict(session.execute(sa.select(Account.id, Account.town).where(Account.id.in_(accounts))).tuples().all())
    places: dict[str, list[SavedPlace]] = {}
    for place in session.scalars(sa.select(SavedPlace).where(SavedPlace.account_id.in_(accounts))):
        places.setdefault(place.account_id, []).append(place)
    found: set[str | None] = {
        person for person in accounts if _is_concerned(homes.get(person), places.get(person, []), towns, infos)
    }
    return found | ({None} & set(people))


def _is_concerned(home: str | None, places: Sequence[SavedPlace], towns: set[str], infos: Infos) -> bool:
    if home is None and not places:
        return True
    return home in towns or any(_covers(place, infos) for place in places)


def _covers(place: SavedPlace, infos: Infos) -> bool:
    """A place is a point, and is judged by the shapes; by its town only where a message names that as a whole."""
    return place.town in named_towns(infos) or is_inside(infos, place.lat, place.lon)


def _infos_of(session: Session, alert_id: str) -> list[Mapping[str, Any]]:
    # What was joined to another has its messages there.
    into = session.scalar(sa.select(PublicAlert.merged_into).where(PublicAlert.id == alert_id))
    rows = session.scalars(sa.select(CapMessage.info).where(CapMessage.alert_id == (into or alert_id))).all()
    return [info for infos in rows for info in infos]
