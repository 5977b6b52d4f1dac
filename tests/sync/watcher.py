"""A curious phone: it asks for every stream there is, by every way there is, and keeps every word it is given."""

from __future__ import annotations

import json
import threading
import time
from typing import Any, Self

import socketio  # type: ignore[import-untyped]  # the library ships no types

from scenario.people import Person
from tests.support.server import wait_until

NAMESPACE = "/sync"


class Watcher:
    """A socket of one person, or of nobody. `text` is all that ever came, by socket and by HTTP."""

    def __init__(self, person: Person, curious_about: list[str] | None = None) -> None:
        self.person = person
        self.curious_about = curious_about or []
        self.heard: list[tuple[str, Any]] = []
        self.refused: dict[str, int] = {}
        self._pieces: list[str] = []
        self._lock = threading.Lock()
        self.socket = socketio.Client(reconnection=False, handle_sigint=False)
        self.socket.on("*", self._hear, namespace=NAMESPACE)

    def connect(self) -> dict[str, Any]:
        """Connect, say hello, and try to watch everything; return the hello's ack."""
        self.socket.connect(self.person.url, transports=["websocket"], namespaces=[NAMESPACE], wait_timeout=20)
        ack = self.say("hello", {"token": self.person.token})
        for stream in self.curious_about:
            answer = self.say("watch", {"stream": stream})
            if "code" in answer:
                self.refused[stream] = answer["status"]
        return ack

    def say(self, event: str, message: Any) -> dict[str, Any]:
        """Send a message and return its ack."""
        ack: dict[str, Any] = self.socket.call(event, message, namespace=NAMESPACE, timeout=20)
        self._keep(ack)
        return ack

    def close(self) -> None:
        self.socket.disconnect()

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _hear(self, event: str, body: Any = None) -> None:
        with self._lock:
            self.heard.append((event, body))
        self._keep(body)

    def _keep(self, body: Any) -> None:
        with self._lock:
            self._pieces.append(json.dumps(body, ensure_ascii=False))

    def ask_everything(self, since: int) -> None:
        """Ask for each stream it is curious about: everything, and what changed since."""
        for stream in self.curious_about:
            self._ask("changes", {"streams": stream, "since": since})
            query: dict[str, Any] = {"streams": stream}
            while cursor := self._ask("snapshot", query).get("next"):
                query["cursor"] = cursor

    def _ask(self, what: str, query: dict[str, Any]) -> dict[str, Any]:
        answer = self.person.get(f"/sync/{what}", params=query)
        if not answer.ok:
            self.refused[query["streams"]] = answer.status_code
        body: dict[str, Any] = answer.json()
        # Written as what comes over the socket is, so that more than a word can be looked for.
        self._keep(body)
        return body

    @property
    def text(self) -> str:
        with self._lock:
            return "\n".join(self._pieces)

    def rows(self) -> list[dict[str, Any]]:
        """Return all rows that came over the socket."""
        with self._lock:
            return [row for event, body in self.heard if event == "change" for row in body]

    def events(self, name: str) -> list[Any]:
        """Return the bodies of all messages of one name."""
        with self._lock:
            return [body for event, body in self.heard if event == name]

    def hears_of(self, item_id: str, timeout: float = 10) -> None:
        """Wait until a thing comes over the socket; fail if it does not."""
        wait_until(lambda: any(row["id"] == item_id for row in self.rows()), timeout)


def quiet(seconds: float = 0.6) -> None:
    """Give the pump more than two of its turns, for things that must not arrive."""
    time.sleep(seconds)
