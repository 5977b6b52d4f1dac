"""Reading issues, for the newsroom: how they stand, what is where, and how it fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.errors import not_found
from backend.media.models import Media
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages.rules import RENDITION
from backend.newsroom.editing.packages.text import written_length
from backend.newsroom.editing.places import may_see
from backend.newsroom.editing.rules import STORY
from backend.paging import Page, in_order, narrowed, paged
from backend.policy import Actor
from backend.publishing.newspaper.contents import Bench, alone, as_planned, content_of, pages_of, read_bench
from backend.publishing.newspaper.layout.formats import FORMATS
from backend.publishing.newspaper.layout.furniture import page_label
from backend.publishing.newspaper.layout.model import PageModel, SlotModel, read_page
from backend.publishing.newspaper.models import PaperIssue, PaperPage, PaperSlot
from backend.publishing.newspaper.rules import ISSUE, KINDS, OPEN
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]


def list_issues(session: Session, *, state: str | None, page: Page) -> dict[str, Any]:
    """List issues, those changed last first."""
    query = sa.select(PaperIssue)
    query = narrowed(query, (PaperIssue.state, state))
    return paged(
        session,
        query,
        page,
        moment=PaperIssue.updated_at,
        id=PaperIssue.id,
        write=in_order(lambda rows: present_issues(session, rows)),
    )


def access_issue(session: Session, issue_id: str) -> PaperIssue:
    """Return an issue; 404 if there is none."""
    row = session.get(PaperIssue, issue_id)
    if row is None:
        raise not_found("报纸期次")
    return row


def load_issues(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render issues for the newspaper desk's stream; nobody else ever holds one."""
    if audience is not Audience.STAFF:
        return {}
    return present_issues(session, session.scalars(sa.select(PaperIssue).where(PaperIssue.id.in_(ids))).all())


def present_issues(session: Session, rows: Sequence[PaperIssue]) -> Written:
    """Write issues without what is on their pages, by id."""
    people = names_of(
        session, [who for row in rows for who in (row.created_by, row.signed_by, *row.laid_out_by) if who]
    )
    counted = sa.select(PaperPage.issue_id, sa.func.count()).where(PaperPage.issue_id.in_([row.id for row in rows]))
    pages = dict(session.execute(counted.group_by(PaperPage.issue_id)).tuples().all())
    return {row.id: _write(row, people) | {"page_count": pages.get(row.id, 0)} for row in rows}


def _write(row: PaperIssue, people: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "ver": row.ver,
        "state": row.state,
        "state_name": ISSUE.states[row.state],
        "date": row.date,
        "number": row.number,
        "format": row.format,
        "press_deadline": iso(row.press_deadline),
        "editor": row.editor,
        "laid_out_by": [present_person(who, people) for who in row.laid_out_by],
        "reason": row.reason,
        "created_by": present_person(row.created_by, people),
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "signed_by": present_person_or_none(row.signed_by, people),
        "signed_at": iso_or_none(row.signed_at),
        "printed_at": iso_or_none(row.printed_at),
        "allowed": ISSUE.allowed(row.state),
    }


def present_issue(session: Session, issue: PaperIssue) -> dict[str, Any]:
    """Write an issue with its pages and slots, and how everything fits."""
    bench = read_bench(session, issue)
    models = {model.number: model for model in models_of(bench)}
    pages = [_page(bench, page, models[page.number]) for page in bench.pages]
    return present_issues(session, [issue])[issue.id] | {"pages": pages}


def models_of(bench: Bench) -> list[PageModel]:
    """Return the pages as they were printed, or as they are set now."""
    if bench.issue.state == "printed":
        return [read_page(page.model) for page in bench.pages if page.model is not None]
    return pages_of(bench)


def _page(bench: Bench, page: PaperPage, model: PageModel) -> dict[str, Any]:
    set_slots = {slot.no: slot for slot in model.slots}
    return {
        "number": page.number,
        "label": page_label(page.number),
        "name": page.name,
        "width": model.width,
        "height": model.height,
        "hash": model.hash,
        "slots": [
            _slot(bench, slot, set_slots.get(slot.no)) | {"box": _box(bench, page, slot)}
            for slot in bench.slots_of(page)
        ],
    }


def _box(bench: Bench, page: PaperPage, slot: PaperSlot) -> dict[str, float]:
    box = FORMATS[bench.issue.format].box(page.number, slot.x, slot.y, slot.w, slot.h)
    return {name: round(length, 2) for name, length in asdict(box).items()}


def _slot(bench: Bench, slot: PaperSlot, model: SlotModel | None) -> dict[str, Any]:
    content = content_of(bench, slot)
    row = bench.renditions.get(slot.rendition_id or "")
    return {
        "no": slot.no,
        "kind": slot.kind,
        "kind_name": KINDS[slot.kind],
        **{name: getattr(slot, name) for name in ("x", "y", "w", "h", "columns", "headline_width", "max_chars")},
        "picture_columns": slot.picture_columns,
        "picture": slot.picture,
        "words": slot.words,
        "rendition": row and {"id": row.id, "state": row.state, "ver": row.ver, "text_hash": row.text_hash},
        "story": slot.story_id,
        "stage": _stage(bench, slot),
        "publication": slot.publication_id,
        "headline": content["headline"] if content else None,
        "chars": written_length(content["text"]) if content else None,
        "notice": slot.notice,
        "target": slot.target_id,
        "withdrawn_at": iso_or_none(slot.withdrawn_at),
        "correction": slot.correction,
        "fit": asdict(model.fit) if model is not None and model.fit is not None else None,
    }


def _stage(bench: Bench, slot: PaperSlot) -> str | None:
    """Say how far the text in a slot has come: locked with its page, cleared, or what its story is going through."""
    row = bench.renditions.get(slot.rendition_id or "")
    if row is None:
        return None
    if bench.issue.state not in (*OPEN, "page_proof"):
        return "已锁版"
    if row.state in ("cleared", "live", "stale"):
        return RENDITION.states[row.state]
    return STORY.states[bench.stories[row.story_id].state]


def read_layout(session: Session, issue_id: str, number: int) -> dict[str, Any]:
    """Write the page model of one page.

    Raises:
        AppError: 404.
    """
    return model_of(read_bench(session, access_issue(session, issue_id)), number).as_json()


def read_slot_proof(session: Session, actor: Actor, rendition_id: str) -> dict[str, Any]:
    """Write a text as it is set in its slot, or, where it has none yet, in one as it was written for.

    Raises:
        AppError: 404 for one that is not for the newspaper, or whose story is not for this person.
    """
    row = session.get(Rendition, rendition_id)
    if row is None or row.kind != "page_slot":
        raise not_found("报纸版面稿")
    story = session.get_one(Story, row.story_id)
    if not may_see(actor, story):
        raise not_found("报纸版面稿")
    slot = session.scalars(sa.select(PaperSlot).where(PaperSlot.rendition_id == row.id).limit(1)).one_or_none()
    if slot is None:
        return as_planned(row, story).as_json()
    return alone(read_bench(session, session.get_one(PaperIssue, slot.issue_id)), slot).as_json()


def model_of(bench: Bench, number: int) -> PageModel:
    """Return one page; 404 if there is none of this number."""
    found = next((model for model in models_of(bench) if model.number == number), None)
    if found is None:
        raise not_found("版面")
    return found


def pictures_of(session: Session, models: Sequence[PageModel]) -> dict[str, str]:
    """Return the hashes of the pictures on pages, by the pictures' ids."""
    ids = {slot.picture.media for model in models for slot in model.slots if slot.picture is not None}
    return dict(session.execute(sa.select(Media.id, Media.sha256).where(Media.id.in_(ids))).tuples().all())
