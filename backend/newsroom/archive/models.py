"""Runs of the import, and which item of which source became which story."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class ImportRun(Base):
    """One file being brought in 导入. `sha256` is the file's; the counts are of what has been committed so far."""

    __tablename__ = "import_run"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    kind: Mapped[str] = mapped_column(sa.String(8))
    source: Mapped[str] = mapped_column(sa.String(200))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    total: Mapped[int]
    done: Mapped[int]
    counts: Mapped[Any] = mapped_column(CanonicalJson)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImportItem(Base):
    """That an item was taken. `hash` is of what it said then, so that a change at its source is noticed later."""

    __tablename__ = "import_item"
    __table_args__ = (sa.UniqueConstraint("source", "key"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    run_id: Mapped[str] = mapped_column(sa.ForeignKey("import_run.id"), index=True)
    source: Mapped[str] = mapped_column(sa.String(200))
    key: Mapped[str] = mapped_column(sa.String(200))
    hash: Mapped[str] = mapped_column(sa.String(64))
    story_id: Mapped[str] = mapped_column(sa.ForeignKey("story.id"), index=True)
    media: Mapped[Any] = mapped_column(CanonicalJson)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
