"""What an issue may go through, who may sign it, and which slots a page can have. No database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import Any

from backend.errors import AppError, Code, invalid
from backend.newsroom.machine import Guard, Machine, Way
from backend.publishing.newspaper.layout.formats import FORMATS, PageFormat

CHANNEL = "newspaper"
# How long before the press deadline an unsigned issue is reported.
NEAR = timedelta(minutes=30)
KINDS = {"story": "稿件", "notice": "更正启事", "house_ad": "自办广告", "blank": "留白"}
NOTICE_HEADLINE = "更正启事"
# Narrower columns than this hold no Chinese text.
FEWEST_CELLS = 8
LOWEST_ROWS = 4
MAX_SLOTS = 24
LAY_OUT, SIGN = "paper.lay_out", "paper.sign"


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What the guards look at. Slots are named as `A01-3`."""

    unfilled: tuple[str, ...] = ()
    overset: tuple[str, ...] = ()
    uncleared: tuple[str, ...] = ()
    signer_laid_out: bool = False
    placeable: bool = True
    placed_elsewhere: bool = False
    printed_before: bool = False
    has_story: bool = True


FILLED: Guard[PaperFacts] = Guard(
    "slots_filled", lambda f: not f.unfilled, "还有版位没有稿件。", "每个版位都排上稿件，或标为自办广告、留白"
)
NO_OVERSET: Guard[PaperFacts] = Guard(
    "no_overset", lambda f: not f.overset, "还有版位溢文。", "删减文字、改小标题，或加大版位"
)
ALL_CLEARED: Guard[PaperFacts] = Guard(
    "all_cleared",
    lambda f: not f.uncleared,
    "版面上还有没有签发放行的稿件。",
    "每份报纸版面稿都完成签发并放行，再签版",
    Code.EXAM_REQUIRED,
)
OTHER_PERSON: Guard[PaperFacts] = Guard(
    "other_person",
    lambda f: not f.signer_laid_out,
    "排版的人不能签自己排的版。",
    "由另一位值班总编签版",
    Code.SAME_PERSON,
)
PAGE_SLOT: Guard[PaperFacts] = Guard(
    "page_slot", lambda f: f.placeable, "这不是报纸版面稿，或母稿已撤。", "选一份报纸版面稿，母稿须没有撤稿"
)
NOT_ELSEWHERE: Guard[PaperFacts] = Guard(
    "placed_once", lambda f: not f.placed_elsewhere, "这份稿已经排在别的版位上。", "先从那个版位取下"
)
NOT_PRINTED: Guard[PaperFacts] = Guard(
    "not_printed", lambda f: not f.printed_before, "这份稿已经见报。", "要再登，请改写后另行送审"
)
HAS_STORY: Guard[PaperFacts] = Guard(
    "has_story", lambda f: f.has_story, "这个版位上没有稿件，没有可以移动的。", "选一个排了稿件的版位"
)
OPEN = ("planning", "layout")
BEFORE_PRINT = (*OPEN, "page_proof", "signed", "at_press")
_STANDING = (FILLED, NO_OVERSET)
ISSUE: Machine[PaperFacts] = Machine(
    name="issue",
    noun="这一期报纸",
    states={
        "planning": "策划中",
        "layout": "排版中",
        "page_proof": "看大样",
        "signed": "已签版",
        "at_press": "已付印",
        "printed": "已见报",
    },
    start=("planning",),
    ways=(
        Way("edit", (*OPEN, "page_proof", "signed"), None, LAY_OUT, "修改期次"),
        Way("change_slots", OPEN, None, LAY_OUT, "改版位"),
        Way("place", OPEN, "layout", LAY_OUT, "排稿", (PAGE_SLOT, NOT_ELSEWHERE, NOT_PRINTED)),
        Way("take_out", OPEN, None, LAY_OUT, "撤下版位稿件"),
        Way("move", ("layout",), None, LAY_OUT, "移动或对调", (HAS_STORY,)),
        Way("mark", OPEN, "layout", LAY_OUT, "标注版位"),
        Way("proof", ("layout",), "page_proof", LAY_OUT, "出大样", _STANDING),
        Way("reopen", ("page_proof",), "layout", LAY_OUT, "退回排版"),
        Way("sign", ("page_proof",), "signed", SIGN, "签版", (OTHER_PERSON, *_STANDING, ALL_CLEARED)),
        Way("recall", ("signed",), "layout", SIGN, "撤回签版"),
        Way("press", ("signed",), "at_press", LAY_OUT, "付印", (ALL_CLEARED,)),
        Way("printed", ("at_press",), "printed", LAY_OUT, "登记见报"),
        # A withdrawal waits for nobody; machines that run already are stopped by people, who get an alarm.
        Way("pull", BEFORE_PRINT, "layout", None, "撤稿换版"),
    ),
    ends=("printed",),
)


def label(page_no: int, slot_no: int) -> str:
    """Name a slot as people of the newsroom do."""
    return f"A{page_no:02}-{slot_no}"


def external_id(date: str, page_no: int, slot_no: int) -> str:
    """Return what a receipt calls a slot."""
    return f"{date}/A{page_no:02}/{slot_no}"


def page_url(date: str, page_no: int) -> str:
    """Return the address of a page in the 数字报."""
    return f"/paper/{date}/{page_no}"


def demand_grid(sheet_id: str, page_no: int, slots: Sequence[Mapping[str, Any]]) -> None:
    """Refuse slots that leave the grid, overlap, or are too narrow.

    Raises:
        AppError: 422 that names the slot's field.
    """
    sheet = FORMATS[sheet_id]
    if len({slot["no"] for slot in slots}) < len(slots):
        raise invalid("slots", "mismatch", "版位号重复了")
    for at, slot in enumerate(slots):
        _demand_slot(sheet, page_no, f"slots.{at}", slot)
    for (_, first), (at, second) in combinations(enumerate(slots), 2):
        if _overlap(first, second):
            raise invalid(f"slots.{at}", "mismatch", f"{second['no']} 号位与 {first['no']} 号位重叠")


def _demand_slot(sheet: PageFormat, page_no: int, field: str, slot: Mapping[str, Any]) -> None:
    rows = sheet.rows_of(page_no)
    if slot["x"] + slot["w"] > sheet.columns:
        raise invalid(f"{field}.w", "mismatch", f"这一版只有 {sheet.columns} 栏")
    if slot["y"] + slot["h"] > rows:
        raise invalid(f"{field}.h", "mismatch", f"这一版只有 {rows} 行")
    if cells_of(sheet, slot["w"], slot["columns"]) < FEWEST_CELLS:
        raise invalid(f"{field}.columns", "mismatch", f"每栏至少 {FEWEST_CELLS} 字")
    if slot["picture_columns"] > slot["columns"]:
        raise invalid(f"{field}.picture_columns", "mismatch", "图片不能比版位还宽")


def cells_of(sheet: PageFormat, w: int, columns: int) -> int:
    """Return how many characters stand in a line of a slot."""
    width = w * sheet.column + (w - 1) * sheet.gutter
    measure = (width - (columns - 1) * sheet.gutter) / columns
    return int(measure / (sheet.column / sheet.column_cells) + 1e-6)


def _overlap(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    apart_x = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
    return not (apart_x or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"])


def demand(command: str, state: str, facts: PaperFacts) -> str:
    """Return the state that a command leads to; a refusal names the slots that it is about.

    Raises:
        AppError: 409.
    """
    try:
        return ISSUE.step(command, state, facts)
    except AppError as refused:
        about = {FILLED.name: facts.unfilled, NO_OVERSET.name: facts.overset, ALL_CLEARED.name: facts.uncleared}
        slots = about.get(refused.data.get("guard", ""))
        if slots:
            refused.data["findings"] = [{"slot": slot} for slot in slots]
        raise
