"""A fake superior platform 上级平台 that webhooks are posted to, in this process or as `python -m fakes.receiver`.

It checks signatures, acts on each id once, and keeps what it got in order. Tests steer it at `/_fake/`: `GET calls`,
`GET stats`, `POST rules` with `{"rules": [{…}]}` (see `fakes.trouble.Trouble`), `POST secrets` with
`{"secrets": […]}`, `POST clock` with `{"ahead_s": n}`, `POST reset`. An article is taken at any path.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from typing import Any

from fakes.http_server import Answer, Call, json_answer
from fakes.ruled import DONE, RuledFake, refusal, run

SECRET = "whsec_" + base64.b64encode(b"a secret of the fake receiver!!!").decode()
_WINDOW_S = 300


class FakeReceiver(RuledFake):
    """A running receiver. What the endpoints under `/_fake/` do, these methods do from within the process."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, secrets: tuple[str, ...] = (SECRET,)) -> None:
        super().__init__(host, port)
        self._first_secrets, self._secrets = secrets, secrets
        self._ahead_s = 0.0
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}
        self._calls: list[dict[str, Any]] = []
        self._counts = {"taken": 0, "repeated": 0, "refused": 0}
        self._server.start()

    def calls(self) -> list[dict[str, Any]]:
        """Return what it acted on, in its order: the bodies that were posted."""
        with self._lock:
            return list(self._calls)

    def stats(self) -> dict[str, int]:
        """Return `{taken, repeated, refused}`."""
        with self._lock:
            return dict(self._counts)

    def use_secrets(self, *secrets: str) -> None:
        """Believe these from now on."""
        self._secrets = secrets

    def set_clock(self, ahead_s: float) -> None:
        """Let its clock go ahead of the machine's, or behind it."""
        self._ahead_s = ahead_s

    def reset(self) -> None:
        """Forget everything: what it got, rules, secrets and the clock."""
        super().reset()
        self._secrets, self._ahead_s = self._first_secrets, 0.0
        with self._lock:
            self._seen.clear()
            self._calls.clear()
            self._counts = dict.fromkeys(self._counts, 0)

    def _serve(self, call: Call) -> Answer:
        if call.method != "POST":
            return json_answer(405, {"error": "post here"})
        return self._troubles.answer(call, self._take, refusal)

    def _take(self, call: Call) -> Answer:
        why = self._mistrust(call)
        with self._lock:
            if why is not None:
                self._counts["refused"] += 1
                return json_answer(401, {"error": why})
            message_id = call.headers["webhook-id"]
            if message_id in self._seen:
                # Done already. To say so with a refusal would make the sender believe that it never was.
                self._counts["repeated"] += 1
                return json_answer(200, {"repeated": True})
            self._seen[message_id] = self._now()
            self._calls.append(json.loads(call.body))
            self._counts["taken"] += 1
        return json_answer(200, {})

    def _mistrust(self, call: Call) -> str | None:
        """Say what is wrong with a call, from the specification and not from the sender's code."""
        try:
            message_id, timestamp = call.headers["webhook-id"], call.headers["webhook-timestamp"]
            given = call.headers["webhook-signature"].split()
            moment = int(timestamp)
        except (KeyError, ValueError):
            return "headers"
        if abs(self._now() - moment) > _WINDOW_S:
            return "timestamp"
        signed = f"{message_id}.{timestamp}.".encode() + call.body
        for secret in self._secrets:
            key = base64.b64decode(secret.removeprefix("whsec_"))
            wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            if any(hmac.compare_digest(wanted, one) for one in given):
                return None
        return "signature"

    def _now(self) -> float:
        return time.time() + self._ahead_s

    def _control(self, what: str, call: Call) -> Answer | None:
        match what:
            case "GET calls":
                return json_answer(200, {"items": self.calls()})
            case "GET stats":
                return json_answer(200, self.stats())
            case "POST secrets":
                self.use_secrets(*map(str, call.json()["secrets"]))
            case "POST clock":
                self.set_clock(float(call.json()["ahead_s"]))
            case _:
                return None
        return DONE


def serve(host: str = "127.0.0.1", port: int = 0) -> FakeReceiver:
    """Start a receiver in threads of this process. Port 0 takes a free one."""
    return FakeReceiver(host, port)


def main(arguments: list[str] | None = None) -> None:
    """Run a receiver until it is told to stop."""
    run(FakeReceiver, "假的上级平台，供演示和测试 (a fake receiver of webhooks)", 9111, (), arguments)


if __name__ == "__main__":
    main()
