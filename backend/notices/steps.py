"""What every action on a notice ends with: the next version number, history, and where the notice belongs now."""

from __future__ import annotations

from backend.errors import demand_version
from backend.notices import rules
from backend.notices.content import follow, towns_of
from backend.notices.models import Notice
from backend.notices.queries import access_office_notice
from backend.notices.rules import PREPARING, State
from backend.sync import streams
from backend.unit_of_work import UnitOfWork


def access(unit: UnitOfWork, notice_id: str, if_match: int | None) -> Notice:
    """Return a notice of the actor's offices, locked, at the version that was seen."""
    notice = access_office_notice(unit.session, unit.actor, notice_id, lock=True)
    demand_version(notice.ver, if_match, "内容已被更新，请先读取最新版本。")
    return notice


def close(unit: UnitOfWork, notice: Notice, event: str, **data: object) -> None:
    """Finish an action: next `ver`, the lists beside the notice, history, and its streams."""
    notice.ver += 1
    notice.updated_at = unit.now
    unit.session.flush()
    follow(unit, notice)
    unit.record(
        event,
        notice.id,
        notice.ver,
        office=notice.office_id,
        category=notice.category,
        state=str(notice.state),
        sha256=rules.fingerprint(notice.title, notice.body, notice.attachments),
        **data,
    )
    place(unit, notice)


def place(unit: UnitOfWork, notice: Notice) -> None:
    """Say on which streams a notice is: its office's while anything of it waits for somebody, everybody's in force."""
    waits = notice.state in PREPARING or notice.correction is not None or notice.explanation_draft is not None
    readers = set()
    if notice.state == State.PUBLISHED:
        readers = {streams.PUBLIC, *(streams.town(town) for town in towns_of(unit.session, notice.id))}
    unit.place("notice_draft", notice.id, notice.ver, {streams.notices_desk(notice.office_id)} if waits else set())
    unit.place("notice", notice.id, notice.ver, readers)
