"""The text to check: a draft, taken apart into passages of plain text with the way back to the original."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from backend.folding import View, fold_view, with_breaks
from backend.newsroom.examination.aids.quantities import Quantity, quantities

Field = Literal["headline", "subtitle", "summary", "body"]
MediaState = Literal["usable", "restricted", "uploaded", "checked", "rejected"]
MEDIA_TYPES = ("image", "video", "audio")

# An attribute's value may hold a bare ">"; outside of quotes it ends the tag.
_TAG = re.compile(r"""</?([a-zA-Z][a-zA-Z0-9]*)((?:[^<>"']|"[^"]*"|'[^']*')*+)>""")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
# Words on two sides of these marks stand in two lines, though the plain text has no mark of it.
_BREAKING = {"p", "br", "ul", "ol", "li", "h2", "h3", "blockquote"}
_SENTENCE_END = re.compile(r"[。！？!?\n]+")


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What is known of the rights on one file. `state` is None for one that nobody registered as material."""

    state: MediaState | None = None
    licence_expired: bool = False
    alt: bool = False


@dataclass(frozen=True)
class Draft:
    """A text to check. `body` holds stored blocks, as backend/blocks.py makes them; `media` goes by media id.

    `dead` are hrefs that another check found unreachable. `class_` is the story's class; no rule depends on it yet.
    """

    headline: str
    subtitle: str = ""
    summary: str = ""
    body: Sequence[Mapping[str, Any]] = ()
    class_: str = ""
    media: Mapping[str, MediaFacts] = field(default_factory=dict)
    dead: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a block: where it leads, and which characters of the plain text carry it."""

    href: str
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Passage:
    """One field, or one block of the body. `breaks` are offsets in `text` at which a new line begins."""

    field: Field
    block_id: str | None
    text: str
    breaks: tuple[int, ...] = ()
    links: tuple[Link, ...] = ()

    @cached_property
    def raw(self) -> View:
        """The text as written, with a newline at each break."""
        return with_breaks(self.text, self.breaks)

    @cached_property
    def folded(self) -> View:
        """The text as the rules compare it: see `normal.fold`."""
        return fold_view(self.raw)

    @cached_property
    def figures(self) -> list[Quantity]:
        """The numbers in `folded`, in order."""
        return list(quantities(self.folded.text))

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Where sentences begin and end in `folded`."""
        return list(_ranges(self.folded.text))


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _SENTENCE_END.finditer(text):
        if end.start() > start:
            yield start, end.start()
        start = end.end()
    if start < len(text):
        yield start, len(text)


def plain(block: Mapping[str, Any]) -> str:
    """Return the plain text of a stored block, the text that spans refer to.

    text: its html without tags and with entities resolved, like `textContent` in a browser.
    quote: the quotation, then in a new line who said it. image, video, audio: the caption, then in a new line the alt.
    """
    return of_block(block).text


def of_block(block: Mapping[str, Any]) -> Passage:
    """Take one stored block apart."""
    block_id = block.get("id")
    kind = block.get("type")
    if kind == "text":
        return _of_html(block_id, block.get("html") or "")
    first, second = ("text", "by") if kind == "quote" else ("caption", "alt")
    lines = [block.get(first) or "", block.get(second) or ""]
    return Passage("body", block_id, "\n".join(lines) if lines[1] else lines[0])


def _of_html(block_id: str | None, source: str) -> Passage:
    parts: list[str] = []
    breaks: list[int] = []
    links: list[Link] = []
    opened: tuple[str, int] | None = None
    length = at = 0
    for tag in _TAG.finditer(source):
        parts.append(html.unescape(source[at : tag.start()]))
        length += len(parts[-1])
        at = tag.end()
        name = tag[1].lower()
        if name in _BREAKING:
            breaks.append(length)
        elif name == "a" and opened:
            links.append(Link(opened[0], opened[1], length))
            opened = None
        if name == "a" and not tag[0].startswith("</"):
            opened = (_href(tag[2]), length)
    parts.append(html.unescape(source[at:]))
    return Passage("body", block_id, "".join(parts), tuple(breaks), tuple(links))


def _href(attributes: str) -> str:
    found = _HREF.search(attributes)
    return html.unescape(found[1] or found[2] or "") if found else ""


def passages(draft: Draft) -> list[Passage]:
    """Return the passages of a draft in reading order; a block without words is one too."""
    fields: list[tuple[Field, str]] = [
        ("headline", draft.headline),
        ("subtitle", draft.subtitle),
        ("summary", draft.summary),
    ]
    return [Passage(name, None, text) for name, text in fields if text] + [of_block(block) for block in draft.body]
