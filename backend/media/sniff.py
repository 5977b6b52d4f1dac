"""What a file is, by its first bytes. What the sender calls it is not asked."""

from __future__ import annotations

from backend.errors import AppError
from backend.media.rules import TYPES, FileType, unsupported

# Two frames of any MP3 or AAC stream fit in here.
HEAD_BYTES = 16 * 1024

_PREFIXES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_HEIF = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"heif", b"mif1", b"msf1"})
_MP4 = frozenset(
    b"isom,iso2,iso3,iso4,iso5,iso6,iso7,iso8,iso9,avc1,mp41,mp42,mmp4,M4V ,M4VP,M4VH,MSNV,dash,3gp4,3gp5,3gp6".split(
        b","
    )
)
_M4A = frozenset({b"M4A ", b"M4B ", b"M4P "})
_OGG_SOUND = (b"OpusHead", b"\x01vorbis", b"\x7fFLAC", b"Speex   ")
# Kilobits a second of MPEG audio layer III, by version 1 and versions 2 and 2.5.
_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HERTZ = (44100, 48000, 32000)


def sniff(head: bytes) -> FileType:
    """Tell the type of a file from its first `HEAD_BYTES` bytes (fewer if the file is shorter).

    MP4 is told from M4A for good only by its tracks, which `formats.mp4` reads.

    Raises:
        AppError: 415 `unsupported_media_type` for everything that is not on the list.
    """
    mime = _mime(head)
    if mime is None:
        raise _refusal(head)
    return TYPES[mime]


def _mime(head: bytes) -> str | None:
    for prefix, mime in _PREFIXES:
        if head.startswith(prefix):
            return mime
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _film(head)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        # The same container is Matroska, which browsers do not play, unless its header says webm.
        return "video/webm" if b"\x42\x82\x84webm" in head[:64] else None
    if head.startswith(b"OggS"):
        return "audio/ogg" if any(mark in head[:64] for mark in _OGG_SOUND) else None
    return _stream(head)


def _film(head: bytes) -> str | None:
    end = min(int.from_bytes(head[:4]), 256)
    major = head[8:12]
    brands = {major, *(head[at : at + 4] for at in range(16, end - 3, 4))}
    if major in _HEIF:
        return None
    if major == b"qt  ":
        return "video/quicktime"
    if major in _M4A:
        return "audio/mp4"
    return "video/mp4" if brands & _MP4 else None


def _stream(head: bytes) -> str | None:
    """Know bare sound by two frames in a row, since two bytes of one may be anything."""
    if head.startswith(b"ID3") and len(head) > 10 and head[3] in {2, 3, 4}:
        return "audio/mpeg"
    for mime, length_at in (("audio/mpeg", _mp3_frame), ("audio/aac", _aac_frame)):
        length = length_at(head, 0)
        if length and length_at(head, length):
            return mime
    return None


def _mp3_frame(data: bytes, at: int) -> int:
    """Return the length of the MPEG layer III frame that starts here, 0 if none does."""
    header = data[at : at + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, rate, hertz = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or rate in {0, 15} or hertz == 3:
        return 0
    kbits = (_KBITS_1 if version == 3 else _KBITS_2)[rate]
    divisor = {3: 1, 2: 2, 0: 4}[version]
    return (144 if version == 3 else 72) * kbits * 1000 // (_HERTZ[hertz] // divisor) + (header[2] >> 1 & 1)


def _aac_frame(data: bytes, at: int) -> int:
    """Return the length of the ADTS frame that starts here, 0 if none does."""
    header = data[at : at + 7]
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or header[2] >> 2 & 15 > 12:
        return 0
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length > 7 else 0


def _refusal(head: bytes) -> AppError:
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        return unsupported("暂不支持 HEIC 照片。请在手机相机设置里选“兼容性最佳”，或先把照片转成 JPEG 再上传。")
    return unsupported(
        "不支持这种文件。图片可用 JPEG、PNG、GIF、WebP，视频可用 MP4、MOV、WebM，"
        "音频可用 MP3、M4A、AAC、OGG、WAV，文件可用 PDF。"
    )
