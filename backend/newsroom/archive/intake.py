"""Bringing an archive in, batch by batch: what is new becomes stories, what is known is left as it is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from backend.errors import AppError
from backend.media.rules import LARGEST, MB
from backend.media.store import MediaStore
from backend.newsroom.archive import rules
from backend.newsroom.archive.actions import Shown, become_archivist, take_item
from backend.newsroom.archive.folder import MediaFolder
from backend.newsroom.archive.formats import File, Item, Parsed, Refusal
from backend.newsroom.archive.queries import items_by_key, sections_by_name
from backend.newsroom.archive.report import Outcome, Report
from backend.newsroom.archive.rules import MAX_FILES, Text
from backend.newsroom.archive.runs import Run, batches, begin_run, nobody, run_file
from backend.unit_of_work import Database, UnitOfWork

_TRIES = 3


class _DryRun(Exception):
    """Ends the unit of work of a batch that only was tried."""


@dataclass(frozen=True, slots=True)
class Options:
    """How an archive is to be taken. `section` is for items that name none of the house's."""

    source: str
    section: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An item that is to be taken, with its section and those of its files that were found."""

    text: Text
    section: str
    shown: tuple[Shown, ...]


def import_archive(
    database: Database,
    store: MediaStore,
    parsed: Parsed,
    folder: MediaFolder,
    options: Options,
    *,
    sha256: str,
    progress: Callable[[int, int], None] = nobody,
) -> Report:
    """Take what is sound of an archive; a second run of the same file changes nothing.

    A dry run does all of it, and takes each batch back; its files lie in a folder of their own meanwhile.
    """
    items, total = parsed.items, len(parsed.items)
    if options.dry_run:
        with tempfile.TemporaryDirectory() as spare:
            work = _Import(database, MediaStore(Path(spare)), folder, options)
            for number, batch in enumerate(batches(items)):
                work.take(None, batch)
                progress(number * rules.BATCH + len(batch), total)
        return work.report
    work = _Import(database, store, folder, options)
    with run_file(database, "archive", options.source, sha256, total) as run:
        for batch in batches(items):
            work.take(run, batch)
            progress(run.done, total)
    return work.report


class _Import:
    """One archive on its way in. `seen` gives the line at which a key came first."""

    def __init__(self, database: Database, store: MediaStore, folder: MediaFolder, options: Options) -> None:
        self._database, self._store, self._folder, self._options = database, store, folder, options
        self._source = options.source
        self._seen: dict[str, int] = {}
        self.report = Report()

    def take(self, run: Run | None, batch: Sequence[Item]) -> None:
        """Take a batch in one transaction. Without a run it is only tried."""
        judged = self._judged(batch)
        for tries_left in reversed(range(_TRIES)):
            report = Report()
            wanted = self._choose(judged, report)
            try:
                self._enter(run, wanted, len(batch), report)
                break
            except IntegrityError:
                # Another import has taken one of them a moment ago; the next look finds it.
                if not tries_left:
                    raise
        self.report.merge(report)

    def _enter(self, run: Run | None, wanted: Sequence[_Wanted], rows: int, report: Report) -> None:
        with suppress(_DryRun), self._database.unit() as unit:
            become_archivist(unit)
            under_way = run or begin_run(unit, "archive", self._source, "", rows)
            for one in wanted:
                self._take_one(unit, under_way, one, report)
            # What is refused is part of the batch too, so that the run says how far it is.
            under_way.advance(unit, rows, report.counts)
            if run is None:
                raise _DryRun

    def _take_one(self, unit: UnitOfWork, run: Run, one: _Wanted, report: Report) -> None:
        text = one.text
        try:
            left_out = take_item(unit, text, run_id=run.id, source=self._source, section=one.section, shown=one.shown)
        except AppError as error:
            report.refuse(text.line, text.headline, _refusal_of(error))
            return
        report.count(Outcome.NEW)
        for refusal in left_out:
            report.warn(text.line, text.headline, refusal)

    def _judged(self, batch: Sequence[Item]) -> list[Text | tuple[Item, Refusal]]:
        now = self._database.clock.now()
        judged: list[Text | tuple[Item, Refusal]] = []
        for item in batch:
            try:
                text = rules.judge(item, now)
                self._demand_once(text)
                judged.append(text)
            except Refusal as refusal:
                judged.append((item, refusal))
        return judged

    def _demand_once(self, text: Text) -> None:
        if text.key in self._seen:
            raise Refusal("id", "duplicate", f"与第 {self._seen[text.key]} 行是同一条。")
        self._seen[text.key] = text.line

    def _choose(self, judged: Sequence[Text | tuple[Item, Refusal]], report: Report) -> list[_Wanted]:
        """Sort out what is known already, and bring the files of the rest into the store, before any transaction."""
        texts = [one for one in judged if isinstance(one, Text)]
        with self._database.reading() as session:
            known = {key: row.hash for key, row in items_by_key(session, self._source, [t.key for t in texts]).items()}
            sections = sections_by_name(session)
        wanted = []
        for one in judged:
            if not isinstance(one, Text):
                item, refusal = one
                report.refuse(item.line, item.headline, refusal)
            elif one.key in known:
                _compare(one, known[one.key], report)
            else:
                wanted += self._wanted(one, sections, report)
        return wanted

    def _wanted(self, text: Text, sections: dict[str, str], report: Report) -> list[_Wanted]:
        try:
            section = rules.choose_section(text, sections, self._options.section)
        except Refusal as refusal:
            report.refuse(text.line, text.headline, refusal)
            return []
        for name in text.cut:
            report.warn(text.line, text.headline, Refusal(name, "cut", "太长，只收了前一部分；全文在正文里。"))
        return [_Wanted(text, section, tuple(self._found(text, report)))]

    def _found(self, text: Text, report: Report) -> Iterator[Shown]:
        if len(text.files) > MAX_FILES:
            words = f"一篇最多带 {MAX_FILES} 个文件，其余没有收。"
            report.warn(text.line, text.headline, Refusal("media", "too_many", words))
        for file in text.files[:MAX_FILES]:
            try:
                yield self._keep(file)
            except Refusal as refusal:
                report.warn(text.line, text.headline, refusal)

    def _keep(self, file: File) -> Shown:
        path = self._folder.find(file.name)
        try:
            if path.stat().st_size > LARGEST:
                raise Refusal("media", "too_large", f"“{path.name}”超过 {LARGEST // MB} MB，没有收。")
            return Shown(file, self._store.put_bytes(path.read_bytes()))
        except AppError as error:
            raise Refusal("media", str(error.code), f"“{path.name}”没有收：{error.detail}") from None
        except OSError:
            raise Refusal("media", "unreadable", f"“{path.name}”读不出来，没有收。") from None


def _compare(text: Text, known: str, report: Report) -> None:
    if known == text.hash:
        report.count(Outcome.UNCHANGED)
    else:
        words = "来源处的内容已变，库里的没有覆盖；如要更新，请由编辑重新启用后修改。"
        report.differ(text.line, text.headline, Refusal("text", "changed", words))


def _refusal_of(error: AppError) -> Refusal:
    field = error.errors[0]["field"] if error.errors else ""
    return Refusal(field, str(error.code), error.detail)
