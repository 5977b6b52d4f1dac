"""The job that is done on each film and sound: what it is, how loud, a poster, a stream; with progress on its rows.

Each step leaves what it made where the next run finds it, so a run that was cut off costs no more than its last step.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import structlog

from backend.jobs import queue
from backend.jobs.models import Job
from backend.jobs.worker import GiveUp, JobRun, LeaseLost, RetryLater
from backend.media import film
from backend.media.actions import lock_same
from backend.media.film import FilmFacts, FilmProblem, Interrupted
from backend.media.models import Media
from backend.media.rules import Work
from backend.media.store import MediaStore
from backend.policy import SYSTEM
from backend.unit_of_work import UnitOfWork

POSTER, HLS = "poster", "hls"
MISSING = "服务器没有安装 ffmpeg，未生成封面和流媒体"
_UNLUCKY = "生成封面和流媒体时出错，请联系技术人员重试"
# How much of the whole each step is, in percent.
_PROBED, _MEASURED, _DRAWN, _STREAMED = 2, 15, 18, 98
_TURN_AFTER = timedelta(seconds=2)
_WRITE_EVERY_S, _WRITE_STEP = 1.0, 5
# The lease is held by writing; a quarter of it may pass between two times.
_HOLD_S = queue.LEASE.total_seconds() / 4
_log = structlog.get_logger(__name__)


class FilmWork:
    """The handler. A process works on one film at a time, so that push and codes never wait for films."""

    def __init__(self, store: MediaStore) -> None:
        self._store = store
        self._turn = threading.BoundedSemaphore(1)

    def __call__(self, run: JobRun) -> None:
        """Do the work on `sha256` and write it on all rows of these bytes.

        Raises:
            GiveUp: ffmpeg is missing. Only a dead job can be given a new start with `flask jobs --retry`, and only
                dead ones are looked at by those who run the house; one that is done would be forgotten.
            RetryLater: ffmpeg was ended from outside.
            LeaseLost: another worker has taken over.
        """
        if not self._turn.acquire(blocking=False):
            _put_back(run)
            return
        try:
            self._work(_Rows(run))
        finally:
            self._turn.release()

    def _work(self, rows: _Rows) -> None:
        if not film.is_installed():
            rows.give_up(MISSING)
            raise GiveUp("ffmpeg_missing")
        try:
            self._make(rows)
        except FilmProblem as problem:
            _log.info("media.film_refused", sha256=rows.sha256, why=problem.why)
            rows.settle(Work.FAILED, problem=problem.words)
        except Interrupted as ended:
            rows.give_up_at_last(_UNLUCKY)
            raise RetryLater(f"ffmpeg: {ended}", 1) from ended
        except LeaseLost:
            raise
        except Exception:
            rows.give_up_at_last(_UNLUCKY)
            raise

    def _make(self, rows: _Rows) -> None:
        path = self._store.path(rows.sha256)
        rows.begin()
        facts = film.probe(path)
        rows.write(_PROBED, duration_s=facts.duration_s)
        if facts.has_audio and not rows.has("loudness"):
            loudness = film.loudness(path, facts, lambda percent: rows.tell(_between(_PROBED, _MEASURED, percent)))
            rows.write(_MEASURED, loudness=asdict(loudness))
        if facts.has_video:
            self._draw(rows, facts)
            rows.write(_DRAWN, poster=True)
        self._stream(rows, facts)
        made = self._store.path(rows.sha256, HLS)
        rows.settle(
            Work.DONE,
            duration_s=facts.duration_s or film.read_length(made),
            streams=[asdict(variant) for variant in film.read_variants(made)],
            width=facts.width,
            height=facts.height,
        )

    def _draw(self, rows: _Rows, facts: FilmFacts) -> None:
        if self._store.path(rows.sha256, POSTER).exists():
            return
        with self._store.workshop(rows.sha256) as folder:
            film.poster(self._store.path(rows.sha256), folder / "poster.jpg", facts)
            self._store.keep(folder / "poster.jpg", rows.sha256, POSTER)

    def _stream(self, rows: _Rows, facts: FilmFacts) -> None:
        if self._store.path(rows.sha256, HLS).exists():
            return
        with self._store.workshop(rows.sha256) as folder:
            made = folder / "hls"
            made.mkdir()
            path = self._store.path(rows.sha256)
            film.hls(path, made, facts, lambda percent: rows.tell(_between(_DRAWN, _STREAMED, percent)))
            self._store.keep(made, rows.sha256, HLS)


class _Rows:
    """All rows of the same bytes, written in short units of work that also hold the lease of the job."""

    def __init__(self, run: JobRun) -> None:
        self._run = run
        self.sha256: str = run.args["sha256"]
        # Kept, since an upload of these bytes may come in at any moment, and is to say the same.
        self._found: dict[str, Any] = {}
        self._progress, self._written_at = 0, 0.0

    def begin(self) -> None:
        """Say that it is under way, and take up what an earlier run has found out."""
        with self._holding() as unit:
            rows = lock_same(unit.session, self.sha256)
            if not rows:
                raise GiveUp("no_media")
            self._found = {"loudness": rows[0].loudness, "poster": rows[0].poster}
            for row in rows:
                again = row.work == Work.FAILED
                row.work, row.progress, row.problem = Work.RUNNING, 0, None
                if again:
                    # What shows it has shown that it failed.
                    _record(unit, row)

    def has(self, name: str) -> bool:
        """Tell whether this has been found out already."""
        return bool(self._found.get(name))

    def tell(self, percent: float) -> None:
        """Write how far it is: at most once a second, and then for every 5 % or as a sign of life."""
        waited = time.monotonic() - self._written_at
        if waited >= _WRITE_EVERY_S and (percent >= self._progress + _WRITE_STEP or waited >= _HOLD_S):
            self.write(percent)

    def write(self, percent: float, **found: Any) -> None:
        """Write what has been found out."""
        self._found |= found
        self._progress, self._written_at = int(percent), time.monotonic()
        with self._holding() as unit:
            for row in lock_same(unit.session, self.sha256):
                self._fill(row, Work.RUNNING, self._progress)

    def settle(self, work: Work, **found: Any) -> None:
        """Write how it ended, which ends the job."""
        self._found |= found
        with self._run.unit() as unit:
            self._end(unit, work)

    def give_up(self, words: str) -> None:
        """Write that it failed; how the job ended is written by who runs it."""
        self._found["problem"] = words
        with self._holding() as unit:
            self._end(unit, Work.FAILED)

    def give_up_at_last(self, words: str) -> None:
        """Write that it failed, unless there will be a further try."""
        if self._run.attempt >= queue.MAX_ATTEMPTS:
            self.give_up(words)

    def _end(self, unit: UnitOfWork, work: Work) -> None:
        for row in lock_same(unit.session, self.sha256):
            self._fill(row, work, 100 if work is Work.DONE else self._progress)
            _record(unit, row)

    def _fill(self, row: Media, work: Work, progress: int) -> None:
        row.work, row.progress = work, progress
        for name, value in self._found.items():
            setattr(row, name, value)

    @contextmanager
    def _holding(self) -> Iterator[UnitOfWork]:
        """Open a unit of work that renews the lease.

        Raises:
            LeaseLost: another worker holds the job now.
        """
        with self._run.database.unit(SYSTEM, command_id=self._run.id) as unit:
            queue.hold(_job_of(unit, self._run), unit.now)
            yield unit


def _job_of(unit: UnitOfWork, run: JobRun) -> Job:
    job = queue.access_lease(unit.session, run.id, run.worker)
    if job is None:
        raise LeaseLost(run.key)
    return job


def _put_back(run: JobRun) -> None:
    """Give a job back that has not been tried, to come again soon."""
    with run.database.unit(SYSTEM, command_id=run.id) as unit:
        queue.put_back(_job_of(unit, run), unit.now, _TURN_AFTER)


def _record(unit: UnitOfWork, row: Media) -> None:
    """Say that a film is to be shown differently; what shows it listens for this."""
    row.ver += 1
    unit.record("media.worked", row.id, row.ver, sha256=row.sha256, work=row.work)


def _between(start: int, end: int, percent: float) -> float:
    return start + (end - start) * percent / 100
