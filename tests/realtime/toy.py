"""The toy house of tests/toys/fanout_app.py as a process, and phones that read it in threads of their own."""

from __future__ import annotations

import itertools
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, ClassVar

import requests
import websocket
from websocket import ABNF

from tests.support.server import ROOT, free_port, wait_until

OPENING = "/socket.io/?EIO=4&transport=websocket"
ENDED = "(the end)"


class Toy:
    """A toy house on a port of its own."""

    def __init__(self, *, fast: bool, **env: str) -> None:
        self.fast, self.port = fast, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            self.command(),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PORT": str(self.port), "FAST_PATH": str(int(fast)), **env},
            stderr=subprocess.DEVNULL,  # What handlers raise on purpose is logged there at length.
        )
        self.session = requests.Session()
        self.session.trust_env = False
        wait_until(self._answers, 30)

    def command(self) -> list[str]:
        return [sys.executable, "-W", "ignore", "tests/toys/fanout_app.py"]

    def _answers(self) -> bool:
        assert self.process.poll() is None
        try:
            return bool(self.session.get(f"{self.url}/phones", timeout=2).ok)
        except requests.RequestException:
            return False

    def does(self, order: str, **form: Any) -> dict[str, Any]:
        """Give an order and wait until it is carried out."""
        answer = self.session.post(f"{self.url}/{order}", json=form, timeout=30)
        assert answer.ok, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def phones(self) -> dict[str, int]:
        """Count the phones that the house and the library know."""
        body: dict[str, int] = self.session.get(f"{self.url}/phones", timeout=10).json()
        return body

    def diary(self, name: str) -> list[str]:
        """What the application saw of the phone that came last by this name."""
        body: list[str] = self.session.get(f"{self.url}/diary/{name}", timeout=10).json()
        return body

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class Reader:
    """A phone on a bare websocket. A thread keeps every packet in order, unless it is told to rest.

    With `by_hand` there is no thread, and the test reads.
    """

    # Those who have not been closed; a test that failed must leave nobody to the next one.
    living: ClassVar[list[Reader]] = []

    def __init__(
        self, toy: Toy, name: str, *, send_buffer: int = 0, receive_buffer: int = 0, by_hand: bool = False
    ) -> None:
        options = [(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)] if receive_buffer else []
        url = f"ws://127.0.0.1:{toy.port}{OPENING}&name={name}"
        self.name, self.by_hand = name, by_hand
        self.socket = websocket.create_connection(
            url, timeout=30, sockopt=options, http_no_proxy=["*"], header=[f"X-Toy: {name}"]
        )
        # The library's client forgets its socket when it has read the end.
        self.wire: socket.socket = self.socket.sock
        assert next_packet(self.socket).startswith("0{")
        self.socket.send('40/sync,{"pass":"word"}')
        assert next_packet(self.socket).startswith("40/sync,{")
        self.socket.send(f"42/sync,0{json.dumps(['hello', {'send_buffer': send_buffer}])}")
        greeting = json.loads(next_packet(self.socket).removeprefix("43/sync,0"))[0]
        self.sid: str = greeting["sid"]
        assert greeting["fast"] is toy.fast
        # Every packet but pings, as it came.
        self.heard: list[str] = []
        # How many pings it has answered, and the code with which the server closed the websocket.
        self.pings, self.close_code = 0, 0
        self.calls = 0
        self._awake, self._changed = threading.Event(), threading.Condition()
        self._awake.set()
        self.living.append(self)
        if not by_hand:
            threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while not self.over:
            self.read()

    def read(self) -> None:
        """Wait for the next packet, unless told to rest."""
        while True:
            self._awake.wait()
            text = self._recv()
            if text == "2":
                with suppress(OSError):  # If it has closed meanwhile, that is what is read next.
                    self.socket.send("3")
                with self._changed:
                    self.pings += 1
                    self._changed.notify_all()
                continue
            with self._changed:
                self.heard.append(text)
                self._changed.notify_all()
            return

    def _recv(self) -> str:
        try:
            opcode, data = self.socket.recv_data()
        except (websocket.WebSocketException, OSError):
            return ENDED
        if opcode == ABNF.OPCODE_CLOSE:
            self.close_code = int.from_bytes(data[:2], "big")
            return ENDED
        return str(data, "utf-8")

    # ── hearing ──

    @property
    def over(self) -> bool:
        return bool(self.heard) and self.heard[-1] == ENDED

    def rest(self) -> None:
        """Read no more than what is under way."""
        self._awake.clear()

    def wake(self) -> None:
        self._awake.set()

    def wait_for(self, condition: Callable[[], object], timeout: float = 30) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, timeout), (self.name, self.heard[-3:])

    def numbers(self) -> list[int]:
        """The numbers of the news that came, in order."""
        start = '42/sync,["news",'
        return [json.loads(text[len(start) : -1])["number"] for text in self.heard if text.startswith(start)]

    # ── talking ──

    def event(self, name: str, *messages: Any) -> str:
        """Return the packet of an event that asks for an ack, and the next number."""
        self.calls += 1
        return f"42/sync,{self.calls}{json.dumps([name, *messages], ensure_ascii=False)}"

    def say(self, name: str, *messages: Any) -> Any:
        """Send an event and wait for its ack, which is returned."""
        self.socket.send(self.event(name, *messages))
        return self.ack(self.calls)

    def ack(self, number: int) -> Any:
        """Wait for an ack and return it."""
        start = f"43/sync,{number}["
        self.wait_for(lambda: any(text.startswith(start) for text in self.heard))
        body = next(text for text in self.heard if text.startswith(start))
        answer = json.loads(body[len(start) - 1 :])
        return answer[0] if answer else None

    def send_in_pieces(self, text: str, cuts: Sequence[int]) -> None:
        """Send one message as several frames, a ping between them, and each frame in two goes."""
        data = text.encode()
        edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
        for number, (begin, end) in enumerate(itertools.pairwise(edges)):
            opcode = ABNF.OPCODE_CONT if number else ABNF.OPCODE_TEXT
            self.send_torn(frame(data[begin:end], opcode, final=number == len(edges) - 2))
            if number == 0:
                self.send_torn(frame(b"between", ABNF.OPCODE_PING))

    def send_torn(self, data: bytes) -> None:
        """Send bytes so that they go out as two segments."""
        self.wire.sendall(data[:3])
        self.wire.sendall(data[3:])

    def send_bytes(self, data: bytes) -> None:
        """Send bytes in one go."""
        self.wire.sendall(data)

    # ── going ──

    def go(self, how: str = "close") -> None:
        """Leave: by the close of one of the three protocols, by an end of the connection, or by cutting it."""
        if how == "leave":
            self.socket.send("41/sync,")
        elif how == "engine":
            self.socket.send("1")
        elif how == "close":
            self.send_bytes(close())
        elif how == "end":
            self.wire.shutdown(socket.SHUT_WR)
        else:
            # With nothing to linger for, closing resets the connection.
            self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._awake.set()
            self.wire.shutdown(socket.SHUT_RD)
            self.wait_for(lambda: self.over)
            self.wire.close()

    def close(self) -> None:
        """Hang up, whatever is going on."""
        self._awake.set()
        with suppress(OSError):
            self.wire.shutdown(socket.SHUT_RDWR)
        if not self.by_hand:
            self.wait_for(lambda: self.over)
        self.wire.close()
        self.living.remove(self)


def next_packet(connection: websocket.WebSocket) -> str:
    """The next packet but a ping, which is answered: one may come at any time."""
    while (packet := str(connection.recv())) == "2":
        connection.send("3")
    return packet


def frame(payload: bytes, opcode: int = ABNF.OPCODE_TEXT, *, final: bool = True) -> bytes:
    """A client's frame, by an implementation that is not ours."""
    return bytes(ABNF(int(final), 0, 0, 0, opcode, 1, payload).format())


def from_server(packet: str) -> bytes:
    """A server's text frame."""
    return bytes(ABNF(1, 0, 0, 0, ABNF.OPCODE_TEXT, 0, packet.encode()).format())


def text(packet: str) -> bytes:
    """A client's text frame."""
    return frame(packet.encode())


def close(code: int = 1000) -> bytes:
    """A client's close frame."""
    return frame(code.to_bytes(2, "big"), ABNF.OPCODE_CLOSE)
