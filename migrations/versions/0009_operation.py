"""samples of use, the phones they came from, and what is counted"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "operation_setting",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_setting")),
    )
    op.create_table(
        "usage_cell",
        sa.Column("measure", sa.String(length=12), nullable=False),
        sa.Column("span", sa.String(length=5), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("key", sa.String(length=130), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("measure", "span", "start", "key", name=op.f("pk_usage_cell")),
    )
    with op.batch_alter_table("usage_cell", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_usage_cell_start"), ["start"], unique=False)

    op.create_table(
        "usage_door",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", "since", name=op.f("pk_usage_door")),
    )
    with op.batch_alter_table("usage_door", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_usage_door_since"), ["since"], unique=False)

    op.create_table(
        "usage_phone",
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_usage_phone")),
    )
    with op.batch_alter_table("usage_phone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_usage_phone_last_day"), ["last_day"], unique=False)

    op.create_table(
        "usage_phone_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "phone", name=op.f("pk_usage_phone_day")),
    )
    op.create_table(
        "usage_sample",
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=True),
        sa.Column("ms", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("phone", "id", name=op.f("pk_usage_sample")),
    )
    with op.batch_alter_table("usage_sample", schema=None) as batch_op:
        batch_op.create_index("ix_usage_sample_day", ["day", "kind"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("usage_sample", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_sample_day")

    op.drop_table("usage_sample")
    op.drop_table("usage_phone_day")
    with op.batch_alter_table("usage_phone", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_usage_phone_last_day"))

    op.drop_table("usage_phone")
    with op.batch_alter_table("usage_door", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_usage_door_since"))

    op.drop_table("usage_door")
    with op.batch_alter_table("usage_cell", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_usage_cell_start"))

    op.drop_table("usage_cell")
    op.drop_table("operation_setting")
