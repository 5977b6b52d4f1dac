"""A push in Firebase's words, for Android, iOS and the browser at once."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta

from firebase_admin import messaging  # type: ignore[import-untyped] # The SDK ships no types.

from notifications.targets.android import channel_of
from notifications.targets.base import Push
from notifications.targets.collapse import apple_id, web_topic

# Firebase keeps nothing longer than four weeks and refuses a message that asks for more.
MAX_TTL_S = 28 * 24 * 3600
_APNS_PRIORITY = {"high": "10", "normal": "5"}


def compose(push: Push, now: datetime) -> messaging.Message:
    """Make the message without an address. `now` is what the expiry for iOS counts from."""
    ttl_s = max(0, min(push.ttl_s, MAX_TTL_S))
    shown = bool(push.title or push.body)
    return messaging.Message(
        data=push.data,
        notification=messaging.Notification(title=push.title, body=push.body) if shown else None,
        android=_android(push, ttl_s, shown=shown),
        apns=_apns(push, ttl_s, now, shown=shown),
        webpush=_webpush(push, ttl_s, shown=shown),
    )


def to_token(message: messaging.Message, token: str) -> messaging.Message:
    """Address a copy to one device."""
    addressed = copy.copy(message)
    # Given to the constructor, `token` warns that installation ids replace it. Our phones register with tokens,
    # and silencing a warning is not thread-safe; the attribute is public and the same.
    addressed.token = token
    return addressed


def to_topic(message: messaging.Message, topic: str) -> messaging.Message:
    """Address a copy to a topic."""
    addressed = copy.copy(message)
    addressed.topic = topic
    return addressed


def _android(push: Push, ttl_s: int, *, shown: bool) -> messaging.AndroidConfig:
    # The collapse key merges what waits at Firebase; the tag replaces what already stands on the screen.
    notification = messaging.AndroidNotification(
        channel_id=channel_of(push),
        tag=push.collapse_key,
        default_sound=(push.sound and push.priority == "high") or None,
    )
    return messaging.AndroidConfig(
        collapse_key=push.collapse_key,
        priority=push.priority,
        ttl=timedelta(seconds=ttl_s),
        notification=notification if shown else None,
    )


def _apns(push: Push, ttl_s: int, now: datetime, *, shown: bool) -> messaging.APNSConfig:
    headers = {
        # Apple refuses a background push with priority 10.
        "apns-priority": _APNS_PRIORITY[push.priority] if shown else "5",
        "apns-push-type": "alert" if shown else "background",
        # Zero tells Apple to try once and keep nothing, which is what no time to live means.
        "apns-expiration": str(int(now.timestamp()) + ttl_s if ttl_s else 0),
    }
    if push.collapse_key:
        headers["apns-collapse-id"] = apple_id(push.collapse_key)
    aps = messaging.Aps(
        sound="default" if shown and push.sound and push.priority == "high" else None,
        content_available=not shown,
    )
    return messaging.APNSConfig(headers=headers, payload=messaging.APNSPayload(aps))


def _webpush(push: Push, ttl_s: int, *, shown: bool) -> messaging.WebpushConfig:
    headers = {"TTL": str(ttl_s), "Urgency": push.priority}
    if push.collapse_key:
        headers["Topic"] = web_topic(push.collapse_key)
    notification = None
    if shown and (push.collapse_key or not push.sound):
        notification = messaging.WebpushNotification(tag=push.collapse_key, silent=not push.sound or None)
    return messaging.WebpushConfig(headers=headers, notification=notification)
