"""What the assessment does: a further part of the table in `deeds`. Only headers of it are on any stream."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta

from tests.support.server import wait_until
from tests.support.tables import run
from tests.sync.deeds import deed
from tests.sync.publishing_deeds import DEEDS
from tests.sync.world import Thing, World

__all__ = ["DEEDS"]

# Days of long ago, in which nothing happened; no two periods may share one.
_weeks = itertools.count()


def period(w: World) -> Thing:
    first = date(1950, 1, 2) + timedelta(weeks=next(_weeks))
    form = {"name": w.word(), "first_day": str(first), "last_day": str(first + timedelta(days=6))}
    return w.cooks("assessor", "/assessment/periods", form)


def told(w: World, path: str, name: str, value: object) -> Thing:
    """Wait until a field of a thing has this value; return the thing."""

    def found() -> Thing | None:
        thing: Thing = w.leader.does("GET", f"/kitchen/assessment{path}")
        return thing if thing[name] == value else None

    return dict(wait_until(found, 30, pause=0.1))


@deed(
    "POST /kitchen/assessment/periods",
    "POST /kitchen/assessment/periods/{period_id}/compute",
    "POST /kitchen/assessment/periods/{period_id}/publish",
    "POST /kitchen/assessment/periods/{period_id}/seal",
)
def assess_a_week_and_seal_it(w: World) -> Iterator[None]:
    yield
    made = period(w)
    path = f"/assessment/periods/{made['id']}"
    w.cooks("assessor", f"{path}/compute")
    told(w, f"/periods/{made['id']}", "state", "computed")
    w.cooks("assessor", f"{path}/publish")
    # The three public days pass at once.
    run(w.server, "UPDATE assessment_period SET public_until = published_at WHERE id = :id", id=made["id"])
    w.cooks("assessor", f"{path}/seal")


@deed(
    "POST /kitchen/assessment/rule-sets",
    "PATCH /kitchen/assessment/rule-sets/{rule_set_id}",
    "POST /kitchen/assessment/rule-sets/{rule_set_id}/trial",
    "POST /kitchen/assessment/rule-sets/{rule_set_id}/adopt",
    "POST /kitchen/assessment/rule-sets/{rule_set_id}/discard",
)
def try_rules_and_adopt_them(w: World) -> Iterator[None]:
    tried_on = period(w)
    yield
    draft = w.cooks("assessor", "/assessment/rule-sets", {"note": w.word()})
    path = f"/assessment/rule-sets/{draft['id']}"
    w.changes("assessor", path, {"note": w.word()}, draft["ver"])
    w.cooks("assessor", f"{path}/trial", {"period": tried_on["id"]})
    told(w, f"/rule-sets/{draft['id']}", "tried", value=True)
    w.cooks("leader", f"{path}/adopt")
    other = w.cooks("assessor", "/assessment/rule-sets", {"note": w.word()})
    w.cooks("assessor", f"/assessment/rule-sets/{other['id']}/discard")
