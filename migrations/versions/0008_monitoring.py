"""monitoring: doubted counters, looks at posts after their receipts, opinion items with rules and alerts"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "opinion_rule",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_rule")),
    )
    with op.batch_alter_table("opinion_rule", schema=None) as batch_op:
        batch_op.create_index("ix_opinion_rule_list", ["updated_at", "id"], unique=False)

    op.create_table(
        "opinion_rule_version",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("rule_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["rule_id"], ["opinion_rule.id"], name=op.f("fk_opinion_rule_version_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_rule_version")),
        sa.UniqueConstraint("rule_id", "number", name=op.f("uq_opinion_rule_version_rule_id_number")),
    )
    op.create_table(
        "town_places",
        sa.Column("town_id", sa.String(length=64), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["town_id"], ["town.id"], name=op.f("fk_town_places_town_id")),
        sa.PrimaryKeyConstraint("town_id", name=op.f("pk_town_places")),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("rule_id", sa.String(length=36), nullable=False),
        sa.Column("rule_number", sa.Integer(), nullable=False),
        sa.Column("group_key", sa.String(length=64), nullable=False),
        sa.Column("heat", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("triaged_by", sa.String(length=36), nullable=True),
        sa.Column("triaged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_by", sa.String(length=36), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.String(length=36), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=36), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assigned_by"], ["account.id"], name=op.f("fk_alert_assigned_by")),
        sa.ForeignKeyConstraint(["closed_by"], ["account.id"], name=op.f("fk_alert_closed_by")),
        sa.ForeignKeyConstraint(["handled_by"], ["account.id"], name=op.f("fk_alert_handled_by")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_alert_owner_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["opinion_rule.id"], name=op.f("fk_alert_rule_id")),
        sa.ForeignKeyConstraint(["triaged_by"], ["account.id"], name=op.f("fk_alert_triaged_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index("ix_alert_group", ["group_key", "state"], unique=False)
        batch_op.create_index("ix_alert_list", ["updated_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_alert_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_alert_rule_id"), ["rule_id"], unique=False)
        batch_op.create_index("ix_alert_state", ["state", "due_at"], unique=False)

    op.create_table(
        "monitoring_limits",
        sa.Column("id", sa.String(length=8), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(length=36), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_monitoring_limits_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitoring_limits")),
    )
    op.create_table(
        "alert_link",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("thing_id", sa.String(length=36), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_link_alert_id")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_alert_link_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_link")),
    )
    with op.batch_alter_table("alert_link", schema=None) as batch_op:
        batch_op.create_index("ix_alert_link_alert", ["alert_id"], unique=False)
        batch_op.create_index("ix_alert_link_thing", ["kind", "thing_id"], unique=False)

    op.create_table(
        "opinion_item",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("stance", sa.String(length=8), nullable=False),
        sa.Column("topic_id", sa.String(length=36), nullable=True),
        sa.Column("towns", sa.Text(), nullable=False),
        sa.Column("heat", sa.BigInteger(), nullable=False),
        sa.Column("heat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_opinion_item_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_item")),
        sa.UniqueConstraint("key", name=op.f("uq_opinion_item_key")),
    )
    with op.batch_alter_table("opinion_item", schema=None) as batch_op:
        batch_op.create_index("ix_opinion_item_list", ["updated_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opinion_item_topic_id"), ["topic_id"], unique=False)

    op.create_table(
        "alert_item",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_item_alert_id")),
        sa.ForeignKeyConstraint(["item_id"], ["opinion_item.id"], name=op.f("fk_alert_item_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_item")),
        sa.UniqueConstraint("alert_id", "item_id", name=op.f("uq_alert_item_alert_id_item_id")),
    )
    with op.batch_alter_table("alert_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_item_item_id"), ["item_id"], unique=False)

    op.create_table(
        "opinion_heat",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heat", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["opinion_item.id"], name=op.f("fk_opinion_heat_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_heat")),
        sa.UniqueConstraint("item_id", "at", name=op.f("uq_opinion_heat_item_id_at")),
    )
    op.create_table(
        "receipt_watch",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("publication_id", sa.String(length=36), nullable=False),
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("step", sa.String(length=4), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("signed_hash", sa.String(length=64), nullable=False),
        sa.Column("expected_hash", sa.String(length=64), nullable=True),
        sa.Column("shown_hash", sa.String(length=64), nullable=True),
        sa.Column("signer_id", sa.String(length=36), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_receipt_watch_channel_id")),
        sa.ForeignKeyConstraint(["publication_id"], ["publication.id"], name=op.f("fk_receipt_watch_publication_id")),
        sa.ForeignKeyConstraint(["signer_id"], ["account.id"], name=op.f("fk_receipt_watch_signer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_watch")),
        sa.UniqueConstraint("publication_id", "step", name=op.f("uq_receipt_watch_publication_id_step")),
    )
    with op.batch_alter_table("receipt_watch", schema=None) as batch_op:
        batch_op.create_index("ix_receipt_watch_list", ["due", "id"], unique=False)
        batch_op.create_index("ix_receipt_watch_open", ["outcome", "due"], unique=False)

    op.create_table(
        "metric_suspect",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sample_id", sa.String(length=36), nullable=False),
        sa.Column("publication_id", sa.String(length=36), nullable=False),
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("metric", sa.String(length=12), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("grown", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(length=8), nullable=False),
        sa.Column("normal", sa.BigInteger(), nullable=False),
        sa.Column("limit", sa.BigInteger(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_metric_suspect_channel_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_metric_suspect_decided_by")),
        sa.ForeignKeyConstraint(["publication_id"], ["publication.id"], name=op.f("fk_metric_suspect_publication_id")),
        sa.ForeignKeyConstraint(["sample_id"], ["metric_sample.id"], name=op.f("fk_metric_suspect_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_suspect")),
        sa.UniqueConstraint("sample_id", name=op.f("uq_metric_suspect_sample_id")),
    )
    with op.batch_alter_table("metric_suspect", schema=None) as batch_op:
        batch_op.create_index("ix_metric_suspect_list", ["found_at", "id"], unique=False)
        batch_op.create_index("ix_metric_suspect_post", ["publication_id", "metric", "state"], unique=False)

    with op.batch_alter_table("case_target", schema=None) as batch_op:
        batch_op.add_column(sa.Column("late_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.add_column(sa.Column("alert_ids", sa.Text(), nullable=True))

    with op.batch_alter_table("metric_sample", schema=None) as batch_op:
        batch_op.add_column(sa.Column("devices", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("publication_case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("alert_ids", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("scan_hit_ids", sa.Text(), nullable=True))

    with op.batch_alter_table("scan_hit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=10), server_default="open", nullable=False))
        batch_op.add_column(sa.Column("case_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("decided_by", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.String(length=300), nullable=True))

    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("alert_ids", sa.Text(), nullable=True))

    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.add_column(sa.Column("alert_ids", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.drop_column("alert_ids")

    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.drop_column("alert_ids")

    with op.batch_alter_table("scan_hit", schema=None) as batch_op:
        batch_op.drop_column("reason")
        batch_op.drop_column("decided_at")
        batch_op.drop_column("decided_by")
        batch_op.drop_column("case_id")
        batch_op.drop_column("state")

    with op.batch_alter_table("publication_case", schema=None) as batch_op:
        batch_op.drop_column("scan_hit_ids")
        batch_op.drop_column("alert_ids")

    with op.batch_alter_table("metric_sample", schema=None) as batch_op:
        batch_op.drop_column("devices")

    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_column("alert_ids")

    with op.batch_alter_table("case_target", schema=None) as batch_op:
        batch_op.drop_column("late_at")

    with op.batch_alter_table("metric_suspect", schema=None) as batch_op:
        batch_op.drop_index("ix_metric_suspect_post")
        batch_op.drop_index("ix_metric_suspect_list")

    op.drop_table("metric_suspect")
    with op.batch_alter_table("receipt_watch", schema=None) as batch_op:
        batch_op.drop_index("ix_receipt_watch_open")
        batch_op.drop_index("ix_receipt_watch_list")

    op.drop_table("receipt_watch")
    op.drop_table("opinion_heat")
    with op.batch_alter_table("alert_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_item_item_id"))

    op.drop_table("alert_item")
    with op.batch_alter_table("opinion_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opinion_item_topic_id"))
        batch_op.drop_index("ix_opinion_item_list")

    op.drop_table("opinion_item")
    with op.batch_alter_table("alert_link", schema=None) as batch_op:
        batch_op.drop_index("ix_alert_link_thing")
        batch_op.drop_index("ix_alert_link_alert")

    op.drop_table("alert_link")
    op.drop_table("monitoring_limits")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index("ix_alert_state")
        batch_op.drop_index(batch_op.f("ix_alert_rule_id"))
        batch_op.drop_index(batch_op.f("ix_alert_owner_id"))
        batch_op.drop_index("ix_alert_list")
        batch_op.drop_index("ix_alert_group")

    op.drop_table("alert")
    op.drop_table("town_places")
    op.drop_table("opinion_rule_version")
    with op.batch_alter_table("opinion_rule", schema=None) as batch_op:
        batch_op.drop_index("ix_opinion_rule_list")

    op.drop_table("opinion_rule")
