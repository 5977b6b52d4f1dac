"""Feeds: RSS 2.0 and its older sisters, RSS 1.0, and Atom (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterator

from backend.newsroom.archive.formats import File, Item, Parsed, Unreadable, demand_few
from backend.newsroom.archive.formats.tree import Node, read_tree

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"


def parse(data: bytes) -> Parsed:
    """Read a feed of either family.

    Raises:
        Unreadable: for what is no feed.
    """
    return read_feed(read_tree(data))


def read_feed(root: Node) -> Parsed:
    """Read the tree of a feed."""
    if root.tag == "feed" and root.space in ("", ATOM):
        return _read_atom(root)
    channel = root.find("channel")
    if root.tag not in {"rss", "RDF"} or channel is None:
        raise Unreadable("not_this_format", "这不是 RSS 或 Atom 文件。")
    # RSS 1.0 has its items beside the channel.
    items = [*channel.all("item"), *root.all("item")]
    demand_few(len(items))
    source = channel.words("link") or channel.words("title")
    return Parsed(source, [_item(node, channel) for node in items])


def _item(node: Node, channel: Node) -> Item:
    full = words_in(node, "encoded", CONTENT)
    description = node.words("description")
    return Item(
        line=node.line,
        key=node.words("guid") or node.words("link"),
        headline=words_in(node, "title", ""),
        summary=description if full else "",
        html=full or description,
        sections=tuple(child.words() for child in node.all("category")),
        published=node.words("pubDate") or words_in(node, "date", DC),
        byline=words_in(node, "creator", DC) or node.words("author"),
        language=channel.words("language"),
        files=tuple(_files(node)),
        owner=words_in(node, "rights", DC) or words_in(node, "copyright", MEDIA) or channel.words("copyright"),
    )


def words_in(node: Node, tag: str, space: str) -> str:
    """Return the words of the first child of this name in this namespace. Older feeds have none at all."""
    found = next(node.all(tag, space), None)
    if found is None and not space:
        found = next((child for child in node.all(tag) if child.space not in (MEDIA, CONTENT)), None)
    return found.words() if found else ""


def _files(node: Node) -> Iterator[File]:
    for child in node.children:
        if child.tag == "enclosure" and child.get("url"):
            yield File(child.get("url"))
        elif child.space == MEDIA and child.tag in {"content", "group"}:
            yield from _media_files(child)


def _media_files(node: Node) -> Iterator[File]:
    if node.get("url"):
        yield File(node.get("url"), caption=node.words("description") or node.words("title"))
        return
    # A group holds one thing in several sizes, the first of which will do.
    for child in node.all("content", MEDIA):
        yield from _media_files(child)
        return


def _read_atom(root: Node) -> Parsed:
    entries = list(root.all("entry"))
    demand_few(len(entries))
    rights, author = root.words("rights"), root.words("author", "name")
    return Parsed(root.words("id") or root.words("title"), [_entry(node, rights, author) for node in entries])


def _entry(node: Node, rights: str, author: str) -> Item:
    content, summary = node.find("content"), node.find("summary")
    body = _markup(content) or _markup(summary)
    return Item(
        line=node.line,
        key=node.words("id") or _link(node, "alternate"),
        headline=_markup(node.find("title")),
        summary=_markup(summary) if _markup(content) else "",
        html=body,
        sections=tuple(child.get("label") or child.get("term") for child in node.all("category")),
        published=node.words("published") or node.words("updated"),
        byline="、".join(filter(None, (child.words("name") for child in node.all("author")))) or author,
        files=tuple(File(child.get("href")) for child in node.all("link") if child.get("rel") == "enclosure"),
        owner=node.words("rights") or rights,
    )


def _markup(node: Node | None) -> str:
    """Return a text construct as HTML, whichever of its three types it has."""
    if node is None:
        return ""
    kind = node.get("type") or "text"
    if kind == "xhtml":
        return node.markup().strip()
    words = node.words()
    return words if kind in {"html", "text/html"} else words.replace("&", "&amp;").replace("<", "&lt;")


def _link(node: Node, rel: str) -> str:
    return next((child.get("href") for child in node.all("link") if (child.get("rel") or "alternate") == rel), "")
