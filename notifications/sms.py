"""The short-message gateway, which sign-in codes and bells share, and the sending of the codes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote

import requests
import sqlalchemy as sa
from requests.adapters import HTTPAdapter

from backend.accounts.models import LoginCode
from backend.accounts.rules import CODE_LIFETIME, Use, code_of
from backend.clock import Clock, SystemClock
from backend.jobs.worker import GiveUp, JobRun, RetryLater
from notifications.targets.retry_after import retry_after_s

# How many messages may be on their way at once; each has a connection of its own, which is kept.
IN_FLIGHT = 10
_WORDS = {
    Use.SIGN_IN: "【融汇】验证码 {code}，{minutes} 分钟内有效，请勿告诉他人。",
    # Whoever gets it knows nothing of us, so it says what is asked, and that saying nothing is saying no.
    Use.GUARDIAN: (
        "【融汇】有未满十四周岁的孩子请您作为监护人，同意他实名认证、发表评论、报料和报名活动。"
        "同意，请把验证码 {code} 告诉孩子，{minutes} 分钟内有效；不同意或不是您的孩子，不必理会。"
        "同意以后，用本机号码登录融汇，随时可以撤回。"
    ),
}
# What says nothing about the number: our access was refused (401, 403), there was no time (408, 425), the same
# message is still being taken (409), or we were too fast (429).
_LATER = frozenset({401, 403, 408, 409, 425, 429})


class SmsSender(Protocol):
    """A way to send a short message. Raises `RetryLater` or `GiveUp`, never anything else. Threads may share it."""

    def send(self, phone: str, text: str, key: str = "") -> None:
        """Hand the message over. Under one `key`, unless it is empty, it goes out once, however often it is asked."""

    def close(self) -> None:
        """Close the connections."""


class ConsoleSms:
    """Writes messages to the terminal; for the demo only, since a code in a log is a code for everybody."""

    def send(self, phone: str, text: str, key: str = "") -> None:
        """Print the message with the number half hidden."""
        sys.stdout.write(f"[短信] {phone[:6]}****{phone[-2:]} {text}\n")
        sys.stdout.flush()

    def close(self) -> None:
        """Do nothing: the terminal stays."""


class HttpSms:
    """Posts `{phone, text}` as JSON to a gateway, with the token as bearer and the key as `Idempotency-Key`.

    It answers 2xx for taken, and 4xx for a number or text that it will never take; whatever else it says, or fails to
    say, is later. A call ends within about `timeout_s` and five seconds.

    Args:
        url: the address to post to.
        token: the bearer token.
        timeout_s: seconds to wait for an answer.
        clock: what a date in `Retry-After` counts from.
    """

    def __init__(self, url: str, token: str, timeout_s: float = 10, clock: Clock | None = None) -> None:
        self._url, self._token, self._clock = url, token, clock or SystemClock()
        self._timeout = (min(timeout_s, 5), timeout_s)
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=IN_FLIGHT))

    def send(self, phone: str, text: str, key: str = "") -> None:
        """Hand the message to the gateway."""
        headers = {"Authorization": f"Bearer {self._token}"}
        if key:
            # A key may hold what an app calls itself, and a header holds no Chinese.
            headers["Idempotency-Key"] = quote(key, safe=":/")
        try:
            # A redirect is not followed: the library would make a GET of it, whose answer says nothing of the message.
            answer = self._session.post(
                self._url,
                json={"phone": phone, "text": text},
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # Nobody can tell whether it was taken; the key keeps a second try from being a second message.
            raise RetryLater(type(error).__name__) from None
        status = answer.status_code
        if 400 <= status < 500 and status not in _LATER:
            raise GiveUp(f"http_{status}")
        if not 200 <= status < 300:
            raise RetryLater(f"http_{status}", retry_after_s(answer, self._clock.now()))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def code_handler(sender: SmsSender, secret: str) -> Callable[[JobRun], None]:
    """Make the handler of `sms.code`: it derives the code again, since no table holds it."""

    def send_code(run: JobRun) -> None:
        with run.database.reading() as session:
            sent = session.get(LoginCode, run.args["code_id"])
        now = run.database.clock.now()
        if sent is not None and sent.phone is not None and now < sent.sent_at + CODE_LIFETIME:
            minutes = int(CODE_LIFETIME.total_seconds() // 60)
            text = _WORDS[Use(sent.use)].format(code=code_of(secret, sent.id), minutes=minutes)
            sender.send(sent.phone, text, f"sms.code:{sent.id}")
        with run.unit() as unit:
            unit.session.execute(sa.update(LoginCode).where(LoginCode.id == run.args["code_id"]).values(phone=None))

    return send_code
