"""Handing over: one job is one call of a vendor, and what it would not take comes again until it is worth nothing.

A crash between handing over and writing it down may ring a phone twice, with the same collapse key, so that it shows
one bell. A vendor that is down is left alone by all jobs together, and they come back to it one after the other.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from backend.inbox import actions as inbox
from backend.inbox.allowance import take
from backend.inbox.models import Bell
from backend.inbox.rings import actions as rings
from backend.inbox.rules import Lane, State
from backend.jobs.worker import Handler, JobRun
from backend.unit_of_work import UnitOfWork
from notifications import lanes
from notifications.ceilings import Ceiling
from notifications.letters import DIGEST, Batch, Written, is_worth, write_batch
from notifications.targets.base import NOT_INSTALLED, Delivery, PushTarget
from notifications.topics import Topics
from notifications.walks import EMAIL, SMS, Walks, ask_at

# Waits double up to ten minutes.
MAX_WAIT_S = 600.0
# A job that finds the vendor at rest comes back when it may be up again, within this time, so that not all do at once.
SPREAD_S = 20.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Ended:
    """How bells ended for one recipient."""

    bells: tuple[str, ...]
    recipient: str
    state: State
    code: str | None = None


class Sender:
    """The handlers of the push jobs: to decide (`Walks`), to hand over, and to keep the vendor's lists (`Topics`)."""

    def __init__(self, targets: Mapping[str, PushTarget], ceilings: Mapping[str, Ceiling]) -> None:
        self._targets, self._ceilings = targets, ceilings
        self._topics = Topics(targets)
        walks = Walks({name: target.at_once for name, target in targets.items()})
        self._steps: dict[str, Callable[[JobRun], None]] = {
            "walk": walks.walk,
            "person": walks.person,
            "followers": walks.followers,
            "gather": walks.gather,
            "topic": self._topics.ring,
        }

    @property
    def handlers(self) -> dict[str, Handler]:
        """The job kinds this sender does."""
        return {lanes.job_kind(lane): self._handler(lane) for lane in Lane} | {
            lanes.SUBSCRIBE: self._topics.subscribe,
            lanes.RECONCILE: self._topics.reconcile,
        }

    def _handler(self, lane: Lane) -> Handler:
        def do(run: JobRun) -> None:
            step = self._steps.get(run.args["step"])
            if step is not None:
                step(run)
            else:
                self._send(run, lane)

        return do

    def _send(self, run: JobRun, lane: Lane) -> None:
        """Hand over what one job holds, and have whatever is left come again."""
        now = run.database.clock.now()
        with run.database.reading() as session:
            bell = session.get(Bell, run.args["bell"]) if "bell" in run.args else None
            worthless = bell is not None and not is_worth(session, bell, now)
            worthless = worthless or now >= datetime.fromisoformat(run.args["until"])
            batch = write_batch(session, run.args, now)
            rest = rings.resting(session, run.args["target"], now)
        if worthless:
            self._drop(run, batch)
        elif rest is not None and lane is not Lane.ALERT:
            # A warning asks for itself whether the vendor is there.
            self._leave(run, lane, batch, rest.until)
        else:
            self._hand_over(run, lane, batch)

    def _drop(self, run: JobRun, batch: Batch) -> None:
        expired = len(batch.letters) + len(batch.wait)
        # Where it has become quiet besides, there is nothing left to wait for.
        ended = [_Ended((bell,), recipient, State.EXPIRED) for bell, recipient, _ in batch.wait]
        ended += [_Ended(one.bells, one.recipient, State.EXPIRED) for one in batch.letters]
        with run.unit() as unit:
            _settle(unit, [*ended, *_others(batch)])
            rings.report(unit, _event_key(run), run.id, {"expired": expired}, {})
        _log.info("push.expired", target=run.args["target"], expired=expired)

    def _leave(self, run: JobRun, lane: Lane, batch: Batch, until: datetime) -> None:
        with run.unit() as unit:
            _settle_waiting(unit, batch)
            _again(unit, run, lane, batch.letters, until + _jitter(SPREAD_S))

    def _hand_over(self, run: JobRun, lane: Lane, batch: Batch) -> None:
        target = self._targets.get(run.args["target"])
        letters, left = self._allowed(run, lane, batch.letters)
        letters, over = self._within_day(run, letters)
        if target is None:
            deliveries = [Delivery(one.letter.address, "failed", NOT_INSTALLED) for one in letters]
        else:
            deliveries = target.send([one.letter for one in letters]) if letters else []
        deliveries += [Delivery(one.letter.address, "failed", "day_is_full") for one in over]
        pairs = list(zip([*letters, *over], deliveries, strict=True))
        with run.unit() as unit:
            _settle_waiting(unit, batch)
            self._note(unit, run, pairs)
            later = [(one, delivery) for one, delivery in pairs if delivery.outcome == "retry"]
            if later and len(later) == len(letters):
                # The vendor takes nothing: how long it is left alone is one decision for all.
                asked = max(delivery.retry_after_s or 0 for _, delivery in later)
                again = rings.rest_vendor(unit, run.args["target"], asked) + _jitter(SPREAD_S)
            else:
                again = unit.now + _wait(run, later)
                if letters:
                    rings.wake_vendor(unit, run.args["target"])
            _again(unit, run, lane, [one for one, _ in later], again, tried=1)
            _again(unit, run, lane, left, _next_minute(unit.now) + _jitter(SPREAD_S), branch=bool(later))

    def _allowed(
        self, run: JobRun, lane: Lane, letters: Sequence[Written]
    ) -> tuple[Sequence[Written], Sequence[Written]]:
        """Return what the vendor's ceiling for this minute leaves room for, and the rest. A share is the warnings'."""
        ceiling = self._ceilings.get(run.args["target"])
        if ceiling is None or not letters:
            return letters, []
        most = ceiling.of_minute(alert=lane is Lane.ALERT)
        with run.database.engine.writing() as session:
            granted = take(session, run.args["target"], run.database.clock.now(), len(letters), most)
            session.commit()
        return letters[:granted], letters[granted:]

    def _within_day(self, run: JobRun, letters: Sequence[Written]) -> tuple[list[Written], list[Written]]:
        """Sort out what a vendor would not ring on one device any more today, where it counts."""
        ceiling = self._ceilings.get(run.args["target"])
        if ceiling is None or not ceiling.per_device_day or not letters or run.args["try"] > 1:
            return list(letters), []
        day = run.database.clock.now().date()
        asked = {_counted(run, one): (day, ceiling.per_device_day) for one in letters}
        with run.database.engine.writing() as session:
            counted = rings.take_days(session, asked)
            session.commit()
        kept = [one for one in letters if _counted(run, one) in counted]
        return kept, [one for one in letters if _counted(run, one) not in counted]

    def _note(self, unit: UnitOfWork, run: JobRun, pairs: Sequence[tuple[Written, Delivery]]) -> None:
        """Write down what came of each letter, and forget addresses that will never work again."""
        counts, codes, ended = Counter[str](), Counter[str](), []
        for one, delivery in pairs:
            if delivery.outcome == "retry":
                continue
            counts[delivery.outcome] += 1
            if delivery.code:
                codes[delivery.code] += 1
            state = State.FAILED
            if delivery.outcome == "sent":
                state = State.DIGESTED if len(one.bells) > 1 else State.RUNG
            ended.append(_Ended(one.bells, one.recipient, state, delivery.code))
        _settle(unit, ended)
        dead = [delivery.address for _, delivery in pairs if delivery.outcome == "dead"]
        if run.args["target"] not in {SMS, EMAIL}:
            inbox.drop_tokens(unit, dead, "dead")
        rings.report(unit, _event_key(run), run.id, counts, codes)
        _log.info("push.batch", target=run.args["target"], handed=len(pairs), **counts)


def _settle_waiting(unit: UnitOfWork, batch: Batch) -> None:
    """Write down what waits for an hour, and what is not handed over at all."""
    for bell, recipient, due in batch.wait:
        rings.hold(unit, bell, recipient, due)
        ask_at(unit, due)
    _settle(unit, _others(batch))


def _others(batch: Batch) -> list[_Ended]:
    """Return who has read it already, and who has not this phone any more."""
    lost = [_Ended(bells, recipient, State.UNREACHABLE) for bells, recipient in batch.lost]
    return lost + [_Ended((bell,), recipient, State.READ) for bell, recipient in batch.read]


def _settle(unit: UnitOfWork, ended: Sequence[_Ended]) -> None:
    """Write down how bells ended, in one statement for all for whom the same ones ended alike."""
    alike: dict[tuple[tuple[str, ...], State, str | None], list[str]] = {}
    for one in ended:
        alike.setdefault((one.bells, one.state, one.code), []).append(one.recipient)
    for (bells, state, code), people in alike.items():
        rings.settle(unit, bells, people, state, code)


def _again(
    unit: UnitOfWork,
    run: JobRun,
    lane: Lane,
    letters: Sequence[Written],
    at: datetime,
    *,
    tried: int = 0,
    branch: bool = False,
) -> None:
    """Have letters come again, but not later than what they say is worth: then they are counted as expired.

    Where what was left over and what was refused part, the `branch` goes on under a name of its own.
    """
    if not letters:
        return
    turn = run.args["turn"] + 1
    part = f"{run.args['part']}.{turn}" if branch else run.args["part"]
    args = run.args | {"to": [one.to for one in letters], "turn": turn, "try": run.args["try"] + tried, "part": part}
    at = min(at, datetime.fromisoformat(run.args["until"]))
    lanes.enqueue(unit, lane, f"send:{part}:{turn}", args, run_at=at)


def _wait(run: JobRun, later: Sequence[tuple[Written, Delivery]]) -> timedelta:
    asked = max((delivery.retry_after_s or 0 for _, delivery in later), default=0)
    usual = min(2.0 ** (run.args["try"] + 1), MAX_WAIT_S)
    return timedelta(seconds=max(asked, usual)) + _jitter(usual / 4)


def _jitter(most_s: float) -> timedelta:
    return timedelta(seconds=random.uniform(0, most_s))  # noqa: S311  # jitter is no secret


def _next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _counted(run: JobRun, one: Written) -> str:
    return f"{run.args['target']}:{one.to[1] or one.recipient}"


def _event_key(run: JobRun) -> str:
    if DIGEST in run.args:
        return f"digest:{run.args[DIGEST]}"
    return f"{run.args['bell']}:{run.args['ver']}"
