"""Reports of the text aids: which text was looked at with which dictionary, and what was found."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import local_day
from backend.db import canonical
from backend.ids import new_id
from backend.newsroom.editing.rules import REPORT_FRESH
from backend.newsroom.examination.aids import starter
from backend.newsroom.examination.aids.lexicon import Lexicon, compile_lexicon
from backend.newsroom.examination.aids.report import check
from backend.newsroom.examination.models import CheckReport, DictionaryVersion
from backend.newsroom.examination.targets import Target, draft_of
from backend.unit_of_work import UnitOfWork


def active_dictionary(session: Session) -> tuple[int, Lexicon]:
    """Return the number of the dictionary in use and what it compiles to; 0 is the starter that we ship."""
    query = sa.select(DictionaryVersion.number, DictionaryVersion.hash, DictionaryVersion.id)
    row = session.execute(query.where(DictionaryVersion.state == "active")).one_or_none()
    if row is None:
        return 0, _starter()
    return int(row.number or 0), lexicon_of(session, row.id, row.hash)


def lexicon_of(session: Session, version_id: str, digest: str) -> Lexicon:
    """Return what a version of the dictionary compiles to; a process keeps the last few."""
    known = _kept.get(digest)
    if known is None:
        content = session.get_one(DictionaryVersion, version_id).content
        while len(_kept) >= _KEPT:
            _kept.pop(next(iter(_kept)), None)
        known = _kept[digest] = compile_lexicon(content)
    return known


_KEPT = 3
_kept: dict[str, Lexicon] = {}


@lru_cache(maxsize=1)
def _starter() -> Lexicon:
    return compile_lexicon(starter.content())


def run_check(unit: UnitOfWork, target: Target) -> CheckReport:
    """Look at a text as it stands now, and keep the report."""
    number, lexicon = active_dictionary(unit.session)
    found = check(draft_of(unit, target), lexicon, local_day(unit.now))
    report = CheckReport(
        id=new_id(),
        target=target.kind,
        target_id=target.id,
        hash=target.hash,
        dictionary_version=number,
        findings=[finding.as_dict() for finding in found],
        by=unit.actor.id,
        at=unit.now,
    )
    unit.session.add(report)
    unit.session.flush()
    unit.record(
        "check.made",
        report.id,
        1,
        target=target.id,
        hash=target.hash,
        dictionary=number,
        found=len(found),
        rules=sorted({finding.rule for finding in found}),
    )
    return report


def current_report(unit: UnitOfWork, target: Target) -> CheckReport:
    """Return a report of this very text with the dictionary in use, made now unless there is one of ten minutes ago."""
    number, _ = active_dictionary(unit.session)
    query = sa.select(CheckReport).where(
        CheckReport.target == target.kind,
        CheckReport.target_id == target.id,
        CheckReport.hash == target.hash,
        CheckReport.dictionary_version == number,
        CheckReport.at >= unit.now - REPORT_FRESH,
    )
    known = unit.session.scalars(query.order_by(CheckReport.at.desc(), CheckReport.id.desc()).limit(1)).first()
    return known or run_check(unit, target)


def last_report(session: Session, kind: str, target_id: str) -> CheckReport | None:
    """Return the newest report about a text, whatever version it is of."""
    query = sa.select(CheckReport).where(CheckReport.target == kind, CheckReport.target_id == target_id)
    return session.scalars(query.order_by(CheckReport.at.desc(), CheckReport.id.desc()).limit(1)).first()


def of_level(report: CheckReport, level: str) -> list[dict[str, Any]]:
    """List the findings of one level."""
    return [finding for finding in report.findings if finding["level"] == level]


def digest_of(content: dict[str, Any]) -> str:
    """Hash the contents of a dictionary."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()
