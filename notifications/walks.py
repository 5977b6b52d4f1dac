"""The steps that decide: over all phones, over followers, for one person, and for what has waited for its hour.

No vendor is called here. Each step is one transaction over at most `STRIDE` phones or people, which leaves the rest to
the next one and the handing over to jobs of its own; so a broadcast to a million phones takes no more memory than
one to five hundred, and goes on after a crash where it stood.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.feed.models import Article
from backend.inbox import actions as inbox
from backend.inbox import queries, rules
from backend.inbox.follows.queries import followers_after, things_touched
from backend.inbox.models import Bell, BroadcastRead, Device
from backend.inbox.rings import actions as rings
from backend.inbox.rings.models import PushReport, Ring
from backend.inbox.rules import Kind, Lane, Reason, State
from backend.inbox.wishes import recipient_of, wishes_of_accounts, wishes_of_devices
from backend.jobs.worker import JobRun
from backend.requests.twins.models import Twin
from backend.unit_of_work import UnitOfWork
from notifications import lanes, lives, words
from notifications.facts import candidates, facts_of, topic_of

STRIDE = 500
# What is sent to an account and not to a phone.
SMS, EMAIL = "sms", "email"


class Walks:
    """The deciding steps. `sizes` is how many letters each vendor takes in one call; others are not installed."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._sizes = sizes

    def walk(self, run: JobRun) -> None:
        """Decide for the recipients of the next phones, and have those rung who are to be.

        Where topics ring besides, those come first whom only this walk can ring.
        """
        with run.unit() as unit:
            bell = _bell_to_ring(unit.session, run.args)
            if bell is None:
                return
            topics, only, after = run.args["topics"], run.args.get("only"), run.args["after"]
            which = queries.left_to_topics(topics, bell.said_at, are=bool(run.args.get("left"))) if topics else None
            devices = queries.devices_after(unit.session, after, STRIDE, which)
            # After a topic that failed, only those who counted on it are left to be rung.
            meant = [device for device in devices if only is None or only in (device.topics or [])]
            ringing = self._ring(unit, bell, facts_of(unit.session, bell), meant, topics) if meant else set()
            # A person may have one phone on a topic and another on none.
            one_by_one = [device for device in meant if topic_of(bell, device, topics) is None]
            addresses = _addresses(device for device in one_by_one if recipient_of(device) in ringing)
            lane, part = lanes.lane_of(bell), f":{only}" if only else ":left" if run.args.get("left") else ""
            name = f"{bell.id}:{bell.ver}{part}"
            self._hand_over(unit, lane, run.args, f"{name}:{after}", addresses)
            if len(devices) == STRIDE:
                args = run.args | {"after": devices[-1].id}
                lanes.enqueue(unit, lane, f"walk:{name}:{args['after']}", args)
            elif topics and not run.args.get("left"):
                args = run.args | {"after": "", "left": True}
                lanes.enqueue(unit, lane, f"walk:{name}:left:", args)

    def _ring(
        self, unit: UnitOfWork, bell: Bell, facts: rules.Bell, devices: Sequence[Device], topics: Sequence[str]
    ) -> set[str]:
        people = candidates(unit.session, bell, facts, devices, topics)
        done = _topics_done(unit.session, bell) if topics else set()
        return _planned(unit, bell, facts, people, done)

    def person(self, run: JobRun) -> None:
        """Decide for the one person whose bell it is, and have them rung on all that they have."""
        with run.unit() as unit:
            bell = _bell_to_ring(unit.session, run.args)
            if bell is None or bell.account_id is None:
                return
            account = bell.account_id
            wishes = wishes_of_accounts(unit.session, {account}).get(account)
            if wishes is None:
                return
            facts, reason = facts_of(unit.session, bell), Reason(run.args["reason"])
            followed = bell.kind == Kind.FOLLOW
            people = {account: rings.Candidate(reason, wishes, followed=followed)}
            if not _planned(unit, bell, facts, people):
                return
            addresses = _addresses(queries.devices_of(unit.session, [account]))
            addresses |= self._beside_phones(unit.session, bell, run.args, wishes, reached=bool(addresses))
            if not addresses:
                rings.settle(unit, [bell.id], [account], State.UNREACHABLE)
            self._hand_over(unit, lanes.lane_of(bell), run.args, f"{bell.id}:{bell.ver}:person", addresses)

    def _beside_phones(
        self, session: Session, bell: Bell, args: Mapping[str, Any], wishes: rules.Wishes, *, reached: bool
    ) -> dict[str, list[list[str]]]:
        """Return where a person is told besides: by text message if no phone of theirs rings, staff by e-mail."""
        account = session.get_one(Account, bell.account_id)
        found: dict[str, list[list[str]]] = {}
        if bell.gone or bell.ver > 1:
            # A message that has been sent cannot be taken back or replaced; the inbox says what holds.
            return found
        if args.get("sms") and not reached and wishes.sms and account.phone and SMS in self._sizes:
            found[SMS] = [[account.id, ""]]
        of_the_house = bell.kind == Kind.HOUSE and account.kind == "staff"
        if of_the_house and wishes.email and account.email and EMAIL in self._sizes:
            found[EMAIL] = [[account.id, ""]]
        return found

    def followers(self, run: JobRun) -> None:
        """Put a bell of their own into the inboxes of the next followers of a thing, and have each decided for."""
        kind, thing = run.args["about"]
        with run.unit() as unit:
            said = _words_for_followers(unit.session, kind, thing, run.args["key"])
            if said is None:
                return
            facts = _followed_facts(unit.session, kind, thing)
            touched = things_touched(unit.session, facts)
            people = followers_after(unit.session, touched, run.args["after"], STRIDE) if touched else []
            for account, why in people:
                bell = inbox.ring(
                    unit,
                    account_id=account,
                    key=f"follow:{kind}:{run.args['key']}:{account}",
                    kind=Kind.FOLLOW,
                    words=said,
                    about=(kind, thing),
                )
                lanes.ring_person(unit, bell, reason=why)
            if len(people) == STRIDE:
                args = run.args | {"after": people[-1][0]}
                lanes.enqueue(unit, Lane.PERSONAL, f"followers:{kind}:{run.args['key']}:{args['after']}", args)

    def gather(self, run: JobRun) -> None:
        """Tell the next of those for whom something was held until now of all of it at once."""
        with run.unit() as unit:
            people = unit.session.scalars(_held(unit.now, run.args["after"])).all()
            devices = queries.devices_of(unit.session, people)
            wishes = wishes_of_devices(unit.session, devices)
            told = _take_up(unit, people, wishes, run.args["due"])
            addresses = _addresses(device for device in devices if recipient_of(device) in told)
            until = (unit.now + rules.TTL[Lane.DIGEST]).isoformat()
            args = {"digest": run.args["due"], "until": until}
            self._hand_over(unit, Lane.DIGEST, args, f"digest:{run.args['due']}:{run.args['after']}", addresses)
            if len(people) == STRIDE:
                args = run.args | {"after": people[-1]}
                lanes.enqueue(unit, Lane.DIGEST, f"gather:{args['due']}:{args['after']}", args)

    def _hand_over(
        self,
        unit: UnitOfWork,
        lane: Lane,
        args: Mapping[str, Any],
        part: str,
        addresses: Mapping[str, list[list[str]]],
    ) -> None:
        """Ask for letters to these addresses: for each vendor as many jobs as it takes calls."""
        said = {name: args[name] for name in ("bell", "ver", "digest", "until") if name in args}
        for target, all_of_it in addresses.items():
            size = self._sizes.get(target, STRIDE)
            for start in range(0, len(all_of_it), size):
                some = {"step": "send", "target": target, "to": all_of_it[start : start + size], "turn": 1, "try": 1}
                key = f"{part}:{target}:{start}"
                lanes.enqueue(unit, lane, f"send:{key}:1", said | some | {"part": key})


def _bell_to_ring(session: Session, args: Mapping[str, Any]) -> Bell | None:
    """Return the bell if it still says what the job is for; a newer version of it has jobs of its own."""
    bell = session.get(Bell, args["bell"])
    return bell if bell is not None and bell.ver == args["ver"] else None


def _addresses(devices: Iterable[Device]) -> dict[str, list[list[str]]]:
    """Sort phones by their vendors, each with whom it is to ring: `{target: [[recipient, device], …]}`."""
    found: dict[str, list[list[str]]] = defaultdict(list)
    for device in devices:
        found[device.target].append([recipient_of(device), device.id])
    return dict(found)


def _topics_done(session: Session, bell: Bell) -> set[str]:
    """Return the topics by which this version has been handed over already."""
    query = sa.select(PushReport.batch).where(
        PushReport.event_key == f"{bell.id}:{bell.ver}", PushReport.batch.startswith("topic:"), PushReport.sent > 0
    )
    return {batch.partition(":")[2] for batch in session.scalars(query)}


def _planned(
    unit: UnitOfWork,
    bell: Bell,
    facts: rules.Bell,
    people: Mapping[str, rings.Candidate],
    done_topics: Collection[str] = (),
) -> set[str]:
    """Decide, and see to it that somebody comes for what was held; return who is to be rung now."""
    plan = rings.plan(unit, bell, facts, people, done_topics=done_topics)
    for due in plan.dues:
        ask_at(unit, due)
    return plan.ringing


def ask_at(unit: UnitOfWork, due: datetime) -> None:
    """Have what is held told of at an hour, once for all who wait for it."""
    at = f"{due:%Y%m%dT%H%M%S}"
    lanes.enqueue(unit, Lane.DIGEST, f"gather:{at}:", {"step": "gather", "due": at, "after": ""}, run_at=due)


def _held(now: datetime, after: str) -> sa.Select[str]:
    due = (Ring.state == State.HELD, Ring.due_at <= now, Ring.recipient > after)
    return sa.select(Ring.recipient).where(*due).distinct().order_by(Ring.recipient).limit(STRIDE)


def _take_up(unit: UnitOfWork, people: Sequence[str], wishes: Mapping[str, rules.Wishes], digest: str) -> set[str]:
    """Take what is due for these recipients into a digest, but for what is over; return those who are to be told."""
    held = sa.and_(Ring.recipient.in_(people), Ring.state == State.HELD, Ring.due_at <= unit.now)
    query = sa.select(Ring, Bell).join(Bell, Bell.id == Ring.bell_id).where(held).with_for_update(of=Ring)
    due = unit.session.execute(query).all()
    marks = sa.select(BroadcastRead.account_id, BroadcastRead.bell_id).where(
        BroadcastRead.account_id.in_(people), BroadcastRead.bell_id.in_({bell.id for _, bell in due})
    )
    read = {(account, bell) for account, bell in unit.session.execute(marks)}
    told = set()
    for ring, bell in due:
        want = wishes.get(ring.recipient)
        ring.due_at = None
        if bell.gone:
            ring.state = State.GONE
        elif bell.ends_at is not None and bell.ends_at <= unit.now:
            ring.state = State.EXPIRED
        elif bell.read_at is not None or (ring.recipient, bell.id) in read:
            ring.state = State.READ
        elif want is None:
            ring.state = State.UNREACHABLE
        elif rules.is_quiet(want, unit.now):
            ring.due_at = rules.quiet_ends(want, unit.now)
            ask_at(unit, ring.due_at)
        else:
            ring.state, ring.digest = State.RING, digest
            told.add(ring.recipient)
    return told


def _words_for_followers(session: Session, kind: str, thing: str, key: str) -> inbox.Words | None:
    """Return what followers are told of a thing as it is now; None if it is gone."""
    if kind == lives.KIND:
        return lives.words_of(session, thing, key)
    if kind == "article":
        article = session.get(Article, thing)
        return words.followed(article) if article is not None and article.state == "live" else None
    twin = session.get(Twin, thing)
    return words.public_request(twin.public["title"]) if twin is not None and twin.shown and twin.public else None


def _followed_facts(session: Session, kind: str, thing: str) -> rules.Bell:
    bell = Bell(kind=Kind.FOLLOW, about_kind=kind, about_id=thing, through=False)
    return facts_of(session, bell)
