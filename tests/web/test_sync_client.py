"""The web app's sync client: its own tests, and stories between it and the real server over a line that is cut.

The stories are `web/src/sync/live.test.ts`, run by vitest in Node. They steer this side over HTTP (`Steering`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fakes.bad_line import BadLine
from tests.support.server import ROOT, Server
from tests.support.tables import run
from tests.sync.world import TOWN, World

WEB = ROOT / "web"
CLIENT = WEB / "src" / "sync"


@pytest.fixture(scope="module")
def vitest() -> list[str]:
    """Give the command of vitest."""
    program = WEB / "node_modules" / "vitest" / "vitest.mjs"
    if shutil.which("node") is None or not program.exists():
        pytest.skip("SKIPPED: Node or vitest is missing (cd web && npm ci)")
    return ["node", str(program), "run", "--reporter=verbose"]


def play(vitest: list[str], *files: str, **env: str) -> None:
    done = subprocess.run(
        [*vitest, *files], cwd=WEB, env=os.environ | env, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]


class Steering:
    """What the stories may have done on this side: `POST /<deed>` with a JSON object, answered by another."""

    def __init__(self, server: Server, line: BadLine) -> None:
        self.server, self.line, self.world = server, line, World(server)
        self._live: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def cut(self) -> None:
        self.line.cut()

    def down(self) -> None:
        self.line.go_down()

    def up(self) -> None:
        self.line.go_up()

    def publish(self) -> dict[str, Any]:
        """Put something out the fast way."""
        self._live.append(self.world.breaking())
        return {"id": self._live[-1]["id"], "headline": self._live[-1]["headline"]}

    def notice(self) -> None:
        self.world.notice()

    def correct(self) -> None:
        if self._live:
            self.world.correct(self._live[-1], headline=self.world.word(), towns=[TOWN], note="更正")

    def withdraw(self, id: str | None = None) -> None:
        story = next((one for one in self._live if one["id"] == id), self._live[0] if self._live else None)
        if story is not None:
            self._live.remove(story)
            self.world.move("duty", story, "withdraw", reason="失实")

    def answer(self, id: str) -> None:
        """Carry a citizen's request through the offices."""
        case = {"id": id}
        self.world.step("dispatcher", case, "assign")
        self.world.step("staff", case, "take")
        self.world.step("staff", case, "reply", text="修好了")

    def restart(self) -> None:
        self.server.kill()
        self.server.start()

    def restore(self) -> None:
        """Begin another history, as the restoring of a backup does."""
        self.server.kill()
        run(self.server, "UPDATE sync_head SET epoch = :epoch", epoch=str(uuid.uuid4()))
        self.server.start()

    def later(self, seconds: float) -> None:
        self.server.move_clock(seconds)

    def do(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            return getattr(self, name)(**args) or {}


class Control:
    """The steering over HTTP."""

    def __init__(self, steering: Steering) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                args = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
                try:
                    status, body = 200, steering.do(self.path[1:], args)
                except Exception as error:  # the story is told what failed
                    status, body = 500, {"error": repr(error)}
                raw = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def steering(make_server: Callable[..., Server]) -> Iterator[dict[str, str]]:
    server = make_server(TICK_S="1")
    line = BadLine(server.port)
    line.start()
    control = Control(Steering(server, line))
    yield {"RONGHUI_URL": server.url, "RONGHUI_LINE": line.url, "RONGHUI_CONTROL": control.url}
    control.stop()
    line.stop()
    assert not server.unexpected()


def test_the_client_holds_against_a_house_in_memory(vitest: list[str]) -> None:
    play(vitest, str(CLIENT / "sync.test.ts"))


def test_the_client_holds_against_the_real_server_over_a_line_that_is_cut(
    vitest: list[str], steering: dict[str, str]
) -> None:
    play(vitest, str(CLIENT / "live.test.ts"), **steering)


def test_nothing_in_the_client_belongs_to_a_framework() -> None:
    for file in CLIENT.glob("*.ts"):
        words = Path(file).read_text(encoding="utf-8")
        assert 'from "vue"' not in words, file
        assert "../app/" not in words, file
