"""Pictures through Pillow: unpacked once to be believed, turned the right way up, and made smaller.

All of it is C work on up to 200 MB; call it through `offload` only.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

from backend.media.formats import STRIP, Bare, MalformedError
from backend.media.rules import (
    JPEG_QUALITY,
    MAX_ANIMATED_PIXELS,
    MAX_PIXELS,
    RENDITION_QUALITY,
    RENDITIONS,
    unreadable,
)

_M_MMAP_THRESHOLD = -3

# Pillow warns at this many pixels and refuses twice as many, wherever in a file they appear; only the refusal is meant.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
# Its complaints about an EXIF block are of no use to anybody, as the block is thrown away.
warnings.filterwarnings("ignore", module="PIL.TiffImagePlugin")

# glibc would learn from the first large picture to keep such memory for itself: 1.5 GB after a few of them, for good.
with contextlib.suppress(AttributeError, OSError):
    ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 20)

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# No side of a WebP may be longer, and nobody reads a strip that long.
_LONGEST_SIDE = 16_383
_COLOUR_SPACES = {"L": b"GRAY", "RGB": b"RGB ", "RGBA": b"RGB ", "CMYK": b"CMYK", "P": b"RGB "}


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """A rendition: its name, size in pixels, and its file."""

    name: str
    width: int
    height: int
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """A cleaned original, size as it is seen, with its renditions."""

    data: bytes
    width: int
    height: int
    renditions: tuple[SmallPicture, ...]


def clean_image(data: bytes, mime: str) -> Picture:
    """Free an image of metadata and trailing bytes, apply its orientation, and make its renditions.

    Pixels are left as they came, unless the picture has to be turned.

    Raises:
        AppError: 422 `media_unreadable` for what is broken, cut short, or unpacks to too many pixels.
    """
    try:
        bare = STRIP[mime](data)
        image = _unpack(bare, mime)
        cleaned = bare.data
        turn = _UPRIGHT.get(_orientation(bare.exif)) if bare.frames == 1 else None
        if turn is not None:
            lossless = mime == "image/webp" and b"VP8L" in bare.data[:64]
            icc, image = _profile(image), image.transpose(turn)
            cleaned = _encode(image, mime, quality=JPEG_QUALITY, lossless=lossless, icc=icc)
        return Picture(cleaned, image.width, image.height, tuple(_renditions(image)))
    except Image.DecompressionBombError:
        raise unreadable(f"图片太大，最多 {MAX_PIXELS // 10_000} 万像素。") from None
    except MalformedError:
        raise unreadable("图片不完整或已损坏，请换一张再试。") from None


def _unpack(bare: Bare, mime: str) -> Image.Image:
    """Decode every frame, and return the first.

    Raises:
        MalformedError: for whatever a decoder stumbles over.
    """
    try:
        if bare.frames > 1:
            _unpack_frames(_open(bare, mime), bare.frames)
        # Opened anew, since a later frame may have changed the size of what was open.
        image = _open(bare, mime)
        image.load()
    except (OSError, SyntaxError, ValueError, EOFError, ArithmeticError, LookupError, TypeError) as error:
        raise MalformedError(str(error)) from error
    return image


def _open(bare: Bare, mime: str) -> Image.Image:
    return Image.open(io.BytesIO(bare.data), formats=[mime.partition("/")[2].upper()])


def _unpack_frames(image: Image.Image, frames: int) -> None:
    pixels = image.width * image.height * (frames - 1)
    for frame in range(getattr(image, "n_frames", 1)):
        image.seek(frame)
        # A later frame may have made the picture larger than its header says.
        pixels = max(pixels, frame * image.width * image.height)
        if pixels > MAX_ANIMATED_PIXELS:
            raise unreadable("动图太长或尺寸太大，请剪短后再上传，或改传视频。")
        image.load()


def _orientation(exif: bytes | None) -> int:
    """Read which way up the camera was held; 1 where it does not say or cannot be understood."""
    found = Image.Exif()
    try:
        found.load(exif or b"")
        return int(found.get(_ORIENTATION, 1))
    except Exception:  # Whatever stands in a block that is thrown away must not keep a sound picture out.
        return 1


def _renditions(image: Image.Image) -> Iterator[SmallPicture]:
    """Make the smaller pictures, each from the one before, as that has all it needs."""
    icc = _profile(image)
    still = _still(image)
    profile = icc if icc and icc[16:20] == _COLOUR_SPACES.get(still.mode) else None
    for name, width in RENDITIONS.items():
        height = max(1, round(image.height * width / image.width))
        if width >= image.width or height > _LONGEST_SIDE:
            continue
        still = still.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        mime = "image/webp" if still.mode == "RGBA" else "image/jpeg"
        yield SmallPicture(
            name, width, height, mime, _encode(still, mime, quality=RENDITION_QUALITY, lossless=False, icc=profile)
        )


def _still(image: Image.Image) -> Image.Image:
    """Return the picture in the plainest mode that shows it: grey, colour, or colour with transparency."""
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode.startswith("I"):
        # 16 bits of grey; Pillow would cut off the bright ones instead of scaling.
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in {"L", "RGB"}:
        # Converting into the same mode would copy it.
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _profile(image: Image.Image) -> bytes | None:
    icc: Any = image.info.get("icc_profile")
    return icc if isinstance(icc, bytes) and icc else None


def _encode(image: Image.Image, mime: str, *, quality: int, lossless: bool, icc: bytes | None) -> bytes:
    # Into a real file, since Pillow lets other threads run meanwhile only if it has a descriptor to write to.
    with tempfile.TemporaryFile() as out:
        if mime == "image/jpeg":
            image.save(out, "JPEG", quality=quality, optimize=True, progressive=quality < JPEG_QUALITY, icc_profile=icc)
        elif mime == "image/webp":
            image.save(out, "WEBP", quality=quality, lossless=lossless, method=4, icc_profile=icc or b"", exif=b"")
        else:
            image.save(out, "PNG", icc_profile=icc)
        out.seek(0)
        return out.read()
