"""Deciding for each recipient what becomes of a bell, and writing down how it went on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.db import insert_into
from backend.inbox import rules
from backend.inbox.models import Bell
from backend.inbox.rings.models import DayCount, PushReport, Ring, VendorRest
from backend.inbox.rules import Reason, Rule, State, Verdict, Wishes
from backend.unit_of_work import UnitOfWork

RINGS_KEPT = timedelta(days=35)
_IN_HAND = (State.RING, State.RUNG)
# A vendor that answers nobody is left alone for two seconds at first, and for a minute at most.
_MAX_REST_S = 60


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody a bell is for: why, what they want, and whether they follow what it is about.

    `via` is a topic by which one of their phones is rung.
    """

    reason: Reason
    wishes: Wishes
    followed: bool = False
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is to be rung now, and at which hours something is due that was held just now."""

    ringing: set[str]
    dues: set[datetime]


def plan(
    unit: UnitOfWork,
    bell: Bell,
    facts: rules.Bell,
    people: Mapping[str, Candidate],
    *,
    done_topics: Collection[str] = (),
) -> Plan:
    """Decide for these recipients whether they are rung for this version of the bell now, and write it down.

    Who was decided for already, on another of their phones, is not decided for again. A later version rings, for the
    rules of its own, whom a warning is for; of anything else it takes the place of the former for those only who were
    rung, and whoever is still to be told will be told in the new words.
    """
    held = _rings_of(unit.session, bell.id, people)
    ringing, fresh = set(), {}
    for recipient, candidate in people.items():
        ring = held.get(recipient)
        if ring is not None and ring.ver == bell.ver:
            if ring.state in _IN_HAND:
                ringing.add(recipient)
        elif bell.ver > 1 and not _decides_anew(bell, facts):
            if ring is not None and _takes_over(ring, bell):
                ringing.add(recipient)
        else:
            fresh[recipient] = candidate
    verdicts = _judge(unit, facts, fresh, counted=held.keys())
    rows = [_row(unit, bell, whom, fresh[whom], verdict) for whom, verdict in verdicts.items()]
    for row in rows:
        if row["via"] in done_topics:
            row |= {"state": State.RUNG, "rung_at": unit.now}
    _write(unit.session, rows)
    ringing |= {whom for whom, one in verdicts.items() if one.state is State.RING}
    return Plan(ringing, {one.due for one in verdicts.values() if one.due is not None})


def _decides_anew(bell: Bell, facts: rules.Bell) -> bool:
    return facts.kind is rules.Kind.WARNING and not bell.gone and not facts.over


def _takes_over(ring: Ring, bell: Bell) -> bool:
    """Bring a decision up to the bell's version; True if something stands on a screen that is to be replaced."""
    ring.ver = bell.ver
    if bell.gone and ring.state == State.HELD:
        ring.state, ring.due_at = State.GONE, None
    return ring.state in _IN_HAND


def _judge(
    unit: UnitOfWork, facts: rules.Bell, people: Mapping[str, Candidate], *, counted: Collection[str]
) -> dict[str, Verdict]:
    """Apply the rules, and count what is to be counted; `counted` are those who were counted for this bell before."""
    verdicts = {
        recipient: rules.judge(facts, one.wishes, unit.now, followed=one.followed) for recipient, one in people.items()
    }
    if facts.kind not in rules.UNCOUNTED:
        wanting = {
            recipient: people[recipient].wishes
            for recipient, verdict in verdicts.items()
            if verdict.state is State.RING and recipient not in counted
        }
        for recipient in wanting.keys() - _take_days(unit, wanting):
            verdicts[recipient] = rules.over_budget(wanting[recipient], unit.now)
    return verdicts


def _row(unit: UnitOfWork, bell: Bell, recipient: str, one: Candidate, verdict: Verdict) -> dict[str, Any]:
    return {
        "bell_id": bell.id,
        "recipient": recipient,
        "ver": bell.ver,
        "state": verdict.state,
        "rule": verdict.rule,
        "reason": one.reason,
        "planned_at": unit.now,
        "due_at": verdict.due,
        "rung_at": None,
        "via": one.via,
    }


def _write(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    made = insert_into(session, Ring)
    changed = {
        name: made.excluded[name]
        for name in ("ver", "state", "rule", "reason", "planned_at", "due_at", "rung_at", "via")
    }
    statement = made.on_conflict_do_update(index_elements=["bell_id", "recipient"], set_=changed)
    # What returns something goes in one statement for many rows; what does not, in one for each.
    session.execute(statement.returning(Ring.recipient), list(rows))


def _take_days(unit: UnitOfWork, wanting: Mapping[str, Wishes]) -> set[str]:
    """Count one more bell today for each of these; return those for whom there was room."""
    asked = {
        recipient: (rules.local_date(wishes, unit.now), wishes.daily_budget)
        for recipient, wishes in wanting.items()
        if wishes.daily_budget
    }
    return take_days(unit.session, asked)


def take_days(session: Session, asked: Mapping[str, tuple[date, int]]) -> set[str]:
    """Count one more for each of these on its day, unless that has reached its limit; return those that were counted.

    It holds for any number of workers at once: the limit is looked at in the statement that counts.
    """
    # In one order everywhere, so that two workers never wait for each other.
    rows = [
        {"whom": whom, "day": day, "used": 1, "most": most} for whom, (day, most) in sorted(asked.items()) if most > 0
    ]
    if not rows:
        return set()
    made = insert_into(session, DayCount)
    statement = made.on_conflict_do_update(
        index_elements=["whom", "day"],
        set_={"used": DayCount.used + 1, "most": made.excluded.most},
        where=DayCount.used < made.excluded.most,
    )
    return set(session.scalars(statement.returning(DayCount.whom), rows))


def _rings_of(session: Session, bell_id: str, recipients: Iterable[str]) -> dict[str, Ring]:
    query = sa.select(Ring).where(Ring.bell_id == bell_id, Ring.recipient.in_(list(recipients)))
    return {ring.recipient: ring for ring in session.scalars(query.with_for_update())}


# ── what became of it ──


def settle(
    unit: UnitOfWork,
    bells: Collection[str],
    recipients: Collection[str],
    state: State,
    code: str | None = None,
) -> None:
    """Write down how bells that were in hand ended for these recipients; what has ended already is left alone."""
    if not recipients or not bells:
        return
    said: dict[str, Any] = {"state": state, "due_at": None}
    if state in {State.RUNG, State.DIGESTED}:
        said["rung_at"] = unit.now
    if code:
        said["code"] = code[:64]
    whom = sa.and_(Ring.bell_id.in_(list(bells)), Ring.recipient.in_(list(recipients)))
    # A phone that was reached after another of the same person was not makes it rung.
    missed = (State.FAILED, State.UNREACHABLE) if state in {State.RUNG, State.DIGESTED} else ()
    before = (State.RING, *missed)
    unit.session.execute(sa.update(Ring).where(whom, Ring.state.in_(before)).values(said))


def settle_topic(unit: UnitOfWork, bell_id: str, topic: str, *, rung: bool) -> None:
    """Write down that all who are on a topic were rung by it; or that they have to be rung one by one."""
    which = (Ring.bell_id == bell_id, Ring.via == topic, Ring.state == State.RING)
    said: dict[str, Any] = {"state": State.RUNG, "rung_at": unit.now} if rung else {"via": None}
    unit.session.execute(sa.update(Ring).where(*which).values(said))


def hold(unit: UnitOfWork, bell_id: str, recipient: str, due: datetime) -> None:
    """Put off a bell that was to ring now, as it has become quiet meanwhile."""
    which = (Ring.bell_id == bell_id, Ring.recipient == recipient, Ring.state == State.RING)
    unit.session.execute(sa.update(Ring).where(*which).values(state=State.HELD, rule=Rule.QUIET, due_at=due))


def note_opened(unit: UnitOfWork, recipient: str, about: tuple[str, str]) -> None:
    """Write down that somebody came from a push about a thing, or from a digest; the first time counts."""
    mine = sa.and_(Ring.recipient == recipient, Ring.opened_at.is_(None))
    if about[0] == "digest":
        which = Ring.digest == about[1]
    else:
        bells = sa.select(Bell.id).where(Bell.about_kind == about[0], Bell.about_id == about[1])
        which = sa.and_(Ring.bell_id.in_(bells), Ring.state.in_((State.RUNG, State.DIGESTED)))
    unit.session.execute(sa.update(Ring).where(mine, which).values(opened_at=unit.now))


def report(unit: UnitOfWork, event_key: str, batch: str, counts: Mapping[str, int], codes: Mapping[str, int]) -> None:
    """Write down what a job handed over: how many were sent, dead, failed and expired."""
    outcomes = {name: counts.get(name, 0) for name in ("sent", "dead", "failed", "expired")}
    unit.session.add(PushReport(event_key=event_key, batch=batch, at=unit.now, codes=dict(codes), **outcomes))


def forget_recipient(unit: UnitOfWork, recipient: str) -> None:
    """Forget what became of bells for somebody who closes their account."""
    unit.session.execute(sa.delete(Ring).where(Ring.recipient == recipient))
    unit.session.execute(sa.delete(DayCount).where(DayCount.whom == recipient))


# ── vendors ──


def rest_vendor(unit: UnitOfWork, vendor: str, wait_s: float) -> datetime:
    """Leave a vendor alone that took nothing: longer each time, and for as long as it asked for; return until when."""
    # Several jobs may be the first to find out, or another finds the vendor awake: the row is made, or held as it is.
    fresh = insert_into(unit.session, VendorRest).values(vendor=vendor, until=unit.now, failures=0)
    held = fresh.on_conflict_do_update(index_elements=["vendor"], set_={"failures": VendorRest.failures})
    unit.session.execute(held)
    row = unit.session.get_one(VendorRest, vendor, with_for_update=True, populate_existing=True)
    if row.until > unit.now:
        # Whoever called at the same time has learned nothing new.
        return row.until
    row.failures += 1
    row.until = unit.now + timedelta(seconds=max(wait_s, min(2.0 ** min(row.failures, 6), _MAX_REST_S)))
    return row.until


def wake_vendor(unit: UnitOfWork, vendor: str) -> None:
    """Write down that a vendor answers again."""
    unit.session.execute(sa.delete(VendorRest).where(VendorRest.vendor == vendor))


def resting(session: Session, vendor: str, now: datetime) -> VendorRest | None:
    """Return what is known of a vendor that is to be left alone now."""
    row = session.get(VendorRest, vendor)
    return row if row is not None and row.until > now else None
