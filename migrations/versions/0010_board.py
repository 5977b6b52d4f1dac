"""the board's cards and the duty"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "board_card",
        sa.Column("from_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_seq", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("thing_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("story_id", sa.String(length=36), nullable=True),
        sa.Column("card", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("from_seq", name=op.f("pk_board_card")),
    )
    with op.batch_alter_table("board_card", schema=None) as batch_op:
        batch_op.create_index("ix_board_card_present", ["kind", "thing_id", "until_seq"], unique=False)
        batch_op.create_index("ix_board_card_state", ["kind", "state", "from_seq"], unique=False)
        batch_op.create_index("ix_board_card_story", ["story_id", "until_seq"], unique=False)

    op.create_table(
        "board_fold",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_board_fold")),
    )
    op.create_table(
        "board_order",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("command", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("thing_id", sa.String(length=36), nullable=False),
        sa.Column("value", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_board_order_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_order")),
    )
    with op.batch_alter_table("board_order", schema=None) as batch_op:
        batch_op.create_index("ix_board_order_list", ["at", "id"], unique=False)

    op.create_table(
        "duty_turn",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=True),
        sa.Column("holder_id", sa.String(length=36), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["holder_id"], ["account.id"], name=op.f("fk_duty_turn_holder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_turn")),
        sa.UniqueConstraint("desk", name=op.f("uq_duty_turn_desk")),
    )
    with op.batch_alter_table("duty_turn", schema=None) as batch_op:
        batch_op.create_index("ix_duty_turn_list", ["began_at", "id"], unique=False)

    op.create_table(
        "handover",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("turn_id", sa.String(length=36), nullable=False),
        sa.Column("from_id", sa.String(length=36), nullable=False),
        sa.Column("to_id", sa.String(length=36), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("checked", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["from_id"], ["account.id"], name=op.f("fk_handover_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["account.id"], name=op.f("fk_handover_to_id")),
        sa.ForeignKeyConstraint(["turn_id"], ["duty_turn.id"], name=op.f("fk_handover_turn_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index("ix_handover_list", ["offered_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_turn_id"), ["turn_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handover_turn_id"))
        batch_op.drop_index("ix_handover_list")

    op.drop_table("handover")
    with op.batch_alter_table("duty_turn", schema=None) as batch_op:
        batch_op.drop_index("ix_duty_turn_list")

    op.drop_table("duty_turn")
    with op.batch_alter_table("board_order", schema=None) as batch_op:
        batch_op.drop_index("ix_board_order_list")

    op.drop_table("board_order")
    op.drop_table("board_fold")
    with op.batch_alter_table("board_card", schema=None) as batch_op:
        batch_op.drop_index("ix_board_card_story")
        batch_op.drop_index("ix_board_card_state")
        batch_op.drop_index("ix_board_card_present")

    op.drop_table("board_card")
