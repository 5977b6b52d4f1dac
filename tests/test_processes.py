"""Several processes of one house: web A commits and phones on web B hear of it; a stop under load loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg2
import pytest
import requests

from fakes.fcm import FakeFcm
from scenario.people import Person, Refused
from scenario.phone import Phone
from tests.support import tables
from tests.support.server import ROOT, Server, free_port, postgres_url, wait_until
from tests.sync.database import rows

BREAKING = {
    "headline": "暴雨红色预警",
    "text": "请勿外出。",
    "source": {"name": "区气象台", "verified": True},
    "reason": "突发",
}
GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py", "wsgi:app"]
WORK = [sys.executable, "-m", "flask", "--app", "wsgi", "work"]
needs_eventlet = pytest.mark.skipif(
    os.environ.get("ASYNC_MODE", "eventlet") != "eventlet", reason="gunicorn runs with eventlet only"
)
needs_postgresql = pytest.mark.skipif(not postgres_url(), reason="several web processes need PostgreSQL")


class House:
    """Processes around one database, each with its log."""

    def __init__(self, data: Server) -> None:
        self.data, self.processes = data, []

    def run(self, command: list[str], **env: str) -> subprocess.Popen[bytes]:
        with (self.data.data_dir / f"process-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self.data.env | env, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def web(self, workers: int, **env: str) -> tuple[str, subprocess.Popen[bytes]]:
        """Start web processes; return where they listen, and their master."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        master = self.run(GUNICORN, PORT=str(port), WEB_WORKERS=str(workers), **env)
        wait_until(lambda: self._answers(url, master), 60)
        return url, master

    def _answers(self, url: str, master: subprocess.Popen[bytes]) -> bool:
        if master.poll() is not None:
            raise AssertionError(self.logs())
        with suppress(requests.RequestException):
            return requests.get(f"{url}/healthz", timeout=5).ok
        return False

    def logs(self) -> str:
        return "\n".join(log.read_text(errors="replace")[-3000:] for log in self.data.data_dir.glob("process-*.log"))

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(25)
            process.kill()


@pytest.fixture
def house(make_server: Callable[..., Server]) -> Iterator[House]:
    made = House(make_server(start=False))
    yield made
    made.stop()


def staff(url: str, username: str) -> Person:
    form = {"grant": "password", "username": username, "password": f"demo-{username}"}
    return Person(url, Person(url).does("POST", "/auth/tokens", form))


def breaking(editor: Person, signer: Person) -> str:
    opened = editor.does("POST", "/editor/breaking", BREAKING)
    return str(signer.does("POST", f"/editor/breaking/{opened['id']}/sign")["id"])


@needs_eventlet
@needs_postgresql
def test_what_one_web_process_commits_is_on_the_phones_of_another(house: House, vendor: FakeFcm) -> None:
    (a, _), (b, _) = house.web(1), house.web(2)
    house.run(WORK)
    token = f"token-{uuid.uuid4().hex}"
    Person(b).does("PUT", f"/devices/{uuid.uuid4().hex}", {"platform": "ios", "push_token": token})
    phones = [Phone(Person(a)), *(Phone(Person(b)) for _ in range(6))]
    for phone in phones:
        phone.go_online()
    pulls = [phone.pulls for phone in phones]
    editor, signer = staff(a, "editor"), staff(b, "duty")
    waits = []
    for _ in range(5):
        story = breaking(editor, signer)
        signed = time.monotonic()
        for phone in phones:
            assert phone.wait_for(lambda phone=phone, story=story: phone.get("article", story))
        waits.append(time.monotonic() - signed)
    assert min(waits) < 0.2, "NOTIFY wakes them; the look every 250 ms is for when it is lost"
    assert [phone.pulls for phone in phones] == pulls, "all by the socket"
    assert all(phone.equals_server() for phone in phones)
    rung = [one["message"] for one in vendor.messages() if one["message"].get("token") == token]
    wait_until(lambda: len([one for one in vendor.messages() if one["message"].get("token") == token]) == 5)
    assert len(rung) <= 5
    # A sign-out at one process closes what is private at the other.
    citizen_phone = Phone(editor, ["pub", "desk:editing"])
    citizen_phone.person = Person(b, editor.tokens)
    citizen_phone.go_online()
    editor.does("DELETE", "/auth/tokens")
    wait_until(lambda: any("desk:editing" in note["lost"] for note in citizen_phone.notes))
    for phone in [*phones, citizen_phone]:
        phone.go_offline()


@needs_eventlet
def test_a_stop_under_load_loses_nothing_that_was_acknowledged(house: House) -> None:
    workers = 2 if postgres_url() else 1
    url, master = house.web(workers)
    phones = [Phone(Person(url)) for _ in range(8)]
    for phone in phones:
        phone.go_online()
    editors = [staff(url, name) for name in ("editor", "editor2", "reporter", "reporter2")]
    acknowledged: list[str] = []
    refused: list[str] = []
    stopping = threading.Event()

    def write(editor: Person, number: int) -> None:
        while True:
            asked_before_the_stop = not stopping.is_set()
            form = BREAKING | {"headline": f"{number}-{uuid.uuid4().hex}"}
            try:
                acknowledged.append(editor.does("POST", "/editor/breaking", form)["headline"])
            except (requests.RequestException, Refused) as error:
                if asked_before_the_stop and stopping.wait(0.3) is False:
                    refused.append(str(error))
                return

    threads = [threading.Thread(target=write, args=(editor, number)) for number, editor in enumerate(editors)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(acknowledged) > 40)
    begun = time.monotonic()
    stopping.set()
    master.terminate()
    assert master.wait(30) == 0
    assert time.monotonic() - begun < 15
    for thread in threads:
        thread.join(10)
    assert refused == [], "nobody is turned away before the stop"
    stored = {row[0] for row in tables.run(house.data, "SELECT headline FROM story")}
    assert [headline for headline in acknowledged if headline not in stored] == []
    assert "Traceback" not in house.logs()
    wait_until(lambda: not any(phone.online for phone in phones))
    assert [[bye["reason"] for bye in phone.byes] for phone in phones] == [["restart"]] * 8
    assert house.data.flask("verify-log").stdout.startswith("完整")


@needs_eventlet
def test_a_reload_fails_no_request(house: House) -> None:
    url, master = house.web(1)
    failed: list[str] = []
    served: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                served.append(requests.get(f"{url}/api/v1/feed", timeout=60).status_code)
            except requests.RequestException as error:
                failed.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    wait_until(lambda: len(served) > 5)
    before = children(master.pid)
    master.send_signal(signal.SIGHUP)
    wait_until(lambda: children(master.pid) and not (children(master.pid) & before), 40)
    already = len(served)
    wait_until(lambda: len(served) > already + 5)
    done.set()
    reader.join()
    assert failed == []
    assert set(served) == {200}


def children(pid: int) -> set[int]:
    path = f"/proc/{pid}/task/{pid}/children"
    with open(path) as listed:
        return {int(child) for child in listed.read().split()}


RINGS_BY_NIGHT = {"platform": "web", "preferences": {"quiet": {"on": False, "from": "22:00", "to": "07:00"}}}
SENT = "SELECT state, attempts FROM job WHERE key LIKE 'push:send:%'"


def test_a_worker_finishes_the_job_in_hand_and_takes_no_other(house: House, vendor: FakeFcm) -> None:
    vendor.reset()
    house.data.start()
    token = f"slow-{uuid.uuid4().hex}"
    house.data.anonymous().does("PUT", f"/devices/{uuid.uuid4().hex}", RINGS_BY_NIGHT | {"push_token": token})
    wait_until(lambda: token in vendor.topics().get("pub", []))
    house.data.stop()
    url, _master = without_worker(house)
    vendor.rule(on="send", token=token, delay_s=2.5, times=1)
    breaking(staff(url, "editor"), staff(url, "duty"))
    worker = house.run(WORK)
    wait_until(lambda: any(one["message"].get("token") == token for one in vendor.messages()), 30)
    begun = time.monotonic()
    worker.terminate()
    assert worker.wait(20) == 0
    assert time.monotonic() - begun > 1, "the vendor had not answered yet"
    assert tables.run(house.data, SENT) == [("done", 1)]
    assert len([one for one in vendor.messages() if one["message"].get("token") == token]) == 1
    assert "Traceback" not in house.logs()


def without_worker(house: House) -> tuple[str, Any]:
    """Serve the web side alone, in the async mode of this run."""
    if os.environ.get("ASYNC_MODE", "eventlet") == "eventlet":
        return house.web(1)
    port = free_port()
    program = "import wsgi; app = wsgi.create_app(); app.run(port=int(__import__('os').environ['PORT']), threaded=True)"
    process = house.run([sys.executable, "-c", program], PORT=str(port))
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: house._answers(url, process), 60)
    return url, process


def test_a_worker_that_was_killed_leaves_its_job_to_the_next(house: House, vendor: FakeFcm) -> None:
    vendor.reset()
    house.data.start()
    token = f"killed-{uuid.uuid4().hex}"
    house.data.anonymous().does("PUT", f"/devices/{uuid.uuid4().hex}", RINGS_BY_NIGHT | {"push_token": token})
    wait_until(lambda: token in vendor.topics().get("pub", []))
    house.data.stop()
    url, _master = without_worker(house)
    vendor.rule(on="send", token=token, delay_s=30, times=1)
    breaking(staff(url, "editor"), staff(url, "duty"))
    worker = house.run(WORK)
    wait_until(lambda: any(one["message"].get("token") == token for one in vendor.messages()), 30)
    worker.kill()
    worker.wait()
    vendor.reset()
    house.data.move_clock(61)
    house.run(WORK)
    wait_until(lambda: any(one["message"].get("token") == token for one in vendor.messages()), 30)
    wait_until(lambda: tables.run(house.data, SENT) == [("done", 2)])


def test_a_database_that_cannot_be_had_is_503_and_comes_back(make_server: Callable[..., Server]) -> None:
    if not postgres_url():
        pytest.skip("needs PostgreSQL: a file does not go away")
    server = make_server(DATABASE_POOL="1")
    citizen = server.citizen()
    # A server that answers may still be starting its worker; one that is starting may give up, a running one may not.
    wait_until(lambda: rows(server, "SELECT 1 FROM job WHERE kind = 'housekeeping' AND state = 'done'"))
    admin = psycopg2.connect(postgres_url())
    admin.autocommit = True
    name = server.env["DATABASE_URL"].rpartition("/")[2]
    admin.cursor().execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    admin.cursor().execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
    wait_until(lambda: server.anonymous().get("/sections").status_code == 503)
    refused = server.anonymous().get("/sections")
    assert (refused.json()["code"], refused.headers["Retry-After"]) == ("unavailable", "2")
    # A commit that broke may have been one, and only who sends a key need not care.
    form = {"text": "河里有一层油"}
    words = {key: citizen.post("/tips", form, headers={"Idempotency-Key": key} if key else {}) for key in ("", "k")}
    assert [words[key].status_code for key in ("", "k")] == [503, 503]
    assert "可能生效了，也可能没有" in words[""].json()["detail"]
    assert "不会办两遍" in words["k"].json()["detail"]
    assert "生效" not in refused.json()["detail"]
    assert requests.get(f"{server.url}/readyz", timeout=10).status_code == 503
    admin.cursor().execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    admin.close()
    wait_until(lambda: server.anonymous().get("/sections").ok)
    wait_until(lambda: requests.get(f"{server.url}/readyz", timeout=10).ok)
