"""The page at /receipts/check: it checks in the browser, by the server where it cannot, and says what does not hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import OpenPage
from tests.support.server import Server


@pytest.fixture
def files(server: Server, tmp_path: Path) -> dict[str, str]:
    citizen = server.citizen()
    case = citizen.does("POST", "/requests", {"service": "manhole", "title": "井盖松动", "text": "一踩就响。"})
    text = citizen.get(f"/requests/{case['id']}/receipts", params={"texts": "1"}).text
    found = {}
    for name, content in {"good": text, "bad": text.replace("一踩就响", "从来不响"), "none": "不是回执"}.items():
        found[name] = str(tmp_path / f"{name}.receipts.json")
        Path(found[name]).write_text(content, encoding="utf-8")
    return found


def outcome(page: Any, file: str) -> str:
    page.set_input_files("#file", file)
    page.locator("#how", has_text=re.compile("没有上传|没有留存|没有完成")).wait_for()
    return str(page.inner_text("#verdict"))


@pytest.mark.parametrize("by", ["browser", "server"])
def test_the_page_tells_a_good_file_from_one_that_was_changed(
    open_page: OpenPage, files: dict[str, str], by: str
) -> None:
    page = open_page("/receipts/check")
    if by == "server":
        page.evaluate("() => { crypto.subtle.importKey = () => Promise.reject(new Error('no Ed25519')); }")
    assert "完整可信" in outcome(page, files["good"])
    assert ("没有上传" if by == "browser" else "服务器") in page.inner_text("#how")
    assert page.locator("#steps li").count() == 1
    assert "不可信" in outcome(page, files["bad"])
    assert page.locator("#checks .bad").count() == 2
    assert "不可信" in outcome(page, files["none"])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
