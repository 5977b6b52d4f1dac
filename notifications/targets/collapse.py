"""A collapse key in the form that each of the networks behind the vendors takes."""

from __future__ import annotations

import base64
import hashlib

_APNS_COLLAPSE_ID_BYTES = 64


def apple_id(key: str) -> str:
    """Return the key, or its hash where Apple would find it too long."""
    return key if len(key.encode()) <= _APNS_COLLAPSE_ID_BYTES else hashlib.sha256(key.encode()).hexdigest()


def web_topic(key: str) -> str:
    """Return the key as RFC 8030 wants it: at most 32 characters of URL-safe base64."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()[:24]).decode()
