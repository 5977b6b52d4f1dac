"""Long jobs of the assessment: they let others have a turn, and keep what they were given to do."""

from __future__ import annotations

import time

from backend.jobs import queue as jobs
from backend.jobs.worker import JobRun
from backend.oversight.assessment.rows import Breathe

# Well within the lease of a job, and seldom enough to cost nothing: each sign is a transaction.
_EVERY_S = 15.0


def sign_of_life(run: JobRun) -> Breathe:
    """Make what a long job calls now and then, so that nobody takes it over while a long log is read."""
    last = time.monotonic()

    def tell() -> None:
        nonlocal last
        # In green modes this lets the other requests of the process go on.
        time.sleep(0)
        if time.monotonic() - last < _EVERY_S:
            return
        last = time.monotonic()
        with run.database.engine.writing() as session:
            job = jobs.access_lease(session, run.id, run.worker)
            if job is not None:
                jobs.hold(job, run.database.clock.now())
            session.commit()

    return tell
