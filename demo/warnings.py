"""The demo's warnings: issued by the two clerks of their office, as such are, some hours before the demo began."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from backend.alerts import actions
from backend.alerts.models import CapMessage
from backend.alerts.rules import cap_time
from backend.config import EXAMPLE_DOMAIN
from backend.policy import Actor
from backend.unit_of_work import UnitOfWork

As = Callable[[Actor, datetime], AbstractContextManager[None]]
_BEFORE = timedelta(minutes=20)
_WORDS = ("event", "urgency", "severity", "certainty", "headline", "description", "instruction")


def load_warnings(
    unit: UnitOfWork, rows: Sequence[Mapping[str, Any]], clerks: Callable[[str], tuple[Actor, Actor]], act_as: As
) -> None:
    """Issue each of them, oldest first; `clerks` gives the author and the approver of an office."""
    today, sent = unit.now, dict[str, CapMessage]()
    for row in sorted(rows, key=lambda row: -row["hours_ago"]):
        author, approver = clerks(row["office"])
        at = today - timedelta(hours=row["hours_ago"])
        with act_as(author, at - _BEFORE):
            message = actions.draft_message(unit, _form(row, sent, at), domain=EXAMPLE_DOMAIN)
        with act_as(approver, at):
            sent[row["slug"]] = actions.approve_message(unit, message.id, None)


def _form(row: Mapping[str, Any], sent: Mapping[str, CapMessage], at: datetime) -> dict[str, Any]:
    before = row.get("updates") or row.get("cancels")
    kind = "Update" if "updates" in row else "Cancel" if "cancels" in row else "Alert"
    return {
        "office": row["office"],
        "status": row.get("status", "Actual"),
        "msgType": kind,
        "scope": "Public",
        "restriction": None,
        "addresses": [],
        "note": row.get("note"),
        "references": [sent[before].identifier] if before else [],
        "info": [] if kind == "Cancel" else _infos(row, at),
    }


def _infos(row: Mapping[str, Any], at: datetime) -> list[dict[str, Any]]:
    chinese = {name: row[name] for name in _WORDS} | {
        "language": "zh-CN",
        "category": [row["category"]],
        "responseType": ["Prepare"],
        "expires": cap_time(at + timedelta(hours=row["lasts"])),
        "area": [_area(row)],
    }
    if "english" not in row:
        return [chinese]
    words = {"event": row["english_event"], "headline": row["english"], "instruction": row["english_text"]}
    return [chinese, chinese | words | {"language": "en", "description": row["english"]}]


def _area(row: Mapping[str, Any]) -> dict[str, Any]:
    towns = row.get("towns", [])
    return {
        "areaDesc": "宝山区部分地区",
        "polygon": [row["polygon"]] if "polygon" in row else [],
        "circle": [row["circle"]] if "circle" in row else [],
        "geocode": [{"valueName": "town", "value": town} for town in towns],
    }
