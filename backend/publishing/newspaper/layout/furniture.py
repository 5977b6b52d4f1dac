"""What every page has besides its slots: masthead 报头 or running head 页眉, and the date in Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from backend.publishing.newspaper.layout.formats import GREY, RED, PageFormat, Paper
from backend.publishing.newspaper.layout.model import Line, Rule
from backend.publishing.newspaper.layout.setting import Align, Style, set_text

_WEEKDAYS = "一二三四五六日"
_THICK, _THIN, HAIR = 0.9, 0.25, 0.15


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """What the furniture says of the issue."""

    day: date
    number: int
    pages: int
    editor: str


def chinese_date(day: date) -> str:
    """Write a date with its weekday."""
    return f"{day.year}年{day.month}月{day.day}日 {weekday(day)}"


def weekday(day: date) -> str:
    """Write the day of the week."""
    return f"星期{_WEEKDAYS[day.weekday()]}"


def page_label(number: int) -> str:
    """Write the number of a page as printers do."""
    return f"A{number:02}"


def masthead(sheet: PageFormat, paper: Paper, issue: IssueFacts) -> tuple[tuple[Line, ...], tuple[Rule, ...]]:
    """Set the head of the first page."""
    x, width = sheet.side, sheet.text_width
    scale = width / 252
    top = sheet.top
    bar = top + sheet.masthead - 12.6
    side = 46 * scale
    name = Style("serif-bold", 88 * scale, RED)
    lines = [
        set_text(paper.name, name, (x, bar - 13.5 * scale), width, align="centre", tracking=0.06),
        set_text(
            paper.latin, Style("sans-bold", 8.5 * scale, RED), (x, bar - 4.2), width, align="centre", tracking=0.42
        ),
        # On the left the day, as one looks for it; on the right which issue this is.
        set_text(f"{issue.day.year}年{issue.day.month}月", Style("sans", 10), (x, top + 8), side, align="centre"),
        set_text(
            str(issue.day.day), Style("serif-bold", 44 * scale), (x, top + 8 + 17.5 * scale), side, align="centre"
        ),
        set_text(weekday(issue.day), Style("sans", 10), (x, bar - 13.5 * scale), side, align="centre", tracking=0.2),
        set_text(f"第 {issue.number} 期", Style("sans-bold", 11), (x + width - side, top + 11), side, align="centre"),
        set_text(f"今日 {issue.pages} 版", Style("sans", 10), (x + width - side, top + 20), side, align="centre"),
        set_text(paper.motto, Style("serif", 10, RED), (x + width - side, bar - 13.5 * scale), side, align="centre"),
        *_bar(sheet, paper, issue, bar + 4.4),
    ]
    rules = [
        Rule(x, bar, x + width, bar, _THICK, RED),
        Rule(x, bar + 1.1, x + width, bar + 1.1, _THIN, RED),
        Rule(x, bar + 6.6, x + width, bar + 6.6, _THIN),
    ]
    rules += [Rule(x + at, top + 4, x + at, bar - 4, HAIR, GREY) for at in (side, width - side)]
    return tuple(lines), tuple(rules)


def _bar(sheet: PageFormat, paper: Paper, issue: IssueFacts, y: float) -> list[Line]:
    style, x, width = Style("sans", 8.5), sheet.side, sheet.text_width
    return [
        set_text(paper.publisher, style, (x, y), width),
        set_text(f"{chinese_date(issue.day)}　{paper.address}", style, (x, y), width, align="centre"),
        set_text(f"责任编辑：{issue.editor}" if issue.editor else paper.motto, style, (x, y), width, align="right"),
    ]


def running_head(
    sheet: PageFormat, paper: Paper, issue: IssueFacts, number: int, name: str
) -> tuple[tuple[Line, ...], tuple[Rule, ...]]:
    """Set the head of an inner page; the page number stands at its outer edge."""
    x, width = sheet.side, sheet.text_width
    rule = sheet.top + sheet.head - 5.2
    base = rule - 2.2
    is_left = number % 2 == 0
    label, title = Style("sans-bold", 22, RED), Style("serif-bold", 20)
    label_width = 26.0
    small = Style("sans", 8.5)
    about = f"{paper.name}　{chinese_date(issue.day)}"
    editor = f"责任编辑：{issue.editor}" if issue.editor else paper.publisher
    outer, inner = (x, x + width - label_width)
    lines = [
        set_text(
            page_label(number), label, (outer if is_left else inner, base), label_width, align=_side(left=is_left)
        ),
        set_text(name, title, (x, base), width, align="centre", tracking=0.3),
    ]
    beside = x + label_width if is_left else x
    lines.append(set_text(about, small, (beside, base), width - label_width, align=_side(left=is_left)))
    lines.append(set_text(editor, small, (x, base), width, align=_side(left=not is_left)))
    rules = (
        Rule(x, rule, x + width, rule, _THICK),
        Rule(x, rule + 1.1, x + width, rule + 1.1, _THIN),
    )
    return tuple(lines), rules


def _side(*, left: bool) -> Align:
    return "left" if left else "right"
