"""Monitoring of what was published: counters and doubts, looks at posts, hits of scans, latencies, limits."""

from __future__ import annotations

from typing import Any

from api.edge import Read, Write, blueprint, route
from api.kitchen import command
from api.schemas import PageQuery, page_of
from backend.forms import Choice, Form, Id, Moment
from backend.newsroom.examination import dictionary_queries
from backend.newsroom.examination.schemas import ScanHitReasonForm, ScanHitSchema
from backend.oversight.monitoring import hits
from backend.oversight.monitoring.answers import (
    LatenciesSchema,
    LimitsSchema,
    MetricsSchema,
    MetricSuspectSchema,
    SuspectsDecidedSchema,
    WatchSchema,
)
from backend.oversight.monitoring.latencies import read_latencies
from backend.oversight.monitoring.schemas import HitCorrectForm, LimitsForm, MonitoringReasonForm
from backend.paging import Page
from backend.publishing import limits, suspects, watch_queries
from backend.publishing.doubts import SUSPECT
from backend.publishing.watches import OUTCOMES

blp = blueprint("monitoring", "监测 Monitoring of what was published: counters, looks at posts, latencies")
_SUSPECT = "/kitchen/metrics/suspects/<id:suspect_id>"
_HIT = "/kitchen/scan-hits/<id:hit_id>"


class SuspectsQuery(PageQuery):
    """Which doubts."""

    state = Choice(list(SUSPECT.states))
    publication = Id()


class WatchesQuery(PageQuery):
    """Which looks."""

    outcome = Choice([*OUTCOMES, watch_queries.PENDING])
    channel = Id()
    publication = Id()


class LatenciesQuery(Form):
    """Of cases decided from when to when."""

    from_ = Moment(data_key="from")
    to = Moment()


def _page(query: dict[str, Any]) -> Page:
    return Page(query.get("cursor"), query["limit"])


@route(
    blp,
    "GET /kitchen/publications/<id:publication_id>/metrics",
    needs="metric.read",
    query=PageQuery,
    returns=MetricsSchema,
)
def get_metrics(call: Read, publication_id: str, query: dict[str, Any]) -> Any:
    """传播数据与当前值 The counters of a post: what each stands at, and all samples."""
    return watch_queries.read_metrics(call.session, call.actor, publication_id, call.now, _page(query))


@route(
    blp,
    "GET /kitchen/metrics/suspects",
    needs="metric.read",
    query=SuspectsQuery,
    returns=page_of(MetricSuspectSchema, "MetricSuspectPage"),
)
def list_suspects(call: Read, query: dict[str, Any]) -> Any:
    """存疑数据 Samples that are not believed yet, the latest first."""
    names = ("state", "publication")
    return watch_queries.list_suspects(
        call.session, call.actor, **{name: query.get(name) for name in names}, page=_page(query)
    )


def _decide(call: Write, suspect_id: str, verb: str, reason: str) -> Any:
    rows = suspects.decide_suspect(call.unit, suspect_id, verb, reason)
    written = watch_queries.present_suspects(call.session, rows)
    return {"items": [written[row.id] for row in rows]}


@command(blp, f"POST {_SUSPECT}/clear", needs="metric.judge", body=MonitoringReasonForm, returns=SuspectsDecidedSchema)
def clear_suspect(call: Write, suspect_id: str, form: dict[str, Any]) -> Any:
    """核实属实 Believe a sample after all, and earlier ones of the same counter with it."""
    return _decide(call, suspect_id, "clear", form["reason"])


@command(
    blp, f"POST {_SUSPECT}/confirm", needs="metric.judge", body=MonitoringReasonForm, returns=SuspectsDecidedSchema
)
def confirm_suspect(call: Write, suspect_id: str, form: dict[str, Any]) -> Any:
    """认定不实 Leave a sample out for good, and earlier ones of the same counter with it."""
    return _decide(call, suspect_id, "confirm", form["reason"])


@route(
    blp,
    "GET /kitchen/watches",
    needs="story.read",
    query=WatchesQuery,
    returns=page_of(WatchSchema, "WatchPage"),
)
def list_watches(call: Read, query: dict[str, Any]) -> Any:
    """回执复读 Looks at posts after their receipts, those due last first."""
    names = ("outcome", "channel", "publication")
    return watch_queries.list_watches(
        call.session, call.actor, **{name: query.get(name) for name in names}, page=_page(query)
    )


@route(
    blp,
    "GET /kitchen/monitoring/latencies",
    needs="kitchen.read",
    query=LatenciesQuery,
    returns=LatenciesSchema,
)
def get_latencies(call: Read, query: dict[str, Any]) -> Any:
    """更正时效 How fast mistakes were put right, overall and by channel, with the cases behind each figure."""
    return read_latencies(call.session, call.actor, call.now, query.get("from_"), query.get("to"))


@route(blp, "GET /kitchen/monitoring/limits", needs="kitchen.read", returns=LimitsSchema)
def get_limits(call: Read) -> Any:
    """监测限值 The figures at which monitoring speaks up."""
    return limits.present_limits(call.session)


@command(
    blp,
    "PATCH /kitchen/monitoring/limits",
    needs="monitoring.set",
    body=LimitsForm,
    returns=LimitsSchema,
    edits=True,
)
def set_limits(call: Write, form: dict[str, Any]) -> Any:
    """设置监测限值 Set some of the figures for the house."""
    limits.set_limits(call.unit, form, call.if_match)
    return limits.present_limits(call.session)


def _hit(call: Write, hit: Any) -> Any:
    return dictionary_queries.present_hits(call.session, [hit])[hit.id]


@command(blp, f"POST {_HIT}/dismiss", needs="scan.handle", body=ScanHitReasonForm, returns=ScanHitSchema)
def dismiss_hit(call: Write, hit_id: str, form: dict[str, Any]) -> Any:
    """确认无须处理 Say that what a scan found is no matter, and why."""
    return _hit(call, hits.dismiss_hit(call.unit, hit_id, form["reason"]))


@command(blp, f"POST {_HIT}/correct", needs="scan.handle", body=HitCorrectForm, returns=ScanHitSchema)
def correct_hit(call: Write, hit_id: str, form: dict[str, Any]) -> Any:
    """转更正 Open a correction for the article in which a scan found something."""
    return _hit(call, hits.correct_hit(call.unit, hit_id, form))
