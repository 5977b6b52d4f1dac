"""Writing the rules by which alerts are raised, each change a version, and trying one on what was said lately."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.district.queries import demand_towns
from backend.errors import demand_version, invalid, not_found
from backend.ids import new_id
from backend.oversight.monitoring.models import OpinionItem, OpinionRule, OpinionRuleVersion
from backend.oversight.monitoring.opinions import said_of
from backend.oversight.monitoring.places import gazetteer_of
from backend.oversight.monitoring.rules import DESK, RULE, RuleContent, Said, match
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

Form = dict[str, Any]
_ABOUT = ("name", "state", "reason", "last")


def content_of(form: Form) -> Form:
    """Return what of a form is the rule itself, in the order in which it is stored."""
    return {name: value for name, value in form.items() if name not in _ABOUT and value is not None}


def create_rule(unit: UnitOfWork, form: Form) -> OpinionRule:
    """Write a rule."""
    _demand_sound(unit.session, form)
    rule = OpinionRule(
        id=new_id(),
        ver=0,
        state=form.get("state", "active"),
        number=0,
        name=form["name"],
        content={},
        created_by=unit.actor.id,
        created_at=unit.now,
        updated_at=unit.now,
    )
    unit.session.add(rule)
    _write_version(unit, rule, content_of(form), form.get("reason"))
    return _changed(unit, rule, "created")


def edit_rule(unit: UnitOfWork, rule_id: str, form: Form, if_match: int | None = None) -> OpinionRule:
    """Change a rule; it gets its next version, and alerts raised by earlier ones keep theirs."""
    rule = _access(unit, rule_id, if_match)
    RULE.way("edit", rule.state)
    content = {**rule.content, **content_of(form)}
    if "growth" in form and form["growth"] is None:
        content.pop("growth", None)
    _demand_sound(unit.session, content)
    rule.name = form.get("name", rule.name)
    _write_version(unit, rule, content, form.get("reason"))
    return _changed(unit, rule, "edited", fields=sorted(form))


def move_rule(unit: UnitOfWork, rule_id: str, command: str, if_match: int | None) -> OpinionRule:
    """Pause a rule, or let it look again (`pause`, `activate`)."""
    rule = _access(unit, rule_id, if_match)
    rule.state = RULE.step(command, rule.state)
    return _changed(unit, rule, "paused" if command == "pause" else "activated")


def _access(unit: UnitOfWork, rule_id: str, if_match: int | None) -> OpinionRule:
    rule = unit.session.get(OpinionRule, rule_id, with_for_update=True)
    if rule is None:
        raise not_found("预警规则")
    demand_version(rule.ver, if_match, "规则已被同事修改，请先读取最新的。")
    return rule


def _demand_sound(session: Session, content: Form) -> None:
    """Raise 422 for a rule that would take in everything, or names a town that there is not."""
    if not content.get("words") and not content.get("all_words"):
        raise invalid("words", "mismatch", "至少要有一个关键词")
    demand_towns(session, content.get("towns") or [])


def _write_version(unit: UnitOfWork, rule: OpinionRule, content: Form, reason: str | None) -> None:
    rule.content, rule.number = content, rule.number + 1
    rule.updated_at = unit.now
    unit.session.flush()
    unit.session.add(
        OpinionRuleVersion(
            id=new_id(),
            rule_id=rule.id,
            number=rule.number,
            name=rule.name,
            content=content,
            by=unit.actor.id,
            at=unit.now,
            reason=reason,
        )
    )


def _changed(unit: UnitOfWork, rule: OpinionRule, verb: str, **data: Any) -> OpinionRule:
    rule.ver += 1
    rule.updated_at = unit.now
    unit.session.flush()
    unit.record(f"opinion_rule.{verb}", rule.id, rule.ver, state=rule.state, number=rule.number, **data)
    unit.place("opinion_rule", rule.id, rule.ver, {streams.desk(DESK)})
    return rule


def try_rule(session: Session, form: Form) -> dict[str, Any]:
    """Say what a rule would have taken in of the last items, and into how many alerts; nothing is changed.

    Each item is looked at as of every value of its heat, since a rule on growth holds at a moment and not at another.
    """
    content = content_of(form)
    _demand_sound(session, content)
    rule, gazetteer = RuleContent.of(content), gazetteer_of(session)
    query = sa.select(OpinionItem).order_by(OpinionItem.updated_at.desc(), OpinionItem.id.desc())
    items = session.scalars(query.limit(form["last"])).all()
    hits: list[dict[str, Any]] = []
    groups: Counter[str] = Counter()
    for item in items:
        said = said_of(session, item)
        found = next((hit for end in range(1, len(said.heats) + 1) if (hit := _at(rule, said, end, gazetteer))), None)
        if found is not None:
            at, why = found
            hits.append({"item": item.id, "text": item.text, "url": item.url, "at": at, "why": _readable(why)})
            place = why["places"][0] if why["places"] else {"town": None, "name": ""}
            groups[str(place["town"] or place["name"])] += 1
    return {"looked_at": len(items), "items": hits, "alerts": len(groups)}


def _at(rule: RuleContent, said: Said, end: int, gazetteer: Any) -> tuple[str, dict[str, Any]] | None:
    why = match(rule, Said(said.text, said.stance, said.heats[:end]), gazetteer)
    return (iso(said.heats[end - 1][0]), why) if why else None


def _readable(why: dict[str, Any]) -> dict[str, Any]:
    growth = why["growth"]
    if growth is None:
        return why
    return why | {"growth": growth | {"from_at": iso(growth["from_at"]), "to_at": iso(growth["to_at"])}}
