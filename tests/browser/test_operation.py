"""The page of figures at /operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

OpenPage = Callable[..., "Page"]
FIGURES = 14
DESK = {"width": 1280, "height": 900}


def signed_in(open_page: OpenPage, who: str = "chief") -> Page:
    page = open_page("/operation")
    page.get_by_label("用户名").fill(who)
    page.get_by_label("密码").fill(f"demo-{who}")
    page.get_by_role("button", name="登录").click()
    # They are drawn one after the other.
    wait_until(lambda: page.locator(".figure:has(.chart > *)").count() == FIGURES)
    return page


def test_every_figure_has_a_chart_and_its_table_behind_it(open_page: OpenPage) -> None:
    page = signed_in(open_page)
    assert page.locator(".figure").count() == FIGURES
    for figure in page.locator(".figure").all():
        assert figure.locator(".chart svg, .chart .none").count() == 1
        figure.locator("summary").click()
        # The table is drawn when it is opened.
        figure.locator("table thead th").first.wait_for()
        assert figure.locator("table thead th").count() > 1
    charts = page.locator(".figure .chart svg")
    assert charts.count() > 8
    assert all(page.eval_on_selector_all(".chart svg", "all => all.map(one => one.getAttribute('aria-label'))"))
    assert "演示数据" in page.locator("#demo").inner_text()


def test_a_hidden_cell_says_why(open_page: OpenPage) -> None:
    page = signed_in(open_page)
    page.locator("#arrival_by_hour summary").click()
    hidden = page.locator("#arrival_by_hour td.hidden-cell")
    hidden.first.wait_for()
    assert hidden.count() > 0
    assert hidden.first.inner_text() == "不足 5 人，不显示"
    assert "不足 5 人" in page.locator("#arrival_by_hour .note").inner_text()


def test_the_numbers_are_those_of_the_answer(server: Server, open_page: OpenPage) -> None:
    page = signed_in(open_page)
    page.get_by_role("button", name="30 天").click()
    found = server.staff("chief").does("GET", "/kitchen/operation")
    figure = next(each for each in found["figures"] if each["id"] == "reads_by_section")
    wait_until(lambda: page.locator("#state").inner_text().startswith(found["from"]))
    page.locator("#reads_by_section summary").click()
    page.locator("#reads_by_section tbody tr").first.wait_for()
    shown = page.locator("#reads_by_section tbody tr").all_inner_texts()
    for text, line in zip(shown, figure["rows"], strict=True):
        assert text.split("\t")[0].strip() == line["label"]
        assert f"{line['values'][0]['value']:,}" in text


def test_a_table_comes_as_a_file(open_page: OpenPage) -> None:
    page = signed_in(open_page)
    page.locator("#active_days summary").click()
    with page.expect_download() as download:
        page.locator("#active_days").get_by_role("button", name="下载 CSV").click()
    assert download.value.suggested_filename.startswith("active_days_")
    assert download.value.path().read_bytes().startswith("\ufeff日期,手机".encode())


def test_who_may_not_read_them_is_told_so(open_page: OpenPage) -> None:
    page = open_page("/operation")
    page.get_by_label("用户名").fill("reporter")
    page.get_by_label("密码").fill("demo-reporter")
    page.get_by_role("button", name="登录").click()
    page.wait_for_selector("#state.bad")
    assert "没有这项权限" in page.locator("#state").inner_text()
    page.get_by_role("button", name="退出").click()
    page.get_by_label("用户名").wait_for()
    assert page.locator(".figure").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits(context: BrowserContext, open_page: OpenPage, width: int) -> None:
    page = signed_in(open_page)
    page.set_viewport_size({"width": width, "height": 900})
    for figure in page.locator(".figure").all():
        figure.locator("summary").click()
    wait_until(lambda: page.evaluate("document.documentElement.scrollWidth") == width)
