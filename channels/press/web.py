"""A set page as SVG for the 数字报: the lines of the printed page, over them links to its articles.

Only presentation attributes are used, as the house's content security policy allows no styles in a page. Every run of
type is held to its width (`textLength`), so that it stands where it was set whichever fonts a reader's device has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from backend.publishing.newspaper.layout.model import PT, Box, Face, Frame, Line, PageModel, PictureBox, Rule, SlotModel
from channels.press.sheet import INKS

_FONTS: dict[Face, str] = {
    "serif": "Noto Serif CJK SC, Noto Serif SC, Source Han Serif SC, Songti SC, SimSun, serif",
    "sans": "Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif",
}
_FACES: dict[Face, tuple[Face, str]] = {
    "serif": ("serif", "normal"),
    "serif-bold": ("serif", "bold"),
    "sans": ("sans", "normal"),
    "sans-bold": ("sans", "bold"),
}
_PALE = "#f1efea"


def draw_page(page: PageModel, links: Mapping[int, tuple[str, str]], struck: Mapping[int, str]) -> str:
    """Draw a page; `Press.draw_page` says what the arguments are."""
    parts: list[str] = [*map(_rule, page.rules), *_type(page.furniture)]
    for slot in page.slots:
        parts += _struck(slot, struck[slot.no]) if slot.no in struck else _slot(slot)
    parts += [_link(slot.no, slot.box, *links[slot.no]) for slot in page.slots if slot.no in links]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {page.width:g} {page.height:g}" lang="zh-CN" '
        f'class="sheet"><title>{escape(page.name)}</title>'
        f'<rect width="{page.width:g}" height="{page.height:g}" fill="#fff"/>{"".join(parts)}</svg>'
    )


def _slot(slot: SlotModel) -> Iterator[str]:
    yield from map(_frame, slot.frames)
    if slot.picture is not None:
        yield _picture(slot.picture)
    yield from _type(slot.lines)


def _struck(slot: SlotModel, words: str) -> Iterator[str]:
    """Leave nothing of what stood there but its place."""
    box = slot.box
    yield f'<rect {_at(box)} fill="{_PALE}"/>'
    for x1, x2 in ((box.x, box.right), (box.right, box.x)):
        yield (
            f'<line x1="{x1:.2f}" y1="{box.y:.2f}" x2="{x2:.2f}" y2="{box.bottom:.2f}" '
            f'stroke="{INKS["grey"]}" stroke-width="0.2"/>'
        )
    size = min(9.0, box.w / (len(words) + 2))
    x, y = box.x + box.w / 2, box.y + box.h / 2 + 0.38 * size
    yield (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="middle" font-family="{_FONTS["sans"]}" font-weight="bold" '
        f'font-size="{size:.2f}" fill="{INKS["grey"]}" stroke="{_PALE}" stroke-width="1.2" paint-order="stroke">'
        f"{escape(words)}</text>"
    )


def _type(lines: Iterable[Line]) -> Iterator[str]:
    """Write lines; those of one face and size that follow each other are one group. It is hidden from readers aloud."""
    held: list[Line] = []
    for line in lines:
        if held and (line.face, line.size, line.ink) != (held[0].face, held[0].size, held[0].ink):
            yield _group(held)
            held = []
        held.append(line)
    if held:
        yield _group(held)


def _group(lines: list[Line]) -> str:
    first = lines[0]
    family, weight = _FACES[first.face]
    runs = "".join(_run(line.y, run.x, run.width, run.text) for line in lines for run in line.runs)
    return (
        f'<g aria-hidden="true" font-family="{_FONTS[family]}" font-weight="{weight}" '
        f'font-size="{first.size * PT:.3f}" fill="{INKS[first.ink]}">{runs}</g>'
    )


def _run(y: float, x: float, width: float, text: str) -> str:
    held = f' textLength="{width:.2f}"' if len(text) > 1 else ""
    return f'<text x="{x:.2f}" y="{y:.2f}"{held} xml:space="preserve">{escape(text)}</text>'


def _rule(rule: Rule) -> str:
    return (
        f'<line x1="{rule.x1:.2f}" y1="{rule.y1:.2f}" x2="{rule.x2:.2f}" y2="{rule.y2:.2f}" '
        f'stroke="{INKS[rule.ink]}" stroke-width="{rule.weight:g}"/>'
    )


def _frame(frame: Frame) -> str:
    fill = INKS[frame.fill] if frame.fill else "none"
    half = frame.weight / 2
    inner = Box(frame.box.x + half, frame.box.y + half, frame.box.w - frame.weight, frame.box.h - frame.weight)
    return f'<rect {_at(inner)} fill="{fill}" stroke="{INKS[frame.ink]}" stroke-width="{frame.weight:g}"/>'


def _picture(picture: PictureBox) -> str:
    media = escape(picture.media, quote=True)
    return (
        f'<image {_at(picture.box)} href="/api/v1/media/{media}" preserveAspectRatio="xMidYMid slice" '
        f'role="img" aria-label="{escape(picture.alt, quote=True)}"/>'
    )


def _link(no: int, box: Box, href: str, name: str) -> str:
    label = escape(name, quote=True)
    return (
        f'<a href="{escape(href, quote=True)}" aria-label="{label}" class="region" data-slot="{no}">'
        f'<title>{escape(name)}</title><rect {_at(box)} fill="transparent"/></a>'
    )


def _at(box: Box) -> str:
    return f'x="{box.x:.2f}" y="{box.y:.2f}" width="{box.w:.2f}" height="{box.h:.2f}"'
