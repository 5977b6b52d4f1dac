"""The parts of the realtime side by themselves: who is due, who may come in, where streams stand, whose a token is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts.tokens import Identity
from backend.errors import AppError
from backend.sync.models import Row
from realtime import json_text
from realtime.admission import SPREAD_MS, Admission
from realtime.connections import Connection, Connections
from realtime.recent import KEPT_NUMBERS, Recent
from realtime.wheel import Wheel

SECRET = "a key for tests, long enough to be accepted"
NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)


class At:
    """A clock that stands still."""

    clock = SimpleNamespace(now=lambda: NOW)


# ── the wheel ──


@given(steps=st.lists(st.floats(0, 3), min_size=1, max_size=80), count=st.integers(1, 40))
def test_everybody_is_due_once_a_period_whatever_the_clock_does(steps: list[float], count: int) -> None:
    wheel: Wheel[int] = Wheel(2.0, lambda _: True)
    for member in range(count):
        wheel.add(member)
    now, seen = 100.0, dict.fromkeys(range(count), 0)
    wheel.due(now)
    for step in steps:
        now += step
        due = wheel.due(now)
        assert len(due) == len(set(due)), "nobody twice in one go"
        for member in due:
            seen[member] += 1
    periods = (now - 100.0) / 2.0
    assert all(times <= periods + 1 for times in seen.values())
    if max(steps) <= 2.0:
        assert all(times >= int(periods) - 1 for times in seen.values())


def test_whoever_is_not_wanted_any_more_is_forgotten() -> None:
    gone: set[int] = set()
    wheel: Wheel[int] = Wheel(1.0, lambda member: member not in gone)
    for member in range(20):
        wheel.add(member)
    wheel.due(0.0)
    gone.update(range(10))
    assert sorted(wheel.due(1.05)) == list(range(10, 20))


# ── admission ──


@given(gaps=st.lists(st.floats(0, 0.2), min_size=50, max_size=300))
def test_no_more_are_let_in_than_the_rate_allows(gaps: list[float]) -> None:
    admission, now, admitted = Admission(10), 1000.0, []
    for gap in gaps:
        now += gap
        if admission.ask(now) is None:
            admitted.append(now)
    for begin, first in enumerate(admitted):
        inside = sum(first <= moment <= first + 1.0 for moment in admitted[begin:])
        assert inside <= 10 + 10 + 1, "a burst of one second's worth, and what a second brings"


def test_those_turned_away_are_told_moments_as_far_apart_as_they_can_be_served() -> None:
    admission = Admission(100)
    answers = [admission.ask(50.0) for _ in range(600)]
    waits = [wait for wait in answers if wait is not None]
    assert len(waits) == 500
    assert all(10 * (place + 1) - 1 <= wait < 10 * (place + 1) + SPREAD_MS for place, wait in enumerate(waits))


def test_a_process_that_is_late_lets_in_fewer_and_recovers() -> None:
    admission = Admission(1000)
    for _ in range(20):
        admission.observe(1.0)
    assert admission.rate == 200
    for _ in range(200):
        admission.observe(0.0)
    assert admission.rate == 1000


# ── where streams stand ──

names = st.sampled_from(["pub", "town:gucun", "user:a", "user:b", "desk:editing"])


@given(moves=st.lists(names, max_size=60), cursor=st.integers(0, 60))
def test_what_is_remembered_never_claims_too_little(moves: list[str], cursor: int) -> None:
    recent, heads = Recent(), dict.fromkeys(["pub", "town:gucun", "user:a", "user:b", "desk:editing"], 0)
    for seq, stream in enumerate(moves, 1):
        recent.learn([Row(seq=seq, stream=stream, prev=heads[stream], kind="k", item_id="i", ver=1, op="put")])
        heads[stream] = seq
    for stream, head in heads.items():
        claimed = recent.head_of(stream, cursor)
        if claimed is not None:
            assert claimed >= head
            assert claimed in (head, cursor)
    assert all(recent.moved(heads)[stream] == heads[stream] for stream in recent.moved(heads))
    before = recent.row_before("pub", cursor)
    rows = [seq for seq, stream in enumerate(moves, 1) if stream == "pub" and seq <= cursor]
    if before is not None:
        assert before == (rows[-1] if rows else 0)


def test_only_so_many_rows_of_a_public_stream_are_remembered() -> None:
    recent = Recent()
    for seq in range(1, KEPT_NUMBERS + 100):
        recent.learn([Row(seq=seq, stream="pub", prev=seq - 1, kind="k", item_id="i", ver=1, op="put")])
    assert recent.row_before("pub", 50) is None
    assert recent.row_before("pub", KEPT_NUMBERS) == KEPT_NUMBERS


# ── who is connected ──

deeds = st.tuples(
    st.sampled_from(["add", "remove", "hold", "belong"]),
    st.integers(0, 4),
    st.frozensets(st.sampled_from("abc")),
    st.sampled_from(["p", "q"]),
)


@given(todo=st.lists(deeds, max_size=40))
def test_members_are_those_who_hold_a_stream(todo: list[tuple[str, int, frozenset[str], str]]) -> None:
    connections, model = Connections(), {}
    actors: dict[str, Any] = {name: SimpleNamespace(id=name) for name in "pq"}
    for deed, number, streams, person in todo:
        sid = str(number)
        if deed == "add" and sid not in model:
            model[sid] = Connection(sid, None, actors[person], streams)
            connections.add(model[sid])
        elif deed == "remove":
            connections.remove(sid)
            model.pop(sid, None)
        elif sid in model and deed == "hold":
            before = model[sid].streams
            assert connections.hold(model[sid], streams) == before - streams
        elif sid in model and deed == "belong":
            connections.belong(model[sid], actors[person])
    for stream in "abc":
        expected = {phone.sid for phone in model.values() if stream in phone.streams}
        assert {phone.sid for phone in connections.members(stream)} == expected
        assert connections.held([stream]) == ({stream} if expected else set())
    for person in "pq":
        expected = {phone.sid for phone in model.values() if phone.actor.id == person}
        assert {phone.sid for phone in connections.of_person(person)} == expected
    assert len(connections) == len(model)


# ── tokens ──


def identity() -> Identity:
    return Identity(At, SECRET)  # type: ignore[arg-type]  # of the database only the clock is asked


@given(account=st.from_regex(r"\A[0-9A-Za-z_-]{1,64}\Z"), kind=st.sampled_from(["citizen", "staff"]))
def test_our_reading_of_a_token_agrees_with_the_library(account: str, kind: str) -> None:
    token = identity().issue(account, "session", NOW, kind=kind)
    claims = jwt.decode(
        token, SECRET, ["HS256"], audience="ronghui", options={"verify_exp": False, "verify_iat": False}
    )
    read = identity().read(token)
    assert (read.account_id, read.session_id, read.is_citizen) == (claims["sub"], claims["sid"], kind == "citizen")
    assert read.expires_at == datetime.fromtimestamp(claims["exp"], UTC) == NOW + timedelta(minutes=15)


@given(at=st.integers(0, 400), character=st.characters(codec="utf-8"))
def test_a_token_with_one_character_changed_is_refused_or_still_says_the_same(at: int, character: str) -> None:
    token = identity().issue("account", "session", NOW, kind="citizen")
    at %= len(token)
    changed = token[:at] + character + token[at + 1 :]
    try:
        read = identity().read(changed)
    except AppError:
        return
    # The last character of a signature has bits that count for nothing.
    assert read == identity().read(token)
    assert changed.rpartition(".")[0] == token.rpartition(".")[0]


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "é.é.é", "a" * 2000])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(AppError):
        identity().read(token)


@pytest.mark.parametrize(
    ("key", "algorithm", "audience"),
    [
        (None, "none", "ronghui"),
        (SECRET, "HS512", "ronghui"),
        (SECRET[::-1], "HS256", "ronghui"),
        (SECRET, "HS256", "x"),
    ],
)
def test_tokens_of_another_make_are_refused(key: str | None, algorithm: str, audience: str) -> None:
    claims = {"sub": "a", "sid": "b", "exp": int(NOW.timestamp()) + 60, "aud": audience, "kind": "citizen"}
    with pytest.raises(AppError):
        identity().read(jwt.encode(claims, key, algorithm))


# ── JSON ──

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=values)
def test_json_comes_back_as_it_went_and_is_always_utf8(value: Any) -> None:
    text = json_text.dumps(value, separators=(",", ":"))
    assert json.loads(text) == value
    text.encode()


def test_half_a_character_stays_an_escape() -> None:
    assert json_text.dumps("新\ud800") == '"新\\ud800"'
