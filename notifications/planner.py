"""From an event to inbox entries and the jobs that ring, inside the transaction of the event itself.

Inbox first: a notification is a row that phones get by sync. A push is only its bell, and a job, in which it is decided
for each recipient whether it rings and when.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.accounts.models import Account
from backend.alerts import recipients
from backend.alerts.models import CapMessage, PublicAlert
from backend.alerts.rules import bell_words
from backend.alerts.words import MsgType
from backend.community.comments.models import Comment
from backend.community.comments.rules import State
from backend.community.tips.models import Tip
from backend.events.models import Event
from backend.feed.models import Article
from backend.inbox import actions as inbox
from backend.inbox.models import Bell
from backend.inbox.rules import VARIANTS, Kind, Reason, nowhere_topic, town_topic
from backend.newsroom.board.models import Alarm
from backend.newsroom.editing.models import Rendition
from backend.newsroom.roster import list_on_duty
from backend.notices.models import Notice
from backend.policy import Role
from backend.publishing.models import Publication
from backend.requests.behalf.models import Trust
from backend.requests.behalf.queries import relatives_of
from backend.requests.models import ServiceRequest
from backend.requests.twins.models import Twin
from backend.unit_of_work import Database, UnitOfWork
from notifications import gatherings, lanes, lives, words

# These ring through everything, at any hour (CAP 1.2, section 3.2.2, severity).
_DANGER = frozenset({"Extreme", "Severe"})


def install(database: Database) -> None:
    """Hook the planner on the events that ring."""
    database.on_event("article.published", _article_published)
    database.on_event("article.corrected", _article_corrected)
    database.on_event("article.withdrawn", _article_withdrawn)
    database.on_event("notice.published", _notice_published)
    database.on_event("notice.corrected", _notice_corrected)
    database.on_event("notice.withdrawn", _notice_withdrawn)
    for verb in ("opened", "updated", "lifted", "merged"):
        database.on_event(f"public_alert.{verb}", _warned)
    database.on_event("request.", _request_stepped)
    database.on_event("trust.", _trust_changed)
    database.on_event("twin.", _twin_changed)
    database.on_event("comment.shown", _comment_shown)
    for verb in ("removed", "erased"):
        database.on_event(f"comment.{verb}", _comment_gone)
    database.on_event("tip.", _tip_stepped)
    database.on_event("live_entry.shown", lives.shown)
    database.on_event("live_entry.corrected", lives.corrected)
    database.on_event("live_entry.withdrawn", lives.withdrawn)
    database.on_event("sign_up.let_in", gatherings.let_in)
    database.on_event("alarm.raised", _alarm_raised)
    database.on_event("publication.failed", _publication_failed)


# ── everybody ──


def _article_published(unit: UnitOfWork, event: Event) -> None:
    article = unit.session.get_one(Article, event.entity_id)
    about = ("article", article.id)
    if not event.data["breaking"]:
        lanes.ring_followers(unit, about, article.id)
        return
    bell = inbox.ring(
        unit,
        account_id=None,
        key=f"article:{article.id}",
        kind=Kind.BREAKING,
        words=words.breaking(article),
        about=about,
    )
    lanes.ring_all(unit, bell)


def _article_corrected(unit: UnitOfWork, event: Event) -> None:
    article = unit.session.get_one(Article, event.entity_id)
    for bell in inbox.rewrite(unit, ("article", article.id), words.correction(article)):
        lanes.ring_again(unit, bell)


def _article_withdrawn(unit: UnitOfWork, event: Event) -> None:
    _silence(unit, ("article", event.entity_id))
    told = sa.and_(Bell.about_kind == "comment", Bell.about_id == Comment.id, ~Bell.gone)
    query = sa.select(Comment.id).join(Bell, told).where(Comment.article_id == event.entity_id).distinct()
    for comment_id in unit.session.scalars(query).all():
        _silence(unit, ("comment", comment_id))


def _notice_published(unit: UnitOfWork, event: Event) -> None:
    notice = unit.session.get_one(Notice, event.entity_id)
    bell = inbox.ring(
        unit,
        account_id=None,
        key=f"notice:{notice.id}",
        kind=Kind.NOTICE,
        words=words.notice(notice.title),
        about=("notice", notice.id),
        ends_at=notice.effective_to,
    )
    lanes.ring_all(unit, bell)


def _notice_corrected(unit: UnitOfWork, event: Event) -> None:
    notice = unit.session.get_one(Notice, event.entity_id)
    corrected = words.notice(notice.title, corrected=True)
    for bell in inbox.rewrite(unit, ("notice", notice.id), corrected, ends_at=notice.effective_to):
        lanes.ring_again(unit, bell)


def _notice_withdrawn(unit: UnitOfWork, event: Event) -> None:
    _silence(unit, ("notice", event.entity_id))


def _silence(unit: UnitOfWork, about: tuple[str, str]) -> None:
    for bell in inbox.silence(unit, about):
        lanes.ring_again(unit, bell)


# ── warnings ──


def _warned(unit: UnitOfWork, event: Event) -> None:
    """Ring for a warning and whatever becomes of it, before all else; a drill rings nobody.

    A warning has one bell: an update and the end of it take the place of what the phone showed before.
    """
    if not event.data["real"]:
        return
    about = (recipients.KIND, event.entity_id)
    if event.type == "public_alert.merged":
        _silence(unit, about)
        return
    head = unit.session.get_one(CapMessage, event.data["head"])
    alert = unit.session.get_one(PublicAlert, event.entity_id)
    through = head.msg_type != MsgType.CANCEL and any(info["severity"] in _DANGER for info in head.info)
    ends_at = alert.expires_at if head.msg_type != MsgType.CANCEL else None
    said = _warning_words(head, _title_of(unit, about))
    bells = inbox.rewrite(unit, about, said, through=through, ends_at=ends_at) or [
        inbox.ring(
            unit,
            account_id=None,
            key=f"{about[0]}:{about[1]}",
            kind=Kind.WARNING,
            words=said,
            about=about,
            through=through,
            ends_at=ends_at,
        )
    ]
    for bell in bells:
        lanes.ring_all(unit, bell, _topics(unit, alert.id) if through else None)


def _warning_words(head: CapMessage, before: str) -> inbox.Words:
    english = [info for info in head.info if info["language"].startswith("en")]
    plain = bell_words(head.msg_type, head.info, before=before)
    return words.warning(plain, bell_words(head.msg_type, english, before=before, english=True) if english else None)


def _topics(unit: UnitOfWork, alert_id: str) -> list[str]:
    """Return the topics of those whom a warning is for by where they live, in every wording."""
    towns = sorted(recipients.covered_towns(unit.session, alert_id))
    return [
        topic
        for variant in VARIANTS
        for topic in (*(town_topic(town, variant) for town in towns), nowhere_topic(variant))
    ]


def _title_of(unit: UnitOfWork, about: tuple[str, str]) -> str:
    query = sa.select(Bell.title).where(Bell.about_kind == about[0], Bell.about_id == about[1])
    return unit.session.scalar(query) or ""


# ── one person ──


def _ring_one(unit: UnitOfWork, account: str, reason: Reason, *, sms: bool = False, **bell: Any) -> None:
    lanes.ring_person(unit, inbox.ring(unit, account_id=account, **bell), reason=reason, sms=sms)


def _request_stepped(unit: UnitOfWork, event: Event) -> None:
    verb = event.type.partition(".")[2]
    citizen = event.data.get("citizen")
    if verb not in words.STEPS or citizen is None:
        return
    case = unit.session.get_one(ServiceRequest, event.entity_id)
    for account in (citizen, *relatives_of(unit.session, case.id)):
        if account != event.actor:
            own = account == case.citizen_id
            _ring_one(
                unit,
                account,
                Reason.OWN if own else Reason.RELATIVE,
                sms=verb in words.FOR_SMS,
                key=f"request:{case.id}:{event.entity_version}" + ("" if own else f":{account}"),
                kind=Kind.REQUEST,
                words=words.step(case.code, verb),
                about=("request", case.id),
            )


def _twin_changed(unit: UnitOfWork, event: Event) -> None:
    """Tell the citizen what was decided of the public version, and its followers that the case has moved on."""
    verb = event.type.partition(".")[2]
    twin = unit.session.get_one(Twin, event.entity_id)
    if verb == "followed" and twin.shown:
        lanes.ring_followers(unit, ("public_request", twin.id), f"{twin.id}:{twin.case_state}:{twin.office_id}")
    if verb not in {"approved", "refused"}:
        return
    case = unit.session.get_one(ServiceRequest, event.data["request"])
    _ring_one(
        unit,
        case.citizen_id,
        Reason.OWN,
        key=f"twin:{event.entity_id}:{event.entity_version}",
        kind=Kind.REQUEST,
        words=words.twin(case.code, shown=verb == "approved"),
        about=("request", case.id),
    )


def _trust_changed(unit: UnitOfWork, event: Event) -> None:
    """Tell the other side: the elder that somebody asks, and each that it is settled or over."""
    told = words.trust(event.type.partition(".")[2])
    trust = unit.session.get_one(Trust, event.entity_id)
    for account in (trust.elder_id, trust.relative_id):
        if told and account and account != event.actor:
            _ring_one(
                unit,
                account,
                Reason.OWN,
                key=f"trust:{trust.id}:{trust.ver}",
                kind=Kind.HOUSE,
                words=told,
                about=("trust", trust.id),
            )


def _comment_shown(unit: UnitOfWork, event: Event) -> None:
    """Tell whoever was answered, unless they answered themselves or took back what they had said."""
    comment = unit.session.get_one(Comment, event.entity_id)
    above = unit.session.get(Comment, comment.reply_to) if comment.reply_to else None
    if above is None or above.state != State.SHOWN or above.account_id == comment.account_id:
        return
    _ring_one(
        unit,
        above.account_id,
        Reason.OWN,
        key=f"comment:{comment.id}",
        kind=Kind.FOLLOW,
        words=words.reply(),
        about=("comment", comment.id),
    )


def _comment_gone(unit: UnitOfWork, event: Event) -> None:
    _silence(unit, ("comment", event.entity_id))


def _tip_stepped(unit: UnitOfWork, event: Event) -> None:
    """Tell whoever sent a tip what became of it, and that the newsroom asks for more."""
    verb = event.type.partition(".")[2]
    tip = unit.session.get_one(Tip, event.entity_id)
    if verb in words.TIP_STEPS and not tip.forgotten:
        _ring_one(
            unit,
            tip.citizen_id,
            Reason.OWN,
            key=f"tip:{tip.id}:{event.entity_version}",
            kind=Kind.REQUEST,
            words=words.tip(tip.code, verb),
            about=("tip", tip.id),
        )


# ── the house's own people ──


def _publication_failed(unit: UnitOfWork, event: Event) -> None:
    """Tell whoever queued it, and whoever wrote that text, what the channel had against it."""
    row = unit.session.get_one(Publication, event.entity_id)
    if row.case_id is not None:
        return
    rendition = unit.session.get(Rendition, row.rendition_id) if row.rendition_id else None
    people = {row.queued_by, *(rendition.writers if rendition else [])}
    for account in unit.session.scalars(sa.select(Account.id).where(Account.id.in_(people)).order_by(Account.id)).all():
        _ring_one(
            unit,
            account,
            Reason.OWN,
            key=f"publication:{row.id}:{row.ver}:{account}",
            kind=Kind.HOUSE,
            words=words.plain(f"未发出｜{row.headline}", row.words or "请到刊播队列查看原因"),
            about=("publication", row.id),
        )


def _alarm_raised(unit: UnitOfWork, event: Event) -> None:
    """Ring those who hold one of the roles that an alarm is raised to, each of them once, and at any hour: on duty."""
    alarm = unit.session.get_one(Alarm, event.entity_id)
    for account in list_on_duty(unit.session, [Role(role) for role in alarm.to], unit.now):
        _ring_one(
            unit,
            account.id,
            Reason.DUTY,
            key=f"alarm:{alarm.id}:{account.id}",
            kind=Kind.HOUSE,
            words=words.plain("指挥台告警", alarm.text),
            about=(alarm.about_kind, alarm.about_id),
            through=True,
        )
