"""Turning to a new data key: what lies under an older one is sealed anew, or indexed anew, some rows a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.db import Base
from backend.jobs import queue
from backend.jobs.models import Job
from backend.jobs.worker import Handler, JobRun
from backend.privacy.models import INDEX, SEAL, DataKey
from backend.sealing import BlindIndex, DataKeys, Sealed, sealed_columns
from backend.unit_of_work import UnitOfWork

RESEAL_JOB, REINDEX_JOB = "data_keys.reseal", "data_keys.reindex"
_AT_ONCE = 500
# Longer than any transaction lasts: what was written by one that began before a key was made or retired is there then.
_PAUSE = timedelta(minutes=10)


def keep_keys(unit: UnitOfWork, keys: DataKeys) -> None:
    """Note the keys of the folder that the database does not know yet."""
    known = set(unit.session.scalars(sa.select(DataKey.id)))
    found = [(purpose, key_id) for purpose, ids in ((INDEX, keys.index_ids()), (SEAL, keys.ids())) for key_id in ids]
    for purpose, key_id in found:
        if key_id not in known:
            unit.session.add(DataKey(id=key_id, purpose=purpose, used_from=unit.now))
    unit.session.flush()


def prepare_keys(unit: UnitOfWork, keys: DataKeys) -> None:
    """Make the first keys of a new house, and note all that are there."""
    if not is_sealed(unit.session):
        keys.ensure()
    if not lacking(unit.session, keys):
        keep_keys(unit, keys)


def is_sealed(session: Session) -> bool:
    """Tell whether the database knows of any key."""
    return session.scalar(sa.select(sa.func.count()).select_from(DataKey)) != 0


def list_keys(session: Session) -> list[DataKey]:
    """List all keys that were ever used, the oldest first."""
    return list(session.scalars(sa.select(DataKey).order_by(DataKey.used_from, DataKey.id)))


def lacking(session: Session, keys: DataKeys) -> list[str]:
    """Return the ids of the keys that the database needs and the folder does not hold."""
    needed = session.scalars(sa.select(DataKey.id).where(DataKey.spent_at.is_(None)).order_by(DataKey.id))
    held = {*keys.ids(), *keys.index_ids()}
    return [key_id for key_id in needed if key_id not in held]


def unfinished(session: Session) -> list[str]:
    """Return the purposes whose turn is not finished: two keys are in use, or the job has something left to do."""
    count = sa.func.count()
    query = sa.select(DataKey.purpose).where(DataKey.spent_at.is_(None)).group_by(DataKey.purpose).having(count > 1)
    found = set(session.scalars(query))
    for purpose, kind in ((SEAL, RESEAL_JOB), (INDEX, REINDEX_JOB)):
        if session.scalar(sa.select(sa.exists().where(Job.kind == kind, Job.state != "done"))):
            found.add(purpose)
    return sorted(found)


def ask_for_resealing(unit: UnitOfWork, keys: DataKeys) -> None:
    """Have everything that lies under an older key sealed with the newest; asked once a key."""
    key = keys.current()
    unit.enqueue(RESEAL_JOB, f"{RESEAL_JOB}:{key}:0:", {"key": key, "column": 0, "after": []}, lane=queue.BULK)


def reseal_handler(keys: DataKeys) -> Handler:
    """Make the handler of `data_keys.reseal`."""
    return partial(_reseal, keys)


def _reseal(keys: DataKeys, run: JobRun) -> None:
    """Seal the next rows of a column anew and ask for those after them; a job that was cut off begins with its own."""
    key, number, columns = str(run.args["key"]), int(run.args["column"]), sealed_columns(Base.metadata)
    with run.unit() as unit:
        if key != keys.current():
            # A newer one asks for itself.
            return
        if number < len(columns):
            after = _next_rows(unit.session, keys, columns[number], run.args["after"])
            args = {"key": key, "column": number if after else number + 1, "after": after}
        elif any(_has_older(unit.session, column, key) for column in columns):
            # Written under the key of before by somebody whose transaction was open while their table's turn was.
            args = {"key": key, "column": 0, "after": []}
        else:
            old = sa.update(DataKey).where(DataKey.purpose == SEAL, DataKey.id != key, DataKey.spent_at.is_(None))
            unit.session.execute(old.values(spent_at=unit.now))
            return
        unit.enqueue(RESEAL_JOB, f"{RESEAL_JOB}:{key}:{run.id}", args, lane=queue.BULK)


def _has_older(session: Session, column: sa.Column[Any], key: str) -> bool:
    stored = sa.type_coerce(column, sa.Text)
    query = sa.select(sa.literal(1)).where(column.is_not(None), ~stored.startswith(f"s1.{key}.")).limit(1)
    return session.execute(query).first() is not None


def _next_rows(session: Session, keys: DataKeys, column: sa.Column[Any], after: list[Any]) -> list[Any]:
    """Seal some rows anew; return where to go on, nothing at the end of the table."""
    table, sealed = column.table, column.type
    assert isinstance(sealed, Sealed)  # noqa: S101  # that is how the column was chosen
    place = [*table.primary_key.columns]
    stored = sa.type_coerce(column, sa.Text)
    query = sa.select(*place, stored).where(column.is_not(None)).order_by(*place).limit(_AT_ONCE)
    if after:
        last = [sa.literal(each, one.type) for each, one in zip(after, place, strict=True)]
        query = query.where(sa.tuple_(*place) > sa.tuple_(*last))
    rows = session.execute(query).all()
    for *at, old in rows:
        if old.startswith(f"s1.{keys.current()}."):
            continue
        new = keys.seal(keys.unseal(old, sealed.column), sealed.column)
        here = [one == each for one, each in zip(place, at, strict=True)]
        # What somebody has written meanwhile is newer, and sealed with the newest key already.
        change = sa.update(table).where(*here, stored == old)
        session.execute(change.values({column: sa.type_coerce(new, sa.Text)}))
    return list(rows[-1][:-1]) if len(rows) == _AT_ONCE else []


# ── the key of the indexes ──


def begin_reindexing(unit: UnitOfWork, keys: DataKeys) -> str | None:
    """Make the next key of the blind indexes and have its column filled; a turn that is under way is asked for again.

    Returns:
        The id of the new key; None where the column had to be cleared first: then this is to be called again.
    """
    slots = keys.index_slots()
    # What is left of the key that had this column before would be taken for the new one's.
    if len(slots) < 2 and _clear(unit.session, 1 - slots[-1]):
        return None
    made = keys.add_index()
    keep_keys(unit, keys)
    _go_on(unit, made, "fill", by=unit.command_id)
    return made


def reindex_handler(keys: DataKeys) -> Handler:
    """Make the handler of `data_keys.reindex`."""
    return partial(_reindex, keys)


def _reindex(keys: DataKeys, run: JobRun) -> None:
    """Do the next piece of a turn, and ask for the one after it; a job that was cut off begins with its own.

    `fill`: some rows get their index under the new key, until none lacks it. `retire`: some minutes later there is
    still none, and the old key is needed no more. `clear`: it leaves the folder, and its indexes go; and some minutes
    later (`last`) those that were being written at that moment.
    """
    key, step = str(run.args["key"]), str(run.args["step"])
    with run.unit() as unit:
        slots, ids = keys.index_slots(), keys.index_ids()
        if ids[-1] != key:
            return
        # As the key is the newest, the other column is the old key's, whether that is still in the folder or not.
        new, old = slots[-1], 1 - slots[-1]
        if step in {"fill", "retire"}:
            if _fill(unit.session, keys, new):
                _go_on(unit, key, "fill", by=run.id)
            elif step == "fill":
                _go_on(unit, key, "retire", by=run.id, later=True)
            else:
                # Written down before the file goes: a house that starts meanwhile asks for what it needs.
                spent = sa.update(DataKey).where(DataKey.purpose == INDEX, DataKey.id != key)
                unit.session.execute(spent.where(DataKey.spent_at.is_(None)).values(spent_at=unit.now))
                _go_on(unit, key, "clear", by=run.id)
            return
        keys.retire_index()
        if _clear(unit.session, old):
            _go_on(unit, key, "clear", by=run.id)
        elif step == "clear":
            _go_on(unit, key, "last", by=run.id, later=True)


def _go_on(unit: UnitOfWork, key: str, step: str, *, by: str, later: bool = False) -> None:
    at = unit.now + _PAUSE if later else None
    args = {"key": key, "step": step}
    unit.enqueue(REINDEX_JOB, f"{REINDEX_JOB}:{key}:{by}", args, run_at=at, lane=queue.BULK)


def _indexed() -> Iterator[tuple[sa.Column[Any], list[sa.Column[Any]]]]:
    """List the sealed columns in which something can be found, each with its two indexes."""
    for column in sealed_columns(Base.metadata):
        assert isinstance(column.type, Sealed)  # noqa: S101  # that is how the column was chosen
        if column.type.indexes:
            yield column, [column.table.c[name] for name in column.type.indexes]


def _slot_of(index: sa.Column[Any]) -> int:
    assert isinstance(index.type, BlindIndex)  # noqa: S101  # a test looks at each of them
    return index.type.slot


def _fill(session: Session, keys: DataKeys, slot: int) -> bool:
    """Give so many rows their index that lack one; tell whether any did."""
    for column, indexes in _indexed():
        table, name = column.table, column.type.column  # type: ignore[attr-defined]  # a `Sealed`
        (index,) = (each for each in indexes if _slot_of(each) == slot)
        (place,) = table.primary_key.columns
        stored = sa.type_coerce(column, sa.Text)
        lacks = sa.select(place, stored).where(column.is_not(None), index.is_(None)).limit(_AT_ONCE)
        rows = session.execute(lacks).all()
        for at, sealed in rows:
            # What somebody has written meanwhile is newer, and has its index already.
            change = sa.update(table).where(place == at, stored == sealed)
            session.execute(change.values({index: keys.unseal(sealed, name)}))
        if rows:
            return True
    return False


def _clear(session: Session, slot: int) -> bool:
    """Take away so many of the indexes in this column; tell whether there were any."""
    for _, indexes in _indexed():
        (index,) = (each for each in indexes if _slot_of(each) == slot)
        (place,) = index.table.primary_key.columns
        some = sa.select(place).where(index.is_not(None)).limit(_AT_ONCE)
        gone = session.execute(sa.update(index.table).where(place.in_(some)).values({index: None}))
        if cast("sa.CursorResult[Any]", gone).rowcount:
            return True
    return False
