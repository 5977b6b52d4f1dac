"""telephone numbers, identity numbers and what holds them lie encrypted"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from flask import current_app

from backend.sealing import DataKeys

revision = "0023"
down_revision = "0022"

_AT_ONCE = 500
_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Table, its key, and the columns that are sealed with the length that each had.
_SEALED: dict[str, tuple[tuple[str, ...], dict[str, int | None]]] = {
    "account": (("id",), {"phone": 20, "totp_secret": 64, "totp_pending": 64}),
    "login_code": (("id",), {"phone": 20}),
    "identity": (("account_id",), {"name": 40, "number": 18}),
    "service_request": (("id",), {"contact": 60}),
    "assignment": (("id",), {"contact": 100}),
    "material": (("id",), {"source_contact": 100}),
    "open311_filing": (("id",), {"person": None, "sample": None}),
    "idempotency_answer": (("account_id", "key"), {"body": None}),
}
_NULLABLE = {"account", "login_code", "identity", "service_request"}


def upgrade() -> None:
    op.create_table(
        "data_key",
        sa.Column("id", sa.String(length=8), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("used_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
    )
    if op.get_bind().dialect.name == "sqlite":
        # What is written over is zeroed, or the numbers would go on lying in pages that nothing refers to.
        op.get_bind().exec_driver_sql("PRAGMA secure_delete=ON")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone_index", sa.String(length=64), nullable=True))
        batch_op.drop_constraint(op.f("uq_account_phone"), type_="unique")
    with op.batch_alter_table("idempotency_answer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("things", sa.Text(), nullable=False, server_default=""))
    _retype(sealed=True)
    keys: DataKeys = current_app.extensions["data_keys"]
    keys.ensure()
    _convert(lambda column, text: keys.seal(text, column))
    _index(keys)
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_unique_constraint(op.f("uq_account_phone_index"), ["phone_index"])
    with op.batch_alter_table("idempotency_answer", schema=None) as batch_op:
        batch_op.alter_column("things", server_default=None)


def downgrade() -> None:
    keys: DataKeys = current_app.extensions["data_keys"]
    _convert(lambda column, text: keys.unseal(text, column))
    with op.batch_alter_table("idempotency_answer", schema=None) as batch_op:
        batch_op.drop_column("things")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_account_phone_index"), type_="unique")
        batch_op.drop_column("phone_index")
    _retype(sealed=False)
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_unique_constraint(op.f("uq_account_phone"), ["phone"])
    op.drop_table("data_key")


def _retype(*, sealed: bool) -> None:
    """Give the columns room for what is longer than it was, or take it back."""
    for table, (_, columns) in _SEALED.items():
        narrow = {name: length for name, length in columns.items() if length is not None}
        if not narrow:
            continue
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, length in narrow.items():
                before, after = sa.String(length=length), sa.Text()
                if not sealed:
                    before, after = after, before
                batch_op.alter_column(name, existing_type=before, type_=after, existing_nullable=table in _NULLABLE)


def _convert(change: Callable[[str, str], str]) -> None:
    for table, (key, columns) in _SEALED.items():
        for row in _rows(table, (*key, *columns)):
            values = {name: change(f"{table}.{name}", row[name]) for name in columns if row[name] is not None}
            if values:
                where = " AND ".join(f'"{name}" = :at_{name}' for name in key)
                given = ", ".join(f'"{name}" = :{name}' for name in values)
                at = {f"at_{name}": row[name] for name in key}
                op.get_bind().execute(sa.text(f"UPDATE {table} SET {given} WHERE {where}"), values | at)  # noqa: S608  # names are ours


def _index(keys: DataKeys) -> None:
    """Fill in what telephones are found by, and which things a stored answer tells of."""
    bind = op.get_bind()
    for row in _rows("account", ("id", "phone")):
        if row["phone"] is not None:
            index = keys.index(keys.unseal(row["phone"], "account.phone"), "account.phone")
            bind.execute(
                sa.text("UPDATE account SET phone_index = :index WHERE id = :id"), {"id": row["id"], "index": index}
            )
    for row in _rows("idempotency_answer", ("account_id", "key", "body")):
        body = keys.unseal(row["body"], "idempotency_answer.body")
        values = {"things": " ".join(sorted(set(_ID.findall(body)))), "account": row["account_id"], "key": row["key"]}
        change = "UPDATE idempotency_answer SET things = :things WHERE account_id = :account AND key = :key"
        bind.execute(sa.text(change), values)


def _rows(table: str, names: tuple[str, ...]) -> Iterator[Any]:
    """Read a table in the order of its key, some rows at a time."""
    key = _SEALED[table][0]
    place, bind = ", ".join(f'"{name}"' for name in key), op.get_bind()
    chosen = ", ".join(f'"{name}"' for name in names)
    after: dict[str, Any] = {}
    while True:
        marks = ", ".join(f":{name}" for name in key)
        where = f"WHERE ({place}) > ({marks})" if after else ""
        query = f"SELECT {chosen} FROM {table} {where} ORDER BY {place} LIMIT {_AT_ONCE}"  # noqa: S608  # names are ours
        rows = bind.execute(sa.text(query), after).mappings().all()
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        after = {name: rows[-1][name] for name in key}
