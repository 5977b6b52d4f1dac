"""The log of what was aired 播出记录: it is the receipt of every item, and tells how the show stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from backend.clock import iso
from backend.errors import AppError, Code, FieldError
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.policy import Role
from backend.publishing.broadcast import rules
from backend.publishing.broadcast.contents import read_contents, time_rundown
from backend.publishing.broadcast.entries import external_id, takes
from backend.publishing.broadcast.models import Rundown, RundownItem
from backend.publishing.broadcast.rules import ITEM, RUNDOWN
from backend.publishing.broadcast.steps import access_rundown, changed, items_of, lock_rundown
from backend.publishing.models import Publication
from backend.publishing.queue import access_publication
from backend.publishing.receipts import give_receipt
from backend.publishing.rules import OPEN
from backend.unit_of_work import UnitOfWork

TEND = "rundown.tend"
OVER, NOT_AIRED, AIRED_ANYWAY = "rundown_over", "rundown_not_aired", "rundown_aired_anyway"
# How long a show that is over stays before everybody's eyes, and how long its log may still be completed by.
CLOSED_FOR = timedelta(hours=24)
# Clocks of studios differ a little from ours.
_SKEW = timedelta(minutes=5)
_LONGEST = timedelta(hours=6)
_NEAR = timedelta(hours=12)
_TO = (Role.TV_DIRECTOR, Role.DUTY_EDITOR)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a log. `where` is how an error names it; `end` is None for what is still on the air."""

    where: str
    item: str
    start: datetime
    end: datetime | None
    words: str = ""


def import_as_run(unit: UnitOfWork, rundown_id: str, entries: Sequence[Entry], if_match: int | None = None) -> Rundown:
    """Write down what was aired. A log that comes again changes nothing; one with an error is not taken at all.

    Raises:
        AppError: 422 naming each line and column at fault.
    """
    row = access_rundown(unit, rundown_id, if_match)
    row.state = RUNDOWN.step("as_run", row.state)
    items = items_of(unit, row)
    matched, errors = _match(items, entries)
    errors += [error for entry, item in matched for error in _faults(row, item, entry, unit.now)]
    if errors:
        raise refusal(errors)
    told = [item for entry, item in matched if _note(unit, row, item, entry)]
    if not told:
        return row
    report_over(unit, row, items)
    return changed(unit, row, "as_run", items=[item.id for item in told])


def refusal(errors: list[FieldError]) -> AppError:
    """Make the 422 for a log with errors."""
    words = f"播出记录有 {len(errors)} 处错误，全部没有导入：{errors[0]['message']}"
    return AppError(Code.VALIDATION, 422, words, errors=errors[:100])


def _match(
    items: Sequence[RundownItem], entries: Sequence[Entry]
) -> tuple[list[tuple[Entry, RundownItem]], list[FieldError]]:
    by_id = {item.id: item for item in items}
    slugs = Counter(item.slug for item in items)
    by_slug = {item.slug: item for item in items}
    found: list[tuple[Entry, RundownItem]] = []
    errors: list[FieldError] = []
    taken: set[str] = set()
    for entry in entries:
        item = by_id.get(entry.item) or by_slug.get(entry.item)
        if item is None:
            errors.append(_error(entry, "item", "unknown", "串联单里没有这一条。"))
        elif entry.item not in by_id and slugs[entry.item] > 1:
            errors.append(_error(entry, "item", "ambiguous", "有几条同名，请用条目编号。"))
        elif item.id in taken:
            errors.append(_error(entry, "item", "repeated", "同一条记了两次。"))
        else:
            taken.add(item.id)
            found.append((entry, item))
    return found, errors


def _error(entry: Entry, name: str, code: str, words: str) -> FieldError:
    return FieldError(field=f"{entry.where}.{name}", code=code, message=f"{entry.words}{words}")


def _faults(row: Rundown, item: RundownItem, entry: Entry, now: datetime) -> list[FieldError]:
    """List what cannot be true of a line."""
    found: list[FieldError] = []
    last = row.airtime + timedelta(seconds=row.planned_seconds) + _NEAR
    if not row.airtime - _NEAR <= entry.start <= last:
        found.append(_error(entry, "start", "outside", "不在这档节目的播出时段里。"))
    elif entry.start > now + _SKEW:
        found.append(_error(entry, "start", "future", "时间还没有到。"))
    if entry.end is not None:
        if entry.end <= entry.start or (item.kind != rules.CRAWL and entry.end - entry.start > _LONGEST):
            found.append(_error(entry, "end", "order", "结束要晚于开始，一条最长 6 小时。"))
        elif entry.end > now + _SKEW:
            found.append(_error(entry, "end", "future", "时间还没有到。"))
    for name, known, given in (("start", item.as_run_start, entry.start), ("end", item.as_run_end, entry.end)):
        if known is not None and given is not None and known != given:
            found.append(_error(entry, name, "recorded", "这一条已经记过别的时间。"))
    return found


def _note(unit: UnitOfWork, row: Rundown, item: RundownItem, entry: Entry) -> bool:
    """Write a line down; return whether it says anything new."""
    end = entry.end or item.as_run_end
    if (item.as_run_start, item.as_run_end) == (entry.start, end):
        return False
    item.as_run_start, item.as_run_end = entry.start, end
    if end is not None:
        _aired(unit, row, item)
    return True


def _aired(unit: UnitOfWork, row: Rundown, item: RundownItem) -> None:
    was, item.state = item.state, ITEM.step("air", item.state)
    clear_alarms(unit, NOT_AIRED, item.id)
    if was == rules.PULLED:
        raise_alarm(
            unit,
            key=f"{AIRED_ANYWAY}:{item.id}",
            kind=AIRED_ANYWAY,
            about=("rundown_item", item.id),
            to=(*_TO, Role.CHIEF_EDITOR),
            text=f"《{row.show}》播出记录里有已撤稿的“{item.slug}”，请立即处理。",
        )
    if item.target_id is not None:
        unit.record("rundown.correction_aired", row.id, row.ver, target=item.target_id, item=item.id)
    publication = _publication_of(unit, item)
    if publication is not None and takes("receipt", publication):
        give_receipt(unit, publication, external_id=external_id(row.id, item.id), evidence=_evidence(item))


def _publication_of(unit: UnitOfWork, item: RundownItem) -> Publication | None:
    return access_publication(unit, item.publication_id) if item.publication_id else None


def _evidence(item: RundownItem) -> dict[str, Any]:
    start, end = item.as_run_start, item.as_run_end
    return {
        "start": iso(start) if start else None,
        "end": iso(end) if end else None,
        "script_hash": item.script_hash,
    }


def report_over(unit: UnitOfWork, row: Rundown, items: Sequence[RundownItem]) -> None:
    """Report a show on the air, once, when it is going to run over or under by more than it may."""
    if row.state != rules.ON_AIR or row.scope != rules.SHOW or row.reported_over:
        return
    timing = time_rundown(row, items, read_contents(unit.session, items), unit.now)
    if not rules.is_over(timing.over):
        return
    row.reported_over = True
    unit.record("rundown.over", row.id, row.ver, seconds=timing.over, expected_end=iso(timing.ends_at))
    how = f"预计超时 {timing.over} 秒" if timing.over > 0 else f"预计欠时 {-timing.over} 秒"
    raise_alarm(
        unit,
        key=f"{OVER}:{row.id}",
        kind=OVER,
        about=("rundown", row.id),
        to=_TO,
        text=f"《{row.show}》正在播出，{how}，请调整后面的条目。",
    )


def report_missed(unit: UnitOfWork, row: Rundown, items: Sequence[RundownItem]) -> list[RundownItem]:
    """Write down what was not aired. A publication that no other show carries stays open, and is reported by name."""
    missed = [item for item in items if item.state == rules.PLANNED and item.as_run_end is None]
    for item in missed:
        item.state = ITEM.step("miss", item.state)
    dropped = [item for item in items if item.state == rules.DROPPED and item.publication_id]
    unit.session.flush()
    for item in [*missed, *dropped]:
        if item.target_id is None and not _is_owed(unit, item):
            continue
        raise_alarm(
            unit,
            key=f"{NOT_AIRED}:{item.id}",
            kind=NOT_AIRED,
            about=("rundown_item", item.id),
            to=_TO,
            text=f"《{row.show}》没有播出“{item.slug}”，刊播任务还没有完成，请另排节目或取消。",
        )
    return missed


def _is_owed(unit: UnitOfWork, item: RundownItem) -> bool:
    """Tell whether the publication of an item still waits for its receipt, and no other show is going to give it."""
    publication = _publication_of(unit, item)
    if publication is None or publication.state not in OPEN:
        return False
    elsewhere = sa.select(RundownItem.id).where(
        RundownItem.rendition_id == item.rendition_id, RundownItem.state == rules.PLANNED
    )
    return unit.session.scalar(elsewhere.limit(1)) is None


def tend_rundown(run: JobRun) -> None:
    """Look at a show that ought to be over, and take one off the screens that has been over for a day."""
    with run.unit() as unit:
        row = lock_rundown(unit, run.args["id"])
        if row is None:
            return
        if row.state == rules.ON_AIR and not row.reported_over:
            report_over(unit, row, items_of(unit, row))
            if row.reported_over:
                changed(unit, row, "reported")
        elif row.state == rules.AIRED and row.aired_at is not None and unit.now >= row.aired_at + CLOSED_FOR:
            row.ver += 1
            unit.session.flush()
            unit.place("rundown", row.id, row.ver, ())
