"""Running a piece of Python in a process of its own, for what cannot be undone in ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from tests.support.server import ROOT


def run_program(program: str, *arguments: str, timeout_s: float = 120) -> Any:
    """Run it to its end; return what its last line says in JSON."""
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])
