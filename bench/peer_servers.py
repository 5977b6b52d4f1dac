"""The peers: a C loop, nginx with nchan, Node's socket.io, and Flask-SocketIO as it comes."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.loader import ENGINE_IO
from bench.processes import Process, accepts, children, free_port, running, wait_until

HERE = Path(__file__).parent
FLOOR = HERE / "build" / "floor"
_MODULE_FOLDERS = (Path("/usr/lib/nginx/modules"), Path("/usr/lib64/nginx/modules"))


@dataclass(frozen=True)
class Peer:
    """A server to compare with. `lacking` says why it cannot be had here."""

    key: str
    title: str
    protocol: str
    path: str
    lacking: str | None = None


@dataclass(frozen=True)
class Target:
    """A running server as the load program needs it."""

    port: int
    pids: list[int]
    protocol: str
    path: str

    def options(self) -> list[str]:
        """Return the load program's options for it."""
        pids = ",".join(str(pid) for pid in self.pids)
        return ["--port", str(self.port), "--protocol", self.protocol, "--path", self.path, "--pids", pids]


def nginx_modules() -> Path | None:
    """Return the folder of nginx's loadable modules, if there is one."""
    return next((folder for folder in _MODULE_FOLDERS if folder.is_dir()), None)


def _lacks_nchan() -> str | None:
    modules = nginx_modules()
    if shutil.which("nginx") is None or modules is None or not (modules / "ngx_nchan_module.so").exists():
        return "nginx with nchan is not installed (nginx-light, libnginx-mod-nchan)"
    return None


def _lacks_node() -> str | None:
    if shutil.which("node") is None:
        return "node is not installed"
    return None if (HERE / "peers" / "node_modules" / "socket.io").is_dir() else "socket.io is not installed"


def list_peers() -> list[Peer]:
    """List all peers, those that are lacking too."""
    no_gevent = None if importlib.util.find_spec("gevent") else "gevent is not installed"
    return [
        Peer("floor", "C loop, the floor", "raw", "/", None if FLOOR.exists() else "the floor is not built"),
        Peer("nchan", "nginx nchan", "raw", "/ws", _lacks_nchan()),
        Peer("node", "Node socket.io 4", "sio", ENGINE_IO, _lacks_node()),
        Peer("eventlet", "Flask-SocketIO, eventlet, as it comes", "sio", ENGINE_IO),
        Peer("gevent", "Flask-SocketIO, gevent, as it comes", "sio", ENGINE_IO, no_gevent),
    ]


@contextmanager
def serving(peer: Peer, folder: Path) -> Iterator[Target]:
    """Run a peer on a port of its own. `folder` is for its files; it is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    process = Process(_command(peer.key, port, folder), folder / f"{peer.key}.log", cwd=HERE)
    with running(process, lambda: accepts(port), peer.title):
        pids = [process.pid]
        if peer.key == "nchan":
            # The master only watches; the work is done in the worker.
            wait_until(lambda: bool(children(process.pid)), 10, "nginx's worker")
            pids = children(process.pid)
        yield Target(port, pids, peer.protocol, peer.path)


def _command(key: str, port: int, folder: Path) -> list[Any]:
    if key == "floor":
        return [FLOOR, port]
    if key == "nchan":
        return ["nginx", "-e", "stderr", "-c", write_nginx(HERE / "peers" / "nchan.conf.in", folder, PORT=port)]
    if key == "node":
        return ["node", HERE / "peers" / "node.js", port]
    return [sys.executable, HERE / "peers" / "stock.py", port, key]


def write_nginx(template: Path, folder: Path, **values: Any) -> Path:
    """Fill in a configuration of nginx and return where it lies."""
    text = template.read_text()
    # As root nginx would give its processes to a user who may not see our folders.
    user = "user root;" if os.geteuid() == 0 else ""
    for name, value in {"DIR": folder, "MODULES": nginx_modules(), "USER": user, **values}.items():
        text = text.replace(f"@{name}@", str(value))
    path = folder / template.stem
    path.write_text(text)
    return path
