"""What every measure is given: sizes, the load program, servers of ours on data of their own, and the peers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import ours, peer_servers
from bench.district import District, make_district
from bench.loader import Loader, Phases, write_posts

HERE = Path(__file__).parent
LOAD = HERE / "build" / "load"


@dataclass
class Bench:
    """One run. `folder` is for its files and is removed in the end."""

    folder: Path
    quick: bool
    _begun: float = field(default_factory=time.monotonic)
    _districts: dict[tuple[bool, int], District] = field(default_factory=dict)
    _count: int = 0

    @property
    def most_phones(self) -> int:
        """How many citizens there are."""
        return 2000 if self.quick else 15000

    @property
    def phones(self) -> int:
        """How many phones the targets speak of."""
        return 1000 if self.quick else 8000

    @property
    def loader(self) -> Loader:
        """The load program."""
        return Loader(LOAD, self._say_progress)

    def say(self, step: str) -> None:
        """Write one line of progress."""
        sys.stderr.write(f"{time.monotonic() - self._begun:7.1f} s  {step}\n")
        sys.stderr.flush()

    def _say_progress(self, line: str) -> None:
        if line and "ready" not in line:
            self.say(f"  {line}")

    def new_folder(self, name: str) -> Path:
        """Return the path of a folder that nobody has; it is not made yet."""
        self._count += 1
        return self.folder / f"{self._count:03}-{name}"

    def district(self, *, postgresql: bool, citizens: int | None = None) -> District:
        """Return a copy of the district, of which the first is made now. Who asks for it drops it."""
        key = postgresql, citizens or self.most_phones
        if key not in self._districts:
            self.say(f"making the district with {key[1]:,} citizens on {'PostgreSQL' if postgresql else 'SQLite'}")
            folder = self.new_folder("district")
            self._districts[key] = make_district(folder, key[1], self._say_progress, postgresql=postgresql)
        return self._districts[key].copy(self.new_folder("data"))

    @contextmanager
    def serving(
        self,
        workers: int = 0,
        *,
        postgresql: bool = False,
        edge: bool = False,
        citizens: int | None = None,
        prepare: Callable[[District], None] | None = None,
    ) -> Iterator[ours.Server]:
        """Run a server of ours until the block ends. `prepare` does something to its district before it starts."""
        district = self.district(postgresql=postgresql, citizens=citizens)
        if prepare is not None:
            prepare(district)
        server = ours.Server(district, self.new_folder("server"), workers, edge=edge)
        with ours.serving(server):
            yield server

    def run_peer(
        self, peer: peer_servers.Peer, clients: int, posts: int = 0, payload_bytes: int = 0, rest_s: float = 0
    ) -> Phases:
        """Run a peer, connect clients to it, and let it emit, or rest."""
        self.say(f"{peer.title}: {clients:,} clients, {posts} broadcasts")
        folder = self.new_folder(peer.key)
        with peer_servers.serving(peer, folder) as target:
            options: list[Any] = [*target.options(), "--clients", clients, "--duration", rest_s]
            if posts:
                bodies = [("/emit", None, payload(number, payload_bytes)) for number in range(posts)]
                options += ["--posts", write_posts(folder / "posts", bodies)]
            return self.loader.run(*options)

    def close(self) -> None:
        """Remove all databases."""
        for district in self._districts.values():
            district.drop()


def payload(number: int, size: int) -> dict[str, str]:
    """Return what a peer emits: Chinese text as in our frames, so that encoding it costs the same, of that size."""
    text = ours.TEXT
    while len(text.encode()) < size:
        text += ours.TEXT
    return {"mark": f"bench-{number}-", "text": text.encode()[: max(size - 40, 0)].decode(errors="ignore")}
