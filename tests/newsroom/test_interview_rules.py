"""The ways of assignments and materials, who is asked next, and which media may stand in a story. No database."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import AppError, Code
from backend.newsroom.interview import rules
from backend.newsroom.interview.rules import (
    ASSIGNMENT,
    MATERIAL,
    AssignmentFacts,
    Candidate,
    MaterialFacts,
    MediaState,
    demand_media_allowed,
)
from backend.newsroom.planning.rules import COVERAGE_KINDS

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)

# What NEWSROOM.md says, written down a second time on purpose: command, from, to.
ASSIGNMENT_WAYS = {
    ("dispatch", "draft", "dispatched"),
    ("accept", "dispatched", "accepted"),
    ("decline", "dispatched", "declined"),
    ("no_answer", "dispatched", "no_answer"),
    ("on_site", "accepted", "on_site"),
    ("file", "on_site", "filed"),
    ("done", "filed", "done"),
    *(("reassign", state, "reassigned") for state in ("dispatched", "accepted", "on_site")),
    *(("cancel", state, "cancelled") for state in ("draft", "dispatched", "accepted", "on_site", "filed")),
    # Where nobody was left to be asked, people decide.
    *((("reassign", state, state)) for state in ("declined", "no_answer")),
    *((("cancel", state, "cancelled")) for state in ("declined", "no_answer")),
    ("name_reporters", "draft", "draft"),
    *(("edit", state, state) for state in ("draft", "dispatched", "accepted", "on_site")),
    *(("link", state, state) for state in ("dispatched", "accepted", "on_site", "filed", "done")),
}
MATERIAL_WAYS = {
    ("check", "uploaded", "checked"),
    ("approve", "checked", "usable"),
    ("approve", "restricted", "usable"),
    *(("restrict", state, "restricted") for state in ("uploaded", "checked", "usable")),
    *(("reject", state, "rejected") for state in ("uploaded", "checked", "usable", "restricted")),
    *(("edit_rights", state, state) for state in ("uploaded", "checked", "restricted")),
    ("edit_rights", "usable", "checked"),
    *(
        (command, state, state)
        for command in ("edit", "consent", "link")
        for state in ("uploaded", "checked", "usable", "restricted")
    ),
}
MACHINES = [
    (ASSIGNMENT, ASSIGNMENT_WAYS, AssignmentFacts(pieces=1)),
    (MATERIAL, MATERIAL_WAYS, MaterialFacts(now=NOON)),
]
NAMES = [machine.name for machine, _, _ in MACHINES]


def commands_of(machine):
    return sorted({way.command for way in machine.ways})


@pytest.mark.parametrize(("machine", "ways", "facts"), MACHINES, ids=NAMES)
def test_each_command_in_each_state_goes_where_the_table_says_or_is_refused(machine, ways, facts) -> None:
    for command in commands_of(machine):
        for state in machine.states:
            to = next((target for name, source, target in ways if (name, source) == (command, state)), None)
            if to is not None:
                assert machine.step(command, state, facts) == to
                continue
            with pytest.raises(AppError) as refusal:
                machine.step(command, state, facts)
            problem = refusal.value.as_problem()
            assert (problem["status"], problem["code"], problem["guard"]) == (409, "illegal_state", "state")
            assert problem["allowed"] == machine.allowed(state)
            assert problem["needs"]


@pytest.mark.parametrize(("machine", "ways", "facts"), MACHINES, ids=NAMES)
@given(data=st.data())
def test_no_chain_of_commands_leaves_the_table(machine, ways, facts, data) -> None:
    state = data.draw(st.sampled_from(machine.start))
    for command in data.draw(st.lists(st.sampled_from(commands_of(machine)), max_size=12)):
        before = state
        with contextlib.suppress(AppError):
            state = machine.step(command, state, facts)
            assert (command, before, state) in ways
            assert before not in machine.ends or before == state
    assert state in machine.states


@pytest.mark.parametrize(("machine", "ways", "facts"), MACHINES, ids=NAMES)
def test_each_state_can_be_reached(machine, ways, facts) -> None:
    reached = set(machine.start)
    while fresh := {target for _, source, target in ways if source in reached} - reached:
        reached |= fresh
    assert reached == set(machine.states)


@pytest.mark.parametrize(
    ("command", "state", "facts", "guard"),
    [
        ("dispatch", "draft", AssignmentFacts(topic_state="approved"), "topic_dispatched"),
        ("dispatch", "draft", AssignmentFacts(reporters=0), "reporter_on_duty"),
        ("file", "on_site", AssignmentFacts(pieces=0), "something_filed"),
        ("reassign", "no_answer", AssignmentFacts(taken_over=True), "not_taken_over"),
        ("cancel", "declined", AssignmentFacts(taken_over=True), "not_taken_over"),
    ],
)
def test_what_does_not_hold_is_named(command, state, facts, guard) -> None:
    with pytest.raises(AppError) as refusal:
        ASSIGNMENT.step(command, state, facts)
    assert (refusal.value.status, refusal.value.code, refusal.value.data["guard"]) == (409, Code.GUARD_FAILED, guard)
    assert refusal.value.data["needs"]


def test_nothing_can_be_done_with_what_was_handed_on() -> None:
    assert rules.allowed_for_assignment("no_answer", taken_over=True) == []
    assert rules.allowed_for_assignment("no_answer", taken_over=False) == ["cancel", "reassign"]


def test_a_reporter_has_ten_minutes_and_two_in_an_emergency() -> None:
    assert rules.answer_due(NOON, emergency=False) == NOON + timedelta(minutes=10)
    assert rules.answer_due(NOON, emergency=True) == NOON + timedelta(minutes=2)


@pytest.mark.parametrize("state", ASSIGNMENT.states)
def test_only_what_somebody_has_in_hand_is_overdue(state) -> None:
    late, in_time = NOON - timedelta(seconds=1), NOON
    assert rules.is_overdue(state, late, NOON) == (state in {"dispatched", "accepted", "on_site"})
    assert not rules.is_overdue(state, in_time, NOON)


# ── who is asked ──


def candidate(number: int, load: int = 0, *skills: str) -> Candidate:
    return Candidate(f"account{number}", f"person{number}", "某人", skills, load, None)


CANDIDATES = st.lists(
    st.builds(candidate, st.integers(0, 9), st.integers(0, 4), st.sampled_from(["text", "video"])),
    unique_by=lambda one: one.id,
    max_size=8,
)


def test_the_skilled_come_first_then_the_least_loaded_then_the_first_by_id() -> None:
    people = [candidate(1), candidate(2, 3, "video"), candidate(3, 1, "video", "text"), candidate(4, 1, "video")]
    assert [one.id[-1] for one in rules.in_order(people, "video")] == ["3", "4", "2", "1"]
    assert [one.id[-1] for one in rules.in_order(people, None)] == ["1", "3", "4", "2"]


def test_skills_are_named_in_the_words_of_the_house() -> None:
    assert rules.is_skilled(["文字", "摄影"], "photo")
    assert rules.is_skilled(["photo"], "photo")
    assert not rules.is_skilled(["文字"], "photo")
    assert not rules.is_skilled(["摄影"], None)
    assert not rules.is_skilled(["摄影"], "pottery")
    assert rules.SKILLS.keys() == COVERAGE_KINDS.keys()


@given(CANDIDATES, st.sets(st.sampled_from([f"person{number}" for number in range(10)])))
def test_nobody_is_asked_twice_and_nobody_busier_before_one_who_is_as_skilled(people, tried) -> None:
    found = rules.next_candidate(people, "video", tried)
    left = [one for one in people if one.person not in tried]
    assert (found is None) == (not left)
    if found is not None:
        assert found in left
        skilled = [one for one in left if "video" in one.skills] or left
        assert found in skilled
        assert found.load == min(one.load for one in skilled)


# ── materials and media ──


@pytest.mark.parametrize("subjects", ["minor", "victim"])
@pytest.mark.parametrize("state", ["checked", "restricted"])
def test_minors_and_victims_without_consent_are_never_usable(subjects, state) -> None:
    facts = MaterialFacts(subjects=subjects, now=NOON)
    with pytest.raises(AppError) as refusal:
        MATERIAL.step("approve", state, facts)
    assert (refusal.value.code, refusal.value.data["guard"]) == (Code.CONSENT_MISSING, "consent")
    assert "限用" in refusal.value.data["needs"]
    assert "restrict" in MATERIAL.allowed("checked")
    assert MATERIAL.step("approve", state, replace(facts, has_consent=True)) == "usable"


def test_a_licence_that_has_run_out_approves_nothing() -> None:
    facts = MaterialFacts(expires=NOON, now=NOON)
    with pytest.raises(AppError) as refusal:
        MATERIAL.step("approve", "checked", facts)
    assert refusal.value.data["guard"] == "licence"
    assert MATERIAL.step("approve", "checked", replace(facts, now=NOON - timedelta(seconds=1))) == "usable"


FINE = MediaState("m", None, None, licence_expired=False, consent_missing=False, uploaded_by=())


@pytest.mark.parametrize(
    ("state", "code", "guard"),
    [
        (replace(FINE, state="usable", consent_missing=True), Code.CONSENT_MISSING, "consent"),
        (replace(FINE, state="restricted", consent_missing=True), Code.CONSENT_MISSING, "consent"),
        (replace(FINE, state="rejected"), Code.GUARD_FAILED, "media_rights"),
        (replace(FINE, state="restricted"), Code.GUARD_FAILED, "media_rights"),
        (replace(FINE, state="usable", licence_expired=True), Code.GUARD_FAILED, "media_rights"),
    ],
)
def test_media_that_may_not_stand_in_a_story_are_named(state, code, guard) -> None:
    with pytest.raises(AppError) as refusal:
        demand_media_allowed([FINE, replace(state, media_id="bad", material_id="x")])
    data = refusal.value.data
    assert (refusal.value.status, refusal.value.code, data["guard"]) == (409, code, guard)
    assert data["findings"] == [{"media": "bad", "material": "x"}]


@pytest.mark.parametrize("state", [None, "uploaded", "checked", "usable"])
def test_other_media_may_stand_in_a_story(state) -> None:
    demand_media_allowed([FINE, replace(FINE, state=state)])
