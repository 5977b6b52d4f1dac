"""The board's first cut: what is late, and how much lies where. Issue by issue it grows to all seven sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.newsroom.board.models import Alarm
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.examination.models import Exam
from backend.newsroom.interview.models import Assignment, Material
from backend.newsroom.planning.models import Directive, Lead, Topic
from backend.sync.queries import get_head
from backend.sync.streams import Audience

_COUNTED: dict[str, tuple[tuple[str, Any], ...]] = {
    "planning": (("leads", Lead), ("topics", Topic), ("directives", Directive)),
    "interview": (("assignments", Assignment), ("materials", Material)),
    "editing": (("stories", Story), ("renditions", Rendition)),
    "examination": (("exams", Exam),),
}
MAX_ALARMS = 200


def read_board(session: Session) -> dict[str, Any]:
    """Write the board: open alarms, oldest first, and for each section its things by state."""
    alarms = session.scalars(
        sa.select(Alarm).where(Alarm.state == "raised").order_by(Alarm.raised_at, Alarm.id).limit(MAX_ALARMS)
    ).all()
    return {
        "as_of_seq": get_head(session).event_seq,
        "escalations": [present_alarm(alarm) for alarm in alarms],
        "sections": {
            section: {name: _by_state(session, table) for name, table in things} for section, things in _COUNTED.items()
        },
    }


def _by_state(session: Session, table: Any) -> dict[str, int]:
    rows = session.execute(sa.select(table.state, sa.func.count()).group_by(table.state).order_by(table.state))
    return {str(row[0]): int(row[1]) for row in rows}


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
        "cleared_at": iso(alarm.cleared_at) if alarm.cleared_at else None,
    }
