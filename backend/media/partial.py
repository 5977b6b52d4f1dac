"""What is here of a file that comes in pieces. How far it has come is its length, and stands nowhere else."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from backend.concurrency import offload
from backend.media.rules import MB, busy, demand_size
from backend.media.sniff import HEAD_BYTES, sniff


class Sink(Protocol):
    """Anything that takes bytes."""

    def write(self, data: bytes) -> None:
        """Take the next bytes; may raise to refuse them."""


class Partial:
    """The beginning of a file, held by one at a time among all threads and processes of the house.

    The lock is the operating system's, so it ends with the process that holds it, however that ends.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        """Hold it.

        Raises:
            AppError: 409 `upload_busy` while somebody else does.
        """
        self._file = self._path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            here = self.here
            self._file.close()
            raise busy(here) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def here(self) -> int:
        """How many bytes have arrived."""
        return os.fstat(self._file.fileno()).st_size

    def append(self, piece: bytes) -> None:
        """Add the next bytes; on return they are on the disk. Whoever dies in the middle leaves some of them."""
        offload(self._append, piece)

    def judge(self, size: int) -> None:
        """Refuse a file of `size` bytes as soon as its beginning tells what it is.

        Raises:
            AppError: 415 for an unwelcome type, 413 for too much of its kind.
        """
        here = self.here
        if here >= HEAD_BYTES or here == size:
            self._file.seek(0)
            demand_size(sniff(self._file.read(HEAD_BYTES)).kind, size)

    def copy_to(self, sink: Sink) -> None:
        """Write all of it to `sink`."""
        self._file.seek(0)
        while piece := self._file.read(MB):
            sink.write(piece)

    def _append(self, piece: bytes) -> None:
        self._file.write(piece)
        self._file.flush()
        os.fsync(self._file.fileno())
