"""PNG (W3C, third edition), still and animated: named chunks stay, all others go."""

from __future__ import annotations

from backend.media.formats.parts import Bare, count_frame, each_part, take

_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"}
    | {b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs"}
    | {b"acTL", b"fcTL", b"fdAT"}
)


def strip(data: bytes) -> Bare:
    """Copy a PNG without text, time, EXIF, unknown chunks and whatever follows its end."""
    kept, exif, frames, at = [take(data, 0, 8)], None, 0, 8
    for _ in each_part():
        length, name = int.from_bytes(take(data, at, 4)), take(data, at + 4, 4)
        chunk = take(data, at, length + 12)
        at += len(chunk)
        if name == b"eXIf":
            exif = chunk[8:-4]
        if name == b"fcTL":
            frames = count_frame(frames)
        if name in _KEPT:
            kept.append(chunk)
        if name == b"IEND":
            break
    return Bare(b"".join(kept), exif, max(frames, 1))
