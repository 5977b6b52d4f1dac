"""Reading opinion items, rules and alerts, for the newsroom only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.errors import not_found
from backend.oversight.monitoring.models import (
    Alert,
    AlertItem,
    AlertLink,
    OpinionHeat,
    OpinionItem,
    OpinionRule,
    OpinionRuleVersion,
)
from backend.oversight.monitoring.rules import ALERT, LEVELS, LINK_KINDS, RULE, STANCES, RuleContent
from backend.paging import Page, in_order, narrowed, paged
from backend.requests.models import ServiceRequest
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]
_SHOWN_HEATS = 200


# ── items ──


def list_opinions(
    session: Session, *, source: str | None, stance: str | None, town: str | None, topic: str | None, page: Page
) -> dict[str, Any]:
    """List what was said, what moved last first."""
    query = sa.select(OpinionItem)
    query = narrowed(query, (OpinionItem.source, source), (OpinionItem.stance, stance), (OpinionItem.topic_id, topic))
    if town is not None:
        # The towns of an item are a JSON list of ids, which are plain words in quotes.
        query = query.where(OpinionItem.towns.cast(sa.Text).contains(f'"{town}"', autoescape=True))
    return paged(
        session,
        query,
        page,
        moment=OpinionItem.updated_at,
        id=OpinionItem.id,
        write=in_order(lambda rows: present_opinions(session, rows)),
    )


def access_opinion(session: Session, item_id: str) -> dict[str, Any]:
    """Write one item with the last of its heat; 404 if there is none."""
    item = session.get(OpinionItem, item_id)
    if item is None:
        raise not_found("舆情条目")
    query = sa.select(OpinionHeat).where(OpinionHeat.item_id == item_id).order_by(OpinionHeat.at.desc())
    heats = [{"at": iso(row.at), "heat": row.heat} for row in session.scalars(query.limit(_SHOWN_HEATS))]
    return present_opinions(session, [item])[item_id] | {"heats": heats[::-1]}


def load_opinions(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render items for the monitoring desk."""
    if audience is not Audience.STAFF:
        return {}
    return present_opinions(session, session.scalars(sa.select(OpinionItem).where(OpinionItem.id.in_(ids))).all())


def present_opinions(session: Session, rows: Sequence[OpinionItem]) -> Written:
    """Write items, by id, with the alerts they are in."""
    alerts: dict[str, list[str]] = defaultdict(list)
    query = sa.select(AlertItem.item_id, AlertItem.alert_id).where(AlertItem.item_id.in_([row.id for row in rows]))
    for item_id, alert_id in session.execute(query.order_by(AlertItem.at, AlertItem.id)):
        alerts[item_id].append(alert_id)
    return {row.id: _write_opinion(row, alerts[row.id]) for row in rows}


def _write_opinion(row: OpinionItem, alerts: Sequence[str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "ver": row.ver,
        "source": row.source,
        "url": row.url,
        "text": row.text,
        "stance": row.stance,
        "stance_name": STANCES[row.stance],
        "topic_ref": row.topic_id,
        "towns": row.towns,
        "heat": row.heat,
        "heat_at": iso(row.heat_at),
        "alerts": list(alerts),
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


# ── rules ──


def list_rules(session: Session, *, state: str | None, page: Page) -> dict[str, Any]:
    """List rules, those changed last first."""
    query = sa.select(OpinionRule)
    query = narrowed(query, (OpinionRule.state, state))
    return paged(
        session,
        query,
        page,
        moment=OpinionRule.updated_at,
        id=OpinionRule.id,
        write=in_order(lambda rows: present_rules(session, rows)),
    )


def access_rule(session: Session, rule_id: str) -> dict[str, Any]:
    """Write one rule with all its versions; 404 if there is none."""
    rule = session.get(OpinionRule, rule_id)
    if rule is None:
        raise not_found("预警规则")
    query = sa.select(OpinionRuleVersion).where(OpinionRuleVersion.rule_id == rule_id)
    versions = session.scalars(query.order_by(OpinionRuleVersion.number.desc()).limit(100)).all()
    people = names_of(session, [row.by for row in versions])
    return present_rules(session, [rule])[rule_id] | {
        "versions": [
            {
                "number": row.number,
                "name": row.name,
                "content": _write_content(row.content),
                "by": present_person(row.by, people),
                "at": iso(row.at),
                "reason": row.reason,
            }
            for row in versions
        ]
    }


def load_rules(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render rules for the monitoring desk."""
    if audience is not Audience.STAFF:
        return {}
    return present_rules(session, session.scalars(sa.select(OpinionRule).where(OpinionRule.id.in_(ids))).all())


def present_rules(session: Session, rows: Sequence[OpinionRule]) -> Written:
    """Write rules, by id."""
    people = names_of(session, [row.created_by for row in rows])
    return {
        row.id: {
            "id": row.id,
            "ver": row.ver,
            "state": row.state,
            "state_name": RULE.states[row.state],
            "name": row.name,
            "number": row.number,
            **_write_content(row.content),
            "created_by": present_person(row.created_by, people),
            "created_at": iso(row.created_at),
            "updated_at": iso(row.updated_at),
            "allowed": RULE.allowed(row.state),
        }
        for row in rows
    }


def _write_content(content: Mapping[str, Any]) -> dict[str, Any]:
    rule = RuleContent.of(content)
    return {
        "words": list(rule.words),
        "all_words": list(rule.all_words),
        "not_words": list(rule.not_words),
        "where": rule.where,
        "towns": list(rule.towns),
        "places": list(rule.places),
        "stances": list(rule.stances),
        "min_heat": rule.min_heat,
        "growth": {"by": rule.growth.by, "minutes": rule.growth.minutes} if rule.growth else None,
        "level": rule.level,
    }


# ── alerts ──


def list_alerts(
    session: Session, *, state: str | None, owner: str | None, level: str | None, page: Page
) -> dict[str, Any]:
    """List alerts, what moved last first."""
    query = sa.select(Alert)
    query = narrowed(query, (Alert.state, state), (Alert.owner_id, owner), (Alert.level, level))
    return paged(
        session,
        query,
        page,
        moment=Alert.updated_at,
        id=Alert.id,
        write=in_order(lambda rows: present_alerts(session, rows)),
    )


def access_alert(session: Session, alert_id: str) -> dict[str, Any]:
    """Write one alert with its items and what it was turned into; 404 if there is none."""
    alert = session.get(Alert, alert_id)
    if alert is None:
        raise not_found("预警")
    return present_alerts(session, [alert])[alert_id]


def load_alerts(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render alerts for the desks' streams, with what is fixed of their items: heat goes on moving by itself."""
    if audience is not Audience.STAFF:
        return {}
    found = present_alerts(session, session.scalars(sa.select(Alert).where(Alert.id.in_(ids))).all())
    for written in found.values():
        written["items"] = [{"id": item["id"], "why": item["why"], "at": item["at"]} for item in written["items"]]
        # The rule may be renamed; its own row tells.
        written["rule"] = {"id": written["rule"]["id"], "number": written["rule"]["number"]}
    return found


def present_alerts(session: Session, rows: Sequence[Alert]) -> Written:
    """Write alerts, by id."""
    ids = [row.id for row in rows]
    items: dict[str, list[dict[str, Any]]] = defaultdict(list)
    query = (
        sa.select(AlertItem, OpinionItem)
        .join(OpinionItem, OpinionItem.id == AlertItem.item_id)
        .where(AlertItem.alert_id.in_(ids))
        .order_by(AlertItem.at, AlertItem.id)
    )
    for taken, item in session.execute(query).all():
        items[taken.alert_id].append(_write_item(taken, item))
    links: dict[str, list[AlertLink]] = defaultdict(list)
    linked = sa.select(AlertLink).where(AlertLink.alert_id.in_(ids)).order_by(AlertLink.at, AlertLink.id)
    for link in session.scalars(linked):
        links[link.alert_id].append(link)
    accounts = [who for row in rows for who in _people(row)]
    accounts += [link.by for each in links.values() for link in each]
    people = names_of(session, accounts)
    wanted = sa.select(OpinionRule.id, OpinionRule.name).where(OpinionRule.id.in_({row.rule_id for row in rows}))
    rules = {row[0]: row[1] for row in session.execute(wanted)}
    codes = _codes(session, [link for each in links.values() for link in each])
    return {
        row.id: _write_alert(row, rules, people)
        | {"items": items[row.id], "links": [_write_link(link, people, codes) for link in links[row.id]]}
        for row in rows
    }


def _people(row: Alert) -> list[str | None]:
    return [row.owner_id, row.triaged_by, row.assigned_by, row.handled_by, row.closed_by]


def _codes(session: Session, links: Sequence[AlertLink]) -> dict[str, str]:
    """Return the codes of the requests among these links: of a request, the newsroom is shown no more than that."""
    ids = [link.thing_id for link in links if link.kind == "request"]
    rows = session.execute(sa.select(ServiceRequest.id, ServiceRequest.code).where(ServiceRequest.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def _write_item(taken: AlertItem, item: OpinionItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "why": taken.why,
        "at": iso(taken.at),
        "source": item.source,
        "url": item.url,
        "text": item.text,
        "stance": item.stance,
        "heat": item.heat,
    }


def _write_alert(row: Alert, rules: Mapping[str, str], people: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "ver": row.ver,
        "state": row.state,
        "state_name": ALERT.states[row.state],
        "title": row.title,
        "level": row.level,
        "level_name": LEVELS[row.level],
        "rule": {"id": row.rule_id, "number": row.rule_number, "name": rules.get(row.rule_id, "")},
        "heat": row.heat,
        "owner": present_person_or_none(row.owner_id, people),
        "due_at": iso_or_none(row.due_at),
        "note": row.note,
        "reason": row.reason,
        "triaged_by": present_person_or_none(row.triaged_by, people),
        "triaged_at": iso_or_none(row.triaged_at),
        "assigned_by": present_person_or_none(row.assigned_by, people),
        "assigned_at": iso_or_none(row.assigned_at),
        "handled_by": present_person_or_none(row.handled_by, people),
        "handled_at": iso_or_none(row.handled_at),
        "closed_by": present_person_or_none(row.closed_by, people),
        "closed_at": iso_or_none(row.closed_at),
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "allowed": ALERT.allowed(row.state),
    }


def _write_link(link: AlertLink, people: Mapping[str, str], codes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": link.id,
        "kind": link.kind,
        "kind_name": LINK_KINDS[link.kind],
        "thing": link.thing_id,
        "code": codes.get(link.thing_id or ""),
        "text": link.text,
        "url": link.url,
        "replied_at": iso_or_none(link.replied_at),
        "by": present_person(link.by, people),
        "at": iso(link.at),
    }
