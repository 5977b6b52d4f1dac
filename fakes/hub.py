"""A fake WebSub hub, in this process or as `python -m fakes.hub`: told of a change, it fetches the topic and keeps it.

Tests steer it at `/_fake/`: `GET pings`, `GET topics`, `POST rules` with `{"rules": [{…}]}` (see
`fakes.trouble.Trouble`), `POST reset`. Pings are taken at any path.
"""

from __future__ import annotations

import threading
import time
from urllib.parse import parse_qs

import requests

from fakes.http_server import Answer, Call, json_answer
from fakes.ruled import RuledFake, refusal, run

_PATIENCE_S, _PAUSE_S = 30, 0.2
_TIMEOUT_S = 20
_FORM = "application/x-www-form-urlencoded"


class FakeHub(RuledFake):
    """A running hub. What the endpoints under `/_fake/` do, these methods do from within the process."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host, port)
        self._lock = threading.Lock()
        # A topic that was fetched first must not be kept last.
        self._fetching = threading.Lock()
        self._pings: list[str] = []
        self._topics: dict[str, str] = {}
        self._server.start()

    def pings(self) -> list[str]:
        """Return the topics it was told about, in that order."""
        with self._lock:
            return list(self._pings)

    def topics(self) -> dict[str, str]:
        """Return what it fetched last of each topic; what could not be had is an empty text."""
        with self._lock:
            return dict(self._topics)

    def reset(self) -> None:
        """Forget pings, topics and rules."""
        super().reset()
        with self._lock:
            self._pings.clear()
            self._topics.clear()

    def _serve(self, call: Call) -> Answer:
        if call.method == "GET":
            return Answer(200, b"a hub", content_type="text/plain; charset=utf-8")
        return self._troubles.answer(call, self._ping, refusal)

    def _ping(self, call: Call) -> Answer:
        form = parse_qs(call.body.decode(), strict_parsing=True) if call.body else {}
        is_form = call.headers.get("content-type", "").startswith(_FORM)
        topics = form.get("hub.url", [])
        if not is_form or form.get("hub.mode") != ["publish"] or not topics:
            return json_answer(400, {"error": "hub.mode=publish and hub.url"})
        for topic in topics:
            with self._fetching:
                text = _fetch(topic, again=bool(self.topics().get(topic)))
                with self._lock:
                    self._pings.append(topic)
                    self._topics[topic] = text
        return Answer(204, b"")

    def _control(self, what: str, call: Call) -> Answer | None:
        del call
        match what:
            case "GET pings":
                return json_answer(200, {"items": self.pings()})
            case "GET topics":
                return json_answer(200, self.topics())
        return None


def _fetch(topic: str, *, again: bool) -> str:
    """Fetch a topic; `again` for a while where it could be had before, as hubs do: who was killed comes back."""
    until = time.monotonic() + _PATIENCE_S * again
    while True:
        try:
            answer = requests.get(topic, timeout=_TIMEOUT_S)
            if answer.ok:
                return answer.content.decode("utf-8", "replace")
        except requests.RequestException:
            pass
        if time.monotonic() > until:
            return ""
        time.sleep(_PAUSE_S)


def serve(host: str = "127.0.0.1", port: int = 0) -> FakeHub:
    """Start a hub in threads of this process. Port 0 takes a free one."""
    return FakeHub(host, port)


def main(arguments: list[str] | None = None) -> None:
    """Run a hub until it is told to stop."""
    run(FakeHub, "假的 WebSub 中心，供演示和测试 (a fake WebSub hub)", 9112, (), arguments)


if __name__ == "__main__":
    main()
