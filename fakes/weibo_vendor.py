"""The endpoints that are Weibo's, with the rules it holds its callers to."""

from __future__ import annotations

import ipaddress
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from fakes.http_server import Answer, Call, json_answer
from fakes.steered import form_of, image_type
from fakes.trouble import Troubles

TOKEN, DOMAIN = "2.00fake-token-of-weibo", "127.0.0.1"
_VISIBLE, _LINK_WIDTH = 140, 11
_PIC_BYTES = 5_000_000
_URL = re.compile(r"https?://[!-~]+")
_TOPIC = re.compile(r"#[^#]+#")
_FIRST_ID = 5_272_900_000_000_000
_USER = 1_404_376_560
_UNAUTHORISED = range(21301, 21400)
_MESSAGES = {
    10014: "Insufficient app permissions!",
    10016: "Miss required parameter (rip) , see doc for more info.",
    10017: "text not find domain!",
    10023: "User requests out of rate limit!",
    10024: "User requests for (/2/statuses/share) out of rate limit!",
    20012: "Text too long, please input text less than 140 characters!",
    20019: "Repeat content!",
    20032: "Update success, while server slow now, please wait 1-2 minutes later!",
    20101: "Target weibo does not exist!",
    21327: "expired_token",
    21332: "invalid_access_token",
}


@dataclass
class Settings:
    """What a test may set.

    `quota` is how often a path may still be called this hour, `forbidden` are the paths the application has no right
    to, `token_error` is what every call gets. `show_links` says whether posts come with their long links; `behind` is
    how many of the newest posts the timeline does not show yet.
    """

    quota: dict[str, int] = field(default_factory=dict)
    forbidden: tuple[str, ...] = ()
    token_error: int | None = None
    token_left_s: int = 30 * 86_400
    show_links: bool = False
    behind: int = 0


@dataclass
class Post:
    """Something that is out, or was. `text` is as it was sent, `shown` has short links."""

    id: int
    text: str
    shown: str
    pic: bytes | None
    rip: str
    links: dict[str, str]
    at: datetime
    deleted: bool = False
    counters: dict[str, int] = field(default_factory=dict)


class Refusal(Exception):
    """The vendor says no."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class WeiboVendor:
    """One account, as one third-party application reaches it."""

    def __init__(self, url: str, troubles: Troubles, token: str = TOKEN, domain: str = DOMAIN) -> None:
        self._url, self._troubles, self._token, self._domain = url, troubles, token, domain
        self._lock = threading.Lock()
        self._posts: dict[str, Post] = {}
        self._links = 0
        self.settings = Settings()
        self._paths: dict[tuple[str, str], Callable[[Call], Any]] = {
            ("POST", "/2/statuses/share.json"): self._share,
            ("POST", "/2/statuses/destroy.json"): self._destroy,
            ("GET", "/2/statuses/user_timeline.json"): self._timeline,
            ("GET", "/2/statuses/show.json"): lambda call: self._written(self._living(call.query.get("id", ""))),
            ("GET", "/2/statuses/count.json"): self._counts,
            ("GET", "/2/short_url/expand.json"): self._expand,
            ("POST", "/oauth2/get_token_info"): self._token_info,
        }

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        with self._lock:
            handle = self._paths.get((call.method, call.path))
            if handle is None:
                return self.refusal(10020)
            try:
                self._check(call)
                return json_answer(200, handle(call))
            except Refusal as refusal:
                return self.refusal(refusal.code)

    def refusal(self, code: int) -> Answer:
        """Write an error as the vendor does."""
        status = 401 if code in _UNAUTHORISED else 403 if code in {10014, 10022, 10023, 10024} else 400
        error = {"request": "/2/statuses", "error_code": code, "error": _MESSAGES.get(code, "refused")}
        return json_answer(status, error)

    def posts(self) -> list[dict[str, Any]]:
        """Return all posts that were ever out, oldest first."""
        with self._lock:
            return [
                {
                    "id": str(post.id),
                    "text": post.text,
                    "html": post.shown,
                    "source": _URL.findall(post.text)[-1],
                    "pic": image_type(post.pic) if post.pic else None,
                    "rip": post.rip,
                    "deleted": post.deleted,
                }
                for post in self._posts.values()
            ]

    def alter(self, post_id: str, text: str) -> None:
        """Put other words in the place of a post's."""
        with self._lock:
            self._posts[post_id].shown = text

    def count(self, post_id: str, counters: dict[str, int]) -> None:
        """Set the counters of a post."""
        with self._lock:
            self._posts[post_id].counters.update(counters)

    def reset(self) -> None:
        """Forget everything; ids go on rising."""
        with self._lock:
            self._posts.clear()
            self.settings = Settings()

    def _check(self, call: Call) -> None:
        given = call.query.get("access_token") or form_of(call)[0].get("access_token")
        if self.settings.token_error is not None:
            raise Refusal(self.settings.token_error)
        if given != self._token:
            raise Refusal(21332)
        if call.path in self.settings.forbidden:
            raise Refusal(10014)
        left = self.settings.quota.get(call.path)
        if left is not None:
            if left <= 0:
                raise Refusal(10023)
            self.settings.quota[call.path] = left - 1

    def _share(self, call: Call) -> dict[str, Any]:
        texts, files = form_of(call)
        text, rip, pic = texts.get("status", ""), texts.get("rip", ""), files.get("pic")
        _check_ip(rip)
        self._check_text(text)
        if pic is not None and image_type(pic) not in {"jpeg", "png", "gif"}:
            raise Refusal(20005)
        if pic is not None and len(pic) >= _PIC_BYTES:
            raise Refusal(20006)
        if any(post.text == text and not post.deleted for post in self._posts.values()):
            raise Refusal(20019)
        return self._written(self._take(call.path, text, rip, pic))

    def _take(self, path: str, text: str, rip: str, pic: bytes | None) -> Post:
        links: dict[str, str] = {}

        def shortened(found: re.Match[str]) -> str:
            self._links += 1
            short = f"http://t.cn/A{self._links:06d}"
            links[short] = found[0]
            return short

        shown = self._troubles.altered(path, _URL.sub(shortened, text))
        # Later ids are larger, in this run and in the next.
        number = _FIRST_ID + len(self._posts) + time.time_ns() // 1_000_000
        post = Post(number, text, shown, pic, rip, links, datetime.now(UTC))
        self._posts[str(number)] = post
        return post

    def _check_text(self, text: str) -> None:
        if not text.strip():
            raise Refusal(20008)
        hosts = [urlsplit(link).hostname or "" for link in _URL.findall(text)]
        if _TOPIC.search(text) or not any(_is_in(host, self._domain) for host in hosts):
            raise Refusal(10017)
        if _width(text) > _VISIBLE:
            raise Refusal(20012)

    def _written(self, post: Post) -> dict[str, Any]:
        written = {
            "created_at": post.at.strftime("%a %b %d %H:%M:%S %z %Y"),
            "id": post.id,
            "mid": str(post.id),
            "idstr": str(post.id),
            # Weibo sets an invisible blank after a link at the end.
            "text": post.shown + "\u200b",
            "user": {"id": _USER, "idstr": str(_USER)},
        }
        if self.settings.show_links:
            infos = [{"info": {"url_short": short, "url_long": long}} for short, long in post.links.items()]
            written["url_objects"] = infos
        return written

    def _living(self, post_id: str) -> Post:
        post = self._posts.get(post_id)
        if post is None or post.deleted:
            raise Refusal(20101)
        return post

    def _destroy(self, call: Call) -> dict[str, Any]:
        post = self._living(form_of(call)[0].get("id", ""))
        post.deleted = True
        return self._written(post)

    def _timeline(self, call: Call) -> dict[str, Any]:
        count = min(int(call.query.get("count", "20")), 100)
        newest = [post for post in reversed(self._posts.values()) if not post.deleted][self.settings.behind :]
        return {"statuses": [self._written(post) for post in newest[:count]], "total_number": len(newest)}

    def _counts(self, call: Call) -> list[dict[str, Any]]:
        ids = call.query.get("ids", "").split(",")
        if len(ids) > 100:
            raise Refusal(10017)
        found = [self._posts[one] for one in ids if one in self._posts and not self._posts[one].deleted]
        return [{"id": post.id, "comments": 0, "reposts": 0, "attitudes": 0, **post.counters} for post in found]

    def _expand(self, call: Call) -> dict[str, Any]:
        known = {short: long for post in self._posts.values() for short, long in post.links.items()}
        short = call.query.get("url_short", "")
        return {"urls": [{"result": short in known, "url_short": short, "url_long": known.get(short, ""), "type": 0}]}

    def _token_info(self, _call: Call) -> dict[str, Any]:
        return {"uid": _USER, "appkey": "1", "scope": "", "create_at": 1, "expire_in": self.settings.token_left_s}


def _check_ip(rip: str) -> None:
    try:
        ipaddress.ip_address(rip)
    except ValueError as problem:
        raise Refusal(10016) from problem


def _is_in(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _width(text: str) -> float:
    """Count as Weibo does: what is half as wide counts half, a link as the short one it becomes."""
    rest = _URL.sub("", text)
    return len(_URL.findall(text)) * _LINK_WIDTH + sum(0.5 if ord(char) < 128 else 1 for char in rest)
