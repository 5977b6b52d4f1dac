"""What is known of posts after their receipt: doubtful counters, later looks at the text, and the house's limits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class MetricSuspect(Base):
    """A sample that nobody believes yet 存疑数据. The sample itself stays as it was told.

    `grown` is what the sample added to the one before it: that much is left out while this is open or confirmed.
    `basis` says what it was held against (`age`, `growth`, `devices`), `normal` is the figure there, `limit` the one
    that was passed.
    """

    __tablename__ = "metric_suspect"
    __table_args__ = (
        sa.Index("ix_metric_suspect_list", "found_at", "id"),
        sa.Index("ix_metric_suspect_post", "publication_id", "metric", "state"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    sample_id: Mapped[str] = mapped_column(sa.ForeignKey("metric_sample.id"), unique=True)
    publication_id: Mapped[str] = mapped_column(sa.ForeignKey("publication.id"))
    channel_id: Mapped[str] = mapped_column(sa.ForeignKey("channel.id"))
    metric: Mapped[str] = mapped_column(sa.String(12))
    value: Mapped[int] = mapped_column(sa.BigInteger)
    grown: Mapped[int] = mapped_column(sa.BigInteger)
    basis: Mapped[str] = mapped_column(sa.String(8))
    normal: Mapped[int] = mapped_column(sa.BigInteger)
    limit: Mapped[int] = mapped_column(sa.BigInteger)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(sa.String(300))


class ReceiptWatch(Base):
    """One look at a post after its receipt 回执复读: what readers see, against what was signed.

    `outcome` is None until it was looked at. `signed_hash` is the one that was signed, `expected_hash` that of the
    words as the channel shows them, `shown_hash` of what was seen. `turn` counts the jobs that were asked for.
    """

    __tablename__ = "receipt_watch"
    __table_args__ = (
        sa.UniqueConstraint("publication_id", "step"),
        sa.Index("ix_receipt_watch_list", "due", "id"),
        sa.Index("ix_receipt_watch_open", "outcome", "due"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    publication_id: Mapped[str] = mapped_column(sa.ForeignKey("publication.id"))
    channel_id: Mapped[str] = mapped_column(sa.ForeignKey("channel.id"))
    step: Mapped[str] = mapped_column(sa.String(4))
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(sa.String(10))
    code: Mapped[str | None] = mapped_column(sa.String(60))
    signed_hash: Mapped[str] = mapped_column(sa.String(64))
    expected_hash: Mapped[str | None] = mapped_column(sa.String(64))
    shown_hash: Mapped[str | None] = mapped_column(sa.String(64))
    signer_id: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    turn: Mapped[int]


class MonitoringLimits(Base):
    """The figures at which monitoring speaks up, where the house has set its own. There is one row, `house`."""

    __tablename__ = "monitoring_limits"

    id: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    ver: Mapped[int]
    given: Mapped[Any] = mapped_column(CanonicalJson)
    set_by: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
