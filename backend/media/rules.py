"""What may be uploaded, and how much of it: all of it data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from backend.errors import AppError, Code, FieldError, guard_failed

FIELD = "file"
MB = 1024 * 1024


class Kind(StrEnum):
    """What a person would call the file."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"


class Purpose(StrEnum):
    """What a file that comes in pieces is meant for, so that its sender knows it again."""

    MATERIAL = "material"
    STORY = "story"
    REQUEST = "request"
    OTHER = "other"


class Work(StrEnum):
    """How far the work on a film or sound has come; on other files there is none."""

    NONE = "none"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


SETTLED = (Work.DONE, Work.FAILED)
# The kind of the job, of which there is one for the same bytes.
FILM = "media.film"
WORKED_ON = frozenset({Kind.VIDEO, Kind.AUDIO})
NAMES = {Kind.IMAGE: "图片", Kind.VIDEO: "视频", Kind.AUDIO: "音频", Kind.DOCUMENT: "文件"}
LIMITS = {Kind.IMAGE: 20 * MB, Kind.AUDIO: 50 * MB, Kind.VIDEO: 200 * MB, Kind.DOCUMENT: 20 * MB}
LARGEST = max(LIMITS.values())


@dataclass(frozen=True, slots=True)
class FileType:
    """A type of file the house takes; `suffix` is what its name ends in when it is saved."""

    mime: str
    kind: Kind
    suffix: str


TYPES = {
    kind_of_file.mime: kind_of_file
    for kind_of_file in (
        FileType("image/jpeg", Kind.IMAGE, "jpg"),
        FileType("image/png", Kind.IMAGE, "png"),
        FileType("image/gif", Kind.IMAGE, "gif"),
        FileType("image/webp", Kind.IMAGE, "webp"),
        FileType("video/mp4", Kind.VIDEO, "mp4"),
        FileType("video/quicktime", Kind.VIDEO, "mov"),
        FileType("video/webm", Kind.VIDEO, "webm"),
        FileType("audio/mpeg", Kind.AUDIO, "mp3"),
        FileType("audio/mp4", Kind.AUDIO, "m4a"),
        FileType("audio/aac", Kind.AUDIO, "aac"),
        FileType("audio/ogg", Kind.AUDIO, "ogg"),
        FileType("audio/wav", Kind.AUDIO, "wav"),
        FileType("application/pdf", Kind.DOCUMENT, "pdf"),
    )
}

# What is made of films and sound; nobody uploads these.
POSTER_TYPE = TYPES["image/jpeg"]
PLAYLIST_TYPE = FileType("application/vnd.apple.mpegurl", Kind.VIDEO, "m3u8")
SEGMENT_TYPE = FileType("video/mp2t", Kind.VIDEO, "ts")
STREAM_FILE = re.compile(r"(master|audio|[0-9]{1,4}p)\.m3u8|(audio|[0-9]{1,4}p)_[0-9]{5}\.ts", re.ASCII)

# Name and width in pixels of the smaller pictures that are made of each image, widest first.
RENDITIONS = {"w1920": 1920, "w960": 960, "w320": 320}
MAX_PIXELS = 50_000_000
# Of an animation, all frames together: it is unpacked whole before it is believed.
MAX_ANIMATED_PIXELS = 250_000_000
JPEG_QUALITY = 92
RENDITION_QUALITY = 82
# An unpacked picture takes up to 200 MB, so they take turns.
IMAGES_AT_ONCE = 2

# Of files that come in pieces. A piece is no longer than any other body may be, so that the edge lets it through.
PIECE_TYPE = "application/offset+octet-stream"
PIECE = MB
# How long an upload may take, and how long it is known afterwards what became of it.
UPLOAD_KEPT = timedelta(days=1)
# So many may one person have under way: what is begun takes room on the disk, whether or not it is ever finished.
UPLOADS_AT_ONCE = 20


def demand_size(kind: Kind, size: int) -> None:
    """Raise 413 if a file of this kind has grown past its limit."""
    if size > LIMITS[kind]:
        raise too_large(kind, LIMITS[kind])


def too_large(kind: Kind | None, limit: int) -> AppError:
    """Make the 413, which tells the limit in bytes."""
    words = f"{NAMES[kind] if kind else '文件'}不能超过 {limit // MB} MB。"
    return AppError(
        Code.TOO_LARGE,
        413,
        words,
        errors=[{"field": FIELD, "code": "too_large", "message": words}],
        data={"limit": limit},
    )


def unreadable(words: str) -> AppError:
    """Make the 422 for a file of a type we take that is broken or goes too far."""
    return AppError(
        Code.MEDIA_UNREADABLE, 422, words, errors=[{"field": FIELD, "code": "media_unreadable", "message": words}]
    )


def unsupported(words: str) -> AppError:
    """Make the 415 for a type of file the house does not take."""
    return AppError(
        Code.UNSUPPORTED_MEDIA_TYPE,
        415,
        words,
        errors=[{"field": FIELD, "code": "unsupported_media_type", "message": words}],
    )


def demand_room(open_uploads: int) -> None:
    """Raise 409 if this person has as many uploads under way as one may have."""
    if open_uploads >= UPLOADS_AT_ONCE:
        words = f"您有 {open_uploads} 个文件还没有传完，请先传完或放弃几个，再传新的。"
        raise guard_failed("uploads_at_once", words)


def demand_place(here: int, said: int, size: int, more: int) -> None:
    """Raise unless a piece of `more` bytes goes on where the `here` bytes of an upload of `size` end.

    Raises:
        AppError: 409 with the true offset where it was sent for another one, 413 where it goes beyond the end.
    """
    if said != here:
        raise wrong_offset(here, f"这一段接不上：服务器已收到 {here} 字节，请从那里接着传。")
    if here + more > size:
        raise AppError(
            Code.TOO_LARGE,
            413,
            f"这一段超出了文件的末尾：文件只差 {size - here} 字节。",
            errors=[{"field": FIELD, "code": "too_large", "message": "比登记的大小多。"}],
            data={"limit": size - here},
        )


def demand_whole(here: int, size: int) -> None:
    """Raise 409 with the true offset unless all of an upload is here."""
    if here != size:
        raise wrong_offset(here, f"文件还没有传完：服务器已收到 {here} 字节，共 {size} 字节。")


def demand_checksum(said: str | None, found: str) -> None:
    """Raise 422 `checksum_mismatch` if the bytes are not those that their sender announced."""
    if said is not None and said != found:
        words = "收到的内容与登记的校验值不符，文件在路上损坏了或被换过，请放弃后重新上传。"
        error = FieldError(field="sha256", code="checksum_mismatch", message="与收到的内容不符。")
        raise AppError(Code.CHECKSUM_MISMATCH, 422, words, errors=[error])


def wrong_offset(here: int, words: str) -> AppError:
    """Make the 409 that tells where an upload stands."""
    return AppError(Code.UPLOAD_OFFSET, 409, words, data={"offset": here}, headers={"Upload-Offset": str(here)})


def busy(here: int) -> AppError:
    """Make the 409 for an upload of which somebody writes or finishes a piece at this moment."""
    words = "这个文件正在另一个页面里上传，请稍候再接着传。"
    return AppError(Code.UPLOAD_BUSY, 409, words, data={"offset": here}, headers={"Upload-Offset": str(here)})
