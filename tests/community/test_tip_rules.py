"""The way of a tip, and how many may be sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.community.tips.rules import LIMITS, OPEN, TIP, lead_title, wait_for
from backend.errors import AppError

NOW = datetime(2026, 11, 27, 4, tzinfo=UTC)
COMMANDS = sorted({way.command for way in TIP.ways})


@given(st.lists(st.sampled_from(COMMANDS), max_size=12))
def test_whatever_is_tried_a_tip_goes_only_forward(tried: list[str]) -> None:
    order = {"received": 0, "taken": 1, "published": 2, "closed": 2, "withdrawn": 2}
    state, ended = "received", False
    for command in tried:
        if command not in {way.command for way in TIP.ways if state in way.sources}:
            with pytest.raises(AppError) as refused:
                TIP.step(command, state)
            assert (refused.value.status, refused.value.data["state"]) == (409, state)
            continue
        after = TIP.step(command, state)
        assert order[after] >= order[state]
        assert not ended or after == state
        state, ended = after, after in TIP.ends
    assert (TIP.allowed(state) == []) == (state not in OPEN)


@given(st.lists(st.integers(0, 3 * 86_400), max_size=60))
def test_those_who_keep_to_the_wait_never_send_more_than_is_allowed(pauses: list[int]) -> None:
    at, sent = NOW, []
    for pause in pauses:
        at += timedelta(seconds=pause)
        wait = wait_for(sent, at)
        if wait is None:
            sent.append(at)
        else:
            assert timedelta() < wait <= max(within for _, within in LIMITS)
            assert wait_for(sent, at + wait) is None
    for most, within in LIMITS:
        assert all(len([one for one in sent if each - within < one <= each]) <= most for each in sent)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("路口积水没过脚踝。车都绕着走", "路口积水没过脚踝"),
        ("。。好", "。。好"),
        ("长" * 50, "长" * 39 + "…"),
        ("第一行\n第二行", "第一行"),
        ("\n  开头空着", "开头空着"),
    ],
)
def test_a_lead_is_called_by_the_first_words_of_its_tip(text: str, title: str) -> None:
    assert lead_title(text) == title
