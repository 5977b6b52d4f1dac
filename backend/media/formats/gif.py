"""GIF 87a and 89a: frames and their timing stay, comments, texts and foreign extensions go."""

from __future__ import annotations

from collections.abc import Iterator

from backend.media.formats.parts import Bare, MalformedError, count_frame, each_part, take

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
# How often to repeat, twice named; and the colour profile.
_KEPT = {b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"}


def strip(data: bytes) -> Bare:
    """Copy a GIF without comments, XMP and whatever follows its end."""
    at = 13 + _table(take(data, 0, 13)[10])
    kept, frames, parts = [take(data, 0, at)], 0, each_part()
    for _ in parts:
        block = take(data, at, 1)[0]
        if block == _TRAILER:
            break
        start, at = at, _end(data, at, block, parts)
        if block == _IMAGE:
            frames = count_frame(frames)
        if block == _IMAGE or _is_kept(data, start):
            kept.append(data[start:at])
    if not frames:
        raise MalformedError("no picture")
    return Bare(b"".join([*kept, b";"]), None, frames)


def _table(flags: int) -> int:
    """Return how many bytes the colour table takes that these flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _end(data: bytes, at: int, block: int, parts: Iterator[None]) -> int:
    if block == _EXTENSION:
        return _after_parts(data, at + 2, parts)
    if block == _IMAGE:
        return _after_parts(data, at + 11 + _table(take(data, at, 10)[9]), parts)
    raise MalformedError("unknown block")


def _after_parts(data: bytes, at: int, parts: Iterator[None]) -> int:
    """Skip data that comes in parts of up to 255 bytes, each after its length, to behind the empty one."""
    for _ in parts:
        length = take(data, at, 1)[0]
        at += length + 1
        if not length:
            return at
    raise AssertionError("unreachable")


def _is_kept(data: bytes, at: int) -> bool:
    label = take(data, at + 1, 1)[0]
    return label == _CONTROL or (label == _APPLICATION and data[at + 3 : at + 14] in _KEPT)
