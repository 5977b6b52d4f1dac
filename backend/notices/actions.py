"""The way of a notice: drafted, submitted, approved by a second person, published, in the end withdrawn."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.clock import local_day
from backend.db import insert_into
from backend.errors import AppError, Code, guard_failed, invalid
from backend.ids import new_id
from backend.media.actions import show
from backend.notices import content, rules
from backend.notices.models import Notice, NoticeNumber, NoticeVersion
from backend.notices.rules import State
from backend.notices.steps import access, close
from backend.policy import demand_office, demand_other_person
from backend.unit_of_work import UnitOfWork

EXPIRE_JOB = "notice.expire"


def draft_notice(unit: UnitOfWork, *, office: str | None = None, supersedes: str | None = None, **given: Any) -> Notice:
    """Write a draft for one of the actor's offices; nobody outside it sees it."""
    notice = Notice(
        id=new_id(),
        ver=0,
        state=State.DRAFT,
        office_id=_choose_office(unit, office),
        author_id=unit.actor.id,
        created_at=unit.now,
        updated_at=unit.now,
        # Every column is set before the first flush; `fill` has the last word on these.
        body=[],
        attachments=[],
        services=[],
        version=0,
        title=given["title"],
        category=given["category"],
    )
    _set_supersedes(unit, notice, supersedes)
    fields = content.sound(unit, notice, given)
    unit.session.add(notice)
    content.fill(unit, notice, fields)
    close(unit, notice, "notice.drafted")
    return notice


def edit_notice(unit: UnitOfWork, notice_id: str, given: dict[str, Any], if_match: int | None = None) -> Notice:
    """Change the given fields of a draft.

    Only its author may: so the other person who approves it has written none of it.
    """
    notice = access(unit, notice_id, if_match)
    rules.demand_move("edit", State(notice.state))
    _demand_author(unit, notice)
    if "supersedes" in given:
        _set_supersedes(unit, notice, given.pop("supersedes"))
    content.fill(unit, notice, content.sound(unit, notice, given))
    close(unit, notice, "notice.edited")
    return notice


def submit_notice(unit: UnitOfWork, notice_id: str, if_match: int | None = None) -> Notice:
    """Hand a draft in; from now on its author changes nothing in it."""
    notice = access(unit, notice_id, if_match)
    notice.state = rules.demand_move("submit", State(notice.state))
    _demand_author(unit, notice)
    _demand_free_number(unit, notice)
    notice.return_reason = None
    close(unit, notice, "notice.submitted")
    return notice


def return_notice(unit: UnitOfWork, notice_id: str, *, reason: str, if_match: int | None = None) -> Notice:
    """Give a notice back to its author, who may also take it back; an approval it had is void."""
    notice = access(unit, notice_id, if_match)
    notice.state = rules.demand_move("return", State(notice.state))
    notice.return_reason, notice.approved_by = reason, None
    close(unit, notice, "notice.returned")
    return notice


def approve_notice(unit: UnitOfWork, notice_id: str, if_match: int | None = None) -> Notice:
    """Approve as a second person of the office what was handed in; it may be published from now on."""
    notice = access(unit, notice_id, if_match)
    notice.state = rules.demand_move("approve", State(notice.state))
    demand_other_person(unit.actor, [notice.author_id], "second_person")
    notice.approved_by = unit.actor.id
    close(unit, notice, "notice.approved")
    return notice


def publish_notice(unit: UnitOfWork, notice_id: str, if_match: int | None = None) -> Notice:
    """Put a notice before everybody.

    What a second person has approved anybody of the office may publish. Before that, publishing is the second
    person's approval as well, so the author is refused. With `if_match` the approver says which version was read,
    and a later one is not published unseen.
    """
    notice = access(unit, notice_id, if_match)
    state = rules.demand_move("publish", State(notice.state))
    if notice.state != State.APPROVED:
        demand_other_person(unit.actor, [notice.author_id], "second_person")
        notice.approved_by = unit.actor.id
    _demand_free_number(unit, notice)
    notice.state, notice.published_at, notice.return_reason = state, unit.now, None
    if notice.index_no is None:
        notice.index_no = _next_index_number(unit, notice.office_id)
    _supersede(unit, notice)
    add_version(unit, notice, author=notice.author_id, note=None)
    close(unit, notice, "notice.published", no=notice.version)
    return notice


def _demand_free_number(unit: UnitOfWork, notice: Notice) -> None:
    """Refuse an index number that another notice of the office is cited by; a withdrawn one keeps its number."""
    query = sa.select(Notice.id).where(
        Notice.office_id == notice.office_id,
        Notice.index_no == notice.index_no,
        Notice.id != notice.id,
        Notice.published_at.is_not(None),
    )
    if notice.index_no is not None and unit.session.scalar(query.limit(1)) is not None:
        raise guard_failed("index_no_taken", f"索引号 {notice.index_no} 已经用在本单位的另一份公开信息上，请换一个。")


def add_version(unit: UnitOfWork, notice: Notice, *, author: str, note: str | None) -> None:
    """Write down what a notice says from now on, for good, and when it will have ended."""
    notice.version += 1
    unit.session.flush()
    said = content.written(notice, content.towns_of(unit.session, notice.id))
    version = NoticeVersion(
        notice_id=notice.id,
        no=notice.version,
        content=said,
        note=note,
        author_id=author,
        approved_by=notice.approved_by,
        published_at=unit.now,
        sha256=content.sha256_of(said),
    )
    unit.session.add(version)
    unit.session.flush()
    show(unit, "notice", notice.id, content.public_media(unit, notice))
    if notice.effective_to is not None:
        key = f"{EXPIRE_JOB}:{notice.id}:{notice.version}"
        unit.enqueue(EXPIRE_JOB, key, {"id": notice.id}, run_at=max(notice.effective_to, unit.now))


def withdraw_notice(unit: UnitOfWork, notice_id: str, *, reason: str, if_match: int | None = None) -> Notice:
    """Take a notice away from everybody, with all its versions and its explanation.

    Its numbers and the reason stay, so that a citation still leads somewhere; its words are emptied here too, so that
    nothing can bring them back. The files its author uploaded for it are closed with it.
    """
    notice = access(unit, notice_id, if_match)
    notice.state = rules.demand_move("withdraw", State(notice.state))
    show(unit, "notice", notice.id, [])
    notice.title, notice.body, notice.attachments, notice.services = "", [], [], []
    notice.correction = notice.explanation = notice.explanation_draft = None
    notice.withdrawn_reason = reason
    versions = sa.update(NoticeVersion).where(NoticeVersion.notice_id == notice.id)
    unit.session.execute(versions.values(content=None, note=None))
    close(unit, notice, "notice.withdrawn")
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


def _demand_author(unit: UnitOfWork, notice: Notice) -> None:
    if notice.author_id != unit.actor.id:
        raise guard_failed("author_only", "只有起草人可以修改这份草稿；请与起草人沟通，或另行起草。")


def _set_supersedes(unit: UnitOfWork, notice: Notice, older_id: str | None) -> None:
    older = unit.session.get(Notice, older_id) if older_id is not None else None
    if older_id is not None and (
        older is None or older.office_id != notice.office_id or State(older.state) in rules.PREPARING
    ):
        raise invalid("supersedes", "unknown", "要替代的须是本单位发布过的公告")
    notice.supersedes_id = older_id


def _supersede(unit: UnitOfWork, notice: Notice) -> None:
    """Let the older notice give way to this one.

    Raises:
        AppError: 409 `superseded_elsewhere` when it has given way to another, or was withdrawn, since the draft.
    """
    if notice.supersedes_id is None:
        return
    older = unit.session.get_one(Notice, notice.supersedes_id, with_for_update=True)
    if State(older.state) not in rules.TRANSITIONS["supersede"]:
        raise guard_failed("superseded_elsewhere", "要替代的公告已撤回或已被另一份公告替代，请先修改草稿。")
    older.state, older.superseded_by = State.SUPERSEDED, notice.id
    older.correction = older.explanation_draft = None
    close(unit, older, "notice.superseded", by=notice.id)


def _next_index_number(unit: UnitOfWork, office_id: str) -> str:
    """Count; the counter's row is locked until the unit ends, so no number comes twice."""
    year = local_day(unit.now).year
    counted = insert_into(unit.session, NoticeNumber).values(office_id=office_id, year=year, given=1)
    places = ["office_id", "year"]
    counted = counted.on_conflict_do_update(index_elements=places, set_={"given": NoticeNumber.given + 1})
    number: int = unit.session.execute(counted.returning(NoticeNumber.given)).scalar_one()
    return rules.index_number(office_id, year, number)
