"""What matches, in which order, and where it is marked. Pure: both engines only bring what may match."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from backend.cursors import read_parts, write_parts
from backend.folding import fold_view, with_breaks
from backend.forms import is_clean
from backend.search import pinyin
from backend.search.words import MAX_TEXT, Span, Term, pairs_of, runs_of

# In the order in which the house learned to find them.
KINDS = ("article", "notice", "service", "item", "request", "live", "special")
SNIPPET = 90
_BEFORE = 24
_MAX_MARKS = 40
# In the order of the page: better first.
TITLE_PHRASE, TITLE, PHRASE, SCATTERED = range(4)
Key = tuple[int, int, int, str, str]


@dataclass(frozen=True, slots=True)
class Lines:
    """What the index keeps of a thing to compare with: its title and text as lines, its spellings.

    `moment` is when it was published, in milliseconds; what has no date is 0 and stands before what has.
    """

    kind: str
    id: str
    title: str
    text: str
    spelt: str
    moment: int


def rank(terms: Sequence[Term], lines: Lines) -> Key | None:
    """Return where a thing stands among the results, the lowest first; None if it does not match.

    The title goes before the text, a phrase before its scattered parts, then the number of terms that are in the
    title, then the newest. Kind and id make the order the same everywhere.
    """
    in_title = [_in_title(term, lines) for term in terms]
    tier = _tier(terms, lines, in_title)
    if tier is None:
        return None
    return tier, -sum(in_title), -lines.moment if lines.moment else -(2**53), lines.kind, lines.id


def _in_title(term: Term, lines: Lines) -> bool:
    return term.phrase_in(lines.title) or (term.sound is not None and f" {term.sound} " in lines.spelt)


def _tier(terms: Sequence[Term], lines: Lines, in_title: Sequence[bool]) -> int | None:
    if all(in_title):
        return TITLE_PHRASE
    if all(here or term.scattered_in(lines.title) for term, here in zip(terms, in_title, strict=True)):
        return TITLE
    if all(here or term.phrase_in(lines.text) for term, here in zip(terms, in_title, strict=True)):
        return PHRASE
    both = lines.title + lines.text
    if all(here or term.phrase_in(both) or term.scattered_in(both) for term, here in zip(terms, in_title, strict=True)):
        return SCATTERED
    return None


def write_key(key: Key) -> str:
    """Make the cursor that goes on after this result."""
    return write_parts(*key)


def read_key(cursor: str) -> Key:
    """Read a cursor back.

    Raises:
        AppError: 422 `bad_cursor` for one that no page gave out.
    """
    return read_parts(cursor, _key)


def _key(parts: Any) -> Key:
    tier, titles, moment, kind, thing_id = parts
    sound = all(type(each) is int for each in (tier, titles, moment))
    if not sound or not isinstance(kind, str) or not isinstance(thing_id, str) or not is_clean(kind + thing_id):
        raise ValueError(parts)
    return tier, titles, moment, kind, thing_id


# ── marks ──


def marks_of(terms: Sequence[Term], text: str, *, spelt: bool = False) -> list[Span]:
    """Return where the terms are in a text as it was written, in order, none over another.

    The offsets count characters (Unicode code points) of the text given.
    """
    view = fold_view(with_breaks(text[:MAX_TEXT], []))
    line, places = _line_with_places(view.text)
    found = [span for term in terms for span in _spans(term, line, places)]
    if spelt:
        sounds = (pinyin.span_of(view.text, term.sound) for term in terms if term.sound)
        found += [span for span in sounds if span is not None]
    return _apart(view.span(*span) for span in found if view.text)[:_MAX_MARKS]


def _line_with_places(folded: str) -> tuple[str, list[int]]:
    """Write a folded text as a line, with the place in it of each character of the line; -1 for spaces."""
    parts, places = [" "], [-1]
    for run in runs_of(folded):
        parts += run[0], " "
        places += [*range(run.start(), run.end()), -1]
    return "".join(parts), places


def _spans(term: Term, line: str, places: Sequence[int]) -> list[Span]:
    found = _find(term.needle, line, places)
    if found or term.exact or not term.scattered_in(line):
        return found
    return [span for pair in pairs_of(term.runs[0]) for span in _find(pair, line, places)]


def _find(needle: str, line: str, places: Sequence[int]) -> list[Span]:
    found: list[Span] = []
    start = line.find(needle)
    while start >= 0 and len(found) < _MAX_MARKS:
        held = [place for place in places[start : start + len(needle)] if place >= 0]
        found.append((held[0], held[-1] + 1))
        # The space at the end of one word begins the next.
        start = line.find(needle, start + max(1, len(needle.rstrip())))
    return found


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Put spans in order, and those together that touch."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def snippet_of(terms: Sequence[Term], text: str) -> dict[str, Any]:
    """Cut out where the terms are first: `{text, at, marks}`; the marks are those of the text that is cut out."""
    marks = marks_of(terms, text)
    begin = max(0, marks[0][0] - _BEFORE) if marks else 0
    end = min(len(text), begin + SNIPPET)
    # Rather a little more of what stands before than half a line.
    begin = max(0, min(begin, end - SNIPPET))
    inside = [(max(start, begin) - begin, min(stop, end) - begin) for start, stop in marks if start < end]
    return {
        "text": text[begin:end].replace("\n", " "),
        "at": begin,
        "marks": written(span for span in inside if span[1] > span[0]),
    }


def written(spans: Iterable[Span]) -> list[dict[str, int]]:
    """Write spans as they travel."""
    return [{"start": start, "end": end} for start, end in spans]
