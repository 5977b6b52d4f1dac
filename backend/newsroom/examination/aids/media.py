"""Pictures, films and sounds: may they be shown, and are they described?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from backend.newsroom.examination.aids.findings import Hit, Level
from backend.newsroom.examination.aids.text import MEDIA_TYPES, MediaFacts, Passage

_NAMES = {"image": "图片", "video": "视频", "audio": "音频"}
_UNREGISTERED = MediaFacts()


def check(passage: Passage, block: Mapping[str, Any], media: Mapping[str, MediaFacts]) -> Iterator[Hit]:
    """Report a media block without rights, or without words for those who cannot see it."""
    kind = block.get("type")
    if kind not in MEDIA_TYPES:
        return
    media_id = str(block.get("media") or "")
    facts = media.get(media_id, _UNREGISTERED)
    # The caption is what a reader of the report can find the block by.
    end = len(block.get("caption") or "")
    if standing := rights(facts):
        level, why = standing
        yield Hit("media_rights", level, passage, 0, end, why=_NAMES[kind] + why, category="素材", key=media_id)
    if kind != "audio" and not facts.alt and not str(block.get("alt") or "").strip():
        why = f"{_NAMES[kind]}没有替代文字，看不见的读者不知道画面上是什么。"
        yield Hit("media_alt", "info", passage, 0, end, why=why, category="素材", key=media_id)


def rights(facts: MediaFacts) -> tuple[Level, str] | None:
    """Say what stands in the way of showing a file, or None."""
    if facts.state == "restricted":
        return "block", "素材标为限制使用，不能刊出。"
    if facts.state == "rejected":
        return "block", "素材没有通过核查，不能刊出。"
    if facts.licence_expired:
        return "block", "素材的授权已经过期。"
    if facts.state is None:
        return "warn", "没有登记为素材，不知道版权归谁。"
    if facts.state != "usable":
        return "warn", "素材还没有核完，版权未定。"
    return None
