"""What is swept once a day, on a server whose clock is moved."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.server import Server, wait_until
from tests.sync.database import rows

MONTH_S = 31 * 24 * 3600


@pytest.fixture(scope="module")
def aged(make_server: Callable[..., Server]) -> Server:
    """Give a server on which somebody signed in, and then a month went by."""
    server = make_server()
    citizen = server.citizen()
    citizen.does("PUT", "/devices/aged-phone", {"platform": "android", "push_token": "token-aged", "locale": "zh-CN"})
    server.phone(citizen).catch_up()
    server.move_clock(MONTH_S)
    wait_until(lambda: rows(server, "SELECT floor FROM sync_head WHERE floor > 0"), timeout=30)
    return server


def test_the_tail_of_the_change_log_is_cut_and_old_cursors_are_sent_to_a_snapshot(aged: Server) -> None:
    refused = aged.anonymous().get("/sync/changes", params={"since": 1, "streams": "pub"})
    assert (refused.status_code, refused.json()["code"]) == (410, "resync")
    phone = aged.phone()
    phone.catch_up()
    assert phone.equals_server()


def test_history_is_never_swept(aged: Server) -> None:
    assert aged.flask("verify-log").returncode == 0
    assert rows(aged, "SELECT count(*) FROM event WHERE seq = 1")[0][0] == 1


def test_codes_and_spent_credentials_are_forgotten(aged: Server) -> None:
    assert rows(aged, "SELECT count(*) FROM login_code")[0][0] == 0
    assert rows(aged, "SELECT count(*) FROM idempotency_answer")[0][0] == 0


def test_a_sign_in_that_nobody_can_renew_ends_and_its_phone_rings_for_nobody(aged: Server) -> None:
    assert rows(aged, "SELECT DISTINCT end_reason FROM login_session") == [("expired",)]
    assert rows(aged, "SELECT account_id FROM device WHERE id = 'aged-phone'") == [(None,)]


def test_the_next_day_is_asked_for(aged: Server) -> None:
    waiting = rows(aged, "SELECT count(*) FROM job WHERE kind = 'housekeeping' AND state = 'ready'")
    assert waiting[0][0] == 1
