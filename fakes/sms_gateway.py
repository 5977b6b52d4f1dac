"""A fake gateway for short messages, in this process or as `python -m fakes.sms_gateway`.

`POST /sms` with `{"phone": …, "text": …}`, the token as bearer and perhaps an `Idempotency-Key`, under which it sends
once. It refuses no number but those it is told to. Tests steer it at `/_fake/`: `GET messages`, `GET stats`,
`POST rules` with `{"rules": [{…}]}` (see `fakes.trouble.Trouble`), `POST refused` with `{"phones": […]}`, `POST reset`.
"""

from __future__ import annotations

import hmac
import re
import threading
from typing import Any

from fakes.http_server import Answer, Call, json_answer
from fakes.ruled import DONE, RuledFake, refusal, run

TOKEN = "the gateway's token"


class FakeSmsGateway(RuledFake):
    """A running gateway. What the endpoints under `/_fake/` do, these methods do from within the process."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, token: str = TOKEN) -> None:
        super().__init__(host, port)
        self.sms_url = f"{self.url}/sms"
        self._token = token
        self._lock = threading.Lock()
        self._refused: frozenset[str] = frozenset()
        self._keys: set[str] = set()
        self._messages: list[dict[str, Any]] = []
        self._counts = {"sent": 0, "repeated": 0, "refused": 0}
        self._server.start()

    def messages(self) -> list[dict[str, Any]]:
        """Return what it sent, in its order: `{phone, text, key}`."""
        with self._lock:
            return list(self._messages)

    def texts_to(self, phone: str) -> list[str]:
        """Return the texts that a phone got."""
        return [message["text"] for message in self.messages() if message["phone"] == phone]

    def stats(self) -> dict[str, int]:
        """Return `{sent, repeated, refused}`."""
        with self._lock:
            return dict(self._counts)

    def refuse(self, *phones: str) -> None:
        """Refuse these numbers from now on, and no others, as a gateway does with numbers that nobody has."""
        self._refused = frozenset(phones)

    def reset(self) -> None:
        """Forget everything: what it sent, rules and refused numbers."""
        super().reset()
        self._refused = frozenset()
        with self._lock:
            self._keys.clear()
            self._messages.clear()
            self._counts = dict.fromkeys(self._counts, 0)

    def _serve(self, call: Call) -> Answer:
        if (call.method, call.path) != ("POST", "/sms"):
            return json_answer(404, {"error": "post to /sms"})
        return self._troubles.answer(call, self._take, refusal)

    def _take(self, call: Call) -> Answer:
        status, why = self._find_problem(call)
        key = call.headers.get("idempotency-key", "")
        with self._lock:
            if why:
                self._counts["refused"] += 1
                return json_answer(status, {"error": why})
            if key and key in self._keys:
                self._counts["repeated"] += 1
                return json_answer(200, {"repeated": True})
            self._keys.add(key)
            self._messages.append(call.json() | {"key": key})
            self._counts["sent"] += 1
        return json_answer(202, {})

    def _find_problem(self, call: Call) -> tuple[int, str]:
        if not hmac.compare_digest(call.headers.get("authorization", "").encode(), f"Bearer {self._token}".encode()):
            return 401, "token"
        try:
            body = call.json()
        except ValueError:
            return 400, "body"
        if not isinstance(body, dict) or body.keys() != {"phone", "text"} or not all(map(_is_text, body.values())):
            return 400, "body"
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}", body["phone"]) or body["phone"] in self._refused:
            return 422, "phone"
        return 0, ""

    def _control(self, what: str, call: Call) -> Answer | None:
        match what:
            case "GET messages":
                return json_answer(200, {"items": self.messages()})
            case "GET stats":
                return json_answer(200, self.stats())
            case "POST refused":
                self.refuse(*map(str, call.json()["phones"]))
            case _:
                return None
        return DONE


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def serve(host: str = "127.0.0.1", port: int = 0, token: str = TOKEN) -> FakeSmsGateway:
    """Start a gateway in threads of this process. Port 0 takes a free one."""
    return FakeSmsGateway(host, port, token)


def main(arguments: list[str] | None = None) -> None:
    """Run a gateway until it is told to stop."""
    run(FakeSmsGateway, "假的短信网关，供演示和测试 (a fake gateway for short messages)", 9113, ("token",), arguments)


if __name__ == "__main__":
    main()
