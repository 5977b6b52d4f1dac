"""Once a minute: an hour that has passed is written into the log, and folds are saved for those who look back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from backend.jobs.models import Job
from backend.jobs.worker import JobRun
from backend.oversight.board import rules
from backend.oversight.board.past import Boards, save_folds
from backend.unit_of_work import UnitOfWork

KIND = "board.round"
_PAUSE = timedelta(minutes=1)
# There is a row a minute, of which nobody needs yesterday's.
_ROWS_KEPT = timedelta(hours=1)


def schedule(unit: UnitOfWork) -> None:
    """Make sure that this minute's round is made; each asks for the next minute's."""
    _ask(unit, timedelta())


def round_handler(boards: Boards) -> Callable[[JobRun], None]:
    """Make the handler of the round.

    The board's moment is that of the last event, so that it is a matter of the log alone. Where nothing happens, things
    fall due all the same; an event without a thing says that it has become later.
    """

    def go_round(run: JobRun) -> None:
        with run.unit() as unit:
            if rules.passed_since(boards.present(unit.session), unit.now):
                unit.record("board.later", "board", 1)
            save_folds(unit)
            old = sa.delete(Job).where(Job.kind == KIND, Job.state == "done", Job.done_at < unit.now - _ROWS_KEPT)
            unit.session.execute(old)
            _ask(unit, _PAUSE)

    return go_round


def _ask(unit: UnitOfWork, pause: timedelta) -> None:
    at = unit.now + pause
    unit.enqueue(KIND, f"{KIND}:{at:%Y-%m-%dT%H:%M}", {}, run_at=at)
