"""What the house takes of an archive, and how it knows an item again. No database."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from backend.db import canonical
from backend.newsroom.archive.formats import MAX_MARKUP, File, Item, Refusal, markup
from backend.newsroom.archive.formats.letters import clean
from backend.newsroom.archive.formats.markup import Piece
from backend.newsroom.archive.formats.moments import read_moment
from backend.newsroom.machine import Machine, Way

RUN: Machine[None] = Machine(
    name="import_run",
    noun="导入",
    states={"running": "进行中", "done": "已完成", "interrupted": "已中断"},
    start=("running",),
    ways=(
        Way("finish", ("running",), "done", None, "完成"),
        # A run that was killed is found by the next one of the same file, which goes on where it stopped.
        Way("interrupt", ("running",), "interrupted", None, "中断"),
    ),
    ends=("done", "interrupted"),
)

BATCH = 200
MAX_HEADLINE, MAX_SUMMARY, MAX_BYLINE, MAX_TEXT = 200, 500, 100, 100_000
MAX_FILES = 80
MAX_KEY = MAX_SOURCE = 200
MAX_NAME, MAX_CAPTION, MAX_OWNER = 200, 300, 100
CLASS = "livelihood"
# Clocks differ, and so do zones; what is later than this was mistyped.
_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Text:
    """An item as the house takes it. `hash` is of what it says; it does not depend on the options of a run."""

    line: int
    key: str
    headline: str
    summary: str
    pieces: tuple[Piece, ...]
    sections: tuple[str, ...]
    at: datetime
    byline: str
    language: str
    owner: str
    licence: str
    hash: str
    cut: tuple[str, ...]

    @property
    def files(self) -> list[File]:
        """The files it shows, in their order."""
        return [piece for piece in self.pieces if isinstance(piece, File)]


def source_of(*names: str | None) -> str:
    """Return the first of these names that says something, in one line."""
    lines = (" ".join(clean(name or "").split()) for name in names)
    return next((line[:MAX_SOURCE] for line in lines if line), "archive")


def key_of(item: Item) -> str:
    """Return by what an item is known again: what its source calls it, or a hash of headline and date."""
    key = clean(item.key).strip()
    if not key:
        return "sha256:" + _hash([item.headline, item.published])
    return key if len(key) <= MAX_KEY else "sha256:" + _hash(key)


def judge(item: Item, now: datetime) -> Text:
    """Return what is taken of an item.

    Raises:
        Refusal: naming the field, for what an archive cannot be without, or what would not fit.
    """
    if item.refusal is not None:
        raise item.refusal
    headline = _headline(item)
    at = _moment(item, now)
    pieces = _pieces(item)
    summary, byline = clean(markup.plain(item.summary)).strip(), clean(markup.plain(item.byline)).strip()
    owner, licence = clean(markup.plain(item.owner))[:MAX_OWNER], clean(markup.plain(item.licence))[:MAX_NAME]
    said = [headline, summary, byline, at.isoformat(), owner, licence, [_plainly(piece) for piece in pieces]]
    too_long = {"summary": len(summary) > MAX_SUMMARY, "byline": len(byline) > MAX_BYLINE}
    return Text(
        line=item.line,
        key=key_of(item),
        headline=headline,
        summary=_shortened(summary, MAX_SUMMARY),
        pieces=tuple(pieces),
        sections=tuple(clean(section).strip() for section in item.sections),
        at=at,
        byline=_shortened(byline, MAX_BYLINE),
        language="en" if item.language.lower().startswith("en") else "zh-CN",
        owner=owner,
        licence=licence,
        hash=_hash(said),
        cut=tuple(name for name, long in too_long.items() if long),
    )


def _headline(item: Item) -> str:
    headline = clean(markup.plain(item.headline)).strip()
    if not headline:
        raise Refusal("headline", "missing", "没有标题。")
    if len(headline) > MAX_HEADLINE:
        # A headline that is cut says something else, and nobody would notice among thousands.
        raise Refusal("headline", "too_long", f"标题有 {len(headline)} 字，最多 {MAX_HEADLINE} 字，请先缩短。")
    return headline


def _moment(item: Item, now: datetime) -> datetime:
    if not item.published.strip():
        raise Refusal("published_at", "missing", "没有发布时间。")
    at = read_moment(item.published)
    if at is None:
        raise Refusal("published_at", "invalid", f"看不懂发布时间“{clean(item.published)[:30]}”。")
    if at > now + _SLACK:
        raise Refusal("published_at", "future", "发布时间在将来，不是已发的稿件。")
    return at


def _pieces(item: Item) -> list[Piece]:
    if max(len(item.html), len(item.text)) > MAX_MARKUP:
        raise Refusal("text", "too_long", "正文太长，请拆成几篇。")
    pieces = markup.pieces(clean(item.html)) if item.html.strip() else markup.paragraphs(clean(item.text))
    words = markup.words_of(pieces)
    if not words.strip():
        raise Refusal("text", "missing", "没有正文。")
    if len(words) > MAX_TEXT:
        raise Refusal("text", "too_long", f"正文有 {len(words)} 字，最多 {MAX_TEXT} 字，请拆成几篇。")
    return _with_files(markup.fold(pieces), item.files)


def _with_files(pieces: Sequence[Piece], files: Sequence[File]) -> list[Piece]:
    """Add the files that stand beside the text, once each. The first of them leads, as it would on a page."""
    shown = {base_name(piece.name) for piece in pieces if isinstance(piece, File)}
    beside = {base_name(file.name): file for file in reversed(files)}
    extra = [file for name, file in reversed(beside.items()) if name and name not in shown]
    return [_tidy(piece) for piece in [*extra[:1], *pieces, *extra[1:]]]


def _tidy(piece: Piece) -> Piece:
    if not isinstance(piece, File):
        return piece
    caption, alt = (clean(markup.plain(words))[:MAX_CAPTION] for words in (piece.caption, piece.alt))
    return File(clean(piece.name), caption, alt)


def base_name(reference: str) -> str:
    """Return the name of a file out of an address or a path, in lower case; empty if there is none."""
    if "://" in reference or reference.startswith("/"):
        reference = unquote(re.split(r"[?#]", reference, maxsplit=1)[0])
    return reference.replace("\\", "/").rpartition("/")[2].strip().lower()


def _plainly(piece: Piece) -> list[str]:
    if isinstance(piece, File):
        return ["file", base_name(piece.name), piece.caption, piece.alt]
    return ["text", piece.html]


def _shortened(text: str, at_most: int) -> str:
    return text if len(text) <= at_most else text[: at_most - 1] + "…"


def _hash(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode("utf-8", "replace")).hexdigest()


def choose_section(text: Text, known: Mapping[str, str], wanted: str | None) -> str:
    """Return the section of an item: its own, if the house has one of this id or name, else the one of this run.

    `known` gives ids by id and by name.

    Raises:
        Refusal: where there is neither.
    """
    found = next((known[name] for name in text.sections if name in known), wanted)
    if found is None:
        named = "、".join(name[:20] for name in text.sections[:3])
        words = f"没有叫“{named}”的栏目" if named else "没有写明栏目"
        raise Refusal("section", "unknown", f"{words}，请用 --section 指定。")
    return found
