"""Looking at a post once more on its channel: asked with no transaction open, written down after that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from backend.jobs.worker import JobRun, RetryLater
from backend.publishing import rules, watches
from backend.publishing.channel import Channel, Order, Unreachable
from backend.publishing.models import Publication

# A line that is down for longer than these tries is no finding about the post.
_TRIES, _PAUSE_S = 3, 20
OrderOf = Callable[[Session, datetime, JobRun, Publication], Order]


class Watcher:
    """The handler of the watches of one channel.

    Args:
        channel: its adapter.
        order_of: makes the order that a publication was, from which the adapter tells what should be shown.
    """

    def __init__(self, channel: Channel, order_of: OrderOf) -> None:
        self._channel, self._order_of = channel, order_of

    def __call__(self, run: JobRun) -> None:
        """Look at the post of this job."""
        publication_id = run.args["id"]
        with run.database.reading() as session:
            now = run.database.clock.now()
            if not watches.due_watches(session, publication_id, now):
                return
            row = session.get_one(Publication, publication_id)
            external_id, expected = str(row.external_id), row.expected_hash
            order = self._order_of(session, now, run, row)
        try:
            shown = self._channel.read_back(external_id)
            expected = expected or rules.shown_hash(self._channel.expected(order))
        except Unreachable as lost:
            if run.attempt < _TRIES:
                raise RetryLater(lost.code, _PAUSE_S) from None
            with run.unit() as unit:
                watches.write_down(unit, publication_id, "unreadable", code=lost.code[:60])
            return
        seen = rules.shown_hash(shown.text) if shown else None
        outcome = "gone" if seen is None else "ok" if seen == expected else "drift"
        with run.unit() as unit:
            watches.write_down(unit, publication_id, outcome, shown=seen)
