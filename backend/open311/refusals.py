"""Refusals with the statuses of GeoReport v2: 404 for what is not there, 403 for a key, 400 for everything else.

Source: wiki.open311.org/GeoReport_v2, "Errors". The words name the parameter, as the specification asks.
"""

from __future__ import annotations

from collections.abc import Sequence

from backend.errors import AppError, Code, FieldError


def fault(field: str, code: str, message: str) -> FieldError:
    """Name one parameter and what is wrong with it."""
    return FieldError(field=field, code=code, message=message)


def bad(*faults: FieldError) -> AppError:
    """Make the 400 that names each parameter that is wrong."""
    return AppError(Code.BAD_REQUEST, 400, "请求里有参数不对。", errors=list(faults))


def raise_if(faults: Sequence[FieldError]) -> None:
    """Raise the 400 if there is any fault."""
    if faults:
        raise bad(*faults)


def missing(field: str, words: str) -> AppError:
    """Make the 400 for a parameter that has to be there."""
    return bad(fault(field, "missing", words))


def unknown(words: str) -> AppError:
    """Make the 404."""
    return AppError(Code.NOT_FOUND, 404, words)


def bad_key(words: str) -> AppError:
    """Make the 403, which the specification has for a missing key as well as for a wrong one."""
    return AppError(Code.BAD_CREDENTIALS, 403, words)


def too_many(words: str, seconds: int) -> AppError:
    """Make the 429 of a client that has used what it may.

    The specification knows no quota. 429 lets HTTP libraries wait by themselves, which its general 400 would not.
    """
    return AppError(Code.RATE_LIMITED, 429, words, headers={"Retry-After": str(seconds)})
