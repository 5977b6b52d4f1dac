"""Reading polls: as everybody sees them, as editors do, and how they are counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.community.polls.models import Choice, Poll, Vote
from backend.community.polls.rules import POLL, PUBLIC, demand_counts
from backend.errors import not_found, withdrawn
from backend.paging import Page, in_order, narrowed, paged
from backend.policy import Actor
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]


def list_polls(session: Session, *, article: str | None, page: Page) -> dict[str, Any]:
    """List the polls that are open or closed, newest first."""
    query = narrowed(sa.select(Poll).where(Poll.state.in_(PUBLIC)), (Poll.article_id, article))
    return paged(session, query, page, moment=Poll.created_at, id=Poll.id, write=in_order(present_polls))


def list_editor_polls(session: Session, *, state: str | None, page: Page) -> dict[str, Any]:
    """List polls in all states, newest first."""
    write = in_order(lambda rows: present_editor_polls(session, rows))
    query = narrowed(sa.select(Poll), (Poll.state, state))
    return paged(session, query, page, moment=Poll.created_at, id=Poll.id, write=write)


def access_any_poll(session: Session, poll_id: str, *, lock: bool = False) -> Poll:
    """Return a poll in any state, locked if it is to be changed; 404 if there is none."""
    poll = session.get(Poll, poll_id, with_for_update=lock or None)
    if poll is None:
        raise not_found("投票")
    return poll


def access_poll(session: Session, poll_id: str, *, share: bool = False) -> Poll:
    """Return a poll that is before everybody; held against its end, but not against other voters, if `share`.

    Raises:
        AppError: 404 for one that was never published; 410 `withdrawn` with the reason.
    """
    poll = session.get(Poll, poll_id, with_for_update={"read": True} if share else None)
    if poll is None or poll.published_at is None:
        raise not_found("投票")
    if poll.state == "withdrawn":
        raise withdrawn("这次投票", poll.reason)
    return poll


def read_counts(session: Session, actor: Actor, poll_id: str) -> dict[str, Any]:
    """Return how a poll stands; 409 `results` unless this actor may know by now."""
    poll = access_poll(session, poll_id)
    voted = sa.select(Vote.id).where(Vote.poll_id == poll.id, Vote.account_id == actor.id)
    demand_counts(poll.state, poll.results, voted=session.scalar(voted) is not None)
    counts, voters = (poll.counts, poll.voters) if poll.state == "closed" else count_votes(session, poll)
    return {"counts": counts, "voters": voters, "final": poll.state == "closed"}


def count_votes(session: Session, poll: Poll) -> tuple[dict[str, int], int]:
    """Count: votes by option, and how many voted."""
    query = sa.select(Choice.option, sa.func.count()).where(Choice.poll_id == poll.id).group_by(Choice.option)
    found = dict(session.execute(query).tuples().all())
    return {option["id"]: found.get(option["id"], 0) for option in poll.options}, _voters(session, poll)


def read_turnout(session: Session, poll_id: str) -> dict[str, Any]:
    """Return how many have voted, for editors; what they chose is in it only once it is before everybody."""
    poll = access_any_poll(session, poll_id)
    if poll.state == "closed":
        return {"voters": poll.voters, "final": True}
    return {"voters": _voters(session, poll), "final": False}


def _voters(session: Session, poll: Poll) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Vote).where(Vote.poll_id == poll.id)) or 0


def load_polls(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render polls: the published ones for everybody, drafts for the editing desk."""
    query = sa.select(Poll).where(Poll.id.in_(ids), Poll.state != "withdrawn")
    if audience is Audience.STAFF:
        return present_editor_polls(session, session.scalars(query).all())
    return present_polls(session.scalars(query.where(Poll.state.in_(PUBLIC))).all())


def load_votes(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render votes, each for whoever cast it."""
    if audience is not Audience.OWNER:
        return {}
    return {row.id: present_vote(row) for row in session.scalars(sa.select(Vote).where(Vote.id.in_(ids)))}


def export_votes(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write what a person chose, for that person."""
    rows = session.scalars(sa.select(Vote).where(Vote.account_id == account_id).order_by(Vote.at, Vote.id))
    return [present_vote(row) for row in rows]


def present_vote(row: Vote) -> dict[str, Any]:
    """Write a vote."""
    return {"id": row.id, "ver": row.ver, "poll": row.poll_id, "options": row.options, "at": iso(row.at)}


def present_polls(polls: Sequence[Poll]) -> Written:
    """Write polls as everybody gets them, by id."""
    return {
        poll.id: {
            "id": poll.id,
            "ver": poll.ver,
            "state": poll.state,
            "question": poll.question,
            "options": poll.options,
            "multiple": poll.multiple,
            "results": poll.results,
            "closes_at": iso(poll.closes_at),
            "article": poll.article_id,
            "published_at": iso_or_none(poll.published_at),
            "counts": poll.counts,
            "voters": poll.voters,
        }
        for poll in polls
    }


def present_editor_polls(session: Session, polls: Sequence[Poll]) -> Written:
    """Write polls as editors see them, by id."""
    names = names_of(session, [person for poll in polls for person in (*poll.writers, poll.approved_by)])
    written = present_polls(polls)
    for poll in polls:
        written[poll.id] |= {
            "writers": [present_person(person, names) for person in poll.writers],
            "approved_by": present_person_or_none(poll.approved_by, names),
            "reason": poll.reason,
            "created_at": iso(poll.created_at),
            "updated_at": iso(poll.updated_at),
            "allowed": POLL.allowed(poll.state),
        }
    return written
