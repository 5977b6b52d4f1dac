"""What an issued message does to a warning: opens it, changes it, lifts it, joins two into one.

A phone has one banner for a warning, and the sync thing `public_alert` is the warning, not the message: an Update is a
new version of the same thing and a Cancel takes it away. So a phone that slept through any of them shows the right
thing from the one row it gets, without knowing how it came about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from backend.alerts import rules
from backend.alerts.areas import towns_of
from backend.alerts.models import CapMessage, PublicAlert, PublicAlertTown
from backend.alerts.rules import AlertState
from backend.alerts.words import MsgType
from backend.errors import AppError, Code, guard_failed
from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

EXPIRE_JOB = "public_alert.expire"


def join(unit: UnitOfWork, message: CapMessage) -> PublicAlert:
    """Give a message that is going out its moment and its place in a chain."""
    if message.msg_type == MsgType.ALERT:
        message.sent = rules.whole_second(unit.now)
        return _settle(unit, _open(unit, message), message, "opened")
    alert, *others = _referenced(unit, message)
    earlier = _messages_of(unit, [alert.id, *(other.id for other in others)])
    _demand_newest(message, [alert, *others], earlier)
    # Later than all it refers to, so that by its own words too it is the one that holds.
    last = max(each.sent for each in earlier if each.sent is not None)
    message.sent = max(rules.whole_second(unit.now), last + timedelta(seconds=1))
    # All of the chain is named, so that a receiver who missed some of it takes everything down.
    message.references = [each.identifier for each in earlier]
    for other in others:
        _merge(unit, other, alert)
    for each in earlier:
        each.alert_id = alert.id
    return _settle(unit, alert, message, "lifted" if message.msg_type == MsgType.CANCEL else "updated")


def expire(run: JobRun) -> None:
    """Close a warning that has run out, unless an Update gave it more time."""
    with run.unit() as unit:
        alert = unit.session.get_one(PublicAlert, run.args["alert"], with_for_update=True)
        if alert.state != AlertState.ACTIVE or alert.expires_at is None or alert.expires_at > unit.now:
            return
        alert.state, alert.ended_at = AlertState.EXPIRED, unit.now
        _close(unit, alert, "expired")


def _open(unit: UnitOfWork, message: CapMessage) -> PublicAlert:
    alert = PublicAlert(
        id=new_id(),
        ver=0,
        real=rules.is_real(message.status, message.scope),
        open=rules.is_open(message.status, message.scope),
        office_id=message.office_id,
        opened_at=unit.now,
        updated_at=unit.now,
    )
    unit.session.add(alert)
    return alert


def _settle(unit: UnitOfWork, alert: PublicAlert, message: CapMessage, verb: str) -> PublicAlert:
    message.alert_id, alert.head_id = alert.id, message.id
    lifted = verb == "lifted"
    alert.state = AlertState.LIFTED if lifted else AlertState.ACTIVE
    alert.ended_at = unit.now if lifted else None
    if not lifted:
        alert.expires_at = rules.expiry(message.info)
        _set_towns(unit, alert, towns_of(unit.session, message.info))
    _close(unit, alert, verb)
    if alert.state == AlertState.ACTIVE:
        key = f"{EXPIRE_JOB}:{alert.id}:{alert.ver}"
        unit.enqueue(EXPIRE_JOB, key, {"alert": alert.id}, run_at=alert.expires_at)
    return alert


def _merge(unit: UnitOfWork, other: PublicAlert, into: PublicAlert) -> None:
    other.state, other.merged_into, other.ended_at = AlertState.MERGED, into.id, unit.now
    _close(unit, other, "merged")


def _close(unit: UnitOfWork, alert: PublicAlert, verb: str) -> None:
    alert.ver += 1
    alert.updated_at = unit.now
    unit.session.flush()
    unit.record(
        f"public_alert.{verb}", alert.id, alert.ver, state=str(alert.state), head=alert.head_id, real=alert.real
    )
    unit.place("public_alert", alert.id, alert.ver, _streams(unit, alert))


def _streams(unit: UnitOfWork, alert: PublicAlert) -> set[str]:
    """A drill is on no stream: no phone can take it for the real thing that never gets it."""
    if not alert.real or alert.state != AlertState.ACTIVE:
        return set()
    query = sa.select(PublicAlertTown.town_id).where(PublicAlertTown.alert_id == alert.id)
    return {streams.PUBLIC, *(streams.town(town) for town in unit.session.scalars(query))}


def _set_towns(unit: UnitOfWork, alert: PublicAlert, towns: Sequence[str]) -> None:
    unit.session.flush()
    unit.session.execute(sa.delete(PublicAlertTown).where(PublicAlertTown.alert_id == alert.id))
    unit.session.add_all(PublicAlertTown(alert_id=alert.id, town_id=town) for town in towns)


def _referenced(unit: UnitOfWork, message: CapMessage) -> Sequence[PublicAlert]:
    """Return the warnings that a message refers to, oldest first; all of them must be in force."""
    chains = sa.select(CapMessage.alert_id).where(CapMessage.identifier.in_(message.references))
    query = sa.select(PublicAlert).where(PublicAlert.id.in_(chains)).order_by(PublicAlert.id).with_for_update()
    alerts = unit.session.scalars(query).all()
    for alert in alerts:
        if alert.state != AlertState.ACTIVE:
            words = {AlertState.LIFTED: "已经解除", AlertState.EXPIRED: "已经到期", AlertState.MERGED: "已并入另一条"}
            detail = f"要更新或解除的预警{words[AlertState(alert.state)]}，请另发一条新的预警。"
            raise AppError(Code.ILLEGAL_STATE, 409, detail, data={"state": str(alert.state), "allowed": []})
    return alerts


def _messages_of(unit: UnitOfWork, alerts: Sequence[str]) -> Sequence[CapMessage]:
    query = sa.select(CapMessage).where(CapMessage.alert_id.in_(alerts))
    return unit.session.scalars(query.order_by(CapMessage.sent, CapMessage.identifier)).all()


def _demand_newest(message: CapMessage, alerts: Sequence[PublicAlert], earlier: Sequence[CapMessage]) -> None:
    """Refuse a draft that was overtaken: whoever wrote it had not seen what holds now."""
    heads = {alert.head_id for alert in alerts}
    unseen = [each.identifier for each in earlier if each.id in heads and each.identifier not in message.references]
    if unseen:
        words = f"这条预警在起草期间又有了更新（{'、'.join(unseen)}），请核对后把它列入 references。"
        raise guard_failed("newer_message", words)
