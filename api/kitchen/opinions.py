"""What is said of the district: items, the rules that look at them, and alerts."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.kitchen import command
from api.schemas import PageQuery, page_of
from backend.forms import Choice, Id, Text
from backend.oversight.monitoring import alerts, links, opinion_rules, opinions, places, queries, rules
from backend.oversight.monitoring.models import Alert
from backend.oversight.monitoring.opinion_answers import (
    AlertSchema,
    OpinionDetailSchema,
    OpinionItemSchema,
    OpinionRuleDetailSchema,
    OpinionRuleSchema,
    OpinionsTakenSchema,
    RuleTrialSchema,
    TownPlacesListSchema,
    TownPlacesSchema,
)
from backend.oversight.monitoring.schemas import (
    AlertAssignForm,
    AlertLinkForm,
    AlertNoteForm,
    MonitoringReasonForm,
    OpinionRuleForm,
    OpinionRulePatch,
    OpinionsForm,
    PlacesForm,
    RuleTrialForm,
    TriageForm,
)
from backend.paging import Page

blp = blueprint("opinions", "舆情 What is said of the district: items, rules, alerts")
_BASE = "/api/v1/kitchen"
_RULE = "/kitchen/opinion-rules/<id:rule_id>"
_ALERT = "/kitchen/alerts/<id:alert_id>"


class OpinionsQuery(PageQuery):
    """Which items."""

    source = Text(at_most=60)
    stance = Choice(list(rules.STANCES))
    town = Id()
    topic = Id()


class RulesQuery(PageQuery):
    """Which rules."""

    state = Choice(list(rules.RULE.states))


class AlertsQuery(PageQuery):
    """Which alerts."""

    state = Choice(list(rules.ALERT.states))
    owner = Id()
    level = Choice(list(rules.LEVELS))


def _page(query: dict[str, Any]) -> Page:
    return Page(query.get("cursor"), query["limit"])


def _asked(query: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: query.get(name) for name in names}


# ── items ──


@route(
    blp,
    "GET /kitchen/opinions",
    needs="kitchen.read",
    query=OpinionsQuery,
    returns=page_of(OpinionItemSchema, "OpinionPage"),
)
def list_opinions(call: Read, query: dict[str, Any]) -> Any:
    """舆情条目 What was said in public, what moved last first."""
    asked = _asked(query, "source", "stance", "town", "topic")
    return queries.list_opinions(call.session, **asked, page=_page(query))


@command(
    blp, "POST /kitchen/opinions", needs="opinion.write", body=OpinionsForm, returns=OpinionsTakenSchema, status=201
)
def take_in_opinions(call: Write, form: dict[str, Any]) -> Answer:
    """录入舆情 Take items in, up to two hundred; what is known by source and address gets its new heat."""
    items, new, raised = opinions.take_in(call.unit, form["items"])
    call.session.flush()
    written = queries.present_opinions(call.session, items)
    body = {"items": [written[item.id] for item in items], "new": new, "alerts": [alert.id for alert in raised]}
    return Answer(body, location=f"{_BASE}/opinions/{items[0].id}" if len(items) == 1 else f"{_BASE}/opinions")


@route(blp, "GET /kitchen/opinions/<id:item_id>", needs="kitchen.read", returns=OpinionDetailSchema)
def get_opinion(call: Read, item_id: str) -> Any:
    """一条舆情 One item with its heat as a series."""
    return queries.access_opinion(call.session, item_id)


# ── rules ──


@route(
    blp,
    "GET /kitchen/opinion-rules",
    needs="kitchen.read",
    query=RulesQuery,
    returns=page_of(OpinionRuleSchema, "OpinionRulePage"),
)
def list_rules(call: Read, query: dict[str, Any]) -> Any:
    """预警规则 Rules, those changed last first."""
    return queries.list_rules(call.session, **_asked(query, "state"), page=_page(query))


@command(
    blp,
    "POST /kitchen/opinion-rules",
    needs="opinion.rule",
    body=OpinionRuleForm,
    returns=OpinionRuleDetailSchema,
    status=201,
)
def create_rule(call: Write, form: dict[str, Any]) -> Answer:
    """新建规则 Write a rule; it looks at what comes in from now on."""
    rule = opinion_rules.create_rule(call.unit, form)
    return Answer(queries.access_rule(call.session, rule.id), location=f"{_BASE}/opinion-rules/{rule.id}")


@command(blp, "POST /kitchen/opinion-trials", needs="opinion.rule", body=RuleTrialForm, returns=RuleTrialSchema)
def try_rule(call: Write, form: dict[str, Any]) -> Any:
    """试跑规则 Say what a rule would have taken in of the last items; nothing is changed."""
    return opinion_rules.try_rule(call.session, form)


@route(blp, f"GET {_RULE}", needs="kitchen.read", returns=OpinionRuleDetailSchema)
def get_rule(call: Read, rule_id: str) -> Any:
    """一条规则 One rule with its versions."""
    return queries.access_rule(call.session, rule_id)


@command(
    blp, f"PATCH {_RULE}", needs="opinion.rule", body=OpinionRulePatch, returns=OpinionRuleDetailSchema, edits=True
)
def edit_rule(call: Write, rule_id: str, form: dict[str, Any]) -> Any:
    """修改规则 Change a rule; it gets its next version."""
    opinion_rules.edit_rule(call.unit, rule_id, form, call.if_match)
    return queries.access_rule(call.session, rule_id)


@command(blp, f"POST {_RULE}/pause", needs="opinion.rule", returns=OpinionRuleDetailSchema, refuses=(412,))
def pause_rule(call: Write, rule_id: str) -> Any:
    """停用规则 Let a rule look at nothing more."""
    opinion_rules.move_rule(call.unit, rule_id, "pause", call.if_match)
    return queries.access_rule(call.session, rule_id)


@command(blp, f"POST {_RULE}/activate", needs="opinion.rule", returns=OpinionRuleDetailSchema, refuses=(412,))
def activate_rule(call: Write, rule_id: str) -> Any:
    """启用规则 Let a rule look again at what comes in."""
    opinion_rules.move_rule(call.unit, rule_id, "activate", call.if_match)
    return queries.access_rule(call.session, rule_id)


@route(blp, "GET /kitchen/opinion-places", needs="kitchen.read", returns=TownPlacesListSchema)
def list_places(call: Read) -> Any:
    """地名 The names by which an item is known to be about the district."""
    return places.list_places(call.session)


@command(
    blp,
    "PATCH /kitchen/opinion-places/<id:town_id>",
    needs="opinion.rule",
    body=PlacesForm,
    returns=TownPlacesSchema,
    edits=True,
)
def set_places(call: Write, town_id: str, form: dict[str, Any]) -> Any:
    """设置地名 Note what places of a town are called."""
    places.set_places(call.unit, town_id, form["names"], call.if_match)
    return places.access_places(call.session, town_id)


# ── alerts ──


@route(blp, "GET /kitchen/alerts", needs="kitchen.read", query=AlertsQuery, returns=page_of(AlertSchema, "AlertPage"))
def list_alerts(call: Read, query: dict[str, Any]) -> Any:
    """预警 Alerts, what moved last first."""
    return queries.list_alerts(call.session, **_asked(query, "state", "owner", "level"), page=_page(query))


@route(blp, f"GET {_ALERT}", needs="kitchen.read", returns=AlertSchema)
def get_alert(call: Read, alert_id: str) -> Any:
    """一条预警 One alert: why it was raised, and what it was turned into."""
    return queries.access_alert(call.session, alert_id)


def _written(call: Write, alert: Alert) -> Any:
    return queries.access_alert(call.session, alert.id)


@command(blp, f"POST {_ALERT}/triage", needs="alert.decide", body=TriageForm, returns=AlertSchema, refuses=(412,))
def triage_alert(call: Write, alert_id: str, form: dict[str, Any]) -> Any:
    """研判 Say that an alert is one, and how urgent."""
    return _written(call, alerts.triage_alert(call.unit, alert_id, **form, if_match=call.if_match))


@command(blp, f"POST {_ALERT}/assign", needs="alert.decide", body=AlertAssignForm, returns=AlertSchema, refuses=(412,))
def assign_alert(call: Write, alert_id: str, form: dict[str, Any]) -> Any:
    """派办 Give an alert to a colleague."""
    alert = alerts.assign_alert(call.unit, alert_id, form["owner"], note=form.get("note"), if_match=call.if_match)
    return _written(call, alert)


@command(
    blp,
    f"POST {_ALERT}/links",
    needs="alert.work",
    body=AlertLinkForm,
    returns=AlertSchema,
    status=201,
    refuses=(412,),
)
def link_alert(call: Write, alert_id: str, form: dict[str, Any]) -> Answer:
    """登记处置 Turn an alert into a topic, lead, case, request or reply, or tie it to one."""
    written = _written(call, links.link_alert(call.unit, alert_id, form, call.if_match))
    return Answer(written, location=f"{_BASE}/alerts/{alert_id}")


@command(blp, f"POST {_ALERT}/handle", needs="alert.work", body=AlertNoteForm, returns=AlertSchema, refuses=(412,))
def handle_alert(call: Write, alert_id: str, form: dict[str, Any]) -> Any:
    """处置完毕 Say that an alert has been dealt with."""
    return _written(call, alerts.handle_alert(call.unit, alert_id, **form, if_match=call.if_match))


@command(blp, f"POST {_ALERT}/close", needs="alert.decide", body=AlertNoteForm, returns=AlertSchema, refuses=(412,))
def close_alert(call: Write, alert_id: str, form: dict[str, Any]) -> Any:
    """办结 Close an alert that was dealt with."""
    return _written(call, alerts.close_alert(call.unit, alert_id, **form, if_match=call.if_match))


@command(
    blp,
    f"POST {_ALERT}/dismiss",
    needs="alert.decide",
    body=MonitoringReasonForm,
    returns=AlertSchema,
    refuses=(412,),
)
def dismiss_alert(call: Write, alert_id: str, form: dict[str, Any]) -> Any:
    """判为误报 Say that an alert is none, and why."""
    return _written(call, alerts.dismiss_alert(call.unit, alert_id, form["reason"], call.if_match))
