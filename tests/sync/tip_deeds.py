"""Tips, polls and gatherings: a further part of the table in `deeds`.

A citizen may send five tips an hour, so not every deed makes one of the same citizen's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.sync.deeds import deed
from tests.sync.publishing_deeds import DEEDS
from tests.sync.world import OURS, TOWN, Thing, World

__all__ = ["DEEDS"]


def tip(w: World) -> Thing:
    return dict(w.citizen.does("POST", "/tips", {"text": w.word(), "contact_ok": True}))


@deed("POST /tips", "POST /tips/{tip_id}/messages", "POST /tips/{tip_id}/withdraw")
def send_a_tip_say_more_and_take_it_back(w: World) -> Iterator[None]:
    yield
    made = tip(w)
    w.citizen.does("POST", f"/tips/{made['id']}/messages", {"text": w.word()})
    w.citizen.does("POST", f"/tips/{made['id']}/withdraw")


@deed("POST /kitchen/tips/{tip_id}/ask", "POST /kitchen/tips/{tip_id}/take")
def ask_about_a_tip_and_publish_what_comes_of_it(w: World) -> Iterator[None]:
    made = tip(w)
    yield
    w.cooks("reporter", f"/tips/{made['id']}/ask", {"text": w.word()})
    lead = w.cooks("editor", f"/tips/{made['id']}/take", {"title": w.word()})["lead"]
    w.cooks("head", f"/leads/{lead}/verify")
    topic = w.cooks("editor", f"/leads/{lead}/convert", {"class": "livelihood"})
    article = w.live(topic=topic["id"])
    w.move("chief", article, "withdraw", reason="失实")


@deed("POST /kitchen/tips/{tip_id}/close")
def close_a_tip(w: World) -> Iterator[None]:
    made = tip(w)
    yield
    w.cooks("editor", f"/tips/{made['id']}/close", {"reason": "known"})


# ── polls ──


def later(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def poll(w: World, **fields: Any) -> Thing:
    form = {"question": w.word(), "options": [w.word(), w.word(), w.word()], "closes_at": later(5)}
    return dict(w.editor.does("POST", "/editor/polls", form | fields))


def open_poll(w: World, **fields: Any) -> Thing:
    return dict(w.editor2.does("POST", f"/editor/polls/{poll(w, **fields)['id']}/publish"))


def vote(w: World, made: Thing, *options: str) -> Thing:
    return dict(w.citizen.does("PUT", f"/polls/{made['id']}/vote", {"options": list(options)}))


@deed("POST /editor/polls", "PATCH /editor/polls/{poll_id}", "POST /editor/polls/{poll_id}/publish")
def write_and_publish_a_poll(w: World) -> Iterator[None]:
    yield
    made = poll(w)
    assert w.editor.patch(f"/editor/polls/{made['id']}", {"question": w.word()}, made["ver"]).ok
    w.editor2.does("POST", f"/editor/polls/{made['id']}/publish")


@deed("PUT /polls/{poll_id}/vote")
def vote_and_change_ones_mind(w: World) -> Iterator[None]:
    made = open_poll(w)
    yield
    vote(w, made, "1")
    vote(w, made, "2")


@deed("POST /editor/polls/{poll_id}/withdraw")
def withdraw_a_poll(w: World) -> Iterator[None]:
    made = open_poll(w)
    vote(w, made, "1")
    yield
    w.editor.does("POST", f"/editor/polls/{made['id']}/withdraw", {"reason": w.word()})


# ── gatherings ──


def gathering(w: World, who: str = "office", **fields: Any) -> Thing:
    form = {"title": w.word(), "text": w.word(), "place": w.word(), "town": TOWN, "capacity": 2}
    form |= {"starts_at": later(50), "ends_at": later(52), "sign_up_until": later(48)}
    form |= {"office": OURS} if who == "office" else {}
    return dict(w.server.staff(who).does("POST", "/desk/gatherings", form | fields))


def announced(w: World, who: str = "office", **fields: Any) -> Thing:
    made = gathering(w, who, **fields)
    return dict(w.server.staff(f"{who}2").does("POST", f"/desk/gatherings/{made['id']}/publish"))


@deed("POST /desk/gatherings", "PATCH /desk/gatherings/{gathering_id}", "POST /desk/gatherings/{gathering_id}/publish")
def write_and_announce_a_gathering(w: World) -> Iterator[None]:
    yield
    made = gathering(w)
    assert w.office.patch(f"/desk/gatherings/{made['id']}", {"title": w.word()}, made["ver"]).ok
    w.office2.does("POST", f"/desk/gatherings/{made['id']}/publish")
    announced(w, "editor")


@deed("PUT /gatherings/{gathering_id}/sign-up", "DELETE /gatherings/{gathering_id}/sign-up")
def sign_up_wait_and_be_let_in(w: World) -> Iterator[None]:
    made, other = announced(w), w.server.citizen()
    path = f"/gatherings/{made['id']}/sign-up"
    other.does("PUT", path, {"people": 2})
    yield
    w.citizen.does("PUT", path, {"people": 1})
    other.does("DELETE", path)
    w.rung(w.citizen, made["id"])


@deed("POST /desk/gatherings/{gathering_id}/cancel")
def call_a_gathering_off(w: World) -> Iterator[None]:
    made = announced(w)
    w.citizen.does("PUT", f"/gatherings/{made['id']}/sign-up", {"people": 1})
    yield
    w.office.does("POST", f"/desk/gatherings/{made['id']}/cancel", {"reason": w.word()})
    w.rung(w.citizen, made["id"])
