"""XML as a small tree, read so that a hostile file can do nothing.

There is no document type, hence there are no entities but the five of XML: none that unfolds into gigabytes, none that
names a file or an address. Depth and number of elements are bounded. Nothing is ever opened or fetched.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html import escape
from xml.parsers import expat  # a document type is refused below, and with it all that is unsafe

from backend.newsroom.archive.formats import Unreadable
from backend.newsroom.archive.formats.letters import decode

_MAX_DEPTH = 100
_MAX_NODES = 1_000_000
_HEAD_BYTES = 1024
_DECLARED = re.compile(rb"""\A\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_NO_DOCTYPE = Unreadable("doctype", "文件带有文档类型声明（DOCTYPE）。出于安全不读这类文件，请去掉声明后再导入。")


class Node:
    """An element. `tag` is its name without its namespace, which is in `space`."""

    __slots__ = ("attributes", "line", "parts", "space", "tag")

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.space, _, self.tag = name.rpartition(" ")
        self.attributes, self.line = attributes, line
        self.parts: list[Node | str] = []

    @property
    def children(self) -> Iterator[Node]:
        """The elements in it."""
        return (part for part in self.parts if isinstance(part, Node))

    def all(self, tag: str, space: str | None = None) -> Iterator[Node]:
        """Yield the children of this name, of one namespace or of any."""
        return (child for child in self.children if child.tag == tag and space in (None, child.space))

    def find(self, *path: str) -> Node | None:
        """Follow names down, each to the first child of that name."""
        found: Node | None = self
        for tag in path:
            found = next(found.all(tag), None) if found else None
        return found

    def get(self, name: str) -> str:
        """Return an attribute, empty if there is none."""
        return self.attributes.get(name, "").strip()

    def words(self, *path: str) -> str:
        """Return the text of the element at the end of a path, all that is inside it, without marks."""
        found = self.find(*path)
        return "".join(found.strings()).strip() if found else ""

    def strings(self) -> Iterator[str]:
        """Yield all text inside."""
        for part in self.parts:
            if isinstance(part, str):
                yield part
            else:
                yield from part.strings()

    def markup(self) -> str:
        """Write what is inside as HTML, by local names; whoever shows it cleans it first."""
        return "".join(_written(part) for part in self.parts)


def _written(part: Node | str) -> str:
    if isinstance(part, str):
        return escape(part, quote=False)
    given = "".join(f' {name}="{escape(value)}"' for name, value in part.attributes.items() if " " not in name)
    if part.tag in {"br", "img", "hr", "source"}:
        return f"<{part.tag}{given}>"
    return f"<{part.tag}{given}>{part.markup()}</{part.tag}>"


def read_tree(data: bytes, skip: Collection[str] = ()) -> Node:
    """Return the root of an XML file. Elements named in `skip` are left out with all that is in them.

    Raises:
        Unreadable: for a file that is not well formed, has a document type, or is too large, deep or rich.
    """
    declared = _DECLARED.match(data[:_HEAD_BYTES])
    text = decode(data, declared[1].decode("ascii") if declared else None).lstrip()
    if _opens_with_doctype(text):
        raise _NO_DOCTYPE
    return _Builder(frozenset(skip)).read(text)


def _opens_with_doctype(text: str) -> bool:
    """Look past the declaration and comments at what comes first."""
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        end = {"<?": "?>", "<!": "-->"}.get(text[at : at + 2])
        if end is None:
            return False
        if text.startswith("<!", at) and not text.startswith("<!--", at):
            return True
        at = text.find(end, at) + len(end)
        if at < len(end):
            return False


class _Builder:
    """One reading. The parser tells it of starts, ends and text, and it stops the parser by raising."""

    def __init__(self, skip: frozenset[str]) -> None:
        self._skip, self._skipping, self._nodes = skip, 0, 0
        self._open: list[Node] = []
        self._root: Node | None = None
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.buffer_text = True
        self._parser.ordered_attributes = False
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def read(self, text: str) -> Node:
        try:
            self._parser.Parse(text.encode("utf-8", "surrogatepass"), True)  # noqa: FBT003  # "this is all of it"
        except expat.ExpatError as error:
            words = f"第 {error.lineno} 行起不是合法的 XML，文件可能不完整。"
            raise Unreadable("not_well_formed", words) from None
        if self._root is None:
            raise Unreadable("not_well_formed", "文件里没有内容。")
        return self._root

    def _doctype(self, *_: object) -> None:
        raise _NO_DOCTYPE

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._skipping or name.rpartition(" ")[2] in self._skip:
            self._skipping += 1
            return
        self._nodes += 1
        if len(self._open) >= _MAX_DEPTH or self._nodes > _MAX_NODES:
            raise Unreadable("too_rich", "文件的结构太深或元素太多，请分成几个文件导入。")
        node = Node(name, attributes, self._parser.CurrentLineNumber)
        if self._open:
            self._open[-1].parts.append(node)
        else:
            self._root = node
        self._open.append(node)

    def _end(self, _name: str) -> None:
        if self._skipping:
            self._skipping -= 1
        else:
            self._open.pop()

    def _text(self, text: str) -> None:
        if not self._skipping and self._open:
            self._open[-1].parts.append(text)
