"""Which rows of a list of personnel are taken, and what each of them asks for. No database.

A row is an account with, if it names a role, one line of the roster. Somebody with two roles has two rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.accounts.rules import person_id_of
from backend.newsroom.archive.formats import Refusal
from backend.newsroom.archive.formats.moments import read_moment
from backend.newsroom.archive.formats.table import Headings, Row, Table, split_list
from backend.newsroom.archive.report import Outcome, Report
from backend.policy import OFFICE_ROLES, Role

HEADINGS: Headings = {
    "person_no": ("工号", "员工号", "人员编号"),
    "name": ("姓名",),
    "username": ("账号", "用户名", "登录名"),
    "title": ("职务", "职称"),
    "unit": ("单位", "媒体单位"),
    "desk": ("工作台",),
    "role": ("岗位", "角色"),
    "skills": ("技能", "专长"),
    "valid_from": ("起", "起始", "开始日期"),
    "valid_to": ("止", "截止", "结束日期"),
    "office": ("办理单位", "委办局"),
}
NEEDED = ("person_no", "name", "username")
ROLES = {
    "领导班子": Role.LEADER,
    "中心主任": Role.LEADER,
    "总编": Role.CHIEF_EDITOR,
    "值班调度": Role.DUTY_EDITOR,
    "部门主任": Role.SECTION_HEAD,
    "责任编辑": Role.EDITOR,
    "编辑": Role.EDITOR,
    "记者": Role.REPORTER,
    "校对": Role.PROOFREADER,
    "版面": Role.LAYOUT_EDITOR,
    "编播": Role.TV_DIRECTOR,
    "渠道运营": Role.CHANNEL_OPERATOR,
    "考核": Role.ASSESSOR,
    "监测": Role.MONITOR,
    "单位经办人": Role.OFFICE_CLERK,
    "派单员": Role.DISPATCHER,
    "承办人员": Role.SERVICE_STAFF,
    "督办": Role.SUPERVISOR,
    "审计": Role.AUDITOR,
} | {str(role): role for role in Role if role is not Role.ADMIN}
# Accounts that the house makes for itself; nobody signs in with them.
HOUSE_PREFIX = "system."
MAX_SKILLS, MAX_SKILL = 20, 30
_USERNAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{1,39}", re.ASCII)
_PERSON_NO = re.compile(r"[0-9A-Za-z_./-]{1,60}", re.ASCII)
_SKILL = re.compile(r'[^"\\\x00-\x1f]+')


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the roster: when it is not said from when, it begins with the import."""

    role: Role
    desk: str | None = None
    office: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row as it was written, with its words checked one by one. None is what the row says nothing about."""

    line: int
    username: str
    person_id: str
    name: str
    title: str | None
    unit: str | None
    skills: tuple[str, ...] | None
    grant: Line | None


@dataclass(slots=True)
class Known:
    """An account as the house has it, with its lines of the roster."""

    person_id: str
    name: str
    title: str | None
    unit: str | None
    skills: list[str]
    lines: list[Line]
    is_staff: bool = True
    is_closed: bool = False
    is_unnumbered: bool = False


@dataclass(slots=True)
class House:
    """What the rows are held against.

    `accounts` by user name; `spellings` gives the user names by their small letters; `names` gives the names that a
    person's accounts have, by person and user name; the other three give ids by id and by name.
    """

    accounts: dict[str, Known] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    desks: Mapping[str, str] = field(default_factory=dict)
    offices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a row asks for: a new account, or changes of one; and a line of the roster."""

    row: PersonRow
    outcome: Outcome
    creates: bool
    changes: Mapping[str, Any]
    grant: Line | None


# ── rows, each by itself and against each other ──


def read_people(table: Table, house: House, report: Report) -> list[PersonRow]:
    """Return the sound rows; what is wrong with the others goes into the report."""
    rows: list[PersonRow] = []
    by_username: dict[str, PersonRow] = {}
    by_person: dict[str, PersonRow] = {}
    for given in table.rows:
        try:
            row = _read(given, house)
            _demand_agreement(row, by_username.get(row.username.lower()), by_person.get(row.person_id))
        except Refusal as refusal:
            report.refuse(given.line, given.cells.get("username", ""), refusal)
            continue
        by_username.setdefault(row.username.lower(), row)
        by_person.setdefault(row.person_id, row)
        rows.append(row)
    return rows


def _read(given: Row, house: House) -> PersonRow:
    if given.refusal is not None:
        raise given.refusal
    cells = given.cells
    skills = tuple(_skills(cells["skills"])) if cells.get("skills") else None
    return PersonRow(
        line=given.line,
        username=_shaped(cells, "username", _USERNAME, "账号用 2 到 40 个字母、数字、点、下划线或连字符"),
        person_id=person_id_of(_shaped(cells, "person_no", _PERSON_NO, "工号用字母、数字和 _ . / -")),
        name=_text(cells, "name", 40) or _missing("name"),
        title=_text(cells, "title", 40) or None,
        unit=_known(cells, "unit", house.units),
        skills=skills,
        grant=_grant(cells, house),
    )


def _missing(name: str) -> str:
    raise Refusal(name, "missing", f"没有填{HEADINGS[name][0]}。")


def _text(cells: Mapping[str, str], name: str, at_most: int) -> str:
    text = cells.get(name, "")
    if len(text) > at_most:
        raise Refusal(name, "too_long", f"{HEADINGS[name][0]}最多 {at_most} 字。")
    return text


def _shaped(cells: Mapping[str, str], name: str, shape: re.Pattern[str], words: str) -> str:
    text = cells.get(name, "") or _missing(name)
    if not shape.fullmatch(text):
        raise Refusal(name, "invalid", f"{words}。")
    if name == "username" and text.lower().startswith(HOUSE_PREFIX):
        raise Refusal(name, "reserved", f"{HOUSE_PREFIX} 开头的账号留给系统自己用。")
    return text


def _skills(cell: str) -> list[str]:
    skills = split_list(cell, "；、，,")
    if len(skills) > MAX_SKILLS:
        raise Refusal("skills", "too_many", f"技能最多 {MAX_SKILLS} 项。")
    for skill in skills:
        if len(skill) > MAX_SKILL or not _SKILL.fullmatch(skill):
            raise Refusal("skills", "invalid", f"“{skill[:20]}”不能作为技能：最多 {MAX_SKILL} 字，不含引号和反斜线。")
    return sorted(skills)


def _known(cells: Mapping[str, str], name: str, ids: Mapping[str, str]) -> str | None:
    given = cells.get(name, "")
    if not given:
        return None
    found = ids.get(given)
    if found is None:
        raise Refusal(name, "unknown", f"没有叫“{given[:30]}”的{HEADINGS[name][0]}。")
    return found


def _grant(cells: Mapping[str, str], house: House) -> Line | None:
    desk, office = _known(cells, "desk", house.desks), _known(cells, "office", house.offices)
    valid_from, valid_to = _moment(cells, "valid_from"), _moment(cells, "valid_to")
    role = _role(cells.get("role", ""))
    if role is None:
        if desk or office or valid_from or valid_to:
            raise Refusal("role", "missing", "写了工作台、办理单位或起止日期，就要写明岗位。")
        return None
    if (office is not None) != (role in OFFICE_ROLES):
        raise Refusal("office", "mismatch", "单位经办人和承办人员要写明办理单位，其他岗位不写。")
    if valid_from and valid_to and valid_to <= valid_from:
        raise Refusal("valid_to", "order", "止要晚于起。")
    return Line(role, desk, office, valid_from, valid_to)


def _role(given: str) -> Role | None:
    if not given:
        return None
    if given in {str(Role.ADMIN), "管理员"}:
        # Whoever can edit a list of names must not thereby hand out the roster.
        raise Refusal("role", "not_by_list", "管理员不能由名单产生，请用 flask create-admin 建立。")
    if given not in ROLES:
        raise Refusal("role", "unknown", f"没有叫“{given[:20]}”的岗位。")
    return ROLES[given]


def _moment(cells: Mapping[str, str], name: str) -> datetime | None:
    given = cells.get(name, "")
    if not given:
        return None
    moment = read_moment(given, end_of_day=name == "valid_to")
    if moment is None:
        raise Refusal(name, "invalid", f"看不懂日期“{given[:30]}”，请写成 2026-08-01。")
    return moment


def _demand_agreement(row: PersonRow, same: PersonRow | None, person: PersonRow | None) -> None:
    """Refuse a row that says something else than an earlier one of the same account or the same person."""
    if person is not None and person.name != row.name:
        words = f"第 {person.line} 行的同一工号姓名是“{person.name}”，请核对工号。"
        raise Refusal("person_no", "contradiction", words)
    if same is None:
        return
    if same.username != row.username:
        raise Refusal("username", "contradiction", f"与第 {same.line} 行的账号只有大小写不同。")
    for name in ("person_id", "title", "unit", "skills"):
        mine, theirs = getattr(row, name), getattr(same, name)
        if mine is not None and theirs is not None and mine != theirs:
            shown = "person_no" if name == "person_id" else name
            words = f"与第 {same.line} 行同一账号的{HEADINGS[shown][0]}不一致。"
            raise Refusal(shown, "contradiction", words)


# ── rows against what the house has ──


def plan(row: PersonRow, house: House, listed: Mapping[str, set[str]], now: datetime) -> Plan:
    """Say what a row asks for. `listed` gives the user names that the whole list has for a person.

    Raises:
        Refusal: for what would make one account another person's, or bring back rights that somebody ended.
    """
    known = house.accounts.get(row.username)
    if known is None:
        spelling = house.spellings.get(row.username.lower())
        if spelling is not None:
            raise Refusal("username", "contradiction", f"已有账号 {spelling}，只有大小写不同。")
        _demand_own_number(row, house, listed)
        _demand_order(row.grant, now)
        return Plan(row, Outcome.NEW, creates=True, changes={}, grant=row.grant)
    _demand_same_person(row, known)
    changes = _changes(row, known)
    grant = _new_line(row.grant, known.lines, now)
    outcome = Outcome.CHANGED if changes or grant else Outcome.UNCHANGED
    return Plan(row, outcome, creates=False, changes=changes, grant=grant)


def _demand_own_number(row: PersonRow, house: House, listed: Mapping[str, set[str]]) -> None:
    """Refuse a new account whose number is another one's: one digit wrong would make two people one."""
    for username, name in house.names.get(row.person_id, {}).items():
        if name != row.name and username not in listed.get(row.person_id, set()):
            words = f"这个工号已登记给“{name}”（账号 {username}），请核对；若是改名，请把那个账号也列进名单。"
            raise Refusal("person_no", "contradiction", words)


def _demand_same_person(row: PersonRow, known: Known) -> None:
    if not known.is_staff:
        raise Refusal("username", "taken", "这个账号不是工作人员的账号。")
    if known.is_closed:
        raise Refusal("username", "closed", "这个账号已停用，请另起一个账号。")
    if known.person_id != row.person_id and not known.is_unnumbered:
        raise Refusal("person_no", "contradiction", "这个账号登记在另一个工号名下，账号不能换人。")


def _changes(row: PersonRow, known: Known) -> dict[str, Any]:
    wanted: dict[str, Any] = {"person_id": row.person_id, "name": row.name, "title": row.title, "unit": row.unit}
    wanted["skills"] = None if row.skills is None else list(row.skills)
    return {name: value for name, value in wanted.items() if value is not None and value != getattr(known, name)}


def _new_line(wanted: Line | None, lines: list[Line], now: datetime) -> Line | None:
    """Return the line to be granted, None where there is none or it is there already."""
    if wanted is None:
        return None
    same = [line for line in lines if (line.role, line.desk, line.office) == (wanted.role, wanted.desk, wanted.office)]
    if wanted.valid_from is not None:
        same = [line for line in same if line.valid_from == wanted.valid_from]
    if any(_says(line, wanted, now) for line in same):
        return None
    if any(line.valid_to is not None and line.valid_to <= now for line in same):
        words = "这条排班已经结束。若要重新上岗，请写明新的起始日期。"
        raise Refusal("valid_from", "ended", words)
    if same:
        raise Refusal("valid_to", "differs", "同一条排班的截止日期与值班表上的不同，请在值班表上修改。")
    _demand_order(wanted, now)
    return wanted


def _says(line: Line, wanted: Line, now: datetime) -> bool:
    """Tell whether the roster says already what a row wants."""
    if line.valid_to == wanted.valid_to:
        return True
    # A row without dates only wants the role to be held.
    undated = wanted.valid_from is None and wanted.valid_to is None
    return undated and (line.valid_to is None or line.valid_to > now)


def _demand_order(wanted: Line | None, now: datetime) -> None:
    if wanted and wanted.valid_to and wanted.valid_to <= (wanted.valid_from or now):
        raise Refusal("valid_to", "order", "止要晚于起；没有写起，就从现在算起。")


def note(made: Plan, house: House, now: datetime) -> None:
    """Let the house know what a plan will have done, for the rows that follow."""
    row = made.row
    known = house.accounts.get(row.username)
    if known is None:
        skills = list(row.skills or ())
        known = house.accounts[row.username] = Known(row.person_id, row.name, row.title, row.unit, skills, [])
    for name, value in made.changes.items():
        setattr(known, name, value)
    known.is_unnumbered = False
    house.spellings[row.username.lower()] = row.username
    house.names.setdefault(row.person_id, {})[row.username] = row.name
    if made.grant:
        grant = made.grant
        known.lines.append(Line(grant.role, grant.desk, grant.office, grant.valid_from or now, grant.valid_to))
