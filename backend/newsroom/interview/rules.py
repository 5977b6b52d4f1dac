"""What an assignment and a material may go through, who is asked next, and which media may stand in a story."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.errors import AppError, Code
from backend.newsroom.machine import Guard, Machine, Way

# How long a reporter has to answer before the next one is asked.
ANSWER_WITHIN = timedelta(minutes=10)
ANSWER_WITHIN_IN_EMERGENCY = timedelta(minutes=2)
MAX_REPORTERS = 5
WHOLE = 100
EMERGENCY = "emergency"

# ── assignments ──


@dataclass(frozen=True, slots=True)
class AssignmentFacts:
    """What the rules need to know of an assignment: its topic, how many were named, and what has come of it."""

    topic_state: str = "dispatched"
    reporters: int = 1
    pieces: int = 0
    taken_over: bool = False


TOPIC_DISPATCHED: Guard[AssignmentFacts] = Guard(
    "topic_dispatched", lambda f: f.topic_state == "dispatched", "这个选题还没有下发，不能派任务。", "选题须为：已下发"
)
_SOMEBODY: Guard[AssignmentFacts] = Guard(
    "reporter_on_duty", lambda f: f.reporters > 0, "现在没有值班记者可派。", "指定至少一位记者，或先安排值班"
)
_SOMETHING_FILED: Guard[AssignmentFacts] = Guard(
    "something_filed", lambda f: f.pieces > 0, "还没有素材或稿件，不能交稿。", "至少一份关联的素材，或一篇稿件"
)
_NOT_TAKEN_OVER: Guard[AssignmentFacts] = Guard(
    "not_taken_over", lambda f: not f.taken_over, "这项任务已经转给别人了。", "请处理接替它的那项任务"
)

# What a reporter has in hand, and what can still be called off.
IN_HAND = ("dispatched", "accepted", "on_site")
LIVE = ("draft", *IN_HAND, "filed")
# A row that was declined or not answered is handed on by itself. Where nobody was left, people decide about it.
_UNANSWERED = ("declined", "no_answer")
ASSIGNMENT: Machine[AssignmentFacts] = Machine(
    name="assignment",
    noun="任务",
    states={
        "draft": "待派发",
        "dispatched": "已派发",
        "accepted": "已接受",
        "declined": "已谢绝",
        "no_answer": "无应答",
        "on_site": "已到现场",
        "filed": "已交稿",
        "done": "已完成",
        "reassigned": "已改派",
        "cancelled": "已取消",
    },
    start=("draft", "dispatched"),
    ways=(
        Way("edit", ("draft", *IN_HAND), None, "assignment.dispatch", "修改"),
        Way("name_reporters", ("draft",), None, "assignment.dispatch", "改换人员或缓急"),
        Way("dispatch", ("draft",), "dispatched", "assignment.dispatch", "派发", (TOPIC_DISPATCHED, _SOMEBODY)),
        Way("accept", ("dispatched",), "accepted", "assignment.work", "接受"),
        Way("decline", ("dispatched",), "declined", "assignment.work", "谢绝"),
        Way("no_answer", ("dispatched",), "no_answer", None, "记为无应答"),
        Way("on_site", ("accepted",), "on_site", "assignment.work", "报到场"),
        Way("link", (*IN_HAND, "filed", "done"), None, "material.enter", "关联素材"),
        Way("file", ("on_site",), "filed", "assignment.work", "交稿", (_SOMETHING_FILED,)),
        Way("done", ("filed",), "done", "assignment.dispatch", "办结"),
        Way("reassign", IN_HAND, "reassigned", "assignment.dispatch", "改派"),
        Way("reassign", _UNANSWERED, None, "assignment.dispatch", "改派", (_NOT_TAKEN_OVER,)),
        Way("cancel", LIVE, "cancelled", "assignment.dispatch", "取消"),
        Way("cancel", _UNANSWERED, "cancelled", "assignment.dispatch", "取消", (_NOT_TAKEN_OVER,)),
    ),
    ends=("done", "reassigned", "cancelled"),
)


def allowed_for_assignment(state: str, *, taken_over: bool) -> list[str]:
    """List what can be done with an assignment; nothing, once its successor is on the way."""
    return [] if taken_over and state in _UNANSWERED else ASSIGNMENT.allowed(state)


def answer_due(dispatched_at: datetime, *, emergency: bool) -> datetime:
    """Return until when a reporter has to answer."""
    return dispatched_at + (ANSWER_WITHIN_IN_EMERGENCY if emergency else ANSWER_WITHIN)


def is_overdue(state: str, due: datetime, now: datetime) -> bool:
    """Tell whether something should have been filed by now and was not."""
    return state in IN_HAND and due < now


# ── who is asked ──

# In which words a person's skills name what a kind of coverage asks for, besides the kind itself. A centre has its own.
SKILLS: dict[str, frozenset[str]] = {
    "text": frozenset({"文字", "写作"}),
    "photo": frozenset({"摄影", "图片"}),
    "video": frozenset({"摄像", "视频", "短视频"}),
    "audio": frozenset({"录音", "音频"}),
    "live": frozenset({"直播", "出镜"}),
    "graphic": frozenset({"制图", "图表"}),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be sent now; `load` counts what this person has in hand, under whichever account."""

    id: str
    person: str
    name: str
    skills: tuple[str, ...]
    load: int
    on_duty_until: datetime | None


def is_skilled(skills: Collection[str], kind: str | None) -> bool:
    """Tell whether somebody with these skills can do this kind of coverage."""
    return kind is not None and (kind in skills or not SKILLS.get(kind, frozenset()).isdisjoint(skills))


def in_order(candidates: Collection[Candidate], kind: str | None) -> list[Candidate]:
    """Put candidates in the order in which they are asked: those skilled in the kind, the least loaded, by id."""
    return sorted(candidates, key=lambda one: (not is_skilled(one.skills, kind), one.load, one.id))


def next_candidate(candidates: Collection[Candidate], kind: str, tried: Collection[str]) -> Candidate | None:
    """Return whom to ask next: the first in order whose person has not been tried."""
    return next((one for one in in_order(candidates, kind) if one.person not in tried), None)


# ── materials ──

LICENCES = ["own", "licensed", "agency", "public_domain", "cc_by", "user_submitted"]
SUBJECTS = ["none", "minor", "victim"]
# Who changes any of these changes what was approved.
RIGHTS_FIELDS = frozenset({"rights", "subjects", "consent"})


@dataclass(frozen=True, slots=True)
class MaterialFacts:
    """What the rules need to know of a material: whom it shows, who agreed, and until when it may be used."""

    subjects: str = "none"
    has_consent: bool = False
    expires: datetime | None = None
    now: datetime | None = None


def lacks_consent(subjects: str, *, has_consent: bool) -> bool:
    """Tell whether a material shows somebody who must be asked, or whose guardian must be, and was not."""
    return subjects != "none" and not has_consent


def has_expired(expires: datetime | None, now: datetime | None) -> bool:
    """Tell whether a licence has run out."""
    return expires is not None and now is not None and expires <= now


_CONSENT: Guard[MaterialFacts] = Guard(
    "consent",
    lambda f: not lacks_consent(f.subjects, has_consent=f.has_consent),
    "素材里有未成年人或受害人，还没有取得同意，不能放行。",
    "登记本人或监护人的同意；取不到同意的，请改为限用",
    Code.CONSENT_MISSING,
)
_LICENCE: Guard[MaterialFacts] = Guard(
    "licence",
    lambda f: not has_expired(f.expires, f.now),
    "素材的使用授权已经到期。",
    "续期并更新授权信息，或改为限用",
)

MATERIAL: Machine[MaterialFacts] = Machine(
    name="material",
    noun="素材",
    states={
        "uploaded": "待技审",
        "checked": "已技审",
        "usable": "可用",
        "restricted": "限用",
        "rejected": "不用",
    },
    start=("uploaded",),
    ways=(
        Way("edit", ("uploaded", "checked", "usable", "restricted"), None, "material.enter", "修改"),
        Way("edit_rights", ("uploaded", "checked", "restricted"), None, "material.enter", "修改授权信息"),
        # What was approved is not what is there any more.
        Way("edit_rights", ("usable",), "checked", "material.enter", "修改授权信息"),
        Way("consent", ("uploaded", "checked", "usable", "restricted"), None, "material.enter", "登记同意"),
        Way("link", ("uploaded", "checked", "usable", "restricted"), None, "material.enter", "关联任务"),
        Way("check", ("uploaded",), "checked", "material.check", "技审"),
        Way("approve", ("checked", "restricted"), "usable", "material.check", "放行", (_CONSENT, _LICENCE)),
        # The safe directions are open from everywhere.
        Way("restrict", ("uploaded", "checked", "usable"), "restricted", "material.check", "限用"),
        Way("reject", ("uploaded", "checked", "usable", "restricted"), "rejected", "material.check", "弃用"),
    ),
    ends=("rejected",),
)


# ── media in stories ──


@dataclass(frozen=True)
class MediaState:
    """What is known of a file that stands in a story, the strictest of all materials with its bytes.

    `material_id` and `state` are None where none was registered. `uploaded_by` are the accounts that supplied it.
    """

    media_id: str
    material_id: str | None
    state: str | None
    licence_expired: bool
    consent_missing: bool
    uploaded_by: tuple[str, ...]

    @property
    def is_barred(self) -> bool:
        """Whether it may not stand in a story."""
        return not all(guard.holds(self) for guard in MEDIA_GUARDS)


# The strictest first.
STRICTNESS = ("rejected", "restricted", "uploaded", "checked", "usable")
_MEDIA_CONSENT: Guard[MediaState] = Guard(
    "consent",
    lambda f: not f.consent_missing,
    "有图片或音视频涉及未成年人或受害人，还没有取得同意，不能用在稿件里。",
    "在素材上登记本人或监护人的同意，或从稿件里移除",
    Code.CONSENT_MISSING,
)
_MEDIA_RIGHTS: Guard[MediaState] = Guard(
    "media_rights",
    lambda f: f.state not in {"rejected", "restricted"} and not f.licence_expired,
    "有图片或音视频已弃用、限用或授权到期，不能用在稿件里。",
    "换用可用的素材，或先在素材上续期、放行",
)
MEDIA_GUARDS = (_MEDIA_CONSENT, _MEDIA_RIGHTS)


def demand_media_allowed(states: Iterable[MediaState]) -> None:
    """Raise unless all these media may stand in a story.

    Raises:
        AppError: 409 `consent_missing` (guard `consent`) or `guard_failed` (guard `media_rights`); `findings` lists
            the media and the materials at fault.
    """
    asked = list(states)
    for guard in MEDIA_GUARDS:
        faulty = [state for state in asked if not guard.holds(state)]
        if faulty:
            raise guard.refusal(findings=[{"media": one.media_id, "material": one.material_id} for one in faulty])


def not_assignee() -> AppError:
    """Make the 403 for somebody who was not sent."""
    return _forbidden("assignee", "这项任务派给了别人，只有被指派的记者可以操作。")


def not_supplier() -> AppError:
    """Make the 403 for somebody who neither supplied a material nor checks materials."""
    return _forbidden("supplier", "只有上传人和素材审核人员可以修改这份素材。")


def _forbidden(guard: str, words: str) -> AppError:
    data: dict[str, Any] = {"guard": guard}
    return AppError(Code.ROLE_FORBIDDEN, 403, words, data=data)
