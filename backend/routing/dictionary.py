"""Reading the dictionary of the routing aid from a table in TOML. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_WEIGHTS = {"certain": 3.0, "likely": 2.0, "maybe": 1.0}


def read_words(table: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    """Yield (service, word, weight) of `[[words]] service, certain, likely, maybe`; a word once for a service.

    Raises:
        KeyError: for an entry without a service.
    """
    for entry in table["words"]:
        seen: set[str] = set()
        for name, weight in _WEIGHTS.items():
            for word in entry.get(name, ()):
                if word not in seen:
                    seen.add(word)
                    yield entry["service"], word, weight
