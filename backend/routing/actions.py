"""Keeping what was suggested, and counting what came of it. Called by events; nobody in the requests' flow knows it."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.events.models import Event
from backend.requests.models import ServiceRequest
from backend.routing.models import RoutingSuggestion, RoutingWord
from backend.routing.queries import columns_of, suggest_for
from backend.search.words import line_of
from backend.unit_of_work import UnitOfWork


def keep_suggestion(unit: UnitOfWork, event: Event) -> None:
    """Suggest for a request as it is filed, and keep it (hook for `request.filed`)."""
    case = unit.session.get_one(ServiceRequest, event.entity_id)
    made = suggest_for(unit.session, case, unit.now)
    unit.session.add(RoutingSuggestion(request_id=case.id, made_at=unit.now, **columns_of(made)))


def note_decision(unit: UnitOfWork, event: Event) -> None:
    """Hold what was suggested against what the dispatcher chose first (hook for `request.assigned`).

    Later assignments follow a return, in which others had their say; they are not counted.
    """
    row = unit.session.get(RoutingSuggestion, event.entity_id, with_for_update=True)
    if row is None or row.decided_at is not None:
        return
    row.decided_at = unit.now
    row.chosen_service, row.chosen_office = event.data["service"], event.data["office"]
    given = {
        "service": row.services[0]["service"] if row.services else None,
        "office": row.office["office"] if row.office else None,
    }
    unit.record(
        "routing.decided",
        row.request_id,
        event.entity_version,
        service={"given": given["service"], "chosen": row.chosen_service},
        office={"given": given["office"], "chosen": row.chosen_office},
        duplicates=len(row.duplicates),
    )


def note_merge(unit: UnitOfWork, event: Event) -> None:
    """Note whether the case that another was merged into had been suggested (hook for `request.merged`)."""
    row = unit.session.get(RoutingSuggestion, event.entity_id, with_for_update=True)
    # Where it went stands on the request itself; hooks run when the unit of work is done with it.
    into = getattr(unit.session.get_one(ServiceRequest, event.entity_id), "merged_into", None)
    if row is None or into is None or row.merged_into is not None:
        return
    row.merged_into = into
    known = any(hint["request"] == into for hint in row.duplicates)
    unit.record("routing.merged", row.request_id, event.entity_version, into=into, given=known)


def put_words(session: Session, words: Iterable[tuple[str, str, float]]) -> None:
    """Put a dictionary, given as (service, word, weight), in the place of the one there is."""
    session.execute(sa.delete(RoutingWord))
    session.flush()
    session.add_all(
        RoutingWord(service_id=service, word=line_of(word).strip(), weight=weight) for service, word, weight in words
    )
    session.flush()
