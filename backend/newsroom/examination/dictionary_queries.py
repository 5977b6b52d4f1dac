"""Reading the dictionary and what its scans found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.errors import not_found
from backend.newsroom.examination.models import DictionaryVersion, ScanHit
from backend.newsroom.examination.queries import Examiners
from backend.newsroom.examination.rules import DICTIONARY, SCAN_HIT
from backend.paging import Page, in_order, narrowed, paged
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
    people = Examiners(session, accounts)
    return {
        "id": version.id,
        "ver": version.ver,
        "number": version.number,
        "state": version.state,
        "note": version.note,
        "hash": version.hash,
        **{kind: len(version.content.get(kind, [])) for kind in ("words", "persons", "samples")},
        "editors": [people.write(account) for account in version.editors],
        "test": version.test,
        "activated_by": people.write(version.activated_by),
        "activated_at": iso_or_none(version.activated_at),
        "created_at": iso(version.created_at),
        "updated_at": iso(version.updated_at),
        "allowed": DICTIONARY.allowed(version.state),
    }


def list_hits(session: Session, *, version: int | None, state: str | None = None, page: Page) -> dict[str, Any]:
    """List live articles in which scans found something, the latest first."""
    query = sa.select(ScanHit)
    query = narrowed(query, (ScanHit.state, state), (ScanHit.version, version))
    return paged(
        session,
        query,
        page,
        moment=ScanHit.at,
        id=ScanHit.id,
        write=in_order(lambda rows: present_hits(session, rows)),
    )


def load_hits(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render hits for the monitoring desk."""
    if audience is not Audience.STAFF:
        return {}
    return present_hits(session, session.scalars(sa.select(ScanHit).where(ScanHit.id.in_(ids))).all())


def present_hits(session: Session, hits: Sequence[ScanHit]) -> dict[str, dict[str, Any]]:
    """Write hits, by id."""
    people = names_of(session, [hit.decided_by for hit in hits])
    return {hit.id: _write_hit(hit, people) for hit in hits}


def _write_hit(hit: ScanHit, people: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": hit.id,
        "ver": hit.ver,
        "version": hit.version,
        "article": hit.article_id,
        "headline": hit.headline,
        "findings": hit.findings,
        "at": iso(hit.at),
        "state": hit.state,
        "state_name": SCAN_HIT.states[hit.state],
        "case": hit.case_id,
        "decided_by": present_person_or_none(hit.decided_by, people),
        "decided_at": iso_or_none(hit.decided_at),
        "reason": hit.reason,
        "allowed": SCAN_HIT.allowed(hit.state),
    }
