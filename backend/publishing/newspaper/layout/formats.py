"""Formats of the paper, sizes of type and the words of its masthead, as data that a centre may change."""

from __future__ import annotations

from dataclasses import dataclass

from backend.publishing.newspaper.layout.model import PT, Box

# Body type, and the pitch of the grid of baselines that everything on a page stands on.
BODY_SIZE = 9.0
PITCH = 4.6
BYLINE_SIZE = 8.5
CAPTION_SIZE = 7.5
# Headlines have one of these sizes.
HEADLINE_SIZES = (12, 13, 14, 15, 16, 18, 20, 22, 24, 26, 28, 30, 33, 36, 40, 44, 48, 54, 60, 66)
HEADLINE_LEADING = 1.24
# From this size on a headline has serifs 宋体, below it none 黑体.
SERIF_FROM = 24
MAX_HEADLINE_LINES = 3
RED = "red"
GREY = "grey"


@dataclass(frozen=True, slots=True)
class PageFormat:
    """A sheet: its size, its margins, and a grid of columns across and of lines down.

    `column_cells` is how many characters stand in a line of one column. `head` is the height of the running head,
    `masthead` that of the first page's; below either the grid begins.
    """

    id: str
    name: str
    width: float
    height: float
    side: float
    top: float
    head: float
    masthead: float
    columns: int
    column_cells: int
    rows: int
    first_rows: int

    @property
    def text_width(self) -> float:
        """The width of the grid."""
        return self.width - 2 * self.side

    @property
    def column(self) -> float:
        """The width of one column."""
        return self.column_cells * BODY_SIZE * PT

    @property
    def gutter(self) -> float:
        """What is between two columns."""
        return (self.text_width - self.columns * self.column) / (self.columns - 1)

    def rows_of(self, page_no: int) -> int:
        """Return how many lines the grid of a page has."""
        return self.first_rows if page_no == 1 else self.rows

    def grid_top(self, page_no: int) -> float:
        """Return where the grid of a page begins."""
        return self.top + (self.masthead if page_no == 1 else self.head)

    def box(self, page_no: int, x: int, y: int, w: int, h: int) -> Box:
        """Return the rectangle of some columns and lines of a page's grid."""
        unit = self.column + self.gutter
        return Box(self.side + x * unit, self.grid_top(page_no) + y * PITCH, w * unit - self.gutter, h * PITCH)


FORMATS = {
    each.id: each
    for each in (
        PageFormat(
            id="tabloid",
            name="四开",
            width=280,
            height=390,
            side=14,
            top=12,
            head=14.6,
            masthead=60.6,
            columns=6,
            column_cells=12,
            rows=76,
            first_rows=66,
        ),
        PageFormat(
            id="broadsheet",
            name="对开",
            width=390,
            height=550,
            side=16,
            top=14,
            head=16,
            masthead=76,
            columns=8,
            column_cells=13,
            rows=110,
            first_rows=97,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Paper:
    """The newspaper, as its masthead says it."""

    name: str
    latin: str
    publisher: str
    motto: str
    address: str
    house_ad: tuple[str, ...]


PAPER = Paper(
    name="宝山融媒",
    latin="BAOSHAN RONGMEI",
    publisher="上海市宝山区融媒体中心主办",
    motto="贴近基层 服务居民",
    address="客户端：融汇宝山",
    house_ad=("公益广告", "讲文明 树新风", "滨江宝山 你我同行"),
)
