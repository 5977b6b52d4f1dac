"""The whole house on one machine: `python -m deploy.up`. What each variable does: README.md.

nginx in front, web processes under gunicorn, one worker, on one PostgreSQL. It migrates, starts them, starts again
what ends by itself, and stops them in the order in which nothing that was accepted is lost: first the worker and the
web processes, which say goodbye to the phones and finish what they are at, and only then nginx, through which the
answers go out.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

from deploy.edge import ROOT, Edge, find_nginx, load_edge, room_for, write_configuration
from deploy.supervisor import Part, Supervisor

WEB_HOST = "127.0.0.1"  # Of the web processes: only nginx is to reach them.
START_S = 60.0
WORKER_GRACE_S = 30.0  # Longer than a push takes; one that is cut off is taken up again when its lease runs out.
EDGE_GRACE_S = 12.0
MARGIN_S = 5.0  # gunicorn cuts off by itself what outstays its grace; we only come after it.


def main() -> None:
    """Run until SIGINT or SIGTERM."""
    env = {"PROXIES": "1"} | dict(os.environ) | {"WEB_HOST": WEB_HOST}
    edge = load_edge(env)
    env.setdefault("PUBLIC_URL", edge.url)
    env.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_empty(edge.folder.with_name("metrics"))))
    nginx = find_nginx(env)
    _demand_free(edge.host, edge.port)
    _demand_free(WEB_HOST, edge.web_port)
    supervisor = Supervisor(_say)
    _migrate(env)
    room = room_for(edge.connections)
    configuration = write_configuration(edge, room)
    web, worker, front = _parts(edge, env, nginx, str(configuration))
    if room.clients < edge.connections:
        _say(f"只允许 {room.open_files} 个打开的文件 open files a process: room for about {room.clients} clients")
    try:
        supervisor.start(web, partial(_answers, WEB_HOST, edge.web_port), START_S)
        supervisor.start(worker, lambda: True, START_S)
        supervisor.start(front, partial(_answers, edge.near_host, edge.port), START_S)
        if not supervisor.asked_to_stop:
            _say(f"融汇 Ronghui  {edge.url}")
        supervisor.watch()
    finally:
        _say("正在停止 stopping …")
        supervisor.stop([worker, web], [front])
        _say("已停止 stopped")


def _empty(folder: Path) -> Path:
    """Make a folder with nothing in it: what was counted before this start is none of it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _parts(edge: Edge, env: Mapping[str, str], nginx: str, configuration: str) -> tuple[Part, Part, Part]:
    inner = {**env, "PORT": str(edge.web_port)}
    grace = float(env.get("WEB_GRACEFUL_TIMEOUT") or 20) + MARGIN_S
    web = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py", "wsgi:app"]
    work = [sys.executable, "-m", "flask", "--app", "wsgi", "work"]
    front = [nginx, "-e", "stderr", "-c", configuration]
    return (
        Part("web", web, inner, ROOT, grace_s=grace),
        Part("worker", work, inner, ROOT, grace_s=WORKER_GRACE_S),
        # QUIT finishes what is under way; TERM would cut it off.
        Part("nginx", front, env, ROOT, stop_with=signal.SIGQUIT, grace_s=EDGE_GRACE_S, leftover=edge.press),
    )


def _migrate(env: Mapping[str, str]) -> None:
    """Bring the database up to date before anything uses it.

    Raises:
        SystemExit: when that fails; the reason is on the terminal by then.
    """
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "prepare"]
    if subprocess.run(command, cwd=ROOT, env=dict(env), check=False).returncode != 0:  # noqa: S603  # our own command
        raise SystemExit("数据库没有准备好 (the database could not be prepared)")


def _demand_free(host: str, port: int) -> None:
    """Refuse a port that somebody listens on: nginx would share it with another nginx without a word."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SystemExit(f"端口 {port} 打不开 (the port cannot be opened): {error.strerror}") from None


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    with closing(connection), suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
