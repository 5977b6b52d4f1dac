"""E-mail for staff, to whom no app rings at their desks."""

from __future__ import annotations

import hashlib
import re
import smtplib
import time
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from backend.clock import Clock, SystemClock
from backend.ids import new_id
from notifications.targets.base import Delivery, Letter, Outcome
from notifications.targets.email_wire import Conversation, Refused, parse_server

MAX_LETTERS = 50
# After this no further letter is begun, and what is under way has the rest of the 35 seconds: the sender gives forty.
_BEGIN_WITHIN_S, _END_WITHIN_S = 20.0, 35.0
_DEADLINE = "DEADLINE_EXCEEDED"
# Nobody reads a mailbox behind these answers to its name: there is none, it has moved, it cannot be written like that.
_NO_MAILBOX = frozenset({550, 551, 553})
# Our own access was refused, which says nothing about the mailbox.
_OUR_ACCESS = frozenset({530, 534, 535, 538})
# What stands between `<` and `>` of a command: nothing in it can end the command or begin another.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Any server takes seven bits.
_POLICY = SMTP.clone(cte_type="7bit")


class EmailTarget:
    """Sends each letter as one e-mail, all letters of a call over one connection. An address is a mailbox.

    Where the server offers it on `smtp://`, the line is encrypted. Its certificate is checked unless it is on this
    machine; a password never goes over an open line to another one.

    Args:
        url: `smtp://user:password@host:port` or `smtps://…`, both also without user and password.
        sender: the address that the letters come from.
        timeout_s: seconds to wait for an answer of the server.
        clock: what the letters are dated by.
        begin_within_s: when a slow server is given up for this call.

    Raises:
        ValueError: the url or the sender is malformed.
    """

    kind = "email"
    at_once = MAX_LETTERS

    def __init__(
        self,
        url: str,
        sender: str,
        timeout_s: float = 10,
        clock: Clock | None = None,
        begin_within_s: float = _BEGIN_WITHIN_S,
    ) -> None:
        self._server = parse_server(url)
        self._sender, self._domain = _checked(sender), sender.rpartition("@")[2]
        self._timeout_s, self._begin_within_s = timeout_s, begin_within_s
        self._clock = clock or SystemClock()

    def send(self, letters: Sequence[Letter]) -> list[Delivery]:
        """Hand over up to 50 letters; the answers are in their order.

        Raises:
            ValueError: more than 50 letters, an address that is no mailbox, or a push without words.
        """
        if len(letters) > MAX_LETTERS:
            raise ValueError(f"at most {MAX_LETTERS} letters a call, not {len(letters)}")
        now = self._clock.now()
        messages = [compose(letter, self._sender, now) for letter in letters]
        deliveries: list[Delivery] = []
        code = _DEADLINE
        begun_at = time.monotonic()
        if letters:
            try:
                with Conversation(
                    self._server, self._domain, self._timeout_s, begun_at + _END_WITHIN_S
                ) as conversation:
                    for letter, message in zip(letters, messages, strict=True):
                        if time.monotonic() - begun_at >= self._begin_within_s:
                            break
                        deliveries.append(self._hand_over(conversation, letter, message))
            except (OSError, ValueError) as trouble:
                # The library has a ValueError for nonsense of the server's. The letter in hand may have been taken.
                code = _code_of(trouble)
        return deliveries + [Delivery(letter.address, "retry", code) for letter in letters[len(deliveries) :]]

    def close(self) -> None:
        """Do nothing: no connection outlives a call."""

    def _hand_over(self, conversation: Conversation, letter: Letter, message: bytes) -> Delivery:
        try:
            conversation.hand_over(self._sender, letter.address, message)
        except Refused as refusal:
            return Delivery(letter.address, _outcome(refusal), f"smtp_{refusal.code}")
        return Delivery(letter.address, "sent")


def compose(letter: Letter, sender: str, now: datetime) -> bytes:
    """Write the e-mail. Under one key it has the same Message-ID at every try, by which a repeat is known.

    Raises:
        ValueError: an address that is no mailbox, or a push without words.
    """
    # A line break in a header would begin another header.
    title = " ".join(_CONTROLS.sub(" ", letter.push.title).split())
    body = _CONTROLS.sub("", letter.push.body.replace("\r\n", "\n")).strip()
    if not title and not body:
        raise ValueError("an e-mail needs words")
    message = EmailMessage(_POLICY)
    message["From"] = sender
    message["To"] = _checked(letter.address)
    message["Subject"] = title or body.split("\n", 1)[0]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{_id_of(letter)}@{sender.rpartition('@')[2]}>"
    # Whoever answers letters by machine must not answer this one.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content((body or title) + "\n")
    return message.as_bytes()


def _id_of(letter: Letter) -> str:
    if not letter.key:
        return new_id()
    return hashlib.sha256(f"{letter.key}\n{letter.address}".encode()).hexdigest()[:32]


def _checked(address: str) -> str:
    if not _ADDRESS.fullmatch(address) or len(address) > 254:
        # It is not repeated: whoever logs the error would log a person's address.
        raise ValueError("an address is no mailbox")
    return address


def _outcome(refusal: Refused) -> Outcome:
    if refusal.code < 500 or refusal.code in _OUR_ACCESS:
        return "retry"
    # 5.7 is a rule of the server's against us or our words; the mailbox is there.
    if refusal.step == "rcpt" and refusal.code in _NO_MAILBOX and not refusal.text.startswith("5.7."):
        return "dead"
    return "failed"


def _code_of(trouble: Exception) -> str:
    if isinstance(trouble, smtplib.SMTPResponseException):
        return f"smtp_{trouble.smtp_code}"
    # The library wraps the time-out of a read.
    if isinstance(trouble, TimeoutError) or isinstance(trouble.__context__, TimeoutError):
        return _DEADLINE
    return type(trouble).__name__
