"""Printing a page and airing a show over HTTP, by those whose it is: the house's own media give receipts for these."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from scenario.examine import Staff
from scenario.people import Person, Refused

Thing = dict[str, Any]
_IN_HAND_S = 20.0
LONG_AFTER = "2099-12-31T02:00:00+08:00"


def orders(person: Person, path: str, form: Any = None, ver: int | None = None, method: str = "POST") -> Thing:
    """Give a command with a key, over the version one has seen; it must succeed.

    What the queue has in hand at this moment is left alone by the house, and is free again in the next.
    """
    until = time.monotonic() + _IN_HAND_S
    while True:
        headers = {"Idempotency-Key": uuid.uuid4().hex} | ({"If-Match": f'"{ver}"'} if ver is not None else {})
        try:
            done: Thing = person.does(method, path, {} if form is None else form, headers=headers)
        except Refused as refused:
            if refused.problem.get("state") != "leased" or time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return done


def free_day(staff: Staff) -> str:
    """Return a day far ahead of which no newspaper has been begun."""
    taken = {issue["date"] for issue in staff("layout").does("GET", "/kitchen/issues?limit=100")["items"]}
    day = datetime(2060, 1, 1, tzinfo=UTC).date()
    while day.isoformat() in taken:
        day += timedelta(days=1)
    return day.isoformat()


def begin_issue(staff: Staff, day: str, template: str = "tabloid1") -> Thing:
    """Begin an issue, of one page unless another template is named."""
    form = {"date": day, "press_deadline": LONG_AFTER, "template": template, "editor": "版面组"}
    return orders(staff("layout"), "/kitchen/issues", form)


def place(staff: Staff, issue: Thing, rendition: Thing, slot: int = 2) -> Thing:
    """Put a rendition into a slot of the first page."""
    path = f"/kitchen/issues/{issue['id']}/pages/1/slots/{slot}/place"
    return orders(staff("layout"), path, {"rendition": rendition["id"]}, issue["ver"])


def leave_blank(staff: Staff, issue: Thing) -> Thing:
    """Mark what nothing was placed into as blank on purpose."""
    for slot in issue["pages"][0]["slots"]:
        if slot["kind"] == "story" and slot["rendition"] is None:
            path = f"/kitchen/issues/{issue['id']}/pages/1/slots/{slot['no']}/mark"
            issue = orders(staff("layout"), path, {"kind": "blank"}, issue["ver"])
    return issue


def print_issue(staff: Staff, issue: Thing) -> Thing:
    """Proof, sign, send to press and print."""
    path = f"/kitchen/issues/{issue['id']}"
    for who, name in (("layout", "proof"), ("duty", "sign"), ("layout", "press"), ("layout", "printed")):
        issue = orders(staff(who), f"{path}/{name}", None, staff(who).does("GET", path)["ver"])
    return issue


def begin_show(staff: Staff, seconds: int, show: str = "晚间新闻") -> Thing:
    """Begin the rundown of a show that goes on the air now."""
    airtime = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
    form = {"medium": "tv", "show": show, "airtime": airtime.isoformat(), "planned_seconds": seconds}
    return orders(staff("tv"), "/kitchen/rundowns", form)


def add_item(staff: Staff, rundown: Thing, rendition: Thing) -> Thing:
    """Put a script into a rundown, to be read."""
    path = f"/kitchen/rundowns/{rundown['id']}/items"
    return orders(staff("tv"), path, {"kind": "spoken", "rendition": rendition["id"]}, rundown["ver"])


def air(staff: Staff, rundown: Thing) -> Thing:
    """Lock, start, and bring the log of what was on the air."""
    path = f"/kitchen/rundowns/{rundown['id']}"
    for name in ("lock", "start"):
        orders(staff("tv"), f"{path}/{name}")
    at = datetime.fromisoformat(rundown["airtime"])
    log = []
    for item in staff("tv").does("GET", path)["items"]:
        end = at + timedelta(seconds=item["planned_seconds"])
        log.append({"item": item["id"], "start": at.isoformat(), "end": end.isoformat()})
        at = end
    # The house looks after a show by itself too, so its version may move between two commands; these take any.
    orders(staff("tv"), f"{path}/as-run", {"items": log})
    return orders(staff("tv"), f"{path}/close")
