"""Files of other houses, read without a database: what is understood, what is refused, and nothing else."""

from __future__ import annotations

import codecs
import csv
import io
import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.forms import is_clean
from backend.newsroom.archive import rules
from backend.newsroom.archive.folder import MediaFolder
from backend.newsroom.archive.formats import File, Item, Parsed, Refusal, Unreadable, choice, markup
from backend.newsroom.archive.formats.moments import read_moment
from backend.newsroom.archive.formats.table import read_table
from backend.newsroom.archive.report import Outcome, Report
from backend.newsroom.archive.rules import judge
from tests.support.server import ROOT

NOW = datetime(2026, 8, 2, 4, 0, tzinfo=UTC)
SAMPLES = ROOT / "demo" / "import"
ARCHIVES = ["archive.csv", "feed.xml", "atom.xml", "export.wxr.xml", "newsml-g2.xml", "ninjs.json"]
FORMAT_OF = dict(zip(ARCHIVES, ["csv", "rss", "atom", "wxr", "newsml", "ninjs"], strict=True))
HEAD = "标题,发布时间,正文\n"


def sample(name: str) -> Parsed:
    return choice.parse((SAMPLES / name).read_bytes())


def judged(parsed: Parsed) -> tuple[list[rules.Text], list[Refusal]]:
    taken, refused = [], []
    for item in parsed.items:
        try:
            taken.append(judge(item, NOW))
        except Refusal as refusal:
            refused.append(refusal)
    return taken, refused


def words(text: rules.Text) -> str:
    return "".join(piece.html for piece in text.pieces if isinstance(piece, markup.Words))


def item(**fields: Any) -> Item:
    return Item(**({"line": 1, "headline": "标题", "published": "2020-05-01", "text": "正文。"} | fields))


# ── the samples ──


@pytest.mark.parametrize("name", ARCHIVES)
def test_each_sample_has_two_good_items_and_a_bad_one(name: str) -> None:
    taken, refused = judged(sample(name))
    assert (len(taken), len(refused)) == (2, 1)
    assert all(text.at < NOW and text.headline and words(text) for text in taken)
    assert all(refusal.words.endswith("。") for refusal in refused)


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_sample_is_the_same_whichever_way_it_is_asked_for(name: str) -> None:
    named = choice.parse((SAMPLES / name).read_bytes(), FORMAT_OF[name])
    assert [one.hash for one in judged(named)[0]] == [one.hash for one in judged(sample(name))[0]]


def test_a_feed_keeps_its_pictures_where_they_stand() -> None:
    (first, _), _ = judged(sample("feed.xml"))
    kinds = ["file" if isinstance(piece, File) else "words" for piece in first.pieces]
    assert kinds == ["words", "file", "words"], "the enclosure is the picture of the text, and comes once"
    (picture,) = first.files
    assert (rules.base_name(picture.name), picture.caption) == ("matou.jpg", "清晨的码头")
    assert "<strong>" in words(first)
    assert "track" not in words(first)
    assert (first.byline, first.owner, first.sections) == ("叶清和", "新媒体中心", ("要闻",))


def test_a_wordpress_export_brings_paragraphs_galleries_and_hours_of_its_zone() -> None:
    (first, second), (refusal,) = judged(sample("export.wxr.xml"))
    assert first.at == datetime(2018, 6, 2, 7, 20, tzinfo=UTC)
    assert second.at == datetime(2019, 1, 10, 2, 0, tzinfo=UTC), "without an hour in UTC it is Shanghai's"
    assert words(first).count("<p>") == 2
    assert "[gallery" not in words(first)
    assert "评论" not in words(first)
    assert [(one.caption, one.alt) for one in first.files] == [("转播车停在码头边", "码头边的转播车")]
    assert "<blockquote>" in words(second)
    assert (refusal.field, refusal.code) == ("status", "not_published")


def test_a_news_message_links_its_pictures_and_says_what_was_cancelled() -> None:
    (first, second), (refusal,) = judged(sample("newsml-g2.xml"))
    assert [rules.base_name(one.name) for one in first.files] == ["matou.jpg"]
    assert (first.owner, first.licence, first.byline) == ("示例通讯社", "供签约媒体使用", "示例通讯社记者")
    assert second.at == datetime(2024, 2, 20, 1, 30, tzinfo=UTC)
    assert (refusal.field, refusal.code) == ("pubStatus", "not_usable")


def test_ninjs_is_read_in_its_old_and_its_new_shape() -> None:
    (old, new), (refusal,) = judged(sample("ninjs.json"))
    assert [rules.base_name(one.name) for one in old.files] == ["shufang.jpg"], "the original, not the thumbnail"
    assert "<h2>不背稿</h2>" in words(old)
    assert (new.headline, words(new).count("<p>")) == ("河道保洁船换了电动的", 2)
    assert (refusal.field, refusal.code) == ("type", "no_text")


def test_ninjs_may_come_an_object_a_line() -> None:
    lines = [json.dumps(one, ensure_ascii=False) for one in json.loads((SAMPLES / "ninjs.json").read_text())]
    again = choice.parse("\n".join(lines).encode())
    assert [one.hash for one in judged(again)[0]] == [one.hash for one in judged(sample("ninjs.json"))[0]]


# ── characters and dates ──


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_is_read_in_any_encoding_a_spreadsheet_program_writes(codec: str) -> None:
    text = (SAMPLES / "archive.csv").read_text()
    taken, _ = judged(choice.parse(text.encode(codec)))
    assert [one.hash for one in taken] == [one.hash for one in judged(sample("archive.csv"))[0]]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_table_may_be_parted_by_other_marks(mark: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=mark).writerows(csv.reader(io.StringIO((SAMPLES / "archive.csv").read_text())))
    taken, _ = judged(choice.parse(out.getvalue().encode()))
    assert [one.hash for one in taken] == [one.hash for one in judged(sample("archive.csv"))[0]]


@pytest.mark.parametrize("declared", ["GB2312", "gbk", "GB18030"])
def test_an_old_feed_in_gb2312_is_read(declared: str) -> None:
    text = (SAMPLES / "feed.xml").read_text().replace('encoding="UTF-8"', f'encoding="{declared}"')
    taken, _ = judged(choice.parse(text.encode("gb18030")))
    assert [one.headline for one in taken] == ["吴淞口码头迎来早班轮渡", "菜场换新秤，一秤一码"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2020-05-01 09:30", "2020-05-01T09:30+08:00"),
        ("2020/5/1", "2020-05-01T00:00+08:00"),
        ("2020年5月1日", "2020-05-01T00:00+08:00"),
        ("2020年5月1日 9:05", "2020-05-01T09:05+08:00"),
        ("20200501T093000+0800", "2020-05-01T09:30+08:00"),
        ("20200501", "2020-05-01T00:00+08:00"),
        ("2020-05-01T01:30:00Z", "2020-05-01T09:30+08:00"),
        ("2020-05-01T01:30:00.123456Z", "2020-05-01T09:30+08:00"),
        ("Fri, 01 May 2020 09:30:00 +0800", "2020-05-01T09:30+08:00"),
        ("Fri, 01 May 2020 01:30:00 GMT", "2020-05-01T09:30+08:00"),
        ("Fri, 01 May 2020 09:30:00 CST", "2020-05-01T09:30+08:00"),
        ("Fri, 01 May 2020 01:30:00 -0000", "2020-05-01T09:30+08:00"),
    ],
)
def test_dates_are_understood_and_without_a_zone_they_are_shanghais(written: str, meant: str) -> None:
    assert read_moment(written) == datetime.fromisoformat(meant)


@pytest.mark.parametrize(
    "written", ["", "去年", "2020-02-30", "0001-01-01", "9999-12-31", "2020-13-01", "1" * 40, "٢٠٢٠"]
)
def test_what_is_no_date_is_none(written: str) -> None:
    assert read_moment(written) is None


@given(st.integers(min_value=-2_177_452_800, max_value=7_226_582_400))
def test_a_moment_is_read_back_as_it_was_written(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, ZoneInfo("Asia/Shanghai"))
    assert read_moment(f"{moment:%Y-%m-%d %H:%M:%S}") == moment.replace(fold=0)
    assert read_moment(moment.astimezone(UTC).isoformat()) == moment


@given(st.text(max_size=80))
def test_no_text_upsets_the_reader_of_dates(text: str) -> None:
    assert read_moment(text) is None or isinstance(read_moment(text), datetime)


# ── what the house takes ──


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"headline": " "}, "headline", "missing"),
        ({"headline": "长" * 201}, "headline", "too_long"),
        ({"published": ""}, "published_at", "missing"),
        ({"published": "昨天"}, "published_at", "invalid"),
        ({"published": "2026-08-04"}, "published_at", "future"),
        ({"text": " \n "}, "text", "missing"),
        ({"html": "<script>x</script><!-- 注 -->", "text": ""}, "text", "missing"),
        ({"text": "长" * 100_001}, "text", "too_long"),
        ({"html": "<p>" + "<b>" * 400_000}, "text", "too_long"),
        ({"html": "<div>" * 600 + "深"}, "text", "too_deep"),
    ],
)
def test_what_an_archive_cannot_be_without_is_named(fields: dict[str, str], field: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        judge(item(**fields), NOW)
    assert (caught.value.field, caught.value.code) == (field, code)


def test_a_headline_of_two_hundred_is_taken_whole() -> None:
    assert judge(item(headline="长" * 200), NOW).headline == "长" * 200


def test_a_headline_loses_its_marks_and_entities() -> None:
    assert judge(item(headline="<b>甲 &amp; 乙</b>\n 3 < 5"), NOW).headline == "甲 & 乙 3 < 5"


def test_a_summary_that_is_too_long_is_cut_and_it_is_said() -> None:
    text = judge(item(summary="长" * 501), NOW)
    assert (len(text.summary), text.summary[-1], text.cut) == (500, "…", ("summary",))


def test_a_long_article_is_folded_into_blocks_without_losing_a_word() -> None:
    text = judge(item(text="\n".join(f"第{number}段" for number in range(900))), NOW)
    assert len(text.pieces) <= markup.MAX_PIECES
    assert [f"<p>第{number}段</p>" in words(text) for number in (0, 450, 899)] == [True] * 3
    assert words(text).count("<p>") == 900


def test_an_item_is_known_again_by_what_its_source_calls_it() -> None:
    named = rules.key_of(item(key="tag:example,2020:1"))
    assert named == rules.key_of(item(key="tag:example,2020:1", headline="改过的标题"))
    assert rules.key_of(item()) == rules.key_of(item(text="改过的正文"))
    assert rules.key_of(item()) != rules.key_of(item(headline="另一个标题"))
    assert len(rules.key_of(item(key="x" * 5000))) <= rules.MAX_KEY


def test_its_hash_changes_with_what_it_says_and_with_nothing_else() -> None:
    before = judge(item(), NOW).hash
    assert before == judge(item(line=9, sections=("别处",)), NOW).hash
    assert before == judge(item(published="2020-05-01T00:00:00+08:00"), NOW).hash
    for changed in ({"text": "另一句。"}, {"headline": "另"}, {"byline": "谁"}, {"files": (File("a.jpg"),)}):
        assert before != judge(item(**changed), NOW).hash


def test_its_own_section_comes_before_that_of_the_run() -> None:
    known = {"yaowen": "yaowen", "要闻": "yaowen", "民生": "minsheng"}
    text = judge(item(sections=("标签", "民生")), NOW)
    assert rules.choose_section(text, known, "yaowen") == "minsheng"
    assert rules.choose_section(judge(item(), NOW), known, "yaowen") == "yaowen"
    with pytest.raises(Refusal):
        rules.choose_section(judge(item(sections=("标签",)), NOW), known, None)


# ── hostile files ──

LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (97 + level, b"&%c;" % (96 + level) * 10) for level in range(1, 12)
)
HOSTILE = {
    "billion laughs": b'<?xml version="1.0"?>'
    + LAUGHS
    + b"]><rss><channel><item><title>&l;</title></item></channel></rss>",
    "a file of the machine": b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel>&x;</channel></rss>',
    "an address": b'<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><rss/>',
    "behind comments": b"<?xml version='1.0'?><!-- a --> <?b c?><!DOCTYPE r><rss/>",
    "without an end": b"<rss><channel>" + b"<a>" * 100_000,
    "cut short": (SAMPLES / "feed.xml").read_bytes()[:900],
    "deep lists": b"[" * 500_000,
    "deep objects": b'{"a":' * 100_000,
    "a number without end": b"[" + b"9" * 100_000 + b"]",
    "half a quote": HEAD.encode() + b'"' + b"x" * 3_000_000,
    "too many rows": HEAD.encode() + b"a,2020-01-01,b\n" * 20_001,
    "an encoding that runs code": b'<?xml version="1.0" encoding="unicode_escape"?><rss/>',
    "nothing": b"",
    "blanks": b" \n\t\r\n",
    "a picture": b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40,
    "fifty megabytes and one": b" " * (50 * 1024 * 1024) + b"x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_soon(name: str) -> None:
    began = time.process_time()
    with pytest.raises(Unreadable) as caught:
        choice.parse(HOSTILE[name])
    assert time.process_time() - began < 10
    assert caught.value.words.endswith("。")
    assert len(caught.value.words) < 200


def test_text_about_document_types_is_text() -> None:
    feed = (
        (SAMPLES / "feed.xml").read_text().replace("早班轮渡今起提前二十分钟。", "<![CDATA[<!DOCTYPE html> 怎么写]]>")
    )
    assert len(judged(choice.parse(feed.encode()))[0]) == 2


SLOW = {
    "open elements": "<div>" * 150_000,
    "open lists": "<ul><li>" * 100_000,
    "open brackets": "<" * 900_000,
    "comments": "<!--" * 200_000,
    "attributes": "<img " + "a=b " * 200_000 + ">",
    "entities": "&amp;" * 150_000,
    "blanks": "\n \t" * 300_000,
}


@pytest.mark.parametrize("name", SLOW)
def test_no_markup_takes_longer_than_its_length_explains(name: str) -> None:
    began = time.process_time()
    with suppress(Refusal):
        judge(item(html=f"<p>文</p>{SLOW[name]}", text=""), NOW)
    assert time.process_time() - began < 20


@pytest.mark.parametrize("text", ["[caption]", "[gallery ", "[caption ", "\n \t", "[gallery ids=1"])
def test_no_wordpress_text_does_either(text: str) -> None:
    began = time.process_time()
    export = (SAMPLES / "export.wxr.xml").read_text().replace("转播车昨天第一次开上了码头。", text * 100_000)
    choice.parse(export.encode())
    assert time.process_time() - began < 20


# ── whatever the bytes are ──


def only_refuses(data: bytes, format: str) -> None:
    with suppress(Unreadable):
        for one in choice.parse(data, format).items:
            with suppress(Refusal):
                demand_sound(judge(one, NOW))


def demand_sound(text: rules.Text) -> None:
    assert 0 < len(text.headline) <= rules.MAX_HEADLINE
    assert 0 < len(text.key) <= rules.MAX_KEY
    everything = [text.headline, text.key, text.summary, text.byline, text.owner, text.licence, words(text)]
    everything += [part for file in text.files for part in (file.name, file.caption, file.alt)]
    for said in everything:
        said.encode("utf-8")
        assert is_clean(said)


FORMATS = st.sampled_from([choice.AUTO, *choice.READERS])


@given(st.binary(max_size=400), FORMATS)
def test_no_bytes_do_more_than_be_refused(data: bytes, format: str) -> None:
    only_refuses(data, format)


@given(st.sampled_from(ARCHIVES), st.data())
def test_no_damaged_file_does_either(name: str, data: st.DataObject) -> None:
    whole = bytearray((SAMPLES / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(whole) - 1))
        if data.draw(st.booleans()):
            whole[at] = data.draw(st.integers(0, 255))
        else:
            del whole[at : at + data.draw(st.integers(1, 300))]
    only_refuses(bytes(whole), choice.AUTO)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
NAMES = st.sampled_from(
    ["uri", "headline", "headlines", "body_html", "bodies", "associations", "renditions", "subject", "value", "href"]
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=20
)


@given(JSON)
def test_no_json_of_another_shape_does_either(value: Any) -> None:
    only_refuses(json.dumps(value).encode(), "ninjs")


CELLS = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(["2020-01-01", '"', "a;b", "=1+1"])


@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=6))
def test_no_table_does_either(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, escapechar="\\").writerows(rows)
    only_refuses((HEAD + out.getvalue()).encode("utf-8", "surrogatepass"), "csv")
    only_refuses((HEAD + out.getvalue()).encode("utf-8", "replace"), "csv")


TAGS = ["p", "/p", "ul", "li", "/ul", "b", "/b", "figure", "/figure", "figcaption", "/figcaption", "blockquote", "h1"]
TAGS += ["/blockquote", "table", "tr", "td", "/table", "img src='a.jpg' alt='x'", "a href='javascript:x'", "/a"]
MARKUP = st.lists(
    st.sampled_from(
        [f"<{tag}>" for tag in TAGS] + ["字", "<script>坏</script>", "&lt;", "<", "&", "\x01", "&#1;", "<!--"]
    ),
    max_size=30,
)


@given(MARKUP)
def test_markup_comes_out_clean_and_with_every_word(parts: list[str]) -> None:
    found = markup.pieces("".join(parts))
    html = "".join(piece.html for piece in found if isinstance(piece, markup.Words))
    assert "坏" not in html
    assert "javascript" not in html
    assert "\x01" not in html
    if "<!--" not in parts and "<" not in parts:
        everything = html + "".join(piece.caption for piece in found if isinstance(piece, File))
        assert everything.count("字") == parts.count("字")


# ── tables, files and the report ──


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("标题,标题,正文,发布时间\n", "两次"),
        ("正文\n甲\n", "标题"),
        ("标题,发布时间\n甲,2020-01-01\n", "正文"),
        (",,\n", "空"),
    ],
)
def test_a_table_without_its_head_is_refused_and_told_why(text: str, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        choice.parse(text.encode(), "csv")
    assert words in caught.value.words


def test_a_row_with_too_many_cells_is_refused_and_the_next_is_read() -> None:
    taken, refused = judged(choice.parse(f"{HEAD}甲,2020-01-01,乙,丙\n丁,2020-01-01,戊\n".encode()))
    assert ([one.headline for one in taken], [one.code for one in refused]) == (["丁"], ["cells"])


def test_headings_are_known_in_both_languages_and_others_are_ignored() -> None:
    table = read_table(
        "Headline,发布 时间,正文*,备注\n甲,2020-01-01,乙,丙\n".encode(),
        {"headline": ("标题",), "published_at": ("发布时间",), "text": ("正文",)},
        ("headline",),
    )
    assert (table.rows[0].cells, table.ignored) == (
        {"headline": "甲", "published_at": "2020-01-01", "text": "乙"},
        ["备注"],
    )


@pytest.mark.parametrize(
    "reference",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "..\\..\\etc\\passwd",
        "https://x.example/..%2F..%2Fetc%2Fpasswd",
        "link.jpg",
        "outside/secret.txt",
        "",
        "..",
        "a\0b",
    ],
)
def test_nothing_outside_the_folder_is_ever_found(tmp_path: Path, reference: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("x")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.jpg").symlink_to(tmp_path / "outside" / "secret.txt")
    (inside / "folder").symlink_to(tmp_path / "outside", target_is_directory=True)
    with pytest.raises(Refusal) as caught:
        MediaFolder(inside).find(reference)
    assert caught.value.code == "missing_file"


@pytest.mark.parametrize(
    "reference",
    ["a b.jpg", "A B.JPG", "x/a b.jpg", "https://x.example/2020/a%20b.jpg?w=1", "C:\\照片\\a b.jpg", "a b-300x200.jpg"],
)
def test_a_file_is_found_by_its_name_however_it_is_referred_to(tmp_path: Path, reference: str) -> None:
    (tmp_path / "2020").mkdir()
    (tmp_path / "2020" / "a b.jpg").write_bytes(b"x")
    assert MediaFolder(tmp_path).find(reference).name == "a b.jpg"


def test_of_two_of_one_name_the_nearer_is_meant_or_neither(tmp_path: Path) -> None:
    for year in ("2020", "2021"):
        (tmp_path / year).mkdir()
        (tmp_path / year / "a.jpg").write_bytes(b"x")
    assert MediaFolder(tmp_path).find("https://x.example/uploads/2021/a.jpg").parent.name == "2021"
    with pytest.raises(Refusal) as caught:
        MediaFolder(tmp_path).find("a.jpg")
    assert caught.value.code == "ambiguous"


def test_a_report_runs_no_formula_and_hides_no_row() -> None:
    report = Report()
    report.refuse(7, "=HYPERLINK(1)", Refusal("headline", "missing", "没有\x1b[31m标题。"))
    report.count(Outcome.NEW)
    rows = list(csv.reader(io.StringIO(report.as_csv().decode("utf-8-sig"))))
    assert rows[1] == ["7", "'=HYPERLINK(1)", "refused", "headline", "missing", "没有[31m标题。"]
    assert report.as_csv().startswith(codecs.BOM_UTF8)
    assert report.summary() == "新增 1 new · 更新 0 changed · 未变 0 unchanged · 拒收 1 refused"
