"""The one error class, and every code a client may meet.

`AppError` carries what a client needs; `as_problem` is its only representation (RFC 9457), the same
over HTTP and as a socket refusal.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Any, TypedDict


class Code(StrEnum):
    """Machine-readable reasons. A code never changes its meaning."""

    AUTH_REQUIRED = "auth_required"
    BAD_CREDENTIALS = "bad_credentials"
    BAD_CURSOR = "bad_cursor"
    BAD_ENCODING = "bad_encoding"
    BAD_HEADER = "bad_header"
    BAD_JSON = "bad_json"
    BAD_REQUEST = "bad_request"
    BODY_TRUNCATED = "body_truncated"
    CHECKSUM_MISMATCH = "checksum_mismatch"
    CODE_EXPIRED = "code_expired"
    CONSENT_MISSING = "consent_missing"
    EXAM_REQUIRED = "exam_required"
    FAST_LANE_SUSPENDED = "fast_lane_suspended"
    GUARD_FAILED = "guard_failed"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    ILLEGAL_STATE = "illegal_state"
    INTERNAL = "internal"
    KEY_REQUIRED = "key_required"
    LOCKED = "locked"
    MEDIA_UNREADABLE = "media_unreadable"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    MID_GAP = "mid_gap"
    NO_CHANNEL = "no_channel"
    NOT_ACCEPTABLE = "not_acceptable"
    NOT_FOUND = "not_found"
    OFFICE_FORBIDDEN = "office_forbidden"
    PRECONDITION_REQUIRED = "precondition_required"
    RATE_LIMITED = "rate_limited"
    RESYNC = "resync"
    ROLE_FORBIDDEN = "role_forbidden"
    SAME_PERSON = "same_person"
    STALE = "stale"
    STREAM_FORBIDDEN = "stream_forbidden"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105  # a code, not a secret
    TOKEN_REUSED = "token_reused"  # noqa: S105  # the same
    TOO_LARGE = "too_large"
    TOTP_REQUIRED = "totp_required"
    UNAVAILABLE = "unavailable"
    UNKNOWN_EVENT = "unknown_event"
    UNKNOWN_MUTATION = "unknown_mutation"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    UPLOAD_BUSY = "upload_busy"
    UPLOAD_OFFSET = "upload_offset"
    VALIDATION = "validation"
    WITHDRAWN = "withdrawn"


class FieldError(TypedDict):
    """One offending field: its path with dots, a code, and words for a person."""

    field: str
    code: str
    message: str


class AppError(Exception):
    """A refusal that a client can act upon.

    `status` is the HTTP status; `detail` is Chinese text fit to be shown to the person; `data` is merged into
    the problem body (for instance what would be allowed now); `headers` go on the HTTP answer.
    """

    def __init__(
        self,
        code: Code,
        status: int,
        detail: str,
        *,
        errors: list[FieldError] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(code, status, detail)
        self.code, self.status, self.detail = code, status, detail
        self.errors, self.data, self.headers = errors, data or {}, headers or {}

    def as_problem(self) -> dict[str, Any]:
        """Return the problem body."""
        body: dict[str, Any] = {
            "type": f"urn:ronghui:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": str(self.code),
        }
        if self.errors:
            body["errors"] = self.errors
        return body | self.data


class KeptRefusal(AppError):
    """A refusal whose unit of work is committed all the same."""


def not_found(what: str = "内容") -> AppError:
    """Make the 404 that is also given for what one may not see."""
    return AppError(Code.NOT_FOUND, 404, f"没有找到这个{what}，它可能已被移走。")


def invalid(field: str, code: str, message: str) -> AppError:
    """Make the 422 for one field."""
    return AppError(
        Code.VALIDATION,
        422,
        f"填写的内容有误：{message}",
        errors=[{"field": field, "code": code, "message": message}],
    )


def withdrawn(what: str, reason: str | None) -> AppError:
    """Make the 410 for what was taken from everybody; `what` names it (该稿件), `reason` is what readers are told."""
    return AppError(Code.WITHDRAWN, 410, f"{what}已撤回。", data={"reason": reason})


def too_many(wait: timedelta, words: str = "操作太频繁，请在 {seconds} 秒后再试。") -> AppError:
    """Make the 429 for what may be done again after `wait`; `words` may tell of it in `{seconds}` or `{minutes}`."""
    seconds = max(1, int(wait.total_seconds()) + 1)
    return AppError(
        Code.RATE_LIMITED,
        429,
        words.format(seconds=seconds, minutes=-(-seconds // 60)),
        data={"retry_after_s": seconds},
        headers={"Retry-After": str(seconds)},
    )


def demand_version(ver: int, if_match: int | None, words: str) -> None:
    """Raise 412 `stale` with the current version unless it is the one the client saw; None asks for none.

    `words` tell the person what has changed meanwhile.
    """
    if if_match is not None and if_match != ver:
        raise AppError(Code.STALE, 412, words, data={"ver": ver})


def guard_failed(guard: str, detail: str, code: Code = Code.GUARD_FAILED) -> AppError:
    """Make the 409 for a rule that does not hold; `guard` names the rule."""
    return AppError(code, 409, detail, data={"guard": guard})
