"""assessment: rule sets with their trials, periods with rows and figures, appeals; grades of stories"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "assessment_period",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("first_day", sa.String(length=10), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule_set_version", sa.Integer(), nullable=False),
        sa.Column("up_to_seq", sa.BigInteger(), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("result_hash", sa.String(length=64), nullable=True),
        sa.Column("opened_by", sa.String(length=36), nullable=False),
        sa.Column("computed_by", sa.String(length=36), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_by", sa.String(length=36), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_period")),
    )
    with op.batch_alter_table("assessment_period", schema=None) as batch_op:
        batch_op.create_index("ix_assessment_period_list", ["starts_at", "id"], unique=False)

    op.create_table(
        "rule_set",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("editors", sa.Text(), nullable=False),
        sa.Column("trial_id", sa.String(length=36), nullable=True),
        sa.Column("tried_hash", sa.String(length=64), nullable=True),
        sa.Column("adopted_by", sa.String(length=36), nullable=True),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_set")),
        sa.UniqueConstraint("version", name=op.f("uq_rule_set_version")),
    )
    op.create_table(
        "assessment_appeal",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("period_id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("filed_by", sa.String(length=36), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(length=1000), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["period_id"], ["assessment_period.id"], name=op.f("fk_assessment_appeal_period_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_appeal")),
    )
    with op.batch_alter_table("assessment_appeal", schema=None) as batch_op:
        batch_op.create_index("ix_assessment_appeal_list", ["filed_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assessment_appeal_period_id"), ["period_id"], unique=False)

    op.create_table(
        "assessment_figure",
        sa.Column("period_id", sa.String(length=36), nullable=False),
        sa.Column("desk", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("seqs", sa.Text(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["period_id"], ["assessment_period.id"], name=op.f("fk_assessment_figure_period_id")),
        sa.PrimaryKeyConstraint("period_id", "desk", "name", name=op.f("pk_assessment_figure")),
    )
    op.create_table(
        "assessment_row",
        sa.Column("period_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("story", sa.String(length=36), nullable=True),
        sa.Column("thing_kind", sa.String(length=12), nullable=False),
        sa.Column("thing_id", sa.String(length=64), nullable=False),
        sa.Column("desk", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("rule_set", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("event_seqs", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["period_id"], ["assessment_period.id"], name=op.f("fk_assessment_row_period_id")),
        sa.PrimaryKeyConstraint("period_id", "number", name=op.f("pk_assessment_row")),
    )
    with op.batch_alter_table("assessment_row", schema=None) as batch_op:
        batch_op.create_index("ix_assessment_row_desk", ["period_id", "desk"], unique=False)
        batch_op.create_index("ix_assessment_row_person", ["period_id", "person", "number"], unique=False)

    op.create_table(
        "rule_set_trial",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("rule_set_id", sa.String(length=36), nullable=False),
        sa.Column("period_id", sa.String(length=36), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("against", sa.Integer(), nullable=False),
        sa.Column("up_to_seq", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["period_id"], ["assessment_period.id"], name=op.f("fk_rule_set_trial_period_id")),
        sa.ForeignKeyConstraint(["rule_set_id"], ["rule_set.id"], name=op.f("fk_rule_set_trial_rule_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_set_trial")),
    )
    with op.batch_alter_table("rule_set_trial", schema=None) as batch_op:
        batch_op.create_index("ix_rule_set_trial_list", ["at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rule_set_trial_rule_set_id"), ["rule_set_id"], unique=False)

    op.create_table(
        "story_grade",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("story_id", sa.String(length=36), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("story_type", sa.String(length=12), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_story_grade_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_grade")),
    )
    with op.batch_alter_table("story_grade", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_story_grade_story_id"), ["story_id"], unique=False)

    op.create_table(
        "story_pickup",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("story_id", sa.String(length=36), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("outlet", sa.String(length=100), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_story_pickup_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_pickup")),
        sa.UniqueConstraint("story_id", "url", name=op.f("uq_story_pickup_story_id_url")),
    )
    with op.batch_alter_table("exam_step", schema=None) as batch_op:
        batch_op.add_column(sa.Column("grade", sa.String(length=1), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("exam_step", schema=None) as batch_op:
        batch_op.drop_column("grade")

    op.drop_table("story_pickup")
    with op.batch_alter_table("story_grade", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_story_grade_story_id"))

    op.drop_table("story_grade")
    with op.batch_alter_table("rule_set_trial", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_set_trial_rule_set_id"))
        batch_op.drop_index("ix_rule_set_trial_list")

    op.drop_table("rule_set_trial")
    with op.batch_alter_table("assessment_row", schema=None) as batch_op:
        batch_op.drop_index("ix_assessment_row_person")
        batch_op.drop_index("ix_assessment_row_desk")

    op.drop_table("assessment_row")
    op.drop_table("assessment_figure")
    with op.batch_alter_table("assessment_appeal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assessment_appeal_period_id"))
        batch_op.drop_index("ix_assessment_appeal_list")

    op.drop_table("assessment_appeal")
    op.drop_table("rule_set")
    with op.batch_alter_table("assessment_period", schema=None) as batch_op:
        batch_op.drop_index("ix_assessment_period_list")

    op.drop_table("assessment_period")
