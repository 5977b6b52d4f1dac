"""E-mail over the wire: the target against the fake mail server."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest

from fakes.smtp import FakeSmtp, serve
from notifications.targets.base import Delivery, Letter, Push
from notifications.targets.email import EmailTarget
from notifications.targets.email_wire import MailServer, parse_server
from tests.support.letters import NOW, FixedClock
from tests.support.programs import run_program

SENDER = "ronghui@media.example"
EDITOR = "editor@media.example"


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeSmtp]:
    running = serve()
    yield running
    running.stop()


@pytest.fixture
def fake(shared) -> FakeSmtp:
    shared.reset()
    return shared


@pytest.fixture
def own_fakes() -> Iterator[list[FakeSmtp]]:
    """Ones of the test's own: it starts them, and they go down with it."""
    started: list[FakeSmtp] = []
    yield started
    for one in started:
        one.stop()


@pytest.fixture
def target(fake) -> EmailTarget:
    return target_of(fake)


def target_of(fake: FakeSmtp, **how) -> EmailTarget:
    return EmailTarget(fake.url, SENDER, **({"timeout_s": 5, "clock": FixedClock()} | how))


def a_letter(address: str = EDITOR, key: str = "bell:1:editor", **changes) -> Letter:
    fields = {
        "title": "三审退回：台风来了",
        "body": "请在今天十八点前改好。\n三审意见见稿件。",
        "data": {"kind": "story", "id": "1", "seq": "42"},
        "collapse_key": None,
        "ttl_s": 3600,
        "priority": "normal",
    }
    return Letter(address, Push(**(fields | changes)), key)


def staff(count: int) -> list[str]:
    return [f"editor-{number}@media.example" for number in range(count)]


def outcomes(deliveries: list[Delivery]) -> list[tuple[str, str | None]]:
    return [(one.outcome, one.code) for one in deliveries]


# What a mailbox gets


def test_a_letter_is_one_mail_with_its_words_and_headers(fake, target):
    assert (target.kind, target.at_once) == ("email", 50)
    assert target.send([a_letter()]) == [Delivery(EDITOR, "sent")]
    (mail,) = fake.mails()
    assert (mail.sender, mail.recipients) == (SENDER, (EDITOR,))
    message = mail.message
    assert (message["From"], message["To"], message["Subject"]) == (SENDER, EDITOR, "三审退回：台风来了")
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]) == NOW
    assert message["Message-ID"].endswith("@media.example>")
    assert "List-Id" not in message
    assert mail.text == "请在今天十八点前改好。\n三审意见见稿件。\n"
    assert message.get_content_type() == "text/plain"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85", "\x00"])
def test_a_title_is_never_a_header_and_never_a_command(fake, target, end):
    title = f"题{end}Bcc: all@media.example{end}{end}.{end}MAIL FROM:<x@y.example>"
    assert [one.outcome for one in target.send([a_letter(title=title)])] == ["sent"]
    (mail,) = fake.mails()
    assert mail.recipients == (EDITOR,)
    assert set(mail.message.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert mail.message["Subject"] == "题 Bcc: all@media.example . MAIL FROM:<x@y.example>"


@pytest.mark.parametrize("body", [".\n.hidden\n..two", "x" * 3000, "文" * 3000, "a\r\n.\r\nQUIT\r\n", "tab\tand é"])
def test_a_body_of_any_kind_comes_out_as_it_went_in(fake, target, body):
    assert target.send([a_letter(body=body), a_letter()]) == [Delivery(EDITOR, "sent")] * 2
    assert fake.mails()[0].text.strip() == body.replace("\r\n", "\n").strip()


def test_a_long_title_is_folded_and_comes_out_whole(fake, target):
    assert [one.outcome for one in target.send([a_letter(title="融" * 120)])] == ["sent"]
    assert fake.mails()[0].message["Subject"] == "融" * 120


@pytest.mark.parametrize(("title", "body", "subject"), [("题", "", "题"), ("", "文\n二", "文")])
def test_what_is_missing_is_taken_from_the_other(fake, target, title, body, subject):
    target.send([a_letter(title=title, body=body)])
    (mail,) = fake.mails()
    assert (mail.message["Subject"], mail.text) == (subject, (body or title) + "\n")


def test_a_repeat_is_known_by_its_message_id(fake, target):
    for letter in (
        *(a_letter(), a_letter()),
        *(a_letter(key="bell:2"), a_letter("chief@media.example"), a_letter(key=""), a_letter(key="")),
    ):
        target.send([letter])
    ids = [mail.message["Message-ID"] for mail in fake.mails()]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 5


ODD_ADDRESSES = [
    *("", "editor", "@media.example", "a@b@c.example", "a b@c.example", "Editor <e@c.example>", "编辑@c.example"),
    *("e@c.example>\r\nRCPT TO:<x@c.example", "e@c.example\n", "e@-..example", "e" * 65 + "@c.example"),
]


@pytest.mark.parametrize("address", ODD_ADDRESSES)
def test_an_address_that_is_no_mailbox_is_our_own_mistake_and_is_not_repeated_in_its_words(fake, target, address):
    with pytest.raises(ValueError, match="no mailbox") as mistake:
        target.send([a_letter(), a_letter(address)])
    assert not address or address not in str(mistake.value)
    with pytest.raises(ValueError, match="no mailbox"):
        EmailTarget(fake.url, address)
    assert fake.mails() == []


def test_no_words_or_too_many_letters_are_our_own_mistake_and_none_needs_no_line(fake, target):
    with pytest.raises(ValueError, match="words"):
        target.send([a_letter(title=" ", body="\n")])
    with pytest.raises(ValueError, match="at most 50"):
        target.send([a_letter()] * 51)
    before = fake.connections
    assert target.send([]) == []
    assert fake.connections == before


# What the server says


def test_fifty_go_over_one_connection_and_each_has_its_outcome(fake, target):
    people = ["dead-" + one if number % 7 == 0 else one for number, one in enumerate(staff(50))]
    before = fake.connections
    deliveries = target.send([a_letter(one) for one in people])
    assert fake.connections - before == 1
    assert [one.address for one in deliveries] == people
    for one in deliveries:
        dead = one.address.startswith("dead-")
        assert (one.outcome, one.code) == (("dead", "smtp_550") if dead else ("sent", None))
    assert [mail.recipients for mail in fake.mails()] == [(one,) for one in people if not one.startswith("dead-")]


@pytest.mark.parametrize(
    ("verb", "code", "outcome"),
    [
        *(("RCPT", code, "dead") for code in (550, 551, 553)),
        *(("RCPT", code, "failed") for code in (552, 554, 500)),
        *(("RCPT", code, "retry") for code in (450, 451, 452, 530)),
        *((verb, 550, "failed") for verb in ("MAIL", "DATA", ".")),
        *((verb, 554, "failed") for verb in ("MAIL", "DATA", ".")),
        *((verb, 451, "retry") for verb in ("MAIL", "DATA", ".")),
        ("MAIL", 530, "retry"),
    ],
)
def test_a_refusal_is_for_this_letter_alone_and_has_its_outcome(fake, target, verb, code, outcome):
    fake.rule(verb, code=code, times=1)
    people = staff(2)
    deliveries = target.send([a_letter(one) for one in people])
    assert deliveries == [Delivery(people[0], outcome, f"smtp_{code}"), Delivery(people[1], "sent")]
    assert [mail.recipients for mail in fake.mails()] == [(people[1],)]


def test_a_rule_against_us_is_not_the_end_of_a_mailbox(fake, target):
    fake.rule("RCPT", code=550, text="5.7.1 relaying denied", times=1)
    assert outcomes(target.send([a_letter()])) == [("failed", "smtp_550")]


def test_an_answer_of_several_lines_is_read_to_its_end(fake, target):
    fake.rule("RCPT", code=450, text="4.2.0 grey\nlisted", times=1)
    assert outcomes(target.send([a_letter(), a_letter()])) == [("retry", "smtp_450"), ("sent", None)]


# Trouble on the way


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
def test_a_server_that_says_goodbye_leaves_the_rest_for_later(fake, target, verb):
    fake.rule(verb, code=421, text="4.3.2 shutting down", times=1)
    deliveries = target.send([a_letter(one) for one in staff(3)])
    assert outcomes(deliveries) == [("retry", "smtp_421")] * 3
    assert fake.mails() == []


@pytest.mark.parametrize("kind", ["drop", "lose"])
def test_a_line_lost_after_the_letter_is_a_retry_of_it_and_of_the_rest(fake, target, kind):
    people = staff(3)
    assert outcomes(target.send([a_letter(people[0])])) == [("sent", None)]
    fake.rule(".", kind, times=1)
    deliveries = target.send([a_letter(one) for one in people])
    assert [(one.address, one.outcome) for one in deliveries] == [(one, "retry") for one in people]
    # Nobody could tell, so it may ring twice; that it is the same letter stands in it.
    assert len(fake.mails()) == (2 if kind == "lose" else 1)
    assert [one.outcome for one in target.send([a_letter(one) for one in people])] == ["sent"] * 3
    assert len({mail.message["Message-ID"] for mail in fake.mails()}) == 3


def test_letters_before_the_trouble_are_sent(fake, target):
    people = staff(4)
    fake.rule("MAIL", "drop", times=1)
    for one in people[:2]:
        target.send([a_letter(one)])
    fake.reset()
    fake.rule("RCPT", "drop", address="editor-2")
    deliveries = target.send([a_letter(one) for one in people])
    assert [one.outcome for one in deliveries] == ["sent", "sent", "retry", "retry"]
    assert [mail.recipients for mail in fake.mails()] == [(people[0],), (people[1],)]


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO"])
def test_a_server_that_lets_nobody_in_is_asked_later(fake, target, verb):
    fake.rule(verb, "drop")
    assert outcomes(target.send([a_letter()] * 2)) == [("retry", "SMTPServerDisconnected")] * 2
    fake.reset()
    fake.rule("CONNECT", code=554)
    assert outcomes(target.send([a_letter()])) == [("retry", "smtp_554")]


def test_a_server_that_is_down_is_asked_later_and_found_again(own_fakes):
    own_fakes.append(serve())
    target = target_of(own_fakes[0])
    own_fakes[0].stop()
    assert outcomes(target.send([a_letter()] * 3)) == [("retry", "ConnectionRefusedError")] * 3
    own_fakes.append(serve(port=own_fakes[0].port))
    assert outcomes(target.send([a_letter()])) == [("sent", None)]


@pytest.mark.parametrize("verb", ["CONNECT", "MAIL", ".", "RSET", "QUIT"])
def test_a_server_that_stands_still_does_not_hold_the_job(own_fakes, verb):
    own_fakes.append(serve())
    own_fakes[0].rule(verb, "hang")
    people = [*staff(3), "dead-1@media.example", "last@media.example"]
    started = time.monotonic()
    deliveries = target_of(own_fakes[0], timeout_s=0.3).send([a_letter(one) for one in people])
    assert time.monotonic() - started < 10
    late = ("retry", "DEADLINE_EXCEEDED")
    if verb == "QUIT":
        assert outcomes(deliveries) == [("sent", None)] * 3 + [("dead", "smtp_550"), ("sent", None)]
    elif verb == "RSET":
        assert outcomes(deliveries) == [("sent", None)] * 3 + [late] * 2
    else:
        assert outcomes(deliveries) == [late] * 5


def test_a_slow_server_gets_as_many_as_there_is_time_for(own_fakes):
    own_fakes.append(serve())
    own_fakes[0].rule("DATA", "delay", delay_s=0.7)
    deliveries = target_of(own_fakes[0], begin_within_s=2).send([a_letter(one) for one in staff(50)])
    kinds = outcomes(deliveries)
    assert kinds[0] == ("sent", None)
    assert kinds[-1] == ("retry", "DEADLINE_EXCEEDED")
    assert len(own_fakes[0].mails()) == kinds.count(("sent", None)) < 5


def test_nothing_of_a_letter_gets_into_the_log(own_fakes, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    own_fakes.append(serve(user="ronghui", password="the-mail-password"))
    own_fakes[0].rule("RCPT", "drop", times=1)
    for _ in range(2):
        target_of(own_fakes[0]).send([a_letter()])
    assert len(own_fakes[0].mails()) == 1
    shown = caplog.text + "".join(capfd.readouterr())
    assert [word for word in (EDITOR, "三审", "the-mail-password") if word in shown] == []


# The same under eventlet, in a process of its own: patching cannot be undone.

GREEN = """
import eventlet
eventlet.monkey_patch()
import json, os, threading, time
from fakes.smtp import serve
from notifications.targets.base import Letter, Push
from notifications.targets.email import EmailTarget

servers = [serve(user="ronghui", password="secret", tls=tls) for tls in ("", "starttls", "direct")]
still = serve()
still.rule("DATA", "hang")
beats, done = [], threading.Event()

def beat():
    while not done.is_set():
        beats.append(time.monotonic())
        eventlet.sleep(0.01)

heart = eventlet.spawn(beat)
push = Push("题", "文", {}, None, 60, "high")
started = time.monotonic()
outcomes = []
for server in [*servers, still]:
    target = EmailTarget(server.url, "ronghui@media.example", timeout_s=5 if server is not still else 0.5)
    outcomes.append([one.outcome for one in target.send([Letter(f"{n}@media.example", push) for n in range(3)])])
took = time.monotonic() - started
done.set()
heart.wait()
pause = max(after - before for before, after in zip(beats, beats[1:]))
print(json.dumps([outcomes, took, pause, len(os.listdir("/proc/self/task"))]))
"""


def test_under_eventlet_every_outcome_is_the_same_and_nothing_stands_still():
    outcomes, took, longest_pause, native_threads = run_program(GREEN)
    assert outcomes == [["sent"] * 3] * 3 + [["retry"] * 3]
    assert took < 12
    assert longest_pause < 1
    assert native_threads == 1


# Who may listen


def test_who_signs_in_may_send_and_a_wrong_password_says_nothing_of_the_mailboxes(own_fakes):
    own_fakes.append(serve(user="ronghui", password="secret"))
    assert outcomes(target_of(own_fakes[0]).send([a_letter()])) == [("sent", None)]
    for url in (own_fakes[0].url.replace(":secret@", ":wrong@"), f"smtp://127.0.0.1:{own_fakes[0].port}"):
        (delivery,) = EmailTarget(url, SENDER, timeout_s=5).send([a_letter("dead-1@media.example")])
        assert (delivery.outcome, delivery.code) in {("retry", "smtp_535"), ("retry", "smtp_530")}
    own_fakes.append(serve())
    url = own_fakes[1].url.replace("//", "//ronghui:secret@")
    assert outcomes(EmailTarget(url, SENDER, timeout_s=5).send([a_letter()])) == [("retry", "SMTPNotSupportedError")]


@pytest.mark.parametrize("tls", ["starttls", "direct"])
def test_the_line_is_encrypted_and_on_this_machine_the_certificate_is_nobodys(own_fakes, tls):
    own_fakes.append(serve(user="ronghui", password="secret", tls=tls))
    assert outcomes(target_of(own_fakes[0]).send([a_letter(), a_letter()])) == [("sent", None)] * 2
    assert own_fakes[0].encrypted == 1


@pytest.mark.parametrize("tls", ["starttls", "direct"])
def test_elsewhere_a_certificate_that_nobody_vouched_for_is_not_believed(own_fakes, tls):
    # This address is no loopback address, and leads here nevertheless.
    own_fakes.append(serve("0.0.0.0", user="ronghui", password="secret", tls=tls))
    assert outcomes(target_of(own_fakes[0]).send([a_letter()])) == [("retry", "SSLCertVerificationError")]
    assert own_fakes[0].mails() == []


def test_a_password_does_not_go_over_an_open_line_and_a_refused_starttls_is_not_passed_over(own_fakes):
    own_fakes.append(serve("0.0.0.0", user="ronghui", password="secret"))
    assert outcomes(target_of(own_fakes[0]).send([a_letter()])) == [("retry", "SSLError")]
    own_fakes.append(serve(tls="starttls"))
    own_fakes[1].rule("STARTTLS", code=454)
    assert outcomes(target_of(own_fakes[1]).send([a_letter()])) == [("retry", "smtp_454")]
    assert own_fakes[0].mails() == own_fakes[1].mails() == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 25, False, "", "")),
        ("smtps://a%40b.example:p%3A%2F%23@mail.example", MailServer("mail.example", 465, True, "a@b.example", "p:/#")),
        ("smtp://[::1]:2525/", MailServer("::1", 2525, False, "", "")),
    ],
)
def test_an_address_of_a_server_is_read(url, server):
    assert parse_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        *("mail.example:25", "http://mail.example", "smtp://", "smtp://user@mail.example", "smtp://mail.example:port"),
        *("smtp://u:the#secret@mail.example", "smtp://u:the/secret@mail.example", "smtp://u:秘密secret@mail.example"),
        *("smtp://mail.example/path", "smtp://mail.example?x=secret", "smtp://mail.example:99999"),
    ],
)
def test_what_is_no_server_is_refused_without_its_password(url):
    with pytest.raises(ValueError, match=r"\(") as refusal:
        EmailTarget(url, SENDER)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), ("0.0.0.0", False), ("localhost.example", False)],
)
def test_only_this_machine_is_here(host, here):
    assert MailServer(host, 25, False, "", "").is_here is here
