"""The embedded server: web, Socket.IO, worker and scheduler in one process, on SQLite unless told otherwise."""

from __future__ import annotations

import gzip
import os
import signal
import sys
import time
from collections.abc import Callable, Sized
from typing import Any
from urllib.parse import urlsplit

import flask_migrate  # type: ignore[import-untyped]  # the library ships no types
import structlog
from flask import Flask, Response, request

import commands
import commands_search
from backend.config import Settings
from backend.jobs.worker import Handler, Worker
from backend.oversight.assessment.rule_sets import ensure_first
from backend.oversight.board.census import take_census
from backend.privacy.keys import prepare_keys
from backend.publishing.actions import ensure_channels
from backend.search import actions as search
from demo import load as demo

MAX_CONNECTIONS = 20_000
STOP_S = 10.0
FAREWELL_S = 3.0
# Shorter answers fit into one packet as they are.
WORTH_COMPRESSING = 1400
_log = structlog.get_logger(__name__)
Handlers = Callable[[Flask], dict[str, Handler]]


def serve(app: Flask, handlers: Handlers) -> None:
    """Bring the database up to date, load the demo into an empty one, serve until SIGINT or SIGTERM."""
    settings: Settings = app.extensions["settings"]
    prepare(app, settings)
    app.after_request(_compress)
    stop = _stop_on_signal()
    worker = Worker(app.extensions["database"], handlers(app), apart=app.extensions["slots_apart"])
    socketio = app.extensions["socketio_server"]
    # What a hello is answered from is read before the first phone can come; the rest starts only when the port is ours.
    app.extensions["realtime"].begin()
    try:
        close = _start_http(app, socketio, settings)
    except OSError as error:
        raise SystemExit(f"端口 {settings.port} 打不开 (the port cannot be opened): {error.strerror}") from None
    app.extensions["realtime"].start()
    commands.schedule_rounds(app)
    working = socketio.start_background_task(worker.run_forever, socketio.start_background_task)
    say_welcome(settings)
    while not stop():
        time.sleep(0.1)
    _say("\n正在停止 stopping …")
    worker.stop()
    app.extensions["before_stop"]()
    _await_farewell(app.extensions["realtime"].connections)
    close()
    working.join()
    _say("已停止 stopped")
    sys.stdout.flush()
    # Library threads (the SDK's pools) are not ours to wait for; everything that matters is committed.
    os._exit(0)


def _compress(response: Response) -> Response:
    """Compress what phones read first: a third is left of it. In front of other servers stands nginx, which does."""
    if request.path.startswith("/api/v1/sync/") and response.status_code == 200:
        response.vary.add("Accept-Encoding")
        body = response.get_data()
        if len(body) >= WORTH_COMPRESSING and request.accept_encodings["gzip"]:
            response.set_data(gzip.compress(body, 5))
            response.headers["Content-Encoding"] = "gzip"
            # Another form of the same: an equal tag must not say that both are the same bytes (RFC 9110, 8.8.3.3).
            tag, _ = response.get_etag()
            if tag is not None:
                response.set_etag(tag, weak=True)
    return response


def _await_farewell(phones: Sized) -> None:
    """Wait, not for long, until the phones have been told to go: the server below cuts open websockets at once."""
    deadline = time.monotonic() + FAREWELL_S
    while phones and time.monotonic() < deadline:
        time.sleep(0.02)
    # The last frames are on their way out of the process.
    time.sleep(0.1)


def prepare(app: Flask, settings: Settings) -> None:
    """Migrate, load the demo district if this is a fresh demo, check the start, make channels and the first rules."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    commands.demand_unicode(app)
    with app.app_context():
        flask_migrate.upgrade()
    commands.refuse_demo_accounts(app)
    with app.extensions["database"].unit() as unit:
        prepare_keys(unit, app.extensions["data_keys"])
    commands.demand_data_keys(app)
    with app.extensions["database"].unit() as unit:
        ensure_channels(unit, [each.spec for each in app.extensions["channels"]])
        take_census(unit)
        ensure_first(unit)
    if settings.demo:
        demo.load_if_empty(app.extensions["database"], app.extensions["media_store"], _say)
    # What was there before there was an index, and reference data that have changed since the last start.
    with app.extensions["database"].unit() as unit:
        search.ensure(unit.session, app.extensions["search_sources"], commands_search.progress)


def _stop_on_signal() -> Callable[[], bool]:
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda given, _frame: asked.append(given))
    return lambda: bool(asked)


def _start_http(app: Flask, socketio: Any, settings: Settings) -> Callable[[], None]:
    """Serve in the background of the async mode; return what stops it, once requests in flight are done."""
    host = os.environ.get("HOST", "127.0.0.1")
    if settings.async_mode == "eventlet":
        from embedded_eventlet import start  # noqa: PLC0415  # each mode imports its own server

        return start(app, host, settings.port, MAX_CONNECTIONS, STOP_S)
    if settings.async_mode == "gevent":
        from gevent.pywsgi import WSGIServer  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415

        server = WSGIServer((host, settings.port), app, log=None)
        server.start()
        return lambda: server.stop(timeout=STOP_S)
    from werkzeug.serving import make_server  # noqa: PLC0415

    threaded = make_server(host, settings.port, app, threaded=True, request_handler=_quiet_handler())
    # A thread of an open websocket must not keep the process.
    setattr(threaded, "daemon_threads", True)  # noqa: B010  # an attribute of the mix-in that the stubs leave out
    socketio.start_background_task(threaded.serve_forever)
    return threaded.shutdown


def _quiet_handler() -> Any:
    from werkzeug.serving import WSGIRequestHandler  # noqa: PLC0415

    class QuietHandler(WSGIRequestHandler):
        """Leaves it to the application to write a line for each request."""

        protocol_version = "HTTP/1.1"

        def log_request(self, *_: Any) -> None:
            """Write nothing."""

        def parse_request(self) -> bool:
            """Refuse an address that cannot be taken apart, which would end in a stack."""
            if not super().parse_request():
                return False
            try:
                urlsplit(self.path)
            except ValueError:
                self.send_error(400)
                return False
            return True

        def run_wsgi(self) -> None:
            """Hang up after a websocket, or its last frames would be read as a next request and never answered."""
            super().run_wsgi()
            if self.headers.get("Upgrade"):
                self.close_connection = True

    return QuietHandler


def say_welcome(settings: Settings) -> None:
    """Print where to go and what to try."""
    lines = ["", f"融汇 Ronghui  {settings.public_url}   接口文档 API: {settings.public_url}/docs"]
    if settings.demo:
        lines += [
            "",
            "演示账号 (密码 password: demo-<用户名 username>):",
            "  采编 newsroom  editor editor2 reporter head duty chief leader",
            "  政务 offices   office office2        诉求 services  dispatcher staff staff2 supervisor",
            "  市民 citizens  任意手机号，验证码直接显示 any mobile number; the code is shown",
            "",
            "试一试 try:",
            "  浏览器打开上面的地址，再在另一个终端运行 make scenario —— 快讯会在一秒内出现在页面上",
            "  open the address, then run `make scenario` in another terminal and watch the page",
        ]
    _say("\n".join(lines))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
