"""nginx in front of the web processes: its settings, and its configuration, rendered from `nginx.conf.template`.

`python -m deploy.edge` writes the configuration and becomes nginx, for whoever has a supervisor of his own.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import resource
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api.open311.formats import JSON, XML, as_text, content_type
from backend.config import BadSetting, load_settings, read_number
from backend.errors import AppError, Code
from backend.media.rules import LARGEST, MB

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "deploy/nginx.conf.template"
SPARE_FILES = 512  # Descriptors of an nginx process for everything that is not a client: its logs, cache and files.
NAMES = 4  # How many chances a request has to meet a process that lives, where all share one port.
_LONGEST_SOCKET = 107  # Bytes that the kernel takes as the path of one.
_REFUSALS = {
    "too_large": AppError(Code.TOO_LARGE, 413, "内容太大。"),
    "too_many": AppError(Code.RATE_LIMITED, 429, "来自这个网络的连接太多，请稍后再试。"),
    "unavailable": AppError(Code.UNAVAILABLE, 503, "服务暂时繁忙，请稍后再试。"),
}
_WAITS = {"too_many": 5, "unavailable": 2}


@dataclass(frozen=True, slots=True)
class Edge:
    """Where nginx listens, whom it asks, and how many it lets in.

    `servers` are web processes elsewhere, as `host:port`; none means those of this machine, on `web_port`.
    """

    host: str
    port: int
    web_port: int
    connections: int
    per_address: int
    folder: Path
    servers: tuple[str, ...] = ()

    @property
    def press(self) -> Path:
        """The socket on which nginx asks itself for what is to be compressed."""
        return self.folder / "press.sock"

    @property
    def near_host(self) -> str:
        """The address by which this machine itself reaches it."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  # read, not bound

    @property
    def url(self) -> str:
        """The same as a browser takes it."""
        return f"http://{_in_url(self.near_host)}:{self.port}"


def load_edge(env: Mapping[str, str]) -> Edge:
    """Read and validate the settings, those of the application as well.

    Raises:
        BadSetting: a `SystemExit` that names the first variable that cannot be used.
    """
    settings = load_settings(env)
    if settings.database_url.startswith("sqlite"):
        raise BadSetting("DATABASE_URL", "几个网页进程要共用 postgresql://… (several processes need PostgreSQL)")
    if settings.async_mode != "eventlet":
        raise BadSetting("ASYNC_MODE", "gunicorn 只配 eventlet (eventlet only)")
    web_port = read_number(env, "WEB_PORT", settings.port + 1, at_most=65535)
    if web_port == settings.port:
        raise BadSetting("WEB_PORT", "不能与 PORT 相同 (nginx listens on PORT itself)")
    folder = settings.data_dir / "edge"
    for path in (folder, ROOT):
        # nginx reads these signs in a way of its own, even between quotes.
        if re.search(r'["$\\{};\x00-\x1f]', str(path)):
            raise BadSetting("DATA_DIR", "路径里不能有引号、$、\\、括号和分号 (nginx cannot take this path)")
    edge = Edge(
        host=_host(env),
        port=settings.port,
        web_port=web_port,
        connections=read_number(env, "EDGE_CONNECTIONS", 40_000, at_most=1_000_000),
        per_address=read_number(env, "EDGE_PER_ADDRESS", 5_000, at_most=65_535),
        folder=folder,
        servers=_servers(env),
    )
    if len(os.fsencode(edge.press)) > _LONGEST_SOCKET:
        raise BadSetting("DATA_DIR", "路径太长 (too long for a socket in it)")
    return edge


def _host(env: Mapping[str, str]) -> str:
    try:
        return str(ipaddress.ip_address(env.get("EDGE_HOST") or "127.0.0.1"))
    except ValueError:
        raise BadSetting("EDGE_HOST", "要写 IP 地址 (an IP address)") from None


def _servers(env: Mapping[str, str]) -> tuple[str, ...]:
    found = tuple(part.strip() for part in (env.get("EDGE_WEB") or "").split(",") if part.strip())
    for each in found:
        if not re.fullmatch(r"[A-Za-z0-9.-]{1,253}:[0-9]{1,5}", each):
            raise BadSetting("EDGE_WEB", "要写 host:port，逗号分隔 (host:port, separated by commas)")
    return found


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def find_nginx(env: Mapping[str, str]) -> str:
    """Return nginx's program.

    Raises:
        SystemExit: when it is not there, with words on how to get it.
    """
    # An ordinary user's path on Debian leaves out the place where servers lie.
    found = shutil.which("nginx", path=f"{env.get('PATH', '')}{os.pathsep}/usr/local/sbin{os.pathsep}/usr/sbin")
    if found is None:
        raise SystemExit("找不到 nginx (nginx is missing): apt-get install nginx-light, 或 (or) make edge")
    return found


@dataclass(frozen=True, slots=True)
class Room:
    """How many clients fit, in each of so many nginx processes."""

    processes: int
    open_files: int
    connections: int

    @property
    def clients(self) -> int:
        """The clients of all processes together. Each takes two connections, one to it and one to its web process."""
        return self.processes * self.connections // 2


def room_for(clients: int) -> Room:
    """Say how nginx can be given room for so many clients, or for as many as the limit of open files admits."""
    processes = len(os.sched_getaffinity(0))
    # The kernel spreads clients over the processes by chance, so each has a quarter more than its share.
    wanted = clients * 2 * 5 // (processes * 4) + SPARE_FILES
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    open_files = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    return Room(processes, open_files, max(open_files - SPARE_FILES, open_files // 2))


def render(edge: Edge, room: Room) -> str:
    """Return nginx's configuration."""
    words = {
        "lines": _where_lines_go(),
        # As root nginx would give its processes to a user who may not see our folder.
        "user": "user root root;" if os.geteuid() == 0 else "",
        "folder": str(edge.folder),
        "press": str(edge.press),
        "processes": str(room.processes),
        "open_files": str(room.open_files),
        "connections": str(room.connections),
        "per_address": str(edge.per_address),
        "servers": "\n".join(f"        server {each};" for each in _asked_in_turn(edge)),
        "listen": f"{_in_url(edge.host)}:{edge.port}",
        "upload_mb": str(LARGEST // MB + 2),
        "web": str(ROOT / "web"),
        **{name: json.dumps(error.as_problem(), ensure_ascii=False) for name, error in _REFUSALS.items()},
        "open311_refusals": "\n".join(_open311_refusal(name, form) for name in _REFUSALS for form in (XML, JSON)),
    }
    return re.sub(r"<<(\w+)>>", lambda found: words[found[1]], TEMPLATE.read_text(encoding="utf-8"))


def _where_lines_go() -> str:
    """Say where nginx writes its lines: where we do, or, as a socket such as systemd's cannot be opened, syslog."""
    try:
        with Path("/dev/stderr").open("ab"):
            return "/dev/stderr"
    except OSError:
        return "syslog:server=unix:/dev/log,tag=edge,nohostname" if Path("/dev/log").exists() else "/dev/null"


def _asked_in_turn(edge: Edge) -> list[str]:
    if len(edge.servers) > 1:
        # One that fails is left alone for a moment: each try of an address that is gone costs seconds.
        return [f"{each} max_fails=2 fail_timeout=3s" for each in edge.servers]
    (only,) = edge.servers or (f"127.0.0.1:{edge.web_port}",)
    # None but it is left to ask, so it is never taken for dead.
    return [f"{only} max_fails=0"] * NAMES


def _open311_refusal(name: str, form: str) -> str:
    """Write the place at which nginx refuses by itself what was asked of Open311."""
    error, waits = _REFUSALS[name], _WAITS.get(name)
    body = as_text(form, "errors", [{"code": error.status, "description": error.detail}])
    lines = [
        f"default_type '{content_type(form)}';",
        "add_header Cache-Control no-store always;",
        "add_header Access-Control-Allow-Origin * always;",
        *([f"add_header Retry-After {waits} always;"] if waits else []),
        f"return {error.status} '{body}';",
    ]
    inner = "\n".join(f"            {line}" for line in lines)
    return f"        location @open311_{name}_{form} {{\n{inner}\n        }}"


def write_configuration(edge: Edge, room: Room) -> Path:
    """Render the configuration into our folder below DATA_DIR; what an earlier run left there is cleared away."""
    shutil.rmtree(edge.folder, ignore_errors=True)
    edge.folder.mkdir(parents=True)
    path = edge.folder / "nginx.conf"
    path.write_text(render(edge, room), encoding="utf-8")
    return path


def main() -> None:
    """Become nginx."""
    env = {"PROXIES": "1"} | dict(os.environ)
    edge, nginx = load_edge(env), find_nginx(env)
    configuration = write_configuration(edge, room_for(edge.connections))
    os.execv(nginx, [nginx, "-e", "stderr", "-c", str(configuration)])  # noqa: S606  # our own program, no shell


if __name__ == "__main__":
    main()
