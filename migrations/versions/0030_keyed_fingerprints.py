"""what requests are known again by is keyed: most of a body lies in clear beside it, and its number could be guessed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from flask import current_app

from backend.accounts.rules import request_hash

revision = "0030"
down_revision = "0029"

_AT_ONCE = 500
_HASHES = (("idempotency_answer", ("account_id", "key"), "request_hash"), ("open311_filing", ("id",), "body_hash"))


def upgrade() -> None:
    secret = current_app.extensions["settings"].secret_key
    for table, key, column in _HASHES:
        _turn(secret, table, key, column)


def downgrade() -> None:
    """Leave them: nobody can take the key out again. One that is repeated is refused then, and not done twice."""


def _turn(secret: str, table: str, key: tuple[str, ...], column: str) -> None:
    bind, place = op.get_bind(), ", ".join(f'"{name}"' for name in key)
    marks, here = ", ".join(f":{name}" for name in key), " AND ".join(f'"{name}" = :{name}' for name in key)
    after: dict[str, str] = {}
    while True:
        where = f"WHERE ({place}) > ({marks})" if after else ""
        query = f"SELECT {place}, {column} FROM {table} {where} ORDER BY {place} LIMIT {_AT_ONCE}"  # noqa: S608  # names are ours
        rows = bind.execute(sa.text(query), after).mappings().all()
        for row in rows:
            at = {name: row[name] for name in key}
            change = f"UPDATE {table} SET {column} = :hash WHERE {here}"  # noqa: S608  # the same
            bind.execute(sa.text(change), at | {"hash": request_hash(secret, row[column])})
        if len(rows) < _AT_ONCE:
            return
        after = {name: rows[-1][name] for name in key}
