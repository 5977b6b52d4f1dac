"""What becomes of a page when a story on it is withdrawn or corrected, and the notices 更正启事 of a later issue."""

from __future__ import annotations

import sqlalchemy as sa

from backend.clock import iso
from backend.errors import AppError, Code, invalid
from backend.feed.models import Article
from backend.newsroom.board.actions import raise_alarm
from backend.newsroom.editing.models import Story
from backend.newsroom.editing.packages.rows import stands
from backend.publishing.models import Case, CaseTarget
from backend.publishing.newspaper import rules
from backend.publishing.newspaper.contents import read_bench
from backend.publishing.newspaper.deadline import TO
from backend.publishing.newspaper.models import PaperIssue, PaperPage, PaperSlot
from backend.publishing.newspaper.printing import PULLED, call_off, show_pictures, unsign
from backend.publishing.newspaper.rules import PaperFacts, demand, label
from backend.publishing.newspaper.steps import access, changed, empty, note_hand, page_of, slot_of
from backend.unit_of_work import UnitOfWork

_ON_ITS_WAY = frozenset({"page_proof", "signed", "at_press"})
_CASE_SIGNED = frozenset({"signed", "executing", "partial", "done"})


def pull_story(unit: UnitOfWork, story_id: str) -> list[PaperIssue]:
    """Carry over to all issues that a story was withdrawn or corrected; returns those that changed.

    Off a page that is not printed a withdrawn story is taken; a corrected one stays for its new text. Either way the
    page goes back to the layout, with an alarm. A printed one is struck out of the 数字报, or gets the correction's
    note.
    """
    story = unit.session.get_one(Story, story_id)
    query = sa.select(PaperSlot.issue_id).where(PaperSlot.story_id == story_id).distinct()
    touched = []
    for issue_id in sorted(unit.session.scalars(query)):
        issue = access(unit, issue_id)
        slots = unit.session.scalars(
            sa.select(PaperSlot).where(PaperSlot.issue_id == issue_id, PaperSlot.story_id == story_id)
        ).all()
        if issue.state == "printed":
            _mark_printed(unit, issue, story, list(slots))
        else:
            _pull(unit, issue, story, list(slots))
        touched.append(issue)
    return touched


def _mark_printed(unit: UnitOfWork, issue: PaperIssue, story: Story, slots: list[PaperSlot]) -> None:
    if not stands(story):
        for slot in slots:
            slot.withdrawn_at = slot.withdrawn_at or unit.now
        unit.session.flush()
        show_pictures(unit, issue, read_bench(unit.session, issue).slots)
        changed(unit, issue, "struck", story=story.id)
        return
    article = unit.session.get(Article, story.id)
    notes = article.corrections if article is not None else []
    if notes:
        for slot in slots:
            slot.correction = {"note": notes[-1]["note"], "at": iso(unit.now)}
        changed(unit, issue, "noted", story=story.id)


def _pull(unit: UnitOfWork, issue: PaperIssue, story: Story, slots: list[PaperSlot]) -> None:
    was = issue.state
    bench = read_bench(unit.session, issue)
    numbers = {page.id: page.number for page in bench.pages}
    names = [label(numbers[slot.page_id], slot.no) for slot in slots]
    is_gone = not stands(story)
    why = "稿件已撤" if is_gone else "稿件已更正"
    for slot in slots:
        call_off(unit, slot, why)
        if is_gone:
            empty(slot)
    if was in _ON_ITS_WAY:
        issue.state = demand("pull", was, PaperFacts())
        unsign(unit, bench, f"{why}，版面退回重排")
        stop = "版面已付印，请立即停机换版；" if was == "at_press" else ""
        raise_alarm(
            unit,
            key=f"{PULLED}:{issue.id}:{issue.ver}",
            kind=PULLED,
            about=("issue", issue.id),
            to=TO,
            text=f"{issue.date} {'、'.join(names)}：《{story.headline[:60]}》{why}，{stop}已退回排版。",
        )
    changed(unit, issue, "pulled", story=story.id, slots=names)


def add_correction_notice(
    unit: UnitOfWork, issue: PaperIssue, text: str, case_id: str, at: tuple[int, int] | None = None
) -> PaperSlot:
    """Put a notice 更正启事 into a coming issue; once that is printed, `issue.notice_printed` names the case's target.

    `case_id` is the id of the case's target. `at` is a page and a slot of it; without them the first slot is taken that
    is kept for notices, or else for the house's own advertisements.

    Raises:
        AppError: 409 when the issue is not being laid out, or has no room.
    """
    issue.state = demand("mark", issue.state, PaperFacts())
    slot = slot_of(unit, page_of(unit, issue, at[0]), at[1]) if at else _free_slot(unit, issue)
    if slot.kind == "story" or slot.notice is not None:
        raise invalid("slot", "mismatch", "更正启事要放在留给启事、自办广告或留白的空版位上")
    empty(slot)
    slot.kind, slot.notice, slot.target_id, slot.words = "notice", text, case_id, []
    note_hand(unit, issue)
    changed(unit, issue, "notice_added", target=case_id)
    return slot


def _free_slot(unit: UnitOfWork, issue: PaperIssue) -> PaperSlot:
    query = (
        sa.select(PaperSlot)
        .join(PaperPage, PaperPage.id == PaperSlot.page_id)
        .where(PaperSlot.issue_id == issue.id, PaperSlot.notice.is_(None))
        .order_by(PaperPage.number, PaperSlot.no)
    )
    slots = unit.session.scalars(query).all()
    for kind in ("notice", "house_ad", "blank"):
        found = next((slot for slot in slots if slot.kind == kind), None)
        if found is not None:
            return found
    raise AppError(
        Code.GUARD_FAILED,
        409,
        "这一期没有放更正启事的版位。",
        data={"guard": "notice_room", "needs": "先留出一个启事或自办广告的版位"},
    )


def print_notice(
    unit: UnitOfWork,
    issue_id: str,
    *,
    target: str,
    text: str | None = None,
    page: int | None = None,
    slot: int | None = None,
    if_match: int | None = None,
) -> PaperIssue:
    """Put the notice that a case owes the readers of the paper into an issue.

    The words are the case's own, as they were signed; `text` is for a case that has none.

    Raises:
        AppError: 422 for a target that does not ask for a notice, or words beside those that were signed.
    """
    issue = access(unit, issue_id, if_match)
    row = unit.session.get(CaseTarget, target)
    if row is None or row.action != "next_issue":
        raise invalid("target", "unknown", "没有要在报纸上更正的这一项")
    case = unit.session.get_one(Case, row.case_id)
    if case.state not in _CASE_SIGNED:
        raise invalid("target", "mismatch", "更正撤稿单还没有签发")
    if case.note and text not in {None, case.note}:
        raise invalid("text", "mismatch", "启事要用签发的更正说明，不能另写")
    words = case.note or text
    if not words:
        raise invalid("text", "missing", "这张单子没有更正说明，请写上启事的文字")
    if unit.session.scalar(_pending(row.id).limit(1)) is not None:
        raise AppError(
            Code.GUARD_FAILED,
            409,
            "这一项启事已经排在版面上。",
            data={"guard": "notice_once", "needs": "先从原来的版位取下"},
        )
    add_correction_notice(unit, issue, words, row.id, (page, slot) if page and slot else None)
    return issue


def _pending(target_id: str) -> sa.Select[str]:
    return (
        sa.select(PaperSlot.id)
        .join(PaperIssue, PaperIssue.id == PaperSlot.issue_id)
        .where(PaperSlot.target_id == target_id, PaperIssue.state.in_(rules.BEFORE_PRINT))
    )
