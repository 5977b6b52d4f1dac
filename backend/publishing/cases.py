"""Cases 更正撤稿单: what is wrong is put right on every channel it ever went to, and it is done when each has shown so.

What there is to do comes from receipts. Each target tries the ways its channel has, best first, and the last of them is
a person's. The app is mended in the transaction of the decision; the others follow by the queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.errors import not_found
from backend.feed import actions as feed
from backend.feed.models import Article
from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages.generation import follow_correction
from backend.newsroom.editing.places import DESK, EXAMINATION
from backend.policy import Role
from backend.publishing import overtaking, rules
from backend.publishing.articles import article_content, show_in_app
from backend.publishing.broadcast.pulling import is_running
from backend.publishing.broadcast.pulling import pull_story as pull_from_rundowns
from backend.publishing.channel import CREATE, EDIT, NOTICE, WITHDRAW, Capabilities
from backend.publishing.models import Case, CaseTarget, Publication, PublishingChannel
from backend.publishing.newspaper.aftermath import pull_story as pull_from_paper
from backend.publishing.queue import CANCELLED, access_publication, end, is_held_back, lock_channels, put_in
from backend.publishing.receipts import content_of
from backend.publishing.rules import CASE, TARGET, CaseFacts
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

REASON_JOB = "case.reason"
OPEN_ALARM, REASON_ALARM = "case_by_hand", "case_reason"
CORRECTION, WITHDRAWAL = "correction", "withdrawal"
_TO = (Role.DUTY_EDITOR, Role.CHIEF_EDITOR)
# What has certainly not gone out; the rest of what is open may have, and is waited for.
_NOT_OUT = frozenset({"held", "queued", "retry_wait"})


def access_case(unit: UnitOfWork, case_id: str) -> Case:
    """Return a case, locked for a change; 404 if there is none."""
    case = unit.session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise not_found("更正撤稿单")
    return case


def open_case(unit: UnitOfWork, story: Story, kind: str, **given: Any) -> Case:
    """Open a case, or go on with the one that is open for this story and kind.

    `given` may hold `severity`, `cause_step`, `found_by`, `detected_at`, `reason` and `note`.
    """
    query = sa.select(Case).where(Case.story_id == story.id, Case.kind == kind, Case.state.in_(["open", "drafted"]))
    known = unit.session.scalars(query.with_for_update()).one_or_none()
    if known is not None:
        new = {name: value for name, value in given.items() if getattr(known, name) != value}
        for name, value in new.items():
            setattr(known, name, value)
        return changed(unit, known, "edited", fields=sorted(new)) if new else known
    case = Case(
        id=new_id(),
        ver=0,
        state="open",
        story_id=story.id,
        kind=kind,
        severity=given.get("severity", "S2"),
        cause_step=given.get("cause_step"),
        headline=story.headline,
        found_by=given.get("found_by", ""),
        detected_at=given.get("detected_at", unit.now),
        reason=given.get("reason"),
        note=given.get("note"),
        changes=[],
        opened_by=unit.actor.id,
        opened_at=unit.now,
    )
    unit.session.add(case)
    return changed(unit, case, "opened")


def draft_case(unit: UnitOfWork, case: Case, note: str) -> Case:
    """Write down that the correction has been drafted."""
    case.state = CASE.step("draft", case.state, CaseFacts())
    case.note, case.drafted_at = note, unit.now
    return changed(unit, case, "drafted")


def link_case(unit: UnitOfWork, case_id: str, *, alert: str | None = None, scan_hit: str | None = None) -> Case:
    """Note on a case what of monitoring led to it: an alert, a hit of a scan; noted once."""
    case = access_case(unit, case_id)
    alerts, hits = case.alert_ids or [], case.scan_hit_ids or []
    if alert is not None and alert not in alerts:
        case.alert_ids = [*alerts, alert]
        return changed(unit, case, "alert_linked", alert=alert)
    if scan_hit is not None and scan_hit not in hits:
        case.scan_hit_ids = [*hits, scan_hit]
        return changed(unit, case, "scan_hit_linked", scan_hit=scan_hit)
    return case


def drop_case(unit: UnitOfWork, case: Case) -> Case:
    """Close a case whose correction was given up."""
    case.state = CASE.step("drop", case.state, CaseFacts())
    case.done_at = unit.now
    return changed(unit, case, "dropped")


def dismiss_case(unit: UnitOfWork, case_id: str, reason: str) -> Case:
    """Close a case that turned out to be none, before anything is drafted; a draft is given up with its story."""
    case = access_case(unit, case_id)
    case.state = CASE.step("dismiss", case.state, CaseFacts())
    case.note, case.done_at = reason, unit.now
    return changed(unit, case, "dismissed")


def execute_case(unit: UnitOfWork, case: Case, story: Story, note: str, changes: Sequence[dict[str, Any]]) -> Case:
    """Carry a decision out everywhere: what is out is mended or taken away, what is not out is called off."""
    lock_channels(unit)
    case.state = CASE.step("sign", case.state, CaseFacts())
    case.note, case.changes = note, list(changes)
    case.decided_by, case.decided_at = unit.actor.id, unit.now
    changed(unit, case, "signed")
    case.state = CASE.step("execute", case.state, CaseFacts())
    if case.kind == WITHDRAWAL and case.reason is None:
        case.reason_due = unit.now + rules.REASON_WITHIN
        unit.enqueue(REASON_JOB, f"{REASON_JOB}:{case.id}", {"id": case.id}, run_at=case.reason_due)
    unit.session.flush()
    # The pages and rundowns of the house come first: what is on them is not out yet.
    pull_from_paper(unit, story.id)
    pull_from_rundowns(unit, story.id)
    stopped = overtaking.stop(unit, _on_their_way(unit, story), withdraw=case.kind == WITHDRAWAL)
    for publication in _out(unit, story, stopped.in_doubt):
        _aim(unit, case, story, publication)
    if case.kind == CORRECTION:
        _send_corrected(unit, case, story, stopped.called_off)
    for row in (*stopped.called_off, *stopped.in_doubt):
        if row.state == "cancelled":
            note_result(unit, row)
    return _settle(unit, case)


def _on_their_way(unit: UnitOfWork, story: Story) -> list[Publication]:
    """List what has not gone out yet, or was given up, with what was just taken off pages and rundowns."""
    just_now = sa.and_(Publication.state == "cancelled", Publication.updated_at == unit.now)
    ours = sa.select(PublishingChannel.id).where(PublishingChannel.kind.in_(rules.OWN_MEDIA))
    waiting = sa.and_(Publication.state == "sent", Publication.channel_id.in_(ours))
    query = sa.select(Publication).where(
        Publication.story_id == story.id, sa.or_(Publication.state.in_([*_NOT_OUT, "failed"]), just_now, waiting)
    )
    found = unit.session.scalars(query.order_by(Publication.number).with_for_update())
    # What is on the air at this moment cannot be called off; its receipt is waited for.
    return [row for row in found if row.state != "sent" or not is_running(unit.session, row.rendition_id)]


def _out(unit: UnitOfWork, story: Story, in_doubt: Sequence[Publication]) -> list[Publication]:
    """List what is before readers, or may be: each post once, as it stands now."""
    show_in_app(unit, story, only_if_missing=True)
    unit.session.flush()
    query = sa.select(Publication).where(
        Publication.story_id == story.id,
        Publication.action.in_([CREATE, EDIT]),
        sa.or_(
            Publication.state.in_(["receipted", "leased", "uncertain", "sent"]),
            Publication.id.in_([row.id for row in in_doubt]),
        ),
    )
    found = list(unit.session.scalars(query.order_by(Publication.number).with_for_update()))
    posts = {row.id for row in found}
    return [row for row in found if row.state == "receipted" or row.about_id not in posts]


def _send_corrected(unit: UnitOfWork, case: Case, story: Story, called_off: Sequence[Publication]) -> None:
    """Queue the corrected text where the wrong one had been waiting to go out for the first time."""
    for old in called_off:
        content = corrected(unit, story, old) if old.action == CREATE else None
        if content is not None:
            rendition = unit.session.get(Rendition, old.rendition_id) if old.rendition_id else None
            how: dict[str, Any] = {"not_before": old.not_before, "embargo": old.embargo, "rendition": rendition}
            put_in(unit, story, old.channel_id, CREATE, content, **how, extra=case.id)


def _aim(unit: UnitOfWork, case: Case, story: Story, publication: Publication) -> None:
    channel = unit.session.get_one(PublishingChannel, publication.channel_id)
    withdraw = case.kind == WITHDRAWAL
    if not withdraw and channel.kind not in rules.OWN_MEDIA and _says_the_same(unit, story, publication):
        return
    target = CaseTarget(
        id=new_id(),
        case_id=case.id,
        publication_id=publication.id,
        channel_id=channel.id,
        action="",
        ways=rules.ways_of(channel.kind, Capabilities(**channel.can), withdraw=withdraw),
        state="pending",
        orders=[],
    )
    unit.session.add(target)
    if channel.kind == rules.APP:
        target.action = "delete" if withdraw else "edit"
        target.ways = []
        receipt = show_in_app(unit, story, about=publication, case_id=case.id)
        target.orders = [receipt.id]
        _verify(unit, case, target)
        return
    _go_on(unit, case, story, target)


def _go_on(unit: UnitOfWork, case: Case, story: Story, target: CaseTarget) -> None:
    """Try the next way that a target has left."""
    publication = access_publication(unit, target.publication_id)
    while target.ways:
        way, *target.ways = target.ways
        target.action = way
        if rules.is_by_hand(way):
            target.state = TARGET.step("hand_over", target.state) if target.state != "manual_needed" else target.state
            target.words = rules.words_by_hand(way)
            unit.record("case.by_hand", case.id, case.ver + 1, target=target.id, channel=target.channel_id, way=way)
            return
        orders = _order(unit, case, story, publication, way)
        if orders:
            target.orders = [*target.orders, *(order.id for order in orders)]
            unit.session.flush()
            return


def _order(unit: UnitOfWork, case: Case, story: Story, publication: Publication, way: str) -> list[Publication]:
    """Queue what a way consists of; nothing if it cannot be gone."""
    rendition = unit.session.get(Rendition, publication.rendition_id) if publication.rendition_id else None
    # Another case asks for the same once more, and what came of it then says nothing about now.
    own: dict[str, Any] = {"rendition": rendition, "case_id": case.id, "extra": case.id}
    how = own | {"about": publication}
    if way == "delete":
        return [put_in(unit, story, publication.channel_id, WITHDRAW, publication.content, **how)]
    if way == "notice":
        content = publication.content | {"note": case.note}
        return [put_in(unit, story, publication.channel_id, NOTICE, content, **how)]
    content = corrected(unit, story, publication)
    if content is None:
        return []
    if way == "edit":
        return [put_in(unit, story, publication.channel_id, EDIT, content, **how)]
    taken = put_in(unit, story, publication.channel_id, WITHDRAW, publication.content, **how)
    posted = put_in(unit, story, publication.channel_id, CREATE, content, **own)
    return [taken, posted]


def _says_the_same(unit: UnitOfWork, story: Story, publication: Publication) -> bool:
    """Tell whether a correction changes nothing in what was said on a channel."""
    content = corrected(unit, story, publication) if publication.rendition_id else None
    return content is not None and rules.content_hash(content) == publication.hash


def corrected(unit: UnitOfWork, story: Story, publication: Publication) -> dict[str, Any] | None:
    """Return what a channel should show as the story stands now; None where somebody has to write it."""
    if publication.rendition_id is None:
        return article_content(unit.session.get_one(Article, story.id))
    rendition = unit.session.get_one(Rendition, publication.rendition_id)
    if rendition.state == "stale" and not follow_correction(unit, rendition):
        return None
    return content_of(rendition) if rendition.state in {"cleared", "live"} else None


def note_result(unit: UnitOfWork, row: Publication) -> None:
    """Carry over to its case what became of a publication that was queued for it."""
    if row.case_id is None:
        return
    case = access_case(unit, row.case_id)
    for target in _targets(unit, case):
        if row.id in target.orders and target.state in {"pending", "applied"}:
            _carry_over(unit, case, target, row)
    _settle(unit, case)


def tend(unit: UnitOfWork) -> list[str]:
    """Look once more at cases that wait for channels which have done all they were asked; return those that moved.

    A case is told of each end as it comes. Should one ever be missed, this is where the case goes on all the same.
    """
    waiting = sa.select(CaseTarget.case_id).where(CaseTarget.state.in_(["pending", "applied"]))
    cases = sa.select(Case.id, Case.story_id).where(Case.id.in_(waiting)).order_by(Case.id)
    moved = []
    for case_id, story_id in unit.session.execute(cases).all():
        unit.session.get_one(Story, story_id, with_for_update=True)
        case = access_case(unit, case_id)
        before = case.ver
        for target in _targets(unit, case):
            orders = [access_publication(unit, order) for order in target.orders]
            waits = target.state in {"pending", "applied"} and orders
            if waits and all(order.state in rules.DONE for order in orders):
                _carry_over(unit, case, target, orders[-1])
                if target.state not in {"pending", "applied"} or target.orders[-1] != orders[-1].id:
                    _settle(unit, case)
        if case.ver != before:
            moved.append(case.id)
    return moved


def _carry_over(unit: UnitOfWork, case: Case, target: CaseTarget, row: Publication) -> None:
    orders = [access_publication(unit, order) for order in target.orders]
    if row.state == "failed" or (row.state == "cancelled" and row.code == CANCELLED):
        for order in orders:
            if order.state in _NOT_OUT:
                end(unit, order, "call_off", "overtaken", "前一步没有做成，改用别的办法。")
        story = unit.session.get_one(Story, case.story_id)
        _go_on(unit, case, story, target)
        return
    # What another case has called off, or what was found not to be out, needs nothing more.
    live = [order for order in orders if order.state not in {"failed", "cancelled"}]
    if any(order.receipted_at is None for order in live):
        return
    if all(_is_as_asked(order) for order in live):
        _verify(unit, case, target)
        return
    if target.state == "pending":
        target.state, target.applied_at = TARGET.step("apply", target.state), unit.now
    target.state = TARGET.step("hand_over", target.state)
    target.words = "渠道已经处置，但读回的内容对不上或读不到：请人工核对，并上传截图。"


def _is_as_asked(order: Publication) -> bool:
    """Tell whether a channel was seen to show what was asked for, or cannot be looked at."""
    return order.shown_hash in {None, order.expected_hash} and "unread" not in order.evidence


def _verify(unit: UnitOfWork, case: Case, target: CaseTarget) -> None:
    target.state = TARGET.step("verify", target.state)
    target.applied_at = target.applied_at or unit.now
    _verified(unit, case, target)


def _verified(unit: UnitOfWork, case: Case, target: CaseTarget) -> None:
    target.verified_at = unit.now
    unit.record("case.target_verified", case.id, case.ver + 1, target=target.id, channel=target.channel_id)


def verify_target(unit: UnitOfWork, target_id: str) -> None:
    """Take note that a newspaper has printed, or a programme aired, the words that a case asked for."""
    target = unit.session.get(CaseTarget, target_id)
    if target is None:
        return
    case = access_case(unit, target.case_id)
    if target.state == "manual_needed":
        _verify(unit, case, target)
        _settle(unit, case)


def prove_target(unit: UnitOfWork, case_id: str, target_id: str, *, told: str, proof: str | None) -> Case:
    """Write down what a person has done on a channel; `proof` is a file that shows it.

    Raises:
        AppError: 404 for a target of another case; 409 for one that nobody has to see to by hand.
    """
    case = access_case(unit, case_id)
    target = unit.session.get(CaseTarget, target_id, with_for_update=True)
    if target is None or target.case_id != case.id:
        raise not_found("渠道处置")
    target.state = TARGET.step("prove", target.state)
    target.told, target.proof, target.proved_by = told, proof, unit.actor.id
    target.applied_at = target.applied_at or unit.now
    _verified(unit, case, target)
    return _settle(unit, case)


def _targets(unit: UnitOfWork, case: Case) -> list[CaseTarget]:
    unit.session.flush()
    query = sa.select(CaseTarget).where(CaseTarget.case_id == case.id).order_by(CaseTarget.id)
    return list(unit.session.scalars(query.with_for_update()))


def _settle(unit: UnitOfWork, case: Case) -> Case:
    """Say where a case stands after one of its targets has moved."""
    targets = _targets(unit, case)
    moments = [target.applied_at for target in targets if target.applied_at]
    case.first_at, case.last_at = min(moments, default=None), max(moments, default=None)
    facts = CaseFacts(all_verified=all(target.state == "verified" for target in targets))
    if case.state in {"executing", "partial"} and facts.all_verified:
        case.state, case.done_at = CASE.step("finish", case.state, facts), unit.now
        clear_alarms(unit, OPEN_ALARM, case.id)
        return changed(unit, case, "done", latency_s=_seconds(case.decided_at, case.last_at))
    by_hand = [target for target in targets if target.state == "manual_needed"]
    if case.state == "executing" and by_hand:
        case.state = CASE.step("wait", case.state, CaseFacts())
        _ask_for_hands(unit, case, by_hand)
        return changed(unit, case, "partial")
    return changed(unit, case, "moved")


def _ask_for_hands(unit: UnitOfWork, case: Case, targets: Sequence[CaseTarget]) -> None:
    names = "、".join(
        unit.session.get_one(PublishingChannel, channel_id).name
        for channel_id in sorted({target.channel_id for target in targets})
    )
    raise_alarm(
        unit,
        key=f"{OPEN_ALARM}:{case.id}",
        kind=OPEN_ALARM,
        about=("case", case.id),
        to=(*_TO, Role.CHANNEL_OPERATOR),
        text=f"《{case.headline}》的{'撤稿' if case.kind == WITHDRAWAL else '更正'}还要人工处置：{names}。",
    )


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return round((end - start).total_seconds(), 3) if start and end else None


def explain_case(unit: UnitOfWork, case_id: str, reason: str) -> Case:
    """Give a withdrawal its reason afterwards; readers who look for the article are told it too."""
    case = access_case(unit, case_id)
    CASE.step("reason", case.state, CaseFacts(has_reason=case.reason is not None))
    case.reason, case.reason_due = reason, None
    feed.explain_withdrawal(unit, case.story_id, reason)
    clear_alarms(unit, REASON_ALARM, case.id)
    return changed(unit, case, "explained")


def demand_reason(run: JobRun) -> None:
    """Raise the alarm for a withdrawal that still has no reason; the job of its hour."""
    with run.unit() as unit:
        case = access_case(unit, run.args["id"])
        if case.reason is not None:
            return
        raise_alarm(
            unit,
            key=f"{REASON_ALARM}:{case.id}",
            kind=REASON_ALARM,
            about=("case", case.id),
            to=(*_TO, Role.LEADER),
            text=f"《{case.headline}》撤稿已满一小时，还没有补写理由。",
        )


def changed(unit: UnitOfWork, case: Case, verb: str, **data: Any) -> Case:
    """Close a change of a case: number it, record it, place it on the command desk and with the editors."""
    case.ver += 1
    case.updated_at = unit.now
    unit.session.flush()
    told: dict[str, Any] = {
        "kind": case.kind,
        "severity": case.severity,
        "cause_step": case.cause_step,
        # Whether somebody else is named as the finder, and not who: names are no matter of history.
        "found_by_other": bool(case.found_by),
        "is_error": _is_error(case),
    }
    unit.record(f"case.{verb}", case.id, case.ver, state=case.state, story=case.story_id, **told, **data)
    place(unit, case)
    return case


def _is_error(case: Case) -> bool:
    """Tell whether a case is about a mistake; a piece may be taken back without one, and nobody is blamed then."""
    return case.kind == CORRECTION or case.cause_step is not None


def place(unit: UnitOfWork, case: Case) -> None:
    """Place a case on the command desk and with the editors, or where its confidential story is read."""
    held_back = is_held_back(unit.session.get_one(Story, case.story_id))
    unit.place("case", case.id, case.ver, {EXAMINATION} if held_back else {streams.KITCHEN, DESK})
