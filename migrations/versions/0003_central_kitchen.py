"""the central kitchen: planning, interview, editing and examination take the place of the single signature"""

import sqlalchemy as sa
from alembic import op

from migrations.first_cut import carry_over

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("about_kind", sa.String(length=16), nullable=False),
        sa.Column("about_id", sa.String(length=36), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sa.UniqueConstraint("key", name=op.f("uq_alarm_key")),
    )
    with op.batch_alter_table("alarm", schema=None) as batch_op:
        batch_op.create_index("ix_alarm_open", ["state", "raised_at"], unique=False)

    op.create_table(
        "check_report",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("target", sa.String(length=12), nullable=False),
        sa.Column("target_id", sa.String(length=36), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("dictionary_version", sa.Integer(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_report")),
    )
    with op.batch_alter_table("check_report", schema=None) as batch_op:
        batch_op.create_index("ix_check_report", ["target", "target_id", "at"], unique=False)

    op.create_table(
        "link_state",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("href", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_state")),
    )
    op.create_table(
        "dictionary_version",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("editors", sa.Text(), nullable=False),
        sa.Column("test", sa.Text(), nullable=True),
        sa.Column("activated_by", sa.String(length=36), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dictionary_version")),
        sa.UniqueConstraint("number", name=op.f("uq_dictionary_version_number")),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
    )
    op.create_table(
        "directive",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sender", sa.String(length=100), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("desks", sa.Text(), nullable=False),
        sa.Column("acks", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.String(length=36), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["issued_by"], ["account.id"], name=op.f("fk_directive_issued_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directive")),
    )
    with op.batch_alter_table("directive", schema=None) as batch_op:
        batch_op.create_index("ix_directive_list", ["updated_at", "id"], unique=False)

    op.create_table(
        "lead",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("source_ref", sa.String(length=200), nullable=True),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("place_key", sa.String(length=100), nullable=False),
        sa.Column("heat", sa.Integer(), nullable=False),
        sa.Column("dup_of", sa.String(length=36), nullable=True),
        sa.Column("topic_id", sa.String(length=36), nullable=True),
        sa.Column("verified_by", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_lead_created_by")),
        sa.ForeignKeyConstraint(["dup_of"], ["lead.id"], name=op.f("fk_lead_dup_of")),
        sa.ForeignKeyConstraint(["verified_by"], ["account.id"], name=op.f("fk_lead_verified_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
    )
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.create_index("ix_lead_list", ["updated_at", "id"], unique=False)
        batch_op.create_index("ix_lead_place", ["place_key", "created_at"], unique=False)

    op.create_table(
        "lease",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("thing_id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.String(length=36), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("draft", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["holder_id"], ["account.id"], name=op.f("fk_lease_holder_id")),
        sa.PrimaryKeyConstraint("kind", "thing_id", name=op.f("pk_lease")),
    )
    op.create_table(
        "material",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("media_id", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("rights", sa.Text(), nullable=False),
        sa.Column("subjects", sa.String(length=12), nullable=False),
        sa.Column("consent", sa.Text(), nullable=True),
        sa.Column("source_contact", sa.String(length=100), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.String(length=36), nullable=False),
        sa.Column("checked_by", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["checked_by"], ["account.id"], name=op.f("fk_material_checked_by")),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_material_media_id")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["account.id"], name=op.f("fk_material_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
    )
    with op.batch_alter_table("material", schema=None) as batch_op:
        batch_op.create_index("ix_material_list", ["updated_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_material_media_id"), ["media_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_material_sha256"), ["sha256"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attendees", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("decisions", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_meeting_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    op.create_table(
        "scan_hit",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("headline", sa.String(length=200), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_scan_hit_article_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_hit")),
        sa.UniqueConstraint("version", "article_id", name=op.f("uq_scan_hit_version_article_id")),
    )
    op.create_table(
        "topic",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("angle", sa.String(length=500), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("class", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("owner_desk", sa.String(length=64), nullable=False),
        sa.Column("budget_points", sa.Integer(), nullable=False),
        sa.Column("window_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("embargo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead_ids", sa.Text(), nullable=False),
        sa.Column("meeting_id", sa.String(length=36), nullable=True),
        sa.Column("directive_id", sa.String(length=36), nullable=True),
        sa.Column("proposer_id", sa.String(length=36), nullable=False),
        sa.Column("submitted_by", sa.String(length=36), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("postponed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_topic_decided_by")),
        sa.ForeignKeyConstraint(["directive_id"], ["directive.id"], name=op.f("fk_topic_directive_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_topic_meeting_id")),
        sa.ForeignKeyConstraint(["owner_desk"], ["desk.id"], name=op.f("fk_topic_owner_desk")),
        sa.ForeignKeyConstraint(["proposer_id"], ["account.id"], name=op.f("fk_topic_proposer_id")),
        sa.ForeignKeyConstraint(["submitted_by"], ["account.id"], name=op.f("fk_topic_submitted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic")),
    )
    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.create_index("ix_topic_list", ["updated_at", "id"], unique=False)

    op.create_table(
        "coverage",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("topic_id", sa.String(length=36), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["desk"], ["desk.id"], name=op.f("fk_coverage_desk")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_coverage_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage")),
        sa.UniqueConstraint("topic_id", "no", name=op.f("uq_coverage_topic_id_no")),
    )
    with op.batch_alter_table("coverage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coverage_topic_id"), ["topic_id"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("topic_id", sa.String(length=36), nullable=False),
        sa.Column("coverage_id", sa.String(length=36), nullable=False),
        sa.Column("coverage_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("reporters", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gear", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=100), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("safety_note", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("replaces", sa.String(length=36), nullable=True),
        sa.Column("tried", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("on_site_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["coverage_id"], ["coverage.id"], name=op.f("fk_assignment_coverage_id")),
        sa.ForeignKeyConstraint(["desk"], ["desk.id"], name=op.f("fk_assignment_desk")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_assignment_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_coverage_id"), ["coverage_id"], unique=False)
        batch_op.create_index("ix_assignment_list", ["updated_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_topic_id"), ["topic_id"], unique=False)

    op.create_table(
        "assignment_material",
        sa.Column("assignment_id", sa.String(length=36), nullable=False),
        sa.Column("material_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_assignment_material_assignment_id")
        ),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_assignment_material_material_id")),
        sa.PrimaryKeyConstraint("assignment_id", "material_id", name=op.f("pk_assignment_material")),
    )
    with op.batch_alter_table("assignment_material", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_material_material_id"), ["material_id"], unique=False)

    op.create_table(
        "exam",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("target", sa.String(length=12), nullable=False),
        sa.Column("target_id", sa.String(length=36), nullable=False),
        sa.Column("story_id", sa.String(length=36), nullable=False),
        sa.Column("headline", sa.String(length=200), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.String(length=12), nullable=False),
        sa.Column("policy", sa.String(length=8), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("opened_by", sa.String(length=36), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opener_id", sa.String(length=36), nullable=True),
        sa.Column("signed_by", sa.String(length=36), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_hash", sa.String(length=64), nullable=True),
        sa.Column("review_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["opened_by"], ["account.id"], name=op.f("fk_exam_opened_by")),
        sa.ForeignKeyConstraint(["opener_id"], ["account.id"], name=op.f("fk_exam_opener_id")),
        sa.ForeignKeyConstraint(["signed_by"], ["account.id"], name=op.f("fk_exam_signed_by")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_exam_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam")),
    )
    with op.batch_alter_table("exam", schema=None) as batch_op:
        batch_op.create_index("ix_exam_list", ["updated_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exam_opener_id"), ["opener_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exam_story_id"), ["story_id"], unique=False)
        batch_op.create_index("ix_exam_target", ["target", "target_id"], unique=False)

    op.create_table(
        "package",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.String(length=36), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_package_created_by")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_package_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package")),
        sa.UniqueConstraint("story_id", name=op.f("uq_package_story_id")),
    )
    op.create_table(
        "story_version",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("story_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("branch", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_story_version_by")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_story_version_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_version")),
    )
    with op.batch_alter_table("story_version", schema=None) as batch_op:
        batch_op.create_index("ix_story_version", ["story_id", "number"], unique=False)
        batch_op.create_index(batch_op.f("ix_story_version_content_hash"), ["content_hash"], unique=False)

    op.create_table(
        "exam_step",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("exam_id", sa.String(length=36), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=True),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("edits", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=12), nullable=True),
        sa.Column("block_id", sa.String(length=64), nullable=True),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("read_ms", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_exam_step_actor_id")),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_exam_step_exam_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_step")),
        sa.UniqueConstraint("exam_id", "round", "position", name=op.f("uq_exam_step_exam_id_round_position")),
    )
    with op.batch_alter_table("exam_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exam_step_actor_id"), ["actor_id"], unique=False)

    op.create_table(
        "opinion",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("exam_id", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expert", sa.String(length=100), nullable=False),
        sa.Column("question", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.String(length=36), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_opinion_asked_by")),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_opinion_exam_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_opinion_token_hash")),
    )
    with op.batch_alter_table("opinion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opinion_exam_id"), ["exam_id"], unique=False)

    op.create_table(
        "rendition",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("package_id", sa.String(length=36), nullable=False),
        sa.Column("story_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("story_version", sa.Integer(), nullable=False),
        sa.Column("story_hash", sa.String(length=64), nullable=False),
        sa.Column("transform", sa.String(length=12), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("exam_id", sa.String(length=36), nullable=True),
        sa.Column("signed_hash", sa.String(length=64), nullable=True),
        sa.Column("writers", sa.Text(), nullable=False),
        sa.Column("new_sentences", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], name=op.f("fk_rendition_package_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_rendition_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rendition")),
        sa.UniqueConstraint("package_id", "kind", name=op.f("uq_rendition_package_id_kind")),
    )
    with op.batch_alter_table("rendition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rendition_story_id"), ["story_id"], unique=False)

    op.create_table(
        "import_run",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_run_sha256"), ["sha256"], unique=False)

    op.create_table(
        "import_item",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("story_id", sa.String(length=36), nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_import_item_run_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_import_item_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_item")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_import_item_source_key")),
    )
    with op.batch_alter_table("import_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_item_run_id"), ["run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_item_story_id"), ["story_id"], unique=False)

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("unit", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("skills", sa.Text(), nullable=False, server_default="[]"))
        batch_op.create_index(batch_op.f("ix_account_person_id"), ["person_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_account_unit"), "unit", ["unit"], ["id"])

    with op.batch_alter_table("desk", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unit", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("sla", sa.Text(), nullable=False, server_default="{}"))
        batch_op.create_foreign_key(batch_op.f("fk_desk_unit"), "unit", ["unit"], ["id"])

    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.add_column(sa.Column("work", sa.String(length=12), nullable=False, server_default="none"))
        batch_op.add_column(sa.Column("progress", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("duration_s", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("loudness", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("poster", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("streams", sa.Text(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("problem", sa.String(length=200), nullable=True))

    with op.batch_alter_table("story", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subtitle", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("sensitivity", sa.String(length=8), nullable=False, server_default="normal"))
        batch_op.add_column(sa.Column("language", sa.String(length=8), nullable=False, server_default="zh-CN"))
        batch_op.add_column(sa.Column("shares", sa.Text(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("topic_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("assignment_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("text_version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("exam_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("correction", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("origin", sa.String(length=300), nullable=True))
        batch_op.create_index(batch_op.f("ix_story_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_story_topic_id"), ["topic_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_story_topic_id"), "topic", ["topic_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_story_assignment_id"), "assignment", ["assignment_id"], ["id"])

    carry_over()


def downgrade() -> None:
    with op.batch_alter_table("media", schema=None) as batch_op:
        for name in ("problem", "streams", "poster", "loudness", "duration_s", "progress", "work"):
            batch_op.drop_column(name)

    with op.batch_alter_table("story", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_story_assignment_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_story_topic_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_story_topic_id"))
        batch_op.drop_index(batch_op.f("ix_story_assignment_id"))
        batch_op.drop_column("origin")
        batch_op.drop_column("correction")
        batch_op.drop_column("exam_id")
        batch_op.drop_column("text_version")
        batch_op.drop_column("assignment_id")
        batch_op.drop_column("topic_id")
        batch_op.drop_column("shares")
        batch_op.drop_column("language")
        batch_op.drop_column("sensitivity")
        batch_op.drop_column("subtitle")

    with op.batch_alter_table("desk", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_desk_unit"), type_="foreignkey")
        batch_op.drop_column("sla")
        batch_op.drop_column("unit")

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_account_unit"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_account_person_id"))
        batch_op.drop_column("skills")
        batch_op.drop_column("unit")
        batch_op.drop_column("person_id")

    with op.batch_alter_table("import_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_item_story_id"))
        batch_op.drop_index(batch_op.f("ix_import_item_run_id"))

    op.drop_table("import_item")
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_run_sha256"))

    op.drop_table("import_run")
    with op.batch_alter_table("rendition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rendition_story_id"))

    op.drop_table("rendition")
    with op.batch_alter_table("opinion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opinion_exam_id"))

    op.drop_table("opinion")
    with op.batch_alter_table("exam_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_step_actor_id"))

    op.drop_table("exam_step")
    with op.batch_alter_table("story_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_story_version_content_hash"))
        batch_op.drop_index("ix_story_version")

    op.drop_table("story_version")
    op.drop_table("package")
    with op.batch_alter_table("exam", schema=None) as batch_op:
        batch_op.drop_index("ix_exam_target")
        batch_op.drop_index(batch_op.f("ix_exam_story_id"))
        batch_op.drop_index(batch_op.f("ix_exam_opener_id"))
        batch_op.drop_index("ix_exam_list")

    op.drop_table("exam")
    with op.batch_alter_table("assignment_material", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_material_material_id"))

    op.drop_table("assignment_material")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_topic_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_state"))
        batch_op.drop_index("ix_assignment_list")
        batch_op.drop_index(batch_op.f("ix_assignment_coverage_id"))

    op.drop_table("assignment")
    with op.batch_alter_table("coverage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coverage_topic_id"))

    op.drop_table("coverage")
    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.drop_index("ix_topic_list")

    op.drop_table("topic")
    op.drop_table("scan_hit")
    op.drop_table("meeting")
    with op.batch_alter_table("material", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_material_sha256"))
        batch_op.drop_index(batch_op.f("ix_material_media_id"))
        batch_op.drop_index("ix_material_list")

    op.drop_table("material")
    op.drop_table("lease")
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_index("ix_lead_place")
        batch_op.drop_index("ix_lead_list")

    op.drop_table("lead")
    with op.batch_alter_table("directive", schema=None) as batch_op:
        batch_op.drop_index("ix_directive_list")

    op.drop_table("directive")
    op.drop_table("unit")
    op.drop_table("dictionary_version")
    op.drop_table("link_state")
    with op.batch_alter_table("check_report", schema=None) as batch_op:
        batch_op.drop_index("ix_check_report")

    op.drop_table("check_report")
    with op.batch_alter_table("alarm", schema=None) as batch_op:
        batch_op.drop_index("ix_alarm_open")

    op.drop_table("alarm")
