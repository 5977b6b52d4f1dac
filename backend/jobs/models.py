"""The job table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Job(Base):
    """One effect. `state`: ready → leased → done, back to ready on a retry, dead when tries are used up.

    `lane` orders lanes of urgency (smaller first). `trace` is the request in whose course it was asked for, also by way
    of other jobs.
    """

    __tablename__ = "job"
    __table_args__ = (sa.Index("ix_job_due", "state", "lane", "run_at"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(64))
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    args: Mapped[Any] = mapped_column(CanonicalJson)
    lane: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(8))
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(sa.String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(sa.String(500))
    trace: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
