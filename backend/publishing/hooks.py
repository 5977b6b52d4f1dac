"""What publishing does by itself when something happens in the newsroom, inside the transaction in which it happens."""

from __future__ import annotations

from backend.events.models import Event
from backend.newsroom.editing.models import Story
from backend.publishing import cases, decisions, latency, watches
from backend.publishing.cases import CORRECTION
from backend.publishing.models import CaseTarget
from backend.unit_of_work import Database, UnitOfWork


def install(database: Database) -> None:
    """Hook publishing on the events of stories and articles."""
    database.on_event("article.published", _article_published)
    database.on_event("article.corrected", _article_corrected)
    database.on_event("story.withdrawn", _story_withdrawn)
    database.on_event("story.correction_opened", _correction_opened)
    database.on_event("story.correction_drafted", _correction_drafted)
    database.on_event("story.correction_dropped", _correction_dropped)
    database.on_event("story.", _story_moved)
    database.on_event("issue.notice_printed", _target_done)
    database.on_event("rundown.correction_aired", _target_done)
    for ended in ("publication.superseded", "publication.withdrawn"):
        database.on_event(ended, _post_ended)
    database.on_event("case.target_verified", _post_put_right)
    database.on_event("case.done", lambda unit, event: latency.settle(unit, event.entity_id))


def _story_of(unit: UnitOfWork, event: Event) -> Story:
    return unit.session.get_one(Story, event.entity_id)


def _article_published(unit: UnitOfWork, event: Event) -> None:
    if decisions.has_channels(unit):
        decisions.follow_publication(unit, _story_of(unit, event))


def _article_corrected(unit: UnitOfWork, event: Event) -> None:
    if decisions.has_channels(unit):
        decisions.follow_correction(unit, _story_of(unit, event))


def _story_withdrawn(unit: UnitOfWork, event: Event) -> None:
    if decisions.has_channels(unit):
        decisions.follow_withdrawal(unit, _story_of(unit, event))


def _story_moved(unit: UnitOfWork, event: Event) -> None:
    decisions.follow_secrecy(unit, _story_of(unit, event))


def _correction_opened(unit: UnitOfWork, event: Event) -> None:
    """Open the case of an item that failed its review after the fact; nobody has to ask for it."""
    story = _story_of(unit, event)
    why = (story.correction or {}).get("why")
    cases.open_case(unit, story, CORRECTION, cause_step=event.data["step"], reason=why, found_by="后审")


def _correction_drafted(unit: UnitOfWork, event: Event) -> None:
    story = _story_of(unit, event)
    cases.draft_case(unit, cases.open_case(unit, story, CORRECTION), str((story.correction or {}).get("note", "")))


def _correction_dropped(unit: UnitOfWork, event: Event) -> None:
    cases.drop_case(unit, cases.open_case(unit, _story_of(unit, event), CORRECTION))


def _target_done(unit: UnitOfWork, event: Event) -> None:
    cases.verify_target(unit, event.data["target"])


def _post_ended(unit: UnitOfWork, event: Event) -> None:
    watches.stop(unit, event.entity_id)


def _post_put_right(unit: UnitOfWork, event: Event) -> None:
    watches.settle(unit, unit.session.get_one(CaseTarget, event.data["target"]).publication_id)
