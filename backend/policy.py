"""Who may do what: one table of permissions, one of readable streams, and nothing else decides.

A permission is a verb phrase (`story.sign`). Each endpoint, socket event and mutation names the one it needs; rules on
the particular thing (whose case, which office, which author) are asked by the action through `demand_…`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from backend.errors import AppError, Code, not_found
from backend.sync import streams


class Role(StrEnum):
    """What a person is in the house on the days of their roster. Names in Chinese: docs/glossary.md."""

    LEADER = "leader"
    CHIEF_EDITOR = "chief_editor"
    DUTY_EDITOR = "duty_editor"
    SECTION_HEAD = "section_head"
    EDITOR = "editor"
    REPORTER = "reporter"
    PROOFREADER = "proofreader"
    LAYOUT_EDITOR = "layout_editor"
    TV_DIRECTOR = "tv_director"
    CHANNEL_OPERATOR = "channel_operator"
    ASSESSOR = "assessor"
    MONITOR = "monitor"
    OFFICE_CLERK = "office_clerk"
    DISPATCHER = "dispatcher"
    SERVICE_STAFF = "service_staff"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, at a desk or an office or neither, until a moment or for good."""

    role: Role
    desk: str | None = None
    office: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account with the grants it holds at this moment, and when the next one begins."""

    id: str
    kind: str
    grants: tuple[Grant, ...] = ()
    session_id: str | None = None
    next_grant_at: datetime | None = None

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held now."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def offices(self) -> frozenset[str]:
        """The offices this person works for now."""
        return frozenset(grant.office for grant in self.grants if grant.office)

    @property
    def acting_role(self) -> str:
        """The word history keeps for the capacity in which this person acts."""
        return "+".join(sorted(self.roles))[:32] or self.kind

    @property
    def rights_until(self) -> datetime | None:
        """When a grant ends or another begins, and rights have to be looked at again."""
        moments = [grant.until for grant in self.grants if grant.until]
        return min(moments + ([self.next_grant_at] if self.next_grant_at else []), default=None)


# These two work for one office of the government; nobody else is let into an office's stream.
OFFICE_ROLES = frozenset({Role.OFFICE_CLERK, Role.SERVICE_STAFF})

ANONYMOUS = Actor("anonymous", "anonymous")
SYSTEM = Actor("system", "system")

_COMMAND = {Role.LEADER, Role.CHIEF_EDITOR, Role.DUTY_EDITOR}
_HEADS = _COMMAND | {Role.SECTION_HEAD}
_DUTY_CHIEFS = {Role.CHIEF_EDITOR, Role.DUTY_EDITOR}
_EDITORS = {Role.EDITOR, Role.SECTION_HEAD, *_DUTY_CHIEFS}
_WRITERS = {Role.REPORTER, *_EDITORS}
_EXAMINERS = {Role.PROOFREADER, *_EDITORS}
_PRODUCERS = _WRITERS | {Role.LAYOUT_EDITOR, Role.TV_DIRECTOR, Role.CHANNEL_OPERATOR}
_NEWSROOM = _PRODUCERS | {Role.LEADER, Role.PROOFREADER, Role.MONITOR, Role.AUDITOR}
_CASE_READERS = {Role.DISPATCHER, Role.SERVICE_STAFF, Role.SUPERVISOR}
_PLANNING_READERS = frozenset(_WRITERS | {Role.LEADER, Role.MONITOR, Role.AUDITOR})
_ANYBODY = frozenset({"anonymous", "citizen", "staff"})
_PERSON = frozenset({"citizen", "staff"})
_CITIZEN = frozenset({"citizen"})

# A set of strings admits kinds of account; a set of roles admits staff who hold one of them today.
PERMISSIONS: dict[str, frozenset[str] | frozenset[Role]] = {
    "public.read": _ANYBODY,
    "auth.sign_in": _ANYBODY,
    "auth.sign_out": _PERSON,
    "device.register": _ANYBODY,
    "sync.read": _ANYBODY,
    "sync.connect": _ANYBODY,
    "sync.mutate": _PERSON,
    "me.read": _PERSON,
    "me.edit": _PERSON,
    "me.export": _PERSON,
    "me.delete": _CITIZEN,
    "consent.keep": _PERSON,
    "privacy.read": frozenset({Role.AUDITOR}),
    "inbox.read": _PERSON,
    "media.upload": _PERSON,
    "request.file": _CITIZEN,
    "request.read_own": _CITIZEN,
    "request.answer_own": _CITIZEN,
    "trust.keep": _CITIZEN,
    "identity.prove": _CITIZEN,
    "comment.write": _CITIZEN,
    "comment.report": _CITIZEN,
    "like.set": _CITIZEN,
    "community.moderate": frozenset({Role.MONITOR, Role.SECTION_HEAD, *_DUTY_CHIEFS}),
    "tip.file": _CITIZEN,
    "tip.read_own": _CITIZEN,
    "tip.answer_own": _CITIZEN,
    "tip.read": _PLANNING_READERS,
    "tip.handle": frozenset(_WRITERS | {Role.LEADER, Role.MONITOR}),
    "tip.decide": frozenset(_EDITORS | {Role.LEADER}),
    # Not `public.read`: who may know the counts depends on whether they have voted.
    "poll.count": _ANYBODY,
    "poll.vote": _CITIZEN,
    "poll.write": frozenset(_EDITORS),
    "poll.publish": frozenset(_EDITORS),
    "gathering.sign_up": _CITIZEN,
    "gathering.write": frozenset(_EDITORS | {Role.OFFICE_CLERK}),
    "gathering.publish": frozenset(_EDITORS | {Role.OFFICE_CLERK}),
    "kitchen.read": frozenset(_NEWSROOM),
    "lead.write": frozenset(_WRITERS | {Role.LEADER, Role.MONITOR}),
    "lead.decide": frozenset(_EDITORS | {Role.LEADER}),
    "topic.propose": frozenset(_WRITERS | {Role.MONITOR}),
    "topic.decide": frozenset(_HEADS),
    "topic.dispatch": frozenset({Role.SECTION_HEAD, *_DUTY_CHIEFS}),
    "meeting.hold": frozenset(_HEADS),
    "directive.issue": frozenset(_COMMAND),
    "directive.answer": frozenset(_NEWSROOM - {Role.AUDITOR} | {Role.ASSESSOR, Role.DISPATCHER, Role.SUPERVISOR}),
    "assignment.dispatch": frozenset({Role.SECTION_HEAD, *_DUTY_CHIEFS}),
    "assignment.work": frozenset(_PRODUCERS),
    "material.enter": frozenset(_PRODUCERS),
    "material.check": frozenset(_EDITORS),
    "story.read": frozenset(_NEWSROOM),
    "story.write": frozenset(_WRITERS),
    "story.take_over": frozenset({Role.SECTION_HEAD, *_DUTY_CHIEFS}),
    "story.handle": frozenset(_EDITORS),
    "story.publish": frozenset(_EDITORS | {Role.CHANNEL_OPERATOR}),
    "live.write": frozenset(_WRITERS),
    "live.handle": frozenset(_EDITORS),
    "special.handle": frozenset(_EDITORS),
    # Those in charge of what readers see at this moment.
    "feed.lead": frozenset(_DUTY_CHIEFS),
    "story.withdraw": frozenset(_EDITORS | {Role.LEADER}),
    "correction.sign": frozenset(_DUTY_CHIEFS),
    "rendition.write": frozenset(_PRODUCERS),
    "publication.handle": frozenset(_EDITORS | {Role.CHANNEL_OPERATOR}),
    "channel.set": frozenset({Role.CHANNEL_OPERATOR, *_DUTY_CHIEFS}),
    "channel.halt": frozenset(_COMMAND),
    "case.handle": frozenset(_EDITORS | {Role.LEADER, Role.CHANNEL_OPERATOR, Role.MONITOR}),
    "case.prove": frozenset(_EDITORS | {Role.CHANNEL_OPERATOR, Role.LAYOUT_EDITOR, Role.TV_DIRECTOR}),
    "paper.lay_out": frozenset({Role.LAYOUT_EDITOR, Role.SECTION_HEAD, *_DUTY_CHIEFS}),
    "paper.sign": frozenset(_DUTY_CHIEFS),
    "rundown.write": frozenset({Role.TV_DIRECTOR, Role.EDITOR, Role.SECTION_HEAD, *_DUTY_CHIEFS}),
    "rundown.lock": frozenset({Role.TV_DIRECTOR, *_DUTY_CHIEFS}),
    "rundown.air": frozenset({Role.TV_DIRECTOR}),
    "priority.set": frozenset(_HEADS),
    "duty.hold": frozenset(_DUTY_CHIEFS),
    "exam.read": frozenset(_NEWSROOM),
    "exam.work": frozenset(_EXAMINERS),
    "exam.invite": frozenset(_EDITORS),
    "exam.answer": _ANYBODY,
    "breaking.open": frozenset(_WRITERS),
    "breaking.sign": frozenset(_DUTY_CHIEFS),
    "dictionary.read": frozenset(_NEWSROOM),
    "dictionary.edit": frozenset(_EXAMINERS | {Role.MONITOR}),
    "dictionary.activate": frozenset({Role.SECTION_HEAD, *_DUTY_CHIEFS}),
    "story.grade": frozenset({Role.SECTION_HEAD, *_DUTY_CHIEFS}),
    "pickup.enter": frozenset(_EDITORS | {Role.MONITOR, Role.CHANNEL_OPERATOR}),
    "assessment.read": frozenset(_NEWSROOM | {Role.ASSESSOR}),
    "assessment.read_all": frozenset({Role.LEADER, Role.ASSESSOR, Role.AUDITOR}),
    "assessment.manage": frozenset({Role.ASSESSOR}),
    "assessment.adopt": frozenset({Role.LEADER, Role.ASSESSOR}),
    "assessment.appeal": frozenset(_NEWSROOM - {Role.AUDITOR} | {Role.ASSESSOR}),
    "assessment.decide": frozenset({Role.LEADER, Role.ASSESSOR}),
    "metric.read": frozenset(_NEWSROOM | {Role.ASSESSOR}),
    "metric.judge": frozenset({Role.MONITOR, Role.ASSESSOR, Role.SECTION_HEAD, *_DUTY_CHIEFS}),
    "scan.handle": frozenset(_EDITORS | {Role.MONITOR}),
    "monitoring.set": frozenset({Role.SECTION_HEAD, *_DUTY_CHIEFS}),
    "opinion.write": frozenset(_HEADS | {Role.MONITOR}),
    "opinion.rule": frozenset({Role.MONITOR, Role.SECTION_HEAD, *_DUTY_CHIEFS}),
    "alert.decide": frozenset(_EDITORS | {Role.MONITOR, Role.LEADER}),
    "alert.work": frozenset(_WRITERS | {Role.MONITOR, Role.LEADER, Role.CHANNEL_OPERATOR}),
    "notice.write": frozenset({Role.OFFICE_CLERK}),
    "notice.approve": frozenset({Role.OFFICE_CLERK}),
    "warning.write": frozenset({Role.OFFICE_CLERK}),
    "warning.approve": frozenset({Role.OFFICE_CLERK}),
    # Not `public.read`, so that the edge keeps no answer under somebody's position.
    "work.match": _ANYBODY,
    "work.write": frozenset({Role.OFFICE_CLERK}),
    "work.approve": frozenset({Role.OFFICE_CLERK}),
    "catalogue.write": frozenset({Role.OFFICE_CLERK}),
    "catalogue.approve": frozenset({Role.OFFICE_CLERK}),
    "request.read": frozenset(_CASE_READERS),
    "request.dispatch": frozenset({Role.DISPATCHER}),
    "request.file_for": frozenset({Role.DISPATCHER}),
    "twin.handle": frozenset({Role.DISPATCHER}),
    "statistics.read": frozenset(_CASE_READERS),
    "request.handle": frozenset({Role.SERVICE_STAFF}),
    "request.supervise": frozenset({Role.SUPERVISOR}),
    "request.lead_on": frozenset({Role.DISPATCHER, Role.SUPERVISOR}),
    "calendar.read": frozenset(_CASE_READERS | {Role.ADMIN}),
    "calendar.edit": frozenset({Role.SUPERVISOR, Role.ADMIN}),
    "log.verify": frozenset({Role.LEADER, Role.CHIEF_EDITOR, Role.AUDITOR}),
    "usage.report": _ANYBODY,
    "public.check": _ANYBODY,
    "push.report": frozenset(_NEWSROOM | {Role.OFFICE_CLERK}),
    "operation.read": frozenset(_HEADS | {Role.CHANNEL_OPERATOR, Role.ASSESSOR, Role.AUDITOR}),
    "operation.set": frozenset({Role.LEADER, Role.CHIEF_EDITOR}),
    "roster.edit": frozenset({Role.ADMIN}),
}


def allows(actor: Actor, permission: str) -> bool:
    """Tell whether `actor` holds `permission` now. An unknown permission is a programming error (KeyError)."""
    admitted = PERMISSIONS[permission]
    return actor.kind == "system" or actor.kind in admitted or not actor.roles.isdisjoint(admitted)


def demand(actor: Actor, permission: str) -> None:
    """Raise 401 for a stranger and 403 for somebody who lacks the permission."""
    if allows(actor, permission):
        return
    if actor.kind == "anonymous":
        raise AppError(Code.AUTH_REQUIRED, 401, "请先登录。", headers={"WWW-Authenticate": "Bearer"})
    raise AppError(Code.ROLE_FORBIDDEN, 403, "您目前的岗位没有这项权限。", data={"permission": permission})


def demand_office(actor: Actor, office_id: str) -> None:
    """Raise 403 unless the actor works for this office today."""
    if office_id not in actor.offices:
        raise AppError(Code.OFFICE_FORBIDDEN, 403, "只能办理本单位的事项。", data={"office": office_id})


def demand_owner(actor: Actor, owner_id: str, what: str) -> None:
    """Raise 404, not 403, for another person's thing: its existence is private too."""
    if actor.id != owner_id:
        raise not_found(what)


def demand_other_person(actor: Actor, persons: list[str], guard: str) -> None:
    """Raise 409 `same_person` if the actor is one of `persons`: four eyes are two people, not two roles."""
    if actor.id in persons:
        raise AppError(Code.SAME_PERSON, 409, "撰写人不能审核自己的稿件，请由另一位同事审核。", data={"guard": guard})


# Whoever lets things out sees the pages, the shows and the channels side by side.
_MAKERS = {Role.LAYOUT_EDITOR, Role.TV_DIRECTOR, Role.CHANNEL_OPERATOR}
_PUBLISHERS = frozenset(_EDITORS | _MAKERS | {Role.LEADER, Role.AUDITOR})
# A desk's stream is read by those whose role works there and by those who answer for it.
_DESK_READERS: dict[str, frozenset[Role]] = {
    "command": frozenset(_HEADS | {Role.AUDITOR}),
    "planning": _PLANNING_READERS,
    "reporters": frozenset(_PRODUCERS | {Role.LEADER, Role.AUDITOR}),
    "editing": frozenset(_NEWSROOM),
    "examination": frozenset(_EXAMINERS | {Role.LEADER, Role.AUDITOR}),
    "newmedia": _PUBLISHERS,
    "newspaper": _PUBLISHERS,
    "tv": _PUBLISHERS,
    "assessment": frozenset(_COMMAND | {Role.ASSESSOR, Role.AUDITOR}),
    # Whoever works on alerts follows what they come from.
    "monitoring": frozenset(_WRITERS | {Role.LEADER, Role.MONITOR, Role.CHANNEL_OPERATOR, Role.AUDITOR}),
    "moderation": frozenset({Role.MONITOR, Role.SECTION_HEAD, *_DUTY_CHIEFS}),
    "service": frozenset({Role.DISPATCHER, Role.SUPERVISOR}),
}
# Anybody may watch these. Of what there is none, or none any more, the stream is empty.
_WATCHED = ("town:", "talk:", "live:")
_KITCHEN_READERS = frozenset(_HEADS | {Role.MONITOR, Role.AUDITOR})


# An office has two streams, since a clerk who writes notices has no business with citizens' cases, nor the reverse.
_STREAM_AT_OFFICE = {Role.SERVICE_STAFF: streams.office, Role.OFFICE_CLERK: streams.notices_desk}


def own_streams(actor: Actor) -> list[str]:
    """List the streams a client is given at hello."""
    names = [streams.PUBLIC]
    if actor.kind in _PERSON:
        names.append(streams.user(actor.id))
    if not actor.grants:
        return names
    names += [streams.desk(desk) for desk, readers in _DESK_READERS.items() if actor.roles & readers]
    if actor.roles & _KITCHEN_READERS:
        names.append(streams.KITCHEN)
    return names + sorted(
        {_STREAM_AT_OFFICE[g.role](g.office) for g in actor.grants if g.office and g.role in _STREAM_AT_OFFICE}
    )


def may_read_stream(actor: Actor, stream: str) -> bool:
    """Tell whether `actor` may hold what is on `stream` now."""
    return stream.startswith(_WATCHED) or stream in own_streams(actor)


def resolve_streams(actor: Actor, names: list[str]) -> list[str]:
    """Turn the names a client used into stream names, `user` meaning the caller's own.

    Raises:
        AppError: 403 `stream_forbidden` for one the actor may not read; no hint whether it exists.
    """
    resolved = [streams.user(actor.id) if name == "user" else name for name in names]
    for name in resolved:
        if not may_read_stream(actor, name):
            if actor.kind == "anonymous":
                raise AppError(Code.AUTH_REQUIRED, 401, "登录后才能接收这部分内容。", data={"stream": name})
            raise AppError(Code.STREAM_FORBIDDEN, 403, "您不能接收这部分内容。", data={"stream": name})
    return list(dict.fromkeys(resolved))
