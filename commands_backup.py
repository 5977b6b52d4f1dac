"""Commands of backups: `flask --app wsgi backup FILE`, `check-backup FILE`, `restore FILE`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from backend.clock import iso
from backend.config import Settings
from backend.events.chain import verify
from backend.sync.log import begin_epoch
from backend.unit_of_work import Database
from deploy.backup import databases
from deploy.backup.archive import Manifest, check_archive, extract, unpack, write_archive
from deploy.backup.databases import BackupError

_FILE = click.Path(path_type=Path, dir_okay=False)
_HOUSE, _KEYS = "house", "keys"


def install(app: Flask, database: Database) -> None:
    """Register the commands."""
    settings: Settings = app.extensions["settings"]

    @app.cli.command("backup")
    @click.argument("file", type=_FILE)
    @click.option("--keys", type=_FILE, help="Write the keys into this file; keep it elsewhere than the backup.")
    @with_appcontext
    def backup(file: Path, keys: Path | None) -> None:
        """Write the database and all uploaded files into FILE, while the house goes on working."""
        with _said():
            manifest = _backup_house(database, settings, file)
            if keys is not None:
                _backup_keys(database, settings, keys)
        facts = manifest.facts
        rows = sum(table.rows for table in facts.tables.values())
        click.echo(
            f"已备份 backed up: {len(facts.tables)} tables, {rows} rows, {len(manifest.files) - 1} files, "
            f"log {facts.event_seq} {facts.event_hash[:12]}"
        )

    @app.cli.command("check-backup")
    @click.argument("file", type=_FILE)
    def check_backup(file: Path) -> None:
        """Read FILE from end to end and say whether it holds what it says. Needs no database."""
        with _said():
            manifest = check_archive(file, _HOUSE)
        click.echo(f"完好 whole: {manifest.made_at}, {manifest.facts.database}, log {manifest.facts.event_seq}")

    @app.cli.command("restore")
    @click.argument("file", type=_FILE)
    @click.option("--keys", type=_FILE, help="Put the keys of this file in the place of those that are here.")
    @with_appcontext
    def restore(file: Path, keys: Path | None) -> None:
        """Put a backup into an empty database and this DATA_DIR, and compare what is there then with what was."""
        with _said():
            manifest = _restore_house(database, settings, file, keys)
        click.echo(
            f"已恢复，逐表一致，日志完整 restored and the same: log {manifest.facts.event_seq}, {manifest.made_at}"
        )
        click.echo("手机会重新载入一次 phones load everything afresh once. 下一步 next: flask --app wsgi prepare")


def _backup_house(database: Database, settings: Settings, file: Path) -> Manifest:
    manifest = Manifest(_HOUSE, iso(database.clock.now()))
    with write_archive(file, manifest) as archive, tempfile.TemporaryDirectory(dir=file.parent) as folder:
        dumped = Path(folder) / "database"
        manifest.facts = databases.dump(database.engine, dumped, _progress)
        archive.add("database", dumped)
        # After the database: a file is there before its row and never changes, so what the rows name is here.
        for place in sorted(settings.media_dir.iterdir()) if settings.media_dir.is_dir() else []:
            if place.is_dir() and place.name != "incoming":
                _progress(f"media {place.name}")
                archive.add_folder(f"media/{place.name}", place)
    return manifest


def _backup_keys(database: Database, settings: Settings, file: Path) -> None:
    with write_archive(file, Manifest(_KEYS, iso(database.clock.now()))) as archive:
        for name, place in settings.keys.items():
            if place.is_dir():
                archive.add_folder(name, place)
            else:
                archive.add(f"{name}/{place.name}", place)


def _restore_house(database: Database, settings: Settings, file: Path, keys: Path | None) -> Manifest:
    """Everything is checked before anything is written, and the database comes last: until then nothing has begun."""
    engine = database.engine
    databases.demand_empty(engine)
    _progress("检查 checking")
    manifest = check_archive(file, _HOUSE)
    if manifest.facts.database != engine.url.get_backend_name():
        raise BackupError(
            f"备份来自另一种数据库 (the backup is from another kind of database): {manifest.facts.database}"
        )
    if keys is not None:
        check_archive(keys, _KEYS)
        for name, place in settings.keys.items():
            # What stands here was made by this start at the earliest: with an empty database nobody relies on it.
            unpack(keys, name, place if name.endswith("-keys") else place.parent, replace=True)
    _progress("文件 files")
    unpack(file, "media", settings.media_dir)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as folder:
        dumped = Path(folder) / "database"
        extract(file, "database", dumped)
        _progress("数据库 database")
        databases.load(engine, dumped)
    _compare(database, manifest)
    with engine.writing() as session:
        begin_epoch(session)
        session.commit()
    return manifest


def _compare(database: Database, manifest: Manifest) -> None:
    facts = databases.read_facts(database.engine, _progress)
    differing = sorted(
        name
        for name in facts.tables.keys() | manifest.facts.tables.keys()
        if facts.tables.get(name) != manifest.facts.tables.get(name)
    )
    if facts != manifest.facts:
        raise BackupError(
            f"恢复后与备份不一致 (what is here now differs from the backup): {', '.join(differing) or 'log'}"
        )
    with database.reading() as session:
        verdict = verify(session, facts.event_seq, facts.event_hash)
    if verdict.broken_seq is not None:
        raise BackupError(f"日志第 {verdict.broken_seq} 条起不可信 (the log is broken there): {verdict.why}")


@contextmanager
def _said() -> Iterator[None]:
    """Turn a refusal into a line on the terminal and exit code 1."""
    try:
        yield
    except BackupError as error:
        raise click.ClickException(str(error)) from None


def _progress(what: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{what} …", nl=False, err=True)
