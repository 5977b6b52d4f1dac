"""What vendors take: the file that says it, and the count that all processes share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa

from backend.config import BadSetting
from backend.db import Engine
from backend.inbox.allowance import VendorMinute, forget_minutes, take
from notifications.ceilings import HOUSE, VENDORS, Ceiling, load_ceilings
from tests.support.server import ScratchDatabase, postgres_url, wait_until

NOW = datetime(2019, 8, 2, 1, 0, 30, tzinfo=UTC)

# The file


def test_the_house_has_a_ceiling_for_each_vendor() -> None:
    ceilings = load_ceilings()
    assert ceilings.keys() == VENDORS
    assert ceilings["fcm"] == Ceiling(600_000, 0, 0.2)
    assert ceilings["sms"].per_device_day == 10
    assert all(0 < one.of_minute(alert=False) < one.of_minute(alert=True) for one in ceilings.values())


@pytest.mark.parametrize(
    ("ceiling", "others", "alerts"),
    [
        (Ceiling(600, 0, 0.2), 480, 600),
        (Ceiling(600, 0, 0.0), 600, 600),
        # What is no warning is never starved altogether.
        (Ceiling(1, 0, 0.9), 1, 1),
        (Ceiling(10, 0, 0.99), 1, 10),
    ],
)
def test_a_share_of_the_minute_is_kept_for_warnings(ceiling: Ceiling, others: int, alerts: int) -> None:
    assert (ceiling.of_minute(alert=False), ceiling.of_minute(alert=True)) == (others, alerts)


def test_another_file_takes_its_place(tmp_path: Path) -> None:
    other = tmp_path / "ceilings.toml"
    other.write_text(HOUSE.read_text().replace("per_minute = 600_000", "per_minute = 7"))
    assert load_ceilings(other)["fcm"] == Ceiling(7, 0, 0.2)
    assert load_ceilings(other)["jpush"] == load_ceilings()["jpush"]


FCM = "per_minute = 600_000\nper_device_day = 0\nreserve = 0.2"


@pytest.mark.parametrize(
    ("found", "replacement", "named"),
    [
        ("[fcm]", "[fcm", "TOML"),
        ("[fcm]", "[apns]", "apns、fcm"),
        ("[fcm]", "[[fcm]]", "fcm"),
        (FCM, "per_minute = 1", "fcm"),
        (FCM, FCM + "\nper_hour = 1", "fcm"),
        *((FCM, FCM.replace("600_000", value), "per_minute") for value in ("0", "-1", "1.5", "true", '"1"', "10" * 9)),
        *((FCM, FCM.replace("= 0\n", f"= {value}\n"), "per_device_day") for value in ("-1", "0.5", "false")),
        *((FCM, FCM.replace("0.2", value), "reserve") for value in ("-0.1", "1", "1.0", "nan", "inf", "true")),
    ],
)
def test_a_file_of_another_shape_is_a_bad_setting(tmp_path: Path, found: str, replacement: str, named: str) -> None:
    bad = tmp_path / "ceilings.toml"
    text = HOUSE.read_text()
    assert found in text
    bad.write_text(text.replace(found, replacement, 1))
    with pytest.raises(BadSetting, match="bad setting PUSH_CEILINGS") as refusal:
        load_ceilings(bad)
    assert named in str(refusal.value)


def test_a_file_that_cannot_be_read_is_a_bad_setting(tmp_path: Path) -> None:
    (tmp_path / "gbk.toml").write_bytes("# 上限".encode("gbk"))
    for path in (tmp_path, tmp_path / "none.toml", tmp_path / "gbk.toml"):
        with pytest.raises(BadSetting, match="bad setting PUSH_CEILINGS"):
            load_ceilings(path)


# The count

Open = Callable[[], Engine]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Open]:
    """Give what connects to one database as each process does, with an engine of its own."""
    admin = postgres_url()
    scratch = ScratchDatabase(admin) if admin else None
    url = f"sqlite:///{tmp_path / 'x.db'}"
    if scratch:
        url = scratch.url.replace("postgresql://", "postgresql+psycopg2://", 1)
    opened: list[Engine] = []

    def make() -> Engine:
        opened.append(Engine(url))
        return opened[-1]

    VendorMinute.metadata.create_all(make().sa, tables=[sa.inspect(VendorMinute).local_table])
    yield make
    for engine in opened:
        engine.sa.dispose()
    if scratch:
        scratch.drop()


@pytest.fixture
def engine(connect: Open) -> Engine:
    return connect()


def grant(engine: Engine, wanted: int, ceiling: int, now: datetime = NOW, vendor: str = "fcm") -> int:
    with engine.writing() as session:
        granted = take(session, vendor, now, wanted, ceiling)
        session.commit()
    return granted


def rows(engine: Engine) -> dict[tuple[str, datetime], int]:
    with engine.reading() as session:
        return {(row.vendor, row.minute): row.used for row in session.scalars(sa.select(VendorMinute))}


def test_a_minute_is_granted_until_it_is_used_up(engine: Engine) -> None:
    assert [grant(engine, 40, 100) for _ in range(4)] == [40, 40, 20, 0]
    assert rows(engine) == {("fcm", NOW.replace(second=0)): 100}


def test_nothing_wanted_and_no_room_are_granted_as_nothing(engine: Engine) -> None:
    assert [grant(engine, wanted, 100) for wanted in (0, -5)] == [0, 0]
    assert [grant(engine, 5, ceiling) for ceiling in (0, -1)] == [0, 0]
    assert sum(rows(engine).values()) == 0


def test_warnings_have_what_is_kept_for_them_when_all_else_is_used_up(engine: Engine) -> None:
    ceiling = Ceiling(100, 0, 0.2)
    assert grant(engine, 500, ceiling.of_minute(alert=False)) == 80
    assert grant(engine, 15, ceiling.of_minute(alert=True)) == 15
    # Warnings have gone beyond what the others may use, which is no debt of theirs.
    assert grant(engine, 1, ceiling.of_minute(alert=False)) == 0
    assert grant(engine, 500, ceiling.of_minute(alert=True)) == 5


def test_each_vendor_and_each_minute_has_its_own_count(engine: Engine) -> None:
    assert grant(engine, 10, 10) == 10
    assert grant(engine, 10, 10, vendor="jpush") == 10
    # The same minute by another clock face, and its last moment.
    shanghai = NOW.astimezone(datetime.fromisoformat("2019-08-02T09:00:00+08:00").tzinfo)
    assert grant(engine, 10, 10, now=shanghai) == 0
    assert grant(engine, 10, 10, now=NOW.replace(second=59, microsecond=999_999)) == 0
    assert grant(engine, 10, 10, now=NOW + timedelta(seconds=30)) == 10


def test_what_is_rolled_back_was_not_used(engine: Engine) -> None:
    with engine.writing() as session:
        assert take(session, "fcm", NOW, 10, 10) == 10
    assert grant(engine, 10, 10) == 10


def test_two_in_one_transaction_see_each_other(engine: Engine) -> None:
    with engine.writing() as session:
        assert [take(session, "fcm", NOW, 6, 10) for _ in range(3)] == [6, 4, 0]
        session.commit()


def test_past_minutes_are_forgotten_and_the_present_one_is_not(engine: Engine) -> None:
    for ago in (0, 1, 2):
        grant(engine, 1, 10, now=NOW - timedelta(minutes=ago))
    with engine.writing() as session:
        assert not forget_minutes(session, NOW - timedelta(minutes=1), 10)
        session.commit()
    assert [minute for _, minute in sorted(rows(engine))] == [
        NOW.replace(second=0) - timedelta(minutes=ago) for ago in (1, 0)
    ]


def test_many_at_once_are_granted_the_ceiling_and_no_more(connect: Open) -> None:
    together = threading.Barrier(8)

    def ask_often(_: int) -> list[int]:
        process = connect()
        together.wait()
        return [grant(process, 7, 500) for _ in range(20)]

    with ThreadPoolExecutor(8) as pool:
        granted = [one for some in pool.map(ask_often, range(8)) for one in some]
    assert sum(granted) == 500, "1,120 were wanted"
    # 71 times seven, and what remained.
    assert sorted(granted, reverse=True)[:72] == [7] * 71 + [3]


@pytest.mark.skipif(not postgres_url(), reason="SQLite has one writer, who is waited for before the first statement")
@pytest.mark.parametrize("first", [True, False], ids=["first of its minute", "one of many"])
def test_who_comes_second_waits_for_the_commit_of_the_first(connect: Open, first: bool) -> None:
    one, other = connect(), connect()
    if not first:
        grant(one, 1, 101)
    ceiling = 100 if first else 101
    with ThreadPoolExecutor(1) as pool, one.writing() as session:
        assert take(session, "fcm", NOW, 60, ceiling) == 60
        second = pool.submit(grant, other, 60, ceiling)
        wait_until(lambda: second.done() or is_waited_in(one.url.database))
        assert not second.done()
        session.commit()
        assert second.result(timeout=60) == 40


def is_waited_in(database: str | None) -> bool:
    admin = psycopg2.connect(postgres_url())
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'", (database,)
        )
        ((count,),) = cursor.fetchall()
    admin.close()
    return bool(count)
