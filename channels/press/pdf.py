"""Printing set pages to PDF, in a process of its own (`printer`).

That one needs WeasyPrint, and libraries and fonts of the system. Where they are missing, the house runs on and says
what to install.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import structlog

from backend.errors import AppError, Code
from backend.publishing.newspaper.layout.model import PageModel
from channels.press.sheet import as_html

# Debian's packages, and the library that each is there for.
_LIBRARIES = {
    "libpango-1.0-0": "pango-1.0",
    "libpangoft2-1.0-0": "pangoft2-1.0",
    "libharfbuzz-subset0": "harfbuzz-subset",
}
_FONTS_PACKAGE = "fonts-noto-cjk"
_FAMILIES = ("Noto Serif CJK SC", "Noto Sans CJK SC")
_LIST_S, _START_S, _PAGE_S = 30, 60, 30
_ROOT = Path(__file__).parents[2]
# What the other process calls its files; it is not imported here, as it needs what may be missing.
_PAGES, _PRINTED, _ADDRESS = "pages.html", "pages.pdf", "picture:"
_log = structlog.get_logger(__name__)


def missing() -> list[str]:
    """List what has to be installed before anything can be printed: Debian's packages, or `weasyprint` itself."""
    lacking = [package for package, library in _LIBRARIES.items() if ctypes.util.find_library(library) is None]
    if not _has_fonts():
        lacking.append(_FONTS_PACKAGE)
    if importlib.util.find_spec("weasyprint") is None:
        lacking.append("weasyprint (pip)")
    return lacking


def _has_fonts() -> bool:
    lister = shutil.which("fc-list")
    if lister is None:
        return False
    command = [lister, ":lang=zh", "family"]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=_LIST_S, check=False).stdout  # noqa: S603  # a program of the system, with words of our own
    return all(family in listed for family in _FAMILIES)


@cache
def _demand_press() -> None:
    """Raise 503 unless everything is there; once it is, it is not looked for again."""
    lacking = missing()
    if lacking:
        raise AppError(
            Code.UNAVAILABLE,
            503,
            f"这台机器还不能出版面 PDF，缺少：{'、'.join(lacking)}。请管理员运行 make press。",
            data={"findings": [{"missing": each} for each in lacking]},
        )


def print_pages(title: str, pages: Sequence[PageModel], pictures: Mapping[str, bytes]) -> bytes:
    """Print pages of one size to one PDF with its fonts and pictures; where one of these is missing, the page says so.

    It takes a second, and one more for each page: call it by `backend.concurrency.offload`.

    Raises:
        AppError: 503 that names what is not installed, or says that nothing came of it.
    """
    _demand_press()
    with tempfile.TemporaryDirectory(prefix="press-") as name:
        folder = Path(name)
        # A picture is called by its number, so that no id is ever a path.
        numbers = {media_id: str(number) for number, media_id in enumerate(pictures)}
        for media_id, number in numbers.items():
            (folder / number).write_bytes(pictures[media_id])
        html = as_html(title, pages, lambda media_id: _ADDRESS + numbers[media_id] if media_id in numbers else None)
        (folder / _PAGES).write_text(html, encoding="utf-8")
        _run(folder, _START_S + _PAGE_S * len(pages))
        return (folder / _PRINTED).read_bytes()


def _run(folder: Path, limit_s: float) -> None:
    command = [sys.executable, "-m", "channels.press.printer", str(folder)]
    try:
        ended = subprocess.run(command, cwd=_ROOT, env=_env(folder), capture_output=True, timeout=limit_s, check=False)  # noqa: S603  # our own program
    except subprocess.TimeoutExpired:
        raise _nothing_printed("too slow") from None
    if ended.returncode:
        raise _nothing_printed(ended.stderr.decode(errors="replace")[-500:])


def _nothing_printed(why: str) -> AppError:
    _log.error("press.failed", why=why)
    return AppError(Code.UNAVAILABLE, 503, "版面没有印出来，请稍后再试；一再发生请告诉管理员。")


def _env(folder: Path) -> dict[str, str]:
    """Return an environment without the house's secrets."""
    home = os.environ.get("HOME", str(folder))
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": home}
