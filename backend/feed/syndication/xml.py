"""Writing XML: elements whose texts are clean, in documents of UTF-8."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from backend.feed.syndication.words import clean

ATOM = "http://www.w3.org/2005/Atom"
# What lxml calls a mapping of prefixes; the one that is None stands for what has no prefix.
Prefixes = Any


def root(namespace: str | None, tag: str, prefixes: Prefixes, /, **attributes: object) -> etree._Element:
    """Make the outermost element; `prefixes` name the namespaces it uses."""
    made = etree.Element(name(namespace, tag), nsmap=prefixes)
    _set(made, attributes)
    return made


def add(
    parent: etree._Element, namespace: str | None, tag: str, text: str | None = None, /, **attributes: object
) -> etree._Element:
    """Add an element; attributes that are None are left out."""
    made = etree.SubElement(parent, name(namespace, tag))
    if text is not None:
        made.text = clean(text)
    _set(made, attributes)
    return made


def name(namespace: str | None, tag: str) -> str:
    """Return the whole name of an element."""
    return tag if namespace is None else f"{{{namespace}}}{tag}"


def document(element: etree._Element) -> bytes:
    """Write the document."""
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True)


def rfc3339(moment: datetime) -> str:
    """Write a moment as Atom, JSON Feed and the formats of the IPTC do, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _set(element: etree._Element, attributes: Mapping[str, object]) -> None:
    for key, value in attributes.items():
        if value is not None:
            element.set(key, clean(str(value)))
