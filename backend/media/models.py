"""Uploaded files. Several rows may point at one stored file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime
from backend.media.rules import Work


class Media(Base):
    """One upload. `sha256` and `bytes` are of the cleaned original, width and height in pixels as it is seen.

    `renditions` is a list of `{name, width, height, bytes, mime}`, widest first. Until it is `public`, only its owner
    and the staff who work with it get the file.

    Of films and sound: `work` is a `rules.Work`, `progress` 0 to 100, `duration_s` in seconds, `loudness` is `{lufs,
    peak, range}` in LUFS, dBTP and LU, `poster` whether there is one, `streams` a list of `{name, width, height,
    bandwidth}` in bits a second, best first, `problem` says in words why nothing could be made. All rows of the same
    bytes say the same.
    """

    __tablename__ = "media"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    owner_id: Mapped[str] = mapped_column(sa.String(36), index=True)
    public: Mapped[bool]
    kind: Mapped[str] = mapped_column(sa.String(12))
    mime: Mapped[str] = mapped_column(sa.String(40))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    bytes: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    renditions: Mapped[Any] = mapped_column(CanonicalJson)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    work: Mapped[str] = mapped_column(sa.String(12), default=str(Work.NONE))
    progress: Mapped[int] = mapped_column(default=0)
    duration_s: Mapped[float | None]
    loudness: Mapped[Any] = mapped_column(CanonicalJson, nullable=True)
    poster: Mapped[bool] = mapped_column(default=False)
    streams: Mapped[Any] = mapped_column(CanonicalJson, default=list)
    problem: Mapped[str | None] = mapped_column(sa.String(200))


class Upload(Base):
    """A file that comes in pieces (docs/adr/0024-uploads.md), from its announcement until a day after it.

    How much of it is here is not said: it is the length of the file in the store, so this row can never be ahead of
    the bytes. `sha256` is what its sender says of the whole. `media_id` is what became of it, once it is whole.
    """

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    owner_id: Mapped[str] = mapped_column(sa.String(36), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    size: Mapped[int]
    sha256: Mapped[str | None] = mapped_column(sa.String(64))
    purpose: Mapped[str] = mapped_column(sa.String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    media_id: Mapped[str | None] = mapped_column(sa.ForeignKey("media.id"))


class MediaUse(Base):
    """That a public thing (an article, a notice) shows a file. A file is public as long as anything shows it."""

    __tablename__ = "media_use"

    media_id: Mapped[str] = mapped_column(sa.ForeignKey("media.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    thing_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)
