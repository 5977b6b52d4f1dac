"""A fake mail server on the wire, in this process. It keeps what it is handed, and misbehaves when told to.

It is strict where servers differ: lines end in CRLF and are no longer than 998 bytes, a letter has seven bits, and
commands come in their order.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import hmac
import ipaddress
import ssl
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from socketserver import StreamRequestHandler
from typing import Any, Literal, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fakes.cuttable import CuttableServer, cut

Verb = Literal["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", ".", "RSET", "QUIT"]
Kind = Literal["refuse", "drop", "lose", "hang", "delay"]
Tls = Literal["", "starttls", "direct"]
# No mailbox of this kind exists, as with the other fakes.
DEAD = "dead-"
_MAX_LINE = 998


@dataclass(frozen=True)
class Mail:
    """A letter that was taken. `data` is what came over the wire, with the doubled dots undone."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    message: EmailMessage

    @property
    def text(self) -> str:
        """The body as a reader sees it."""
        return str(self.message.get_content()).replace("\r\n", "\n")


@dataclass
class Rule:
    """One way to misbehave at one verb; `.` is the end of the letter, when it has been read.

    `refuse`: the answer is `code` with `text`. `drop`: the line is cut, nothing is done. `lose`: it is done, the line
    is cut. `hang`: there is no answer. `delay`: it is done as usual after `delay_s`. `address` narrows a rule on `MAIL`
    or `RCPT` to addresses that begin with it; `times` is how often it holds, for ever if None.
    """

    verb: Verb
    kind: Kind = "refuse"
    code: int = 451
    text: str = "as told"
    times: int | None = None
    address: str = ""
    delay_s: float = 0

    def holds(self, verb: str, address: str) -> bool:
        """Tell whether it holds for this command, and count it if it does."""
        if self.times == 0 or verb != self.verb or not address.startswith(self.address):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class FakeSmtp:
    """A running mail server. With a user, letters are taken only from who has signed in."""

    def __init__(self, host: str, port: int, user: str, password: str, tls: Tls) -> None:
        self.user, self.password, self.tls = user, password, tls
        self._lock = threading.Lock()
        self._rules: deque[Rule] = deque()
        self._mails: list[Mail] = []
        # How many connections were encrypted so far.
        self.encrypted = 0
        self.context = _self_signed() if tls else None
        self._server = _Server(self, host, port)
        self.port = self._server.server_port
        name = f"{user}:{password}@" if user else ""
        self.url = f"{'smtps' if tls == 'direct' else 'smtp'}://{name}{host}:{self.port}"
        self._server.start()

    @property
    def connections(self) -> int:
        """How many were opened so far."""
        return self._server.connections

    def mails(self) -> list[Mail]:
        """Return what it took, in its order."""
        with self._lock:
            return list(self._mails)

    def rule(self, verb: Verb, kind: Kind = "refuse", **more: Any) -> None:
        """Add a rule before the others; the fields are those of `Rule`."""
        with self._lock:
            self._rules.appendleft(Rule(verb, kind, **more))

    def reset(self) -> None:
        """Forget letters and rules."""
        with self._lock:
            self._mails.clear()
            self._rules.clear()

    def stop(self) -> None:
        """Go down: the port is closed and open connections are cut. Twice is no error."""
        self._server.stop()

    def find_rule(self, verb: str, address: str) -> Rule | None:
        """Return the first rule that holds, counted."""
        with self._lock:
            return next((rule for rule in self._rules if rule.holds(verb, address)), None)

    def take(self, mail: Mail) -> None:
        """Keep a letter."""
        with self._lock:
            self._mails.append(mail)


def serve(host: str = "127.0.0.1", port: int = 0, *, user: str = "", password: str = "", tls: Tls = "") -> FakeSmtp:
    """Start a mail server in threads of this process. Port 0 takes a free one."""
    return FakeSmtp(host, port, user, password, tls)


class _Server(CuttableServer):
    def __init__(self, fake: FakeSmtp, host: str, port: int) -> None:
        self.fake = fake
        super().__init__(host, port, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet: clients hang up, and refuse certificates, in the middle of everything."""


class _Handler(StreamRequestHandler):
    _sender: str | None = None

    def handle(self) -> None:
        self._server = cast("_Server", self.server)
        self._fake = self._server.fake
        self._signed_in = not self._fake.user
        self._encrypted = False
        self._forget()
        if self._fake.tls == "direct":
            self._encrypt()
        going = self._act("CONNECT", "", lambda: (220, "fake.example ESMTP"))
        while going and (line := self.rfile.readline(_MAX_LINE + 2)):
            going = self._obey(line)

    def _obey(self, line: bytes) -> bool:
        verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
        verb = verb.upper()
        if not line.endswith(b"\r\n") or not line.isascii():
            return self._say(500, "one line of ASCII that ends in CRLF")
        address = rest.partition("<")[2].partition(">")[0]
        acts: dict[str, Callable[[], tuple[int, str]]] = {
            "EHLO": self._greet,
            "STARTTLS": lambda: (220, "go ahead") if self._offers_tls else (502, "not here"),
            "AUTH": lambda: self._sign_in(rest),
            "MAIL": lambda: self._begin(address),
            "RCPT": lambda: self._add(address),
            "DATA": lambda: (354, "end with a dot") if self._recipients else (503, "RCPT first"),
            "RSET": self._forget,
            "NOOP": lambda: (250, "ok"),
            "QUIT": lambda: (221, "bye"),
        }
        if verb not in acts:
            return self._say(502, "no such command")
        going = self._act(verb, address, acts[verb])
        if going and self._code == 354:
            return self._read_letter()
        if going and verb == "STARTTLS" and self._code == 220:
            self._encrypt()
        return going and self._code != 221

    def _act(self, verb: str, address: str, act: Callable[[], tuple[int, str]]) -> bool:
        """Do what was asked, or what a rule says instead; False when the conversation is over."""
        rule = self._fake.find_rule(verb, address)
        if rule is None:
            return self._say(*act())
        match rule.kind:
            case "refuse":
                return self._say(rule.code, rule.text)
            case "lose":
                act()
            case "hang":
                self._server.stopping.wait()
            case "delay":
                self._server.stopping.wait(rule.delay_s)
                return self._say(*act())
        cut(self.connection)
        return False

    def _say(self, code: int, text: str) -> bool:
        self._code = code
        lines = text.split("\n")
        for number, line in enumerate(lines):
            self.wfile.write(f"{code}{' ' if number == len(lines) - 1 else '-'}{line}\r\n".encode())
        return not self._server.stopping.is_set() and code != 421

    @property
    def _offers_tls(self) -> bool:
        return self._fake.tls == "starttls" and not self._encrypted

    def _greet(self) -> tuple[int, str]:
        offers = ["fake.example", "PIPELINING"]
        offers += ["STARTTLS"] if self._offers_tls else []
        offers += ["AUTH PLAIN"] if self._fake.user else []
        return 250, "\n".join(offers)

    def _encrypt(self) -> None:
        assert self._fake.context is not None
        # A wrapped socket is another object, and it is the one that `stop` has to cut.
        self._server.open.discard(self.connection)
        self.request = self.connection = self._fake.context.wrap_socket(self.connection, server_side=True)
        self._server.open.add(self.connection)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self._encrypted = True
        self._fake.encrypted += 1

    def finish(self) -> None:
        """Close, also what was encrypted in between, which the server knows nothing of."""
        self._server.open.discard(self.connection)
        with contextlib.suppress(OSError):
            self.connection.close()
        super().finish()

    def _sign_in(self, rest: str) -> tuple[int, str]:
        wanted = base64.b64encode(f"\0{self._fake.user}\0{self._fake.password}".encode()).decode()
        self._signed_in = bool(self._fake.user) and hmac.compare_digest(rest, f"PLAIN {wanted}")
        return (235, "welcome") if self._signed_in else (535, "5.7.8 who are you")

    def _begin(self, address: str) -> tuple[int, str]:
        if not self._signed_in:
            return 530, "5.7.0 AUTH first"
        if self._sender is not None:
            return 503, "one letter at a time"
        self._sender = address
        return 250, "ok"

    def _add(self, address: str) -> tuple[int, str]:
        if self._sender is None:
            return 503, "MAIL first"
        if address.startswith(DEAD):
            return 550, "5.1.1 no such mailbox"
        self._recipients.append(address)
        return 250, "ok"

    def _forget(self) -> tuple[int, str]:
        self._sender = None
        self._recipients: list[str] = []
        return 250, "ok"

    def _read_letter(self) -> bool:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line.removeprefix(b"."))
        return self._act(".", self._recipients[0], lambda: self._keep(lines))

    def _keep(self, lines: list[bytes]) -> tuple[int, str]:
        data = b"".join(lines)
        message = message_from_bytes(data, policy=policy.default)
        mail = Mail(self._sender or "", tuple(self._recipients), data, message)
        self._forget()
        if any(not line.endswith(b"\r\n") or len(line) > _MAX_LINE + 2 or not line.isascii() for line in lines):
            return 554, "5.6.0 lines of ASCII, not too long, that end in CRLF"
        self._fake.take(mail)
        return 250, "2.0.0 queued"


def _self_signed() -> ssl.SSLContext:
    """Make a certificate that nobody has vouched for, for this machine's names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_address(ip)) for ip in ("127.0.0.1", "0.0.0.0"))]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        # The library reads certificates from files only.
        path = Path(folder) / "both.pem"
        path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context.load_cert_chain(path)
    return context
