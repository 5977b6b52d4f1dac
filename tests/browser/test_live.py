"""A live blog in the app: who comes late has it in order, and what is said next comes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.live.desk import on_entry, on_live, opened, say, words_of
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page


def told(page: Page) -> list[str]:
    """The entries as they stand, the newest first."""
    return page.locator(".entries .prose").all_inner_texts()


def test_who_comes_late_has_it_in_order_and_follows(server: Server, open_page: Callable[..., Page]) -> None:
    live = opened(server)
    said = [say(server, live) for _ in range(3)]
    page = open_page(f"/#/news/live/{live['id']}")
    page.get_by_role("heading", name=live["headline"], level=1).wait_for()
    page.locator(".entries .prose").nth(2).wait_for()
    assert told(page) == [words_of(one) for one in reversed(said)]

    fourth = say(server, live)
    page.get_by_text(words_of(fourth)).wait_for()
    assert told(page)[0] == words_of(fourth)

    on_entry(server, "editor", said[1], "withdraw", reason="来源撤回")
    page.get_by_text(words_of(said[1])).wait_for(state="detached")
    on_live(server, "editor2", live, "close")
    page.get_by_text("直播已结束").first.wait_for()
    wait_until(lambda: told(page) == [words_of(one) for one in (fourth, said[2], said[0])])
