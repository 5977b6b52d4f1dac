"""What was measured on: the machine and the versions of everything that takes part."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
_NONE = "–"
_PACKAGES = ("Flask-SocketIO", "python-socketio", "python-engineio", "eventlet", "gevent", "Flask", "SQLAlchemy")


def describe() -> dict[str, str]:
    """Return name and value of each fact."""
    model = _first(r"model name\s*: (.*)", Path("/proc/cpuinfo"))
    memory_kb = int(_first(r"MemTotal:\s*(\d+)", Path("/proc/meminfo")))
    node = _says(["node", "--version"], r"v([\d.]+)")
    return {
        "CPU": f"{model}, {os.cpu_count()} cores",
        "memory": f"{memory_kb / 2**20:.0f} GiB",
        "kernel": platform.release(),
        "Python": platform.python_version(),
        "packages": ", ".join(filter(None, map(_package, _PACKAGES))),
        "PostgreSQL": _says(["psql", "--version"], r"([\d.]+)"),
        "nginx": _says(["nginx", "-v"], r"nginx/([\d.]+)"),
        "Node": f"{node}, socket.io {_socketio()}",
        "wrk": _says(["wrk", "-v"], r"wrk (?:debian/)?([\d.]+)"),
        "compiler": _says(["cc", "--version"], r"(.*)"),
    }


def commit() -> str:
    """Return the commit that is measured; a `+` says that there are changes on top of it."""
    name = _says(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], r"(\w+)")
    # Not a tracked page or bench, but what is measured.
    changed = _says(["git", "-C", str(ROOT), "status", "--porcelain", "--", ".", ":!bench", ":!docs"], r"(.)")
    return name + ("" if changed == _NONE else "+")


def _first(pattern: str, path: Path) -> str:
    found = re.search(pattern, path.read_text())
    return found[1].strip() if found else _NONE


def _package(name: str) -> str | None:
    try:
        return f"{name} {metadata.version(name)}"
    except metadata.PackageNotFoundError:
        return None


def _socketio() -> str:
    manifest = ROOT / "bench" / "peers" / "node_modules" / "socket.io" / "package.json"
    return _first(r'"version": "(.*?)"', manifest) if manifest.exists() else _NONE


def _says(command: Sequence[str], pattern: str) -> str:
    if shutil.which(command[0]) is None:
        return _NONE
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    if said.returncode != 0 and command[0] != "wrk":  # Which has no other way to tell than by its usage.
        return _NONE
    found = re.search(pattern, said.stdout + said.stderr)
    return found[1].strip() if found else _NONE
