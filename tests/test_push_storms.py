"""Broadcasts to many phones: killed in the middle, overtaken by a warning, and with a vendor that is down for long."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from fakes.fcm import FakeFcm
from tests.alerts import office
from tests.support import tables
from tests.support.pushes import Device, breaking, settle
from tests.support.server import Server, wait_until

PHONES, KILLS = 1_600, 3
# At most so many letters of a lane are in a vendor's hands at once: two jobs of five hundred.
IN_HAND = 2 * 500
LEASE_S = 61
ANY_HOUR = {"quiet": {"on": False, "from": "22:00", "to": "07:00"}}
ADD = """
    INSERT INTO device (id, ver, platform, push_token, locale, seen_at, preferences, account_id, target, topics)
    VALUES (:id, 1, 'android', :token, 'zh-CN', CURRENT_TIMESTAMP, :wishes, :account, 'fcm', '["pub"]')
"""


pytestmark = pytest.mark.usefixtures("well_behaved")


def add_phones(server: Server, count: int, account: str | None = None) -> list[str]:
    """Have so many phones in the house, of nobody or of one person; return their tokens."""
    mark, wishes = uuid.uuid4().hex[:8], json.dumps(ANY_HOUR, separators=(",", ":"), sort_keys=True)
    rows = [
        {"id": f"storm-{mark}-{n:05}", "token": f"storm-{mark}-{n:05}", "wishes": wishes, "account": account}
        for n in range(count)
    ]
    tables.run_many(server, ADD, rows)
    return [row["token"] for row in rows]


def rung(vendor: FakeFcm, about: str) -> Counter[str]:
    """Count what each token was handed about a thing."""
    messages = [entry["message"] for entry in vendor.messages(limit=100_000)]
    return Counter(one["token"] for one in messages if one["data"]["id"] == about and "token" in one)


def wait_until_idle(server: Server) -> None:
    """Wait until no push is in hand, and none due that a worker may be about to take.

    What is being taken while the clock moves on would have a lease that has run out by the time it is written.
    """
    open_jobs = "SELECT state, run_at FROM job WHERE kind LIKE 'push.%' AND state IN ('ready', 'leased')"

    def is_idle() -> bool:
        now = server.now()
        return all(state == "ready" and _moment(at) > now for state, at in tables.run(server, open_jobs))

    wait_until(is_idle)


def _moment(read: object) -> datetime:
    """Take a moment from PostgreSQL, or from SQLite, which keeps UTC as text."""
    moment = datetime.fromisoformat(str(read))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def test_a_broadcast_survives_kills_and_is_overtaken_by_a_warning(
    make_server: Callable[..., Server], vendor: FakeFcm
) -> None:
    server = make_server()
    server.move_clock_to(10)
    tokens = add_phones(server, PHONES)
    form = {"title": "全区停水公告", "body": "正文", "category": "other", "towns": []}
    notice = server.staff("office").does("POST", "/office/notices", form)
    server.staff("office2").does("POST", f"/office/notices/{notice['id']}/publish")
    for number in range(KILLS):
        wait_until(lambda number=number: len(rung(vendor, notice["id"])) > 200 + 150 * number)
        server.kill()
        server.start()
        if number < KILLS - 1:
            # What was in hand when it was killed is leased for a minute.
            server.move_clock(LEASE_S)
    # A warning does not wait for that.
    before = len(rung(vendor, notice["id"]))
    made = office.issue(server, info=[office.info(severity="Severe")])
    wait_until(lambda: len(rung(vendor, made["alert"])) == PHONES, 60)
    assert len(rung(vendor, notice["id"])) < PHONES, f"the broadcast stood at {before}, and was through first"
    # The clock may only run out of the leases of those that were killed, and not of what is still in hand.
    warning = "SELECT count(*) FROM job WHERE kind = 'push.alert' AND state <> 'done'"
    wait_until(lambda: tables.run(server, warning) == [(0,)])
    server.move_clock(LEASE_S)
    wait_until(lambda: len(rung(vendor, notice["id"])) == PHONES, 60)
    settle(server)
    told, warned = rung(vendor, notice["id"]), rung(vendor, made["alert"])
    assert set(told) == set(warned) == set(tokens)
    assert set(warned.values()) == {1}
    # What was handed over and not yet written down when it was killed may be handed over once more.
    assert sum(told.values()) - PHONES <= KILLS * IN_HAND
    report = server.staff("editor").does("GET", f"/pushes/notice/{notice['id']}")
    assert (report["planned"], report["states"], report["pending"]) == (PHONES, {"rung": PHONES}, 0)


def test_a_person_whose_phones_lie_far_apart_is_decided_for_once(
    make_server: Callable[..., Server], vendor: FakeFcm
) -> None:
    server = make_server()
    server.move_clock_to(10)
    citizen = server.citizen()
    (first,) = add_phones(server, 1, citizen.id)
    add_phones(server, 1_100)
    (last,) = add_phones(server, 1, citizen.id)
    story = breaking(server)
    wait_until(lambda: len(rung(vendor, story["id"])) == 1_102)
    settle(server)
    counts = rung(vendor, story["id"])
    assert (counts[first], counts[last]) == (1, 1)
    assert tables.run(server, "SELECT used FROM ring_day WHERE whom = :id", id=citizen.id) == [(1,)]


def test_a_vendor_that_is_down_for_ten_minutes_is_left_alone_and_nothing_is_lost(
    make_server: Callable[..., Server], vendor: FakeFcm
) -> None:
    server = make_server()
    server.move_clock_to(10)
    tokens = add_phones(server, 1_500)
    citizen = server.citizen()
    device = Device(vendor, citizen)
    settle(server)
    vendor.rule(on="send", answer="UNAVAILABLE")
    story = breaking(server)
    wait_until(lambda: vendor.stats()["refused"].get("UNAVAILABLE", 0) >= 500)
    case = citizen.does("POST", "/requests", {"service": "manhole", "title": "井盖", "text": "井盖"})
    server.staff("dispatcher").does("POST", f"/desk/requests/{case['id']}/accept")
    for _ in range(20):
        server.move_clock(30)
        wait_until_idle(server)
    refused = vendor.stats()["refused"]["UNAVAILABLE"]
    # 1,501 letters, and each would have been tried again every half minute if all came back at once.
    assert refused < 1_501 * 12, "a storm while the vendor is down"
    vendor.reset()

    def all_rung() -> bool:
        # While something is under way the clock stands: it would run out of its lease.
        wait_until_idle(server)
        server.move_clock(10)
        return len(rung(vendor, story["id"])) == 1_501 and bool(device.rings(case["id"]))

    wait_until(all_rung, 60, 0.3)
    settle(server)
    counts = rung(vendor, story["id"])
    assert set(counts) == {*tokens, device.token}
    assert set(counts.values()) == {1}
    assert len(device.rings(case["id"])) == 1


def test_what_came_too_late_is_dropped_and_counted(make_server: Callable[..., Server], vendor: FakeFcm) -> None:
    server = make_server()
    server.move_clock_to(8)
    add_phones(server, 600)
    vendor.rule(on="send", answer="UNAVAILABLE")
    story = breaking(server)
    # How many are tried before the vendor is left alone depends on how fast they are handed over.
    wait_until(lambda: vendor.stats()["refused"].get("UNAVAILABLE", 0) > 0, 60)
    wait_until_idle(server)
    server.move_clock(4 * 3600 + 60)
    vendor.reset()
    settle(server)
    report = server.staff("editor").does("GET", f"/pushes/article/{story['id']}")
    assert (report["sent"], report["expired"], report["states"]) == (0, 600, {"expired": 600})
    assert rung(vendor, story["id"]) == Counter()
