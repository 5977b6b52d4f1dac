"""An upload on its way in: written to disk as it arrives, and refused as early as it can be."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import TracebackType
from typing import Self

from backend.errors import invalid
from backend.media.rules import FIELD, FileType, demand_size
from backend.media.sniff import HEAD_BYTES, sniff


class Incoming:
    """A file that is being received. Leaving the block deletes it, unless the store has moved it away.

    `fingerprint` is the SHA-256 of what has come in, in hex.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("xb")
        self._digest = hashlib.sha256()
        self._head = b""
        self._type: FileType | None = None
        self._size = 0

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            AppError: 415 as soon as the beginning tells an unwelcome type, 413 as soon as it is too much of its kind.
        """
        self._size += len(data)
        self._head += data[: HEAD_BYTES - len(self._head)]
        if len(self._head) == HEAD_BYTES:
            self._judge()
        self._digest.update(data)
        self._file.write(data)

    def finish(self) -> FileType:
        """Say that no more comes, and return what it is.

        Raises:
            AppError: 415 or 413 as for `write`, 422 for an empty file.
        """
        self._file.close()
        if not self._size:
            raise invalid(FIELD, "empty", "文件是空的")
        return self._judge()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of what has come in."""
        return self._digest.hexdigest()

    def _judge(self) -> FileType:
        if self._type is None:
            self._type = sniff(self._head)
        demand_size(self._type.kind, self._size)
        return self._type

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)
