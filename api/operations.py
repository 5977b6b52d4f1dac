"""For those who run it: is it alive, is it ready, how is it doing."""

from __future__ import annotations

import os
from ipaddress import ip_address
from typing import Any

import sqlalchemy.exc
from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from api.edge import database
from backend.config import Settings
from backend.jobs.queue import LANES, backlog
from backend.sync.queries import get_head

blp = Blueprint("operations", __name__)
MAX_LAG_S = 120.0
REQUESTS = Histogram("http_request_seconds", "Time to answer a request", ["method", "endpoint", "status"])
REFUSALS = Counter("http_refusals_total", "Refused requests", ["status"])
_LAG = Gauge("job_lag_seconds", "How long the oldest due job has waited", multiprocess_mode="mostrecent")
_LANE_LAG = Gauge(
    "job_lane_lag_seconds", "The same by lane; -5 are warnings to the public", ["lane"], multiprocess_mode="mostrecent"
)
_DEAD = Gauge("job_dead", "Dead letters", multiprocess_mode="mostrecent")
_SEQ = Gauge("sync_seq", "The last number of the change log", multiprocess_mode="mostrecent")


@blp.get("/healthz")
def alive() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "ok"}


@blp.get("/readyz")
def ready() -> tuple[dict[str, Any], int]:
    """Tell whether the database answers and the worker keeps up."""
    try:
        with database().reading() as session:
            lags, dead = backlog(session, database().clock.now())
    except sqlalchemy.exc.SQLAlchemyError:
        return {"status": "database_down"}, 503
    lag = max(lags.values(), default=0.0)
    late = lag > MAX_LAG_S
    status = "worker_late" if late else "ok"
    return {"status": status, "job_lag_s": round(lag, 1), "jobs_dead": dead}, 503 if late else 200


@blp.get("/metrics")
def metrics() -> Response:
    """Give Prometheus its figures, of all processes together where `PROMETHEUS_MULTIPROC_DIR` names their folder.

    Only from this machine and from where `METRICS_FROM` says; the edge never passes it on.
    """
    if "X-Forwarded-For" in request.headers or not _may_look(request.remote_addr):
        return Response(status=404)
    with database().reading() as session:
        lags, dead = backlog(session, database().clock.now())
        _SEQ.set(get_head(session).seq)
    _LAG.set(max(lags.values(), default=0.0))
    for lane in LANES:
        _LANE_LAG.labels(lane).set(lags.get(lane, 0.0))
    _DEAD.set(dead)
    return Response(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _may_look(address: str | None) -> bool:
    settings: Settings = current_app.extensions["settings"]
    try:
        asking = ip_address(address or "")
    except ValueError:
        return False
    return any(asking in network for network in settings.metrics_from)


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    return together


def install_operations(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(blp)
