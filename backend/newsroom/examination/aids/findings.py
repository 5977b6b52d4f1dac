"""What a rule reports, and how a report numbers it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from backend.newsroom.examination.aids.text import Field, Passage

Level = Literal["block", "warn", "info"]
LEVELS: tuple[Level, ...] = ("info", "warn", "block")


@dataclass(frozen=True, slots=True)
class Hit:
    """What one rule found in one passage. `start` and `end` count characters of the passage's plain text.

    `key` is what the finding is known by between runs; without one it is the matched text.
    """

    rule: str
    level: Level
    passage: Passage
    start: int
    end: int
    why: str
    suggestion: str | None = None
    category: str | None = None
    key: str | None = None

    @property
    def text(self) -> str:
        """The words as they stand in the passage."""
        return self.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a check report. `span` counts characters of the plain text of the field, or of the block."""

    id: str
    rule: str
    level: Level
    field: Field
    block_id: str | None
    span: tuple[int, int]
    text: str
    suggestion: str | None
    why: str
    category: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as JSON keeps it."""
        return {
            "id": self.id,
            "rule": self.rule,
            "level": self.level,
            "field": self.field,
            "block_id": self.block_id,
            "span": list(self.span),
            "text": self.text,
            "suggestion": self.suggestion,
            "why": self.why,
            "category": self.category,
        }


def weight(level: Level) -> int:
    """Return how grave a level is: 0 for info, 2 for block."""
    return LEVELS.index(level)


def number(hits: Iterable[Hit]) -> list[Finding]:
    """Give hits, in reading order, ids that stay the same while other words of the text change."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    findings = []
    for hit in hits:
        known_by = (hit.rule, hit.passage.field, hit.passage.block_id or "", hit.key or hit.text)
        findings.append(_finding(hit, _short_hash(*known_by, str(seen[known_by]))))
        seen[known_by] += 1
    return findings


def _short_hash(*parts: str) -> str:
    # A lone surrogate cannot be written as UTF-8, yet a text may hold one.
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()[:12]


def _finding(hit: Hit, finding_id: str) -> Finding:
    return Finding(
        id=finding_id,
        rule=hit.rule,
        level=hit.level,
        field=hit.passage.field,
        block_id=hit.passage.block_id,
        span=(hit.start, hit.end),
        text=hit.text,
        suggestion=hit.suggestion,
        why=hit.why,
        category=hit.category,
    )
