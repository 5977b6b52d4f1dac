"""Recognising a phone by its first bytes: a complete, plain WebSocket handshake for Engine.IO (RFC 6455, section 4).

Strict on purpose. Anything unusual (another path, a body, a broken key, an origin that is not ours, half a head) is
answered by the HTTP server behind the door, which knows how to refuse, so nothing is decided here twice.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

LONGEST_HEAD = 8190
# The same as in deploy/gunicorn.py.
MOST_HEADERS = 64
_START = b"GET /socket.io/?"
_END = b"\r\n\r\n"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# What would make it more than a handshake.
_FOREIGN = ("CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "CONTENT_TYPE", "HTTP_EXPECT")
_NO_BODY = io.BytesIO()
Environ = dict[str, Any]
OriginCheck = Callable[[Environ], bool]


def read_handshake(head: bytes, peer: tuple[str, int]) -> Environ | None:
    """Return the WSGI environment of a handshake, or None if this is for the HTTP server.

    Args:
        head: the bytes that have come so far.
        peer: address and port of whoever sent them.
    """
    if not head.startswith(_START) or not head.endswith(_END) or len(head) > LONGEST_HEAD:
        return None
    if head.count(_END) > 1:
        return None
    try:
        text = head[: -len(_END)].decode("ascii")
    except UnicodeDecodeError:
        return None
    lines = text.split("\r\n")
    # Control characters, a bare newline above all, mean something else to every server.
    if len(lines) > MOST_HEADERS + 1 or not text.replace("\r\n", "").isprintable():
        return None
    target, _, version = lines[0][4:].rpartition(" ")
    query = target.partition("?")[2]
    if version != "HTTP/1.1" or " " in target or "#" in target or "EIO=4" not in query:
        return None
    environ: Environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/socket.io/",
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": version,
        "SERVER_NAME": "",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": peer[0],
        "REMOTE_PORT": str(peer[1]),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input": _NO_BODY,
        "wsgi.errors": sys.stderr,
    }
    return environ if _read_headers(lines[1:], environ) and _is_handshake(environ) else None


def _read_headers(lines: list[str], environ: Environ) -> bool:
    """Put headers into the environment; False for what this reader does not take: folded, twice, without a name."""
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.replace("-", "").replace("_", "").isalnum() or "_" in name:
            return False
        key = "HTTP_" + name.upper().replace("-", "_")
        key = key[5:] if key in {"HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"} else key
        if key in environ:
            return False
        environ[sys.intern(key)] = value.strip(" \t")
    return True


def _is_handshake(environ: Environ) -> bool:
    if any(name in environ for name in _FOREIGN):
        return False
    host = environ.get("HTTP_HOST", "")
    environ["SERVER_NAME"] = host.partition(":")[0] or "localhost"
    return (
        bool(host)
        and environ.get("HTTP_UPGRADE", "").lower() == "websocket"
        and "upgrade" in map(str.strip, environ.get("HTTP_CONNECTION", "").lower().split(","))
        and environ.get("HTTP_SEC_WEBSOCKET_VERSION") == "13"
        and _is_key(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""))
        and _asks_for_websocket(environ["QUERY_STRING"])
    )


def _is_key(key: str) -> bool:
    try:
        return len(key) == 24 and len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        return False


def _asks_for_websocket(query: str) -> bool:
    if query == "EIO=4&transport=websocket":
        return True
    given = parse_qs(query)
    return given.get("EIO") == ["4"] and given.get("transport") == ["websocket"] and not given.keys() & {"sid", "j"}


def accept_handshake(key: str) -> bytes:
    """Return the head of the answer that makes the connection a websocket."""
    accept = base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
