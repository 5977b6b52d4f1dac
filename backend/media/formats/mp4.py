"""MP4, M4A and MOV (ISO/IEC 14496-12): what tracks there are, and the place where it was taken blanked out.

Phones write the place into user data and metadata boxes. These are overwritten with a `free` box of the same size, so
that no offset into the media moves. A camera's own telemetry track, if it has one, is media to us and stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from backend.media.formats.parts import MalformedError, each_part

_ROOT = frozenset({b"ftyp", b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"ssix", b"styp", b"prft", b"emsg", b"pdin"})
_PRIVATE = frozenset({b"udta", b"meta", b"uuid"})
_BLANK_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Film:
    """What the tracks say; width and height as it is seen, None without a picture."""

    has_picture: bool
    has_sound: bool
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class _Box:
    name: bytes
    start: int
    body: int
    end: int


def scrub(path: Path) -> Film:
    """Blank the metadata in place and tell what the file shows.

    Raises:
        MalformedError: where a box does not fit, or there is no track.
    """
    tracks: list[Film] = []
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        for box in _boxes(file, 0, size):
            if box.name not in _ROOT:
                _blank(file, box)
            if box.name == b"moov":
                tracks += [_track(file, inner) for inner in _clean_boxes(file, box) if inner.name == b"trak"]
    pictures = [track for track in tracks if track.has_picture]
    sound = any(track.has_sound for track in tracks)
    if not pictures and not sound:
        raise MalformedError("no track")
    first = pictures[0] if pictures else None
    return Film(bool(pictures), sound, first.width if first else None, first.height if first else None)


def _boxes(file: BinaryIO, at: int, end: int) -> Iterator[_Box]:
    """Walk the boxes from `at` to `end`; each must fit."""
    for _ in each_part():
        if at == end:
            return
        file.seek(at)
        header = file.read(16)
        length, name, body = int.from_bytes(header[:4]), header[4:8], at + 8
        if length == 1:
            length, body = int.from_bytes(header[8:16]), at + 16
        elif length == 0:
            length = end - at
        if len(name) < 4 or length < body - at or at + length > end:
            raise MalformedError("box")
        yield _Box(name, at, body, at + length)
        at += length


def _clean_boxes(file: BinaryIO, parent: _Box) -> Iterator[_Box]:
    for box in _boxes(file, parent.body, parent.end):
        if box.name in _PRIVATE:
            _blank(file, box)
        yield box


def _blank(file: BinaryIO, box: _Box) -> None:
    file.seek(box.start + 4)
    file.write(b"free")
    file.seek(box.body)
    for at in range(box.body, box.end, _BLANK_AT_ONCE):
        file.write(bytes(min(_BLANK_AT_ONCE, box.end - at)))


def _track(file: BinaryIO, trak: _Box) -> Film:
    handler, width, height = b"", None, None
    for box in _clean_boxes(file, trak):
        if box.name == b"tkhd":
            width, height = _size(_read(file, box))
        if box.name == b"mdia":
            handler = b"".join(_read(file, inner)[8:12] for inner in _clean_boxes(file, box) if inner.name == b"hdlr")
    return Film(handler == b"vide", handler == b"soun", width or None, height or None)


def _read(file: BinaryIO, box: _Box) -> bytes:
    file.seek(box.body)
    return file.read(min(box.end - box.body, 128))


def _size(header: bytes) -> tuple[int, int]:
    """Read width and height of a track header, exchanged where its matrix turns the picture on its side."""
    at = 52 if header[:1] == b"\x01" else 40
    matrix, width, height = header[at : at + 36], header[at + 36 : at + 38], header[at + 40 : at + 42]
    is_turned = matrix[0:4] == bytes(4) and matrix[16:20] == bytes(4) and len(matrix) == 36
    pair = int.from_bytes(width), int.from_bytes(height)
    return (pair[1], pair[0]) if is_turned else pair
