"""What JPush holds a push to, from its manual: which fields there are, what they hold, and how long they may be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

MAX_IDS = 1000
_MAX_TTL_S = 10 * 24 * 3600
_MAX_BYTES = {"ios": 2000, "android": 4000, "hmos": 4000}
_TOP = {"cid", "platform", "audience", "notification", "message", "options"}
_Fields = Mapping[str, tuple[type, ...]]
_NUMBER, _TEXT, _FLAG, _OBJECT = (int,), (str,), (bool,), (dict,)
_ANDROID: _Fields = {
    "alert": _TEXT,
    "title": _TEXT,
    "channel_id": _TEXT,
    "priority": _NUMBER,
    "alert_type": _NUMBER,
    "category": _TEXT,
    "extras": _OBJECT,
}
_IOS: _Fields = {
    "alert": (str, dict),
    "sound": _TEXT,
    "badge": (int, str),
    "content-available": _FLAG,
    "thread-id": _TEXT,
    "extras": _OBJECT,
}
_HMOS: _Fields = {"alert": _TEXT, "title": _TEXT, "category": _TEXT, "intent": _OBJECT, "extras": _OBJECT}
_MESSAGE = {"msg_content": _TEXT, "title": _TEXT, "content_type": _TEXT, "extras": _OBJECT}
_OPTIONS = {
    "sendno": _NUMBER,
    "time_to_live": _NUMBER,
    "apns_production": _FLAG,
    "apns_collapse_id": _TEXT,
    "override_msg_id": _NUMBER,
}
_PLATFORMS: Mapping[str, _Fields] = {"android": _ANDROID, "ios": _IOS, "hmos": _HMOS}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Refusal(Exception):
    """JPush's own error."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


def check_push(push: Any, app_key: str) -> None:
    """Look at a whole push.

    Raises:
        Refusal: something about it is not as the manual says.
    """
    if not isinstance(push, dict):
        raise Refusal(1003, "the body is no object")
    if unknown := push.keys() - _TOP:
        raise Refusal(1009, f"unknown keys: {sorted(unknown)}")
    if missing := {"platform", "audience"} - push.keys():
        raise Refusal(1002, f"missing: {sorted(missing)}")
    if "cid" in push:
        _check_cid(push["cid"], app_key)
    if push["platform"] != "all":
        raise Refusal(1003, "platform")
    if not push.keys() & {"notification", "message"}:
        raise Refusal(1002, "neither notification nor message")
    _check_ids(push["audience"])
    _check_notification(push.get("notification", {}))
    if "message" in push:
        _check_fields("message", push["message"], _MESSAGE, {"msg_content"})
        if not push["message"]["msg_content"] or _bytes(push["message"]) > _MAX_BYTES["android"]:
            raise Refusal(1005 if push["message"]["msg_content"] else 1003, "message")
    _check_options(push.get("options", {}))


def _check_cid(cid: Any, app_key: str) -> None:
    if not isinstance(cid, str) or not cid.startswith(f"{app_key}-") or not _UUID.fullmatch(cid[len(app_key) + 1 :]):
        raise Refusal(1003, "cid is not appkey-uuid")


def _check_ids(audience: Any) -> None:
    ids = audience.get("registration_id") if isinstance(audience, dict) and len(audience) == 1 else None
    if not isinstance(ids, list) or not 0 < len(ids) <= MAX_IDS:
        raise Refusal(1003, "audience")
    if not all(isinstance(one, str) and one for one in ids):
        raise Refusal(1003, "a registration_id is empty")


def _check_notification(notification: Any) -> None:
    if not isinstance(notification, dict) or notification.keys() - _PLATFORMS.keys():
        raise Refusal(1009, "notification")
    for platform, content in notification.items():
        _check_fields(platform, content, _PLATFORMS[platform], {"alert"})
        if _bytes(content) > _MAX_BYTES[platform]:
            raise Refusal(1005, f"{platform} is too long")
    if not -2 <= notification.get("android", {}).get("priority", 0) <= 2:
        raise Refusal(1003, "priority")
    if not -1 <= notification.get("android", {}).get("alert_type", -1) <= 7:
        raise Refusal(1003, "alert_type")
    alert = notification.get("ios", {}).get("alert", "")
    if isinstance(alert, dict):
        _check_fields("alert", alert, {"title": _TEXT, "body": _TEXT}, set())
    if "url" not in notification.get("hmos", {}).get("intent", {"url": ""}):
        raise Refusal(1003, "intent")


def _check_options(options: Any) -> None:
    _check_fields("options", options, _OPTIONS, set())
    if not 0 <= options.get("time_to_live", 0) <= _MAX_TTL_S:
        raise Refusal(1003, "time_to_live")
    if len(options.get("apns_collapse_id", "").encode()) > 64:
        raise Refusal(1003, "apns_collapse_id")


def _check_fields(name: str, content: Any, known: _Fields, needed: set[str]) -> None:
    if not isinstance(content, dict):
        raise Refusal(1003, f"{name} is no object")
    if unknown := content.keys() - known.keys():
        raise Refusal(1009, f"{name}: unknown keys: {sorted(unknown)}")
    if missing := needed - content.keys():
        raise Refusal(1002, f"{name}: missing: {sorted(missing)}")
    for field, value in content.items():
        # A flag is a number to Python, and not to JPush.
        if not isinstance(value, known[field]) or (isinstance(value, bool) and known[field] != _FLAG):
            raise Refusal(1003, f"{name}.{field}")


def _bytes(content: Any) -> int:
    return len(json.dumps(content, ensure_ascii=False).encode())
