"""Is a rendition a mechanical extract of its master? Every sentence of it must stand in the master."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from backend.folding import is_mark

_SENTENCE = re.compile(r"[^。！？!?…\n]*(?:[。！？!?…]+[”’」』）)》\"]*|\n|$)")
_CLAUSE_ENDS = frozenset("，,；;：:")
# Marks that carry meaning stay: 3% is not 3.
_MEANT = frozenset("%‰℃°$€£¥+=<>&@#±×÷√−")


def sentences(text: str) -> list[str]:
    """Split a text into sentences, each with its closing marks; a line ends one too. None is empty."""
    return [part for found in _SENTENCE.finditer(text) if (part := found[0].strip()) and _normal(part).text]


def is_verbatim_subset(rendition_texts: Sequence[str], master_texts: Sequence[str]) -> list[str]:
    """Return the sentences of a rendition that are not in the master; none means that it is mechanical.

    Compared are letters, digits and characters: width, spaces and punctuation are of no account. A sentence is in the
    master if it is a run of whole clauses (up to ， ； ：) of one sentence there, or a run of whole sentences of one
    text. Headline, subtitle and summary of the master are texts of it like the blocks of its body.
    """
    masters = [_normal(text) for text in master_texts]
    wanted = [(sentence, _normal(sentence).text) for text in rendition_texts for sentence in sentences(text)]
    return [sentence for sentence, normal in wanted if not any(_holds(master, normal) for master in masters)]


@dataclass(frozen=True, slots=True)
class _Normal:
    """A text without marks. `clauses` and `ends` are the offsets where a clause, and where a sentence, may be cut."""

    text: str
    clauses: frozenset[int]
    ends: frozenset[int]


def _normal(text: str) -> _Normal:
    chars: list[str] = []
    clauses = {0}
    ends = {0}
    folded = unicodedata.normalize("NFKC", text)
    # NFKC makes of … three full stops, which would not end a sentence.
    whole = folded.replace("...", "…")
    for at, char in enumerate(whole):
        if not is_mark(char) or char in _MEANT:
            chars.extend(char.lower())
            continue
        between = _between_digits(whole, at)
        if between:
            # The mark inside 2.1, 3-5 or 8:30 is a part of the figure, at which nothing may be cut.
            chars.append("·")
        if char in _CLAUSE_ENDS and not between:
            clauses.add(len(chars))
        elif char in "。！？!?…\n":
            ends.update((len(chars) - bool(between), len(chars)))
    ends.add(len(chars))
    return _Normal("".join(chars), frozenset(clauses | ends), frozenset(ends))


def _between_digits(text: str, at: int) -> bool:
    """Tell whether a mark stands between two digits, other than the comma of 12,345."""
    if not (0 < at < len(text) - 1 and text[at - 1].isdigit() and text[at + 1].isdigit()):
        return False
    return not (text[at] == "," and re.match(r"\d{3}(?!\d)", text[at + 1 : at + 5]))


def _holds(master: _Normal, wanted: str) -> bool:
    start = master.text.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        if start in master.clauses and end in master.clauses:
            within = not any(start < place < end for place in master.ends)
            if within or (start in master.ends and end in master.ends):
                return True
        start = master.text.find(wanted, start + 1)
    return False
