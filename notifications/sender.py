"""Handing bells to the vendor, as jobs: broadcasts in batches of 500, each batch a job of its own.

A crash between handing over and writing it down may ring a phone twice, with the same collapse key, so that it shows
one bell. Words come from the bell at the moment of sending: what was withdrawn meanwhile is not rung.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from backend.alerts import recipients
from backend.inbox import actions as inbox
from backend.inbox import queries
from backend.inbox.models import Bell, Device, PushReport
from backend.jobs import queue
from backend.jobs.worker import GiveUp, Handler, JobRun, RetryLater
from backend.sync import streams
from backend.sync.queries import stream_heads
from backend.unit_of_work import UnitOfWork
from notifications.targets.base import MAX_ADDRESSES, Delivery, Push, PushTarget

TTL_S = 4 * 3600
# Waits double up to ten minutes, so a bell is offered for as long as it is worth ringing (`TTL_S`).
MAX_WAIT_S = 600.0
MAX_TRIES = 32
_log = structlog.get_logger(__name__)


class Sender:
    """The handlers of the push jobs."""

    def __init__(self, target: PushTarget) -> None:
        self._target = target

    @property
    def handlers(self) -> dict[str, Handler]:
        """The job kinds this sender does."""
        return {
            "push.broadcast": self.broadcast,
            "push.devices": self.devices,
            "push.person": self.person,
            "push.topic": self.topic,
            "push.subscribe": self.subscribe,
        }

    def broadcast(self, run: JobRun) -> None:
        """Cut a broadcast into batches, in order of device, and leave the rest to a following job."""
        with run.unit() as unit:
            batch = queries.tokens_after(unit.session, run.args["after"], MAX_ADDRESSES)
            if not batch:
                return
            args = {"bell": run.args["bell"], "ver": run.args["ver"]}
            bell, last = unit.session.get_one(Bell, args["bell"]), batch[-1].id
            devices = _concerned(unit.session, bell, batch)
            if devices:
                _enqueue_devices(unit, args, devices, f"{run.args['after']}", _lane(bell))
            if len(batch) == MAX_ADDRESSES:
                key = f"push.broadcast:{args['bell']}:{args['ver']}:{last}"
                unit.enqueue("push.broadcast", key, args | {"after": last}, lane=_lane(bell))

    def person(self, run: JobRun) -> None:
        """Ring the phones on which a person is signed in."""
        with run.unit() as unit:
            devices = queries.devices_of(unit.session, run.args["account"])
            if devices:
                args = {"bell": run.args["bell"], "ver": run.args["ver"]}
                _enqueue_devices(unit, args, [device.id for device in devices][:MAX_ADDRESSES], "person")

    def devices(self, run: JobRun) -> None:
        """Hand one batch over, drop dead tokens, and put off what the vendor would not take now."""
        with run.database.reading() as session:
            push = _push(session, run.args, run.database.clock.now())
            tokens = queries.tokens_of_devices(session, run.args["devices"], run.args["bell"]) if push else {}
        deliveries = self._target.send(push, list(tokens)) if push and tokens else []
        later = [delivery for delivery in deliveries if delivery.outcome == "retry"]
        with run.unit() as unit:
            dead = [delivery.address for delivery in deliveries if delivery.outcome == "dead"]
            inbox.drop_tokens(unit, dead, "dead")
            _report(unit, run, deliveries)
            if later and run.args["try"] < MAX_TRIES:
                _put_off(unit, run, [tokens[delivery.address] for delivery in later], later)
        _log.info("push.batch", bell=run.args["bell"], handed=len(deliveries), dead=len(dead), later=len(later))

    def topic(self, run: JobRun) -> None:
        """Ring everybody on a topic."""
        with run.database.reading() as session:
            push = _push(session, run.args, run.database.clock.now())
        if push is None:
            return
        delivery = self._target.send_topic(push, run.args["topic"])
        _settle(delivery)
        with run.unit() as unit:
            _report(unit, run, [delivery])

    def subscribe(self, run: JobRun) -> None:
        """Put a device on the topics where it belongs now, and take it off those where it was before."""
        with run.database.reading() as session:
            device = session.get(Device, run.args["device"])
            if device is None or device.push_token is None:
                return
            token, ver, held = device.push_token, device.ver, device.topics or []
            wanted = queries.topics_of(session, device)
        steps = [(self._target.unsubscribe, topic) for topic in sorted(set(held) - set(wanted))]
        # A topic held already is asked for again: whatever the vendor forgot is healed, and twice is no error.
        steps += [(self._target.subscribe, topic) for topic in wanted]
        deliveries = [delivery for change, topic in steps for delivery in change([token], topic)]
        dead = any(delivery.outcome == "dead" for delivery in deliveries)
        if not dead:
            for delivery in deliveries:
                _settle(delivery)
        with run.unit() as unit:
            if dead:
                inbox.drop_tokens(unit, [token], "dead")
            else:
                inbox.note_topics(unit, run.args["device"], ver, wanted)


def _concerned(session: Session, bell: Bell, batch: Sequence[Device]) -> list[str]:
    """Return which of these devices a broadcast is for: news for all, a warning for those whom it is about."""
    if bell.about_kind != recipients.KIND:
        return [device.id for device in batch]
    people = recipients.concerned(session, bell.about_id, [device.account_id for device in batch])
    return [device.id for device in batch if device.account_id in people]


def _lane(bell: Bell) -> int:
    return queue.ALERT if bell.about_kind == recipients.KIND else queue.URGENT


def _settle(delivery: Delivery) -> None:
    if delivery.outcome == "retry":
        raise RetryLater(delivery.code or "retry", delivery.retry_after_s)
    if delivery.outcome == "failed":
        raise GiveUp(delivery.code or "failed")


def _push(session: Session, args: dict[str, Any], now: datetime) -> Push | None:
    """Compose the push from the bell as it is now; None if a newer version of it rings instead, or nothing should."""
    bell = session.get(Bell, args["bell"])
    if bell is None or bell.ver != args["ver"]:
        return None
    if bell.about_kind == recipients.KIND and not recipients.is_worth_ringing(session, bell.about_id, now):
        return None
    stream = streams.PUBLIC if bell.account_id is None else streams.user(bell.account_id)
    # The number up to which the phone has to catch up: that of the stream it is on, not of what else has happened.
    seq = stream_heads(session, [stream])[stream]
    data = {"kind": bell.about_kind, "id": bell.about_id, "seq": str(seq)}
    if bell.gone:
        # A push without words replaces the wrong one and makes no sound.
        return Push("", "", data | {"gone": "1"}, bell.id, TTL_S, "high")
    return Push(bell.title, bell.text[:120], data, bell.id, TTL_S, "high")


def _enqueue_devices(
    unit: UnitOfWork, args: dict[str, Any], devices: Sequence[str], part: str, lane: int = queue.URGENT
) -> None:
    key = f"push.devices:{args['bell']}:{args['ver']}:{part}:1"
    body = args | {"devices": list(devices), "try": 1, "part": part}
    unit.enqueue("push.devices", key, body, lane=lane)


def _put_off(unit: UnitOfWork, run: JobRun, devices: Sequence[str], later: Sequence[Delivery]) -> None:
    attempt = run.args["try"] + 1
    wait = max([delivery.retry_after_s or 0 for delivery in later] + [min(2.0**attempt, MAX_WAIT_S)])
    args = run.args | {"devices": list(devices), "try": attempt}
    key = f"push.devices:{args['bell']}:{args['ver']}:{args['part']}:{attempt}"
    lane = _lane(unit.session.get_one(Bell, args["bell"]))
    unit.enqueue("push.devices", key, args, run_at=unit.now + timedelta(seconds=wait), lane=lane)


def _report(unit: UnitOfWork, run: JobRun, deliveries: Sequence[Delivery]) -> None:
    counts = {outcome: sum(d.outcome == outcome for d in deliveries) for outcome in ("sent", "dead", "failed")}
    unit.session.add(PushReport(event_key=f"{run.args['bell']}:{run.args['ver']}", batch=run.id, at=unit.now, **counts))
