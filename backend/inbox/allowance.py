"""How much of a vendor's minute is left, counted for all processes in one place."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.db import Base, UtcDateTime, delete_some, insert_into


class VendorMinute(Base):
    """How many letters were granted to a vendor in one minute, by all processes together."""

    __tablename__ = "vendor_minute"

    vendor: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    minute: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    used: Mapped[int]


def take(session: Session, vendor: str, now: datetime, wanted: int, ceiling: int) -> int:
    """Reserve up to `wanted` letters of the vendor's present minute below `ceiling`; return how many are granted.

    Callers may come with different ceilings: who has a lower one finds the minute used up earlier. Until the session
    commits, all others who ask for this vendor wait, so hand nothing over in this transaction; what is rolled back was
    not used. The session is in a write transaction (`Database.unit`, or `Engine.writing`).
    """
    if wanted <= 0:
        return 0
    minute = _minute_of(now)
    this = sa.and_(VendorMinute.vendor == vendor, VendorMinute.minute == minute)
    fresh = insert_into(session, VendorMinute).values(vendor=vendor, minute=minute, used=0)
    session.execute(fresh.on_conflict_do_nothing(index_elements=["vendor", "minute"]))
    # The row is there, whoever made it. Columns are asked for, not the object: a session may hold an older one.
    used = session.execute(sa.select(VendorMinute.used).where(this).with_for_update()).scalar_one()
    granted = max(0, min(wanted, ceiling - used))
    if granted:
        change = sa.update(VendorMinute).where(this).values(used=VendorMinute.used + granted)
        session.execute(change.execution_options(synchronize_session=False))
    return granted


def forget_minutes(session: Session, before: datetime, most: int) -> bool:
    """Delete so many of the counts of minutes that ended before this moment, for which nobody asks again.

    Returns:
        Whether more may be left.
    """
    return delete_some(session, VendorMinute, VendorMinute.minute < _minute_of(before), most)


def _minute_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
