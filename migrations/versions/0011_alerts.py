"""warnings to the public, saved places, and outlines of the towns"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "saved_place",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("town", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_place")),
    )
    with op.batch_alter_table("saved_place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_place_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_saved_place_town"), ["town"], unique=False)

    op.create_table(
        "cap_message",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=True),
        sa.Column("office_id", sa.String(length=64), nullable=False),
        sa.Column("identifier", sa.String(length=120), nullable=False),
        sa.Column("sender", sa.String(length=120), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("msg_type", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("restriction", sa.String(length=200), nullable=True),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("references", sa.Text(), nullable=False),
        sa.Column("info", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(length=36), nullable=False),
        sa.Column("issued_by", sa.String(length=36), nullable=True),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("alone_reason", sa.String(length=300), nullable=True),
        sa.Column("review_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(length=36), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_outcome", sa.String(length=10), nullable=True),
        sa.Column("review_words", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_cap_message_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cap_message")),
        sa.UniqueConstraint("identifier", name=op.f("uq_cap_message_identifier")),
    )
    with op.batch_alter_table("cap_message", schema=None) as batch_op:
        batch_op.create_index("ix_cap_message_alert", ["alert_id", "sent"], unique=False)
        batch_op.create_index("ix_cap_message_office", ["office_id", "created_at", "id"], unique=False)

    op.create_table(
        "public_alert",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("real", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("office_id", sa.String(length=64), nullable=False),
        sa.Column("head_id", sa.String(length=36), nullable=False),
        sa.Column("merged_into", sa.String(length=36), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_public_alert_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_alert")),
    )
    with op.batch_alter_table("public_alert", schema=None) as batch_op:
        batch_op.create_index("ix_public_alert_listed", ["real", "state", "updated_at", "id"], unique=False)

    op.create_table(
        "public_alert_town",
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("town_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["public_alert.id"], name=op.f("fk_public_alert_town_alert_id")),
        sa.ForeignKeyConstraint(["town_id"], ["town.id"], name=op.f("fk_public_alert_town_town_id")),
        sa.PrimaryKeyConstraint("alert_id", "town_id", name=op.f("pk_public_alert_town")),
    )
    with op.batch_alter_table("public_alert_town", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_public_alert_town_town_id"), ["town_id"], unique=False)

    with op.batch_alter_table("town", schema=None) as batch_op:
        batch_op.add_column(sa.Column("outline", sa.Text(), server_default="[]", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("town", schema=None) as batch_op:
        batch_op.drop_column("outline")

    with op.batch_alter_table("public_alert_town", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_public_alert_town_town_id"))

    op.drop_table("public_alert_town")
    with op.batch_alter_table("public_alert", schema=None) as batch_op:
        batch_op.drop_index("ix_public_alert_listed")

    op.drop_table("public_alert")
    with op.batch_alter_table("cap_message", schema=None) as batch_op:
        batch_op.drop_index("ix_cap_message_office")
        batch_op.drop_index("ix_cap_message_alert")

    op.drop_table("cap_message")
    with op.batch_alter_table("saved_place", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_saved_place_town"))
        batch_op.drop_index(batch_op.f("ix_saved_place_account_id"))

    op.drop_table("saved_place")
