"""WordPress exports (WXR 1.0 to 1.2): posts and pages, with the attachments they show."""

from __future__ import annotations

import re

from backend.newsroom.archive.formats import MAX_MARKUP, File, Item, Parsed, Refusal, Unreadable, demand_few
from backend.newsroom.archive.formats.rss import CONTENT, DC, words_in
from backend.newsroom.archive.formats.tree import Node, read_tree

_KINDS = {"post", "page"}
# Comments are their writers', and a site may have more of them than of anything else.
SKIP = ("comment", "commentmeta", "termmeta")
_STATES = {
    "draft": "草稿",
    "auto-draft": "草稿",
    "pending": "待审",
    "private": "私密",
    "future": "定时未发",
    "trash": "回收站",
}
# Bounded, so that a text of nothing but openings takes no longer than another.
_GALLERY = re.compile(r"""\[gallery\b[^\]]{0,500}\bids=["']?([0-9, ]{1,2000})""")
_SHORTCODE = re.compile(r"\[/?(?:caption|wp_caption|gallery|embed|audio|video|playlist)\b[^\]]{0,2000}\]")
_CAPTION = re.compile(r"\[(?:wp_)?caption\b[^\]]{0,2000}\]([^\[]{0,4000})\[/(?:wp_)?caption\]")
_PICTURE = re.compile(r"<img\b[^>]*>")
_BLOCK_TAG = re.compile(r"<(?:p|div|h[1-6]|ul|ol|table|blockquote|figure)\b", re.IGNORECASE)
_NO_DATE = "0000-00-00"


def parse(data: bytes) -> Parsed:
    """Read an export.

    Raises:
        Unreadable: for what is none.
    """
    return read_export(read_tree(data, SKIP))


def read_export(root: Node) -> Parsed:
    """Read the tree of an export."""
    channel = root.find("channel")
    if root.tag != "rss" or channel is None or not is_export(channel):
        raise Unreadable("not_this_format", "这不是 WordPress 导出文件（WXR）。")
    items = list(channel.all("item"))
    attachments = {node.words("post_id"): node for node in items if node.words("post_type") == "attachment"}
    posts = [node for node in items if (node.words("post_type") or "post") in _KINDS]
    demand_few(len(posts))
    source = channel.words("base_blog_url") or channel.words("link") or channel.words("title")
    names = {node.words("author_login"): node.words("author_display_name") for node in channel.all("author")}
    return Parsed(source, [_post(node, attachments, names, channel) for node in posts])


def is_export(channel: Node) -> bool:
    """Tell whether a channel is WordPress's: no feed has these."""
    if channel.find("wxr_version"):
        return True
    return any(item.find("post_type") is not None for item in channel.all("item"))


def _post(node: Node, attachments: dict[str, Node], names: dict[str, str], channel: Node) -> Item:
    content = words_in(node, "encoded", CONTENT)
    creator = words_in(node, "creator", DC)
    state = node.words("status") or "publish"
    refusal = None
    if state != "publish":
        refusal = Refusal("status", "not_published", f"原站上没有发布（{_STATES.get(state, state[:20])}），不导入。")
    return Item(
        line=node.line,
        key=node.words("guid") or node.words("link"),
        headline=node.words("title"),
        summary=_excerpt(node),
        html=_as_html(content),
        sections=tuple(child.words() for child in node.all("category") if child.get("domain") in ("", "category")),
        published=_published(node),
        byline=names.get(creator) or creator,
        language=channel.words("language"),
        files=tuple(_files(node, content, attachments)),
        refusal=refusal,
    )


def _excerpt(node: Node) -> str:
    return next((child.words() for child in node.all("encoded") if "excerpt" in child.space), "")


def _published(node: Node) -> str:
    """Take the hour in UTC where there is one; the site's own hour has no zone."""
    gmt = node.words("post_date_gmt")
    if gmt and not gmt.startswith(_NO_DATE):
        return f"{gmt}Z" if gmt[-1:].isdigit() else gmt
    local = node.words("post_date")
    return node.words("pubDate") or ("" if local.startswith(_NO_DATE) else local)


def _files(node: Node, content: str, attachments: dict[str, Node]) -> list[File]:
    """List the picture at the head and those of galleries. What stands in the text is found there."""
    meta = {child.words("meta_key"): child.words("meta_value") for child in node.all("postmeta")}
    ids = [meta.get("_thumbnail_id", "")]
    for found in _GALLERY.findall(content[:MAX_MARKUP]):
        ids += [one.strip() for one in found.split(",")]
    shown = (attachments[one] for one in dict.fromkeys(ids) if one in attachments)
    return [_attached(one) for one in shown]


def _attached(node: Node) -> File:
    meta = {child.words("meta_key"): child.words("meta_value") for child in node.all("postmeta")}
    name = node.words("attachment_url") or node.words("guid")
    return File(name, caption=_excerpt(node), alt=meta.get("_wp_attachment_image_alt", ""))


def _as_html(content: str) -> str:
    """Write a post as HTML: its short codes gone, and empty lines turned into paragraphs as WordPress does it."""
    if len(content) > MAX_MARKUP:
        return content
    content = _SHORTCODE.sub("", _CAPTION.sub(_figure, content))
    if _BLOCK_TAG.search(content):
        return content
    parts = "\n".join(line.strip() for line in content.splitlines()).split("\n\n")
    return "".join(f"<p>{part.strip()}</p>".replace("\n", "<br>") for part in parts if part.strip())


def _figure(match: re.Match[str]) -> str:
    picture = _PICTURE.search(match[1])
    if picture is None:
        return match[1]
    return f"<figure>{picture[0]}<figcaption>{_PICTURE.sub('', match[1])}</figcaption></figure>"
