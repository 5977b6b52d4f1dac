"""What is wrong with a form, in words for a person and a code for a client.

Our own fields raise `fault(code, words)`. What marshmallow says in English is looked up in one table.
"""

from __future__ import annotations

import re
from typing import Any, Self

from marshmallow import ValidationError

from backend.errors import AppError, Code, FieldError

MAX_ERRORS = 50
MISSING = "Missing data for required field."
UNKNOWN_FIELD = "Unknown field."

# What marshmallow says, the code, and what we say; groups of the pattern are put in as {0} and {1}.
_TABLE: tuple[tuple[str, str, str], ...] = (
    (re.escape(MISSING), "missing", "必须填写。"),
    (re.escape(UNKNOWN_FIELD), "unknown_field", "没有这个字段。"),
    (r"Field may not be null\.", "null", "不能为 null。"),
    (r"Invalid input type\.", "wrong_type", "要是一个 JSON 对象。"),
    (r"Not a valid string\.", "wrong_type", "要填文字。"),
    (r"Not a valid utf-8 string\.", "wrong_type", "要填 UTF-8 文字。"),
    (r"Not a valid integer\.", "wrong_type", "要填整数。"),
    (r"Not a valid number\.", "wrong_type", "要填数字。"),
    (r"Special numeric values \(nan or infinity\) are not permitted\.", "wrong_type", "要填数字。"),
    (r"Not a valid boolean\.", "wrong_type", "要填 true 或 false。"),
    (r"Not a valid list\.", "wrong_type", "要是一个列表。"),
    (r"Not a valid mapping type\.", "wrong_type", "要是一个 JSON 对象。"),
    (r"Number too large\.", "out_of_range", "数字太大。"),
    (
        r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.",
        "out_of_range",
        "要在 {0} 和 {1} 之间。",
    ),
    (r"Must be greater than or equal to (\S+)\.", "out_of_range", "不能小于 {0}。"),
    (r"Must be less than or equal to (\S+)\.", "out_of_range", "不能大于 {0}。"),
    (r"Longer than maximum length (\d+)\.", "too_long", "最多 {0} 个。"),
    (r"Shorter than minimum length (\d+)\.", "too_short", "至少 {0} 个。"),
    (r"Must be one of: (.*)\.", "not_a_choice", "只能填：{0}。"),
)


class _Words(str):
    """A message that knows its code."""

    __slots__ = ("code",)

    def __new__(cls, code: str, text: str) -> Self:
        """Make the message."""
        made = super().__new__(cls, text)
        made.code = code
        return made

    code: str


def fault(code: str, text: str) -> ValidationError:
    """Make the error of one field."""
    return ValidationError([_Words(code, text)])


def refusal(error: ValidationError) -> AppError:
    """Make the 422 that names each offending field, the first fifty of them."""
    errors = _flatten(error.messages, "")[:MAX_ERRORS]
    names = "、".join(dict.fromkeys(error["field"] or "正文" for error in errors[:5]))
    return AppError(Code.VALIDATION, 422, f"填写的内容有误：{names}", errors=errors)


def _flatten(messages: Any, path: str) -> list[FieldError]:
    if isinstance(messages, dict):
        return [error for key, value in messages.items() for error in _flatten(value, _join(path, str(key)))]
    found = messages if isinstance(messages, list) else [messages]
    return [_error(path, message) for message in found]


def _join(path: str, key: str) -> str:
    if key == "_schema":
        return path
    # A name that nobody could have meant is repeated only as far as it can be written.
    key = key[:64].encode("utf-8", "replace").decode()
    return f"{path}.{key}" if path else key


def _error(path: str, message: Any) -> FieldError:
    if isinstance(message, _Words):
        return {"field": path, "code": message.code, "message": str(message)}
    for pattern, code, words in _TABLE:
        if match := re.fullmatch(pattern, str(message), re.DOTALL):
            return {"field": path, "code": code, "message": words.format(*match.groups())}
    return {"field": path, "code": "invalid", "message": str(message)}
