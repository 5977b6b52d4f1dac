"""States of rule sets, periods and appeals with what must hold for each step. No database."""

from __future__ import annotations

from dataclasses import dataclass

from backend.errors import Code
from backend.newsroom.machine import Guard, Machine, Way


@dataclass(frozen=True, slots=True)
class RuleSetFacts:
    """What the guards of a rule set look at."""

    tried: bool = False
    editor_adopts: bool = False


TRIED = Guard[RuleSetFacts](
    "tried", lambda f: f.tried, "这一稿规则还没有试算，或试算以后又改过。", "先用一个周期试算当前内容，看清谁增谁减"
)
SECOND_PERSON = Guard[RuleSetFacts](
    "adopter_is_not_drafter",
    lambda f: not f.editor_adopts,
    "起草或修改过这一稿规则的人不能采用它。",
    "请另一位同事采用",
    Code.SAME_PERSON,
)
RULE_SET: Machine[RuleSetFacts] = Machine(
    name="rule_set",
    noun="考核规则",
    states={"draft": "起草中", "adopted": "已采用", "discarded": "已放弃"},
    start=("draft",),
    ways=(
        Way("edit", ("draft",), None, "assessment.manage", "修改"),
        Way("trial", ("draft",), None, "assessment.manage", "试算"),
        Way("adopt", ("draft",), "adopted", "assessment.adopt", "采用", (TRIED, SECOND_PERSON)),
        Way("discard", ("draft",), "discarded", "assessment.manage", "放弃"),
    ),
    ends=("discarded",),
)


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """What the guards of a period look at."""

    computed_after_end: bool = False
    public_days_over: bool = False
    open_appeals: int = 0
    overlaps: bool = False


NO_OVERLAP = Guard[PeriodFacts](
    "no_overlap", lambda f: not f.overlaps, "这些日子里有一部分已经属于别的考核周期。", "选没有考核过的日期"
)
PERIOD_OVER = Guard[PeriodFacts](
    "computed_after_end",
    lambda f: f.computed_after_end,
    "周期还没有结束，或是在结束以前算的，不能公示。",
    "等周期结束后重新计算",
)
PUBLIC_DAYS = Guard[PeriodFacts](
    "public_days_over", lambda f: f.public_days_over, "公示期还没有满。", "等公示期满再封账"
)
NO_APPEALS = Guard[PeriodFacts](
    "no_open_appeals", lambda f: not f.open_appeals, "还有申诉没有处理。", "逐件处理完申诉再封账"
)
PERIOD: Machine[PeriodFacts] = Machine(
    name="assessment_period",
    noun="考核周期",
    states={
        "open": "进行中",
        "computing": "计算中",
        "computed": "已计算",
        "published": "公示中",
        "appeals": "处理申诉",
        "sealed": "已封账",
    },
    start=("open",),
    ways=(
        Way("compute", ("open", "computing", "computed"), "computing", "assessment.manage", "计算"),
        Way("finish", ("computing",), "computed", None, "计算完成"),
        Way("publish", ("computed",), "published", "assessment.manage", "公示", (PERIOD_OVER,)),
        Way("end_public", ("published",), "appeals", None, "公示期满"),
        Way("appeal", ("published", "appeals"), None, "assessment.appeal", "申诉"),
        Way("adjust", ("published", "appeals"), None, "assessment.decide", "调整"),
        Way("seal", ("published", "appeals"), "sealed", "assessment.manage", "封账", (PUBLIC_DAYS, NO_APPEALS)),
    ),
    ends=("sealed",),
)


@dataclass(frozen=True, slots=True)
class AppealFacts:
    """What the guards of an appeal look at; all of them are persons, not accounts."""

    decider: str = ""
    assessed: str = ""
    assessors: frozenset[str] = frozenset()


NOT_ASSESSED = Guard[AppealFacts](
    "decider_is_not_assessed",
    lambda f: f.decider != f.assessed,
    "不能处理自己的申诉。",
    "请另一位同事处理",
    Code.SAME_PERSON,
)
NOT_ASSESSOR = Guard[AppealFacts](
    "decider_is_not_assessor",
    lambda f: f.decider not in f.assessors,
    "最初评定或计算的人不能处理这件申诉。",
    "请没有参与评定的同事处理",
    Code.SAME_PERSON,
)
APPEAL: Machine[AppealFacts] = Machine(
    name="appeal",
    noun="申诉",
    states={"filed": "待处理", "upheld": "已支持", "dismissed": "已驳回"},
    start=("filed",),
    ways=(
        Way("uphold", ("filed",), "upheld", "assessment.decide", "支持", (NOT_ASSESSED, NOT_ASSESSOR)),
        Way("dismiss", ("filed",), "dismissed", "assessment.decide", "驳回", (NOT_ASSESSED, NOT_ASSESSOR)),
    ),
    ends=("upheld", "dismissed"),
)
