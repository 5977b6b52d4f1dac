"""What people do in front of the page, and behind it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from scenario.people import Person, sign_in_citizen
from tests.support.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


class Newsroom:
    """Two people of the house, as every story needs two."""

    def __init__(self, server: Server) -> None:
        self.author, self.signer = server.staff("editor"), server.staff("duty")

    def break_news(self, headline: str) -> str:
        """Publish breaking news over the fast lane and return its id."""
        form = {
            "headline": headline,
            "text": "现场处置正在进行，请附近车辆绕行。",
            "source": {"name": "区应急管理局现场指挥部", "kind": "official", "verified": True},
            "reason": "影响出行，需立即告知",
        }
        story = self.author.does("POST", "/editor/breaking", form)
        return str(self.signer.does("POST", f"/editor/breaking/{story['id']}/sign")["article_id"])

    def correct(self, story: str, headline: str, note: str) -> None:
        self.author.does("POST", f"/editor/stories/{story}/correct", {"headline": headline, "note": note})
        self.signer.does("POST", f"/editor/stories/{story}/correct/sign")

    def withdraw(self, story: str) -> None:
        self.signer.does("POST", f"/editor/stories/{story}/withdraw", {"reason": "来源撤回"})


def some_headline(words: str) -> str:
    """Make a headline that no other test has."""
    return f"快讯：{words}{uuid.uuid4().hex[:6]}"


def some_citizen(server: Server) -> tuple[str, Person]:
    """Return a number nobody has, and its citizen, who is signed in elsewhere too."""
    number = f"138{uuid.uuid4().int % 10**8:08}"
    citizen = sign_in_citizen(server.url, f"+86{number}")
    # The next code for the same number is a minute away.
    server.move_clock(61)
    return number, citizen


def sign_in(page: Page, phone: str) -> None:
    """Sign in on the page, by the code that the demo shows."""
    page.goto("/#/me")
    page.get_by_label("手机号").fill(phone)
    page.get_by_role("button", name="获取验证码").click()
    hint = page.locator(".demo:not(:empty)").first.inner_text()
    code = page.get_by_label("验证码")
    code.fill("".join(letter for letter in hint if letter.isdigit()))
    page.get_by_role("button", name="登录", exact=True).click()
    code.wait_for(state="detached")
