"""The front door on the wire: who is let in, and that everybody else gets what the HTTP server behind it answers.

Each request is sent byte by byte as given to two servers of a kind, one with the door and one without. Whatever it is,
the answer has the same status; and where it is a websocket, it is the same websocket.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.realtime.toy import Toy, text
from tests.support.server import wait_until

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
START = b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1"
GOOD = (
    b"Host: ronghui.example",
    b"Upgrade: websocket",
    b"Connection: keep-alive, Upgrade",
    b"Sec-WebSocket-Key: " + KEY,
    b"Sec-WebSocket-Version: 13",
    b"User-Agent: a phone",
)
GUNICORN = [sys.executable, "-W", "ignore", "-m", "gunicorn", "--worker-class", "deploy.worker.EventletWorker"]


class UnderGunicorn(Toy):
    """A toy house served as in production."""

    def command(self) -> list[str]:
        bind = ["--bind", f"127.0.0.1:{self.port}", "--no-control-socket", "--log-level", "critical"]
        return [*GUNICORN, *bind, "--pythonpath", "tests/toys", "fanout_app:app"]


@pytest.fixture(scope="module", params=["embedded", "gunicorn"])
def houses(request: pytest.FixtureRequest) -> Iterator[tuple[Toy, Toy]]:
    """With the door and without, on each of the two HTTP servers."""
    kind = UnderGunicorn if request.param == "gunicorn" else Toy
    with ExitStack() as stack:
        pair = kind(fast=True), kind(fast=False)
        for house in pair:
            stack.callback(house.stop)
        yield pair


@dataclass(frozen=True)
class Answer:
    """The beginning of what came back."""

    status: int
    websocket: bytes = b""


def ask(house: Toy, *pieces: bytes) -> Answer:
    """Send bytes, end sending, and read as far as it takes to know what they were taken for."""
    received = b""
    with socket.create_connection(("127.0.0.1", house.port), timeout=20) as wire, suppress(OSError):
        for piece in pieces:
            wire.sendall(piece)
        wire.shutdown(socket.SHUT_WR)
        while b"\r\n\r\n" not in received and (piece := wire.recv(65536)):
            received = (received + piece).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    found = re.match(rb"HTTP/1\.[01] (\d+)", received)
    status = int(found[1]) if found else 0
    accept = re.search(rb"^Sec-WebSocket-Accept: (\S+)\r$", received, re.MULTILINE)
    return Answer(status, accept[1] if accept else b"")


def head(start: bytes = START, lines: tuple[bytes, ...] = GOOD) -> bytes:
    return b"\r\n".join([start, *lines, b"", b""])


def without(name: bytes) -> tuple[bytes, ...]:
    return tuple(line for line in GOOD if not line.startswith(name))


def instead(line: bytes) -> tuple[bytes, ...]:
    name = line.partition(b":")[0]
    return tuple(line if old.startswith(name + b":") else old for old in GOOD)


LET_IN = {
    "plain": head(),
    "names in other letters": head(lines=tuple(line.lower().replace(KEY.lower(), KEY) for line in GOOD)),
    "in another order": head(lines=GOOD[::-1]),
    "with a cookie and languages": head(lines=(*GOOD, b"Cookie: a=b; c=d", b"Accept-Language: zh-CN,zh;q=0.9")),
    "from our own page": head(lines=(*GOOD, b"Origin: http://ronghui.example")),
    "from our own page, behind the edge": head(
        lines=(*GOOD, b"Origin: https://ronghui.example", b"X-Forwarded-Proto: https")
    ),
    "with a query of its own": head(b"GET /socket.io/?name=x&transport=websocket&EIO=4&t=abc HTTP/1.1"),
    "with an extension offered": head(lines=(*GOOD, b"Sec-WebSocket-Extensions: permessage-deflate")),
    "with a subprotocol offered": head(lines=(*GOOD, b"Sec-WebSocket-Protocol: chat")),
}
HANDED_ON = {
    "no host": head(lines=without(b"Host")),
    "two hosts": head(lines=(*GOOD, b"Host: elsewhere.example")),
    "no upgrade": head(lines=without(b"Upgrade")),
    "another upgrade": head(lines=instead(b"Upgrade: h2c")),
    "no connection": head(lines=without(b"Connection")),
    "a connection without a comma": head(lines=instead(b"Connection: keep-alive Upgrade")),
    "another connection": head(lines=instead(b"Connection: keep-alive")),
    "no key": head(lines=without(b"Sec-WebSocket-Key")),
    "two keys": head(lines=(*GOOD, b"Sec-WebSocket-Key: " + KEY)),
    "a short key": head(lines=instead(b"Sec-WebSocket-Key: dGhl")),
    "a key that is none": head(lines=instead(b"Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==")),
    "no version": head(lines=without(b"Sec-WebSocket-Version")),
    "an old version": head(lines=instead(b"Sec-WebSocket-Version: 8")),
    "a version to come": head(lines=instead(b"Sec-WebSocket-Version: 14")),
    "two versions": head(lines=(*GOOD, b"Sec-WebSocket-Version: 13")),
    "a body": head(lines=(*GOOD, b"Content-Length: 5")) + b"hello",
    "an empty body": head(lines=(*GOOD, b"Content-Length: 0")),
    "a chunked body": head(lines=(*GOOD, b"Transfer-Encoding: chunked")) + b"0\r\n\r\n",
    "an expectation": head(lines=(*GOOD, b"Expect: 100-continue")),
    "another method": head(START.replace(b"GET", b"POST")),
    "a method in small letters": head(START.replace(b"GET", b"get")),
    "another path": head(b"GET /elsewhere?EIO=4&transport=websocket HTTP/1.1"),
    "a path without its end": head(b"GET /socket.io?EIO=4&transport=websocket HTTP/1.1"),
    "a whole address": head(b"GET http://ronghui.example/socket.io/?EIO=4&transport=websocket HTTP/1.1"),
    "no query": head(b"GET /socket.io/ HTTP/1.1"),
    "another protocol": head(START.replace(b"EIO=4", b"EIO=3")),
    "two protocols": head(START.replace(b"EIO=4", b"EIO=4&EIO=3")),
    "polling": head(START.replace(b"websocket", b"polling")),
    "polling, as browsers begin": head(START.replace(b"websocket", b"polling"), without(b"Upgrade")),
    "two transports": head(START.replace(b"EIO=4", b"EIO=4&transport=polling")),
    "a session": head(START.replace(b"EIO=4", b"EIO=4&sid=abc")),
    "a callback": head(START.replace(b"EIO=4", b"EIO=4&j=1")),
    "HTTP/1.0": head(START.replace(b"1.1", b"1.0")),
    "HTTP/2.0": head(START.replace(b"1.1", b"2.0")),
    "no protocol": head(START.removesuffix(b" HTTP/1.1")),
    "a page elsewhere": head(lines=(*GOOD, b"Origin: http://elsewhere.example")),
    "a page nowhere": head(lines=(*GOOD, b"Origin: null")),
    "two origins": head(lines=(*GOOD, b"Origin: http://ronghui.example", b"Origin: http://elsewhere.example")),
    "a folded header": head(lines=(*GOOD, b"X-Long: a", b"  b")),
    "a header without a name": head(lines=(*GOOD, b": a")),
    "a header without a colon": head(lines=(*GOOD, b"nonsense")),
    "a space before the colon": head(lines=(*GOOD, b"X-Space : a")),
    "an underscore": head(lines=(*GOOD, b"X_Forwarded_For: 1.2.3.4")),
    "a letter beyond ASCII": head(lines=(*GOOD, "X-City: 上海".encode())),
    "a bare return in a value": head(lines=(*GOOD, b"X-Odd: a\rb")),
    "a bare newline in a value": head(lines=(*GOOD, b"X-Odd: a\nb: c")),
    "a null in a value": head(lines=(*GOOD, b"X-Odd: a\x00b")),
    "a control character in a value": head(lines=(*GOOD, b"X-Odd: a\x07b")),
    "a bare newline in the target": head(START.replace(b"EIO=4", b"EIO=4&a=\nb")),
    "a bare return in the target": head(START.replace(b"EIO=4", b"EIO=4&a=\rb")),
    "a tab in the target": head(START.replace(b"EIO=4", b"EIO=4&a=\tb")),
    "a null in the target": head(START.replace(b"EIO=4", b"EIO=4&a=\x00b")),
    "a fragment in the target": head(START.replace(b" HTTP", b"#a HTTP")),
    "bare newlines": head().replace(b"\r\n", b"\n"),
    "an empty line first": b"\r\n" + head(),
    "half a head": head()[:-2],
    "half a line": head()[:100],
    "nothing": b"",
    "a head that is too long": head(lines=(*GOOD, b"X-Long: " + b"x" * 20_000)),
    "too many headers": head(lines=(*GOOD, *(b"X-%d: a" % number for number in range(200)))),
    "two requests": head() + head(),
    "a request, and a page": head() + b"GET /phones HTTP/1.1\r\nHost: a\r\n\r\n",
    "a request with the first frame": head() + text("40/sync,"),
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
}


@pytest.mark.parametrize("what", LET_IN)
def test_a_phone_is_let_in(houses: tuple[Toy, Toy], what: str) -> None:
    fast, stock = houses
    # The example of RFC 6455, section 1.3.
    assert ask(fast, LET_IN[what]) == ask(stock, LET_IN[what]) == Answer(101, b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")


@pytest.mark.parametrize("what", HANDED_ON)
def test_everybody_else_gets_the_answer_of_the_http_server(houses: tuple[Toy, Toy], what: str) -> None:
    fast, stock = houses
    assert ask(fast, HANDED_ON[what]) == ask(stock, HANDED_ON[what])


@pytest.mark.parametrize("size", [1, 40, 150])
def test_a_handshake_that_comes_in_pieces_is_let_in_all_the_same(houses: tuple[Toy, Toy], size: int) -> None:
    whole = head()
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    for house in houses:
        assert ask(house, *pieces).status == 101


# ── any mutation ──

starts = (
    START,
    START.replace(b"GET", b"PUT"),
    START.replace(b"1.1", b"1.0"),
    START + b" ",
    b" " + START,
    b"GET /phones HTTP/1.1",
)
values = (b"", b" ", b"13", b"websocket", b"Upgrade", b"close", b"h2c, websocket", KEY, b"a,b", b"\xff", b"a\tb")
odd_bytes = (b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"\x00")
header_names = (
    *(line.partition(b":")[0] for line in GOOD),
    *(b"Origin", b"Content-Type", b"Content-Length", b"X-A", b"TE", b"Via"),
)
Change = Callable[[bytes], bytes]


def at(place: int, take: int, put: bytes) -> Change:
    """Take some bytes out at a place, and put others in."""
    return lambda data: data[:place] + put + data[place + take :]


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A handshake to whose lines and bytes something has happened."""
    lines = list(GOOD)
    for _ in range(draw(st.integers(0, 2))):
        lines += draw(st.lists(st.sampled_from(lines or GOOD), max_size=1))
        name = draw(st.sampled_from(header_names))
        lines += draw(st.lists(st.sampled_from(values).map(lambda value, name=name: name + b": " + value), max_size=1))
        lines = [line for line in draw(st.permutations(lines)) if line != draw(st.sampled_from([None, *lines]))]
    data = head(draw(st.sampled_from(starts)), tuple(lines))
    places = st.integers(0, len(data))
    inserted = st.sampled_from(odd_bytes) | st.binary(min_size=1, max_size=3)
    change = st.one_of(
        st.builds(at, places, st.just(0), inserted),
        st.builds(at, places, st.just(1), st.just(b"")),
        st.builds(at, places, st.just(len(data)), st.just(b"")),
        st.builds(at, st.just(len(data)), st.just(0), st.binary(min_size=1, max_size=30)),
    )
    for each in draw(st.lists(change, max_size=2)):
        data = each(data)
    return data


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=requests())
def test_no_mutation_makes_a_difference(houses: tuple[Toy, Toy], data: bytes) -> None:
    fast, stock = houses
    assert ask(fast, data) == ask(stock, data)


# ── silence ──


def test_who_says_nothing_keeps_nobody_waiting(houses: tuple[Toy, Toy]) -> None:
    for house in houses:
        silent = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(50)]
        begun = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(50)]
        for wire in begun:
            wire.sendall(b"GET /socket.io/?EIO=4")
        assert ask(house, head()).status == 101
        wait_until(lambda house=house: house.phones()["phones"] == 0)
        for wire in [*silent, *begun]:
            wire.close()


def test_a_silent_one_may_speak_after_all(houses: tuple[Toy, Toy]) -> None:
    for house in houses:
        with socket.create_connection(("127.0.0.1", house.port), timeout=20) as late:
            assert ask(house, head()).status == 101
            late.sendall(b"GET /phones HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert late.recv(12) == b"HTTP/1.1 200"
