"""axe-core in a page: what it finds of weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.server import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

SCRIPT = ROOT / "web/node_modules/axe-core/axe.min.js"
needs_axe = pytest.mark.skipif(not SCRIPT.exists(), reason="SKIPPED: axe-core is not installed (make web)")
# What fades in or out is judged as it will stand; what turns without end is left turning.
_SETTLED = """async () => {
    const ends = ({ effect }) => effect?.getComputedTiming().endTime !== Infinity;
    await Promise.allSettled(document.getAnimations().filter(ends).map(({ finished }) => finished));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
_FOUND = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])"""


def bring(context: BrowserContext) -> None:
    """Have axe in every page of a context, which must bypass the pages' policy: that lets nothing be added to them."""
    context.add_init_script(SCRIPT.read_text(encoding="utf-8"))


def weighty(page: Page) -> list[Any]:
    """Return what is serious or critical on the page, with the elements concerned."""
    page.evaluate(_SETTLED)
    found: list[Any] = page.evaluate(_FOUND)
    return found
