"""Keeping files: once by their hash, whole or not at all, and nothing left lying about."""

from __future__ import annotations

import collections
import hashlib
import os
import time

import pytest

from backend.errors import AppError
from backend.media import rules
from backend.media.rules import Kind
from backend.media.store import MediaStore
from tests import media_files as files


@pytest.fixture
def store(tmp_path):
    return MediaStore(tmp_path / "media")


def kept(store: MediaStore) -> set[str]:
    root = store.path("0" * 64).parents[2]
    return {path.name for path in root.rglob("*") if path.is_file()}


def refused(store: MediaStore, data: bytes) -> AppError:
    with pytest.raises(AppError) as caught:
        store.put_bytes(data)
    assert caught.value.errors[0]["field"] == "file"
    assert kept(store) == set()
    return caught.value


def test_an_image_is_kept_with_its_renditions_under_the_hash_of_what_is_kept(store):
    stored = store.put_bytes(files.photo(size=(1200, 600)))
    lying = store.path(stored.sha256).read_bytes()
    assert hashlib.sha256(lying).hexdigest() == stored.sha256
    assert (stored.kind, stored.mime, stored.bytes) == (Kind.IMAGE, "image/jpeg", len(lying))
    assert (stored.width, stored.height) == (1200, 600)
    assert [small.name for small in stored.renditions] == ["w960", "w320"]
    for small in stored.renditions:
        assert store.path(stored.sha256, small.name).stat().st_size == small.bytes
    assert kept(store) == {stored.sha256, f"{stored.sha256}.w960", f"{stored.sha256}.w320"}


def test_the_same_bytes_lie_there_once(store):
    first = store.put_bytes(files.photo())
    before = kept(store)
    again = store.put_bytes(files.photo() + b"with a tail that is cut off")
    assert again == first
    assert kept(store) == before


def test_photos_that_differ_only_in_their_place_become_one(store):
    assert (
        store.put_bytes(files.photo()).sha256
        == store.put_bytes(files.plain(files.drawing(), "JPEG", icc_profile=files.PROFILE)).sha256
    )


@pytest.mark.parametrize(
    ("data", "kind", "mime"),
    [
        (files.pdf(), Kind.DOCUMENT, "application/pdf"),
        (files.wav(), Kind.AUDIO, "audio/wav"),
        (files.webm(), Kind.VIDEO, "video/webm"),
        (files.film(files.track(b"soun"), files.track(b"vide", 640, 480)), Kind.VIDEO, "video/mp4"),
        (files.film(files.track(b"vide", 640, 480), brand=b"qt  "), Kind.VIDEO, "video/quicktime"),
    ],
)
def test_other_files_are_kept_whole(store, data, kind, mime):
    stored = store.put_bytes(data)
    assert (stored.kind, stored.mime, stored.bytes) == (kind, mime, len(data))
    assert kept(store) == {stored.sha256}
    assert files.PLACE.encode() not in store.path(stored.sha256).read_bytes()


def test_the_tracks_and_not_the_name_decide_between_film_and_sound(store):
    assert store.put_bytes(files.film(files.track(b"soun"))).mime == "audio/mp4"
    assert store.put_bytes(files.film(files.track(b"vide"), brand=b"M4A ")).kind is Kind.VIDEO


def test_an_empty_file_is_refused(store):
    assert refused(store, b"").status == 422


@pytest.mark.parametrize(
    "data", [files.photo()[:4000], files.bomb(), files.film(), files.film(files.track(b"vide"))[:-9]]
)
def test_a_broken_file_leaves_nothing_behind(store, data):
    error = refused(store, data)
    assert (error.status, error.code) == (422, "media_unreadable")


def test_an_unwelcome_type_is_refused_after_its_first_bytes(store):
    with store.receive() as incoming, pytest.raises(AppError) as caught:
        incoming.write(b"<svg onload=alert(1)>" + bytes(20_000))
    assert (caught.value.status, caught.value.code) == (415, "unsupported_media_type")
    assert kept(store) == set()


@pytest.mark.parametrize(
    ("data", "kind"), [(files.photo(), Kind.IMAGE), (files.pdf(), Kind.DOCUMENT), (files.mp3(), Kind.AUDIO)]
)
def test_each_kind_is_refused_as_soon_as_it_is_too_large(store, data, kind, monkeypatch):
    limit = 100_000
    monkeypatch.setitem(rules.LIMITS, kind, limit)
    with store.receive() as incoming, pytest.raises(AppError) as caught:
        collections.deque(map(incoming.write, [data, *[bytes(10_000)] * 100]))
    assert (caught.value.status, caught.value.code) == (413, "too_large")
    assert caught.value.errors[0]["field"] == "file"
    assert caught.value.data == {"limit": limit}
    assert kept(store) == set()


def test_sound_in_a_film_container_has_the_limit_of_sound(store, monkeypatch):
    monkeypatch.setitem(rules.LIMITS, Kind.AUDIO, 500)
    assert refused(store, files.film(files.track(b"soun"))).code == "too_large"


def test_what_a_killed_process_left_is_swept_after_a_day(store, tmp_path):
    incoming = tmp_path / "media" / "incoming"
    old, fresh = incoming / "old", incoming / "fresh"
    for path in (old, fresh):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 100_000,) * 2)
    MediaStore(tmp_path / "media")
    assert (old.exists(), fresh.exists()) == (False, True)


def test_what_is_made_of_a_film_is_kept_whole_beside_it_and_once(store):
    stored = store.put_bytes(files.film(files.track(b"vide")))
    for text in ("first", "second"):
        with store.workshop(stored.sha256) as folder:
            made = folder / "hls"
            made.mkdir()
            (made / "master.m3u8").write_text(text)
            store.keep(made, stored.sha256, "hls")
    assert (store.path(stored.sha256, "hls") / "master.m3u8").read_text() == "first"
    assert kept(store) == {stored.sha256, "master.m3u8"}


def test_what_was_not_kept_is_gone_and_so_is_what_a_killed_process_left(store):
    sha256 = "ab" * 32
    with store.workshop(sha256) as folder:
        (folder / "half.ts").write_text("x")
    assert kept(store) == set()
    left = folder.with_name(f"{sha256}.left")
    left.mkdir()
    (left / "half.ts").write_text("x")
    with store.workshop(sha256) as folder:
        assert not left.exists()
    assert not folder.exists()


def test_a_workshop_that_was_left_for_a_day_is_swept(store, tmp_path):
    left = tmp_path / "media" / "incoming" / f"{'ab' * 32}.left"
    left.mkdir()
    (left / "half.ts").write_text("x")
    os.utime(left, (time.time() - 2 * 24 * 3600,) * 2)
    MediaStore(tmp_path / "media")
    assert not left.exists()
