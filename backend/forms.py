"""Fields for what comes from outside: bounded, without control characters, with codes a client can act upon.

Every input schema of the house is built from these, for HTTP, socket and mutations alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from backend.errors import AppError, Code, FieldError

ID_PATTERN = "^[0-9A-Za-z_-]{1,64}$"
# Control characters (but line feed and tab), lone surrogates and non-characters: no person types them, and
# databases, logs and XML choke on them.
_UNCLEAN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def is_clean(text: str) -> bool:
    """Tell whether text holds only characters that a person could have meant."""
    return _UNCLEAN.search(text) is None


class Form(Schema):
    """The base of every input: unknown fields are refused by name."""

    class Meta:
        """Marshmallow's options."""

        unknown = RAISE


class Text(fields.String):
    """Text of `at_least` to `at_most` characters; ends are not trimmed, emptiness is judged as given."""

    def __init__(self, *, at_most: int, at_least: int = 1, **kwargs: Any) -> None:
        if at_least:
            # A text of blanks is empty for its reader. The pattern says so in the OpenAPI document as well.
            kwargs["metadata"] = {"pattern": r"\S"} | kwargs.get("metadata", {})
        super().__init__(validate=validate.Length(min=at_least, max=at_most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not is_clean(text):
            raise ValidationError("含有不可见的控制字符。")
        if "pattern" in self.metadata and not text.strip():
            raise ValidationError("不能只有空白。")
        return text


class Id(fields.String):
    """An opaque identifier."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Regexp(ID_PATTERN), **kwargs)


class Choice(fields.String):
    """One word of a closed list."""

    def __init__(self, words: list[str], **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(words), **kwargs)


class Number(fields.Integer):
    """A whole number within bounds; text and fractions are refused, except in a query string, where all is text."""

    def __init__(self, low: int, high: int, *, from_text: bool = False, **kwargs: Any) -> None:
        super().__init__(strict=not from_text, validate=validate.Range(min=low, max=high), **kwargs)
        self._from_text = from_text

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        acceptable = (
            isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value)
            if self._from_text
            else type(value) in (int, float)
        )
        if not acceptable:
            raise ValidationError("要填整数。")
        return super()._deserialize(value, attr, data, **kwargs)


class Flag(fields.Boolean):
    """True or false and nothing that merely looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise ValidationError("要填 true 或 false。")
        return value


class Coordinate(fields.Float):
    """Degrees, WGS-84."""

    def __init__(self, bound: float, **kwargs: Any) -> None:
        super().__init__(allow_nan=False, validate=validate.Range(min=-bound, max=bound), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if type(value) not in (int, float):
            raise ValidationError("要填数字。")
        return super()._deserialize(value, attr, data, **kwargs)


def moment(**kwargs: Any) -> fields.AwareDateTime:
    """Make a field for a moment with its offset, ISO 8601."""
    return fields.AwareDateTime(format="iso", default_timezone=None, **kwargs)


def refusal(error: ValidationError) -> AppError:
    """Make the 422 that names each offending field."""
    errors = _flatten(error.messages, "")
    names = "、".join(dict.fromkeys(error["field"] or "正文" for error in errors))
    return AppError(Code.VALIDATION, 422, f"填写的内容有误：{names}", errors=errors)


def _flatten(messages: Any, path: str) -> list[FieldError]:
    if isinstance(messages, dict):
        return [error for key, value in messages.items() for error in _flatten(value, _join(path, str(key)))]
    found = messages if isinstance(messages, list) else [messages]
    return [{"field": path, "code": _code_of(str(message)), "message": str(message)} for message in found]


def _join(path: str, key: str) -> str:
    if key == "_schema":
        return path
    key = key[:64]
    return f"{path}.{key}" if path else key


def _code_of(message: str) -> str:
    """Derive a stable code from marshmallow's message."""
    if message.startswith("Missing data"):
        return "missing"
    if message.startswith("Unknown field"):
        return "unknown_field"
    if message.startswith("Field may not be null"):
        return "null"
    return "invalid"
