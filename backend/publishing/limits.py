"""The figures at which monitoring speaks up: defaults here, the house's own in its one row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.clock import iso_or_none
from backend.errors import demand_version
from backend.publishing import rules
from backend.publishing.watch_models import MonitoringLimits
from backend.unit_of_work import UnitOfWork

# What each figure is by default, and from where to where a house may set it (NEWSROOM.md section 7).
DEFAULTS: Mapping[str, int] = {
    # A counter is doubted at more than so many times what is usual, if it grew by at least the floor.
    "spike_factor": 10,
    "spike_floor": 200,
    # So few devices per hundred readings are doubted, where a channel tells them.
    "few_devices_percent": 10,
    # How long a case may take from its decision to a channel, in seconds: the app, paper and television, all others.
    "latency_app_s": 5,
    "latency_own_media_s": 86_400,
    "latency_other_s": 600,
}
BOUNDS: Mapping[str, tuple[int, int]] = {
    "spike_factor": (2, 1000),
    "spike_floor": (1, 1_000_000),
    "few_devices_percent": (0, 100),
    "latency_app_s": (1, 86_400),
    "latency_own_media_s": (60, 2_592_000),
    "latency_other_s": (10, 604_800),
}
_HOUSE = "house"


def limits_of(session: Session) -> dict[str, int]:
    """Return the figures in force."""
    row = session.get(MonitoringLimits, _HOUSE)
    return {**DEFAULTS, **(row.given if row else {})}


def present_limits(session: Session) -> dict[str, Any]:
    """Write the figures in force, with the version of the house's own (0 while there are none)."""
    row = session.get(MonitoringLimits, _HOUSE)
    return {
        "id": _HOUSE,
        "ver": row.ver if row else 0,
        **limits_of(session),
        "updated_at": iso_or_none(row.updated_at if row else None),
    }


def set_limits(unit: UnitOfWork, given: Mapping[str, int], if_match: int | None) -> None:
    """Set some of the figures for the house; they hold for what is found from now on.

    Raises:
        AppError: 412 if a colleague set them meanwhile.
    """
    row = unit.session.get(MonitoringLimits, _HOUSE, with_for_update=True)
    demand_version(row.ver if row else 0, if_match, "这些限值刚被同事改过，请先读取最新的。")
    if row is None:
        row = MonitoringLimits(id=_HOUSE, ver=0, given={}, set_by=unit.actor.id, updated_at=unit.now)
        unit.session.add(row)
    row.given = {**row.given, **given}
    row.ver, row.set_by, row.updated_at = row.ver + 1, unit.actor.id, unit.now
    unit.session.flush()
    unit.record("monitoring_limits.set", row.id, row.ver, **given)


def latency_limit(limits: Mapping[str, int], channel_kind: str) -> int:
    """Return after how many seconds a channel of this kind is late in carrying out a decision."""
    if channel_kind == rules.APP:
        return limits["latency_app_s"]
    return limits["latency_own_media_s" if channel_kind in rules.OWN_MEDIA else "latency_other_s"]
