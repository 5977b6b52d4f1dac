"""What warnings and a person's places do: a part of the table in `deeds`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.alerts import office
from tests.sync.deeds import DEEDS, deed
from tests.sync.world import World

__all__ = ["DEEDS"]
_ALONE = {"reason": "来不及等同事"}


@deed("POST /office/alerts")
def draft_a_warning(w: World) -> Iterator[None]:
    yield
    office.draft(w.server)


@deed("PATCH /office/alerts/{message_id}")
def edit_a_draft_of_a_warning(w: World) -> Iterator[None]:
    made = office.draft(w.server)
    yield
    assert w.office.patch(f"/office/alerts/{made['id']}", {"note": w.word()}, made["ver"]).ok


@deed("POST /office/alerts/{message_id}/discard")
def discard_a_draft_of_a_warning(w: World) -> Iterator[None]:
    made = office.draft(w.server)
    yield
    w.office.does("POST", f"/office/alerts/{made['id']}/discard")


@deed("POST /office/alerts/{message_id}/approve")
def issue_a_warning(w: World) -> Iterator[None]:
    made = office.draft(w.server)
    yield
    office.approve(w.server, made)


@deed("POST /office/alerts/{message_id}/approve")
def issue_a_drill(w: World) -> Iterator[None]:
    made = office.draft(w.server, status="Exercise")
    yield
    office.approve(w.server, made)


@deed("POST /office/alerts/{message_id}/approve")
def move_a_warning_to_another_town(w: World) -> Iterator[None]:
    first = office.issue(w.server)
    yield
    office.update(w.server, first, info=[office.info(area=[office.area(office.GUCUN)])])


@deed("POST /office/alerts/{message_id}/approve")
def join_two_warnings(w: World) -> Iterator[None]:
    one, other = office.issue(w.server), office.issue(w.server)
    yield
    office.update(w.server, one, other)


@deed("POST /office/alerts/{message_id}/approve")
def lift_a_warning(w: World) -> Iterator[None]:
    first = office.issue(w.server)
    yield
    office.cancel(w.server, office.update(w.server, first))


@deed("POST /office/alerts/{message_id}/issue")
def issue_a_warning_alone(w: World) -> Iterator[None]:
    made = office.draft(w.server, info=[office.info(urgency="Immediate", severity="Extreme")])
    yield
    w.office.does("POST", f"/office/alerts/{made['id']}/issue", _ALONE)


@deed("POST /office/alerts/{message_id}/review")
def review_a_warning_that_was_issued_alone(w: World) -> Iterator[None]:
    made = office.draft(w.server, info=[office.info(urgency="Immediate", severity="Extreme")])
    w.office.does("POST", f"/office/alerts/{made['id']}/issue", _ALONE)
    yield
    w.office2.does("POST", f"/office/alerts/{made['id']}/review", {"outcome": "upheld", "words": "属实"})


def _place(w: World) -> dict[str, object]:
    made: dict[str, object] = w.citizen.does("POST", "/me/places", {"name": "家", "lat": 31.413, "lon": 121.345})
    return made


def _clear(w: World) -> None:
    for place in w.citizen.does("GET", "/me/places")["items"]:
        w.citizen.does("DELETE", f"/me/places/{place['id']}")


@deed("POST /me/places")
def keep_a_place(w: World) -> Iterator[None]:
    _clear(w)
    yield
    _place(w)


@deed("PATCH /me/places/{place_id}")
def move_a_place(w: World) -> Iterator[None]:
    _clear(w)
    place = _place(w)
    yield
    form = {"name": "单位", "lat": 31.35, "lon": 121.38}
    assert w.citizen.patch(f"/me/places/{place['id']}", form, 1).ok


@deed("DELETE /me/places/{place_id}")
def forget_a_place(w: World) -> Iterator[None]:
    _clear(w)
    place = _place(w)
    yield
    w.citizen.does("DELETE", f"/me/places/{place['id']}")
