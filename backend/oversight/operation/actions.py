"""Taking samples in, forgetting a phone that asks for it, and asking for more people behind each figure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.rules import address_group, keyed_hash
from backend.clock import local_day
from backend.db import insert_into
from backend.errors import demand_version, invalid, too_many
from backend.feed.models import Article
from backend.jobs import queue
from backend.oversight.operation import rules
from backend.oversight.operation.models import (
    OperationSetting,
    UsageDoor,
    UsagePhone,
    UsagePhoneDay,
    UsageSample,
)
from backend.oversight.operation.queries import SETTING_ID, get_setting
from backend.unit_of_work import UnitOfWork

COUNT_JOB = "operation.count"
# What came in today is counted within a minute, what came late within an hour.
_TODAY_EVERY, _LATE_EVERY = timedelta(minutes=1), timedelta(hours=1)
Sample = dict[str, Any]


def demand_calls(unit: UnitOfWork, secret: str, address: str) -> None:
    """Count a call from this address.

    Raises:
        AppError: 429 where too many came within ten minutes. Whole quarters share an address, so the bound is wide.
    """
    seconds = int(rules.CALLS_WINDOW.total_seconds())
    since = datetime.fromtimestamp(int(unit.now.timestamp()) // seconds * seconds, unit.now.tzinfo)
    key = keyed_hash(secret, "usage", f"{since:%Y-%m-%d}", address_group(address))
    row = unit.session.get(UsageDoor, (key, since))
    if row is not None and row.calls >= rules.CALLS_PER_ADDRESS:
        raise too_many(since + rules.CALLS_WINDOW - unit.now, "上报太频繁，请在 {seconds} 秒后再试。")
    added = insert_into(unit.session, UsageDoor).values(address_hash=key, since=since, calls=1)
    again = added.on_conflict_do_update(index_elements=["address_hash", "since"], set_={"calls": UsageDoor.calls + 1})
    unit.session.execute(again)


def take_samples(unit: UnitOfWork, secret: str, installation: str, samples: Sequence[Sample]) -> dict[str, Any]:
    """Store what a phone reports; what cannot be used is counted by its reason, since a phone's queue must drain.

    Returns:
        `{taken, known, ignored}`: how many were new, how many we had already, and how many are ignored as `in_future`,
        `too_old`, `unknown_article` or `too_many`.
    """
    phone, ignored = rules.pseudonym(secret, installation), Counter[str]()
    by_day: dict[date, dict[str, dict[str, Any]]] = defaultdict(dict)
    articles = _known_articles(unit.session, samples)
    usable = 0
    for sample in samples:
        stamped = rules.stamp(sample["at"], unit.now)
        if isinstance(stamped, str):
            ignored[stamped] += 1
        elif "article" in sample and sample["article"] not in articles:
            ignored["unknown_article"] += 1
        else:
            usable += 1
            by_day[stamped.day].setdefault(sample["id"], _row(phone, sample, stamped))
    taken = sum(_take_day(unit, phone, day, list(by_day[day].values()), ignored) for day in sorted(by_day))
    known = usable - taken - ignored.get("too_many", 0)
    return {"taken": taken, "known": known, "ignored": dict(sorted(ignored.items()))}


def _known_articles(session: Session, samples: Sequence[Sample]) -> set[str]:
    named = sorted({sample["article"] for sample in samples if "article" in sample})
    return set(session.scalars(sa.select(Article.id).where(Article.id.in_(named)))) if named else set()


def _row(phone: str, sample: Sample, stamped: rules.Stamp) -> dict[str, Any]:
    is_read = sample["kind"] == "read"
    return {
        "phone": phone,
        "id": sample["id"],
        "day": stamped.day,
        "hour": stamped.hour,
        "kind": sample["kind"],
        "article_id": sample.get("article"),
        "seconds": sample.get("seconds"),
        "complete": sample.get("complete", False) if is_read else None,
        "ms": sample.get("ms"),
    }


def _take_day(unit: UnitOfWork, phone: str, day: date, rows: list[dict[str, Any]], ignored: Counter[str]) -> int:
    session = unit.session
    before = session.scalar(
        sa.select(UsagePhoneDay.samples).where(UsagePhoneDay.day == day, UsagePhoneDay.phone == phone)
    )
    room = max(0, rules.SAMPLES_A_DAY - (before or 0))
    if len(rows) > room:
        ignored["too_many"] += len(rows) - room
        rows = rows[:room]
    if not rows:
        return 0
    added = insert_into(session, UsageSample).values(rows).on_conflict_do_nothing()
    # A statement's own count, since a sample that came before, on whichever day, is not stored again.
    taken = cast("sa.CursorResult[Any]", session.execute(added)).rowcount
    if taken:
        _see_phone(session, phone, day, taken)
        _ask_to_count(unit, day)
    return taken


def _see_phone(session: Session, phone: str, day: date, taken: int) -> None:
    first, last = UsagePhone.first_day, UsagePhone.last_day
    seen = insert_into(session, UsagePhone).values(phone=phone, first_day=day, last_day=day)
    widened = {
        "first_day": sa.case((first > day, day), else_=first),
        "last_day": sa.case((last < day, day), else_=last),
    }
    session.execute(seen.on_conflict_do_update(index_elements=["phone"], set_=widened))
    active = insert_into(session, UsagePhoneDay).values(day=day, phone=phone, samples=taken)
    more = {"samples": UsagePhoneDay.samples + taken}
    session.execute(active.on_conflict_do_update(index_elements=["day", "phone"], set_=more))


def _ask_to_count(unit: UnitOfWork, day: date) -> None:
    every = _TODAY_EVERY if day == local_day(unit.now) else _LATE_EVERY
    seconds = int(every.total_seconds())
    due = datetime.fromtimestamp((int(unit.now.timestamp()) // seconds + 1) * seconds, unit.now.tzinfo)
    key = f"{COUNT_JOB}:{day}:{due:%Y-%m-%dT%H:%M}"
    unit.enqueue(COUNT_JOB, key, {"day": day.isoformat()}, run_at=due, lane=queue.BULK)


def forget_installation(unit: UnitOfWork, secret: str, installation: str) -> None:
    """Delete all that came from an installation. Numbers that were counted with it stay: they are about nobody."""
    phone = rules.pseudonym(secret, installation)
    for table in (UsageSample, UsagePhoneDay, UsagePhone):
        unit.session.execute(sa.delete(table).where(table.phone == phone))


def set_floor(unit: UnitOfWork, floor: int, if_match: int | None) -> OperationSetting:
    """Set how many people a figure is about at the least.

    Raises:
        AppError: 412 `stale`; 422 below five, which the form refuses too.
    """
    if not rules.LEAST_PEOPLE <= floor <= rules.MOST_PEOPLE:
        raise invalid("floor", "out_of_range", f"要在 {rules.LEAST_PEOPLE} 和 {rules.MOST_PEOPLE} 之间。")
    row = unit.session.get(OperationSetting, SETTING_ID, with_for_update=True)
    present = get_setting(unit.session)
    demand_version(present.ver, if_match, "这项设置刚被改过，请刷新后再改。")
    if row is None:
        row = present
        unit.session.add(row)
    row.ver, row.floor = present.ver + 1, floor
    row.updated_by, row.updated_at = unit.actor.id, unit.now
    unit.record("operation.floor_set", SETTING_ID, row.ver, floor=floor)
    return row
