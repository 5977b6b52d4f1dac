"""What each channel takes, as data that a centre may change, and how it counts. No database."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from backend.newsroom.editing.packages.text import written_length

KINDS = {
    "app_article": "客户端稿",
    "wechat_article": "微信稿",
    "weibo_post": "微博",
    "page_slot": "报纸版面稿",
    "rundown_item": "电视播出稿",
}
# What belongs to the place of a page or a rundown, and is planned rather than derived from the story.
PLACES: dict[str, tuple[str, ...]] = {
    "page_slot": ("issue_date", "page_no", "slot_no", "headline_width", "max_chars", "columns"),
    "rundown_item": ("type", "show", "order", "planned_seconds", "clip_ids", "clip_seconds"),
}
# What an editor may set in each kind. The link of a weibo post is not among it: it follows from the story.
FIELDS: dict[str, tuple[str, ...]] = {
    "app_article": ("title", "cover", "body", "tags", "push_text", "geo"),
    "wechat_article": ("title", "digest", "cover", "body", "original_flag"),
    "weibo_post": ("text", "topics", "images", "video"),
    "page_slot": (*PLACES["page_slot"], "headline", "text"),
    "rundown_item": (*PLACES["rundown_item"], "script", "lower_thirds"),
}
# Lengths are in characters; `visible`, the width of a page's headline and `lower_third` count half-width ones as half.
# `tolerance` and `ratio_tolerance` are shares: 0.03 is 3 %. `alt` and `rights` say what every picture must have.
LIMITS: dict[str, dict[str, Any]] = {
    "app_article": {
        "title": 30,
        "push_text": 60,
        "tags": 10,
        "cover_ratio": (16, 9),
        "ratio_tolerance": 0.02,
        "alt": True,
        "rights": True,
    },
    "wechat_article": {"title": 32, "digest": 120, "own_hosts": ("mp.weixin.qq.com",)},
    "weibo_post": {"visible": 140, "link": 11, "images": 9, "topics": 3},
    "page_slot": {"tolerance": 0.03},
    "rundown_item": {"per_second": 4.5, "tolerance": 0.05, "lower_third": 18, "lower_thirds": 6},
}
_URL = re.compile(r"https?://[!-~]+")
_LINK = re.compile(r"""<a\b(?>[^<>]*?\bhref=")([^"<>]*)"[^<>]*>((?:(?!<a\b).)*?)</a>""", re.DOTALL)


def half_widths(text: str) -> float:
    """Count characters, half-width ones as half."""
    return sum(0.5 if ord(char) < 128 else 1.0 for char in text)


def visible_length(text: str) -> float:
    """Count as weibo does: half-width characters as half, a URL as the short link it becomes."""
    links = len(_URL.findall(text))
    return links * float(LIMITS["weibo_post"]["link"]) + half_widths(_URL.sub("", text))


def post_length(fields: Mapping[str, Any]) -> float:
    """Count what is visible of a weibo post: its topics, its text and its link."""
    topics = "".join(f"#{topic}#" for topic in fields["topics"])
    return visible_length(topics + fields["text"]) + float(LIMITS["weibo_post"]["link"])


def estimated_seconds(fields: Mapping[str, Any]) -> float:
    """Estimate how long a rundown item runs: its script read aloud, and its clips."""
    spoken = written_length(fields["script"]) / float(LIMITS["rundown_item"]["per_second"])
    return round(spoken + (fields["clip_seconds"] or 0), 1)


def most_seconds(planned: float) -> float:
    """Return how long an item may run at most in its slot."""
    return planned * (1 + float(LIMITS["rundown_item"]["tolerance"]))


def room(max_chars: int) -> tuple[float, float]:
    """Return the fewest and the most characters that fill a slot of a page."""
    share = float(LIMITS["page_slot"]["tolerance"])
    return max_chars * (1 - share), max_chars * (1 + share)


def measures(kind: str, fields: Mapping[str, Any]) -> dict[str, float | None]:
    """Return what an editor watches while cutting: the count that decides, and its bound."""
    if kind == "weibo_post":
        return {"visible_length": post_length(fields), "limit": LIMITS[kind]["visible"]}
    if kind == "page_slot":
        return {"characters": written_length(fields["text"]), "limit": fields["max_chars"]}
    if kind == "rundown_item":
        return {"estimated_seconds": estimated_seconds(fields), "planned_seconds": fields["planned_seconds"]}
    return {"title_length": len(fields["title"]), "limit": LIMITS[kind]["title"]}


def fits_cover(width: float, height: float) -> bool:
    """Tell whether a picture has the ratio of a cover, near enough."""
    across, down = LIMITS["app_article"]["cover_ratio"]
    wanted, tolerance = across / down, float(LIMITS["app_article"]["ratio_tolerance"])
    return height > 0 and abs(width / height - wanted) <= wanted * tolerance


def outside_links(block_html: str) -> list[str]:
    """List the links of a text block that lead out of WeChat."""
    return [link for link, _ in _LINK.findall(block_html) if not _is_own(link)]


def without_outside_links(block_html: str) -> str:
    """Take those links off and leave their words."""
    return _LINK.sub(lambda found: found[0] if _is_own(found[1]) else found[2], block_html)


def _is_own(link: str) -> bool:
    try:
        return urlsplit(html.unescape(link)).hostname in LIMITS["wechat_article"]["own_hosts"]
    except ValueError:
        return False
