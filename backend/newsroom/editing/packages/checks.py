"""Holding a rendition against the limits of its kind. No database."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.errors import FieldError
from backend.newsroom.editing.packages.limits import (
    LIMITS,
    PLACES,
    estimated_seconds,
    fits_cover,
    half_widths,
    most_seconds,
    outside_links,
    post_length,
    room,
)
from backend.newsroom.editing.packages.text import written_length

Fields = Mapping[str, Any]
Problems = Iterator[FieldError]


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What the limits ask about a file.

    `cleared` says that it is registered as usable, `barred` that its rights or a consent forbid every use.
    """

    kind: str
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    cleared: bool = False
    barred: bool = False


Media = Mapping[str, MediaFacts]


def problems_of(kind: str, fields: Fields, media: Media) -> list[FieldError]:
    """List what keeps a rendition from its channel; none means that it is within all limits."""
    found = [*_CHECKS[kind](fields, media), *_of_media(kind, fields, media)]
    return list({(problem["field"], problem["code"]): problem for problem in found}.values())


def shown_media(fields: Fields) -> list[tuple[str, str, str | None]]:
    """List the files that a rendition shows: the field, the file, and its alternative text where it has one."""
    cover, video = fields.get("cover"), fields.get("video")
    found: list[tuple[str, str, str | None]] = [("cover", cover["media"], cover["alt"])] if cover else []
    blocks = enumerate(fields.get("body", ()))
    found += [(f"body.{at}", block["media"], block["alt"]) for at, block in blocks if "media" in block]
    found += [(f"images.{at}", image["media"], image["alt"]) for at, image in enumerate(fields.get("images", ()))]
    found += [("video", video, None)] if video else []
    return found + [(f"clip_ids.{at}", clip, None) for at, clip in enumerate(fields.get("clip_ids", ()))]


def _of_media(kind: str, fields: Fields, media: Media) -> Problems:
    limits = LIMITS[kind]
    for field, media_id, alt in shown_media(fields):
        facts = media.get(media_id)
        if facts is None or facts.barred:
            yield _problem(field, "barred", "这个文件不能使用：授权已失效、未获同意，或已被停用。")
        elif limits.get("rights") and not facts.cleared:
            yield _problem(field, "no_rights", "这个文件还没有登记为可用素材。")
        if limits.get("alt") and facts and facts.kind == "image" and not (alt or "").strip():
            yield _problem(field, "no_alt", "图片还没有替代文字。")


def _problem(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)


def _words(fields: Fields, field: str, most: float = math.inf, length: Callable[[str], float] = len) -> Problems:
    text = fields[field]
    if not text.strip():
        yield _problem(field, "missing", "还没有内容。")
    elif length(text) > most:
        yield _problem(field, "too_long", f"现有 {length(text):g} 字，最多 {most:g} 字。")


def _at_most(fields: Fields, field: str, most: int, what: str) -> Problems:
    if len(fields[field]) > most:
        yield _problem(field, "too_many", f"最多 {most} {what}。")


def _given(fields: Fields, names: Sequence[str]) -> Problems:
    for name in names:
        if fields[name] in (None, ""):
            yield _problem(name, "missing", "还没有填。")


def _of_kind(wanted: str, field: str, ids: Sequence[str], media: Media) -> Problems:
    if any(media_id in media and media[media_id].kind != wanted for media_id in ids):
        yield _problem(field, f"not_{wanted}", "这里要用图片。" if wanted == "image" else "这里要用视频。")


def _app_article(fields: Fields, media: Media) -> Problems:
    limits = LIMITS["app_article"]
    yield from _words(fields, "title", limits["title"])
    yield from _words(fields, "push_text", limits["push_text"])
    yield from _at_most(fields, "tags", limits["tags"], "个标签")
    yield from _body(fields)
    yield from _cover(fields, media, LIMITS["app_article"]["cover_ratio"])


def _cover(fields: Fields, media: Media, ratio: tuple[int, int] | None = None) -> Problems:
    if (cover := fields["cover"]) is None:
        return
    yield from _of_kind("image", "cover", [cover["media"]], media)
    facts, crop = media.get(cover["media"], MediaFacts("image")), cover["crop"]
    width, height = facts.width or 0, facts.height or 0
    if crop is not None:
        if crop["x"] + crop["width"] > width or crop["y"] + crop["height"] > height:
            yield _problem("cover", "outside", "裁剪范围超出了图片。")
        width, height = crop["width"], crop["height"]
    if ratio and not fits_cover(width, height):
        yield _problem("cover", "ratio", f"封面要是 {ratio[0]}:{ratio[1]}，请裁剪。")


def _body(fields: Fields) -> Problems:
    if not fields["body"]:
        yield _problem("body", "missing", "还没有正文。")


def _wechat_article(fields: Fields, media: Media) -> Problems:
    limits = LIMITS["wechat_article"]
    yield from _words(fields, "title", limits["title"])
    if fields["digest"]:
        yield from _words(fields, "digest", limits["digest"])
    yield from _body(fields)
    for at, block in enumerate(fields["body"]):
        if outside_links(block.get("html", "")):
            yield _problem(f"body.{at}", "external_link", "微信正文不能有外部链接。")
    yield from _cover(fields, media)


def _weibo_post(fields: Fields, media: Media) -> Problems:
    limits = LIMITS["weibo_post"]
    yield from _words(fields, "text", limits["visible"], lambda _: post_length(fields))
    yield from _at_most(fields, "topics", limits["topics"], "个话题")
    yield from _at_most(fields, "images", limits["images"], "张图片")
    yield from _of_kind("image", "images", [image["media"] for image in fields["images"]], media)
    if fields["video"] is not None:
        yield from _of_kind("video", "video", [fields["video"]], media)
        if fields["images"]:
            yield _problem("video", "not_both", "图片和视频只能选一样。")


def _page_slot(fields: Fields, media: Media) -> Problems:
    del media
    yield from _given(fields, PLACES["page_slot"])
    yield from _words(fields, "headline", fields["headline_width"] or math.inf, half_widths)
    yield from _words(fields, "text")
    wanted = fields["max_chars"]
    if wanted is None or not fields["text"].strip():
        return
    length, (fewest, most) = written_length(fields["text"]), room(wanted)
    if not fewest <= length <= most:
        share = LIMITS["page_slot"]["tolerance"]
        words = f"现有 {length} 字，版面要 {wanted} 字，上下不超过 {share:.0%}。"
        yield _problem("text", "too_long" if length > most else "too_short", words)


def _rundown_item(fields: Fields, media: Media) -> Problems:
    limits = LIMITS["rundown_item"]
    yield from _given(fields, ("show", "order", "planned_seconds"))
    yield from _words(fields, "script")
    planned, takes = fields["planned_seconds"], estimated_seconds(fields)
    if planned is not None and takes > most_seconds(planned):
        yield _problem("script", "too_long", f"估计要播 {takes:g} 秒，计划是 {planned} 秒。")
    if fields["clip_seconds"] is None:
        yield _problem("clip_seconds", "missing", "请填这些片子一共多少秒。")
    yield from _at_most(fields, "lower_thirds", limits["lower_thirds"], "条字幕")
    for at, text in enumerate(fields["lower_thirds"]):
        if half_widths(text) > limits["lower_third"]:
            yield _problem(f"lower_thirds.{at}", "too_long", f"一条字幕最多 {limits['lower_third']} 字。")
    yield from _of_kind("video", "clip_ids", fields["clip_ids"], media)


_CHECKS: dict[str, Callable[[Fields, Media], Problems]] = {
    "app_article": _app_article,
    "wechat_article": _wechat_article,
    "weibo_post": _weibo_post,
    "page_slot": _page_slot,
    "rundown_item": _rundown_item,
}
