"""What migration 0003 does with the rows of the first cut; see docs/adr/0011. Plain SQL, so that it stands alone.

Every text becomes version 1 of its story. A signature of one person becomes an examination of one step, `first_cut`,
whose hash is the one that was signed. What waited to be signed waits at the first of the six steps. What a fast lane
made live without a review may be reviewed now, without a clock. Phones get a new epoch, since stories look different.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op
from uuid6 import uuid7

_STEPS = ("P1", "R1", "P2", "R2", "P3", "R3")
_SIGNED = ("headline", "summary", "section", "byline", "cover")
_JSON = ("body", "towns", "sources", "translations")
_STRICT = "time_political"


def carry_over() -> None:
    """Bring the rows along. On an empty database there is nothing to do."""
    connection = op.get_bind()
    connection.execute(sa.text("UPDATE account SET person_id = id"))
    stories = connection.execute(sa.text("SELECT * FROM story ORDER BY id")).mappings().all()
    if not stories:
        return
    for story in stories:
        _keep_text(connection, story)
        exam = _examine(connection, story)
        state = "in_exam" if story["state"] == "submitted" else story["state"]
        connection.execute(
            sa.text("UPDATE story SET state = :state, exam_id = :exam WHERE id = :id"),
            {"state": state, "exam": exam, "id": story["id"]},
        )
        if story["class"] == _STRICT and state != "live":
            _hide(connection, story)
    connection.execute(sa.text("UPDATE sync_head SET epoch = :epoch"), {"epoch": str(uuid.uuid4())})


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _insert(connection: sa.Connection, table: str, row: dict[str, Any]) -> None:
    names, values = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
    connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608  # names are ours


def _keep_text(connection: sa.Connection, story: Any) -> None:
    content = {name: story[name] for name in _SIGNED} | {name: json.loads(story[name]) for name in _JSON}
    content["class_"] = story["class"]
    _insert(
        connection,
        "story_version",
        {
            "id": str(uuid7()),
            "story_id": story["id"],
            "number": 1,
            "branch": False,
            "content_hash": story["content_hash"],
            "content": _written(content),
            "by": story["author_id"],
            "at": story["updated_at"],
            "why": "first_cut",
        },
    )


def _examine(connection: sa.Connection, story: Any) -> str | None:
    """Make the examination that says what had been done; return its id, None for a draft."""
    fast, signed = story["lane"] == "fast", story["signed_hash"] is not None
    if story["state"] == "draft":
        return None
    lane = "fast" if fast else "normal" if story["state"] == "submitted" else "first_cut"
    exam = {
        "id": str(uuid7()),
        "ver": 1,
        "state": _state_of(story),
        "target": "story",
        "target_id": story["id"],
        "story_id": story["id"],
        "headline": story["headline"],
        "text_version": 1,
        "content_hash": story["content_hash"],
        "lane": lane,
        "policy": "strict" if story["class"] == _STRICT else "normal",
        "round": 0 if story["state"] == "fast_open" else 1,
        "reason": story["reason"] if fast else None,
        "opened_by": story["author_id"],
        "opened_at": story["updated_at"],
        "opener_id": story["signed_by"] if fast and signed else None,
        "signed_by": story["signed_by"],
        "signed_at": story["signed_at"],
        "signed_hash": story["signed_hash"],
        "updated_at": story["updated_at"],
    }
    _insert(connection, "exam", exam)
    names = () if story["state"] == "fast_open" else ("R3",) if lane == "first_cut" else _STEPS
    for position, name in enumerate(names):
        _insert(connection, "exam_step", _step(story, exam, position, name, signed=signed))
    _place(connection, story, exam)
    return str(exam["id"])


def _state_of(story: Any) -> str:
    if story["lane"] == "fast":
        return {"live": "live_unconfirmed", "withdrawn": "withdrawn"}.get(story["state"], "fast_open")
    return "open" if story["state"] == "submitted" else "signed"


def _step(story: Any, exam: dict[str, Any], position: int, name: str, *, signed: bool) -> dict[str, Any]:
    passed = name == "R3" and signed
    state = "passed" if passed else "open" if position == 0 else "waiting"
    at = story["signed_at"] if passed else None
    return {
        "id": str(uuid7()),
        "exam_id": exam["id"],
        "round": 1,
        "position": position,
        "name": name,
        "state": state,
        "actor_id": story["signed_by"] if passed else None,
        "opened_at": at or (story["updated_at"] if position == 0 else None),
        "claimed_at": at,
        "decided_at": at,
        "hash": story["signed_hash"] if passed else None,
        "findings": "[]",
        "edits": "[]",
        "comment": "",
    }


def _place(connection: sa.Connection, story: Any, exam: dict[str, Any]) -> None:
    streams = {"desk:examination"}
    if story["class"] == _STRICT and story["state"] != "live":
        streams |= {f"user:{writer}" for writer in json.loads(story["writers"])}
    for stream in streams:
        _put(connection, stream, "exam", str(exam["id"]), 1)


def _hide(connection: sa.Connection, story: Any) -> None:
    """Move a confidential story from the desk that all read to those who may see it."""
    item = {"stream": "desk:editing", "id": story["id"]}
    held = sa.text("SELECT ver FROM sync_item WHERE stream = :stream AND kind = 'story' AND item_id = :id")
    ver = connection.execute(held, item).scalar()
    if ver is None:
        return
    gone = sa.text("DELETE FROM sync_item WHERE stream = :stream AND kind = 'story' AND item_id = :id")
    connection.execute(gone, item)
    _count(connection, "desk:editing", -1, _hash("story", story["id"], ver))
    for stream in ("desk:examination", *(f"user:{writer}" for writer in json.loads(story["writers"]))):
        _put(connection, stream, "story", story["id"], ver)


def _put(connection: sa.Connection, stream: str, kind: str, item_id: str, ver: int) -> None:
    _insert(connection, "sync_item", {"stream": stream, "kind": kind, "item_id": item_id, "ver": ver})
    _count(connection, stream, 1, _hash(kind, item_id, ver))


def _count(connection: sa.Connection, stream: str, more: int, digest: int) -> None:
    row = connection.execute(
        sa.text("SELECT count, hash FROM sync_stream WHERE name = :name"), {"name": stream}
    ).one_or_none()
    if row is None:
        _insert(connection, "sync_stream", {"name": stream, "head": 0, "count": 0, "hash": "0" * 32})
        count, before = 0, 0
    else:
        count, before = row[0], int(row[1], 16)
    connection.execute(
        sa.text("UPDATE sync_stream SET count = :count, hash = :hash WHERE name = :name"),
        {"name": stream, "count": count + more, "hash": f"{before ^ digest:032x}"},
    )


def _hash(kind: str, item_id: str, ver: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{kind}\n{item_id}\n{ver}".encode()).digest()[:16], "big")
