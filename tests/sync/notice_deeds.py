"""What offices do with notices, works and the catalogue: a further part of the table in `deeds`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.sync.deeds import deed
from tests.sync.publishing_deeds import DEEDS
from tests.sync.world import TOWN, Thing, World

__all__ = ["DEEDS"]


def hours(number: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=number)).isoformat()


def does(w: World, who: str, thing: Thing, command: str, **form: object) -> Thing:
    return w.server.staff(who).does("POST", f"/office/{command.format(thing['id'])}", form or None)


# ── notices ──


@deed(
    "POST /office/notices/{notice_id}/submit",
    "POST /office/notices/{notice_id}/return",
    "POST /office/notices/{notice_id}/approve",
)
def submit_a_notice_twice_and_see_it_approved(w: World) -> Iterator[None]:
    notice = w.draft()
    yield
    does(w, "office", notice, "notices/{}/submit")
    does(w, "office2", notice, "notices/{}/return", reason=w.word())
    does(w, "office", notice, "notices/{}/submit")
    does(w, "office2", notice, "notices/{}/approve")


@deed(
    "POST /office/notices/{notice_id}/correct",
    "POST /office/notices/{notice_id}/correct/sign",
    "POST /office/notices/{notice_id}/correct/drop",
)
def correct_a_notice(w: World) -> Iterator[None]:
    notice, other = w.notice(), w.notice()
    yield
    does(w, "office", notice, "notices/{}/correct", note=w.word(), title=w.word(), towns=["luodian"])
    does(w, "office2", notice, "notices/{}/correct/sign")
    does(w, "office", other, "notices/{}/correct", note=w.word(), body=w.word())
    does(w, "office", other, "notices/{}/correct/drop")


@deed(
    "POST /office/notices/{notice_id}/explanation",
    "POST /office/notices/{notice_id}/explanation/publish",
    "POST /office/notices/{notice_id}/explanation/remove",
)
def explain_a_notice(w: World) -> Iterator[None]:
    notice = w.notice()
    other = w.notice()
    yield
    for one in (notice, other):
        does(w, "office", one, "notices/{}/explanation", text=w.word())
        does(w, "office2", one, "notices/{}/explanation/publish")
    does(w, "office", other, "notices/{}/explanation/remove")


@deed("POST /office/notices/{notice_id}/publish")
def replace_a_notice(w: World) -> Iterator[None]:
    older = w.notice()
    newer = w.draft(supersedes=older["id"])
    yield
    does(w, "office2", newer, "notices/{}/publish")


def waiting_correction(w: World) -> str:
    """Return words that are not public before a second person has looked."""
    words = w.word()
    does(w, "office", w.notice(), "notices/{}/correct", note="有误", title=words)
    return words


# ── works ──


def work(w: World) -> Thing:
    form = {"kind": "water", "title": w.word(), "text": w.word(), "place": w.word(), "towns": [TOWN]}
    form |= {"services": ["watersupply"], "begins_at": hours(-1), "ends_at": hours(5)}
    return w.office.does("POST", "/office/works", form)


def announced(w: World) -> str:
    return str(does(w, "office2", work(w), "works/{}/publish")["id"])


@deed("POST /office/works", "PATCH /office/works/{work_id}", "POST /office/works/{work_id}/publish")
def announce_works(w: World) -> Iterator[None]:
    yield
    draft = work(w)
    assert w.office.patch(f"/office/works/{draft['id']}", {"title": w.word()}, draft["ver"]).ok
    does(w, "office2", draft, "works/{}/publish")


@deed(
    "POST /office/works/{work_id}/extend",
    "POST /office/works/{work_id}/end",
    "POST /office/works/{work_id}/withdraw",
)
def move_the_end_of_works(w: World) -> Iterator[None]:
    on = does(w, "office2", work(w), "works/{}/publish")
    off = does(w, "office2", work(w), "works/{}/publish")
    yield
    does(w, "office", on, "works/{}/extend", ends_at=hours(9), reason=w.word())
    does(w, "office", on, "works/{}/end")
    does(w, "office", off, "works/{}/withdraw", reason=w.word())


# ── the catalogue ──


def item(w: World) -> Thing:
    form = {"title": w.word(), "summary": w.word(), "category": "other", "statutory_days": 5, "promised_days": 1}
    return w.office.does("POST", "/office/catalogue", form)


def window(w: World) -> Thing:
    return w.office.does("POST", "/office/windows", {"title": w.word(), "address": w.word()})


@deed(
    *("POST /office/catalogue", "PATCH /office/catalogue/{entry_id}", "POST /office/catalogue/{entry_id}/publish"),
    "POST /office/catalogue/{entry_id}/discard",
)
def write_a_service_and_give_up_a_change(w: World) -> Iterator[None]:
    yield
    made = does(w, "office2", item(w), "catalogue/{}/publish")
    assert w.office.patch(f"/office/catalogue/{made['id']}", {"summary": w.word()}, made["ver"]).ok
    does(w, "office", made, "catalogue/{}/discard")


@deed("POST /office/windows", "PATCH /office/windows/{entry_id}", "POST /office/windows/{entry_id}/publish")
def open_a_window(w: World) -> Iterator[None]:
    yield
    made = window(w)
    assert w.office.patch(f"/office/windows/{made['id']}", {"note": w.word()}, made["ver"]).ok
    does(w, "office2", made, "windows/{}/publish")


@deed("POST /office/windows/{entry_id}/discard", "POST /office/windows/{entry_id}/withdraw")
def give_up_a_change_of_a_window_and_close_it(w: World) -> Iterator[None]:
    made = does(w, "office2", window(w), "windows/{}/publish")
    assert w.office.patch(f"/office/windows/{made['id']}", {"note": w.word()}, made["ver"]).ok
    yield
    does(w, "office2", made, "windows/{}/discard")
    does(w, "office", made, "windows/{}/withdraw", reason=w.word())


@deed("POST /office/catalogue/{entry_id}/publish", "POST /office/catalogue/{entry_id}/withdraw")
def change_a_service_that_a_notice_and_an_article_carry(w: World) -> Iterator[None]:
    made = does(w, "office2", item(w), "catalogue/{}/publish")
    w.notice(services=[made["id"]])
    w.live(body=[{"type": "text", "text": w.word()}, {"type": "service_card", "item": made["id"]}])
    yield
    changed = w.office.patch(f"/office/catalogue/{made['id']}", {"summary": w.word()}, made["ver"])
    assert changed.ok, changed.text
    does(w, "office2", made, "catalogue/{}/publish")
    does(w, "office", made, "catalogue/{}/withdraw", reason=w.word())
