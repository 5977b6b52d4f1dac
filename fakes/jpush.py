"""A fake JPush and the phones behind it, in this process or as `python -m fakes.jpush`.

It takes `POST /v3/push`, and knows every registration id but those that begin with `dead-`. Tests steer it at
`/_fake/`: `GET messages?registration_id=`, `GET stats`, `POST settings` with fields of `Settings`, `POST rules` (see
`fakes.trouble.Trouble`; `errcode` is JPush's own), `POST reset`.
"""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any

from fakes.http_server import Answer, Call, json_answer
from fakes.jpush_checks import Refusal, check_push
from fakes.ruled import RuledFake, run

APP_KEY, MASTER_SECRET = "0123456789abcdef01234567", "fedcba9876543210fedcba98"
_STATUSES = {1000: 500, 1001: 405, 1004: 401, 1020: 404, 1030: 503, 2002: 429, 2003: 403, 2004: 403, 2005: 403}
_RESET_S = 37


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the manual leaves room, or is not all there is.

    `one_dead_spoils_all`: a call with an unknown id among known ones reaches nobody; by the manual it reaches the
    others. `own_call_ids`: a `cid` must be one that it gave out. `refuses_repeats`: a `cid` that was taken before is
    refused; by the manual it is answered like the first time.
    """

    one_dead_spoils_all: bool = False
    own_call_ids: bool = False
    refuses_repeats: bool = False


class FakeJPush(RuledFake):
    """A running fake of one application. What the endpoints under `/_fake/` do, these methods do from within."""

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, app_key: str = APP_KEY, master_secret: str = MASTER_SECRET
    ) -> None:
        super().__init__(host, port)
        self._app_key = app_key
        self._authorization = "Basic " + base64.b64encode(f"{app_key}:{master_secret}".encode()).decode()
        self._lock = threading.Lock()
        self.settings = Settings()
        self._forget()
        self._server.start()

    def set(self, **fields: bool) -> None:
        """Change settings."""
        self.settings = replace(self.settings, **fields)

    def messages(self, registration_id: str | None = None) -> list[dict[str, Any]]:
        """Return what was taken, for all or for one phone: `{n, at, msg_id, reached, push}`, oldest first."""
        with self._lock:
            return [one for one in self._taken if registration_id is None or registration_id in one["reached"]]

    def stats(self) -> dict[str, Any]:
        """Return `{calls, accepted, repeated, refused: {code: n}}`."""
        with self._lock:
            counts = {name: self._counts[name] for name in ("calls", "accepted", "repeated")}
            return {**counts, "refused": dict(self._refused)}

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self.settings = Settings()
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._taken: list[dict[str, Any]] = []
        self._answers: dict[str, dict[str, str]] = {}
        self._given_out: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._refused: Counter[int] = Counter()

    def _serve(self, call: Call) -> Answer:
        answer = self._troubles.answer(call, self._take, self._refusal)
        limits = {"X-Rate-Limit-Quota": "600", "X-Rate-Limit-Remaining": "599", "X-Rate-Limit-Reset": str(_RESET_S)}
        return replace(answer, headers={**limits, **answer.headers})

    def _refusal(self, code: int, words: str = "as told") -> Answer:
        return json_answer(_STATUSES.get(code, 400), {"error": {"code": code, "message": words}})

    def _take(self, call: Call) -> Answer:
        with self._lock:
            self._counts["calls"] += 1
            try:
                return json_answer(200, self._answered(call))
            except Refusal as refusal:
                self._refused[refusal.code] += 1
                return self._refusal(refusal.code, str(refusal))

    def _answered(self, call: Call) -> dict[str, Any]:
        if call.headers.get("authorization") != self._authorization:
            raise Refusal(1004, "Authen failed")
        if (call.method, call.path) == ("GET", "/v3/push/cid"):
            return {"cidlist": [self._give_out() for _ in range(min(int(call.query.get("count", "1")), 10))]}
        if call.path != "/v3/push":
            raise Refusal(1020, "no such resource")
        if call.method != "POST":
            raise Refusal(1001, "post here")
        return self._push(_read(call))

    def _give_out(self) -> str:
        given = f"{self._app_key}-{uuid.uuid4()}"
        self._given_out.add(given)
        return given

    def _push(self, push: Any) -> dict[str, str]:
        check_push(push, self._app_key)
        cid = push.get("cid")
        if self.settings.own_call_ids and cid is not None and cid not in self._given_out:
            raise Refusal(1003, "invalid cid")
        if cid in self._answers:
            if self.settings.refuses_repeats:
                raise Refusal(1003, "duplicated cid")
            self._counts["repeated"] += 1
            return self._answers[cid]
        answer = self._deliver(push)
        if cid is not None:
            self._answers[cid] = answer
        return answer

    def _deliver(self, push: dict[str, Any]) -> dict[str, str]:
        ids = push["audience"]["registration_id"]
        reached = [one for one in ids if not one.startswith("dead-")]
        if not reached or (self.settings.one_dead_spoils_all and len(reached) < len(ids)):
            raise Refusal(1011, "cannot find user by this audience")
        number = len(self._taken) + 1
        answer = {"sendno": str(push.get("options", {}).get("sendno", 0)), "msg_id": str(18100000000 + number)}
        self._taken.append({"n": number, "at": time.time(), "reached": reached, "push": push, **answer})
        self._counts["accepted"] += 1
        return answer

    def _control(self, what: str, call: Call) -> Answer | None:
        match what:
            case "GET messages":
                return json_answer(200, {"items": self.messages(call.query.get("registration_id"))})
            case "GET stats":
                return json_answer(200, self.stats())
            case "POST settings":
                self.set(**call.json())
                return json_answer(200, asdict(self.settings))
        return None


def _read(call: Call) -> Any:
    try:
        return json.loads(call.body)
    except ValueError as error:
        raise Refusal(1003, "not JSON") from error


def serve(
    host: str = "127.0.0.1", port: int = 0, app_key: str = APP_KEY, master_secret: str = MASTER_SECRET
) -> FakeJPush:
    """Start a fake in threads of this process. Port 0 takes a free one."""
    return FakeJPush(host, port, app_key, master_secret)


def main(arguments: list[str] | None = None) -> None:
    """Run a fake until it is told to stop."""
    what = "假的极光推送，供演示和测试 (a fake JPush for demo and tests)"
    run(FakeJPush, what, 9122, ("app_key", "master_secret"), arguments)


if __name__ == "__main__":
    main()
