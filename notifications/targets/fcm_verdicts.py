"""What Firebase's answers mean for the address: try again, drop it, or give it up."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

import requests
from firebase_admin import (  # type: ignore[import-untyped] # The SDK ships no types.
    exceptions,
    messaging,
)
from google.auth.exceptions import GoogleAuthError, TransportError

from notifications.targets.base import Delivery, Outcome

# What is not here is `failed`: asking again would get the same answer.
_OUTCOMES: dict[str, Outcome] = {
    "UNREGISTERED": "dead",
    "SENDER_ID_MISMATCH": "dead",
    "QUOTA_EXCEEDED": "retry",
    "RESOURCE_EXHAUSTED": "retry",
    "UNAVAILABLE": "retry",
    "INTERNAL": "retry",
    "DEADLINE_EXCEEDED": "retry",
    # Our own access was refused, which says nothing about the phone.
    "UNAUTHENTICATED": "retry",
    # The SDK's word for a topic request that got no answer at all.
    "UNKNOWN_ERROR": "retry",
}
# The SDK tells these apart by class only; their `code` is the broader one of the platform.
_CODES: dict[type[Exception], str] = {
    messaging.UnregisteredError: "UNREGISTERED",
    messaging.SenderIdMismatchError: "SENDER_ID_MISMATCH",
    messaging.QuotaExceededError: "QUOTA_EXCEEDED",
    messaging.ThirdPartyAuthError: "THIRD_PARTY_AUTH_ERROR",
}
# A vendor that names a longer wait is not believed: a queue's clock must not overflow on a typing error.
MAX_RETRY_AFTER_S = 24 * 3600.0


def judge(address: str, error: Exception, now: datetime) -> Delivery:
    """Tell what an error of the SDK or of the sign-in means for this address."""
    root = _root(error)
    code = _code(root)
    response = getattr(root, "http_response", None)
    outcome = _OUTCOMES.get(code, "failed")
    if code == exceptions.UNKNOWN and (response is None or response.status_code >= 500):
        # Nobody can tell whether it was taken. A second ring of the same bell is better than none.
        outcome = "retry"
    wait = retry_after_s(response, now) if outcome == "retry" else None
    return Delivery(address, outcome, code=code, retry_after_s=wait)


def judge_reason(address: str, reason: str) -> Delivery:
    """Tell what the reason in a topic answer means; the SDK passes on no Retry-After there."""
    return Delivery(address, _OUTCOMES.get(reason, "failed"), code=reason)


def retry_after_s(response: requests.Response | None, now: datetime) -> float | None:
    """Return the seconds that the vendor asks to wait, or None if it named none that can be read."""
    text = (response.headers.get("Retry-After") or "").strip() if response is not None else ""
    if text.isascii() and text.isdigit():
        return min(float(text), MAX_RETRY_AFTER_S)
    try:
        wait = (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait, 0.0), MAX_RETRY_AFTER_S)


def _root(error: Exception) -> Exception:
    """Look behind the SDK's catch-all, which hides a failed sign-in."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, GoogleAuthError) else error


def _code(error: Exception) -> str:
    if isinstance(error, TransportError):
        return str(exceptions.UNAVAILABLE)
    if isinstance(error, GoogleAuthError):
        return str(exceptions.UNAUTHENTICATED)
    return _CODES.get(type(error)) or str(getattr(error, "code", exceptions.UNKNOWN))
