"""What Firebase refuses, and in which shape. Stricter than the vendor where a phone would refuse it later."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fakes.http_server import Answer, json_answer

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"

# errorCode: HTTP status, status of the platform, message.
ERRORS: dict[str, tuple[int, str, str]] = {
    "INVALID_ARGUMENT": (400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token"),
    "UNREGISTERED": (404, "NOT_FOUND", "Requested entity was not found."),
    "SENDER_ID_MISMATCH": (403, "PERMISSION_DENIED", "SenderId mismatch"),
    "QUOTA_EXCEEDED": (429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric."),
    "UNAVAILABLE": (503, "UNAVAILABLE", "The service is currently unavailable."),
    "INTERNAL": (500, "INTERNAL", "Internal error encountered."),
    "THIRD_PARTY_AUTH_ERROR": (401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service"),
}

TOPIC = re.compile(r"[a-zA-Z0-9\-_.~%]{1,900}")
_DURATION = re.compile(r"(\d{1,12})(\.\d{1,9})?s")
_WEB_TOPIC = re.compile(r"[A-Za-z0-9_\-]{1,32}")
_TARGETS = ("fid", "token", "topic", "condition")
_MESSAGE = {"name", "data", "notification", "android", "webpush", "apns", "fcm_options", *_TARGETS}
_ANDROID = {
    *("collapse_key", "priority", "ttl", "restricted_package_name", "data", "notification", "fcm_options"),
    *("direct_boot_ok", "bandwidth_constrained_ok", "restricted_satellite_ok"),
}
_MAX_TTL_S = 28 * 24 * 3600
_MAX_BYTES, _MAX_TOPIC_BYTES = 4096, 2048

Violation = tuple[str, str]


def error(code: str, retry_after_s: int | None = None, **how: Any) -> Answer:
    """Make the vendor's answer for one of `ERRORS`."""
    http_status, status, message = ERRORS[code]
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    details = [{"@type": _FCM_ERROR, "errorCode": code}]
    return _error(http_status, status, message, details, headers=headers, **how)


def invalid(field: str, why: str) -> Answer:
    """Make the vendor's answer to a request with a wrong value in it."""
    details = [{"@type": _BAD_REQUEST, "fieldViolations": [{"field": field, "description": why}]}]
    return _error(400, "INVALID_ARGUMENT", why, details)


def unauthenticated() -> Answer:
    """Make the vendor's answer to a request without a valid access token."""
    return _error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", [])


def not_found() -> Answer:
    """Make the platform's answer to an address that is none."""
    return _error(404, "NOT_FOUND", "Method not found.", [])


def _error(http_status: int, status: str, message: str, details: list[Any], **how: Any) -> Answer:
    body = {"code": http_status, "message": message, "status": status, **({"details": details} if details else {})}
    return json_answer(http_status, {"error": body}, **how)


def find_violation(body: Any) -> Violation | None:
    """Return the first thing wrong with the body of `messages:send`, as field and reason."""
    if not isinstance(body, dict) or not isinstance(body.get("message"), dict):
        return "message", "Invalid value at 'message': an object is required."
    message = body["message"]
    unknown = [*(body.keys() - {"message", "validate_only"}), *(message.keys() - _MESSAGE)]
    if unknown:
        return "message", f'Invalid JSON payload received. Unknown name "{unknown[0]}".'
    return next(_violations(message), None)


def _violations(message: dict[str, Any]) -> Iterator[Violation]:
    yield from _check_target(message)
    yield from _check_data(message.get("data"))
    yield from _check_strings("message.notification", message.get("notification"), {"title", "body", "image"})
    yield from _check_android(message.get("android", {}))
    yield from _check_apns(_headers(message, "apns"))
    yield from _check_webpush(_headers(message, "webpush"))
    yield from _check_size(message)


def _check_target(message: dict[str, Any]) -> Iterator[Violation]:
    targets = [name for name in _TARGETS if name in message]
    if len(targets) != 1:
        yield "message", "Exactly one of fid, token, topic or condition is required."
        return
    value = message[targets[0]]
    if not isinstance(value, str) or not value.strip():
        yield f"message.{targets[0]}", f"Invalid value at 'message.{targets[0]}' (TYPE_STRING)."
    elif targets[0] == "topic" and not TOPIC.fullmatch(value):
        yield "message.topic", "Invalid topic name."


def _check_data(data: Any) -> Iterator[Violation]:
    yield from _check_strings("message.data", data)
    for key in data if isinstance(data, dict) else ():
        if key in {"from", "message_type"} or key.startswith(("google", "gcm")):
            yield "message.data", f"Invalid data payload key: {key}"


def _check_android(android: Any) -> Iterator[Violation]:
    if not isinstance(android, dict) or android.keys() - _ANDROID:
        yield "message.android", "Invalid value at 'message.android'."
        return
    if str(android.get("priority", "normal")).lower() not in {"normal", "high"}:
        yield "message.android.priority", "Invalid value at 'message.android.priority'."
    ttl = _DURATION.fullmatch(str(android.get("ttl", "0s")))
    if ttl is None or int(ttl[1]) > _MAX_TTL_S:
        yield "message.android.ttl", "Invalid TTL: a duration of at most four weeks is required."


def _check_apns(headers: Any) -> Iterator[Violation]:
    field = "message.apns.headers"
    yield from _check_strings(field, headers)
    if headers.get("apns-priority", "10") not in {"1", "5", "10"}:
        yield field, "apns-priority must be 1, 5 or 10."
    if not str(headers.get("apns-expiration", "0")).isdigit():
        yield field, "apns-expiration must be seconds since 1970."
    if len(str(headers.get("apns-collapse-id", "")).encode()) > 64:
        yield field, "apns-collapse-id is longer than 64 bytes."


def _check_webpush(headers: Any) -> Iterator[Violation]:
    field = "message.webpush.headers"
    yield from _check_strings(field, headers)
    if not str(headers.get("TTL", "0")).isdigit():
        yield field, "TTL must be seconds."
    if not _WEB_TOPIC.fullmatch(str(headers.get("Topic", "-"))):
        yield field, "Topic must be at most 32 characters of URL-safe base64."


def _check_strings(field: str, values: Any, names: set[str] | None = None) -> Iterator[Violation]:
    if values is None:
        return
    if not isinstance(values, dict):
        yield field, f"Invalid value at '{field}': an object is required."
        return
    for key, value in values.items():
        if not isinstance(value, str):
            yield f"{field}.{key}", f"Invalid value at '{field}.{key}' (TYPE_STRING), {value!r}"
        if names is not None and key not in names:
            yield field, f"Invalid JSON payload received. Unknown name \"{key}\" at '{field}'."


def _check_size(message: dict[str, Any]) -> Iterator[Violation]:
    limit = _MAX_TOPIC_BYTES if "topic" in message or "condition" in message else _MAX_BYTES
    payload = {name: message[name] for name in ("notification", "data") if name in message}
    if len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()) > limit:
        yield "message", f"Message too big: the payload is larger than {limit} bytes."


def _headers(message: Mapping[str, Any], platform: str) -> Any:
    part = message.get(platform) or {}
    headers = part.get("headers") if isinstance(part, dict) else None
    return headers if isinstance(headers, dict) else {}
