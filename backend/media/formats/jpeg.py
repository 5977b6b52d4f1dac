"""JPEG (ITU-T T.81): tables, frame and scans stay; comments and application segments go, but for colour."""

from __future__ import annotations

import re

from backend.media.formats.parts import Bare, MalformedError, each_part, take

_SOF0, _SOI, _EOI, _SOS = 0xC0, 0xD8, 0xD9, 0xDA
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_ALONE = {0x01, *range(0xD0, 0xD8)}
# A marker inside a scan is FF and neither a stuffed 00, nor a restart, nor another FF.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# Each scan of a progressive picture is decoded over the whole of it; encoders write about ten.
_MAX_SCANS = 100


def strip(data: bytes) -> Bare:
    """Copy a JPEG without EXIF, XMP, IPTC, comments, further pictures and whatever follows its end."""
    kept, exif, scans, at = [b"\xff\xd8"], None, 0, 2
    for _ in each_part():
        marker, at = _next_marker(data, at)
        if marker == _EOI:
            break
        if marker in _ALONE:
            continue
        length = int.from_bytes(take(data, at, 2))
        payload = take(data, at, max(length, 2))[2:]
        at += max(length, 2)
        if marker == _APP1 and payload.startswith(b"Exif\0\0"):
            exif = exif or payload[6:]
        if (held := _held(marker, payload)) is not None:
            kept.append(b"\xff" + bytes([marker]) + (len(held) + 2).to_bytes(2) + held)
        if marker == _SOS:
            scans += 1
            scan = _scan(data, at, scans)
            kept.append(scan)
            at += len(scan)
    if not scans:
        raise MalformedError("no picture")
    return Bare(b"".join([*kept, b"\xff\xd9"]), exif)


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    """Return the marker that starts here and where its segment begins; any number of FF may come first."""
    if take(data, at, 1) != b"\xff":
        raise MalformedError("no marker")
    while take(data, at, 1) == b"\xff":
        at += 1
    marker = data[at]
    if marker in {0, _SOI}:
        raise MalformedError("no marker")
    return marker, at + 1


def _held(marker: int, payload: bytes) -> bytes | None:
    """Return what of a segment belongs to the picture, or None."""
    if marker == _APP0 and payload.startswith(b"JFIF\0") and len(payload) >= 14:
        # Its thumbnail may show what was cropped away.
        return payload[:12] + b"\0\0"
    if marker == _APP2 and payload.startswith(b"ICC_PROFILE\0"):
        return payload
    if marker == _APP14 and payload.startswith(b"Adobe"):
        return payload[:12]
    # Frame, tables and scans lie below the application segments; comments and extensions above them.
    return payload if _SOF0 <= marker < _APP0 else None


def _scan(data: bytes, at: int, scans: int) -> bytes:
    end = _MARKER.search(data, at)
    if end is None or scans > _MAX_SCANS:
        raise MalformedError("truncated")
    return data[at : end.start()]
