"""Handling what a new dictionary found in live articles: it is no matter, or it is put right by a case."""

from __future__ import annotations

from typing import Any

from backend.newsroom.examination.hits import access_hit, decide_hit
from backend.newsroom.examination.models import ScanHit
from backend.newsroom.examination.rules import SCAN_HIT
from backend.policy import demand
from backend.publishing import cases, decisions
from backend.unit_of_work import UnitOfWork


def dismiss_hit(unit: UnitOfWork, hit_id: str, reason: str) -> ScanHit:
    """Say that a hit is no matter, and why."""
    return decide_hit(unit, access_hit(unit, hit_id), "dismiss", reason)


def correct_hit(unit: UnitOfWork, hit_id: str, form: dict[str, Any]) -> ScanHit:
    """Open a correction for the article of a hit, or join the one that is open; each knows the other.

    Raises:
        AppError: 409 for a hit that was dealt with, or an article that is not out any more.
    """
    demand(unit.actor, "case.handle")
    hit = access_hit(unit, hit_id)
    SCAN_HIT.way("correct", hit.state)
    given = {"kind": "correction", "story": hit.article_id, "found_by": "词库复扫", "detected_at": hit.at}
    given |= {name: form[name] for name in ("severity", "reason") if name in form}
    case = decisions.open_case(unit, given)
    cases.link_case(unit, case.id, scan_hit=hit.id)
    return decide_hit(unit, hit, "correct", form.get("reason"), case.id)
