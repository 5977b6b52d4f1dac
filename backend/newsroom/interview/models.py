"""Assignments, and the material they bring home."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime
from backend.sealing import Sealed


class Assignment(Base):
    """Somebody is sent somewhere 任务. A row that was handed on is kept; its successor `replaces` it.

    `reporters` is a list of `{id, share}`, shares in per cent; `tried` holds the ids of those it was offered to before.
    """

    __tablename__ = "assignment"
    __table_args__ = (sa.Index("ix_assignment_list", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12), index=True)
    topic_id: Mapped[str] = mapped_column(sa.ForeignKey("topic.id"), index=True)
    coverage_id: Mapped[str] = mapped_column(sa.ForeignKey("coverage.id"), index=True)
    coverage_no: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(12))
    desk: Mapped[str] = mapped_column(sa.ForeignKey("desk.id"))
    reporters: Mapped[Any] = mapped_column(CanonicalJson)
    place: Mapped[str] = mapped_column(sa.String(100))
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    gear: Mapped[str] = mapped_column(sa.String(200))
    contact: Mapped[str] = mapped_column(Sealed("assignment.contact"))
    priority: Mapped[int]
    emergency: Mapped[bool]
    safety_note: Mapped[str] = mapped_column(sa.String(300))
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    replaces: Mapped[str | None] = mapped_column(sa.String(36))
    tried: Mapped[Any] = mapped_column(CanonicalJson)
    created_by: Mapped[str] = mapped_column(sa.String(36))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    dispatched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    on_site_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    filed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Material(Base):
    """A photo, recording, film or document that may be used 素材.

    `rights` is `{owner, licence, expires}`; `subjects` says whether it shows minors or victims, who need `consent`,
    `{by, how, at}`. Several materials may point at the same bytes (`sha256`), which lie in the store once.
    """

    __tablename__ = "material"
    __table_args__ = (sa.Index("ix_material_list", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    media_id: Mapped[str] = mapped_column(sa.ForeignKey("media.id"), index=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    title: Mapped[str] = mapped_column(sa.String(100))
    captured_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    place: Mapped[str] = mapped_column(sa.String(100))
    rights: Mapped[Any] = mapped_column(CanonicalJson)
    subjects: Mapped[str] = mapped_column(sa.String(12))
    consent: Mapped[Any | None] = mapped_column(CanonicalJson)
    source_contact: Mapped[str] = mapped_column(Sealed("material.source_contact"))
    transcript: Mapped[str] = mapped_column(sa.Text)
    uploaded_by: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    checked_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AssignmentMaterial(Base):
    """That a material belongs to an assignment; n to m."""

    __tablename__ = "assignment_material"

    assignment_id: Mapped[str] = mapped_column(sa.ForeignKey("assignment.id"), primary_key=True)
    material_id: Mapped[str] = mapped_column(sa.ForeignKey("material.id"), primary_key=True, index=True)
