"""Making the five renditions of a story out of its own sentences, and telling which of them are new. No database.

What is too long is cut between sentences, a title between clauses. Where that does not do, the text stays whole and the
limits say what is wrong with it: no channel is helped by half a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.newsroom.editing.packages.checks import Media
from backend.newsroom.editing.packages.limits import (
    LIMITS,
    PLACES,
    estimated_seconds,
    fits_cover,
    half_widths,
    most_seconds,
    post_length,
    room,
    without_outside_links,
)
from backend.newsroom.editing.packages.text import (
    halves_of,
    lines_of,
    longest_opening,
    running_text,
    sentences_in,
    shortened,
    written_length,
)
from backend.newsroom.examination.aids.verbatim import is_verbatim_subset

Fields = dict[str, Any]


@dataclass(frozen=True)
class Master:
    """What is read of a story, with the names of its section and of its towns."""

    id: str
    headline: str
    subtitle: str
    summary: str
    body: Sequence[Mapping[str, Any]]
    cover: str | None
    byline: str
    section: str
    towns: Mapping[str, str]

    @property
    def texts(self) -> list[str]:
        """All words that were signed with the story."""
        own = [self.headline, self.subtitle, self.summary, self.byline, self.section, *self.towns.values()]
        own += halves_of(self.headline)
        return [text for text in own if text.strip()] + [line for block in self.body for line in lines_of(block)]

    @property
    def opening(self) -> list[str]:
        """The paragraphs that a short text is made from."""
        return [line.strip() for line in self.summary.splitlines() if line.strip()] or running_text(self.body)

    @property
    def images(self) -> list[dict[str, str]]:
        """The pictures, the cover first, each with the words that the story has for it."""
        alts = {block["media"]: block["alt"] or block["caption"] for block in self.body if block["type"] == "image"}
        order = dict.fromkeys([*([self.cover] if self.cover else []), *alts])
        return [{"media": media_id, "alt": alts.get(media_id, "")} for media_id in order]


@dataclass(frozen=True)
class _Task:
    """What a rendition is made of, and for which place of a page or a rundown."""

    master: Master
    place: Fields
    media: Media


def derive(kind: str, master: Master, place: Mapping[str, Any], media: Media) -> Fields:
    """Make a rendition; `place` is where a page or a rundown has it, as far as that is known."""
    return _MAKERS[kind](_Task(master, _placed(kind, place, media), media))


def new_sentences(fields: Mapping[str, Any], master: Master) -> list[str]:
    """List the sentences of a rendition that its master does not have: with none it inherits the signature."""
    signed = master.texts
    # Most lines are the master's as they stand; only the others are worth the search.
    known = set(signed)
    return is_verbatim_subset([text for text in texts_of(fields) if text not in known], signed)


def texts_of(fields: Mapping[str, Any]) -> list[str]:
    """Return all words of a rendition that its reader, viewer or listener gets."""
    texts = [fields[name] for name in ("title", "headline", "digest", "push_text") if fields.get(name)]
    texts += [line for name in ("text", "script") for line in fields.get(name, "").splitlines()]
    for block in fields.get("body", ()):
        texts += lines_of(block)
    for name in ("tags", "topics", "lower_thirds"):
        texts += fields.get(name, ())
    pictures = [*fields.get("images", ()), *([fields["cover"]] if fields.get("cover") else [])]
    return [text for text in [*texts, *(picture["alt"] for picture in pictures)] if text.strip()]


def seconds_of(clips: Sequence[str], media: Media) -> float | None:
    """Add up how long clips run; None if one of them is not known yet."""
    known = [media[clip].duration_s if clip in media else None for clip in clips]
    return None if None in known else round(sum(seconds or 0 for seconds in known), 1)


def _placed(kind: str, place: Mapping[str, Any], media: Media) -> Fields:
    placed: Fields = {name: place.get(name) for name in PLACES.get(kind, ())}
    if kind == "rundown_item":
        placed["type"] = placed["type"] or "spoken"
        placed["clip_ids"] = placed["clip_ids"] or []
        if placed["clip_seconds"] is None:
            placed["clip_seconds"] = seconds_of(placed["clip_ids"], media)
    return placed


def _title(master: Master, fits: Callable[[str], bool]) -> str:
    return shortened(master.headline, fits) or master.headline


def _within(most: float, length: Callable[[str], float] = len) -> Callable[[str], bool]:
    return lambda text: length(text) <= most


def _teaser(master: Master, most: int) -> str:
    """Return the first sentences that fit, or else the headline."""
    for paragraphs in (master.opening, running_text(master.body)):
        teaser = longest_opening(paragraphs[:1], _within(most))
        if teaser:
            return teaser
    return _title(master, _within(most))


def _app_article(task: _Task) -> Fields:
    master, limits = task.master, LIMITS["app_article"]
    return {
        "title": _title(master, _within(limits["title"])),
        "cover": _cover(task, cut=True),
        "body": [_described(block) for block in master.body],
        "tags": [name for name in (master.section, *master.towns.values()) if name][: limits["tags"]],
        "push_text": _teaser(master, limits["push_text"]),
        "geo": {"towns": list(master.towns)},
    }


def _described(block: Mapping[str, Any]) -> dict[str, Any]:
    """Let the caption describe a picture that has no description of its own."""
    if block["type"] == "image" and not block["alt"].strip():
        return {**block, "alt": block["caption"]}
    return dict(block)


def _cover(task: _Task, *, cut: bool) -> Fields | None:
    if task.master.cover is None:
        return None
    cover, facts = task.master.images[0], task.media.get(task.master.cover)
    crop = cut and facts and facts.width and facts.height and not fits_cover(facts.width, facts.height)
    return {**cover, "crop": _middle(facts.width, facts.height) if crop and facts else None}


def _middle(width: int | None, height: int | None) -> dict[str, int]:
    """Return the largest part of a picture, around its middle, that has the ratio of a cover."""
    across, down = LIMITS["app_article"]["cover_ratio"]
    wide, high = width or 0, height or 0
    cut_wide, cut_high = min(wide, max(1, high * across // down)), min(high, max(1, wide * down // across))
    return {"x": (wide - cut_wide) // 2, "y": (high - cut_high) // 2, "width": cut_wide, "height": cut_high}


def _wechat_article(task: _Task) -> Fields:
    master, limits = task.master, LIMITS["wechat_article"]
    digest = _teaser(master, limits["digest"])
    return {
        "title": _title(master, _within(limits["title"])),
        "digest": digest if len(digest) <= limits["digest"] else "",
        "cover": _cover(task, cut=False),
        "body": [_unlinked(block) for block in map(_described, master.body)],
        # Whether a piece is declared original is a statement that a person answers for.
        "original_flag": False,
    }


def _unlinked(block: dict[str, Any]) -> dict[str, Any]:
    return block | {"html": without_outside_links(block["html"])} if "html" in block else block


def _weibo_post(task: _Task) -> Fields:
    master, limits = task.master, LIMITS["weibo_post"]
    images = master.images[: limits["images"]]
    films = [block["media"] for block in master.body if block["type"] == "video"]
    post: Fields = {
        "text": "",
        "topics": list(master.towns.values())[: limits["topics"]] or ([master.section] if master.section else []),
        "images": images,
        "video": films[0] if films and not images else None,
        "link": f"/articles/{master.id}",
    }

    def fits(text: str) -> bool:
        return post_length(post | {"text": text}) <= float(limits["visible"])

    texts = [longest_opening([master.headline, *rest], fits) for rest in (master.opening, running_text(master.body))]
    return post | {"text": max(texts, key=len) or master.headline}


def _page_slot(task: _Task) -> Fields:
    master, place = task.master, task.place
    width, wanted = place["headline_width"], place["max_chars"]
    headline = master.headline if width is None else _title(master, _within(width, half_widths))
    paragraphs = running_text(master.body)
    if wanted is None:
        return place | {"headline": headline, "text": "\n".join(paragraphs)}
    text = longest_opening(paragraphs, _within(room(wanted)[1], written_length))
    return place | {"headline": headline, "text": text or _first(paragraphs)}


def _first(paragraphs: Sequence[str]) -> str:
    """Return the first sentence, whole, though it does not fit."""
    return sentences_in(paragraphs[0])[0] if paragraphs else ""


def _rundown_item(task: _Task) -> Fields:
    master, place = task.master, task.place
    planned, paragraphs = place["planned_seconds"], running_text(master.body)

    def fits(text: str) -> bool:
        return planned is None or estimated_seconds(place | {"script": text}) <= most_seconds(planned)

    caption = shortened(master.headline, _within(LIMITS["rundown_item"]["lower_third"], half_widths))
    script = longest_opening(paragraphs, fits) or _first(paragraphs)
    return place | {"script": script, "lower_thirds": [caption] if caption else []}


_MAKERS: dict[str, Callable[[_Task], Fields]] = {
    "app_article": _app_article,
    "wechat_article": _wechat_article,
    "weibo_post": _weibo_post,
    "page_slot": _page_slot,
    "rundown_item": _rundown_item,
}
