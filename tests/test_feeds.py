"""The feeds over HTTP: an article comes, is corrected and goes, and every format says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
import requests
from jsonschema import Draft202012Validator

from backend.feed.syndication.items import Outlet
from backend.publishing.channel import Order, Sent, StoryFacts
from channels.syndication import SyndicationChannel
from fakes import hub as hubs
from scenario.examine import correct, publish
from tests.channels.feed_schemas import JSON_FEED, NINJS
from tests.media_files import new_photo
from tests.support.server import Server, wait_until

FEEDS = ("/rss.xml", "/atom.xml", "/feed.json", "/ninjs.json", "/newsml.xml")
TYPES = {
    "/rss.xml": "application/rss+xml; charset=utf-8",
    "/atom.xml": "application/atom+xml; charset=utf-8",
    "/feed.json": "application/feed+json",
    "/ninjs.json": "application/json",
    "/newsml.xml": "application/vnd.iptc.g2.newsmessage+xml; charset=utf-8",
    "/news-sitemap.xml": "application/xml; charset=utf-8",
}
NOTE = "总数应为 12 户"
HTML = "<p>清淤船已经进场。😀</p><ul><li>甲 &amp; 乙</li></ul>"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
ATOM, G2 = "{http://www.w3.org/2005/Atom}", "{http://iptc.org/std/nar/2006-10-01/}"


@dataclass(frozen=True)
class Reader:
    """Somebody who takes our news over."""

    url: str

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(self.url + path, headers=headers, timeout=30)

    def read(self, path: str) -> bytes:
        answer = self.get(path)
        assert answer.ok, answer.text[:300]
        return answer.content

    def holds(self, article_id: str) -> dict[str, bool]:
        """Tell which feeds have an article live."""
        urn = f"urn:ronghui:article:{article_id}"
        ninjs = json.loads(self.read("/ninjs.json"))["associations"]
        g2 = ET.fromstring(self.read("/newsml.xml")).iter(f"{G2}newsItem")
        return {
            "rss": urn in {entry.id for entry in feedparser.parse(self.read("/rss.xml")).entries},
            "atom": urn in {entry.id for entry in feedparser.parse(self.read("/atom.xml")).entries},
            "json": urn in {entry["id"] for entry in json.loads(self.read("/feed.json"))["items"]},
            "ninjs": urn in {each["uri"] for each in ninjs if each["pubstatus"] == "usable"},
            "g2": urn in {each.get("guid") for each in g2 if status(each) == "stat:usable"},
            "sitemap": article_id in self.read("/news-sitemap.xml").decode(),
        }


def status(item: ET.Element) -> str | None:
    return item.find(f"{G2}itemMeta/{G2}pubStatus").get("qcode")  # type: ignore[union-attr]


@pytest.fixture
def reader(server: Server) -> Reader:
    return Reader(server.url)


def draft(server: Server, **fields: Any) -> dict[str, Any]:
    form = {
        "headline": "蕰藻浜清淤",
        "summary": "两个月完工",
        "body": [{"type": "text", "html": HTML}],
        "section": "minsheng",
        "class": "livelihood",
        "towns": ["gucun"],
        "sources": [{"name": "区水务局", "kind": "official", "verified": True}],
    }
    made: dict[str, Any] = server.staff("editor").does("POST", "/editor/stories", form | fields)
    return made


def published(server: Server, **fields: Any) -> dict[str, Any]:
    return publish(server.staff, draft(server, **fields)["id"])


def withdraw(server: Server, story: dict[str, Any]) -> None:
    server.staff("duty").does("POST", f"/editor/stories/{story['id']}/withdraw", {"reason": "事实有误"})


def test_an_article_is_in_every_format_as_soon_as_readers_have_it(server: Server, reader: Reader) -> None:
    picture = server.staff("editor").does("POST", "/media", files={"file": ("a.jpg", new_photo(), "image/jpeg")})
    body = [{"type": "text", "html": HTML}, {"type": "image", "media": picture["id"], "caption": "清淤船"}]
    story = published(server, headline="清淤 & <船> ]]> \u202e进场", body=body)
    assert set(reader.holds(story["id"]).values()) == {True}
    Draft202012Validator(JSON_FEED).validate(json.loads(reader.read("/feed.json")))
    Draft202012Validator(NINJS).validate(json.loads(reader.read("/ninjs.json")))
    (entry,) = (one for one in feedparser.parse(reader.read("/rss.xml")).entries if one.id.endswith(story["id"]))
    assert entry.link == f"{server.url}/#/news/{story['id']}"
    (file,) = entry.media_content
    assert requests.get(file["url"], timeout=30).headers["Content-Type"] == file["type"] == "image/jpeg"
    one = json.loads(reader.read(f"/ninjs/{story['id']}.json"))
    assert one["headlines"][0]["value"] == "清淤 & <船> ]]> \u202e进场"
    assert one["bodies"][1]["value"] == "清淤船已经进场。😀\n甲 & 乙\n清淤船"
    assert one["places"][0]["name"] == "顾村镇"
    alone = ET.fromstring(reader.read(f"/newsml/{story['id']}.xml"))
    assert alone.get("guid") == f"urn:ronghui:article:{story['id']}"


def test_a_correction_comes_first_and_raises_date_and_version(server: Server, reader: Reader) -> None:
    story = published(server)
    before = json.loads(reader.read(f"/ninjs/{story['id']}.json"))
    correct(server.staff, story["id"], {"headline": "蕰藻浜清淤开工", "note": NOTE})
    after = json.loads(reader.read(f"/ninjs/{story['id']}.json"))
    assert int(after["version"]) > int(before["version"])
    assert after["versioncreated"] > before["versioncreated"]
    assert after["firstcreated"] == before["firstcreated"]
    assert after["headlines"][0]["value"] == "蕰藻浜清淤开工"
    assert after["ednote"].startswith("更正（")
    assert after["ednote"].endswith(f"：{NOTE}")
    line = f"<p><strong>{after['ednote']}</strong></p>"
    for path in ("/rss.xml", "/atom.xml"):
        (entry,) = (one for one in feedparser.parse(reader.read(path)).entries if one.id.endswith(story["id"]))
        assert entry.content[0].value.startswith(line), path
        assert entry.updated_parsed >= entry.published_parsed
    (entry,) = (one for one in json.loads(reader.read("/feed.json"))["items"] if one["id"].endswith(story["id"]))
    assert entry["content_html"].startswith(line)
    assert entry["date_modified"] == after["versioncreated"] > entry["date_published"]
    alone = ET.fromstring(reader.read(f"/newsml/{story['id']}.xml"))
    assert alone.get("version") == after["version"]
    assert alone.findtext(f"{G2}itemMeta/{G2}edNote") == after["ednote"]


def test_a_withdrawn_article_is_gone_or_said_to_be_gone(server: Server, reader: Reader) -> None:
    story = published(server, headline="一河两岸试点", summary="一河两岸", body="一河两岸的正文。")
    live = json.loads(reader.read(f"/ninjs/{story['id']}.json"))
    withdraw(server, story)
    assert set(reader.holds(story["id"]).values()) == {False}
    urn = f"urn:ronghui:article:{story['id']}"
    deleted = {each.get("ref"): each for each in ET.fromstring(reader.read("/atom.xml")).iter(TOMBSTONE)}
    assert "事实有误" in "".join(deleted[urn].itertext())
    told = [json.loads(reader.read(f"/ninjs/{story['id']}.json"))]
    told += [each for each in json.loads(reader.read("/ninjs.json"))["associations"] if each["uri"] == urn]
    assert [each["pubstatus"] for each in told] == ["canceled", "canceled"]
    assert int(told[0]["version"]) > int(live["version"])
    alone = ET.fromstring(reader.read(f"/newsml/{story['id']}.xml"))
    assert (status(alone), alone.find(f"{G2}contentSet")) == ("stat:canceled", None)
    for path in (*FEEDS, f"/ninjs/{story['id']}.json", f"/newsml/{story['id']}.xml"):
        assert "一河两岸" not in reader.read(path).decode(), path


def test_time_takes_tombstones_and_the_sitemap_away(make_server: Callable[..., Server]) -> None:
    server = make_server()
    reader = Reader(server.url)
    kept, gone = published(server), published(server)
    withdraw(server, gone)
    server.move_clock(47 * 3600)
    assert reader.holds(kept["id"])["sitemap"]
    server.move_clock(3600)
    assert reader.holds(kept["id"]) == dict.fromkeys(reader.holds(kept["id"]), True) | {"sitemap": False}
    server.move_clock(27 * 86400)
    assert gone["id"] in reader.read("/atom.xml").decode()
    assert reader.get(f"/ninjs/{gone['id']}.json").ok
    server.move_clock(2 * 86400)
    for path in FEEDS:
        assert gone["id"] not in reader.read(path).decode(), path
    assert reader.get(f"/ninjs/{gone['id']}.json").status_code == 404


def test_a_feed_can_be_of_a_section_or_a_town(server: Server, reader: Reader) -> None:
    story = published(server, section="minsheng", towns=["gucun"])
    for path in FEEDS:
        for part, among in (
            ("?section=minsheng", True),
            ("?town=gucun", True),
            ("?section=minsheng&town=gucun", True),
            ("?section=yaowen", False),
            ("?town=luodian", False),
            ("?section=minsheng&town=luodian", False),
        ):
            assert (story["id"] in reader.read(path + part).decode()) is among, path + part
    part = feedparser.parse(reader.read("/atom.xml?section=minsheng&town=gucun"))
    assert part.feed.id == f"{server.url}/atom.xml?section=minsheng&town=gucun"
    assert part.feed.title == "融汇 · 民生 · 顾村镇"


@pytest.mark.parametrize("path", list(TYPES))
def test_a_poll_without_news_costs_nothing(reader: Reader, path: str) -> None:
    first = wait_until(lambda: (answer := reader.get(path)).headers.get("Last-Modified") and answer)
    assert first.headers["Content-Type"] == TYPES[path]
    assert first.headers["Cache-Control"] == "public, max-age=60"
    etag, date = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in (
        {"If-None-Match": etag},
        {"If-None-Match": f'"x", W/{etag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": date},
    ):
        again = reader.get(path, **headers)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag), headers
    earlier = parsedate_to_datetime(date).timestamp() - 5
    old = format_datetime(datetime.fromtimestamp(earlier, UTC), usegmt=True)
    for headers in ({"If-None-Match": '"x"'}, {"If-Modified-Since": old}, {"If-Modified-Since": "yesterday"}):
        assert reader.get(path, **headers).content == first.content, headers
    # The tag goes before the date (RFC 9110).
    assert reader.get(path, **{"If-None-Match": '"x"', "If-Modified-Since": date}).status_code == 200
    part = reader.get(path, Range="bytes=0-9")
    assert (part.status_code, part.content) == (206, first.content[:10])
    assert reader.get(path, Range="bytes=99999999-").status_code == 416


def test_what_changes_has_another_tag_and_what_does_not_keeps_it(server: Server, reader: Reader) -> None:
    story = published(server)
    paths = [*TYPES, f"/ninjs/{story['id']}.json", f"/newsml/{story['id']}.xml"]
    before = {path: reader.get(path).headers["ETag"] for path in paths}
    # Something public that is no article: the feeds are written anew, and are the same.
    form = {"title": "停水公告", "body": "今晚停水。", "category": "other"}
    notice = server.staff("office").does("POST", "/office/notices", form)
    server.staff("office2").does("POST", f"/office/notices/{notice['id']}/publish")
    assert {path: reader.get(path).headers["ETag"] for path in paths} == before
    correct(server.staff, story["id"], {"headline": "换了标题", "note": NOTE})
    after = {path: reader.get(path, **{"If-None-Match": tag}).status_code for path, tag in before.items()}
    assert set(after.values()) == {200}


@pytest.mark.parametrize("path", FEEDS)
def test_bad_input_is_refused_in_the_manner_of_the_house(reader: Reader, path: str) -> None:
    for query, code in (
        ("section=nowhere", 404),
        ("town=nowhere", 404),
        ("section=", 422),
        ("section=%F0%9F%98%80", 422),
        ("section=a&section=b", 400),
        ("section=%FF", 400),
        ("section=%00", 400),
        ("page=2", 422),
    ):
        answer = reader.get(f"{path}?{query}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (code, "application/problem+json"), query


def test_an_article_that_never_was_is_not_found(server: Server, reader: Reader) -> None:
    unpublished = draft(server)["id"]
    for name in (unpublished, "nothing", "..", "%2e%2e", "x" * 65):
        for path in (f"/ninjs/{name}.json", f"/newsml/{name}.xml"):
            answer = reader.get(path)
            assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json"), path
    assert reader.get("/news-sitemap.xml?section=minsheng").status_code == 422


# ── changes to be resumed ──


def changes(reader: Reader, cursor: str | None = None, limit: int = 100) -> dict[str, Any]:
    part = f"&cursor={cursor}" if cursor else ""
    answer: dict[str, Any] = json.loads(reader.read(f"/api/v1/open/changes?limit={limit}{part}"))
    return answer


def everything(reader: Reader, cursor: str | None = None, limit: int = 100) -> tuple[list[dict[str, Any]], str]:
    found: list[dict[str, Any]] = []
    while True:
        page = changes(reader, cursor, limit)
        found += page["items"]
        cursor = page["next"]
        if not page["more"]:
            return found, str(cursor)


def test_a_partner_that_was_down_goes_on_where_it_was(server: Server, reader: Reader) -> None:
    known, cursor = everything(reader)
    assert changes(reader, cursor) == {"items": [], "next": cursor, "more": False}
    story = published(server)
    correct(server.staff, story["id"], {"headline": "换了标题", "note": NOTE})
    middle, onward = everything(reader, cursor, limit=1)
    assert [each["type"] for each in middle if each["id"] == story["id"]] == ["article.published", "article.corrected"]
    Draft202012Validator(NINJS).validate(middle[0]["data"])
    # Each says how the article stands now.
    assert {each["data"]["headlines"][0]["value"] for each in middle if each["id"] == story["id"]} == {"换了标题"}
    withdraw(server, story)
    last, _ = everything(reader, onward)
    assert [each["type"] for each in last] == ["article.withdrawn"]
    assert last[0]["data"]["pubstatus"] == "canceled"
    again, _ = everything(reader, cursor, limit=2)
    assert [each["seq"] for each in again] == [each["seq"] for each in middle + last]
    assert {each["data"]["pubstatus"] for each in again if each["id"] == story["id"]} == {"canceled"}
    numbers = [each["seq"] for each in known + again]
    assert numbers == sorted(set(numbers))


def test_only_public_things_are_listed(server: Server, reader: Reader) -> None:
    _, cursor = everything(reader)
    server.staff("editor").does("POST", f"/editor/stories/{draft(server)['id']}/submit")
    assert everything(reader, cursor)[0] == []


def test_a_cursor_of_another_history_is_refused(reader: Reader) -> None:
    for cursor in ("x", "WzFd", "WyJhIiwxXQ", "W10", "bnVsbA", "eyJhIjoxfQ"):
        answer = reader.get(f"/api/v1/open/changes?cursor={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor"), cursor
    for query in ("cursor=", "cursor=%20", "limit=0", "limit=101", "limit=x", "since=1"):
        assert reader.get(f"/api/v1/open/changes?{query}").status_code == 422, query


# ── the channel of the feeds ──


@pytest.fixture(scope="module")
def hub() -> Any:
    served = hubs.serve()
    yield served
    served.stop()


def test_a_hub_that_is_told_fetches_what_has_changed(make_server: Callable[..., Server], hub: hubs.FakeHub) -> None:
    server = make_server(WEBSUB_HUBS=f"{hub.url}/")
    reader = Reader(server.url)
    for path in ("/rss.xml", "/atom.xml"):
        assert f'rel="hub" href="{hub.url}"' in reader.read(path).decode()
        assert 'rel="hub"' not in reader.read(f"{path}?town=gucun").decode()
    assert json.loads(reader.read("/feed.json"))["hubs"] == [{"type": "WebSub", "url": hub.url}]
    body = [
        {"type": "text", "html": HTML},
        {"type": "quote", "text": "河水清了。", "by": "居民"},
    ]
    story = published(server, body=body)
    channel = SyndicationChannel(Outlet(server.url, (hub.url,)))
    stored = server.staff("editor").does("GET", f"/editor/stories/{story['id']}")["body"]
    order = Order(
        publication="p",
        key="k" * 64,
        action="create",
        kind="article",
        fields={"headline": story["headline"], "summary": story["summary"], "body": stored, "version": 1},
        hash="h",
        story=StoryFacts(story["id"], story["headline"], "", "minsheng", "livelihood", ""),
        now=datetime.now(UTC),
    )
    sent = channel.send(order)
    assert isinstance(sent, Sent)
    assert (sent.external_id, sent.url) == (f"urn:ronghui:article:{story['id']}", f"{server.url}/atom.xml")
    assert len(hub.topics()) == 6
    for topic, text in hub.topics().items():
        assert story["id"] in text, topic
    shown = channel.read_back(sent.external_id)
    assert shown is not None
    assert shown.text == channel.expected(order)
    assert "——居民" in shown.text
    correct(server.staff, story["id"], {"headline": "换了标题", "note": NOTE})
    changed = Order(**order.__dict__ | {"fields": dict(order.fields) | {"headline": "换了标题"}})
    shown = channel.read_back(sent.external_id)
    assert shown is not None
    assert shown.text == channel.expected(changed)
    withdraw(server, story)
    assert isinstance(channel.delete(order), Sent)
    assert channel.read_back(sent.external_id) is None
    assert f'ref="{sent.external_id}"' in hub.topics()[f"{server.url}/atom.xml"]
    assert channel.read_back("urn:ronghui:article:nothing") is None
    assert all(each.ok for each in channel.check_health())
