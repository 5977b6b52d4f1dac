"""Commands for those who run the house: `flask --app wsgi prepare | work | jobs | verify-log | …`."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TextIO

import click
import sqlalchemy as sa
from flask import Flask
from flask.cli import with_appcontext
from prometheus_client import start_http_server

import commands_backup
import commands_channels
import commands_doctor
import commands_import
import commands_open311
import commands_search
from backend import housekeeping
from backend.accounts import roster
from backend.accounts.models import Account
from backend.accounts.passwords import hash_password
from backend.config import BadSetting, Settings
from backend.events.chain import verify
from backend.jobs import queue
from backend.jobs.models import Job
from backend.jobs.worker import Handler, Worker
from backend.oversight.assessment import remaking
from backend.oversight.board import rebuild as board_rebuild
from backend.oversight.board import rounds as board_rounds
from backend.oversight.operation import jobs as operation
from backend.policy import Role
from backend.privacy import keys as data_keys
from backend.publishing import metrics, reaper
from backend.requests import redating
from backend.requests.receipts import actions as receipts
from backend.requests.receipts.check import check_file, trusted_keys
from backend.sealing import DataKeys
from backend.sync.queries import get_head
from backend.unit_of_work import Database
from notifications import topics
from realtime.listener import Listener

_NUDGE_EVERY_S = 0.05
_MARKS = {True: "✓", False: "✗", None: "?"}
Handlers = Callable[[Flask], dict[str, Handler]]


def refuse_demo_accounts(app: Flask) -> None:
    """Stop the start when demo accounts, whose passwords everybody knows, meet DEMO=0."""
    settings: Settings = app.extensions["settings"]
    database: Database = app.extensions["database"]
    with database.reading() as session:
        found = session.scalar(sa.select(sa.func.count()).select_from(Account).where(Account.demo.is_(True)))
    if found and not settings.demo:
        raise BadSetting("DEMO", "数据库里有演示账号，不能用于正式运行 (the database holds demo accounts)")


def demand_unicode(app: Flask) -> None:
    """Stop the start where the database was made for another alphabet, as one is that a bare `initdb` makes."""
    database: Database = app.extensions["database"]
    if database.engine.is_sqlite:
        return
    with database.engine.sa.connect() as connection:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        words = f"数据库编码是 {encoding}，存不了中文 (it must be UTF8): createdb -E UTF8 -T template0"
        raise BadSetting("DATABASE_URL", words)


def demand_data_keys(app: Flask) -> None:
    """Stop the start when the folder of data keys is not the one that the database was sealed with."""
    keys: DataKeys = app.extensions["data_keys"]
    database: Database = app.extensions["database"]
    with database.reading() as session:
        lost = data_keys.lacking(session, keys) if data_keys.is_sealed(session) else []
    if lost:
        raise BadSetting("DATA_KEYS", f"缺少数据库正在用的密钥 (keys that the database needs): {' '.join(lost)}")


def schedule_rounds(app: Flask) -> None:
    """Make sure that what is done by the day, the hour and the minute is asked for; each asks for its next."""
    database: Database = app.extensions["database"]
    with database.unit() as unit:
        housekeeping.schedule(unit)
        reaper.schedule(unit)
        board_rounds.schedule(unit)
        operation.schedule(unit)
        redating.schedule(unit)
        receipts.schedule(unit)
        topics.schedule(unit)
        metrics.schedule(unit, [each.spec.id for each in app.extensions["channels"] if each.spec.can.metrics])


def install(app: Flask, handlers: Handlers) -> None:  # noqa: C901, PLR0915  # one small function a command
    """Register the commands."""
    settings: Settings = app.extensions["settings"]
    database: Database = app.extensions["database"]
    commands_backup.install(app, database)
    commands_channels.install(app)
    commands_doctor.install(app, database)
    commands_import.install(app, database)
    commands_open311.install(app, database)
    commands_search.install(app, database)

    @app.cli.command("work")
    @with_appcontext
    def work() -> None:
        """Do jobs until SIGTERM; those in hand are finished first."""
        refuse_demo_accounts(app)
        demand_data_keys(app)
        asked: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            # A handler runs in the middle of anything, so it takes no lock and only leaves a note.
            signal.signal(number, lambda given, _frame: asked.append(given))
        if settings.metrics_port:
            start_http_server(settings.metrics_port, "0.0.0.0")  # noqa: S104  # asked for, and inside its own network
        worker = Worker(database, handlers(app), apart=app.extensions["slots_apart"])
        schedule_rounds(app)
        if not database.engine.is_sqlite:
            # What other processes ask for begins at once; on SQLite the worker looks twice a second.
            _thread(Listener(database.engine.url, partial(_nudge, database)).run_forever)
        working = _thread(worker.run_forever, _thread)
        while not asked and working.is_alive():
            time.sleep(0.1)
        worker.stop()
        working.join()

    @app.cli.command("prepare")
    def prepare() -> None:
        """Bring the database up to date; a fresh demo gets its district."""
        from serve import prepare as prepare_database  # noqa: PLC0415  # serving imports the commands

        prepare_database(app, app.extensions["settings"])

    @app.cli.command("verify-log")
    @with_appcontext
    def verify_log() -> None:
        """Check the hash chain of all events; name the first broken one."""
        with database.reading() as session:
            head = get_head(session)
            progress = _progress if sys.stderr.isatty() else (lambda _: None)
            verdict = verify(session, head.event_seq, head.event_hash, progress)
        if verdict.broken_seq is None:
            click.echo(f"完整 intact: {verdict.checked} events")
            return
        click.echo(f"第 {verdict.broken_seq} 条起不可信 broken at seq {verdict.broken_seq}: {verdict.why}")
        sys.exit(1)

    @app.cli.command("rotate-receipt-key")
    @with_appcontext
    def rotate_receipt_key() -> None:
        """Sign receipts with a new key from now on; the old one stays published."""
        app.extensions["keyring"].rotate()
        click.echo(app.extensions["keyring"].current().id)

    @app.cli.command("rotate-data-key")
    @click.option("--index", "of_index", is_flag=True, help="The key by which people are found by their numbers.")
    @with_appcontext
    def rotate_data_key(*, of_index: bool) -> None:
        """Seal telephone and identity numbers with a new key from now on; a job turns what lies under older ones.

        With --index it is the key of the indexes that is turned; both hold until the job has been through. A turn that
        is under way is gone on with.
        """
        keys: DataKeys = app.extensions["data_keys"]
        if of_index:
            begun = None
            while begun is None:
                with database.unit() as unit:
                    begun = data_keys.begin_reindexing(unit, keys)
            click.echo(begun)
            return
        made = keys.rotate()
        with database.unit() as unit:
            data_keys.keep_keys(unit, keys)
            data_keys.ask_for_resealing(unit, keys)
        click.echo(made)

    @app.cli.command("data-keys")
    @with_appcontext
    def list_data_keys() -> None:
        """List the data keys; one that is spent may be taken out of the folder once no backup needs it."""
        with database.reading() as session:
            for each in data_keys.list_keys(session):
                state = f"已换下 spent {each.spent_at:%Y-%m-%d %H:%M}" if each.spent_at else "在用 in use"
                click.echo(f"{each.id}  {each.purpose:5}  {each.used_from:%Y-%m-%d %H:%M}  {state}")

    @app.cli.command("check-receipt")
    @click.argument("file", type=click.File(encoding="utf-8", errors="replace"))
    @click.option("--key", type=click.File(encoding="utf-8"), help="The centre's public keys, from /receipts/keys.")
    def check_receipt(file: TextIO, key: TextIO | None) -> None:
        """Check a file of receipts without a server: 0 it holds, 1 it does not, 3 it fits but no --key was given."""
        trusted = trusted_keys(key.read()) if key else None
        if key and trusted is None:
            raise click.ClickException("--key 里没有公钥 (no public keys in it)")
        verdict = check_file(file.read(), trusted)
        for check in verdict.checks:
            click.echo(f"{_MARKS[check.holds]} {check.words}")
        sys.exit({True: 0, False: 1, None: 3}[verdict.holds])

    @app.cli.command("rebuild")
    @click.option("--check", "only_check", is_flag=True, help="Compare only; change nothing.")
    @with_appcontext
    def rebuild(*, only_check: bool) -> None:
        """Make what is derived from the log again, and say whether it was the same before, byte for byte."""
        if only_check:
            with database.reading() as session:
                found = board_rebuild.check(session, _of_all)
                scores = list(remaking.compare(session))
        else:
            with database.unit() as unit:
                found = board_rebuild.rebuild(unit, _of_all)
                scores = remaking.remake(unit)
        found += [board_rebuild.Compared("scores", kept, made) for _, kept, made in scores]
        for each in found:
            click.echo(f"{'一致 same' if each.equal else '不同 differs':12}  {each.name:14} {each.kept}  {each.made}")
        if not all(each.equal for each in found):
            sys.exit(1)

    @app.cli.command("jobs")
    @click.option("--state", type=click.Choice(["ready", "leased", "done", "dead"]))
    @click.option("--retry", "retry_id", help="Give a dead job a new start.")
    @click.option("--limit", default=50, show_default=True)
    @with_appcontext
    def jobs(state: str | None, retry_id: str | None, limit: int) -> None:
        """List jobs, newest first, or retry a dead one. Arguments are not shown: they may be personal."""
        if retry_id is not None:
            with database.unit() as unit:
                if not queue.retry(unit.session, retry_id, unit.now):
                    raise click.ClickException("没有这个死信任务 (no such dead job)")
            click.echo("已重新排队 queued again")
            return
        _list_jobs(database, state, limit)

    @app.cli.command("roles")
    @with_appcontext
    def roles() -> None:
        """Write who may do what, as docs/roles.md holds it."""
        # Only a writer of documents needs to know all the doors at once.
        from deploy.roles import write_roles  # noqa: PLC0415

        click.echo(write_roles(app), nl=False)

    @app.cli.command("newsroom")
    @with_appcontext
    def newsroom() -> None:
        """Write the kitchen's states, guards and rights, as docs/newsroom.md holds them."""
        from deploy.newsroom_page import write_newsroom  # noqa: PLC0415  # for the same reason

        click.echo(write_newsroom(), nl=False)

    @app.cli.command("privacy")
    @with_appcontext
    def privacy() -> None:
        """Write the inventory of personal data, as docs/privacy.md holds it."""
        from deploy.privacy_page import write_privacy  # noqa: PLC0415  # for the same reason

        click.echo(write_privacy(), nl=False)

    @app.cli.command("create-admin")
    @click.argument("username")
    @click.argument("name")
    @click.password_option()
    @with_appcontext
    def create_admin(username: str, name: str, password: str) -> None:
        """Make the first administrator, who may then fill the roster."""
        hashed = hash_password(password)
        with database.unit() as unit:
            account = roster.create_staff(unit, username=username, name=name, password_hash=hashed, title="管理员")
            roster.grant_role(unit, account_id=account.id, role=Role.ADMIN)
        click.echo(account.id)


def _nudge(database: Database) -> None:
    """Have the worker look, and then bear with the others' commits for a moment: one look finds all of them."""
    database.wake()
    time.sleep(_NUDGE_EVERY_S)


def _thread(call: Callable[..., Any], *args: Any) -> threading.Thread:
    thread = threading.Thread(target=call, args=args, daemon=True)
    thread.start()
    return thread


def _of_all(done: int, of: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done} / {of} …", nl=False, err=True)


def _progress(checked: int) -> None:
    click.echo(f"\r{checked} …", nl=False, err=True)


def _list_jobs(database: Database, state: str | None, limit: int) -> None:
    query = sa.select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Job.state == state)
    with database.reading() as session:
        counts = session.execute(sa.select(Job.state, sa.func.count()).group_by(Job.state)).all()
        click.echo("  ".join(f"{name} {count}" for name, count in sorted((row[0], row[1]) for row in counts)))
        for job in session.scalars(query):
            click.echo(
                f"{job.id}  {job.state:6}  {job.attempts:2}×  {job.kind:16} "
                f"{job.run_at:%m-%d %H:%M:%S}  {job.error or ''}"
            )
