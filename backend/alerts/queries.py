"""Reading warnings as the public does, and messages as their office does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.alerts import rules
from backend.alerts.models import CapMessage, PublicAlert, PublicAlertTown
from backend.alerts.rules import AlertState, MessageState
from backend.clock import iso_or_none
from backend.district.queries import offices_by_id
from backend.errors import invalid, not_found
from backend.notices.rules import clerk_offices
from backend.paging import Page, in_order, narrowed, paged
from backend.policy import Actor
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]


def list_alerts(
    session: Session, now: datetime, *, active: bool | None, drill: bool, town: str | None, page: Page
) -> dict[str, Any]:
    """List warnings, those that changed last first. Drills are listed only where they are asked for by name."""
    query = sa.select(PublicAlert).where(PublicAlert.open.is_(True), PublicAlert.real.is_(not drill))
    holds = sa.and_(PublicAlert.state == AlertState.ACTIVE, PublicAlert.expires_at > now)
    if active is not None:
        query = query.where(holds if active else sa.not_(holds))
    if town is not None:
        about = sa.select(PublicAlertTown.alert_id).where(PublicAlertTown.town_id == town)
        query = query.where(PublicAlert.id.in_(about))
    write = in_order(lambda rows: present_alerts(session, rows))
    return paged(session, query, page, moment=PublicAlert.updated_at, id=PublicAlert.id, write=write)


def access_alert(session: Session, alert_id: str) -> dict[str, Any]:
    """Write a warning that is or was open to everybody; 404 for any other."""
    alert = session.get(PublicAlert, alert_id)
    if alert is None or not alert.open:
        raise not_found("预警")
    return present_alerts(session, [alert])[alert_id]


def load_alerts(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render warnings for the public streams: real ones that are in force, the same for everybody."""
    del audience
    query = sa.select(PublicAlert).where(PublicAlert.id.in_(ids), PublicAlert.real.is_(True))
    return present_alerts(session, session.scalars(query.where(PublicAlert.state == AlertState.ACTIVE)).all())


def present_alerts(session: Session, alerts: Sequence[PublicAlert]) -> Written:
    """Write warnings, by id."""
    ids = [alert.id for alert in alerts]
    offices = offices_by_id(session, [alert.office_id for alert in alerts])
    towns: dict[str, list[str]] = {alert_id: [] for alert_id in ids}
    for each in session.scalars(sa.select(PublicAlertTown).where(PublicAlertTown.alert_id.in_(ids))):
        towns[each.alert_id].append(each.town_id)
    heads = {row.id: row for row in _messages(session, CapMessage.id.in_([alert.head_id for alert in alerts]))}
    messages: dict[str, list[CapMessage]] = {alert_id: [] for alert_id in ids}
    for row in _messages(session, CapMessage.alert_id.in_(ids)):
        messages[str(row.alert_id)].append(row)
    named = references_of(session, list(heads.values()))
    return {
        alert.id: _write(alert, heads[alert.head_id], messages[alert.id])
        | {
            "office": _office(offices[alert.office_id]),
            "towns": sorted(towns[alert.id]),
            "references": named[alert.head_id],
        }
        for alert in alerts
    }


def _messages(session: Session, which: sa.ColumnElement[bool]) -> Sequence[CapMessage]:
    return session.scalars(sa.select(CapMessage).where(which).order_by(CapMessage.sent.desc(), CapMessage.id)).all()


def _write(alert: PublicAlert, head: CapMessage, messages: Sequence[CapMessage]) -> dict[str, Any]:
    return {
        "id": alert.id,
        "ver": alert.ver,
        "state": alert.state,
        **_cap_fields(head),
        # What runs out with the warning; a phone takes the banner down at this moment by itself.
        "expires": None if alert.expires_at is None else rules.cap_time(alert.expires_at),
        "ended_at": iso_or_none(alert.ended_at),
        "merged_into": alert.merged_into,
        "messages": [_line(message) for message in messages],
    }


def _cap_fields(message: CapMessage) -> dict[str, Any]:
    return {
        "identifier": message.identifier,
        "sender": message.sender,
        "sent": None if message.sent is None else rules.cap_time(message.sent),
        "status": message.status,
        "msgType": message.msg_type,
        "scope": message.scope,
        "note": message.note,
        "info": message.info,
    }


def _line(message: CapMessage) -> dict[str, Any]:
    fields = _cap_fields(message)
    return {
        "identifier": fields["identifier"],
        "sent": fields["sent"],
        "msgType": fields["msgType"],
        "headline": rules.headline(message.info)["headline"] if message.info else None,
        "cap": cap_path(message),
    }


def cap_path(message: CapMessage) -> str:
    """Return where a message's CAP file is, below the address of the house."""
    return f"/cap/{message.identifier}.xml"


def _office(office: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": office["id"], "name": office["name"]}


def references_of(session: Session, messages: Sequence[CapMessage]) -> dict[str, list[str]]:
    """Write out what messages refer to, as CAP wants it, by the id of the message that refers."""
    wanted = {name for message in messages for name in message.references}
    rows = session.scalars(sa.select(CapMessage).where(CapMessage.identifier.in_(wanted)))
    known = {row.identifier: rules.reference(row.sender, row.identifier, row.sent) for row in rows if row.sent}
    return {message.id: [known[name] for name in message.references if name in known] for message in messages}


# ── the office's own ──


def list_office_messages(
    session: Session, actor: Actor, *, state: str | None, unreviewed: bool, page: Page
) -> dict[str, Any]:
    """List the messages of the actor's offices, newest first; `unreviewed` are those that still wait for a look."""
    query = sa.select(CapMessage).where(CapMessage.office_id.in_(clerk_offices(actor)))
    query = narrowed(query, (CapMessage.state, state))
    if unreviewed:
        query = query.where(CapMessage.review_due.is_not(None), CapMessage.reviewed_at.is_(None))
    write = in_order(lambda rows: present_messages(session, rows))
    return paged(session, query, page, moment=CapMessage.created_at, id=CapMessage.id, write=write)


def access_office_message(session: Session, actor: Actor, message_id: str, *, lock: bool = False) -> CapMessage:
    """Return a message of one of the actor's offices, locked if it is to be changed; 404 for any other."""
    message = session.get(CapMessage, message_id, with_for_update=lock or None)
    if message is None or message.office_id not in clerk_offices(actor):
        raise not_found("预警")
    return message


def load_messages(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render what is on an office's desk; nobody else ever gets it."""
    if audience is not Audience.STAFF:
        return {}
    return present_messages(session, session.scalars(sa.select(CapMessage).where(CapMessage.id.in_(ids))).all())


def present_messages(session: Session, messages: Sequence[CapMessage]) -> Written:
    """Write messages as their office sees them, by id."""
    people = [person for message in messages for person in (message.author_id, message.issued_by, message.reviewed_by)]
    names, named = names_of(session, people), references_of(session, messages)
    offices = offices_by_id(session, [message.office_id for message in messages])
    return {
        message.id: _cap_fields(message)
        | {
            "id": message.id,
            "ver": message.ver,
            "state": message.state,
            "alert": message.alert_id,
            "office": _office(offices[message.office_id]),
            "restriction": message.restriction,
            "addresses": message.addresses,
            "references": named[message.id],
            "author": present_person(message.author_id, names),
            "issued_by": present_person_or_none(message.issued_by, names),
            "alone": message.alone,
            "alone_reason": message.alone_reason,
            "review": _review(message, names),
            "created_at": iso_or_none(message.created_at),
            "updated_at": iso_or_none(message.updated_at),
            "allowed": rules.allowed(MessageState(message.state), message.review),
        }
        for message in messages
    }


def _review(message: CapMessage, names: Any) -> dict[str, Any] | None:
    if message.review is None:
        return None
    return {
        "state": message.review,
        "due": iso_or_none(message.review_due),
        "by": present_person_or_none(message.reviewed_by, names),
        "at": iso_or_none(message.reviewed_at),
        "outcome": message.review_outcome,
        "words": message.review_words,
    }


def demand_references(session: Session, message: CapMessage, whole: Mapping[str, Any]) -> list[str]:
    """Return the identifiers of the messages that a draft refers to.

    Raises:
        AppError: 422 for one that was never issued or is another office's, and for a drill that would touch what is
            real, or the other way round.
    """
    found = []
    for number, text in enumerate(whole["references"]):
        field = f"references.{number}"
        found.append(_referenced(session, message, whole, text, field))
    return list(dict.fromkeys(found))


def _referenced(session: Session, message: CapMessage, whole: Mapping[str, Any], text: str, field: str) -> str:
    sender, identifier, sent = text.split(",") if "," in text else (None, text, None)
    query = sa.select(CapMessage).where(CapMessage.identifier == identifier, CapMessage.sent.is_not(None))
    other = session.scalars(query).one_or_none()
    if other is None or other.sent is None or other.office_id != message.office_id:
        raise invalid(field, "unknown", "本单位没有发出过这条预警")
    if sender is not None and (other.sender != sender or other.sent != datetime.fromisoformat(str(sent))):
        raise invalid(field, "unknown", "引用里的 sender 或 sent 与那条预警对不上")
    if (other.status, other.scope) != (whole["status"], whole["scope"]):
        raise invalid(field, "mismatch", "状态或范围不同的预警不能互相引用：演练动不了真实预警")
    return other.identifier
