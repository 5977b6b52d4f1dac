"""Many words looked for in one pass over a text: Aho and Corasick's automaton."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

import ahocorasick  # type: ignore[import-not-found]  # the library is one compiled module, without types

Value = TypeVar("Value")
_LOW_BITS = 7
_LOW = (1 << _LOW_BITS) - 1
_HIGH = 0x4000
_MANY = 50_000


class _Codes(dict[str, str]):
    """Characters as two: the library searches the children of a node one by one, and the root would have thousands."""

    def __missing__(self, char: str) -> str:
        point = ord(char)
        code = chr(_HIGH + (point >> _LOW_BITS)) + chr(point & _LOW)
        if len(self) < _MANY:
            self[char] = code
        return code


_CODES = _Codes()


def _encode(text: str) -> str:
    return "".join([_CODES[char] for char in text])


class Automaton(Generic[Value]):
    """Finds keys, and what was entered under each. One without keys finds nothing."""

    def __init__(self, entries: Iterable[tuple[str, Value]]) -> None:
        by_key: defaultdict[str, list[Value]] = defaultdict(list)
        for key, value in entries:
            by_key[key].append(value)
        automaton = ahocorasick.Automaton()
        for key, values in by_key.items():
            automaton.add_word(_encode(key), (len(key), values))
        # Without keys the library makes no automaton, and could not search with it.
        automaton.make_automaton()
        self._automaton: Any = automaton if by_key else None

    def __bool__(self) -> bool:
        return self._automaton is not None

    def find(self, text: str) -> Iterator[tuple[int, int, list[Value]]]:
        """Find every key in a text, also those within each other: where it begins, where it ends, its values."""
        if self._automaton is None:
            return
        for last, (length, values) in self._automaton.iter(_encode(text)):
            end = (last + 1) // 2
            yield end - length, end, values
