"""What the fold of the log keeps of each thing: stories, examinations, cases, assignments. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple


class Told(NamedTuple):
    """One event of the log, with what the fold looks at."""

    seq: int
    at: datetime
    actor: str
    entity_id: str
    type: str
    data: dict[str, Any]


@dataclass(slots=True)
class Receipt:
    """That a kind of product is out, for the first time."""

    seq: int
    at: datetime
    kind: str
    medium: str
    edited: bool


@dataclass(slots=True)
class StoryFacts:
    """A story: whose, of what form, for which task, what it became, and what was said of it since."""

    id: str
    credits: dict[str, Any] | None = None
    credits_seq: int = 0
    receipts: dict[str, Receipt] = field(default_factory=dict)
    grade: str | None = None
    type: str | None = None
    graded_seq: int | None = None
    graded_by: str | None = None
    graded_how: str | None = None
    reach: Told | None = None
    pickups: list[Told] = field(default_factory=list)
    # The examination that its published text was signed in.
    exam: str | None = None

    @property
    def first(self) -> Receipt | None:
        """The receipt with which it came before readers."""
        return next(iter(self.receipts.values()), None)


@dataclass(slots=True)
class Pass:
    """That somebody passed a step, for the first time in this examination."""

    step: str
    actor: str
    seq: int
    at: datetime
    opened_seq: int
    opened_at: datetime
    chars: int
    read_ms: int | None
    fixes: int
    grade: str | None


@dataclass(slots=True)
class Finding:
    """Something a checker found and that was put right: by their own pencil, or after they sent the text back."""

    step: str
    actor: str
    at: datetime
    seqs: list[int]
    count: int


@dataclass(slots=True)
class ExamFacts:
    """An examination: who stands at which step now, who passed what, what was found, and what was sent back."""

    id: str
    story: str
    about: str
    lane: str
    opened: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    # Who has passed each step of the present round, and in which event.
    standing: dict[str, tuple[str, int]] = field(default_factory=dict)
    passes: dict[tuple[str, str], Pass] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    sent_back: tuple[str, Told] | None = None
    signer: tuple[str, int] | None = None


@dataclass(slots=True)
class CaseFacts:
    """A correction or withdrawal, with who had passed what when it was opened.

    `signer` answers for the steps that the fast lane had left out until then.
    """

    id: str
    story: str
    opened: Told
    severity: str
    is_error: bool
    found_by_other: bool
    cause_step: str | None
    standing: dict[str, tuple[str, int]]
    signer: tuple[str, int] | None
    decided: Told | None = None
    done: Told | None = None


@dataclass(slots=True)
class TaskFacts:
    """An assignment: when it was sent out, reached, and filed."""

    id: str
    desk: str
    reporters: list[dict[str, Any]]
    emergency: bool
    due: datetime
    dispatched: tuple[int, datetime] | None = None
    on_site: tuple[int, datetime] | None = None
    filed: tuple[int, datetime] | None = None

    @property
    def late(self) -> timedelta | None:
        """By how much it was filed too late; None while it is not."""
        return self.filed[1] - self.due if self.filed else None


@dataclass(slots=True)
class Facts:
    """All of them. A person is known by their first account, which `persons` tells of each."""

    up_to_seq: int = 0
    persons: dict[str, str] = field(default_factory=dict)
    stories: dict[str, StoryFacts] = field(default_factory=dict)
    exams: dict[str, ExamFacts] = field(default_factory=dict)
    cases: dict[str, CaseFacts] = field(default_factory=dict)
    tasks: dict[str, TaskFacts] = field(default_factory=dict)
    leads: list[Told] = field(default_factory=list)
    shifts: list[Told] = field(default_factory=list)
    # Stories that were handed in, and sent back: `(story, event)`.
    handed_in: list[tuple[str, int, datetime]] = field(default_factory=list)
    returned: list[tuple[str, int, datetime]] = field(default_factory=list)

    def story(self, story_id: str) -> StoryFacts:
        """Return what is known of a story."""
        return self.stories.setdefault(story_id, StoryFacts(story_id))

    def person(self, account: str) -> str:
        """Return the first account of the person that an account is of."""
        return self.persons.get(account, account)
