"""The dictionary of the text aids: versions, edited by some, tried on samples, put to use by another person."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.clock import local_day
from backend.errors import demand_version, not_found
from backend.feed.models import Article
from backend.ids import new_id
from backend.jobs import queue
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import raise_alarm
from backend.newsroom.examination.aids import starter
from backend.newsroom.examination.aids.lexicon import Lexicon, compile_lexicon
from backend.newsroom.examination.aids.report import check, run_samples
from backend.newsroom.examination.aids.text import Draft
from backend.newsroom.examination.checks import digest_of, lexicon_of
from backend.newsroom.examination.models import DictionaryVersion, ScanHit
from backend.newsroom.examination.rules import DICTIONARY, DictionaryFacts
from backend.newsroom.roster import person_of, persons_of
from backend.policy import Role
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

RESCAN_JOB = "dictionary.rescan"
STREAMS = {streams.desk("examination"), streams.desk("monitoring")}
KINDS = ("words", "persons", "samples")
_BATCH = 50


def begin_draft(unit: UnitOfWork, note: str) -> DictionaryVersion:
    """Begin a new version from the one in use, or from the starter that we ship."""
    active = unit.session.scalars(sa.select(DictionaryVersion).where(DictionaryVersion.state == "active")).one_or_none()
    content = active.content if active is not None else _with_ids(starter.content())
    version = DictionaryVersion(
        id=new_id(),
        ver=0,
        number=None,
        state="draft",
        content=content,
        hash=digest_of(content),
        note=note,
        editors=[unit.actor.id],
        test=None,
        activated_by=None,
        created_at=unit.now,
        updated_at=unit.now,
    )
    unit.session.add(version)
    return _changed(unit, version, "drafted")


def _with_ids(content: dict[str, Any]) -> dict[str, Any]:
    """Give every entry a name by which it can be replaced or removed."""
    return {kind: [{"id": new_id()} | entry for entry in content.get(kind, [])] for kind in KINDS}


def access_version(unit: UnitOfWork, version_id: str, if_match: int | None = None) -> DictionaryVersion:
    """Return a version, locked for a change; 404, or 412 `stale`."""
    version = unit.session.get(DictionaryVersion, version_id, with_for_update=True)
    if version is None:
        raise not_found("词库版本")
    demand_version(version.ver, if_match, "词库已被同事修改，请先读取最新的。")
    return version


def change_draft(
    unit: UnitOfWork, version_id: str, form: dict[str, Any], if_match: int | None = None
) -> DictionaryVersion:
    """Add, replace and remove entries. Whoever does is one of its editors, and does not activate it."""
    version = access_version(unit, version_id, if_match)
    version.state = DICTIONARY.step("change", version.state, DictionaryFacts())
    content = {kind: {entry["id"]: entry for entry in version.content[kind]} for kind in KINDS}
    for removed in form.get("remove", []):
        for entries in content.values():
            entries.pop(removed, None)
    for kind in KINDS:
        for entry in form.get(kind, []):
            entry_id = entry.get("id") or new_id()
            content[kind][entry_id] = {name.rstrip("_"): value for name, value in entry.items()} | {"id": entry_id}
    version.content = {kind: list(entries.values()) for kind, entries in content.items()}
    version.hash = digest_of(version.content)
    if unit.actor.id not in version.editors:
        version.editors = [*version.editors, unit.actor.id]
    return _changed(unit, version, "changed")


def try_draft(unit: UnitOfWork, version_id: str, if_match: int | None = None) -> DictionaryVersion:
    """Try a draft on its samples, and keep the outcome with the hash of what was tried."""
    version = access_version(unit, version_id, if_match)
    version.state = DICTIONARY.step("test", version.state, DictionaryFacts())
    outcome = run_samples(compile_lexicon(version.content), version.content.get("samples", []), local_day(unit.now))
    version.test = outcome | {"hash": version.hash}
    return _changed(unit, version, "tested", passed=outcome["passed"])


def activate(unit: UnitOfWork, version_id: str, if_match: int | None = None) -> DictionaryVersion:
    """Put a version to use; the one before is retired, and all live articles are looked at again.

    Raises:
        AppError: 409 of the guards `tested`, `samples_pass`, or `same_person` for one of its editors.
    """
    version = access_version(unit, version_id, if_match)
    test = version.test or {}
    person = person_of(unit.session, unit.actor.id)
    facts = DictionaryFacts(
        editor_activates=person in persons_of(unit.session, version.editors).values(),
        tested=test.get("hash") == version.hash,
        passed=bool(test.get("passed")),
    )
    version.state = DICTIONARY.step("activate", version.state, facts)
    active = sa.select(DictionaryVersion).where(DictionaryVersion.state == "active", DictionaryVersion.id != version.id)
    for old in unit.session.scalars(active.with_for_update()).all():
        old.state = DICTIONARY.step("retire", old.state, DictionaryFacts())
        _changed(unit, old, "retired")
    latest = unit.session.scalar(sa.select(sa.func.max(DictionaryVersion.number))) or 0
    version.number, version.activated_by, version.activated_at = latest + 1, unit.actor.id, unit.now
    unit.enqueue(
        RESCAN_JOB,
        f"{RESCAN_JOB}:{version.number}:",
        {"version": version.id, "number": version.number, "after": ""},
        lane=queue.BULK,
    )
    return _changed(unit, version, "activated", number=version.number)


def discard(unit: UnitOfWork, version_id: str, if_match: int | None = None) -> DictionaryVersion:
    """Give a draft up."""
    version = access_version(unit, version_id, if_match)
    version.state = DICTIONARY.step("discard", version.state, DictionaryFacts())
    return _changed(unit, version, "discarded")


def _changed(unit: UnitOfWork, version: DictionaryVersion, verb: str, **data: Any) -> DictionaryVersion:
    version.ver += 1
    version.updated_at = unit.now
    unit.session.flush()
    unit.record(f"dictionary.{verb}", version.id, version.ver, hash=version.hash, **data)
    unit.place("dictionary", version.id, version.ver, STREAMS if version.state != "discarded" else set())
    return version


def rescan(run: JobRun) -> None:
    """Look at live articles with a new version, some at a time; each batch asks for the next in its own commit."""
    with run.unit() as unit:
        version = unit.session.get_one(DictionaryVersion, run.args["version"])
        if version.state != "active":
            return
        lexicon = lexicon_of(unit.session, version.id, version.hash)
        articles = unit.session.scalars(
            sa.select(Article)
            .where(Article.state == "live", Article.id > run.args["after"])
            .order_by(Article.id)
            .limit(_BATCH)
        ).all()
        for article in articles:
            _look_at(unit, lexicon, article, run.args["number"])
        if len(articles) == _BATCH:
            after = articles[-1].id
            args = {"version": version.id, "number": run.args["number"], "after": after}
            unit.enqueue(RESCAN_JOB, f"{RESCAN_JOB}:{run.args['number']}:{after}", args, lane=queue.BULK)


def _look_at(unit: UnitOfWork, lexicon: Lexicon, article: Article, number: int) -> None:
    draft = Draft(
        headline=article.headline,
        subtitle="",
        summary=article.summary,
        body=article.body,
        class_=article.class_,
        media={},
    )
    found = check(draft, lexicon, local_day(unit.now))
    # What a dictionary says is what has changed; arithmetic and commas were looked at when the article was examined.
    grave = [finding.as_dict() for finding in found if finding.rule in _RESCANNED and finding.level != "info"]
    known = sa.select(ScanHit.id).where(ScanHit.version == number, ScanHit.article_id == article.id)
    if not grave or unit.session.scalar(known) is not None:
        return
    hit = ScanHit(
        id=new_id(),
        ver=1,
        version=number,
        article_id=article.id,
        headline=article.headline,
        findings=grave,
        at=unit.now,
        state="open",
    )
    unit.session.add(hit)
    unit.session.flush()
    rules = sorted({finding["rule"] for finding in grave})
    unit.record("scan.hit", hit.id, 1, article=article.id, dictionary=number, rules=rules)
    unit.place("scan_hit", hit.id, 1, {streams.desk("monitoring")})
    if any(finding["level"] == "block" for finding in grave):
        raise_alarm(
            unit,
            key=f"scan_hit:{hit.id}",
            kind="scan_hit",
            about=("story", article.id),
            to=(Role.MONITOR, Role.DUTY_EDITOR),
            text=f"新词库在已发稿件《{article.headline}》里发现须处理的内容。",
        )


_RESCANNED = frozenset({"sensitive", "banned", "wrong", "advert", "person_title", "leader_order"})


def entries_of(version: DictionaryVersion, kind: str | None, asked: str | None, limit: int) -> dict[str, Any]:
    """Return entries of a version, those that contain `asked` if anything is asked for, at most `limit` a kind."""
    found: dict[str, Any] = {name: [] for name in KINDS}
    more = False
    for name in KINDS if kind is None else (kind,):
        entries = [entry for entry in version.content.get(name, []) if asked is None or _contains(entry, asked)]
        found[name], more = entries[:limit], more or len(entries) > limit
    return found | {"more": more}


def _contains(entry: dict[str, Any], asked: str) -> bool:
    return any(asked in str(value) for value in entry.values())
