"""How words sound: pinyin without tones, in one string of letters with the places where syllables begin."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

_MANY = 50_000


@dataclass(frozen=True, slots=True)
class Sound:
    """One reading of a dictionary word. `joints` are the offsets in `letters` at which a syllable begins or ends."""

    word: int
    letters: str
    joints: frozenset[int]


def _toneless(reading: str) -> str:
    """Take the tone off a syllable, writing ü as v as one types it: lǜ → lv."""
    apart = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(char for char in apart if char.isascii() and char.isalpha())


class _Syllables(dict[str, str]):
    """The usual reading of a character, kept as they come up; empty for what is no Chinese character."""

    def __missing__(self, char: str) -> str:
        syllable = _toneless(PINYIN_DICT.get(ord(char), "").partition(",")[0])
        if len(self) < _MANY:
            self[char] = syllable
        return syllable


SYLLABLES = _Syllables()


def spell(word: str, index: int) -> Iterator[Sound]:
    """Spell a word: as its characters are read alone, and, where it differs, as it is read as a whole (银行)."""
    alone = [SYLLABLES[char] or char for char in word]
    readings = [alone]
    if word in PHRASES_DICT:
        whole = [_toneless(readings_of[0]) for readings_of in PHRASES_DICT[word]]
        readings += [whole] if whole != alone and len(whole) == len(alone) else []
    for reading in readings:
        joints = {0}
        for syllable in reading:
            joints.add(max(joints) + len(syllable))
        yield Sound(index, "".join(reading), frozenset(joints))
