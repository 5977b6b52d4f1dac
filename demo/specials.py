"""The specials of the demo: put together by an editor, opened by the head of the desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backend.feed.specials import actions
from demo.lives import Newsroom


def load_special(room: Newsroom, row: dict[str, Any]) -> None:
    """Load a special."""
    opened = room.unit.now - timedelta(minutes=row["opened_minutes_ago"])
    groups = [group | {"articles": [room.story(slug) for slug in group["articles"]]} for group in row["group"]]
    with room.at("editor", opened - timedelta(minutes=30)):
        form = {name: row[name] for name in ("title", "intro")} | {"cover": room.picture(row["cover"])}
        special = actions.draft_special(room.unit, form | {"groups": groups})
    with room.at("head", opened):
        actions.open_special(room.unit, special.id)
