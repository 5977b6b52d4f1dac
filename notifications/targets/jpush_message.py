"""A push in JPush's words, for Android, iOS and HarmonyOS at once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from notifications.targets.android import channel_of
from notifications.targets.base import Push
from notifications.targets.collapse import apple_id
from notifications.targets.shorten import shortened

# JPush keeps nothing longer than ten days.
MAX_TTL_S = 10 * 24 * 3600
# Its limits for what is shown, in bytes of JSON.
MAX_IOS_BYTES = 2000
MAX_ANDROID_BYTES = 4000
# On a scale from -2 to 2, 1 slides in from above and 0 waits in the list.
_ANDROID_PRIORITY = {"high": 1, "normal": 0}
# Of sound, vibration and light it takes any; this is none of them.
_ANDROID_NO_ALERT = 0
# What the app finds in a message that shows nothing, whose fields are in `extras`. JPush wants it not to be empty.
SILENT = "sync"
_OURS = uuid.UUID("5d0a2f0e-7a3c-5b1e-9f5d-6f1c1f6a9d11")


def compose(push: Push) -> dict[str, Any]:
    """Make the call's body without its audience; a body of the push that is too long is cut.

    A push without words is a message for the app alone. An iPhone hands it over when the app is next in front.

    Raises:
        ValueError: it is too long even without its body.
    """
    options: dict[str, Any] = {"time_to_live": max(0, min(push.ttl_s, MAX_TTL_S)), "apns_production": True}
    if push.collapse_key:
        # Android and HarmonyOS replace by the number of an earlier message only, which nobody here knows.
        options["apns_collapse_id"] = apple_id(push.collapse_key)
    return {"platform": "all", **_content(push), "options": options}


def call_id(app_key: str, keys: Iterable[str]) -> str | None:
    """Name a call by its letters, the same at every try, in the form that JPush wants; None if a letter has no key."""
    named = sorted(keys)
    return f"{app_key}-{uuid.uuid5(_OURS, json.dumps(named))}" if all(named) else None


def _content(push: Push) -> dict[str, Any]:
    if not push.title and not push.body:
        content = {"message": {"msg_content": SILENT, "extras": push.data}}
        if _bytes(content) > MAX_ANDROID_BYTES:
            raise ValueError("too much data")
        return content
    body = shortened(push.body, lambda body: _fits(_notification(push, body)))
    return {"notification": _notification(push, body)}


def _notification(push: Push, body: str) -> dict[str, Any]:
    # An empty `alert` would not be shown at all; without a title stands the app's name.
    words = {"alert": body, "title": push.title} if push.title and body else {"alert": body or push.title}
    android: dict[str, Any] = {
        **words,
        "channel_id": channel_of(push),
        "priority": _ANDROID_PRIORITY[push.priority],
        "extras": push.data,
    }
    if not push.sound:
        android["alert_type"] = _ANDROID_NO_ALERT
    ios: dict[str, Any] = {"alert": {"title": push.title, "body": body}, "extras": push.data}
    if push.sound and push.priority == "high":
        ios["sound"] = "default"
    if kind := push.data.get("kind"):
        ios["thread-id"] = kind
    # A touch opens the app, which finds its way by `extras`.
    hmos = {**words, "intent": {"url": "action.system.home"}, "extras": push.data}
    return {"android": android, "ios": ios, "hmos": hmos}


def _fits(notification: dict[str, Any]) -> bool:
    limits = {"ios": MAX_IOS_BYTES, "android": MAX_ANDROID_BYTES, "hmos": MAX_ANDROID_BYTES}
    return all(_bytes(notification[platform]) <= limit for platform, limit in limits.items())


def _bytes(content: dict[str, Any]) -> int:
    return len(json.dumps(content, ensure_ascii=False).encode())
