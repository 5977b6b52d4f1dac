"""Raising and clearing alarms. Any section raises them; the board and the people concerned see them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from backend.ids import new_id
from backend.newsroom.board import rules
from backend.newsroom.board.models import Alarm
from backend.policy import Role
from backend.sync import streams
from backend.unit_of_work import UnitOfWork


def raise_alarm(
    unit: UnitOfWork, *, key: str, kind: str, about: tuple[str, str], to: Sequence[Role], text: str
) -> Alarm:
    """Raise an alarm to the people who hold one of these roles now; the same key raises it once."""
    known = unit.session.scalars(sa.select(Alarm).where(Alarm.key == key)).one_or_none()
    if known is not None:
        return known
    alarm = Alarm(
        id=new_id(),
        ver=0,
        key=key,
        state="raised",
        kind=kind,
        about_kind=about[0],
        about_id=about[1],
        to=[str(role) for role in to],
        text=text[:300],
        raised_at=unit.now,
        cleared_at=None,
    )
    unit.session.add(alarm)
    return _changed(unit, alarm, "raised")


def clear_alarms(unit: UnitOfWork, kind: str, about_id: str) -> None:
    """Clear what was raised of this kind about a thing; nothing raised is fine."""
    query = sa.select(Alarm).where(Alarm.kind == kind, Alarm.about_id == about_id, Alarm.state == "raised")
    for alarm in unit.session.scalars(query.with_for_update()).all():
        alarm.state = rules.ALARM.step("clear", alarm.state)
        alarm.cleared_at = unit.now
        _changed(unit, alarm, "cleared")


def _changed(unit: UnitOfWork, alarm: Alarm, verb: str) -> Alarm:
    alarm.ver += 1
    unit.session.flush()
    unit.record(f"alarm.{verb}", alarm.id, alarm.ver, kind=alarm.kind, about=alarm.about_id, to=alarm.to)
    unit.place("alarm", alarm.id, alarm.ver, {streams.KITCHEN} if alarm.state == "raised" else set())
    return alarm
