"""Entries of the catalogue: items (what one can have done) and windows (where), with all published versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class CatalogueEntry(Base):
    """An item or a window of one office.

    `content` is what everybody reads, `draft` what waits for its second person; both have the shape of the form of
    their kind. `title`, `category` and `event` repeat what is in `content`, or in the draft of what is not public yet,
    for lists and search.
    """

    __tablename__ = "catalogue_entry"
    __table_args__ = (
        sa.Index("ix_catalogue_entry_public", "kind", "state", "published_at", "id"),
        sa.Index("ix_catalogue_entry_office", "office_id", "kind", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    office_id: Mapped[str] = mapped_column(sa.ForeignKey("office.id"))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(100))
    category: Mapped[str | None] = mapped_column(sa.String(20))
    event: Mapped[str | None] = mapped_column(sa.String(20))
    content: Mapped[Any | None] = mapped_column(CanonicalJson)
    draft: Mapped[Any | None] = mapped_column(CanonicalJson)
    draft_author: Mapped[str | None] = mapped_column(sa.String(36))
    approved_by: Mapped[str | None] = mapped_column(sa.String(36))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(sa.String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CatalogueVersion(Base):
    """What an entry said from one publication to the next; of a withdrawn entry nothing."""

    __tablename__ = "catalogue_version"

    entry_id: Mapped[str] = mapped_column(sa.ForeignKey("catalogue_entry.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[Any | None] = mapped_column(CanonicalJson)
    author_id: Mapped[str] = mapped_column(sa.String(36))
    approved_by: Mapped[str] = mapped_column(sa.String(36))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
