"""Where files lie: by the SHA-256 of their cleaned bytes, so that the same bytes lie there once.

A file is in place, whole and on the disk, before the transaction begins that makes its row. If that one fails, or the
process dies in between, the file is an orphan: nothing points at it, and the next upload of the same bytes uses it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.concurrency import offload
from backend.ids import new_id
from backend.media.formats import MalformedError, mp4
from backend.media.images import clean_image
from backend.media.intake import Incoming
from backend.media.partial import Partial
from backend.media.rules import IMAGES_AT_ONCE, TYPES, FileType, Kind, demand_checksum, demand_size, unreadable

_STALE_S = 24 * 3600
_FILM_TYPES = {"video/mp4", "video/quicktime", "audio/mp4"}


@dataclass(frozen=True, slots=True)
class StoredRendition:
    """A smaller picture in the store."""

    name: str
    width: int
    height: int
    bytes: int
    mime: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A file in the store, and all that a row says about it."""

    sha256: str
    kind: Kind
    mime: str
    bytes: int
    width: int | None = None
    height: int | None = None
    renditions: tuple[StoredRendition, ...] = ()


class MediaStore:
    """A folder of files under names made from their hash; what is made of one lies beside it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._partials = root / "uploads"
        self._partials.mkdir(exist_ok=True)
        self._turns = threading.BoundedSemaphore(IMAGES_AT_ONCE)
        self._sweep()

    def receive(self) -> Incoming:
        """Open an upload; use it in a `with` block, write to it, and `put` it."""
        return Incoming(self._incoming / new_id())

    def put(self, incoming: Incoming) -> StoredObject:
        """Clean what has been received and keep it, with renditions if it is an image.

        Raises:
            AppError: 415, 413 or 422 `media_unreadable`, each naming the field `file`.
        """
        type = incoming.finish()
        if type.kind is not Kind.IMAGE:
            return offload(self._put_file, incoming.path, type)
        with self._turns:
            return offload(self._put_image, incoming.path, type)

    def put_bytes(self, data: bytes) -> StoredObject:
        """Keep a file that is at hand, by the same way as an upload."""
        with self.receive() as incoming:
            incoming.write(data)
            return self.put(incoming)

    def put_partial(self, partial: Partial, checksum: str | None) -> StoredObject:
        """Keep an upload in pieces that is whole, by the same way as one that came at once.

        It is copied first: cleaning changes bytes, and whoever is killed in the middle finds them as they were sent.

        Raises:
            AppError: what `put` raises; 422 `checksum_mismatch`.
        """
        with self.receive() as incoming:
            offload(partial.copy_to, incoming)
            demand_checksum(checksum, incoming.fingerprint)
            return self.put(incoming)

    def partial(self, upload_id: str) -> Partial:
        """Open what is here of an upload in pieces, in a `with` block; its id comes from a row."""
        return Partial(self._partials / upload_id)

    def arrived(self, upload_id: str) -> int:
        """Return how many bytes of an upload are here."""
        try:
            return (self._partials / upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    def partials(self) -> set[str]:
        """Return the ids of all uploads of which something is here."""
        return {path.name for path in self._partials.iterdir()}

    def discard(self, upload_id: str) -> None:
        """Delete what is here of an upload."""
        (self._partials / upload_id).unlink(missing_ok=True)

    def path(self, sha256: str, rendition: str | None = None) -> Path:
        """Return where a file lies; `sha256` and `rendition` come from a row, never from a client."""
        name = f"{sha256}.{rendition}" if rendition else sha256
        return self._root / sha256[:2] / sha256[2:4] / name

    def forget(self, sha256: str, before: float) -> bool:
        """Delete a file and all that was made of it, if nobody has put it here since `before`; tell whether it is gone.

        An upload that meets this in its middle fails and is sent again: it asks for the file's size at its end.
        """
        original = self.path(sha256)
        if original.exists() and original.stat().st_mtime >= before:
            return False
        for path in (original, *original.parent.glob(f"{sha256}.*")):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        return True

    @contextlib.contextmanager
    def workshop(self, sha256: str) -> Iterator[Path]:
        """Give an empty folder in which something is made of a file. What has not been kept by the end is deleted."""
        for left in self._incoming.glob(f"{sha256}.*"):
            # A process that was killed left it; one that is too slow for its lease has lost it.
            shutil.rmtree(left, ignore_errors=True)
        folder = self._incoming / f"{sha256}.{new_id()}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, made: Path, sha256: str, name: str) -> None:
        """Move a file or folder that was made in a workshop beside its original, whole or not at all."""
        offload(self._keep, made, sha256, name)

    def _put_image(self, path: Path, type: FileType) -> StoredObject:
        picture = clean_image(path.read_bytes(), type.mime)
        sha256 = hashlib.sha256(picture.data).hexdigest()
        renditions = tuple(
            StoredRendition(
                small.name, small.width, small.height, self._keep_bytes(small.data, sha256, small.name), small.mime
            )
            for small in picture.renditions
        )
        size = self._keep_bytes(picture.data, sha256)
        return StoredObject(sha256, type.kind, type.mime, size, picture.width, picture.height, renditions)

    def _put_file(self, path: Path, type: FileType) -> StoredObject:
        width = height = None
        if type.mime in _FILM_TYPES:
            type, width, height = _scrub(path, type)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return StoredObject(sha256, type.kind, type.mime, self._keep(path, sha256), width, height)

    def _keep_bytes(self, data: bytes, sha256: str, rendition: str | None = None) -> int:
        path = self._incoming / new_id()
        try:
            path.write_bytes(data)
            return self._keep(path, sha256, rendition)
        finally:
            path.unlink(missing_ok=True)

    def _keep(self, path: Path, sha256: str, rendition: str | None = None) -> int:
        """Move a finished file to its place, whole or not at all, and return the size of what lies there.

        `incoming` is in the same file system, so the renaming is atomic. The folders are synced even where the file
        was there already: whoever put it there may not have come so far yet.
        """
        target = self.path(sha256, rendition)
        # Whoever is about to delete it sees that it is wanted anew.
        with contextlib.suppress(FileNotFoundError):
            os.utime(target)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            for part in (*(path.iterdir() if path.is_dir() else ()), path):
                _sync(part)
            _move(path, target)
        for folder in (target.parent, target.parent.parent, self._root):
            _sync(folder)
        return target.stat().st_size

    def _sweep(self) -> None:
        """Delete what a killed process left of uploads a day ago and before."""
        for left in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > _STALE_S:
                    shutil.rmtree(left) if left.is_dir() else left.unlink()


def _scrub(path: Path, type: FileType) -> tuple[FileType, int | None, int | None]:
    """Blank the metadata of a film or sound, and let its tracks decide which of the two it is."""
    try:
        film = mp4.scrub(path)
    except MalformedError:
        raise unreadable("文件不完整或已损坏，请换一个再试。") from None
    if not film.has_picture:
        type = TYPES["audio/mp4"]
    elif type.kind is Kind.AUDIO:
        type = TYPES["video/mp4"]
    demand_size(type.kind, path.stat().st_size)
    return type, film.width, film.height


def _move(path: Path, target: Path) -> None:
    try:
        path.replace(target)
    except OSError:
        # A folder cannot take the place of one that somebody else has put there meanwhile.
        if not target.is_dir():
            raise


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
