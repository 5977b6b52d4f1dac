"""The dictionary, compiled: automata over its words, and the table of persons with their titles.

Compile once for a version of the dictionary, and keep the result: it is read only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from backend.folding import fold, is_mark
from backend.newsroom.examination.aids.automaton import Automaton
from backend.newsroom.examination.aids.findings import LEVELS, Level
from backend.newsroom.examination.aids.sound import Sound, spell
from backend.newsroom.examination.aids.titles import OFFICIAL, core

Kind = Literal["sensitive", "banned", "wrong", "advert"]
KINDS: tuple[Kind, ...] = ("sensitive", "banned", "wrong", "advert")

# Wrong characters that are wrong nearly everywhere: written, meant, and where the same characters are right.
COMMON_WRONG: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("既使", "即使", ("既使用", "既使得", "既使人", "既使群众", "既使企业", "既使居民")),
    ("再接再励", "再接再厉", ()),
    ("按装", "安装", ("按装修", "按装备", "按装载", "按装机", "按装箱", "按装订", "按装卸", "按装置", "按装配")),
    ("迫不急待", "迫不及待", ()),
    ("不径而走", "不胫而走", ()),
    ("一如继往", "一如既往", ()),
    ("走头无路", "走投无路", ()),
    ("谈笑风声", "谈笑风生", ()),
    ("美仑美奂", "美轮美奂", ()),
    ("出奇不意", "出其不意", ()),
    ("穿流不息", "川流不息", ()),
    ("甘败下风", "甘拜下风", ()),
    ("黄梁美梦", "黄粱美梦", ()),
    ("金榜提名", "金榜题名", ()),
    ("悬梁刺骨", "悬梁刺股", ()),
    ("世外桃园", "世外桃源", ()),
    ("默守成规", "墨守成规", ()),
    ("不落巢臼", "不落窠臼", ()),
    ("鼎立相助", "鼎力相助", ()),
    ("声名雀起", "声名鹊起", ()),
    ("痉孪", "痉挛", ()),
    ("松驰", "松弛", ("松驰骋",)),
    ("精萃", "精粹", ()),
    ("渡假", "度假", ("渡假名",)),
    ("复盖", "覆盖", ("反复盖", "重复盖", "恢复盖", "修复盖")),
    ("布署", "部署", ("公布署", "发布署", "宣布署")),
    ("座落于", "坐落于", ()),
    ("针贬", "针砭", ()),
    ("九洲大地", "九州大地", ()),
    ("人情事故", "人情世故", ()),
    ("防犯", "防范", ("消防犯", "国防犯", "预防犯罪", "防犯罪", "边防犯", "防犯规")),
    ("渲泄", "宣泄", ()),
    ("气慨", "气概", ()),
    ("一愁莫展", "一筹莫展", ()),
    ("竭泽而鱼", "竭泽而渔", ()),
    ("滥芋充数", "滥竽充数", ()),
    ("名列前矛", "名列前茅", ()),
)


class BadDictionary(ValueError):
    """The content is no dictionary. The message says in Chinese which entry is at fault."""


@dataclass(frozen=True, slots=True)
class Word:
    """One entry. `exceptions` are longer words, folded, in which the entry stands rightly."""

    text: str
    folded: str
    kind: Kind
    level: Level
    category: str | None
    suggestion: str | None
    why: str | None
    sound: bool
    exceptions: tuple[str, ...]

    @property
    def evaded(self) -> bool:
        """Whether somebody may want to hide the word with marks. A slip of the pen hides nothing."""
        return self.kind != "wrong" and len(self.folded) >= 2 and not any(map(is_mark, self.folded))


@dataclass(frozen=True, slots=True)
class Term:
    """One title of one person, held from `since` up to, not including, `until`."""

    name: str
    title: str
    since: date | None
    until: date | None
    order: int | None

    def held(self, on: date) -> bool:
        """Tell whether the title is held on a day."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)

    def over(self, on: date) -> bool:
        """Tell whether the title has been given up by a day."""
        return self.until is not None and self.until <= on


@dataclass(frozen=True)
class Lexicon:
    """A compiled dictionary. The values of `exact` and `squeezed` are places in `words`."""

    words: Sequence[Word]
    exact: Automaton[int]
    squeezed: Automaton[int]
    sounds: Automaton[Sound]
    persons: Mapping[str, Sequence[Term]]
    names: Automaton[str]
    titles: Automaton[str]
    samples: Sequence[Mapping[str, Any]]


def compile_lexicon(content: Mapping[str, Any]) -> Lexicon:
    """Compile the content of a dictionary: `{words, persons, samples}`, each a list of objects.

    word: `{id, text, kind, level, category, suggestion, why, sound}`, and optionally `except`, a list of longer words
    in which it stands rightly. person: `{id, name, title, from, to, order}`, dates as `YYYY-MM-DD`, `to` not included.
    sample: `{text, expect}`. Raises BadDictionary.
    """
    own = [_word(entry) for entry in content.get("words") or ()]
    taken = {word.folded for word in own}
    words = [*own, *(word for word in _built_in() if word.folded not in taken)]
    persons = _persons([_term(entry) for entry in content.get("persons") or ()])
    titles = {term.title for terms in persons.values() for term in terms}
    return Lexicon(
        words=words,
        exact=Automaton((word.folded, index) for index, word in enumerate(words)),
        squeezed=Automaton((word.folded, index) for index, word in enumerate(words) if word.evaded),
        sounds=Automaton(_sounds(words)),
        persons=persons,
        names=Automaton((name, name) for name in persons),
        titles=Automaton((title, title) for title in _known_titles(titles)),
        samples=list(content.get("samples") or ()),
    )


def _word(entry: Mapping[str, Any]) -> Word:
    text = str(entry.get("text") or "")
    kind, level = entry.get("kind"), entry.get("level")
    folded = fold(text).strip()
    if not folded:
        raise BadDictionary(f"词条“{entry.get('id')}”没有可以比对的文字。")
    if kind not in KINDS or level not in LEVELS:
        raise BadDictionary(f"词条“{text}”的类别或级别不对。")
    return Word(
        text=text,
        folded=folded,
        kind=kind,
        level=level,
        category=entry.get("category"),
        suggestion=entry.get("suggestion"),
        why=entry.get("why"),
        sound=bool(entry.get("sound")),
        exceptions=tuple(fold(longer) for longer in entry.get("except") or ()),
    )


def _built_in() -> list[Word]:
    return [
        Word(wrong, fold(wrong), "wrong", "warn", "错别字", right, None, sound=False, exceptions=exceptions)
        for wrong, right, exceptions in COMMON_WRONG
    ]


def _term(entry: Mapping[str, Any]) -> Term:
    name, title = fold(str(entry.get("name") or "")).strip(), str(entry.get("title") or "").strip()
    if not name or not title:
        raise BadDictionary(f"人物“{entry.get('id')}”缺姓名或职务。")
    try:
        since, until = _day(entry.get("from")), _day(entry.get("to"))
    except (TypeError, ValueError) as error:
        raise BadDictionary(f"人物“{name}”的任期日期不对。") from error
    return Term(name, title, since, until, entry.get("order"))


def _day(value: str | date | None) -> date | None:
    return value if value is None or isinstance(value, date) else date.fromisoformat(value)


def _persons(terms: Iterable[Term]) -> dict[str, list[Term]]:
    persons: defaultdict[str, list[Term]] = defaultdict(list)
    for term in terms:
        persons[term.name].append(term)
    return dict(persons)


def _known_titles(titles: Iterable[str]) -> set[str]:
    """Return the titles of the table, what they end in (局长), their deputies (副局长), and offices in common use."""
    known = {fold(title) for title in titles}
    cores = {core(title) for title in known} | set(OFFICIAL)
    return known | cores | {f"副{title}" for title in cores if not title.startswith("副")}


def _sounds(words: Sequence[Word]) -> Iterable[tuple[str, Sound]]:
    for index, word in enumerate(words):
        if word.sound and len(word.folded) >= 2:
            yield from ((sound.letters, sound) for sound in spell(word.folded, index))
