"""Checking a file of receipts without a server: what holds, what does not, in words. No database.

`web/static/js/receipts.js` does the same in a browser; `tests/receipts` hold the two against each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.db import canonical
from backend.requests.receipts.form import (
    ALGORITHM,
    FORMAT,
    GENESIS,
    file_message,
    key_id,
    receipt_hash,
    receipt_message,
    text_hash,
)

_HEX = {length: re.compile(f"[0-9a-f]{{{length}}}") for length in (16, 32, 64, 128)}
_MEMBERS = {"format", "case", "issued_at", "keys", "receipts", "key", "signature"}
_OF_RECEIPT = {
    *("case", "step", "action", "state", "at", "by", "office", "rating", "text_sha256", "media_sha256"),
    *("prev_hash", "key", "hash", "signature"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `holds` is None where it could not be said."""

    name: str
    holds: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a check. `holds` is None where all fits but the keys were compared with nothing."""

    checks: tuple[Check, ...]
    case: str | None = None
    steps: tuple[Mapping[str, Any], ...] = ()

    @property
    def holds(self) -> bool | None:
        """Whether all holds."""
        outcomes = {check.holds for check in self.checks}
        return False if False in outcomes else None if None in outcomes else True


def check_file(text: str, trusted: Mapping[str, str] | None) -> Verdict:
    """Check a file. `trusted` are the centre's public keys (hex) by id, from elsewhere than the file; None: unknown."""
    file = _read(text)
    if file is None:
        return Verdict((Check("readable", holds=False, words="这不是一份融汇回执文件，或者文件已经损坏。"),))
    checks = (
        Check("readable", holds=True, words=f"读到诉求 {file['case']} 的 {len(file['receipts'])} 张回执。"),
        _said(
            "canonical",
            canonical(file) == text.removesuffix("\n"),
            "文件的写法没有被动过。",
            "文件被重新排版或改动过，写法与签发时不同。",
        ),
        *_all(file, trusted),
    )
    return Verdict(checks, file["case"], tuple(file["receipts"]))


def _all(file: dict[str, Any], trusted: Mapping[str, str] | None) -> Iterator[Check]:
    receipts, keys = file["receipts"], {key["id"]: key["public_key"] for key in file["keys"]}
    yield _keys(file, keys, trusted)
    for name, fits, good, bad in _OF_EACH:
        wrong = next((at for at in range(len(receipts)) if not fits(file, keys, at)), None)
        yield _said(name, wrong is None, good, f"第 {(wrong or 0) + 1} 张回执{bad}。")
    yield _said(
        "whole",
        _fits(keys, file, file_message(file)),
        f"整份文件由中心于 {file['issued_at']} 签发，没有增减。",
        "整份文件的签名不对，内容被增减或改动过。",
    )
    if "texts" in file:
        yield _texts(file)


Fits = Callable[[dict[str, Any], Mapping[str, str], int], bool]


def _is_of_case(file: dict[str, Any], _keys: Mapping[str, str], at: int) -> bool:
    return bool(file["receipts"][at]["case"] == file["case"])


def _is_in_order(file: dict[str, Any], _keys: Mapping[str, str], at: int) -> bool:
    return bool(file["receipts"][at]["step"] == at + 1)


def _is_hashed(file: dict[str, Any], _keys: Mapping[str, str], at: int) -> bool:
    return bool(file["receipts"][at]["hash"] == receipt_hash(file["receipts"][at]))


def _is_linked(file: dict[str, Any], _keys: Mapping[str, str], at: int) -> bool:
    before = file["receipts"][at - 1]["hash"] if at else GENESIS
    return bool(file["receipts"][at]["prev_hash"] == before)


def _is_signed(file: dict[str, Any], keys: Mapping[str, str], at: int) -> bool:
    return _fits(keys, file["receipts"][at], receipt_message(file["receipts"][at]))


_OF_EACH: tuple[tuple[str, Fits, str, str], ...] = (
    ("case", _is_of_case, "每张回执都属于这件诉求。", "不属于这件诉求"),
    ("order", _is_in_order, "步骤编号连续，没有缺页。", "编号不连续"),
    ("hash", _is_hashed, "每张回执的内容与散列一致。", "内容与散列不符"),
    ("chain", _is_linked, "各步首尾相接。", "与上一步接不上"),
    ("signature", _is_signed, "每一步都有中心的签名。", "签名不对"),
)


def _said(name: str, holds: bool, good: str, bad: str) -> Check:  # noqa: FBT001  # it is what the function is about
    return Check(name, holds=holds, words=good if holds else bad)


def _keys(file: dict[str, Any], keys: dict[str, str], trusted: Mapping[str, str] | None) -> Check:
    used = {one["key"] for one in file["receipts"]} | {file["key"]}
    if used != keys.keys() or len(keys) != len(file["keys"]) or any(key_id(keys[name]) != name for name in keys):
        return Check("keys", holds=False, words="文件里的公钥不全，或与编号不符。")
    if trusted is None:
        return Check("keys", holds=None, words="没有与中心公布的公钥核对过：签名前后一致，但还不能断定出自中心。")
    strange = sorted(name for name in keys if trusted.get(name) != keys[name])
    if strange:
        return Check(
            "keys", holds=False, words=f"公钥 {'、'.join(strange)} 不是中心公布的公钥，这份文件不能当作中心签发。"
        )
    return Check("keys", holds=True, words="签名用的公钥就是中心公布的公钥。")


def _fits(keys: Mapping[str, str], signed: Mapping[str, Any], message: bytes) -> bool:
    public = keys.get(signed["key"])
    if public is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signed["signature"]), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _texts(file: dict[str, Any]) -> Check:
    by_step = {one["step"]: one["text_sha256"] for one in file["receipts"]}
    for each in file["texts"]:
        if by_step.get(each["step"]) != text_hash(each["salt"], each["text"]):
            return Check("texts", holds=False, words=f"第 {each['step']} 步附上的文字不是当时的文字。")
    return Check("texts", holds=True, words=f"附上的 {len(file['texts'])} 段文字与当时一字不差。")


def _read(text: str) -> dict[str, Any] | None:
    """Return the file, if it has the form of one."""
    try:
        file = json.loads(text)
        fits = _is_file(file)
        canonical(file).encode()
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return file if fits else None


def _is_file(file: Any) -> bool:
    return (
        isinstance(file, dict)
        and file.keys() - {"texts"} == _MEMBERS
        and file["format"] == FORMAT
        and isinstance(file["case"], str)
        and isinstance(file["issued_at"], str)
        and _is_hex(file["key"], 16)
        and _is_hex(file["signature"], 128)
        and _are(file["keys"], _is_key)
        and len(file["receipts"]) > 0
        and _are(file["receipts"], _is_receipt)
        and _are(file.get("texts", []), _is_text)
    )


def _are(things: Any, fits: Callable[[dict[str, Any]], bool]) -> bool:
    return isinstance(things, list) and all(isinstance(one, dict) and fits(one) for one in things)


def _is_hex(value: Any, length: int) -> bool:
    return isinstance(value, str) and _HEX[length].fullmatch(value) is not None


def _is_key(key: dict[str, Any]) -> bool:
    return (
        key.keys() == {"id", "algorithm", "public_key"}
        and key["algorithm"] == ALGORITHM
        and _is_hex(key["id"], 16)
        and _is_hex(key["public_key"], 64)
    )


def _is_receipt(one: dict[str, Any]) -> bool:
    return (
        one.keys() == _OF_RECEIPT
        and type(one["step"]) is int
        and all(isinstance(one[name], str) for name in ("case", "action", "state", "at", "by"))
        and _is_hex(one["key"], 16)
        and _is_hex(one["hash"], 64)
        and _is_hex(one["prev_hash"], 64)
        and _is_hex(one["signature"], 128)
    )


def _is_text(each: dict[str, Any]) -> bool:
    return (
        each.keys() == {"step", "salt", "text"}
        and type(each["step"]) is int
        and _is_hex(each["salt"], 32)
        and isinstance(each["text"], str)
    )


def trusted_keys(text: str) -> dict[str, str] | None:
    """Read public keys from what `GET /receipts/keys` answers, or from lines of 64 hex digits; None: neither."""
    try:
        listed = [key["public_key"] for key in json.loads(text)["items"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        listed = text.split()
    if not listed or not all(_is_hex(public, 64) for public in listed):
        return None
    return {key_id(public): public for public in listed}
