"""The press: draws set pages to PDF for the printer and to SVG for the web 数字报. It decides nothing of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.publishing.newspaper.layout.model import PageModel
from channels.press import pdf, web


class HousePress:
    """The press of this house, as `backend.publishing.newspaper.press.Press` asks for it."""

    def print_pages(self, title: str, pages: Sequence[PageModel], pictures: Mapping[str, bytes]) -> bytes:
        """Print pages to one PDF."""
        return pdf.print_pages(title, pages, pictures)

    def draw_page(self, page: PageModel, links: Mapping[int, tuple[str, str]], struck: Mapping[int, str]) -> str:
        """Draw a page as SVG."""
        return web.draw_page(page, links, struck)

    def missing(self) -> list[str]:
        """List what has to be installed."""
        return pdf.missing()
