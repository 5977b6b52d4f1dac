"""Which reader a file is for."""

from __future__ import annotations

from collections.abc import Callable

from backend.newsroom.archive.formats import Parsed, Unreadable, newsml, ninjs, rss, table, wxr
from backend.newsroom.archive.formats.tree import Node, read_tree

READERS: dict[str, Callable[[bytes], Parsed]] = {
    "rss": rss.parse,
    "atom": rss.parse,
    "wxr": wxr.parse,
    "newsml": newsml.parse,
    "ninjs": ninjs.parse,
    "csv": table.parse,
}
AUTO = "auto"
_HEAD_BYTES = 4096
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def parse(data: bytes, format: str = AUTO) -> Parsed:
    """Read a file in a format of `READERS`, or in the one that its beginning tells.

    Raises:
        Unreadable: for what cannot be read as that.
    """
    return _by_looks(data) if format == AUTO else READERS[format](data)


def _by_looks(data: bytes) -> Parsed:
    # Only whether it begins with a bracket of JSON or of XML counts here, which is the same in every encoding.
    head = data[:_HEAD_BYTES]
    for mark in _MARKS:
        head = head.removeprefix(mark)
    first = head.replace(b"\0", b"").lstrip()[:1]
    if first in {b"{", b"["}:
        return ninjs.parse(data)
    if first == b"<":
        return _by_root(read_tree(data, wxr.SKIP))
    return table.parse(data)


def _by_root(root: Node) -> Parsed:
    channel = root.find("channel")
    if root.tag == "rss" and channel is not None and wxr.is_export(channel):
        return wxr.read_export(root)
    if root.tag in {"rss", "RDF", "feed"}:
        return rss.read_feed(root)
    if root.tag in {"newsMessage", "newsItem", "packageItem"}:
        return newsml.read_message(root)
    raise Unreadable("not_this_format", "认不出这是哪一种文件。能读 RSS、Atom、WXR、NewsML-G2、ninjs 和 CSV。")
