"""The HTTP/1.1 server under the fakes: keep-alive, a thread a connection, and connections that can be cut.

Ready-made WSGI servers of the standard library and werkzeug close after each answer, and none can take a request
and then drop the line, which is the vendor's trouble that matters most.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from fakes.cuttable import CuttableServer, cut

MAX_BODY_BYTES = 1 << 20


@dataclass(frozen=True)
class Call:
    """One request, read to its end. `path` is still percent-encoded, names of `headers` are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            ValueError: it is none.
        """
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """One response. `delay_s` is waited before it is written; `cut` drops the connection in its stead."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=UTF-8"
    delay_s: float = 0
    cut: bool = False


App = Callable[[Call], Answer]


def json_answer(status: int, content: Any, **how: Any) -> Answer:
    """Make an answer with a JSON body; `how` are the other fields of `Answer`."""
    return Answer(status, json.dumps(content, ensure_ascii=False).encode(), **how)


class HttpServer(CuttableServer):
    """Serves one app until `stop`."""

    def __init__(self, app: App, host: str, port: int) -> None:
        self.app = app
        super().__init__(host, port, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about clients that hang up, and loud about mistakes of the fake."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in one packet: written apart, the second waits 40 ms for the client's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def _do(self) -> None:
        server = cast("HttpServer", self.server)
        body = self._read_body()
        if body is None:
            return
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        answer = server.app(
            Call(self.command, address.path, query, {name.lower(): value for name, value in self.headers.items()}, body)
        )
        if answer.delay_s:
            # Not a plain sleep: a test that stops the server does not wait for the slow answers it asked for.
            server.stopping.wait(answer.delay_s)
        if answer.cut or server.stopping.is_set():
            self.close_connection = True
            cut(self.connection)
            return
        self._write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815 # The names are the library's.

    def _read_body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit():
            self._refuse(411)
            return None
        if int(length) > MAX_BODY_BYTES:
            self._refuse(413)
            return None
        return self.rfile.read(int(length))

    def _refuse(self, status: int) -> None:
        # The body was not read, so nothing that follows on this connection can be told from it.
        self.close_connection = True
        self._write(Answer(status, b"{}", {"Connection": "close"}))

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: a hundred thousand pushes would bury what matters."""
