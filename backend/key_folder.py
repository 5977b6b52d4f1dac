"""A folder of key files, numbered in the order in which they were made. None is ever written twice, nor deleted.

Several processes on one machine share the folder; several machines must be given the same one.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


class KeyFolder:
    """The files `0001<suffix>`, `0002<suffix>`, … of one folder, other such series, and others by their own names."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self._folder, self._suffix = folder, suffix

    def names(self, series: str = "") -> list[str]:
        """List the numbered files, of the series whose names begin so, the oldest first."""
        return sorted(path.name for path in self._folder.glob(f"{series}[0-9][0-9][0-9][0-9]{self._suffix}"))

    def read(self, name: str) -> bytes:
        """Return what a file holds."""
        return (self._folder / name).read_bytes()

    def has(self, name: str) -> bool:
        """Tell whether there is such a file."""
        return (self._folder / name).is_file()

    def add(self, content: bytes) -> None:
        """Make the next numbered file. Of several processes that do so at once, one wins and all use its key."""
        names = self.names()
        number = int(names[-1].removesuffix(self._suffix)) + 1 if names else 1
        self.put(f"{number:04d}{self._suffix}", content)

    def retire(self, name: str) -> None:
        """Take a key out of use: its file stays, under a name that nobody looks for."""
        with suppress(FileNotFoundError):
            (self._folder / name).rename(self._folder / f"{name}.spent")

    def put(self, name: str, content: bytes) -> None:
        """Make a file that only its owner reads; one that is there already stays as it is."""
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = self._folder / f".{secrets.token_hex(8)}"
        beside.touch(mode=0o600)
        beside.write_bytes(content)
        try:
            # A link, unlike a renaming, fails where the name is taken: no key ever overwrites another.
            os.link(beside, self._folder / name)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
