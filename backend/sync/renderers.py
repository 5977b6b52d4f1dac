"""How a thing on a stream is written out: the kinds register here, the log and the pump only look up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from backend.sync.streams import Audience

Rendered = dict[str, Any]
# Returns the representation of each id that this audience may see now; an id that is missing is not for them.
Loader = Callable[[Session, Sequence[str], Audience], dict[str, Rendered]]


class Renderers:
    """The kinds of things that travel, each with its loader."""

    def __init__(self) -> None:
        self._loaders: dict[str, Loader] = {}

    def register(self, kind: str, loader: Loader) -> None:
        """Say how things of `kind` are written. Done once, by the composition root."""
        self._loaders[kind] = loader

    @property
    def kinds(self) -> list[str]:
        """The registered kinds."""
        return sorted(self._loaders)

    def render(
        self, session: Session, audience: Audience, things: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], Rendered]:
        """Render things, given as (kind, id), in their current state, one query set a kind."""
        by_kind: dict[str, list[str]] = {}
        for kind, item_id in dict.fromkeys(things):
            by_kind.setdefault(kind, []).append(item_id)
        return {
            (kind, item_id): rendered
            for kind, ids in by_kind.items()
            for item_id, rendered in self._loaders[kind](session, ids, audience).items()
        }
