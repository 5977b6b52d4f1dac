"""What a phone missed of the public streams, in one frame that is shared by all who stopped at the same row."""

from __future__ import annotations

import threading

from backend.sync import queries
from backend.sync.renderers import Renderers
from backend.unit_of_work import Database
from realtime.fanout import Fanout, Message
from realtime.recent import Recent

# More than that a phone fetches itself, over HTTP.
MOST_ROWS = 200
MOST_BYTES = 256 * 1024


class CatchUp:
    """Pages of rows with the current state of what they are about.

    Nothing is kept once something public has moved, so that no page can bring back what was withdrawn.
    """

    def __init__(self, database: Database, renderers: Renderers, recent: Recent, fanout: Fanout) -> None:
        self._database, self._renderers = database, renderers
        self._recent, self._fanout = recent, fanout
        self._pages: dict[tuple[str, int], Message | None] = {}
        self._made_at = -1
        # One page is made at a time; who wants the same one waits for it.
        self._lock = threading.Lock()

    def page(self, stream: str, cursor: int) -> Message | None:
        """Return the `change` frame that brings a phone from `cursor` to the head of a public stream.

        None if nothing was missed, or too much for one frame.
        """
        before = self._recent.row_before(stream, cursor)
        head = self._recent.head_of(stream, cursor)
        if before is None or head is None or head <= cursor:
            return None
        with self._lock:
            if self._made_at != self._recent.public_changes:
                self._pages.clear()
                self._made_at = self._recent.public_changes
            if (stream, before) not in self._pages:
                self._pages[stream, before] = self._make(stream, before)
            # What moved while the page was made may be what it shows; then the phone asks for itself.
            return self._pages[stream, before] if self._made_at == self._recent.public_changes else None

    def _make(self, stream: str, since: int) -> Message | None:
        with self._database.reading() as session:
            rows = queries.rows_of(session, stream, since, MOST_ROWS)
            changes = queries.render_rows(session, self._renderers, rows)
        message = self._fanout.encode("change", changes)
        return message if changes and len(message.frame) <= MOST_BYTES else None
