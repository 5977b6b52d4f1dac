"""Correcting a published notice: one person writes what changes and why, a second one lets it out as a new version."""

from __future__ import annotations

from typing import Any

from backend.clock import iso
from backend.errors import guard_failed
from backend.notices import content, rules
from backend.notices.actions import add_version
from backend.notices.models import Notice
from backend.notices.rules import State
from backend.notices.steps import access, close
from backend.policy import demand_other_person
from backend.unit_of_work import UnitOfWork


def correct_notice(unit: UnitOfWork, notice_id: str, *, note: str, if_match: int | None = None, **given: Any) -> Notice:
    """Write a correction, which waits for its second person; its author may write it anew."""
    notice = access(unit, notice_id, if_match)
    rules.demand_move("correct", State(notice.state))
    if notice.correction is not None and notice.correction["author"] != unit.actor.id:
        raise guard_failed("correction_open", "已有一份更正等待审核，请先审核或放弃它。")
    if not given:
        raise guard_failed("nothing_changes", "请写明要更正的内容。")
    fields = content.as_json(content.sound(unit, notice, given))
    notice.correction = {"changes": fields, "note": note, "author": unit.actor.id, "at": iso(unit.now)}
    close(unit, notice, "notice.correction_drafted")
    return notice


def sign_correction(unit: UnitOfWork, notice_id: str, if_match: int | None = None) -> Notice:
    """Publish the correction as a second person; the version before stays citable."""
    notice = access(unit, notice_id, if_match)
    correction = _access_correction(notice)
    demand_other_person(unit.actor, [correction["author"]], "second_person")
    fields = content.from_json(correction["changes"])
    rules.demand_period(*(fields.get(name, getattr(notice, name)) for name in ("effective_from", "effective_to")))
    content.fill(unit, notice, fields)
    notice.approved_by, notice.correction = unit.actor.id, None
    add_version(unit, notice, author=correction["author"], note=correction["note"])
    close(unit, notice, "notice.corrected", no=notice.version)
    return notice


def drop_correction(unit: UnitOfWork, notice_id: str, if_match: int | None = None) -> Notice:
    """Give a correction up; the notice stays as it is."""
    notice = access(unit, notice_id, if_match)
    _access_correction(notice)
    notice.correction = None
    close(unit, notice, "notice.correction_dropped")
    return notice


def _access_correction(notice: Notice) -> dict[str, Any]:
    rules.demand_move("correct", State(notice.state))
    if notice.correction is None:
        raise guard_failed("no_correction", "没有等待审核的更正。")
    found: dict[str, Any] = notice.correction
    return found
