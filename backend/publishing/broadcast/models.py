"""Rundowns and what stands in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Rundown(Base):
    """What a show runs, item by item 串联单; or (`scope` day) the crawls of a whole day 全天滚动字幕.

    `issue` counts what was issued to the studio: the first lock is 1, every change after it the next. `reason` is that
    of the last change which needed one. `reported_over` says that the alarm of an over- or under-run has been raised.
    """

    __tablename__ = "rundown"
    __table_args__ = (
        sa.Index("ix_rundown_list", "airtime", "id"),
        sa.Index("ix_rundown_show", "show", "state", "airtime"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    medium: Mapped[str] = mapped_column(sa.String(8))
    scope: Mapped[str] = mapped_column(sa.String(8))
    show: Mapped[str] = mapped_column(sa.String(60))
    airtime: Mapped[datetime] = mapped_column(UtcDateTime)
    planned_seconds: Mapped[int]
    director_id: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    issue: Mapped[int]
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    reported_over: Mapped[bool]
    locked_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    on_air_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    aired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(sa.String(36))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RundownItem(Base):
    """One item of a rundown 条目.

    Its words are its rendition's; `script` and `script_hash` are the copy that was signed, taken when the rundown was
    locked. Only a correction (`target_id`, the target of its case) has words of its own, which the case has signed.
    `lower_thirds` is a list of `{kind, text, in, out}` in seconds from the item's beginning, `clips` a list of
    `{media, seconds}`. A crawl has `repeats` and the hours `from_at` to `to_at`, and takes no time of the show.
    """

    __tablename__ = "rundown_item"
    __table_args__ = (sa.Index("ix_rundown_item_place", "rundown_id", "position"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    rundown_id: Mapped[str] = mapped_column(sa.ForeignKey("rundown.id"))
    position: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    kind: Mapped[str] = mapped_column(sa.String(8))
    slug: Mapped[str] = mapped_column(sa.String(100))
    rendition_id: Mapped[str | None] = mapped_column(sa.ForeignKey("rendition.id"), index=True)
    story_id: Mapped[str | None] = mapped_column(sa.ForeignKey("story.id"), index=True)
    publication_id: Mapped[str | None] = mapped_column(sa.ForeignKey("publication.id"), index=True)
    target_id: Mapped[str | None] = mapped_column(sa.String(36))
    planned_seconds: Mapped[int]
    script: Mapped[str | None] = mapped_column(sa.Text)
    script_hash: Mapped[str | None] = mapped_column(sa.String(64))
    lower_thirds: Mapped[Any] = mapped_column(CanonicalJson)
    clips: Mapped[Any] = mapped_column(CanonicalJson)
    repeats: Mapped[int | None]
    from_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    to_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    emergency: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    as_run_start: Mapped[datetime | None] = mapped_column(UtcDateTime)
    as_run_end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    added_by: Mapped[str] = mapped_column(sa.String(36))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
