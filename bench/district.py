"""The data that is measured on: the demo district, and citizens who are signed in on their phones.

Everything is written through the backend, in units of work, so that streams, digests and history are as in real life.
It is made once for each kind of database and copied for each server.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from backend.accounts.actions import place_me
from backend.accounts.models import Account, LoginSession, RefreshToken
from backend.accounts.rules import REFRESH_LIFETIME
from backend.accounts.tokens import Identity
from backend.clock import SystemClock
from backend.config import load_settings
from backend.db import Engine
from backend.ids import new_id
from backend.sealing import DataKeys, lend
from backend.sync import streams
from backend.sync.queries import get_head
from backend.unit_of_work import Database, UnitOfWork
from bench.postgres import ScratchDatabase

ROOT = Path(__file__).parent.parent
SECRET = "a key for benches on loopback, long enough"  # Of no use elsewhere: every run makes its own accounts.
STAFF = ("editor", "duty", "dispatcher", "staff")
_A_UNIT = 500
# Access tokens last 15 minutes from their issue; a run lasts longer, so they are issued as of later.
_ISSUED_LATER = timedelta(hours=3)


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    account_id: str
    session_id: str
    kind: str


@dataclass(frozen=True)
class People:
    """Who is signed in: citizens in order, and staff by user name."""

    citizens: list[Person]
    staff: dict[str, Person]


@dataclass(frozen=True)
class District:
    """A database with the demo district and its people, and the folder beside it."""

    data_dir: Path
    url: str
    people: People
    scratch: ScratchDatabase | None = None

    @property
    def env(self) -> dict[str, str]:
        """The settings a server needs to serve it."""
        return {"DATA_DIR": str(self.data_dir), "DATABASE_URL": self.url, "SECRET_KEY": SECRET, "DEMO": "1"}

    def open(self) -> Database:
        """Open it from here, without any hooks: nothing is rung or pushed for what is done through this."""
        engine = Engine(_settings(self.env))
        lend(engine.sa, DataKeys(load_settings(self.env).data_keys))
        return Database(engine, SystemClock())

    def head(self) -> tuple[str, int]:
        """Return epoch and head of its log."""
        with self.open().reading() as session:
            head = get_head(session)
            return head.epoch, head.seq

    def tokens(self, people: list[Person]) -> list[str]:
        """Issue access tokens that outlast the run."""
        database = self.open()
        identity = Identity(database, SECRET)
        later = database.clock.now() + _ISSUED_LATER
        return [identity.issue(person.account_id, person.session_id, later, kind=person.kind) for person in people]

    def bearer(self, username: str) -> str:
        """Return the authorisation of a member of staff."""
        (token,) = self.tokens([self.people.staff[username]])
        return f"Bearer {token}"

    def copy(self, data_dir: Path) -> District:
        """Copy it, so that what is done to the copy is not in the way of the next measure."""
        shutil.copytree(self.data_dir, data_dir)
        if self.scratch is not None:
            scratch = ScratchDatabase(self.scratch)
            return District(data_dir, scratch.url, self.people, scratch)
        return District(data_dir, _sqlite_url(data_dir), self.people)

    def drop(self) -> None:
        """Remove it."""
        if self.scratch is not None:
            self.scratch.drop()
        shutil.rmtree(self.data_dir, ignore_errors=True)


def make_district(data_dir: Path, citizens: int, say: Callable[[str], None], *, postgresql: bool) -> District:
    """Make a database, migrate it, load the demo and sign everybody in."""
    data_dir.mkdir(parents=True)
    scratch = ScratchDatabase() if postgresql else None
    district = District(data_dir, scratch.url if scratch else _sqlite_url(data_dir), People([], {}), scratch)
    say("loading the demo district")
    prepare(district)
    database = district.open()
    people = People(_sign_up(database, citizens, say), _sign_in_staff(database))
    database.engine.sa.dispose()
    return District(data_dir, district.url, people, scratch)


def prepare(district: District) -> None:
    """Make the database and load the demo, as a first start does."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "prepare"]
    env = {**os.environ, **district.env, "LOG_LEVEL": "WARNING"}
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, timeout=600)


def _sqlite_url(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'ronghui.db'}"


def _settings(env: dict[str, str]) -> str:
    return load_settings(env).database_url


def _sign_up(database: Database, count: int, say: Callable[[str], None]) -> list[Person]:
    citizens: list[Person] = []
    while len(citizens) < count:
        with database.unit() as unit:
            last = min(len(citizens) + _A_UNIT, count)
            accounts = [_make_account(unit, number) for number in range(len(citizens), last)]
            unit.session.flush()
            citizens += _open_sessions(unit, accounts, "citizen")
        say(f"{len(citizens)} of {count} citizens have signed up")
    return citizens


def _make_account(unit: UnitOfWork, number: int) -> str:
    """Do what a citizen's first sign-in does, without the code."""
    account = Account(
        id=new_id(),
        kind="citizen",
        ver=1,
        name=f"市民{number:05}",
        phone=f"+86139{number:08}",
        locale="zh-CN",
        created_at=unit.now,
    )
    unit.session.add(account)
    unit.record("account.created", account.id, 1, kind="citizen")
    place_me(unit, account)
    return account.id


def _open_sessions(unit: UnitOfWork, account_ids: Sequence[str], kind: str) -> list[Person]:
    people = [Person(account_id, new_id(), kind) for account_id in account_ids]
    for person in people:
        unit.session.add(LoginSession(id=person.session_id, account_id=person.account_id, opened_at=unit.now))
        unit.record("session.opened", person.session_id, 1, account=person.account_id)
        unit.place("session", person.session_id, 1, {streams.user(person.account_id)})
    unit.session.flush()
    # The sweep ends sign-ins that nobody can renew, so each has its refresh token; no bench ever uses one.
    for person in people:
        unit.session.add(
            RefreshToken(
                hash=hashlib.sha256(secrets.token_bytes(32)).hexdigest(),
                session_id=person.session_id,
                issued_at=unit.now,
                expires_at=unit.now + REFRESH_LIFETIME,
            )
        )
    return people


def _sign_in_staff(database: Database) -> dict[str, Person]:
    with database.unit() as unit:
        query = sa.select(Account.username, Account.id).where(Account.username.in_(STAFF))
        found = [(str(username), account_id) for username, account_id in unit.session.execute(query)]
        people = _open_sessions(unit, [account_id for _, account_id in found], "staff")
        return {username: person for (username, _), person in zip(found, people, strict=True)}
