"""One file being brought in: a row that says how far it is, beside the rows that it brings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import sqlalchemy as sa

from backend.ids import new_id
from backend.newsroom.archive.models import ImportRun
from backend.newsroom.archive.report import Outcome
from backend.newsroom.archive.rules import BATCH, MAX_SOURCE, RUN
from backend.unit_of_work import Database, UnitOfWork

T = TypeVar("T")


def batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut rows into what is committed together."""
    for at in range(0, len(rows), BATCH):
        yield rows[at : at + BATCH]


def nobody(_done: int, _total: int) -> None:
    """Tell nobody how far it is."""


class Run:
    """A run under way."""

    def __init__(self, run_id: str) -> None:
        self.id = run_id
        self.done = 0

    def advance(self, unit: UnitOfWork, rows: int, counts: Mapping[Outcome, int]) -> None:
        """Note a batch in the transaction that takes it, so that both are there or neither is."""
        row = unit.session.get_one(ImportRun, self.id, with_for_update=True)
        row.done += rows
        row.counts = dict(Counter(row.counts) + Counter({str(name): count for name, count in counts.items()}))
        _changed(unit, row, "advanced")
        self.done = row.done


def begin_run(unit: UnitOfWork, kind: str, source: str, sha256: str, total: int) -> Run:
    """Open a run. One of the same file that was killed is marked as interrupted."""
    _interrupt_earlier(unit, sha256)
    row = ImportRun(
        id=new_id(),
        ver=0,
        state="running",
        kind=kind,
        source=source[:MAX_SOURCE],
        sha256=sha256,
        total=total,
        done=0,
        counts={},
        started_at=unit.now,
    )
    unit.session.add(row)
    _changed(unit, row, "started", kind=kind, sha256=sha256)
    return Run(row.id)


@contextmanager
def run_file(database: Database, kind: str, source: str, sha256: str, total: int) -> Iterator[Run]:
    """Open a run, and finish it at the end."""
    with database.unit() as unit:
        run = begin_run(unit, kind, source, sha256, total)
    yield run
    with database.unit() as unit:
        row = unit.session.get_one(ImportRun, run.id, with_for_update=True)
        # Another run of the same file, at the same time, may have taken this one for dead.
        if row.state == "running":
            row.state = RUN.step("finish", row.state)
            _changed(unit, row, "finished")


def _interrupt_earlier(unit: UnitOfWork, sha256: str) -> None:
    query = sa.select(ImportRun).where(ImportRun.sha256 == sha256, ImportRun.state == "running")
    for row in unit.session.scalars(query.with_for_update()).all():
        row.state = RUN.step("interrupt", row.state)
        _changed(unit, row, "interrupted")


def _changed(unit: UnitOfWork, row: ImportRun, verb: str, **data: str) -> None:
    row.ver += 1
    row.updated_at = unit.now
    unit.session.flush()
    unit.record(f"import_run.{verb}", row.id, row.ver, **data)
