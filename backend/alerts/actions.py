"""Drafting, approving, issuing, reviewing. What an issued message does to the warning it belongs to: `chains.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.alerts import chains, rules
from backend.alerts.areas import demand_known_towns, towns_of
from backend.alerts.models import CapMessage
from backend.alerts.queries import access_office_message, demand_references
from backend.alerts.rules import MessageState
from backend.errors import AppError, Code, demand_version, guard_failed, invalid
from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.notices.rules import clerk_offices
from backend.policy import Role, demand_office, demand_other_person
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

REVIEW_JOB = "public_alert.review"
OVERDUE = "alert_unreviewed"
_FIELDS = ("status", "msgType", "scope", "restriction", "addresses", "note", "references", "info")
_COLUMNS = {"msgType": "msg_type"}


def draft_message(unit: UnitOfWork, form: Mapping[str, Any], *, domain: str) -> CapMessage:
    """Write a draft for one of the actor's offices, which sends as `<office>@<domain>`; nobody outside it sees it."""
    office = _choose_office(unit, form.get("office"))
    made_id = new_id()
    message = CapMessage(
        id=made_id,
        ver=0,
        state=MessageState.DRAFT,
        office_id=office,
        identifier=f"baoshan-{made_id}",
        sender=f"{office}@{domain}",
        author_id=unit.actor.id,
        alone=False,
        created_at=unit.now,
    )
    _fill(unit, message, {name: value for name, value in form.items() if name != "office"})
    unit.session.add(message)
    return _close(unit, message, "drafted")


def edit_message(unit: UnitOfWork, message_id: str, form: Mapping[str, Any], if_match: int | None) -> CapMessage:
    """Change a draft. Only its author may: so the other person who approves it has written none of it."""
    message = _access(unit, message_id, "edit", if_match)
    _demand_author(unit, message)
    _fill(unit, message, form)
    return _close(unit, message, "edited")


def discard_message(unit: UnitOfWork, message_id: str, if_match: int | None) -> CapMessage:
    """Throw a draft away; it stays in the office's list as what it was."""
    message = _access(unit, message_id, "discard", if_match)
    message.state = MessageState.DISCARDED
    return _close(unit, message, "discarded")


def approve_message(unit: UnitOfWork, message_id: str, if_match: int | None) -> CapMessage:
    """Approve a colleague's draft and issue it; with `if_match` no later version goes out unseen."""
    message = _access(unit, message_id, "approve", if_match)
    demand_other_person(unit.actor, [message.author_id], "second_person")
    return _issue(unit, message)


def issue_alone(unit: UnitOfWork, message_id: str, *, reason: str, if_match: int | None) -> CapMessage:
    """Issue without a second person, where lives are in danger at once; a colleague looks at it afterwards."""
    message = _access(unit, message_id, "issue", if_match)
    if not rules.may_go_alone(message.info):
        words = "只有“立即”（Immediate）且“极其严重”（Extreme）的预警可以一人先发，其他预警请同事审核。"
        raise guard_failed("duty_rule", words)
    message.alone, message.alone_reason = True, reason
    message.review_due = unit.now + rules.REVIEW_WITHIN
    unit.enqueue(REVIEW_JOB, f"{REVIEW_JOB}:{message.id}", {"message": message.id}, run_at=message.review_due)
    return _issue(unit, message)


def review_message(
    unit: UnitOfWork, message_id: str, *, outcome: str, words: str, if_match: int | None = None
) -> CapMessage:
    """Look at what a colleague issued alone, and say whether it was right. Only the review is written down."""
    message = _access(unit, message_id, "review", if_match)
    demand_other_person(unit.actor, [message.author_id, str(message.issued_by)], "second_person")
    message.reviewed_by, message.reviewed_at = unit.actor.id, unit.now
    message.review_outcome, message.review_words = outcome, words
    clear_alarms(unit, OVERDUE, message.id)
    return _close(unit, message, "reviewed")


def sound_unreviewed(run: JobRun) -> None:
    """Tell those who answer for the house that nobody has looked yet at what went out on one person's word."""
    with run.unit() as unit:
        message = unit.session.get_one(CapMessage, run.args["message"], with_for_update=True)
        if message.review != "pending":
            return
        title = rules.headline(message.info)["headline"]
        raise_alarm(
            unit,
            key=f"{OVERDUE}:{message.id}",
            kind=OVERDUE,
            about=("cap_message", message.id),
            to=(Role.LEADER, Role.CHIEF_EDITOR, Role.DUTY_EDITOR),
            text=f"预警《{title}》由一人先发，两小时内还没有同事复核。",
        )


def _issue(unit: UnitOfWork, message: CapMessage) -> CapMessage:
    rules.demand_in_force(rules.expiry(message.info), unit.now)
    message.state, message.issued_by = MessageState.ISSUED, unit.actor.id
    chains.join(unit, message)
    return _close(unit, message, "issued")


def _access(unit: UnitOfWork, message_id: str, command: str, if_match: int | None) -> CapMessage:
    message = access_office_message(unit.session, unit.actor, message_id, lock=True)
    demand_version(message.ver, if_match, "内容已被更新，请先读取最新版本。")
    rules.demand_move(command, MessageState(message.state), message.review)
    return message


def _demand_author(unit: UnitOfWork, message: CapMessage) -> None:
    if message.author_id != unit.actor.id:
        raise guard_failed("author_only", "只有起草人可以修改这份草稿；请与起草人沟通，或另行起草。")


def _choose_office(unit: UnitOfWork, office: str | None) -> str:
    own = clerk_offices(unit.actor)
    if office is None:
        if len(own) != 1:
            raise invalid("office", "missing", "请写明是哪个单位的预警")
        return next(iter(own))
    if office not in own:
        demand_office(unit.actor, office)
        raise AppError(Code.OFFICE_FORBIDDEN, 403, "您不是这个单位的信息公开专员。", data={"office": office})
    return office


def _fill(unit: UnitOfWork, message: CapMessage, form: Mapping[str, Any]) -> None:
    """Set the given fields, once the message is known to be sound with them."""
    whole = {name: form.get(name, getattr(message, _COLUMNS.get(name, name))) for name in _FIELDS}
    rules.demand_sound(whole, unit.now)
    demand_known_towns(unit.session, whole["info"])
    whole["references"] = demand_references(unit.session, message, whole)
    if rules.is_real(whole["status"], whole["scope"]) and whole["info"] and whole["msgType"] != "Cancel":
        rules.demand_reach(towns_of(unit.session, whole["info"]))
    for name, value in whole.items():
        setattr(message, _COLUMNS.get(name, name), value)


def _close(unit: UnitOfWork, message: CapMessage, verb: str) -> CapMessage:
    message.ver += 1
    message.updated_at = unit.now
    unit.session.flush()
    unit.record(
        f"cap_message.{verb}",
        message.id,
        message.ver,
        office=message.office_id,
        state=str(message.state),
        status=message.status,
        alert=message.alert_id,
        alone=message.alone,
    )
    unit.place("cap_message", message.id, message.ver, _streams(message))
    return message


def _streams(message: CapMessage) -> set[str]:
    """Drafts, and what still waits for its review, are on the desk of their office."""
    waiting = message.state == MessageState.DRAFT or message.review == "pending"
    return {streams.notices_desk(message.office_id)} if waiting else set()
