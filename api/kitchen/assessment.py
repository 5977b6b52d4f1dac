"""Assessment: periods with their rows, appeals, rule sets and their trials, and what is said of a story by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response

from api.edge import Answer, Read, Write, blueprint, route
from api.kitchen import command
from api.schemas import PageQuery, page_of
from backend.forms import Choice, Id
from backend.oversight.assessment import appeals, decisions, exports, marks, periods, queries, rule_sets
from backend.oversight.assessment.rows import RULES
from backend.oversight.assessment.rules import APPEAL
from backend.oversight.assessment.schemas import (
    AccountSchema,
    AppealForm,
    AppealSchema,
    AssessedDesksSchema,
    DismissForm,
    FigureSchema,
    GradeForm,
    MarksSchema,
    PeriodForm,
    PeriodSchema,
    PickupForm,
    RuleSetForm,
    RuleSetPatch,
    RuleSetSchema,
    ScoreRowSchema,
    TotalsSchema,
    TrialForm,
    TrialSchema,
    UpholdForm,
)
from backend.paging import Page

blp = blueprint("assessment", "考核 Periods, rows, appeals and rule sets")
_BASE = "/kitchen/assessment"
_PERIOD = f"{_BASE}/periods/<id:period_id>"
_APPEAL = f"{_BASE}/appeals/<id:appeal_id>"
_RULES = f"{_BASE}/rule-sets/<id:rule_set_id>"
_STORY = "/kitchen/stories/<id:story_id>"
_CSV, _XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class RowsQuery(PageQuery):
    """Which rows; one's own unless one sees all."""

    person = Id()
    story = Id()
    rule = Choice(list(RULES))


class AppealsQuery(PageQuery):
    """Which appeals."""

    state = Choice(list(APPEAL.states))


def _page(query: dict[str, Any]) -> Page:
    return Page(query.get("cursor"), query["limit"])


# ── periods ──


@route(
    blp,
    f"GET {_BASE}/periods",
    needs="assessment.read",
    query=PageQuery,
    returns=page_of(PeriodSchema, "AssessmentPeriodPage"),
)
def list_periods(call: Read, query: dict[str, Any]) -> Any:
    """考核周期 Periods, the latest first."""
    return queries.list_periods(call.session, _page(query))


@command(blp, f"POST {_BASE}/periods", needs="assessment.manage", body=PeriodForm, returns=PeriodSchema, status=201)
def open_period(call: Write, form: dict[str, Any]) -> Answer:
    """开始考核周期 Open a period of whole days under the rules in force."""
    row = periods.open_period(call.unit, form)
    body = queries.present_period(call.session, row.id)
    return Answer(body, location=f"/api/v1{_BASE}/periods/{row.id}")


@route(blp, f"GET {_PERIOD}", needs="assessment.read", returns=PeriodSchema)
def get_period(call: Read, period_id: str) -> Any:
    """一个考核周期 One period: where it stands, and the hash of its rows."""
    return queries.present_period(call.session, period_id)


@command(blp, f"POST {_PERIOD}/compute", needs="assessment.manage", returns=PeriodSchema, status=202)
def compute_period(call: Write, period_id: str) -> Any:
    """计算 Have a period computed from the log; it is `computing` until that is done."""
    periods.compute_period(call.unit, period_id)
    return queries.present_period(call.session, period_id)


@command(blp, f"POST {_PERIOD}/publish", needs="assessment.manage", returns=PeriodSchema)
def publish_period(call: Write, period_id: str) -> Any:
    """公示 Show a computed period to those it is about."""
    periods.publish_period(call.unit, period_id)
    return queries.present_period(call.session, period_id)


@command(blp, f"POST {_PERIOD}/seal", needs="assessment.manage", returns=PeriodSchema)
def seal_period(call: Write, period_id: str) -> Any:
    """封账 Seal a period once its public days are over and its appeals are decided."""
    periods.seal_period(call.unit, period_id)
    return queries.present_period(call.session, period_id)


@route(
    blp,
    f"GET {_PERIOD}/rows",
    needs="assessment.read",
    query=RowsQuery,
    returns=page_of(ScoreRowSchema, "ScoreRowPage"),
)
def list_rows(call: Read, period_id: str, query: dict[str, Any]) -> Any:
    """考核明细 Rows of a period: one's own, or everybody's for who sees all."""
    which = {name: query.get(name) for name in ("person", "story", "rule")}
    after = queries.read_number(query.get("cursor"))
    return queries.list_rows(call.session, call.actor, period_id, **which, after=after, limit=query["limit"])


@route(blp, f"GET {_PERIOD}/totals", needs="assessment.read", returns=TotalsSchema)
def list_totals(call: Read, period_id: str) -> Any:
    """考核总分 The total of each person that one may see."""
    return queries.list_totals(call.session, call.actor, period_id)


@route(
    blp,
    f"GET {_PERIOD}/people/<id:person>",
    needs="assessment.read",
    query=PageQuery,
    returns=AccountSchema,
)
def get_account(call: Read, period_id: str, person: str, query: dict[str, Any]) -> Any:
    """个人账目 One person's account with its rows; another's is 404 for who does not see all."""
    after = queries.read_number(query.get("cursor"))
    return queries.present_account(call.session, call.actor, period_id, person, after=after, limit=query["limit"])


@route(blp, f"GET {_PERIOD}/desks", needs="assessment.read", returns=AssessedDesksSchema)
def list_desks(call: Read, period_id: str) -> Any:
    """工作台指标 Each desk's total and figures, with what they were divided from."""
    return queries.list_desks(call.session, call.actor, period_id)


@route(blp, f"GET {_PERIOD}/desks/<id:desk>/figures/<id:name>", needs="assessment.read", returns=FigureSchema)
def get_figure(call: Read, period_id: str, desk: str, name: str) -> Any:
    """一项指标 One figure with the events behind it."""
    return queries.access_figure(call.session, call.actor, period_id, desk, name)


@route(blp, f"GET {_PERIOD}/export.csv", needs="assessment.read", sends=[_CSV])
def export_csv(call: Read, period_id: str) -> Response:
    """导出 CSV The rows that one may see, as a table."""
    table = exports.as_csv(queries.visible_rows(call.session, call.actor, period_id))
    return _file(table, f"{_CSV}; charset=utf-8", f"assessment-{period_id}.csv")


@route(blp, f"GET {_PERIOD}/export.xlsx", needs="assessment.read", sends=[_XLSX])
def export_xlsx(call: Read, period_id: str) -> Response:
    """导出 Excel The rows that one may see, and their totals, as a workbook."""
    name = queries.access_period(call.session, period_id).name
    totals = queries.list_totals(call.session, call.actor, period_id)["items"]
    book = exports.as_xlsx(queries.visible_rows(call.session, call.actor, period_id), totals, name)
    return _file(book, _XLSX, f"assessment-{period_id}.xlsx")


def _file(content: str | bytes, mime: str, name: str) -> Response:
    made = Response(content, content_type=mime)
    made.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return made


# ── appeals ──


@route(
    blp,
    f"GET {_PERIOD}/appeals",
    needs="assessment.read",
    query=AppealsQuery,
    returns=page_of(AppealSchema, "AppealPage"),
)
def list_appeals(call: Read, period_id: str, query: dict[str, Any]) -> Any:
    """申诉列表 Appeals of a period: one's own, or everybody's for who sees all."""
    return decisions.list_appeals(call.session, call.actor, period_id, query.get("state"), _page(query))


@command(blp, f"POST {_PERIOD}/appeals", needs="assessment.appeal", body=AppealForm, returns=AppealSchema, status=201)
def file_appeal(call: Write, period_id: str, form: dict[str, Any]) -> Answer:
    """申诉 Appeal against one's own account, or one row of it."""
    row = appeals.file_appeal(call.unit, period_id, form["text"], form.get("row"))
    body = decisions.access_appeal(call.session, call.actor, row.id)
    return Answer(body, location=f"/api/v1{_BASE}/appeals/{row.id}")


@route(blp, f"GET {_APPEAL}", needs="assessment.read", returns=AppealSchema)
def get_appeal(call: Read, appeal_id: str) -> Any:
    """一件申诉 One appeal."""
    return decisions.access_appeal(call.session, call.actor, appeal_id)


@command(blp, f"POST {_APPEAL}/uphold", needs="assessment.decide", body=UpholdForm, returns=AppealSchema)
def uphold_appeal(call: Write, appeal_id: str, form: dict[str, Any]) -> Any:
    """支持申诉 Grant an appeal: an adjustment is added, and no row is changed."""
    appeals.uphold_appeal(call.unit, appeal_id, Decimal(form["amount"]), form["reason"])
    return decisions.access_appeal(call.session, call.actor, appeal_id)


@command(blp, f"POST {_APPEAL}/dismiss", needs="assessment.decide", body=DismissForm, returns=AppealSchema)
def dismiss_appeal(call: Write, appeal_id: str, form: dict[str, Any]) -> Any:
    """驳回申诉 Turn an appeal down."""
    appeals.dismiss_appeal(call.unit, appeal_id, form["reason"])
    return decisions.access_appeal(call.session, call.actor, appeal_id)


# ── rule sets ──


@route(
    blp,
    f"GET {_BASE}/rule-sets",
    needs="assessment.read",
    query=PageQuery,
    returns=page_of(RuleSetSchema, "RuleSetPage"),
)
def list_rule_sets(call: Read, query: dict[str, Any]) -> Any:
    """考核规则 Rule sets, those changed last first."""
    return decisions.list_rule_sets(call.session, _page(query))


@command(blp, f"POST {_BASE}/rule-sets", needs="assessment.manage", body=RuleSetForm, returns=RuleSetSchema, status=201)
def draft_rule_set(call: Write, form: dict[str, Any]) -> Answer:
    """起草规则 Draft a rule set, from the one in force."""
    row = rule_sets.draft_rule_set(call.unit, form["note"], form.get("values"))
    body = decisions.present_rule_set(call.session, row.id)
    return Answer(body, location=f"/api/v1{_BASE}/rule-sets/{row.id}")


@route(blp, f"GET {_RULES}", needs="assessment.read", returns=RuleSetSchema)
def get_rule_set(call: Read, rule_set_id: str) -> Any:
    """一版规则 One rule set with all its numbers."""
    return decisions.present_rule_set(call.session, rule_set_id)


@command(blp, f"PATCH {_RULES}", needs="assessment.manage", body=RuleSetPatch, returns=RuleSetSchema, edits=True)
def edit_rule_set(call: Write, rule_set_id: str, form: dict[str, Any]) -> Any:
    """修改规则草稿 Change a draft; what was tried before does not count for it."""
    rule_sets.edit_rule_set(call.unit, rule_set_id, form, call.if_match)
    return decisions.present_rule_set(call.session, rule_set_id)


@command(blp, f"POST {_RULES}/trial", needs="assessment.manage", body=TrialForm, returns=TrialSchema, status=202)
def begin_trial(call: Write, rule_set_id: str, form: dict[str, Any]) -> Answer:
    """试算 Try a draft on a period: who would gain, and who would lose."""
    trial = rule_sets.begin_trial(call.unit, rule_set_id, form["period"])
    body = decisions.access_trial(call.session, call.actor, trial.id)
    return Answer(body, location=f"/api/v1{_BASE}/trials/{trial.id}")


@route(blp, f"GET {_BASE}/trials/<id:trial_id>", needs="assessment.read_all", returns=TrialSchema)
def get_trial(call: Read, trial_id: str) -> Any:
    """一次试算 One trial run."""
    return decisions.access_trial(call.session, call.actor, trial_id)


@command(blp, f"POST {_RULES}/adopt", needs="assessment.adopt", returns=RuleSetSchema)
def adopt_rule_set(call: Write, rule_set_id: str) -> Any:
    """采用规则 Adopt a draft for the periods that are opened from now on; another person than drafted it."""
    rule_sets.adopt_rule_set(call.unit, rule_set_id)
    return decisions.present_rule_set(call.session, rule_set_id)


@command(blp, f"POST {_RULES}/discard", needs="assessment.manage", returns=RuleSetSchema)
def discard_rule_set(call: Write, rule_set_id: str) -> Any:
    """放弃规则草稿 Give a draft up."""
    rule_sets.discard_rule_set(call.unit, rule_set_id)
    return decisions.present_rule_set(call.session, rule_set_id)


# ── what is said of a story by hand ──


@route(blp, f"GET {_STORY}/marks", needs="story.read", returns=MarksSchema)
def get_marks(call: Read, story_id: str) -> Any:
    """定级与转载 The grades that a story was given by hand, and who took it over."""
    return decisions.present_marks(call.session, call.actor, story_id)


@command(blp, f"POST {_STORY}/grade", needs="story.grade", body=GradeForm, returns=MarksSchema)
def grade_story(call: Write, story_id: str, form: dict[str, Any]) -> Any:
    """手工定级 Grade a story by hand, with a reason."""
    marks.grade_story(call.unit, story_id, form["grade"], form.get("story_type"), form["reason"])
    return decisions.present_marks(call.session, call.actor, story_id)


@command(blp, f"POST {_STORY}/pickups", needs="pickup.enter", body=PickupForm, returns=MarksSchema)
def note_pickup(call: Write, story_id: str, form: dict[str, Any]) -> Any:
    """登记转载 Write down that a medium of a higher level took a story over."""
    marks.note_pickup(call.unit, story_id, form["level"], form["outlet"], form["url"])
    return decisions.present_marks(call.session, call.actor, story_id)
