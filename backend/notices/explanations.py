"""解读: a short text in plain words attached to a notice, written by one person and let out by another."""

from __future__ import annotations

from backend.clock import iso
from backend.errors import guard_failed
from backend.notices import rules
from backend.notices.models import Notice
from backend.notices.rules import State
from backend.notices.steps import access, close
from backend.policy import demand_other_person
from backend.unit_of_work import UnitOfWork


def explain_notice(unit: UnitOfWork, notice_id: str, *, text: str, if_match: int | None = None) -> Notice:
    """Write an explanation, or a new one, which waits for its second person."""
    notice = access(unit, notice_id, if_match)
    rules.demand_move("explain", State(notice.state))
    draft = notice.explanation_draft
    if draft is not None and draft["author"] != unit.actor.id:
        raise guard_failed("explanation_open", "同事写的解读正等待审核，请先审核它。")
    notice.explanation_draft = {"text": text, "author": unit.actor.id, "at": iso(unit.now)}
    close(unit, notice, "notice.explanation_drafted")
    return notice


def publish_explanation(unit: UnitOfWork, notice_id: str, if_match: int | None = None) -> Notice:
    """Attach the explanation to the notice, as a second person."""
    notice = access(unit, notice_id, if_match)
    rules.demand_move("explain", State(notice.state))
    draft = notice.explanation_draft
    if draft is None:
        raise guard_failed("no_explanation", "没有等待审核的解读。")
    demand_other_person(unit.actor, [draft["author"]], "second_person")
    published = {"text": draft["text"], "author": draft["author"], "approved_by": unit.actor.id, "at": iso(unit.now)}
    notice.explanation, notice.explanation_draft = published, None
    close(unit, notice, "notice.explained")
    return notice


def remove_explanation(unit: UnitOfWork, notice_id: str, if_match: int | None = None) -> Notice:
    """Take the explanation off, with the one that waits; the notice itself stays."""
    notice = access(unit, notice_id, if_match)
    if notice.explanation is None and notice.explanation_draft is None:
        raise guard_failed("no_explanation", "这份公告没有解读。")
    notice.explanation = notice.explanation_draft = None
    close(unit, notice, "notice.explanation_removed")
    return notice
