"""what search knows and the engine's index of it, and what the routing aid suggested"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    create_search()
    create_routing()


def create_search() -> None:
    op.create_table(
        "search_doc",
        sa.Column("doc_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("thing_id", sa.String(length=64), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("title_line", sa.Text(), nullable=False),
        sa.Column("text_line", sa.Text(), nullable=False),
        sa.Column("spelt", sa.Text(), nullable=False),
        sa.Column("section", sa.String(length=64), nullable=True),
        sa.Column("office", sa.String(length=64), nullable=True),
        sa.Column("towns", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("doc_no", name=op.f("pk_search_doc")),
        sa.UniqueConstraint("kind", "thing_id", name="uq_search_doc_thing"),
    )
    # The index is filled on the next start: what is public is known to the application, not to a migration.
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5("
            "words, detail=none, columnsize=0, tokenize=\"unicode61 remove_diacritics 0 tokenchars ':='\")"
        )
    else:
        op.execute("CREATE TABLE search_index (doc_no bigint PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_search_index_words ON search_index USING gin (words) WITH (fastupdate = off)")


def create_routing() -> None:
    op.create_table(
        "routing_word",
        sa.Column("service_id", sa.String(length=64), nullable=False),
        sa.Column("word", sa.String(length=20), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_routing_word_service_id")),
        sa.PrimaryKeyConstraint("service_id", "word", name=op.f("pk_routing_word")),
    )
    op.create_table(
        "routing_suggestion",
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("duplicates", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chosen_service", sa.String(length=64), nullable=True),
        sa.Column("chosen_office", sa.String(length=64), nullable=True),
        sa.Column("merged_into", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_routing_suggestion_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_routing_suggestion")),
    )


def downgrade() -> None:
    op.drop_table("routing_suggestion")
    op.drop_table("routing_word")
    op.execute("DROP TABLE search_index")
    op.drop_table("search_doc")
