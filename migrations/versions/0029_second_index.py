"""a second column of each blind index, so that its key can be turned"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from flask import current_app

from backend.sealing import DataKeys

revision = "0029"
down_revision = "0028"

_AT_ONCE = 500
# Table, the sealed column, and its index of before.
_INDEXED = (("account", "phone", "phone_index"), ("consent", "guardian_phone", "guardian_index"))


def upgrade() -> None:
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone_index_b", sa.String(length=64), nullable=True))
        batch_op.create_unique_constraint(op.f("uq_account_phone_index_b"), ["phone_index_b"])
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("guardian_index_b", sa.String(length=64), nullable=True))
        batch_op.create_index(op.f("ix_consent_guardian_index_b"), ["guardian_index_b"], unique=False)


def downgrade() -> None:
    # The release of before fills one column only, under a key of one name.
    keys: DataKeys = current_app.extensions["data_keys"]
    keys.name_index_as_before()
    for table, column, index in _INDEXED:
        _index(keys, table, column, index)
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_consent_guardian_index_b"))
        batch_op.drop_column("guardian_index_b")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_account_phone_index_b"), type_="unique")
        batch_op.drop_column("phone_index_b")


def _index(keys: DataKeys, table: str, column: str, index: str) -> None:
    bind, after, name = op.get_bind(), "", f"{table}.{column}"
    while True:
        where = f"WHERE {column} IS NOT NULL AND id > :after ORDER BY id LIMIT {_AT_ONCE}"
        rows = bind.execute(sa.text(f"SELECT id, {column} FROM {table} {where}"), {"after": after}).all()  # noqa: S608  # names are ours
        for row in rows:
            found = {"id": row[0], "index": keys.index(keys.unseal(row[1], name), name)}
            bind.execute(sa.text(f"UPDATE {table} SET {index} = :index WHERE id = :id"), found)  # noqa: S608  # the same
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]
