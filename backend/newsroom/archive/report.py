"""What came of a file: how many rows fared how, and a line for each that somebody should look at."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from backend.newsroom.archive.formats import Refusal
from backend.newsroom.archive.formats.letters import clean

HEAD = ("line", "item", "outcome", "field", "code", "message")
# A spreadsheet takes a cell that begins with one of these for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Outcome(StrEnum):
    """How a row or item fared."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    # It was taken before, and its source says something else now; what we have stays.
    DIFFERS = "differs"
    REFUSED = "refused"


NAMES = {
    Outcome.NEW: "新增",
    Outcome.CHANGED: "更新",
    Outcome.UNCHANGED: "未变",
    Outcome.DIFFERS: "原文已变",
    Outcome.REFUSED: "拒收",
}
WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the report. `outcome` is an `Outcome`, or `warning` for what was taken with something missing."""

    line: int
    item: str
    outcome: str
    field: str
    code: str
    words: str

    def __str__(self) -> str:
        """Write it for a terminal."""
        where = f"第 {self.line} 行" if self.line else "文件"
        about = "".join(f"〔{part}〕" for part in (self.item, self.field) if part)
        return f"{where}{about} {self.outcome}/{self.code}：{self.words}"


@dataclass
class Report:
    """All of it."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    notes: list[Note] = field(default_factory=list)

    def count(self, outcome: Outcome) -> None:
        """Count a row that needs no words."""
        self.counts[outcome] += 1

    def refuse(self, line: int, item: str, refusal: Refusal) -> None:
        """Count a row that is not taken, and say why."""
        self.counts[Outcome.REFUSED] += 1
        self._note(line, item, Outcome.REFUSED, refusal)

    def differ(self, line: int, item: str, refusal: Refusal) -> None:
        """Count an item that has changed at its source and stays as it is here."""
        self.counts[Outcome.DIFFERS] += 1
        self._note(line, item, Outcome.DIFFERS, refusal)

    def warn(self, line: int, item: str, refusal: Refusal) -> None:
        """Say what is missing of a row that is taken all the same."""
        self._note(line, item, WARNING, refusal)

    def merge(self, other: Report) -> None:
        """Add what came of a batch."""
        self.counts.update(other.counts)
        self.notes += other.notes

    def _note(self, line: int, item: str, outcome: str, refusal: Refusal) -> None:
        # What a file says is shown on a terminal, which would act upon control characters.
        item, words = (" ".join(clean(text).split()) for text in (item, refusal.words))
        self.notes.append(Note(line, item[:60], str(outcome), refusal.field, refusal.code, words))

    @property
    def refused(self) -> int:
        """How many rows were not taken."""
        return self.counts[Outcome.REFUSED]

    def summary(self) -> str:
        """Write the counts in one line; the first four always, so that a script can look for them."""
        shown = [outcome for outcome in Outcome if self.counts[outcome] or outcome is not Outcome.DIFFERS]
        return " · ".join(f"{NAMES[outcome]} {self.counts[outcome]} {outcome}" for outcome in shown)

    def as_csv(self) -> bytes:
        """Write the notes as a table that a spreadsheet program opens as it is."""
        out = io.StringIO()
        table = csv.writer(out)
        table.writerow(HEAD)
        for note in sorted(self.notes, key=lambda note: note.line):
            cells = (str(note.line), note.item, note.outcome, note.field, note.code, note.words)
            table.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
        return b"\xef\xbb\xbf" + out.getvalue().encode()
