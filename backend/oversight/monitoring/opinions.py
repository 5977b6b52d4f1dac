"""Taking in what was said in public: once an item, its heat as a series, and the rules asked at each new value."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.errors import invalid
from backend.ids import new_id
from backend.newsroom.planning.models import Topic
from backend.oversight.monitoring.alerts import alert_about
from backend.oversight.monitoring.models import Alert, OpinionHeat, OpinionItem, OpinionRule
from backend.oversight.monitoring.places import gazetteer_of
from backend.oversight.monitoring.rules import DESK, Place, RuleContent, Said, find_places, match
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

Form = dict[str, Any]
# As much of a series as any rule looks at: its longest window is a week.
MAX_HEATS = 2000
# How many a desk holds; older ones are asked for, page by page.
MAX_ON_DESK = 200


def take_in(unit: UnitOfWork, forms: Sequence[Form]) -> tuple[list[OpinionItem], list[str], list[Alert]]:
    """Take items in; one that is known by source and address gets its new heat.

    Returns:
        the items in the order of the forms, the ids of those that are new, and the alerts that were raised or joined.

    Raises:
        AppError: 422 naming the entry (`items.3.at`) for a moment still to come, or a topic that there is not.
    """
    for index, form in enumerate(forms):
        _demand_sound(unit, form, index)
    gazetteer = gazetteer_of(unit.session)
    active = sa.select(OpinionRule).where(OpinionRule.state == "active").order_by(OpinionRule.id)
    rules = [(rule, RuleContent.of(rule.content)) for rule in unit.session.scalars(active)]
    items: list[OpinionItem] = []
    new: list[str] = []
    alerts: dict[str, Alert] = {}
    # In one order, so that two batches with the same items never wait for each other.
    for form in sorted(forms, key=lambda each: key_of(each["source"], each["url"])):
        item, is_new, moved = _take_one(unit, form, gazetteer)
        items.append(item)
        new += [item.id] if is_new else []
        if not moved:
            continue
        said = said_of(unit.session, item)
        for rule, content in rules:
            why = match(content, said, gazetteer)
            alert = alert_about(unit, rule, content, item, why) if why else None
            if alert is not None:
                alerts[alert.id] = alert
    _place(unit, items)
    by_key = {item.key: item for item in items}
    ordered = [by_key[key_of(form["source"], form["url"])] for form in forms]
    unit.record("opinion.batch", unit.command_id[:36], 1, items=len(forms), new=len(new), alerts=sorted(alerts))
    return ordered, new, list(alerts.values())


def _place(unit: UnitOfWork, items: Sequence[OpinionItem]) -> None:
    """Put items on the monitoring desk's stream, and take those off that have not moved for longest."""
    desk = streams.desk(DESK)
    for item in items:
        item.on_desk = True
        unit.place("opinion_item", item.id, item.ver, {desk})
    unit.session.flush()
    newest = sa.select(OpinionItem.id).where(OpinionItem.on_desk)
    newest = newest.order_by(OpinionItem.updated_at.desc(), OpinionItem.id.desc()).limit(MAX_ON_DESK)
    older = sa.select(OpinionItem).where(OpinionItem.on_desk, OpinionItem.id.not_in(newest.scalar_subquery()))
    # What another batch holds is about to be new again; and waiting for it here, each could wait for the other.
    for item in unit.session.scalars(older.with_for_update(skip_locked=True)).all():
        item.on_desk = False
        unit.place("opinion_item", item.id, item.ver, set())


def key_of(source: str, url: str) -> str:
    """Make what an item is known by."""
    return hashlib.sha256(f"{source}\n{url}".encode()).hexdigest()


def _demand_sound(unit: UnitOfWork, form: Form, index: int) -> None:
    if form.get("at") is not None and form["at"] > unit.now:
        raise invalid(f"items.{index}.at", "in_future", "这个时间还没有到")
    topic = form.get("topic_ref")
    if topic is not None and unit.session.get(Topic, topic) is None:
        raise invalid(f"items.{index}.topic_ref", "unknown", "没有这个选题")


def _take_one(unit: UnitOfWork, form: Form, gazetteer: Sequence[Place]) -> tuple[OpinionItem, bool, bool]:
    """Keep one item; say whether it is new, and whether there is anything new about it."""
    at: datetime = form.get("at") or unit.now
    key = key_of(form["source"], form["url"])
    item = unit.session.scalars(sa.select(OpinionItem).where(OpinionItem.key == key).with_for_update()).one_or_none()
    is_new = item is None
    if item is None:
        item = OpinionItem(
            id=new_id(), ver=0, key=key, source=form["source"], url=form["url"], heat=0, heat_at=at, created_at=unit.now
        )
        item.topic_id, item.entered_by = None, unit.actor.id
        unit.session.add(item)
    reworded = is_new or item.text != form["text"] or item.stance != form["stance"]
    item.text, item.stance = form["text"], form["stance"]
    item.topic_id = form.get("topic_ref") or item.topic_id
    item.towns = sorted({place.town for place in find_places(item.text, gazetteer) if place.town})
    if is_new or at >= item.heat_at:
        item.heat, item.heat_at = form["heat"], at
    item.ver, item.updated_at = item.ver + 1, unit.now
    unit.session.flush()
    return item, is_new, _add_heat(unit, item, at, form["heat"]) or reworded


def _add_heat(unit: UnitOfWork, item: OpinionItem, at: datetime, heat: int) -> bool:
    """Add a value to the series; one of this very moment is there already, and stands."""
    known = sa.select(OpinionHeat.id).where(OpinionHeat.item_id == item.id, OpinionHeat.at == at)
    if unit.session.scalar(known) is not None:
        return False
    unit.session.add(OpinionHeat(id=new_id(), item_id=item.id, at=at, heat=heat))
    unit.session.flush()
    return True


def said_of(session: Session, item: OpinionItem) -> Said:
    """Return an item as rules see it, with the latest of its series."""
    query = (
        sa.select(OpinionHeat.at, OpinionHeat.heat)
        .where(OpinionHeat.item_id == item.id)
        .order_by(OpinionHeat.at.desc(), OpinionHeat.id.desc())
        .limit(MAX_HEATS)
    )
    rows = session.execute(query).all()
    return Said(item.text, item.stance, tuple((row[0], int(row[1])) for row in reversed(rows)))
