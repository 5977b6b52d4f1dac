"""Announcing works, moving their end, ending them early, and taking them back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.clock import iso
from backend.district.queries import demand_towns
from backend.errors import AppError, Code, demand_version, guard_failed, invalid
from backend.events.models import Event
from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.notices.models import Notice
from backend.notices.rules import State as NoticeState
from backend.notices.rules import clerk_offices
from backend.notices.works import rules
from backend.notices.works.models import PlannedWork
from backend.notices.works.queries import access_office_work
from backend.notices.works.rules import State
from backend.policy import demand_other_person
from backend.requests.models import Service
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

CLOSE_JOB = "work.close"
_EMPTY: dict[str, Any] = dict.fromkeys(("notice", "lat", "lon", "radius_m", "polygon")) | {"towns": ()}


def draft_work(unit: UnitOfWork, *, office: str | None = None, **given: Any) -> PlannedWork:
    """Write a draft for one of the actor's offices."""
    work = PlannedWork(
        id=new_id(),
        ver=0,
        state=State.DRAFT,
        office_id=_choose_office(unit, office),
        kind=given.pop("kind"),
        changes=[],
        author_id=unit.actor.id,
        created_at=unit.now,
    )
    _fill(unit, work, _EMPTY | given)
    unit.session.add(work)
    _close(unit, work, "work.drafted")
    return work


def edit_work(unit: UnitOfWork, work_id: str, given: dict[str, Any], if_match: int | None = None) -> PlannedWork:
    """Change the given fields of a draft; only its author may."""
    work = _access(unit, work_id, "edit", if_match)
    if work.author_id != unit.actor.id:
        raise guard_failed("author_only", "只有起草人可以修改这份草稿；请与起草人沟通，或另行起草。")
    _fill(unit, work, given)
    _close(unit, work, "work.edited")
    return work


def publish_work(unit: UnitOfWork, work_id: str, if_match: int | None = None) -> PlannedWork:
    """Announce works, as a second person of the office."""
    work = _access(unit, work_id, "publish", if_match)
    demand_other_person(unit.actor, [work.author_id], "second_person")
    if work.ends_at <= unit.now:
        raise guard_failed("already_over", "结束时间已过，请先改时间。")
    _demand_notice(unit, work)
    work.state, work.approved_by, work.published_at = State.PUBLISHED, unit.actor.id, unit.now
    _ask_for_end(unit, work)
    _close(unit, work, "work.published")
    return work


def extend_work(
    unit: UnitOfWork, work_id: str, *, ends_at: datetime, reason: str, if_match: int | None = None
) -> PlannedWork:
    """Move the end of works, later or earlier, at once: whoever stands at the trench has no second person there."""
    work = _access(unit, work_id, "extend", if_match)
    if ends_at <= max(work.begins_at, unit.now):
        raise invalid("ends_at", "before_start", "新的结束时间要晚于开始时间，也要晚于现在")
    work.ends_at = ends_at
    work.changes = [*work.changes, {"at": iso(unit.now), "ends_at": iso(ends_at), "reason": reason}]
    _ask_for_end(unit, work)
    _close(unit, work, "work.extended")
    return work


def end_work(unit: UnitOfWork, work_id: str, if_match: int | None = None) -> PlannedWork:
    """Say that works are done before their time."""
    work = _access(unit, work_id, "end", if_match)
    work.state, work.ended_at = State.ENDED, unit.now
    work.changes = [*work.changes, {"at": iso(unit.now), "ends_at": iso(unit.now), "reason": None}]
    _close(unit, work, "work.ended")
    return work


def withdraw_work(unit: UnitOfWork, work_id: str, *, reason: str, if_match: int | None = None) -> PlannedWork:
    """Take works back that do not come; their words are gone."""
    work = _access(unit, work_id, "withdraw", if_match)
    _withdraw(unit, work, reason)
    return work


def close_work(run: JobRun) -> None:
    """Take works off the streams that are over by the house's clock; their end may have been moved meanwhile."""
    with run.unit() as unit:
        work = unit.session.get_one(PlannedWork, run.args["id"], with_for_update=True)
        if work.state == State.PUBLISHED and work.ends_at <= unit.now:
            work.state = State.ENDED
            _close(unit, work, "work.closed")


def follow_notice(unit: UnitOfWork, event: Event) -> None:
    """Take back what a withdrawn notice announced (hook for `notice.withdrawn`)."""
    query = sa.select(PlannedWork).where(PlannedWork.notice_id == event.entity_id).order_by(PlannedWork.id)
    for work in unit.session.scalars(query.with_for_update()).all():
        if State(work.state) in rules.TRANSITIONS["withdraw"]:
            _withdraw(unit, work, "所依据的公告已撤回。")


def _withdraw(unit: UnitOfWork, work: PlannedWork, reason: str) -> None:
    work.state, work.withdrawn_reason = State.WITHDRAWN, reason
    work.title = work.text = work.place = ""
    work.changes = []
    _close(unit, work, "work.withdrawn")


def _choose_office(unit: UnitOfWork, office: str | None) -> str:
    own = clerk_offices(unit.actor)
    if office is None:
        if len(own) != 1:
            raise invalid("office", "missing", "请写明是哪个单位的施工")
        return next(iter(own))
    if office not in own:
        raise AppError(Code.OFFICE_FORBIDDEN, 403, "只能发布本单位的计划施工。", data={"office": office})
    return office


def _access(unit: UnitOfWork, work_id: str, command: str, if_match: int | None) -> PlannedWork:
    work = access_office_work(unit.session, unit.actor, work_id, lock=True)
    demand_version(work.ver, if_match, "内容已被更新，请先读取最新版本。")
    rules.demand_move(command, State(work.state))
    return work


def _fill(unit: UnitOfWork, work: PlannedWork, given: dict[str, Any]) -> None:
    for name, value in given.items():
        if name == "polygon":
            work.polygon = value and [[corner["lat"], corner["lon"]] for corner in value]
        elif name == "notice":
            work.notice_id = value
        else:
            setattr(work, name, sorted(set(value)) if name in {"towns", "services"} else value)
    if "towns" in given:
        demand_towns(unit.session, list(given["towns"]))
    _demand_services(unit, work.services)
    _demand_place(work)
    if work.ends_at <= work.begins_at:
        raise invalid("ends_at", "before_start", "结束时间要晚于开始时间")
    if work.notice_id is not None and _own_notice(unit, work) is None:
        raise invalid("notice", "unknown", "没有这份公告，或不是本单位的")


def _demand_services(unit: UnitOfWork, ids: list[str]) -> None:
    known = set(unit.session.scalars(sa.select(Service.id).where(Service.id.in_(ids))))
    if set(ids) - known:
        raise invalid("services", "unknown", "没有这项服务")


def _demand_place(work: PlannedWork) -> None:
    circle = [work.lat, work.lon, work.radius_m]
    if any(part is None for part in circle) and any(part is not None for part in circle):
        raise guard_failed("circle_incomplete", "圆形范围要同时有经度、纬度和半径。")
    if not work.towns:
        raise guard_failed("place_missing", "请写明涉及哪些街镇。")


def _own_notice(unit: UnitOfWork, work: PlannedWork) -> Notice | None:
    notice = unit.session.get(Notice, work.notice_id)
    return notice if notice is not None and notice.office_id == work.office_id else None


def _demand_notice(unit: UnitOfWork, work: PlannedWork) -> None:
    """Raise 409 unless the notice that works are announced in, if there is one, is before everybody."""
    notice = unit.session.get(Notice, work.notice_id) if work.notice_id else None
    if notice is not None and notice.state != NoticeState.PUBLISHED:
        raise guard_failed("notice_not_published", "请先发布所依据的公告。")


def _ask_for_end(unit: UnitOfWork, work: PlannedWork) -> None:
    key = f"{CLOSE_JOB}:{work.id}:{work.ends_at:%Y%m%dT%H%M%S.%f}:{work.ver}"
    unit.enqueue(CLOSE_JOB, key, {"id": work.id}, run_at=work.ends_at)


def _close(unit: UnitOfWork, work: PlannedWork, event: str) -> None:
    work.ver += 1
    work.updated_at = unit.now
    unit.session.flush()
    unit.record(event, work.id, work.ver, office=work.office_id, kind=work.kind, state=str(work.state))
    readers = {streams.PUBLIC, *(streams.town(town) for town in work.towns)} if work.state == State.PUBLISHED else set()
    drafts = {streams.notices_desk(work.office_id)} if work.state == State.DRAFT else set()
    unit.place("work", work.id, work.ver, readers)
    unit.place("work_draft", work.id, work.ver, drafts)
