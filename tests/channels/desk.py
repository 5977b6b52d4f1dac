"""What a channel gets from the house: orders, files, and a shelf that holds only in this process."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from backend.publishing.channel import CREATE, NOTICE, WITHDRAW, File, Order, StoryFacts

# Ten in the morning in Shanghai.
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DOMAIN = "ronghui.example.cn"
HEADLINE = "宝山新增三条公交线路"


class MemoryShelf:
    """A shelf whose processes are threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token: str | None = None
        self.uploads: dict[tuple[str, str], str] = {}
        self.lasts: list[int] = []

    def token(self, refused: str | None, fetch: Callable[[], tuple[str, int]]) -> str:
        with self._lock:
            if self._token is None or self._token == refused:
                self._token, lasts = fetch()
                self.lasts.append(lasts)
            return self._token

    def uploaded(self, media_id: str, purpose: str) -> str | None:
        return self.uploads.get((media_id, purpose))

    def keep_upload(self, media_id: str, purpose: str, name: str) -> None:
        self.uploads[media_id, purpose] = name


class Desk:
    """Gives orders as the queue does: each try sees what the earlier ones wrote down."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.notes: dict[str, dict[str, Any]] = {}
        self.kept: list[dict[str, Any]] = []

    def order(
        self,
        fields: dict[str, Any],
        *,
        name: str = "one",
        action: Any = CREATE,
        kind: str = "wechat_article",
        now: datetime = NOW,
        link: str | None = None,
        byline: str = "记者 王小明 李大成",
        **more: Any,
    ) -> Order:
        key = hashlib.sha256(f"{name}:{action}".encode()).hexdigest()

        def keep(notes: Any) -> None:
            self.notes[key] = dict(notes)
            self.kept.append(dict(notes))

        return Order(
            publication=name,
            key=key,
            action=action,
            kind=kind,
            fields=fields,
            hash="h",
            story=StoryFacts(
                id="s1",
                headline=HEADLINE,
                byline=byline,
                section="民生",
                class_="livelihood",
                link=link or f"https://{DOMAIN}/articles/s1?p={key[:12]}",
            ),
            now=now,
            read_file=self.files.__getitem__,
            notes=self.notes.get(key, {}),
            keep=keep,
            **more,
        )

    def notice(self, fields: dict[str, Any], note: str, **more: Any) -> Order:
        return self.order(fields, action=NOTICE, note=note, **more)

    def withdrawal(self, fields: dict[str, Any], external_id: str, **more: Any) -> Order:
        return self.order(fields, action=WITHDRAW, external_id=external_id, **more)

    def picture(
        self, media_id: str, form: str = "JPEG", size: tuple[int, int] = (64, 36), *, noise: bool = False
    ) -> File:
        image = Image.effect_noise(size, 120).convert("RGB") if noise else Image.new("RGB", size, "#336699")
        out = io.BytesIO()
        image.save(out, form, **({"quality": 100} if form == "JPEG" else {}))
        file = File(out.getvalue(), f"image/{form.lower()}", f"{media_id}.{form.lower()}")
        self.files[media_id] = file
        return file


class Moved:
    """A clock that stands where it is put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at
