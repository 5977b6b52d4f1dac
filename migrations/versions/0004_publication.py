"""publication: channels, the queue with its receipts, cases of correction and withdrawal, samples of counters"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "channel",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("takes", sa.Text(), nullable=False),
        sa.Column("can", sa.Text(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("parallel", sa.Integer(), nullable=False),
        sa.Column("ordered", sa.String(length=8), nullable=False),
        sa.Column("queued", sa.Integer(), nullable=False),
        sa.Column("parked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parked_code", sa.String(length=40), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("halted_by", sa.String(length=36), nullable=True),
        sa.Column("halted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["halted_by"], ["account.id"], name=op.f("fk_channel_halted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
    )
    op.create_table(
        "channel_token",
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetching_by", sa.String(length=64), nullable=True),
        sa.Column("fetching_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_channel_token_channel_id")),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_channel_token")),
    )
    op.create_table(
        "channel_upload",
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("media_id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_channel_upload_channel_id")),
        sa.PrimaryKeyConstraint("channel_id", "media_id", "purpose", name=op.f("pk_channel_upload")),
    )
    op.create_table(
        "publication_case",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("story_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("severity", sa.String(length=2), nullable=False),
        sa.Column("cause_step", sa.String(length=12), nullable=True),
        sa.Column("headline", sa.String(length=200), nullable=False),
        sa.Column("found_by", sa.String(length=100), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("reason_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.String(length=36), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_publication_case_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_case")),
    )
    with op.batch_alter_table("publication_case", schema=None) as batch_op:
        batch_op.create_index("ix_publication_case_list", ["updated_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_publication_case_story_id"), ["story_id"], unique=False)

    op.create_table(
        "publication",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("story_id", sa.String(length=36), nullable=False),
        sa.Column("rendition_id", sa.String(length=36), nullable=True),
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("about_id", sa.String(length=36), nullable=True),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("headline", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("exam_id", sa.String(length=36), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("embargo", sa.Boolean(), nullable=False),
        sa.Column("force_reason", sa.String(length=300), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("words", sa.String(length=300), nullable=True),
        sa.Column("field", sa.String(length=60), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("expected_hash", sa.String(length=64), nullable=True),
        sa.Column("shown_hash", sa.String(length=64), nullable=True),
        sa.Column("queued_by", sa.String(length=36), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["about_id"], ["publication.id"], name=op.f("fk_publication_about_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_publication_channel_id")),
        sa.ForeignKeyConstraint(["rendition_id"], ["rendition.id"], name=op.f("fk_publication_rendition_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_publication_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("key", name=op.f("uq_publication_key")),
    )
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_publication_about_id"), ["about_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_publication_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_publication_external", ["channel_id", "external_id"], unique=False)
        batch_op.create_index("ix_publication_list", ["updated_at", "id"], unique=False)
        batch_op.create_index("ix_publication_queue", ["channel_id", "state", "number"], unique=False)
        batch_op.create_index(batch_op.f("ix_publication_rendition_id"), ["rendition_id"], unique=False)
        batch_op.create_index("ix_publication_story", ["story_id", "channel_id", "number"], unique=False)

    op.create_table(
        "case_target",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("publication_id", sa.String(length=36), nullable=False),
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("ways", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("orders", sa.Text(), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=True),
        sa.Column("proof", sa.String(length=36), nullable=True),
        sa.Column("told", sa.String(length=300), nullable=True),
        sa.Column("proved_by", sa.String(length=36), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["publication_case.id"], name=op.f("fk_case_target_case_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_case_target_channel_id")),
        sa.ForeignKeyConstraint(["publication_id"], ["publication.id"], name=op.f("fk_case_target_publication_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_target")),
        sa.UniqueConstraint("case_id", "publication_id", name=op.f("uq_case_target_case_id_publication_id")),
    )
    with op.batch_alter_table("case_target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_target_publication_id"), ["publication_id"], unique=False)

    op.create_table(
        "metric_sample",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("publication_id", sa.String(length=36), nullable=False),
        sa.Column("metric", sa.String(length=12), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("fell", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["publication_id"], ["publication.id"], name=op.f("fk_metric_sample_publication_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_sample")),
        sa.UniqueConstraint(
            "publication_id", "metric", "batch", name=op.f("uq_metric_sample_publication_id_metric_batch")
        ),
    )
    with op.batch_alter_table("metric_sample", schema=None) as batch_op:
        batch_op.create_index("ix_metric_sample", ["publication_id", "metric", "at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("metric_sample", schema=None) as batch_op:
        batch_op.drop_index("ix_metric_sample")

    op.drop_table("metric_sample")
    with op.batch_alter_table("case_target", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_target_publication_id"))

    op.drop_table("case_target")
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.drop_index("ix_publication_story")
        batch_op.drop_index(batch_op.f("ix_publication_rendition_id"))
        batch_op.drop_index("ix_publication_queue")
        batch_op.drop_index("ix_publication_list")
        batch_op.drop_index("ix_publication_external")
        batch_op.drop_index(batch_op.f("ix_publication_case_id"))
        batch_op.drop_index(batch_op.f("ix_publication_about_id"))

    op.drop_table("publication")
    with op.batch_alter_table("publication_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_publication_case_story_id"))
        batch_op.drop_index("ix_publication_case_list")

    op.drop_table("publication_case")
    op.drop_table("channel_upload")
    op.drop_table("channel_token")
    op.drop_table("channel")
