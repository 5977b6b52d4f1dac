"""rundowns of television and radio, and their items"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "rundown",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("medium", sa.String(length=8), nullable=False),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("show", sa.String(length=60), nullable=False),
        sa.Column("airtime", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_seconds", sa.Integer(), nullable=False),
        sa.Column("director_id", sa.String(length=36), nullable=True),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("reported_over", sa.Boolean(), nullable=False),
        sa.Column("locked_by", sa.String(length=36), nullable=True),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("on_air_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("aired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["director_id"], ["account.id"], name=op.f("fk_rundown_director_id")),
        sa.ForeignKeyConstraint(["locked_by"], ["account.id"], name=op.f("fk_rundown_locked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rundown")),
    )
    with op.batch_alter_table("rundown", schema=None) as batch_op:
        batch_op.create_index("ix_rundown_list", ["airtime", "id"], unique=False)
        batch_op.create_index("ix_rundown_show", ["show", "state", "airtime"], unique=False)

    op.create_table(
        "rundown_item",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("rundown_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("rendition_id", sa.String(length=36), nullable=True),
        sa.Column("story_id", sa.String(length=36), nullable=True),
        sa.Column("publication_id", sa.String(length=36), nullable=True),
        sa.Column("target_id", sa.String(length=36), nullable=True),
        sa.Column("planned_seconds", sa.Integer(), nullable=False),
        sa.Column("script", sa.Text(), nullable=True),
        sa.Column("script_hash", sa.String(length=64), nullable=True),
        sa.Column("lower_thirds", sa.Text(), nullable=False),
        sa.Column("clips", sa.Text(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("as_run_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("as_run_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_by", sa.String(length=36), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["publication_id"], ["publication.id"], name=op.f("fk_rundown_item_publication_id")),
        sa.ForeignKeyConstraint(["rendition_id"], ["rendition.id"], name=op.f("fk_rundown_item_rendition_id")),
        sa.ForeignKeyConstraint(["rundown_id"], ["rundown.id"], name=op.f("fk_rundown_item_rundown_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_rundown_item_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rundown_item")),
    )
    with op.batch_alter_table("rundown_item", schema=None) as batch_op:
        batch_op.create_index("ix_rundown_item_place", ["rundown_id", "position"], unique=False)
        batch_op.create_index(batch_op.f("ix_rundown_item_publication_id"), ["publication_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rundown_item_rendition_id"), ["rendition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rundown_item_story_id"), ["story_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("rundown_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rundown_item_story_id"))
        batch_op.drop_index(batch_op.f("ix_rundown_item_rendition_id"))
        batch_op.drop_index(batch_op.f("ix_rundown_item_publication_id"))
        batch_op.drop_index("ix_rundown_item_place")

    op.drop_table("rundown_item")
    with op.batch_alter_table("rundown", schema=None) as batch_op:
        batch_op.drop_index("ix_rundown_show")
        batch_op.drop_index("ix_rundown_list")

    op.drop_table("rundown")
