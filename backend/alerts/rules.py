"""What makes a CAP message sound beyond its schema, who may issue it, and which message of a chain holds. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from backend.alerts.words import MsgType, Scope, Status
from backend.clock import SHANGHAI
from backend.district.geography import polygon_shape
from backend.errors import AppError, Code, guard_failed, invalid

# Who issued alone is looked at by a colleague within this time.
REVIEW_WITHIN = timedelta(hours=2)
# A name in a reference: no space, comma, < or & (CAP 1.2, section 3.2.1).
NAME_PATTERN = "[!-%'-+\\--;=-~]{1,120}"
TIME_PATTERN = r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
TIME_PATTERN += r"[+-](0[0-9]|1[0-4]):[0-5][0-9]"
REFERENCE_PATTERN = f"^{NAME_PATTERN}(,{NAME_PATTERN},{TIME_PATTERN})?$"


class MessageState(StrEnum):
    """Where a message is on its way out."""

    DRAFT = "draft"
    ISSUED = "issued"
    DISCARDED = "discarded"


class AlertState(StrEnum):
    """What has become of a warning: it holds, was lifted by a Cancel, ran out, or went on as part of another."""

    ACTIVE = "active"
    LIFTED = "lifted"
    EXPIRED = "expired"
    MERGED = "merged"


TRANSITIONS: dict[str, dict[MessageState, MessageState]] = {
    "edit": {MessageState.DRAFT: MessageState.DRAFT},
    "approve": {MessageState.DRAFT: MessageState.ISSUED},
    "issue": {MessageState.DRAFT: MessageState.ISSUED},
    "discard": {MessageState.DRAFT: MessageState.DISCARDED},
    "review": {MessageState.ISSUED: MessageState.ISSUED},
}
_STATE_WORDS = {
    MessageState.DRAFT: "这条预警还是草稿",
    MessageState.ISSUED: "这条预警已经发出",
    MessageState.DISCARDED: "这份草稿已经作废",
}


def allowed(state: MessageState, review: str | None) -> list[str]:
    """List what can be done to a message; only what was issued alone is reviewed, and once."""
    named = [command for command, moves in TRANSITIONS.items() if state in moves]
    return [command for command in named if command != "review" or review == "pending"]


def demand_move(command: str, state: MessageState, review: str | None = None) -> MessageState:
    """Return the state that `command` leads to.

    Raises:
        AppError: 409 `illegal_state` when it leads nowhere from here.
    """
    may = allowed(state, review)
    if command not in may:
        words = f"{_STATE_WORDS[state]}，不能这样操作。"
        raise AppError(Code.ILLEGAL_STATE, 409, words, data={"state": str(state), "allowed": may})
    return TRANSITIONS[command][state]


def is_real(status: str, scope: str) -> bool:
    """Tell whether the public is to act upon a message. Drills never ring a phone, nor look like the real thing."""
    return status == Status.ACTUAL and scope == Scope.PUBLIC


def is_open(status: str, scope: str) -> bool:
    """Tell whether a message has an open address: a drill too, which says so itself; a template has none."""
    return scope == Scope.PUBLIC and status != Status.DRAFT


def may_go_alone(infos: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether one person may issue: danger to life that cannot wait for a second."""
    return bool(infos) and all(i["urgency"] == "Immediate" and i["severity"] == "Extreme" for i in infos)


def cap_time(moment: datetime) -> str:
    """Write a moment as CAP does: whole seconds and a numeric zone, never Z (section 3.3.2)."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


def whole_second(moment: datetime) -> datetime:
    """Cut a moment down to what CAP can say of it."""
    return moment.replace(microsecond=0)


def reference(sender: str, identifier: str, sent: datetime) -> str:
    """Write how a later message names this one (section 3.2.1, references)."""
    return f"{sender},{identifier},{cap_time(sent)}"


def expiry(infos: Iterable[Mapping[str, Any]]) -> datetime | None:
    """Return when a message has nothing more to say: the last of its expiries."""
    return max((datetime.fromisoformat(info["expires"]) for info in infos if info.get("expires")), default=None)


def headline(infos: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the information in Chinese, which every message with information has."""
    return next((info for info in infos if info["language"] == "zh-CN"), infos[0])


def bell_words(
    msg_type: str, infos: Sequence[Mapping[str, Any]], *, before: str, english: bool = False
) -> dict[str, str]:
    """Say a message in the words of a bell; `before` is what the bell said until now."""
    marks = ("Warning | ", "Warning lifted | ") if english else ("预警｜", "预警解除｜")
    if msg_type != MsgType.CANCEL:
        info = headline(infos)
        more = "Tap for details" if english else "点开查看详情"
        return {
            "title": f"{marks[0]}{info['headline']}",
            "text": info.get("instruction") or info.get("description") or more,
        }
    said = headline(infos)["headline"] if infos else before.partition("｜")[2]
    over = "This warning is over; tap to read why." if english else "这条预警已经解除，点开查看说明。"
    return {"title": f"{marks[1]}{said}", "text": over}


# ── what the schema misses ──


def demand_sound(message: Mapping[str, Any], now: datetime) -> None:
    """Refuse a message that the schema would let pass but that says nothing sound.

    Raises:
        AppError: 422 naming the field.
    """
    _demand_readers(message)
    kind, infos = message["msgType"], message["info"]
    if kind == MsgType.ALERT and message["references"]:
        raise invalid("references", "mismatch", "首次发布的预警不引用别的预警；要更新或解除，请选 Update 或 Cancel")
    if kind != MsgType.ALERT and not message["references"]:
        raise invalid("references", "missing", "更新或解除预警时，要写明是哪一条")
    if kind != MsgType.CANCEL and not infos:
        raise invalid("info", "missing", "请填写预警内容")
    _demand_languages(infos)
    for number, info in enumerate(infos):
        _demand_info(f"info.{number}", info, now, needs_area=kind != MsgType.CANCEL)


def _demand_readers(message: Mapping[str, Any]) -> None:
    scope = message["scope"]
    for name, whose, words in (
        ("restriction", Scope.RESTRICTED, "限定范围的预警要写明限定给谁"),
        ("addresses", Scope.PRIVATE, "定向发送的预警要写明收件人"),
    ):
        if scope == whose and not message.get(name):
            raise invalid(name, "missing", words)
        if scope != whose and message.get(name):
            raise invalid(name, "mismatch", f"只有 scope 为 {whose} 的预警才填这一项")


def _demand_languages(infos: Sequence[Mapping[str, Any]]) -> None:
    languages = [info["language"] for info in infos]
    if infos and "zh-CN" not in languages:
        raise invalid("info", "missing", "至少要有一段中文（zh-CN）内容")
    if len(set(languages)) != len(languages):
        raise invalid("info", "mismatch", "每种语言只写一段")


def _demand_info(field_name: str, info: Mapping[str, Any], now: datetime, *, needs_area: bool) -> None:
    if not info.get("expires") and needs_area:
        raise invalid(f"{field_name}.expires", "missing", "请写明预警到什么时候为止")
    if info.get("expires") and datetime.fromisoformat(info["expires"]) <= now:
        raise invalid(f"{field_name}.expires", "in_past", "失效时间已经过去")
    for name in ("effective", "onset"):
        if info.get(name) and info.get("expires"):
            _demand_order(f"{field_name}.expires", info[name], info["expires"])
    if needs_area and not info["area"]:
        raise invalid(f"{field_name}.area", "missing", "请写明预警的范围")
    for number, area in enumerate(info["area"]):
        _demand_area(f"{field_name}.area.{number}", area)


def _demand_order(field_name: str, begins: str, ends: str) -> None:
    if datetime.fromisoformat(ends) <= datetime.fromisoformat(begins):
        raise invalid(field_name, "order", "失效时间要晚于生效时间")


def _demand_area(field_name: str, area: Mapping[str, Any]) -> None:
    if not (area["polygon"] or area["circle"] or area["geocode"]):
        raise invalid(field_name, "missing", "只有文字的范围对不上地图；请画出多边形、圆，或选街镇")
    for number, text in enumerate(area["polygon"]):
        _demand_polygon(f"{field_name}.polygon.{number}", text)


def _demand_polygon(field_name: str, text: str) -> None:
    points = text.split(" ")
    if len(points) < 4:
        raise invalid(field_name, "too_short", "多边形至少要四个点，首尾是同一点")
    if [float(n) for n in points[0].split(",")] != [float(n) for n in points[-1].split(",")]:
        raise invalid(field_name, "not_closed", "多边形没有合拢：最后一点要和第一点相同")
    try:
        polygon_shape(text)
    except ValueError:
        raise invalid(field_name, "empty", "多边形没有围住任何地方") from None


def read_circle(text: str) -> tuple[float, float, float]:
    """Read "lat,lon radius" as degrees and kilometres."""
    found = re.fullmatch(r"([^, ]+),([^, ]+) ([^, ]+)", text)
    if found is None:
        raise ValueError(text[:40])
    return float(found[1]), float(found[2]), float(found[3])


# ── which message holds ──


@dataclass(frozen=True, slots=True)
class Sent:
    """What a chain needs to know of a message."""

    identifier: str
    sent: datetime
    msg_type: str = MsgType.ALERT
    references: frozenset[str] = field(default_factory=frozenset)


def holds(messages: Iterable[Sent]) -> dict[str, frozenset[str]]:
    """Return the message that holds in each chain, with all messages of the chain.

    Messages are of one chain when one refers to the other, directly or through others; in a chain the latest holds.
    So the answer depends on the set of messages alone, not on the order in which they came, and it stays the same when
    a message refers to the first one only and names none of the updates between.
    """
    known = {message.identifier: message for message in messages}
    chains: dict[str, set[str]] = {name: {name} for name in known}
    for message in known.values():
        for other in message.references & known.keys():
            if chains[other] is not chains[message.identifier]:
                joined = chains[other] | chains[message.identifier]
                chains.update(dict.fromkeys(joined, joined))
    heads = {max(chain, key=lambda name: (known[name].sent, name)): frozenset(chain) for chain in chains.values()}
    return dict(sorted(heads.items()))


def banners(messages: Iterable[Sent], now: datetime, expires: Mapping[str, datetime]) -> set[str]:
    """Return the messages a phone shows now: what holds, is no Cancel, and has not run out."""
    known = {message.identifier: message for message in messages}
    return {name for name in holds(known.values()) if known[name].msg_type != MsgType.CANCEL and expires[name] > now}


def demand_reach(towns: Sequence[str]) -> None:
    """Refuse a public message whose areas lie outside the district altogether."""
    if not towns:
        raise invalid("info.0.area", "outside", "预警范围不在本区之内，请检查坐标（先纬度、后经度，WGS-84）")


def demand_in_force(expires_at: datetime | None, now: datetime) -> None:
    """Refuse to issue what has run out while it waited."""
    if expires_at is not None and expires_at <= now:
        raise guard_failed("expired", "草稿里写的失效时间已经过去，请修改后再发布。")
