"""HTML of other houses into pieces: paragraphs with plain structure, and the files shown between them, in their order.

nh3 reads it first, as browsers do and in a time that grows with its length only. What comes out of that has tags in one
spelling, so it can be taken apart here by a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape, unescape

import nh3

from backend.newsroom.archive.formats import File, Refusal
from backend.newsroom.archive.formats.letters import clean

# As many blocks as a body may have, less what files take beside the text.
MAX_PIECES = 200
_INLINE = {"a", "b", "strong", "i", "em", "u", "sub", "sup", "br"}
_LISTS = {"ul", "ol"}
_HEADS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h3", "h5": "h3", "h6": "h3", "hl1": "h2", "hl2": "h3"}
_SHOWN = {"img", "video", "audio", "source"}
_BREAKS = {
    *("p", "div", "section", "article", "pre", "table", "tr", "figure", "figcaption", "dl", "dt", "dd", "hr"),
    *("blockquote", "header", "footer", "main", "aside", "center", "caption"),
}
_CELLS = {"td", "th"}
_TAGS = {*_INLINE, *_LISTS, "li", *_HEADS, *_SHOWN, *_BREAKS, *_CELLS} - {"hl1", "hl2"}
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "video": {"src"}, "audio": {"src"}, "source": {"src"}}
_TOKEN = re.compile(r'<(/?)([a-z0-9]+)((?: [a-z-]+="[^"]*")*)>|([^<]+)')
_ATTRIBUTE = re.compile(r'(?<![a-z-])([a-z-]+)="([^"]*)"')
_NITF_HEAD = re.compile(r"<(/?)hl([12])\b")
_MARK = re.compile(r"<[^<>]*>")
_OPENING = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
# These end by themselves, and older pages leave out their ends.
_UNCOUNTED = {"br", "hr", "img", "input", "source", "p", "li", "dt", "dd", "td", "th", "tr", "option", "wbr"}
# The time that a parser takes grows with the depth as well, and no article is as deep as this.
_MAX_DEPTH = 500
# A line of text is never longer than this, with all its marks.
_MAX_LINE = 20_000


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph, heading, list or quotation, as clean HTML."""

    html: str


Piece = Words | File


def plain(markup: str) -> str:
    """Return the words of a line or paragraph without marks, for what has no business with marks, such as a title."""
    markup = markup[:_MAX_LINE]
    if "<" in markup or "&" in markup:
        markup = unescape(nh3.clean(markup, tags=set()))
    return " ".join(markup.split())


def paragraphs(text: str) -> list[Piece]:
    """Take plain text apart, a piece a line."""
    return [Words(f"<p>{escape(line.strip(), quote=False)}</p>") for line in text.splitlines() if line.strip()]


def pieces(markup: str) -> list[Piece]:
    """Take HTML apart. Scripts, styles and whatever else is no text are gone.

    Raises:
        Refusal: for one that is nested deeper than any article is.
    """
    _demand_shallow(markup)
    markup = _NITF_HEAD.sub(lambda match: f"<{match[1]}h{int(match[2]) + 1}", markup)
    known = nh3.clean(markup, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None)
    # An entity may have stood for a character that nobody can have meant.
    return _Taking().take(clean(known))


def _demand_shallow(markup: str) -> None:
    depth = 0
    for closing, tag in _OPENING.findall(markup):
        if tag.lower() not in _UNCOUNTED:
            depth = max(0, depth + (-1 if closing else 1))
            if depth > _MAX_DEPTH:
                raise Refusal("text", "too_deep", "正文的标记嵌套太深，不像一篇文章。")


def fold(found: Sequence[Piece]) -> list[Piece]:
    """Join neighbouring paragraphs into one piece where there are more than a body may have."""
    words = sum(isinstance(piece, Words) for piece in found)
    group = -(-words // MAX_PIECES)
    folded: list[Piece] = []
    joined = 0
    for piece in found:
        last = folded[-1] if folded else None
        if group > 1 and isinstance(piece, Words) and isinstance(last, Words) and joined < group:
            folded[-1] = Words(last.html + piece.html)
            joined += 1
        else:
            folded.append(piece)
            joined = 1
    return folded


def words_of(found: Sequence[Piece]) -> str:
    """Return the words of pieces, a line each."""
    return "\n".join(unescape(_MARK.sub("", piece.html)) for piece in found if isinstance(piece, Words))


class _Taking:
    """One text being taken apart. `run` is what stands in the paragraph that is open, `wrap` its tag."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._run: list[str] = []
        self._wrap = "p"
        self._lists = self._quotes = 0
        # Where the figure began that is open, so that its caption finds its picture.
        self._figure: int | None = None
        self._late: list[File] = []

    def take(self, known: str) -> list[Piece]:
        for closing, tag, attributes, text in _TOKEN.findall(known):
            if not tag:
                self._run.append(re.sub(r"\s+", " ", text))
            elif closing:
                self._end(tag)
            else:
                self._start(tag, attributes)
        self._flush()
        return self._pieces

    def _start(self, tag: str, attributes: str) -> None:
        if tag in _INLINE:
            self._run.append(f"<{tag}{attributes}>" if tag == "a" else f"<{tag}>")
        elif tag in _SHOWN:
            self._show(dict(_ATTRIBUTE.findall(attributes)))
        elif self._lists:
            self._inside_list(tag)
        elif tag in _LISTS:
            self._flush()
            self._lists = 1
            self._run.append(f"<{tag}>")
        elif tag not in _CELLS:
            self._flush()
            self._open(tag)

    def _open(self, tag: str) -> None:
        self._wrap = _HEADS.get(tag, self._wrap)
        if tag == "figure":
            self._figure = len(self._pieces)
        elif tag == "blockquote":
            self._quotes += 1

    def _inside_list(self, tag: str) -> None:
        self._lists += tag in _LISTS
        self._run.append(f"<{tag}>" if tag in _LISTS or tag == "li" else " ")

    def _end(self, tag: str) -> None:
        if tag in _INLINE:
            self._run.append(f"</{tag}>")
        elif self._lists:
            self._end_in_list(tag)
        elif tag == "figcaption":
            self._caption()
        elif tag in _CELLS:
            self._run.append("　")
        elif tag not in _SHOWN:
            self._flush()
            self._close(tag)

    def _end_in_list(self, tag: str) -> None:
        self._run.append(f"</{tag}>" if tag in _LISTS or tag == "li" else " ")
        if tag in _LISTS:
            self._lists -= 1
            if not self._lists:
                self._flush(whole=True)

    def _close(self, tag: str) -> None:
        self._wrap = "p"
        if tag == "figure":
            self._figure = None
        elif tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)

    def _show(self, attributes: dict[str, str]) -> None:
        if not attributes.get("src"):
            return
        file = File(unescape(attributes["src"]), alt=unescape(attributes.get("alt", "")).strip())
        if self._lists:
            self._late.append(file)
            return
        self._flush()
        self._pieces.append(file)

    def _caption(self) -> None:
        words = plain("".join(self._run))
        at = next((at for at in self._pictures()), None)
        if at is None or not words:
            self._flush()
            return
        shown = self._pieces[at]
        if isinstance(shown, File):
            self._pieces[at] = replace(shown, caption=words)
        self._run = []

    def _pictures(self) -> Iterator[int]:
        begin = len(self._pieces) if self._figure is None else self._figure
        return (at for at in range(begin, len(self._pieces)) if isinstance(self._pieces[at], File))

    def _flush(self, *, whole: bool = False) -> None:
        html = "".join(self._run).strip()
        self._run = []
        if unescape(_MARK.sub("", html)).strip():
            wrap = "blockquote" if self._quotes else self._wrap
            self._pieces.append(Words(html if whole else f"<{wrap}>{html}</{wrap}>"))
        self._pieces += self._late
        self._late = []
