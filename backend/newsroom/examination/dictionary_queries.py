"""Reading the dictionary and what its scans found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of
from backend.clock import iso
from backend.errors import not_found
from backend.newsroom.examination.models import DictionaryVersion, ScanHit
from backend.newsroom.examination.rules import DICTIONARY
from backend.newsroom.roster import persons_of
from backend.paging import Page, paged
from backend.sync.streams import Audience


def list_versions(session: Session, *, page: Page) -> dict[str, Any]:
    """List the versions of the dictionary, those changed last first."""

    def write(rows: Sequence[DictionaryVersion]) -> list[dict[str, Any]]:
        return [present_version(session, row) for row in rows]

    query = sa.select(DictionaryVersion)
    return paged(session, query, page, moment=DictionaryVersion.updated_at, id=DictionaryVersion.id, write=write)


def access_version(session: Session, version_id: str) -> DictionaryVersion:
    """Return one version; 404 if there is none."""
    version = session.get(DictionaryVersion, version_id)
    if version is None:
        raise not_found("词库版本")
    return version


def load_versions(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render versions for the desks' streams."""
    if audience is not Audience.STAFF:
        return {}
    query = sa.select(DictionaryVersion).where(DictionaryVersion.id.in_(ids))
    return {row.id: present_version(session, row) for row in session.scalars(query).all()}


def present_version(session: Session, version: DictionaryVersion) -> dict[str, Any]:
    """Write a version without its entries."""
    accounts = [*version.editors, *([version.activated_by] if version.activated_by else [])]
    names, persons = names_of(session, accounts), persons_of(session, accounts)

    def who(account: str) -> dict[str, str]:
        return {"id": account, "name": names[account], "person": persons[account]}

    return {
        "id": version.id,
        "ver": version.ver,
        "number": version.number,
        "state": version.state,
        "note": version.note,
        "hash": version.hash,
        **{kind: len(version.content.get(kind, [])) for kind in ("words", "persons", "samples")},
        "editors": [who(account) for account in version.editors],
        "test": version.test,
        "activated_by": who(version.activated_by) if version.activated_by else None,
        "activated_at": iso(version.activated_at) if version.activated_at else None,
        "created_at": iso(version.created_at),
        "updated_at": iso(version.updated_at),
        "allowed": DICTIONARY.allowed(version.state),
    }


def list_hits(session: Session, *, version: int | None, page: Page) -> dict[str, Any]:
    """List live articles in which scans found something, the latest first."""
    query = sa.select(ScanHit)
    if version is not None:
        query = query.where(ScanHit.version == version)
    return paged(
        session,
        query,
        page,
        moment=ScanHit.at,
        id=ScanHit.id,
        write=lambda rows: [present_hit(row) for row in rows],
    )


def load_hits(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render hits for the monitoring desk."""
    if audience is not Audience.STAFF:
        return {}
    return {row.id: present_hit(row) for row in session.scalars(sa.select(ScanHit).where(ScanHit.id.in_(ids)))}


def present_hit(hit: ScanHit) -> dict[str, Any]:
    """Write a hit."""
    return {
        "id": hit.id,
        "ver": hit.ver,
        "version": hit.version,
        "article": hit.article_id,
        "headline": hit.headline,
        "findings": hit.findings,
        "at": iso(hit.at),
    }
