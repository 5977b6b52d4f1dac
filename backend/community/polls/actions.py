"""Writing polls, publishing them as a second person, voting, and the end of a poll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backend.community.polls import queries
from backend.community.polls.models import Choice, Poll, Vote
from backend.community.polls.rules import EDITING_DESK, POLL, PUBLIC, checked_options, demand_open
from backend.errors import demand_version, guard_failed, invalid
from backend.feed.models import Article
from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.policy import demand_other_person
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

CLOSE_JOB = "poll.close"


def draft_poll(unit: UnitOfWork, **form: Any) -> Poll:
    """Write a draft."""
    poll = Poll(id=new_id(), ver=0, state="draft", writers=[], created_at=unit.now, article_id=None)
    _fill(unit, poll, form)
    unit.session.add(poll)
    _changed(unit, poll, "drafted")
    return poll


def edit_poll(unit: UnitOfWork, poll_id: str, form: dict[str, Any], if_match: int | None = None) -> Poll:
    """Change a draft; whoever does so is one of its writers."""
    poll = _access(unit, poll_id, if_match)
    poll.state = POLL.step("edit", poll.state)
    _fill(unit, poll, form)
    _changed(unit, poll, "edited", fields=sorted(form))
    return poll


def publish_poll(unit: UnitOfWork, poll_id: str, if_match: int | None = None) -> Poll:
    """Put a poll to everybody, as somebody who wrote none of it (docs/adr/0005)."""
    poll = _access(unit, poll_id, if_match)
    POLL.way("publish", poll.state)
    demand_other_person(unit.actor, poll.writers, "second_person")
    if poll.closes_at <= unit.now:
        raise guard_failed("already_over", "截止时间已过，请先改时间。")
    poll.state = POLL.step("publish", poll.state)
    poll.approved_by, poll.published_at = unit.actor.id, unit.now
    unit.enqueue(CLOSE_JOB, f"{CLOSE_JOB}:{poll.id}", {"id": poll.id}, run_at=poll.closes_at)
    _changed(unit, poll, "published")
    return poll


def withdraw_poll(unit: UnitOfWork, poll_id: str, *, reason: str, if_match: int | None = None) -> Poll:
    """Take a poll from everybody; its words are gone. One person is enough: this is the safe direction."""
    poll = _access(unit, poll_id, if_match)
    poll.state, poll.reason = POLL.step("withdraw", poll.state), reason
    poll.question, poll.options, poll.counts = "", [], None
    _changed(unit, poll, "withdrawn")
    return poll


def close_poll(run: JobRun) -> None:
    """End a poll whose time is over, and write down what it came to."""
    with run.unit() as unit:
        poll = unit.session.get_one(Poll, run.args["id"], with_for_update=True)
        if poll.state == "open" and poll.closes_at <= unit.now:
            poll.state = POLL.step("close", poll.state)
            # Whoever is voting holds the poll, so all that were let in are counted.
            poll.counts, poll.voters = queries.count_votes(unit.session, poll)
            _changed(unit, poll, "closed")


def vote(unit: UnitOfWork, poll_id: str, *, options: Sequence[str]) -> Vote:
    """Vote as the actor, or change what one has chosen. History keeps nothing of it: a vote is secret.

    Raises:
        AppError: 409 `poll_open` when it takes no votes; 422 naming `options`.
    """
    # Voters do not keep each other out; only the end of the poll waits for them.
    poll = queries.access_poll(unit.session, poll_id, share=True)
    demand_open(poll.state, poll.closes_at, unit.now)
    chosen = checked_options(options, [option["id"] for option in poll.options], poll.multiple)
    mine = sa.select(Vote).where(Vote.poll_id == poll.id, Vote.account_id == unit.actor.id).with_for_update()
    row = unit.session.scalars(mine).one_or_none()
    if row is None:
        row = Vote(id=new_id(), ver=0, poll_id=poll.id, account_id=unit.actor.id, options=[])
        unit.session.add(row)
    elif row.options == chosen:
        return row
    row.ver += 1
    row.options, row.at = chosen, unit.now
    unit.session.flush()
    unit.session.execute(sa.delete(Choice).where(Choice.vote_id == row.id))
    unit.session.add_all(Choice(vote_id=row.id, option=option, poll_id=poll.id) for option in chosen)
    unit.session.flush()
    unit.place("vote", row.id, row.ver, {streams.user(unit.actor.id)})
    return row


def erase_votes(unit: UnitOfWork, account_id: str) -> None:
    """Forget what a person chose who closes their account; of a poll that is closed the counts stay."""
    for row in unit.session.scalars(sa.select(Vote).where(Vote.account_id == account_id).order_by(Vote.id)).all():
        unit.place("vote", row.id, row.ver, set())
        unit.session.execute(sa.delete(Choice).where(Choice.vote_id == row.id))
        unit.session.delete(row)


def _access(unit: UnitOfWork, poll_id: str, if_match: int | None) -> Poll:
    poll = queries.access_any_poll(unit.session, poll_id, lock=True)
    demand_version(poll.ver, if_match, "投票已被更新，请先读取最新版本。")
    return poll


def _fill(unit: UnitOfWork, poll: Poll, form: dict[str, Any]) -> None:
    for name, value in form.items():
        if name == "options":
            if len({text.strip() for text in value}) < len(value):
                raise invalid("options", "repeated", "选项不能重复")
            poll.options = [{"id": str(number), "text": text} for number, text in enumerate(value, 1)]
        else:
            setattr(poll, name, value)
    if poll.multiple > len(poll.options):
        raise invalid("multiple", "mismatch", "可选项数不能多于选项数")
    if "closes_at" in form and poll.closes_at <= unit.now:
        raise invalid("closes_at", "in_past", "截止时间要晚于现在")
    if form.get("article_id") is not None and unit.session.get(Article, form["article_id"]) is None:
        raise invalid("article", "unknown", "没有这篇报道")
    poll.writers = list(dict.fromkeys([*poll.writers, unit.actor.id]))


def _changed(unit: UnitOfWork, poll: Poll, verb: str, **data: Any) -> None:
    poll.ver += 1
    poll.updated_at = unit.now
    unit.session.flush()
    unit.record(f"poll.{verb}", poll.id, poll.ver, state=poll.state, **data)
    readers = set() if poll.state == "withdrawn" else {streams.desk(EDITING_DESK)}
    unit.place("poll", poll.id, poll.ver, readers | ({streams.PUBLIC} if poll.state in PUBLIC else set()))
