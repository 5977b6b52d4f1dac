"""Every operation of the OpenAPI document, called by schemathesis with all its checks, as each kind of person."""

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
# The whole API for those whom the house serves; for the others the part that only they can reach.
WHO = [
    ("anonymous", "/api/v1/"),
    ("citizen", "/api/v1/"),
    ("editor", "/api/v1/"),
    ("office", "/api/v1/office/"),
    ("dispatcher", "/api/v1/desk/"),
    ("staff", "/api/v1/desk/"),
    ("admin", "/api/v1/roster"),
]


@pytest.fixture(scope="module")
def contract_server(make_server: Callable[..., Server]) -> Iterator[Server]:
    # Hundreds of sign-ins come from one address.
    made = make_server(SMS_PER_ADDRESS="100000")
    yield made
    assert not made.unexpected()


@pytest.mark.parametrize(("who", "paths"), WHO, ids=[who for who, _ in WHO])
def test_every_operation_keeps_its_contract(contract_server: Server, who: str, paths: str) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)]
    command += ["run", f"{contract_server.url}/api/v1/openapi.json", "--checks", "all", "--include-path-regex", paths]
    command += ["--max-examples", os.environ.get("CONTRACT_EXAMPLES", "50")]
    env = os.environ | {"CONTRACT_URL": contract_server.url, "CONTRACT_WHO": who, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, check=False, cwd=ROOT, env=env, capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-5_000:]


def test_the_document_names_every_status_and_closes_every_input(contract_server: Server) -> None:
    document = requests.get(f"{contract_server.url}/api/v1/openapi.json", timeout=20).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            assert "default" not in operation["responses"], f"{method} {path}"
            assert {"400", "401", "422"} <= operation["responses"].keys(), f"{method} {path}"
            assert operation["security"], f"{method} {path}"
    for name, schema in document["components"]["schemas"].items():
        if name.endswith(("Form", "Patch")):
            for shape in schema.get("anyOf", [schema]):
                assert shape["additionalProperties"] is False, name
