"""Which links of stories answer: asked for by jobs once a day, read by the text aids."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa

from backend.jobs import queue
from backend.newsroom.examination.aids.links import problem
from backend.newsroom.examination.models import LinkState
from backend.unit_of_work import UnitOfWork

LINK_JOB = "link.check"
ASKED_AGAIN = timedelta(days=1)
# A page that lists a thousand links is not asked about all of them.
MAX_LINKS = 20


def dead_among(unit: UnitOfWork, hrefs: Collection[str]) -> frozenset[str]:
    """Return which of these links are known to be dead, and have those asked about that nobody asked about today."""
    wanted = sorted({href for href in hrefs if _is_askable(href)})[:MAX_LINKS]
    ids = {_id(href): href for href in wanted}
    known = {row.id: row for row in unit.session.scalars(sa.select(LinkState).where(LinkState.id.in_(ids)))}
    for link_id, href in ids.items():
        row = known.get(link_id)
        if row is None or row.checked_at + ASKED_AGAIN <= unit.now:
            unit.enqueue(LINK_JOB, f"{LINK_JOB}:{link_id}:{unit.now:%Y-%m-%d}", {"href": href}, lane=queue.BULK)
    return frozenset(ids[row.id] for row in known.values() if row.state == "dead")


def _is_askable(href: str) -> bool:
    """Leave out what is no address at all; one without https, or of a machine, is asked about like any other."""
    why = problem(href)
    return why is None or "写法不对" not in why


def _id(href: str) -> str:
    return hashlib.sha256(href.encode()).hexdigest()


def note_answer(unit: UnitOfWork, href: str, state: str, status: int | None) -> None:
    """Write down what a server said about a link."""
    row = unit.session.get(LinkState, _id(href), with_for_update=True)
    if row is None:
        row = LinkState(id=_id(href), href=href)
        unit.session.add(row)
    row.state, row.status, row.checked_at = state, status, unit.now
