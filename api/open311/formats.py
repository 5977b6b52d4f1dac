"""XML and JSON of GeoReport v2, from the same data.

JSON follows the Spark convention: the wrapper of a list falls away. Source: wiki.open311.org/GeoReport_v2, "Format
Support", and wiki.open311.org/JSON_and_XML_Conversion.
"""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Response

XML, JSON = "xml", "json"
_TYPES = {XML: "text/xml", JSON: "application/json"}
# What one entry of a list is called.
_ENTRIES = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
}
# XML 1.0 has no place for these, whatever way they came in.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write(form: str, root: str, body: Any, *, status: int = 200, charset: bool = True) -> Response:
    """Write an answer. `root` names the outermost element, which JSON does not have."""
    kind = content_type(form) if charset else _TYPES[form]
    # A lone surrogate is no text in any encoding.
    return Response(as_text(form, root, body).encode("utf-8", "replace"), status, content_type=kind)


def content_type(form: str) -> str:
    """Name the media type, with the encoding, as all answers but discovery have it."""
    return f"{_TYPES[form]}; charset=utf-8"


def as_text(form: str, root: str, body: Any) -> str:
    """Write data as text in a format."""
    if form == JSON:
        return json.dumps(body, ensure_ascii=False)
    element = Element(root)
    _fill(element, body)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(element, encoding="unicode")}'


def _fill(element: Element, value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _fill(SubElement(element, name), inner)
    elif isinstance(value, list):
        for inner in value:
            _fill(SubElement(element, _ENTRIES[element.tag]), inner)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _NOT_XML.sub("", str(value))
