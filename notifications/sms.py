"""Sending sign-in codes by SMS."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

import requests
import sqlalchemy as sa

from backend.accounts.models import LoginCode
from backend.accounts.rules import CODE_LIFETIME, code_of
from backend.jobs.worker import GiveUp, JobRun, RetryLater

TIMEOUT_S = 10


class SmsSender(Protocol):
    """A way to send a short message. Raises `RetryLater` or `GiveUp`, never anything else."""

    def send(self, phone: str, text: str) -> None:
        """Hand the message over."""


class ConsoleSms:
    """Writes messages to the terminal; for the demo only, since a code in a log is a code for everybody."""

    def send(self, phone: str, text: str) -> None:
        """Print the message with the number half hidden."""
        sys.stdout.write(f"[短信] {phone[:6]}****{phone[-2:]} {text}\n")
        sys.stdout.flush()


class HttpSms:
    """Posts `{phone, text}` as JSON to a gateway that answers 2xx for taken, 4xx for never, anything else for later."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token

    def send(self, phone: str, text: str) -> None:
        """Hand the message to the gateway."""
        try:
            answer = requests.post(
                self._url,
                json={"phone": phone, "text": text},
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=TIMEOUT_S,
            )
        except requests.RequestException as error:
            raise RetryLater(type(error).__name__) from None
        if 400 <= answer.status_code < 500 and answer.status_code != 429:
            raise GiveUp(f"http_{answer.status_code}")
        if not answer.ok:
            raise RetryLater(f"http_{answer.status_code}")


def code_handler(sender: SmsSender, secret: str) -> Callable[[JobRun], None]:
    """Make the handler of `sms.code`: it derives the code again, since no table holds it."""

    def send_code(run: JobRun) -> None:
        with run.database.reading() as session:
            sent = session.get(LoginCode, run.args["code_id"])
        now = run.database.clock.now()
        if sent is not None and sent.phone is not None and now < sent.sent_at + CODE_LIFETIME:
            minutes = int(CODE_LIFETIME.total_seconds() // 60)
            sender.send(sent.phone, f"【融汇】验证码 {code_of(secret, sent.id)}，{minutes} 分钟内有效，请勿告诉他人。")
        with run.unit() as unit:
            unit.session.execute(sa.update(LoginCode).where(LoginCode.id == run.args["code_id"]).values(phone=None))

    return send_code
