"""Fields for what comes from outside: bounded, without control characters, with codes a client can act upon.

Every input schema of the house is built from these, for HTTP, socket and mutations alike. What a field accepts and what
the OpenAPI document says about it are the same set; the contract tests hold the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from backend.form_errors import fault

ID_PATTERN = "^[0-9A-Za-z_-]{1,64}$"
# Control characters (but line feed and tab), lone surrogates and non-characters: no person types them, and
# databases, logs and XML choke on them.
_UNCLEAN_SET = r"\x00-\x08\x0b-\x1f\x7f\ufffe\uffff"
_UNCLEAN = re.compile(rf"[{_UNCLEAN_SET}\ud800-\udfff]")
# What `str.strip` takes for blank, of what is clean.
_BLANK_SET = r"\t\n \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_CLEAN_PATTERN = rf"^[^{_UNCLEAN_SET}]*$"
# For the document only: matching it against a long text would take the square of its length.
_WORDS_PATTERN = rf"^[^{_UNCLEAN_SET}]*[^{_UNCLEAN_SET}{_BLANK_SET}][^{_UNCLEAN_SET}]*$"
# RFC 3339 in the years that the house deals with, all of which can be turned into UTC.
_MOMENT_PATTERN = (
    r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)

# Every day of the years 1900 to 2199 and no other, leap years and all: what the document promises is what is taken.
DAY_PATTERN = (
    r"^((19|20|21)[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    r"|02-(0[1-9]|1[0-9]|2[0-8]))|((19|20|21)(0[48]|[2468][048]|[13579][26])|2000)-02-29)$"
)


def is_clean(text: str) -> bool:
    """Tell whether text holds only characters that a person could have meant."""
    return _UNCLEAN.search(text) is None


@dataclass(frozen=True, slots=True)
class Shape:
    """One of several shapes of a form, for the document: fields it needs, fields it may have, words that are fixed."""

    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    fixed: Mapping[str, list[Any]] = field(default_factory=dict)


class Form(Schema):
    """The base of every input: unknown fields are refused by name."""

    # How the fields depend on each other, for the document; the form itself checks it in a `validates_schema`.
    SHAPES: ClassVar[tuple[Shape, ...]] = ()
    # An edit, of which only the fields that are given are changed, and which has to give one.
    AT_LEAST_ONE: ClassVar[bool] = False

    class Meta:
        """Marshmallow's options."""

        unknown = RAISE

    @validates_schema
    def change_something(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse an edit that names no field."""
        if self.AT_LEAST_ONE and not data:
            raise fault("empty", "没有要修改的内容。")


class Pattern(validate.Regexp):
    """A pattern that the whole of a text must match; `$` alone would let a last line feed pass."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self._whole = re.compile(pattern)

    def __call__(self, value: Any) -> Any:
        """Check."""
        if not self._whole.fullmatch(value):
            raise fault("invalid", "格式不对。")
        return value


class Size(validate.Length):
    """How many characters or entries, with codes that tell too many from too few."""

    def __call__(self, value: Any) -> Any:
        """Check."""
        if self.max is not None and len(value) > self.max:
            raise fault("too_long", f"最多 {self.max} 个{_counted(value)}。")
        if self.min is not None and len(value) < self.min:
            raise fault("too_short", f"至少 {self.min} 个{_counted(value)}。")
        return value


def _counted(value: Any) -> str:
    return "字" if isinstance(value, str) else ""


def text_document(*, at_most: int, at_least: int = 1) -> dict[str, Any]:
    """Describe a text of this length in JSON Schema."""
    pattern = _WORDS_PATTERN if at_least else _CLEAN_PATTERN
    return {"minLength": at_least, "maxLength": at_most, "pattern": pattern}


class Text(fields.String):
    """Text of `at_least` to `at_most` characters; ends are not trimmed, emptiness is judged as given."""

    def __init__(self, *, at_most: int, at_least: int = 1, **kwargs: Any) -> None:
        kwargs["metadata"] = text_document(at_most=at_most, at_least=at_least) | kwargs.get("metadata", {})
        super().__init__(validate=Size(min=at_least, max=at_most), **kwargs)
        self._at_least = at_least

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not is_clean(text):
            raise fault("unclean", "含有不可见的控制字符。")
        # A text of blanks is empty for its reader.
        if self._at_least and text and not text.strip():
            raise fault("blank", "不能只有空白。")
        return text


class Id(fields.String):
    """An opaque identifier."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=Pattern(ID_PATTERN), **kwargs)


class Cursor(fields.String):
    """An opaque mark that says where a list goes on. Short enough for any server's longest address."""

    def __init__(self, *, at_most: int = 250, **kwargs: Any) -> None:
        super().__init__(validate=Pattern(f"^[0-9A-Za-z_-]{{1,{at_most}}}$"), **kwargs)


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
            raise fault("wrong_type", "要填整数。")
        return super()._deserialize(value, attr, data, **kwargs)


class Flag(fields.Boolean):
    """True or false and nothing that merely looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise fault("wrong_type", "要填 true 或 false。")
        return value


class Coordinate(fields.Float):
    """Degrees, WGS-84."""

    def __init__(self, bound: float, **kwargs: Any) -> None:
        super().__init__(allow_nan=False, validate=validate.Range(min=-bound, max=bound), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if type(value) not in (int, float):
            raise fault("wrong_type", "要填数字。")
        return super()._deserialize(value, attr, data, **kwargs)


class Moment(fields.AwareDateTime):
    """A moment with its offset from UTC, RFC 3339, of the years 1900 to 2199."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=None, metadata={"pattern": _MOMENT_PATTERN}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not re.fullmatch(_MOMENT_PATTERN, value):
            raise fault("invalid", "要填带时区的时间，例如 2026-08-02T09:30:00+08:00。")
        try:
            return super()._deserialize(value, attr, data, **kwargs)
        except ValidationError:
            raise fault("invalid", "没有这一天。") from None


class Day(fields.String):
    """A day of the calendar, `2026-08-02`, of the years 1900 to 2199; kept as the text it is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=Pattern(DAY_PATTERN), **kwargs)


class Timestamp(fields.String):
    """A moment in an answer, RFC 3339."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"format": "date-time"}, **kwargs)
