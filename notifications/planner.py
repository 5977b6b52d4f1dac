"""From an event to inbox entries and push jobs, inside the transaction of the event itself.

Inbox first: a notification is a row that phones get by sync. A push is only its bell, and a job.
"""

from __future__ import annotations

import sqlalchemy as sa

from backend.accounts.models import Account
from backend.alerts import recipients
from backend.alerts.models import CapMessage
from backend.alerts.rules import bell_words
from backend.events.models import Event
from backend.feed.models import Article
from backend.inbox import actions as inbox
from backend.inbox.models import Bell
from backend.jobs import queue
from backend.newsroom.board.models import Alarm
from backend.newsroom.editing.models import Rendition
from backend.newsroom.roster import list_on_duty
from backend.notices.models import Notice, NoticeTown
from backend.policy import Role
from backend.publishing.models import Publication
from backend.requests.behalf.models import Trust
from backend.requests.behalf.queries import relatives_of
from backend.requests.models import ServiceRequest
from backend.unit_of_work import Database, UnitOfWork

# What a citizen reads when a case of theirs takes a step. No text of the case goes out with it.
_STEPS = {
    "accepted": "已受理",
    "declined": "未予受理，请查看原因",
    "assigned": "已派给承办单位",
    "taken": "承办单位已签收，正在办理",
    "replied": "有了答复，请查看并评价",
    "resolved": "已办结",
    "supervised": "已由督办人员跟进",
    "messaged": "有新的留言",
    "answered": "有了答复，请查看并确认",
    "decided": "已派给承办单位",
    "asked": "需要您补充情况，计时已暂停",
    "extended": "办理期限延长，请查看原因",
    "found_complex": "按疑难件办理，期限有调整",
    "joined": "有协办单位参与办理",
    "merged": "已与同一事项合并办理",
    "redated": "办理期限重新核定",
    "callback_due": "答复已满七天，将电话回访您",
    "called_back": "已回访办结",
    "redone": "退回承办单位重办",
    "reviewed": "评价已核查，请查看结果",
}


def install(database: Database) -> None:
    """Hook the planner on the events that ring."""
    database.on_event("article.published", _article_published)
    database.on_event("article.corrected", _article_corrected)
    database.on_event("article.withdrawn", _article_withdrawn)
    database.on_event("notice.published", _notice_published)
    database.on_event("notice.withdrawn", _notice_withdrawn)
    for verb in ("opened", "updated", "lifted", "merged"):
        database.on_event(f"public_alert.{verb}", _warned)
    database.on_event("request.", _request_stepped)
    database.on_event("trust.", _trust_changed)
    database.on_event("twin.", _twin_decided)
    database.on_event("alarm.raised", _alarm_raised)
    database.on_event("publication.failed", _publication_failed)


def _article_published(unit: UnitOfWork, event: Event) -> None:
    if not event.data["breaking"]:
        return
    article = unit.session.get_one(Article, event.entity_id)
    bell = inbox.ring(
        unit,
        account_id=None,
        key=f"article:{article.id}",
        # Many write the word into the headline themselves; it is not said twice.
        title=f"快讯｜{article.headline.removeprefix('快讯：')}",
        text=article.summary,
        about=("article", article.id),
    )
    _broadcast(unit, bell)


def _article_corrected(unit: UnitOfWork, event: Event) -> None:
    article = unit.session.get_one(Article, event.entity_id)
    about = ("article", article.id)
    for bell in inbox.rewrite(unit, about, title=f"更正｜{article.headline}", text=article.summary):
        _broadcast(unit, bell)


def _article_withdrawn(unit: UnitOfWork, event: Event) -> None:
    for bell in inbox.silence(unit, ("article", event.entity_id)):
        _broadcast(unit, bell)


def _broadcast(unit: UnitOfWork, bell: Bell, lane: int = queue.URGENT) -> None:
    """Ring every phone; each version of a bell rings once, and replaces the one before on the phone's screen."""
    key = f"push.broadcast:{bell.id}:{bell.ver}"
    unit.enqueue("push.broadcast", key, {"bell": bell.id, "ver": bell.ver, "after": ""}, lane=lane)


def _notice_published(unit: UnitOfWork, event: Event) -> None:
    notice = unit.session.get_one(Notice, event.entity_id)
    bell = inbox.ring(
        unit,
        account_id=None,
        key=f"notice:{notice.id}",
        title=f"公告｜{notice.title}",
        text="点开查看全文",
        about=("notice", notice.id),
    )
    towns = unit.session.scalars(sa.select(NoticeTown.town_id).where(NoticeTown.notice_id == notice.id))
    topics = sorted(f"town_{town}" for town in towns) or ["pub"]
    for topic in topics:
        args = {"bell": bell.id, "ver": bell.ver, "topic": topic}
        unit.enqueue("push.topic", f"push.topic:{bell.id}:{bell.ver}:{topic}", args)


def _notice_withdrawn(unit: UnitOfWork, event: Event) -> None:
    inbox.silence(unit, ("notice", event.entity_id))


def _warned(unit: UnitOfWork, event: Event) -> None:
    """Ring for a warning and whatever becomes of it, before all else; a drill rings nobody.

    A warning has one bell: an update and the end of it take the place of what the phone showed before.
    """
    if not event.data["real"]:
        return
    about = (recipients.KIND, event.entity_id)
    if event.type == "public_alert.merged":
        bells = inbox.silence(unit, about)
    else:
        head = unit.session.get_one(CapMessage, event.data["head"])
        words = bell_words(head.msg_type, head.info, before=_title_of(unit, about))
        bells = inbox.rewrite(unit, about, **words) or [
            inbox.ring(unit, account_id=None, key=f"{about[0]}:{about[1]}", about=about, **words)
        ]
    for bell in bells:
        _broadcast(unit, bell, lane=queue.ALERT)


def _title_of(unit: UnitOfWork, about: tuple[str, str]) -> str:
    query = sa.select(Bell.title).where(Bell.about_kind == about[0], Bell.about_id == about[1])
    return unit.session.scalar(query) or ""


def _request_stepped(unit: UnitOfWork, event: Event) -> None:
    words = _STEPS.get(event.type.partition(".")[2])
    citizen = event.data.get("citizen")
    if words is None or citizen is None:
        return
    case = unit.session.get_one(ServiceRequest, event.entity_id)
    for account in (citizen, *relatives_of(unit.session, case.id)):
        if account != event.actor:
            _ring_of_request(unit, case, event.entity_version, words, account)


def _ring_of_request(unit: UnitOfWork, case: ServiceRequest, ver: int, words: str, account: str) -> None:
    bell = inbox.ring(
        unit,
        account_id=account,
        key=f"request:{case.id}:{ver}" + ("" if account == case.citizen_id else f":{account}"),
        title=f"诉求 {case.code} {words}",
        text="点开查看办理进度",
        about=("request", case.id),
    )
    unit.enqueue("push.person", f"push.person:{bell.id}", {"bell": bell.id, "ver": bell.ver, "account": account})


def _twin_decided(unit: UnitOfWork, event: Event) -> None:
    words = {"approved": "已公开，姓名、号码和门牌都已隐去", "refused": "没有公开，请查看原因"}
    told = words.get(event.type.partition(".")[2])
    if told is None:
        return
    case = unit.session.get_one(ServiceRequest, event.data["request"])
    bell = inbox.ring(
        unit,
        account_id=case.citizen_id,
        key=f"twin:{event.entity_id}:{event.entity_version}",
        title=f"诉求 {case.code} {told}",
        text="点开查看公开的内容",
        about=("request", case.id),
    )
    args = {"bell": bell.id, "ver": bell.ver, "account": case.citizen_id}
    unit.enqueue("push.person", f"push.person:{bell.id}", args)


def _trust_changed(unit: UnitOfWork, event: Event) -> None:
    """Tell the other side: the elder that somebody asks, and each that it is settled or over."""
    words = {"asked": "有家人请求代您办事，请确认", "accepted": "亲属代办授权已生效", "ended": "亲属代办授权已结束"}
    told = words.get(event.type.partition(".")[2])
    trust = unit.session.get_one(Trust, event.entity_id)
    for account in (trust.elder_id, trust.relative_id):
        if told and account and account != event.actor:
            bell = inbox.ring(
                unit,
                account_id=account,
                key=f"trust:{trust.id}:{trust.ver}",
                title=told,
                text="点开“我的—亲属代办”查看",
                about=("trust", trust.id),
            )
            args = {"bell": bell.id, "ver": bell.ver, "account": account}
            unit.enqueue("push.person", f"push.person:{bell.id}", args)


def _publication_failed(unit: UnitOfWork, event: Event) -> None:
    """Tell whoever queued it, and whoever wrote that text, what the channel had against it."""
    row = unit.session.get_one(Publication, event.entity_id)
    if row.case_id is not None:
        return
    rendition = unit.session.get(Rendition, row.rendition_id) if row.rendition_id else None
    people = {row.queued_by, *(rendition.writers if rendition else [])}
    for account in unit.session.scalars(sa.select(Account.id).where(Account.id.in_(people)).order_by(Account.id)).all():
        bell = inbox.ring(
            unit,
            account_id=account,
            key=f"publication:{row.id}:{row.ver}:{account}",
            title=f"未发出｜{row.headline}",
            text=row.words or "请到刊播队列查看原因",
            about=("publication", row.id),
        )
        unit.enqueue("push.person", f"push.person:{bell.id}", {"bell": bell.id, "ver": bell.ver, "account": account})


def _alarm_raised(unit: UnitOfWork, event: Event) -> None:
    """Ring those who hold one of the roles that an alarm is raised to, each of them once."""
    alarm = unit.session.get_one(Alarm, event.entity_id)
    for account in list_on_duty(unit.session, [Role(role) for role in alarm.to], unit.now):
        bell = inbox.ring(
            unit,
            account_id=account.id,
            key=f"alarm:{alarm.id}:{account.id}",
            title="指挥台告警",
            text=alarm.text,
            about=(alarm.about_kind, alarm.about_id),
        )
        unit.enqueue("push.person", f"push.person:{bell.id}", {"bell": bell.id, "ver": bell.ver, "account": account.id})
