"""Configuration of the web processes: `gunicorn -c deploy/gunicorn.py wsgi:app`. What each variable does: README.md.

gunicorn reads the lower-case names of this file as its settings. The application's own settings are read from the
environment by `backend/config.py`.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any


def _number(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit()):
        raise SystemExit(f"设置 {name} 有误 (bad setting {name}): 要写整数 (a whole number)")
    return int(text)


if os.environ.get("ASYNC_MODE", "eventlet") != "eventlet":
    raise SystemExit("设置 ASYNC_MODE 有误 (bad setting ASYNC_MODE): gunicorn 只配 eventlet (eventlet only)")

# The decision for eventlet is made and written down; saying so at every start helps nobody.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

chdir = str(Path(__file__).resolve().parent.parent)
worker_class = "deploy.worker.EventletWorker"
workers = _number("WEB_WORKERS", 2)
worker_connections = _number("WEB_CONNECTIONS", 20000)
preload_app = False  # Every worker patches before it imports the application, and has its own database connections.

# TLS and the open network are the edge's; only it is believed about whom it speaks for.
bind = f"{os.environ.get('WEB_HOST') or '127.0.0.1'}:{_number('PORT', 8000)}"
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS") or "127.0.0.1,::1"
backlog = 4096
reuse_port = os.environ.get("WEB_REUSE_PORT") == "1"

timeout = _number("WEB_TIMEOUT", 30)  # Seconds without a heartbeat: the event loop stands still and the worker goes.
graceful_timeout = _number("WEB_GRACEFUL_TIMEOUT", 20)
keepalive = 75  # Longer than nginx keeps its side (60 s), so that no request meets a connection just being closed.
max_requests = _number("WEB_MAX_REQUESTS", 0)
max_requests_jitter = max_requests // 10  # The workers take turns.

limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

accesslog = None  # The application writes a structured line a request.
errorlog = "-"
loglevel = (os.environ.get("LOG_LEVEL") or "INFO").lower()
control_socket_disable = True  # Nobody uses it, and it would put a thread into the process that forks.


def on_starting(_server: object) -> None:
    """Refuse to start on a bad setting, once and by its name, instead of in every worker."""
    from backend.config import load_settings  # noqa: PLC0415  # The project is on the path only now, after `chdir`.

    load_settings(os.environ)


def child_exit(_server: object, worker: Any) -> None:
    """Take what a process that has ended counted of the present, such as its phones, out of the sums."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  # as above

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # the library leaves it untyped


def post_worker_init(worker: Any) -> None:
    """Begin to push what is new, in each process and after the fork; refuse to serve with accounts of the demo."""
    from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]  # noqa: PLC0415  # as above; it ships no types

    from commands import demand_data_keys, refuse_demo_accounts  # noqa: PLC0415  # This process has been patched by now.

    app = worker.application
    try:
        refuse_demo_accounts(app)
        demand_data_keys(app)
    except SystemExit as refusal:  # With any other exit code the master would start one process after the other.
        worker.log.error("%s", refusal)  # noqa: TRY400  # The text names the setting; a traceback would bury it.
        sys.exit(Arbiter.WORKER_BOOT_ERROR)
    app.extensions["realtime"].begin()
    app.extensions["realtime"].start()
