"""How alike two texts are: pairs of Chinese characters and words, weighted by how rare they are. Pure, no model.

Weights are the inverse document frequency of BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework,
2009), likeness is the cosine of weighted sets, and a description is scored by BM25 itself. All sums run in a fixed
order, so the same texts give the same numbers everywhere.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from backend.search.words import is_han, line_of, pairs_of

_K1, _B = 1.2, 0.75
_MOST_WORDS = 3
# Ways to begin and end a complaint that say nothing of what it is about.
_EMPTY = frozenset(
    (
        *("我们", "你们", "他们", "这个", "那个", "一个", "一下", "已经", "现在", "可以", "没有", "希望", "请问"),
        *("谢谢", "麻烦", "能否", "是否", "有关", "部门", "相关", "尽快", "处理", "解决", "反映", "问题", "居民"),
        *("市民", "附近", "每天", "晚上", "早上", "今天", "昨天", "最近", "多次", "非常", "影响", "生活", "您好"),
        *("领导", "情况", "时候", "因为", "所以"),
    )
)


@lru_cache(maxsize=4096)
def grams_of(text: str) -> Counter[str]:
    """Count the pairs of characters and the words of a text that say something."""
    found: Counter[str] = Counter()
    for run in line_of(text).split():
        found.update(pair for pair in (pairs_of(run) if is_han(run) else [run]) if pair not in _EMPTY)
    return found


@dataclass(frozen=True)
class Weights:
    """How rare each gram is among texts, and how long these are on the average."""

    rare: Mapping[str, float]
    unseen: float
    length: float

    def of(self, gram: str) -> float:
        """Return the weight of a gram; one that was never seen is as rare as can be."""
        return self.rare.get(gram, self.unseen)


def weigh(texts: Sequence[Counter[str]]) -> Weights:
    """Learn weights from texts."""
    total = len(texts)
    seen = Counter(gram for text in texts for gram in text)
    rare = {gram: _idf(total, number) for gram, number in seen.items()}
    return Weights(rare, _idf(total, 0), sum(map(Counter.total, texts)) / max(1, total) or 1.0)


def _idf(total: int, number: int) -> float:
    return math.log(1 + (total - number + 0.5) / (number + 0.5))


def cosine(weights: Weights, one: Collection[str], other: Collection[str]) -> float:
    """Return how alike two texts are, 0 to 1."""
    both = sorted(set(one) & set(other))
    if not both:
        return 0.0
    shared = math.fsum(weights.of(gram) ** 2 for gram in both)
    return shared / math.sqrt(_square(weights, one) * _square(weights, other))


def _square(weights: Weights, grams: Iterable[str]) -> float:
    return math.fsum(weights.of(gram) ** 2 for gram in grams)


def bm25(weights: Weights, asked: Collection[str], text: Counter[str]) -> float:
    """Score a text for the grams that are asked for."""
    norm = _K1 * (1 - _B + _B * text.total() / weights.length)
    return math.fsum(
        weights.of(gram) * text[gram] * (_K1 + 1) / (text[gram] + norm) for gram in sorted(asked) if gram in text
    )


def common_words(weights: Weights, text: str, other: Collection[str]) -> list[str]:
    """Return what a text has in common with another, as words that stand in it, the most telling first.

    Pairs that follow each other are put together again: 路灯, 灯不, 不亮 are 路灯不亮.
    """
    found: dict[str, float] = {}
    grams = grams_of(text)
    for run in line_of(text).split():
        for word, inside in _segments(run, {gram for gram in grams if gram in other}):
            found[word] = math.fsum(weights.of(gram) for gram in inside)
    return sorted(found, key=lambda word: (-found[word], word))[:_MOST_WORDS]


def _segments(run: str, shared: Collection[str]) -> Iterable[tuple[str, list[str]]]:
    if not is_han(run):
        return [(run, [run])] if run in shared else []
    segments: list[tuple[str, list[str]]] = []
    word, inside = "", list[str]()
    for pair in [*pairs_of(run), ""]:
        if pair and pair in shared:
            word, inside = (word + pair[1] if word else pair), [*inside, pair]
        elif word:
            segments.append((word, inside))
            word, inside = "", []
    return segments
