"""The file of a backup: a tar with the database, the uploaded files and, last, a manifest that proves all of it.

Keys are not in it. Whoever finds a backup must not be able to read with it what is kept encrypted, nor sign in the
centre's name; they go into a file of their own, which is kept elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from deploy.backup.databases import BackupError, Digest, Facts

MANIFEST, FORMAT = "manifest.json", 1
_PIECE = 1 << 20
_NONE = Facts("", "", 0, "", {})


@dataclass
class Manifest:
    """What a backup says of itself.

    `kind` is `house` or `keys`; `facts` are those of the database, of which a file of keys has none; `files` is the
    SHA-256 of each member by its name.
    """

    kind: str
    made_at: str
    facts: Facts = _NONE
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT


class Writer:
    """An archive that is being written. Its place is taken only when it is whole and on the disk."""

    def __init__(self, tar: tarfile.TarFile, manifest: Manifest) -> None:
        self._tar, self.manifest = tar, manifest

    def add(self, name: str, path: Path) -> None:
        """Add a file; one that has gone meanwhile is left out."""
        try:
            with path.open("rb") as file:
                info = tarfile.TarInfo(name)
                info.size, info.mtime, info.mode = os.fstat(file.fileno()).st_size, int(path.stat().st_mtime), 0o600
                reading = _Hashing(file)
                self._tar.addfile(info, reading)
        except FileNotFoundError:
            return
        self.manifest.files[name] = reading.sha256

    def add_folder(self, name: str, folder: Path) -> int:
        """Add all files below a folder, and return how many."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
        for path in paths:
            self.add(f"{name}/{path.relative_to(folder).as_posix()}", path)
        return len(paths)


@contextmanager
def write_archive(target: Path, manifest: Manifest) -> Iterator[Writer]:
    """Open an archive to be written beside `target`, which it becomes at the end of the block.

    Raises:
        BackupError: there is a file of that name already.
    """
    if target.exists():
        raise BackupError(f"{target} 已经存在，不会覆盖 (is there already and is not overwritten)")
    beside = target.with_name(f".{target.name}.part")
    beside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                yield Writer(tar, manifest)
                told = json.dumps(asdict(manifest), ensure_ascii=False, sort_keys=True).encode()
                info = tarfile.TarInfo(MANIFEST)
                info.size, info.mtime, info.mode = len(told), int(time.time()), 0o600
                tar.addfile(info, io.BytesIO(told))
            file.flush()
            os.fsync(file.fileno())
        beside.rename(target)
    finally:
        beside.unlink(missing_ok=True)


def check_archive(source: Path, kind: str) -> Manifest:
    """Read an archive from end to end, and return what it says of itself once that has proved true.

    Raises:
        BackupError: it is cut short, changed, or another kind of file.
    """
    found: dict[str, str] = {}
    told = None
    try:
        with tarfile.open(source) as tar:
            for member in tar:
                file = tar.extractfile(member)
                if file is None:
                    raise BackupError(f"{source.name} 里有不该有的东西 (holds what is no file): {member.name}")
                if member.name == MANIFEST:
                    told = json.loads(file.read())
                else:
                    found[member.name] = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # a tar's file has what it takes
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise BackupError(f"{source.name} 读不了 (cannot be read): {error}") from None
    manifest = _read_manifest(told, source)
    if manifest.kind != kind:
        raise BackupError(f"{source.name} 不是要的那种备份 (is a backup of another kind): {manifest.kind}")
    names = found.keys() | manifest.files.keys()
    wrong = sorted(name for name in names if found.get(name) != manifest.files.get(name))
    if wrong:
        raise BackupError(
            f"{source.name} 与它的清单不符 (does not hold what its manifest says): {', '.join(wrong[:5])}"
        )
    return manifest


def unpack(source: Path, below: str, folder: Path, *, replace: bool = False) -> None:
    """Put the files of an archive whose names begin with `below/` into a folder.

    The archive must have been checked. What lies there already is left, unless it is to be replaced.
    """
    with tarfile.open(source) as tar:
        for member in tar:
            name = PurePosixPath(member.name)
            file = tar.extractfile(member) if name.parts[0] == below else None
            if file is None:
                continue
            if ".." in name.parts:
                raise BackupError(f"不安全的文件名 (a name that leads out): {member.name}")
            path = folder.joinpath(*name.parts[1:])
            if replace or not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                _write_whole(path, file)


def extract(source: Path, name: str, target: Path) -> None:
    """Write one file of an archive that has been checked."""
    with tarfile.open(source) as tar:
        file = tar.extractfile(name)
        if file is None:
            raise BackupError(f"{source.name}: {name}")
        _write_whole(target, file)


def _write_whole(path: Path, file: IO[bytes]) -> None:
    beside = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        while piece := file.read(_PIECE):
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    beside.rename(path)


def _read_manifest(told: Any, source: Path) -> Manifest:
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise BackupError(f"{source.name} 没有看得懂的清单 (has no manifest that we understand)")
    facts = told.pop("facts")
    tables = {name: Digest(**of) for name, of in facts.pop("tables").items()}
    return Manifest(**told, facts=Facts(**facts, tables=tables))


class _Hashing(io.RawIOBase):
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._running = file, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        piece = self._file.read(size)
        self._running.update(piece)
        return piece

    @property
    def sha256(self) -> str:
        return self._running.hexdigest()
