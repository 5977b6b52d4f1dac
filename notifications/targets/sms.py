"""Short messages, for those who have no app that rings."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from backend.jobs.worker import GiveUp, RetryLater
from notifications.sms import IN_FLIGHT, SmsSender
from notifications.targets.base import Delivery, Letter

MAX_LETTERS = 50
# One part of a short message with Chinese in it: seventy units of UCS-2, and an emoji is two of them.
MAX_UNITS = 70
# After this no further message is begun, and the last one has what remains of the sender's forty seconds.
_BEGIN_WITHIN_S = 20.0
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class SmsTarget:
    """Sends each letter as one short message. An address is a number in E.164.

    Args:
        sender: the gateway, which sign-in codes may share.
        signature: who speaks, in the brackets that gateways demand: `【宝山融媒】`.
        begin_within_s: when a slow gateway is given up for this call.
    """

    kind = "sms"
    at_once = MAX_LETTERS

    def __init__(self, sender: SmsSender, signature: str, begin_within_s: float = _BEGIN_WITHIN_S) -> None:
        self._sender, self._signature, self._begin_within_s = sender, signature, begin_within_s

    def send(self, letters: Sequence[Letter]) -> list[Delivery]:
        """Hand over up to 50 letters; the answers are in their order.

        Raises:
            ValueError: more than 50 letters, an address that is no number in E.164, or a push without words.
        """
        if len(letters) > MAX_LETTERS:
            raise ValueError(f"at most {MAX_LETTERS} letters a call, not {len(letters)}")
        texts = [self._text(letter) for letter in letters]
        if not letters:
            return []
        give_up_at = time.monotonic() + self._begin_within_s

        def hand_over(letter: Letter, text: str) -> Delivery:
            if time.monotonic() >= give_up_at:
                # A gateway this slow must not hold the job beyond its lease; the rest goes with the next try.
                return Delivery(letter.address, "retry", "DEADLINE_EXCEEDED")
            try:
                self._sender.send(letter.address, text, letter.key)
            except RetryLater as later:
                return Delivery(letter.address, "retry", later.code, retry_after_s=later.delay_s)
            except GiveUp as never:
                return Delivery(letter.address, "failed", never.code)
            return Delivery(letter.address, "sent")

        with ThreadPoolExecutor(min(IN_FLIGHT, len(letters))) as pool:
            return list(pool.map(hand_over, letters, texts))

    def close(self) -> None:
        """Close the gateway's connections."""
        self._sender.close()

    def _text(self, letter: Letter) -> str:
        # The number itself stays out of the words: whoever logs the error would log it too.
        if not _E164.fullmatch(letter.address):
            raise ValueError("an address is no number in E.164")
        title, body = _one_line(letter.push.title), _one_line(letter.push.body)
        if not title and not body:
            raise ValueError("a short message needs words")
        return short_text(self._signature, title, body)


def short_text(signature: str, title: str, body: str) -> str:
    """Write a message of one part: the body is cut to what the title leaves, the title only if it alone is too long."""
    text = signature + _cut(title, MAX_UNITS - units(signature))
    separator = "：" if title and body else ""
    room = MAX_UNITS - units(text) - units(separator)
    # Fewer than two units would hold no more than the mark that something was cut.
    return text + separator + _cut(body, room) if body and room >= min(2, units(body)) else text


def units(text: str) -> int:
    """Return how many units of UCS-2 a text takes."""
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, most: int) -> str:
    if units(text) <= most:
        return text
    # Half of a pair at the end, which is half an emoji, is dropped.
    return text.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", "ignore") + "…"


def _one_line(text: str) -> str:
    return " ".join(text.split())
