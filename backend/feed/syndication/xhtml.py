"""HTML as XML, for the formats that hold their text as elements."""

from __future__ import annotations

from html.parser import HTMLParser

from lxml import etree

from backend.feed.syndication.words import clean
from backend.feed.syndication.xml import Prefixes, add, name

XHTML = "http://www.w3.org/1999/xhtml"
_PREFIXES: Prefixes = {None: XHTML}
# Whoever reads the document refuses all of it where it is nested deeper than some 250; what lies deeper than this
# keeps its words and loses its marks.
_DEPTH = 32
_EMPTY = {"br", "img"}


def add_body(parent: etree._Element, language: str, title: str, html: str) -> None:
    """Add a whole XHTML page under `parent`; `html` is clean, every mark in it is closed."""
    page = etree.SubElement(parent, name(XHTML, "html"), nsmap=_PREFIXES)
    page.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    add(add(page, XHTML, "head"), XHTML, "title", title)
    copy = _Copy(add(page, XHTML, "body"))
    copy.feed(html)
    copy.close()


class _Copy(HTMLParser):
    def __init__(self, into: etree._Element) -> None:
        super().__init__(convert_charrefs=True)
        self._open, self._too_deep = [into], 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len(self._open) > _DEPTH:
            self._too_deep += tag not in _EMPTY
            return
        # An attribute without a value is written with its own name, as XML has no other way.
        made = add(self._open[-1], XHTML, tag, **{key: value or key for key, value in attrs})
        if tag not in _EMPTY:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        if self._too_deep:
            self._too_deep -= 1
        elif len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        # A character reference may stand for what no XML document can hold.
        words, parent = clean(data), self._open[-1]
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + words
        else:
            parent.text = (parent.text or "") + words
