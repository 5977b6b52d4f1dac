"""The dictionary of the text aids, and what its scans of live articles found."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.kitchen import command
from api.schemas import PageQuery, page_of
from backend.forms import Choice, Form, Number, Text
from backend.newsroom.examination import dictionary, dictionary_queries
from backend.newsroom.examination.models import DictionaryVersion
from backend.newsroom.examination.rules import SCAN_HIT
from backend.newsroom.examination.schemas import (
    DictionaryChangeForm,
    DictionaryForm,
    DictionarySchema,
    EntriesSchema,
    ScanHitSchema,
)
from backend.paging import Page

blp = blueprint("dictionary", "词库 The dictionary of the text aids")
_VERSION = "/kitchen/dictionary/<id:version_id>"


class EntriesQuery(Form):
    """Which entries."""

    kind = Choice(list(dictionary.KINDS))
    q = Text(at_most=60)
    limit = Number(1, 500, from_text=True, load_default=100)


class HitsQuery(PageQuery):
    """Of which version of the dictionary, and in which state."""

    version = Number(1, 1_000_000, from_text=True)
    state = Choice(list(SCAN_HIT.states))


def _written(call: Write, version: DictionaryVersion) -> dict[str, Any]:
    call.session.flush()
    return dictionary_queries.present_version(call.session, version)


@route(
    blp,
    "GET /kitchen/dictionary",
    needs="dictionary.read",
    query=PageQuery,
    returns=page_of(DictionarySchema, "DictionaryPageSchema"),
)
def list_versions(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """词库版本 Versions of the dictionary, those changed last first."""
    return dictionary_queries.list_versions(call.session, page=Page(query.get("cursor"), query["limit"]))


@command(
    blp, "POST /kitchen/dictionary", needs="dictionary.edit", body=DictionaryForm, returns=DictionarySchema, status=201
)
def begin_draft(call: Write, form: dict[str, Any]) -> Answer:
    """起草词库 Begin a version from the one in use."""
    version = dictionary.begin_draft(call.unit, form["note"])
    return Answer(_written(call, version), location=f"/api/v1/kitchen/dictionary/{version.id}")


@route(blp, f"GET {_VERSION}", needs="dictionary.read", returns=DictionarySchema)
def get_version(call: Read, version_id: str) -> dict[str, Any]:
    """一版词库 One version."""
    return dictionary_queries.present_version(call.session, dictionary_queries.access_version(call.session, version_id))


@route(blp, f"GET {_VERSION}/entries", needs="dictionary.read", query=EntriesQuery, returns=EntriesSchema)
def get_entries(call: Read, version_id: str, query: dict[str, Any]) -> dict[str, Any]:
    """词条 Entries of a version."""
    version = dictionary_queries.access_version(call.session, version_id)
    return dictionary.entries_of(version, query.get("kind"), query.get("q"), query["limit"])


@command(
    blp,
    f"POST {_VERSION}/changes",
    needs="dictionary.edit",
    body=DictionaryChangeForm,
    returns=DictionarySchema,
    edits=True,
)
def change_draft(call: Write, version_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """修改词条 Add, replace and remove entries of a draft."""
    return _written(call, dictionary.change_draft(call.unit, version_id, form, call.if_match))


@command(blp, f"POST {_VERSION}/test", needs="dictionary.edit", returns=DictionarySchema, refuses=(412,))
def try_draft(call: Write, version_id: str) -> dict[str, Any]:
    """试跑样例 Try a draft on its samples."""
    return _written(call, dictionary.try_draft(call.unit, version_id, call.if_match))


@command(blp, f"POST {_VERSION}/activate", needs="dictionary.activate", returns=DictionarySchema, refuses=(412,))
def activate(call: Write, version_id: str) -> dict[str, Any]:
    """启用 Put a version to use; live articles are looked at again."""
    return _written(call, dictionary.activate(call.unit, version_id, call.if_match))


@command(blp, f"POST {_VERSION}/discard", needs="dictionary.edit", returns=DictionarySchema, refuses=(412,))
def discard(call: Write, version_id: str) -> dict[str, Any]:
    """放弃 Give a draft up."""
    return _written(call, dictionary.discard(call.unit, version_id, call.if_match))


@route(
    blp,
    "GET /kitchen/scan-hits",
    needs="dictionary.read",
    query=HitsQuery,
    returns=page_of(ScanHitSchema, "ScanHitPageSchema"),
)
def list_hits(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """复扫命中 Live articles in which a new version found something."""
    page = Page(query.get("cursor"), query["limit"])
    return dictionary_queries.list_hits(call.session, version=query.get("version"), state=query.get("state"), page=page)
