"""Drafting, editing, publishing and withdrawing notices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend import blocks
from backend.district.queries import demand_towns
from backend.errors import AppError, Code, guard_failed, invalid
from backend.ids import new_id
from backend.media.actions import show
from backend.media.queries import demand_usable
from backend.notices import rules
from backend.notices.models import Notice, NoticeMedia, NoticeTown
from backend.notices.queries import access_office_notice, media_of
from backend.notices.rules import State
from backend.policy import demand_office, demand_other_person
from backend.sync import streams
from backend.unit_of_work import UnitOfWork


def draft_notice(
    unit: UnitOfWork,
    *,
    title: str,
    body: str | list[dict[str, Any]],
    category: str,
    office: str | None = None,
    index_no: str | None = None,
    doc_no: str | None = None,
    towns: Sequence[str] = (),
    attachments: Sequence[str] = (),
    effective_from: datetime | None = None,
    effective_to: datetime | None = None,
) -> Notice:
    """Write a draft for one of the actor's offices; nobody outside it sees it."""
    notice = Notice(
        id=new_id(),
        ver=0,
        state=State.DRAFT,
        office_id=_choose_office(unit, office),
        author_id=unit.actor.id,
        created_at=unit.now,
        # Every column is set before the first flush; `_fill` has the last word on these.
        body=[],
        attachments=[],
    )
    fields = {
        "title": title,
        "body": body,
        "category": category,
        "index_no": index_no,
        "doc_no": doc_no,
        "towns": towns,
        "attachments": attachments,
        "effective_from": effective_from,
        "effective_to": effective_to,
    }
    _fill(unit, notice, fields)
    unit.session.add(notice)
    _close(unit, notice, "notice.drafted", towns=towns)
    return notice


def edit_notice(unit: UnitOfWork, notice_id: str, fields: dict[str, Any], if_match: int | None = None) -> Notice:
    """Change the given fields of a draft.

    Only its author may: so the other person who approves it has written none of it.
    """
    notice = access_office_notice(unit.session, unit.actor, notice_id, lock=True)
    _demand_version(notice, if_match)
    rules.demand_move("edit", State(notice.state))
    if notice.author_id != unit.actor.id:
        raise guard_failed("author_only", "只有起草人可以修改这份草稿；请与起草人沟通，或另行起草。")
    _fill(unit, notice, fields)
    _close(unit, notice, "notice.edited", towns=fields.get("towns"))
    return notice


def publish_notice(unit: UnitOfWork, notice_id: str, if_match: int | None = None) -> Notice:
    """Approve a draft as a second person of its office, and put it before everybody.

    With `if_match` the approver says which version was read, and a later one is not published unseen.
    """
    notice = access_office_notice(unit.session, unit.actor, notice_id, lock=True)
    _demand_version(notice, if_match)
    state = rules.demand_move("publish", State(notice.state))
    demand_other_person(unit.actor, [notice.author_id], "second_person")
    notice.state, notice.published_at, notice.approved_by = state, unit.now, unit.actor.id
    show(unit, "notice", notice.id, list(media_of(notice)))
    _close(unit, notice, "notice.published")
    return notice


def withdraw_notice(unit: UnitOfWork, notice_id: str, *, reason: str, if_match: int | None = None) -> Notice:
    """Take a published notice away from everybody.

    Its numbers and the reason stay, so that a citation still leads somewhere; its words are emptied here too, so that
    nothing can bring them back. The files its author uploaded for it are closed with it.
    """
    notice = access_office_notice(unit.session, unit.actor, notice_id, lock=True)
    _demand_version(notice, if_match)
    notice.state = rules.demand_move("withdraw", State(notice.state))
    show(unit, "notice", notice.id, [])
    notice.title, notice.body, notice.attachments = "", [], []
    notice.withdrawn_reason = reason
    _close(unit, notice, "notice.withdrawn")
    return notice


def _choose_office(unit: UnitOfWork, office: str | None) -> str:
    own = rules.clerk_offices(unit.actor)
    if office is None:
        if len(own) != 1:
            raise invalid("office", "missing", "请写明是哪个单位的公告")
        return next(iter(own))
    if office not in own:
        demand_office(unit.actor, office)
        raise AppError(Code.OFFICE_FORBIDDEN, 403, "您不是这个单位的信息公开专员。", data={"office": office})
    return office


def _demand_version(notice: Notice, if_match: int | None) -> None:
    if if_match is not None and if_match != notice.ver:
        raise AppError(Code.STALE, 412, "内容已被更新，请先读取最新版本。", data={"ver": notice.ver})


def _fill(unit: UnitOfWork, notice: Notice, fields: dict[str, Any]) -> None:
    """Set the given fields, once all of them are known to be sound."""
    if "body" in fields:
        notice.body = _sound_body(unit, fields["body"])
    if "attachments" in fields:
        notice.attachments = list(dict.fromkeys(fields["attachments"]))
        demand_usable(unit.session, unit.actor, notice.attachments, "attachments")
    if "towns" in fields:
        demand_towns(unit.session, fields["towns"])
    for name in ("title", "category", "index_no", "doc_no", "effective_from", "effective_to"):
        if name in fields:
            setattr(notice, name, fields[name])
    rules.demand_period(notice.effective_from, notice.effective_to)


def _sound_body(unit: UnitOfWork, value: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    body = blocks.parse(value)
    media = blocks.media_ids(body)
    if not media and not blocks.plain_text(body).strip():
        raise invalid("body", "empty", "正文清理后没有内容")
    demand_usable(unit.session, unit.actor, media, "body")
    return body


def _close(unit: UnitOfWork, notice: Notice, event: str, towns: Sequence[str] | None = None) -> None:
    """Finish every action alike: next version, towns, history, and where it belongs now."""
    notice.ver += 1
    notice.updated_at = unit.now
    unit.session.flush()
    _set_media(unit, notice)
    if towns is not None:
        _set_towns(unit, notice.id, towns)
    unit.record(
        event,
        notice.id,
        notice.ver,
        office=notice.office_id,
        category=notice.category,
        state=str(notice.state),
        sha256=rules.fingerprint(notice.title, notice.body, notice.attachments),
    )
    _place(unit, notice)


def _place(unit: UnitOfWork, notice: Notice) -> None:
    drafts = {streams.notices_desk(notice.office_id)} if notice.state == State.DRAFT else set()
    readers = {streams.PUBLIC, *_town_streams(unit, notice.id)} if notice.state == State.PUBLISHED else set()
    unit.place("notice_draft", notice.id, notice.ver, drafts)
    unit.place("notice", notice.id, notice.ver, readers)


def _town_streams(unit: UnitOfWork, notice_id: str) -> list[str]:
    towns = unit.session.scalars(sa.select(NoticeTown.town_id).where(NoticeTown.notice_id == notice_id))
    return [streams.town(town_id) for town_id in towns]


def _set_media(unit: UnitOfWork, notice: Notice) -> None:
    unit.session.execute(sa.delete(NoticeMedia).where(NoticeMedia.notice_id == notice.id))
    unit.session.add_all(
        NoticeMedia(notice_id=notice.id, media_id=media_id) for media_id in dict.fromkeys(media_of(notice))
    )
    unit.session.flush()


def _set_towns(unit: UnitOfWork, notice_id: str, towns: Sequence[str]) -> None:
    unit.session.execute(sa.delete(NoticeTown).where(NoticeTown.notice_id == notice_id))
    unit.session.add_all(NoticeTown(notice_id=notice_id, town_id=town_id) for town_id in dict.fromkeys(towns))
    unit.session.flush()
