"""What the house asks of whoever draws its pages; the composition root brings it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from backend.publishing.newspaper.layout.model import PageModel


class Press(Protocol):
    """Draws set pages."""

    def print_pages(self, title: str, pages: Sequence[PageModel], pictures: Mapping[str, bytes]) -> bytes:
        """Print pages to one PDF.

        Raises:
            AppError: 503 that names what is not installed.
        """

    def draw_page(self, page: PageModel, links: Mapping[int, tuple[str, str]], struck: Mapping[int, str]) -> str:
        """Draw a page as SVG for the web.

        `links` has for each slot that opens something where it leads, and what the link is called; `struck` has the
        words that stand over a slot whose text is not shown any more.
        """

    def missing(self) -> list[str]:
        """List what has to be installed before anything can be printed."""
