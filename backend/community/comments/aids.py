"""What the house's dictionary finds in a comment, for the moderator's eye. It decides nothing."""

from __future__ import annotations

import html
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from backend.newsroom.examination.aids.report import check
from backend.newsroom.examination.aids.text import Draft
from backend.newsroom.examination.checks import active_dictionary

# People write as they speak: what matters are words and what gives somebody away, not commas and arithmetic.
_LOOKED_FOR = frozenset({"sensitive", "banned", "homophone", "advert", "id_number", "phone", "plate", "link"})


def look_at(session: Session, text: str, on: date) -> tuple[int, list[dict[str, Any]]]:
    """Return the number of the dictionary in use, and its findings: `{rule, level, span, text, why}`."""
    number, lexicon = active_dictionary(session)
    block = {"id": "comment", "type": "text", "html": html.escape(text, quote=False)}
    found = check(Draft(headline="", body=[block]), lexicon, on)
    return number, [
        {"rule": each.rule, "level": each.level, "span": list(each.span), "text": each.text, "why": each.why}
        for each in found
        if each.rule in _LOOKED_FOR
    ]
