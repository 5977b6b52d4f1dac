"""Writing what is handed to a vendor: for each address the words its owner wants, and never those of somebody else.

Everything is read again here, at the last moment: a bell that was taken back meanwhile says nothing any more, a phone
that has changed hands is left out, and where it has become quiet the bell waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.alerts import recipients as warned
from backend.inbox import rules
from backend.inbox.models import Bell, Device
from backend.inbox.rings.models import Ring
from backend.inbox.rules import LANE_OF, Kind, Lane, State, Wishes
from backend.inbox.wishes import recipient_of, wishes_of_accounts, wishes_of_devices
from backend.sync import streams
from backend.sync.queries import stream_heads
from notifications import words
from notifications.targets.base import Letter, Priority, Push
from notifications.walks import EMAIL, SMS

_LOUD = frozenset({Lane.ALERT, Lane.BREAKING, Lane.PERSONAL})
DIGEST = "digest"
# One phone of a person may have been reached, or not, before the turn of another comes.
_NOT_OVER = (State.RING, State.RUNG, State.FAILED, State.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Written:
    """A letter, whom it is for, the bells that it tells of, and the place of its address in the job."""

    letter: Letter
    recipient: str
    bells: tuple[str, ...]
    to: list[str]


@dataclass
class Batch:
    """What a job has to hand over now: letters; what is to wait, as it is quiet; what has been read already.

    `lost` are bells and recipients who have not this phone any more.
    """

    letters: list[Written] = field(default_factory=list)
    wait: list[tuple[str, str, datetime]] = field(default_factory=list)
    read: list[tuple[str, str]] = field(default_factory=list)
    lost: list[tuple[tuple[str, ...], str]] = field(default_factory=list)


def write_batch(session: Session, args: Mapping[str, Any], now: datetime) -> Batch:
    """Write the letters of a job that sends."""
    batch = Batch()
    people = [recipient for recipient, _ in args["to"]]
    told = _told(session, args, people)
    if not told:
        return batch
    places, wishes = _places(session, args)
    heads, pushes = _Heads(session), _Pushes(args, now)
    for to in args["to"]:
        recipient, address = to[0], places.get(tuple(to))
        pairs = told.get(recipient)
        if pairs is None:
            continue
        if address is None or recipient not in wishes:
            batch.lost.append((tuple(bell.id for bell, _ in pairs), recipient))
            continue
        bells, want = [bell for bell, _ in pairs], wishes[recipient]
        if len(bells) == 1 and bells[0].read_at is not None and pairs[0][1].state == State.RING:
            batch.read.append((bells[0].id, recipient))
            continue
        shown_before = all(ring.state != State.RING for _, ring in pairs)
        quiet = rules.is_quiet(want, now) and not any(bell.through for bell in bells)
        if quiet and not shown_before and not any(bell.gone for bell in bells):
            batch.wait += [(bell.id, recipient, rules.quiet_ends(want, now)) for bell in bells]
            continue
        push = pushes.push(bells, want, heads, quiet=quiet)
        key = f"{args.get('digest') or bells[0].id}:{bells[0].ver}:{to[1] or recipient}"
        batch.letters.append(Written(Letter(address, push, key), recipient, tuple(bell.id for bell in bells), list(to)))
    return batch


def _told(session: Session, args: Mapping[str, Any], people: Sequence[str]) -> dict[str, list[tuple[Bell, Ring]]]:
    """Return for each recipient the bells that this job is to tell of, as far as they still say what they said."""
    query = sa.select(Bell, Ring).join(Ring, Ring.bell_id == Bell.id).where(Ring.recipient.in_(people))
    if DIGEST in args:
        query = query.where(Ring.digest == args[DIGEST], Ring.state == State.RING, Bell.gone.is_(False))
    else:
        query = query.where(Bell.id == args["bell"], Bell.ver == args["ver"], Ring.state.in_(_NOT_OVER))
    found: dict[str, list[tuple[Bell, Ring]]] = defaultdict(list)
    for bell, ring in session.execute(query.order_by(Bell.at, Bell.id)):
        found[ring.recipient].append((bell, ring))
    return dict(found)


def _places(session: Session, args: Mapping[str, Any]) -> tuple[dict[tuple[str, str], str], Mapping[str, Wishes]]:
    """Return the address of each (recipient, device) that still holds, and what the recipients want."""
    if args["target"] in {SMS, EMAIL}:
        people = {recipient for recipient, _ in args["to"]}
        column = Account.phone if args["target"] == SMS else Account.email
        rows = session.execute(sa.select(Account.id, column).where(Account.id.in_(people), column.is_not(None)))
        return {(account, ""): str(address) for account, address in rows}, wishes_of_accounts(session, people)
    ids = [device for _, device in args["to"]]
    devices = session.scalars(
        sa.select(Device).where(Device.id.in_(ids), Device.push_token.is_not(None), Device.target == args["target"])
    ).all()
    places = {(recipient_of(device), device.id): device.push_token or "" for device in devices}
    return places, wishes_of_devices(session, devices)


class _Heads:
    """The number up to which a phone has to catch up: that of the stream a bell is on, not of what else happened."""

    def __init__(self, session: Session) -> None:
        self._session, self._known = session, dict[str, int]()

    def of(self, bell: Bell) -> int:
        stream = streams.PUBLIC if bell.account_id is None else streams.user(bell.account_id)
        if stream not in self._known:
            self._known |= stream_heads(self._session, [stream])
        return self._known[stream]


class _Pushes:
    """Pushes, made once for all who get the same."""

    def __init__(self, args: Mapping[str, Any], now: datetime) -> None:
        self._digest, self._target = args.get(DIGEST), args["target"]
        self._ttl_s = max(0, int((datetime.fromisoformat(args["until"]) - now).total_seconds()))
        self._made: dict[tuple[Any, ...], Push] = {}

    def push(self, bells: Sequence[Bell], wishes: Wishes, heads: _Heads, *, quiet: bool) -> Push:
        key = (tuple(bell.id for bell in bells), wishes.variant, wishes.push_words, quiet)
        if key not in self._made:
            one = bells[0] if len(bells) == 1 else None
            made = self._of_one(one, wishes, heads) if one else self._of_many(bells, wishes, heads)
            title, body, data, collapse_key, priority = made
            self._made[key] = Push(title, body, data, collapse_key, self._ttl_s, priority, sound=not quiet)
        return self._made[key]

    def _of_one(self, bell: Bell, wishes: Wishes, heads: _Heads) -> tuple[str, str, dict[str, str], str, Priority]:
        data = {"kind": bell.about_kind, "id": bell.about_id, "seq": str(heads.of(bell))}
        if bell.gone:
            # A push without words replaces the wrong one and makes no sound.
            title = body = ""
            data["gone"] = "1"
        else:
            title, body = self._said(bell, wishes)
        loud: Priority = "high" if LANE_OF[Kind(bell.kind)] in _LOUD and not self._digest else "normal"
        return title, body[:120], data, collapse_key(bell), loud

    def _said(self, bell: Bell, wishes: Wishes) -> tuple[str, str]:
        if self._target == EMAIL:
            # Letters to staff go by the house's own server.
            return words.said(bell, wishes.variant)
        say = words.said_in_text if self._target == SMS else words.said_in_push
        return say(bell, wishes.variant, wishes.push_words)

    def _of_many(
        self, bells: Sequence[Bell], wishes: Wishes, heads: _Heads
    ) -> tuple[str, str, dict[str, str], str, Priority]:
        title, body = words.digest(bells, wishes.variant, wishes.push_words)
        seq = str(max(heads.of(bell) for bell in bells))
        return title, body[:120], {"kind": DIGEST, "id": str(self._digest), "seq": seq}, DIGEST, "normal"


def collapse_key(bell: Bell) -> str:
    """Name what replaces what on a phone's screen: everything about one story, one case, one warning."""
    return f"{bell.about_kind}:{bell.about_id}"


def is_worth(session: Session, bell: Bell, now: datetime) -> bool:
    """Tell whether a bell still says something: one about a warning may not, and taking one back always does."""
    if bell.gone or bell.about_kind != warned.KIND:
        return True
    return warned.is_worth_ringing(session, bell.about_id, now)


def topic_push(session: Session, bell: Bell, variant: str, until: datetime, now: datetime) -> Push | None:
    """Write a push to all on a topic; None if it says nothing any more."""
    if not is_worth(session, bell, now):
        return None
    title, body = words.said(bell, variant)
    seq = stream_heads(session, [streams.PUBLIC])[streams.PUBLIC]
    data = {"kind": bell.about_kind, "id": bell.about_id, "seq": str(seq)}
    ttl_s = int(max(timedelta(), until - now).total_seconds())
    return Push(title, body[:120], data, collapse_key(bell), ttl_s, "high")
