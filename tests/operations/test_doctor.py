"""`flask doctor` says what is wrong, and only then that something is."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import tables
from tests.support.server import Server, free_port, postgres_url

Make = Callable[..., Server]


def findings(server: Server, code: int) -> dict[str, list[str]]:
    """Return what it found by its weight; `code` is what it must end with."""
    run = server.flask("doctor", "--json", check=False)
    assert run.returncode == code, run.stdout
    found: dict[str, list[str]] = {"good": [], "look": [], "bad": []}
    for line in run.stdout.splitlines():
        finding = json.loads(line)
        found[finding["level"]].append(f"{finding['about']}: {finding['words']}")
    return found


@pytest.fixture
def house(make_server: Make) -> Server:
    """A house that is not started: nobody does its jobs or mends its files meanwhile."""
    made = make_server(start=False)
    tables.run(made, "UPDATE job SET state = 'done' WHERE state = 'ready'")
    return made


def test_a_house_in_order_has_nothing_bad(house: Server) -> None:
    found = findings(house, 0)
    assert found["bad"] == []
    about = " ".join(found["good"])
    for word in ("packages", "clock", "database", "jobs", "log", "disk", "keys", "FCM"):
        assert word in about


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("UPDATE alembic_version SET version_num = '0001'", "prepare"),
        (f"UPDATE sync_head SET event_hash = '{'0' * 64}'", "不可信"),
        ("UPDATE job SET state = 'ready', run_at = '2020-01-01 00:00:00+00:00'", "worker"),
    ],
)
def test_what_is_wrong_in_the_database_is_named(house: Server, statement: str, word: str) -> None:
    tables.run(house, statement)
    (bad,) = findings(house, 1)["bad"]
    assert word in bad


def test_a_key_that_others_can_read_is_named(house: Server) -> None:
    (house.data_dir / "vapid.pem").chmod(0o644)
    (bad,) = findings(house, 1)["bad"]
    assert "vapid.pem" in bad


def test_a_vendor_that_nobody_reaches_is_named_without_its_secrets(house: Server) -> None:
    house.env |= {"SMS_URL": f"http://127.0.0.1:{free_port()}/send", "SMS_TOKEN": "a-token-that-is-secret"}
    (bad,) = findings(house, 1)["bad"]
    assert "SMS_URL" in bad
    with socket.create_server(("127.0.0.1", 0)) as there:
        house.env |= {"SMS_URL": f"http://127.0.0.1:{there.getsockname()[1]}/send"}
        found = findings(house, 0)
    assert any("SMS_URL" in each for each in found["good"])
    assert "a-token-that-is-secret" not in str(found)


def test_in_earnest_the_open_network_wants_tls(house: Server) -> None:
    tables.run(house, "UPDATE account SET demo = false")
    house.env |= {"DEMO": "0", "SMS_URL": "http://127.0.0.1:9/send", "PUBLIC_URL": "http://news.example.org"}
    assert any("https" in each for each in findings(house, 1)["bad"])


def test_a_database_that_is_gone_is_a_finding_and_no_crash(house: Server) -> None:
    house.env |= {"DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none"}
    found = findings(house, 1)
    assert any(each.startswith("数据库") for each in found["bad"])
    assert any("disk" in each for each in found["good"])


@pytest.mark.skipif(not postgres_url(), reason="needs PostgreSQL")
def test_a_pg_dump_that_is_older_than_the_database_is_named(make_server: Make, tmp_path: Path) -> None:
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n", encoding="utf-8")
    program.chmod(0o755)
    old = make_server(start=False, PATH=f"{tmp_path}:{os.environ['PATH']}")
    tables.run(old, "UPDATE job SET state = 'done' WHERE state = 'ready'")
    (bad,) = findings(old, 1)["bad"]
    assert "pg_dump 9" in bad
