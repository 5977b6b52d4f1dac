"""Making the neutral item of an article, from wherever its fields come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from backend.feed.syndication import words
from backend.feed.syndication.items import Attachment, Correction, Item, Named, Outlet
from backend.feed.syndication.words import clean


def build_item(
    outlet: Outlet,
    *,
    article_id: str,
    version: int,
    headline: str,
    summary: str,
    body: Sequence[Mapping[str, Any]],
    byline: str,
    section: Named,
    class_: str,
    published: datetime,
    updated: datetime,
    towns: Iterable[Named] = (),
    sources: Iterable[Named] = (),
    corrections: Iterable[Correction] = (),
    breaking: bool = False,
    confirmed: bool = True,
    cover: Attachment | None = None,
    media: Mapping[str, Attachment] | None = None,
) -> Item:
    """Make the item of an article whose body is stored blocks; `media` are its files by id."""
    media = media or {}
    admitted = tuple(Correction(each.at, clean(each.note)) for each in corrections)
    first = words.first_lines(admitted, confirmed=confirmed)
    return Item(
        id=article_id,
        version=version,
        headline=clean(headline),
        summary=clean(summary),
        html=words.as_html(first, body, media),
        text="\n".join([*first, words.plain(body)]),
        byline=clean(byline),
        section=_clean(section),
        towns=tuple(map(_clean, towns)),
        sources=tuple(map(_clean, sources)),
        class_=class_,
        breaking=breaking,
        confirmed=confirmed,
        url=outlet.page(article_id),
        published=published,
        updated=updated,
        corrections=admitted,
        cover=cover,
        media=tuple(_shown(block, media[block["media"]]) for block in body if block.get("media") in media),
    )


def attachment(outlet: Outlet, media: Mapping[str, Any]) -> Attachment:
    """Make the attachment of a file as `backend.media.queries.present_media` writes it."""
    return Attachment(
        id=media["id"],
        kind=media["kind"],
        url=outlet.media(media["id"]),
        mime=media["mime"],
        bytes=media["bytes"],
        width=media["width"],
        height=media["height"],
        duration_s=media["duration_s"],
        poster=f"{outlet.media(media['id'])}/poster" if media["poster"] else None,
    )


def _shown(block: Mapping[str, Any], file: Attachment) -> Attachment:
    said = clean(block.get("caption") or block.get("alt") or "")
    return replace(file, words=said)


def _clean(named: Named) -> Named:
    return Named(named.id, clean(named.name))
