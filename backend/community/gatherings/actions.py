"""Making gatherings: drafted by one, published by another, cancelled for all."""

from __future__ import annotations

from typing import Any

from backend.community.gatherings import queries, signing_up
from backend.community.gatherings.models import Gathering
from backend.community.gatherings.rules import GATHERING, remind_at
from backend.district.queries import demand_town
from backend.errors import AppError, Code, demand_version, guard_failed, invalid
from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.notices.rules import clerk_offices
from backend.policy import demand_other_person
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

CLOSE_JOB, TELL_JOB, REMIND_JOB = "gathering.close", "gathering.tell", "gathering.remind"


def draft_gathering(unit: UnitOfWork, *, office: str | None = None, **form: Any) -> Gathering:
    """Write a draft, for one of the actor's offices or for the media centre."""
    gathering = Gathering(
        id=new_id(), ver=0, state="draft", office_id=_organiser(unit, office), writers=[], created_at=unit.now
    )
    _fill(unit, gathering, form)
    unit.session.add(gathering)
    _changed(unit, gathering, "drafted")
    return gathering


def edit_gathering(unit: UnitOfWork, gathering_id: str, form: dict[str, Any], if_match: int | None = None) -> Gathering:
    """Change a draft; whoever does so is one of its writers."""
    gathering = _access(unit, gathering_id, if_match)
    gathering.state = GATHERING.step("edit", gathering.state)
    _fill(unit, gathering, form)
    _changed(unit, gathering, "edited", fields=sorted(form))
    return gathering


def publish_gathering(unit: UnitOfWork, gathering_id: str, if_match: int | None = None) -> Gathering:
    """Announce a gathering, as a colleague who wrote none of it."""
    gathering = _access(unit, gathering_id, if_match)
    GATHERING.way("publish", gathering.state)
    demand_other_person(unit.actor, gathering.writers, "second_person")
    if gathering.sign_up_until <= unit.now:
        raise guard_failed("already_over", "报名截止时间已过，请先改时间。")
    gathering.state = GATHERING.step("publish", gathering.state)
    gathering.approved_by, gathering.published_at = unit.actor.id, unit.now
    for name in ("sign_up_until", "ends_at"):
        unit.enqueue(
            CLOSE_JOB, f"{CLOSE_JOB}:{gathering.id}:{name}", {"id": gathering.id}, run_at=getattr(gathering, name)
        )
    if (at := remind_at(gathering.starts_at)) > unit.now:
        args = {"id": gathering.id, "what": "remind", "after": ""}
        unit.enqueue(REMIND_JOB, f"{REMIND_JOB}:{gathering.id}:", args, run_at=at)
    _changed(unit, gathering, "published")
    return gathering


def cancel_gathering(unit: UnitOfWork, gathering_id: str, *, reason: str, if_match: int | None = None) -> Gathering:
    """Call a gathering off; all who signed up are told. What it was stays to be read, so that nobody goes there."""
    gathering = _access(unit, gathering_id, if_match)
    gathering.state, gathering.reason = GATHERING.step("cancel", gathering.state), reason
    if gathering.published_at is not None:
        args = {"id": gathering.id, "what": "cancelled", "after": ""}
        unit.enqueue(TELL_JOB, f"{TELL_JOB}:{gathering.id}:", args)
    _changed(unit, gathering, "cancelled")
    return gathering


def close_gathering(run: JobRun) -> None:
    """End the signing up, and take the gathering with its list of guests off the streams when it is over."""
    with run.unit() as unit:
        gathering = unit.session.get_one(Gathering, run.args["id"], with_for_update=True)
        if gathering.state == "open" and gathering.sign_up_until <= unit.now:
            gathering.state = GATHERING.step("close", gathering.state)
            _changed(unit, gathering, "closed")
        if gathering.ends_at <= unit.now:
            _changed(unit, gathering, "ended")
            signing_up.place_guest_list(unit, gathering)


def _organiser(unit: UnitOfWork, office: str | None) -> str | None:
    own = clerk_offices(unit.actor)
    if office is not None and office not in own:
        raise AppError(Code.OFFICE_FORBIDDEN, 403, "只能发布本单位的活动。", data={"office": office})
    if office is None and own and not queries.is_editor(unit.actor):
        if len(own) > 1:
            raise invalid("office", "missing", "请写明是哪个单位的活动")
        return next(iter(own))
    return office


def _access(unit: UnitOfWork, gathering_id: str, if_match: int | None) -> Gathering:
    gathering = queries.access_organised(unit.session, unit.actor, gathering_id, lock=True)
    demand_version(gathering.ver, if_match, "活动已被更新，请先读取最新版本。")
    return gathering


def _fill(unit: UnitOfWork, gathering: Gathering, form: dict[str, Any]) -> None:
    for name, value in form.items():
        setattr(gathering, name, value)
    if "town_id" in form:
        demand_town(unit.session, form["town_id"])
    if gathering.ends_at <= gathering.starts_at:
        raise invalid("ends_at", "before_start", "结束时间要晚于开始时间")
    if gathering.sign_up_until > gathering.starts_at:
        raise invalid("sign_up_until", "order", "报名要在活动开始前截止")
    if gathering.sign_up_until <= unit.now and "sign_up_until" in form:
        raise invalid("sign_up_until", "in_past", "报名截止时间要晚于现在")
    gathering.writers = list(dict.fromkeys([*gathering.writers, unit.actor.id]))


def _changed(unit: UnitOfWork, gathering: Gathering, verb: str, **data: Any) -> None:
    gathering.ver += 1
    gathering.updated_at = unit.now
    unit.session.flush()
    unit.record(f"gathering.{verb}", gathering.id, gathering.ver, state=gathering.state, **data)
    readers = {signing_up.desk_of(gathering)}
    if gathering.published_at is not None:
        readers |= {streams.PUBLIC, streams.town(gathering.town_id)}
    unit.place("gathering", gathering.id, gathering.ver, set() if gathering.ends_at <= unit.now else readers)
