"""A fake push service and the browsers behind it, in this process or as `python -m fakes.web_push`.

It takes `POST /push/<id>` as RFC 8030 and 8292 demand, and opens what it took with the browsers' keys, as no real one
can. Tests steer it at `/_fake/`: `POST subscriptions` with `{"key": "…"}` (the `applicationServerKey`, or none),
`POST gone` with `{"endpoint": "…"}`, `GET messages`, `POST clock` with `{"ahead_s": n}`, `POST rules` (see
`fakes.trouble.Trouble`; `errcode` is a status), `POST reset`.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from fakes.http_server import Answer, Call, json_answer
from fakes.ruled import DONE, RuledFake, refusal, run
from fakes.web_push_seal import BrowserKeys, decode, encode

_MAX_BODY_BYTES = 4096
_LONGEST_SIGNATURE_S = 24 * 3600
_URGENCIES = {"very-low", "low", "normal", "high"}
_VAPID = re.compile(r"vapid\s+(?:t=(?P<t>[\w.-]+),\s*k=(?P<k>[\w-]+)|k=(?P<k2>[\w-]+),\s*t=(?P<t2>[\w.-]+))")


@dataclass
class _Browser:
    keys: BrowserKeys
    server_key: str | None
    gone: bool = False


@dataclass(frozen=True)
class _Taken:
    browser: str
    sealed: bytes
    headers: dict[str, str]
    at: float = field(default_factory=time.time)


class _Refused(Exception):
    """The call is not as the standards demand: the status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class FakeWebPush(RuledFake):
    """A running fake. What the endpoints under `/_fake/` do, these methods do from within the process."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host, port)
        self.host = f"{host}:{self.port}"
        self._lock = threading.Lock()
        self._browsers: dict[str, _Browser] = {}
        self._taken: list[_Taken] = []
        self._ahead_s = 0.0
        self._server.start()

    @property
    def connections(self) -> int:
        """How many connections were opened so far."""
        return self._server.connections

    def subscribe(self, key: str | None = None) -> dict[str, Any]:
        """Let a new browser subscribe, for one `applicationServerKey` or for any; return `{endpoint, keys}`."""
        name = secrets.token_urlsafe(24)
        browser = _Browser(BrowserKeys(), key)
        with self._lock:
            self._browsers[name] = browser
        return {"endpoint": f"{self.url}/push/{name}", "keys": browser.keys.shared()}

    def unsubscribe(self, endpoint: str) -> None:
        """Let a browser go: its endpoint is gone from now on."""
        with self._lock:
            self._browsers[_name_in(endpoint)].gone = True

    def browser_keys(self, endpoint: str) -> BrowserKeys:
        """Return what only that browser has."""
        return self._browsers[_name_in(endpoint)].keys

    def messages(self) -> list[dict[str, Any]]:
        """Return what it took, oldest first: `{endpoint, at, headers, sealed, payload}`, the last opened and read."""
        with self._lock:
            return [self._shown(taken) for taken in self._taken]

    def set_clock(self, ahead_s: float) -> None:
        """Let its clock go ahead of the machine's, or behind it."""
        self._ahead_s = ahead_s

    def reset(self) -> None:
        """Forget messages, browsers, rules and the clock."""
        super().reset()
        self._ahead_s = 0.0
        with self._lock:
            self._browsers.clear()
            self._taken.clear()

    def _shown(self, taken: _Taken) -> dict[str, Any]:
        opened = self._browsers[taken.browser].keys.open(taken.sealed)
        return {
            "endpoint": f"{self.url}/push/{taken.browser}",
            "at": taken.at,
            "headers": taken.headers,
            "sealed": encode(taken.sealed),
            "payload": json.loads(opened),
        }

    def _serve(self, call: Call) -> Answer:
        return self._troubles.answer(call, self._take, refusal)

    def _take(self, call: Call) -> Answer:
        try:
            with self._lock:
                browser = self._called(call)
                _check_form(call)
                self._check_signature(call, browser)
                self._taken.append(_Taken(_name_in(call.path), call.body, dict(call.headers)))
                number = len(self._taken)
        except _Refused as refused:
            return json_answer(refused.status, {"error": str(refused)})
        return Answer(201, b"", {"Location": f"{self.url}/message/{number}"})

    def _called(self, call: Call) -> _Browser:
        browser = self._browsers.get(_name_in(call.path))
        if not call.path.startswith("/push/") or browser is None:
            raise _Refused(404, "no such subscription")
        if call.method != "POST":
            raise _Refused(405, "post here")
        if browser.gone:
            raise _Refused(410, "unsubscribed")
        return browser

    def _check_signature(self, call: Call, browser: _Browser) -> None:
        found = _VAPID.fullmatch(call.headers.get("authorization", ""))
        if found is None:
            raise _Refused(401, "Authorization is not of the scheme vapid")
        token, key = found["t"] or found["t2"], found["k"] or found["k2"]
        try:
            public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(key))
            claims = jwt.decode(token, public, algorithms=["ES256"], options={"verify_exp": False, "verify_aud": False})
        except (ValueError, jwt.InvalidTokenError) as error:
            raise _Refused(403, f"signature: {error}") from error
        self._check_claims(claims)
        if browser.server_key not in {None, key}:
            raise _Refused(403, "subscribed for another key")

    def _check_claims(self, claims: dict[str, Any]) -> None:
        expires = claims.get("exp")
        now = time.time() + self._ahead_s
        if claims.get("aud") != self.url:
            raise _Refused(403, "aud is another push service")
        if not isinstance(expires, int) or not now < expires <= now + _LONGEST_SIGNATURE_S:
            raise _Refused(403, "exp is not within a day")
        if not str(claims.get("sub")).startswith(("mailto:", "https:")):
            raise _Refused(403, "sub is nobody")

    def _control(self, what: str, call: Call) -> Answer | None:
        match what:
            case "GET messages":
                return json_answer(200, {"items": self.messages()})
            case "POST subscriptions":
                return json_answer(200, self.subscribe(call.json().get("key")))
            case "POST gone":
                self.unsubscribe(str(call.json()["endpoint"]))
            case "POST clock":
                self.set_clock(float(call.json()["ahead_s"]))
            case _:
                return None
        return DONE


def _name_in(path: str) -> str:
    return path.rpartition("/")[2]


def _check_form(call: Call) -> None:
    if not call.headers.get("ttl", "").isdigit():
        raise _Refused(400, "TTL is missing")
    if call.headers.get("urgency", "normal") not in _URGENCIES:
        raise _Refused(400, "Urgency")
    if not re.fullmatch(r"[\w-]{1,32}", call.headers.get("topic", "-"), re.ASCII):
        raise _Refused(400, "Topic")
    if call.headers.get("content-encoding") != "aes128gcm" or not call.body:
        raise _Refused(400, "Content-Encoding is not aes128gcm")
    if len(call.body) > _MAX_BODY_BYTES:
        raise _Refused(413, "more than 4096 bytes")


def serve(host: str = "127.0.0.1", port: int = 0) -> FakeWebPush:
    """Start a fake in threads of this process. Port 0 takes a free one."""
    return FakeWebPush(host, port)


def main(arguments: list[str] | None = None) -> None:
    """Run a fake until it is told to stop."""
    run(FakeWebPush, "假的浏览器推送服务，供演示和测试 (a fake push service of browsers)", 9121, (), arguments)


if __name__ == "__main__":
    main()
