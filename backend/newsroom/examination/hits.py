"""What becomes of a hit of a scan: it is no matter, or it is put right."""

from __future__ import annotations

from backend.errors import not_found
from backend.newsroom.board.actions import clear_alarms
from backend.newsroom.examination.models import ScanHit
from backend.newsroom.examination.rules import SCAN_HIT
from backend.sync import streams
from backend.unit_of_work import UnitOfWork


def access_hit(unit: UnitOfWork, hit_id: str) -> ScanHit:
    """Return a hit, locked for a change; 404 if there is none."""
    hit = unit.session.get(ScanHit, hit_id, with_for_update=True)
    if hit is None:
        raise not_found("复扫命中")
    return hit


def decide_hit(unit: UnitOfWork, hit: ScanHit, command: str, reason: str | None, case_id: str | None = None) -> ScanHit:
    """Settle a hit by `dismiss` (with a reason) or `correct` (with the case that puts the article right)."""
    hit.state = SCAN_HIT.step(command, hit.state)
    hit.reason, hit.case_id = reason, case_id
    hit.decided_by, hit.decided_at = unit.actor.id, unit.now
    hit.ver += 1
    unit.session.flush()
    _settle_alarm(unit, hit)
    unit.record(f"scan.{hit.state}", hit.id, hit.ver, article=hit.article_id, dictionary=hit.version, case=case_id)
    unit.place("scan_hit", hit.id, hit.ver, {streams.desk("monitoring")})
    return hit


def _settle_alarm(unit: UnitOfWork, hit: ScanHit) -> None:
    """End the alarm about the article once none of its hits is open."""
    still = unit.session.query(ScanHit.id).filter(ScanHit.article_id == hit.article_id, ScanHit.state == "open")
    if still.first() is None:
        clear_alarms(unit, "scan_hit", hit.article_id)
