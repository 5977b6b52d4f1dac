"""The newsroom's rules, without a database."""

from __future__ import annotations

from backend.newsroom.editing.rules import MAX_OPENING, opening_of


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
