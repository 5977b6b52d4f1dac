"""Running schemathesis as one kind of person over one part of the API."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.support.server import ROOT, Server

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "50"))


@pytest.fixture(scope="module")
def contract_server(make_server: Callable[..., Server]) -> Iterator[Server]:
    # Hundreds of sign-ins come from one address.
    made = make_server(SMS_PER_ADDRESS="100000")
    # The document is written when it is first asked for, and schemathesis waits ten seconds for it and no more.
    requests.get(f"{made.url}/api/v1/openapi.json", timeout=120).raise_for_status()
    yield made
    assert not made.unexpected()


def keep_contract(server: Server, who: str, paths: str, examples: int = EXAMPLES) -> None:
    """Call every operation under `paths` as `who`, with all checks; fail with what schemathesis says."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)]
    command += ["run", f"{server.url}/api/v1/openapi.json", "--checks", "all", "--include-path-regex", paths]
    command += ["--max-examples", str(examples)]
    env = os.environ | {"CONTRACT_URL": server.url, "CONTRACT_WHO": who, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, check=False, cwd=ROOT, env=env, capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-5_000:]
