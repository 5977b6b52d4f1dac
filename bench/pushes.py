"""Pushes: handing a broadcast over to Firebase, against its SDK alone; memory; and a warning beside a broadcast."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2

from backend.inbox.rules import nowhere_topic, town_topic
from bench import postgres
from bench.context import Bench
from bench.district import ROOT, District
from bench.ours import Refused, Server, call
from bench.peer_servers import HERE, write_nginx
from bench.processes import Process, accepts, free_port, running, wait_until
from bench.report import Section, Table, number, ratio
from fakes.fcm_account import service_account
from scenario.people import sign_in_staff

KEY = "pushes"
INTRO = (
    "A breaking story is signed over HTTP, and one worker hands it over to a Firebase of this machine, phone by phone: "
    "decided for each phone, written down for each, counted. One worker process, PostgreSQL, phones on which nobody is "
    "signed in, no topics for breaking news. The peer is a script that calls the SDK's `send_each` with the same "
    "message, 500 at a time, one batch after the other; its access token is at hand, its address is the same server "
    "(`FCM_URL` of the SDK's service), and nothing is decided or written down. The server is nginx, which answers "
    "every message at once and in Google's shape; a real one is far away, so both would wait more than they do here. "
    "Worker, PostgreSQL and nginx share the cores."
)
# The towns of the demo: one that is warned, and another.
_WARNED, _OTHER = "luodian", "gucun"
_LUODIAN = "31.405,121.335 31.405,121.355 31.425,121.355 31.425,121.335 31.405,121.335"
# Of a hundred phones: who follows another town, who the warned one, who has said nothing of where they are. The rest
# follow the warned town and are not known to be on its topic yet, so they are rung one by one.
_ELSEWHERE, _THERE, _NOWHERE = 60, 90, 98
_FILL = """
INSERT INTO device (id, ver, preferences, topics, topics_at, target, platform, push_token, locale, seen_at)
SELECT md5('bench' || n), 1,
       format('{{"quiet":{{"from":"22:00","on":false,"to":"07:00"}},"towns":[%%s]}}',
              CASE WHEN n %% 100 < {elsewhere} THEN '"{other}"'
                   WHEN n %% 100 < {there} OR n %% 100 >= {nowhere} THEN '"{warned}"' ELSE '' END),
       CASE WHEN n %% 100 < {elsewhere} THEN '["{on_other}"]'
            WHEN n %% 100 < {there} OR n %% 100 >= {nowhere} THEN '["{on_warned}"]' ELSE '["{on_nowhere}"]' END,
       CASE WHEN n %% 100 < {nowhere} THEN now() - interval '1 day' END,
       'fcm', 'android', 'bench-' || lpad(n::text, 8, '0') || repeat('x', 140), 'zh-CN', now()
FROM generate_series(0, %(last)s) AS n
"""
# The look at all topics, which a worker begins its day with, is not what is measured.
_LOOKED_THROUGH = """
INSERT INTO job (id, kind, key, args, lane, state, run_at, attempts, created_at, done_at)
SELECT md5(day::text), 'push.reconcile', 'push.reconcile:' || to_char(day, 'YYYY-MM-DD') || ':',
       '{}', 9, 'done', now(), 1, now(), now()
FROM generate_series(date_trunc('day', now() AT TIME ZONE 'UTC'), now() AT TIME ZONE 'UTC' + interval '1 day',
                     interval '1 day') AS day
"""
_DUE = "SELECT count(*) FROM job WHERE state IN ('ready', 'leased') AND run_at <= now() AND kind LIKE %s"
_SENT = "SELECT coalesce(sum(sent), 0), coalesce(max(r.at), now()) FROM push_report r WHERE event_key LIKE %s"
_SLOW_S = 3600.0
_TICKS = os.sysconf("SC_CLK_TCK")
_FLAT = 1.25


@dataclass(frozen=True)
class _Vendor:
    """A Firebase of this machine: where it is, and the account that signs in there."""

    url: str
    credentials: Path
    pid: int


@dataclass(frozen=True)
class _House:
    """A web process, a worker beside it, and their database."""

    server: Server
    worker: Process
    dsn: str

    def ask(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with closing(psycopg2.connect(self.dsn)) as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return list(cursor.fetchall())

    def backends(self) -> list[int]:
        """List the processes of PostgreSQL that serve this house."""
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return [pid for (pid,) in self.ask(query)]

    def break_news(self) -> float:
        """Have a breaking story signed; return the moment just before, in seconds since 1970."""
        line = self.server.signatures(1).read_text().splitlines()[0]
        path, bearer, body = line.split("\t")
        begun = time.time()
        call(self.server.port, "POST", path, bearer, json.loads(body))
        return begun

    def wait_idle(self, kinds: str = "%", what: str = "the jobs") -> None:
        """Wait until no job of these kinds is due."""
        wait_until(lambda: not self.ask(_DUE, kinds)[0][0], _SLOW_S, what)


def measure(bench: Bench) -> Section:
    """Measure the three."""
    section = Section(KEY, "Pushes", INTRO)
    if lacking := postgres.lacking() or (None if shutil.which("nginx") else "nginx is not installed"):
        section.notes.append(f"Skipped: {lacking}.")
        return section
    section.notes.append(
        "The bounds of this section are the bench's own. "
        "Ten warnings ring sixty topics, so their p99 is the worst of them."
    )
    sizes = [2_000, 10_000] if bench.quick else [10_000, 100_000]
    if os.environ.get("FULL", "0") not in {"", "0"}:
        sizes.append(1_000_000)
    elif not bench.quick:
        section.notes.append("A million phones are measured with `FULL=1` only.")
    _measure_broadcasts(bench, section, sizes)
    _check_each_once(bench, section, sizes[0])
    _measure_warnings(bench, section, 5_000 if bench.quick else 100_000)
    return section


# ── a broadcast ──


def _measure_broadcasts(bench: Bench, section: Section, sizes: Sequence[int]) -> None:
    columns = ("phones", "who", "a second", "CPU s a 1,000", "PostgreSQL's CPU s a 1,000", "peak memory, MB")
    table = section.table("A broadcast to all phones", *columns)
    peaks: dict[int, float] = {}
    rates: tuple[float, float] = (0.0, 0.0)
    for phones in sizes:
        theirs = _run_sdk(bench, phones) if phones <= 100_000 else None
        mine = _run_ours(bench, phones)
        for who, found in (("the SDK's `send_each`", theirs), ("ours", mine)):
            if found is not None:
                _add_run(table, phones, who, found)
        peaks[phones] = mine["rss_mb"]
        if theirs is not None:
            rates = phones / mine["seconds"], phones / theirs["seconds"]
    section.judge(
        "handing over, tokens a second", "≥ 0.7 × the SDK's `send_each`", ratio(*rates), met=rates[0] >= 0.7 * rates[1]
    )
    least, most = min(peaks), max(peaks)
    section.judge(
        f"memory of the worker, {most:,} phones",
        f"flat: ≤ {_FLAT} × that of {least:,}",
        ratio(peaks[most], peaks[least]),
        met=peaks[most] <= _FLAT * peaks[least],
    )


def _add_run(table: Table, phones: int, who: str, found: dict[str, float]) -> None:
    thousands = phones / 1000
    database = number(found["database_cpu_s"] / thousands) if "database_cpu_s" in found else "–"
    cpu = number(found["cpu_s"] / thousands)
    table.add(f"{phones:,}", who, number(phones / found["seconds"]), cpu, database, number(found["rss_mb"]))


def _run_sdk(bench: Bench, phones: int) -> dict[str, float]:
    bench.say(f"the SDK alone: {phones:,} messages")
    with _nginx(bench) as vendor:
        command: list[str | Path] = [sys.executable, HERE / "peers" / "send_each.py", vendor.url, str(phones)]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=_SLOW_S).stdout
    found: dict[str, float] = json.loads(said)
    if found["sent"] != phones:
        raise Refused(f"the SDK handed over {found['sent']} of {phones}")
    return found | {"rss_mb": found["rss_kb"] / 1024}


def _run_ours(bench: Bench, phones: int) -> dict[str, float]:
    with _nginx(bench) as vendor, _house(bench, phones, vendor) as house:
        bench.say(f"ours: a broadcast to {phones:,} phones")
        cpu, database = _cpu_s(house.worker.pid), {pid: _cpu_s(pid) for pid in house.backends()}
        begun = house.break_news()
        last = _wait_sent(bench, house, phones)
        # A connection that was opened meanwhile counts from nothing.
        spent = sum(_cpu_s(pid) - database.get(pid, 0.0) for pid in house.backends())
        return {
            "seconds": last - begun,
            "cpu_s": _cpu_s(house.worker.pid) - cpu,
            "database_cpu_s": spent,
            "rss_mb": _peak_mb(house.worker.pid),
        }


def _wait_sent(bench: Bench, house: _House, phones: int) -> float:
    """Wait until as many phones have been rung; return when the last batch was handed over."""
    told = time.monotonic()
    begun = told
    while True:
        sent, last = house.ask(_SENT, "%")[0]
        if sent >= phones:
            return float(last.timestamp())
        if time.monotonic() - told > 15:
            told = time.monotonic()
            bench.say(f"  {sent:,} of {phones:,}")
        # Nobody comes near to ten a second, so something is wrong.
        if time.monotonic() - begun > 60 + phones / 10:
            raise Refused(f"{sent} of {phones} were handed over")
        time.sleep(0.25)


def _check_each_once(bench: Bench, section: Section, phones: int) -> None:
    """Hand over to the fake that remembers every message."""
    bench.say(f"each phone once: {phones:,} phones")
    with _counting(bench) as vendor, _house(bench, phones, vendor) as house:
        house.break_news()
        _wait_sent(bench, house, phones)
        house.wait_idle("push.%")
        tokens, since = list[str](), 0
        port = int(vendor.url.rpartition(":")[2])
        while items := (page := call(port, "GET", f"/_fake/messages?since={since}&limit=10000"))["items"]:
            tokens += [item["message"]["token"] for item in items]
            since = page["next"]
    once = len(tokens) == len(set(tokens)) == phones
    found = f"{len(set(tokens)):,} phones, {len(tokens):,} messages"
    section.judge(f"each of {phones:,} phones is rung once", f"{phones:,} messages", found, met=once)


# ── a warning ──


def _measure_warnings(bench: Bench, section: Section, phones: int) -> None:
    count, every_s = (3, 1.5) if bench.quick else (10, 8.0)
    share = _THERE - _ELSEWHERE + _NOWHERE - _THERE
    columns = ("beside it", "rung by", "phones", "p50 ms", "p99 ms", "worst ms")
    table = section.table(f"{count} warnings, {every_s:g} s apart, among {phones:,} phones", *columns)
    worst = 0.0
    for beside in (False, True):
        title = f"a broadcast to {phones:,}" if beside else "nothing"
        with _nginx(bench) as vendor, _house(bench, phones, vendor) as house:
            bench.say(f"warnings beside {title}")
            drafts = [_draft(house, number) for number in range(count)]
            if beside:
                house.break_news()
                time.sleep(every_s / 2)
            begun = _approve(house, drafts, every_s)
            under_way = house.ask(_DUE, "push.breaking")[0][0] > 0
            house.wait_idle("push.alert", "the warnings")
            topics, walks = _handed_over(house, begun)
            if beside:
                section.notes.append(
                    f"The broadcast was {'still' if under_way else 'not'} under way at the last warning."
                )
                worst = _late(topics)
            _add_waits(table, title, "topics", f"{share} %", topics)
            _add_waits(table, title, "one by one", f"{100 - _NOWHERE} %", walks)
    asked = "p99 < 1 s"
    section.judge(
        "a warning during a broadcast, signed → handed over by topics", asked, f"{number(worst)} ms", met=worst < 1000
    )


def _add_waits(table: Table, beside: str, by: str, phones: str, waits: Sequence[float]) -> None:
    if waits:
        table.add(beside, by, phones, number(statistics.median(waits)), number(_late(waits)), number(max(waits)))
    else:
        table.add(beside, by, phones, "–", "–", "–")


def _late(waits: Sequence[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)] if waits else float("inf")


def _draft(house: _House, number: int) -> dict[str, Any]:
    office = sign_in_staff(f"http://127.0.0.1:{house.server.port}", "office")
    in_hours = time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(time.time() + (6 + 8) * 3600))
    info = {
        "language": "zh-CN",
        "category": ["Met"],
        "event": "暴雨",
        "urgency": "Immediate",
        "severity": "Severe",
        "certainty": "Observed",
        "expires": in_hours,
        "headline": f"暴雨红色预警 bench-{number}",
        "description": "预计未来六小时有短时强降水。",
        "instruction": "请远离河道，低洼处的车辆尽早转移。",
        "area": [{"areaDesc": "罗店镇", "polygon": [_LUODIAN]}],
    }
    made: dict[str, Any] = office.does("POST", "/office/alerts", {"msgType": "Alert", "info": [info]})
    return made


def _approve(house: _House, drafts: Sequence[dict[str, Any]], every_s: float) -> dict[str, float]:
    """Sign the warnings one after the other; return when each was, by its alert, in seconds since 1970."""
    second, begun = sign_in_staff(f"http://127.0.0.1:{house.server.port}", "office2"), {}
    for draft in drafts:
        at = time.time()
        out = second.does("POST", f"/office/alerts/{draft['id']}/approve")
        begun[out["alert"]] = at
        time.sleep(max(0.0, at + every_s - time.time()))
    return begun


def _handed_over(house: _House, begun: dict[str, float]) -> tuple[list[float], list[float]]:
    """Return after how many ms each topic, and each phone of those rung one by one, was handed over."""
    query = """
        SELECT bell.about_id, batch, sent, report.at FROM push_report report
        JOIN bell ON report.event_key = bell.id || ':1' WHERE bell.about_kind = 'public_alert'
    """
    topics, phones = list[float](), list[float]()
    for alert, batch, sent, at in house.ask(query):
        if alert in begun:
            waited = (at.timestamp() - begun[alert]) * 1000
            (topics if batch.startswith("topic:") else phones).extend([waited] * sent)
    return topics, phones


# ── the machines ──


@contextmanager
def _house(bench: Bench, phones: int, vendor: _Vendor) -> Iterator[_House]:
    with bench.serving(1, postgresql=True, citizens=1, prepare=partial(_fill, phones=phones)) as server:
        scratch = server.district.scratch
        if scratch is None:
            raise Refused("the district is not on PostgreSQL")
        env = {**server.process.env, "FCM_CREDENTIALS": str(vendor.credentials), "FCM_ENDPOINT": vendor.url}
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "work"]
        worker = Process(command, server.folder / "worker.log", cwd=ROOT, env=env)
        house = _House(server, worker, scratch.url)
        worker.start()
        try:
            # The demo leaves jobs behind, so there is something to be through with.
            house.wait_idle(what="the worker")
            yield house
        finally:
            worker.stop()


def _fill(district: District, phones: int) -> None:
    if district.scratch is None:
        return
    district.scratch.run("DELETE FROM device")
    statement = _FILL.format(
        elsewhere=_ELSEWHERE,
        there=_THERE,
        nowhere=_NOWHERE,
        other=_OTHER,
        warned=_WARNED,
        on_other=town_topic(_OTHER, "zh-CN"),
        on_warned=town_topic(_WARNED, "zh-CN"),
        on_nowhere=nowhere_topic("zh-CN"),
    )
    with closing(psycopg2.connect(district.scratch.url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement, {"last": phones - 1})
        cursor.execute(_LOOKED_THROUGH)
    district.scratch.run("ANALYZE device")


@contextmanager
def _nginx(bench: Bench) -> Iterator[_Vendor]:
    folder, port = bench.new_folder("vendor"), free_port()
    folder.mkdir(parents=True)
    configuration = write_nginx(HERE / "peers" / "vendor.conf.in", folder, PORT=port)
    process = Process(["nginx", "-e", "stderr", "-c", configuration], folder / "nginx.log")
    with running(process, lambda: accepts(port), "nginx"):
        yield _vendor(folder, port, process)


@contextmanager
def _counting(bench: Bench) -> Iterator[_Vendor]:
    folder, port = bench.new_folder("vendor"), free_port()
    folder.mkdir(parents=True)
    process = Process([sys.executable, "-m", "fakes.fcm", "--port", str(port)], folder / "fake.log", cwd=ROOT)
    with running(process, lambda: accepts(port), "the fake Firebase"):
        yield _vendor(folder, port, process)


def _vendor(folder: Path, port: int, process: Process) -> _Vendor:
    url, path = f"http://127.0.0.1:{port}", folder / "account.json"
    path.write_text(json.dumps(service_account(url)))
    return _Vendor(url, path, process.pid)


def _cpu_s(pid: int) -> float:
    """Return the user and system time of a process; none once it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
