"""Making a rundown, locking it, and what its director may still do to it when it is locked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from backend.accounts.models import Account
from backend.clock import SHANGHAI
from backend.errors import invalid
from backend.ids import new_id
from backend.newsroom.board.actions import clear_alarms
from backend.newsroom.editing.models import Rendition, Story
from backend.policy import Role
from backend.publishing.broadcast import rules
from backend.publishing.broadcast.as_run import CLOSED_FOR, OVER, TEND, report_missed
from backend.publishing.broadcast.contents import shown
from backend.publishing.broadcast.entries import add_item, change_item, demand_cleared, seal, started, unseal
from backend.publishing.broadcast.models import Rundown, RundownItem
from backend.publishing.broadcast.rules import ITEM, RUNDOWN, RundownFacts
from backend.publishing.broadcast.steps import (
    access_rundown,
    ask,
    changed,
    item_among,
    items_of,
    renumber,
    weigh,
)
from backend.publishing.broadcast.timing import TOLERANCE_S
from backend.unit_of_work import UnitOfWork

_DUTY_CHIEFS = frozenset({Role.CHIEF_EDITOR, Role.DUTY_EDITOR})

# ── while it is made ──


def create_rundown(unit: UnitOfWork, form: Mapping[str, Any]) -> Rundown:
    """Begin the rundown of a show, or the list of crawls of a day."""
    row = Rundown(
        id=new_id(),
        ver=0,
        state=rules.BUILDING,
        medium=form["medium"],
        scope=form["scope"],
        show=form["show"],
        airtime=_beginning(form["scope"], form["airtime"]),
        planned_seconds=form.get("planned_seconds", rules.DAY_S),
        director_id=_demand_director(unit, form.get("director")),
        issue=0,
        reported_over=False,
        created_by=unit.actor.id,
        created_at=unit.now,
    )
    unit.session.add(row)
    return changed(unit, row, "created", medium=row.medium, scope=row.scope)


def _beginning(scope: str, airtime: datetime) -> datetime:
    if scope == rules.SHOW:
        return airtime.replace(microsecond=0)
    return airtime.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def _demand_director(unit: UnitOfWork, account_id: str | None) -> str | None:
    if account_id is None:
        return None
    account = unit.session.get(Account, account_id)
    if account is None or account.kind != "staff":
        raise invalid("director", "unknown", "没有这位同事")
    return account_id


def edit_rundown(unit: UnitOfWork, rundown_id: str, form: Mapping[str, Any], if_match: int | None) -> Rundown:
    """Change a show's name, hour, length or director."""
    row = access_rundown(unit, rundown_id, if_match)
    row.state = RUNDOWN.step("edit", row.state)
    if "airtime" in form:
        row.airtime = _beginning(row.scope, form["airtime"])
    if "director" in form:
        row.director_id = _demand_director(unit, form["director"])
    if "planned_seconds" in form and row.scope == rules.DAY:
        raise invalid("planned_seconds", "mismatch", "全天滚动字幕单没有时长")
    for name in ("show", "planned_seconds"):
        if name in form:
            setattr(row, name, form[name])
    return changed(unit, row, "edited", fields=sorted(form))


def add_to_rundown(unit: UnitOfWork, rundown_id: str, form: Mapping[str, Any], if_match: int | None) -> Rundown:
    """Put an item into a rundown that is being made."""
    row = access_rundown(unit, rundown_id, if_match)
    row.state = RUNDOWN.step("edit", row.state)
    item = add_item(unit, row, items_of(unit, row), form)
    return changed(unit, row, "edited", added=item.id, rendition=item.rendition_id)


def edit_item(
    unit: UnitOfWork, rundown_id: str, item_id: str, form: Mapping[str, Any], if_match: int | None
) -> Rundown:
    """Change an item of a rundown that is being made."""
    row = access_rundown(unit, rundown_id, if_match)
    row.state = RUNDOWN.step("edit", row.state)
    change_item(unit, row, item_among(items_of(unit, row), item_id, "item"), form)
    return changed(unit, row, "edited", item=item_id, fields=sorted(form))


def remove_item(unit: UnitOfWork, rundown_id: str, item_id: str, if_match: int | None) -> Rundown:
    """Take an item out of a rundown that is being made."""
    row = access_rundown(unit, rundown_id, if_match)
    row.state = RUNDOWN.step("edit", row.state)
    items = items_of(unit, row)
    item = item_among(items, item_id, "item")
    item.state = ITEM.step("drop", item.state, started(item))
    renumber(items)
    return changed(unit, row, "edited", removed=item_id)


def order_items(unit: UnitOfWork, rundown_id: str, ids: Sequence[str], if_match: int | None) -> Rundown:
    """Put the items of a show into another order; `ids` names each of them once."""
    row = access_rundown(unit, rundown_id, if_match)
    row.state = RUNDOWN.step("edit", row.state)
    items = items_of(unit, row)
    known = {item.id: item for item in shown(items)}
    if len(ids) != len(known) or set(ids) != known.keys():
        raise invalid("items", "mismatch", "要把节目里的每一条都列一次")
    renumber([*(known[item_id] for item_id in ids), *(item for item in items if item.id not in known)])
    return changed(unit, row, "edited", order=list(ids))


# ── the lock ──


def lock_rundown(unit: UnitOfWork, rundown_id: str, if_match: int | None = None) -> Rundown:
    """Close a rundown for everybody but its director, and take the copies of what is signed.

    Raises:
        AppError: 409 of the first guard that does not hold; `findings` names the items.
    """
    row = access_rundown(unit, rundown_id, if_match)
    items = items_of(unit, row)
    state = ask("lock", row, weigh(unit, row, items))
    seal(unit, row, [item for item in items if item.state == rules.PLANNED])
    row.state = state
    row.issue += 1
    row.locked_by, row.locked_at = unit.actor.id, unit.now
    hashes = {item.id: item.script_hash for item in items if item.state == rules.PLANNED}
    return changed(unit, row, "locked", items=hashes)


def unlock_rundown(unit: UnitOfWork, rundown_id: str, reason: str, if_match: int | None = None) -> Rundown:
    """Open a rundown again, which the duty chief alone decides."""
    row = access_rundown(unit, rundown_id, if_match)
    if not unit.actor.roles & _DUTY_CHIEFS:
        raise rules.not_duty_chief()
    row.state = RUNDOWN.step("unlock", row.state)
    row.reason = reason
    row.locked_by = row.locked_at = None
    unseal([item for item in items_of(unit, row) if item.state == rules.PLANNED])
    return changed(unit, row, "unlocked")


def swap_items(unit: UnitOfWork, rundown_id: str, form: Mapping[str, Any], if_match: int | None = None) -> Rundown:
    """Change the order or the items of a locked rundown: swap, move, drop or insert, each with its reason."""
    row = access_rundown(unit, rundown_id, if_match)
    row.state = RUNDOWN.step("swap", row.state)
    items = items_of(unit, row)
    touched = _SWAPS[form["do"]](unit, row, items, form)
    row.reason = form["reason"]
    row.issue += 1
    return changed(unit, row, "swapped", what=form["do"], items=[item.id for item in touched])


def _swap(unit: UnitOfWork, row: Rundown, items: list[RundownItem], form: Mapping[str, Any]) -> list[RundownItem]:
    del unit, row
    order = shown(items)
    one, other = (item_among(order, form[name], name) for name in ("item", "with_"))
    _demand_free(order, one, other)
    here, there = order.index(one), order.index(other)
    order[here], order[there] = other, one
    renumber([*order, *(item for item in items if item not in order)])
    return [one, other]


def _move(unit: UnitOfWork, row: Rundown, items: list[RundownItem], form: Mapping[str, Any]) -> list[RundownItem]:
    del unit, row
    order = shown(items)
    item = item_among(order, form["item"], "item")
    _demand_free(order, item)
    order.remove(item)
    at = min(form["position"] - 1, len(order))
    _demand_ahead(order, at)
    order.insert(at, item)
    renumber([*order, *(other for other in items if other not in order)])
    return [item]


def _drop(unit: UnitOfWork, row: Rundown, items: list[RundownItem], form: Mapping[str, Any]) -> list[RundownItem]:
    del unit, row
    item = item_among(items, form["item"], "item")
    item.state = ITEM.step("drop", item.state, started(item))
    item.reason = form["reason"]
    renumber(items)
    return [item]


def _insert(unit: UnitOfWork, row: Rundown, items: list[RundownItem], form: Mapping[str, Any]) -> list[RundownItem]:
    order = shown(items)
    if form["insert"]["kind"] != rules.CRAWL:
        _demand_ahead(order, min(form["insert"].get("position", len(order) + 1) - 1, len(order)))
    item = add_item(unit, row, items, form["insert"])
    demand_cleared(unit, item)
    seal(unit, row, [item])
    return [item]


_SWAPS = {"swap": _swap, "move": _move, "drop": _drop, "insert": _insert}


def _demand_free(order: Sequence[RundownItem], *items: RundownItem) -> None:
    """Refuse to touch what has begun, or what the show has passed by already."""
    for item in items:
        ITEM.step("change", item.state, started(item))
        _demand_ahead(order, order.index(item))


def _demand_ahead(order: Sequence[RundownItem], at: int) -> None:
    if any(item.as_run_start is not None for item in order[at:]):
        raise rules.NOT_STARTED.refusal()


# ── crawls ──


def add_crawl(unit: UnitOfWork, rundown_id: str, form: Mapping[str, Any], if_match: int | None = None) -> Rundown:
    """Put a crawl in. One of the fast lane goes in at once, also where the rundown is locked or on the air."""
    row = access_rundown(unit, rundown_id, if_match)
    rendition = unit.session.get(Rendition, form["rendition"])
    story = unit.session.get(Story, rendition.story_id) if rendition else None
    row.state = RUNDOWN.step("crawl", row.state, RundownFacts(emergency=bool(story and story.lane == "fast")))
    item = add_item(unit, row, items_of(unit, row), {**form, "kind": rules.CRAWL})
    if row.state != rules.BUILDING:
        demand_cleared(unit, item)
        seal(unit, row, [item])
        row.issue += 1
    return changed(unit, row, "crawl_added", item=item.id, emergency=item.emergency)


# ── on the air ──


def start_rundown(unit: UnitOfWork, rundown_id: str, if_match: int | None = None) -> Rundown:
    """Say that the show is on the air. Texts that were taken back since the lock have to be dropped first."""
    row = access_rundown(unit, rundown_id, if_match)
    row.state = ask("start", row, weigh(unit, row, items_of(unit, row)))
    row.on_air_at = unit.now
    if row.scope == rules.SHOW:
        # Nothing may come in any more; somebody has to look all the same once the show ought to be over.
        at = row.airtime + timedelta(seconds=row.planned_seconds + TOLERANCE_S + 1)
        unit.enqueue(TEND, f"{TEND}:{row.id}:over:{row.ver}", {"id": row.id}, run_at=at)
    return changed(unit, row, "started")


def close_rundown(unit: UnitOfWork, rundown_id: str, if_match: int | None = None) -> Rundown:
    """Say that the show is over. What the log of the air does not have was not aired, and is reported by name."""
    row = access_rundown(unit, rundown_id, if_match)
    items = items_of(unit, row)
    row.state = ask("close", row, weigh(unit, row, items))
    row.aired_at = unit.now
    missed = report_missed(unit, row, items)
    clear_alarms(unit, OVER, row.id)
    unit.enqueue(TEND, f"{TEND}:{row.id}:shelve", {"id": row.id}, run_at=unit.now + CLOSED_FOR)
    return changed(unit, row, "closed", missed=[item.id for item in missed])
