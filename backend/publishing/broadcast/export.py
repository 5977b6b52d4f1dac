"""Rundowns for the studio's systems: JSON with the names of MOS, and a table. No database.

The names follow the MOS protocol 2.8.5: of `roCreate` roID, roSlug, roEdStart (with its offset from UTC), roEdDur
(HH:MM:SS) and, of `roReadyToAir`, roAir; of a story storyID, storySlug, storyNum and, of `roStorySend`, storyBody; of
an item itemID, itemSlug, objID, mosID, objTB, itemEdStart and itemEdDur. Lengths of items count in units of objTB a
second, which MOS has as 50 for PAL pictures and as the sampling rate for sound. What MOS has no name for is in
mosExternalMetadata. It is not MOS itself: no messages are exchanged, and the body is JSON and not XML.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.clock import SHANGHAI
from backend.publishing.broadcast import rules
from backend.publishing.broadcast.log_file import guarded
from backend.publishing.broadcast.rules import ITEM

MEDIA_SERVER, CAPTIONS = "media.ronghui", "captions.ronghui"
_TIME_BASE = {"tv": 50, "radio": 48_000}
BOM = "\ufeff"
_HEAD = (
    *("序号", "条目编号", "类型", "标题", "开始时刻", "计划秒数", "预计秒数", "累计", "倒计", "最迟开始"),
    *("状态", "播出文稿", "人名条标题条", "片子", "次数", "时段起", "时段止", "实播开始", "实播结束"),
)


def clock_of(moment: str | None) -> str:
    """Write a moment of an answer as an hour in Shanghai; nothing where there is none."""
    return "" if moment is None else datetime.fromisoformat(moment).astimezone(SHANGHAI).strftime("%H:%M:%S")


def length_of(seconds: int) -> str:
    """Write seconds as a length, below nothing with a minus."""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{'-' if seconds < 0 else ''}{hours:02}:{rest // 60:02}:{rest % 60:02}"


def as_mos(rundown: Mapping[str, Any]) -> dict[str, Any]:
    """Write a rundown, as it is presented, with the names of MOS."""
    base = _TIME_BASE[rundown["medium"]]
    start = datetime.fromisoformat(rundown["airtime"]).astimezone(SHANGHAI)
    return {
        "roID": rundown["id"],
        "roSlug": rundown["show"],
        "roEdStart": start.isoformat(timespec="seconds"),
        "roEdDur": length_of(rundown["planned_seconds"]),
        "roAir": "NOT READY" if rundown["state"] == rules.BUILDING else "READY",
        "stories": [_story(item, base) for item in (*rundown["items"], *rundown["crawls"])],
        "mosExternalMetadata": {
            name: rundown[name] for name in ("state", "issue", "ver", "total_seconds", "over_seconds", "expected_end")
        },
    }


def _story(item: Mapping[str, Any], base: int) -> dict[str, Any]:
    more = ("kind", "state", "planned_seconds", "estimated_seconds", "starts_at", "back_at", "script_hash")
    crawl = ("repeats", "from", "to", "emergency") if item["kind"] == rules.CRAWL else ()
    return {
        "storyID": item["id"],
        "storySlug": item["slug"],
        "storyNum": str(item["position"]),
        "storyBody": item["script"],
        "items": [*_clips(item, base), *_captions(item, base)],
        "mosExternalMetadata": {name: item[name] for name in (*more, *crawl, "as_run")},
    }


def _clips(item: Mapping[str, Any], base: int) -> list[dict[str, Any]]:
    return [
        {
            "itemID": str(number),
            "itemSlug": f"{item['slug']} {number}",
            "objID": clip["media"],
            "mosID": MEDIA_SERVER,
            "objTB": base,
            "itemEdStart": 0,
            "itemEdDur": round(clip["seconds"] * base),
        }
        for number, clip in enumerate(item["clips"], start=1)
    ]


def _captions(item: Mapping[str, Any], base: int) -> list[dict[str, Any]]:
    first = len(item["clips"]) + 1
    return [
        {
            "itemID": str(number),
            "itemSlug": line["text"],
            "objID": f"{item['id']}-{number}",
            "mosID": CAPTIONS,
            "objTB": base,
            "itemEdStart": line["in"] * base,
            "itemEdDur": (line["out"] - line["in"]) * base,
        }
        for number, line in enumerate(item["lower_thirds"], start=first)
    ]


def as_table(rundown: Mapping[str, Any]) -> str:
    """Write a rundown, as it is presented, as a table that spreadsheet programs open with its Chinese whole."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEAD)
    for item in (*rundown["items"], *rundown["crawls"]):
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in _cells(item)])
    return out.getvalue()


def _cells(item: Mapping[str, Any]) -> list[Any]:
    captions = [f"{line['in']}-{line['out']} {line['text']}" for line in item["lower_thirds"]]
    clips = [f"{clip['media']} {clip['seconds']:g}" for clip in item["clips"]]
    elapsed, remaining = item["elapsed_seconds"], item["remaining_seconds"]
    return [
        item["position"],
        item["id"],
        item["kind_name"],
        item["slug"],
        clock_of(item["starts_at"]),
        item["planned_seconds"],
        item["estimated_seconds"],
        "" if elapsed is None else length_of(elapsed),
        "" if remaining is None else length_of(remaining),
        clock_of(item["back_at"]),
        ITEM.states[item["state"]],
        item["script"],
        "；".join(captions),
        "；".join(clips),
        item["repeats"] or "",
        clock_of(item["from"]),
        clock_of(item["to"]),
        clock_of(item["as_run"]["start"]),
        clock_of(item["as_run"]["end"]),
    ]
