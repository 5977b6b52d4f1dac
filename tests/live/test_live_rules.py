"""The order of a live blog: whoever holds the same entries reads them in the same order, however they came."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import AppError
from backend.feed.live import rules
from backend.feed.live.rules import EntryState, reading_order
from backend.feed.openings import State, demand_move

Row = dict[str, Any]


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Draw what happened to some entries: each shown, and perhaps pinned, corrected, unpinned or withdrawn."""
    rows: list[Row] = []
    for no in range(1, draw(st.integers(1, 8)) + 1):
        pinned, ver = False, 1
        rows.append({"id": f"e{no}", "ver": 2, "op": "put", "data": {"id": f"e{no}", "no": no, "pinned": False}})
        for step in draw(st.lists(st.sampled_from(["pin", "unpin", "correct"]), max_size=3)):
            pinned = {"pin": True, "unpin": False}.get(step, pinned)
            ver = rows[-1]["ver"] + 1
            data = {"id": f"e{no}", "no": no, "pinned": pinned}
            rows.append({"id": f"e{no}", "ver": ver, "op": "put", "data": data})
        if draw(st.booleans()) and no % 3 == 0:
            rows.append({"id": f"e{no}", "ver": rows[-1]["ver"] + 1, "op": "del"})
    return rows


def read(rows: list[Row]) -> list[str]:
    """Hold of each thing what its newest version says, and read what is held."""
    newest: dict[str, Row] = {}
    for row in rows:
        if row["ver"] > newest.get(row["id"], {"ver": 0})["ver"]:
            newest[row["id"]] = row
    return [entry["id"] for entry in reading_order(row["data"] for row in newest.values() if row["op"] == "put")]


@given(histories(), st.data())
def test_every_order_of_delivery_ends_with_the_same_order_of_reading(rows: list[Row], data: st.DataObject) -> None:
    delivered = data.draw(st.permutations(rows))
    doubled = delivered + data.draw(st.lists(st.sampled_from(rows), max_size=5))
    assert read(rows) == read(delivered) == read(doubled)


def test_what_is_pinned_comes_first_and_then_the_newest_number() -> None:
    entries = [{"no": no, "pinned": no in {2, 3}} for no in (1, 4, 2, 5, 3)]
    assert [entry["no"] for entry in reading_order(entries)] == [3, 2, 5, 4, 1]


@pytest.mark.parametrize("command", rules.TRANSITIONS)
def test_nothing_leads_out_of_a_withdrawal(command: str) -> None:
    with pytest.raises(AppError) as refused:
        rules.demand_move(command, EntryState.WITHDRAWN)
    assert refused.value.data["allowed"] == []


@pytest.mark.parametrize(("command", "states"), [("open", "open withdrawn"), ("close", "draft closed withdrawn")])
def test_a_live_blog_is_opened_and_closed_where_that_makes_sense(command: str, states: str) -> None:
    for state in states.split():
        with pytest.raises(AppError):
            demand_move("直播", command, State(state))
