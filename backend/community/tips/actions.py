"""What a citizen does: send a tip, say more, take it back; and what is left of it when they close their account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.accounts.models import Account
from backend.clock import local_day
from backend.community.identity.actions import demand_guarded
from backend.community.tips.models import Tip, TipDay
from backend.community.tips.queries import access_own_tip
from backend.community.tips.rules import AHEAD, LIMITS, PREFIX, TIP, wait_for
from backend.community.tips.steps import empty, place, step
from backend.db import insert_into
from backend.errors import demand_version, invalid, too_many
from backend.ids import new_id
from backend.media.queries import demand_pictures
from backend.requests.codes import make_code
from backend.requests.places import find_place
from backend.unit_of_work import UnitOfWork


def file_tip(
    unit: UnitOfWork,
    *,
    text: str,
    happened_at: datetime | None = None,
    place: Mapping[str, Any] | None = None,
    media: Sequence[str] = (),
    contact_ok: bool = False,
) -> Tip:
    """Send a tip as the actor. A point is kept in WGS-84, and says which town it is.

    Raises:
        AppError: 429 after five in an hour or twenty in a day; 422 for a moment that is still to come; 409
            `guardian_needed` for a known child whose guardian has not agreed.
    """
    demand_guarded(unit)
    _demand_allowance(unit)
    if happened_at is not None and happened_at > unit.now + AHEAD:
        raise invalid("happened_at", "in_future", "发生时间不能晚于现在")
    given = place or {}
    where = find_place(unit.session, given.get("lat"), given.get("lon"), given.get("datum", "wgs84"), given.get("town"))
    media = list(dict.fromkeys(media))
    demand_pictures(unit.session, unit.actor, media)
    tip = Tip(
        id=new_id(),
        ver=0,
        code=_next_code(unit),
        citizen_id=unit.actor.id,
        state="received",
        text=text,
        happened_at=happened_at,
        address=given.get("address"),
        lat=where.lat,
        lon=where.lon,
        datum=where.datum,
        town_id=where.town,
        media=media,
        contact_ok=contact_ok,
        created_at=unit.now,
        updated_at=unit.now,
    )
    unit.session.add(tip)
    unit.session.flush()
    step(unit, tip, "filed", media=media)
    return tip


def send_message(
    unit: UnitOfWork, tip_id: str, *, text: str, media: Sequence[str] = (), if_match: int | None = None
) -> Tip:
    """Say more about one's own tip, asked or not, while the newsroom may still use it."""
    tip = _access(unit, tip_id, if_match)
    tip.state = TIP.step("messages", tip.state)
    demand_pictures(unit.session, unit.actor, media)
    step(unit, tip, "answered", note=text, media=media)
    return tip


def withdraw_tip(unit: UnitOfWork, tip_id: str, if_match: int | None = None) -> Tip:
    """Take one's own tip back before anybody has used it; its words are gone."""
    tip = _access(unit, tip_id, if_match)
    tip.state = TIP.step("withdraw", tip.state)
    empty(unit, tip)
    step(unit, tip, "withdrawn")
    return tip


def erase_tips(unit: UnitOfWork, account_id: str) -> None:
    """Forget what a citizen told who closes their account; a lead that was made of it keeps its own words."""
    query = sa.select(Tip).where(Tip.citizen_id == account_id, Tip.forgotten.is_(False)).order_by(Tip.id)
    for tip in unit.session.scalars(query.with_for_update()).all():
        _forget(unit, tip)


def forget_old(unit: UnitOfWork, before: datetime, most: int) -> bool:
    """Forget the tips on which nothing has moved since a moment; return whether there may be more than `most`."""
    query = sa.select(Tip).where(Tip.updated_at < before, Tip.forgotten.is_(False)).order_by(Tip.id).limit(most)
    tips = unit.session.scalars(query.with_for_update()).all()
    for tip in tips:
        _forget(unit, tip)
    return len(tips) == most


def _forget(unit: UnitOfWork, tip: Tip) -> None:
    tip.forgotten = True
    empty(unit, tip)
    tip.ver += 1
    tip.updated_at = unit.now
    unit.record("tip.forgotten", tip.id, tip.ver, state=tip.state)
    place(unit, tip)


def _access(unit: UnitOfWork, tip_id: str, if_match: int | None) -> Tip:
    tip = access_own_tip(unit.session, unit.actor, tip_id, lock=True)
    demand_version(tip.ver, if_match, "报料有了新进展，请先读取最新版本。")
    return tip


def _demand_allowance(unit: UnitOfWork) -> None:
    # Two that are sent at once are counted one after the other.
    unit.session.get(Account, unit.actor.id, with_for_update=True)
    longest = max(within for _, within in LIMITS)
    query = sa.select(Tip.created_at).where(Tip.citizen_id == unit.actor.id, Tip.created_at > unit.now - longest)
    wait = wait_for(unit.session.scalars(query.order_by(Tip.created_at)).all(), unit.now)
    if wait is not None:
        raise too_many(wait, "报料发得太频繁了，请约 {minutes} 分钟后再发；紧急情况请拨打 110、119 或 12345。")


def _next_code(unit: UnitOfWork) -> str:
    """Count this tip among the day's; the counter's row is locked until the unit ends, so no number comes twice."""
    day = local_day(unit.now)
    counted = insert_into(unit.session, TipDay).values(day=day, filed=1)
    counted = counted.on_conflict_do_update(index_elements=["day"], set_={"filed": TipDay.filed + 1})
    number: int = unit.session.execute(counted.returning(TipDay.filed)).scalar_one()
    return make_code(day, number, PREFIX)
