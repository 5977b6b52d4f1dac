"""WebP (RFC 9649): the picture's chunks stay; EXIF, XMP and unknown ones go, and so do their flags."""

from __future__ import annotations

from backend.media.formats.parts import Bare, count_frame, each_part, take

_KEPT = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def strip(data: bytes) -> Bare:
    """Copy a WebP without metadata and whatever follows its end."""
    # The size counts from behind itself; an odd one is padded.
    body = take(data, 0, 8 + int.from_bytes(take(data, 4, 4), "little"))
    kept, exif, frames, at = [b"WEBP"], None, 0, 12
    for _ in each_part():
        if at >= len(body):
            break
        name, length = take(body, at, 4), int.from_bytes(take(body, at + 4, 4), "little")
        payload = take(body, at + 8, length)
        at += 8 + length + length % 2
        if name == b"EXIF":
            exif = payload
        if name == b"ANMF":
            frames = count_frame(frames)
        if name == b"VP8X" and payload:
            payload = bytes([payload[0] & ~(_HAS_EXIF | _HAS_XMP)]) + payload[1:]
        if name in _KEPT:
            kept.append(name + length.to_bytes(4, "little") + payload + b"\0" * (length % 2))
    picture = b"".join(kept)
    return Bare(b"RIFF" + len(picture).to_bytes(4, "little") + picture, exif, max(frames, 1))
