"""The first view: the page at `/` with the front page drawn into it, so that headlines stand before any script runs."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.edge import database
from api.first_html import FirstView, Vocabulary, write_first
from backend.alerts.queries import list_alerts
from backend.district.queries import list_sections
from backend.feed.front import front_page
from backend.feed.live.queries import list_lives
from backend.feed.openings import State
from backend.paging import Page

# A little more than a tall phone shows; what lies below comes with the app before anybody has scrolled there.
_LENGTH = 6
_WARNINGS, _LIVES = 20, 20
# Where the block goes: before the place of the app, as web/index.html has it.
_PLACE = '<div id="app"></div>'


def draw_first(folder: Path) -> str:
    """Return the page as `make web` built it into `folder`, with the front page as it is at this moment."""
    vocabulary = _vocabulary(folder / "first.json", (folder / "first.json").stat().st_mtime_ns)
    with database().reading() as session:
        view = _look(session)
    page = (folder / "index.html").read_text(encoding="utf-8")
    return page.replace(_PLACE, f"{write_first(view, vocabulary)}{_PLACE}", 1)


def _look(session: Session) -> FirstView:
    now = database().clock.now()
    warnings = list_alerts(session, now, active=True, drill=False, town=None, page=Page(None, _WARNINGS))
    lives = list_lives(session, state=State.OPEN, section=None, town=None, page=Page(None, _LIVES))
    return FirstView(
        now=now,
        front=front_page(session, now, _LENGTH),
        sections=list_sections(session),
        warnings=warnings["items"],
        # In the order of the phone's copy, which is that of ids.
        lives=sorted(lives["items"], key=lambda live: str(live["id"])),
    )


@lru_cache(maxsize=2)
def _vocabulary(path: Path, built: int) -> Vocabulary:
    """Read what the build wrote down of the app's drawings and words; `built` tells one build from the next."""
    del built
    read: Any = json.loads(path.read_text(encoding="utf-8"))
    return Vocabulary(read["icons"], read["words"])
