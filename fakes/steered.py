"""What the fakes of social platforms have in common: how a test steers them, in this process or over HTTP.

`GET /_fake/posts`, `GET /_fake/calls`, `POST /_fake/rules` with `{"rules": [{…}]}` (see `fakes.trouble.Trouble`),
`POST /_fake/alter` with `{"id", "text"}`, `POST /_fake/settings` with fields of the vendor's settings, and
`POST /_fake/reset`.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from typing import Any, ClassVar, Protocol

from werkzeug.formparser import parse_form_data

from fakes.http_server import Answer, Call, json_answer
from fakes.ruled import DONE, RuledFake


class Vendor(Protocol):
    """A platform, as far as it can be reached over its interface."""

    @property
    def settings(self) -> Any:
        """What a test may set: a dataclass."""

    def answer(self, call: Call) -> Answer:
        """Answer one call."""

    def refusal(self, code: int) -> Answer:
        """Write an error as the platform does."""

    def posts(self) -> list[dict[str, Any]]:
        """Return all that was ever out, oldest first."""

    def alter(self, post_id: str, text: str) -> None:
        """Change what readers see; KeyError if there is no such post."""

    def reset(self) -> None:
        """Forget everything; what was posted, settings and counters."""


class SteeredFake(RuledFake):
    """A running fake. What the endpoints under `/_fake/` do, these methods do from within the process."""

    make: ClassVar[Callable[..., Vendor]]

    def __init__(self, host: str = "127.0.0.1", port: int = 0, **about: Any) -> None:
        super().__init__(host, port)
        self._calls: Counter[str] = Counter()
        self.vendor = type(self).make(self.url, self._troubles, **about)
        self._server.start()

    def set(self, **given: Any) -> None:
        """Change settings of the vendor.

        Raises:
            ValueError: there is no such setting.
        """
        known = {one.name for one in fields(self.vendor.settings)}
        if given.keys() - known:
            raise ValueError(f"the settings are {sorted(known)}")
        for name, value in given.items():
            setattr(self.vendor.settings, name, value)

    def posts(self) -> list[dict[str, Any]]:
        """Return all that was ever out, oldest first; `deleted` says what is gone."""
        return self.vendor.posts()

    def living(self) -> list[dict[str, Any]]:
        """Return what is out now, oldest first."""
        return [post for post in self.posts() if not post["deleted"]]

    def calls(self) -> Counter[str]:
        """Return how often each path was called."""
        return Counter(self._calls)

    def alter(self, post_id: str, text: str) -> None:
        """Change what readers see of a post, as the platform's own people could."""
        self.vendor.alter(post_id, text)

    def reset(self) -> None:
        """Forget posts, rules, settings and counts."""
        super().reset()
        self._calls.clear()
        self.vendor.reset()

    def _serve(self, call: Call) -> Answer:
        self._calls[call.path] += 1
        return self._troubles.answer(call, self.vendor.answer, self.vendor.refusal)

    def _control(self, what: str, call: Call) -> Answer | None:
        match what:
            case "GET posts":
                return json_answer(200, self.posts())
            case "GET calls":
                return json_answer(200, dict(self._calls))
            case "POST alter":
                wanted = call.json()
                self.alter(wanted["id"], wanted["text"])
            case "POST settings":
                self.set(**call.json())
            case _:
                return None
        return DONE


def form_of(call: Call) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return the fields and the files of a form, multipart or not."""
    _, texts, files = parse_form_data(
        {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": call.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(call.body)),
            "wsgi.input": io.BytesIO(call.body),
        }
    )
    return texts.to_dict(), {name: file.read() for name, file in files.items()}


def image_type(data: bytes) -> str | None:
    """Tell a picture's type by its first bytes, as a platform does."""
    for prefix, kind in ((b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF8", "gif"), (b"BM", "bmp")):
        if data.startswith(prefix):
            return kind
    return None
