"""Issues of the newspaper, their pages, and the slots on these."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class PaperIssue(Base):
    """A day's newspaper 报纸一期. `laid_out_by` lists those who put anything on its pages: none of them signs it."""

    __tablename__ = "paper_issue"
    __table_args__ = (sa.Index("ix_paper_issue_list", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    date: Mapped[str] = mapped_column(sa.String(10), unique=True)
    number: Mapped[int] = mapped_column(unique=True)
    format: Mapped[str] = mapped_column(sa.String(12))
    press_deadline: Mapped[datetime] = mapped_column(UtcDateTime)
    editor: Mapped[str] = mapped_column(sa.String(40))
    laid_out_by: Mapped[Any] = mapped_column(CanonicalJson)
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    created_by: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    printed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PaperPage(Base):
    """A page 版. Of a printed one `model` is the page model as it went to press, and `hash` the model's."""

    __tablename__ = "paper_page"
    __table_args__ = (sa.UniqueConstraint("issue_id", "number"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    issue_id: Mapped[str] = mapped_column(sa.ForeignKey("paper_issue.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(20))
    model: Mapped[Any | None] = mapped_column(CanonicalJson)
    hash: Mapped[str | None] = mapped_column(sa.String(64))


class PaperSlot(Base):
    """A place on a page 版位, in columns and lines of its grid, and what stands there.

    `content` is what was signed, `{headline, byline, text, text_hash, photo}`, kept from the signature on. A slot of
    the kind `notice` has `notice`, the words of a correction, and the case's `target_id`. `words` are the lines of an
    advertisement of the house's own. `correction` is `{note, at}` of a story that was corrected after printing.
    """

    __tablename__ = "paper_slot"
    __table_args__ = (sa.UniqueConstraint("page_id", "no"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    issue_id: Mapped[str] = mapped_column(sa.ForeignKey("paper_issue.id"), index=True)
    page_id: Mapped[str] = mapped_column(sa.ForeignKey("paper_page.id"))
    no: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(10))
    x: Mapped[int]
    y: Mapped[int]
    w: Mapped[int]
    h: Mapped[int]
    columns: Mapped[int]
    headline_width: Mapped[int]
    max_chars: Mapped[int]
    picture_columns: Mapped[int]
    words: Mapped[Any] = mapped_column(CanonicalJson)
    rendition_id: Mapped[str | None] = mapped_column(sa.ForeignKey("rendition.id"), index=True)
    story_id: Mapped[str | None] = mapped_column(sa.ForeignKey("story.id"), index=True)
    publication_id: Mapped[str | None] = mapped_column(sa.ForeignKey("publication.id"))
    picture: Mapped[str | None] = mapped_column(sa.ForeignKey("media.id"))
    content: Mapped[Any | None] = mapped_column(CanonicalJson)
    notice: Mapped[str | None] = mapped_column(sa.String(300))
    target_id: Mapped[str | None] = mapped_column(sa.String(36), index=True)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    correction: Mapped[Any | None] = mapped_column(CanonicalJson)
