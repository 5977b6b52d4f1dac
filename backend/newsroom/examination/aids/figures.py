"""Figures that contradict each other: sums, shares, growth, and a headline that says another number than the body."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from decimal import Decimal

from backend.newsroom.examination.aids.findings import Hit
from backend.newsroom.examination.aids.quantities import NUMBER, PEOPLE, Quantity, parse
from backend.newsroom.examination.aids.text import Passage

_TOTAL = re.compile(r"(?:共计|总计|合计|一共|总共|共有|共)[^，,。；;：:、（(]{0,12}$")
_TOTAL_LAST = re.compile(r"[，,；;]?(?:共计|总计|合计|一共|总共|共有|共)$")
# What may stand between two figures of one list: a mark, then what the next figure counts.
_LINK = re.compile(
    r"[^，,、；;（()）\d]{0,12}[，,、；;（()）和及]{1,2}(?:其中[：:，,]?)?(?P<label>[^，,、；;。（()）\d]{0,14})"
)
_PARTED = re.compile(r"另|此外|还有|同比|环比|比上|比去|增长|下降|累计|平均|超过|为期|历时|用时|每")
_COMPLEMENTS = (
    ("男", "女"),
    ("不合格", "合格"),
    ("城镇", "农村"),
    ("城市", "农村"),
    ("境内", "境外"),
    ("国内", "国外"),
    ("本地", "外地"),
    ("成人", "儿童"),
    ("线上", "线下"),
)
_REST = ("其余", "其他", "其它", "剩余", "剩下", "余下")
_SHARE = re.compile(
    rf"占(?P<between>[^，,。；;、占]{{0,14}}?)(?:百分之(?P<spelled>{NUMBER})|(?P<number>{NUMBER})%)", re.ASCII
)
_GROWTH = re.compile(
    rf"(?:从|由)[^，,。；;\d]{{0,8}}?(?P<old>{NUMBER})(?P<unit>[^\d，,。；;]{{0,4}}?)"
    rf"(?P<way>增长|增加|提高|提升|上升|升高|升|增|扩大|上涨|涨|下降|减少|降低|降|减|缩小|下跌|跌)(?:了)?(?:到|至|为)"
    rf"[^，,。；;\d]{{0,4}}?(?P<new>{NUMBER})(?P<unit2>[^\d，,。；;]{{0,4}})[，,]?[^，,。；;\d]{{0,8}}?"
    rf"(?:增长|增加|增幅|提高|提升|上升|上涨|涨幅|涨|增|下降|减少|降低|降幅|跌幅|下跌|降|减)(?:了|率)?(?:为|是|达到|达)?"
    rf"(?P<about>约|近|超过|超|逾)?(?:百分之(?P<spelled>{NUMBER})|(?P<rate>{NUMBER})%)(?P<about2>多|以上|左右)?",
    re.ASCII,
)
_WHOLE = Decimal(100)
_MOST_PARTS = 20


def check(passage: Passage) -> Iterator[Hit]:
    """Report sums, shares and growth that do not add up within one sentence."""
    figures = [figure for figure in passage.figures if not figure.ordinal]
    for start, end in passage.sentences:
        first = bisect_left(figures, start, key=lambda figure: figure.start)
        found = figures[first : bisect_left(figures, end, first, key=lambda figure: figure.start)]
        if len(found) < 2:
            continue
        yield from _sums(passage, found)
        yield from _totals_last(passage, found, start)
        yield from _shares(passage, start, end)
        yield from _growth(passage, start, end)


def _sums(passage: Passage, found: Sequence[Quantity]) -> Iterator[Hit]:
    text = passage.folded.text
    for at, total in enumerate(found):
        if not total.unit or total.about or not _TOTAL.search(text[max(0, total.start - 16) : total.start]):
            continue
        parts, labels = _parts(text, total, found[at + 1 :])
        named = "其中" in text[total.end : parts[0].start] if parts else False
        if parts and _wrong_sum(total, parts, labels, named=named):
            yield _sum_hit(passage, total, parts)


def _parts(text: str, total: Quantity, rest: Sequence[Quantity]) -> tuple[list[Quantity], list[str]]:
    """Return the figures that a total is taken apart into, with what each of them counts."""
    parts: list[Quantity] = []
    labels: list[str] = []
    before = total.end
    for figure in rest[:_MOST_PARTS]:
        link = _LINK.fullmatch(text, before, figure.start)
        if (
            not link
            or not _same_unit(total, figure)
            or figure.about
            or _PARTED.search(link[0])
            or _TOTAL.search(link[0])
        ):
            break
        parts.append(figure)
        labels.append(link["label"])
        before = figure.end
    return parts, labels


def _same_unit(one: Quantity, other: Quantity) -> bool:
    return bool(one.unit) and (one.unit == other.unit or (one.unit in PEOPLE and other.unit in PEOPLE))


def _wrong_sum(total: Quantity, parts: Sequence[Quantity], labels: Sequence[str], *, named: bool) -> bool:
    whole = sum((part.size for part in parts), Decimal(0))
    pair = _complement(labels)
    if pair and parts[pair[0]].size + parts[pair[1]].size == total.size:
        return False
    complete = pair is not None or any(label.startswith(_REST) for label in labels)
    if not named and not complete:
        return False
    if len(parts) == 1:
        return whole > total.size
    return whole > total.size or (complete and whole != total.size)


def _complement(labels: Sequence[str]) -> tuple[int, int] | None:
    """Return which two of the labels leave nothing over, like 男 and 女."""
    for one, other in _COMPLEMENTS:
        first = next((at for at, label in enumerate(labels) if one in label), None)
        second = next((at for at, label in enumerate(labels) if other in label and at != first), None)
        if first is not None and second is not None:
            return first, second
    return None


def _totals_last(passage: Passage, found: Sequence[Quantity], start: int) -> Iterator[Hit]:
    """Report 男5人、女8人，共12人."""
    text = passage.folded.text
    for at, total in enumerate(found):
        before = text[found[at - 1].end if at else start : total.start]
        if at < 2 or total.about or not total.unit or not _TOTAL_LAST.fullmatch(before):
            continue
        parts = [found[at - 1]]
        for figure in reversed(found[max(0, at - _MOST_PARTS) : at - 1]):
            link = _LINK.fullmatch(text, figure.end, parts[0].start)
            if not link or "；" in link[0] or not _same_unit(total, figure) or figure.about:
                break
            parts.insert(0, figure)
        same = _same_unit(total, parts[-1]) and not parts[-1].about
        if same and len(parts) >= 2 and sum(part.size for part in parts) != total.size:
            yield _sum_hit(passage, total, parts)


def _sum_hit(passage: Passage, total: Quantity, parts: Sequence[Quantity]) -> Hit:
    first, last = min(total, parts[0], key=lambda one: one.start), max(total, parts[-1], key=lambda one: one.end)
    start, end = passage.folded.span(first.start, last.end)
    whole = sum((part.value for part in parts), Decimal(0))
    added = "＋".join(_written(part.value) for part in parts)
    return Hit(
        rule="sum",
        level="warn",
        passage=passage,
        start=start,
        end=end,
        why=f"各项{added}＝{_written(whole)}，和总数{_written(total.value)}对不上。",
        category="数字",
    )


def _written(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _shares(passage: Passage, start: int, end: int) -> Iterator[Hit]:
    text = passage.folded.text
    for begin, finish in _pieces(text, start, end):
        found = list(_SHARE.finditer(text, begin, finish))
        rates = [parse(one["spelled"] or one["number"]) or Decimal(0) for one in found]
        # Each share may have been rounded up by half of its last digit.
        slack = (
            Decimal("0.5") * len(rates) if all(rate == int(rate) for rate in rates) else Decimal("0.05") * len(rates)
        )
        if len(rates) >= 2 and sum(rates, Decimal(0)) > _WHOLE + slack:
            first, last = passage.folded.span(found[0].start(), found[-1].end())
            yield Hit(
                rule="share",
                level="warn",
                passage=passage,
                start=first,
                end=last,
                why=f"这几项占比加起来是{_written(sum(rates, Decimal(0)))}%，超过了100%。",
                category="数字",
            )


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a sentence where 其中 begins shares of a smaller whole, and at a semicolon."""
    begin = start
    for cut in re.compile(r"其中|[；;]").finditer(text, start, end):
        yield begin, cut.start()
        begin = cut.end()
    yield begin, end


def _growth(passage: Passage, start: int, end: int) -> Iterator[Hit]:
    for found in _GROWTH.finditer(passage.folded.text, start, end):
        old, new = parse(found["old"]), parse(found["new"])
        said = parse(found["spelled"] or found["rate"])
        if not old or new is None or said is None:
            continue
        rate = abs(new - old) / old * 100
        mixed = found["unit2"].startswith("%") and said == abs(new - old) and abs(rate - said) * 2 > 1
        if (_agrees(rate, said, about=bool(found["about"] or found["about2"])) and not mixed) or _other_scale(
            found, old, new, said
        ):
            continue
        first, last = passage.folded.span(found.start(), found.end())
        right = f"{_written(round(rate, 1))}%"
        points = f"{_written(abs(new - old))}个百分点" if found["unit2"].startswith("%") else ""
        yield Hit(
            rule="growth",
            level="warn",
            passage=passage,
            start=first,
            end=last,
            why=f"从{_written(old)}到{_written(new)}，变化是{right}，不是{_written(said)}%。"
            + (f"若指相差，应写{points}。" if points else ""),
            suggestion=points or right,
            category="数字",
        )


def _agrees(rate: Decimal, said: Decimal, *, about: bool) -> bool:
    exponent = said.as_tuple().exponent
    step = Decimal(1).scaleb(exponent if isinstance(exponent, int) and exponent < 0 else 0)
    # “约” and the like leave a tenth, or two points.
    return abs(rate - said) <= (max(Decimal(2), said / 10) if about else step)


def _other_scale(found: re.Match[str], old: Decimal, new: Decimal, said: Decimal) -> bool:
    """Tell whether 从100增长到150万 leaves the 万 of the first number to be understood."""
    for power, factor in (("万", 10_000), ("亿", 100_000_000)):
        if found["new"].endswith(power) and not found["old"].endswith(power):
            return _agrees(abs(new / factor - old) / old * 100, said, about=False)
    return False


def headline(title: Passage, body: Sequence[Passage]) -> Iterator[Hit]:
    """Report numbers of the headline that the body never gives."""
    given = [figure for passage in body for figure in passage.figures]
    if not any(passage.text.strip() for passage in body):
        return
    for figure in title.figures:
        if (
            figure.ordinal
            or not figure.unit
            or _is_date(title.folded.text, figure)
            or (figure.spelled and figure.value == 1)
        ):
            continue
        if any(_same_figure(figure, other) for other in given):
            continue
        start, end = title.folded.span(figure.start, figure.end)
        alike = [other for other in given if other.family == figure.family and not other.about]
        hint = f"正文里有“{_named(alike[0])}”。" if len(alike) == 1 else ""
        yield Hit(
            rule="headline_number",
            level="warn",
            passage=title,
            start=start,
            end=end,
            why=f"标题里的“{title.text[start:end]}”在正文里找不到。{hint}",
            suggestion=_named(alike[0]) if len(alike) == 1 else None,
            category="数字",
        )


def _named(figure: Quantity) -> str:
    return figure.number + figure.unit


def _is_date(text: str, figure: Quantity) -> bool:
    return figure.unit == "年" and (figure.value >= 1000 or text[figure.end : figure.end + 1] in "初底末级")


def _same_figure(one: Quantity, other: Quantity) -> bool:
    if other.unit and one.family != other.family:
        return False
    exact, given = (one.size, other.size) if other.unit else (one.value, other.value)
    if exact == given:
        return True
    if one.about:
        return _rounds_to(given, exact)
    return (one.spelled or one.number[-1] in "万亿") and exact >= 100 and _rounds_to(given, exact)


def _rounds_to(given: Decimal, said: Decimal) -> bool:
    """Tell whether a figure may be given so in a headline: 六百 for 612, 1.2万 for 12034."""
    step = Decimal(1).scaleb(said.normalize().as_tuple().exponent)  # type: ignore[arg-type]  # finite numbers only
    return 0 <= given - said < step or abs(given - said) * 2 <= step
