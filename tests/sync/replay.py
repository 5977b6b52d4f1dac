"""What every reader held before an action, with the rows since, is what a newcomer is given; and all the actions."""

from __future__ import annotations

from typing import Any

from tests.sync import (
    alert_deeds,
    assessment_deeds,
    community_deeds,
    live_deeds,
    monitoring_deeds,
    notice_deeds,
    receipt_deeds,
    request_deeds,
    tip_deeds,
)
from tests.sync.deeds import DEEDS, Deed
from tests.sync.holder import Holder
from tests.sync.world import OURS, THEIRS, TOWN, World

# Each of these adds its own to the table.
TABLES = (
    assessment_deeds,
    monitoring_deeds,
    alert_deeds,
    request_deeds,
    receipt_deeds,
    notice_deeds,
    community_deeds,
    tip_deeds,
    live_deeds,
)
assert all(each.DEEDS is DEEDS for each in TABLES)
# What is in a house grows with every action, and all of it is read for each: so two houses share them.
_OUTSIDE = {
    table.__name__
    for table in (alert_deeds, request_deeds, receipt_deeds, notice_deeds, community_deeds, tip_deeds, live_deeds)
}
OF_CITIZENS = [deed for deed in DEEDS if deed.steps.__module__ in _OUTSIDE]
OF_NEWSROOM = [deed for deed in DEEDS if deed.steps.__module__ not in _OUTSIDE]

# After how many deeds those are looked at, too, whom no row has reached.
LOOK_EVERY = 6

DESKS = [
    *("desk:planning", "desk:reporters", "desk:examination", "desk:newmedia", "desk:newspaper", "desk:tv"),
    *("desk:monitoring", "desk:assessment", "desk:moderation"),
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
    if world.talked_about:
        talk = f"talk:{world.talked_about}"
        found["talker"] = Holder(citizen, ["pub", talk])
    return found | ({"newcomer": Holder(newcomer, [f"user:{newcomer.id}"])} if newcomer else {})


def replay(world: World, deed: Deed) -> None:
    """Do it, and compare for every reader."""
    steps = deed.steps(world)
    next(steps)
    world.rest()
    before = {name: _as_before(world, name, reader) for name, reader in readers(world).items()}
    assert next(steps, "done") == "done"
    world.rest()
    rows = {name: reader.catch_up(limit=3) for name, reader in before.items()}
    assert any(rows.values()), "the action left no rows at all"
    world.deeds += 1
    for name, reader in before.items():
        # What moved without a row stays wrong with those who read along, so it is enough to look at times.
        if rows[name] or world.deeds % LOOK_EVERY == 0:
            compare(name, reader)


def compare_all(world: World) -> None:
    """Compare everybody who has read along with a newcomer."""
    for name, reader in readers(world).items():
        compare(name, _as_before(world, name, reader))


def compare(name: str, reader: Holder) -> None:
    """Compare what a reader holds with what a newcomer is given, and both with the server's digests."""
    fresh = Holder(reader.person, reader.streams)
    fresh.load()
    digests = _at_one_moment(reader, fresh)
    assert (name, reader.held) == (name, fresh.held)
    assert (name, {stream: reader.digest(stream) for stream in reader.streams}) == (name, digests)


def _as_before(world: World, name: str, reader: Holder) -> Holder:
    """Return the reader of this name who has been there all along, up to date; this one where there is none."""
    key = (name, *reader.streams)
    if key not in world.holders:
        reader.load()
        world.holders[key] = reader
    known = world.holders[key]
    # The same person, with a token that holds.
    known.person = reader.person
    known.catch_up()
    return known


def _at_one_moment(*holders: Holder) -> dict[str, dict[str, Any]]:
    """Return the server's digests, all from one moment that these holders have caught up to.

    A house that is a quarter of an hour old sounds alarms by itself, also between two questions.
    """
    streams, person = holders[0].streams, holders[0]
    for _ in range(20):
        digests = {stream: person.server_digest(stream) for stream in streams}
        if not [row for holder in holders for row in holder.catch_up()]:
            return digests
    raise AssertionError("the house does not come to rest")
