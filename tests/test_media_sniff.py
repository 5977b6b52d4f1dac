"""What a file is, and what is left of it: types, cleaning, turning, bombs and broken files."""

from __future__ import annotations

import contextlib
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from backend.errors import AppError
from backend.media.formats import STRIP, MalformedError, mp4
from backend.media.images import clean_image
from backend.media.rules import LIMITS, Kind
from backend.media.sniff import sniff
from tests import media_files as files

PHOTOS = ["JPEG", "PNG", "WEBP"]


def clean(data: bytes, format: str):
    return clean_image(data, files.MIMES[format])


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def refused(data: bytes, format: str) -> AppError:
    with pytest.raises(AppError) as caught:
        clean(data, format)
    assert (caught.value.status, caught.value.code) == (422, "media_unreadable")
    assert caught.value.errors[0]["field"] == "file"
    return caught.value


@pytest.mark.parametrize(
    ("data", "mime", "kind"),
    [
        (files.photo("JPEG"), "image/jpeg", "image"),
        (files.photo("PNG"), "image/png", "image"),
        (files.photo("WEBP"), "image/webp", "image"),
        (files.animation(), "image/gif", "image"),
        (files.film(files.track(b"vide")), "video/mp4", "video"),
        (files.film(files.track(b"vide"), brand=b"qt  "), "video/quicktime", "video"),
        (files.film(files.track(b"soun"), brand=b"M4A "), "audio/mp4", "audio"),
        (files.webm(), "video/webm", "video"),
        (files.mp3(), "audio/mpeg", "audio"),
        (b"ID3\x04\x00\x00\x00\x00\x02\x01" + bytes(400), "audio/mpeg", "audio"),
        (files.aac(), "audio/aac", "audio"),
        (files.ogg(), "audio/ogg", "audio"),
        (files.wav(), "audio/wav", "audio"),
        (files.pdf(), "application/pdf", "document"),
    ],
)
def test_the_first_bytes_tell_the_type(data, mime, kind):
    found = sniff(data[:16384])
    assert (found.mime, found.kind) == (mime, kind)


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b'<?xml version="1.0"?><svg/>',
        b"GIF88a" + bytes(50),
        b"PK\x03\x04" + bytes(50),
        b"MZ" + bytes(100),
        b"#!/bin/sh\n",
        b"BM" + bytes(60),
        b"II*\x00" + bytes(60),
        b"\n%PDF-1.7",
        b"\xff\xfb\x90\x00",
        b"\xff\xfb\x90\x00" + bytes(2000),
        files.webm(b"matroska"),
        files.ogg(b"\x80theora"),
        b"RIFF\x00\x00\x00\x00AVI LIST",
        files.box(b"ftyp", b"avif", bytes(4), b"mif1"),
        files.box(b"ftyp", b"crx ", bytes(4), b"crx "),
        "正文".encode(),
        bytes(300),
    ],
)
def test_whatever_is_not_on_the_list_is_refused(data):
    with pytest.raises(AppError) as caught:
        sniff(data)
    assert (caught.value.status, caught.value.code) == (415, "unsupported_media_type")
    assert caught.value.errors[0]["field"] == "file"


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_a_heic_photo_is_refused_with_what_to_do(brand):
    with pytest.raises(AppError) as caught:
        sniff(files.box(b"ftyp", brand, bytes(4), b"mif1", b"heic", b"isom"))
    assert "HEIC" in caught.value.detail
    assert "JPEG" in caught.value.detail


@given(st.binary(max_size=400))
def test_sniffing_any_bytes_ends_in_a_type_or_a_415(head):
    try:
        status = 200 if sniff(head) else 500
    except AppError as error:
        status = error.status
    assert status in {200, 415}


@pytest.mark.parametrize("format", PHOTOS)
def test_the_place_goes_and_every_pixel_stays(format):
    more = {} if format == "PNG" else {"xmp": b"<x:xmpmeta>Secret Lane 7</x:xmpmeta>"}
    original = files.photo(format, **more)
    assert files.PLACE.encode() in original
    cleaned = clean(original, format)
    image = opened(cleaned.data)
    assert files.PLACE.encode() not in cleaned.data
    assert b"Exif" not in cleaned.data
    assert not dict(image.getexif())
    assert image.tobytes() == opened(original).tobytes()
    assert image.info["icc_profile"] == files.PROFILE


@pytest.mark.parametrize("format", PHOTOS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_the_way_it_was_held(format, orientation):
    cleaned = clean(files.photo(format, orientation=orientation), format)
    image = opened(cleaned.data)
    on_its_side = orientation >= 5
    assert (cleaned.width, cleaned.height) == image.size == ((360, 640) if on_its_side else (640, 360))
    assert image.info["icc_profile"] == files.PROFILE
    right, down = image.width - 20, image.height - 20
    corners = {1: (20, 20), 2: (right, 20), 3: (right, down), 4: (20, down), 5: (20, 20), 6: (right, 20)}
    corner = {**corners, 7: (right, down), 8: (20, down)}[orientation]
    for at in [(20, 20), (right, 20), (right, down), (20, down)]:
        red, _, blue = image.convert("RGB").getpixel(at)
        assert (red > blue) == (at == corner), at


@pytest.mark.parametrize("format", [*PHOTOS, "GIF"])
def test_what_follows_the_end_of_a_picture_is_cut_off(format):
    original = files.photo(format) if format != "GIF" else files.animation()
    tail = b"<script>alert(1)</script>PK\x03\x04" + b"x" * 5000
    assert clean(original + tail, format).data == clean(original, format).data
    assert b"script" not in clean(original + tail, format).data


def test_a_jpeg_loses_comments_thumbnails_and_second_pictures():
    small = files.plain(files.drawing((64, 64)), "JPEG")
    original = files.plain(files.drawing(), "JPEG", comment=files.PLACE.encode())
    segment = b"\xff\xe2" + (len(small) + 6).to_bytes(2) + b"MPF\0" + small
    iptc = b"\xff\xed\x00\x14Photoshop 3.0\0abcd"
    cleaned = clean(original[:2] + segment + iptc + original[2:], "JPEG")
    assert files.PLACE.encode() not in cleaned.data
    assert b"MPF" not in cleaned.data
    assert b"Photoshop" not in cleaned.data
    assert opened(cleaned.data).tobytes() == opened(original).tobytes()


def test_a_png_loses_its_texts():
    info = PngInfo()
    info.add_text("Comment", files.PLACE)
    info.add_itxt("XML:com.adobe.xmp", files.PLACE, zip=True)
    cleaned = clean(files.plain(files.drawing(), "PNG", pnginfo=info), "PNG")
    assert not opened(cleaned.data).info


def test_a_gif_loses_its_comment_and_keeps_its_movement():
    cleaned = clean(files.animation("GIF", comment=files.PLACE.encode()), "GIF")
    image = opened(cleaned.data)
    assert files.PLACE.encode() not in cleaned.data
    assert (image.n_frames, image.info["loop"], image.info["duration"]) == (4, 0, 80)
    assert [small.mime for small in cleaned.renditions] == ["image/jpeg"]
    assert opened(cleaned.renditions[0].data).format == "JPEG"


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_other_animations_keep_their_movement_too(format):
    assert opened(clean(files.animation(format), format).data).n_frames == 4


def test_renditions_are_made_only_where_they_are_smaller():
    made = {width: clean(files.photo(size=(width, 300)), "JPEG").renditions for width in (320, 321, 1200, 2400)}
    sizes = {width: [(small.name, small.width, small.height) for small in smaller] for width, smaller in made.items()}
    assert sizes[320] == []
    assert sizes[321] == [("w320", 320, 299)]
    assert sizes[1200] == [("w960", 960, 240), ("w320", 320, 80)]
    assert sizes[2400] == [("w1920", 1920, 240), ("w960", 960, 120), ("w320", 320, 40)]


def test_renditions_carry_no_place_and_the_profile():
    for small in clean(files.photo(size=(1000, 600)), "JPEG").renditions:
        image = opened(small.data)
        assert image.size == (small.width, small.height)
        assert image.info["icc_profile"] == files.PROFILE
        assert not dict(image.getexif())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_mode_of_picture_gets_renditions_that_look_the_same(mode):
    grey = Image.linear_gradient("L").resize((800, 600))
    image = grey.convert("I").point(lambda v: v * 257).convert("I;16") if mode == "I;16" else grey.convert(mode)
    format = "JPEG" if mode == "CMYK" else "PNG"
    small = opened(clean(files.plain(image, format), format).renditions[-1].data).convert("L")
    brightness = [small.resize((1, 3), Image.Resampling.BOX).getpixel((0, row)) for row in range(3)]
    assert brightness == pytest.approx([42, 128, 213], abs=6)


def test_transparency_survives_in_renditions():
    image = files.drawing((800, 600), "RGBA")
    image.putalpha(Image.linear_gradient("L").resize((800, 600)))
    small = clean(files.plain(image, "PNG"), "PNG").renditions[-1]
    assert small.mime == "image/webp"
    assert opened(small.data).mode == "RGBA"


def test_a_strip_too_long_for_a_rendition_is_kept_as_it_is():
    assert clean(files.plain(Image.new("L", (400, 60_000)), "PNG"), "PNG").renditions == ()


@pytest.mark.parametrize("format", [*PHOTOS, "GIF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_picture_is_refused(format, part):
    noise = Image.effect_noise((300, 200), 60)
    whole = files.plain(noise, format) if format != "GIF" else files.animation()
    refused(whole[: int(len(whole) * part)], format)


def test_a_bomb_is_refused_before_it_is_unpacked():
    assert "5000" in refused(files.bomb(), "PNG").detail
    assert "5000" in refused(files.bomb(7100, 7100), "PNG").detail


def test_a_picture_just_under_the_limit_passes():
    whole = files.plain(Image.new("1", (7000, 7000)), "PNG")
    assert clean(whole, "PNG").width == 7000


def gif_of(first: int, then: int, frames: int) -> bytes:
    """A GIF whose first frame has sides of `first` pixels, and the further ones of `then`."""
    one, other = (files.plain(Image.new("P", (side, side)), "GIF") for side in (first, then))
    return one[:-1] + other[other.index(b"\x2c", 13) : -1] * frames + b";"


def test_a_gif_that_hides_a_huge_frame_is_refused():
    assert clean(gif_of(2, 20, 1), "GIF").width == 2
    small = gif_of(2, 2, 0)
    frame = small[small.index(b"\x2c", 13) : -1]
    refused(small[:-1] + frame[:5] + b"\xff\xff\xff\xff" + frame[9:] + b";", "GIF")


def test_an_endless_animation_is_refused():
    refused(gif_of(2, 2, 1001), "GIF")


@pytest.mark.parametrize("first", [3000, 2])
def test_an_animation_with_too_many_pixels_is_refused(first):
    assert "动图" in refused(gif_of(first, 3000, 30), "GIF").detail


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xe0\x00\x10JFIF\0<script>alert(1)</script>",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff" + b"\xff" * 5000,
        b"\xff\xd8\xff\xe1\x00\x00",
        b"\xff\xd8\xff\xda\x00\x02" * 200 + b"\xff\xd9",
    ],
)
def test_a_jpeg_that_only_begins_like_one_is_refused(data):
    refused(data, "JPEG")


def test_a_script_that_begins_like_a_gif_is_refused():
    refused(b"GIF89a=1;alert(document.domain)/*" + bytes(100) + b"*/", "GIF")


@pytest.mark.parametrize("format", [*PHOTOS, "GIF"])
@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_picture_is_cleaned_or_refused_and_nothing_else(format, seed):
    chance = random.Random(seed)
    whole = bytearray(files.photo(format, (48, 32)) if format != "GIF" else files.animation(size=(24, 16)))
    for _ in range(chance.randint(1, 8)):
        whole[chance.randrange(len(whole))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    if chance.random() < 0.3:
        del whole[chance.randrange(len(whole)) :]
    try:
        cleaned = clean(bytes(whole), format)
        outcome = opened(cleaned.data).size == (cleaned.width, cleaned.height)
    except AppError as error:
        outcome = error.code == "media_unreadable"
    assert outcome


@pytest.mark.parametrize("format", [*PHOTOS, "GIF"])
@given(rest=st.binary(max_size=300))
def test_stripping_any_bytes_ends_in_a_result_or_a_complaint(format, rest):
    whole = files.photo(format, (8, 8)) if format != "GIF" else files.animation(size=(8, 8))
    with contextlib.suppress(MalformedError):
        STRIP[files.MIMES[format]](whole[:20] + rest)


def scrub(tmp_path, data: bytes):
    path = tmp_path / "film"
    path.write_bytes(data)
    return mp4.scrub(path), path.read_bytes()


def test_a_film_loses_its_place_and_nothing_moves(tmp_path):
    original = files.film(files.track(b"vide", 1920, 1080), files.track(b"soun"))
    found, left = scrub(tmp_path, original)
    assert (found.has_picture, found.has_sound, found.width, found.height) == (True, True, 1920, 1080)
    assert files.PLACE.encode() in original
    assert files.PLACE.encode() not in left
    assert len(left) == len(original)
    assert left.index(b"mdat") == original.index(b"mdat")


def test_a_film_held_upright_is_measured_upright(tmp_path):
    found, _ = scrub(tmp_path, files.film(files.track(b"vide", 1920, 1080, turned=True)))
    assert (found.width, found.height) == (1080, 1920)


@pytest.mark.parametrize(
    "data",
    [
        files.film(),
        files.film(files.track(b"vide"))[:-1],
        files.film(files.track(b"vide"), after=b"<html>"),
        files.box(b"ftyp", b"isom"),
        files.film(files.track(b"vide")).replace(b"\x00\x00\x00\x6cmvhd", b"\x00\x00\xff\x6cmvhd"),
        files.box(b"ftyp", b"isom") + b"\x00\x00\x00\x01moov\xff\xff\xff\xff\xff\xff\xff\xff",
    ],
)
def test_a_film_that_does_not_add_up_is_refused(tmp_path, data):
    with pytest.raises(MalformedError):
        scrub(tmp_path, data)


def test_every_kind_has_a_limit():
    assert LIMITS.keys() == set(Kind)
