"""Representations that are written out once a version and handed out as often as they are asked for.

Ten thousand phones open one article when the bell rings. What each of them gets depends on nothing but the article's
version, so it is rendered for the first and kept. Who asks here has looked up the version in the same snapshot: a
newer one is rendered anew, and of one that was withdrawn nobody asks.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 32 * 1024 * 1024
Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A thing at one version, as JSON."""

    json: bytes
    ver: int


class Renderings:
    """Keeps what was written last, up to so many bytes, in this process."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes, self._bytes = max_bytes, 0
        self._kept: OrderedDict[Key, Rendering] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, render: Callable[[], dict[str, Any]]) -> Rendering:
        """Return what is kept under `key`, or what `render` gives; `key` names all that the rendering depends on."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        body = render()
        rendering = Rendering(to_json(body).encode(), body["ver"])
        with self._lock:
            # Two may have rendered at once, which costs time and nothing else.
            self._bytes += len(rendering.json) - (len(self._kept[key].json) if key in self._kept else 0)
            self._kept[key] = rendering
            self._kept.move_to_end(key)
            while self._bytes > self._max_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest.json)
        return rendering


def to_json(value: Any) -> str:
    """Write JSON as it travels: Chinese as it is, and no spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
