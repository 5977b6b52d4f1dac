"""Each format of the feed, read back by readers that are not ours, whatever the texts are; and the pings of hubs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from NewsMLG2 import NewsMLG2Document
from NewsMLG2.contentmeta import AdministrativeMetadataGroup, DescriptiveMetadataGroup
from NewsMLG2.itemmanagement import ItemManagementGroup

from backend import blocks
from backend.feed.syndication import atom, json_feed, news_sitemap, newsml, ninjs, rss
from backend.feed.syndication.build import build_item
from backend.feed.syndication.items import Attachment, Correction, Feed, Item, Named, Outlet, Tombstone
from backend.feed.syndication.words import without_first_lines
from backend.publishing.channel import Order, Retry, Sent, StoryFacts, Unreachable
from channels.syndication import SyndicationChannel
from fakes import hub as hubs
from fakes.http_server import Answer, HttpServer
from tests.channels.feed_schemas import JSON_FEED, NEWS_XSD, NINJS, SITEMAP_XSD

NOW = datetime(2026, 11, 26, 10, 0, 1, 123000, tzinfo=UTC)
OUTLET = Outlet("https://news.example", ("https://hub.example/",))
PICTURE = Attachment("m1", "image", OUTLET.media("m1"), "image/jpeg", 2048, 1600, 900)
FILM = Attachment("m2", "video", OUTLET.media("m2"), "video/mp4", 4096, 1280, 720, 12.5, OUTLET.media("m2") + "/poster")
GONE = Tombstone("gone", 4, NOW - timedelta(days=2), NOW - timedelta(hours=1), "事实有误")
A, G2, XHTML = "{http://www.w3.org/2005/Atom}", f"{{{newsml.G2}}}", "{http://www.w3.org/1999/xhtml}"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"


def item(**fields: Any) -> Item:
    body = [
        *blocks.parse([{"type": "text", "html": "<p>第一段。</p><ul><li>甲</li><li>乙</li></ul>"}]),
        *blocks.parse([{"type": "quote", "text": "说过的话", "by": "居民"}]),
        *blocks.parse([{"type": "image", "media": "m1", "caption": "图说"}, {"type": "video", "media": "m2"}]),
    ]
    given = {
        "article_id": "a1",
        "version": 1,
        "headline": "标题",
        "summary": "摘要",
        "body": body,
        "byline": "记者",
        "section": Named("minsheng", "民生"),
        "class_": "livelihood",
        "published": NOW - timedelta(days=1),
        "updated": NOW,
        "towns": [Named("gucun", "顾村镇")],
        "sources": [Named("official", "区水务局")],
        "cover": PICTURE,
        "media": {"m1": PICTURE, "m2": FILM},
    }
    return build_item(OUTLET, **given | fields)


def feed(*items: Item, gone: tuple[Tombstone, ...] = (GONE,), outlet: Outlet = OUTLET) -> Feed:
    return Feed(outlet, items, gone)


# ── texts that nobody wants ──

NASTY = [
    "]]>",
    "<![CDATA[",
    "&#0;",
    "&amp;",
    "<b>",
    "</p>",
    "\x00",
    "\x1b",
    "\ufffe",
    "\u202e",
    "😀",
    "\r\n",
    "\u2028",
    '"',
]
# As they come through the forms of the house, and from wherever else.
CLEAN = st.lists(st.one_of(st.text(st.characters(codec="utf-8")), st.sampled_from(NASTY)), max_size=6).map("".join)
ANY = st.lists(st.one_of(st.text(st.characters()), st.sampled_from(NASTY)), max_size=6).map("".join)


def legal(text: str) -> str:
    """What XML 1.0 can hold of a text (production 2 of the recommendation), on one line."""

    def may(point: int) -> bool:
        return point in (9, 10, 13) or 0x20 <= point < 0xD800 or 0xE000 <= point < 0xFFFE or point >= 0x10000

    return " ".join("".join(sign for sign in text if may(ord(sign))).split())


class _Words(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.words = ""
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.words += data


def words_of(html: str) -> str:
    return "".join(_Words(html).words.split())


@given(ANY, ANY, ANY, CLEAN, ANY)
def test_no_text_breaks_any_format(headline: str, summary: str, byline: str, body: str, note: str) -> None:
    stored = blocks.parse([{"type": "text", "html": body}, {"type": "text", "text": body}])
    one = item(headline=headline, summary=summary, byline=byline, body=stored, corrections=[Correction(NOW, note)])
    whole = feed(one)

    in_rss = ET.fromstring(rss.write(whole)).find("channel/item")
    assert in_rss is not None
    assert in_rss.findtext("title", "") == legal(headline)
    assert in_rss.findtext(ENCODED) == one.html

    in_atom = ET.fromstring(atom.write(whole)).find(f"{A}entry")
    assert in_atom is not None
    assert in_atom.findtext(f"{A}title", "") == legal(headline)
    assert in_atom.findtext(f"{A}content") == one.html

    in_json = json.loads(json_feed.write(whole))["items"][0]
    assert (in_json["title"], in_json["content_html"]) == (legal(headline), one.html)
    in_ninjs = json.loads(ninjs.write(whole))["associations"][0]
    assert (in_ninjs["title"], in_ninjs["bodies"][0]["value"]) == (legal(headline), one.html)

    in_g2 = ET.fromstring(newsml.write(whole)).find(f".//{G2}newsItem")
    assert in_g2 is not None
    assert in_g2.findtext(f"{G2}contentMeta/{G2}headline", "") == legal(headline)
    page = in_g2.find(f".//{XHTML}body")
    assert page is not None
    assert "".join("".join(page.itertext()).split()) == words_of(one.html)
    assert ET.fromstring(news_sitemap.write(whole)).findtext(".//{*}title", "") == legal(headline)


@given(CLEAN)
def test_the_author_s_words_come_back_from_behind_the_first_lines(body: str) -> None:
    stored = blocks.parse([{"type": "text", "html": body}])
    bare = item(body=stored).text
    corrected = item(body=stored, corrections=[Correction(NOW, "一"), Correction(NOW, "二\n行")], confirmed=False)
    assert corrected.text.startswith("快讯：")
    assert without_first_lines(corrected.text) == bare


def test_a_text_nested_beyond_all_measure_can_be_read_by_everybody() -> None:
    deep = blocks.parse([{"type": "text", "html": "<b>" * 3000 + "里面" + "</b>" * 3000}])
    made = newsml.write_item(item(body=deep, media={}), OUTLET)
    page = ET.fromstring(made).find(f".//{XHTML}body")
    assert page is not None
    assert "".join(page.itertext()) == "里面"
    assert made.count(b"<b>") < 100


# ── what each specification asks for ──


@pytest.mark.parametrize("write", [rss.write, atom.write], ids=["rss", "atom"])
def test_a_feed_reader_finds_everything(write: Any) -> None:
    read = feedparser.parse(write(feed(item())))
    assert not read.bozo, read.get("bozo_exception")
    assert read.feed.title == "融汇"
    links = {(link.rel, link.href) for link in read.feed.links}
    assert {("hub", "https://hub.example/")} < links
    assert any(rel == "self" and href.startswith("https://news.example/") for rel, href in links)
    (entry,) = read.entries
    assert (entry.id, entry.title) == ("urn:ronghui:article:a1", "标题")
    assert entry.link == "https://news.example/#/news/a1"
    assert entry.author == "记者"
    assert entry.published_parsed[:5] == (2026, 11, 25, 10, 0)
    assert entry.updated_parsed[:5] == (2026, 11, 26, 10, 0)
    assert {tag.term for tag in entry.tags} >= ({"民生", "顾村镇"} if write is rss.write else {"minsheng", "gucun"})
    assert "第一段。" in entry.content[0].value
    files = entry.media_content if write is rss.write else entry.enclosures
    assert {each.get("url", each.get("href")) for each in files} == {PICTURE.url, FILM.url}


def test_json_feed_is_valid() -> None:
    Draft202012Validator.check_schema(JSON_FEED)
    for made in (feed(item(), item(article_id="a2", cover=None, media={}, byline="")), feed(gone=())):
        Draft202012Validator(JSON_FEED).validate(json.loads(json_feed.write(made)))
    entry = json.loads(json_feed.write(feed(item())))["items"][0]
    assert [each["mime_type"] for each in entry["attachments"]] == ["image/jpeg", "video/mp4"]


def test_ninjs_is_valid() -> None:
    Draft202012Validator.check_schema(NINJS)
    for one in (item(), item(cover=None, media={}, byline="", summary="", towns=[]), GONE):
        Draft202012Validator(NINJS).validate(json.loads(ninjs.write_item(one, OUTLET)))
    for made in (feed(item()), feed(gone=())):
        Draft202012Validator(NINJS).validate(json.loads(ninjs.write(made)))


def test_newsml_is_read_by_the_library_of_its_makers() -> None:
    read = NewsMLG2Document(newsml.write_item(item(corrections=[Correction(NOW, "数字有误")]), OUTLET)).get_item()
    assert (read.guid, read.version, read.standard) == ("urn:ronghui:article:a1", "1", "NewsML-G2")
    assert (read.standardversion, read.conformance) == ("2.34", "power")
    meta = read.itemmeta
    assert (meta.itemclass.qcode, meta.pubstatus.qcode) == ("ninat:text", "stat:usable")
    assert str(meta.provider.name) == "宝山区融媒体中心"
    assert str(meta.versioncreated) == "2026-11-26T10:00:01.123Z"
    assert meta.signal.qcode == "sig:correction"
    assert str(meta.ednote) == "更正（2026年11月26日 18:00）：数字有误"
    assert str(read.contentmeta.headline) == "标题"


def test_newsml_keeps_the_order_of_its_schema() -> None:
    made = ET.fromstring(newsml.write_item(item(corrections=[Correction(NOW, "数字有误")]), OUTLET))
    top = ["catalogRef", "hopHistory", "pubHistory", "rightsInfo", "itemMeta", "contentMeta", "contentSet"]
    in_meta = [each["xml_name"] for _, each in ItemManagementGroup]
    groups = AdministrativeMetadataGroup + DescriptiveMetadataGroup
    in_content = ["icon", *(each["xml_name"] for _, each in groups)]
    for parent, order in ((made, top), (made[2], in_meta), (made[3], in_content)):
        names = [child.tag.removeprefix(G2) for child in parent]
        assert set(names) <= set(order), names
        assert names == sorted(names, key=order.index), names


def test_an_empty_message_of_newsml_has_an_item_as_it_must() -> None:
    empty = ET.fromstring(newsml.write(feed(gone=())))
    assert [child.tag for child in empty] == [f"{G2}header", f"{G2}itemSet"]
    assert [child.tag for child in empty[1]] == [f"{G2}packageItem"]


def test_the_sitemap_is_valid_and_ends_at_a_thousand() -> None:
    schema = xmlschema.XMLSchema(SITEMAP_XSD)
    schema.add_schema(NEWS_XSD, build=True)
    for made in (feed(), feed(*[item(article_id=f"a{n}") for n in range(1001)])):
        schema.validate(news_sitemap.write(made).decode().replace("encoding='UTF-8'", ""))
    read = ET.fromstring(news_sitemap.write(made))
    assert len(read) == news_sitemap.MAX_ITEMS


# ── corrections and withdrawals ──


def test_a_correction_is_said_first_in_every_format() -> None:
    line = "更正（2026年11月26日 18:00）：总数应为 12 户"
    one = item(version=2, corrections=[Correction(NOW, "总数应为 12 户")])
    whole = feed(one)
    shown = [
        ET.fromstring(rss.write(whole)).findtext(f"channel/item/{ENCODED}"),
        ET.fromstring(atom.write(whole)).findtext(f"{A}entry/{A}content"),
        json.loads(json_feed.write(whole))["items"][0]["content_html"],
        json.loads(ninjs.write_item(one, OUTLET))["bodies"][0]["value"],
    ]
    assert all(str(html).startswith(f"<p><strong>{line}</strong></p>") for html in shown)
    page = ET.fromstring(newsml.write_item(one, OUTLET)).find(f".//{XHTML}body")
    assert page is not None
    assert "".join(page[0].itertext()) == line
    described = json.loads(ninjs.write_item(one, OUTLET))
    assert (described["version"], described["ednote"]) == ("2", line)
    assert described["bodies"][1]["value"].split("\n")[0] == line


def test_what_was_withdrawn_is_gone_or_said_to_be_gone() -> None:
    whole = feed(item())
    for made in (rss.write(whole), json_feed.write(whole), news_sitemap.write(whole)):
        assert GONE.urn.encode() not in made
    deleted = ET.fromstring(atom.write(whole)).find("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    assert deleted is not None
    assert deleted.attrib == {"ref": GONE.urn, "when": "2026-11-26T09:00:01.123Z"}
    told = json.loads(ninjs.write(whole))["associations"][-1]
    assert (told["uri"], told["pubstatus"], told["version"]) == (GONE.urn, "canceled", "4")
    assert told["ednote"] == "撤稿：事实有误。请停止使用并删除本稿。"
    assert not told.keys() & {"headlines", "bodies", "descriptions", "associations"}
    read = NewsMLG2Document(newsml.write_item(GONE, OUTLET)).get_item()
    assert (read.guid, read.version, read.itemmeta.pubstatus.qcode) == (GONE.urn, "4", "stat:canceled")


# ── hubs ──


@pytest.fixture
def hub() -> Iterator[hubs.FakeHub]:
    served = hubs.serve()
    yield served
    served.stop()


def order(**fields: Any) -> Order:
    story = StoryFacts("a1", "标题", "记者", "minsheng", "livelihood", "https://news.example/#/news/a1?m=x")
    given = {
        "publication": "p1",
        "key": "k" * 64,
        "action": "create",
        "kind": "article",
        "fields": {"headline": "标题", "summary": "摘要", "body": blocks.parse("第一段。"), "version": 1},
        "hash": "h",
        "story": story,
        "now": NOW,
    }
    return Order(**given | fields)


def test_hubs_are_told_of_every_feed_that_an_article_is_in(hub: hubs.FakeHub) -> None:
    channel = SyndicationChannel(Outlet("http://127.0.0.1:9", (hub.url,)), timeout_s=5)
    for act in (channel.send, channel.edit, channel.delete):
        hub.reset()
        assert act(order()) == Sent("urn:ronghui:article:a1", "http://127.0.0.1:9/atom.xml")
        paths = [topic.removeprefix("http://127.0.0.1:9") for topic in hub.pings()]
        feeds = ["/rss.xml", "/atom.xml", "/feed.json"]
        assert paths == feeds + [f"{path}?section=minsheng" for path in feeds]


def test_without_hubs_an_article_is_simply_in_the_feeds() -> None:
    assert isinstance(SyndicationChannel(Outlet("http://127.0.0.1:9")).send(order()), Sent)


def test_a_hub_in_trouble_is_told_later_and_one_that_refuses_is_noted(hub: hubs.FakeHub) -> None:
    channel = SyndicationChannel(Outlet("http://127.0.0.1:9", (hub.url,)), timeout_s=5)
    for trouble in ({"kind": "drop"}, {"kind": "lose"}, {"status": 503}, {"status": 429}):
        hub.reset()
        hub.rule(times=1, **trouble)
        assert isinstance(channel.send(order()), Retry), trouble
    hub.reset()
    hub.rule(status=403)
    sent = channel.send(order())
    assert isinstance(sent, Sent)
    assert sent.evidence == {"refused_by": {hub.url: 403}}
    hub.stop()
    assert isinstance(channel.send(order()), Retry)


def test_a_hub_does_not_lead_us_elsewhere() -> None:
    inside = HttpServer(lambda _: Answer(200, b""), "127.0.0.1", 0)
    moved = HttpServer(
        lambda _: Answer(302, b"", {"Location": f"http://127.0.0.1:{inside.server_port}/"}), "127.0.0.1", 0
    )
    for each in (inside, moved):
        each.start()
    url = f"http://127.0.0.1:{moved.server_port}"
    channel = SyndicationChannel(Outlet("http://127.0.0.1:9", (url,)), timeout_s=5)
    sent = channel.send(order())
    assert isinstance(sent, Sent)
    assert sent.evidence == {"refused_by": {url: 302}}
    channel.check_health()
    assert inside.connections == 0
    for each in (inside, moved):
        each.stop()


def test_a_feed_that_cannot_be_reached_is_not_taken_for_an_article_that_is_gone() -> None:
    channel = SyndicationChannel(Outlet("http://127.0.0.1:9"), timeout_s=5)
    with pytest.raises(Unreachable):
        channel.read_back("urn:ronghui:article:a1")
    assert [each.ok for each in channel.check_health()] == [False]


def test_only_whole_articles_are_taken() -> None:
    channel = SyndicationChannel(OUTLET)
    assert channel.check("article", order().fields) == []
    assert [each.code for each in channel.check("weibo_post", {"text": "x"})] == ["wrong_kind"]
    assert [each.field for each in channel.check("article", {"headline": "", "body": []})] == ["headline", "body"]


def test_links_of_a_feed_are_absolute() -> None:
    made = b"".join(each.write(feed(item())) for each in (rss, atom, json_feed, ninjs, newsml, news_sitemap))
    links = re.findall(rb'(?:href|src|url|poster)="([^"]*)"', made)
    assert links
    assert all(link.startswith((b"https://", b"http://www.iptc.org/")) for link in links), links
