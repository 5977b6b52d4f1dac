"""Relatives, callers and public twins: a further part of the table in `deeds`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sync.deeds import SILENT, deed
from tests.sync.publishing_deeds import DEEDS
from tests.sync.world import Thing, World

__all__ = ["DEEDS"]

# A check keeps nothing of what it is given.
SILENT |= {"POST /receipts/check"}


def trust(w: World) -> Thing:
    """Let a newcomer be trusted by the citizen to whom things happen."""
    code = w.citizen.does("POST", "/me/trusted", {"label": "女儿"})["code"]
    w.newcomer = w.server.citizen()
    return dict(w.newcomer.does("POST", "/me/trusted-codes", {"code": code}))


def filed(w: World, **fields: object) -> Thing:
    form = {"service": "manhole", "title": w.word(), "text": w.word()}
    return dict(w.citizen.does("POST", "/requests", form | fields))


def waiting_twin(w: World, case: Thing) -> Thing:
    found = w.dispatcher.does("GET", "/desk/twins?limit=100")["items"]
    return next(dict(twin) for twin in found if twin["request"]["id"] == case["id"])


@deed("POST /me/trusted", "POST /me/trusted-codes", "POST /requests", "POST /me/trusted/{trust_id}/end")
def trust_a_relative_who_files_and_end_it(w: World) -> Iterator[None]:
    yield
    made = trust(w)
    form = {"service": "manhole", "title": w.word(), "text": w.word(), "on_behalf_of": made["elder"]["id"]}
    assert w.newcomer is not None
    w.newcomer.does("POST", "/requests", form)
    w.citizen.does("POST", f"/me/trusted/{made['id']}/end")
    w.newcomer = None


@deed("POST /me/trusted", "POST /me/trusted/{trust_id}/accept")
def say_yes_to_a_relative_who_asks(w: World) -> Iterator[None]:
    relative, phone = w.server.citizen(), w.citizen.does("GET", "/me")["phone"]
    yield
    asked = relative.does("POST", "/me/trusted", {"label": "外孙", "phone": phone})
    w.citizen.does("POST", f"/me/trusted/{asked['id']}/accept")
    w.citizen.does("POST", f"/me/trusted/{asked['id']}/end")


@deed("POST /requests/{request_id}/hidden")
def hide_a_case_from_a_relative(w: World) -> Iterator[None]:
    made = trust(w)
    assert w.newcomer is not None
    form = {"service": "manhole", "title": w.word(), "text": w.word(), "on_behalf_of": made["elder"]["id"]}
    case = w.newcomer.does("POST", "/requests", form)
    yield
    for hidden in (True, False, True):
        w.citizen.does("POST", f"/requests/{case['id']}/hidden", {"hidden": hidden})
    w.citizen.does("POST", f"/me/trusted/{made['id']}/end")
    w.newcomer = None


@deed("POST /desk/requests")
def file_for_somebody_who_calls(w: World) -> Iterator[None]:
    phone = w.citizen.does("GET", "/me")["phone"]
    yield
    consent = {"how": "phone", "at": "2026-01-02T09:30:00+08:00"}
    form = {"service": "manhole", "title": w.word(), "text": w.word(), "caller": {"phone": phone}, "consent": consent}
    w.dispatcher.does("POST", "/desk/requests", form)


@deed(
    "POST /requests/{request_id}/privacy",
    "PATCH /desk/twins/{twin_id}",
    "POST /desk/twins/{twin_id}/approve",
)
def make_a_case_public_and_take_it_back(w: World) -> Iterator[None]:
    case = w.replied()
    yield
    w.citizen.does("POST", f"/requests/{case['id']}/privacy", {"privacy": "public_twin"})
    twin = waiting_twin(w, case)
    assert w.dispatcher.patch(f"/desk/twins/{twin['id']}", {"title": "井盖松动"}, twin["ver"]).ok
    w.dispatcher.does("POST", f"/desk/twins/{twin['id']}/approve")
    w.step("staff", case, "resolve")
    w.citizen.does("POST", f"/requests/{case['id']}/privacy", {"privacy": "private"})


@deed("POST /desk/twins/{twin_id}/refuse")
def keep_a_case_private(w: World) -> Iterator[None]:
    twin = waiting_twin(w, filed(w, privacy="public_twin"))
    yield
    w.dispatcher.does("POST", f"/desk/twins/{twin['id']}/refuse", {"reason": "涉及邻里纠纷"})
