"""What was written last of each feed, in this process: a thousand readers poll, and one of them has it written."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

Key = tuple[str, ...]
Edition = tuple[int, str]
_MAX_KEPT = 256


@dataclass(frozen=True, slots=True)
class Document:
    """A feed or an article as it goes out. `tag` is its fingerprint, `changed` when it was another one last."""

    body: bytes
    mime: str
    changed: datetime
    tag: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tag", hashlib.sha256(self.body).hexdigest()[:32])


class Editions:
    """Keeps the last edition of so many documents."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[Edition, Document]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, edition: Edition, write: Callable[[], Document]) -> Document:
        """Return the document, or what `write` gives where only an older edition is kept."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] == edition:
                self._kept.move_to_end(key)
                return kept[1]
        # Two may write at once, which costs time and nothing else.
        document = write()
        with self._lock:
            self._kept[key] = edition, document
            self._kept.move_to_end(key)
            while len(self._kept) > _MAX_KEPT:
                self._kept.popitem(last=False)
        return document
