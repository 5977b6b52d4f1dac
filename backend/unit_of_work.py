"""The one transaction rule: opened at the edge, numbered and committed once, and only then others are woken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import Clock
from backend.db import Engine
from backend.errors import KeptRefusal
from backend.events.chain import hash_of
from backend.events.models import Event
from backend.ids import new_id
from backend.jobs import queue
from backend.logs import get_trace
from backend.policy import SYSTEM, Actor
from backend.sync import log

CHANNEL = "ronghui"


class Asking(Protocol):
    """Somebody who asks, when, and where the answer is read: a unit of work, or a request that only reads."""

    @property
    def session(self) -> Session:
        """Where it is read."""

    @property
    def actor(self) -> Actor:
        """Who asks."""

    @property
    def now(self) -> datetime:
        """When."""


@dataclass
class UnitOfWork:
    """One transaction and what it will tell the world. Actions take it as their first argument.

    `now` is the same moment for everything in it. After the commit `seq` is the log's number of its last row; what
    must be stored with that number goes into `when_numbered`, which is called with it just before the commit. `trace`
    is the request in whose course all this happens, and goes on with the jobs that are asked for.
    """

    session: Session
    actor: Actor
    now: datetime
    command_id: str
    trace: str | None = None
    seq: int = 0
    events: list[Event] = field(default_factory=list)
    placements: dict[tuple[str, str], log.Placement] = field(default_factory=dict)
    when_numbered: list[Callable[[int], None]] = field(default_factory=list)

    def record(self, type: str, entity_id: str, version: int, **data: Any) -> None:
        """Add an event to history; `type` is `entity.verb`. Give ids, hashes and codes, never texts."""
        self.events.append(
            Event(
                at=self.now,
                actor=self.actor.id,
                acting_role=self.actor.acting_role,
                command_id=self.command_id,
                entity=type.partition(".")[0],
                entity_id=entity_id,
                entity_version=version,
                type=type,
                data=data,
            )
        )

    def place(self, kind: str, item_id: str, ver: int, streams: Iterable[str]) -> None:
        """Say on which streams a thing belongs from now on, at this version. None means it is gone everywhere."""
        self.placements[(kind, item_id)] = log.Placement(kind, item_id, ver, frozenset(streams))

    def enqueue(
        self, kind: str, key: str, args: dict[str, Any], *, run_at: datetime | None = None, lane: int = queue.NORMAL
    ) -> None:
        """Ask for an effect after the commit. A key that is already known is left alone, so effects never double."""
        due = run_at or self.now
        queue.enqueue(self.session, kind, key, args, now=self.now, run_at=due, lane=lane, trace=self.trace)


EventHook = Callable[[UnitOfWork, Event], None]
CloseHook = Callable[[UnitOfWork], None]


class Database:
    """Opens units of work and snapshots, and wakes listeners after each commit."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine, self.clock = engine, clock
        self._hooks: list[tuple[str, EventHook]] = []
        self._close_hooks: list[CloseHook] = []
        self._listeners: list[Callable[[], None]] = []

    def on_event(self, prefix: str, hook: EventHook) -> None:
        """Call `hook` inside the transaction for each event whose type starts with `prefix`."""
        self._hooks.append((prefix, hook))

    def on_close(self, hook: CloseHook) -> None:
        """Call `hook` once in each unit of work that has events, after all else and before they are numbered.

        It may add to the data of events and to `when_numbered`, and records no further ones.
        """
        self._close_hooks.append(hook)

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit of this process. It must only set a flag."""
        self._listeners.append(listener)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open one consistent snapshot."""
        with self.engine.reading() as session:
            yield session

    @contextmanager
    def unit(self, actor: Actor = SYSTEM, command_id: str | None = None) -> Iterator[UnitOfWork]:
        """Open a unit of work; it commits when the block ends and rolls back when it raises.

        A `KeptRefusal` commits as well, and then goes on to the caller.
        """
        with self.engine.writing() as session:
            work = UnitOfWork(session, actor, self.clock.now(), command_id or new_id(), get_trace())
            try:
                yield work
            except KeptRefusal:
                # The refusal itself is a fact to remember: a wrong code counts, a stolen token ends its family.
                self._close(work)
                self.wake()
                raise
            self._close(work)
        self.wake()

    def wake(self) -> None:
        """Tell this process's listeners that something may be new."""
        for listener in self._listeners:
            listener()

    def _close(self, work: UnitOfWork) -> None:
        """Run hooks, number, commit. The head row is locked as late as can be, since it orders all commits."""
        self._run_hooks(work)
        work.session.flush()
        if work.events:
            for close in self._close_hooks:
                close(work)
        if work.events or work.placements:
            head = log.lock_head(work.session)
            log.append(work.session, head, work.placements.values(), work.now)
            for event in work.events:
                head.event_seq += 1
                event.seq, event.prev_hash = head.event_seq, head.event_hash
                event.hash = head.event_hash = hash_of(event)
            work.session.add_all(work.events)
            work.seq = head.seq
            for tell in work.when_numbered:
                tell(work.seq)
        if not self.engine.is_sqlite:
            work.session.execute(sa.text(f"NOTIFY {CHANNEL}"))
        work.session.commit()

    def _run_hooks(self, work: UnitOfWork) -> None:
        # A hook may record further events, and those are offered to the hooks too.
        for event in work.events:
            for prefix, hook in self._hooks:
                if event.type.startswith(prefix):
                    hook(work, event)
