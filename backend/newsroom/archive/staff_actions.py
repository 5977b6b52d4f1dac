"""Bringing a list of personnel in: accounts, what they say of a person, and lines of the roster."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts import roster
from backend.accounts.models import Account, RoleGrant
from backend.accounts.passwords import hash_password
from backend.accounts.queries import get_by_username
from backend.district.models import Desk, Office, Unit
from backend.newsroom.archive import staff_rules as rules
from backend.newsroom.archive.formats import Refusal
from backend.newsroom.archive.formats.table import Table
from backend.newsroom.archive.report import Report
from backend.newsroom.archive.rules import BATCH
from backend.newsroom.archive.runs import Run, batches, nobody, run_file
from backend.newsroom.archive.staff_rules import House, Known, Line, PersonRow, Plan
from backend.policy import Role
from backend.unit_of_work import Database, UnitOfWork

# Without those that look like each other on paper.
_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH = 16
# Takes the user names and first passwords of a batch before the batch is committed.
KeepPasswords = Callable[[dict[str, str]], None]


def import_people(
    database: Database,
    table: Table,
    *,
    sha256: str,
    keep_passwords: KeepPasswords | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = nobody,
) -> Report:
    """Take what is sound of a list of personnel; a second run of the same list changes nothing.

    Without `keep_passwords` new accounts have no password. A dry run plans all of it and changes nothing.
    """
    with database.reading() as session:
        house = _places(session)
    work = _Import(database, table, house, keep_passwords)
    if dry_run:
        work.rehearse(progress)
        return work.report
    refused = work.report.refused
    with run_file(database, "people", "", sha256, refused + len(work.rows)) as run:
        if refused:
            with database.unit() as unit:
                run.advance(unit, refused, work.report.counts)
        for batch in batches(work.rows):
            work.take(run, batch)
            progress(run.done, refused + len(work.rows))
    return work.report


class _Import:
    """One list on its way in. `listed` gives the user names that it has for a person."""

    def __init__(self, database: Database, table: Table, house: House, keep_passwords: KeepPasswords | None) -> None:
        self._database, self._house, self._keep_passwords = database, house, keep_passwords
        self.report = Report()
        self.rows = rules.read_people(table, house, self.report)
        self._listed: dict[str, set[str]] = {}
        for row in self.rows:
            self._listed.setdefault(row.person_id, set()).add(row.username)

    def rehearse(self, progress: Callable[[int, int], None]) -> None:
        """Plan every row as if those before it had been taken."""
        now = self._database.clock.now()
        for number, batch in enumerate(batches(self.rows)):
            with self._database.reading() as session:
                _add_known(session, self._house, batch)
            for _ in self._plans(batch, self._house, now, self.report):
                pass
            progress(number * BATCH + len(batch), len(self.rows))

    def take(self, run: Run, batch: Sequence[PersonRow]) -> None:
        """Carry out a batch in one transaction."""
        # Hashing takes long on purpose, so it is done before the transaction and not in it.
        passwords = _new_passwords(self._database, batch) if self._keep_passwords else {}
        hashes = {username: hash_password(password) for username, password in passwords.items()}
        report = Report()
        with self._database.unit() as unit:
            house = _places(unit.session)
            _add_known(unit.session, house, batch)
            created = {}
            for made in self._plans(batch, house, unit.now, report):
                _carry_out(unit, made, hashes.get(made.row.username))
                if made.creates and made.row.username in passwords:
                    created[made.row.username] = passwords[made.row.username]
            if self._keep_passwords and created:
                # A password that is kept for an account that did not come to be is harmless; the reverse is not.
                self._keep_passwords(created)
            run.advance(unit, len(batch), report.counts)
        self.report.merge(report)

    def _plans(self, batch: Sequence[PersonRow], house: House, now: datetime, report: Report) -> Iterator[Plan]:
        for row in batch:
            try:
                made = rules.plan(row, house, self._listed, now)
            except Refusal as refusal:
                report.refuse(row.line, row.username, refusal)
                continue
            rules.note(made, house, now)
            report.count(made.outcome)
            yield made


def _new_passwords(database: Database, batch: Sequence[PersonRow]) -> dict[str, str]:
    wanted = {row.username for row in batch}
    with database.reading() as session:
        there = set(session.scalars(sa.select(Account.username).where(Account.username.in_(wanted))))
    return {username: _password() for username in sorted(wanted - there)}


def _password() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def _carry_out(unit: UnitOfWork, made: Plan, password_hash: str | None) -> None:
    row = made.row
    if made.creates:
        account = roster.create_staff(
            unit,
            username=row.username,
            name=row.name,
            password_hash=password_hash,
            title=row.title,
            media_unit=row.unit,
            skills=row.skills or (),
            person_id=row.person_id,
        )
    else:
        account = get_by_username(unit.session, row.username)  # type: ignore[assignment]  # it is known to be there
        if made.changes:
            roster.edit_staff(unit, account.id, made.changes)
    if made.grant:
        grant = made.grant
        roster.grant_role(
            unit,
            account_id=account.id,
            role=grant.role,
            desk=grant.desk,
            office=grant.office,
            valid_from=grant.valid_from,
            valid_to=grant.valid_to,
        )


def _places(session: Session) -> House:
    """Return the house without its people."""
    return House(units=_names(session, Unit), desks=_names(session, Desk), offices=_names(session, Office))


def _names(session: Session, table: type[Unit | Desk | Office]) -> dict[str, str]:
    names: dict[str, str] = {}
    for row in session.execute(sa.select(table.id, table.name, table.name_en)):
        names |= dict.fromkeys((row[1], row[2]), row[0])
    # An id always means itself, whatever another one is called.
    return names | {found: found for found in names.values()}


def _add_known(session: Session, house: House, rows: Sequence[PersonRow]) -> None:
    """Read what the house has of the accounts and persons of these rows, but for what is known of them already."""
    spellings = {row.username.lower() for row in rows}
    persons = {row.person_id for row in rows}
    query = sa.select(Account).where(
        sa.or_(sa.func.lower(Account.username).in_(spellings), Account.person_id.in_(persons))
    )
    found = {one.username: one for one in session.scalars(query) if one.username}
    lines = _lines(session, [one.id for one in found.values()])
    for username, account in found.items():
        house.spellings.setdefault(username.lower(), username)
        house.names.setdefault(account.person_id, {}).setdefault(username, account.name)
        house.accounts.setdefault(username, _known(account, lines.get(account.id, [])))


def _known(account: Account, lines: list[Line]) -> Known:
    return Known(
        person_id=account.person_id,
        name=account.name,
        title=account.title,
        unit=account.unit,
        skills=account.skills,
        lines=lines,
        is_staff=account.kind == "staff",
        is_closed=account.disabled_at is not None,
        is_unnumbered=account.person_id == account.id,
    )


def _lines(session: Session, account_ids: Collection[str]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for row in session.scalars(sa.select(RoleGrant).where(RoleGrant.account_id.in_(account_ids))):
        line = Line(Role(row.role), row.desk, row.office, row.valid_from, row.valid_to)
        found.setdefault(row.account_id, []).append(line)
    return found
