"""The database crashes and comes back; then its machine is lost, and a follower takes over. Nothing acknowledged goes.

Runs on two servers of its own, beside whatever the rest of the suite runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.fcm import FakeFcm
from scenario.phone import Phone
from tests.support import tables
from tests.support.postgres import Pair, programs
from tests.support.server import Server, wait_until
from tests.sync.load import Load, file_by_outbox, stay_online, write_stories

pytestmark = pytest.mark.skipif(programs() is None, reason="needs the programs of a PostgreSQL server")


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.close()


@pytest.fixture
def house(pair: Pair, vendor: FakeFcm, tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "house", vendor, pair.url).start()
    yield made
    made.kill()


def all_is_there_once(server: Server, load: Load) -> None:
    for headline in load.stories:
        assert tables.run(server, "SELECT count(*) FROM story WHERE headline = :h", h=headline) == [(1,)]
    for _, title, _, _ in load.outbox:
        assert tables.run(server, "SELECT count(*) FROM service_request WHERE title = :t", t=title) == [(1,)]
    for story in load.breaking:
        assert server.anonymous().get(f"/articles/{story}").ok


def until_more(load: Load, count: Callable[[], int], more: int = 3) -> None:
    before = count()
    wait_until(lambda: count() >= before + more, 60)


# A phone that asks for what it missed while the database is away gets no answer; it asks again.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_crash_and_a_failover_lose_nothing_that_was_acknowledged(pair: Pair, house: Server) -> None:
    load, citizen = Load(), house.citizen()
    phones = [house.phone(), Phone(citizen)]
    for phone in phones:
        load.run(stay_online(load, phone))
    load.run(file_by_outbox(load, citizen))
    load.run(write_stories(load, house.staff("editor"), house.staff("duty")))

    def done() -> int:
        return min(len(load.filed), len(load.breaking))

    until_more(load, done)
    pair.leader.stop("immediate")
    wait_until(lambda: house.anonymous().get("/../../readyz").status_code == 503)
    pair.leader.start()
    until_more(load, done)

    pair.leader.kill()
    pair.follower.ask("SELECT 1")
    pair.follower.promote()
    pair.follower.ask("ALTER SYSTEM RESET synchronous_standby_names")
    pair.follower.ask("SELECT pg_reload_conf()")
    until_more(load, done)
    load.stop()

    for phone in phones:
        wait_until(lambda phone=phone: (phone.online or phone.go_online()) and phone.equals_server(), 30, 0.2)
        phone.go_offline()
    all_is_there_once(house, load)
    assert "intact" in house.flask("verify-log").stdout
    assert all("503" in failure for failure in load.failures), load.failures
