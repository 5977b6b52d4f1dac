"""Turning to a new data key: what lies under an older one is sealed anew, some rows a transaction."""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.db import Base
from backend.jobs import queue
from backend.jobs.worker import Handler, JobRun
from backend.privacy.models import INDEX, SEAL, DataKey
from backend.sealing import DataKeys, Sealed, sealed_columns
from backend.unit_of_work import UnitOfWork

RESEAL_JOB = "data_keys.reseal"
_AT_ONCE = 500


def keep_keys(unit: UnitOfWork, keys: DataKeys) -> None:
    """Note the keys of the folder that the database does not know yet."""
    known = set(unit.session.scalars(sa.select(DataKey.id)))
    found = [(INDEX, keys.index_id()), *((SEAL, key_id) for key_id in keys.ids())]
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
    held = {*keys.ids(), *([keys.index_id()] if keys.has_index() else [])}
    return [key_id for key_id in needed if key_id not in held]


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
