"""The client under the channels: what it says of a call that failed, on real sockets."""

from __future__ import annotations

import datetime
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backend.publishing.channel import File
from channels.http import HttpClient, Lost, NotSent
from fakes.http_server import Answer, Call, HttpServer
from tests.support.server import free_port, wait_until

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"ok": 1}'


def whole_call(line: socket.socket) -> bytes:
    """Read head and body, which may come in several packets."""
    read = b""
    while not (found := re.search(rb"content-length: (\d+).*?\r\n\r\n", read, re.IGNORECASE | re.DOTALL)):
        read += line.recv(1 << 16)
    while len(read) < found.end() + int(found[1]):
        read += line.recv(1 << 16)
    return read


@contextmanager
def speaking(talk: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """Listen on a port; what arrives is kept, and `talk` answers once a call was read."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line:
                heard.append(whole_call(line))
                with suppress(OSError):
                    talk(line)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@contextmanager
def serving(app: Callable[[Call], Answer]) -> Iterator[str]:
    server = HttpServer(app, "127.0.0.1", 0)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.stop()


def client(url: str, timeout_s: float = 2) -> HttpClient:
    return HttpClient(url, timeout_s)


def test_an_answer_is_read():
    with speaking(lambda line: line.sendall(OK)) as (url, heard):
        reply = client(url).post_json("/a/b", {"标题": "三条新线路"}, {"t": "1 2"})
    assert (reply.status, reply.content) == (200, {"ok": 1})
    head, body = heard[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST /a/b?t=1+2 HTTP/1.1")
    assert body.decode() == '{"标题": "三条新线路"}'


def test_a_form_with_a_file_is_a_multipart_one():
    with speaking(lambda line: line.sendall(OK)) as (url, heard):
        client(url).post_form("/u", {"status": "文字"}, {"pic": File(b"\xff\xd8\xff", "image/jpeg", "a.jpg")})
    assert b"multipart/form-data" in heard[0]
    assert "文字".encode() in heard[0]
    assert b'name="pic"; filename="a.jpg"' in heard[0]
    assert b"\xff\xd8\xff" in heard[0]


def test_where_nobody_listens_nothing_was_sent():
    with pytest.raises(NotSent):
        client(f"http://127.0.0.1:{free_port()}").get("/", {})


def test_a_name_that_leads_nowhere_means_that_nothing_was_sent():
    with pytest.raises(NotSent):
        client("http://no-such-host.invalid").post_json("/", {})


def test_a_connection_that_does_not_come_about_in_time_means_that_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for line in waiting:
            line.setblocking(False)
            line.connect_ex(("127.0.0.1", port))
        try:
            with pytest.raises(NotSent):
                client(f"http://127.0.0.1:{port}", 0.3).post_json("/", {})
        finally:
            for line in waiting:
                line.close()


def test_a_certificate_that_is_not_the_vendors_means_that_nothing_was_sent(tmp_path):
    heard: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))
    listener = socket.create_server(("127.0.0.1", 0))

    def shake_hands() -> None:
        line, _ = listener.accept()
        try:
            with context.wrap_socket(line, server_side=True) as safe:
                heard.append(safe.recv(100))
        except OSError:
            line.close()

    thread = threading.Thread(target=shake_hands, daemon=True)
    thread.start()
    with pytest.raises(NotSent):
        client(f"https://127.0.0.1:{listener.getsockname()[1]}").post_json("/", {"secret": 1})
    thread.join(5)
    listener.close()
    assert heard in ([], [b""])


def _self_signed(directory) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36_500))
        .sign(key, hashes.SHA256())
    )
    file = directory / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return str(file)


def test_a_line_that_is_cut_after_the_call_leaves_it_open():
    with speaking(lambda line: line.shutdown(socket.SHUT_RDWR)) as (url, heard), pytest.raises(Lost) as lost:
        client(url).post_json("/", {"text": "x"})
    assert lost.value.code == "line_lost"
    assert heard
    assert heard[0].endswith(b'{"text": "x"}')


def test_a_vendor_that_does_not_answer_in_time_leaves_it_open():
    done = threading.Event()
    with speaking(lambda _: done.wait(10) and None) as (url, heard):
        with pytest.raises(Lost) as lost:
            client(url, 0.2).post_json("/", {})
        # The vendor's side may come to read what was sent only after we gave up.
        assert wait_until(lambda: heard)
        done.set()
    assert lost.value.code == "timeout"


def test_a_vendor_that_sends_a_byte_now_and_then_is_given_up():
    done = threading.Event()

    def drip(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(200):
            if done.wait(0.05):
                return
            line.sendall(b" ")

    with speaking(drip) as (url, _):
        with pytest.raises(Lost) as lost:
            client(url, 0.2).post_json("/", {})
        done.set()
    assert lost.value.code == "timeout"


def test_half_an_answer_leaves_it_open():
    with speaking(lambda line: line.sendall(OK[:-3])) as (url, _), pytest.raises(Lost):
        client(url).post_json("/", {})


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(200, b"<html>"), "not_json"),
        (Answer(200, b""), "not_json"),
        (Answer(200, b'"text"'), "not_json"),
        (Answer(200, b"[" * 100_000), "not_json"),
        (Answer(302, b"", {"Location": "/elsewhere"}), "not_json"),
        (Answer(500, b'{"errcode": 0}'), "http_500"),
        (Answer(502, "网关错误".encode("gbk")), "http_502"),
        (Answer(200, b" " * ((16 << 20) + 1)), "too_long"),
    ],
)
def test_an_answer_that_makes_no_sense_leaves_it_open(answer, code):
    paths = []

    def app(call: Call) -> Answer:
        paths.append(call.path)
        return answer

    with serving(app) as url, pytest.raises(Lost) as lost:
        client(url).post_json("/here", {})
    assert lost.value.code == code
    assert paths == ["/here"]


def test_nothing_is_tried_twice_and_no_line_is_used_twice():
    server = HttpServer(
        lambda call: Answer(503 if call.path == "/ill" else 200, json.dumps({}).encode()), "127.0.0.1", 0
    )
    server.start()
    asking = client(f"http://127.0.0.1:{server.server_port}")
    with pytest.raises(Lost):
        asking.get("/ill", {})
    assert server.connections == 1
    asking.get("/well", {})
    asking.get("/well", {})
    assert server.connections == 3
    server.stop()


@pytest.mark.parametrize("url", ["", "api.weixin.qq.com", "ftp://x", "http://"])
def test_an_address_that_is_none_is_refused_at_once(url):
    with pytest.raises(ValueError, match="not an address"):
        HttpClient(url, 1)
