"""WebSocket frames (RFC 6455, section 5): writing a server's, and reading a client's as far as they have come."""

from __future__ import annotations

from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
NORMAL, PROTOCOL_ERROR, NOT_UTF8, TOO_BIG = 1000, 1002, 1007, 1009
_FINAL, _RESERVED, _OPCODE, _MASKED, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
_KNOWN = {CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG}
_LONGEST_CONTROL = 125


class BrokenFrame(ValueError):
    """What came is no frame a client may send. `code` is the close code that says why (RFC 6455, section 7.4.1)."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, unmasked."""

    final: bool
    opcode: int
    payload: bytes


def write_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """Return one final, unmasked frame, as a server sends them."""
    length = len(payload)
    if length <= _LONGEST_CONTROL:
        head = bytes((_FINAL | opcode, length))
    elif length < 1 << 16:
        head = bytes((_FINAL | opcode, 126)) + length.to_bytes(2, "big")
    else:
        head = bytes((_FINAL | opcode, 127)) + length.to_bytes(8, "big")
    return head + payload


def close_frame(code: int = NORMAL) -> bytes:
    """Return the frame that ends a connection."""
    return write_frame(code.to_bytes(2, "big"), CLOSE)


def read_frames(data: bytes, longest: int) -> tuple[list[Frame], bytes]:
    """Return the complete frames at the beginning of `data`, and the bytes that are left.

    Args:
        data: what has come and was not read yet.
        longest: the greatest payload that is accepted, in bytes.

    Raises:
        BrokenFrame: not masked, reserved bits, an unknown opcode, a long or torn control frame, too big.
    """
    frames: list[Frame] = []
    at = 0
    while len(data) - at >= 6:  # Two bytes of head and four of mask: a client's shortest frame.
        first, second = data[at], data[at + 1]
        length = _checked(first, second)
        body = at + 2
        if length >= 126:
            body += 2 if length == 126 else 8
            if len(data) < body:
                break
            length = int.from_bytes(data[at + 2 : body], "big")
        if length > longest:
            raise BrokenFrame(TOO_BIG, "too big")
        end = body + 4 + length
        if len(data) < end:
            break
        frames.append(Frame(first >= _FINAL, first & _OPCODE, _unmask(data[body : body + 4], data[body + 4 : end])))
        at = end
    return frames, data[at:] if at else data


def _checked(first: int, second: int) -> int:
    """Return the short length of a frame whose first two bytes are in order."""
    opcode, length = first & _OPCODE, second & _LENGTH
    if first & _RESERVED or opcode not in _KNOWN:
        raise BrokenFrame(PROTOCOL_ERROR, "reserved bits or an unknown opcode")
    if not second & _MASKED:
        raise BrokenFrame(PROTOCOL_ERROR, "not masked")
    if opcode >= CLOSE and (length > _LONGEST_CONTROL or not first & _FINAL):
        raise BrokenFrame(PROTOCOL_ERROR, "a long or torn control frame")
    return length


def _unmask(mask: bytes, payload: bytes) -> bytes:
    # One XOR of two long integers is some forty times quicker than one of each byte.
    length = len(payload)
    key = int.from_bytes((mask * (length // 4 + 1))[:length], "little")
    return (int.from_bytes(payload, "little") ^ key).to_bytes(length, "little")
