"""A validator of GeoReport v2, written from wiki.open311.org/GeoReport_v2 and wiki.open311.org/Service_Discovery.

It takes an answer for what it says it is and knows nothing of this house. Beyond the specification it demands what its
errata and the known validators agree on: every field is there, ids are texts, booleans are real.
"""

from __future__ import annotations

import json
from typing import Any

import requests
from jsonschema import Draft202012Validator
from lxml import etree

_HEAD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">
<xs:simpleType name="given"><xs:restriction base="xs:string"><xs:minLength value="1"/></xs:restriction></xs:simpleType>
<xs:simpleType name="empty"><xs:restriction base="xs:string"><xs:length value="0"/></xs:restriction></xs:simpleType>
<xs:simpleType name="flag"><xs:restriction base="xs:string">
  <xs:enumeration value="true"/><xs:enumeration value="false"/></xs:restriction></xs:simpleType>
<xs:simpleType name="moment"><xs:restriction base="xs:string">
  <xs:pattern value="[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+\\-][0-9]{2}:[0-9]{2})"/>
  </xs:restriction></xs:simpleType>
<xs:simpleType name="degrees"><xs:restriction base="xs:decimal">
  <xs:minInclusive value="-180"/><xs:maxInclusive value="180"/></xs:restriction></xs:simpleType>
<xs:simpleType name="link"><xs:restriction base="xs:string"><xs:pattern value="https?://[^ ]+"/></xs:restriction>
  </xs:simpleType>
<xs:simpleType name="maybe_moment"><xs:union memberTypes="moment empty"/></xs:simpleType>
<xs:simpleType name="maybe_degrees"><xs:union memberTypes="degrees empty"/></xs:simpleType>
<xs:simpleType name="maybe_link"><xs:union memberTypes="link empty"/></xs:simpleType>
"""


def _one_of(name: str, *words: str) -> str:
    listed = "".join(f'<xs:enumeration value="{word}"/>' for word in words)
    return f'<xs:simpleType name="{name}"><xs:restriction base="xs:string">{listed}</xs:restriction></xs:simpleType>'


def _fields(**types: str) -> str:
    """All of these fields, once each, in any order."""
    inner = "".join(f'<xs:element name="{name}" type="{type_}"/>' for name, type_ in types.items())
    return f"<xs:complexType><xs:all>{inner}</xs:all></xs:complexType>"


def _list(name: str, entry: str, shape: str, least: int = 0, type_name: str = "") -> str:
    many = f'<xs:element name="{entry}" minOccurs="{least}" maxOccurs="unbounded">{shape}</xs:element>'
    inner = f"<xs:sequence>{many}</xs:sequence></xs:complexType>"
    if type_name:
        return f'<xs:complexType name="{type_name}">{inner}'
    return f'<xs:element name="{name}"><xs:complexType>{inner}</xs:element>'


_TEXT = "xs:string"
_REQUEST = {
    "service_request_id": "given",
    "status": "status",
    "status_notes": _TEXT,
    "service_name": "given",
    "service_code": "given",
    "description": _TEXT,
    "agency_responsible": _TEXT,
    "service_notice": _TEXT,
    "requested_datetime": "moment",
    "updated_datetime": "moment",
    "expected_datetime": "maybe_moment",
    "address": _TEXT,
    "address_id": _TEXT,
    "zipcode": _TEXT,
    "lat": "maybe_degrees",
    "long": "maybe_degrees",
    "media_url": "maybe_link",
}
_SERVICE = {
    "service_code": "given",
    "service_name": "given",
    "description": _TEXT,
    "metadata": "flag",
    "type": "kind",
    "keywords": _TEXT,
    "group": _TEXT,
}
_VALUE = {"key": "given", "name": "given"}
_ATTRIBUTE = {
    "variable": "flag",
    "code": "given",
    "datatype": "datatype",
    "required": "flag",
    "datatype_description": _TEXT,
    "order": "xs:positiveInteger",
    "description": _TEXT,
    "values": "values",
}
_ENDPOINT = {"specification": "given", "url": "link", "changeset": "moment", "type": "stage", "formats": "formats"}
_FORMAT = '<xs:simpleType><xs:restriction base="given"/></xs:simpleType>'
_SCHEMAS = {
    "services": _one_of("kind", "realtime", "batch", "blackbox")
    + _list("services", "service", _fields(**_SERVICE), least=1),
    "definition": _one_of("datatype", "string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")
    + _list("", "value", _fields(**_VALUE), type_name="values")
    + _list("", "attribute", _fields(**_ATTRIBUTE), type_name="attributes")
    + f'<xs:element name="service_definition">{_fields(service_code="given", attributes="attributes")}</xs:element>',
    "requests": _one_of("status", "open", "closed") + _list("service_requests", "request", _fields(**_REQUEST)),
    "filed": _list(
        "service_requests",
        "request",
        _fields(service_request_id="given", service_notice=_TEXT, account_id=_TEXT),
        least=1,
    ),
    "filed_token": _list(
        "service_requests", "request", _fields(token="given", service_notice=_TEXT, account_id=_TEXT), least=1
    ),
    "token": _list("service_requests", "request", _fields(service_request_id="given", token="given"), least=1),
    "errors": _list("errors", "error", _fields(code="xs:positiveInteger", description="given"), least=1),
    "discovery": _one_of("stage", "production", "test")
    + _list("", "format", _FORMAT, least=1, type_name="formats")
    + _list("", "endpoint", _fields(**_ENDPOINT), least=2, type_name="endpoints")
    + '<xs:element name="discovery">'
    + _fields(changeset="moment", contact="given", key_service="given", endpoints="endpoints")
    + "</xs:element>",
}
XSD = {name: etree.XMLSchema(etree.fromstring(f"{_HEAD}{body}</xs:schema>")) for name, body in _SCHEMAS.items()}

_GIVEN = {"type": "string", "minLength": 1}
_MAYBE = {"type": ["string", "null"], "minLength": 1}
_MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$"}
_LINK = {"type": "string", "pattern": r"^https?://\S+$"}
_JSON_TYPES: dict[str, Any] = {
    "given": _GIVEN,
    _TEXT: _MAYBE,
    "moment": _MOMENT,
    "maybe_moment": {"anyOf": [_MOMENT, {"type": "null"}]},
    "maybe_degrees": {"type": ["number", "null"], "minimum": -180, "maximum": 180},
    "link": _LINK,
    "maybe_link": {"anyOf": [_LINK, {"type": "null"}]},
    "flag": {"type": "boolean"},
    "xs:positiveInteger": {"type": "integer", "minimum": 1},
    "status": {"enum": ["open", "closed"]},
    "stage": {"enum": ["production", "test"]},
    "kind": {"enum": ["realtime", "batch", "blackbox"]},
    "datatype": {"enum": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]},
    "formats": {"type": "array", "minItems": 1, "items": _GIVEN},
}


def _object(**types: str) -> dict[str, Any]:
    named = {name: _JSON_TYPES[type_] for name, type_ in types.items()}
    return {"type": "object", "properties": named, "required": list(types), "additionalProperties": False}


def _array(entry: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": entry, "minItems": least}


_JSON_TYPES["values"] = _array(_object(**_VALUE))
_JSON_TYPES["attributes"] = _array(_object(**_ATTRIBUTE))
_JSON_TYPES["endpoints"] = _array(_object(**_ENDPOINT), least=2)
_JSON_SCHEMAS = {
    "services": _array(_object(**_SERVICE), least=1),
    "definition": _object(service_code="given", attributes="attributes"),
    "requests": _array(_object(**_REQUEST)),
    "filed": _array(_object(service_request_id="given", service_notice=_TEXT, account_id=_TEXT), least=1),
    "filed_token": _array(_object(token="given", service_notice=_TEXT, account_id=_TEXT), least=1),
    "token": _array(_object(service_request_id="given", token="given"), least=1),
    "errors": _array(_object(code="xs:positiveInteger", description="given"), least=1),
    "discovery": _object(changeset="moment", contact="given", key_service="given", endpoints="endpoints"),
}
SCHEMA = {name: Draft202012Validator(schema) for name, schema in _JSON_SCHEMAS.items()}
# The elements that only wrap a list, which the Spark convention leaves out.
LISTS = {"services", "service_requests", "attributes", "values", "endpoints", "formats", "errors"}


def validate(answer: requests.Response, what: str, form: str, status: int = 200) -> Any:
    """Demand that an answer is what the standard says; return it as JSON has it, whichever form it came in."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    charset = "" if what == "discovery" else "; charset=utf-8"
    kind = {"xml": "text/xml", "json": "application/json"}[form]
    assert answer.headers["Content-Type"] == kind + charset
    text = answer.content.decode("utf-8")
    if form == "json":
        body = json.loads(text)
        SCHEMA[what].validate(body)
        return body
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<')
    root = etree.fromstring(answer.content)
    XSD[what].assertValid(root)
    assert not root.nsmap, "without a namespace"
    assert not root.xpath("//@*"), "without attributes"
    return spark(root)


def spark(element: Any) -> Any:
    """Turn XML into what JSON says by the Spark convention; all values stay texts, what is empty is None."""
    if element.tag in LISTS:
        return [spark(inner) for inner in element]
    if len(element):
        return {inner.tag: spark(inner) for inner in element}
    return element.text or None


def as_texts(value: Any) -> Any:
    """Write JSON's numbers and booleans as XML has them, so that both can be compared."""
    if isinstance(value, dict):
        return {name: as_texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_texts(inner) for inner in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
