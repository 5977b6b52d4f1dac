"""JSON as it travels over the socket: Chinese as it is written, not as escapes twice as long."""

from __future__ import annotations

import json
from typing import Any

from engineio import json as strict  # type: ignore[import-untyped]  # the library ships no types

# The library's own reader, which bounds the digits of a number.
loads = strict.loads


def dumps(value: Any, **_: Any) -> str:
    """Write a value without spaces. Half a character, as broken clients send them, stays an escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
