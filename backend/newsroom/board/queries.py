"""Reading alarms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso, iso_or_none
from backend.newsroom.board.models import Alarm
from backend.sync.streams import Audience


def load_alarms(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render alarms for the kitchen's stream."""
    if audience is not Audience.STAFF:
        return {}
    return {row.id: present_alarm(row) for row in session.scalars(sa.select(Alarm).where(Alarm.id.in_(ids)))}


def present_alarm(alarm: Alarm) -> dict[str, Any]:
    """Write an alarm."""
    return {
        "id": alarm.id,
        "ver": alarm.ver,
        "state": alarm.state,
        "kind": alarm.kind,
        "about": {"kind": alarm.about_kind, "id": alarm.about_id},
        "to": alarm.to,
        "text": alarm.text,
        "raised_at": iso(alarm.raised_at),
        "cleared_at": iso_or_none(alarm.cleared_at),
    }
