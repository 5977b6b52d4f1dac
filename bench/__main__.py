"""`make bench`: run the measures, print what they find, and write docs/benchmarks.md.

ONLY names the measures (`ONLY=broadcast,storm`), QUICK=1 makes them short, KEEP=1 leaves the run's
files where they are.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bench import (
    aids,
    board,
    breaking_desk,
    broadcast,
    connects,
    desk_lists,
    first_view,
    growth,
    machine,
    mixed,
    mutations,
    pushes,
    reads,
    search,
    soak,
    storm,
    targeted,
)
from bench.context import Bench
from bench.loader import LoadFailed
from bench.ours import Refused
from bench.processes import NotReady
from bench.report import Section, keep, read_kept, write_page, write_section, write_verdicts

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
KEPT = HERE / "build" / "found"
MEASURES: dict[str, Callable[[Bench], Section]] = {
    broadcast.KEY: broadcast.measure,
    connects.KEY: connects.measure,
    storm.KEY: storm.measure,
    targeted.KEY: targeted.measure,
    mixed.KEY: mixed.measure,
    reads.KEY: reads.measure,
    mutations.KEY: mutations.measure,
    growth.KEY: growth.measure,
    aids.KEY: aids.measure,
    board.KEY: board.measure,
    search.KEY: search.measure,
    pushes.KEY: pushes.measure,
    first_view.KEY: first_view.measure,
    breaking_desk.KEY: breaking_desk.measure,
    desk_lists.KEY: desk_lists.measure,
    soak.KEY: soak.measure,
}
# Too long to be part of every run.
BY_NAME_ONLY = {"soak"}


def main() -> int:
    """Run what the environment asks for; return the exit code."""
    quick = os.environ.get("QUICK", "0") not in {"", "0"}
    names = _chosen(os.environ.get("ONLY", ""), quick=quick)
    # Asked to stop, it still ends its servers and drops its databases.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    # A proxy that is meant for the internet does not know this machine's own addresses.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    folder = Path(tempfile.mkdtemp(prefix="ronghui-bench-"))
    bench = Bench(folder, quick)
    failed = []
    try:
        for name in names:
            bench.say(f"— {name}")
            if not _measure(bench, name):
                failed.append(name)
    finally:
        bench.close()
        if os.environ.get("KEEP", "0") in {"", "0"}:
            shutil.rmtree(folder, ignore_errors=True)
    if not quick:
        PAGE.write_text(write_page(read_kept(KEPT, MEASURES), machine.describe()))
        bench.say(f"written to {PAGE.relative_to(HERE.parent)}")
    return 1 if failed else 0


def _chosen(only: str, *, quick: bool) -> list[str]:
    names = [name.strip() for name in only.split(",") if name.strip()]
    if unknown := [name for name in names if name not in MEASURES]:
        raise SystemExit(f"no such measure: {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    return names or [name for name in MEASURES if not quick or name not in BY_NAME_ONLY]


def _measure(bench: Bench, name: str) -> bool:
    """Run one measure; one that fails, for whatever reason, does not take the others with it."""
    try:
        section = MEASURES[name](bench)
    except (NotReady, LoadFailed, Refused) as error:
        bench.say(f"{name} failed: {error}")
        return False
    except Exception:
        bench.say(f"{name} failed\n{traceback.format_exc()}")
        return False
    section.taken = {"at": f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}", "commit": machine.commit()}
    if not bench.quick:
        keep(section, KEPT)
    print(write_section(section), write_verdicts([section]), sep="\n\n", end="\n\n", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
