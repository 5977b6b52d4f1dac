"""The form of receipts: what is hashed, what is signed. No database; docs/receipts.md says the same in words.

JSON is written as RFC 8785 (JCS) has it: members sorted, no spaces, UTF-8. Names of members are ASCII and all numbers
are whole, so the sorting and the numbers of RFC 8785 and of `canonical` are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from backend.db import canonical

FORMAT = "ronghui-receipts/1"
ALGORITHM = "Ed25519"
GENESIS = "0" * 64
# What is signed begins with its kind, so that no signature of one thing can pass for that of another.
_RECEIPT, _FILE = b"ronghui-receipt\n", b"ronghui-receipts\n"


def key_id(public_key: str) -> str:
    """Return the id of a public key (hex): the first 16 digits of its SHA-256."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def text_hash(salt: str, text: str) -> str:
    """Return the SHA-256 of the salt's bytes followed by the text in UTF-8, hex."""
    return hashlib.sha256(bytes.fromhex(salt) + text.encode()).hexdigest()


def receipt_hash(receipt: Mapping[str, Any]) -> str:
    """Return what `hash` must be: SHA-256 over all members but `hash` and `signature`."""
    return hashlib.sha256(canonical(_without(receipt, "hash", "signature")).encode()).hexdigest()


def receipt_message(receipt: Mapping[str, Any]) -> bytes:
    """Return the bytes that a receipt's signature covers: all members but `signature`."""
    return _RECEIPT + canonical(_without(receipt, "signature")).encode()


def file_message(file: Mapping[str, Any]) -> bytes:
    """Return the bytes that a file's signature covers: all members but `signature`."""
    return _FILE + canonical(_without(file, "signature")).encode()


def _without(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in names}
