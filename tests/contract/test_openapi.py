"""Every operation of the OpenAPI document, called by schemathesis with all its checks, as each kind of person."""

from __future__ import annotations

import pytest
import requests

from tests.contract.conftest import keep_contract
from tests.support.server import Server

# Each part of the API by those who can reach it; that others cannot, test_authorisation.py tries. The kitchen has a
# module of its own, so that the two run side by side.
OPEN = "/api/v1/(?!kitchen|editor|office|desk|roster)"
WHO = [
    ("anonymous", OPEN),
    ("anonymous", "^/(?!api/)"),
    ("citizen", OPEN),
    ("editor", "/api/v1/editor"),
    ("office", "/api/v1/office/"),
    ("dispatcher", "/api/v1/desk/"),
    ("staff", "/api/v1/desk/"),
    ("monitor", "/api/v1/desk/comments"),
    ("admin", "/api/v1/roster"),
]


@pytest.mark.parametrize(("who", "paths"), WHO, ids=[who for who, _ in WHO])
def test_every_operation_keeps_its_contract(contract_server: Server, who: str, paths: str) -> None:
    keep_contract(contract_server, who, paths)


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
