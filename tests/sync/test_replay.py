"""For every action and every reader: what they held before, with the rows since, is what a newcomer is given."""

from __future__ import annotations

import pytest

from tests.support.server import Server
from tests.sync import alert_deeds, assessment_deeds, monitoring_deeds, notice_deeds, receipt_deeds, request_deeds
from tests.sync.deeds import DEEDS, SILENT, Deed
from tests.sync.holder import Holder
from tests.sync.world import OURS, THEIRS, TOWN, World

# Each of these adds its own to the table.
TABLES = (assessment_deeds, monitoring_deeds, alert_deeds, request_deeds, receipt_deeds, notice_deeds)
assert all(each.DEEDS is DEEDS for each in TABLES)

DESKS = [
    *("desk:planning", "desk:reporters", "desk:examination", "desk:newmedia", "desk:newspaper", "desk:tv"),
    *("desk:monitoring", "desk:assessment"),
]


def readers(world: World) -> dict[str, Holder]:
    """One reader of each kind, with what they may hold."""
    citizen, editor, newcomer = world.citizen, world.editor, world.newcomer
    found = {
        "anonymous": Holder(world.server.anonymous(), ["pub", f"town:{TOWN}", "town:luodian"]),
        "citizen": Holder(citizen, ["pub", f"user:{citizen.id}", f"town:{TOWN}"]),
        "editor": Holder(editor, ["desk:editing", f"user:{editor.id}"]),
        "proof": Holder(world.proof, ["desk:editing", "desk:examination", f"user:{world.proof.id}"]),
        "duty": Holder(world.duty, ["kitchen", *DESKS, f"user:{world.duty.id}"]),
        "dispatcher": Holder(world.dispatcher, ["desk:service", f"user:{world.dispatcher.id}"]),
        "clerk": Holder(world.office, [f"desk:notices-{OURS}", f"user:{world.office.id}"]),
        "staff": Holder(world.staff, [f"office:{OURS}"]),
        "other office": Holder(world.staff2, [f"office:{THEIRS}", f"user:{world.staff2.id}"]),
    }
    return found | ({"newcomer": Holder(newcomer, [f"user:{newcomer.id}"])} if newcomer else {})


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
def test_replay(world: World, deed: Deed) -> None:
    steps = deed.steps(world)
    next(steps)
    world.rest()
    before = readers(world)
    for reader in before.values():
        reader.load()
    assert next(steps, "done") == "done"
    world.rest()
    rows = {name: reader.catch_up(limit=3) for name, reader in before.items()}
    assert any(rows.values()), "the action left no rows at all"
    for name, reader in before.items():
        fresh = Holder(reader.person, reader.streams)
        fresh.load()
        assert (name, reader.held) == (name, fresh.held)
        for stream in reader.streams:
            assert (name, stream, reader.digest(stream)) == (name, stream, reader.server_digest(stream))


def test_the_table_has_every_operation_that_writes(house: Server) -> None:
    paths = house.anonymous().does("GET", "/openapi.json")["paths"]
    prefix = "/api/v1"
    writes = {
        f"{method.upper()} {path.removeprefix(prefix)}"
        for path, operations in paths.items()
        for method in operations
        if method in {"post", "put", "patch", "delete"}
    }
    assert writes - SILENT == {call for deed in DEEDS for call in deed.calls}
