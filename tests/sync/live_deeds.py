"""What the newsroom does with live blogs, and readers with what they keep: a further part of the table in `deeds`."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from tests.sync.deeds import deed
from tests.sync.notice_deeds import DEEDS
from tests.sync.world import TOWN, Thing, World

__all__ = ["DEEDS"]


def live(w: World, **fields: object) -> Thing:
    """Return a live blog in preparation."""
    form = {"headline": w.word(), "intro": w.word(), "section": "minsheng", "towns": [TOWN]}
    return w.editor.does("POST", "/editor/lives", form | fields)


def opened(w: World, **fields: object) -> Thing:
    return w.editor2.does("POST", f"/editor/lives/{live(w, **fields)['id']}/open")


def entry(w: World, of: Thing, **fields: object) -> Thing:
    """Return an entry that waits."""
    return w.reporter.does("POST", f"/editor/lives/{of['id']}/entries", {"body": w.word()} | fields)


def on_entry(w: World, who: str, thing: Thing, command: str, **form: object) -> Thing:
    return w.server.staff(who).does("POST", f"/editor/entries/{thing['id']}/{command}", form or None)


def shown(w: World, of: Thing, **fields: object) -> Thing:
    return on_entry(w, "editor", entry(w, of, **fields), "show")


@deed(
    "POST /editor/lives",
    "PATCH /editor/lives/{live_id}",
    "POST /editor/lives/{live_id}/open",
    "POST /editor/lives/{live_id}/own-words",
    "POST /editor/lives/{live_id}/close",
    "POST /editor/lives/{live_id}/entries",
    "POST /editor/entries/{entry_id}/show",
)
def hold_a_live_blog(w: World) -> Iterator[None]:
    yield
    made = live(w)
    entry(w, made)
    edited = w.editor.patch(f"/editor/lives/{made['id']}", {"towns": ["luodian"]}, made["ver"])
    assert edited.ok, edited.text
    w.editor2.does("POST", f"/editor/lives/{made['id']}/open")
    w.duty.does("POST", f"/editor/lives/{made['id']}/own-words", {"on": True, "reason": "抢险"})
    shown(w, made)
    w.editor2.does("POST", f"/editor/lives/{made['id']}/close")


@deed("POST /sync/mutations")
def write_an_entry_where_there_is_no_signal(w: World) -> Iterator[None]:
    of = opened(w)
    yield
    args = {"live": of["id"], "body": [{"type": "text", "text": w.word()}], "key": True}
    answer = w.outbox(w.reporter, uuid.uuid4().hex, 1, "live_entry.write", args)
    assert answer["status"] == "applied", answer
    on_entry(w, "editor", answer, "show")


@deed(
    "POST /editor/entries/{entry_id}/correct",
    "POST /editor/entries/{entry_id}/correct/drop",
    "POST /editor/entries/{entry_id}/pin",
    "POST /editor/entries/{entry_id}/unpin",
    "POST /editor/entries/{entry_id}/withdraw",
    "POST /editor/lives/{live_id}/withdraw",
)
def correct_and_withdraw_what_was_said_live(w: World) -> Iterator[None]:
    of = opened(w)
    first, second, third = shown(w, of), shown(w, of), shown(w, of)
    yield
    on_entry(w, "reporter", first, "correct", body=w.word(), note="人数有误")
    on_entry(w, "editor", first, "show")
    on_entry(w, "reporter", second, "correct", body=w.word(), note="地点有误")
    on_entry(w, "reporter", second, "correct/drop")
    on_entry(w, "editor", second, "pin")
    on_entry(w, "editor", second, "unpin")
    on_entry(w, "editor", third, "withdraw", reason="失实")
    entry(w, of)
    w.editor.does("POST", f"/editor/lives/{of['id']}/withdraw", {"reason": "失实"})


@deed("POST /me/follows", "POST /editor/entries/{entry_id}/show")
def tell_followers_what_matters_live(w: World) -> Iterator[None]:
    of = opened(w)
    yield
    w.citizen.does("POST", "/me/follows", {"kind": "live", "thing": of["id"]})
    said = shown(w, of, key=True)
    on_entry(w, "reporter", said, "correct", body=w.word(), note="人数有误")
    on_entry(w, "editor", said, "show")
    on_entry(w, "editor", shown(w, of, key=True), "withdraw", reason="失实")


def waiting_correction(w: World) -> str:
    """Return words that nobody but the newsroom may read before a second person has looked."""
    words = w.word()
    on_entry(w, "reporter", shown(w, opened(w)), "correct", body=words, note=w.word())
    return words


@deed("PUT /me/bookmarks/{kind}/{thing}")
def keep_a_live_blog(w: World) -> Iterator[None]:
    of = opened(w)
    yield
    w.citizen.does("PUT", f"/me/bookmarks/live/{of['id']}")


@deed("DELETE /me/bookmarks/{kind}/{thing}")
def keep_a_live_blog_no_more(w: World) -> Iterator[None]:
    of = opened(w)
    w.citizen.does("PUT", f"/me/bookmarks/live/{of['id']}")
    yield
    w.citizen.does("DELETE", f"/me/bookmarks/live/{of['id']}")


def special(w: World, *articles: str) -> Thing:
    """Return a special in preparation."""
    form = {"title": w.word(), "intro": w.word(), "groups": [{"title": w.word(), "articles": list(articles)}]}
    return w.editor.does("POST", "/editor/specials", form)


def opened_special(w: World, *articles: str) -> Thing:
    return w.editor2.does("POST", f"/editor/specials/{special(w, *articles)['id']}/open")


@deed(
    "POST /editor/specials",
    "PATCH /editor/specials/{special_id}",
    "POST /editor/specials/{special_id}/open",
    "POST /editor/specials/{special_id}/close",
    "POST /editor/specials/{special_id}/withdraw",
)
def put_a_special_together(w: World) -> Iterator[None]:
    first, second = w.live(), w.live()
    yield
    made = special(w, first["id"])
    groups = [{"title": w.word(), "articles": [first["id"], second["id"]]}]
    assert w.editor.patch(f"/editor/specials/{made['id']}", {"groups": groups}, made["ver"]).ok
    w.editor2.does("POST", f"/editor/specials/{made['id']}/open")
    w.move("duty", second, "withdraw", reason="失实")
    w.editor2.does("POST", f"/editor/specials/{made['id']}/close")
    w.editor.does("POST", f"/editor/specials/{opened_special(w, first['id'])['id']}/withdraw", {"reason": "有误"})
