"""The whole house behind a real nginx: what is shared, what never is, how fast it is gone, and who replaces whom."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import flask  # noqa: F401  # Before wsgi, which then leaves this process unpatched.
import pytest
import requests

import wsgi
from backend.config import BadSetting, load_settings
from backend.media.rules import PIECE, PIECE_TYPE
from deploy.edge import TEMPLATE, load_edge
from deploy.roles import endpoints
from scenario.people import Person, Refused, sign_in_citizen
from scenario.phone import Phone
from tests.open311.validator import validate
from tests.support import tables
from tests.support.edge import House, children, runs
from tests.support.server import ROOT, SECRET, Server, free_port, postgres_url, wait_until

PER_ADDRESS = 120
SECOND = 1.0
# What the command lines of two parts have and no other.
NGINX, WORKER = "nginx: master", "wsgi work"

needs_house = pytest.mark.skipif(
    os.environ.get("ASYNC_MODE", "eventlet") != "eventlet"
    or not postgres_url()
    or not shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin"),
    reason="SKIPPED: the edge needs nginx (make edge), PostgreSQL (TEST_POSTGRES_URL) and eventlet",
)


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Iterator[House]:
    made = House(make_server(start=False), EDGE_PER_ADDRESS=str(PER_ADDRESS))
    yield made.start()
    made.kill()


@pytest.fixture
def another_house(make_server: Callable[..., Server]) -> Iterator[House]:
    """A house of one's own, to be ended."""
    made = House(make_server(start=False))
    yield made.start()
    made.kill()


def publish(house: House) -> tuple[str, str]:
    """Publish a story; return its id and a word that stands only in it."""
    word = uuid.uuid4().hex
    form = {"headline": word, "text": word, "source": {"name": "区气象台", "verified": True}, "reason": "突发"}
    opened = house.staff("editor").does("POST", "/editor/breaking", form)
    return str(house.staff("duty").does("POST", f"/editor/breaking/{opened['id']}/sign")["id"]), word


def cached(answer: requests.Response) -> str | None:
    return answer.headers.get("X-Cache")


class LoneEdge:
    """nginx alone, before web processes of other machines."""

    def __init__(self, folder: Path, *servers: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "edge.log"
        env = os.environ | {
            "SECRET_KEY": SECRET,
            "DATA_DIR": str(folder),
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
            "PORT": str(self.port),
            "EDGE_WEB": ",".join(servers),
            "DEMO": "1",
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.edge"], cwd=ROOT, env=env, stdout=log, stderr=log
            )

    def answers(self) -> bool:
        """Whether it listens."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    def lines(self) -> list[dict[str, object]]:
        """What it has told of requests."""
        words = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [json.loads(line) for line in words if line.startswith('{"event": "edge.')]


@needs_house
def test_what_no_web_process_answers_is_refused_in_our_form_and_told_under_its_id(tmp_path: Path) -> None:
    edge = LoneEdge(tmp_path, f"127.0.0.1:{free_port()}")
    try:
        wait_until(edge.answers, 20)
        paths = ["/readyz", "/api/v1/feed", "/api/v1/requests/01hq5c3v?secret=13900001111", "/"]
        asked = {}
        for path in paths:
            asked[trace := uuid.uuid4().hex] = path
            answer = requests.get(edge.url + path, headers={"X-Request-Id": trace}, timeout=10)
            assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json"), path
            assert answer.json()["status"] == 503
            assert int(answer.headers["Retry-After"]) > 0
        lines = wait_until(lambda: (found := edge.lines()) and len(found) == len(paths) and found, 5)
        assert {line["request_id"] for line in lines} == set(asked)
        assert {line["path"] for line in lines} == {"/readyz", "/api/v1/feed", "/api/v1/requests", ""}
        assert "13900001111" not in edge.log.read_text(encoding="utf-8")
    finally:
        edge.stop()


@needs_house
def test_one_of_two_machines_is_gone_and_nobody_is_refused(house: House, tmp_path: Path) -> None:
    edge = LoneEdge(tmp_path, f"127.0.0.1:{free_port()}", f"127.0.0.1:{house.web_port}")
    try:
        wait_until(edge.answers, 20)
        for _ in range(40):
            assert (alive := requests.get(f"{edge.url}/healthz", timeout=10)).ok, alive.text
            assert requests.get(f"{edge.url}/api/v1/feed?limit=1", timeout=10).ok
        assert edge.lines() == []
    finally:
        edge.stop()


# ── what everybody shares ──


@needs_house
def test_a_reader_who_has_the_version_is_told_so_by_the_edge(house: House) -> None:
    story, word = publish(house)
    first = requests.get(f"{house.url}/api/v1/articles/{story}", headers={"Accept-Encoding": "identity"}, timeout=10)
    assert (first.status_code, first.headers["ETag"], word in first.text) == (200, '"1"', True)
    # A browser asks each time whether it is still so.
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert first.headers["Vary"] == "Accept-Encoding"
    for tag in ('"1"', 'W/"1"'):
        again = requests.get(f"{house.url}/api/v1/articles/{story}", headers={"If-None-Match": tag}, timeout=10)
        assert (again.status_code, again.content) == (304, b"")
    other = requests.get(f"{house.url}/api/v1/articles/{story}", headers={"If-None-Match": '"2"'}, timeout=10)
    assert other.status_code == 200


@needs_house
def test_many_readers_cost_the_web_processes_a_few_answers_a_second(house: House) -> None:
    story, word = publish(house)
    before = sum(house.answers_of("feed.get_article").values())
    begun = time.monotonic()

    def read(_: int) -> list[bool]:
        with requests.Session() as session:
            return [word in session.get(f"{house.url}/api/v1/articles/{story}", timeout=20).text for _ in range(30)]

    with ThreadPoolExecutor(20) as readers:
        assert all(all(found) for found in readers.map(read, range(20)))
    slots = int((time.monotonic() - begun) / 0.5) + 2
    asked = sum(house.answers_of("feed.get_article").values()) - before
    # One a slot, one more where a slot began with nothing; the rest is for answers that took over a tenth of a second.
    assert asked <= 2 * slots + 20 < 600


@needs_house
def test_whoever_is_signed_in_shares_what_everybody_reads(house: House) -> None:
    story, _ = publish(house)
    citizen = sign_in_citizen(house.url)
    for path in (f"/articles/{story}", "/feed", "/sections", "/notices", "/services"):
        wait_until(lambda path=path: cached(house.anonymous().get(path)) == "HIT")
        answers = [person.get(path) for _ in range(5) for person in (citizen, house.anonymous())]
        assert "HIT" in {cached(answer) for answer in answers[::2]}, "the citizen got what others had asked for"
        assert {answer.headers["Cache-Control"] for answer in answers} == {"public, no-cache"}
        assert len({answer.text for answer in answers}) == 1
    # Nobody looks at the token here, hence not at a spoilt one either.
    spoilt = {"Authorization": "Bearer spoilt"}
    assert house.anonymous().get("/feed", headers=spoilt).status_code == 200
    assert house.anonymous().get("/me", headers=spoilt).status_code == 401


@needs_house
def test_phones_with_and_without_compression_each_get_theirs(house: House) -> None:
    path = f"{house.url}/api/v1/feed"
    for _ in range(20):
        plain = requests.get(path, headers={"Accept-Encoding": "identity"}, timeout=10)
        packed = requests.get(path, headers={"Accept-Encoding": "br, gzip;q=0.8"}, timeout=10)
        refused = requests.get(path, headers={"Accept-Encoding": "gzip;q=0, identity"}, timeout=10)
        assert [one.headers.get("Content-Encoding") for one in (plain, packed, refused)] == [None, "gzip", None]
        assert plain.json() == packed.json() == refused.json()


@needs_house
def test_an_odd_spelling_of_an_address_does_not_answer_for_the_right_one(house: House) -> None:
    for odd in ("//api/v1/feed", "/api/v1//feed", "/api/v1/./feed", "/api/v1/%66eed", "/api/v1/feed?nothing=1"):
        raw(house, f"GET {odd} HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n")
        assert house.anonymous().get("/feed").status_code == 200


def raw(house: House, request: str) -> str:
    """Send a request as it is written, which no client would; return the status line of the answer."""
    with socket.create_connection(("127.0.0.1", house.port), timeout=30) as line:
        line.sendall(request.encode())
        return line.makefile("rb").readline().decode().strip()


@needs_house
def test_what_is_one_persons_is_never_kept(house: House) -> None:
    citizen, editor = sign_in_citizen(house.url), house.staff("editor")
    service = house.anonymous().does("GET", "/services")["items"][0]["id"]
    word = uuid.uuid4().hex
    case = citizen.does("POST", "/requests", {"service": service, "title": word, "text": word})
    private = ("/me", "/requests", f"/requests/{case['id']}", "/inbox", f"/sync/snapshot?streams=user:{citizen.id}")
    for path in private * 3:
        answer = citizen.get(path)
        assert (answer.status_code, cached(answer)) == (200, None), path
        assert "private" in answer.headers["Cache-Control"] or "no-store" in answer.headers["Cache-Control"]
        assert house.anonymous().get(path.partition("?")[0]).status_code in {401, 422}
    assert cached(editor.get("/editor/stories")) is None
    for kept in house.cache.rglob("*"):
        with suppress(OSError):  # A file that nginx has just removed.
            assert not kept.is_file() or word.encode() not in kept.read_bytes()


@pytest.fixture(scope="module")
def public_addresses() -> re.Pattern[str]:
    """The addresses that the edge keeps, from its configuration."""
    found = re.search(r'location ~ "(\S+)"', TEMPLATE.read_text(encoding="utf-8"))
    assert found is not None
    return re.compile(found[1])


def test_the_edge_keeps_exactly_what_every_reader_may_read(public_addresses: re.Pattern[str], tmp_path: Path) -> None:
    app = wsgi.create_app(load_settings({"DATA_DIR": str(tmp_path), "TESTING": "1", "SECRET_KEY": SECRET}))
    named = [(re.sub(r"<id:\w+>", "some-id", call), permission) for call, permission in endpoints(app)]
    calls = {re.sub(r"<int:\w+>", "1", call): permission for call, permission in named}
    kept = {call for call in calls if public_addresses.match(call.partition(" ")[2])}
    # A file may be one person's, whatever its address says.
    public = {call for call, permission in calls.items() if permission == "public.read"}
    public -= {call for call in public if call.startswith("GET /api/v1/media/")}
    pages = {"GET /", "GET /docs", "GET /api/v1/openapi.json", "GET /s/some-id/some-id"}
    assert kept == public | pages
    assert not public_addresses.match("/api/v1/me")


def test_the_slot_before_is_the_one_half_a_second_earlier() -> None:
    table = re.search(r"map \$this_slot \$last_slot {(.*?)}", TEMPLATE.read_text(encoding="utf-8"), re.DOTALL)
    assert table is not None
    pairs = dict(re.findall(r"(\d[ab]) (\d[ab]);", table[1]))
    slots = [f"{second}{half}" for second in range(10) for half in "ab"]
    assert pairs == {slot: slots[number - 1] for number, slot in enumerate(slots)}


# ── what is withdrawn ──


class Reader(threading.Thread):
    """Reads one address over and over; notes when it asked, the status, and whether the word was there."""

    def __init__(self, url: str, word: str, **headers: str) -> None:
        super().__init__(daemon=True)
        self._url, self._word, self._headers = url, word, headers
        self.seen: list[tuple[float, int, bool]] = []
        self.cut_off = 0
        self.done = threading.Event()

    def run(self) -> None:
        with requests.Session() as session:
            while not self.done.is_set():
                asked = time.monotonic()
                try:
                    answer = session.get(self._url, headers=self._headers, timeout=20)
                except requests.exceptions.ChunkedEncodingError:
                    self.cut_off += 1
                    continue
                self.seen.append((asked, answer.status_code, self._word in answer.text))

    def since(self, moment: float) -> list[tuple[int, bool]]:
        return [(status, found) for asked, status, found in self.seen if asked > moment]


@pytest.mark.parametrize("round_", range(3))
@needs_house
def test_a_withdrawn_text_is_gone_within_a_second_for_everybody(house: House, round_: int) -> None:
    story, word = publish(house)
    citizen, chief = sign_in_citizen(house.url), house.staff("chief")
    article, feed = f"{house.url}/api/v1/articles/{story}", f"{house.url}/api/v1/feed"
    readers = [
        *(Reader(article, word) for _ in range(3)),
        Reader(article, word, Authorization=f"Bearer {citizen.token}"),
        Reader(article, word, **{"Accept-Encoding": "identity"}),
        Reader(feed, word),
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        wait_until(lambda reader=reader: len(reader.seen) > 30 and reader.seen[-1][2])
    chief.does("POST", f"/editor/stories/{story}/withdraw", {"reason": "事实有误"})
    withdrawn = time.monotonic()
    for reader in readers:
        wait_until(lambda reader=reader: len(reader.since(withdrawn + SECOND)) > 30)
        reader.done.set()
    for reader in readers:
        reader.join()
    *of_the_article, of_the_feed = readers
    for reader in of_the_article:
        assert set(reader.since(withdrawn + SECOND)) == {(410, False)}
    assert set(of_the_feed.since(withdrawn + SECOND)) == {(200, False)}


@needs_house
def test_a_text_that_nobody_asked_for_lately_is_not_served_once_more(house: House) -> None:
    story, word = publish(house)
    article = f"{house.url}/api/v1/articles/{story}"
    wait_until(lambda: cached(requests.get(article, timeout=10)) == "HIT")
    kept_at = time.monotonic()
    wait_until(lambda: time.monotonic() > kept_at + 2)
    house.staff("chief").does("POST", f"/editor/stories/{story}/withdraw", {"reason": "事实有误"})
    with ThreadPoolExecutor(8) as readers:
        answers = list(readers.map(lambda _: requests.get(article, timeout=10), range(8)))
    assert {answer.status_code for answer in answers} == {410}
    assert not any(word in answer.text for answer in answers)


@needs_house
def test_a_withdrawn_notice_and_one_that_is_new_are_seen_within_a_second(house: House) -> None:
    word = uuid.uuid4().hex
    form = {"title": word, "body": word, "category": "other"}
    notice = house.staff("office").does("POST", "/office/notices", form)["id"]
    clerk = house.staff("office2")
    reader = Reader(f"{house.url}/api/v1/notices/{notice}", word)
    reader.start()
    wait_until(lambda: len(reader.seen) > 20)
    assert {status for _, status, _ in reader.seen} == {404}
    moments = []
    for step, form in (("publish", {}), ("withdraw", {"reason": "有误"})):
        clerk.does("POST", f"/office/notices/{notice}/{step}", form)
        moments.append(time.monotonic())
        wait_until(lambda: len(reader.since(moments[-1] + SECOND)) > 20)
    reader.done.set()
    reader.join()
    published, withdrawn = moments
    between = [one for asked, *one in reader.seen if published + SECOND < asked < withdrawn - SECOND]
    assert all(one == [200, True] for one in between)
    # Its tombstone keeps the reason and loses the words.
    assert set(reader.since(withdrawn + SECOND)) == {(200, False)}


# ── sockets ──


@needs_house
def test_phones_are_met_through_the_edge(house: House) -> None:
    phones = [Phone(house.anonymous()) for _ in range(6)] + [Phone(sign_in_citizen(house.url))]
    for phone in phones:
        phone.go_online()
    pulls = [phone.pulls for phone in phones]
    story, word = publish(house)
    for phone in phones:
        assert phone.wait_for(lambda phone=phone: phone.get("article", story))["headline"] == word
    assert [phone.pulls for phone in phones] == pulls, "all by the socket"
    assert all(phone.equals_server() for phone in phones)
    for phone in phones:
        phone.go_offline()


@needs_house
def test_an_upgrade_is_passed_on_only_where_phones_are_met(house: House) -> None:
    upgrade = (
        "Connection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    )
    for path, status in (("/socket.io/?EIO=4&transport=websocket", 101), ("/api/v1/sync/digest?stream=pub", 200)):
        line = raw(house, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\n{upgrade}\r\n")
        assert line.startswith(f"HTTP/1.1 {status} "), path


# ── what is bounded ──


@needs_house
def test_whoever_sends_in_drops_is_cut_off_and_delays_nobody(house: House) -> None:
    slow = [socket.create_connection(("127.0.0.1", house.port), timeout=30) for _ in range(50)]
    for line in slow:
        line.sendall(b"GET /api/v1/feed HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    assert max(house.anonymous().get("/sync/digest?stream=pub").elapsed.total_seconds() for _ in range(20)) < 2
    begun = time.monotonic()
    for line in slow:
        with suppress(ConnectionResetError):
            assert b"200 OK" not in line.recv(4096)
        line.close()
    assert time.monotonic() - begun < 15


@needs_house
def test_one_address_cannot_take_every_place(house: House) -> None:
    upload = (
        f"POST /api/v1/media HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n"
    )
    with ExitStack() as lines:

        def take_a_place() -> None:
            line = lines.enter_context(socket.create_connection(("127.0.0.1", house.port), timeout=30))
            line.sendall(upload.encode())

        def is_full() -> bool:
            # One that was refused, while something else still had its place, is made up for.
            take_a_place()
            return house.anonymous().get("/me").status_code == 429

        for _ in range(PER_ADDRESS):
            take_a_place()
        wait_until(is_full)
        refused = house.anonymous().get("/me")
        assert (refused.json()["code"], refused.headers["Retry-After"]) == ("rate_limited", "5")
        assert refused.headers["Content-Type"] == "application/problem+json"
    wait_until(lambda: house.anonymous().get("/me").status_code == 401)


@needs_house
def test_bodies_are_bounded_as_the_application_bounds_them(house: House) -> None:
    editor = house.staff("editor")
    just_too_large = editor.post("/editor/breaking", {"headline": "x" * 1_100_000})
    assert (just_too_large.status_code, just_too_large.json()["code"]) == (413, "too_large")
    assert "X-Request-Id" in just_too_large.headers, "in the application's own words"
    far_too_large = editor.post("/editor/breaking", {"headline": "x" * 3_000_000})
    assert (far_too_large.status_code, far_too_large.json()["code"]) == (413, "too_large")
    assert far_too_large.headers["Content-Type"] == "application/problem+json"
    # So is a piece of a file.
    headers = {"Content-Type": PIECE_TYPE, "Upload-Offset": "0"}
    form = {"name": "p.pdf", "size": 2 * PIECE}
    begun = editor.post("/uploads", form, headers={"Idempotency-Key": "a-file-in-pieces"})
    address = f"/uploads/{begun.json()['id']}"
    piece = editor.call("PATCH", address, data=b"%PDF-".ljust(PIECE), headers=headers)
    assert (piece.status_code, piece.headers["Upload-Offset"]) == (204, str(PIECE))
    assert editor.call("HEAD", address).headers["Upload-Offset"] == str(PIECE)
    too_long = editor.call("PATCH", address, data=bytes(PIECE + 1), headers=headers)
    assert (too_long.status_code, too_long.json()["limit"]) == (413, PIECE)
    # A file is let through to be judged there.
    upload = editor.post("/media", files={"file": ("p.jpg", b"x" * 3_000_000, "image/jpeg")})
    assert upload.status_code == 415


HIDDEN = "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Hidden: 1\r\n\r\n"
# Where nginx and the web process might not agree on where a request ends, and the rest would be taken for the next one,
# which is somebody else's.
SMUGGLED = {
    "a length and chunks": f"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "chunks and a length": f"Transfer-Encoding: chunked\r\nContent-Length: {len(HIDDEN) + 5}\r\n\r\n0\r\n\r\n{HIDDEN}",
    "two lengths": f"Content-Length: 2\r\nContent-Length: {len(HIDDEN) + 2}\r\n\r\n{{}}{HIDDEN}",
    "a length of two": f"Content-Length: 2, {len(HIDDEN) + 2}\r\n\r\n{{}}{HIDDEN}",
    "a signed length": f"Content-Length: +2\r\n\r\n{{}}{HIDDEN}",
    "chunks in disguise": f"Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{{}}{HIDDEN}",
    "chunks behind a tab": f"Transfer-Encoding:\tchunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n{HIDDEN}",
    "chunks before a colon": f"Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{{}}{HIDDEN}",
    "a chunk that lies": f"Transfer-Encoding: chunked\r\n\r\n2;x={HIDDEN!r}\r\n{{}}\r\n0\r\n\r\n",
    "an old protocol": f"Connection: keep-alive\r\nContent-Length: 2\r\n\r\n{{}}{HIDDEN}",
    "a header that goes on": f"X-A: b\r\n Content-Length: 2\r\n\r\n{{}}{HIDDEN}",
}


@needs_house
@pytest.mark.parametrize("name", SMUGGLED)
def test_no_request_hides_in_another(house: House, name: str) -> None:
    version = "1.0" if name == "an old protocol" else "1.1"
    head = f"POST /api/v1/auth/codes HTTP/{version}\r\nHost: x\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", house.port), timeout=30) as line:
        line.sendall((head + SMUGGLED[name]).encode())
        line.shutdown(socket.SHUT_WR)
        heard = b""
        with suppress(OSError):
            while piece := line.recv(65536):
                heard += piece
    # What nginx itself takes for a second request it has refused, as it does any for the operator's figures.
    assert b"http_request_seconds" not in heard
    assert b" 200 OK" not in heard
    for _ in range(10):
        # Over the connections that are kept to the web processes, as any other citizen.
        answer = house.anonymous().get("/sync/digest?stream=pub")
        assert answer.ok
        assert {"head", "hash"} & answer.json().keys()


@needs_house
@pytest.mark.parametrize("form", ["xml", "json"])
def test_open311_is_refused_in_its_own_form_by_the_edge_too(house: House, form: str) -> None:
    address = f"{house.url}/open311/v2/requests.{form}"
    validate(requests.get(address, timeout=10), "requests", form)
    far_too_large = requests.post(address, data=b"x" * 3_000_000, timeout=10)
    validate(far_too_large, "errors", form, 413)
    assert "X-Request-Id" not in far_too_large.headers, "nginx has said it"


@needs_house
def test_figures_for_the_operator_are_not_passed_on(house: House) -> None:
    for path in ("/metrics", "//metrics", "/./metrics", "/%6detrics", "/metrics?x=1"):
        assert raw(house, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startswith("HTTP/1.1 404")
    assert requests.get(f"{house.web_url}/metrics", timeout=10).ok


def _counted(house: House, name: str) -> float:
    lines = requests.get(f"{house.web_url}/metrics", timeout=10).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


@needs_house
def test_figures_are_those_of_all_processes_together(house: House) -> None:
    name = 'http_request_seconds_count{endpoint="operations.alive"'
    before = _counted(house, name)
    for _ in range(40):
        # Each on a connection of its own, so that both processes answer some.
        assert requests.get(f"{house.web_url}/healthz", timeout=10).ok
    assert {_counted(house, name) for _ in range(6)} == {before + 40}
    wait_until(lambda: _counted(house, "job_seconds_count") > 0)


@needs_house
def test_a_request_keeps_its_id_or_is_given_one_at_the_edge(house: House) -> None:
    own = {"X-Request-Id": "from-the-phone-0001"}
    assert house.anonymous().get("/me/preferences", headers=own).headers["X-Request-Id"] == own["X-Request-Id"]
    given = house.anonymous().get("/me/preferences", headers={"X-Request-Id": "not one\tof ours"})
    assert re.fullmatch(r"[0-9a-f]{32}", given.headers["X-Request-Id"])


@needs_house
def test_limits_count_the_citizens_address_and_not_what_he_says_it_is(house: House) -> None:
    told = {"X-Forwarded-For": "203.0.113.9"}
    answer = house.anonymous().post("/auth/codes", {"phone": "+8613912345678"}, headers=told)
    assert answer.status_code == 202
    assert house.anonymous().post("/auth/codes", {"phone": "+8613912345679"}).status_code == 202
    assert tables.run(house.data, "SELECT count(DISTINCT address_hash) FROM login_code") == [(1,)]


@needs_house
def test_static_files_are_answered_as_the_application_answers_them(house: House) -> None:
    named = ("Content-Type", "Cache-Control", "X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy")
    for path in ("/static/docs.css", "/static/icon.svg", "/static/docs.html", "/static/js/dom.js"):
        ours, edges = (requests.get(base + path, timeout=10) for base in (house.web_url, house.url))
        assert {name: edges.headers.get(name) for name in named} == {name: ours.headers.get(name) for name in named}
        assert edges.content == ours.content
        assert "X-Request-Id" not in edges.headers, "the application was not asked"
        again = requests.get(house.url + path, headers={"If-None-Match": edges.headers["ETag"]}, timeout=10)
        assert again.status_code == 304
    for path in ("/static/no-such-file", "/static/../wsgi.py", "/static/%2e%2e/api/app.py"):
        assert requests.get(house.url + path, timeout=10).status_code == 404


@needs_house
def test_the_files_of_the_app_come_compressed_and_are_kept_for_good(house: House) -> None:
    scripts = sorted((ROOT / "web/static/app/assets").glob("first-*.js"))
    if not scripts:
        pytest.skip("SKIPPED: the app is not built (make web)")
    path, named = f"/static/app/assets/{scripts[0].name}", ("Content-Type", "Content-Encoding", "Cache-Control")
    for accepted, encoding in (("gzip", "gzip"), ("identity", None)):
        for base in (house.web_url, house.url):
            answer = requests.get(base + path, headers={"Accept-Encoding": accepted}, timeout=10)
            assert [answer.headers.get(name) for name in named] == [
                "text/javascript; charset=utf-8",
                encoding,
                "public, max-age=31536000, immutable",
            ]
            assert answer.content == scripts[0].read_bytes()
    assert requests.get(f"{house.url}/static/app/assets/../../../wsgi.py", timeout=10).status_code == 404


# ── who replaces whom ──


@needs_house
def test_both_web_processes_serve(house: House) -> None:
    before = house.answers_of("sync.get_digest")

    def both_have_answered() -> bool:
        with ThreadPoolExecutor(16) as readers:
            paths = ["/sync/digest?stream=pub"] * 64
            assert {answer.status_code for answer in readers.map(Person(house.url).get, paths)} == {200}
        now = house.answers_of("sync.get_digest")
        return all(now[process] > before[process] for process in before)

    wait_until(both_have_answered, 30)


@needs_house
def test_a_web_process_that_was_killed_is_replaced_and_reads_go_on(house: House) -> None:
    story, word = publish(house)
    kept = Reader(f"{house.url}/api/v1/articles/{story}", word)
    asked_for = [Reader(f"{house.url}/api/v1/sync/digest?stream=pub", "hash") for _ in range(3)]
    for reader in (kept, *asked_for):
        reader.start()
    for _ in range(2):
        wait_until(lambda: all(len(reader.seen) > 20 for reader in asked_for))
        before = house.web_processes()
        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda killed=killed: killed not in house.web_processes() and len(house.web_processes()) == 2, 30)
        house.both_serve()
        for reader in asked_for:
            reader.seen.clear()
    for reader in (kept, *asked_for):
        wait_until(lambda reader=reader: len(reader.seen) > 20)
        assert reader.is_alive(), "no request was refused"
        assert reader.cut_off <= 2, "each kill may cut off the answer that is just being written, and no other"
        reader.done.set()
        reader.join()
        assert {(status, found) for _, status, found in reader.seen} == {(200, True)}


@needs_house
def test_an_edge_and_a_worker_that_were_killed_are_started_again(house: House) -> None:
    for part, words in ((NGINX, "nginx 意外结束 ended unexpectedly (SIGKILL)"), (WORKER, "worker 意外结束")):
        killed = house.part(part)
        left_behind = children(killed)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda part=part, killed=killed: house.part(part) not in {0, killed}, 30)
        wait_until(lambda words=words: words in house.words())
        wait_until(lambda left_behind=left_behind: not any(map(runs, left_behind)))
    wait_until(lambda: reads(house), 30)
    assert cached(house.anonymous().get("/feed")) in {"MISS", "HIT"}


def reads(house: House) -> bool:
    with suppress(requests.ConnectionError):
        return house.anonymous().get("/feed").ok
    return False


@needs_house
def test_a_stop_finishes_what_is_under_way_and_says_goodbye(another_house: House) -> None:
    house = another_house
    phones = [Phone(house.anonymous()) for _ in range(6)]
    for phone in phones:
        phone.go_online()
    acknowledged: list[str] = []
    wrong: list[str] = []

    def write(editor: Person) -> None:
        while True:
            word = uuid.uuid4().hex
            form = {"headline": word, "text": word, "source": {"name": "值班室", "verified": True}, "reason": "试"}
            try:
                acknowledged.append(editor.does("POST", "/editor/breaking", form)["headline"])
            except Refused as refusal:
                if refusal.problem.get("code") != "unavailable":
                    wrong.append(str(refusal))
                return
            except requests.ConnectionError:  # The edge has gone by now.
                return

    editors = [house.staff(name) for name in ("editor", "editor2", "reporter")]
    writers = [threading.Thread(target=write, args=(editor,)) for editor in editors]
    for writer in writers:
        writer.start()
    wait_until(lambda: len(acknowledged) > 20)
    parts = [house.part(words) for words in (NGINX, "gunicorn", WORKER)]
    assert house.stop() == 0
    for writer in writers:
        writer.join(10)
    assert wrong == []
    stored = {row[0] for row in tables.run(house.data, "SELECT headline FROM story")}
    assert set(acknowledged) <= stored
    wait_until(lambda: not any(phone.online for phone in phones))
    assert [[bye["reason"] for bye in phone.byes] for phone in phones] == [["restart"]] * len(phones)
    assert not any(map(runs, parts))
    assert "Traceback" not in house.words()
    assert "意外" not in house.words()


@needs_house
def test_nothing_is_left_running_when_the_supervisor_is_killed(another_house: House) -> None:
    house = another_house
    parts = [house.part(words) for words in (NGINX, "gunicorn", WORKER)]
    everyone = [*parts, *(child for part in parts for child in children(part))]
    house.kill()
    wait_until(lambda: not any(map(runs, everyone)), 30)


# ── settings ──


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "none"),
        ("WEB_PORT", "0"),
        ("WEB_PORT", "8000"),
        ("WEB_PORT", "65536"),
        ("EDGE_HOST", "everywhere"),
        ("EDGE_CONNECTIONS", "many"),
        ("EDGE_PER_ADDRESS", "0"),
        ("ASYNC_MODE", "threading"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "sqlite:///some.db"),
        ("DATA_DIR", '/tmp/with"quotes'),
        ("DATA_DIR", "/tmp/" + "long" * 30),
    ],
)
def test_a_setting_of_the_edge_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    good = {
        "DATA_DIR": str(tmp_path)[:60],
        "DATABASE_URL": "postgresql://127.0.0.1/x",
        "SECRET_KEY": SECRET,
        "SMS_URL": "https://sms.example/send",
    }
    assert load_edge(good).web_port == 8001
    with pytest.raises(BadSetting, match=f"bad setting {name}"):
        load_edge(good | {name: value})


@needs_house
def test_a_port_in_use_stops_the_start_before_anything_else(house: House, make_server: Callable[..., Server]) -> None:
    late = House(make_server(start=False), PORT=str(house.port))
    with pytest.raises(AssertionError, match=f"端口 {house.port} 打不开"):
        late.start()
