"""Writing docs/newsroom.md: states, guards and who may command what, drawn from the rules themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backend import policy
from backend.community.comments.rules import COMMENT
from backend.community.gatherings.rules import GATHERING
from backend.community.polls.rules import POLL
from backend.community.tips.rules import TIP
from backend.newsroom.board.rules import ALARM
from backend.newsroom.editing.packages.rules import RENDITION
from backend.newsroom.editing.rules import STORY
from backend.newsroom.examination import rules as examination
from backend.newsroom.examination.aids.report import RULES
from backend.newsroom.interview.rules import ASSIGNMENT, MATERIAL
from backend.newsroom.machine import Machine
from backend.newsroom.planning.rules import DIRECTIVE, LEAD, MEETING, TOPIC
from backend.oversight.assessment.rules import APPEAL, PERIOD, RULE_SET
from backend.oversight.duty.rules import DUTY, HANDOVER
from backend.oversight.monitoring.rules import ALERT, RULE
from backend.policy import Actor, Grant, Role
from backend.publishing.broadcast.rules import ITEM, RUNDOWN
from backend.publishing.doubts import SUSPECT
from backend.publishing.newspaper.rules import ISSUE
from backend.publishing.rules import CASE, CHANNEL, PUBLICATION, TARGET
from deploy.roles import row

SECTIONS: dict[str, tuple[Machine[Any], ...]] = {
    "策划 Planning": (LEAD, TOPIC, MEETING, DIRECTIVE),
    "采访 Interview": (ASSIGNMENT, MATERIAL),
    "编辑 Editing": (STORY, RENDITION),
    "审核 Examination": (examination.EXAM, examination.STEP, examination.DICTIONARY),
    "刊播 Publication and broadcast": (PUBLICATION, CHANNEL, CASE, TARGET, ISSUE, RUNDOWN, ITEM),
    "考核 Assessment": (PERIOD, APPEAL, RULE_SET),
    "监测 Monitoring": (ALERT, RULE, examination.SCAN_HIT, SUSPECT),
    "指挥调度 Board": (ALARM, DUTY, HANDOVER),
    "市民参与 Community": (COMMENT, TIP, POLL, GATHERING),
}
# The kitchen's own roles, in the order of the house; the offices and the service desk command nothing here.
ROLES = tuple(
    role for role in Role if role not in {Role.OFFICE_CLERK, Role.DISPATCHER, Role.SERVICE_STAFF, Role.SUPERVISOR}
)
_HEAD = """# 中央厨房：状态、条件与权限 The Central Kitchen: states, guards and who may do what

本页由 `flask --app wsgi newsroom` 从各板块的 `rules.py` 生成，请勿手改；测试保证它与程序一致。
Generated from the rules; a test fails when it is out of date. In the diagrams `*` marks what only the house's own jobs
do. A guard that does not hold answers 409 with its name (`guard`), the code below, and what would satisfy it (`needs`).
"""


def machines() -> Iterator[Machine[Any]]:
    """Yield every machine once."""
    for given in SECTIONS.values():
        yield from given


def diagram(machine: Machine[Any]) -> list[str]:
    """Draw a machine as a mermaid state diagram."""
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {state}: {words} {state}" for state, words in machine.states.items()]
    lines += [f"    [*] --> {state}" for state in machine.start]
    for way in machine.ways:
        mark = "*" if way.permission is None else ""
        guards = f" [{'，'.join(guard.name for guard in way.guards)}]" if way.guards else ""
        lines += [
            f"    {source} --> {way.target or source}: {way.words} {way.command}{mark}{guards}"
            for source in way.sources
        ]
    lines += [f"    {state} --> [*]" for state in machine.ends]
    return [*lines, "```", ""]


def guards(machine: Machine[Any]) -> list[str]:
    """List the guards of a machine: name, code, what is said, what would satisfy it."""
    given = list(machine.guards())
    if not given:
        return []
    rows = [row([f"`{g.name}`", f"`{g.code}`", g.words, g.needs]) for g in given]
    return [row(["guard", "code", "不满足时 refused with", "怎样才行 needs"]), row(["---"] * 4), *rows, ""]


def commands() -> list[tuple[str, str, str, str]]:
    """List every command that somebody may give: machine, command, Chinese name, permission."""
    found = {
        (machine.name, way.command, way.permission): (machine.name, way.command, way.words, way.permission)
        for machine in machines()
        for way in machine.ways
        if way.permission is not None
    }
    return list(found.values())


def write_newsroom() -> str:
    """Return the page."""
    lines = [_HEAD]
    for section, given in SECTIONS.items():
        lines += [f"## {section}", ""]
        for machine in given:
            lines += [f"### {machine.noun} `{machine.name}`", "", *diagram(machine), *guards(machine)]
    lines += _steps() + _matrix() + _aids()
    return "\n".join(lines).rstrip() + "\n"


def _steps() -> list[str]:
    lines = ["## 六道审校由谁办 Who takes which step", ""]
    lines += [row(["step", "", "normal", "strict", "时限 SLA（分钟 min）"]), row(["---"] * 5)]
    for step in examination.STEPS:
        roles = [
            ", ".join(f"`{role}`" for role in sorted(examination.roles_for(step, p))) for p in ("normal", "strict")
        ]
        lines.append(row([step, examination.STEP_NAMES[step], *roles, str(examination.SLA_MINUTES[step])]))
    return [*lines, ""]


def _matrix() -> list[str]:
    lines = ["## 岗位与命令 Role × command", ""]
    lines.append(
        "✓ 表示岗位可以下这个命令；轮到具体的人和稿件时，再看上面的条件。✓ is the role's right; guards ask the rest."
    )
    lines += ["", row(["thing", "command", "", *ROLES]), row(["---"] * (3 + len(ROLES)))]
    for name, command, words, permission in commands():
        marks = ["✓" if policy.allows(_holder(role), permission) else "" for role in ROLES]
        lines.append(row([name, f"`{command}`", words, *marks]))
    return [*lines, ""]


def _holder(role: Role) -> Actor:
    return Actor("somebody", "staff", (Grant(role),))


def _aids() -> list[str]:
    rows = [row([f"`{rule}`", words]) for rule, words in RULES.items()]
    return ["## 机检规则 Rules of the text aids", "", row(["rule", "查什么 looks for"]), row(["---"] * 2), *rows, ""]
