"""A real browser for the measures that need one, and how somebody signs in at the desks there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.report import Section

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def installed(section: Section) -> str | None:
    """Return where Chromium is; without one, say so in the section."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        section.notes.append("Chromium is not installed; nothing was measured.")
    return program


@contextmanager
def browsing(program: str) -> Iterator[Browser]:
    """Run the browser until the block ends."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # a tool of the tests; the bench does without it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield browser
        browser.close()


def sign_in_at_desk(page: Page, base: str, who: str) -> None:
    """Open the desks and sign in there by the form, with a demo password."""
    page.goto(f"{base}/desk")
    page.get_by_label("用户名").fill(who)
    page.get_by_label("密码").fill(f"demo-{who}")
    page.get_by_role("button", name="登录").click()
