"""Receipt watches 回执复读: after a receipt the post is read again, and held against what was signed.

At 1 minute, 10 minutes, 1 hour and 24 hours (NEWSROOM.md section 7). A post has one job at a time, for the next look;
should it be lost, or come while the channel is halted, the minute's round asks for it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.feed.models import Article
from backend.ids import new_id
from backend.jobs import queue as jobs
from backend.jobs.models import Job
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import clear_alarms
from backend.newsroom.editing.models import Story
from backend.newsroom.examination.models import Exam
from backend.publishing import rules
from backend.publishing.channel import EDIT, WITHDRAW, Capabilities
from backend.publishing.drift import DRIFT, GONE, report_drift
from backend.publishing.models import Publication, PublishingChannel
from backend.publishing.watch_models import ReceiptWatch
from backend.unit_of_work import UnitOfWork

STEPS: dict[str, timedelta] = {
    "1m": timedelta(minutes=1),
    "10m": timedelta(minutes=10),
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
}
OUTCOMES: dict[str, str] = {
    "ok": "一致",
    "drift": "文字不一致",
    "gone": "读不到，已不在",
    "unreadable": "渠道读不了",
    "stopped": "不再复读",
}
_ASKED_AT_ONCE = 200


def job_kind(channel_id: str) -> str:
    """Return the kind of the jobs that look at a channel's posts again."""
    return f"watch.{channel_id}"


def begin(unit: UnitOfWork, row: Publication) -> None:
    """Plan the looks at a post that has just got its receipt; what was taken back is not looked at."""
    if row.action == WITHDRAW:
        return
    known = sa.exists().where(ReceiptWatch.publication_id == row.id)
    if unit.session.scalar(sa.select(known)):
        return
    channel = unit.session.get_one(PublishingChannel, row.channel_id)
    if Capabilities(**channel.can).read_back:
        for step, pause in STEPS.items():
            unit.session.add(_planned(unit, row, step, pause))
        unit.session.flush()
        _ask_for_next(unit, row.id, row.channel_id)
        return
    # Paper, the air and partners cannot be read by a machine. That is said once, and is no drift.
    watch = _planned(unit, row, "1m", timedelta())
    watch.at, watch.outcome, watch.code = unit.now, "unreadable", "no_read_back"
    unit.session.add(watch)


def _planned(unit: UnitOfWork, row: Publication, step: str, pause: timedelta) -> ReceiptWatch:
    return ReceiptWatch(
        id=new_id(),
        publication_id=row.id,
        channel_id=row.channel_id,
        step=step,
        due=unit.now + pause,
        signed_hash=str(row.evidence.get("signed") or row.hash),
        expected_hash=row.expected_hash,
        signer_id=signer_of(unit.session, row),
        turn=0,
    )


def signer_of(session: Session, row: Publication) -> str | None:
    """Return who signed the words of a publication: of its own examination, or of its story."""
    story = session.get_one(Story, row.story_id)
    exam = session.get(Exam, row.exam_id) if row.exam_id else None
    if exam is not None and exam.target != "story" and exam.signed_by is not None:
        return exam.signed_by
    return story.signed_by or (exam.signed_by if exam else None)


def stop(unit: UnitOfWork, publication_id: str) -> None:
    """Look at a post no more, since it was taken back or replaced; its alarms end with that."""
    for watch in _open(unit, publication_id):
        watch.outcome, watch.at = "stopped", unit.now
    for kind in (DRIFT, GONE):
        clear_alarms(unit, kind, publication_id)


def settle(unit: UnitOfWork, publication_id: str) -> None:
    """End the alarms about a post that a case has put right."""
    for kind in (DRIFT, GONE):
        clear_alarms(unit, kind, publication_id)


def _open(unit: UnitOfWork, publication_id: str) -> list[ReceiptWatch]:
    query = (
        sa.select(ReceiptWatch)
        .where(ReceiptWatch.publication_id == publication_id, ReceiptWatch.outcome.is_(None))
        .order_by(ReceiptWatch.due, ReceiptWatch.id)
    )
    return list(unit.session.scalars(query.with_for_update()))


def _ask_for_next(unit: UnitOfWork, publication_id: str, channel_id: str) -> None:
    """Ask for the next look that is still open, at its hour."""
    for watch in _open(unit, publication_id)[:1]:
        ask_for(unit, watch, channel_id)


def ask_for(unit: UnitOfWork, watch: ReceiptWatch, channel_id: str) -> None:
    """Ask for one look; jobs that were asked for before are known by another turn."""
    watch.turn += 1
    args = {"id": watch.publication_id}
    unit.enqueue(job_kind(channel_id), job_key(watch), args, run_at=watch.due, lane=jobs.BULK)


def job_key(watch: ReceiptWatch) -> str:
    """Return the key of the job for this look."""
    return f"watch:{watch.publication_id}:{watch.step}:{watch.turn}"


def due_watches(session: Session, publication_id: str, now: Any) -> list[ReceiptWatch]:
    """List the looks at a post that are due, oldest first.

    None if it stands no more, if it is just being changed or taken away, or if its channel is halted.
    """
    row = session.get(Publication, publication_id)
    if row is None or row.state != "receipted" or _is_being_changed(session, publication_id):
        return []
    # A halted channel is left alone altogether; its looks are made when it goes on.
    if session.get_one(PublishingChannel, row.channel_id).state == "halted":
        return []
    query = sa.select(ReceiptWatch).where(
        ReceiptWatch.publication_id == publication_id, ReceiptWatch.outcome.is_(None), ReceiptWatch.due <= now
    )
    return list(session.scalars(query.order_by(ReceiptWatch.due, ReceiptWatch.id)))


def _is_being_changed(session: Session, publication_id: str) -> bool:
    """Tell whether an order about this post is under way: then what readers see is neither the old nor the new yet."""
    under_way = sa.exists().where(
        Publication.about_id == publication_id,
        Publication.action.in_([EDIT, WITHDRAW]),
        Publication.state.in_(rules.OPEN),
    )
    return session.scalar(sa.select(under_way)) or False


def write_down(
    unit: UnitOfWork, publication_id: str, outcome: str, *, shown: str | None = None, code: str | None = None
) -> None:
    """Write down what a look has found, for every step that is due, and ask for the next."""
    row = unit.session.get(Publication, publication_id, with_for_update=True, populate_existing=True)
    due = [watch for watch in _open(unit, publication_id) if watch.due <= unit.now]
    if row is None or not due:
        return
    if row.state != "receipted":
        # It was taken back or replaced while the channel was being asked.
        stop(unit, publication_id)
        return
    if outcome != "ok" and _is_being_changed(unit.session, publication_id):
        # Somebody began to change it while the channel was being asked; the minute's round asks again.
        return
    for watch in due:
        watch.outcome, watch.at, watch.code = outcome, unit.now, code
        watch.shown_hash = shown
    last = due[-1]
    told = {"step": last.step, "channel": row.channel_id, "hash": last.signed_hash, "shown": shown}
    unit.record("receipt.watched", row.id, row.ver, outcome=outcome, **told)
    if outcome in {"drift", "gone"}:
        unit.record("receipt.drift", row.id, row.ver, outcome=outcome, signer=last.signer_id, **told)
        report_drift(unit, row, gone=outcome == "gone", shown=shown, signer=last.signer_id, step=last.step)
    elif outcome == "ok":
        settle(unit, row.id)
    unit.session.flush()
    _ask_for_next(unit, row.id, row.channel_id)


def words_of_article(fields: dict[str, Any]) -> str:
    """Return all words of an article that its readers see; its pictures by their numbers."""
    parts: list[str] = [str(fields["headline"]), str(fields["summary"])]
    for block in fields["body"]:
        parts += [str(block[name]) for name in ("html", "text", "by", "media", "caption", "alt") if block.get(name)]
    return "\n".join(parts)


def watch_app(run: JobRun) -> None:
    """Look at an article as the app's readers get it; the handler of the app's watches."""
    with run.unit() as unit:
        if not due_watches(unit.session, run.args["id"], unit.now):
            return
        row = unit.session.get_one(Publication, run.args["id"])
        article = unit.session.get(Article, row.story_id)
        if article is None or article.state == "withdrawn":
            write_down(unit, row.id, "gone")
            return
        now = {"headline": article.headline, "summary": article.summary, "body": article.body}
        shown = rules.shown_hash(words_of_article(now))
        signed = rules.shown_hash(words_of_article(row.content["fields"]))
        write_down(unit, row.id, "ok" if shown == signed else "drift", shown=shown)


def tend(unit: UnitOfWork) -> int:
    """Ask anew for looks that are overdue and have no job: it was lost, or came while the channel was halted."""
    has_job = sa.exists().where(
        Job.key
        == sa.literal("watch:")
        + ReceiptWatch.publication_id
        + ":"
        + ReceiptWatch.step
        + ":"
        + sa.cast(ReceiptWatch.turn, sa.String),
        Job.state.in_(["ready", "leased"]),
    )
    query = (
        sa.select(ReceiptWatch)
        .join(Publication, Publication.id == ReceiptWatch.publication_id)
        .join(PublishingChannel, PublishingChannel.id == ReceiptWatch.channel_id)
        .where(
            ReceiptWatch.outcome.is_(None),
            ReceiptWatch.due <= unit.now,
            Publication.state == "receipted",
            PublishingChannel.state != "halted",
            ~has_job,
        )
        .order_by(ReceiptWatch.due, ReceiptWatch.id)
        .limit(_ASKED_AT_ONCE)
        .with_for_update(of=ReceiptWatch, skip_locked=True)
    )
    found = _first_of_each(unit.session.scalars(query))
    for watch in found:
        # Its step may be taken by a job that stands under an earlier one; then that finds nothing left to do.
        ask_for(unit, watch, watch.channel_id)
    return len(found)


def _first_of_each(watches: Iterable[ReceiptWatch]) -> list[ReceiptWatch]:
    first: dict[str, ReceiptWatch] = {}
    for watch in watches:
        first.setdefault(watch.publication_id, watch)
    return list(first.values())
