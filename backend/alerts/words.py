"""The closed lists of CAP 1.2 (OASIS, 1 July 2010, section 3.2), and how their words are said in Chinese."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """How a message is to be handled. Only `Actual` is for the public to act upon."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MsgType(StrEnum):
    """What a message does. Acknowledgements and errors pass between systems, and none of them comes from here."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class Scope(StrEnum):
    """Whom a message is for."""

    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


CATEGORIES = [
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
]
RESPONSES = ["Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"]
URGENCIES = ["Immediate", "Expected", "Future", "Past", "Unknown"]
SEVERITIES = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
CERTAINTIES = ["Observed", "Likely", "Possible", "Unlikely", "Unknown"]
LANGUAGES = ["zh-CN", "en"]

STATUS_WORDS = {Status.EXERCISE: "演练", Status.SYSTEM: "系统消息", Status.TEST: "测试", Status.DRAFT: "样稿"}
