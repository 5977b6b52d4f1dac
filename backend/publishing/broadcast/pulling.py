"""What others do to rundowns: withdraw a story, air a correction, place an item from the queue."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.errors import invalid
from backend.events.models import Event
from backend.newsroom.board.actions import raise_alarm
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages.rows import stands
from backend.newsroom.editing.packages.rules import MASTER_STANDS
from backend.policy import Role
from backend.publishing.broadcast import rules
from backend.publishing.broadcast.contents import shown
from backend.publishing.broadcast.entries import add_item, demand_cleared, seal, started
from backend.publishing.broadcast.models import Rundown, RundownItem
from backend.publishing.broadcast.rules import ITEM
from backend.publishing.broadcast.steps import access_rundown, changed, items_of, lock_rundown, reissue, renumber
from backend.publishing.models import Case, CaseTarget, Publication
from backend.publishing.queue import access_publication
from backend.publishing.receipts import pull
from backend.unit_of_work import UnitOfWork

ON_AIR_NOW, STALE = "rundown_cut", "rundown_stale"
_WHY = "稿件已撤稿"
_COMING = (rules.BUILDING, rules.LOCKED)
_NOT_AIRED = (*_COMING, rules.ON_AIR)
_DAY = timedelta(days=1)
# What is in one of these states does not stand in its rundown any more.
GONE = frozenset({rules.DROPPED, rules.PULLED, rules.MISSED})


# ── withdrawal ──


def pull_story(unit: UnitOfWork, story_id: str) -> list[RundownItem]:
    """Take a withdrawn story out of every rundown that is not over, and return what was taken out.

    A list is never in the way: one that is locked stays locked and is issued anew. What is on the air at this moment
    cannot be taken back; its director is told to cut it, and its receipt will lead to a correction.
    """
    query = (
        sa.select(Rundown.id)
        .join(RundownItem, RundownItem.rundown_id == Rundown.id)
        .where(RundownItem.story_id == story_id, RundownItem.state == rules.PLANNED, Rundown.state.in_(_NOT_AIRED))
    )
    pulled: list[RundownItem] = []
    for rundown_id in sorted(set(unit.session.scalars(query))):
        row = lock_rundown(unit, rundown_id)
        if row is not None and row.state in _NOT_AIRED:
            pulled += _pull_from(unit, row, story_id)
    return pulled


def _pull_from(unit: UnitOfWork, row: Rundown, story_id: str) -> list[RundownItem]:
    items = items_of(unit, row)
    mine = [item for item in items if item.story_id == story_id and item.state == rules.PLANNED]
    for item in mine:
        if item.as_run_start is not None:
            _report_on_air(unit, row, item)
    free = [item for item in mine if item.as_run_start is None]
    return _pull_items(unit, row, items, free, _WHY) if free else []


def is_running(session: Session, rendition_id: str | None) -> bool:
    """Tell whether a text is on the air at this moment: its item has begun and not ended."""
    query = sa.select(RundownItem.id).where(
        RundownItem.rendition_id == rendition_id,
        RundownItem.state == rules.PLANNED,
        RundownItem.as_run_start.is_not(None),
    )
    return session.scalar(query.limit(1)) is not None


def pull_item(unit: UnitOfWork, item_id: str, why: str) -> RundownItem | None:
    """Take one item out before it is aired, if there is such an item; what became of it is in its state."""
    known = unit.session.get(RundownItem, item_id)
    if known is None:
        return None
    unit.session.get(Story, known.story_id, with_for_update=True)
    row = lock_rundown(unit, known.rundown_id)
    items = items_of(unit, row) if row else []
    item = next((item for item in items if item.id == item_id), None)
    if row is not None and item is not None and item.state == rules.PLANNED and item.as_run_start is None:
        _pull_items(unit, row, items, [item], why)
    return item


def _pull_items(
    unit: UnitOfWork, row: Rundown, items: Sequence[RundownItem], free: Sequence[RundownItem], why: str
) -> list[RundownItem]:
    """Take these items out of a rundown that is locked for a change; none of them has begun."""
    for item in free:
        item.state = ITEM.step("pull", item.state, started(item))
        item.reason = why
        if item.publication_id is not None:
            pull(unit, access_publication(unit, item.publication_id), why)
    renumber(items)
    names = "、".join(item.slug for item in free)
    reissue(unit, row, f"撤下“{names}”。"[:200], pulled=[item.id for item in free])
    return list(free)


def _report_on_air(unit: UnitOfWork, row: Rundown, item: RundownItem) -> None:
    raise_alarm(
        unit,
        key=f"{ON_AIR_NOW}:{item.id}",
        kind=ON_AIR_NOW,
        about=("rundown_item", item.id),
        to=(Role.TV_DIRECTOR, Role.DUTY_EDITOR, Role.CHIEF_EDITOR),
        text=f"《{row.show}》正在播出的“{item.slug}”已撤稿，请立即切断。",
    )


def warn_of_stale(unit: UnitOfWork, event: Event) -> None:
    """Tell the director that a text which stands in a locked rundown is not the signed one any more.

    The hook of `rendition.stale`. Before the show it cannot start with it; on the air somebody has to decide.
    """
    query = (
        sa.select(Rundown, RundownItem)
        .join(RundownItem, RundownItem.rundown_id == Rundown.id)
        .where(
            RundownItem.rendition_id == event.entity_id,
            RundownItem.state == rules.PLANNED,
            Rundown.state.in_([rules.LOCKED, rules.ON_AIR]),
        )
    )
    for row, item in unit.session.execute(query.order_by(RundownItem.id)):
        raise_alarm(
            unit,
            key=f"{STALE}:{item.id}:{row.issue}:{event.entity_version}",
            kind=STALE,
            about=("rundown_item", item.id),
            to=(Role.TV_DIRECTOR, Role.DUTY_EDITOR),
            text=f"《{row.show}》已锁定的“{item.slug}”母稿有改动，签发的文字已失效，请撤下或改播。",
        )


# ── corrections ──


def next_rundown(
    session: Session, now: datetime, *, show: str | None = None, medium: str | None = None, building: bool = False
) -> Rundown | None:
    """Return the next show that is not on the air yet, of this name or medium; `building` leaves out locked ones."""
    states = (rules.BUILDING,) if building else _COMING
    query = sa.select(Rundown).where(
        Rundown.state.in_(states), Rundown.scope == rules.SHOW, Rundown.airtime > now, *_of(show, medium)
    )
    return session.scalars(query.order_by(Rundown.airtime, Rundown.id).limit(1)).one_or_none()


def _of(show: str | None, medium: str | None) -> list[sa.ColumnElement[bool]]:
    wanted = ((Rundown.show, show), (Rundown.medium, medium))
    return [column == value for column, value in wanted if value is not None]


def add_on_air_correction(unit: UnitOfWork, rundown: Rundown, text: str, target_id: str) -> RundownItem:
    """Put a correction 更正播报, whose words its case has signed, into a coming show, as the last of its spoken items.

    The same target once more is the same item. A locked rundown stays locked and is issued anew. When its log comes,
    `rundown.correction_aired` is recorded with `{"target": target_id}`.
    """
    row = lock_rundown(unit, rundown.id) or rundown
    items = items_of(unit, row)
    for item in items:
        if item.target_id == target_id and item.state in {rules.PLANNED, rules.ITEM_AIRED}:
            return item
    seconds = rules.seconds_of(rules.SPOKEN, 0, text, [])
    form = {
        "kind": rules.SPOKEN,
        "slug": "更正播报",
        "target": target_id,
        "script": text,
        "planned_seconds": max(1, math.ceil(seconds)),
        "position": _after_last_spoken(items),
    }
    item = add_item(unit, row, items, form)
    reissue(unit, row, "加播更正。", correction=item.id, target=target_id)
    return item


def air_correction(unit: UnitOfWork, rundown_id: str, target_id: str, if_match: int | None = None) -> Rundown:
    """Put the correction that a case owes the viewers into a rundown, in the case's own words, as they were signed.

    Raises:
        AppError: 422 for a target that asks for no correction on the air, or whose case is not signed.
    """
    row = access_rundown(unit, rundown_id, if_match)
    target = unit.session.get(CaseTarget, target_id)
    case = unit.session.get(Case, target.case_id) if target is not None else None
    if target is None or target.action != "on_air" or case is None or not case.note or case.decided_at is None:
        raise invalid("target", "unknown", "没有要在节目里更正的这一项，或更正撤稿单还没有签发")
    add_on_air_correction(unit, row, case.note, target.id)
    return row


def _after_last_spoken(items: Sequence[RundownItem]) -> int:
    show = shown(items)
    return next((at for at in range(len(show), 0, -1) if show[at - 1].kind != rules.BREAK), 0) + 1


# ── from the queue ──


def find_place(session: Session, rendition_id: str | None) -> tuple[Rundown, RundownItem] | None:
    """Return where a rendition stands to be aired or was aired: a coming place before one that is past."""
    query = (
        sa.select(Rundown, RundownItem)
        .join(RundownItem, RundownItem.rundown_id == Rundown.id)
        .where(RundownItem.rendition_id == rendition_id)
    )
    found = [(row, item) for row, item in session.execute(query.order_by(Rundown.airtime))]
    order = {rules.PLANNED: 0, rules.ITEM_AIRED: 1, rules.MISSED: 2, rules.DROPPED: 3, rules.PULLED: 4}
    return min(found, key=lambda place: order[place[1].state], default=None)


def place_publication(unit: UnitOfWork, publication: Publication) -> tuple[Rundown, RundownItem] | None:
    """Put a publication into the next rundown of its show that is being made; None while there is none.

    One that stands in a rundown already stays there. A crawl of the fast lane goes into the show that is locked or on
    the air at once, where there is one.

    Raises:
        AppError: 409 for what was withdrawn meanwhile, or does not suit.
    """
    # Stories are locked before lists, as a withdrawal does; and so nobody else is placing this one now.
    story = unit.session.get_one(Story, publication.story_id, with_for_update=True, populate_existing=True)
    found = find_place(unit.session, publication.rendition_id)
    if found is not None and found[1].state not in GONE:
        return found
    if not stands(story):
        raise MASTER_STANDS.refusal()
    rendition = unit.session.get_one(Rendition, publication.rendition_id)
    row = _place_for(unit, story, rendition)
    if row is None:
        return None
    items = items_of(unit, row)
    fields = rendition.fields
    kind = rules.CRAWL if fields["type"] == rules.CRAWL else rules.CLIP if _only_clips(rendition) else rules.SPOKEN
    form = {"kind": kind, "rendition": rendition.id, "position": _by_order(unit, items, fields.get("order"))}
    item = add_item(unit, row, items, {name: value for name, value in form.items() if value is not None})
    item.publication_id = publication.id
    if row.state == rules.BUILDING:
        changed(unit, row, "edited", added=item.id, rendition=rendition.id)
        return row, item
    demand_cleared(unit, item)
    seal(unit, row, [item])
    reissue(unit, row, f"加播应急字幕“{item.slug}”。", added=item.id, rendition=rendition.id)
    return row, item


def _only_clips(rendition: Rendition) -> bool:
    return bool(rendition.fields["clip_ids"]) and not rendition.fields["script"].strip()


def _place_for(unit: UnitOfWork, story: Story, rendition: Rendition) -> Rundown | None:
    show = rendition.fields.get("show")
    if story.lane == "fast" and rendition.fields["type"] == rules.CRAWL:
        query = sa.select(Rundown.id).where(
            Rundown.medium == "tv", Rundown.state.in_([rules.ON_AIR, rules.LOCKED]), Rundown.airtime > unit.now - _DAY
        )
        # What is on the air goes before what is locked for later.
        order = sa.case((Rundown.state == rules.ON_AIR, 0), else_=1)
        now = unit.session.scalars(query.order_by(order, Rundown.airtime).limit(1)).one_or_none()
        if now is not None:
            return lock_rundown(unit, now)
    coming = next_rundown(unit.session, unit.now, show=show, building=True)
    row = lock_rundown(unit, coming.id) if coming else None
    # Somebody may have locked it between the look and the lock.
    return row if row is not None and row.state == rules.BUILDING else None


def _by_order(unit: UnitOfWork, items: Sequence[RundownItem], order: int | None) -> int | None:
    """Return before which item one with this order stands, by the orders of the others."""
    if order is None:
        return None
    wanted = [item.rendition_id for item in items if item.rendition_id]
    rows = unit.session.scalars(sa.select(Rendition).where(Rendition.id.in_(wanted)))
    orders = {row.id: row.fields.get("order") or 0 for row in rows}
    for item in shown(items):
        if item.rendition_id and orders[item.rendition_id] > order:
            return item.position
    return None
