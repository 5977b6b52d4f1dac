"""One look at a publication: what is due is asked of its channel, and what came of it is written down.

A look has three parts. The first transaction says what is going to be done; then the channel is called, with no
transaction open; the last one writes the answer down and ends the job. Whoever dies in between leaves a publication
that is `leased`, and the next look asks the channel before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from backend.jobs import queue as jobs
from backend.jobs.worker import JobRun, LeaseLost
from backend.media.models import Media
from backend.media.rules import TYPES
from backend.media.store import MediaStore
from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.newsroom.editing.models import Story
from backend.policy import SYSTEM, Role
from backend.publishing import cases, overtaking, receipts, rules
from backend.publishing.channel import (
    CREATE,
    EDIT,
    NOTICE,
    WITHDRAW,
    Channel,
    File,
    Order,
    Outcome,
    Refused,
    Retry,
    Sent,
    Shown,
    StoryFacts,
    Uncertain,
    Unreachable,
    mark_of,
)
from backend.publishing.models import Publication, PublishingChannel
from backend.publishing.overtaking import ASK_FIRST
from backend.publishing.queue import (
    access_channel,
    access_publication,
    changed,
    channel_changed,
    end,
    is_behind,
    lock_publication,
    look_at,
    move,
)
from backend.publishing.rules import CHANNEL
from backend.unit_of_work import UnitOfWork

LATE, DEGRADED = "publication_late", "channel_degraded"
_LIMIT_WINDOW = timedelta(minutes=1)
# A post that nobody finds may still be on its way into the vendor's lists: one look is not enough to send it again.
_ABSENT_TWICE = 2
# Doing these twice does nothing more than doing them once, so a lost answer is no doubt.
_REPEATABLE = frozenset({EDIT, WITHDRAW})
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Absent:
    """The channel says that it is not out."""


@dataclass(frozen=True, slots=True)
class _Unknown:
    """The channel could not say."""

    code: str


@dataclass(frozen=True, slots=True)
class _Read:
    """What the channel shows; None where it shows nothing."""

    shown: Shown | None


_Answer = Outcome | _Absent | _Unknown | _Read
_Ask = Callable[[Channel, Order], _Answer]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one look is going to ask, and about what."""

    ask: _Ask
    order: Order


class Delivery:
    """The handler of a channel's jobs.

    Args:
        channel_id: the channel's row.
        channel: its adapter.
        store: where files of the house lie.
        public_url: what links into the app begin with.
    """

    def __init__(self, channel_id: str, channel: Channel, store: MediaStore, public_url: str) -> None:
        self._id, self._channel, self._store, self._public_url = channel_id, channel, store, public_url

    def __call__(self, run: JobRun) -> None:
        """Take one look at the publication of this job."""
        plan = self._begin(run)
        while plan is not None:
            plan = self._settle(run, plan, self._ask(plan))

    def _ask(self, plan: _Plan) -> _Answer:
        try:
            return plan.ask(self._channel, plan.order)
        except Unreachable as lost:
            return _Unknown(lost.code)
        except LeaseLost:
            raise
        except Exception as error:
            # A fault of an adapter must not leave a post in a state that nobody knows of: it is asked after.
            _log.exception("publishing.adapter_failed", channel=self._id, publication=plan.order.publication)
            return Uncertain(type(error).__name__[:60], "渠道接口出错，正在查询结果。")

    # What is due

    def _begin(self, run: JobRun) -> _Plan | None:
        with _holding(run) as unit:
            row = self._take(unit, run)
            if row is None:
                return None
            if overtaking.give_way(unit, row):
                cases.note_result(unit, row)
                return None
            if not self._may_go(unit, row, access_channel(unit, self._id)):
                return None
            before = _told(row)
            if row.action in {EDIT, WITHDRAW} and not self._has_subject(unit, row):
                return None
            plan = self._plan(unit, run, row)
            _number(unit, row, before)
            return plan

    @staticmethod
    def _take(unit: UnitOfWork, run: JobRun) -> Publication | None:
        """Return the publication of this job, locked; None if the job is for an older look."""
        row = lock_publication(unit, run.args["id"])
        return row if row.turn == run.args["turn"] and row.state in rules.OPEN else None

    def _may_go(self, unit: UnitOfWork, row: Publication, channel: PublishingChannel) -> bool:
        """Tell whether it is this one's turn; if not, whatever it waits for will look at it again."""
        if row.state == "held":
            if row.not_before is not None and row.not_before > unit.now:
                look_at(unit, row, row.not_before)
                return False
            _report_late(unit, row, channel)
            move(unit, row, "release", "released")
        if row.state not in {"queued", "retry_wait"}:
            return True
        # A stop holds up what is to be said, never what is to be taken back.
        if channel.state == "halted" and row.action != WITHDRAW:
            return False
        if is_behind(unit, row, channel):
            return False
        later = self._busy_until(unit, channel)
        if later is not None:
            look_at(unit, row, later)
            return False
        return True

    @staticmethod
    def _busy_until(unit: UnitOfWork, channel: PublishingChannel) -> Any:
        """Return when the channel takes something again, if that is not now: it was parked, or its rate is used up."""
        if channel.parked_until is not None and channel.parked_until > unit.now:
            return channel.parked_until
        sent = unit.session.scalars(
            sa.select(Publication.sent_at)
            .where(Publication.channel_id == channel.id, Publication.sent_at > unit.now - _LIMIT_WINDOW)
            .order_by(Publication.sent_at.desc())
            .limit(channel.per_minute)
        ).all()
        if len(sent) < channel.per_minute or sent[-1] is None:
            return None
        return sent[-1] + _LIMIT_WINDOW

    def _has_subject(self, unit: UnitOfWork, row: Publication) -> bool:
        """Look whether what is to be changed or taken away is out at all."""
        about = access_publication(unit, str(row.about_id))
        if about.state in {"receipted", "superseded"} and about.external_id:
            row.external_id = about.external_id
            return True
        if about.evidence.get(ASK_FIRST) and (about.external_id or overtaking.acts_once(unit, about)):
            # Nobody knows whether it is out, so it is taken for out.
            row.external_id = about.external_id
            return True
        gone = about.state == "withdrawn"
        words = "原帖已经撤下。" if gone else "原帖没有发出，不用处置。"
        if row.state in {"queued", "retry_wait"}:
            end(unit, row, "call_off", "never_out", words)
        else:
            receipts.fail(unit, row, "never_out", words)
        cases.note_result(unit, row)
        return False

    def _plan(self, unit: UnitOfWork, run: JobRun, row: Publication) -> _Plan | None:
        if rules.content_hash(row.content) != row.hash:
            receipts.fail(unit, row, "hash_mismatch", "任务里的文字不是签发的那一版，没有发出。")
            return None
        order = self.order_of(unit.session, unit.now, run, row)
        if row.state == "sent":
            return self._reading(order) if row.sent_at else _Plan(_progress, order)
        if row.state == "leased" and row.action not in _REPEATABLE:
            # Whoever had taken it is gone, and may have sent it with their last breath.
            move(unit, row, "doubt", "uncertain", why="worker_lost")
        if row.state == "uncertain" or row.evidence.get(ASK_FIRST):
            return _Plan(_find, order)
        row.attempts += 1
        if row.state != "leased":
            move(unit, row, "lease", "leased", attempt=row.attempts)
        row.lease_until = unit.now + rules.LEASE
        return _Plan(_ACTS[row.action], order)

    def order_of(self, session: Session, now: datetime, run: JobRun, row: Publication) -> Order:
        """Make the order that a publication is, for the adapter."""
        story = session.get_one(Story, row.story_id)
        return Order(
            publication=row.id,
            key=row.key,
            action=row.action,  # type: ignore[arg-type]  # the column holds nothing but actions
            kind=row.content["kind"],
            fields=row.content["fields"],
            hash=row.hash,
            story=StoryFacts(
                id=story.id,
                headline=story.headline,
                byline=story.byline,
                section=story.section,
                class_=story.class_,
                link=f"{self._public_url}/?p={mark_of(row.key)}#/news/{story.id}",
            ),
            now=now,
            note=row.content.get("note"),
            external_id=row.external_id,
            read_file=lambda media_id: self._read_file(run, media_id),
            notes=row.notes,
            keep=lambda notes: _keep(run, row.id, notes),
        )

    def _read_file(self, run: JobRun, media_id: str) -> File:
        with run.database.reading() as session:
            media = session.get_one(Media, media_id)
        data = self._store.path(media.sha256).read_bytes()
        return File(data, media.mime, f"{media.id}.{TYPES[media.mime].suffix}")

    # What came of it

    def _settle(self, run: JobRun, plan: _Plan, answer: _Answer) -> _Plan | None:
        with _holding(run) as unit:
            row = self._take(unit, run)
            if row is None:
                return None
            before = _told(row)
            again = self._write_down(unit, row, plan, answer)
            _number(unit, row, before)
            if row.state in rules.DONE:
                cases.note_result(unit, row)
            return again

    def _write_down(self, unit: UnitOfWork, row: Publication, plan: _Plan, answer: _Answer) -> _Plan | None:
        if isinstance(answer, Uncertain) and row.action in _REPEATABLE:
            answer = Retry(answer.code, answer.words)
        if isinstance(answer, Retry | Uncertain) and row.state == "sent":
            # It was accepted. That the question failed says nothing about the post.
            answer = _Unknown(answer.code)
        match answer:
            case Sent():
                return self._sent(unit, row, plan, answer)
            case Retry():
                self._put_off(unit, row, answer)
            case Uncertain():
                self._doubt(unit, row, answer.code, answer.words)
            case Refused():
                self._well(unit, answered=True)
                receipts.fail(unit, row, answer.code, answer.words, answer.field)
            case _Absent():
                self._absent(unit, row)
            case _Unknown():
                self._unknown(unit, row, answer.code)
            case _Read():
                self._was_read(unit, row, answer.shown)
        return None

    def _sent(self, unit: UnitOfWork, row: Publication, plan: _Plan, sent: Sent) -> _Plan | None:
        self._well(unit, answered=True)
        row.external_id, row.url = sent.external_id[:200], sent.url
        row.evidence = {**{k: v for k, v in row.evidence.items() if k != ASK_FIRST}, **sent.evidence}
        row.asked, row.lease_until = 0, None
        row.code = row.words = None
        if not sent.final:
            if row.state != "sent":
                move(unit, row, "send", "accepted", channel=self._id)
            look_at(unit, row, unit.now + timedelta(seconds=sent.ask_after_s or rules.ASK_S[0]))
            return None
        row.sent_at = unit.now
        order = replace(plan.order, external_id=row.external_id)
        if self._channel.capabilities.read_back:
            row.expected_hash = None if row.action == WITHDRAW else rules.shown_hash(self._channel.expected(order))
            move(unit, row, "send", "sent", channel=self._id)
            return self._reading(order)
        receipts.give_receipt(unit, row, external_id=sent.external_id, url=sent.url)
        return None

    @staticmethod
    def _reading(order: Order) -> _Plan:
        return _Plan(lambda channel, asked: _Read(channel.read_back(str(asked.external_id))), order)

    def _was_read(self, unit: UnitOfWork, row: Publication, shown: Shown | None) -> None:
        seen = rules.shown_hash(shown.text) if shown else None
        gone_as_asked = row.action == WITHDRAW and shown is None
        matches = seen is not None and seen == row.expected_hash
        row.asked += 1
        pause = rules.read_again_after(row.asked)
        if not (gone_as_asked or matches) and pause is not None and (shown is None or row.action in _REPEATABLE):
            # A vendor's caches take a moment; a changed text of a new post is no matter of time.
            look_at(unit, row, unit.now + pause)
            return
        if row.action == WITHDRAW and shown is not None:
            receipts.fail(unit, row, "still_shown", "渠道答复已删除，但读者仍能看到。")
            return
        if row.action != WITHDRAW and shown is None:
            row.evidence = row.evidence | {ASK_FIRST: True}
            receipts.fail(unit, row, "not_shown", "渠道答复已发出，但一直读不到这条内容。")
            return
        url = shown.url if shown else None
        receipts.give_receipt(unit, row, external_id=str(row.external_id), url=url, shown_hash=seen)

    def _put_off(self, unit: UnitOfWork, row: Publication, retry: Retry) -> None:
        channel = self._well(unit, answered=retry.until is not None)
        row.code, row.words, row.lease_until = retry.code[:60], retry.words[:300], None
        if retry.until is not None and retry.whole_channel:
            channel.parked_until, channel.parked_code = retry.until, retry.code[:40]
            channel_changed(unit, channel, "parked", code=retry.code, until=retry.until.isoformat())
        if retry.until is not None:
            row.attempts -= 1
        pause = rules.pause_after(row.attempts) if retry.until is None else timedelta()
        if pause is None and channel.ordered != "channel":
            row.evidence = row.evidence | {ASK_FIRST: True}
            receipts.fail(unit, row, retry.code, f"重试多次仍未成功：{retry.words}")
            return
        # A partner who gets everything in order gets it when he is back, however long that takes.
        at = retry.until or unit.now + (pause or timedelta(seconds=rules.BACK_OFF_S[-1]))
        row.state = rules.PUBLICATION.step("put_off", row.state)
        look_at(unit, row, at)
        changed(unit, row, "put_off", code=row.code)

    def _doubt(self, unit: UnitOfWork, row: Publication, code: str, words: str) -> None:
        self._well(unit, answered=False)
        row.code, row.words, row.lease_until, row.asked = code[:60], words[:300], None, 0
        row.evidence = {name: value for name, value in row.evidence.items() if name != "absent"}
        look_at(unit, row, unit.now + rules.ask_again_after(1))
        if row.state != "uncertain":
            move(unit, row, "doubt", "uncertain", why=row.code)

    def _absent(self, unit: UnitOfWork, row: Publication) -> None:
        self._well(unit, answered=True)
        absent = row.evidence.get("absent", 0) + 1
        row.asked += 1
        if absent < _ABSENT_TWICE:
            row.evidence = row.evidence | {"absent": absent}
            look_at(unit, row, unit.now + rules.ask_again_after(row.asked + 1))
            return
        row.evidence = {name: value for name, value in row.evidence.items() if name not in {"absent", ASK_FIRST}}
        row.asked, row.lease_until = 0, None
        if overtaking.call_off_absent(unit, row):
            return
        if row.state != "queued":
            move(unit, row, "reconcile", "reconciled", found=False)
        look_at(unit, row)

    def _unknown(self, unit: UnitOfWork, row: Publication, code: str) -> None:
        """Ask again later what was not answered; nothing is sent meanwhile."""
        self._well(unit, answered=False)
        row.asked += 1
        if row.state == "sent" and row.sent_at is not None and row.asked > len(rules.READ_S):
            # It is out, as the channel said; that nobody can read it there is for a person to look at.
            receipts.give_receipt(unit, row, external_id=str(row.external_id), evidence={"unread": code[:60]})
            return
        if row.asked == rules.ASKED_TOO_OFTEN:
            receipts.report_doubt(unit, row)
        row.code = code[:60]
        look_at(unit, row, unit.now + rules.ask_again_after(row.asked))

    # How the channel is

    def _well(self, unit: UnitOfWork, *, answered: bool) -> PublishingChannel:
        """Note how a channel is; three failures in a row, and the board shows it."""
        channel = access_channel(unit, self._id)
        if answered:
            channel.failures, channel.last_ok_at = 0, unit.now
            if channel.state == "degraded":
                channel.state = CHANNEL.step("recover", channel.state)
                clear_alarms(unit, DEGRADED, channel.id)
                channel_changed(unit, channel, "recovered")
            return channel
        channel.failures += 1
        if channel.failures == rules.DEGRADED_AFTER and channel.state == "up":
            channel.state = CHANNEL.step("degrade", channel.state)
            channel_changed(unit, channel, "degraded")
            raise_alarm(
                unit,
                key=f"{DEGRADED}:{channel.id}:{channel.ver}",
                kind=DEGRADED,
                about=("channel", channel.id),
                to=(Role.CHANNEL_OPERATOR, Role.DUTY_EDITOR),
                text=f"{channel.name}接连 {channel.failures} 次没有正常答复，其他渠道不受影响。",
            )
        return channel


def _progress(channel: Channel, order: Order) -> _Answer:
    return channel.progress(order)


def _find(channel: Channel, order: Order) -> _Answer:
    return channel.find(order) or _Absent()


def _checked(act: _Ask) -> _Ask:
    """Let a channel look at the form of a text first: what is wrong with it is said in the editor's words."""

    def ask(channel: Channel, order: Order) -> _Answer:
        problems = channel.check(order.kind, order.fields)
        if problems:
            words = "；".join(problem.words.rstrip("。") for problem in problems)
            return Refused(problems[0].code, f"{words}。", problems[0].field)
        return act(channel, order)

    return ask


_ACTS: Mapping[str, _Ask] = {
    CREATE: _checked(lambda channel, order: channel.send(order)),
    NOTICE: lambda channel, order: channel.send(order),
    EDIT: _checked(lambda channel, order: channel.edit(order)),
    WITHDRAW: lambda channel, order: channel.delete(order),
}


def _report_late(unit: UnitOfWork, row: Publication, channel: PublishingChannel) -> None:
    """Say so where the hour of a publication has been missed: the clock jumped, or nobody was working."""
    if row.not_before is None or unit.now - row.not_before <= rules.LATE_AFTER:
        return
    late = int((unit.now - row.not_before).total_seconds())
    unit.record("publication.late", row.id, row.ver + 1, seconds=late)
    raise_alarm(
        unit,
        key=f"{LATE}:{row.id}",
        kind=LATE,
        about=("publication", row.id),
        to=(Role.CHANNEL_OPERATOR, Role.DUTY_EDITOR),
        text=f"《{row.headline}》在{channel.name}上晚发了 {late} 秒。",
    )


def _told(row: Publication) -> tuple[Any, ...]:
    """Return what desks are told of a publication beside its state, with the version at which they were told."""
    return row.ver, row.code, row.words, row.field, row.external_id, row.url


def _number(unit: UnitOfWork, row: Publication, before: tuple[Any, ...]) -> None:
    """Give what a look found out a version of its own, where it led to no other state: desks hold it too."""
    if row.ver == before[0] and _told(row) != before:
        changed(unit, row, "noted", code=row.code)


@contextmanager
def _holding(run: JobRun) -> Iterator[UnitOfWork]:
    """Open a unit of work in the middle of a job; the lease is renewed with it."""
    with run.database.unit(SYSTEM, command_id=run.id) as unit:
        job = jobs.access_lease(unit.session, run.id, run.worker)
        if job is None:
            raise LeaseLost(run.key)
        jobs.hold(job, unit.now)
        yield unit


def _keep(run: JobRun, publication_id: str, notes: Mapping[str, Any]) -> None:
    """Write down what an adapter must still know if this process dies."""
    with _holding(run) as unit:
        row = access_publication(unit, publication_id)
        row.notes = row.notes | dict(notes)
        row.lease_until = unit.now + rules.LEASE
