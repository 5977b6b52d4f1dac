"""What every command on an issue begins and ends with."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.errors import demand_version, not_found
from backend.publishing.newspaper.models import PaperIssue, PaperPage, PaperSlot
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

# No page and no slot has a higher number; more would not fit the database's integers.
MOST = 99
STREAMS = {streams.desk("newspaper")}


def access(unit: UnitOfWork, issue_id: str, if_match: int | None = None) -> PaperIssue:
    """Return an issue, locked for a change.

    Raises:
        AppError: 404; 412 `stale` with the current version if it is not the one the client saw.
    """
    row = unit.session.get(PaperIssue, issue_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise not_found("报纸期次")
    demand_version(row.ver, if_match, "这一期版面已有新变化，请先读取最新版本。")
    return row


def page_of(unit: UnitOfWork, issue: PaperIssue, number: int) -> PaperPage:
    """Return a page of an issue; 404 if there is none of this number."""
    query = sa.select(PaperPage).where(PaperPage.issue_id == issue.id, PaperPage.number == number)
    page = unit.session.scalars(query).one_or_none() if number <= MOST else None
    if page is None:
        raise not_found("版面")
    return page


def slot_of(unit: UnitOfWork, page: PaperPage, no: int) -> PaperSlot:
    """Return a slot of a page; 404 if there is none of this number."""
    query = sa.select(PaperSlot).where(PaperSlot.page_id == page.id, PaperSlot.no == no)
    slot = unit.session.scalars(query).one_or_none() if no <= MOST else None
    if slot is None:
        raise not_found("版位")
    return slot


def note_hand(unit: UnitOfWork, issue: PaperIssue) -> None:
    """Write down that the actor has laid hands on the pages."""
    if unit.actor.kind == "staff" and unit.actor.id not in issue.laid_out_by:
        issue.laid_out_by = [*issue.laid_out_by, unit.actor.id]


def empty(slot: PaperSlot) -> None:
    """Take away whatever stands in a slot."""
    slot.rendition_id = slot.story_id = slot.publication_id = slot.picture = None
    slot.content = slot.notice = slot.target_id = None


def changed(unit: UnitOfWork, issue: PaperIssue, verb: str, **data: Any) -> PaperIssue:
    """Close a change of an issue: number it, record it, place it with the newspaper's desk."""
    issue.ver += 1
    issue.updated_at = unit.now
    unit.session.flush()
    unit.record(f"issue.{verb}", issue.id, issue.ver, state=issue.state, date=issue.date, **data)
    unit.place("issue", issue.id, issue.ver, STREAMS)
    return issue
