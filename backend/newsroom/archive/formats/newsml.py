"""NewsML-G2 (IPTC): news messages, news items, and packages that say which pictures go with which text."""

from __future__ import annotations

from collections.abc import Iterator

from backend.newsroom.archive.formats import File, Item, Parsed, Refusal, Unreadable, demand_few
from backend.newsroom.archive.formats.tree import Node, read_tree

NAR = "http://iptc.org/std/nar/2006-10-01/"
_PICTURES = {"picture", "graphic", "video", "audio"}
_USABLE = "usable"
_MAX_PACKED = 100


def parse(data: bytes) -> Parsed:
    """Read a message or a single item.

    Raises:
        Unreadable: for what is neither.
    """
    return read_message(read_tree(data))


def read_message(root: Node) -> Parsed:
    """Read the tree of a message or an item."""
    found = list(_things(root))
    if not found:
        raise Unreadable("not_this_format", "这不是 NewsML-G2 文件。")
    demand_few(len(found))
    things = {node.get("guid"): node for node in found if node.tag == "newsItem"}
    pictures = {guid: node for guid, node in things.items() if _kind(node) in _PICTURES}
    packed = _packed(found, pictures)
    texts = [node for node in found if node.tag == "newsItem" and _kind(node) == "text"]
    items = [_item(node, pictures, packed.get(node.get("guid"), [])) for node in texts]
    used = {guid for node in found for guid in _links(node)}
    items += [_lonely(node) for guid, node in pictures.items() if guid not in used]
    # In the order of the file again.
    return Parsed(_provider(root, found), sorted(items, key=lambda item: item.line))


def _things(root: Node) -> Iterator[Node]:
    if root.tag in {"newsItem", "packageItem"}:
        yield root
    elif root.tag == "newsMessage":
        for item_set in root.all("itemSet"):
            yield from (node for node in item_set.children if node.tag in {"newsItem", "packageItem"})


def _provider(root: Node, found: list[Node]) -> str:
    for node in found:
        provider = node.find("itemMeta", "provider")
        if provider:
            return provider.words("name") or provider.get("literal") or provider.get("uri") or provider.get("qcode")
    return root.words("header", "sender")


def _kind(node: Node) -> str:
    """Return the class of an item; one without is a text."""
    item_class = node.find("itemMeta", "itemClass")
    return _code(item_class) if item_class and _code(item_class) else "text"


def _code(node: Node | None) -> str:
    """Return the last part of a code, as different schemes write it: `ninat:text`, `.../newsnature/text`."""
    if node is None:
        return ""
    return (node.get("qcode") or node.get("uri")).replace("/", ":").rpartition(":")[2].lower()


def _links(node: Node) -> Iterator[str]:
    """Yield the guids that an item or a package points at."""
    for link in node.all("itemMeta"):
        yield from (one.get("residref") for one in link.all("link"))
    for group_set in node.all("groupSet"):
        for group in group_set.all("group"):
            yield from (one.get("residref") for one in group.all("itemRef"))


def _item(node: Node, pictures: dict[str, Node], packed: list[str]) -> Item:
    meta, content = node.find("itemMeta") or node, node.find("contentMeta") or node
    owner, licence = _rights(node)
    names = [*_links(node), *packed]
    html, text = _body(node)
    return Item(
        line=node.line,
        key=node.get("guid"),
        headline=content.words("headline") or meta.words("title"),
        summary=_summary(content),
        html=html,
        text=text,
        sections=tuple(filter(None, (_subject(child) for child in content.all("subject")))),
        published=content.words("contentCreated") or meta.words("firstCreated") or meta.words("versionCreated"),
        byline=content.words("by") or "、".join(filter(None, map(_name, content.all("creator")))),
        language=(content.find("language") or node).get("tag"),
        files=tuple(_file(pictures[name]) for name in dict.fromkeys(names) if name in pictures),
        owner=owner,
        licence=licence,
        refusal=_status(meta),
    )


def _packed(found: list[Node], pictures: dict[str, Node]) -> dict[str, list[str]]:
    """Return which pictures lie in a package with an item, by the item's guid."""
    packed: dict[str, list[str]] = {}
    for package in (node for node in found if node.tag == "packageItem"):
        inside = list(dict.fromkeys(_links(package)))
        shown = [guid for guid in inside if guid in pictures][:_MAX_PACKED]
        for guid in inside:
            if guid not in pictures:
                packed[guid] = [*packed.get(guid, []), *shown][:_MAX_PACKED]
    return packed


def _status(meta: Node) -> Refusal | None:
    status = _code(meta.find("pubStatus")) or _USABLE
    if status == _USABLE:
        return None
    return Refusal("pubStatus", "not_usable", f"供稿方已把这条标为不可用（{status[:20]}），不导入。")


def _summary(content: Node) -> str:
    found = [child for child in content.all("description") if "caption" not in child.get("role")]
    return found[0].words() if found else ""


def _name(node: Node) -> str:
    return node.words("name") or node.get("literal")


_subject = _name


def _rights(node: Node) -> tuple[str, str]:
    info = node.find("rightsInfo")
    if info is None:
        return "", ""
    holder = info.find("copyrightHolder")
    owner = (_name(holder) if holder else "") or info.words("copyrightNotice")
    return owner, info.words("usageTerms")


def _body(node: Node) -> tuple[str, str]:
    """Return the text as HTML or as plain text, whichever the item has."""
    content = node.find("contentSet")
    if content is None:
        return "", ""
    for child in content.all("inlineXML"):
        # XHTML and NITF both keep their paragraphs in a body; heads and titles before it are no part of the text.
        inside = child.find("html", "body") or child.find("nitf", "body", "body.content") or child.find("nitf", "body")
        return (inside or child).markup().strip(), ""
    for child in content.all("inlineData"):
        kind = child.get("contenttype")
        return (child.words(), "") if "html" in kind else ("", child.words())
    return "", ""


def _file(node: Node) -> File:
    content = node.find("contentMeta") or node
    remote = node.find("contentSet", "remoteContent")
    captions = [child.words() for child in content.all("description")]
    name = (remote.get("href") or remote.get("residref")) if remote else ""
    return File(name or node.get("guid"), caption=captions[0] if captions else content.words("headline"))


def _lonely(node: Node) -> Item:
    words = "这条只有图片或音视频，没有配文字稿件，请作为素材上传。"
    headline = node.words("contentMeta", "headline")
    return Item(line=node.line, key=node.get("guid"), headline=headline, refusal=Refusal("", "no_text", words))
