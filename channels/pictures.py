"""Pictures as a vendor takes them: of a type that it knows, and no bigger than it allows."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from pathlib import PurePath

from PIL import Image, ImageOps, UnidentifiedImageError

from backend.publishing.channel import File

# WeChat's body pictures must stay below a megabyte, and no vendor shows more of a picture than fits into one.
MOST_BYTES = 1_000_000
_QUALITIES = (90, 80, 70, 60)
_LARGEST = 4096
_SHRINK = 0.7


class Unreadable(Exception):
    """The file holds no picture."""


def fitted(file: File, types: Collection[str], crop: Mapping[str, int] | None = None) -> File:
    """Return the picture as it is where it may go out so, and else as a JPEG that may.

    `types` are the MIME types that the vendor takes; `crop` is the part to show, in pixels.

    Raises:
        Unreadable: it is none that we can open.
    """
    if crop is None and file.mime in types and len(file.data) < MOST_BYTES:
        return file
    try:
        with Image.open(io.BytesIO(file.data)) as opened:
            picture = ImageOps.exif_transpose(opened)
            picture = _on_white(picture)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as trouble:
        raise Unreadable(file.name) from trouble
    if crop is not None:
        left, top = crop["x"], crop["y"]
        picture = picture.crop((left, top, left + crop["width"], top + crop["height"]))
    return File(_small_jpeg(picture), "image/jpeg", PurePath(file.name).stem + ".jpg")


def plain(width: int, height: int, colour: str) -> File:
    """Make a picture of one colour, for a post that must have one and should show nothing."""
    return File(_small_jpeg(Image.new("RGB", (width, height), colour)), "image/jpeg", "plain.jpg")


def _on_white(picture: Image.Image) -> Image.Image:
    """Lay a picture on white; a JPEG knows nothing of what shines through."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")


def _small_jpeg(picture: Image.Image) -> bytes:
    picture.thumbnail((_LARGEST, _LARGEST))
    while True:
        for quality in _QUALITIES:
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() < MOST_BYTES:
                return out.getvalue()
        picture = picture.resize((max(1, int(picture.width * _SHRINK)), max(1, int(picture.height * _SHRINK))))
