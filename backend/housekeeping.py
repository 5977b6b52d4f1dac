"""What is swept once a day. How long personal data are kept says backend/privacy/inventory.toml."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.sign_in import end_expired
from backend.community.identity.actions import grow_up
from backend.community.tips import actions as tips
from backend.db import delete_some
from backend.inbox.actions import forget_bells, forget_days, forget_rings
from backend.inbox.allowance import forget_minutes
from backend.jobs import queue
from backend.jobs.worker import JobRun
from backend.media.actions import forget_uploads
from backend.media.queries import still_open
from backend.media.rules import UPLOAD_KEPT
from backend.media.store import MediaStore
from backend.open311.actions import SAMPLES_KEPT, forget_samples
from backend.privacy import retention
from backend.privacy.inventory import inventory
from backend.privacy.retention import Step
from backend.requests import forgetting
from backend.sync import mutations
from backend.sync.log import lock_head
from backend.sync.models import Head, Row
from backend.unit_of_work import Database, UnitOfWork

LOG_KEPT = timedelta(days=30)
MINUTES_KEPT = timedelta(hours=1)
KIND = "housekeeping"
# Of things that only go, and of those each of which changes more than a row.
AT_ONCE, FEW_AT_ONCE = 500, 50
_DELETERS: tuple[tuple[Callable[[Session, datetime, int], bool], timedelta], ...] = (
    (forget_uploads, UPLOAD_KEPT),
    (forget_samples, SAMPLES_KEPT),
    (forget_minutes, MINUTES_KEPT),
    (mutations.prune, mutations.ANSWERS_KEPT),
)
_FORGETTERS: dict[str, Callable[[UnitOfWork, datetime, int], bool]] = {
    "contact": forgetting.forget_contacts,
    "case": forgetting.forget_words,
    "tip": tips.forget_old,
}


def schedule(unit: UnitOfWork) -> None:
    """Make sure that today is swept; each sweep asks for the next day's."""
    _ask(unit, 0)


def sweep(store: MediaStore, run: JobRun) -> None:
    """Forget what is old, some of it a transaction, so that nobody waits long. The event log is never touched."""
    with run.part() as unit:
        _ask(unit, 1)
        _raise_floor(unit)
    for step, most in _steps():
        more = True
        while more:
            with run.part() as unit:
                more = step(unit, most)
    _clear_uploads(store, run.database)


def _steps() -> Iterator[tuple[Step, int]]:
    """List the steps of a sweep, with how many things each may take at once."""
    for several in (end_expired, grow_up):
        yield several, FEW_AT_ONCE
    for rows in (*retention.steps(), forget_rings, forget_days, forget_bells, _cut_log):
        yield rows, AT_ONCE
    for delete, kept in _DELETERS:
        yield partial(_delete, delete, kept), AT_ONCE
    for use, forget in _FORGETTERS.items():
        after = inventory().uses[use].after
        if after is not None:
            yield partial(_forget, forget, after), FEW_AT_ONCE


def _delete(delete: Callable[[Session, datetime, int], bool], kept: timedelta, unit: UnitOfWork, most: int) -> bool:
    return delete(unit.session, unit.now - kept, most)


def _forget(forget: Callable[[UnitOfWork, datetime, int], bool], kept: timedelta, unit: UnitOfWork, most: int) -> bool:
    return forget(unit, unit.now - kept, most)


def _clear_uploads(store: MediaStore, database: Database) -> None:
    """Delete what is left of uploads that are finished, given up or forgotten.

    An upload has its row before its first byte. So what lies there now, and has no row afterwards, has none for good.
    """
    left = store.partials()
    with database.reading() as session:
        left -= still_open(session, left)
    for upload_id in left:
        store.discard(upload_id)


def _ask(unit: UnitOfWork, days: int) -> None:
    day = unit.now + timedelta(days=days)
    unit.enqueue(KIND, f"{KIND}:{day:%Y-%m-%d}", {}, run_at=day, lane=queue.BULK)


def _raise_floor(unit: UnitOfWork) -> None:
    """Say how far the tail of the change log is cut: older cursors are sent to a snapshot from now on."""
    old = unit.session.scalar(sa.select(sa.func.max(Row.seq)).where(Row.at < unit.now - LOG_KEPT))
    if old is not None:
        head = lock_head(unit.session)
        head.floor = max(head.floor, old)


def _cut_log(unit: UnitOfWork, most: int) -> bool:
    """Delete what lies below the floor, where nobody reads any more."""
    floor = sa.select(Head.floor).scalar_subquery()
    return delete_some(unit.session, Row, Row.seq <= floor, most)
