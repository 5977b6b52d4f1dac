"""Pages in print and on the web: real PDF with its fonts and pictures, and SVG that shows the same lines."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET

import pypdfium2
import pytest
from PIL import Image
from pypdfium2 import raw

from backend.publishing.newspaper.layout.formats import PAPER
from backend.publishing.newspaper.layout.model import PT, PageModel
from backend.publishing.newspaper.layout.page import set_page
from channels.press import HousePress
from channels.press.pdf import missing, print_pages
from tests.channels import paper_demo as demo
from tests.support.server import ROOT

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"the press is not installed: {missing()}")
_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def pages() -> list[PageModel]:
    return [set_page(demo.SHEET, PAPER, demo.FACTS, demo.plan(number)) for number in (1, 2)]


@pytest.fixture(scope="module")
def pdf(pages: list[PageModel]) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(print_pages("宝山融媒", pages, demo.PICTURES))


def written(text: str) -> str:
    return "".join(text.split())


def said_by(page: PageModel) -> str:
    lines = [*page.furniture, *(line for slot in page.slots for line in slot.lines)]
    return written("".join(line.text for line in lines))


def assert_says(printed: pypdfium2.PdfPage, page: PageModel) -> None:
    """Everything stands on the page, each slot's text in one piece, and nothing more."""
    said = written(printed.get_textpage().get_text_range())
    assert len(said) == len(said_by(page))
    for slot in page.slots:
        assert written("".join(line.text for column in slot.columns for line in column)) in said
        assert written("".join(line.text for line in slot.headline)) in said
    for line in page.furniture:
        assert written(line.text) in said


def test_each_page_of_the_paper_is_a_page_of_the_pdf_at_its_size(
    pdf: pypdfium2.PdfDocument, pages: list[PageModel]
) -> None:
    assert len(pdf) == len(pages)
    for index, page in enumerate(pages):
        width, height = pdf[index].get_size()
        assert width == pytest.approx(page.width / PT, abs=0.6)
        assert height == pytest.approx(page.height / PT, abs=0.6)


def test_the_text_of_the_pdf_is_that_of_the_slots(pdf: pypdfium2.PdfDocument, pages: list[PageModel]) -> None:
    for index, page in enumerate(pages):
        assert_says(pdf[index], page)


def test_all_fonts_are_in_the_file(pdf: pypdfium2.PdfDocument) -> None:
    fonts = {}
    for index in range(len(pdf)):
        for item in pdf[index].get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
            font = raw.FPDFTextObj_GetFont(item.raw)
            name = bytes(256)
            raw.FPDFFont_GetBaseFontName(font, name, len(name))
            fonts[name.split(b"\0")[0].decode()] = raw.FPDFFont_GetIsEmbedded(font)
    assert set(fonts.values()) == {1}
    assert len(fonts) >= 4
    assert all("Noto" in name and "CJK" in name for name in fonts), fonts


def test_characters_stand_where_they_were_set(pdf: pypdfium2.PdfDocument, pages: list[PageModel]) -> None:
    """The widths by which lines are broken are the fonts' own: no line is longer in print than it was set."""
    for index, page in enumerate(pages):
        height = pdf[index].get_size()[1]
        text = pdf[index].get_textpage()
        for slot in page.slots:
            for column in slot.columns:
                for line in column:
                    base = height - line.y / PT
                    box = (line.x / PT - 1, base - line.size * 0.2, (line.x + line.w) / PT + 1, base + line.size)
                    assert written(text.get_text_bounded(*box)) == written(line.text)


def test_pictures_are_printed(pdf: pypdfium2.PdfDocument, pages: list[PageModel]) -> None:
    for index, page in enumerate(pages):
        images = list(pdf[index].get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]))
        assert len(images) == sum(slot.picture is not None for slot in page.slots) > 0


def test_a_page_is_inked_where_it_should_be(pdf: pypdfium2.PdfDocument, pages: list[PageModel]) -> None:
    scale = 1.5
    image: Image.Image = pdf[0].render(scale=scale).to_pil().convert("L")
    for slot in pages[0].slots:
        for column in slot.columns:
            for line in (column[0], column[-1]):
                left, right = line.x / PT * scale, (line.x + line.w) / PT * scale
                top, bottom = (line.y - line.size * PT * 0.8) / PT * scale, line.y / PT * scale
                darkest, _ = image.crop((int(left), int(top), int(right), int(bottom))).getextrema()
                assert darkest < 130
    # The outer margin stays white.
    assert image.crop((0, 0, 40, image.height)).getextrema()[0] > 250


def test_a_picture_that_is_missing_is_seen_to_be(pages: list[PageModel]) -> None:
    printed = pypdfium2.PdfDocument(print_pages("宝山融媒", pages[:1], {}))
    assert not list(printed[0].get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]))
    assert "图片缺失：江上的桥" in printed[0].get_textpage().get_text_range()


def test_words_that_look_like_markup_are_printed_as_words() -> None:
    plan = demo.plan(2)
    evil = '<img src="file:///etc/passwd"> & <b>粗体</b>'
    article = plan.slots[3].article
    assert article is not None
    changed = type(article)(article.headline, article.byline, evil, None)
    slot = type(plan.slots[3])(4, "story", 0, 54, 2, 22, 2, 14, changed)
    page = set_page(demo.SHEET, PAPER, demo.FACTS, type(plan)(2, "民生", (slot,)))
    printed = pypdfium2.PdfDocument(print_pages("x", [page], {}))
    assert written(evil) in written(printed[0].get_textpage().get_text_range())
    drawn = HousePress().draw_page(page, {4: ("#slot-4", evil)}, {})
    assert evil in "".join(ET.fromstring(drawn).itertext())


def test_the_drawing_for_the_web_shows_the_same_lines(pages: list[PageModel]) -> None:
    for page in pages:
        root = ET.fromstring(HousePress().draw_page(page, {}, {}))
        assert written("".join(text.text or "" for text in root.iter(f"{_SVG}text"))) == said_by(page)
        assert not [item for item in root.iter() if "style" in item.attrib or item.tag == f"{_SVG}style"]
        assert len(list(root.iter(f"{_SVG}image"))) == sum(slot.picture is not None for slot in page.slots)


def test_regions_are_links_that_are_called_by_their_headlines(pages: list[PageModel]) -> None:
    links = {1: ("/#/news/abc", "滨江步行桥昨日合龙"), 2: ("#slot-2", "老旧小区换新颜")}
    root = ET.fromstring(HousePress().draw_page(pages[0], links, {}))
    found = [(link.get("href"), link.get("aria-label")) for link in root.iter(f"{_SVG}a")]
    assert found == list(links.values())


def test_a_slot_that_was_struck_out_shows_nothing_of_what_stood_there(pages: list[PageModel]) -> None:
    gone = next(slot for slot in pages[0].slots if slot.picture is not None)
    drawn = HousePress().draw_page(pages[0], {}, {gone.no: "已撤稿"})
    root = ET.fromstring(drawn)
    said = written("".join(text.text or "" for text in root.iter(f"{_SVG}text")))
    assert "已撤稿" in said
    assert gone.headline[0].text not in said
    assert gone.picture is not None
    shown = sum(slot.picture is not None for slot in pages[0].slots)
    assert len(list(root.iter(f"{_SVG}image"))) == shown - 1


def test_where_the_press_is_not_installed_it_says_what_is_missing_and_everything_else_works() -> None:
    program = (
        "import sys\n"
        "from backend.errors import AppError\n"
        "from backend.publishing.newspaper.layout.formats import PAPER\n"
        "from backend.publishing.newspaper.layout.page import set_page\n"
        "from channels.press import HousePress\n"
        "from tests.channels import paper_demo as demo\n"
        "page = set_page(demo.SHEET, PAPER, demo.FACTS, demo.plan(2))\n"
        "assert '<svg' in HousePress().draw_page(page, {}, {})\n"
        "try:\n"
        "    HousePress().print_pages('x', [page], {})\n"
        "except AppError as refused:\n"
        "    print(refused.status, refused.detail)\n"
        "print('weasyprint' in sys.modules)\n"
    )
    # Without the programs of the system nobody can tell which fonts there are.
    env = {"PATH": "/nowhere", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "503" in said
    assert "fonts-noto-cjk" in said
    assert "make press" in said
    assert said.endswith("False\n")
    assert HousePress().missing() == []
