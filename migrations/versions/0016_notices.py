"""notices with versions, corrections and explanations; planned works; the catalogue of services and windows"""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


_MOMENTS = ("effective_from", "effective_to")
_PLAIN = ("title", "category", "index_no", "doc_no")


def _fill_in(bind: sa.Connection) -> None:
    """Make what was published before the first version of itself, and ask for the end of what has one."""
    meta = sa.MetaData()
    meta.reflect(bind, only=["notice", "notice_town", "notice_version", "job"])
    notice, town, version, job = (meta.tables[name] for name in ("notice", "notice_town", "notice_version", "job"))
    towns: dict[str, list[str]] = {}
    for notice_id, town_id in bind.execute(sa.select(town.c.notice_id, town.c.town_id).order_by(town.c.town_id)):
        towns.setdefault(notice_id, []).append(town_id)
    for row in bind.execute(sa.select(notice).where(notice.c.published_at.is_not(None))).mappings().all():
        content = _content(row, towns.get(row["id"], []))
        gone = row["state"] == "withdrawn"
        bind.execute(
            version.insert().values(
                notice_id=row["id"],
                no=1,
                content=None if gone else content,
                author_id=row["author_id"],
                approved_by=row["approved_by"],
                published_at=row["published_at"],
                sha256=hashlib.sha256(content.encode()).hexdigest(),
            )
        )
        bind.execute(notice.update().where(notice.c.id == row["id"]).values(version=1))
        if row["effective_to"] is not None and not gone:
            bind.execute(job.insert().values(**_job(row)))


def _content(row: Any, towns: list[str]) -> str:
    """Write a content as backend.notices.content did when this migration was written."""
    content = {name: row[name] for name in _PLAIN} | {"towns": towns, "services": []}
    content |= {name: json.loads(row[name]) for name in ("body", "attachments")}
    content |= {name: row[name] and _iso(row[name]) for name in _MOMENTS}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _iso(moment: datetime) -> str:
    # SQLite forgets the zone, which is UTC.
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat(timespec="milliseconds")


def _job(row: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "kind": "notice.expire",
        "key": f"notice.expire:{row['id']}:1",
        "args": json.dumps({"id": row["id"]}, separators=(",", ":")),
        "lane": 5,
        "state": "ready",
        "run_at": row["effective_to"],
        "attempts": 0,
        "created_at": row["published_at"],
    }


def upgrade() -> None:
    op.create_table(
        "catalogue_entry",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("office_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=True),
        sa.Column("event", sa.String(length=20), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("draft", sa.Text(), nullable=True),
        sa.Column("draft_author", sa.String(length=36), nullable=True),
        sa.Column("approved_by", sa.String(length=36), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_catalogue_entry_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_entry")),
    )
    with op.batch_alter_table("catalogue_entry", schema=None) as batch_op:
        batch_op.create_index("ix_catalogue_entry_office", ["office_id", "kind", "created_at", "id"], unique=False)
        batch_op.create_index("ix_catalogue_entry_public", ["kind", "state", "published_at", "id"], unique=False)

    op.create_table(
        "notice_number",
        sa.Column("office_id", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_notice_number_office_id")),
        sa.PrimaryKeyConstraint("office_id", "year", name=op.f("pk_notice_number")),
    )
    op.create_table(
        "article_item",
        sa.Column("article_id", sa.String(length=36), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_article_item_article_id")),
        sa.PrimaryKeyConstraint("article_id", "item_id", name=op.f("pk_article_item")),
    )
    with op.batch_alter_table("article_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_article_item_item_id"), ["item_id"], unique=False)

    op.create_table(
        "catalogue_version",
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("author_id", sa.String(length=36), nullable=False),
        sa.Column("approved_by", sa.String(length=36), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["catalogue_entry.id"], name=op.f("fk_catalogue_version_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", "no", name=op.f("pk_catalogue_version")),
    )
    op.create_table(
        "notice_service",
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_service_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", "item_id", name=op.f("pk_notice_service")),
    )
    with op.batch_alter_table("notice_service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_service_item_id"), ["item_id"], unique=False)

    op.create_table(
        "notice_version",
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.Column("author_id", sa.String(length=36), nullable=False),
        sa.Column("approved_by", sa.String(length=36), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_version_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", "no", name=op.f("pk_notice_version")),
    )
    op.create_table(
        "planned_work",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("office_id", sa.String(length=64), nullable=False),
        sa.Column("notice_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("towns", sa.Text(), nullable=False),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("radius_m", sa.Integer(), nullable=True),
        sa.Column("polygon", sa.Text(), nullable=True),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(length=36), nullable=False),
        sa.Column("approved_by", sa.String(length=36), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_planned_work_notice_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_planned_work_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_work")),
    )
    with op.batch_alter_table("planned_work", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_planned_work_notice_id"), ["notice_id"], unique=False)
        batch_op.create_index("ix_planned_work_office", ["office_id", "created_at", "id"], unique=False)
        batch_op.create_index("ix_planned_work_public", ["state", "ends_at"], unique=False)

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("services", sa.Text(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("supersedes_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("superseded_by", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("return_reason", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("correction", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("explanation", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("explanation_draft", sa.Text(), nullable=True))

    _fill_in(op.get_bind())


def downgrade() -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_column("explanation_draft")
        batch_op.drop_column("explanation")
        batch_op.drop_column("correction")
        batch_op.drop_column("return_reason")
        batch_op.drop_column("superseded_by")
        batch_op.drop_column("supersedes_id")
        batch_op.drop_column("services")
        batch_op.drop_column("version")

    with op.batch_alter_table("planned_work", schema=None) as batch_op:
        batch_op.drop_index("ix_planned_work_public")
        batch_op.drop_index("ix_planned_work_office")
        batch_op.drop_index(batch_op.f("ix_planned_work_notice_id"))

    op.drop_table("planned_work")
    op.drop_table("notice_version")
    with op.batch_alter_table("notice_service", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_service_item_id"))

    op.drop_table("notice_service")
    op.drop_table("catalogue_version")
    with op.batch_alter_table("article_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_article_item_item_id"))

    op.drop_table("article_item")
    op.drop_table("notice_number")
    with op.batch_alter_table("catalogue_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_catalogue_entry_public")
        batch_op.drop_index("ix_catalogue_entry_office")

    op.drop_table("catalogue_entry")
