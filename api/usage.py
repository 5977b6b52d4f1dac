"""What phones report about their use: anybody's, nobody's name in it."""

from __future__ import annotations

from typing import Any

from flask import current_app, request

from api.edge import Write, blueprint, route
from api.schemas import SilentSchema
from backend.clock import iso
from backend.oversight.operation import actions
from backend.oversight.operation.schemas import UsageForm, UsageTakenSchema

blp = blueprint("usage", "使用统计 Samples of use, which a phone may send or not")


def _secret() -> str:
    secret: str = current_app.extensions["settings"].secret_key
    return secret


@route(blp, "POST /usage", needs="usage.report", body=UsageForm, returns=UsageTakenSchema, refuses=(429,))
def report_usage(call: Write, form: dict[str, Any]) -> Any:
    """上报使用样本 Report what happened on a phone; a sample that comes twice counts once."""
    actions.demand_calls(call.unit, _secret(), request.remote_addr or "")
    now = iso(call.unit.now)
    if request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1":
        # Who asks not to be followed is not, whatever the app thought.
        return {"taken": 0, "known": 0, "ignored": {"opted_out": len(form["samples"])}, "now": now}
    return actions.take_samples(call.unit, _secret(), form["installation"], form["samples"]) | {"now": now}


@route(
    blp, "DELETE /usage/<id:installation_id>", needs="usage.report", returns=SilentSchema, status=204, refuses=(429,)
)
def forget_usage(call: Write, installation_id: str) -> None:
    """删除使用样本 Forget all that came from an installation."""
    actions.demand_calls(call.unit, _secret(), request.remote_addr or "")
    actions.forget_installation(call.unit, _secret(), installation_id)
