"""The kitchen's operations, called by schemathesis as those who may do nearly everything there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.conftest import EXAMPLES, keep_contract, shares
from tests.support.server import Server

PLANNING = "leads|topics|meetings|directives"
PUBLICATION = "channels|halt|resume|publications|cases|issues"
BOARD = "board|duty|priority|orders"
MONITORING = "opinion|alerts|monitoring|metrics|watches|scan-hits"
# A duty chief stops and starts channels too, so nobody of this module counts on one that goes.
KITCHEN = "/api/v1/kitchen/"
PEOPLE = (
    ("head", f"{KITCHEN}({PLANNING})"),
    ("head", f"{KITCHEN}(?!{PLANNING}|{PUBLICATION}|{MONITORING}|{BOARD}|rundowns|assessment)"),
    ("head", f"{KITCHEN}({MONITORING})"),
    ("duty", f"{KITCHEN}({PUBLICATION})"),
    ("duty", f"{KITCHEN}({BOARD})"),
    ("tv", f"{KITCHEN}rundowns"),
    ("assessor", f"{KITCHEN}assessment"),
)


@pytest.mark.parametrize("at", range(len(PEOPLE)))
def test_every_operation_of_the_kitchen_keeps_its_contract(contract_server: Server, tmp_path: Path, at: int) -> None:
    # There are twice as many of them as of all others, and most refuse what fits no thing that is there.
    paths = shares(contract_server, PEOPLE)[at]
    assert paths
    keep_contract(contract_server, PEOPLE[at][0], paths, tmp_path, max(EXAMPLES * 2 // 5, 5))
