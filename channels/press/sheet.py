"""Set pages as HTML for WeasyPrint: every run of type, every rule and picture at its own place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

from backend.publishing.newspaper.layout.model import PT, Box, Face, Frame, Line, PageModel, PictureBox, Rule

INKS = {"black": "#111111", "red": "#c4161c", "grey": "#8a8a8a"}
# Where the baseline is in a line as high as its type, by the fonts' own ascent and descent.
_BASELINE: dict[Face, float] = {"serif": 0.9325, "serif-bold": 0.9325, "sans": 0.936, "sans-bold": 0.936}
_CLASS: dict[Face, str] = {"serif": "s", "serif-bold": "S", "sans": "g", "sans-bold": "G"}
_MISSING = 0.6
_STYLE = """
.p{position:relative;overflow:hidden;page-break-after:always}
.p:last-child{page-break-after:auto}
i,u,img{position:absolute;display:block;font-style:normal;text-decoration:none}
i{white-space:pre;line-height:1;font-kerning:none;font-variant-ligatures:none}
img{object-fit:cover}
.s,.S{font-family:"Noto Serif CJK SC"}
.g,.G{font-family:"Noto Sans CJK SC"}
.S,.G{font-weight:bold}
"""


def as_html(title: str, pages: Sequence[PageModel], picture: Callable[[str], str | None]) -> str:
    """Write pages of one size; `picture` gives the address of a picture by its id, None for one that is missing."""
    first = pages[0]
    size = f"@page{{size:{_mm(first.width)} {_mm(first.height)};margin:0}}body{{margin:0}}"
    sheets = "".join(_page(page, picture) for page in pages)
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{size}{_STYLE}</style></head><body>{sheets}</body></html>"
    )


def _page(page: PageModel, picture: Callable[[str], str | None]) -> str:
    parts: list[str] = [*map(_rule, page.rules), *_lines(page.furniture)]
    for slot in page.slots:
        parts += map(_frame, slot.frames)
        if slot.picture is not None:
            parts.append(_picture(slot.picture, picture))
        parts += _lines(slot.lines)
    return f'<div class="p" style="width:{_mm(page.width)};height:{_mm(page.height)}">{"".join(parts)}</div>'


def _lines(lines: Iterable[Line]) -> Iterable[str]:
    for line in lines:
        top = line.y - _BASELINE[line.face] * line.size * PT
        ink = "" if line.ink == "black" else f";color:{INKS[line.ink]}"
        for run in line.runs:
            spacing = f";letter-spacing:{_mm(run.spacing)}" if abs(run.spacing) > 1e-4 else ""
            yield (
                f'<i class="{_CLASS[line.face]}" style="left:{_mm(run.x)};top:{_mm(top)};'
                f'font-size:{line.size:g}pt{spacing}{ink}">{escape(run.text)}</i>'
            )


def _rule(rule: Rule) -> str:
    across = abs(rule.x2 - rule.x1)
    down = abs(rule.y2 - rule.y1)
    half = rule.weight / 2
    is_flat = across >= down
    box = (
        Box(rule.x1, rule.y1 - half, across, rule.weight)
        if is_flat
        else Box(rule.x1 - half, rule.y1, rule.weight, down)
    )
    return f'<u style="{_at(box)};background:{INKS[rule.ink]}"></u>'


def _frame(frame: Frame) -> str:
    fill = f";background:{INKS[frame.fill]}" if frame.fill else ""
    line = f";box-sizing:border-box;border:{_mm(frame.weight)} solid {INKS[frame.ink]}" if frame.weight else ""
    return f'<u style="{_at(frame.box)}{line}{fill}"></u>'


def _picture(shown: PictureBox, picture: Callable[[str], str | None]) -> str:
    address = picture(shown.media)
    if address is None:
        # Whoever looks at the proof has to see it.
        line = f"{_at(shown.box)};box-sizing:border-box;border:{_mm(_MISSING)} dashed {INKS['red']}"
        return f'<u class="g" style="{line};color:{INKS["red"]}">图片缺失：{escape(shown.alt)}</u>'
    return f'<img style="{_at(shown.box)}" src="{escape(address)}" alt="{escape(shown.alt)}">'


def _at(box: Box) -> str:
    return f"left:{_mm(box.x)};top:{_mm(box.y)};width:{_mm(box.w)};height:{_mm(box.h)}"


def _mm(length: float) -> str:
    return f"{length:.3f}mm"
