"""A fake vendor of the real-name check, in this process or as `python -m fakes.real_name`.

`POST /check` with `{"name": …, "id_number": …}`, the token as bearer and an `Idempotency-Key`; it answers
`{"match": true}` unless it was told that this number belongs to another name. Tests steer it at `/_fake/`:
`GET checks`, `POST rules` with `{"rules": [{…}]}` (see `fakes.trouble.Trouble`), `POST people` with
`{"people": {number: name}}`, `POST reset`.
"""

from __future__ import annotations

import hmac
import threading
from typing import Any

from fakes.http_server import Answer, Call, json_answer
from fakes.ruled import DONE, RuledFake, refusal, run

TOKEN = "the checker's token"


class FakeRealName(RuledFake):
    """A running vendor. What the endpoints under `/_fake/` do, these methods do from within the process."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, token: str = TOKEN) -> None:
        super().__init__(host, port)
        self.check_url = f"{self.url}/check"
        self._token = token
        self._lock = threading.Lock()
        self._people: dict[str, str] = {}
        self._checks: list[dict[str, Any]] = []
        self._server.start()

    def checks(self) -> list[dict[str, Any]]:
        """Return what it was asked, in its order: `{name, id_number, key, match}`; each key once."""
        with self._lock:
            return list(self._checks)

    def know(self, number: str, name: str) -> None:
        """Let this number be the one of a person of this name, and of nobody else."""
        self._people[number] = name

    def reset(self) -> None:
        """Forget everything: what it was asked, rules and people."""
        super().reset()
        self._people.clear()
        with self._lock:
            self._checks.clear()

    def _serve(self, call: Call) -> Answer:
        if (call.method, call.path) != ("POST", "/check"):
            return json_answer(404, {"error": "post to /check"})
        return self._troubles.answer(call, self._check, refusal)

    def _check(self, call: Call) -> Answer:
        if not hmac.compare_digest(call.headers.get("authorization", "").encode(), f"Bearer {self._token}".encode()):
            return json_answer(401, {"error": "token"})
        try:
            body = call.json()
        except ValueError:
            return json_answer(400, {"error": "body"})
        if not isinstance(body, dict) or body.keys() != {"name", "id_number"}:
            return json_answer(400, {"error": "body"})
        match = self._people.get(body["id_number"], body["name"]) == body["name"]
        key = call.headers.get("idempotency-key", "")
        with self._lock:
            if key not in {check["key"] for check in self._checks}:
                self._checks.append(body | {"key": key, "match": match})
        return json_answer(200, {"match": match})

    def _control(self, what: str, call: Call) -> Answer | None:
        match what:
            case "GET checks":
                return json_answer(200, {"items": self.checks()})
            case "POST people":
                for number, name in call.json()["people"].items():
                    self.know(str(number), str(name))
            case _:
                return None
        return DONE


def serve(host: str = "127.0.0.1", port: int = 0, token: str = TOKEN) -> FakeRealName:
    """Start a vendor in threads of this process. Port 0 takes a free one."""
    return FakeRealName(host, port, token)


def main(arguments: list[str] | None = None) -> None:
    """Run a vendor until it is told to stop."""
    run(FakeRealName, "假的实名核验，供演示和测试 (a fake real-name check)", 9114, ("token",), arguments)


if __name__ == "__main__":
    main()
