"""A push in the words of the Web Push standards: the text that the page's service worker reads, and the headers."""

from __future__ import annotations

import json
from typing import Any

from notifications.targets.base import Push
from notifications.targets.collapse import web_topic
from notifications.targets.shorten import shortened

# What a push service must take is 4,096 bytes: 86 are the header of the encryption, 16 its seal, 1 ends the text.
MAX_PAYLOAD_BYTES = 3993
# As long as Firebase keeps one, which is what stands behind Chrome.
MAX_TTL_S = 28 * 24 * 3600


def payload(push: Push) -> bytes:
    """Write `{title, body, data, tag, silent}` as JSON; what is empty is left out, and a body that is too long is cut.

    Raises:
        ValueError: it is too long even without its body.
    """
    body = shortened(push.body, lambda body: len(_write(push, body)) <= MAX_PAYLOAD_BYTES)
    return _write(push, body)


def headers(push: Push) -> dict[str, str]:
    """Return the headers that say how a push service treats it."""
    found = {
        "TTL": str(max(0, min(push.ttl_s, MAX_TTL_S))),
        "Urgency": push.priority,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
    }
    if push.collapse_key:
        found["Topic"] = web_topic(push.collapse_key)
    return found


def _write(push: Push, body: str) -> bytes:
    said: dict[str, Any] = {"title": push.title, "body": body, "data": push.data, "tag": push.collapse_key}
    said = {name: value for name, value in said.items() if value or name == "data"}
    # The tag makes a bell replace an older one on the screen; the topic does so where it waits at the push service.
    return json.dumps({**said, "silent": not push.sound}, ensure_ascii=False, separators=(",", ":")).encode()
