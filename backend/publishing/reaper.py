"""Once a minute: what nobody is going to look at any more, because a job died or a word was missed, is looked at."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog

from backend.jobs.models import Job
from backend.jobs.worker import JobRun
from backend.publishing import cases, latency, watches
from backend.publishing.queue import reap
from backend.unit_of_work import UnitOfWork

KIND = "publication.reap"
_PAUSE = timedelta(minutes=1)
# There is a row a minute, of which nobody needs yesterday's.
_ROWS_KEPT = timedelta(hours=1)
_log = structlog.get_logger(__name__)


def schedule(unit: UnitOfWork) -> None:
    """Make sure that this minute's reaping is done; each asks for the next minute's."""
    _ask(unit, timedelta())


def sweep(run: JobRun) -> None:
    """Do a minute's reaping; the handler of its job."""
    with run.unit() as unit:
        found, moved = reap(unit), cases.tend(unit)
        watches.tend(unit)
        latency.tend(unit)
        old = sa.delete(Job).where(Job.kind == KIND, Job.state == "done", Job.done_at < unit.now - _ROWS_KEPT)
        unit.session.execute(old)
        _ask(unit, _PAUSE)
    for row in found:
        _log.warning("publishing.reaped", publication=row.id, channel=row.channel_id, state=row.state)
    for case_id in moved:
        _log.warning("publishing.case_tended", case=case_id)


def _ask(unit: UnitOfWork, pause: timedelta) -> None:
    at = unit.now + pause
    unit.enqueue(KIND, f"{KIND}:{at:%Y-%m-%dT%H:%M}", {}, run_at=at)
