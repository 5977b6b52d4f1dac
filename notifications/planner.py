"""From an event to inbox entries and push jobs, inside the transaction of the event itself.

Inbox first: a notification is a row that phones get by sync. A push is only its bell, and a job.
"""

from __future__ import annotations

import sqlalchemy as sa

from backend.events.models import Event
from backend.feed.models import Article
from backend.inbox import actions as inbox
from backend.inbox.models import Bell
from backend.jobs import queue
from backend.newsroom.board.models import Alarm
from backend.newsroom.roster import list_on_duty
from backend.notices.models import Notice, NoticeTown
from backend.policy import Role
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
}


def install(database: Database) -> None:
    """Hook the planner on the events that ring."""
    database.on_event("article.published", _article_published)
    database.on_event("article.corrected", _article_corrected)
    database.on_event("article.withdrawn", _article_withdrawn)
    database.on_event("notice.published", _notice_published)
    database.on_event("notice.withdrawn", _notice_withdrawn)
    database.on_event("request.", _request_stepped)
    database.on_event("alarm.raised", _alarm_raised)


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


def _broadcast(unit: UnitOfWork, bell: Bell) -> None:
    """Ring every phone; each version of a bell rings once, and replaces the one before on the phone's screen."""
    key = f"push.broadcast:{bell.id}:{bell.ver}"
    unit.enqueue("push.broadcast", key, {"bell": bell.id, "ver": bell.ver, "after": ""}, lane=queue.URGENT)


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


def _request_stepped(unit: UnitOfWork, event: Event) -> None:
    words = _STEPS.get(event.type.partition(".")[2])
    citizen = event.data.get("citizen")
    if words is None or citizen is None or citizen == event.actor:
        return
    case = unit.session.get_one(ServiceRequest, event.entity_id)
    bell = inbox.ring(
        unit,
        account_id=citizen,
        key=f"request:{case.id}:{event.entity_version}",
        title=f"诉求 {case.code} {words}",
        text="点开查看办理进度",
        about=("request", case.id),
    )
    unit.enqueue("push.person", f"push.person:{bell.id}", {"bell": bell.id, "ver": bell.ver, "account": citizen})


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
