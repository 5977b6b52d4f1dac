"""A fake Firebase Cloud Messaging that the real SDK talks to, in this process or as `python -m fakes.fcm`.

Tests steer it at `/_fake/`: `GET messages?since=&limit=`, `GET topics`, `GET stats`, `POST rules` with
`{"rules": [{…}]}` (see `fakes.fcm_rules.Rule`), `POST reset`. Tokens that begin with `dead-` are unregistered.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from fakes.fcm_account import PROJECT, TokenOffice, service_account
from fakes.fcm_rules import Rules, parse_rule
from fakes.fcm_store import PAGE, Store
from fakes.fcm_vendor import Vendor
from fakes.http_server import Answer, Call, HttpServer, json_answer

__all__ = ["PROJECT", "FakeFcm", "serve", "service_account"]


class FakeFcm:
    """A running fake. What the endpoints under `/_fake/` do, these methods do from within the process."""

    def __init__(self, host: str, port: int) -> None:
        self._store, self._rules, self._tokens = Store(), Rules(), TokenOffice()
        self._vendor = Vendor(self._store, self._rules, self._tokens)
        self._server = HttpServer(self._answer, host, port)
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}"
        self._server.start()

    def stop(self) -> None:
        """Go down: the port is closed and open connections are cut. Twice is no error."""
        self._server.stop()

    def service_account(self) -> dict[str, str]:
        """Make credentials for the SDK that sign in here."""
        return service_account(self.url)

    @property
    def connections(self) -> int:
        """How many connections were opened so far."""
        return self._server.connections

    def rule(self, **fields: Any) -> None:
        """Add a rule before the others; the fields are those of `fakes.fcm_rules.Rule`."""
        self._rules.add(parse_rule(fields))

    def messages(self, since: int = 0, limit: int = PAGE) -> list[dict[str, Any]]:
        """Return messages taken after number `since`: `{n, at, name, message}`, `at` in seconds since 1970."""
        return self._store.messages(since, limit)

    def topics(self) -> dict[str, list[str]]:
        """Return who is subscribed to what."""
        return self._store.topics()

    def stats(self) -> dict[str, Any]:
        """Return `{accepted, refused: {code: n}, sign_ins}`."""
        return {**self._store.counts(), "sign_ins": self._tokens.count}

    def revoke_access(self) -> None:
        """Make all access tokens given out so far invalid."""
        self._tokens.forget()

    def reset(self) -> None:
        """Forget messages, subscriptions, rules and counts. Access tokens stay valid, numbers go on rising."""
        self._rules.clear()
        self._store.clear()
        self._tokens.count = 0

    def _answer(self, call: Call) -> Answer:
        if not call.path.startswith("/_fake/"):
            return self._vendor.answer(call)
        try:
            return self._control(f"{call.method} {call.path.removeprefix('/_fake/')}", call)
        except (ValueError, KeyError, TypeError) as problem:
            return json_answer(400, {"error": str(problem)})

    def _control(self, what: str, call: Call) -> Answer:
        match what:
            case "GET messages":
                return self._page(int(call.query.get("since", "0")), int(call.query.get("limit", str(PAGE))))
            case "GET topics":
                return json_answer(200, self.topics())
            case "GET stats":
                return json_answer(200, self.stats())
            case "POST rules":
                return self._add_rules(call.json()["rules"])
            case "POST reset":
                self.reset()
                return json_answer(200, {})
        return json_answer(404, {"error": "no such control"})

    def _page(self, since: int, limit: int) -> Answer:
        items = self.messages(max(since, 0), max(1, min(limit, PAGE)))
        return json_answer(200, {"items": items, "next": items[-1]["n"] if items else since})

    def _add_rules(self, given: list[Any]) -> Answer:
        rules = [parse_rule(fields) for fields in given]
        # The first of a list is the first to be asked, so it is added last.
        for rule in reversed(rules):
            self._rules.add(rule)
        return json_answer(200, {"rules": len(rules)})


def serve(host: str = "127.0.0.1", port: int = 0) -> FakeFcm:
    """Start a fake in threads of this process, green ones where it is patched. Port 0 takes a free one."""
    return FakeFcm(host, port)


def main(arguments: list[str] | None = None) -> None:
    """Run a fake until it is told to stop."""
    parser = argparse.ArgumentParser(
        description="假的 Firebase 推送服务，供演示和测试 (a fake Firebase for demo and tests)"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9099)
    parser.add_argument(
        "--credentials", type=Path, help="把服务账号写到这个文件 (write a service account to this file)"
    )
    options = parser.parse_args(arguments)
    fake = serve(options.host, options.port)
    if options.credentials:
        _write_credentials(options.credentials, fake.service_account())
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    sys.stdout.write(f"{fake.url}\n")
    sys.stdout.flush()
    stop.wait()
    fake.stop()


def _write_credentials(path: Path, account: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(account), encoding="utf-8")


if __name__ == "__main__":
    main()
