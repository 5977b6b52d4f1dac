"""Catching up over HTTP: the same rows that travel over the socket. The protocol: docs/sync.md."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app

from api.edge import Read, blueprint, route
from api.looks import mark_screens
from backend import policy
from backend.sync import queries
from backend.sync.renderers import Renderers
from backend.sync.schemas import (
    ChangesQuery,
    ChangesSchema,
    DigestQuery,
    DigestSchema,
    SnapshotQuery,
    SnapshotSchema,
    names_in,
)

blp = blueprint("sync", "同步 Sync")


def _renderers() -> Renderers:
    return cast("Renderers", current_app.extensions["renderers"])


@route(blp, "GET /sync/snapshot", needs="sync.read", query=SnapshotQuery, returns=SnapshotSchema, refuses=(403, 410))
def get_snapshot(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """全量快照 Everything on these streams, in pages."""
    names = policy.resolve_streams(call.actor, names_in(query["streams"]))
    mark_screens(call, names)
    return queries.snapshot(call.session, _renderers(), names=names, page=query.get("cursor"))


@route(blp, "GET /sync/changes", needs="sync.read", query=ChangesQuery, returns=ChangesSchema, refuses=(403, 410))
def get_changes(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """增量变化 What changed after a cursor."""
    names = policy.resolve_streams(call.actor, names_in(query["streams"]))
    mark_screens(call, names)
    tail = queries.changes(
        call.session,
        _renderers(),
        names=names,
        since=query["since"],
        epoch=query.get("epoch"),
        limit=query["limit"],
    )
    return {"epoch": tail.epoch, "changes": tail.changes, "cursor": tail.cursor, "more": tail.more}


@route(blp, "GET /sync/digest", needs="sync.read", query=DigestQuery, returns=DigestSchema, refuses=(403,))
def get_digest(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """校验摘要 What a holder of this stream must hold."""
    (name,) = policy.resolve_streams(call.actor, [query["stream"]])
    return queries.digest(call.session, name)
