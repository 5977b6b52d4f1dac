"""What the tests of alerts share: the two clerks of an office, and messages for them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from scenario.people import Person
from tests.support.server import Server

OFFICE = "wateraffairs"
# Around the middle of Luodian, and a stretch of Gucun.
LUODIAN = "31.405,121.335 31.405,121.355 31.425,121.355 31.425,121.335 31.405,121.335"
GUCUN = "31.350,121.375 31.350,121.390 31.365,121.390 31.365,121.375 31.350,121.375"
# Pudong: a place that is on no ground of the district.
ELSEWHERE = "31.200,121.600 31.200,121.700 31.300,121.700 31.300,121.600 31.200,121.600"


def word() -> str:
    return f"独一份{uuid.uuid4().hex[:8]}"


def in_hours(hours: float) -> str:
    east = datetime.now(UTC) + timedelta(hours=hours + 8)
    return east.strftime("%Y-%m-%dT%H:%M:%S+08:00")


def area(*polygons: str, **more: Any) -> dict[str, Any]:
    return {"areaDesc": "罗店镇", "polygon": list(polygons or [LUODIAN])} | more


def info(**fields: Any) -> dict[str, Any]:
    return {
        "language": "zh-CN",
        "category": ["Met"],
        "event": "暴雨",
        "urgency": "Expected",
        "severity": "Moderate",
        "certainty": "Likely",
        "expires": in_hours(30),
        "headline": f"暴雨黄色预警 {word()}",
        "description": "预计未来六小时有短时强降水。",
        "instruction": "请远离河道，低洼处的车辆尽早转移。",
        "area": [area()],
    } | fields


def message(*infos: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"msgType": "Alert", "info": list(infos or [info()])} | fields


def draft(server: Server, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = server.staff("office").does("POST", "/office/alerts", message() | fields)
    return made


def approve(server: Server, made: dict[str, Any], who: str = "office2") -> dict[str, Any]:
    out: dict[str, Any] = server.staff(who).does("POST", f"/office/alerts/{made['id']}/approve")
    return out


def issue(server: Server, **fields: Any) -> dict[str, Any]:
    return approve(server, draft(server, **fields))


def update(server: Server, *before: dict[str, Any], **fields: Any) -> dict[str, Any]:
    names = [each["identifier"] for each in before]
    return issue(server, **({"msgType": "Update", "references": names} | fields))


def cancel(server: Server, *before: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return update(server, *before, **({"msgType": "Cancel", "info": []} | fields))


def alert(server: Server, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = server.anonymous().does("GET", f"/alerts/{made['alert']}")
    return found


def listed(server: Server, person: Person | None = None, **query: str) -> list[str]:
    page = (person or server.anonymous()).does("GET", "/alerts", params={"limit": 100} | query)
    return [item["id"] for item in page["items"]]
