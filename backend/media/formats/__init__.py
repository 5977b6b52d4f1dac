"""One file a format: how to keep the picture and drop everything else, without touching a pixel."""

from __future__ import annotations

from collections.abc import Callable

from backend.media.formats import gif, jpeg, png, webp
from backend.media.formats.parts import Bare, MalformedError

STRIP: dict[str, Callable[[bytes], Bare]] = {
    "image/jpeg": jpeg.strip,
    "image/png": png.strip,
    "image/gif": gif.strip,
    "image/webp": webp.strip,
}

__all__ = ["STRIP", "Bare", "MalformedError"]
