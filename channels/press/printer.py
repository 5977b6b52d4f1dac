"""The process that prints: `python -m channels.press.printer FOLDER` makes `pages.pdf` of the folder's `pages.html`.

It is a process of its own because WeasyPrint works in Python for seconds, and because the libraries below it are not
made for the threads of a server: what breaks here ends one print, and nothing else.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import weasyprint  # type: ignore[import-untyped]  # it ships no types
from weasyprint.urls import URLFetcher, URLFetcherResponse  # type: ignore[import-untyped]  # as above

PAGES, PRINTED = "pages.html", "pages.pdf"
ADDRESS = "picture:"
# Pictures are printed at this many dots per inch: finer than newsprint shows.
_DPI = 220
_JPEG_QUALITY = 85


class _Pictures(URLFetcher):  # type: ignore[misc]  # for the same reason
    """Gives the page's own pictures and nothing else: no text of a page can make the press call anywhere."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def fetch(self, url: str, headers: Any = None) -> Any:
        """Return a picture of the folder."""
        name = url.removeprefix(ADDRESS)
        if not url.startswith(ADDRESS) or not name.isdecimal():
            raise ValueError(url)
        return URLFetcherResponse(url, (self._folder / name).read_bytes())


def main(folder: Path) -> None:
    """Print."""
    # It speaks of every font it embeds; what is wrong it raises.
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    document = weasyprint.HTML(filename=folder / PAGES, url_fetcher=_Pictures(folder))
    document.write_pdf(folder / PRINTED, optimize_images=True, jpeg_quality=_JPEG_QUALITY, dpi=_DPI)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
