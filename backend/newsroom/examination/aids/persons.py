"""Persons of the table: is the title beside a name held on the day, and do leaders stand in their order?"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from backend.folding import fold
from backend.newsroom.examination.aids.automaton import Automaton
from backend.newsroom.examination.aids.findings import Hit, Level
from backend.newsroom.examination.aids.lexicon import Lexicon, Term
from backend.newsroom.examination.aids.text import Passage
from backend.newsroom.examination.aids.titles import OFFICIAL, OTHER, SURNAMES, core

REACH = 12
# A title may be as long as this, and ends within reach.
_FAR = 60
_HAN = r"\u4e00-\u9fff"
_OFFICE = f"(?:{'|'.join(sorted((*OFFICIAL, *OTHER), key=len, reverse=True))})"
# Between a title and the name after it, and between a name and the title after it, when the two belong together.
_TITLE_THEN_NAME = re.compile(rf"(?:[：:\s]|由|[（(][{_HAN}]{{1,6}}[）)]|[、兼](?:[{_HAN}]{{0,10}}{_OFFICE}、?)+)?")
_NAME_THEN_TITLE = re.compile(
    rf"(?:同志|先生|女士)?[，,\s（(]?(?:现任|担任|出任|兼任|就任|任命为|当选为|当选|系|任|是|为)?[{_HAN}]{{0,10}}"
)
_LINKED = re.compile(r"同志|先生|女士|任|当选|系|是|为")
_CLOSING = re.compile(r"[，,）)。；;！？!?\n]|$")
_PAST = re.compile(r"(?:时任|曾任|历任|原任|前任|曾担任|卸任|不再担任|免去|原|前)[^，。；]{0,12}$")
# A name that is followed by one of these is the first of several.
_JOINTS = frozenset("、和与及同")
# A body whose office follows: 区生态环境局 before 局长.
_ORG = re.compile(rf"[{_HAN}]{{1,11}}(?:[省市区县镇乡局委办部院会处室厅]|中心|街道|公司|集团)$")
# Between two names of one enumeration: the first one's title after it, a joint, the second one's title before it.
_JOINT = re.compile(
    rf"(?:同志)?(?:[{_HAN}]{{0,8}}{_OFFICE})?(?:以及|[、，,和与及]){{1,2}}(?:(?:[{_HAN}]{{0,12}}{_OFFICE}、?)+)?(?:同志)?"
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A name or a title at characters `start` up to `end` of the folded text."""

    start: int
    end: int
    word: str


def check(passage: Passage, lexicon: Lexicon, on: date) -> Iterator[Hit]:
    """Report titles that are not held on the day, and leaders out of their order."""
    if not lexicon.names:
        return
    text = passage.folded.text
    names = _places(lexicon.names, text)
    if not names:
        return
    titles = _places(lexicon.titles, text)
    for start, end in passage.sentences:
        here = _within(names, start, end)
        for at, name in enumerate(here):
            left = here[at - 1].end if at else start - 1
            right = here[at + 1].start if at + 1 < len(here) else end + 1
            near = _within(titles, max(left, start, name.start - _FAR), min(right, end, name.end + REACH + 1))
            pairs = list(_tied(text, name, near, (left, right)))
            yield from _judge(passage, lexicon.persons[name.word], on, pairs)
        yield from _order(passage, lexicon, on, here)


def _within(places: Sequence[_Place], start: int, end: int) -> Sequence[_Place]:
    """Return the places that begin in a part of the text."""
    first = bisect_left(places, start, key=lambda place: place.start)
    return places[first : bisect_left(places, end, first, key=lambda place: place.start)]


def _places(automaton: Automaton[str], text: str) -> list[_Place]:
    """Find words, the longest at each place, none overlapping."""
    found = [_Place(start, end, words[0]) for start, end, words in automaton.find(text)]
    kept: list[_Place] = []
    for place in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or place.start >= kept[-1].end:
            kept.append(place)
        elif place.end > kept[-1].end and place.end - place.start > kept[-1].end - kept[-1].start:
            kept[-1] = place
    return kept


@dataclass(frozen=True, slots=True)
class _Pair:
    """A name, a title, and how grave it is if they do not fit."""

    name: _Place
    office: _Place
    tie: Level


def _tied(text: str, name: _Place, offices: Sequence[_Place], room: tuple[int, int]) -> Iterator[_Pair]:
    """Find the titles beside a name that are that person's, as far as can be told.

    `room` is where the known name before ends and the one after begins; a title that touches one of these is theirs.
    """
    for office in offices:
        if 0 <= name.start - office.end <= REACH:
            tie = _before(text, office, name, taken=office.start == room[0])
        elif 0 <= office.start - name.end <= REACH:
            tie = _after(text, name, office, taken=office.end == room[1])
        else:
            tie = None
        if tie:
            yield _Pair(name, office, tie)


def _before(text: str, office: _Place, name: _Place, *, taken: bool) -> Level | None:
    """Say how surely a title that stands before a name is that person's: block, warn, or not at all."""
    between = text[office.end : name.start]
    if _PAST.search(text, max(0, office.start - REACH), office.start) or (between and taken):
        return None
    if _TITLE_THEN_NAME.fullmatch(between):
        return "block"
    if set(between) & set("，,、；;和与及") or _somebody(between):
        return None
    return "warn"


def _after(text: str, name: _Place, office: _Place, *, taken: bool) -> Level | None:
    """Say how surely a title that stands after a name is that person's."""
    between = text[name.end : office.start]
    rest = text[office.end : office.end + 4]
    if taken or _PAST.search(between) or between[:1] in _JOINTS:
        return None
    if not between:
        return "block"
    if _NAME_THEN_TITLE.fullmatch(between) and (_LINKED.search(between) or _CLOSING.match(rest)):
        return "block" if _LINKED.search(between) or between[0] in "，,（(" else "warn"
    if set(between) & set("，,、；;和与及会见") or _somebody(rest):
        return None
    return "warn"


def _somebody(text: str) -> bool:
    """Tell whether a stranger's name may begin here."""
    return bool(text) and text[0] in SURNAMES


def _judge(passage: Passage, terms: Sequence[Term], on: date, pairs: Sequence[_Pair]) -> Iterator[Hit]:
    """Report the titles beside one name that do not fit.

    Next to one that fits, another is only doubtful: the table may lack a second office (党组书记、局长).
    """
    held = [fold(term.title) for term in terms if term.held(on)]
    fitting = [pair for pair in pairs if any(_fits(pair.office, title) for title in held)]
    text = passage.folded.text
    for pair in pairs:
        if pair not in fitting:
            yield _wrong(passage, terms, on, pair, "warn" if fitting else pair.tie)
        elif all(_foreign(text, pair.office, title) for title in held if _fits(pair.office, title)):
            yield _wrong(passage, terms, on, pair, "warn")


def _wrong(passage: Passage, terms: Sequence[Term], on: date, pair: _Pair, level: Level) -> Hit:
    name, office = pair.name, pair.office
    held = [term.title for term in terms if term.held(on)]
    start, end = passage.folded.span(office.start, office.end)
    return Hit(
        rule="person_title",
        level=level,
        passage=passage,
        start=start,
        end=end,
        why=_why(terms, held, on, name.word, passage.text[start:end]),
        suggestion=_right(passage.folded.text, office, held[0]) if held else None,
        category="人物职务",
        key=f"{name.word}\x1f{office.word}",
    )


def _why(terms: Sequence[Term], held: Sequence[str], on: date, name: str, said: str) -> str:
    if held:
        return f"人物表里{name}现任{'、'.join(held)}，这里写的是“{said}”。"
    if all(term.over(on) for term in terms):
        last = max(terms, key=lambda term: term.until or date.min)
        return f"人物表里{name}的任期已到{last.until}为止（{last.title}），不能再带职务“{said}”。"
    return f"人物表里{name}在这一天没有在任的职务，这里写的是“{said}”。"


def _fits(office: _Place, title: str) -> bool:
    """Tell whether the words are the title, or the end of it: 局长 for 区水务局局长, but not for 区水务局副局长."""
    if title == office.word or (title.endswith(office.word) and not title.endswith(f"副{office.word}")):
        return True
    return office.word.endswith(title) and not office.word.endswith(f"副{title}")


def _foreign(text: str, office: _Place, title: str) -> bool:
    """Tell whether another body's name stands before a title that was given in short."""
    own = title.removesuffix(core(title))
    body = _ORG.search(text, max(0, office.start - REACH), office.start)
    if title == office.word or not own or not body:
        return False
    pairs = {own[at : at + 2] for at in range(len(own) - 1)}
    return not any(pair in body[0] for pair in pairs)


def _right(text: str, office: _Place, title: str) -> str:
    """Return what to write in place of the words: of the right title, what does not already stand before them."""
    folded = fold(title)
    for length in range(len(title) - 1, 0, -1):
        if text[: office.start].endswith(folded[:length]):
            return title[length:]
    return title


def _order(passage: Passage, lexicon: Lexicon, on: date, names: Sequence[_Place]) -> Iterator[Hit]:
    ranked = [(name, rank) for name in names if (rank := _rank(lexicon.persons[name.word], on)) is not None]
    text = passage.folded.text
    row: list[tuple[_Place, int]] = []
    for name, rank in ranked:
        if row and not _JOINT.fullmatch(text[row[-1][0].end : name.start]):
            yield from _out_of_order(passage, row)
            row = []
        row.append((name, rank))
    yield from _out_of_order(passage, row)


def _rank(terms: Sequence[Term], on: date) -> int | None:
    orders = [term.order for term in terms if term.order is not None and term.held(on)]
    return min(orders, default=None)


def _out_of_order(passage: Passage, row: Sequence[tuple[_Place, int]]) -> Iterator[Hit]:
    right = sorted(row, key=lambda one: one[1])
    if [rank for _, rank in row] == [rank for _, rank in right]:
        return
    start, end = passage.folded.span(row[0][0].start, row[-1][0].end)
    order = "、".join(name.word for name, _ in right)
    yield Hit(
        rule="leader_order",
        level="warn",
        passage=passage,
        start=start,
        end=end,
        why=f"几位领导同志并列时，按人物表的次序应为{order}。",
        suggestion=order,
        category="领导排序",
        key="\x1f".join(name.word for name, _ in row),
    )
