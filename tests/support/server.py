"""Starting the real application as its own process, on whichever database and async mode the run is for."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import requests

from fakes.fcm import FakeFcm
from scenario.people import Person, sign_in_citizen, sign_in_staff
from scenario.phone import Phone
from tests.support import nursery

ROOT = nursery.ROOT
START_S = 180
# Two cores that several houses share are slow at times. Who waits for what comes loses nothing by waiting longer.
PATIENCE = 4
SIGNED_IN_S = 600
_UNEXPECTED = re.compile(r'"(?:http.unexpected|http.unavailable|realtime.unexpected)"')
SECRET = "a key for tests, long enough to be accepted"


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Any, timeout: float = 15, pause: float = 0.02) -> Any:
    """Wait for a condition and return its value; fail, saying which, when time runs out.

    `timeout` is what a machine at a desk needs; a busy one is given `PATIENCE` times as long.
    """
    timeout *= PATIENCE
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"never came true within {timeout} s: {condition}")
        time.sleep(pause)
    return value


def is_ready(url: str) -> bool:
    """Whether a house answers there, and says that it is ready."""
    try:
        return requests.get(f"{url}/readyz", timeout=3).ok
    except requests.RequestException:
        return False


class StaffRoom:
    """The demo's staff, signed in. A token lasts a quarter of an hour, so each signs in anew before that."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._people: dict[str, tuple[Person, float]] = {}

    def __call__(self, username: str) -> Person:
        """Return a member of the staff."""
        person, since = self._people.get(username, (None, 0.0))
        if person is None or time.monotonic() - since > SIGNED_IN_S:
            person, since = sign_in_staff(self._server.url, username), time.monotonic()
            self._people[username] = person, since
        return person

    def cache_clear(self) -> None:
        """Have everybody sign in anew."""
        self._people.clear()


class Server:
    """The application on a port of its own, with its own data, database, clock and push vendor."""

    def __init__(self, data_dir: Path, vendor: FakeFcm, database_url: str | None = None, **env: str) -> None:
        self.data_dir, self.vendor = data_dir, vendor
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.clock_file = data_dir / "clock"
        data_dir.mkdir(parents=True, exist_ok=True)
        credentials = data_dir / "fcm.json"
        credentials.write_text(json.dumps(vendor.service_account()))
        self.env = {
            **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}},
            "PORT": str(self.port),
            "DATA_DIR": str(data_dir),
            "DEMO": "1",
            "TESTING": "1",
            "SECRET_KEY": SECRET,
            "CLOCK_FILE": str(self.clock_file),
            "FCM_CREDENTIALS": str(credentials),
            "FCM_ENDPOINT": vendor.url,
            "PYTHONUNBUFFERED": "1",
            # Many servers share two cores here, and are late at times for no fault of theirs.
            "SHED_AFTER_S": "60",
            # Many servers share one PostgreSQL here.
            "DATABASE_POOL": "3",
            **({"DATABASE_URL": database_url} if database_url else {}),
            **env,
        }
        self.log = data_dir / "server.log"
        self._log_read = 0
        self.process: nursery.Forked | subprocess.Popen[bytes] | None = None
        self.staff = StaffRoom(self)

    def start(self) -> Server:
        """Start, and wait until it answers."""
        self.process = nursery.servers().fork((), self.env, self.log)
        wait_until(self._answers, START_S)
        return self

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the server did not start:\n{self.log.read_text(errors='replace')[-3000:]}")
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop; return its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def move_clock(self, seconds: float) -> None:
        """Move time on by so many seconds, for every process of this server."""
        before = self._moved_by()
        # Written beside and renamed, so that no process reads half a number.
        beside = self.clock_file.with_suffix(".new")
        beside.write_text(str(before + seconds))
        beside.rename(self.clock_file)
        self.staff.cache_clear()

    def move_clock_to(self, hour: float) -> None:
        """Move time on to this hour in Shanghai, today or tomorrow: by day phones may ring."""
        now = (self.now().timestamp() + 8 * 3600) % 86400
        self.move_clock((hour * 3600 - now) % 86400)

    def now(self) -> datetime:
        """Return what this server's clock says."""
        return datetime.now(UTC) + timedelta(seconds=self._moved_by())

    def _moved_by(self) -> float:
        return float(self.clock_file.read_text() or 0) if self.clock_file.exists() else 0.0

    def unexpected(self) -> list[str]:
        """Return what the log has of errors nobody had an answer for, since this was asked last."""
        with self.log.open(encoding="utf-8", errors="replace") as log:
            log.seek(self._log_read)
            lines = log.readlines()
            self._log_read = log.tell()
        return [line for line in lines if line.startswith("Traceback") or _UNEXPECTED.search(line)]

    def flask(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of the house."""
        out, err = (self.data_dir / f"{uuid.uuid4().hex}.{name}" for name in ("out", "err"))
        process = nursery.commands().fork(("--app", "wsgi", *args), self.env, out, err)
        try:
            status = process.wait(180)
        finally:
            process.kill()
        run = subprocess.CompletedProcess(args, status, out.read_text(), err.read_text())
        out.unlink()
        err.unlink()
        if check:
            run.check_returncode()
        return run

    def hire(self, name: str, *roles: str, **place: str) -> Person:
        """Make a member of staff, give them these roles (at a desk or an office), and sign them in."""
        username = f"new-{uuid.uuid4().hex[:8]}"
        self.flask("create-admin", username, name, "--password", f"demo-{username}")
        for role in roles:
            self.staff("admin").does("POST", "/roster", {"username": username, "role": role} | place)
        return self.staff(username)

    def anonymous(self) -> Person:
        """Return somebody who is not signed in."""
        return Person(self.url)

    def citizen(self, phone: str | None = None) -> Person:
        """Return a citizen, a new one unless a phone is given."""
        return sign_in_citizen(self.url, phone)

    def phone(self, person: Person | None = None, streams: list[str] | None = None) -> Phone:
        """Return a phone, not yet online."""
        return Phone(person or self.anonymous(), streams)


def postgres_url() -> str | None:
    """Return the server on which test databases may be made, if the run is for PostgreSQL."""
    return os.environ.get("TEST_POSTGRES_URL") or None


class ScratchDatabase:
    """A PostgreSQL database of its own, dropped at the end; a copy of another one if that is given."""

    def __init__(self, admin_url: str, template: ScratchDatabase | None = None) -> None:
        self._admin_url = admin_url
        self.name = f"ronghui_{uuid.uuid4().hex[:12]}"
        self.url = admin_url.rsplit("/", 1)[0] + "/" + self.name
        self._admin(f'CREATE DATABASE "{self.name}"' + (f' TEMPLATE "{template.name}"' if template else ""))
        # Tests kill the house and never the database, so no commit needs to wait for the disk.
        self._admin(f'ALTER DATABASE "{self.name}" SET synchronous_commit = off')

    def drop(self) -> None:
        """Drop it, whoever is connected."""
        self._admin(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _admin(self, statement: str) -> None:
        connection = psycopg2.connect(self._admin_url)
        connection.autocommit = True
        connection.cursor().execute(statement)
        connection.close()
