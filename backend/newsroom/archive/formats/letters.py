"""From bytes to text: which encoding a file is in, and which characters are none that a person meant."""

from __future__ import annotations

import codecs
import re

from backend.newsroom.archive.formats import MAX_BYTES, Unreadable

# GB18030 contains GBK and GB2312, and files that say one of them often hold a character of another.
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "utf-16": "utf-16",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "iso-8859-1": "cp1252",
    "windows-1252": "cp1252",
}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UNCLEAN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


def decode(data: bytes, declared: str | None = None) -> str:
    """Return the text of a file: by its byte order mark, else as it declares, else UTF-8 or GB18030, whichever fits.

    Raises:
        Unreadable: for a file that is too large, empty, or in none of these.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable("too_large", f"文件不能超过 {MAX_BYTES // 1024 // 1024} MB，请分成几个文件导入。")
    if not data.strip():
        raise Unreadable("empty", "文件是空的。")
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], (codec,))
    if declared is None:
        return _decoded(data, ("utf-8", "gb18030"))
    codec = _CODECS.get(declared.strip().lower().replace("_", "-"), "")
    if not codec:
        raise Unreadable("encoding", "不认识文件声明的字符编码，请另存为 UTF-8 后再导入。")
    return _decoded(data, (codec,))


def _decoded(data: bytes, candidates: tuple[str, ...]) -> str:
    for codec in candidates:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    names = " 也不是 ".join(codec.upper() for codec in candidates)
    raise Unreadable("encoding", f"文件的字符编码不是 {names}，请另存为 UTF-8 后再导入。")


def clean(text: str) -> str:
    """Leave out control characters, lone surrogates and non-characters, which databases and clients choke on."""
    return _UNCLEAN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
