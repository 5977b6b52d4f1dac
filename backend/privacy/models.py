"""The keys that personal data are sealed with, as the database knows them: by their ids."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, UtcDateTime

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
