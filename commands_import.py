"""Commands that bring in what a centre has: `flask --app wsgi import people | archive | units | opinions | runs`."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
from flask import Flask
from flask.cli import with_appcontext

from backend.accounts import roster
from backend.accounts.passwords import hash_password
from backend.accounts.queries import get_by_username
from backend.district.actions import put_places, read_places
from backend.errors import AppError
from backend.newsroom.archive import staff_rules
from backend.newsroom.archive.folder import MediaFolder
from backend.newsroom.archive.formats import MAX_BYTES, Unreadable, choice
from backend.newsroom.archive.formats.table import read_table
from backend.newsroom.archive.intake import Options, import_archive
from backend.newsroom.archive.queries import list_runs, sections_by_name
from backend.newsroom.archive.report import Report
from backend.newsroom.archive.rules import source_of
from backend.newsroom.archive.runs import nobody
from backend.newsroom.archive.staff_actions import import_people
from backend.oversight.monitoring.tables import import_opinions
from backend.unit_of_work import Database

T = TypeVar("T")
SOME_REFUSED = 2
MIN_PASSWORD, MAX_PASSWORD = 8, 200
_SHOWN = 50
# Where the file is no file, it is said in the same words and with the same exit code as for one of the wrong kind.
_FILE = click.Path(path_type=Path)


def install(app: Flask, database: Database) -> None:  # noqa: C901  # one small function a command
    """Register the commands."""

    @app.cli.group("import")
    def imports() -> None:
        """Bring in people and archives that a centre has already."""

    @imports.command("people")
    @click.argument("file", type=_FILE)
    @click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
    @click.option("--report", type=_FILE, help="Write what was refused, and why, into this CSV.")
    @click.option("--passwords", type=_FILE, help="Write first passwords of new accounts into this file (mode 600).")
    @with_appcontext
    def people(*, file: Path, dry_run: bool, report: Path | None, passwords: Path | None) -> None:
        """Bring in people: accounts, units, skills and lines of the roster, from a table."""
        data = _read(file)
        table = _readable(lambda: read_table(data, staff_rules.HEADINGS, staff_rules.NEEDED))
        if table.ignored:
            click.echo(f"不用的列 columns ignored: {'、'.join(table.ignored)}")
        with _passwords_into(None if dry_run else passwords) as keep:
            made = import_people(
                database, table, sha256=_hash(data), keep_passwords=keep, dry_run=dry_run, progress=_progress()
            )
        _finish(made, report, dry_run=dry_run)

    @imports.command("archive")
    @click.argument("file", type=_FILE)
    @click.option("--format", type=click.Choice([choice.AUTO, *choice.READERS]), default=choice.AUTO, show_default=True)
    @click.option("--media", type=_FILE, help="Folder of its files; nothing is ever fetched.")
    @click.option("--section", help="For pieces that name no section of the house.")
    @click.option("--source", help="What the archive is called; else what the file calls itself.")
    @click.option("--dry-run", is_flag=True, help="Try all of it, and take it back.")
    @click.option("--report", type=_FILE, help="Write what was refused, changed or missing into this CSV.")
    @with_appcontext
    def archive(
        *,
        file: Path,
        format: str,
        media: Path | None,
        section: str | None,
        source: str | None,
        dry_run: bool,
        report: Path | None,
    ) -> None:
        """Bring in an archive as archived stories: RSS, Atom, WXR, NewsML-G2, ninjs or CSV."""
        data = _read(file)
        parsed = _readable(lambda: choice.parse(data, format))
        options = Options(source_of(source, parsed.source, file.stem), _section(database, section), dry_run)
        click.echo(f"来源 source: {options.source}")
        made = import_archive(
            database,
            app.extensions["media_store"],
            parsed,
            _folder(media),
            options,
            sha256=_hash(data),
            progress=_progress(),
        )
        _finish(made, report, dry_run=dry_run)

    @imports.command("units")
    @click.argument("files", type=_FILE, nargs=-1, required=True)
    @with_appcontext
    def units(*, files: tuple[Path, ...]) -> None:
        """Bring in media units, desks, sections and offices, from TOML: all of it or nothing."""
        try:
            given = read_places([_read(file) for file in files])
            with database.unit() as unit:
                counts = put_places(unit, given)
        except AppError as error:
            fields = "".join(f" · {one['field']}: {one['message']}" for one in error.errors or [])
            raise click.ClickException(f"{error.detail}{fields}") from None
        click.echo(" · ".join(f"{name} {count}" for name, count in counts.items()))

    @imports.command("opinions")
    @click.argument("file", type=_FILE)
    @with_appcontext
    def opinions(*, file: Path) -> None:
        """Bring in what was said in public, from a table; rules look at it as at everything else."""
        _take_opinions(database, _read(file))

    @imports.command("runs")
    @click.option("--limit", default=20, show_default=True)
    @with_appcontext
    def runs(*, limit: int) -> None:
        """List the latest imports, newest first, and how far they came."""
        with database.reading() as session:
            for run in list_runs(session, limit):
                counts = " ".join(f"{name}={count}" for name, count in sorted(run.counts.items()))
                click.echo(
                    f"{run.started_at:%Y-%m-%d %H:%M}  {run.kind:8} {run.state:12} "
                    f"{run.done}/{run.total}  {counts}  {run.source}"
                )

    @app.cli.command("set-password")
    @click.argument("username")
    @click.password_option()
    @with_appcontext
    def set_password(*, username: str, password: str) -> None:
        """Give a member of staff a new password, and end their sign-ins."""
        if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            raise click.ClickException(f"口令要 {MIN_PASSWORD} 到 {MAX_PASSWORD} 个字符 (length of the password)")
        hashed = hash_password(password)
        with database.unit() as unit:
            account = get_by_username(unit.session, username)
            if account is None or account.disabled_at is not None or username.startswith(staff_rules.HOUSE_PREFIX):
                raise click.ClickException("没有这位工作人员 (no such member of staff)")
            roster.set_password(unit, account.id, hashed)
        click.echo("已设置 set")


def _take_opinions(database: Database, data: bytes) -> None:
    taken = _readable(lambda: import_opinions(database, data))
    for line, words in sorted(taken.refused)[:_SHOWN]:
        click.echo(f"第 {line} 行 line {line}: {words}")
    counts = f"条目 items {taken.items} · 新 new {taken.new} · 预警 alerts {taken.alerts}"
    click.echo(f"{counts} · 未收 refused {len(taken.refused)}")
    if taken.refused:
        sys.exit(SOME_REFUSED)


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise click.ClickException(f"没有这个文件 (no such file): {path}")
        with path.open("rb") as file:
            # One byte more than allowed is enough to refuse it.
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"文件读不出来 (cannot be read): {error.strerror}") from None


def _readable(read: Callable[[], T]) -> T:
    try:
        return read()
    except Unreadable as problem:
        raise click.ClickException(f"{problem.words} ({problem.code})") from None


def _folder(path: Path | None) -> MediaFolder:
    if path is not None and not path.is_dir():
        raise click.ClickException(f"没有这个文件夹 (no such folder): {path}")
    return _readable(lambda: MediaFolder(path))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _section(database: Database, given: str | None) -> str | None:
    if given is None:
        return None
    with database.reading() as session:
        known = sections_by_name(session)
    if given not in known:
        ids = "、".join(sorted(set(known.values())))
        raise click.ClickException(f"没有这个栏目 (no such section)。现有 known: {ids}")
    return known[given]


def _progress() -> Callable[[int, int], None]:
    if not sys.stderr.isatty():
        return nobody
    return lambda done, total: click.echo(f"\r{done}/{total} …", nl=done >= total, err=True)


def _finish(made: Report, into: Path | None, *, dry_run: bool) -> None:
    """Say what came of it. The exit code tells whether every row was taken."""
    for note in made.notes[:_SHOWN]:
        click.echo(str(note))
    if len(made.notes) > _SHOWN:
        click.echo(f"…… 还有 {len(made.notes) - _SHOWN} 条，见 --report 的文件 (more of them in the report)")
    if into is not None:
        into.write_bytes(made.as_csv())
    click.echo(("试运行，没有改动 dry run · " if dry_run else "") + made.summary())
    if made.refused:
        sys.exit(SOME_REFUSED)


@contextmanager
def _passwords_into(path: Path | None) -> Iterator[Callable[[dict[str, str]], None] | None]:
    """Give what writes passwords into a file that only its owner reads; nothing else ever shows one.

    The file is made when there is a password to be written. An earlier one is continued, so that an import that was
    broken off can be run again; of two lines of one account the later is right.
    """
    if path is None:
        yield None
        return

    def keep(passwords: dict[str, str]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        try:
            handle = os.open(path, flags, 0o600)
        except OSError as error:
            raise click.ClickException(f"口令文件写不进去 (passwords cannot be written): {error.strerror}") from None
        with os.fdopen(handle, "ab") as file:
            os.fchmod(file.fileno(), 0o600)
            lines = io.StringIO()
            csv.writer(lines).writerows(passwords.items())
            file.write(lines.getvalue().encode())
            file.flush()
            os.fsync(file.fileno())

    yield keep
