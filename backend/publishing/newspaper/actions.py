"""Laying an issue out: making it from a template, its slots, what stands in them, and the proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.errors import AppError, Code, invalid
from backend.ids import new_id
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages.queries import media_of
from backend.newsroom.editing.packages.rows import lock_rendition, stands
from backend.newsroom.editing.places import may_see
from backend.publishing.newspaper import deadline, rules
from backend.publishing.newspaper.contents import Bench, content_of, pages_of, read_bench, room_of
from backend.publishing.newspaper.layout.model import PageModel
from backend.publishing.newspaper.models import PaperIssue, PaperPage, PaperSlot
from backend.publishing.newspaper.rules import PaperFacts, demand, label
from backend.publishing.newspaper.steps import access, changed, empty, note_hand, page_of, slot_of
from backend.publishing.newspaper.templates import TEMPLATES, SlotTemplate
from backend.unit_of_work import UnitOfWork

_GRID = ("no", "kind", "x", "y", "w", "h", "columns", "headline_width", "picture_columns")


def create_issue(
    unit: UnitOfWork, *, date: str, press_deadline: datetime, template: str, editor: str = "", number: int | None = None
) -> PaperIssue:
    """Plan a day's newspaper with the pages and slots of a template; without a number it gets the next one.

    Raises:
        AppError: 409 when there is one of this day or number, 422 for a deadline that has passed.
    """
    _demand_ahead(unit, press_deadline)
    if number is None:
        number = (unit.session.scalar(sa.select(sa.func.max(PaperIssue.number))) or 0) + 1
    same = sa.select(PaperIssue.id).where(sa.or_(PaperIssue.date == date, PaperIssue.number == number))
    if unit.session.scalar(same.limit(1)) is not None:
        raise AppError(
            Code.GUARD_FAILED,
            409,
            "这一天或这个期号已经有报纸了。",
            data={"guard": "one_a_day", "needs": "换一个日期或期号，或打开已有的那一期"},
        )
    made = TEMPLATES[template]
    issue = PaperIssue(
        id=new_id(),
        ver=0,
        state="planning",
        date=date,
        number=number,
        format=made.format,
        press_deadline=press_deadline,
        editor=editor,
        laid_out_by=[],
        created_by=unit.actor.id,
        created_at=unit.now,
        updated_at=unit.now,
    )
    unit.session.add(issue)
    unit.session.flush()
    for at, planned in enumerate(made.pages, 1):
        page = PaperPage(id=new_id(), issue_id=issue.id, number=at, name=planned.name)
        unit.session.add(page)
        unit.session.flush()
        _put_slots(unit, issue, page, [_from_template(slot) for slot in planned.slots])
    deadline.watch(unit, issue)
    return changed(unit, issue, "created", number=number, pages=len(made.pages))


def _demand_ahead(unit: UnitOfWork, press_deadline: datetime) -> None:
    if press_deadline <= unit.now:
        raise invalid("press_deadline", "order", "付印时间要晚于现在")


def _from_template(slot: SlotTemplate) -> dict[str, Any]:
    return {name: getattr(slot, name) for name in _GRID if name != "picture_columns"} | {
        "picture_columns": slot.picture,
        "words": [],
    }


def _put_slots(
    unit: UnitOfWork, issue: PaperIssue, page: PaperPage, wanted: Sequence[Mapping[str, Any]]
) -> list[PaperSlot]:
    made = []
    for each in wanted:
        slot = PaperSlot(
            id=new_id(),
            issue_id=issue.id,
            page_id=page.id,
            **{name: each[name] for name in (*_GRID, "words")},
            max_chars=0,
        )
        slot.max_chars = room_of(issue.format, page.number, slot)
        made.append(slot)
    unit.session.add_all(made)
    unit.session.flush()
    return made


def edit_issue(unit: UnitOfWork, issue_id: str, given: Mapping[str, Any], if_match: int | None) -> PaperIssue:
    """Change the press deadline or who answers for the issue, as its pages say."""
    issue = access(unit, issue_id, if_match)
    issue.state = demand("edit", issue.state, PaperFacts())
    if "editor" in given and issue.state not in rules.OPEN:
        # The pages name the editor, and they are what was signed.
        rules.ISSUE.way("change_slots", issue.state)
    if "press_deadline" in given:
        _demand_ahead(unit, given["press_deadline"])
    for name, value in given.items():
        setattr(issue, name, value)
    if "press_deadline" in given:
        deadline.watch(unit, issue)
    return changed(unit, issue, "edited", fields=sorted(given))


def change_slots(
    unit: UnitOfWork, issue_id: str, page_no: int, slots: Sequence[Mapping[str, Any]], if_match: int | None
) -> PaperIssue:
    """Lay a page out anew. What stands in a slot whose number stays, stays.

    Raises:
        AppError: 409 when a slot that is filled would go, 422 for slots off the grid or on top of each other.
    """
    issue = access(unit, issue_id, if_match)
    issue.state = demand("change_slots", issue.state, PaperFacts())
    page = page_of(unit, issue, page_no)
    rules.demand_grid(issue.format, page_no, slots)
    query = sa.select(PaperSlot).where(PaperSlot.page_id == page.id)
    known = {slot.no: slot for slot in unit.session.scalars(query)}
    numbers = {each["no"] for each in slots}
    lost = [label(page_no, no) for no, slot in known.items() if no not in numbers and _is_filled(slot)]
    if lost:
        raise AppError(
            Code.GUARD_FAILED,
            409,
            "要撤掉的版位上还有稿件。",
            data={
                "guard": "slots_empty",
                "needs": "先把稿件从这些版位取下",
                "findings": [{"slot": slot} for slot in lost],
            },
        )
    for no, slot in known.items():
        if no not in numbers:
            unit.session.delete(slot)
    unit.session.flush()
    for each in slots:
        if each["no"] in known:
            _change_slot(issue, page, known[each["no"]], each)
    _put_slots(unit, issue, page, [each for each in slots if each["no"] not in known])
    note_hand(unit, issue)
    return changed(unit, issue, "slots_changed", page=page_no)


def _is_filled(slot: PaperSlot) -> bool:
    return slot.rendition_id is not None or slot.notice is not None


def _change_slot(issue: PaperIssue, page: PaperPage, slot: PaperSlot, given: Mapping[str, Any]) -> None:
    if slot.kind != given["kind"] and _is_filled(slot):
        raise invalid("slots", "mismatch", f"{slot.no} 号位上还有稿件，不能改用途")
    for name in (*_GRID, "words"):
        setattr(slot, name, given[name])
    slot.max_chars = room_of(issue.format, page.number, slot)


def place_rendition(
    unit: UnitOfWork,
    issue_id: str,
    page_no: int,
    slot_no: int,
    *,
    rendition: str,
    picture: str | None = None,
    picture_columns: int | None = None,
    if_match: int | None = None,
) -> PaperIssue:
    """Put a page_slot rendition into a slot, with one of its story's pictures or none; what stood there goes.

    Raises:
        AppError: 409 for another kind, a story that was withdrawn, or a rendition that is placed or printed already.
    """
    # Stories are locked before issues everywhere, as a withdrawal comes from its story.
    story, row = _rendition_of(unit, rendition)
    issue = access(unit, issue_id, if_match)
    page = page_of(unit, issue, page_no)
    slot = slot_of(unit, page, slot_no)
    issue.state = demand("place", issue.state, _placing(unit, story, row, slot))
    if slot.kind != "story":
        raise invalid("rendition", "mismatch", f"{label(page_no, slot_no)} 的用途是{rules.KINDS[slot.kind]}，不放稿件")
    if picture is not None and picture not in media_of(story):
        raise invalid("picture", "unknown", "图片要出自这篇稿件")
    empty(slot)
    slot.rendition_id, slot.story_id, slot.picture = row.id, story.id, picture
    if picture is not None:
        slot.picture_columns = min(picture_columns or slot.picture_columns or 1, slot.columns)
    note_hand(unit, issue)
    return changed(
        unit, issue, "placed", slot=label(page_no, slot_no), rendition=row.id, story=story.id, hash=row.text_hash
    )


def _rendition_of(unit: UnitOfWork, rendition_id: str) -> tuple[Story, Rendition]:
    if unit.session.get(Rendition, rendition_id) is None:
        raise invalid("rendition", "unknown", "没有这份渠道稿")
    story, row = lock_rendition(unit, rendition_id)
    if not may_see(unit.actor, story):
        raise invalid("rendition", "unknown", "没有这份渠道稿")
    return story, row


def _placing(unit: UnitOfWork, story: Story, row: Rendition, slot: PaperSlot) -> PaperFacts:
    query = (
        sa.select(PaperIssue.state)
        .join(PaperSlot, PaperSlot.issue_id == PaperIssue.id)
        .where(PaperSlot.rendition_id == row.id, PaperSlot.id != slot.id)
    )
    where = set(unit.session.scalars(query))
    return PaperFacts(
        placeable=row.kind == "page_slot" and stands(story),
        placed_elsewhere=bool(where - {"printed"}),
        printed_before="printed" in where and row.state == "live",
    )


def move_rendition(
    unit: UnitOfWork,
    issue_id: str,
    page_no: int,
    slot_no: int,
    *,
    to_page: int,
    to_slot: int,
    if_match: int | None = None,
) -> PaperIssue:
    """Move a story with its picture into another slot; what stands there comes here in exchange.

    Raises:
        AppError: 404, 409 when nothing stands in the slot, 422 when the other one is not there or not for stories.
    """
    issue = access(unit, issue_id, if_match)
    here = slot_of(unit, page_of(unit, issue, page_no), slot_no)
    there = _target(unit, issue, to_page, to_slot)
    issue.state = demand("move", issue.state, PaperFacts(has_story=here.rendition_id is not None))
    names = label(page_no, slot_no), label(to_page, to_slot)
    if there.kind != "story":
        raise invalid("to_slot", "mismatch", f"{names[1]} 的用途是{rules.KINDS[there.kind]}，不放稿件")
    if there.id == here.id:
        raise invalid("to_slot", "mismatch", "稿件已经在这个版位上")
    moved, came = _standing_in(here), _standing_in(there)
    _stand(there, moved)
    _stand(here, came)
    note_hand(unit, issue)
    return changed(unit, issue, "moved", slot=names[0], to=names[1], rendition=moved[0], back=came[0])


def _target(unit: UnitOfWork, issue: PaperIssue, page_no: int, slot_no: int) -> PaperSlot:
    """Return the slot that a form names; 422 if the issue has none like it."""
    try:
        return slot_of(unit, page_of(unit, issue, page_no), slot_no)
    except AppError as missing:
        raise invalid("to_slot", "unknown", "这一期没有这个版位") from missing


def _standing_in(slot: PaperSlot) -> tuple[str | None, str | None, str | None, str | None]:
    return slot.rendition_id, slot.story_id, slot.publication_id, slot.picture


def _stand(slot: PaperSlot, what: tuple[str | None, str | None, str | None, str | None]) -> None:
    empty(slot)
    slot.rendition_id, slot.story_id, slot.publication_id, slot.picture = what
    if slot.picture is not None:
        slot.picture_columns = max(1, min(slot.picture_columns, slot.columns))


def take_out(unit: UnitOfWork, issue_id: str, page_no: int, slot_no: int, if_match: int | None = None) -> PaperIssue:
    """Empty a slot."""
    issue = access(unit, issue_id, if_match)
    issue.state = demand("take_out", issue.state, PaperFacts())
    slot = slot_of(unit, page_of(unit, issue, page_no), slot_no)
    rendition = slot.rendition_id
    empty(slot)
    note_hand(unit, issue)
    return changed(unit, issue, "taken_out", slot=label(page_no, slot_no), rendition=rendition)


def mark_slot(
    unit: UnitOfWork,
    issue_id: str,
    page_no: int,
    slot_no: int,
    *,
    kind: str,
    words: Sequence[str] = (),
    if_match: int | None = None,
) -> PaperIssue:
    """Say what a slot is for: a story, an advertisement of the house's own with these lines, or blank on purpose."""
    issue = access(unit, issue_id, if_match)
    issue.state = demand("mark", issue.state, PaperFacts())
    slot = slot_of(unit, page_of(unit, issue, page_no), slot_no)
    if kind != slot.kind and _is_filled(slot):
        raise invalid("kind", "mismatch", "版位上还有稿件，先取下再改用途")
    slot.kind, slot.words = kind, list(words)
    note_hand(unit, issue)
    return changed(unit, issue, "marked", slot=label(page_no, slot_no), kind=kind)


def proof_issue(unit: UnitOfWork, issue_id: str, if_match: int | None = None) -> PaperIssue:
    """Pull the page proofs: every slot is filled or marked, and nothing runs over."""
    issue = access(unit, issue_id, if_match)
    bench = read_bench(unit.session, issue)
    issue.state = demand("proof", issue.state, standing(bench))
    note_hand(unit, issue)
    return changed(unit, issue, "proofed", pages=hashes(bench))


def reopen_issue(unit: UnitOfWork, issue_id: str, if_match: int | None = None) -> PaperIssue:
    """Go back from the proofs to the layout."""
    issue = access(unit, issue_id, if_match)
    issue.state = demand("reopen", issue.state, PaperFacts())
    return changed(unit, issue, "reopened")


def standing(bench: Bench) -> PaperFacts:
    """Find out which slots are empty, and which run over."""
    numbers = {page.id: page.number for page in bench.pages}
    unfilled = [
        label(numbers[slot.page_id], slot.no)
        for slot in bench.slots
        if slot.kind in {"story", "notice"} and content_of(bench, slot) is None
    ]
    return PaperFacts(unfilled=tuple(sorted(unfilled)), overset=tuple(_overset(pages_of(bench))))


def _overset(pages: Sequence[PageModel]) -> list[str]:
    return [
        label(page.number, slot.no)
        for page in pages
        for slot in page.slots
        if slot.fit is not None and slot.fit.state == "overset"
    ]


def hashes(bench: Bench) -> dict[str, str]:
    """Return the hash of each page as it is set now."""
    return {str(page.number): page.hash for page in pages_of(bench)}
