"""What the specifications of the feeds demand, written down for these tests from their texts."""

from __future__ import annotations

from typing import Any

# RFC 3339.
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
URL = {"type": "string", "pattern": r"^https?://[^\s]+$"}
URI = {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*:[^\s]+$"}
TEXT = {"type": "string"}
COUNT = {"type": "number", "minimum": 0}


def closed(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:
    named = {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
    return named | more


def several(item: Any) -> dict[str, Any]:
    return {"type": "array", "items": item}


# https://jsonfeed.org/version/1.1; extensions begin with an underscore.
_EXTENSIONS = {"^_": {"type": "object"}}
_AUTHORS = several(closed({"name": TEXT, "url": URL, "avatar": URL}, minProperties=1))
JSON_FEED = closed(
    {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": TEXT,
        "home_page_url": URL,
        "feed_url": URL,
        "description": TEXT,
        "user_comment": TEXT,
        "next_url": URL,
        "icon": URL,
        "favicon": URL,
        "authors": _AUTHORS,
        "language": TEXT,
        "expired": {"type": "boolean"},
        "hubs": several(closed({"type": TEXT, "url": URL}, "type", "url")),
        "items": several(
            closed(
                {
                    "id": {"type": "string", "minLength": 1},
                    "url": URL,
                    "external_url": URL,
                    "title": TEXT,
                    "content_html": TEXT,
                    "content_text": TEXT,
                    "summary": TEXT,
                    "image": URL,
                    "banner_image": URL,
                    "date_published": MOMENT,
                    "date_modified": MOMENT,
                    "authors": _AUTHORS,
                    "tags": several(TEXT),
                    "language": TEXT,
                    "attachments": several(
                        closed(
                            {
                                "url": URL,
                                "mime_type": TEXT,
                                "title": TEXT,
                                "size_in_bytes": COUNT,
                                "duration_in_seconds": COUNT,
                            },
                            "url",
                            "mime_type",
                        )
                    ),
                },
                "id",
                # The format does not ask for these two; an item without them is a bug all the same.
                "title",
                "date_published",
                anyOf=[{"required": ["content_html"]}, {"required": ["content_text"]}],
                patternProperties=_EXTENSIONS,
            )
        ),
    },
    "version",
    "title",
    "items",
    patternProperties=_EXTENSIONS,
)

# https://iptc.org/std/ninjs/userguide/, version 2.1: the properties that may be in an object.
_WORDS = several(closed({"role": TEXT, "contenttype": TEXT, "value": TEXT}, "value"))
_BODIES = several(
    closed({"role": TEXT, "contenttype": TEXT, "charcount": COUNT, "wordcount": COUNT, "value": TEXT}, "value")
)
_CONCEPTS = several(closed({"name": TEXT, "rel": TEXT, "uri": URI, "literal": TEXT}))
_NINJS_PROPERTIES = {
    "uri": URI,
    "type": {"enum": ["text", "audio", "video", "picture", "graphic", "composite", "component"]},
    "representationtype": {"enum": ["full", "partial"]},
    "profile": TEXT,
    "version": TEXT,
    "firstcreated": MOMENT,
    "versioncreated": MOMENT,
    "contentcreated": MOMENT,
    "embargoed": MOMENT,
    "expires": MOMENT,
    "pubstatus": {"enum": ["usable", "withheld", "canceled"]},
    "urgency": {"type": "integer", "minimum": 1, "maximum": 9},
    "copyrightholder": TEXT,
    "copyrightnotice": TEXT,
    "usageterms": TEXT,
    "ednote": TEXT,
    "language": TEXT,
    "title": TEXT,
    "by": TEXT,
    "slugline": TEXT,
    "located": TEXT,
    "headlines": _WORDS,
    "descriptions": _WORDS,
    "bodies": _BODIES,
    "subjects": _CONCEPTS,
    "places": _CONCEPTS,
    "people": _CONCEPTS,
    "organisations": _CONCEPTS,
    "genres": several(closed({"name": TEXT, "uri": TEXT, "literal": TEXT})),
    "infosources": several(closed({"name": TEXT, "role": TEXT, "uri": URI, "literal": TEXT})),
    "altids": several(closed({"role": TEXT, "value": TEXT})),
    "standard": closed({"name": TEXT, "version": TEXT, "schema": URL}),
    "renditions": several(
        closed(
            {
                "name": TEXT,
                "href": URL,
                "contenttype": TEXT,
                "title": TEXT,
                "height": COUNT,
                "width": COUNT,
                "sizeinbytes": COUNT,
                "duration": COUNT,
                "format": TEXT,
            },
            "name",
        )
    ),
    "associations": several({"$ref": "#/$defs/associated"}),
}
NINJS = closed(_NINJS_PROPERTIES, "uri") | {
    "$defs": {"associated": closed(_NINJS_PROPERTIES | {"name": TEXT}, "name", "uri")}
}

# https://www.sitemaps.org/protocol.html
SITEMAP_XSD = """
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
    targetNamespace="http://www.sitemaps.org/schemas/sitemap/0.9" elementFormDefault="qualified">
  <xs:element name="urlset">
    <xs:complexType><xs:sequence>
      <xs:element name="url" minOccurs="0" maxOccurs="1000">
        <xs:complexType><xs:sequence>
          <xs:element name="loc">
            <xs:simpleType><xs:restriction base="xs:anyURI">
              <xs:minLength value="12"/><xs:maxLength value="2048"/>
            </xs:restriction></xs:simpleType>
          </xs:element>
          <xs:any namespace="##other" processContents="strict"/>
        </xs:sequence></xs:complexType>
      </xs:element>
    </xs:sequence></xs:complexType>
  </xs:element>
</xs:schema>
"""

# https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
NEWS_XSD = """
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="http://www.google.com/schemas/sitemap-news/0.9"
    targetNamespace="http://www.google.com/schemas/sitemap-news/0.9" elementFormDefault="qualified">
  <xs:element name="news">
    <xs:complexType><xs:all>
      <xs:element name="publication">
        <xs:complexType><xs:all>
          <xs:element name="name" type="xs:string"/>
          <xs:element name="language">
            <xs:simpleType><xs:restriction base="xs:string">
              <xs:pattern value="zh-cn|zh-tw|[a-z]{2,3}"/>
            </xs:restriction></xs:simpleType>
          </xs:element>
        </xs:all></xs:complexType>
      </xs:element>
      <xs:element name="publication_date" type="xs:dateTime"/>
      <xs:element name="title" type="xs:string"/>
    </xs:all></xs:complexType>
  </xs:element>
</xs:schema>
"""
