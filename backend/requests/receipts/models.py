"""Receipts that were given, and the public halves of the keys that signed them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class RequestReceipt(Base):
    """The receipt of one step. `step` counts a case's steps from 1; `body` is the receipt as it was signed.

    `salt` (16 bytes, hex) hides the text behind `text_sha256`: without it a short text could be guessed from its hash.
    """

    __tablename__ = "request_receipt"

    request_id: Mapped[str] = mapped_column(sa.ForeignKey("service_request.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step_id: Mapped[str] = mapped_column(sa.ForeignKey("request_step.id"), unique=True)
    body: Mapped[Any] = mapped_column(CanonicalJson)
    salt: Mapped[str] = mapped_column(sa.String(32))


class ReceiptKey(Base):
    """A public key that has signed receipts; it stays published when another one has taken its place."""

    __tablename__ = "receipt_key"

    id: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    public_key: Mapped[str] = mapped_column(sa.String(64))
    used_from: Mapped[datetime] = mapped_column(UtcDateTime)
    used_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
