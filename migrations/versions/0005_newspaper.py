"""the newspaper: issues, their pages, and the slots on these"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "paper_issue",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=12), nullable=False),
        sa.Column("press_deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("editor", sa.String(length=40), nullable=False),
        sa.Column("laid_out_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.String(length=36), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_paper_issue_created_by")),
        sa.ForeignKeyConstraint(["signed_by"], ["account.id"], name=op.f("fk_paper_issue_signed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_issue")),
        sa.UniqueConstraint("date", name=op.f("uq_paper_issue_date")),
        sa.UniqueConstraint("number", name=op.f("uq_paper_issue_number")),
    )
    with op.batch_alter_table("paper_issue", schema=None) as batch_op:
        batch_op.create_index("ix_paper_issue_list", ["updated_at", "id"], unique=False)

    op.create_table(
        "paper_page",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("issue_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["paper_issue.id"], name=op.f("fk_paper_page_issue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_page")),
        sa.UniqueConstraint("issue_id", "number", name=op.f("uq_paper_page_issue_id_number")),
    )
    op.create_table(
        "paper_slot",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("issue_id", sa.String(length=36), nullable=False),
        sa.Column("page_id", sa.String(length=36), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("w", sa.Integer(), nullable=False),
        sa.Column("h", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("headline_width", sa.Integer(), nullable=False),
        sa.Column("max_chars", sa.Integer(), nullable=False),
        sa.Column("picture_columns", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("rendition_id", sa.String(length=36), nullable=True),
        sa.Column("story_id", sa.String(length=36), nullable=True),
        sa.Column("publication_id", sa.String(length=36), nullable=True),
        sa.Column("picture", sa.String(length=36), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("notice", sa.String(length=300), nullable=True),
        sa.Column("target_id", sa.String(length=36), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("correction", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["paper_issue.id"], name=op.f("fk_paper_slot_issue_id")),
        sa.ForeignKeyConstraint(["page_id"], ["paper_page.id"], name=op.f("fk_paper_slot_page_id")),
        sa.ForeignKeyConstraint(["picture"], ["media.id"], name=op.f("fk_paper_slot_picture")),
        sa.ForeignKeyConstraint(["publication_id"], ["publication.id"], name=op.f("fk_paper_slot_publication_id")),
        sa.ForeignKeyConstraint(["rendition_id"], ["rendition.id"], name=op.f("fk_paper_slot_rendition_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_paper_slot_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_slot")),
        sa.UniqueConstraint("page_id", "no", name=op.f("uq_paper_slot_page_id_no")),
    )
    with op.batch_alter_table("paper_slot", schema=None) as batch_op:
        for column in ("issue_id", "rendition_id", "story_id", "target_id"):
            batch_op.create_index(op.f(f"ix_paper_slot_{column}"), [column], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("paper_slot", schema=None) as batch_op:
        for column in ("target_id", "story_id", "rendition_id", "issue_id"):
            batch_op.drop_index(op.f(f"ix_paper_slot_{column}"))

    op.drop_table("paper_slot")
    op.drop_table("paper_page")
    with op.batch_alter_table("paper_issue", schema=None) as batch_op:
        batch_op.drop_index("ix_paper_issue_list")

    op.drop_table("paper_issue")
