"""What search knows of each public thing. The engine's own index stands beside it: see `index`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class SearchDoc(Base):
    """A public thing as it is found and shown.

    `doc_no` is its number in the engine's index and grows with `published_at`, so that the newest are at one end.
    `title_line`, `text_line` and `spelt` are what questions are compared with; `text` is what a snippet is cut from.
    """

    __tablename__ = "search_doc"
    __table_args__ = (sa.UniqueConstraint("kind", "thing_id", name="uq_search_doc_thing"),)

    doc_no: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(sa.String(24))
    thing_id: Mapped[str] = mapped_column(sa.String(64))
    ver: Mapped[int]
    title: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    title_line: Mapped[str] = mapped_column(sa.Text)
    text_line: Mapped[str] = mapped_column(sa.Text)
    spelt: Mapped[str] = mapped_column(sa.Text)
    section: Mapped[str | None] = mapped_column(sa.String(64))
    office: Mapped[str | None] = mapped_column(sa.String(64))
    towns: Mapped[Any] = mapped_column(CanonicalJson)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
