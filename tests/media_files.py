"""Files as phones, cameras and mischief make them."""

from __future__ import annotations

import io
import itertools
import struct
import wave
import zlib

from PIL import Image, ImageCms, ImageDraw

PLACE = "Secret Lane 7"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RED, BLUE = (220, 30, 30), (30, 30, 220)
MIMES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


def drawing(size=(640, 360), mode="RGB") -> Image.Image:
    """A picture whose upper left quarter is red and the rest blue, so that turning shows."""
    image = Image.new("RGB", size, BLUE)
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1] // 2), fill=RED)
    return image.convert(mode)


def exif(orientation=1) -> Image.Exif:
    """What a phone writes: the place in degrees and in words, and how it was held."""
    found = Image.Exif()
    found[0x0112], found[0x010E] = orientation, PLACE
    found.get_ifd(0x8825).update({1: "N", 2: (31.0, 24.0, 12.5), 3: "E", 4: (121.0, 29.0, 1.0)})
    return found


def photo(format="JPEG", size=(640, 360), orientation=1, **how) -> bytes:
    """A picture in a file with a place, and a colour profile."""
    out = io.BytesIO()
    drawing(size).save(out, format, exif=exif(orientation), icc_profile=PROFILE, **how)
    return out.getvalue()


_widths = itertools.count(500)


def new_photo() -> bytes:
    """A picture that nobody has sent before: what counts of a picture, as who provided it, counts of its bytes."""
    return photo(size=(next(_widths), 98))


def plain(image: Image.Image, format: str, **how) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **how)
    return out.getvalue()


def animation(format="GIF", size=(400, 300), frames=4, **how) -> bytes:
    pictures = [Image.new("RGB", size, (40 * number % 256, 0, 90)) for number in range(frames)]
    return plain(pictures[0], format, save_all=True, append_images=pictures[1:], duration=80, loop=0, **how)


def bomb(width=30_000, height=30_000) -> bytes:
    """A PNG of a few kilobytes that unpacks to 900 million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compress(bytes(width // 8 + 1) * 64, 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + name + body


def track(handler: bytes, width=0, height=0, *, turned=False) -> bytes:
    one, zero = struct.pack(">i", 0x10000), bytes(4)
    matrix = [zero, one, zero, one, zero, zero] if turned else [one, zero, zero, zero, one, zero]
    head = bytes(40) + b"".join([*matrix, zero, zero, struct.pack(">i", 0x40000000)])
    tkhd = box(b"tkhd", head, struct.pack(">HHHH", width, 0, height, 0))
    told = box(b"udta", PLACE.encode())
    return box(b"trak", tkhd, told, box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(12))))


def film(*tracks: bytes, brand=b"isom", after=b"") -> bytes:
    """An MP4 as a phone writes it, with the place in user data, in metadata and in a box of its own."""
    place = PLACE.encode()
    private = box(b"udta", box(b"\xa9xyz", place)), box(b"meta", bytes(4), place)
    start = box(b"ftyp", brand, bytes(4), b"mp42", b"isom")
    own = box(b"uuid", b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac", place)
    return start + box(b"moov", box(b"mvhd", bytes(100)), *private, *tracks) + own + box(b"mdat", bytes(500)) + after


def mp3(frames=3) -> bytes:
    return (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def aac(frames=3, length=200) -> bytes:
    header = bytes([0xFF, 0xF1, 0x50, 0x80 | length >> 11, length >> 3 & 255, (length & 7) << 5 | 0x1F, 0xFC])
    return (header + bytes(length - 7)) * frames


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(1600))
    return out.getvalue()


def webm(doctype=b"webm") -> bytes:
    return b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82" + bytes([0x80 | len(doctype)]) + doctype + bytes(300)


def ogg(codec=b"OpusHead") -> bytes:
    return b"OggS\x00\x02" + bytes(20) + b"\x01\x13" + codec + bytes(300)


def pdf() -> bytes:
    return b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


# One sound file of each type that may be uploaded.
SAMPLES = {
    "image/jpeg": photo("JPEG", (8, 8)),
    "image/png": photo("PNG", (8, 8)),
    "image/webp": photo("WEBP", (8, 8)),
    "image/gif": animation(size=(8, 8)),
    "video/mp4": film(track(b"vide")),
    "video/quicktime": film(track(b"vide"), brand=b"qt  "),
    "video/webm": webm(),
    "audio/mpeg": mp3(),
    "audio/mp4": film(track(b"soun")),
    "audio/aac": aac(),
    "audio/ogg": ogg(),
    "audio/wav": wav(),
    "application/pdf": pdf(),
}
