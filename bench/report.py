"""What was found, and writing it down: docs/benchmarks.md holds the latest full run of each measure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

INTRO = """# Benchmarks

Figures are worth something as ratios only: each table compares servers that were measured one after the other, in one
run, on one machine, by the same load program (`bench/load.c`). The load program and the server under test share the
machine's cores. `make bench` measures everything and writes this page; `make bench ONLY=broadcast,storm` measures anew
what it names; `make bench QUICK=1` is a short one for the eye, and leaves this page alone.

CPU is user and system time of the server's processes, the kernel's work on their behalf included. "Last phone" is from
just before the request is written to when the last of all phones has read the frame. A phone of ours is signed in and
has said hello with a token, the epoch and its cursors; a peer's client has only connected. The peers are sent a
payload of the same size as our frame.
"""


@dataclass
class Table:
    """A table: its title, the heads of its columns, and its rows, all ready to be read."""

    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Add a row."""
        self.rows.append([str(cell) for cell in cells])


@dataclass
class Verdict:
    """A target of the house: what is asked for and what was found. `met` is None where it could not be measured."""

    measure: str
    asked: str
    found: str
    met: bool | None


@dataclass
class Section:
    """What one measure found."""

    key: str
    title: str
    intro: str
    tables: list[Table] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # When, at which commit and on which machine; filled in by the run.
    taken: dict[str, str] = field(default_factory=dict)

    def table(self, title: str, *columns: str) -> Table:
        """Add a table and return it, to be filled."""
        self.tables.append(Table(title, list(columns)))
        return self.tables[-1]

    def judge(self, measure: str, asked: str, found: str, *, met: bool | None) -> None:
        """Add a verdict."""
        self.verdicts.append(Verdict(measure, asked, found, met))


def number(value: float, digits: int = 3) -> str:
    """Write a figure with so many significant digits, and thousands apart."""
    if value == 0:
        return "0"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def share(series: dict[str, float], name: str) -> str:
    """Write a share (`p50`, `p99`) of a series of the load program; a dash where nothing was counted."""
    return number(series[name]) if series["count"] else "–"


def ratio(ours: float, theirs: float) -> str:
    """Write how many times theirs ours is."""
    return f"{ours / theirs:.2f} ×" if theirs else "–"


def write_section(section: Section) -> str:
    """Write one section in Markdown."""
    parts = [f"## {section.title}", section.intro]
    parts += [_write_table(table) for table in section.tables]
    parts += ["\n".join(f"- {note}" for note in section.notes)] if section.notes else []
    if section.taken:
        parts.append(f"<sub>{section.taken['at']}, commit {section.taken['commit']}</sub>")
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _write_table(table: Table) -> str:
    lines = [
        " | ".join(table.columns),
        " | ".join(["---"] + ["--:"] * (len(table.columns) - 1)),
        *(" | ".join(row) for row in table.rows),
    ]
    body = "\n".join(f"| {line} |" for line in lines)
    return f"**{table.title}**\n\n{body}" if table.title else body


def write_verdicts(sections: Iterable[Section]) -> str:
    """Write the table of targets."""
    table = Table("", ["target", "asked for", "found", ""])
    words = {True: "met", False: "**not met**", None: "not measured"}
    for verdict in (verdict for section in sections for verdict in section.verdicts):
        table.add(verdict.measure, verdict.asked, verdict.found, words[verdict.met])
    return _write_table(table) if table.rows else ""


def write_page(sections: Sequence[Section], machine: dict[str, str]) -> str:
    """Write the whole page."""
    facts = Table("", ["machine", ""])
    for name, value in machine.items():
        facts.add(name, value)
    parts = [INTRO, _write_table(facts), "## Targets", write_verdicts(sections), *map(write_section, sections)]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def keep(section: Section, folder: Path) -> None:
    """Keep what a measure found, so that the page can be written again when another is measured anew."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{section.key}.json").write_text(json.dumps(asdict(section), ensure_ascii=False, indent=1))


def read_kept(folder: Path, keys: Iterable[str]) -> list[Section]:
    """Read what measures found before, in the order of `keys`."""
    paths = (folder / f"{key}.json" for key in keys)
    return [_section(json.loads(path.read_text())) for path in paths if path.exists()]


def _section(kept: dict[str, Any]) -> Section:
    tables = [Table(**table) for table in kept.pop("tables")]
    verdicts = [Verdict(**verdict) for verdict in kept.pop("verdicts")]
    return Section(tables=tables, verdicts=verdicts, **kept)
