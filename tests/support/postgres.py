"""PostgreSQL servers of a test's own: one that writes, one that follows it, to be stopped, killed and promoted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import psycopg2

from tests.support.server import free_port, wait_until

_USER = "postgres"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "wal_level": "replica",
    "max_wal_senders": "4",
    # Nothing here outlives the test, and the machine does not go down: only processes do.
    "fsync": "off",
}


def programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, if this machine has them."""
    newest = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None)
    found = shutil.which("pg_basebackup")
    return newest or (Path(found).resolve().parent if found else None)


class Postgres:
    """One server process with its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._bin = programs() or Path()
        # It refuses to run as root.
        self._user = _USER if os.geteuid() == 0 else None

    def found(self) -> None:
        """Make an empty database cluster."""
        self._run("initdb", "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N", "-D", str(self.folder))
        self._write_settings()

    def follow(self, leader: Postgres) -> None:
        """Copy another server, and follow it once started."""
        source = f"host=127.0.0.1 port={leader.port} user={_USER}"
        self._run("pg_basebackup", "-R", "-X", "stream", "-c", "fast", "-d", source, "-D", str(self.folder))
        self._write_settings()

    def start(self) -> None:
        """Start, and wait until it answers."""
        log = str(self.folder) + ".log"
        self._run("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.folder), "-l", log, "-o", f"-k {self.folder}")

    def stop(self, mode: str = "fast") -> None:
        """Stop; `immediate` is as a crash, and it recovers at the next start."""
        self._run("pg_ctl", "stop", "-w", "-m", mode, "-D", str(self.folder))

    def kill(self) -> None:
        """kill -9 of all of it, as when the machine goes."""
        with suppress(FileNotFoundError, ProcessLookupError):
            pid = int((self.folder / "postmaster.pid").read_text().split()[0])
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not Path(f"/proc/{pid}").exists() or _is_dead(pid))
            (self.folder / "postmaster.pid").unlink()

    def promote(self) -> None:
        """Have one that follows lead."""
        self._run("pg_ctl", "promote", "-w", "-D", str(self.folder))

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement and return its rows."""
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user=_USER, dbname=_USER)
        try:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def _write_settings(self) -> None:
        lines = [f"{name} = '{value}'\n" for name, value in (_SETTINGS | {"port": str(self.port)}).items()]
        with (self.folder / "postgresql.conf").open("a") as file:
            file.writelines(lines)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            user=self._user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def _is_dead(pid: int) -> bool:
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


class Pair:
    """A leader and a follower that has every commit before it is acknowledged."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="pair-"))
        if os.geteuid() == 0:
            shutil.chown(self.root, _USER, _USER)
        self.leader, self.follower = Postgres(self.root / "a"), Postgres(self.root / "b")
        self.leader.found()
        self.leader.start()
        self.follower.follow(self.leader)
        self.follower.start()
        self.leader.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.leader.ask("SELECT pg_reload_conf()")
        state = "SELECT sync_state FROM pg_stat_replication"
        wait_until(lambda: self.leader.ask(state) == [("sync",)])
        self.leader.ask("CREATE DATABASE house")

    @property
    def url(self) -> str:
        """The address of whichever of the two leads."""
        hosts = "&".join(f"host=127.0.0.1:{each.port}" for each in (self.leader, self.follower))
        return f"postgresql://{_USER}@/house?{hosts}&target_session_attrs=read-write"

    def close(self) -> None:
        """End both, and clear away."""
        for each in (self.leader, self.follower):
            each.kill()
        shutil.rmtree(self.root, ignore_errors=True)
