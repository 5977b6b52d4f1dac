"""The formula of the assessment, and the fold of events into rows: all that needs no server."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from backend.oversight.assessment import exports, formula
from backend.oversight.assessment.facts import fold
from backend.oversight.assessment.figures import figures
from backend.oversight.assessment.rows import Row, Window, result_hash, totals
from backend.oversight.assessment.rule_sets import compare
from backend.oversight.assessment.ruleset import FIRST, RuleSet
from backend.oversight.assessment.scoring import score
from backend.oversight.assessment.things import Facts, Told
from backend.oversight.assessment.values import RuleValuesForm

RULES = RuleSet(1, FIRST)
START = datetime(2026, 8, 3, 1, tzinfo=UTC)
ALWAYS = Window(START - timedelta(days=9), START + timedelta(days=99))
CHECKERS = {"P1": "ed", "R1": "ed", "P2": "head", "R2": "head", "P3": "chief", "R3": "chief"}
LONG = {"chars": 800, "images": 1, "videos": 0, "audios": 0}


class Log:
    """A log made up by hand; each event is a minute after the one before, unless it is put elsewhere."""

    def __init__(self) -> None:
        self.facts, self.at = Facts(), START
        self._seqs = itertools.count(1)
        self.events: list[Told] = []

    def add(self, type: str, thing: str, by: str = "system", minutes: float = 1, **data: Any) -> Told:
        self.at += timedelta(minutes=minutes)
        event = Told(next(self._seqs), self.at, by, thing, type, data)
        self.events.append(event)
        fold(self.facts, event)
        return event

    def story(self, story: str = "s", *, grade: str | None = None, lane: str = "normal", **told: Any) -> None:
        """A story that goes through its examination and is out in the app."""
        credits = {"shares": [["ann", 60], ["bob", 40]], "form": LONG, "assignment": None, "line": None, "desk": None}
        credits |= told
        exam = {"about": "story", "story": story, "lane": lane}
        if lane == "fast":
            self.add("exam.signed", f"e-{story}", "chief", **exam)
            self.add("story.published", story, **credits)
            self.receipt(story)
            return
        self.add("exam.step_open", f"e-{story}", step="P1")
        self.add("exam.submitted", f"e-{story}", "ann", hash="h", **exam)
        for step, who in CHECKERS.items():
            self.passes(step, who, story=story, grade=grade if step == "R2" else None)
        self.add("exam.signed", f"e-{story}", "chief", **exam)
        self.add("story.published", story, **credits)
        self.receipt(story)

    def passes(
        self, step: str, who: str, *, story: str = "s", lane: str = "normal", minutes: float = 5, **told: Any
    ) -> None:
        self.add("exam.step_open", f"e-{story}", step=step, minutes=0)
        data = {"chars": 800, "read_ms": 60_000, "fixes": 0, "about": "story", "story": story, "lane": lane}
        self.add("exam.passed", f"e-{story}", who, minutes, step=step, **data | told)

    def receipt(self, story: str = "s", kind: str = "article", medium: str = "app", transform: Any = None) -> None:
        told = {"kind": kind, "medium": medium, "transform": transform, "channel": medium, "action": "create"}
        self.add("publication.receipted", f"p-{kind}", story=story, **told)

    def case(self, severity: str = "S3", story: str = "s", by: str = "mon", *, found: bool = True, **more: Any) -> None:
        told = {"story": story, "severity": severity, "found_by_other": found, "is_error": True, "cause_step": None}
        self.add("case.opened", f"c-{story}", by, **told | more)
        self.add("case.signed", f"c-{story}", "chief", **told | more)

    def rows(self, rules: RuleSet = RULES, window: Window = ALWAYS) -> list[Row]:
        return score(self.facts, rules, window)

    def of(self, person: str, *rules: str, **which: Any) -> list[str]:
        found = [row for row in self.rows(**which) if row.person == person and (not rules or row.rule in rules)]
        return [str(row.amount) for row in found]


@pytest.fixture
def log() -> Log:
    return Log()


def example() -> Log:
    made = Log()
    due = (START + timedelta(hours=5)).isoformat()
    task = {"due": due, "reporters": [], "emergency": False, "desk": "reporters"}
    made.add("assignment.dispatched", "t", **task)
    made.add("assignment.filed", "t", **task)
    made.story(grade="A", assignment="t", desk="reporters")
    made.receipt(kind="wechat_article", medium="wechat", transform="edited")
    made.receipt(kind="weibo_post", medium="weibo", transform="mechanical")
    made.add("score.reach_frozen", "s", V="4000.000", channels={"weibo": [400, "100"]})
    made.case()
    return made


def test_a1_the_example_of_the_page() -> None:
    log = example()
    mine = {row.rule: str(row.amount) for row in log.rows() if row.person == "ann"}
    assert mine == {
        "multi": "6.102",
        "time": "0.540",
        "mobile": "0.600",
        "reach": "2.903",
        "penalty_author": "-0.480",
    }
    assert totals(log.rows())["ann"] == Decimal("9.665")
    assert totals(log.rows())["bob"] == sum(row.amount for row in log.rows() if row.person == "bob")


def test_the_parts_of_the_formula_are_those_of_the_page() -> None:
    worth = formula.out("text", "A", RULES)
    assert worth == 9
    assert formula.multi(worth, 1, 1, RULES) == Decimal("10.170")
    assert formula.multi(worth, 4, 4, RULES) == worth * Decimal("1.40")
    assert formula.rounded(formula.reach(Decimal(4000), RULES)) == Decimal("4.838")
    assert formula.reach(Decimal(10) ** 9, RULES) == 12
    assert formula.reach(Decimal(0), RULES) == 0
    assert formula.reach_v({"a": [400, "100"], "b": [300, "150"]}, RULES) == 3000
    # A channel where nothing is usual yet says nothing.
    assert formula.reach_v({"a": [400, "100"], "b": [300, "0"]}, RULES) == 4000
    assert formula.reach_v({}, RULES) == 0


@pytest.mark.parametrize(
    ("late_minutes", "part"),
    [(-5, "0.10"), (0, "0.10"), (0.1, "-0.05"), (30, "-0.05"), (30.1, "-0.10"), (90, "-0.15"), (600, "-0.30")],
)
def test_each_started_half_hour_counts(late_minutes: float, part: str) -> None:
    assert formula.time(Decimal(10), timedelta(minutes=late_minutes), RULES) == 10 * Decimal(part)


@pytest.mark.parametrize(
    ("form", "line", "type"),
    [
        ({"chars": 199}, None, "brief"),
        ({"chars": 200}, "text", "text"),
        ({"chars": 3000}, None, "in_depth"),
        ({"chars": 300, "images": 4}, "photo", "photo_set"),
        ({"chars": 900, "images": 4}, None, "text"),
        ({"chars": 900, "videos": 1}, "video", "short_video"),
        ({"chars": 10, "videos": 1}, "live", "live"),
    ],
)
def test_a_story_is_of_a_type_by_what_it_shows(form: dict[str, int], line: str | None, type: str) -> None:
    counted = {"images": 0, "videos": 0, "audios": 0} | form
    assert formula.type_of(counted, line, RULES) == type


@pytest.mark.parametrize(("amount", "rounded"), [("0.0005", "0.000"), ("0.0015", "0.002"), ("-0.0025", "-0.002")])
def test_amounts_are_rounded_half_even(amount: str, rounded: str) -> None:
    assert formula.rounded(Decimal(amount)) == Decimal(rounded)


@given(st.integers(-(10**9), 10**9))
def test_an_amount_is_the_same_stored_and_shown(thousandths: int) -> None:
    amount = Decimal(thousandths).scaleb(-3)
    assert formula.points(formula.thousandths(amount)) == str(amount.quantize(Decimal("0.001")))


def test_nothing_costs_no_sign() -> None:
    rules = RuleSet(1, FIRST | {"penalty": FIRST["penalty"] | {"authors": "0"}})
    assert (
        formula.points(formula.thousandths(formula.penalty("S1", Decimal(0), 100, self_reported=False, rules=rules)))
        == "0.000"
    )


# ── checkers ──


def test_a_pass_counts_within_its_time_and_reading_speed(log: Log) -> None:
    log.story()
    assert log.of("head", "pass_review") == ["0.500"]
    # 0.2 per thousand characters.
    assert log.of("head", "pass_proof") == ["0.160"]
    late, fast, silent = Log(), Log(), Log()
    late.passes("R1", "ed", minutes=31)
    fast.passes("R1", "ed", read_ms=47_999)
    silent.passes("R1", "ed", read_ms=None)
    for each in (late, fast, silent):
        assert each.of("ed", "pass_review") == ["0.000"]
    assert fast.rows()[0].inputs["read_too_fast"] is True


def test_a_step_is_paid_once_an_examination(log: Log) -> None:
    log.passes("P1", "ed")
    log.add("exam.voided", "e-s", about="story", story="s", lane="normal")
    log.passes("P1", "ed")
    log.passes("P1", "proof")
    assert len(log.of("ed", "pass_proof")) == len(log.of("proof", "pass_proof")) == 1


def test_findings_count_up_to_three_points_an_item(log: Log) -> None:
    log.passes("P1", "ed", fixes=4)
    log.passes("P2", "ed", fixes=4)
    assert log.of("ed", "finding") == ["2.000", "1.000"]


def test_what_was_sent_back_counts_once_it_came_again_with_other_words(log: Log) -> None:
    exam = {"about": "story", "story": "s", "lane": "normal"}
    log.add("exam.submitted", "e-s", "ann", hash="one", **exam)
    log.add("exam.returned", "e-s", "ed", hash="one", step="P1", category="fact", **exam)
    assert log.of("ed", "finding") == []
    log.add("exam.submitted", "e-s", "ann", hash="one", **exam)
    assert log.of("ed", "finding") == []
    log.add("exam.returned", "e-s", "ed", hash="one", step="P1", category="fact", **exam)
    log.add("exam.submitted", "e-s", "ann", hash="two", **exam)
    assert log.of("ed", "finding") == ["0.500"]


# ── errors ──


def test_an_error_costs_its_authors_and_each_step_that_passed_it(log: Log) -> None:
    log.story()
    log.case("S1")
    assert log.of("ann", "penalty_author") == ["-4.800"]
    assert log.of("bob", "penalty_author") == ["-3.200"]
    assert log.of("chief", "penalty_check") == ["-2.000", "-2.000"]
    assert sum(row.amount for row in log.rows() if row.rule.startswith("penalty")) == -20


def test_who_reports_their_own_error_first_bears_half_of_their_part(log: Log) -> None:
    log.story()
    log.case("S2", by="ann", found=False)
    assert log.of("ann", "penalty_author") == ["-0.960"]
    assert log.of("bob", "penalty_author") == ["-1.280"]
    named = Log()
    named.story()
    named.case("S2", by="ann", found=True)
    assert named.of("ann", "penalty_author") == ["-1.920"]


def test_in_the_fast_lane_the_signer_takes_the_shares_of_undone_steps(log: Log) -> None:
    log.story(lane="fast")
    log.passes("P1", "proof", lane="fast")
    log.case("S2")
    assert log.of("proof", "penalty_check") == ["-0.800"]
    assert log.of("chief", "penalty_check") == ["-0.800"] * 5
    undone = [row.inputs["step"] for row in log.rows() if row.rule == "penalty_check" and row.inputs["undone"]]
    assert sorted(undone) == ["P2", "P3", "R1", "R2"]


def test_what_the_review_afterwards_found_counts_once_its_correction_is_signed(log: Log) -> None:
    log.story(lane="fast")
    log.add("exam.returned", "e-s", "ed", hash="h", step="R1", category="fact", about="story", story="s", lane="fast")
    assert log.of("ed", "finding") == []
    log.case("S3", by="ed")
    assert log.of("ed", "finding") == ["0.500"]
    assert log.of("ed", "penalty_check") == []


def test_a_case_that_came_to_nothing_or_is_no_error_costs_nobody(log: Log) -> None:
    log.story()
    told = {"story": "s", "severity": "S1", "found_by_other": True, "is_error": True, "cause_step": None}
    log.add("case.opened", "c", "mon", **told)
    log.add("case.dismissed", "c", "chief", **told)
    log.case("S1", is_error=False)
    assert [row for row in log.rows() if row.rule.startswith("penalty")] == []


# ── the rest ──


def test_only_the_highest_level_that_took_a_piece_over_is_paid(log: Log) -> None:
    log.story()
    for level, pickup in (("district", "1"), ("city", "2"), ("city", "3"), ("national", "4"), ("city", "5")):
        log.add("story.picked_up", "s", level=level, pickup=pickup)
    assert sorted(log.of("ann", "pickup")) == ["1.800", "4.200"]
    assert sum(row.amount for row in log.rows() if row.rule == "pickup") == 10


def test_leads_shifts_and_arrivals(log: Log) -> None:
    log.add("lead.converted", "l", "ed", reported_by="cat", topic="t")
    log.add("duty.shift_ended", "d", "dan", account="dan")
    task = {"due": START.isoformat(), "emergency": True, "desk": "reporters"}
    crew = [{"id": "ann", "share": 50}, {"id": "bob", "share": 50}]
    log.add("assignment.dispatched", "t", reporters=crew, **task)
    log.add("assignment.on_site", "t", "ann", 30, reporters=crew, **task)
    log.add("assignment.dispatched", "u", reporters=crew, **task)
    log.add("assignment.on_site", "u", "ann", 31, reporters=crew, **task)
    assert log.of("cat") == ["1.000"]
    assert log.of("dan") == ["4.000"]
    assert log.of("ann") == log.of("bob") == ["1.500"]


def test_a_grade_by_hand_stands_over_that_of_a_review(log: Log) -> None:
    log.story(grade="B")
    assert log.of("ann", "multi") == ["4.320"]
    log.add("story.graded", "s", "head2", grade="A", story_type="in_depth")
    assert log.of("ann", "multi") == ["18.000"]
    log.passes("R2", "head", grade="D")
    assert log.of("ann", "multi") == ["18.000"]


def test_two_accounts_of_one_person_are_one(log: Log) -> None:
    log.add("account.created", "bob", first="ann", kind="staff")
    log.story()
    assert log.of("ann", "multi") == ["6.000"]
    assert log.of("bob") == []


def test_events_of_before_history_told_enough_say_nothing(log: Log) -> None:
    log.add("exam.step_open", "e", step="P1", round=1)
    for verb, told in (("submitted", {}), ("passed", {"step": "P1"}), ("returned", {"step": "P1"}), ("voided", {})):
        log.add(f"exam.{verb}", "e", "ed", hash="h", state="open", **told)
    log.add("exam.signed", "e", "chief", text_hash="h", target="s", lane="normal")
    log.add("story.published", "s", hash="h", state="live", signer="chief")
    log.add("publication.receipted", "p", story="s", channel="app", action="create", external_id="1")
    log.add("case.opened", "c", "mon", story="s", kind="correction", severity="S2", state="open")
    log.add("case.signed", "c", "chief", story="s", state="signed")
    log.add("lead.converted", "l", "ed", state="converted", topic="t")
    assert log.rows() == []


def test_each_row_is_of_the_period_in_which_it_came_about() -> None:
    log = example()
    split = log.events[-3].at
    before, after = Window(ALWAYS.start, split), Window(split, ALWAYS.end)
    halves = [log.rows(window=window) for window in (before, after)]
    assert sorted(map(str, halves[0] + halves[1])) == sorted(map(str, log.rows()))
    assert {row.rule for row in halves[1] if row.person == "ann"} == {"reach", "penalty_author"}


def test_the_same_log_gives_the_same_hash_and_other_rules_another() -> None:
    one, two = example().rows(), example().rows()
    assert result_hash(row.as_data() for row in one) == result_hash(row.as_data() for row in two)
    values = deepcopy(FIRST)
    values["base"]["text"] = "7"
    other = example().rows(RuleSet(2, values))
    assert result_hash(row.as_data() for row in other) != result_hash(row.as_data() for row in one)
    written = [row.as_data() for row in one]
    assert result_hash(json.loads(json.dumps(written))) == result_hash(written)


shares = st.lists(st.integers(1, 100), min_size=1, max_size=8)


@given(shares, st.sampled_from("ABCD"), st.integers(0, 5000), st.sampled_from(["S1", "S2", "S3"]))
def test_shares_add_up_to_the_whole_but_for_rounding(parts: list[int], grade: str, chars: int, severity: str) -> None:
    whole = sum(parts)
    per_cent = [part * 100 // whole for part in parts]
    per_cent[0] += 100 - sum(per_cent)
    log = Log()
    given = [[f"u{number}", share] for number, share in enumerate(per_cent)]
    log.story(grade=grade, shares=given, form=LONG | {"chars": chars})
    log.case(severity)
    rows = log.rows()
    kind = formula.type_of(LONG | {"chars": chars}, None, RULES)
    whole_out = formula.out(kind, grade, RULES)
    assert abs(sum(row.amount for row in rows if row.rule == "multi") - whole_out) <= Decimal("0.0005") * len(parts)
    assert all(row.amount == formula.rounded(row.amount) for row in rows)
    assert sum(totals(rows).values()) == sum(row.amount for row in rows)
    assert len({row.key for row in rows}) == len(rows)


def test_the_figures_of_desks() -> None:
    log = example()
    log.add("case.done", "c-s", is_error=True, severity="S3", found_by_other=True, cause_step=None)
    found = {(one.desk, one.name): (one.numerator, one.denominator) for one in figures(log.facts, RULES, ALWAYS)}
    assert found["reporters", "on_time"] == (1, 1)
    assert found["all", "first_on_mobile"] == (1, 1)
    assert found["reporters", "edited_share"] == (1, 2)
    assert found["all", "error_escape"] == (1, 1)
    assert found["all", "correction_latency"] == (120, 1)
    assert found["all", "return_rate"] == (0, 1)


def test_a_trial_says_who_gains_and_who_loses() -> None:
    old = {"ann": Decimal("10.000"), "bob": Decimal("8.000"), "cat": Decimal("8.000")}
    lines = compare(old, old | {"bob": Decimal("11.000"), "ann": Decimal("9.500"), "dan": Decimal("1.000")})
    assert [(line["person"], line["difference"]) for line in lines] == [
        ("bob", "3.000"),
        ("dan", "1.000"),
        ("cat", "0.000"),
        ("ann", "-0.500"),
    ]
    assert [(line["old_rank"], line["new_rank"]) for line in lines] == [(2, 1), (4, 4), (2, 3), (1, 2)]


# ── rules as data ──


def changed(path: Iterable[str], value: Any) -> dict[str, Any]:
    values = deepcopy(FIRST)
    *way, last = path
    at: Any = values
    for name in way:
        at = at[name]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return values


def test_the_first_rule_set_fits_its_own_form() -> None:
    assert RuleValuesForm().load(FIRST) == FIRST


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("base", "text"), None),
        (("base", "text"), 6),
        (("base", "podcast"), "6"),
        (("base", "text"), "-1"),
        (("grade", "A"), "1.2345"),
        (("kinds", "edited"), "1.5"),
        (("reach", "divisor"), "0.00"),
        (("penalty", "severity", "S4"), "1"),
        (("checker", "sla_minutes", "P1"), 0),
        (("mobile", "media"), ["paper"]),
        (("public_days",), 0),
        (("usual_grade",), "E"),
    ],
)
def test_a_rule_set_with_a_hole_or_a_wrong_number_is_refused(path: tuple[str, ...], value: Any) -> None:
    with pytest.raises(ValidationError):
        RuleValuesForm().load(changed(path, value))


@pytest.mark.parametrize("text", ["=1+1", "+86 21", "-2", "@SUM(A1)", "\t=1", " =HYPERLINK(1)"])
def test_nothing_that_somebody_wrote_is_a_formula(text: str) -> None:
    assert exports.harmless(text) == f"'{text}"
    assert exports.harmless(f"标题{text}") == f"标题{text}"
