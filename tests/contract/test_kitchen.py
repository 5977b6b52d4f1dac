"""The kitchen's operations, called by schemathesis as one who may do nearly everything there."""

from __future__ import annotations

import pytest

from tests.contract.conftest import EXAMPLES, keep_contract
from tests.support.server import Server


@pytest.mark.parametrize("part", ["(leads|topics|meetings|directives)", "(?!leads|topics|meetings|directives)"])
def test_every_operation_of_the_kitchen_keeps_its_contract(contract_server: Server, part: str) -> None:
    # There are twice as many of them as of all others, and most refuse what fits no thing that is there.
    keep_contract(contract_server, "head", f"/api/v1/kitchen/{part}", max(EXAMPLES * 2 // 5, 5))
