"""Which rows of a list of personnel are taken, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.newsroom.archive import staff_rules as rules
from backend.newsroom.archive.formats import Refusal, Unreadable
from backend.newsroom.archive.formats.table import read_table
from backend.newsroom.archive.report import Outcome, Report
from backend.newsroom.archive.staff_rules import House, Known, Line, PersonRow
from backend.policy import Role
from tests.support.server import ROOT

NOW = datetime(2026, 8, 2, 4, 0, tzinfo=UTC)
HEAD = "工号,姓名,账号,职务,单位,工作台,岗位,技能,起,止,办理单位\n"
PLACES: dict[str, Any] = {
    "units": {"tv": "tv", "宝山电视台": "tv"},
    "desks": {"reporters": "reporters", "采访": "reporters"},
    "offices": {"greening": "greening", "区绿化市容局": "greening"},
}


def house(*known: tuple[str, Known]) -> House:
    made = House(**PLACES)
    for username, account in known:
        made.accounts[username] = account
        made.spellings[username.lower()] = username
        made.names.setdefault(account.person_id, {})[username] = account.name
    return made


def known(**fields: Any) -> Known:
    return Known(
        **({"person_id": "no:1", "name": "甲", "title": "记者", "unit": "tv", "skills": [], "lines": []} | fields)
    )


def read(*lines: str, head: str = HEAD) -> tuple[list[PersonRow], Report]:
    report = Report()
    table = read_table((head + "\n".join(lines)).encode(), rules.HEADINGS, rules.NEEDED)
    return rules.read_people(table, house(), report), report


def problem(*lines: str) -> tuple[int, str, str]:
    _, report = read(*lines)
    (note,) = report.notes
    return note.line, note.field, note.code


def row(**fields: Any) -> PersonRow:
    given = {"line": 2, "username": "jia", "person_id": "no:1", "name": "甲", "title": None, "unit": None}
    return PersonRow(**(given | {"skills": None, "grant": None} | fields))


def asked(wanted: PersonRow, place: House, **listed: set[str]) -> rules.Plan:
    return rules.plan(wanted, place, listed, NOW)


def refused(wanted: PersonRow, place: House, **listed: set[str]) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        asked(wanted, place, **listed)
    return caught.value.field, caught.value.code


def test_a_row_is_read_with_everything_in_it() -> None:
    (found,), report = read("7,甲,jia,记者,宝山电视台,采访,记者,摄像；出镜、摄像,2026-08-01,2026-08-31,")
    assert report.notes == []
    assert (found.person_id, found.unit, found.skills) == ("no:7", "tv", ("出镜", "摄像"))
    begins = datetime(2026, 7, 31, 16, tzinfo=UTC)
    assert found.grant == Line(Role.REPORTER, "reporters", None, begins, begins + timedelta(days=31)), (
        "to its last hour"
    )


def test_a_row_may_say_very_little() -> None:
    (found,), _ = read("7,甲,jia")
    assert (found.title, found.unit, found.skills, found.grant) == (None, None, None, None)


def test_the_sample_reads_in_english_too() -> None:
    chinese = (ROOT / "demo/import/people.csv").read_text()
    english = chinese.replace(
        chinese.partition("\n")[0], "person_no,name,username,title,unit,desk,role,skills,valid_from,valid_to"
    )
    tables = [read_table(text.encode(), rules.HEADINGS, rules.NEEDED) for text in (chinese, english)]
    assert [one.cells for one in tables[0].rows] == [one.cells for one in tables[1].rows]


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        (",甲,jia", "person_no", "missing"),
        ("7,,jia", "name", "missing"),
        ("7,甲,", "username", "missing"),
        ("7 8,甲,jia", "person_no", "invalid"),
        (f"7,{'长' * 41},jia", "name", "too_long"),
        ("7,甲,贾", "username", "invalid"),
        ("7,甲,-jia", "username", "invalid"),
        ("7,甲,system.archive", "username", "reserved"),
        (f"7,甲,jia,{'长' * 41}", "title", "too_long"),
        ("7,甲,jia,,广播站", "unit", "unknown"),
        ("7,甲,jia,,,后厨,记者", "desk", "unknown"),
        ("7,甲,jia,,,,主播", "role", "unknown"),
        ("7,甲,jia,,,,admin", "role", "not_by_list"),
        ("7,甲,jia,,,,管理员", "role", "not_by_list"),
        ("7,甲,jia,,,采访,", "role", "missing"),
        ("7,甲,jia,,,,记者,,,,区绿化市容局", "office", "mismatch"),
        ("7,甲,jia,,,,承办人员", "office", "mismatch"),
        ("7,甲,jia,,,,承办人员,,,,没有的局", "office", "unknown"),
        ("7,甲,jia,,,,记者,,昨天", "valid_from", "invalid"),
        ("7,甲,jia,,,,记者,,2026-08-02,2026-08-01", "valid_to", "order"),
        (f"7,甲,jia,,,,记者,{'长' * 31}", "skills", "invalid"),
        ('7,甲,jia,,,,记者,"a""b"', "skills", "invalid"),
        (f"7,甲,jia,,,,记者,{';'.join(map(str, range(21)))}", "skills", "too_many"),
        ("7,甲,jia,,,,记者,,,,,,多出来的", "", "cells"),
    ],
)
def test_a_row_that_cannot_be_meant_names_its_line_and_field(line: str, field: str, code: str) -> None:
    assert problem(line) == (2, field, code)


@pytest.mark.parametrize(
    ("second", "field"),
    [
        ("7,乙,yi", "person_no"),
        ("8,乙,jia", "person_no"),
        ("7,甲,JIA", "username"),
        ("7,甲,jia,主任", "title"),
    ],
)
def test_a_list_does_not_contradict_itself(second: str, field: str) -> None:
    assert problem("7,甲,jia,记者", second) == (3, field, "contradiction")


def test_two_roles_are_two_rows_and_one_account() -> None:
    rows, report = read("7,甲,jia,记者,,采访,记者", "7,甲,jia,,,,责任编辑")
    assert ([one.grant and str(one.grant.role) for one in rows], report.notes) == (["reporter", "editor"], [])


def test_a_table_without_the_needed_columns_is_refused_as_a_whole() -> None:
    with pytest.raises(Unreadable):
        read("甲,jia", head="姓名,账号\n")


# ── against what the house has ──


def test_a_new_name_is_a_new_account_and_the_same_again_is_nothing() -> None:
    place, wanted = house(), row(grant=Line(Role.REPORTER, "reporters"), skills=("摄像",))
    made = asked(wanted, place)
    assert (made.outcome, made.creates, made.grant) == (Outcome.NEW, True, wanted.grant)
    rules.note(made, place, NOW)
    again = asked(wanted, place)
    assert (again.outcome, again.changes, again.grant) == (Outcome.UNCHANGED, {}, None)


def test_only_what_differs_is_changed_and_an_empty_cell_changes_nothing() -> None:
    place = house(("jia", known(title="记者", skills=["摄像"])))
    assert asked(row(name="甲甲", skills=("出镜", "摄像")), place).changes == {
        "name": "甲甲",
        "skills": ["出镜", "摄像"],
    }
    assert asked(row(), place).outcome is Outcome.UNCHANGED


def test_an_account_without_a_number_gets_one_and_keeps_it() -> None:
    place = house(("jia", known(person_id="0197", is_unnumbered=True)))
    assert asked(row(), place).changes == {"person_id": "no:1"}
    assert refused(row(person_id="no:2"), house(("jia", known()))) == ("person_no", "contradiction")


def test_an_account_of_another_kind_or_a_closed_one_is_not_touched() -> None:
    assert refused(row(), house(("jia", known(is_staff=False)))) == ("username", "taken")
    assert refused(row(), house(("jia", known(is_closed=True)))) == ("username", "closed")
    assert refused(row(), house(("JIA", known()))) == ("username", "contradiction")


def test_one_digit_wrong_does_not_make_two_people_one() -> None:
    place = house(("jia", known()))
    other = row(username="yi", name="乙")
    assert refused(other, place) == ("person_no", "contradiction")
    assert asked(row(username="jia2"), place).creates, "a second account of the same person is fine"
    renamed = {"no:1": {"jia", "yi"}}
    assert asked(other, place, **renamed).creates, "unless the list renames the first account as well"


@pytest.mark.parametrize(
    ("there", "wanted", "result"),
    [
        (Line(Role.REPORTER, None, None, NOW, None), Line(Role.REPORTER), "unchanged"),
        (Line(Role.REPORTER, None, None, NOW, NOW + timedelta(days=9)), Line(Role.REPORTER), "unchanged"),
        (Line(Role.REPORTER, None, None, NOW + timedelta(days=9), None), Line(Role.REPORTER), "unchanged"),
        (Line(Role.REPORTER, "reporters", None, NOW, None), Line(Role.REPORTER), "changed"),
        (Line(Role.EDITOR, None, None, NOW, None), Line(Role.REPORTER), "changed"),
        (Line(Role.REPORTER, None, None, NOW, None), Line(Role.REPORTER, valid_from=NOW), "unchanged"),
        (Line(Role.REPORTER, None, None, NOW, None), Line(Role.REPORTER, valid_from=NOW + timedelta(1)), "changed"),
        # Whoever ended a line meant it; an old list does not bring it back.
        (Line(Role.REPORTER, None, None, NOW - timedelta(9), NOW - timedelta(1)), Line(Role.REPORTER), "ended"),
        (
            Line(Role.REPORTER, None, None, NOW - timedelta(9), NOW - timedelta(1)),
            Line(Role.REPORTER, valid_from=NOW - timedelta(9)),
            "ended",
        ),
        (
            Line(Role.REPORTER, None, None, NOW - timedelta(9), NOW - timedelta(1)),
            Line(Role.REPORTER, valid_from=NOW - timedelta(9), valid_to=NOW - timedelta(1)),
            "unchanged",
        ),
        (Line(Role.REPORTER, None, None, NOW, None), Line(Role.REPORTER, valid_to=NOW + timedelta(9)), "differs"),
        (Line(Role.EDITOR, None, None, NOW, None), Line(Role.REPORTER, valid_to=NOW - timedelta(9)), "order"),
    ],
)
def test_a_line_of_the_roster_is_granted_once(there: Line, wanted: Line, result: str) -> None:
    place = house(("jia", known(lines=[there])))
    try:
        found = str(asked(row(grant=wanted), place).outcome)
    except Refusal as refusal:
        found = refusal.code
    assert found == result


CELLS = st.sampled_from(
    ["7", "8", "甲", "乙", "jia", "yi", "记者", "责任编辑", "tv", "采访", "", "2026-08-01", "摄像;航拍"]
)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=10), max_size=8))
def test_whatever_the_list_says_a_second_reading_changes_nothing(lines: list[list[str]]) -> None:
    rows, _ = read(*(",".join(cells) for cells in lines))
    listed: dict[str, set[str]] = {}
    for one in rows:
        listed.setdefault(one.person_id, set()).add(one.username)
    place = house(("yi", known(person_id="no:8", name="乙")))
    for later in (False, True):
        for one in rows:
            try:
                made = rules.plan(one, place, listed, NOW)
            except Refusal:
                continue
            assert not later or made.outcome is Outcome.UNCHANGED
            rules.note(made, place, NOW)
