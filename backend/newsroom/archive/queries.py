"""Reading what was imported."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.district.queries import list_sections
from backend.newsroom.archive.models import ImportItem, ImportRun


def items_by_key(session: Session, source: str, keys: Collection[str]) -> dict[str, ImportItem]:
    """Return what has been taken of a source, by key, of these keys."""
    query = sa.select(ImportItem).where(ImportItem.source == source, ImportItem.key.in_(set(keys)))
    return {item.key: item for item in session.scalars(query)}


def sections_by_name(session: Session) -> dict[str, str]:
    """Return the ids of the sections by what an archive may call them: id, Chinese and English name."""
    names: dict[str, str] = {}
    for section in list_sections(session):
        names |= dict.fromkeys((section["id"], section["name"], section["name_en"]), section["id"])
    return names


def list_runs(session: Session, limit: int) -> Sequence[ImportRun]:
    """List the latest runs, newest first."""
    return session.scalars(
        sa.select(ImportRun).order_by(ImportRun.started_at.desc(), ImportRun.id.desc()).limit(limit)
    ).all()
