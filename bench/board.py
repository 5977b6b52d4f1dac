"""The board over a long log: reading it now and at any moment, making it again, and what arrives while much happens."""

from __future__ import annotations

import itertools
import os
import random
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import requests
import sqlalchemy as sa

from backend.events.chain import hash_of
from backend.events.models import Event
from backend.ids import new_id
from backend.sync.models import Head
from bench.context import Bench
from bench.district import ROOT, District
from bench.ours import Server
from bench.report import Section, Table, number
from scenario.people import Person
from scenario.phone import Phone

KEY = "board"
INTRO = (
    "A log of a million events, as stories are written, examined and sent to three channels, with about 300 of them "
    "under way at any moment. The board is read over HTTP by one reader: as it is while nothing happens, as it is "
    "right after an event, and as it was at moments drawn from the whole log. `flask rebuild` makes all of it again. "
    "At last eight people give commands as fast as they are answered, and a phone at the planning desk notes when each "
    "is on its stream. No peer: the bounds are those of NEWSROOM.md section 8."
)
_UNDER_WAY = 300
_BATCH = 5000
_SEED = 20_260_101
_READS = 60
Step = tuple[str, str, str, dict[str, Any]]


def measure(bench: Bench) -> Section:
    """Measure all of it, on SQLite in the embedded start."""
    events = 20_000 if bench.quick else 1_000_000
    section = Section(KEY, "The board", INTRO)
    took: dict[str, float] = {}
    with bench.serving(citizens=1, prepare=partial(_prepare, bench=bench, events=events, took=took)) as server:
        table = section.table("A long log", "what", "p50", "p99")
        _measure_reads(section, table, server, events)
        _measure_stream(bench, section, server)
    making = section.table("Making it again", "what", "s")
    for words, seconds in took.items():
        making.add(words, number(seconds))
    section.judge(
        f"The board of {events:,} events is made again",
        "in minutes",
        f"{number(took['flask rebuild'])} s",
        met=took["flask rebuild"] < 600,
    )
    return section


# ── a long log ──


def _prepare(district: District, *, bench: Bench, events: int, took: dict[str, float]) -> None:
    bench.say(f"filling the log with {events:,} events")
    _fill(district, events)
    for words, command in (("flask rebuild", ["rebuild"]), ("flask rebuild --check", ["rebuild", "--check"])):
        bench.say(words)
        begun = time.perf_counter()
        whole = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
        # The things are in the log alone, and so the comparison with their tables finds them missing.
        subprocess.run(whole, cwd=ROOT, env=_env(district), check=False, capture_output=True)
        took[words] = time.perf_counter() - begun


def _env(district: District) -> dict[str, str]:
    return {**os.environ, **district.env, "LOG_LEVEL": "WARNING"}


def _fill(district: District, events: int) -> None:
    """Append events to the log, with cards and their chain, as the house would have written them."""
    database = district.open()
    with database.engine.writing() as session:
        head = session.scalars(sa.select(Head)).one()
        at = database.clock.now() - timedelta(seconds=events * 3)
        batch: list[dict[str, Any]] = []
        for kind, thing_id, verb, data in itertools.islice(_happens(), events):
            at += timedelta(seconds=3)
            event = Event(
                seq=head.event_seq + 1,
                at=at,
                actor="system",
                acting_role="system",
                command_id=thing_id,
                entity=kind,
                entity_id=thing_id,
                entity_version=1,
                type=f"{kind}.{verb}",
                data=data,
                prev_hash=head.event_hash,
            )
            head.event_seq, head.event_hash = event.seq, hash_of(event)
            event.hash = head.event_hash
            batch.append({column.key: getattr(event, column.key) for column in sa.inspect(Event).columns})
            if len(batch) == _BATCH:
                session.execute(sa.insert(Event), batch)
                batch.clear()
        if batch:
            session.execute(sa.insert(Event), batch)
        session.commit()


def _happens() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield what happens, one step of one of the stories under way after the other."""
    chance = random.Random(_SEED)
    under_way = [_life(chance) for _ in range(_UNDER_WAY)]
    while True:
        place = chance.randrange(_UNDER_WAY)
        step = next(under_way[place], None)
        if step is None:
            under_way[place] = _life(chance)
        else:
            yield step


def _life(chance: random.Random) -> Iterator[Step]:
    """Yield the events of one story, from its first draft until it is on three channels."""
    story, exam, author = new_id(), new_id(), str(uuid.UUID(int=chance.randrange(200)))
    was: dict[str, str | None] = {}

    def told(kind: str, thing_id: str, verb: str, state: str, *, done: bool = False, **rest: Any) -> Step:
        card = {"state": state, "open": not done, "desk": "editing", "holders": [author], **rest}
        data = {"state": state, "card": card, "was": was.get(thing_id)}
        was[thing_id] = state
        return kind, thing_id, verb, data

    of_story: dict[str, Any] = {"strict": False, "writers": [], "class": "livelihood", "priority": 3, "lane": "normal"}
    yield told("story", story, "created", "draft", **of_story)
    yield told("story", story, "edited", "editing", **of_story)
    yield told("story", story, "submitted", "in_exam", **of_story)
    of_exam: dict[str, Any] = {"story": story, "lane": "normal", "target": "story", "minutes": 30}
    for step in ("P1", "R1", "P2", "R2", "P3", "R3"):
        for verb in ("step_open", "claimed"):
            yield told("exam", exam, verb, "open", **of_exam, step=step)
    yield told("exam", exam, "signed", "signed", done=True, **of_exam)
    yield told("story", story, "approved", "approved", **of_story)
    yield told("story", story, "published", "live", done=True, **of_story)
    for channel in ("wechat", "weibo", "syndication"):
        publication = new_id()
        of_it: dict[str, Any] = {"story": story, "channel": channel, "action": "create", "embargo": False}
        for verb, state in (("queued", "queued"), ("leased", "leased"), ("receipted", "receipted")):
            yield told("publication", publication, verb, state, done=state == "receipted", **of_it)


# ── reading ──


def _measure_reads(section: Section, table: Table, server: Server, events: int) -> None:
    bearer = server.district.bearer("duty")
    session = requests.Session()
    session.headers["Authorization"] = bearer

    def read(query: str = "") -> float:
        begun = time.perf_counter()
        answer = session.get(f"http://127.0.0.1:{server.port}/api/v1/kitchen/board{query}", timeout=60)
        answer.raise_for_status()
        return (time.perf_counter() - begun) * 1000

    first = read()
    still = [read() for _ in range(_READS)]
    after = []
    for _ in range(_READS):
        _lead(server, bearer)
        after.append(read())
    chance = random.Random(_SEED)
    past = [read(f"?as_of_seq={chance.randrange(1, events)}") for _ in range(_READS)]
    for words, found in (
        ("as it is, ms", still),
        ("right after an event, ms", after),
        ("at a moment of the past, ms", past),
    ):
        table.add(words, number(statistics.median(found)), number(sorted(found)[int(len(found) * 0.99)]))
    table.add("the first after a start, ms", number(first), number(first))
    worst = max(statistics.median(still), statistics.median(after))
    section.judge("The board of a million events", "< 50 ms", f"{number(worst)} ms", met=worst < 50)


def _lead(server: Server, bearer: str) -> str:
    words = uuid.uuid4().hex
    form = {"title": f"线索 {words}", "text": "路面积水", "source": "hotline", "place": words}
    connection = requests.post(
        f"http://127.0.0.1:{server.port}/api/v1/kitchen/leads",
        json=form,
        headers={"Authorization": bearer, "Idempotency-Key": uuid.uuid4().hex},
        timeout=60,
    )
    connection.raise_for_status()
    return str(connection.json()["id"])


# ── what arrives ──


def _measure_stream(bench: Bench, section: Section, server: Server) -> None:
    seconds, people = (5 if bench.quick else 60), 8
    bearer = server.district.bearer("editor")
    tokens = {"access_token": bearer.removeprefix("Bearer "), "user": {"id": ""}}
    phone = Phone(Person(f"http://127.0.0.1:{server.port}", tokens), ["pub", "desk:planning"])
    arrived: dict[str, float] = {}

    def note(row: dict[str, Any], at: float) -> None:
        if row["kind"] == "lead":
            arrived.setdefault(row["id"], at)

    phone.on_row = note
    phone.go_online()
    sent: dict[str, float] = {}
    until = time.monotonic() + seconds
    pace = people / 200

    def give_commands() -> None:
        while (now := time.monotonic()) < until:
            sent[_lead(server, bearer)] = now
            time.sleep(max(0.0, pace - (time.monotonic() - now)))

    threads = [threading.Thread(target=give_commands) for _ in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    phone.wait_for(lambda: len(arrived) == len(sent) or None)
    phone.go_offline()
    waits = sorted((arrived[each] - sent[each]) * 1000 for each in sent if each in arrived)
    table = section.table("Commands and the stream", "commands a second", "missing", "p50 ms", "p95 ms", "p99 ms")
    p95 = waits[int(len(waits) * 0.95)]
    table.add(
        number(len(sent) / seconds),
        len(sent) - len(waits),
        number(statistics.median(waits)),
        number(p95),
        number(waits[int(len(waits) * 0.99)]),
    )
    section.judge(
        f"C6: {number(len(sent) / seconds)} commands a second, from the command to the stream",
        "p95 < 1 s",
        f"{number(p95)} ms",
        met=p95 < 1000,
    )
