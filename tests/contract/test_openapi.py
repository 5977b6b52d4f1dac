"""Every operation of the OpenAPI document, called by schemathesis with all its checks, as each kind of person."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.conftest import document_of, keep_contract, operations_of, shares
from tests.support.server import Server

# Each part of the API by those who can reach it; that others cannot, test_authorisation.py tries. The kitchen has a
# module of its own, so that the two run side by side.
OPEN = "/api/v1/(?!kitchen|editor|office|desk|roster|staff)"
PEOPLE = (
    ("anonymous", OPEN),
    ("anonymous", "/(?!api/)"),
    ("citizen", OPEN),
    ("editor", "/api/v1/editor"),
    ("office", "/api/v1/office/"),
    ("dispatcher", "/api/v1/desk/"),
    ("staff", "/api/v1/desk/"),
    ("supervisor", "/api/v1/desk/requests/"),
    ("monitor", "/api/v1/desk/comments"),
    ("editor", "/api/v1/desk/gatherings"),
    ("admin", "/api/v1/(roster|staff)"),
)


@pytest.mark.parametrize("at", range(len(PEOPLE)), ids=[who for who, _ in PEOPLE])
def test_every_operation_keeps_its_contract(contract_server: Server, tmp_path: Path, at: int) -> None:
    paths = shares(contract_server, PEOPLE)[at]
    assert paths
    keep_contract(contract_server, PEOPLE[at][0], paths, tmp_path)


def test_the_document_names_every_status_and_closes_every_input(contract_server: Server) -> None:
    document = document_of(contract_server)
    for (path, method), operation in operations_of(document):
        assert "default" not in operation["responses"], f"{method} {path}"
        assert {"400", "401", "422"} <= operation["responses"].keys(), f"{method} {path}"
        assert operation["security"], f"{method} {path}"
    for name, schema in document["components"]["schemas"].items():
        if name.endswith(("Form", "Patch")):
            for shape in schema.get("anyOf", [schema]):
                assert shape["additionalProperties"] is False, name
