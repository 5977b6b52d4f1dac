"""The gunicorn worker of deploy/, with a toy application: serving, stopping, replacing, and what bad bytes become."""

import collections
import concurrent.futures
import contextlib
import hashlib
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import socketio
import websocket

ROOT = Path(__file__).resolve().parent.parent
TOYS = ROOT / "tests" / "toys"


def until(condition, seconds=10):
    """Wait for a condition; returns its first true value."""
    end = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.02)


class Server:
    def __init__(self, folder, arguments, env, files):
        self.diary_file, self.log_file = folder / "diary", folder / "log"
        self.diary_file.touch()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        with self.log_file.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", *arguments, "gunicorn_app:app"],
                env={**os.environ, "PYTHONPATH": f"{ROOT}:{TOYS}", "TOY_DIARY": str(self.diary_file), **env},
                cwd=folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: files and resource.setrlimit(resource.RLIMIT_NOFILE, files),  # noqa: PLW1509  # Short.
            )

    def connect(self, timeout=10):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def get(self, path):
        connection = self.connect()
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            return connection.getresponse().read()
        finally:
            connection.close()

    def state(self):
        return json.loads(self.get("/state"))

    def is_up(self):
        assert self.process.poll() is None, self.log_file.read_text()
        try:
            return self.state()
        except OSError:
            return None

    def phone(self):
        """A websocket client that joined `/sync` and then does nothing by itself, not even close."""
        phone = websocket.create_connection(
            f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket", timeout=10
        )
        assert phone.recv().startswith("0{")
        phone.send("40/sync,")
        assert phone.recv().startswith("40/sync,{")
        return phone

    def raw(self, data):
        """Send bytes, end the sending side, and return the whole answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := client.recv(65536):
                answer += piece
        return answer.decode()

    def stop(self, sig=signal.SIGTERM):
        """Returns the exit code and the seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(sig)
        return self.process.wait(15), time.monotonic() - begun

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)  # The group is this server's own: master and workers.
        self.process.wait()

    def diary(self):
        return self.diary_file.read_text().splitlines()

    def log(self):
        return self.log_file.read_text()


WORKER = ("--worker-class", "deploy.worker.EventletWorker", "--worker-connections", "5000", "--no-control-socket")


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        yield pool


@pytest.fixture
def start(tmp_path, pool):  # The pool is older, so a failed test kills its servers first and no thread waits for them.
    servers = []

    def start(*arguments, wait=True, base=WORKER, files=None, **env):
        server = Server(tmp_path, (*base, *arguments), env, files)
        servers.append(server)
        if wait:
            until(server.is_up)
        return server

    yield start
    for server in servers:
        server.kill()


def test_requests_in_flight_finish_on_sigterm_and_nobody_new_is_let_in(start, pool):
    server = start()
    running = [pool.submit(server.get, f"/work?s=1.5&name={number}") for number in range(5)]
    until(lambda: server.state()["busy"] == 5)
    server.process.send_signal(signal.SIGTERM)
    until(lambda: "goodbye" in server.diary_file.read_text())
    with pytest.raises(OSError):  # noqa: PT011  # Refused or reset: both are an OSError without more to match.
        server.get("/state")
    assert [answer.result() for answer in running] == [b"done"] * 5
    assert server.process.wait(5) == 0
    assert "Traceback" not in server.log()


def test_what_is_done_under_load_during_a_stop_has_been_answered(start, pool):
    server = start("--workers", "2", "--graceful-timeout", "10")
    answered = []

    def citizen(number):
        for turn in range(1000):
            try:
                server.get(f"/work?s=0.02&name={number}-{turn}")
            except (OSError, http.client.HTTPException):
                return
            answered.append(f"done {number}-{turn}")

    citizens = [pool.submit(citizen, number) for number in range(16)]
    until(lambda: len(answered) > 200)
    assert server.stop()[0] == 0
    for each in citizens:
        each.result()
    assert sorted(answered) == sorted(line for line in server.diary() if line.startswith("done"))


def test_those_who_wait_at_the_door_of_a_busy_worker_are_served_before_it_goes(start, pool):
    server = start()
    frozen = pool.submit(server.get, "/freeze?s=1")
    until(lambda: server.diary() == ["frozen"])
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port))) for _ in range(10)]
        for client in clients:
            client.sendall(b"GET /work HTTP/1.0\r\n\r\n")
        assert server.stop()[0] == 0
        assert [client.recv(15) for client in clients] == [b"HTTP/1.0 200 OK"] * 10
    assert frozen.result() == b"thawed"


def test_websockets_are_told_bye_and_closed_once_and_soon(start):
    server = start()
    heard, phones = collections.Counter(), []
    for _ in range(5):
        phone = socketio.Client(reconnection=False)
        phone.on("bye", lambda row: heard.update([row["reason"]]), namespace="/sync")
        phone.on("disconnect", lambda *_: heard.update(["closed"]), namespace="/sync")
        phone.connect(f"http://127.0.0.1:{server.port}", namespaces=["/sync"], transports=["websocket"])
        phones.append(phone)
    until(lambda: server.state()["phones"] == 5)
    code, seconds = server.stop()
    assert (code, seconds < 2) == (0, True)
    until(lambda: heard == {"restart": 5, "closed": 5})
    assert len(server.diary()) == 1


def test_a_websocket_that_does_not_close_is_cut_two_seconds_after_the_goodbye(start, pool):
    server = start("--graceful-timeout", "12")
    phone = server.phone()
    running = pool.submit(server.get, "/work?s=3.5")
    until(lambda: server.state()["busy"] == 1)
    code, seconds = server.stop()
    assert (code, 3 < seconds < 5, running.result()) == (0, True, b"done")
    assert "bye" in phone.recv()


@pytest.mark.parametrize("hook", ["hangs", "fails"])
def test_a_broken_goodbye_keeps_neither_requests_from_finishing_nor_the_worker_from_going(start, pool, hook):
    server = start("--graceful-timeout", "4", TOY_HOOK=hook)
    phone = server.phone()
    running = pool.submit(server.get, "/work?s=1")
    until(lambda: server.state()["busy"] == 1)
    code, seconds = server.stop()
    assert (code, seconds < 5, running.result()) == (0, True, b"done")
    with pytest.raises((OSError, websocket.WebSocketException)):
        phone.recv()


def test_a_request_longer_than_the_grace_is_cut_off_and_rolls_back(start, pool):
    server = start("--graceful-timeout", "2")
    running = pool.submit(server.get, "/work?s=60")
    until(lambda: server.state()["busy"] == 1)
    code, seconds = server.stop()
    assert (code, seconds < 3) == (0, True)
    with pytest.raises(http.client.RemoteDisconnected):
        running.result()
    assert not [line for line in server.diary() if line.startswith("done")]
    assert "1 connections are cut off" in server.log()


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGQUIT])
def test_a_quick_stop_takes_a_second_or_two(start, pool, sig):
    server = start("--graceful-timeout", "12")
    running = pool.submit(server.get, "/work?s=60")
    until(lambda: server.state()["busy"] == 1)
    code, seconds = server.stop(sig)
    assert (code, seconds < 3) == (0, True)
    assert isinstance(running.exception(), http.client.RemoteDisconnected)


def test_connections_are_kept_until_they_idle_and_idle_ones_do_not_hold_a_stop(start):
    server = start("--keep-alive", "1")
    connection = server.connect()
    ports = set()
    for _ in range(3):
        connection.request("GET", "/state")
        connection.getresponse().read()
        ports.add(connection.sock.getsockname())
    assert len(ports) == 1
    begun = time.monotonic()
    assert connection.sock.recv(1) == b""
    assert 0.5 < time.monotonic() - begun < 3

    server.kill()
    server = start("--keep-alive", "60")
    connection = server.connect()
    connection.request("GET", "/state")
    connection.getresponse().read()
    code, seconds = server.stop()
    assert (code, seconds < 3) == (0, True)


def test_hup_replaces_the_workers_and_no_request_fails(start, pool):
    server = start("--workers", "2")
    pids, done = collections.Counter(), []

    def citizen():
        while not done:
            connection = server.connect()
            for _ in range(10):
                connection.request("GET", "/state")
                pids[json.loads(connection.getresponse().read())["pid"]] += 1
            connection.close()

    citizens = [pool.submit(citizen) for _ in range(8)]
    try:
        until(lambda: len(pids) == 2)
        old = set(pids)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: len(set(pids) - old) == 2)
        until(lambda: len(server.diary()) == 2)
    finally:
        done.append(True)
    for each in citizens:
        each.result()
    assert "Traceback" not in server.log()


def test_a_worker_retires_after_max_requests_and_no_request_fails(start):
    server = start("--workers", "1", "--max-requests", "50")
    pids = set()
    until(lambda: pids.add(server.state()["pid"]) or len(pids) >= 3)
    assert "Traceback" not in server.log()


def test_1200_websockets_fit_into_one_worker_started_with_1024_files(start):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = start("--workers", "1", files=(1024, hard))
    phones = [server.phone() for _ in range(1200)]
    assert server.state()["phones"] == 1200
    code, seconds = server.stop()
    assert (code, seconds < 8) == (0, True)
    assert all("bye" in phone.recv() for phone in phones)


def test_with_too_few_files_clients_wait_for_their_turn(start, pool):
    server = start(files=(80, 80))
    assert "enough for 40 connections" in server.log()
    phones = [server.phone() for _ in range(39)]
    waiting = [pool.submit(server.get, "/work") for _ in range(5)]
    assert waiting[0].result() == b"done"
    phones.pop().close()
    assert [each.result() for each in waiting] == [b"done"] * 5
    assert "accept failed" not in server.log()


def test_two_workers_with_reuse_port_share_the_phones(start):
    server = start("--workers", "2", "--reuse-port")
    phones = [server.phone() for _ in range(40)]
    shares = {}
    until(lambda: shares.update({(now := server.state())["pid"]: now["phones"]}) or len(shares) == 2)
    assert sum(shares.values()) == len(phones)
    assert min(shares.values()) > 0


def test_a_frozen_worker_is_replaced_and_the_log_says_where_it_froze(start, pool):
    server = start("--timeout", "2")
    old = server.state()["pid"]
    pool.submit(server.get, "/freeze")
    until(lambda: (server.is_up() or {"pid": old})["pid"] != old)
    assert "in freeze" in server.log()


def test_files_are_sent_whole_and_in_ranges(start):
    server = start()
    connection = server.connect()
    connection.request("GET", "/file")
    answer = connection.getresponse()
    assert hashlib.sha256(answer.read()).hexdigest() in answer.getheader("ETag")
    source = (TOYS / "gunicorn_app.py").read_bytes()
    for headers, part in (({}, source), ({"Range": "bytes=3-99"}, source[3:100])):
        connection.request("GET", "/real-file", headers=headers)
        assert connection.getresponse().read() == part


@pytest.fixture(scope="module")
def steady(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("steady"), WORKER, {}, None)
    until(server.is_up)
    yield server
    server.kill()


CHUNKED = b"POST /body HTTP/1.1\r\nHost: toy\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"a\r\nabc", "NoMoreData"),
        (b"3\r\nabc\r\n", "NoMoreData"),
        (b"3\r\nabc", "ChunkMissingTerminator"),
        (b"3\r\nabc\r\n0\r\n", "ChunkMissingTerminator"),
        (b"3\r\nabcdef0\r\n\r\n", "ChunkMissingTerminator"),
        (b"zz\r\nabc\r\n0\r\n\r\n", "InvalidChunkSize"),
        (b"-5\r\nabc\r\n0\r\n\r\n", "InvalidChunkSize"),
        (b'3;"\r\nabc\r\n0\r\n\r\n', "InvalidChunkExtension"),
        (b"3\r\nabc\r\n0\r\nno colon\r\n\r\n", "InvalidHeader"),
    ],
)
def test_a_broken_chunked_body_reaches_the_application_as_an_exception(steady, body, error):
    assert f'{{"error":"gunicorn.http.errors.{error}"}}' in steady.raw(CHUNKED + body)


def test_a_whole_chunked_body_is_read(steady):
    assert '{"bytes":3}' in steady.raw(CHUNKED + b"3\r\nabc\r\n0\r\n\r\n")


def test_a_body_shorter_than_its_content_length_is_no_whole_body(steady):
    answer = steady.raw(b"POST /body HTTP/1.1\r\nHost: toy\r\nContent-Length: 10\r\n\r\nabc")
    assert '{"error":"werkzeug.exceptions.ClientDisconnected"}' in answer


@pytest.mark.parametrize(
    "head",
    [
        b"GET /state HTTP/1.1\r\nHost: toy\r\nHost: other\r\n\r\n",
        b"POST /body HTTP/1.1\r\nHost: toy\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_ambiguous_heads_are_refused_before_the_application(steady, head):
    assert steady.raw(head).startswith("HTTP/1.1 400 ")


CONFIG = ("--config", str(ROOT / "deploy" / "gunicorn.py"))


# That it serves, with the real application: tests/test_processes.py.
@pytest.mark.parametrize(
    "wrong",
    [{"WEB_WORKERS": "two"}, {"PORT": "70000"}, {"DEMO": "0", "SECRET_KEY": "short"}, {"ASYNC_MODE": "threading"}],
)
def test_a_bad_setting_stops_the_start_with_its_name(start, tmp_path, wrong):
    server = start(base=CONFIG, wait=False, **{"DEMO": "1", "DATA_DIR": str(tmp_path)} | wrong)
    assert server.process.wait(10) != 0
    assert f"bad setting {list(wrong)[-1]}" in server.log()
    assert "Traceback" not in server.log()


def test_an_application_that_refuses_to_load_is_not_started_again_and_again(start):
    server = start("--workers", "1", wait=False, TOY_REFUSES="1")
    assert server.process.wait(10) == 3
    assert server.log().count("bad setting TOY_REFUSES") == 1
