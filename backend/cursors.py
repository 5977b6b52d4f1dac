"""Cursors: where a list goes on, written so that nobody reads anything into it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, TypeVar

from backend.errors import AppError, Code

T = TypeVar("T")


def write_parts(*parts: Any) -> str:
    """Make a cursor of what JSON can hold."""
    text = json.dumps(parts, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_parts(cursor: str, understand: Callable[[Any], T]) -> T:
    """Read a cursor back. `understand` makes of its parts what they mean, and raises ValueError where that is nothing.

    Raises:
        AppError: 422 `bad_cursor` for one that no page gave out.
    """
    try:
        return understand(json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise AppError(
            Code.BAD_CURSOR,
            422,
            "翻页标记无效，请从头读取。",
            errors=[{"field": "cursor", "code": "bad_cursor", "message": "翻页标记无效。"}],
        ) from None
