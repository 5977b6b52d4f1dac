"""What the formats share: their result, their complaint, and how far they read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# Real files have far fewer; a file made of a million empty parts is made to keep us busy.
MAX_PARTS = 300_000
MAX_FRAMES = 1_000


class MalformedError(Exception):
    """The file breaks the rules of its own format, or stops before its end."""


@dataclass(frozen=True, slots=True)
class Bare:
    """A picture's file with nothing but the picture, its colours and its timing.

    `exif` is what was found and left out, since it says which way up the picture is.
    """

    data: bytes
    exif: bytes | None = None
    frames: int = 1


def each_part() -> Iterator[None]:
    """Count the parts of a file.

    Raises:
        MalformedError: when there are more than any honest file has, or the loop has not left before.
    """
    for _ in range(MAX_PARTS):
        yield
    raise MalformedError("too many parts")


def take(data: bytes, at: int, length: int) -> bytes:
    """Return `length` bytes from `at`.

    Raises:
        MalformedError: when the file is shorter.
    """
    if at + length > len(data):
        raise MalformedError("truncated")
    return data[at : at + length]


def count_frame(frames: int) -> int:
    """Return one more.

    Raises:
        MalformedError: for an animation without end.
    """
    if frames >= MAX_FRAMES:
        raise MalformedError("too many frames")
    return frames + 1
