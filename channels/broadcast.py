"""The house's own television and radio as a channel: an item waits in its rundown until the log says it was aired.

There is no vendor to call. Sending places an item into the next rundown of its show; the receipt comes with the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from backend.clock import iso_or_none
from backend.errors import AppError
from backend.newsroom.editing.packages.checks import problems_of
from backend.policy import SYSTEM
from backend.publishing.broadcast import rules
from backend.publishing.broadcast.as_run import CLOSED_FOR
from backend.publishing.broadcast.entries import external_id
from backend.publishing.broadcast.models import Rundown, RundownItem
from backend.publishing.broadcast.pulling import GONE, find_place, next_rundown, place_publication, pull_item
from backend.publishing.channel import (
    Capabilities,
    Health,
    Order,
    Outcome,
    Problem,
    Refused,
    Retry,
    Sample,
    Sent,
    Shown,
    Unreachable,
)
from backend.publishing.models import Publication
from backend.unit_of_work import Database

ASK_AFTER_S = 300
_LOOK_AGAIN = timedelta(minutes=10)


class BroadcastChannel:
    """Rundowns as a channel."""

    kind = "broadcast"
    capabilities = Capabilities(create=True, delete=True)

    def __init__(self, database: Database) -> None:
        self._database = database

    def check(self, kind: str, fields: Mapping[str, Any]) -> Sequence[Problem]:
        """Look whether a rendition is one for the air, has a show, and fits its time."""
        if kind != "rundown_item":
            return [Problem("kind", "wrong_kind", "电视广播只收播出稿。")]
        found = problems_of(kind, {**fields, "clip_ids": []}, {})
        return [Problem(problem["field"], problem["code"], problem["message"]) for problem in found]

    def send(self, order: Order) -> Outcome:
        """Place an item into the next rundown of its show, unless it stands in one."""
        try:
            with self._database.unit(SYSTEM) as unit:
                found = place_publication(unit, unit.session.get_one(Publication, order.publication))
        except AppError as refused:
            return Refused(str(refused.code), refused.detail)
        if found is None:
            words = f"还没有正在编排的《{order.fields.get('show')}》串联单，有了以后自动编入。"
            return Retry("no_rundown", words, until=order.now + _LOOK_AGAIN)
        return _standing(*found)

    def edit(self, order: Order) -> Outcome:
        """Refuse: what stands in a rundown is its rendition, and what was aired was aired."""
        del order
        return Refused("unsupported", "播出的内容不能修改，只能撤下或播出更正。")

    def delete(self, order: Order) -> Outcome:
        """Take an item out before it is aired."""
        with self._database.unit(SYSTEM) as unit:
            item = pull_item(unit, _item_id(order), "稿件已撤稿")
        if item is not None and item.state == rules.ITEM_AIRED:
            return Refused("aired", "已经播出，不能撤下，请播出更正。")
        if item is not None and item.state == rules.PLANNED:
            return Refused("on_air", "正在播出，请编播立即切断，并播出更正。")
        return Sent(order.external_id or "")

    def progress(self, order: Order) -> Outcome:
        """Tell whether the log has an item by now."""
        with self._database.reading() as session:
            item = session.get(RundownItem, _item_id(order))
            found = find_place(session, item.rendition_id) if item else None
            if found is None:
                return Refused("removed", "串联单里已没有这一条。")
            return _standing(*found) if not _is_given_up(found[0], found[1], order) else _not_aired(found[1])

    def find(self, order: Order) -> Sent | None:
        """Tell whether a rendition stands in a rundown."""
        with self._database.reading() as session:
            publication = session.get(Publication, order.publication)
            found = find_place(session, publication.rendition_id) if publication else None
            return None if found is None or found[1].state in GONE else _standing(*found)

    def expected(self, order: Order) -> str:
        """Return what is said."""
        return str(order.fields.get("script", ""))

    def read_back(self, external_id: str) -> Shown | None:
        """Raise: what is on the air cannot be read."""
        del external_id
        raise Unreachable("no_read_back")

    def metrics(self, external_ids: Sequence[str]) -> Sequence[Sample]:
        """Return nothing: nobody counts here."""
        del external_ids
        return []

    def check_health(self) -> Sequence[Health]:
        """Tell whether there is a rundown to place items into."""
        with self._database.reading() as session:
            coming = next_rundown(session, self._database.clock.now(), building=True)
            words = f"下一档正在编排：《{coming.show}》" if coming else "没有正在编排的串联单，播出稿会等着"
            return [Health("rundown", ok=True, words=words)]


def _item_id(order: Order) -> str:
    return (order.external_id or "").rpartition("/")[2]


def _standing(row: Rundown, item: RundownItem) -> Sent:
    if item.state != rules.ITEM_AIRED:
        return Sent(item.id, final=False, ask_after_s=ASK_AFTER_S)
    evidence = {
        "start": iso_or_none(item.as_run_start),
        "end": iso_or_none(item.as_run_end),
        "script_hash": item.script_hash,
    }
    return Sent(external_id(row.id, item.id), evidence=evidence)


def _is_given_up(row: Rundown, item: RundownItem, order: Order) -> bool:
    """Tell whether nothing can be aired any more; the log of a show may be completed for a day."""
    if item.state != rules.MISSED:
        return item.state in GONE
    return row.aired_at is not None and order.now >= row.aired_at + CLOSED_FOR


def _not_aired(item: RundownItem) -> Refused:
    words = {rules.MISSED: "播出记录里没有这一条", rules.DROPPED: "编播撤下了这一条", rules.PULLED: "已随稿撤下"}
    return Refused("not_aired", f"{words[item.state]}：{item.slug}")
