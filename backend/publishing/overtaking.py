"""What a correction or a withdrawal means for what is on its way out: nothing is said that was decided against.

What was never tried is called off. What was tried may be out, whatever the channel answered: it is asked after, and
until that is known it counts as out. Channels that act on a word once cannot be asked; they are told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from backend.publishing import rules
from backend.publishing.channel import CREATE, EDIT, WITHDRAW
from backend.publishing.models import CaseTarget, Publication, PublishingChannel
from backend.publishing.queue import end, look_at, move
from backend.unit_of_work import UnitOfWork

OVERTAKEN = "overtaken"
# In `evidence`: it may be out, so that whoever sends it again asks first.
ASK_FIRST = "ask_first"
_WORDS = "稿件已更正或撤回，这一版不再发出。"


@dataclass
class Stopped:
    """What became of what was on its way: `called_off` is not out, `in_doubt` may be and is taken for out."""

    called_off: list[Publication] = field(default_factory=list)
    in_doubt: list[Publication] = field(default_factory=list)


def stop(unit: UnitOfWork, rows: Iterable[Publication], *, withdraw: bool) -> Stopped:
    """Take what waits, or was given up, out of the way of a decision about its story."""
    stopped = Stopped()
    for row in rows:
        if row.state == "cancelled":
            stopped.called_off.append(row)
        elif row.action == WITHDRAW:
            # What is being taken back is to be taken back all the more.
            continue
        elif not _may_be_out(unit, row):
            if row.state != "failed":
                stopped.called_off.append(_call_off(unit, row))
        elif not acts_once(unit, row):
            _ask_after(unit, row)
            stopped.in_doubt.append(row)
        elif row.action == CREATE:
            # A correction goes after the article that it corrects; after a withdrawal nothing is said again.
            if withdraw and row.state != "failed":
                _call_off(unit, row, in_doubt=True)
            stopped.in_doubt.append(row)
        elif row.state != "failed":
            _call_off(unit, row, in_doubt=True)
    return stopped


def acts_once(unit: UnitOfWork, row: Publication) -> bool:
    """Tell whether the channel does no more when it is told twice; it cannot be asked what it has."""
    return unit.session.get_one(PublishingChannel, row.channel_id).kind in rules.ACTS_ONCE


def give_way(unit: UnitOfWork, row: Publication) -> bool:
    """Call a publication off that was decided against while it was on its way; True if that ends this look."""
    if row.state not in {"queued", "retry_wait", "leased", "uncertain"} or not is_overtaken(unit, row):
        return False
    if row.state == "queued" and not row.evidence.get(ASK_FIRST):
        _call_off(unit, row)
        return True
    if row.action == EDIT or acts_once(unit, row):
        _call_off(unit, row, in_doubt=True)
        return True
    if row.state != "uncertain":
        # It is not tried again, so whether it is out has to be found out now.
        move(unit, row, "doubt", "uncertain", why=OVERTAKEN)
    return False


def is_overtaken(unit: UnitOfWork, row: Publication) -> bool:
    """Tell whether it was decided that this must not stand on its channel."""
    query = sa.select(sa.literal(1)).where(
        # An edit on its way is none of the posts of a case: what it was going to change is.
        CaseTarget.publication_id.in_([row.id, row.about_id]),
        CaseTarget.action.in_(["delete", "repost"]),
    )
    return row.action in {CREATE, EDIT} and unit.session.scalar(query.limit(1)) is not None


def call_off_absent(unit: UnitOfWork, row: Publication) -> bool:
    """Call off what turned out not to be out, if it was decided against meanwhile."""
    return is_overtaken(unit, row) and _call_off(unit, row).state == "cancelled"


def _may_be_out(unit: UnitOfWork, row: Publication) -> bool:
    if unit.session.get_one(PublishingChannel, row.channel_id).kind in rules.OWN_MEDIA:
        return False
    return row.state == "retry_wait" or bool(row.evidence.get(ASK_FIRST))


def _ask_after(unit: UnitOfWork, row: Publication) -> None:
    row.asked, row.lease_until = 0, None
    _mark(row, in_doubt=False)
    move(unit, row, "doubt", "uncertain", why=OVERTAKEN)
    look_at(unit, row)


def _call_off(unit: UnitOfWork, row: Publication, *, in_doubt: bool = False) -> Publication:
    _mark(row, in_doubt=in_doubt)
    return end(unit, row, "call_off", OVERTAKEN, _WORDS)


def _mark(row: Publication, *, in_doubt: bool) -> None:
    evidence: dict[str, Any] = {
        name: value for name, value in row.evidence.items() if name not in {ASK_FIRST, "absent"}
    }
    row.evidence = evidence | ({ASK_FIRST: True} if in_doubt else {})
