"""When the duty passes on, and what has to be looked through before. No database.

NEWSROOM.md section 8: whoever comes on duty must accept the open list; until then the old duty stays responsible.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from backend.newsroom.machine import Guard, Machine, Way
from backend.policy import Role

HOLD = "duty.hold"
CHIEFS = frozenset({Role.CHIEF_EDITOR, Role.DUTY_EDITOR})
ANSWER_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class DutyFacts:
    """What the guards look at. `missing` is how much of the open list nobody has checked yet."""

    is_vacant: bool = True
    is_chief: bool = False
    has_reason: bool = False
    is_receiver: bool = True
    is_giver: bool = True
    missing: int = 0
    is_holder: bool = False
    is_offered: bool = False


VACANT = Guard[DutyFacts](
    "vacant",
    lambda f: f.is_vacant or (f.is_chief and f.has_reason),
    "现在有人值班，要由他交班；总编可以写明理由后接管。",
    "请当班同事交班，或由总编写明理由",
)
NOT_ON_DUTY = Guard[DutyFacts]("not_on_duty", lambda f: not f.is_holder, "现在就是您在值班。", "不必再上岗")
ONE_OFFER = Guard[DutyFacts](
    "one_offer", lambda f: not f.is_offered, "已经交班给一位同事，还没有答复。", "先收回交班，再交给别人"
)
RECEIVER = Guard[DutyFacts]("receiver", lambda f: f.is_receiver, "这次交班不是交给您的。", "由被交班的同事接班")
GIVER = Guard[DutyFacts]("giver", lambda f: f.is_giver, "只有当班的人可以交班或收回交班。", "由当班同事操作")
LIST_CHECKED = Guard[DutyFacts](
    "list_checked",
    lambda f: f.missing == 0,
    "交接清单还有没有确认的事项。",
    "逐项确认清单（包括交班后新出现的事项）后再接班",
)

DUTY: Machine[DutyFacts] = Machine(
    name="duty",
    noun="值班",
    states={"on": "值班中", "ended": "已交班"},
    start=("on",),
    ways=(
        Way("offer", ("on",), None, HOLD, "交班", (GIVER, ONE_OFFER)),
        Way("end", ("on",), "ended", None, "结束值班"),
        Way("relieve", ("on",), "ended", HOLD, "接管值班", (NOT_ON_DUTY, VACANT)),
    ),
    ends=("ended",),
)
HANDOVER: Machine[DutyFacts] = Machine(
    name="handover",
    noun="交接单",
    states={"offered": "待接班", "accepted": "已接班", "declined": "已谢绝", "withdrawn": "已收回"},
    start=("offered",),
    ways=(
        Way("accept", ("offered",), "accepted", HOLD, "接班", (RECEIVER, LIST_CHECKED)),
        Way("decline", ("offered",), "declined", HOLD, "谢绝接班", (RECEIVER,)),
        Way("withdraw", ("offered",), "withdrawn", HOLD, "收回交班", (GIVER,)),
        Way("lapse", ("offered",), "withdrawn", None, "作废"),
    ),
    ends=("accepted", "declined", "withdrawn"),
)
