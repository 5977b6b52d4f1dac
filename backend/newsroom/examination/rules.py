"""三审三校: the six steps, who may take them, and when a signature holds. No database.

The rules are those of NEWSROOM.md section 4: (a) three reviewers are three people, (b) three proofreaders are three
people, (c) nobody who wrote, changed or supplied any of it takes a step, (d) one person may hold both steps of one
level under the normal policy only; the strict policy demands six people. All go by person, not by account or role.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from backend.errors import Code
from backend.newsroom.machine import Guard, Machine, Way
from backend.policy import Role

STEPS = ("P1", "R1", "P2", "R2", "P3", "R3")
STEP_NAMES = {"P1": "一校", "R1": "初审", "P2": "二校", "R2": "复审", "P3": "三校", "R3": "终审签发"}
SIGNING = "R3"
REVIEWERS = {
    "R1": frozenset({Role.EDITOR}),
    "R2": frozenset({Role.SECTION_HEAD}),
    "R3": frozenset({Role.CHIEF_EDITOR, Role.DUTY_EDITOR}),
}
PROOFREADERS = frozenset({Role.PROOFREADER, Role.EDITOR})
CATEGORIES = {
    "fact": "事实",
    "orientation": "导向",
    "text": "文字",
    "rights": "版权",
    "law": "法律",
    "form": "格式",
}
# Minutes a step may stay open before the heads hear of it.
SLA_MINUTES = {"P1": 20, "R1": 30, "P2": 20, "R2": 30, "P3": 20, "R3": 30}
FIX_LIMIT = 20
# The step at which a story is graded, and how (NEWSROOM.md section 6); the grade that goes without saying.
GRADING, GRADES, USUAL_GRADE = "R2", ["A", "B", "C", "D"], "C"
REVIEW_WITHIN = timedelta(minutes=30)
SUSPENDED_AFTER, SUSPENDED_FOR = 2, timedelta(days=7)
FAST_CLASSES = ["emergency", "official_notice"]
FAST_TARGETS = ["app", "wechat", "weibo", "tv"]
OPINION_HOURS = 48


def level_of(step: str) -> int:
    """Return the level of a step, 1 to 3."""
    return int(step[1])


def roles_for(step: str, policy: str) -> frozenset[Role]:
    """Return the roles that may take a step."""
    if step in REVIEWERS:
        return REVIEWERS[step]
    return PROOFREADERS if policy == "strict" else PROOFREADERS | REVIEWERS[f"R{level_of(step)}"]


@dataclass(frozen=True, slots=True)
class Taken:
    """That a person holds or has passed a step of this round."""

    step: str
    person: str


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What the guards of a step look at. `taken` leaves out the step itself."""

    step: str
    person: str
    claimer: str | None = None
    authors: frozenset[str] = frozenset()
    taken: tuple[Taken, ...] = ()
    strict: bool = False
    blocks: int = 0
    warnings: int = 0
    hash_matches: bool = True


def _same_kind(f: StepFacts, kind: str) -> bool:
    return f.step[0] == kind and any(t.step[0] == kind and t.person == f.person for t in f.taken)


def _crosses_levels(f: StepFacts) -> bool:
    return any(
        t.person == f.person and t.step[0] != f.step[0] and level_of(t.step) != level_of(f.step) for t in f.taken
    )


AUTHOR = Guard[StepFacts](
    "author_takes_no_step",
    lambda f: f.person not in f.authors,
    "写过、改过这篇稿件或为它提供素材的人不能参加它的审校。",
    "请一位没有参与这篇稿件的同事",
    Code.SAME_PERSON,
)
REVIEWERS_DIFFER = Guard[StepFacts](
    "reviewers_differ",
    lambda f: not _same_kind(f, "R"),
    "三审须由三个人分别完成，您已经审过一道。",
    "请另一位有这一审岗位的同事",
    Code.SAME_PERSON,
)
PROOFREADERS_DIFFER = Guard[StepFacts](
    "proofreaders_differ",
    lambda f: not _same_kind(f, "P"),
    "三校须由三个人分别完成，您已经校过一道。",
    "请另一位校对",
    Code.SAME_PERSON,
)
ONE_LEVEL = Guard[StepFacts](
    "one_person_one_level",
    lambda f: not _crosses_levels(f),
    "一个人只能兼任同一级的校和审，不能跨级。",
    "请另一位同事",
    Code.SAME_PERSON,
)
SIX_PEOPLE = Guard[StepFacts](
    "six_people",
    lambda f: not (f.strict and any(t.person == f.person for t in f.taken)),
    "时政或敏感稿件的六道审校须由六个人分别完成。",
    "请一位还没有参加这次审校的同事",
    Code.SAME_PERSON,
)
NO_BLOCK = Guard[StepFacts](
    "no_block",
    lambda f: f.step != SIGNING or not f.blocks,
    "机检还有必须改正的问题，不能进入终审。",
    "改正 findings 里列出的各处",
)
WARNINGS = Guard[StepFacts](
    "warnings_resolved",
    lambda f: not f.warnings,
    "机检提示还没有逐条处理。",
    "逐条改正，或写明保留的理由",
)
HASH = Guard[StepFacts](
    "hash",
    lambda f: f.hash_matches,
    "您读的不是现在这一版文字。",
    "重新读取最新文字，再按它的 content_hash 作决定",
)
HOLDER = Guard[StepFacts](
    "step_is_yours",
    lambda f: f.claimer == f.person,
    "这一道不在您手上。",
    "由领取这一道的人办理，或请主任收回后重新领取",
)
REJECT_LEVEL = Guard[StepFacts](
    "reject_level", lambda f: f.step in {"R2", "R3"}, "只有复审和终审可以整篇不予通过。", "改为退回，并写明原因"
)
_PEOPLE = (AUTHOR, REVIEWERS_DIFFER, PROOFREADERS_DIFFER, ONE_LEVEL, SIX_PEOPLE)

STEP: Machine[StepFacts] = Machine(
    name="step",
    noun="这一道审校",
    states={
        "waiting": "未到",
        "open": "待领取",
        "claimed": "进行中",
        "passed": "已通过",
        "returned": "已退回",
        "stale": "已失效",
    },
    start=("waiting", "open"),
    ways=(
        Way("open", ("waiting",), "open", None, "开启"),
        Way("claim", ("open",), "claimed", "exam.work", "领取", (*_PEOPLE, NO_BLOCK)),
        Way("release", ("claimed",), "open", "exam.work", "放回", (HOLDER,)),
        Way("reclaim", ("claimed",), "open", "story.take_over", "收回"),
        Way("fix", ("claimed",), None, "exam.work", "改字", (HOLDER,)),
        Way("pass", ("claimed",), "passed", "exam.work", "通过", (HOLDER, *_PEOPLE, HASH, NO_BLOCK, WARNINGS)),
        Way("return", ("claimed",), "returned", "exam.work", "退回", (HOLDER, AUTHOR)),
        Way("reject", ("claimed",), "returned", "exam.work", "不予通过", (HOLDER, AUTHOR, REJECT_LEVEL)),
        Way("void", ("waiting", "open", "claimed", "passed"), "stale", None, "作废"),
    ),
    ends=("stale",),
)

EXAM: Machine[None] = Machine(
    name="exam",
    noun="审核单",
    states={
        "open": "审核中",
        "returned": "已退回",
        "signed": "已签发",
        "rejected": "不予通过",
        "void": "作废",
        "fast_open": "快讯待签",
        "fast_signed": "快讯已签",
        "live_unconfirmed": "已发待核",
        "confirmed": "后审通过",
        "corrected": "已更正",
        "withdrawn": "已撤稿",
    },
    start=("open", "fast_open"),
    ways=(
        Way("return", ("open",), "returned", "exam.work", "退回"),
        Way("resubmit", ("returned",), "open", "story.write", "再次送审"),
        Way("sign", ("open",), "signed", "exam.work", "签发"),
        Way("reject", ("open",), "rejected", "exam.work", "不予通过"),
        Way("void", ("open", "returned", "signed", "fast_open"), "void", None, "作废"),
        Way("sign_fast", ("fast_open",), "fast_signed", "breaking.sign", "签发快讯"),
        Way("go_live", ("fast_signed",), "live_unconfirmed", None, "刊发快讯"),
        Way("confirm", ("live_unconfirmed",), "confirmed", None, "后审完成"),
        Way("correct", ("live_unconfirmed",), "corrected", None, "更正"),
        Way("withdraw", ("live_unconfirmed",), "withdrawn", None, "撤稿"),
    ),
    ends=("rejected", "void", "confirmed", "corrected", "withdrawn"),
)


@dataclass(frozen=True, slots=True)
class FastFacts:
    """What the fast lane looks at before it opens, and again before it is signed."""

    class_: str = ""
    has_source: bool = False
    blocks: int = 0
    characters: int = 0
    targets: tuple[str, ...] = ()
    overdue: int = 0
    signer: str = ""
    authors: frozenset[str] = frozenset()


FAST_CLASS = Guard[FastFacts](
    "fast_class", lambda f: f.class_ in FAST_CLASSES, "快讯通道只用于应急和权威发布。", "改走三审三校"
)
FAST_SOURCE = Guard[FastFacts](
    "verified_source",
    lambda f: f.has_source,
    "快讯需要一个已核实的官方来源，或两个互相独立的已核实来源。",
    "核实来源后再发",
)
FAST_TEXT = Guard[FastFacts](
    "fast_text", lambda f: f.characters <= 500, "快讯正文不能超过 500 字。", "缩短正文，或改走三审三校"
)
FAST_CHANNELS = Guard[FastFacts](
    "fast_channels",
    lambda f: set(f.targets) <= set(FAST_TARGETS),
    "快讯只能发客户端、微信、微博和电视滚动字幕。",
    "去掉其他渠道",
)
FAST_BLOCKS = Guard[FastFacts](
    "no_block", lambda f: not f.blocks, "机检发现必须改正的问题，快讯也不能带着它发出。", "改正 findings 里列出的各处"
)
FAST_OPENER = Guard[FastFacts](
    "fast_lane_opener",
    lambda f: f.overdue < SUSPENDED_AFTER,
    "七天内有两次快讯没有按时完成后审，您的快讯通道已暂停。",
    "由另一位值班总编开通，或等最早一次逾期满七天",
    Code.FAST_LANE_SUSPENDED,
)
FAST_SIGNER = Guard[FastFacts](
    "signer_is_not_writer",
    lambda f: f.signer not in f.authors,
    "撰写人不能签发自己的快讯。",
    "请另一位值班总编签发",
    Code.SAME_PERSON,
)
FAST_GUARDS = (FAST_CLASS, FAST_SOURCE, FAST_TEXT, FAST_CHANNELS, FAST_BLOCKS)


def has_fast_source(sources: Iterable[dict[str, object]]) -> bool:
    """Tell whether one verified official source stands behind it, or two independent verified ones."""
    verified = [source for source in sources if source.get("verified")]
    official = any(source.get("kind") in {"official", "document"} for source in verified)
    return official or len({str(source["name"]) for source in verified}) >= 2


@dataclass(frozen=True, slots=True)
class DictionaryFacts:
    """What the guards of a dictionary's version look at."""

    editor_activates: bool = False
    tested: bool = False
    passed: bool = False


TESTED = Guard[DictionaryFacts]("tested", lambda f: f.tested, "这一版词库还没有试跑样例。", "先试跑当前内容")
PASSED = Guard[DictionaryFacts](
    "samples_pass", lambda f: f.passed, "试跑样例有没通过的。", "改正词条或样例，再试跑一次"
)
SECOND_PERSON = Guard[DictionaryFacts](
    "activator_is_not_editor",
    lambda f: not f.editor_activates,
    "改过这一版词库的人不能启用它。",
    "请另一位同事启用",
    Code.SAME_PERSON,
)
DICTIONARY: Machine[DictionaryFacts] = Machine(
    name="dictionary",
    noun="词库",
    states={"draft": "修改中", "active": "使用中", "retired": "已停用", "discarded": "已放弃"},
    start=("draft",),
    ways=(
        Way("change", ("draft",), None, "dictionary.edit", "修改"),
        Way("test", ("draft",), None, "dictionary.edit", "试跑"),
        Way("activate", ("draft",), "active", "dictionary.activate", "启用", (TESTED, PASSED, SECOND_PERSON)),
        Way("discard", ("draft",), "discarded", "dictionary.edit", "放弃"),
        Way("retire", ("active",), "retired", None, "停用"),
    ),
    ends=("retired", "discarded"),
)

SCAN_HIT: Machine[None] = Machine(
    name="scan_hit",
    noun="复扫命中",
    states={"open": "待处理", "dismissed": "无须处理", "corrected": "已立案更正"},
    start=("open",),
    ways=(
        Way("dismiss", ("open",), "dismissed", "scan.handle", "确认无须处理"),
        Way("correct", ("open",), "corrected", "scan.handle", "转更正"),
    ),
    ends=("dismissed", "corrected"),
)
