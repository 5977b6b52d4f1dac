"""Running schemathesis as one kind of person over one part of the API."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.server import ROOT, Server

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "50"))


Operation = tuple[str, str]


@pytest.fixture(scope="module")
def contract_server(make_server: Callable[..., Server]) -> Iterator[Server]:
    # Hundreds of sign-ins come from one address.
    made = make_server(SMS_PER_ADDRESS="100000")
    yield made
    assert not made.unexpected()


@cache
def document_of(server: Server) -> dict[str, Any]:
    """Return the document, which is written when it is first asked for."""
    return dict(requests.get(f"{server.url}/api/v1/openapi.json", timeout=120).json())


def operations_of(document: dict[str, Any]) -> Iterator[tuple[Operation, dict[str, Any]]]:
    """Yield each operation with what the document says of it."""
    for path, item in document["paths"].items():
        for method, about in item.items():
            if method != "parameters":
                yield (path, method), about


@cache
def shares(server: Server, parts: tuple[tuple[str, str], ...]) -> list[set[Operation]]:
    """Give each operation to the first of these people under whose paths it is and who may call it.

    What none of them may goes to the first. That others are refused, and in which form, test_authorisation.py tries.
    """
    given: list[set[Operation]] = [set() for _ in parts]
    for operation, about in operations_of(document_of(server)):
        candidates = [at for at, (_, paths) in enumerate(parts) if re.match(paths, operation[0])]
        able = [at for at in candidates if _may(server, parts[at][0], about)]
        for at in (able or candidates)[:1]:
            given[at].add(operation)
    return given


def _may(server: Server, who: str, about: dict[str, Any]) -> bool:
    if who == "anonymous":
        return {} in about["security"]
    return who == "citizen" or about["x-permission"] in _permissions(server, who)


@cache
def _permissions(server: Server, who: str) -> list[str]:
    return list(server.staff(who).does("GET", "/me")["permissions"])


def keep_contract(
    server: Server, who: str, operations: set[Operation], scratch: Path, examples: int = EXAMPLES
) -> None:
    """Call these operations as `who`, with all checks; fail with what schemathesis says."""
    document = copy.deepcopy(document_of(server))
    for (path, method), _ in list(operations_of(document)):
        if (path, method) not in operations:
            del document["paths"][path][method]
    document["paths"] = {path: item for path, item in document["paths"].items() if item.keys() - {"parameters"}}
    asked = scratch / "openapi.json"
    asked.write_text(json.dumps(document))
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)]
    command += ["run", str(asked), "--url", server.url, "--checks", "all", "--max-examples", str(examples)]
    env = os.environ | {"CONTRACT_URL": server.url, "CONTRACT_WHO": who, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, check=False, cwd=ROOT, env=env, capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-5_000:]
