"""Live blogs: what everybody reads, and the desk that writes them."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, commands, route
from api.schemas import PageQuery, page_of
from backend.feed.live import actions, entries, queries
from backend.feed.live.models import Live, LiveEntry
from backend.feed.live.rules import EntryState
from backend.feed.live.schemas import (
    CorrectEntryForm,
    DeskEntrySchema,
    DeskLiveSchema,
    EntriesQuery,
    LiveEditForm,
    LiveEntriesSchema,
    LiveEntryForm,
    LiveForm,
    LiveReasonForm,
    LiveSchema,
    LiveSummarySchema,
    OwnWordsForm,
    ShowEntryForm,
)
from backend.feed.openings import PUBLIC, State
from backend.forms import Choice, Id
from backend.paging import Page

blp = blueprint("lives", "图文直播 Live blogs")
_command = commands(blp, "/editor/lives/<id:live_id>", DeskLiveSchema)
_entry_command = commands(blp, "/editor/entries/<id:entry_id>", DeskEntrySchema)


class LivesQuery(PageQuery):
    """Which live blogs to list."""

    state = Choice(sorted(PUBLIC))
    section = Id()
    town = Id()


class DeskLivesQuery(PageQuery):
    """Which live blogs the desk asks for."""

    state = Choice([str(state) for state in State])


class DeskEntriesQuery(PageQuery):
    """Which entries the desk asks for."""

    state = Choice([str(state) for state in EntryState])


@route(blp, "GET /lives", needs="public.read", query=LivesQuery, returns=page_of(LiveSchema, "LivePage"))
def list_lives(call: Read, query: dict[str, Any]) -> Any:
    """直播列表 Live blogs, the one opened last first."""
    wanted = {name: query.get(name) for name in ("state", "section", "town")}
    return queries.list_lives(call.session, page=Page(query.get("cursor"), query["limit"]), **wanted)


@route(blp, "GET /lives/<id:live_id>", needs="public.read", returns=LiveSummarySchema, refuses=(410,))
def get_live(call: Read, live_id: str) -> Any:
    """一场直播 A live blog: what is pinned, what matters, and the newest entries."""
    return queries.summarise(call.session, live_id)


@route(
    blp,
    "GET /lives/<id:live_id>/entries",
    needs="public.read",
    query=EntriesQuery,
    returns=LiveEntriesSchema,
    refuses=(410,),
)
def list_entries(call: Read, live_id: str, query: dict[str, Any]) -> Any:
    """直播条目 All that was shown, the newest or the oldest first."""
    return queries.list_entries(
        call.session, live_id, order=query["order"], cursor=query.get("cursor"), limit=query["limit"]
    )


@route(
    blp, "GET /editor/lives", needs="live.write", query=DeskLivesQuery, returns=page_of(DeskLiveSchema, "DeskLivePage")
)
def list_desk_lives(call: Read, query: dict[str, Any]) -> Any:
    """采编直播列表 All live blogs, for the desk."""
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_desk_lives(call.session, state=query.get("state"), page=page)


@route(blp, "POST /editor/lives", needs="live.handle", body=LiveForm, returns=DeskLiveSchema, status=201)
def draft_live(call: Write, form: dict[str, Any]) -> Answer:
    """筹备直播 Make a live blog ready."""
    live = actions.draft_live(call.unit, form)
    return Answer(_live(call, live), location=f"/api/v1/editor/lives/{live.id}")


@route(blp, "GET /editor/lives/<id:live_id>", needs="live.write", returns=DeskLiveSchema)
def get_desk_live(call: Read, live_id: str) -> Any:
    """查看直播 A live blog, for the desk."""
    return queries.access_desk_live(call.session, live_id)


@route(
    blp,
    "PATCH /editor/lives/<id:live_id>",
    needs="live.handle",
    body=LiveEditForm,
    returns=DeskLiveSchema,
    edits=True,
)
def edit_live(call: Write, live_id: str, form: dict[str, Any]) -> Any:
    """修改直播 Change a live blog; once it is open only those in charge may."""
    return _live(call, actions.edit_live(call.unit, live_id, form, call.if_match))


@_command("open", "live.handle")
def open_live(call: Write, live_id: str) -> Any:
    """开播 Put a colleague's live blog before everybody, or go on with a closed one."""
    return _live(call, actions.open_live(call.unit, live_id, call.if_match))


@_command("close", "live.handle")
def close_live(call: Write, live_id: str) -> Any:
    """结束直播 End a live blog; it stays to be read."""
    return _live(call, actions.close_down(call.unit, live_id, call.if_match))


@_command("own-words", "feed.lead", OwnWordsForm)
def let_own_words(call: Write, live_id: str, form: dict[str, Any]) -> Any:
    """自写自发 Say whether those in charge may show their own words in this live blog."""
    return _live(call, actions.let_own_words(call.unit, live_id, if_match=call.if_match, **form))


@_command("withdraw", "live.handle", LiveReasonForm)
def withdraw_live(call: Write, live_id: str, form: dict[str, Any]) -> Any:
    """撤回直播 Withdraw a live blog with all its entries, with a public reason."""
    return _live(call, actions.withdraw_live(call.unit, live_id, if_match=call.if_match, **form))


@route(
    blp,
    "GET /editor/lives/<id:live_id>/entries",
    needs="live.write",
    query=DeskEntriesQuery,
    returns=page_of(DeskEntrySchema, "DeskEntryPage"),
)
def list_desk_entries(call: Read, live_id: str, query: dict[str, Any]) -> Any:
    """采编直播条目 All entries of a live blog, for the desk."""
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_desk_entries(call.session, live_id, state=query.get("state"), page=page)


@route(
    blp,
    "POST /editor/lives/<id:live_id>/entries",
    needs="live.write",
    body=LiveEntryForm,
    returns=DeskEntrySchema,
    status=201,
)
def write_entry(call: Write, live_id: str, form: dict[str, Any]) -> Answer:
    """撰写直播条目 Write an entry, which waits for a colleague."""
    entry = entries.write_entry(call.unit, live_id, **form)
    return Answer(_entry(call, entry), location=f"/api/v1/editor/entries/{entry.id}")


@route(blp, "GET /editor/entries/<id:entry_id>", needs="live.write", returns=DeskEntrySchema)
def get_desk_entry(call: Read, entry_id: str) -> Any:
    """查看直播条目 An entry, for the desk."""
    return queries.access_desk_entry(call.session, entry_id)


@_entry_command("show", "live.handle", ShowEntryForm)
def show_entry(call: Write, entry_id: str, form: dict[str, Any]) -> Any:
    """播出条目 Show a colleague's entry, or the correction of one."""
    return _entry(call, entries.show_entry(call.unit, entry_id, key=form.get("key"), if_match=call.if_match))


@_entry_command("correct", "live.write", CorrectEntryForm)
def correct_entry(call: Write, entry_id: str, form: dict[str, Any]) -> Any:
    """更正条目 Write a correction, which waits for a colleague."""
    return _entry(call, entries.correct_entry(call.unit, entry_id, if_match=call.if_match, **form))


@_entry_command("correct/drop", "live.write")
def drop_correction(call: Write, entry_id: str) -> Any:
    """放弃更正 Give a correction up."""
    return _entry(call, entries.drop_correction(call.unit, entry_id, call.if_match))


@_entry_command("pin", "live.handle")
def pin_entry(call: Write, entry_id: str) -> Any:
    """置顶条目 Put an entry before all others."""
    return _entry(call, entries.pin_entry(call.unit, entry_id, pinned=True, if_match=call.if_match))


@_entry_command("unpin", "live.handle")
def unpin_entry(call: Write, entry_id: str) -> Any:
    """取消置顶 Put an entry back among the others."""
    return _entry(call, entries.pin_entry(call.unit, entry_id, pinned=False, if_match=call.if_match))


@_entry_command("withdraw", "live.write", LiveReasonForm)
def withdraw_entry(call: Write, entry_id: str, form: dict[str, Any]) -> Any:
    """撤回条目 Take an entry away; what was shown, an editor takes away."""
    return _entry(call, entries.withdraw_entry(call.unit, entry_id, if_match=call.if_match, **form))


def _live(call: Write, live: Live) -> dict[str, Any]:
    return queries.present_desk_lives(call.session, [live])[live.id]


def _entry(call: Write, entry: LiveEntry) -> dict[str, Any]:
    return queries.present_desk_entries(call.session, [entry])[entry.id]
