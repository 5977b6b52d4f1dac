"""What every command on a rundown does alike: find it, ask its guards with what they need, finish the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from backend.errors import AppError, FieldError, demand_version, invalid, not_found
from backend.newsroom.board.actions import raise_alarm
from backend.newsroom.editing.models import Story
from backend.newsroom.editing.packages import rules as packages
from backend.newsroom.editing.packages.checks import problems_of
from backend.newsroom.editing.packages.queries import read_media
from backend.newsroom.editing.packages.rows import facts_of, files_of
from backend.newsroom.machine import Guard
from backend.policy import Role
from backend.publishing.broadcast import rules
from backend.publishing.broadcast.contents import Contents, crawls, read_contents, shown, time_rundown
from backend.publishing.broadcast.models import Rundown, RundownItem
from backend.publishing.broadcast.rules import RUNDOWN, RundownFacts
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

STREAMS = frozenset({streams.desk("tv"), streams.KITCHEN})
REISSUED = "rundown_reissued"
Findings = list[dict[str, Any]]
# What a text has to be before it is said on the air, in the order in which it is told.
_SIGNED: tuple[Guard[Any], ...] = (
    packages.MASTER_STANDS,
    packages.MASTER_SIGNED,
    packages.OWN_EXAMINATION,
    packages.CLEARED,
    packages.FAST_CHANNELS,
)


def access_rundown(unit: UnitOfWork, rundown_id: str, if_match: int | None = None) -> Rundown:
    """Return a rundown, locked for a change.

    Raises:
        AppError: 404; 412 `stale` with the current version if it is not the one the client saw.
    """
    # Stories are locked before lists, as a withdrawal does.
    told = sa.select(RundownItem.story_id).where(RundownItem.rundown_id == rundown_id)
    unit.session.scalars(sa.select(Story).where(Story.id.in_(told)).order_by(Story.id).with_for_update()).all()
    row = lock_rundown(unit, rundown_id)
    if row is None:
        raise not_found("串联单")
    demand_version(row.ver, if_match, "串联单已有新变化，请先读取最新版本。")
    return row


def lock_rundown(unit: UnitOfWork, rundown_id: str) -> Rundown | None:
    """Lock a rundown for a change, where there is one."""
    return unit.session.get(Rundown, rundown_id, with_for_update=True, populate_existing=True)


def items_of(unit: UnitOfWork, row: Rundown) -> list[RundownItem]:
    """List all items of a rundown that is locked, those beside the show last."""
    query = sa.select(RundownItem).where(RundownItem.rundown_id == row.id)
    rows = unit.session.scalars(
        query.order_by(RundownItem.position, RundownItem.id), execution_options={"populate_existing": True}
    )
    return list(rows)


def item_among(items: Sequence[RundownItem], item_id: str, field: str) -> RundownItem:
    """Return one of these items; 422 naming `field` if it is none of them."""
    for item in items:
        if item.id == item_id:
            return item
    raise invalid(field, "unknown", "串联单里没有这一条")


def renumber(items: Sequence[RundownItem]) -> None:
    """Number items as they are given: the show, then its crawls, then what has been taken out."""
    beside = [item for item in items if item.state not in rules.STANDING]
    for position, item in enumerate([*shown(items), *crawls(items), *beside], start=1):
        item.position = position


@dataclass
class Weighed:
    """What the guards of a rundown are asked with, and what each of them would point at."""

    facts: RundownFacts
    findings: dict[str, Findings] = field(default_factory=dict)
    seconds: int = 0


def weigh(unit: UnitOfWork, row: Rundown, items: Sequence[RundownItem]) -> Weighed:
    """Look at all that stands in a rundown as its guards ask for it."""
    contents = read_contents(unit.session, items)
    standing = [*shown(items), *crawls(items)]
    empty = [_finding(item) for item in standing if _is_empty(item, contents)]
    uncleared = [_finding(item, guard) for item in standing if (guard := unsigned_by(unit, item, contents)) is not None]
    captions = [_finding(item) | {"errors": errors} for item in standing if (errors := caption_errors(item, contents))]
    running = [_finding(item) for item in standing if item.as_run_start is not None and item.as_run_end is None]
    timing = time_rundown(row, items, contents, unit.now)
    facts = RundownFacts(
        items=len(standing),
        empty=len(empty),
        uncleared=len(uncleared),
        captions=len(captions),
        over=timing.over if row.scope == rules.SHOW else None,
        running=len(running),
    )
    findings = {
        rules.NOT_EMPTY.name: empty,
        rules.CLEARED.name: uncleared,
        rules.CAPTIONS.name: captions,
        rules.LOGGED.name: running,
    }
    return Weighed(facts, findings, timing.total)


def _finding(item: RundownItem, guard: Guard[Any] | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {"item": item.id, "position": item.position, "slug": item.slug}
    return told | ({"guard": guard.name, "text": guard.words, "needs": guard.needs} if guard else {})


def _is_empty(item: RundownItem, contents: Contents) -> bool:
    content = contents[item]
    return rules.is_empty(item.kind, content.seconds, content.script)


def unsigned_by(unit: UnitOfWork, item: RundownItem, contents: Contents) -> Guard[Any] | None:
    """Return the rule that keeps an item off the air, None if its very words were signed.

    A correction was signed in its case; a link or a break without a rendition has no words.
    """
    rendition, story = contents.rendition_of(item), contents.story_of(item)
    if rendition is None or story is None:
        return None if item.target_id or not rules.needs_rendition(item.kind) else packages.CLEARED
    facts = facts_of(unit, story, rendition)
    for guard in _SIGNED:
        if not guard.holds(facts):
            return guard
    # Licences run out and consents are taken back after the text was cleared.
    media = read_media(unit.session, files_of(rendition), unit.now)
    if problems_of(rendition.kind, rendition.fields, media):
        return packages.LIMITS_HOLD
    if item.script_hash is not None and item.script_hash != rendition.text_hash:
        return packages.NOT_STALE
    return None


def caption_errors(item: RundownItem, contents: Contents) -> list[FieldError]:
    """List what is wrong with the captions of an item: their words, which are its rendition's, or their hours."""
    content = contents[item]
    found = rules.lower_third_errors(item.lower_thirds, content.seconds)
    if content.captions is not None:
        found += [
            FieldError(field=f"lower_thirds.{at}.text", code="unknown", message="播出稿里没有这条字幕。")
            for at, line in enumerate(item.lower_thirds)
            if line["text"] not in content.captions
        ]
    return found


def ask(command: str, row: Rundown, weighed: Weighed) -> str:
    """Return the state a command leads to; a refusal names the items it is about."""
    try:
        return RUNDOWN.step(command, row.state, weighed.facts)
    except AppError as refused:
        guard = refused.data.get("guard", "")
        if guard in weighed.findings:
            refused.data["findings"] = weighed.findings[guard]
        if guard == rules.WITHIN.name:
            refused.data |= {"estimated_seconds": weighed.seconds, "planned_seconds": row.planned_seconds}
        raise


def changed(unit: UnitOfWork, row: Rundown, verb: str, **data: Any) -> Rundown:
    """Finish every change of a rundown alike: next version, history, and where it belongs."""
    row.ver += 1
    row.updated_at = unit.now
    unit.session.flush()
    unit.record(f"rundown.{verb}", row.id, row.ver, state=row.state, show=row.show, issue=row.issue, **data)
    unit.place("rundown", row.id, row.ver, STREAMS)
    return row


def reissue(unit: UnitOfWork, row: Rundown, why: str, **data: Any) -> Rundown:
    """Give the studio a new issue of a rundown that is locked or on the air, and tell its director.

    One that is still being made is only changed.
    """
    row.state = RUNDOWN.step("reissue", row.state)
    if row.state == rules.BUILDING:
        return changed(unit, row, "edited", **data)
    row.issue += 1
    changed(unit, row, "reissued", **data)
    raise_alarm(
        unit,
        key=f"{REISSUED}:{row.id}:{row.issue}",
        kind=REISSUED,
        about=("rundown", row.id),
        to=(Role.TV_DIRECTOR,),
        text=f"《{row.show}》串联单已更新为第 {row.issue} 版：{why}",
    )
    return row
