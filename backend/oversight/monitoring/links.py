"""Turning an alert into what handles it: a topic, a lead, a case, a request, a reply. Each knows the other."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.errors import invalid
from backend.ids import new_id
from backend.newsroom.planning import actions as planning
from backend.newsroom.planning.models import Lead, Topic
from backend.oversight.monitoring import alerts
from backend.oversight.monitoring.models import Alert, AlertItem, AlertLink, OpinionItem
from backend.oversight.monitoring.rules import ALERT
from backend.policy import demand
from backend.publishing import cases, decisions
from backend.publishing.models import Case
from backend.requests import desk as service_desk
from backend.requests.models import ServiceRequest
from backend.unit_of_work import UnitOfWork

Form = dict[str, Any]
_LEAD_TEXT, _TITLE = 4000, 100


def link_alert(unit: UnitOfWork, alert_id: str, form: Form, if_match: int | None = None) -> Alert:
    """Turn an alert into something, or tie it to something that is there.

    `form` has `kind` and either `thing` (an id; of a request its code will do as well) or what the new thing needs.

    Raises:
        AppError: 409 for an alert that nobody has triaged, or that is closed; 403 where what is to be made needs a
            right of its own; 422 for a thing that there is not.
    """
    alert = alerts.access_alert(unit, alert_id, if_match)
    ALERT.way("link", alert.state)
    link = AlertLink(id=new_id(), alert_id=alert.id, kind=form["kind"], by=unit.actor.id, at=unit.now)
    make = {"topic": _topic, "lead": _lead, "case": _case, "request": _request, "reply": _reply}[form["kind"]]
    make(unit, alert, form, link)
    if link.thing_id is not None:
        known = sa.select(AlertLink.id).where(
            AlertLink.alert_id == alert.id, AlertLink.kind == link.kind, AlertLink.thing_id == link.thing_id
        )
        if unit.session.scalar(known) is not None:
            return alert
    return alerts.note_link(unit, alert, link)


def _items(unit: UnitOfWork, alert: Alert) -> list[OpinionItem]:
    query = (
        sa.select(OpinionItem)
        .join(AlertItem, AlertItem.item_id == OpinionItem.id)
        .where(AlertItem.alert_id == alert.id)
        .order_by(OpinionItem.heat.desc(), OpinionItem.id)
        .limit(10)
    )
    return list(unit.session.scalars(query))


def _topic(unit: UnitOfWork, alert: Alert, form: Form, link: AlertLink) -> None:
    if "thing" in form:
        link.thing_id = _known(unit, Topic, form["thing"], "选题")
    else:
        demand(unit.actor, "topic.propose")
        first = _items(unit, alert)[0]
        given: Form = {name: form[name] for name in ("angle", "class_", "priority") if name in form}
        given |= {"title": form.get("title") or alert.title[:_TITLE], "why": form.get("why") or first.text[:500]}
        link.thing_id = planning.create_topic(unit, given).id
    planning.link_topic(unit, link.thing_id, alert.id)


def _lead(unit: UnitOfWork, alert: Alert, form: Form, link: AlertLink) -> None:
    if "thing" in form:
        link.thing_id = _known(unit, Lead, form["thing"], "线索")
    else:
        demand(unit.actor, "lead.write")
        items = _items(unit, alert)
        place = form.get("place") or _place_of(unit, alert) or "本区"
        lead = {
            "title": form.get("title") or alert.title[:_TITLE],
            "text": "\n".join(f"{item.source}：{item.text}\n{item.url}" for item in items)[:_LEAD_TEXT],
            "source": "opinion",
            "source_ref": items[0].url[:200],
            "place": place[:100],
            "heat": min(alert.heat, 1_000_000),
        }
        link.thing_id = planning.create_lead(unit, lead).id
    planning.link_lead(unit, link.thing_id, alert.id)


def _place_of(unit: UnitOfWork, alert: Alert) -> str | None:
    query = sa.select(AlertItem.why).where(AlertItem.alert_id == alert.id).order_by(AlertItem.at, AlertItem.id)
    for why in unit.session.scalars(query):
        for place in why["places"]:
            return str(place["name"])
    return None


def _case(unit: UnitOfWork, alert: Alert, form: Form, link: AlertLink) -> None:
    demand(unit.actor, "case.handle")
    if "thing" in form:
        link.thing_id = _known(unit, Case, form["thing"], "更正撤稿单")
    else:
        given = {"kind": "correction", "story": form["story"], "found_by": "舆情监测", "detected_at": alert.created_at}
        given |= {name: form[name] for name in ("severity", "reason") if name in form}
        link.thing_id = decisions.open_case(unit, given).id
    cases.link_case(unit, link.thing_id, alert=alert.id)


def _request(unit: UnitOfWork, alert: Alert, form: Form, link: AlertLink) -> None:
    thing = form["thing"]
    query = sa.select(ServiceRequest.id).where(sa.or_(ServiceRequest.id == thing, ServiceRequest.code == thing))
    found = unit.session.scalar(query)
    if found is None:
        raise invalid("thing", "unknown", "没有这件诉求")
    link.thing_id = found
    service_desk.link_alert(unit, found, alert.id)


def _reply(unit: UnitOfWork, alert: Alert, form: Form, link: AlertLink) -> None:
    at = form.get("at") or unit.now
    if at > unit.now:
        raise invalid("at", "in_future", "回应的时间还没有到")
    if at < alert.created_at:
        raise invalid("at", "order", "回应的时间早于预警")
    link.text, link.url, link.replied_at = form["text"], form["url"], at


def _known(unit: UnitOfWork, table: Any, thing_id: str, what: str) -> str:
    if unit.session.get(table, thing_id) is None:
        raise invalid("thing", "unknown", f"没有这个{what}")
    return thing_id
