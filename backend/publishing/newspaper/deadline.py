"""The press deadline: half an hour before it, an issue that is not signed is reported."""

from __future__ import annotations

from datetime import datetime

from backend.clock import SHANGHAI, iso
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.policy import Role
from backend.publishing.newspaper.models import PaperIssue
from backend.publishing.newspaper.rules import ISSUE, NEAR
from backend.unit_of_work import UnitOfWork

DEADLINE_JOB = "issue.deadline_near"
NEAR_ALARM = "issue_deadline_near"
TO = (Role.LAYOUT_EDITOR, Role.SECTION_HEAD, Role.DUTY_EDITOR, Role.CHIEF_EDITOR)
_IN_TIME = frozenset({"signed", "at_press", "printed"})


def watch(unit: UnitOfWork, issue: PaperIssue) -> None:
    """Set the alarm clock of an issue; an earlier one for another deadline finds nothing to do."""
    clear_alarms(unit, NEAR_ALARM, issue.id)
    at = iso(issue.press_deadline)
    args = {"id": issue.id, "deadline": at}
    unit.enqueue(DEADLINE_JOB, f"{DEADLINE_JOB}:{issue.id}:{at}", args, run_at=issue.press_deadline - NEAR)


def sound_deadline(run: JobRun) -> None:
    """Raise the alarm, unless the issue has been signed or its deadline moved."""
    with run.unit() as unit:
        issue = unit.session.get(PaperIssue, run.args["id"], with_for_update=True)
        if issue is None or issue.state in _IN_TIME or iso(issue.press_deadline) != run.args["deadline"]:
            return
        unit.record("issue.deadline_near", issue.id, issue.ver, state=issue.state, deadline=run.args["deadline"])
        raise_alarm(
            unit,
            key=f"{NEAR_ALARM}:{issue.id}:{run.args['deadline']}"[:120],
            kind=NEAR_ALARM,
            about=("issue", issue.id),
            to=TO,
            text=f"{issue.date} 的报纸 {_clock(issue.press_deadline)} 付印，现{ISSUE.states[issue.state]}，尚未签版。",
        )


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%H:%M}"
