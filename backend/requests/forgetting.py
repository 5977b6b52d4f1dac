"""What is forgotten of requests with time: the contact a year after the end, the words when the archive's time is over.

The inventory of personal data (backend/privacy/inventory.toml) says how long; the daily sweep asks for it here.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from backend.requests.behalf.models import Behalf
from backend.requests.models import RequestMedia, RequestStep, ServiceRequest
from backend.requests.steps import place
from backend.unit_of_work import UnitOfWork

GONE_TITLE = "（已过保存期）"


def forget_contacts(unit: UnitOfWork, before: datetime, most: int) -> bool:
    """Empty the contact of requests that ended before a moment; return whether there may be more than `most`."""
    query = sa.select(ServiceRequest).where(ServiceRequest.closed_at < before, ServiceRequest.contact.is_not(None))
    cases = unit.session.scalars(query.order_by(ServiceRequest.id).limit(most).with_for_update()).all()
    for case in cases:
        case.contact = None
        _changed(unit, case, "request.contact_removed")
    return len(cases) == most


def forget_words(unit: UnitOfWork, before: datetime, most: int) -> bool:
    """Take the words, the place and the pictures out of requests that ended before a moment, and out of their steps.

    What stays says that there was a request, which office had it and how long it took. Its receipts stay too: they
    hold hashes, and a citizen who kept the words can still prove them.
    """
    query = sa.select(ServiceRequest).where(ServiceRequest.closed_at < before, ServiceRequest.title != GONE_TITLE)
    cases = unit.session.scalars(query.order_by(ServiceRequest.id).limit(most).with_for_update()).all()
    for case in cases:
        case.title, case.text, case.media = GONE_TITLE, "", []
        case.address = case.lat = case.lon = case.datum = case.town_id = case.contact = None
        case.attributes = case.decline_where = None
        if case.rating:
            case.rating = case.rating | {"comment": None}
        for step in unit.session.scalars(sa.select(RequestStep).where(RequestStep.request_id == case.id)):
            step.text, step.media = None, []
            if step.rating:
                step.rating = step.rating | {"comment": None}
        unit.session.execute(sa.delete(RequestMedia).where(RequestMedia.request_id == case.id))
        unit.session.execute(sa.update(Behalf).where(Behalf.request_id == case.id).values(consent_note=None))
        _changed(unit, case, "request.forgotten")
    return len(cases) == most


def _changed(unit: UnitOfWork, case: ServiceRequest, event: str) -> None:
    case.ver += 1
    unit.session.flush()
    unit.record(event, case.id, case.ver)
    place(unit, case)
