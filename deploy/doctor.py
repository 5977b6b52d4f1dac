"""What an operator would look at first, looked at in one go: settings, clocks, database, jobs, vendors, programs, disk.

It changes nothing. Each finding says what is so, and where that is not as it should be, what to do.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from backend.clock import Clock, FileClock
from backend.config import EXAMPLE_DOMAIN, Settings
from backend.db import Engine
from backend.events.chain import verify
from backend.jobs.models import Job
from backend.jobs.queue import backlog
from backend.media import film
from backend.privacy.keys import unfinished
from backend.privacy.models import INDEX, SEAL
from backend.sync.queries import get_head
from backend.unit_of_work import Database
from channels.press import HousePress

ROOT = Path(__file__).resolve().parents[1]
_CLOCK_OFF_S, _LATE_S, _OLDEST_POSTGRESQL = 2.0, 120.0, 130000
_GIB = 1 << 30
_LEAST_FREE, _LITTLE_FREE = 2 * _GIB, 10 * _GIB
_EVENTS_AT_THE_END = 2000
_FILES = 20_000
_KEY_NAMES = {SEAL: "加密密钥 the data key", INDEX: "查号密钥 the key of the indexes"}


class Level(StrEnum):
    """How a finding is to be taken: `GOOD`; `LOOK`, it runs and lacks something; `BAD`, it must be mended."""

    GOOD, LOOK, BAD = "good", "look", "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    about: str
    level: Level
    words: str


Found = Iterator[Finding]


def examine(settings: Settings, database: Database, *, ask_vendors: bool) -> Found:
    """Look at everything, one after the other; a look that fails is itself a finding."""
    looks: list[tuple[str, Callable[[], Found]]] = [
        ("设置 settings", lambda: _settings(settings)),
        ("软件包 packages", _packages),
        ("时钟 clock", lambda: _clock(database)),
        ("数据库 database", lambda: _database(database)),
        ("任务 jobs", lambda: _jobs(database)),
        ("日志链 log", lambda: _log(database)),
        ("磁盘 disk", lambda: _disk(settings)),
        ("密钥 keys", lambda: _keys(settings, database)),
        ("程序 programs", lambda: _programs(database.engine)),
        ("文件数 open files", _open_files),
    ]
    if ask_vendors:
        looks.append(("外部平台 vendors", lambda: _vendors(settings)))
    for about, look in looks:
        try:
            for finding in look():
                yield Finding(about, finding.level, finding.words)
        except (SQLAlchemyError, OSError) as error:
            yield Finding(about, Level.BAD, f"查不了 (could not be looked at): {type(error).__name__}")


def _good(words: str) -> Finding:
    return Finding("", Level.GOOD, words)


def _look(words: str) -> Finding:
    return Finding("", Level.LOOK, words)


def _bad(words: str) -> Finding:
    return Finding("", Level.BAD, words)


def _settings(settings: Settings) -> Found:
    yield (
        _look("DEMO=1，演示账号人人可用 (everybody knows the accounts)") if settings.demo else _good("不是演示 no demo")
    )
    if settings.testing:
        yield (_look if settings.demo else _bad)("TESTING=1，只供测试 (for tests only)")
    address = urlsplit(settings.public_url)
    if address.scheme != "https" and not settings.demo:
        yield _bad("PUBLIC_URL 不是 https://，口令会明文传输 (passwords would travel in the open)")
    elif (address.hostname or "") in {"127.0.0.1", "localhost"}:
        yield _look("PUBLIC_URL 是本机地址，链接只在本机打得开 (links lead to this machine only)")
    if settings.alert_domain == EXAMPLE_DOMAIN:
        yield _look("ALERT_DOMAIN 还是示例域名 (still the example's)")
    lacking = [
        name
        for name, there in {
            "FCM_CREDENTIALS": settings.fcm_credentials,
            "JPUSH_APP_KEY": settings.jpush,
            "SMTP_URL": settings.smtp_url,
            "REALNAME_URL": settings.realname_url,
            "WECHAT_APP_ID": settings.wechat,
            "WEIBO_ACCESS_TOKEN": settings.weibo,
        }.items()
        if not there
    ]
    if lacking:
        yield _look(f"未设置，相应功能停用 (not set, and what needs them rests): {', '.join(lacking)}")


def _packages() -> Found:
    locked = re.findall(r"^([A-Za-z0-9_.\[\]-]+)==([^\s;\\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    wrong = []
    for name, wanted in locked:
        try:
            here = version(name.partition("[")[0])
        except PackageNotFoundError:
            here = "无"
        if here != wanted:
            wrong.append(f"{name} {here} ≠ {wanted}")
    yield (
        _bad("与 requirements.lock 不一致 (differ): " + ", ".join(wrong))
        if wrong
        else _good(f"{len(locked)} 个，与锁定一致")
    )


def _clock(database: Database) -> Found:
    clock: Clock = database.clock
    if isinstance(clock, FileClock):
        yield _look("CLOCK_FILE 在拨动时间，只供测试 (moves time, for tests)")
    if database.engine.is_sqlite:
        yield _good("数据库在本机 (the database is on this machine)")
        return
    with database.engine.sa.connect() as connection:
        asked = time.time()
        theirs = float(connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one())
        off = theirs - (asked + time.time()) / 2
    words = f"与数据库相差 {off:+.2f} 秒 (seconds off the database's)"
    yield _bad(words + "；请校时，比如装 chrony") if abs(off) > _CLOCK_OFF_S else _good(words)


def _database(database: Database) -> Found:
    engine = database.engine
    with engine.sa.connect() as connection:
        here = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if engine.is_sqlite:
            yield _look("SQLite，只够一个进程 (one process only)")
        else:
            number = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
            words = f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}"
            yield _good(words) if number >= _OLDEST_POSTGRESQL else _bad(f"{words}，太旧，至少 13 (at least 13)")
            if connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one():
                yield _bad("连到了只读的备库 (this is a standby, which takes no writes)")
            used, of = connection.execute(
                sa.text("SELECT (SELECT count(*) FROM pg_stat_activity), current_setting('max_connections')::int")
            ).one()
            words = f"连接 {used} / {of} connections"
            yield _good(words) if used < of * 0.8 else _look(f"{words}，快用完了 (nearly used up)")
    script = Config()
    script.set_main_option("script_location", str(ROOT / "migrations"))
    head = ScriptDirectory.from_config(script).get_current_head()
    if here == head:
        yield _good(f"迁移在最新 {here} (migrated)")
    else:
        yield _bad(f"迁移停在 {here}，应为 {head}；运行 flask --app wsgi prepare")


def _jobs(database: Database) -> Found:
    now = database.clock.now()
    with database.reading() as session:
        lags, dead = backlog(session, now)
        stuck = session.scalar(
            sa.select(sa.func.min(Job.lease_until)).where(Job.state == "leased", Job.lease_until < now)
        )
    lag = max([*lags.values(), (now - stuck).total_seconds() if stuck else 0.0])
    if lag > _LATE_S:
        yield _bad(f"最早的一件已等 {lag:.0f} 秒，看看 worker 是否在跑 (is a worker running?)")
    else:
        yield _good(f"没有积压 none waits, {lag:.0f} s")
    if dead:
        yield _look(f"死信 {dead} 件 (dead letters)；flask --app wsgi jobs --state dead")


def _log(database: Database) -> Found:
    """The last events only: `verify-log` walks all of them."""
    with database.reading() as session:
        head = get_head(session)
        verdict = verify(session, head.event_seq, head.event_hash, after=max(0, head.event_seq - _EVENTS_AT_THE_END))
    if verdict.broken_seq is None:
        yield _good(f"最近 {verdict.checked} 条完整 (the last ones are intact)")
    else:
        yield _bad(f"第 {verdict.broken_seq} 条起不可信 (broken there): {verdict.why}")


def _disk(settings: Settings) -> Found:
    folder = settings.data_dir
    if not os.access(folder, os.W_OK):
        yield _bad("DATA_DIR 写不进 (cannot be written to)")
    free = shutil.disk_usage(folder).free
    words = f"DATA_DIR 还有 {free / _GIB:.1f} GiB free"
    yield _bad(words) if free < _LEAST_FREE else _look(words) if free < _LITTLE_FREE else _good(words)


def _keys(settings: Settings, database: Database) -> Found:
    files = [
        path
        for place in settings.keys.values()
        for path in (sorted(place.glob("*")) if place.is_dir() else [place])
        if path.is_file()
    ]
    open_ = [path.name for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_:
        yield _bad(f"别人也读得到，请 chmod 600 (others can read them): {', '.join(open_)}")
    else:
        yield _good(f"{len(files)} 个，只有本用户读得到；请另存一份 (flask --app wsgi backup FILE --keys KEYS)")
    with database.reading() as session:
        turning = unfinished(session)
    for purpose in turning:
        again = "rotate-data-key --index" if purpose == INDEX else "rotate-data-key"
        yield _look(
            f"{_KEY_NAMES[purpose]}还没有换完 (a turn is not finished)：约半小时后仍是这样，看 flask --app wsgi jobs，"
            f"再运行一次 {again} 接着换"
        )


def _programs(engine: Engine) -> Found:
    yield (
        _good("ffmpeg")
        if film.is_installed()
        else _look("没有 ffmpeg，视频没有封面和流 (films get no poster and no stream); make film")
    )
    lacking = HousePress().missing()
    yield _look(f"印报缺少 (the press lacks): {', '.join(lacking)}; make press") if lacking else _good("印报 press")
    if not engine.is_sqlite:
        yield _backup_programs(engine)


def _backup_programs(engine: Engine) -> Finding:
    if not (shutil.which("pg_dump") and shutil.which("pg_restore")):
        return _look("没有 pg_dump，不能备份 (no backups): apt-get install postgresql-client")
    told = subprocess.run(["pg_dump", "--version"], capture_output=True, text=True, check=True, timeout=10).stdout  # noqa: S607  # found where the backup finds it
    ours = int(re.search(r"(\d+)", told)[1])  # type: ignore[index]  # it always names a number
    with engine.sa.connect() as connection:
        theirs = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
    if ours < theirs:
        return _bad(f"pg_dump {ours} 比数据库 {theirs} 旧，不能备份 (older than the database: no backups)")
    return _good(f"pg_dump {ours}")


def _open_files() -> Found:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = hard == resource.RLIM_INFINITY or hard >= _FILES
    words = f"每进程至多 {hard} 个 open files a process"
    yield _good(words) if enough else _look(f"{words}，只够约 {max(0, hard - 1024)} 部手机 (phones); LimitNOFILE=")


def _vendors(settings: Settings) -> Found:
    """Only whether anybody listens there. `flask channels check` tries the channels' credentials."""
    addresses = {
        "SMS_URL": settings.sms_url,
        "REALNAME_URL": settings.realname_url,
        "SMTP_URL": settings.smtp_url,
        "FCM": settings.fcm_endpoint or (settings.fcm_credentials and "https://fcm.googleapis.com"),
        **{f"WEBHOOKS {each.id}": each.url for each in settings.webhooks},
    }
    for name, address in addresses.items():
        if not address:
            continue
        parts = urlsplit(str(address))
        port = parts.port or {"https": 443, "smtps": 465, "smtp": 25}.get(parts.scheme, 80)
        try:
            with closing(socket.create_connection((parts.hostname or "", port), timeout=5)):
                yield _good(f"{name} 连得上 (reachable)")
        except OSError as error:
            yield _bad(f"{name} 连不上 (cannot be reached): {error.strerror or type(error).__name__}")
