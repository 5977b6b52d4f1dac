"""What the board has to know of each kind of thing: its card.

A card holds ids, codes, moments and numbers and never words, since it is written into the event log, which outlives a
withdrawal. All have `state` and `open` (whether somebody still has something to do); most have `holders` (account ids),
`desk`, and `due`; what belongs to a story has `story`. Where a thing has no due time of its own, `minutes` is how long
its desk lets it stay in that state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account, RoleGrant
from backend.clock import iso, iso_or_none
from backend.district.models import Desk
from backend.newsroom.board.models import Alarm
from backend.newsroom.board.rules import ALARM
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages.rules import RENDITION
from backend.newsroom.editing.rules import STORY, is_strict
from backend.newsroom.examination import rules as examination
from backend.newsroom.examination.models import Exam, ExamStep, ScanHit
from backend.newsroom.interview.models import Assignment, Material
from backend.newsroom.interview.rules import ASSIGNMENT, MATERIAL
from backend.newsroom.machine import Machine
from backend.newsroom.planning.models import Coverage, Directive, Lead, Meeting, Topic
from backend.newsroom.planning.rules import DIRECTIVE, LEAD, MEETING, TOPIC, unacked_desks
from backend.oversight.assessment.models import Period, RuleSetRow
from backend.oversight.assessment.rules import PERIOD, RULE_SET
from backend.oversight.board.fold import Card
from backend.oversight.duty.models import DutyTurn, Handover
from backend.oversight.duty.rules import DUTY, HANDOVER
from backend.oversight.monitoring.models import Alert
from backend.oversight.monitoring.rules import ALERT
from backend.publishing.broadcast.models import Rundown, RundownItem
from backend.publishing.broadcast.rules import CRAWL, RUNDOWN
from backend.publishing.doubts import SUSPECT
from backend.publishing.models import Case, CaseTarget, Publication, PublishingChannel
from backend.publishing.newspaper.models import PaperIssue, PaperPage, PaperSlot
from backend.publishing.newspaper.rules import ISSUE
from backend.publishing.rules import CASE, CHANNEL, OPEN, PUBLICATION
from backend.publishing.watch_models import MetricSuspect

Writer = Callable[[Session, Any], Card]
_DESK_OF_KIND = {"page_slot": "newspaper", "rundown_item": "tv"}
_DESK_OF_CHANNEL = {"newspaper": "newspaper", "broadcast": "tv"}


@dataclass(frozen=True)
class Tracked:
    """A kind of thing that the board shows: under which section and name, by which states, and how its card is written.

    `listed` is the address of the list that holds these things, which takes `?state=`; None where there is none.
    """

    kind: str
    section: str
    name: str
    title: str
    model: type[Any]
    machine: Machine[Any]
    write: Writer
    listed: str | None


def _minutes(session: Session, desk_id: str, state: str) -> int | None:
    desk = session.get(Desk, desk_id)
    return None if desk is None else desk.sla.get(state)


def _alone(write: Callable[[Any], Card]) -> Writer:
    """Make a writer of one that needs nothing but the row."""
    return lambda _session, row: write(row)


def _plain(desk: str, open_states: frozenset[str], holder: str | None = None) -> Writer:
    """Make the writer of a card that says no more than any card does."""

    def write(session: Session, row: Any) -> Card:
        card = {"state": str(row.state), "open": row.state in open_states, "desk": desk}
        card["minutes"] = _minutes(session, desk, str(row.state))
        if holder is not None:
            card["holders"] = [getattr(row, holder)] if getattr(row, holder) else []
        return card

    return write


def _topic(session: Session, row: Topic) -> Card:
    dues = sa.select(sa.func.max(Coverage.due)).where(Coverage.topic_id == row.id)
    return {
        "state": row.state,
        "open": row.state not in TOPIC.ends,
        "desk": row.owner_desk,
        "holders": [row.proposer_id],
        "due": iso_or_none(session.scalar(dues)),
        "class": row.class_,
        "priority": row.priority,
        "embargo": iso_or_none(row.embargo_until),
        "minutes": _minutes(session, "planning", row.state),
    }


def _meeting(row: Meeting) -> Card:
    return {"state": row.state, "open": row.state == "open", "desk": "planning", "starts": iso(row.at), "holders": []}


def _directive(row: Directive) -> Card:
    return {
        "state": row.state,
        "open": row.state not in DIRECTIVE.ends,
        "desk": "command",
        "holders": [row.issued_by],
        "due": iso_or_none(row.due),
        "desks": row.desks,
        "unacked": unacked_desks(row.desks, [ack["desk"] for ack in row.acks]),
    }


def _assignment(row: Assignment) -> Card:
    return {
        "state": row.state,
        "open": row.state not in ASSIGNMENT.ends,
        "desk": row.desk,
        "holders": [reporter["id"] for reporter in row.reporters],
        "due": iso(row.due),
        "topic": row.topic_id,
        "emergency": row.emergency,
        "priority": row.priority,
    }


def _story(session: Session, row: Story) -> Card:
    strict = is_strict(row.class_, row.sensitivity)
    state = str(row.state)
    return {
        "state": state,
        "open": state not in {"live", "withdrawn", "archived", "spiked"},
        "desk": "editing",
        "holders": [row.author_id],
        "class": row.class_,
        "priority": row.priority,
        "lane": row.lane,
        "topic": row.topic_id,
        "publish_at": iso_or_none(row.publish_at) if state == "scheduled" else None,
        "strict": strict,
        "writers": sorted({*row.writers, row.author_id}) if strict else [],
        "minutes": _minutes(session, "editing", state),
    }


def _rendition(row: Rendition) -> Card:
    return {
        "state": row.state,
        "open": row.state not in {"live"},
        "desk": _DESK_OF_KIND.get(row.kind, "newmedia"),
        "holders": row.writers[-1:],
        "story": row.story_id,
        "type": row.kind,
        "transform": row.transform,
    }


_EXAM_DONE = frozenset({"signed", *examination.EXAM.ends})


def _exam(session: Session, row: Exam) -> Card:
    card: Card = {
        "state": row.state,
        "open": row.state not in _EXAM_DONE,
        "desk": "examination",
        "holders": [],
        "story": row.story_id,
        "lane": row.lane,
        "target": row.target,
    }
    if row.state in {"fast_open", "fast_signed", "live_unconfirmed"}:
        card["holders"] = [row.opener_id] if row.opener_id else []
        card["due"] = iso_or_none(row.review_due)
        return card
    step = session.scalars(
        sa.select(ExamStep)
        .where(ExamStep.exam_id == row.id, ExamStep.round == row.round, ExamStep.state.in_(["open", "claimed"]))
        .order_by(ExamStep.position)
        .limit(1)
    ).one_or_none()
    if step is not None:
        card["step"] = step.name
        card["holders"] = [step.actor_id] if step.actor_id else []
        card["entered"] = iso_or_none(step.opened_at)
        card["minutes"] = examination.SLA_MINUTES[step.name]
    return card


def _channel(row: PublishingChannel) -> Card:
    return {
        "state": row.state,
        "open": True,
        "desk": "newmedia",
        "holders": [row.halted_by] if row.halted_by else [],
        "adapter": row.kind,
        "parked_until": iso_or_none(row.parked_until),
    }


def _publication(session: Session, row: Publication) -> Card:
    channel = session.get_one(PublishingChannel, row.channel_id)
    return {
        "state": row.state,
        "open": row.state in OPEN,
        "desk": _DESK_OF_CHANNEL.get(channel.kind, "newmedia"),
        "holders": [row.queued_by],
        "story": row.story_id,
        "channel": row.channel_id,
        "action": row.action,
        "case": row.case_id,
        "not_before": iso_or_none(row.not_before),
        "embargo": row.embargo,
        "queued_at": iso(row.queued_at),
        "hash": row.hash,
        "external": row.external_id,
        "shown": row.shown_hash,
        "expected": row.expected_hash,
        "sent_at": iso_or_none(row.sent_at),
        "receipted_at": iso_or_none(row.receipted_at),
        "code": row.code,
    }


def _case(session: Session, row: Case) -> Card:
    targets = session.scalars(sa.select(CaseTarget).where(CaseTarget.case_id == row.id).order_by(CaseTarget.id)).all()
    return {
        "state": row.state,
        "open": row.state not in CASE.ends,
        "desk": "command",
        "holders": [row.decided_by or row.opened_by],
        "due": iso_or_none(row.reason_due) if row.reason is None else None,
        "story": row.story_id,
        "type": row.kind,
        "severity": row.severity,
        "ticks": [[each.channel_id, each.state] for each in targets],
    }


def _issue(session: Session, row: PaperIssue) -> Card:
    filled = sa.or_(
        PaperSlot.publication_id.is_not(None),
        PaperSlot.rendition_id.is_not(None),
        PaperSlot.notice.is_not(None),
        PaperSlot.words != sa.literal([], PaperSlot.words.type),
    )
    rows = session.execute(
        sa.select(PaperPage.number, sa.func.count(PaperSlot.id), sa.func.sum(sa.case((filled, 1), else_=0)))
        .join(PaperSlot, PaperSlot.page_id == PaperPage.id)
        .where(PaperPage.issue_id == row.id)
        .group_by(PaperPage.number)
        .order_by(PaperPage.number)
    ).all()
    return {
        "state": row.state,
        "open": row.state not in ISSUE.ends,
        "desk": "newspaper",
        "holders": [row.created_by],
        "due": iso(row.press_deadline),
        "date": row.date,
        "pages": [[number, int(filled or 0), int(slots)] for number, slots, filled in rows],
    }


def _rundown(session: Session, row: Rundown) -> Card:
    seconds = sa.select(sa.func.coalesce(sa.func.sum(RundownItem.planned_seconds), 0)).where(
        RundownItem.rundown_id == row.id,
        RundownItem.kind != CRAWL,
        RundownItem.state.in_(["planned", "aired"]),
    )
    return {
        "state": row.state,
        "open": row.state not in RUNDOWN.ends,
        "desk": "tv",
        "holders": [row.director_id] if row.director_id else [],
        "starts": iso(row.airtime),
        "due": iso(row.airtime) if row.state == "building" else None,
        "medium": row.medium,
        "scope": row.scope,
        "planned_seconds": row.planned_seconds,
        "filled_seconds": int(session.scalar(seconds) or 0),
    }


def _alarm(row: Alarm) -> Card:
    return {
        "state": row.state,
        "open": row.state == "raised",
        "desk": "command",
        "holders": [],
        "alarm": row.kind,
        "about": [row.about_kind, row.about_id],
        "to": row.to,
    }


def _person(session: Session, row: Account) -> Card:
    grants = session.scalars(sa.select(RoleGrant).where(RoleGrant.account_id == row.id).order_by(RoleGrant.id)).all()
    return {
        "state": "staff" if row.disabled_at is None else "gone",
        "open": row.disabled_at is None,
        "grants": [
            {"role": each.role, "desk": each.desk, "from": iso(each.valid_from), "to": iso_or_none(each.valid_to)}
            for each in grants
            if each.office is None
        ],
    }


def _alert(row: Alert) -> Card:
    return {
        "state": row.state,
        "open": row.state not in ALERT.ends,
        "desk": "monitoring",
        "holders": [row.owner_id] if row.owner_id else [],
        "due": iso_or_none(row.due_at),
        "level": row.level,
        "heat": row.heat,
    }


def _period(row: Period) -> Card:
    """Say how far an assessment is; nobody's points are part of it."""
    return {
        "state": row.state,
        "open": row.state not in PERIOD.ends,
        "desk": "assessment",
        "holders": [],
        "until": iso_or_none(row.public_until),
    }


def _duty(row: DutyTurn) -> Card:
    return {"state": row.state, "open": row.state == "on", "desk": "command", "holders": [row.holder_id]}


def _handover(row: Handover) -> Card:
    return {
        "state": row.state,
        "open": row.state == "offered",
        "desk": "command",
        "holders": [row.to_id],
        "due": iso(row.answer_due),
        "from": row.from_id,
        "turn": row.turn_id,
    }


PERSON: Machine[None] = Machine(
    name="person", noun="人员", states={"staff": "在岗", "gone": "停用"}, start=("staff",), ways=(), ends=("gone",)
)
_LEAD_OPEN = frozenset({"new", "verified"})
_MATERIAL_OPEN = frozenset({"uploaded", "checked"})

TRACKED: Mapping[str, Tracked] = {
    each.kind: each
    for each in (
        Tracked("lead", "planning", "leads", "线索", Lead, LEAD, _plain("planning", _LEAD_OPEN), "/kitchen/leads"),
        Tracked("topic", "planning", "topics", "选题", Topic, TOPIC, _topic, "/kitchen/topics"),
        Tracked("meeting", "planning", "meetings", "报题会", Meeting, MEETING, _alone(_meeting), "/kitchen/meetings"),
        Tracked(
            "directive",
            "planning",
            "directives",
            "指令",
            Directive,
            DIRECTIVE,
            _alone(_directive),
            "/kitchen/directives",
        ),
        Tracked(
            "assignment",
            "interview",
            "assignments",
            "任务",
            Assignment,
            ASSIGNMENT,
            _alone(_assignment),
            "/kitchen/assignments",
        ),
        Tracked(
            "material",
            "interview",
            "materials",
            "素材",
            Material,
            MATERIAL,
            _plain("reporters", _MATERIAL_OPEN, "uploaded_by"),
            "/kitchen/materials",
        ),
        Tracked("story", "editing", "stories", "稿件", Story, STORY, _story, "/editor/stories"),
        Tracked("rendition", "editing", "renditions", "渠道稿", Rendition, RENDITION, _alone(_rendition), None),
        Tracked("exam", "examination", "exams", "审核单", Exam, examination.EXAM, _exam, "/kitchen/exams"),
        Tracked("channel", "publication", "channels", "渠道", PublishingChannel, CHANNEL, _alone(_channel), None),
        Tracked(
            "publication",
            "publication",
            "publications",
            "刊播任务",
            Publication,
            PUBLICATION,
            _publication,
            "/kitchen/publications",
        ),
        Tracked("case", "publication", "cases", "更正撤稿单", Case, CASE, _case, "/kitchen/cases"),
        Tracked("issue", "publication", "issues", "报纸", PaperIssue, ISSUE, _issue, "/kitchen/issues"),
        Tracked("rundown", "publication", "rundowns", "串联单", Rundown, RUNDOWN, _rundown, "/kitchen/rundowns"),
        Tracked("period", "assessment", "periods", "考核周期", Period, PERIOD, _alone(_period), None),
        Tracked(
            "rule_set",
            "assessment",
            "rule_sets",
            "考核规则",
            RuleSetRow,
            RULE_SET,
            _plain("assessment", frozenset({"drafted"})),
            None,
        ),
        Tracked("alert", "monitoring", "alerts", "预警", Alert, ALERT, _alone(_alert), "/kitchen/alerts"),
        Tracked(
            "suspect",
            "monitoring",
            "suspects",
            "存疑数据",
            MetricSuspect,
            SUSPECT,
            _plain("monitoring", frozenset({"open"})),
            "/kitchen/metrics/suspects",
        ),
        Tracked(
            "scan_hit",
            "monitoring",
            "scan_hits",
            "复扫命中",
            ScanHit,
            examination.SCAN_HIT,
            _plain("monitoring", frozenset({"open"})),
            "/kitchen/scan-hits",
        ),
        Tracked("alarm", "command", "alarms", "告警", Alarm, ALARM, _alone(_alarm), None),
        Tracked("duty", "command", "turns", "值班", DutyTurn, DUTY, _alone(_duty), None),
        Tracked("handover", "command", "handovers", "交接单", Handover, HANDOVER, _alone(_handover), None),
        Tracked("person", "command", "people", "人员", Account, PERSON, _person, None),
    )
}
