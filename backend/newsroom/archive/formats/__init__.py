"""Readers of what other houses write: RSS, Atom, WordPress, NewsML-G2, ninjs and tables. Pure: bytes in, items out.

Each reader raises `Unreadable` for a file as a whole and nothing else, whatever the bytes are. What is wrong with one
item is said at that item, and the others are read all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_BYTES = 50 * 1024 * 1024
MAX_ITEMS = 20_000
# Characters of one item with its marks. A text as long as the house takes has far fewer.
MAX_MARKUP = 1_000_000


class Unreadable(Exception):
    """A file that cannot be read at all; `words` say why to the person at the keyboard."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code, words)
        self.code, self.words = code, words


class Refusal(Exception):
    """One row or item that is not taken: which field of it, a code, and words for a person."""

    def __init__(self, field: str, code: str, words: str) -> None:
        super().__init__(field, code, words)
        self.field, self.code, self.words = field, code, words


@dataclass(frozen=True, slots=True)
class File:
    """A file that an item names. Only its name is used: nothing is ever fetched."""

    name: str
    caption: str = ""
    alt: str = ""


@dataclass(slots=True)
class Item:
    """One piece as its file has it: nothing has been judged yet.

    `line` is where it begins in the file, counted from one (of a list in JSON, the how manieth it is). The text is
    `html` or, failing that, `text`. `published` is a date as it was written. `refusal` is what only its reader can
    know is wrong with it.
    """

    line: int
    key: str = ""
    headline: str = ""
    summary: str = ""
    text: str = ""
    html: str = ""
    sections: tuple[str, ...] = ()
    published: str = ""
    byline: str = ""
    language: str = ""
    files: tuple[File, ...] = ()
    owner: str = ""
    licence: str = ""
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """All items of a file, and what it calls itself."""

    source: str
    items: list[Item]


def demand_few(count: int) -> None:
    """Raise `Unreadable` if there are more items than one file may have."""
    if count > MAX_ITEMS:
        raise Unreadable("too_many", f"一个文件最多 {MAX_ITEMS} 条，请分成几个文件导入。")
