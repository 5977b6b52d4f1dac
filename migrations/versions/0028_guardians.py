"""a guardian's number is known to be theirs: codes for it, and a consent by whom, found by the number"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from flask import current_app

from backend.sealing import DataKeys

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    with op.batch_alter_table("login_code", schema=None) as batch_op:
        batch_op.add_column(sa.Column("use", sa.String(length=8), server_default="sign_in", nullable=False))
        batch_op.add_column(sa.Column("account_id", sa.String(length=36), nullable=True))
        batch_op.create_index("ix_login_code_account_at", ["account_id", "sent_at"], unique=False)
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("guardian_name", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("guardian_phone", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("guardian_index", sa.String(length=64), nullable=True))
        batch_op.create_index(op.f("ix_consent_guardian_index"), ["guardian_index"], unique=False)
    keys: DataKeys = current_app.extensions["data_keys"]
    bind = op.get_bind()
    for row in bind.execute(sa.text("SELECT id, guardian FROM consent WHERE guardian IS NOT NULL")).mappings().all():
        named = json.loads(keys.unseal(row["guardian"], "consent.guardian"))
        values = {
            "id": row["id"],
            "name": keys.seal(named["name"], "consent.guardian_name"),
            "phone": keys.seal(named["phone"], "consent.guardian_phone"),
            "index": keys.index(named["phone"], "consent.guardian_phone"),
        }
        change = "SET guardian_name = :name, guardian_phone = :phone, guardian_index = :index WHERE id = :id"
        bind.execute(sa.text(f"UPDATE consent {change}"), values)  # all of it stands here
    # Nobody had asked these guardians. Their children are told so when they next need one.
    ended = sa.text("UPDATE consent SET withdrawn_at = :now WHERE purpose = 'guardian' AND withdrawn_at IS NULL")
    bind.execute(ended.bindparams(sa.bindparam("now", type_=sa.DateTime(timezone=True))), {"now": datetime.now(UTC)})
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_column("guardian")


def downgrade() -> None:
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("guardian", sa.Text(), nullable=True))
    keys: DataKeys = current_app.extensions["data_keys"]
    bind = op.get_bind()
    query = "SELECT id, guardian_name, guardian_phone FROM consent WHERE guardian_phone IS NOT NULL"
    for row in bind.execute(sa.text(query)).mappings().all():
        name = keys.unseal(row["guardian_name"], "consent.guardian_name")
        named = {"name": name, "phone": keys.unseal(row["guardian_phone"], "consent.guardian_phone")}
        sealed = keys.seal(json.dumps(named, ensure_ascii=False), "consent.guardian")
        bind.execute(
            sa.text("UPDATE consent SET guardian = :guardian WHERE id = :id"), {"id": row["id"], "guardian": sealed}
        )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_consent_guardian_index"))
        batch_op.drop_column("guardian_index")
        batch_op.drop_column("guardian_phone")
        batch_op.drop_column("guardian_name")
    with op.batch_alter_table("login_code", schema=None) as batch_op:
        batch_op.drop_index("ix_login_code_account_at")
        batch_op.drop_column("account_id")
        batch_op.drop_column("use")
