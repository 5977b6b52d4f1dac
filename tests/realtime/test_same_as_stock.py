"""The fast path and the library's own way, side by side: the same programs give each phone the same packets in order.

A program is a list of deeds drawn by hypothesis. It is played in two toy houses, one with the fast path and one
without, and a model says what each phone must hear of it, packet by packet. What the application sees of the phones
must be the same as well.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
import websocket
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from realtime.limits import MAX_QUEUED, MAX_QUEUED_BYTES
from tests.realtime.toy import ENDED, OPENING, Reader, Toy, close, frame, from_server, next_packet, text
from tests.support.server import wait_until

NAMES = ("first", "second", "third")
ROOMS = ("hall", "yard")
LAST = 999_999
BYE = '42/sync,["bye",{"reason":"restart","retry_after_ms":7}]'
SLOW = '42/sync,["bye",{"reason":"slow","retry_after_ms":0}]'
EMPTY = {"phones": 0, "library": 0}
# A phone that rests is certain to be kept up to here, and not beyond.
SURELY_FRAMES, SURELY_BYTES = MAX_QUEUED - 20, MAX_QUEUED_BYTES - 100_000

names = st.sampled_from(NAMES)
rooms = st.sampled_from(ROOMS)
words = st.text(st.characters(codec="utf-8"), max_size=30)
sizes = st.sampled_from([10, 120, 3_000, 66_000, 250_000, 600_000])
deeds = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(("all", *NAMES, "more")), sizes),
    st.tuples(st.just("emit"), st.sampled_from((*ROOMS, *NAMES, "everybody"))),
    st.tuples(st.just("hold"), names, st.sets(st.sampled_from(("more", *NAMES)))),
    st.tuples(st.just("say"), names, words, st.lists(st.integers(0, 80), max_size=3)),
    st.tuples(st.just("many"), names, st.integers(2, 80)),
    st.tuples(st.just("tell"), names, rooms, words),
    st.tuples(st.just("enter"), names, rooms),
    st.tuples(st.just("leave"), names, rooms),
    st.tuples(st.just("close_room"), rooms),
    st.tuples(st.just("ask"), names),
    st.tuples(st.just("fail"), names),
    st.tuples(st.just("rest"), names),
    st.tuples(st.just("wake"), names),
    st.tuples(st.just("bye"), names),
    st.tuples(st.just("go"), names, st.sampled_from(("close", "engine", "end", "reset")), st.integers(0, 3)),
    st.tuples(st.just("join"), names),
)
programs = st.tuples(
    st.lists(deeds, max_size=30),
    # The sender's buffer, and the one of the third phone.
    st.sampled_from([0, 2048]),
    st.sampled_from([0, 4096]),
)


@pytest.fixture(scope="module")
def toys() -> Iterator[tuple[Toy, Toy]]:
    with ExitStack() as stack:
        pair = Toy(fast=True), Toy(fast=False)
        for toy in pair:
            stack.callback(toy.stop)
        yield pair


@pytest.fixture(autouse=True)
def nobody_stays() -> Iterator[None]:
    yield
    for reader in list(Reader.living):
        reader.close()


def packet(event: str, *bodies: Any) -> str:
    return "42/sync," + json.dumps([event, *bodies], ensure_ascii=False, separators=(",", ":"))


class Play:
    """A program under way in one house, and what its phones must hear."""

    def __init__(self, toy: Toy, send_buffer: int, receive_buffer: int) -> None:
        self.toy, self.send_buffer, self.receive_buffer = toy, send_buffer, receive_buffer
        self.readers: dict[str, Reader] = {}
        self.expected: dict[str, list[str]] = {}
        self.streams: dict[str, set[str]] = {}
        self.rooms: dict[str, set[str]] = {}
        # Of those who rest: frames and bytes that they have not read.
        self.unread: dict[str, tuple[int, int]] = {}
        # Those who rest while more waits for them than they are sure to be kept for.
        self.doomed: set[str] = set()
        self.sids: dict[str, str] = {}
        # What is compared between the houses: the diaries and the last words of those who have gone, in order.
        self.record: list[tuple[str, list[str]]] = []
        self.number = 0
        for name in NAMES:
            self.join(name)

    def does(self, deed: str, *details: Any) -> None:
        self.number += 1
        getattr(self, deed)(*details)

    def awake(self, name: str) -> bool:
        return name in self.readers and name not in self.unread

    def hears(self, name: str, text: str) -> None:
        """Note that a phone must hear something."""
        self.expected[name].append(text)
        if name in self.unread:
            frames, size = self.unread[name]
            self.unread[name] = frames + 1, size + len(text.encode())
            if frames >= SURELY_FRAMES or self.unread[name][1] > SURELY_BYTES:
                self.doomed.add(name)

    def settle(self) -> None:
        """Wait until everybody who reads has heard everything."""
        for name, reader in self.readers.items():
            if name not in self.unread:
                reader.wait_for(lambda name=name, reader=reader: len(reader.heard) >= len(self.expected[name]))

    # ── coming and going ──

    def join(self, name: str) -> None:
        if name not in self.readers:
            small = self.receive_buffer if name == "third" else 0
            reader = Reader(self.toy, name, send_buffer=self.send_buffer, receive_buffer=small)
            self.readers[name], self.sids[reader.sid] = reader, name
            self.expected[name], self.streams[name], self.rooms[name] = [], {"all", name}, set()

    def rest(self, name: str) -> None:
        if self.awake(name):
            self.settle()
            self.readers[name].rest()
            self.unread[name] = 0, 0

    def wake(self, name: str) -> None:
        if name in self.unread and name not in self.doomed:
            del self.unread[name]
            self.readers[name].wake()
            self.settle()

    def go(self, name: str, how: str, last_words: int) -> None:
        """Say something, and leave with the same breath."""
        if self.awake(name):
            self.settle()
            reader = self.readers[name]
            if how == "reset":
                reader.go("reset")
            else:
                said = [text(reader.event("say", number)) for number in range(last_words)]
                end = {"close": close(), "engine": text("1"), "end": b""}[how]
                reader.send_bytes(b"".join([*said, end]))
                if how == "end":
                    reader.go("end")
            self.part(name)

    def bye(self, name: str) -> None:
        if self.awake(name):
            for last in (BYE, "41/sync,", "1", ENDED):
                self.hears(name, last)
            self.toy.does("bye", sid=self.readers[name].sid)
            self.settle()
            self.part(name)

    def part(self, name: str) -> None:
        """Wait until the house knows that a phone has gone."""
        wait_until(lambda: self.toy.diary(name)[-1].startswith("disconnect"))
        reader = self.readers.pop(name)
        reader.close()
        assert self.clean(reader.heard[: len(self.expected[name])]) == self.expected.pop(name)
        self.record.append((name, self.toy.diary(name)))
        del self.streams[name], self.rooms[name]

    # ── what the house sends ──

    def send(self, stream: str, size: int) -> None:
        if self.send_buffer or self.receive_buffer:
            size = min(size, 66_000)  # Through buffers of two kilobytes more would take its time.
        self.toy.does("send", stream=stream, number=self.number, size=size)
        for name in self.readers:
            if stream in self.streams[name]:
                self.hears(name, packet("news", {"number": self.number, "text": "新" * (size // 3)}))
        self.settle()

    def emit(self, room: str) -> None:
        sid = self.readers[room].sid if room in self.readers else None
        self.toy.does("emit", to=None if room == "everybody" else sid or room, number=self.number)
        for name in self.readers:
            if room in ("everybody", name) or room in self.rooms[name]:
                self.hears(name, packet("news", {"number": self.number}))

    def hold(self, name: str, streams: set[str]) -> None:
        if name in self.readers and name not in self.doomed:
            self.streams[name] = {"all", *streams}
            self.toy.does("hold", sid=self.readers[name].sid, streams=sorted(self.streams[name]))

    def ask(self, name: str) -> None:
        """The house asks, and the phone acknowledges."""
        if self.awake(name):
            self.settle()
            reader = self.readers[name]
            self.toy.does("ask", sid=reader.sid, number=self.number)
            end = f'["ask",{self.number}]'
            reader.wait_for(lambda: reader.heard and reader.heard[-1].endswith(end))
            asked = reader.heard[-1]
            self.expected[name].append(asked)
            reader.socket.send(f'43/sync,{asked.removeprefix("42/sync,").removesuffix(end)}["yes",{self.number}]')
            wait_until(lambda: self.toy.diary(name)[-1] == f"answer ('yes', {self.number})")

    # ── what phones say ──

    def says(self, name: str, event: str, *bodies: Any, cuts: list[int] | None = None, ack: str = "[]") -> None:
        """Say something, and wait until the house has answered it."""
        if name in self.readers and name not in self.doomed:
            reader = self.readers[name]
            said = reader.event(event, *bodies)
            if cuts is None:
                reader.socket.send(said)
            else:
                reader.send_in_pieces(said, cuts)
            # One thing more: when that is in the diary, what was said before has been answered.
            reader.socket.send(reader.event("say", self.number))
            wait_until(lambda: f"say {self.number}" in self.toy.diary(name))
            self.hears(name, f"43/sync,{reader.calls - 1}{ack}")
            self.hears(name, f"43/sync,{reader.calls}[{self.number}]")

    def say(self, name: str, words: str, cuts: list[int]) -> None:
        self.says(name, "say", words, cuts=cuts, ack=json.dumps([words], ensure_ascii=False, separators=(",", ":")))

    def enter(self, name: str, room: str) -> None:
        if name in self.readers and name not in self.doomed:
            self.rooms[name].add(room)
            self.says(name, "enter", room, ack=self._rooms_of(name))

    def leave(self, name: str, room: str) -> None:
        if name in self.readers and name not in self.doomed:
            self.rooms[name].discard(room)
            self.says(name, "leave", room, ack=self._rooms_of(name))

    def _rooms_of(self, name: str) -> str:
        return json.dumps([sorted(self.rooms[name])], separators=(",", ":"))

    def tell(self, name: str, room: str, words: str) -> None:
        if name in self.readers and name not in self.doomed:
            self.says(name, "tell", room, words)
            for other in self.readers:
                if other != name and room in self.rooms[other]:
                    self.hears(other, packet("told", {"by": name, "words": words}))

    def fail(self, name: str) -> None:
        """Say what the application fails on; it gets no ack, and harms nothing that is said after it."""
        if self.awake(name):
            self.settle()
            reader = self.readers[name]
            reader.send_bytes(text(reader.event("fail", self.number)) + text(reader.event("say", self.number)))
            self.hears(name, f"43/sync,{reader.calls}[{self.number}]")
            self.settle()

    def many(self, name: str, count: int) -> None:
        """Say many things with one breath."""
        if self.awake(name):
            self.settle()
            reader = self.readers[name]
            said = [text(reader.event("say", f"{self.number}.{index}")) for index in range(count)]
            reader.send_bytes(b"".join(said))
            for index in range(count):
                self.hears(name, f'43/sync,{reader.calls - count + 1 + index}["{self.number}.{index}"]')
            self.settle()

    def close_room(self, room: str) -> None:
        self.toy.does("close_room", room=room)
        for held in self.rooms.values():
            held.discard(room)

    # ── the end ──

    def end(self) -> list[tuple[str, list[str]]]:
        """Let everybody hear one last thing, and check what they have heard."""
        self.toy.does("send", stream="all", number=LAST, size=0)
        for name in self.readers:
            self.hears(name, packet("news", {"number": LAST, "text": ""}))
        for name, reader in self.readers.items():
            reader.wake()
            reader.wait_for(lambda reader=reader: reader.over or LAST in reader.numbers())
            heard = self.clean(reader.heard)
            if name in self.doomed:
                assert_beginning(heard, self.expected[name])
            else:
                assert heard == self.expected[name]
                self.record.append((name, [*heard, *self.toy.diary(name)]))
        for name in list(self.readers):
            self.readers.pop(name).close()
        wait_until(lambda: self.toy.phones() == EMPTY)
        return self.record

    def clean(self, heard: list[str]) -> list[str]:
        """Put names in the place of sids."""
        return [
            text.replace(sid, name) if '"told"' in text else text
            for text in heard
            for sid, name in [next(((sid, name) for sid, name in self.sids.items() if sid in text), ("", ""))]
        ]


def assert_beginning(heard: list[str], expected: list[str]) -> None:
    """What arrives at a phone that was cut off is the beginning of what was sent; then a bye, if it gets through."""
    last = (SLOW, "41/sync,", "1", ENDED)
    whole = [text for text in heard if text not in last]
    assert whole == expected[: len(whole)]
    assert heard[: len(whole)] == whole, "nothing after the bye"
    assert len(whole) == len(expected) or heard[-1] == ENDED


def play(toy: Toy, program: Any) -> list[tuple[str, list[str]]]:
    todo, send_buffer, receive_buffer = program
    stage = Play(toy, send_buffer, receive_buffer)
    try:
        for deed in todo:
            stage.does(*deed)
        return stage.end()
    finally:
        for reader in stage.readers.values():
            reader.close()


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(program=programs)
@example(program=([("go", "first", "close", 3), ("join", "first"), ("go", "first", "end", 3)], 0, 0))
@example(program=([("rest", "third"), *[("send", "all", 66_000)] * 14, ("wake", "third")], 2048, 4096))
@example(program=([("rest", "first"), *[("send", "all", 600_000)] * 20], 0, 0))
def test_every_phone_hears_the_same_in_the_same_order(toys: tuple[Toy, Toy], program: Any) -> None:
    fast, stock = toys
    assert play(fast, program) == play(stock, program)


# ── what is the same on both, told one by one ──


@pytest.fixture(params=["fast", "stock"])
def toy(request: pytest.FixtureRequest, toys: tuple[Toy, Toy]) -> Toy:
    return toys[request.param == "stock"]


def test_one_that_does_not_read_is_told_and_cut_while_the_others_hear_everything(toy: Toy) -> None:
    slow, well = Reader(toy, "slow", receive_buffer=4096), Reader(toy, "well")
    slow.rest()
    for number in range(40):
        toy.does("send", stream="all", number=number, size=300_000)
        well.wait_for(lambda wanted=number: wanted in well.numbers())
    assert well.numbers() == list(range(40))
    wait_until(lambda: toy.phones()["phones"] == 1)
    slow.wake()
    slow.wait_for(lambda: slow.over)
    numbers = slow.numbers()
    assert numbers == list(range(len(numbers))), "what came is the beginning, whole and in order"
    assert len(numbers) < 40
    assert_beginning(slow.heard, slow.heard[: len(numbers)])
    well.close()
    wait_until(lambda: toy.phones() == EMPTY)


def test_a_small_frame_may_wait_many_times_and_no_more(toy: Toy) -> None:
    slow = Reader(toy, "slow", receive_buffer=4096, send_buffer=2048)
    slow.rest()
    sent = 0
    while toy.phones()["phones"]:
        toy.does("send", stream="all", number=sent, size=600)
        sent += 1
    # The library's own writer takes out of the queue what is in it, and has then as much in hand again.
    assert MAX_QUEUED < sent < 3 * MAX_QUEUED
    slow.close()
    wait_until(lambda: toy.phones() == EMPTY)


def test_who_reads_slowly_and_steadily_is_never_cut(toy: Toy) -> None:
    slow = Reader(toy, "slow", receive_buffer=4096, send_buffer=2048, by_hand=True)
    for number in range(60):
        toy.does("send", stream="all", number=number, size=66_000)
        # Ten wait all the time, and four megabytes go by.
        if number >= 10:
            slow.read()
    for _ in range(10):
        slow.read()
    assert slow.numbers() == list(range(60))
    slow.close()
    wait_until(lambda: toy.phones() == EMPTY)


@pytest.mark.parametrize("send_buffer", [0, 2048])
def test_one_that_is_cut_in_the_middle_of_a_frame_gets_the_rest_of_it_before_the_bye(
    toy: Toy, send_buffer: int
) -> None:
    slow = Reader(toy, "slow", receive_buffer=4096, send_buffer=send_buffer, by_hand=True)
    frames: list[bytes] = []
    while toy.phones()["phones"]:
        toy.does("send", stream="all", number=len(frames), size=300_000)
        frames.append(from_server(packet("news", {"number": len(frames), "text": "新" * 100_000})))
    stream = b""
    with suppress(ConnectionResetError):
        while piece := slow.wire.recv(1 << 20):
            stream += piece
    news, edges = b"".join(frames), [0, *itertools.accumulate(map(len, frames))]
    bye = from_server(SLOW)
    # Cut short anywhere, if its patience was shorter than the house's; else at the edge of a frame, with a bye.
    assert news.startswith(stream) or any(
        news.startswith(stream[:edge]) and (stream[edge:].startswith(bye) or bye.startswith(stream[edge:]))
        for edge in edges
    )
    slow.close()
    wait_until(lambda: toy.phones() == EMPTY)


def test_frames_wait_as_many_as_may_and_come_in_order(toy: Toy) -> None:
    slow = Reader(toy, "slow", receive_buffer=4096, send_buffer=2048)
    slow.rest()
    for number in range(SURELY_FRAMES):
        toy.does("send", stream="all", number=number, size=3_000)
    slow.wake()
    slow.wait_for(lambda: slow.numbers() == list(range(SURELY_FRAMES)))
    slow.close()
    wait_until(lambda: toy.phones() == EMPTY)


def test_a_phone_that_is_sent_away_is_told_in_both_protocols(toy: Toy) -> None:
    reader = Reader(toy, "first")
    toy.does("bye", sid=reader.sid)
    reader.wait_for(lambda: reader.over)
    assert reader.heard == [BYE, "41/sync,", "1", ENDED]
    assert toy.diary("first")[-1] == "disconnect server disconnect"
    wait_until(lambda: toy.phones() == EMPTY)


def test_a_phone_may_be_sent_away_by_its_own_handler(toy: Toy) -> None:
    reader = Reader(toy, "first")
    reader.send_bytes(text(reader.event("go")) + text(reader.event("say", "unheard")))
    reader.wait_for(lambda: "41/sync," in reader.heard)
    wait_until(lambda: toy.diary("first")[1:] == ["go", "disconnect server disconnect", "gone"])
    reader.close()
    wait_until(lambda: toy.phones() == EMPTY)


def test_a_phone_that_leaves_the_namespace_has_left(toy: Toy) -> None:
    reader = Reader(toy, "first")
    reader.send_bytes(text(reader.event("say", "last")) + text("41/sync,") + text(reader.event("say", "unheard")))
    wait_until(lambda: toy.phones() == {"phones": 0, "library": 1})
    assert toy.diary("first")[1:] == ["say last", "disconnect client disconnect"]
    reader.close()
    wait_until(lambda: toy.phones() == EMPTY)


def test_whom_the_application_does_not_want_is_told_so(toy: Toy) -> None:
    plain = websocket.create_connection(f"ws://127.0.0.1:{toy.port}{OPENING}&name=unwelcome", timeout=10)
    assert next_packet(plain).startswith("0{")
    plain.send("40/sync,")
    answer = next_packet(plain)
    plain.close()
    assert answer == '44/sync,{"message":"not you"}'
    wait_until(lambda: toy.phones() == EMPTY)


def test_phones_whose_messages_take_long_delay_nobody_and_keep_their_own_order(toy: Toy) -> None:
    toy.does("gate", open=False)
    waiting = [Reader(toy, f"waiting{number}") for number in range(20)]
    well = Reader(toy, "well")
    for reader in waiting:
        # More than is taken from one phone at a time.
        first = text(reader.event("wait", "long"))
        reader.send_bytes(b"".join([first, *(text(reader.event("say", index)) for index in range(100))]))
        wait_until(lambda reader=reader: toy.diary(reader.name)[-1] == "wait long")
        assert well.say("say", f"after {reader.name}") == f"after {reader.name}"
    # One leaves while its message is dealt with; it is told so after it.
    waiting[0].go("end")
    toy.does("send", stream="all", number=1, size=3_000)
    well.wait_for(lambda: well.numbers() == [1])
    for reader in waiting[1:]:
        reader.wait_for(lambda reader=reader: reader.numbers() == [1])
    toy.does("gate", open=True)
    seen = ["wait long", "waited long", *(f"say {index}" for index in range(100))]
    for reader in waiting:
        wait_until(lambda reader=reader: toy.diary(reader.name)[1:103] == seen)
    for reader in waiting[1:]:
        acks = ['43/sync,1["long"]', *(f"43/sync,{index + 2}[{index}]" for index in range(100))]
        reader.wait_for(lambda reader=reader, acks=acks: reader.heard[1:] == acks)
    wait_until(lambda: toy.diary("waiting0")[-1] == "disconnect transport close")
    for reader in [*waiting, well]:
        reader.close()
    wait_until(lambda: toy.phones() == EMPTY)


# ── bad packets and bad frames ──


@pytest.fixture(scope="module")
def strict_toys() -> Iterator[tuple[Toy, Toy]]:
    """The toy houses with the house's own strict reading of packets."""
    with ExitStack() as stack:
        pair = Toy(fast=True, STRICT="1"), Toy(fast=False, STRICT="1")
        for toy in pair:
            stack.callback(toy.stop)
        yield pair


ODD_PACKETS = [
    *("0", "2", "2probe", "3", "3probe", "4", "5", "6", "7", "9", "b", "b!!!", "bNDI="),
    *("40", "40/sync,", "40/other,", "41", "42", "42/sync,", "42/sync,[5]", "42/sync,{", "42/sync,{}"),
    *('42["say",1]', '42/other,["say",1]', '42/sync,["unknown"]', '42/sync,["say",1,2,3]', "43/sync,5[]", "43/sync,[]"),
    *("44/sync,", "45", "47", "4²", "42.5", "42e5", "4[1]", '4{"a":1}', "4 1", "4null", "499999"),
    *('42/sync,1["say",NaN]', "42/sync," + "9" * 200 + '["say",1]', '42/sync,1["say",' + "9" * 400 + "]"),
]


def answer_to(toy: Toy, *data: bytes) -> tuple[list[str], list[str]]:
    """Send something odd, then a question: either that is answered, or the connection ends. Return all of it."""
    reader = Reader(toy, "first")
    reader.send_bytes(b"".join(data) + text('42/sync,7["say","still here"]'))
    reader.wait_for(lambda: reader.over or any(heard.startswith("43/sync,7[") for heard in reader.heard))
    heard = [re.sub('"sid":"[^"]+"', '"sid":"…"', heard) for heard in reader.heard]
    reader.close()
    wait_until(lambda: toy.phones() == EMPTY)
    return heard, toy.diary("first")


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("packet", ODD_PACKETS)
def test_an_odd_packet_has_the_same_effect_on_both(
    toys: tuple[Toy, Toy], strict_toys: tuple[Toy, Toy], packet: str, strict: bool
) -> None:
    fast, stock = strict_toys if strict else toys
    assert answer_to(fast, text(packet)) == answer_to(stock, text(packet))


@pytest.mark.parametrize("fast", [True, False])
def test_what_is_no_packet_at_all_ends_the_connection(fast: bool) -> None:
    # Houses of their own, since the library keeps such a phone in its books until its ping is overdue.
    toy = Toy(fast=fast)
    try:
        for packet in ("", "x", "新"):
            reader = Reader(toy, "first")
            reader.socket.send(packet)
            reader.wait_for(lambda heard=reader: heard.over)
            assert reader.heard == [ENDED]
            assert not fast or toy.phones() == EMPTY
    finally:
        toy.stop()


BIG = 64 * 1024
BAD_FRAMES = {
    "not masked": (b"\x81\x05hello", 1002),
    "a reserved bit": (b"\xc1" + text("hello")[1:], 1002),
    "an unknown opcode": (b"\x83" + text("hello")[1:], 1002),
    "an unknown control opcode": (b"\x8b" + text("hello")[1:], 1002),
    "a torn ping": (b"\x09" + text("hello")[1:], 1002),
    "a long ping": (frame(b"x" * 126, 0x9), 1002),
    "a continuation of nothing": (frame(b"x", 0x0), 1002),
    "a message inside another": (frame(b"x", 0x1, final=False) + text("x"), 1002),
    "too big": (frame(b"x" * (BIG + 1)), 1009),
    "too big, and never sent": (b"\x81\xff" + (2**63).to_bytes(8, "big") + b"mask", 1009),
    "not UTF-8": (frame(b"4\xff\xfe"), 1007),
}


@pytest.mark.parametrize("kind", BAD_FRAMES)
def test_a_bad_frame_ends_the_connection_with_its_code(toy: Toy, kind: str) -> None:
    data, code = BAD_FRAMES[kind]
    reader = Reader(toy, "first")
    assert reader.say("say", "before") == "before"
    reader.send_bytes(data)
    reader.wait_for(lambda: reader.over)
    assert reader.heard[1:] == [ENDED]
    # The library hangs up on what it has not read yet, which takes its own last words with it.
    assert reader.close_code == code or not toy.fast
    wait_until(lambda: toy.phones() == EMPTY)


def test_a_message_as_long_as_may_be_is_read(toy: Toy) -> None:
    reader = Reader(toy, "first")
    words = "x" * (BIG - len(reader.event("say", "")))
    assert reader.say("say", words) == words
    reader.calls -= 1
    said = reader.event("say", words)
    reader.send_in_pieces(said, range(0, BIG, 5_000))
    reader.wait_for(lambda: len(reader.heard) == 2)
    reader.close()
    wait_until(lambda: toy.phones() == EMPTY)


def test_a_message_too_long_in_pieces_ends_the_connection(toy: Toy) -> None:
    reader = Reader(toy, "first")
    reader.send_in_pieces("4" + "x" * BIG, [BIG // 2])
    reader.wait_for(lambda: reader.over)
    wait_until(lambda: toy.phones() == EMPTY)


# ── the pulse ──


@pytest.mark.parametrize("fast", [True, False])
def test_pings_go_on_and_whoever_does_not_answer_is_gone(fast: bool) -> None:
    toy = Toy(fast=fast, PING_INTERVAL="0.5", PING_TIMEOUT="3")
    try:
        well, dead = Reader(toy, "well"), Reader(toy, "dead")
        dead.rest()
        wait_until(lambda: toy.phones() == {"phones": 1, "library": 1}, 20)
        assert toy.diary("dead")[-1] in ("disconnect ping timeout", "disconnect transport close")
        well.wait_for(lambda: well.pings >= 5)
        assert well.say("say", "still here") == "still here"
        assert not well.over
    finally:
        toy.stop()
