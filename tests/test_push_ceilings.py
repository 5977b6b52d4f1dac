"""The ceilings of vendors, held by a running house: what a day has no room for is said, what a minute has not waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.fcm import FakeFcm
from tests.support import tables
from tests.support.pushes import settle
from tests.support.server import Server
from tests.support.vendors import Browser, JPushPhone, Vendors, be_idle
from tests.test_push_vendors import breaking, report

A_DAY, A_MINUTE = 2, 4
CEILINGS = f"""
[fcm]
per_minute = 1000
per_device_day = 0
reserve = 0.2
[web_push]
per_minute = {A_MINUTE}
per_device_day = 0
reserve = 0
[jpush]
per_minute = 1000
per_device_day = {A_DAY}
reserve = 0.2
[sms]
per_minute = 1000
per_device_day = 10
reserve = 0.5
[email]
per_minute = 1000
per_device_day = 0
reserve = 0.2
"""


@pytest.fixture(scope="module")
def vendors(vendor: FakeFcm) -> Iterator[Vendors]:
    made = Vendors(vendor)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def house(
    make_server: Callable[..., Server], vendors: Vendors, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    file: Path = tmp_path_factory.mktemp("ceilings") / "ceilings.toml"
    file.write_text(CEILINGS)
    made = make_server(**vendors.env(), PUSH_CEILINGS=str(file))
    made.move_clock_to(10)
    yield made
    assert not (found := made.unexpected()), "\n".join(found)


def test_what_a_minute_has_no_room_for_goes_in_the_next_and_nothing_is_lost(house: Server, vendors: Vendors) -> None:
    browsers = [Browser(vendors) for _ in range(2 * A_MINUTE + 2)]
    for browser in browsers:
        browser.register(house.anonymous())
    # A minute of its own, of which nothing is used yet.
    house.move_clock(60)
    story = breaking(house, "很多人")

    def rung() -> list[int]:
        return [len(browser.rings(story)) for browser in browsers]

    be_idle(house)
    assert A_MINUTE <= sum(rung()) < len(browsers)
    for _ in range(4):
        # The rest comes within twenty seconds of the next minute.
        house.move_clock(60)
        be_idle(house)
    house.move_clock(30)
    settle(house)
    assert rung() == [1] * len(browsers)
    used = tables.run(house, "SELECT max(used) FROM vendor_minute WHERE vendor = 'web_push'")
    assert used == [(A_MINUTE,)]
    assert report(house, story)["sent"] == len(browsers)
    for browser in browsers:
        house.anonymous().does("DELETE", f"/devices/{browser.id}")


def test_a_phone_is_rung_no_more_often_a_day_than_its_vendor_may(house: Server, vendors: Vendors) -> None:
    counted, free = JPushPhone(vendors), Browser(vendors)
    for phone in (counted, free):
        phone.register(house.anonymous())
    stories = []
    for number in range(A_DAY + 1):
        stories.append(breaking(house, f"第{number}条"))
        settle(house)
    assert [len(counted.rings(story)) for story in stories] == [1, 1, 0]
    assert [len(free.rings(story)) for story in stories] == [1, 1, 1]
    last = report(house, stories[-1])
    assert (last["failed"], last["codes"]) == (1, {"day_is_full": 1})
    assert report(house, stories[0])["codes"] == {}
    house.move_clock(24 * 3600)
    # News that nobody reviewed has closed the fast lane by now.
    form = {"title": "停水公告", "body": "正文", "category": "other"}
    notice = house.staff("office").does("POST", "/office/notices", form)["id"]
    house.staff("office2").does("POST", f"/office/notices/{notice}/publish")
    settle(house)
    assert len(counted.rings(notice)) == 1
