"""The kitchen's operations, called by schemathesis as those who may do nearly everything there."""

from __future__ import annotations

import pytest

from tests.contract.conftest import EXAMPLES, keep_contract
from tests.support.server import Server

PLANNING = "leads|topics|meetings|directives"
PUBLICATION = "channels|halt|resume|publications|cases|issues"
BOARD = "board|duty|priority|orders"
MONITORING = "opinion|alerts|monitoring|metrics|watches|scan-hits"
# A duty chief stops and starts channels too, so nobody of this module counts on one that goes.
WHO = [
    ("head", f"({PLANNING})"),
    ("head", f"(?!{PLANNING}|{PUBLICATION}|{MONITORING}|{BOARD}|rundowns|assessment)"),
    ("head", f"({MONITORING})"),
    ("duty", f"({PUBLICATION})"),
    ("duty", f"({BOARD})"),
    ("tv", "rundowns"),
    ("assessor", "assessment"),
]


@pytest.mark.parametrize(("who", "part"), WHO)
def test_every_operation_of_the_kitchen_keeps_its_contract(contract_server: Server, who: str, part: str) -> None:
    # There are twice as many of them as of all others, and most refuse what fits no thing that is there.
    keep_contract(contract_server, who, f"/api/v1/kitchen/{part}", max(EXAMPLES * 2 // 5, 5))
