"""The way to a vendor's HTTP interface: one try a call, and an honest word on whether the vendor may have taken it.

That word is what the queue lives by: what was never sent may be sent again, what was sent and not answered may not.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from backend.publishing.channel import File

MAX_ANSWER_BYTES = 16 << 20
# A vendor that sends a byte now and then is never silent for `timeout_s`, and would hold a worker for ever.
PATIENCE = 3
_CHUNK_BYTES = 1 << 16
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# What urllib3 names as the reason when there was nobody to send anything to.
_NEVER_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
)


class NotSent(Exception):
    """No connection came about, so the vendor certainly took nothing. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Lost(Exception):
    """The call was sent, and nothing that makes sense came back: the vendor may have taken it. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reply:
    """What the vendor said, in JSON: an object or a list."""

    status: int
    content: Any


class HttpClient:
    """Calls one vendor, from any number of threads.

    Every call has a line of its own: one that lay idle may be cut just as it is written to, and then nobody could tell
    what became of the call. Redirections are not followed, nothing is tried twice.

    Args:
        url: the vendor's address, without a path.
        timeout_s: how long to wait for a connection, and again for each sign of an answer.

    Raises:
        ValueError: `url` is no address of HTTP.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"not an address of HTTP: {url}")
        self._url, self._timeout_s = url.rstrip("/"), timeout_s
        # A proxy of the environment is the way out of the house, and never leads to this machine.
        self._trust_env = parts.hostname not in _LOOPBACK

    def get(self, path: str, query: Mapping[str, str]) -> Reply:
        """Ask for something.

        Raises:
            NotSent: there was no connection.
            Lost: there was no answer, or none that is the vendor's.
        """
        return self._call("GET", path, params=query)

    def post_json(self, path: str, content: Any, query: Mapping[str, str] | None = None) -> Reply:
        """Post JSON with its characters as they are: WeChat takes an escaped one for six characters.

        Raises:
            NotSent: there was no connection.
            Lost: there was no answer, or none that is the vendor's.
        """
        body = json.dumps(content, ensure_ascii=False).encode()
        return self._call(
            "POST", path, params=query, data=body, headers={"Content-Type": "application/json; charset=utf-8"}
        )

    def post_form(
        self,
        path: str,
        fields: Mapping[str, str],
        files: Mapping[str, File] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """Post a form; with files it is a multipart one.

        Raises:
            NotSent: there was no connection.
            Lost: there was no answer, or none that is the vendor's.
        """
        parts = {name: (file.name, file.data, file.mime) for name, file in (files or {}).items()}
        return self._call("POST", path, params=query, data=fields, files=parts or None)

    def _call(self, method: str, path: str, **what: Any) -> Reply:
        give_up_at = time.monotonic() + PATIENCE * self._timeout_s
        with requests.Session() as session:
            session.trust_env = self._trust_env
            session.headers["Connection"] = "close"
            try:
                response = session.request(
                    method, self._url + path, timeout=self._timeout_s, allow_redirects=False, stream=True, **what
                )
                body = _read(response, give_up_at)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as trouble:
                if _never_sent(trouble):
                    raise NotSent("no_connection") from trouble
                raise Lost("timeout" if _is_timeout(trouble) else "line_lost") from trouble
        return _understood(response.status_code, body)


def object_in(value: Any) -> dict[str, Any]:
    """Return what should be an object.

    Raises:
        Lost: it is none.
    """
    if not isinstance(value, dict):
        raise Lost("not_understood")
    return value


def objects_in(value: Any) -> list[dict[str, Any]]:
    """Return what should be a list of objects.

    Raises:
        Lost: it is none.
    """
    if not isinstance(value, list):
        raise Lost("not_understood")
    return [object_in(item) for item in value]


def word_in(value: Mapping[str, Any], name: str) -> str:
    """Return what should be an id or an address, which some vendors write as a number.

    Raises:
        Lost: it is none.
    """
    found = value.get(name)
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        raise Lost("not_understood")
    return str(found)


def _read(response: requests.Response, give_up_at: float) -> bytes:
    """Read an answer as it comes, within bounds of size and time."""
    body = bytearray()
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise Lost("too_long")
        if time.monotonic() > give_up_at:
            raise Lost("timeout")
    return bytes(body)


def _understood(status: int, body: bytes) -> Reply:
    if status >= 500:
        # Whatever it says, it is said by something that broke: perhaps after the post was out.
        raise Lost(f"http_{status}")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict | list):
        raise Lost("not_json")
    return Reply(status, content)


def _never_sent(trouble: Exception) -> bool:
    """Tell whether the line broke before anything was sent.

    A certificate that is not the vendor's ends the handshake, which comes before the first byte of a call.
    """
    reason = getattr(trouble.args[0] if trouble.args else None, "reason", None)
    return isinstance(reason, _NEVER_SENT) or "CERTIFICATE_VERIFY_FAILED" in str(reason)


def _is_timeout(trouble: Exception) -> bool:
    return isinstance(trouble, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError)
