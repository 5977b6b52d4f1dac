"""Running schemathesis as one kind of person over one part of the API."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.server import ROOT, Server

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "50"))
# Going through all borders of all fields is some hundred calls an operation. CI does so for one of three parts of the
# paths a day, and names the part; a run at a desk does so for all.
PARTS = 3
PART = int(os.environ["CONTRACT_PART"]) % PARTS if os.environ.get("CONTRACT_PART") else None


@pytest.fixture(scope="module")
def contract_server(make_server: Callable[..., Server]) -> Iterator[Server]:
    # Hundreds of sign-ins come from one address.
    made = make_server(SMS_PER_ADDRESS="100000", FAILURES_PER_ADDRESS="100000")
    yield made
    assert not made.unexpected()


@cache
def document_of(server: Server) -> dict[str, Any]:
    """Return the document, which is written when it is first asked for."""
    return dict(requests.get(f"{server.url}/api/v1/openapi.json", timeout=120).json())


def operations_of(document: dict[str, Any]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Yield each operation with what the document says of it."""
    for path, item in document["paths"].items():
        for method, about in item.items():
            if method != "parameters":
                yield (path, method), about


@cache
def shares(server: Server, parts: tuple[tuple[str, str], ...]) -> list[set[str]]:
    """Give each path to one of those people under whose paths it is: who may do the most there, of equals the first.

    That others are refused, and in which form, test_authorisation.py tries.
    """
    given: list[set[str]] = [set() for _ in parts]
    for path, item in document_of(server)["paths"].items():
        abouts = [about for method, about in item.items() if method != "parameters"]
        candidates = [at for at, (_, paths) in enumerate(parts) if re.match(paths, path)]
        if candidates:
            able = {at: sum(_may(server, parts[at][0], about) for about in abouts) for at in candidates}
            given[max(candidates, key=lambda at: able[at])].add(path)
    return given


def _may(server: Server, who: str, about: dict[str, Any]) -> bool:
    if who == "anonymous":
        return {} in about["security"]
    return who == "citizen" or about["x-permission"] in _permissions(server, who)


@cache
def _permissions(server: Server, who: str) -> list[str]:
    return list(server.staff(who).does("GET", "/me")["permissions"])


def keep_contract(server: Server, who: str, paths: set[str], scratch: Path, examples: int = EXAMPLES) -> None:
    """Call all operations of these paths as `who`, with all checks; fail with what schemathesis says."""
    covered = {path for path in paths if PART is None or zlib.crc32(path.encode()) % PARTS == PART}
    for asked, phases in ((covered, "examples,coverage,fuzzing,stateful"), (paths - covered, "examples,fuzzing")):
        if asked:
            _call_all(server, who, asked, scratch, phases, examples)


def _call_all(server: Server, who: str, paths: set[str], scratch: Path, phases: str, examples: int) -> None:
    whole = document_of(server)
    document = whole | {"paths": {path: item for path, item in whole["paths"].items() if path in paths}}
    asked = scratch / "openapi.json"
    asked.write_text(json.dumps(document))
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)]
    command += ["run", str(asked), "--url", server.url, "--checks", "all", "--phases", phases]
    command += ["--max-examples", str(examples)]
    env = os.environ | {"CONTRACT_URL": server.url, "CONTRACT_WHO": who, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, check=False, cwd=ROOT, env=env, capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-5_000:]
