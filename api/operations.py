"""For those who run it: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import sqlalchemy as sa
import sqlalchemy.exc
from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest

from api.edge import database
from backend.jobs.models import Job

blp = Blueprint("operations", __name__)
MAX_LAG_S = 120.0
REQUESTS = Histogram("http_request_seconds", "Time to answer a request", ["method", "endpoint", "status"])
REFUSALS = Counter("http_refusals_total", "Refused requests", ["status"])
_LAG = Gauge("job_lag_seconds", "How long the oldest due job has waited")
_DEAD = Gauge("job_dead", "Dead letters")


@blp.get("/healthz")
def alive() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "ok"}


@blp.get("/readyz")
def ready() -> tuple[dict[str, Any], int]:
    """Tell whether the database answers and the worker keeps up."""
    try:
        lag, dead = _job_figures()
    except sa.exc.SQLAlchemyError:
        return {"status": "database_down"}, 503
    late = lag > MAX_LAG_S
    status = "worker_late" if late else "ok"
    return {"status": status, "job_lag_s": round(lag, 1), "jobs_dead": dead}, 503 if late else 200


@blp.get("/metrics")
def metrics() -> Response:
    """Give Prometheus its figures; only to this machine, since the edge must not pass it on."""
    if request.remote_addr not in {"127.0.0.1", "::1"} or "X-Forwarded-For" in request.headers:
        return Response(status=404)
    lag, dead = _job_figures()
    _LAG.set(lag)
    _DEAD.set(dead)
    for update in cast("list[Callable[[], None]]", current_app.extensions.get("metric_updates", [])):
        update()
    return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _job_figures() -> tuple[float, int]:
    now = database().clock.now()
    with database().reading() as session:
        oldest = session.scalar(sa.select(sa.func.min(Job.run_at)).where(Job.state == "ready", Job.run_at <= now))
        dead = session.scalar(sa.select(sa.func.count()).select_from(Job).where(Job.state == "dead")) or 0
    return ((now - oldest).total_seconds() if oldest else 0.0), dead


def install_operations(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(blp)
