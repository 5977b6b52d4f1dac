"""The text aids: rules on sentences, and properties on any text."""

from __future__ import annotations

import html
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.newsroom.examination.aids import starter
from backend.newsroom.examination.aids.lexicon import BadDictionary, compile_lexicon
from backend.newsroom.examination.aids.protected import forbidden_change
from backend.newsroom.examination.aids.report import RULES, check, run_samples
from backend.newsroom.examination.aids.text import Draft, MediaFacts, plain
from backend.newsroom.examination.aids.verbatim import is_verbatim_subset, sentences

ON = date(2026, 11, 25)
WORD = "敏感词示例"
CONTENT = starter.content()
LEXICON = compile_lexicon(CONTENT)
TABLE = Path(__file__).parents[2] / "demo" / "data" / "articles.toml"


def word(text, kind="sensitive", level="block", **more):
    return {"id": text, "text": text, "kind": kind, "level": level, "category": None, **more}


def lexicon_of(*words, persons=()):
    return compile_lexicon({"words": list(words), "persons": list(persons), "samples": []})


def text_block(*paragraphs, block_id="b1"):
    marked = "".join(f"<p>{html.escape(text, quote=False)}</p>" for text in paragraphs)
    return {"id": block_id, "type": "text", "html": marked}


def found(text, lexicon=LEXICON, on=ON):
    return check(Draft(headline="", body=[text_block(text)]), lexicon, on)


def rules(text, lexicon=LEXICON, on=ON):
    return {finding.rule for finding in found(text, lexicon, on)}


def one(text, rule, lexicon=LEXICON, on=ON):
    (finding,) = [finding for finding in found(text, lexicon, on) if finding.rule == rule]
    return finding


# ── Words ──


@pytest.mark.parametrize(
    "written",
    [
        "敏感词示例",
        "敏\u200b感-词示例",
        "敏 感 词 示 例",
        "敏*感*词*示*例",
        "敏感詞示例",
        "敏。感。词。示。例",
        "敏\n感\n词\n示\n例",
        "敏\u0301感\ufe0f词\u2060示\u00ad例",
        "⼤敏感词示例",
    ],
)
def test_a_block_word_is_found_however_it_is_hidden(written):
    assert one(f"他写了{written}几个字", "sensitive").level == "block"


def test_a_word_does_not_begin_in_one_sentence_and_end_in_the_next():
    assert "sensitive" not in rules("他很敏感。词示例另有说明")
    assert "sensitive" not in {
        finding.rule for finding in check(Draft("", body=[text_block("他很敏感", "词示例另有说明")]), LEXICON, ON)
    }


def test_a_word_parted_by_one_comma_may_be_chance_and_is_a_warning():
    finding = one("他很敏感，词示例另有说明", "sensitive")
    assert finding.level == "warn"
    assert "巧合" in finding.why


def test_a_word_is_found_through_tags_and_entities():
    block = {"id": "b1", "type": "text", "html": "<p>他写了敏<b>感</b>&#35789;示例 &amp; 别的</p>"}
    (finding,) = check(Draft("", body=[block]), LEXICON, ON)
    assert plain(block)[slice(*finding.span)] == finding.text == WORD


@pytest.mark.parametrize(
    "written", ["敏敢词示例", "敏感 ci 示例", "min gan ci shi li", "MinGan词示例", "mǐn gǎn cí shì lì"]
)
def test_a_word_that_only_sounds_like_a_listed_one_is_a_warning(written):
    finding = one(f"他写了{written}。", "homophone")
    assert finding.level == "warn"


def test_the_word_itself_is_not_also_reported_for_its_sound():
    assert rules(WORD) == {"sensitive"}


def test_sound_respects_syllables():
    lexicon = lexicon_of(word("西安", sound=True))
    assert rules("熙安", lexicon) == {"homophone"}
    assert rules("先例", lexicon) == set()


def test_a_word_whose_whole_is_read_otherwise_is_known_by_both_readings():
    lexicon = lexicon_of(word("银行", sound=True))
    assert rules("银杭", lexicon) == {"homophone"}


def test_of_words_within_each_other_the_longest_counts_unless_the_shorter_is_graver():
    assert [finding.text for finding in found("示例词语", lexicon_of(word("示例"), word("示例词")))] == ["示例词"]
    graver = lexicon_of(word("示例"), word("示例词", level="info"))
    assert [finding.text for finding in found("示例词语", graver)] == ["示例", "示例词"]


def test_a_stretch_of_text_is_reported_once():
    lexicon = lexicon_of(word("示例"), word("示例", kind="advert", level="warn"))
    assert [(finding.rule, finding.level) for finding in found("示例", lexicon)] == [("sensitive", "block")]


def test_latin_words_are_found_whole_only():
    lexicon = lexicon_of(word("app", level="warn"))
    assert rules("打开ＡＰＰ看看", lexicon) == {"sensitive"}
    assert rules("happy", lexicon) == set()


def test_a_banned_expression_names_the_right_one():
    assert one("帮助残废人就业", "banned").suggestion == "残疾人"


def test_common_wrong_characters_are_found_and_their_right_uses_left_alone():
    assert one("既使下雨也去", "wrong").suggestion == "即使"
    assert one("电梯按装完毕", "wrong").suggestion == "安装"
    assert rules("既使用新材料，又按装修合同办事，反复盖章") == set()


def test_content_that_is_no_dictionary_is_refused():
    with pytest.raises(BadDictionary, match="类别或级别"):
        lexicon_of(word("词", kind="other"))
    with pytest.raises(BadDictionary, match="没有可以比对"):
        lexicon_of(word("\u200b"))
    with pytest.raises(BadDictionary, match="任期日期"):
        lexicon_of(persons=[{"id": "p", "name": "林某甲", "title": "区长", "from": "昨天", "to": None, "order": None}])


def test_an_empty_dictionary_still_checks():
    assert rules("他说：“你好", compile_lexicon({})) == {"pairs"}


# ── Persons ──

PERSONS = lexicon_of(
    persons=[
        {"id": "1", "name": "王某某", "title": "区水务局局长", "from": "2025-01-01", "to": "2026-11-25", "order": 3},
        {"id": "2", "name": "王某某", "title": "区交通委主任", "from": "2026-11-25", "to": None, "order": 3},
        {"id": "3", "name": "李某某", "title": "区长", "from": "2020-01-01", "to": None, "order": 1},
        {"id": "4", "name": "张某某", "title": "副区长", "from": "2020-01-01", "to": None, "order": 2},
        {"id": "5", "name": "赵某某", "title": "区水务局局长", "from": "2020-01-01", "to": "2025-01-01", "order": None},
    ]
)


@pytest.mark.parametrize(
    "text", ["局长王某某", "王某某局长", "区水务局局长王某某", "王某某任区水务局局长。", "王某某，区水务局局长，到场"]
)
def test_a_title_counts_on_its_days_and_not_from_the_day_it_ends(text):
    assert rules(text, PERSONS, date(2026, 11, 24)) == set()
    finding = one(text, "person_title", PERSONS, date(2026, 11, 25))
    assert finding.level == "block"
    assert finding.suggestion in {"区交通委主任", "主任", "交通委主任"}


def test_the_suggestion_fits_where_the_wrong_words_stand():
    finding = one("区水务局副局长王某某", "person_title", PERSONS, date(2026, 11, 24))
    assert (finding.text, finding.suggestion) == ("副局长", "局长")


def test_somebody_out_of_office_has_no_title():
    finding = one("赵某某书记到会", "person_title", PERSONS)
    assert (finding.level, finding.suggestion) == ("block", None)
    assert rules("赵某某到会", PERSONS) == set()
    assert rules("原区水务局局长赵某某到会", PERSONS) == set()


def test_a_title_belongs_to_the_name_beside_it():
    assert rules("区长李某某会见主任王某某", PERSONS) == set()
    assert rules("李某某会见局长孙某", PERSONS) == set()
    assert rules("李某某到会。局长孙某讲话", PERSONS) == set()


def test_leaders_in_a_row_stand_in_their_order():
    assert rules("区长李某某、副区长张某某和王某某出席", PERSONS) == set()
    finding = one("副区长张某某、区长李某某和王某某出席", "leader_order", PERSONS)
    assert (finding.level, finding.suggestion) == ("warn", "李某某、张某某、王某某")


def test_names_in_separate_clauses_are_no_row():
    assert rules("张某某主持会议，李某某讲话", PERSONS) == set()


# ── Dates and figures ──


@pytest.mark.parametrize(
    "text",
    [
        "2026年11月26日（星期三)",
        "11月26日 周三",
        "２０２６年１１月２６日星期三",
        "十一月二十六日，周三",
        "周三（11月26日）",
    ],
)
def test_a_wrong_weekday_is_corrected(text):
    finding = one(f"会议定于{text}召开", "weekday")
    assert finding.suggestion in {"星期四", "周四"}


@pytest.mark.parametrize("text", ["11月26日（周四）", "2027年1月1日星期五", "今年11月26日星期四", "2026-11-26 星期四"])
def test_a_right_weekday_passes(text):
    assert "weekday" not in rules(text)


def test_a_date_without_a_year_is_in_the_nearest_one():
    assert rules("1月1日星期五", on=date(2026, 12, 30)) == set()
    assert rules("12月31日星期四", on=date(2027, 1, 2)) == set()


@pytest.mark.parametrize("text", ["2月30日", "2025年2月29日", "6月31日", "13月1日", "二月三十日", "2026-02-30"])
def test_a_date_that_does_not_exist_blocks(text):
    assert one(f"截至{text}", "date").level == "block"


@pytest.mark.parametrize("text", ["2月29日", "2024年2月29日", "农历二月三十日", "版本2026.13.1"])
def test_dates_that_may_exist_pass(text):
    assert "date" not in rules(text)


@pytest.mark.parametrize(
    "text",
    [
        "共12人，其中男5人、女8人",
        "共12人，其中男5人、女6人",
        "共有十二名志愿者参加，其中男五名、女八名",
        "男5人、女8人，共12人",
        "共抽检600批次，合格591批次，不合格8批次",
        "总计1.2万元，其中甲5000元、乙8000元",
    ],
)
def test_parts_that_do_not_add_up_are_reported(text):
    assert "sum" in rules(text)


@pytest.mark.parametrize(
    "text",
    [
        "共12人，其中男5人、女7人",
        "共100人，其中男60人、女40人、党员30人",
        "共12人，其中党员5人",
        "共抽检六百批次，合格五百九十一批次，不合格九批次",
        "共12人，为期3天",
    ],
)
def test_parts_that_may_add_up_pass(text):
    assert "sum" not in rules(text)


def test_shares_of_one_whole_stay_within_it():
    assert "share" in rules("老年人占60%，中年人占百分之三十，青年人占20%")
    assert rules("老年人占60%，其中独居的占50%") == set()
    assert rules("甲占33.4%，乙占33.3%，丙占33.3%") == set()


def test_growth_is_worked_out():
    assert one("从100增长到150，增长30%", "growth").suggestion == "50%"
    assert one("合格率从90%提高到95%，提高5%", "growth").suggestion == "5个百分点"
    assert rules("从1.2万人增加到1.8万人，增幅50%") == set()
    assert rules("由三百户减少到二百户，下降33%") == set()


@pytest.mark.parametrize(
    ("headline", "body", "hint"), [("12人受伤", "事故造成13人受伤。", "13人"), ("增长三成", "增长40%。", "40%")]
)
def test_a_headline_number_that_the_body_lacks_is_reported(headline, body, hint):
    (finding,) = check(Draft(headline, body=[text_block(body)]), LEXICON, ON)
    assert (finding.rule, finding.field, finding.suggestion) == ("headline_number", "headline", hint)


@pytest.mark.parametrize(
    ("headline", "body"),
    [
        ("1.2万人参加", "共有12000人参加。"),
        ("三十户居民搬家", "30户居民搬了家。"),
        ("2100米步道贯通", "步道长2.1公里。"),
        ("六百个车位", "首批开放六百一十二个车位。"),
        ("七十三种鸟", "这是第七十三种鸟。"),
        ("一名记者的一天", "他六点起床。"),
        ("12人受伤", ""),
    ],
)
def test_a_headline_number_may_be_written_otherwise(headline, body):
    assert check(Draft(headline, body=[text_block(body)]), LEXICON, ON) == []


# ── Writing, privacy, advertisement ──


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("大家慢慢的走着", "地"),
        ("他跑的很快。", "得"),
        ("我觉的不错", "得"),
        ("显的十分安静", "得"),
        ("美丽地家乡", "的"),
    ],
)
def test_plain_slips_of_de_are_reported(text, right):
    assert one(text, "de").suggestion == right


@pytest.mark.parametrize("text", ["视觉的享受", "明显的变化", "他做的很多事", "慢慢地走着", "跑得很快", "价值的一部分"])
def test_right_uses_of_de_pass(text):
    assert "de" not in rules(text)


@pytest.mark.parametrize("text", ["他说：“你好", "（注", "书名《码头", "完）", "“《码头”》"])
def test_marks_without_a_partner_are_reported(text):
    assert "pairs" in rules(text)


@pytest.mark.parametrize("text", ["他说：“你好。”", "（注)", "1）先登记", "《码头》（六集）", "a) b) :)"])
def test_marks_with_a_partner_pass(text):
    assert "pairs" not in rules(text)


def test_a_quotation_over_paragraphs_closes_only_in_the_last():
    body = [text_block("“第一段。", block_id="a"), text_block("“第二段。”", block_id="b")]
    assert check(Draft("", body=body), LEXICON, ON) == []


def test_marks_that_are_doubled_or_narrow_are_reported():
    assert one("好。。", "doubled").suggestion == "。"
    assert one("好，，坏", "doubled").suggestion == "，"
    assert one("好。。。", "doubled").suggestion == "……"
    assert (one("你好,世界", "half_width").level, one("你好,世界", "half_width").suggestion) == ("info", "，")
    assert rules("1,234人，a,b……") == set()


def test_superlatives_of_advertisements_are_warnings_and_plain_facts_pass():
    for text in ("第一品牌", "最佳产品", "国家级大牌", "顶级享受", "100%有效", "１００％有效", "全国第一。"):
        assert one(text, "advert").level == "warn"
    assert rules("国家级非物质文化遗产，最佳观赏期，最好提前预约，获最佳导演奖") == set()


@pytest.mark.parametrize(
    "text", ["11010519491231002X", "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", "110105 19491231 002X"]
)
def test_an_identity_number_blocks(text):
    assert one(f"号码{text}。", "id_number").level == "block"


def test_a_number_with_a_wrong_check_digit_is_no_identity_number():
    assert "id_number" not in rules("编号110105194912310021")


def test_phones_and_plates_are_warnings():
    assert one("电话138-0013-8000", "phone").level == "warn"
    assert one("车牌沪A·D12345", "plate").level == "warn"
    assert rules("新APP2024上线，电话021-12345678") == set()


# ── Media and links ──


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        ({}, "warn"),
        ({"m": MediaFacts("uploaded")}, "warn"),
        ({"m": MediaFacts("restricted")}, "block"),
        ({"m": MediaFacts("rejected")}, "block"),
        ({"m": MediaFacts("usable", licence_expired=True)}, "block"),
        ({"m": MediaFacts("usable")}, None),
    ],
)
def test_media_need_rights(facts, level):
    block = {"id": "b", "type": "image", "media": "m", "caption": "江边", "alt": "一条江"}
    findings = check(Draft("", body=[block], media=facts), LEXICON, ON)
    assert [finding.level for finding in findings] == ([level] if level else [])


def test_a_picture_without_words_is_an_info():
    block = {"id": "b", "type": "image", "media": "m", "caption": "", "alt": " "}
    (finding,) = check(Draft("", body=[block], media={"m": MediaFacts("usable")}), LEXICON, ON)
    assert (finding.rule, finding.level, finding.span) == ("media_alt", "info", (0, 0))


@pytest.mark.parametrize(
    "href",
    [
        "http://a.example",
        "https://127.0.0.1/x",
        "https://[::1]/",
        "https://localhost/",
        "https://2130706433/",
        "https://a:b",
        "x",
        "",
    ],
)
def test_links_that_readers_should_not_follow_are_reported(href):
    block = {"id": "b", "type": "text", "html": f'<p>看<a href="{href}">这里</a>吧</p>'}
    (finding,) = check(Draft("", body=[block]), LEXICON, ON)
    assert (finding.rule, finding.level, finding.text) == ("link", "warn", "这里")


def test_a_dead_link_is_reported():
    href = "https://a.example/?x=1&y=2"
    block = {"id": "b", "type": "text", "html": '<p><a href="https://a.example/?x=1&amp;y=2">这里</a></p>'}
    assert check(Draft("", body=[block]), LEXICON, ON) == []
    (finding,) = check(Draft("", body=[block], dead=frozenset({href})), LEXICON, ON)
    assert finding.rule == "dead_link"


# ── Reports ──


def test_a_finding_keeps_its_id_while_other_words_change():
    before = check(
        Draft("", body=[text_block("残废人就业", block_id="a"), text_block("按装", block_id="b")]), LEXICON, ON
    )
    after = check(
        Draft("新标题", body=[text_block("今天，残废人就业了", block_id="a"), text_block("按装", block_id="b")]),
        LEXICON,
        ON,
    )
    assert [finding.id for finding in before] == [finding.id for finding in after]
    assert [finding.span for finding in before] != [finding.span for finding in after]


def test_equal_findings_have_ids_of_their_own():
    ids = [finding.id for finding in found("按装按装按装")]
    assert len(set(ids)) == 3


def test_a_finding_is_written_as_json_keeps_it():
    (finding,) = check(Draft("按装电梯"), LEXICON, ON)
    assert finding.as_dict() == {
        "id": finding.id,
        "rule": "wrong",
        "level": "warn",
        "field": "headline",
        "block_id": None,
        "span": [0, 2],
        "text": "按装",
        "suggestion": "安装",
        "why": "“按装”是常见的错别字。",
        "category": "错别字",
    }


def test_plain_text_of_blocks():
    assert plain({"type": "text", "html": '<p>a&lt;b <a href="https://x/?a>b">c</a></p><p>d</p>'}) == "a<b cd"
    assert plain({"type": "quote", "text": "好", "by": "沈师傅"}) == "好\n沈师傅"
    assert plain({"type": "image", "caption": "江", "alt": ""}) == "江"


def test_the_starter_dictionary_passes_its_samples():
    result = run_samples(LEXICON, CONTENT["samples"], ON)
    assert [case for case in result["cases"] if not case["ok"]] == []
    assert result["passed"]


def test_a_sample_fails_if_more_or_less_is_found_than_expected():
    result = run_samples(LEXICON, [{"text": "按装，，", "expect": ["wrong"]}, {"text": "好", "expect": ["wrong"]}], ON)
    assert not result["passed"]
    assert [case["found"] for case in result["cases"]] == [["doubled", "wrong"], []]


def test_every_rule_that_samples_name_is_explained():
    assert {rule for sample in CONTENT["samples"] for rule in sample["expect"]} <= RULES.keys()


def test_good_texts_are_left_in_peace():
    warned = 0
    for article in tomllib.loads(TABLE.read_text(encoding="utf-8"))["article"]:
        blocks = [
            text_block(*block["text"].split("\n\n"), block_id=str(at))
            for at, block in enumerate(article["block"])
            if block.get("text")
        ]
        findings = check(Draft(article["headline"], summary=article["summary"], body=blocks), LEXICON, ON)
        assert [finding for finding in findings if finding.level == "block"] == []
        warned += len(findings)
    assert warned <= 2


# ── What a proofreader may change ──

BEFORE = (
    "区水务局局长吴某丁表示，今年已改造12公里管网，投资3.5亿元，11月26日完工。三十二户受益。"
    "“我们很高兴，”居民王大爷说，路面平整了，走起来很舒服的。"
)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("舒服的", "舒服", None),
        ("平整", "平坦", None),
        ("投资", "投入", None),
        ("12", "13", "number"),
        ("12", "12万", "number"),
        ("改造12", "改造约12", "number"),
        ("三十二", "三十三", "number"),
        ("公里", "里", "unit"),
        ("亿元", "亿美元", "unit"),
        ("26日", "27日", "date"),
        ("今年", "去年", "date"),
        ("吴某丁", "吴某戊", "name"),
        ("吴某丁", "吴某丁丁", "name"),
        ("王大爷", "李大爷", "name"),
        ("局长", "副局长", "title"),
        ("很高兴", "非常高兴", "quotation"),
        ("“我们很高兴，”", "我们很高兴，", "quotation"),
        ("路面", "路面" * 12, "length"),
    ],
)
def test_a_proofreader_changes_no_fact(old, new, kind):
    after = BEFORE.replace(old, new, 1)
    assert forbidden_change(BEFORE, after, names=["吴某丁"], titles=["区水务局局长"]) == kind


def test_twenty_characters_in_all_and_not_one_more():
    before = "好。" * 30
    assert forbidden_change(before, before.replace("好", "妙", 20), names=[], titles=[]) is None
    assert forbidden_change(before, before.replace("好", "妙", 21), names=[], titles=[]) == "length"


def test_no_change_is_no_change():
    assert forbidden_change(BEFORE, BEFORE, names=[], titles=[]) is None


@given(
    st.text(alphabet="区长王某某说，。12三十元“”的了a\n", max_size=40),
    st.text(alphabet="区长王某某说，。12三十元“”的了a\n", max_size=40),
)
def test_digits_never_change_within_the_rule(before, after):
    if forbidden_change(before, after, names=["王某某"], titles=["区长"]) is None:
        assert [char for char in before if char in "12"] == [char for char in after if char in "12"]
        assert before.count("王某某") == after.count("王某某")
        assert before.count("区长") == after.count("区长")


# ── Renditions ──

MASTER = ["步道今天试开放。", "清早六点，围挡撤了。居民走上步道，有人推着婴儿车，有人提着鸟笼。全长2.1公里！"]


@pytest.mark.parametrize(
    "rendition",
    [
        ["步道今天试开放"],
        ["清早六点,围挡撤了。 全长２.1公里。"],
        ["有人推着婴儿车，有人提着鸟笼。"],
        ["清早六点，围挡撤了，居民走上步道，有人推着婴儿车，有人提着鸟笼。"],
        ["“全长2.1公里”"],
        ["", "。。。"],
    ],
)
def test_whole_clauses_and_sentences_of_the_master_are_verbatim(rendition):
    assert is_verbatim_subset(rendition, MASTER) == []


@pytest.mark.parametrize(
    "sentence",
    ["步道今天不开放。", "全长21公里。", "居民走上步道，有人提着鸟笼。", "推着婴儿车。", "围挡撤了，居民走上步道。"],
)
def test_anything_else_is_not(sentence):
    assert is_verbatim_subset([f"{MASTER[0]}{sentence}"], MASTER) == [sentence]


def test_sentences_end_with_their_marks():
    assert sentences("你好。“走吧！”他说……\n标题\n1.5万人") == ["你好。", "“走吧！”", "他说……", "标题", "1.5万人"]


texts = st.text(alphabet=st.characters() | st.sampled_from("天地人，。！？；：“”…\n12.·"), max_size=60)


@given(st.lists(texts, max_size=4), st.data())
def test_a_part_of_the_masters_sentences_is_verbatim(master, data):
    pool = [sentence for text in master for sentence in sentences(text)]
    chosen = [sentence for sentence in pool if data.draw(st.booleans())]
    assert is_verbatim_subset(chosen, master) == []


@given(st.lists(st.text(alphabet="天地人，。！？", max_size=30), max_size=4), st.text(alphabet="日月星", min_size=1))
def test_a_new_sentence_is_always_reported(master, new):
    assert is_verbatim_subset([*master, f"{new}。"], master) == [f"{new}。"]


# ── Any text ──

marks = st.sampled_from(
    ["\u200b", "\u200d", "\ufeff", "\u0301", " ", "\u3000", "-", "*", "·", "，", "、", "。", "！", "…", "★", "\t"]
)


@given(st.lists(marks, min_size=len(WORD) - 1, max_size=len(WORD) - 1), st.text(alphabet="天地人", max_size=5))
def test_a_block_word_is_found_with_any_marks_between_its_characters(between, around):
    hidden = "".join(a + b for a, b in zip(WORD, [*between, ""], strict=True))
    assert any(finding.rule == "sensitive" for finding in found(f"{around}{hidden}{around}")), hidden


@given(st.lists(st.text(alphabet="\u200b\u200c\u200d\u2060\ufeff-_*·~ ", max_size=3), min_size=4, max_size=4))
def test_a_block_word_stays_a_block_with_marks_that_no_sentence_has(between):
    hidden = "".join(a + b for a, b in zip(WORD, [*between, ""], strict=True))
    assert one(f"天{hidden}地", "sensitive").level == "block"


@given(st.text(alphabet="abcdefghijkz0123456789", min_size=2, max_size=8))
def test_full_width_and_upper_case_make_no_difference(latin):
    wide = "".join(chr(ord(char) + 0xFEE0) for char in latin.upper())
    assert "sensitive" in rules(f"天{wide}地", lexicon_of(word(latin)))


pieces = st.sampled_from(
    [
        *(entry["text"] for entry in CONTENT["words"]),
        *(person["name"] for person in CONTENT["persons"]),
        *(person["title"] for person in CONTENT["persons"]),
        *(sample["text"] for sample in CONTENT["samples"]),
        *(
            "共12人，其中",
            "男5人、",
            "占60%",
            "11月31日",
            "（星期一）",
            "从1到2增长3%",
            "138-0013-8000",
            "“",
            "）",
            "，，",
        ),
        *(
            "<b>",
            "</b>",
            "<a href='",
            "<",
            "&amp;",
            "\u200b",
            "\u0301",
            "\ud800",
            "㍿",
            "ﷺ",
            "½",
            "٣",
            "𠮷",
            "İ",
            "e\u0301",
        ),
    ]
)
wild = st.lists(pieces | st.text(max_size=8), max_size=12).map("".join)


@given(wild, wild, wild, wild)
def test_any_text_is_checked_and_spans_point_at_what_was_matched(headline, source, quoted, caption):
    body = [
        {"id": "a", "type": "text", "html": source},
        {"id": "b", "type": "quote", "text": quoted, "by": caption},
        {"id": "c", "type": "image", "media": "m", "caption": caption, "alt": quoted},
    ]
    draft = Draft(headline, headline, quoted, body)
    whole = {block["id"]: plain(block) for block in body}
    findings = check(draft, LEXICON, ON)
    for finding in findings:
        text = whole[finding.block_id] if finding.block_id else getattr(draft, finding.field)
        start, end = finding.span
        assert text[start:end] == finding.text
        assert 0 <= start <= end <= len(text)
        assert finding.rule in RULES
        assert finding.text or finding.rule.startswith("media") or "link" in finding.rule
    assert len({finding.id for finding in findings}) == len(findings)
    assert findings == check(draft, LEXICON, ON)


@given(wild, wild)
def test_any_change_is_judged(before, after):
    forbidden_change(before, after, names=["林某甲", ""], titles=["区长", ""])
    is_verbatim_subset([before], [after])
