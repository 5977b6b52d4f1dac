"""What the planning desk does: take a tip as a lead, ask its citizen, or say why it is not used."""

from __future__ import annotations

from backend.community.tips.following import catch_up
from backend.community.tips.models import Tip
from backend.community.tips.queries import access_desk_tip
from backend.community.tips.rules import LEAD_SOURCE, REASONS, TIP, lead_title
from backend.community.tips.steps import step
from backend.district.models import Town
from backend.errors import demand_version
from backend.newsroom.planning import actions as planning
from backend.unit_of_work import UnitOfWork


def take_tip(
    unit: UnitOfWork, tip_id: str, *, lead: str | None = None, title: str | None = None, if_match: int | None = None
) -> Tip:
    """Make a lead of a tip, or let it join one that there is.

    Raises:
        AppError: 422 for a lead that there is not; 409 for one that was rejected or merged.
    """
    tip = _access(unit, tip_id, if_match)
    tip.state = TIP.step("take", tip.state)
    if lead is not None:
        tip.lead_id = planning.join_lead(unit, lead, source=LEAD_SOURCE, source_ref=tip.code).id
    else:
        form = {"title": title or lead_title(tip.text), "text": tip.text, "place": _place_of(unit, tip), "heat": 0}
        tip.lead_id = planning.create_lead(unit, form | {"source": LEAD_SOURCE, "source_ref": tip.code}).id
    step(unit, tip, "taken", lead=tip.lead_id)
    catch_up(unit, [tip])
    return tip


def ask_citizen(unit: UnitOfWork, tip_id: str, *, text: str, if_match: int | None = None) -> Tip:
    """Ask whoever sent a tip for more, by a message: nobody in the house sees their telephone."""
    tip = _access(unit, tip_id, if_match)
    tip.state = TIP.step("ask", tip.state)
    step(unit, tip, "asked", note=text)
    return tip


def close_tip(unit: UnitOfWork, tip_id: str, *, reason: str, if_match: int | None = None) -> Tip:
    """Say that a tip is not used, and why."""
    tip = _access(unit, tip_id, if_match)
    tip.state, tip.reason = TIP.step("close", tip.state), reason
    step(unit, tip, "closed", note=REASONS[reason], reason=reason)
    return tip


def _access(unit: UnitOfWork, tip_id: str, if_match: int | None) -> Tip:
    tip = access_desk_tip(unit.session, tip_id, lock=True)
    demand_version(tip.ver, if_match, "报料有了新进展，请先读取最新版本。")
    return tip


def _place_of(unit: UnitOfWork, tip: Tip) -> str:
    town = unit.session.get(Town, tip.town_id) if tip.town_id else None
    return (tip.address or (town.name if town else "") or "地点未说明")[:100]
