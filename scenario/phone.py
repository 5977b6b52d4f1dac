"""A phone: the client of docs/sync.md on python-socketio, in as few lines as the protocol takes.

It holds what the server holds, whatever the network does: rows in order are applied, doubles are ignored, a gap or a
tick ahead asks `/sync/changes` once, and 410 starts afresh from a snapshot.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from typing import Any

import socketio  # type: ignore[import-untyped]  # the library ships no types

from scenario.people import Person, Refused

NAMESPACE = "/sync"
Thing = tuple[str, str]
Row = dict[str, Any]


class Phone:
    """One phone of one person (or of nobody), online or off."""

    def __init__(self, person: Person, streams: list[str] | None = None) -> None:
        self.person = person
        self.streams = streams or (["pub", f"user:{person.id}"] if person.token else ["pub"])
        self.at: dict[str, int] = {}
        self.items: dict[str, dict[Thing, tuple[int, Any]]] = {}
        self.epoch: str | None = None
        self.byes: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.pulls = 0
        # What the server writes to this phone at present; a tick speaks of these alone.
        self._joined: set[str] = set()
        # Called with each row as it is applied from the socket, and the moment it came (time.monotonic()).
        self.on_row: Callable[[Row, float], None] = lambda _row, _at: None
        # A test may drop, double or reorder frames here before they are applied.
        self.network: Callable[[list[Row]], list[list[Row]]] = lambda rows: [rows]
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._socket: socketio.Client | None = None

    # ── over the socket ──

    def go_online(self) -> dict[str, Any]:
        """Connect, say hello, follow the streams, and catch up; return the hello's ack."""
        client = socketio.Client(reconnection=False, handle_sigint=False)
        client.on("change", self._on_change, namespace=NAMESPACE)
        client.on("tick", self._on_tick, namespace=NAMESPACE)
        client.on("bye", self._on_bye, namespace=NAMESPACE)
        client.on("streams", self._on_streams, namespace=NAMESPACE)
        client.connect(self.person.url, transports=["websocket"], namespaces=[NAMESPACE], wait_timeout=20)
        self._socket = client
        hello = {"token": self.person.token, "epoch": self.epoch, "cursors": self.at, "client": "phone"}
        ack: dict[str, Any] = self.say("hello", hello)
        if "code" in ack:
            raise Refused(str(ack))
        heads = dict(ack["streams"])
        for stream in self.streams:
            if stream not in ack["streams"]:
                ack = self.say("watch", {"stream": stream})
                heads |= ack["streams"]
        self._joined = set(heads)
        if ack["epoch"] != self.epoch or self._behind(heads):
            self.catch_up()
        return ack

    def say(self, event: str, message: Any) -> Any:
        """Send a message and return its ack."""
        assert self._socket is not None
        return self._socket.call(event, message, namespace=NAMESPACE, timeout=20)

    @property
    def online(self) -> bool:
        """Whether the socket is open."""
        return self._socket is not None and self._socket.connected

    def go_offline(self) -> None:
        """Close the socket, as when the lift's doors close."""
        if self._socket is not None:
            self._socket.disconnect()
            self._socket = None

    def _on_change(self, rows: list[Row]) -> None:
        now = time.monotonic()
        for frame in self.network(rows):
            self._take(frame, now)

    def _on_tick(self, body: dict[str, Any]) -> None:
        if self._behind(body["streams"]):
            self.catch_up()
            return
        with self._lock:
            # Nothing is missing, so everything up to the head is known.
            for stream in self.at.keys() & self._joined:
                self.at[stream] = max(self.at[stream], body["head"])

    def _on_streams(self, body: dict[str, Any]) -> None:
        self._joined &= set(body["streams"])
        self.notes.append(body)

    def _behind(self, heads: dict[str, int]) -> bool:
        """Tell whether something lies on a stream that this phone does not know."""
        with self._lock:
            return any(head > self.at.get(stream, -1) for stream, head in heads.items() if stream in self.streams)

    def _on_bye(self, body: dict[str, Any]) -> None:
        self.byes.append(body)

    def _take(self, rows: list[Row], now: float) -> None:
        gap = False
        with self._lock:
            for row in rows:
                known = self.at.get(row["stream"])
                if known is None or row["prev"] > known:
                    gap = True
                elif row["seq"] > known:
                    self._apply(row)
                    self.at[row["stream"]] = row["seq"]
                    self.on_row(row, now)
            self._changed.notify_all()
        if gap:
            self.catch_up()

    # ── over HTTP ──

    def catch_up(self) -> None:
        """Ask for what came after the cursors, or for everything if that is not to be had any more."""
        with self._lock:
            self.pulls += 1
            if self.epoch is None:
                self._snapshot()
            while self._pull():
                pass
            self._changed.notify_all()

    def _pull(self) -> bool:
        since = min(self.at[stream] for stream in self.streams)
        query = {"since": since, "streams": ",".join(self.streams), "epoch": self.epoch, "limit": 200}
        response = self.person.get("/sync/changes", params=query)
        if response.status_code == 410:
            self._snapshot()
            return True
        if not response.ok:
            raise Refused(f"/sync/changes: {response.status_code} {response.text[:300]}")
        body = response.json()
        for row in body["changes"]:
            if row["seq"] > self.at[row["stream"]]:
                self._apply(row)
        for stream in self.streams:
            self.at[stream] = max(self.at[stream], body["cursor"])
        return bool(body["more"])

    def _snapshot(self) -> None:
        """Begin afresh; the pages may come from different moments, and the changes after the cursor heal that."""
        self.items = {stream: {} for stream in self.streams}
        query: dict[str, Any] = {"streams": ",".join(self.streams)}
        while True:
            page = self.person.does("GET", "/sync/snapshot", params=query)
            for item in page["items"]:
                self.items[item["stream"]][(item["kind"], item["id"])] = (item["ver"], item["data"])
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
        self.epoch = page["epoch"]
        self.at = dict.fromkeys(self.streams, page["cursor"])

    def _apply(self, row: Row) -> None:
        held = self.items.setdefault(row["stream"], {})
        if row["op"] == "put":
            held[(row["kind"], row["id"])] = (row["ver"], row["data"])
        else:
            held.pop((row["kind"], row["id"]), None)

    # ── what it holds ──

    def get(self, kind: str, item_id: str, stream: str = "pub") -> Any:
        """Return the data of a thing it holds, or None."""
        with self._lock:
            found = self.items.get(stream, {}).get((kind, item_id))
            return found[1] if found else None

    def wait_for(self, condition: Callable[[], Any], timeout: float = 10) -> Any:
        """Wait until something holds about this phone; return its value, falsy if time ran out."""
        with self._changed:
            self._changed.wait_for(condition, timeout)
            return condition()

    def digest(self, stream: str) -> dict[str, Any]:
        """Return `{count, hash}` of what it holds, to be compared with the server's."""
        with self._lock:
            held = self.items.get(stream, {})
            total = 0
            for (kind, item_id), (ver, _data) in held.items():
                total ^= int.from_bytes(hashlib.sha256(f"{kind}\n{item_id}\n{ver}".encode()).digest()[:16], "big")
            return {"count": len(held), "hash": f"{total:032x}"}

    def equals_server(self) -> bool:
        """Compare each stream's digest with the server's."""
        for stream in self.streams:
            theirs = self.person.does("GET", "/sync/digest", params={"stream": stream})
            if {name: theirs[name] for name in ("count", "hash")} != self.digest(stream):
                return False
        return True
