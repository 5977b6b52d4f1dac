"""What a scenario tells while it works, and the table and the faults it ends with."""

from __future__ import annotations

import sys
import time

from scenario.table import format_table


class Report:
    """Progress, rows of the table, and a plain sentence for everything that is off."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._lines: list[tuple[str, ...]] = []
        self.faults: list[str] = []

    def say(self, words: str) -> None:
        """Tell what is being done now."""
        print(f"[{time.monotonic() - self._began:5.1f} s] {words}", flush=True)

    def heading(self, words: str) -> None:
        """Begin a part of the table."""
        self._lines.append((words,))

    def row(self, item: str, value: str) -> None:
        """Add a figure that is neither right nor wrong."""
        self._lines.append((" ", item, value))

    def check(self, ok: bool, item: str, value: str, fault: str) -> None:  # noqa: FBT001  # what is checked comes first
        """Add a row that is right, or wrong for the reason in `fault`."""
        self._lines.append(("✓" if ok else "✗", item, value))
        if not ok:
            self.faults.append(fault)

    def finish(self) -> int:
        """Print the table and the faults; return the exit code."""
        if any(len(line) > 1 for line in self._lines):
            print(format_table(self._lines), flush=True)
        for fault in self.faults:
            print(f"✗ {fault}", file=sys.stderr, flush=True)
        seconds = time.monotonic() - self._began
        verdict = f"{len(self.faults)} 处不对 things are off" if self.faults else "全部正常 all is well"
        print(f"\n{verdict} · {seconds:.1f} s", flush=True)
        return 1 if self.faults else 0
