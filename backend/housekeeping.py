"""What is swept once a day. How long personal data are kept says backend/privacy/inventory.toml."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from backend.accounts.sign_in import end_expired
from backend.community.tips import actions as tips
from backend.inbox.actions import forget_old
from backend.inbox.allowance import forget_minutes
from backend.jobs import queue
from backend.jobs.worker import JobRun
from backend.media.actions import forget_uploads
from backend.media.queries import still_open
from backend.media.rules import UPLOAD_KEPT
from backend.media.store import MediaStore
from backend.open311.actions import SAMPLES_KEPT, forget_samples
from backend.privacy.inventory import inventory
from backend.privacy.retention import sweep_rows
from backend.requests import forgetting
from backend.sync import mutations
from backend.sync.log import lock_head
from backend.sync.models import Row
from backend.unit_of_work import Database, UnitOfWork

LOG_KEPT = timedelta(days=30)
MINUTES_KEPT = timedelta(hours=1)
KIND = "housekeeping"
_AT_ONCE = 500
_FORGETTERS: dict[str, Callable[[UnitOfWork, datetime, int], bool]] = {
    "contact": forgetting.forget_contacts,
    "case": forgetting.forget_words,
    "tip": tips.forget_old,
}


def schedule(unit: UnitOfWork) -> None:
    """Make sure that today is swept; each sweep asks for the next day's."""
    _ask(unit, 0)


def sweep(store: MediaStore, run: JobRun) -> None:
    """Forget what is old. The event log is never touched."""
    with run.unit() as unit:
        session, now = unit.session, unit.now
        end_expired(unit)
        sweep_rows(session, now)
        forget_uploads(session, now - UPLOAD_KEPT)
        forget_samples(session, now - SAMPLES_KEPT)
        forget_minutes(session, now - MINUTES_KEPT)
        mutations.prune(session, now - mutations.ANSWERS_KEPT)
        more = forget_old(unit) | _forget_by_inventory(unit)
        _ask(unit, 1)
        if more:
            # What is left is too much for one transaction, and goes on at once.
            unit.enqueue(KIND, f"{KIND}:{unit.command_id}", {}, lane=queue.BULK)
        _prune_log(unit)
    _clear_uploads(store, run.database)


def _forget_by_inventory(unit: UnitOfWork) -> bool:
    """Forget what the inventory gives a time and more than a row is to be changed for; tell whether more is left."""
    more = False
    for use, forget in _FORGETTERS.items():
        after = inventory().uses[use].after
        if after is not None:
            more |= forget(unit, unit.now - after, _AT_ONCE)
    return more


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


def _prune_log(unit: UnitOfWork) -> None:
    """Cut the tail of the change log and raise the floor: older cursors are sent to a snapshot."""
    old = unit.session.scalar(sa.select(sa.func.max(Row.seq)).where(Row.at < unit.now - LOG_KEPT))
    if old is not None:
        head = lock_head(unit.session)
        head.floor = max(head.floor, old)
        unit.session.execute(sa.delete(Row).where(Row.seq <= old))
