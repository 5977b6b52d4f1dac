"""What the fake WeChat remembers: access tokens, pictures, drafts, what is being published, and what is out."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

# A new token comes this long before the old one runs out, and both are good until then.
EARLY_S = 300
_FIRST_MESSAGE = 2_247_483_000


@dataclass
class Settings:
    """What a test may set.

    `quota` is how often a path may still be called today, `forbidden` are the paths the account has no right to.
    `verdict` is the status that a publishing comes to, after it was asked for `polls` times. `offset_s` moves the
    vendor's clock; `allowed_ip` says whether the caller is on the list of those who may ask for tokens.
    """

    quota: dict[str, int] = field(default_factory=dict)
    forbidden: tuple[str, ...] = ()
    polls: int = 1
    verdict: int = 0
    token_life_s: int = 7200
    offset_s: float = 0
    allowed_ip: bool = True


@dataclass
class Article:
    """Something that is out, or was."""

    id: str
    message: int
    news: dict[str, Any]
    at: float
    deleted: bool = False
    counters: dict[str, int] = field(default_factory=dict)


@dataclass
class Publishing:
    """Something on its way out. `news` is there until it is decided."""

    id: str
    message: int
    news: dict[str, Any]
    polls_left: int
    verdict: int
    article: str | None = None


class Tokens:
    """The access tokens of one account; an ordinary call returns the one that is in force."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._latest = ""

    def issue(self, now: float, life_s: int, *, force: bool) -> tuple[str, int]:
        """Return the token in force and how long it lasts, or a new one."""
        if force:
            self._until[self._latest] = 0
        left = self._until.get(self._latest, 0) - now
        if left <= min(EARLY_S, life_s / 2):
            self._latest, left = secrets.token_urlsafe(96), life_s
            self._until[self._latest] = now + life_s
        return self._latest, int(left)

    def problem(self, token: str, now: float) -> int | None:
        """Return the error of a call with this token, or None."""
        if token not in self._until:
            return 40001
        return None if now < self._until[token] else 42001

    def forget(self) -> None:
        """Make all of them invalid."""
        self._until.clear()


class Store:
    """All of it, under one lock that whoever changes something holds."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.settings = Settings()
        self.tokens = Tokens()
        self.clear()

    def clear(self) -> None:
        """Forget everything but the tokens."""
        with self.lock:
            self.settings = Settings()
            self.materials: dict[str, bytes] = {}
            self.pictures: dict[str, bytes] = {}
            self.drafts: dict[str, dict[str, Any]] = {}
            self.publishings: dict[str, Publishing] = {}
            self.articles: dict[str, Article] = {}

    def now(self) -> float:
        """Return the vendor's time, in seconds since 1970."""
        return time.time() + self.settings.offset_s

    def start(self, media_id: str) -> Publishing:
        """Begin to publish a draft, which is used up by it."""
        number = len(self.publishings) + 1
        job = Publishing(
            str(100_000_000 + number),
            _FIRST_MESSAGE + number,
            self.drafts.pop(media_id),
            self.settings.polls,
            self.settings.verdict,
        )
        self.publishings[job.id] = job
        self._go_on(job)
        return job

    def poll(self, job: Publishing) -> None:
        """Let some time pass, as far as a job can tell: it is counted in questions."""
        job.polls_left -= 1
        self._go_on(job)

    def _go_on(self, job: Publishing) -> None:
        if job.polls_left > 0 or job.article is not None or job.verdict in {2, 3, 4}:
            return
        article = Article(secrets.token_urlsafe(48), job.message, job.news, self.now(), deleted=job.verdict in {5, 6})
        job.article = article.id
        self.articles[article.id] = article
