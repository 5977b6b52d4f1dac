"""WebSocket frames and handshakes as the fast path reads them, against an implementation that is not ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websocket import ABNF

from realtime.direct import frames
from realtime.direct.handshake import accept_handshake, read_handshake

LONGEST = 70_000
PEER = ("127.0.0.1", 5)
HANDSHAKE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ronghui.example\r\nUpgrade: websocket\r\n"
    b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
payloads = st.one_of(st.binary(max_size=300), st.integers(0, LONGEST).map(lambda size: b"x" * size))


def from_client(payload: bytes, opcode: int = frames.TEXT, fin: int = 1) -> bytes:
    return bytes(ABNF(fin, 0, 0, 0, opcode, 1, payload).format())


@given(messages=st.lists(payloads, max_size=5), cuts=st.lists(st.integers(0, 1000), max_size=6))
def test_frames_are_read_whatever_the_pieces_they_come_in(messages: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(from_client, messages))
    read: list[bytes] = []
    rest = b""
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(stream)], strict=True):
        found, rest = frames.read_frames(rest + stream[begin : max(begin, end)], LONGEST)
        read += [frame.payload for frame in found]
    assert read == messages
    assert rest == b""


@given(payload=payloads)
def test_what_we_write_is_what_another_implementation_writes(payload: bytes) -> None:
    assert frames.write_frame(payload) == ABNF(1, 0, 0, 0, frames.TEXT, 0, payload).format()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frames.write_frame(b"not masked, and long enough"), frames.PROTOCOL_ERROR),
        (b"\xc1" + from_client(b"hello")[1:], frames.PROTOCOL_ERROR),
        (b"\x83" + from_client(b"hello")[1:], frames.PROTOCOL_ERROR),
        (b"\x09" + from_client(b"hello")[1:], frames.PROTOCOL_ERROR),
        (from_client(b"x" * 126, frames.PING), frames.PROTOCOL_ERROR),
        (from_client(b"x" * (LONGEST + 1)), frames.TOO_BIG),
        (b"\x81\xff" + (2**63).to_bytes(8, "big") + b"mask", frames.TOO_BIG),
    ],
    # Masks are random, and the processes of a test run must agree on the names of its tests.
    ids=["unmasked", "reserved bit", "unknown opcode", "torn control", "long control", "too big", "far too big"],
)
def test_what_no_client_may_send_is_refused_with_its_code(data: bytes, code: int) -> None:
    with pytest.raises(frames.BrokenFrame) as broken:
        frames.read_frames(data, LONGEST)
    assert broken.value.code == code


@given(data=st.binary(max_size=200))
def test_any_bytes_are_frames_or_refused_or_not_complete(data: bytes) -> None:
    try:
        found, rest = frames.read_frames(data, LONGEST)
    except frames.BrokenFrame:
        return
    assert sum(len(frame.payload) + 6 for frame in found) + len(rest) <= len(data)


def test_a_plain_handshake_is_let_in() -> None:
    environ = read_handshake(HANDSHAKE, PEER)
    assert environ is not None
    assert (environ["HTTP_HOST"], environ["REMOTE_ADDR"]) == ("ronghui.example", "127.0.0.1")
    # The example of RFC 6455, section 1.3.
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in accept_handshake(environ["HTTP_SEC_WEBSOCKET_KEY"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"GET", b"POST"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"/socket.io/", b"/socket.io"),
        (b"EIO=4", b"EIO=3"),
        (b"transport=websocket", b"transport=polling"),
        (b"transport=websocket", b"transport=websocket&sid=5"),
        (b"Host: ronghui.example\r\n", b""),
        (b"Host: ronghui.example\r\n", b"Host: a\r\nHost: b\r\n"),
        (b"Upgrade: websocket", b"Upgrade: h2c"),
        (b"keep-alive, Upgrade", b"keep-alive"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"dGhlIHNhbXBsZSBub25jZQ"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"!!!!!!!!!!!!!!!!!!!!!!=="),
        (b"Version: 13", b"Version: 8"),
        (b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (b"\r\n\r\n", b"\r\n folded\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nX_Y: 1\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nX: \xff\r\n\r\n"),
        (b"\r\n\r\n", b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
        (b"\r\n\r\n", b"\r\n"),
        (b"\r\n\r\n", b"\r\nX: " + b"x" * 9000 + b"\r\n\r\n"),
    ],
)
def test_whatever_is_unusual_is_left_to_the_http_server(old: bytes, new: bytes) -> None:
    assert read_handshake(HANDSHAKE.replace(old, new, 1), PEER) is None


@given(data=st.binary(max_size=300), at=st.integers(0, len(HANDSHAKE)))
def test_no_bytes_make_the_door_stumble(data: bytes, at: int) -> None:
    read_handshake(data, PEER)
    read_handshake(HANDSHAKE[:at] + data + HANDSHAKE[at:], PEER)
