"""A reader who knows only HTTP: snapshot, changes, digest. The plainest client there can be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from scenario.people import Person

Held = dict[tuple[str, str, str], tuple[int, Any]]


@dataclass
class Holder:
    """Somebody who holds some streams."""

    person: Person
    streams: list[str]
    held: Held = field(default_factory=dict)
    epoch: str = ""
    cursor: int = 0

    def load(self) -> None:
        """Begin afresh from a snapshot."""
        self.held = {}
        query: dict[str, Any] = {"streams": ",".join(self.streams)}
        while True:
            page = self.person.does("GET", "/sync/snapshot", params=query)
            for item in page["items"]:
                self.held[item["stream"], item["kind"], item["id"]] = (item["ver"], item["data"])
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
        self.epoch, self.cursor = page["epoch"], page["cursor"]

    def catch_up(self, limit: int = 500) -> list[dict[str, Any]]:
        """Apply all rows after the cursor, in pages of `limit`; return them."""
        rows: list[dict[str, Any]] = []
        more = True
        while more:
            query = {"since": self.cursor, "streams": ",".join(self.streams), "epoch": self.epoch, "limit": limit}
            body = self.person.does("GET", "/sync/changes", params=query)
            for row in body["changes"]:
                self._apply(row)
            rows += body["changes"]
            self.cursor, more = body["cursor"], body["more"]
        return rows

    def _apply(self, row: dict[str, Any]) -> None:
        key = row["stream"], row["kind"], row["id"]
        if row["op"] == "put":
            self.held[key] = (row["ver"], row["data"])
        else:
            self.held.pop(key, None)

    def digest(self, stream: str) -> dict[str, Any]:
        """Return `{count, hash}` of what is held of a stream."""
        total, count = 0, 0
        for (held_on, kind, item_id), (ver, _) in self.held.items():
            if held_on == stream:
                count += 1
                total ^= int.from_bytes(hashlib.sha256(f"{kind}\n{item_id}\n{ver}".encode()).digest()[:16], "big")
        return {"count": count, "hash": f"{total:032x}"}

    def server_digest(self, stream: str) -> dict[str, Any]:
        """Return what the server says about a stream, without its head."""
        body = self.person.does("GET", "/sync/digest", params={"stream": stream})
        return {"count": body["count"], "hash": body["hash"]}
