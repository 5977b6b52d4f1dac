"""The keys that personal data are sealed with, what people agreed to, and who of the house looked at their data."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from backend.db import Base, UtcDateTime
from backend.sealing import BlindIndex, Sealed

SEAL, INDEX = "seal", "index"


class DataKey(Base):
    """A key in use. `purpose` is seal or index; after `spent_at` nothing is sealed with it any more.

    A house that was given another folder of keys sees here that it lacks one, before it mixes two of them.
    """

    __tablename__ = "data_key"

    id: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(8))
    used_from: Mapped[datetime] = mapped_column(UtcDateTime)
    spent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Consent(Base):
    """That somebody agreed to a `rules.Purpose` under a version of the notice, and since when no longer.

    Who agreed for a child is named, and had a code on the telephone given here. The row outlives a withdrawal, as it is
    the proof.
    """

    __tablename__ = "consent"
    __table_args__ = (sa.Index("ix_consent_of", "account_id", "purpose", "at"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    purpose: Mapped[str] = mapped_column(sa.String(12))
    version: Mapped[str] = mapped_column(sa.String(16))
    guardian_name: Mapped[str | None] = mapped_column(Sealed("consent.guardian_name"))
    guardian_phone: Mapped[str | None] = mapped_column(
        Sealed("consent.guardian_phone", indexes=("guardian_index", "guardian_index_b"))
    )
    guardian_index: Mapped[str | None] = mapped_column(BlindIndex("consent.guardian_phone", slot=0), index=True)
    guardian_index_b: Mapped[str | None] = mapped_column(BlindIndex("consent.guardian_phone", slot=1), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @validates("guardian_phone")
    def _index_phone(self, _name: str, phone: str | None) -> str | None:
        self.guardian_index = self.guardian_index_b = phone
        return phone


class PersonLook(Base):
    """That a member of staff had somebody's data before them. `kind` is a `rules.Seen`; requests have their own."""

    __tablename__ = "person_look"
    __table_args__ = (
        sa.Index("ix_person_look_of", "account_id", "at"),
        sa.Index("ix_person_look_thing", "thing_id", "actor_id", "at"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.String(36))
    kind: Mapped[str] = mapped_column(sa.String(12))
    thing_id: Mapped[str] = mapped_column(sa.String(36))
    actor_id: Mapped[str] = mapped_column(sa.String(36))
    role: Mapped[str] = mapped_column(sa.String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
