"""What Firebase's answers mean for the address: try again, drop it, or give it up."""

from __future__ import annotations

from datetime import datetime

from firebase_admin import (  # type: ignore[import-untyped] # The SDK ships no types.
    exceptions,
    messaging,
)
from google.auth.exceptions import GoogleAuthError, TransportError

from notifications.targets.base import Delivery, Outcome
from notifications.targets.retry_after import retry_after_s

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
