"""Topics: ringing all who are on one in a single call, and keeping the vendor's lists as people's wishes are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from backend.inbox import actions as inbox
from backend.inbox import queries
from backend.inbox.models import TOPIC_TARGETS, Bell, Device
from backend.inbox.rings import actions as rings
from backend.inbox.rules import Lane, variant_of
from backend.inbox.wishes import recipient_of, wishes_of_devices
from backend.jobs.queue import BULK
from backend.jobs.worker import GiveUp, JobRun, RetryLater
from backend.unit_of_work import UnitOfWork
from notifications import lanes
from notifications.letters import topic_push
from notifications.targets.base import NOT_INSTALLED, Delivery, PushTarget, TopicTarget
from notifications.walks import STRIDE

# A warning is tried for at least every half minute, for as long as it holds.
_MAX_WAIT_S = 30.0


class Topics:
    """The steps that have to do with topics."""

    def __init__(self, targets: Mapping[str, PushTarget]) -> None:
        self._target = next((one for one in targets.values() if isinstance(one, TopicTarget)), None)

    def ring(self, run: JobRun) -> None:
        """Ring everybody on a topic at once; where that can never be, phone by phone."""
        now, until, topic = run.database.clock.now(), datetime.fromisoformat(run.args["until"]), run.args["topic"]
        with run.database.reading() as session:
            bell = session.get(Bell, run.args["bell"])
            current = bell is not None and bell.ver == run.args["ver"] and not bell.gone and now < until
            push = topic_push(session, bell, variant_of(topic), until, now) if bell is not None and current else None
        if push is None:
            return
        if self._target is None:
            delivery = Delivery(topic, "failed", NOT_INSTALLED)
        else:
            delivery = self._target.send_topic(push, topic)
        with run.unit() as unit:
            self._settle_ring(unit, run, delivery)

    def _settle_ring(self, unit: UnitOfWork, run: JobRun, delivery: Delivery) -> None:
        bell_id, topic, turn = run.args["bell"], run.args["topic"], run.args.get("turn", 1)
        name = f"{bell_id}:{run.args['ver']}:{topic}"
        if delivery.outcome == "retry":
            wait = timedelta(seconds=max(delivery.retry_after_s or 0, min(2.0**turn, _MAX_WAIT_S)))
            again = run.args | {"turn": turn + 1}
            lanes.enqueue(unit, Lane.ALERT, f"topic:{name}:{turn + 1}", again, run_at=unit.now + wait)
            return
        sent = delivery.outcome == "sent"
        rings.settle_topic(unit, bell_id, topic, rung=sent)
        codes = {} if sent else {delivery.code or "failed": 1}
        rings.report(unit, f"{bell_id}:{run.args['ver']}", f"topic:{topic}", {"sent": int(sent)}, codes)
        if not sent:
            walk = {"step": "walk", "after": "", "topics": [], "only": topic}
            said = {key: run.args[key] for key in ("bell", "ver", "until")}
            lanes.enqueue(unit, Lane.ALERT, f"walk:{name}:", said | walk)

    def subscribe(self, run: JobRun) -> None:
        """Put a device on the topics where it belongs now, and take it off those where it was before.

        Raises:
            RetryLater: the vendor would not take it now.
            GiveUp: it never will.
        """
        with run.database.reading() as session:
            device = session.get(Device, run.args["device"])
            if device is None or device.push_token is None or self._target is None:
                return
            wishes = wishes_of_devices(session, [device]).get(recipient_of(device))
            if wishes is None:
                return
            token, ver, held = device.push_token, device.ver, device.topics or []
            wanted = queries.topics_of(session, device, wishes)
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

    def reconcile(self, run: JobRun) -> None:
        """Look through all phones, some a job, for those that are on other topics than they should be; each day."""
        with run.unit() as unit:
            after = run.args["after"]
            devices = queries.devices_after(unit.session, after, STRIDE, Device.target.in_(TOPIC_TARGETS))
            wishes = wishes_of_devices(unit.session, devices)
            for device in devices:
                want = wishes.get(recipient_of(device))
                if want is not None and device.topics != queries.topics_of(unit.session, device, want):
                    inbox.tell_topics(unit, device)
            if len(devices) == STRIDE:
                at = {"day": run.args["day"], "after": devices[-1].id}
                unit.enqueue(lanes.RECONCILE, f"{lanes.RECONCILE}:{at['day']}:{at['after']}", at, lane=BULK)
            else:
                schedule(unit, days=1)


def schedule(unit: UnitOfWork, days: int = 0) -> None:
    """Make sure that the topics are looked through, once a day."""
    at = unit.now + timedelta(days=days)
    day = f"{at:%Y-%m-%d}"
    unit.enqueue(lanes.RECONCILE, f"{lanes.RECONCILE}:{day}:", {"day": day, "after": ""}, run_at=at, lane=BULK)


def _settle(delivery: Delivery) -> None:
    if delivery.outcome == "retry":
        raise RetryLater(delivery.code or "retry", delivery.retry_after_s)
    if delivery.outcome == "failed":
        raise GiveUp(delivery.code or "failed")
