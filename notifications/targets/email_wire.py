"""The conversation with a mail server: whom to call, how it is made safe, and what each refusal was about."""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
import time
from dataclasses import dataclass
from ipaddress import ip_address
from types import TracebackType
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

Step = Literal["mail", "rcpt", "data"]
_DEFAULT_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True)
class MailServer:
    """Whom to hand mail to. `user` is empty where nobody signs in; with `tls` the first byte is encrypted already."""

    host: str
    port: int
    tls: bool
    user: str
    password: str

    @property
    def is_here(self) -> bool:
        """Tell whether it runs on this machine, where there is no line that others could listen on."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


class Refused(Exception):
    """The server does not take this letter; it goes on with the next one."""

    def __init__(self, step: Step, code: int, text: str) -> None:
        super().__init__(f"{step} {code}")
        self.step, self.code, self.text = step, code, text


def parse_server(url: str) -> MailServer:
    """Read `smtp://user:password@host:port` or `smtps://…`; what is special in a password is percent-encoded.

    Raises:
        ValueError: it is no such address. The words do not repeat it, since it holds a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise ValueError("要写 smtp://… 或 smtps://… (an address of a mail server)") from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("主机后面不能再写别的 (a host, perhaps a port, and nothing behind)")
    if bool(user) != bool(password) or not (user + password).isascii():
        # The library writes both in ASCII, whatever the server may understand.
        raise ValueError("用户名和密码要一起写，用 ASCII 字符 (user and password together, in ASCII)")
    return MailServer(parts.hostname, port, parts.scheme == "smtps", user, password)


class Conversation:
    """One connection, made safe and signed in. As a context manager it takes its leave at the end.

    Every method raises `OSError`, of which all errors of smtplib are kinds, when nothing further can be said on it.

    Args:
        server: whom to call.
        name: how we call ourselves, a domain.
        timeout_s: seconds to wait for an answer.
        end_at: the moment of the monotonic clock after which nothing is waited for.
    """

    def __init__(self, server: MailServer, name: str, timeout_s: float, end_at: float) -> None:
        self._timeout_s, self._end_at = timeout_s, end_at
        context = _context(server)
        if server.tls:
            # With a name given, the library asks no name server for ours.
            self._line: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, name, timeout=timeout_s, context=context
            )
        else:
            self._line = smtplib.SMTP(server.host, server.port, name, timeout=timeout_s)
        try:
            self._make_ready(server, context)
        except BaseException:
            self._line.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whatever was taken is taken; a server that does not answer our leave changes nothing.
        with contextlib.suppress(OSError):
            self._limit()
            self._line.docmd("QUIT")
        self._line.close()

    def hand_over(self, sender: str, recipient: str, message: bytes) -> None:
        """Hand one letter over; `message` has lines that end in CRLF.

        Raises:
            Refused: this letter was not taken.
            OSError: nobody can tell whether it was, and the conversation is over.
        """
        try:
            self._ask("mail", 250, "MAIL", f"FROM:<{sender}>")
            self._ask("rcpt", 250, "RCPT", f"TO:<{recipient}>")
            self._ask("data", 354, "DATA")
            self._limit()
            self._line.send(re.sub(rb"(?m)^\.", b"..", message) + b".\r\n")
            self._judge("data", 250, *self._line.getreply())
        except Refused:
            # What the server remembers of this letter must not become part of the next.
            self._limit()
            self._line.docmd("RSET")
            raise

    def _ask(self, step: Step, wanted: int, command: str, rest: str = "") -> None:
        self._limit()
        self._judge(step, wanted, *self._line.docmd(command, rest))

    def _judge(self, step: Step, wanted: int, code: int, text: bytes) -> None:
        if code == wanted or (step == "rcpt" and code == 251):
            return
        if code == 421 or not 400 <= code < 600:
            # It says that it is going, or something that no server says at this place.
            raise smtplib.SMTPResponseException(code, text)
        raise Refused(step, code, text.decode("ascii", "replace"))

    def _make_ready(self, server: MailServer, context: ssl.SSLContext) -> None:
        self._limit(parts=2)
        self._line.ehlo_or_helo_if_needed()
        if not server.tls and self._line.has_extn("starttls"):
            self._limit(parts=4)
            self._line.starttls(context=context)
            self._line.ehlo_or_helo_if_needed()
        elif not server.tls and server.user and not server.is_here:
            raise ssl.SSLError("no STARTTLS, and a password does not go over an open line")
        if server.user:
            self._limit(parts=4)
            self._line.login(server.user, server.password)

    def _limit(self, parts: int = 1) -> None:
        """Have the next `parts` answers come in time."""
        left = self._end_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self._line.sock is not None:
            self._line.sock.settimeout(min(self._timeout_s, left / parts))


def _context(server: MailServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.is_here:
        # Nobody issues certificates for it, and nobody can stand in between.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
