"""The newsroom's rules, without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import policy
from backend.errors import AppError
from backend.newsroom.editing.rules import MAX_OPENING, difference, opening_of
from backend.newsroom.examination.rules import STEP, STEPS, StepFacts, Taken, level_of
from backend.newsroom.machine import Machine
from deploy.newsroom_page import machines, write_newsroom
from tests.support.server import ROOT


def test_a_short_paragraph_is_its_own_opening():
    assert opening_of("\n  积水已退。请慢行。 \n\n更多消息稍后。") == "积水已退。请慢行。"


def test_a_long_paragraph_is_cut_after_a_sentence():
    opening = opening_of("路面积水约二十厘米。" * 30)
    assert opening.endswith("。")
    assert MAX_OPENING - 10 < len(opening) <= MAX_OPENING


def test_one_endless_sentence_is_cut_and_says_so():
    opening = opening_of("长" * 400)
    assert len(opening) == MAX_OPENING
    assert opening.endswith("…")


# ── states and guards as data ──


def test_the_page_of_the_newsroom_is_what_the_rules_say():
    page = (ROOT / "docs" / "newsroom.md").read_text(encoding="utf-8")
    assert page == write_newsroom(), "run `flask --app wsgi newsroom > docs/newsroom.md`"


@pytest.mark.parametrize("machine", list(machines()), ids=lambda machine: machine.name)
def test_every_machine_is_whole(machine: Machine):
    """No way leads out of the table, no state is out of reach, and an end is an end."""
    reached = set(machine.start)
    for _ in machine.states:
        reached |= {way.target for way in machine.ways if way.target and reached & set(way.sources)}
    assert reached == set(machine.states)
    for way in machine.ways:
        assert set(way.sources) <= set(machine.states)
        assert way.target is None or way.target in machine.states
        assert way.target is None or not set(way.sources) & set(machine.ends)
        assert way.permission is None or way.permission in policy.PERMISSIONS
        assert way.words
    for guard in machine.guards():
        assert guard.words.endswith("。")
        assert guard.needs


@pytest.mark.parametrize("machine", list(machines()), ids=lambda machine: machine.name)
def test_a_command_out_of_its_state_says_what_is_allowed_and_what_is_needed(machine: Machine):
    for way in machine.ways:
        for state in machine.states.keys() - {s for w in machine.ways if w.command == way.command for s in w.sources}:
            with pytest.raises(AppError) as refused:
                machine.way(way.command, state)
            assert refused.value.status == 409
            assert refused.value.data["allowed"] == machine.allowed(state)
            assert refused.value.data["needs"]


# ── different people ──

_persons = st.sampled_from("abcdef")


@given(
    taken=st.dictionaries(st.sampled_from(STEPS), _persons, max_size=5),
    step=st.sampled_from(STEPS),
    person=_persons,
    strict=st.booleans(),
    author=_persons,
)
def test_who_may_take_a_step_is_what_the_page_says(taken, step, person, strict, author):
    others = tuple(Taken(name, who) for name, who in taken.items() if name != step)
    facts = StepFacts(step, person, authors=frozenset({author}), taken=others, strict=strict)
    own = [other.step for other in others if other.person == person]
    same_level_only = all(level_of(name) == level_of(step) and name[0] != step[0] for name in own)
    right = person != author and (not own if strict else same_level_only)
    if right:
        assert STEP.step("claim", "open", facts) == "claimed"
        return
    with pytest.raises(AppError) as refused:
        STEP.step("claim", "open", facts)
    assert str(refused.value.code) == "same_person"


_bodies = st.lists(
    st.tuples(st.sampled_from("abcd"), st.text("甲乙", max_size=2)), unique_by=lambda b: b[0], max_size=4
)


@given(before=_bodies, after=_bodies)
def test_a_difference_names_every_block_that_is_not_the_same(before, after):
    old, new = ([{"id": key, "type": "text", "html": text} for key, text in body] for body in (before, after))
    changes = difference({"body": old, "headline": "甲"}, {"body": new, "headline": "甲"})
    assert (changes == []) == (old == new)
    texts = dict(before), dict(after)
    changed = {key for key in {*texts[0], *texts[1]} if texts[0].get(key) != texts[1].get(key)}
    assert {change["block_id"] for change in changes if change["op"] != "move"} == changed
