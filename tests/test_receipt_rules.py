"""Receipts and redaction as pure rules: any changed byte is found, and no number gets through."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from backend.db import canonical
from backend.oversight.closure import rules
from backend.requests.receipts.check import check_file
from backend.requests.receipts.form import FORMAT, GENESIS, file_message, receipt_hash, receipt_message, text_hash
from backend.requests.receipts.keys import Keyring, SigningKey
from backend.requests.twins.redaction import HARD, coarse_place, redact, still_personal
from tests.support.server import ROOT

# ── receipts ──


@cache
def key(_name: str = "centre") -> SigningKey:

    return SigningKey(Ed25519PrivateKey.generate())


def signed_file(by: SigningKey, steps: int = 3) -> dict[str, Any]:
    receipts: list[dict[str, Any]] = []
    for number in range(1, steps + 1):
        one: dict[str, Any] = {"case": "BS-261124-0042-6", "step": number, "action": "message", "state": "filed"}
        one |= {"at": "2026-11-24T08:00:00.000+00:00", "by": "区水务局", "office": "wateraffairs", "rating": None}
        one |= {"text_sha256": text_hash("00" * 16, f"第{number}步"), "media_sha256": [], "key": by.id}
        one["prev_hash"] = receipts[-1]["hash"] if receipts else GENESIS
        one["hash"] = receipt_hash(one)
        receipts.append(one | {"signature": by.sign(receipt_message(one))})
    named = {"id": by.id, "algorithm": "Ed25519", "public_key": by.public_key}
    file = {"format": FORMAT, "case": "BS-261124-0042-6", "issued_at": "2026-11-24T09:00:00.000+00:00", "keys": [named]}
    file |= {"receipts": receipts, "key": by.id, "texts": [{"step": 2, "salt": "00" * 16, "text": "第2步"}]}
    return file | {"signature": by.sign(file_message(file))}


TRUSTED = {key().id: key().public_key}
TEXT = canonical(signed_file(key()))
BYTES = TEXT.encode()


def test_a_good_file_holds_and_only_a_key_from_elsewhere_proves_the_centre() -> None:
    assert check_file(TEXT, TRUSTED).holds is True
    assert check_file(TEXT, None).holds is None
    forged = canonical(signed_file(key("forger")))
    assert check_file(forged, TRUSTED).holds is False
    assert [check.name for check in check_file(forged, TRUSTED).checks if check.holds is False] == ["keys"]


@given(st.integers(0, len(BYTES) - 1), st.integers(1, 255))
def test_any_changed_byte_is_found(at: int, by: int) -> None:
    changed = BYTES[:at] + bytes([BYTES[at] ^ by]) + BYTES[at + 1 :]
    assert check_file(changed.decode(errors="replace"), TRUSTED).holds is False


@given(st.integers(0, len(BYTES) - 1), st.integers(1, 40))
def test_any_missing_piece_is_found(at: int, length: int) -> None:
    assert check_file((BYTES[:at] + BYTES[at + length :]).decode(errors="replace"), TRUSTED).holds is False


@pytest.mark.parametrize("change", ["drop_last", "drop_first", "swap", "other_case"])
def test_receipts_that_are_left_out_swapped_or_lent_are_found_whoever_signs_the_file_anew(change: str) -> None:
    file = signed_file(key())
    receipts = file["receipts"]
    kept = {"drop_last": receipts[:-1], "drop_first": receipts[1:], "swap": [receipts[1], receipts[0], receipts[2]]}
    file["receipts"] = kept.get(change, receipts)
    if change == "other_case":
        file["case"] = "BS-261124-0043-1"
    assert check_file(canonical(file), TRUSTED).holds is False


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_whatever_is_given_is_answered(thing: Any) -> None:
    assert check_file(json.dumps(thing), TRUSTED).holds is False
    assert check_file(canonical(signed_file(key()) | {"receipts": thing}), TRUSTED).holds is False


def test_the_checker_of_the_docs_agrees() -> None:
    page = (ROOT / "docs" / "receipts.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(found[1], names)  # the documentation's own program
    names["check"](TEXT, TRUSTED)
    with pytest.raises(Exception):  # noqa: B017, PT011  # whatever it trips over
        names["check"](TEXT.replace("第2步", "第3步").replace("message", "massage"), TRUSTED)


def test_of_keys_the_last_one_signs_and_none_is_overwritten(tmp_path: Any) -> None:
    ring, other = Keyring(tmp_path / "keys"), Keyring(tmp_path / "keys")
    first = ring.current().id
    assert other.current().id == first
    other.rotate()
    assert ring.current().id == other.current().id != first
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["0001.pem", "0002.pem"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


# ── redaction ──

TAKEN = [
    ("手机13800210303找我", "phone", "13800210303"),
    ("手机138-0021-0303", "phone", "138-0021-0303"),
    ("打１３８００２１０３０３", "phone", "１３８００２１０３０３"),
    ("+86 13800210303", "phone", "+86 13800210303"),
    ("电话021-56781234转802", "phone", "021-56781234转802"),
    ("幺三八零零二一零三零三", "phone", "幺三八零零二一零三零三"),
    ("身份证310113196501011234", "id_number", "310113196501011234"),
    ("证号31011319650101123X。", "id_number", "31011319650101123X"),
    ("卡号6222 0210 0111 2345 678", "bank_card", "6222 0210 0111 2345 678"),
    ("一辆沪A·D12345停在门口", "plate", "沪A·D12345"),
    ("沪AD12345", "plate", "沪AD12345"),
    ("苏e12345", "plate", "苏e12345"),
    ("车牌尾号是3K21", "plate", "3K21"),
    ("微信号abc_12345", "contact", "abc_12345"),
    ("发到li.wen@example.com", "contact", "li.wen@example.com"),
    ("邻居张女士说", "name", "张女士"),
    ("欧阳师傅来过", "name", "欧阳师傅"),
    ("我叫李建国，", "name", "李建国"),
    ("业主陈强说不行", "name", "陈强"),
    ("楼下的小王家", "name", "小王"),
    ("张某每天跳舞", "name", "张某"),
    ("穿红衣服的张某", "looks", "穿红衣服的"),
    ("戴眼镜的男子", "looks", "戴眼镜的"),
    ("三十岁左右的男人", "looks", "三十岁左右的"),
    ("场中路123弄5号楼301室", "address", "123弄5号楼301室"),
    ("住在密山二村", "address", "密山二村"),
    ("牡丹江路1588号门口", "address", "1588号"),
    ("牡丹江路 1588 号门口", "address", "1588 号"),
    ("牡丹江路 200 弄 3 号 501 室", "address", "200 弄 3 号 501 室"),
]


@pytest.mark.parametrize(("text", "kind", "part"), TAKEN, ids=[part for _, _, part in TAKEN])
def test_what_leads_to_a_person_is_taken_out_with_its_reason(text: str, kind: str, part: str) -> None:
    found = redact(text)
    assert (kind, part) in [(span.kind, text[span.start : span.end]) for span in found.spans]
    assert part not in found.text
    assert all(span.reason for span in found.spans)


LEFT = [
    "3号线友谊路站旁边的路灯不亮",
    "11月3号晚上九点以后积水",
    "每天12345热线打不通",
    "2024年10月1日开始施工，持续了200天",
    "建议社区巴士末班延到十点半",
    "小区里的路灯坏了三盏，请老师傅来看",
    "场中路近沪太路下穿通道雨后积水没过脚踝",
    "方便的话请尽快回复",
]


@pytest.mark.parametrize("text", LEFT)
def test_what_leads_to_nobody_is_left_alone(text: str) -> None:
    assert redact(text).spans == ()


def test_names_that_the_case_knows_are_found_wherever_they_stand() -> None:
    assert "周玉珍" not in redact("问过周玉珍没有用", ["周玉珍"]).text


WORDS = st.sampled_from([*(text for text, _, _ in TAKEN), *LEFT, "，", "。", "\n", "a", "1", "路", "号", "张", "沪"])


@given(st.lists(WORDS | st.text(max_size=6), max_size=8).map("".join))
def test_spans_fit_the_original_and_nothing_hard_is_left(text: str) -> None:
    found = redact(text)
    at, parts = 0, []
    for span in found.spans:
        assert at <= span.start < span.end <= len(text)
        parts += [text[at : span.start], span.replacement]
        at = span.end
    assert "".join([*parts, text[at:]]) == found.text


@given(
    st.text(alphabet="，。我住的电话是", max_size=6),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", " ", "-"]),
)
def test_no_telephone_gets_through(around: str, phone: str, gap: str) -> None:
    written = gap.join([phone[:3], phone[3:7], phone[7:]])
    found = redact(f"{around}{written}{around}")
    assert written not in found.text
    assert {span.kind for span in still_personal(f"{around}{written}")} <= HARD


def test_a_place_is_known_down_to_the_road() -> None:
    assert coarse_place("友谊路街道", "友谊路街道密山二村北门外") == "友谊路街道"
    assert coarse_place("大场镇", "大场镇场中路123弄5号") == "大场镇场中路"
    assert coarse_place(None, None) is None


# ── statistics ──


def case(number: int, citizen: str, office: str, *, confirmed: bool, month: str = "2026-10") -> rules.Case:
    at = rules.datetime.fromisoformat(f"{month}-05T08:00:00+08:00")
    steps = [rules.Step("file", at, by_citizen=True), rules.Step("reply", at, by_citizen=False)]
    steps += [rules.Step("rate", at, by_citizen=True)] if confirmed else [rules.Step("resolve", at, by_citizen=False)]
    stars = 5 if confirmed else None
    return rules.Case(
        str(number), f"c{number}", citizen, office, None, "help", month, "closed", at, at, stars, stars, tuple(steps)
    )


NOW = rules.datetime.fromisoformat("2026-11-27T08:00:00+08:00")


def test_a_close_without_a_word_of_the_citizen_is_a_claim_and_no_solution() -> None:
    told, silent = (rules.marks(case(1, "a", "x", confirmed=each), NOW) for each in (True, False))
    assert (told["claimed"], told["confirmed"]) == (True, True)
    assert (silent["claimed"], silent["confirmed"]) == (True, False)


COUNTS = st.dictionaries(st.sampled_from("wxyz"), st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=4)


@given(COUNTS)
def test_nothing_about_one_to_four_people_is_shown_nor_follows_from_the_whole(
    counts: dict[str, tuple[int, int]],
) -> None:
    cases = [
        case(len(office) + at, f"{office}{at}", office, confirmed=at < yes)
        for office, (yes, no) in counts.items()
        for at in range(yes + no)
    ]
    shown = rules.shown(cases, "office", NOW)
    for office, numbers in shown.items():
        yes, no = counts[office]
        if numbers["filed"] is not None:
            assert numbers["filed"] == yes + no >= 5
        if numbers["confirmed"] is not None:
            assert min(n for n in (yes, no) if n) >= 5
    # Where the whole district is known, what is missing is about nobody or about five or more.
    whole = rules.shown(cases, "all", NOW).get("all", {})
    for mark, index in (("filed", None), ("confirmed", 0)):
        hidden = [
            sum(c) if index is None else c[index] for o, c in counts.items() if o not in shown or shown[o][mark] is None
        ]
        assert whole.get(mark) is None or not 0 < sum(hidden) < 5
