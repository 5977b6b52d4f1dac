"""Dictionary words in a text: as they stand, with marks put between their characters, and by their sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from backend.folding import View, without_marks
from backend.newsroom.examination.aids.findings import Hit, Level, weight
from backend.newsroom.examination.aids.lexicon import Kind, Lexicon, Word
from backend.newsroom.examination.aids.sound import SYLLABLES, Sound
from backend.newsroom.examination.aids.text import Passage

# A word ends where a sentence or a line does, unless every one of its characters has been parted from the next.
_ENDS = frozenset("。！？!?；;\n")
# A single such mark may stand between two words that only happen to meet.
_CLAUSE_MARKS = frozenset("，、：“”‘’（）《》「」『』【】")
_WHY: dict[Kind, str] = {
    "sensitive": "“{}”在敏感词表里。",
    "banned": "“{}”是不用的说法。",
    "wrong": "“{}”是常见的错别字。",
    "advert": "“{}”是广告用语，《广告法》第九条不许这样说。",
}


@dataclass(frozen=True, slots=True)
class _Match:
    """A dictionary word at characters `start` up to `end` of the folded text."""

    start: int
    end: int
    word: int
    rule: str
    level: Level
    note: str = ""


def find(passage: Passage, lexicon: Lexicon) -> Iterator[Hit]:
    """Report dictionary words: the longest at each place, and each stretch of text once."""
    text = passage.folded.text
    kept = without_marks(text)
    matches = [*_exact(text, lexicon), *_parted(passage.folded, kept, lexicon)]
    matches += _by_sound(text, kept, lexicon, matches)
    for match in _longest(matches):
        word = lexicon.words[match.word]
        start, end = passage.folded.span(match.start, match.end)
        why = (word.why or _WHY[word.kind].format(word.text)) + match.note
        suggestion = None if match.rule == "homophone" else word.suggestion
        yield Hit(match.rule, match.level, passage, start, end, why, suggestion, word.category)


def _exact(text: str, lexicon: Lexicon) -> Iterator[_Match]:
    for start, end, indexes in lexicon.exact.find(text):
        for index in indexes:
            word = lexicon.words[index]
            if not _excepted(text, start, word) and not _inside_latin(text, start, end):
                yield _Match(start, end, index, word.kind, word.level)


def _excepted(text: str, start: int, word: Word) -> bool:
    """Tell whether the word stands inside a longer one in which it is right."""
    for longer in word.exceptions:
        offset = longer.find(word.folded)
        if offset >= 0 and start >= offset and text.startswith(longer, start - offset):
            return True
    return False


def _inside_latin(text: str, start: int, end: int) -> bool:
    """Tell whether a match is only a part of a longer Latin word or number."""
    return (start > 0 and _runs_on(text[start - 1], text[start])) or (
        end < len(text) and _runs_on(text[end - 1], text[end])
    )


def _runs_on(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and ((left.isalpha() and right.isalpha()) or (left + right).isdigit())


def _parted(view: View, kept: Sequence[int], lexicon: Lexicon) -> Iterator[_Match]:
    text = view.text
    if len(kept) == len(text):
        return
    squeezed = "".join([text[index] for index in kept])
    for first, after, indexes in lexicon.squeezed.find(squeezed):
        places = kept[first:after]
        start, end = places[0], places[-1] + 1
        if end - start == len(places) or _inside_latin(text, start, end):
            continue
        gaps = [text[left + 1 : right] for left, right in pairwise(places)]
        # What shows nothing is folded away; it parts characters all the same.
        apart = all(right > left + 1 or view.at[right] > view.to[left] for left, right in pairwise(places))
        if any(map(_ENDS.intersection, gaps)) and not (apart and len(gaps) >= 2):
            continue
        chance = _by_chance(gaps)
        note = "字间夹有标点，也可能是巧合，请看一眼。" if chance else "字间夹有符号或空格。"
        for index in indexes:
            word = lexicon.words[index]
            yield _Match(start, end, index, word.kind, _at_most_warn(word.level) if chance else word.level, note)


def _by_chance(gaps: Sequence[str]) -> bool:
    """Tell whether the only thing between the characters is ordinary punctuation at one place."""
    filled = [gap for gap in gaps if gap]
    return len(filled) == 1 and len(filled[0]) <= 2 and _CLAUSE_MARKS.issuperset(filled[0])


def _at_most_warn(level: Level) -> Level:
    return "warn" if level == "block" else level


def _by_sound(text: str, kept: Sequence[int], lexicon: Lexicon, found: Iterable[_Match]) -> Iterator[_Match]:
    if not lexicon.sounds:
        return
    written = {(match.word, place) for match in found for place in range(match.start, match.end)}
    spelled = [SYLLABLES[text[index]] or text[index] for index in kept]
    # Letter i belongs to the character at owner[i].
    owner = [index for index, letters in zip(kept, spelled, strict=True) for _ in letters]
    for first, after, sounds in lexicon.sounds.find("".join(spelled)):
        if not (_may_begin(text, owner, first) and _may_begin(text, owner, after)):
            continue
        start, end = owner[first], owner[after - 1] + 1
        if any(char in _ENDS or char in _CLAUSE_MARKS for char in text[start:end]):
            continue
        for sound in sounds:
            # 先 (xian) does not sound like 西安 (xi an).
            joints = [first + joint for joint in sound.joints if first < first + joint < after]
            if any(owner[joint] == owner[joint - 1] for joint in joints):
                continue
            if not any((sound.word, place) in written for place in range(start, end)):
                yield _heard(start, end, sound, lexicon.words[sound.word])


def _may_begin(text: str, owner: Sequence[int], at: int) -> bool:
    """Tell whether a word may begin, or end, before a letter: not inside a syllable, nor inside a Latin word."""
    if at in {0, len(owner)}:
        return True
    left, right = owner[at - 1], owner[at]
    if left == right:
        return False
    return right != left + 1 or bool(SYLLABLES[text[left]] or SYLLABLES[text[right]])


def _heard(start: int, end: int, sound: Sound, word: Word) -> _Match:
    return _Match(start, end, sound.word, "homophone", _at_most_warn(word.level), "这里用了同音字或拼音。")


def _longest(matches: Iterable[_Match]) -> list[_Match]:
    """Keep the longest matches; a shorter one within stays only if it is graver."""
    kept: list[_Match] = []
    open_: list[_Match] = []
    for match in sorted(matches, key=lambda one: (one.start, -one.end, -weight(one.level), one.rule == "homophone")):
        open_ = [one for one in open_ if one.end > match.start]
        if any(one.end >= match.end and weight(one.level) >= weight(match.level) for one in open_):
            continue
        kept.append(match)
        open_.append(match)
    return kept
