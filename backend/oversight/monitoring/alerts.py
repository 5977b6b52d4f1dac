"""What becomes of alerts 预警: raised by rules, triaged, assigned, handled by what they are turned into, and closed."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from backend.accounts.models import Account
from backend.clock import iso
from backend.district.models import Desk
from backend.errors import demand_version, invalid, not_found
from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.oversight.monitoring import rules
from backend.oversight.monitoring.models import Alert, AlertItem, AlertLink, OpinionItem, OpinionRule
from backend.oversight.monitoring.rules import ALERT, AlertFacts, RuleContent
from backend.policy import Role
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

SLA_JOB = "alert.sla"
OVERDUE = "alert_overdue"
_TO = (Role.MONITOR, Role.DUTY_EDITOR, Role.SECTION_HEAD)
_OVERDUE_WORDS = {"new": "还没有人研判", "triaged": "研判后还没有派办", "assigned": "派办后还没有处置完"}
_TITLE_CHARS = 100


def alert_about(
    unit: UnitOfWork, rule: OpinionRule, content: RuleContent, item: OpinionItem, why: dict[str, Any]
) -> Alert | None:
    """Raise an alert about an item, or let it join the one that stands about the same rule and place.

    One that a rule has taken in before, and somebody has dealt with, is not raised again. None where nothing is new.
    """
    # Two batches at once must not raise two alerts about the same.
    unit.session.get_one(OpinionRule, rule.id, with_for_update=True)
    taken = (
        sa.select(AlertItem.id)
        .join(Alert, Alert.id == AlertItem.alert_id)
        .where(AlertItem.item_id == item.id, Alert.rule_id == rule.id)
    )
    if unit.session.scalars(taken.limit(1)).one_or_none() is not None:
        return None
    written = _written(why)
    group = _group_of(rule, why)
    standing = (
        sa.select(Alert)
        .where(Alert.group_key == group, Alert.state.in_(rules.OPEN), Alert.created_at > unit.now - rules.GROUPED_FOR)
        .order_by(Alert.created_at.desc(), Alert.id.desc())
        .limit(1)
    )
    alert = unit.session.scalars(standing.with_for_update()).one_or_none()
    if alert is not None:
        if _count(unit, alert, AlertItem) >= rules.MAX_ITEMS_OF_ALERT:
            return None
        ALERT.step("add_item", alert.state, AlertFacts())
        _add_item(unit, alert, item, written)
        alert.heat = max(alert.heat, item.heat)
        return _changed(unit, alert, "item_added", item=item.id)
    alert = Alert(
        id=new_id(),
        ver=0,
        state="new",
        title=_title(rule, why),
        level=content.level,
        rule_id=rule.id,
        rule_number=rule.number,
        group_key=group,
        heat=item.heat,
        created_at=unit.now,
        updated_at=unit.now,
    )
    unit.session.add(alert)
    unit.session.flush()
    _add_item(unit, alert, item, written)
    _owe(unit, alert)
    unit.record("opinion.alert", alert.id, 1, rule=rule.id, number=rule.number, item=item.id, level=alert.level)
    return _changed(unit, alert, "raised", rule=rule.id, item=item.id)


def _group_of(rule: OpinionRule, why: dict[str, Any]) -> str:
    first = why["places"][0] if why["places"] else {"town": None, "name": ""}
    return hashlib.sha256(f"{rule.id}\n{first['town'] or first['name']}".encode()).hexdigest()


def _title(rule: OpinionRule, why: dict[str, Any]) -> str:
    place = why["places"][0]["name"] if why["places"] else ""
    what = "、".join(why["words"][:3])
    return "·".join(part for part in (rule.name, place, what) if part)[:_TITLE_CHARS]


def _written(why: dict[str, Any]) -> dict[str, Any]:
    growth = why["growth"]
    if growth is not None:
        growth = {name: iso(value) if isinstance(value, datetime) else value for name, value in growth.items()}
    return why | {"growth": growth}


def _add_item(unit: UnitOfWork, alert: Alert, item: OpinionItem, why: dict[str, Any]) -> None:
    unit.session.add(AlertItem(id=new_id(), alert_id=alert.id, item_id=item.id, why=why, at=unit.now))
    unit.session.flush()


def _count(unit: UnitOfWork, alert: Alert, table: type[AlertItem | AlertLink]) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.alert_id == alert.id)
    return int(unit.session.scalar(query) or 0)


def access_alert(unit: UnitOfWork, alert_id: str, if_match: int | None = None) -> Alert:
    """Return an alert, locked for a change; 404, or 412 `stale`."""
    alert = unit.session.get(Alert, alert_id, with_for_update=True)
    if alert is None:
        raise not_found("预警")
    demand_version(alert.ver, if_match, "预警已有新的进展，请先读取最新的。")
    return alert


def triage_alert(
    unit: UnitOfWork, alert_id: str, *, level: str | None = None, note: str | None = None, if_match: int | None = None
) -> Alert:
    """Say that an alert is one, and how urgent."""
    alert = access_alert(unit, alert_id, if_match)
    alert.state = ALERT.step("triage", alert.state, AlertFacts())
    alert.level, alert.note = level or alert.level, note or alert.note
    alert.triaged_by, alert.triaged_at = unit.actor.id, unit.now
    _owe(unit, alert)
    return _changed(unit, alert, "triaged", level=alert.level)


def assign_alert(
    unit: UnitOfWork, alert_id: str, owner: str, *, note: str | None = None, if_match: int | None = None
) -> Alert:
    """Give an alert to a colleague, who holds it from now on; 422 for somebody who is none."""
    alert = access_alert(unit, alert_id, if_match)
    account = unit.session.get(Account, owner)
    if account is None or account.kind != "staff" or account.disabled_at is not None:
        raise invalid("owner", "unknown", "没有这位同事")
    alert.state = ALERT.step("assign", alert.state, AlertFacts())
    alert.owner_id, alert.note = owner, note or alert.note
    alert.assigned_by, alert.assigned_at = unit.actor.id, unit.now
    _owe(unit, alert)
    return _changed(unit, alert, "assigned", owner=owner)


def handle_alert(unit: UnitOfWork, alert_id: str, *, note: str | None = None, if_match: int | None = None) -> Alert:
    """Say that an alert has been dealt with; what it was turned into shows how."""
    alert = access_alert(unit, alert_id, if_match)
    alert.state = ALERT.step("handle", alert.state, AlertFacts(links=_count(unit, alert, AlertLink)))
    alert.note = note or alert.note
    alert.handled_by, alert.handled_at = unit.actor.id, unit.now
    _owe(unit, alert)
    return _changed(unit, alert, "handled")


def close_alert(unit: UnitOfWork, alert_id: str, *, note: str | None = None, if_match: int | None = None) -> Alert:
    """Close an alert that was dealt with."""
    alert = access_alert(unit, alert_id, if_match)
    alert.state = ALERT.step("close", alert.state, AlertFacts())
    alert.note = note or alert.note
    return _end(unit, alert, "closed")


def dismiss_alert(unit: UnitOfWork, alert_id: str, reason: str, if_match: int | None = None) -> Alert:
    """Say that an alert is none, and why."""
    alert = access_alert(unit, alert_id, if_match)
    alert.state = ALERT.step("dismiss", alert.state, AlertFacts(reason=reason))
    alert.reason = reason
    return _end(unit, alert, "dismissed")


def _end(unit: UnitOfWork, alert: Alert, verb: str) -> Alert:
    alert.closed_by, alert.closed_at = unit.actor.id, unit.now
    _owe(unit, alert)
    return _changed(unit, alert, verb)


def note_link(unit: UnitOfWork, alert: Alert, link: AlertLink) -> Alert:
    """Write down what an alert was turned into."""
    alert.state = ALERT.step("link", alert.state, AlertFacts())
    unit.session.add(link)
    return _changed(unit, alert, "linked", kind=link.kind, thing=link.thing_id)


def _owe(unit: UnitOfWork, alert: Alert) -> None:
    """Set until when an alert has to leave its state, and have somebody look then; what was late is late no more."""
    clear_alarms(unit, OVERDUE, alert.id)
    minutes = _sla(unit).get(alert.state)
    alert.due_at = None
    if minutes is not None:
        alert.due_at = unit.now + timedelta(minutes=minutes)
        args = {"id": alert.id, "state": alert.state, "due": iso(alert.due_at)}
        key = f"{SLA_JOB}:{alert.id}:{alert.state}:{alert.ver}"
        unit.enqueue(SLA_JOB, key, args, run_at=alert.due_at)


def _sla(unit: UnitOfWork) -> dict[str, int]:
    desk = unit.session.get(Desk, rules.DESK)
    own = {state: int(minutes) for state, minutes in (desk.sla if desk else {}).items() if state in rules.SLA_MINUTES}
    return rules.SLA_MINUTES | own


def sound_sla(run: JobRun) -> None:
    """Raise the alarm for an alert that is still where it was at its due time; the job of that moment."""
    with run.unit() as unit:
        alert = unit.session.get(Alert, run.args["id"], with_for_update=True)
        if alert is None or alert.state != run.args["state"] or alert.due_at is None or alert.due_at > unit.now:
            return
        minutes = _sla(unit)[alert.state]
        raise_alarm(
            unit,
            key=f"{OVERDUE}:{alert.id}:{alert.state}:{iso(alert.due_at)}",
            kind=OVERDUE,
            about=("alert", alert.id),
            to=_TO,
            text=f"预警“{alert.title}”已过 {minutes} 分钟，{_OVERDUE_WORDS[alert.state]}。",
        )
        unit.record("alert.overdue", alert.id, alert.ver, state=alert.state, minutes=minutes)


def _changed(unit: UnitOfWork, alert: Alert, verb: str, **data: Any) -> Alert:
    alert.ver += 1
    alert.updated_at = unit.now
    unit.session.flush()
    unit.record(f"alert.{verb}", alert.id, alert.ver, state=alert.state, **data)
    unit.place("alert", alert.id, alert.ver, {streams.KITCHEN, streams.desk(rules.DESK)})
    return alert
