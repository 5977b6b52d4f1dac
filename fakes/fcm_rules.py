"""Rules by which a test makes the fake Firebase misbehave."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, fields
from typing import Any, Literal

from fakes.fcm_checks import ERRORS

Place = Literal["send", "topics", "oauth"]

OK, LOST, GATEWAY, INVALID_GRANT = "OK", "LOST", "GATEWAY", "invalid_grant"
DEAD_PREFIX = "dead-"
_ANSWERS = {OK, LOST, GATEWAY, INVALID_GRANT, *ERRORS}
_MAX_RULES = 1000


@dataclass
class Rule:
    """What to answer to whom.

    `on` is the endpoint: `send`, `topics` (subscriptions) or `oauth`. `token`, `token_prefix` and `topic` narrow it
    down. `answer` is one of Firebase's error codes, or `OK`, or `LOST` (taken, then the line is cut), or `GATEWAY`
    (a page of something in between), or `invalid_grant` (a sign-in refused). `delay_s` comes on top; the message is
    taken before the wait. `times` is how often the rule holds, for ever if None.
    """

    on: Place = "send"
    answer: str = OK
    token: str | None = None
    token_prefix: str | None = None
    topic: str | None = None
    delay_s: float = 0
    retry_after_s: int | None = None
    times: int | None = None

    def matches(self, on: Place, token: str | None, topic: str | None) -> bool:
        """Tell whether the rule is about this call."""
        return (
            self.on == on
            and self.times != 0
            and self.token in {None, token}
            and self.topic in {None, topic}
            and (self.token_prefix is None or (token or "").startswith(self.token_prefix))
        )


def parse_rule(fields_given: Any) -> Rule:
    """Make a rule of what a test posted.

    Raises:
        ValueError: it names a field or an answer that does not exist.
    """
    if not isinstance(fields_given, dict) or fields_given.keys() - {field.name for field in fields(Rule)}:
        raise ValueError(f"a rule has the fields {[field.name for field in fields(Rule)]}")
    rule = Rule(**fields_given)
    if rule.answer not in _ANSWERS:
        raise ValueError(f"answer is one of {sorted(_ANSWERS)}")
    return rule


class Rules:
    """The rules in force; a newer one goes before an older one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: deque[Rule] = deque(maxlen=_MAX_RULES)

    def add(self, rule: Rule) -> None:
        """Put a rule before the others; beyond a thousand the oldest is forgotten."""
        with self._lock:
            self._rules.appendleft(rule)

    def clear(self) -> None:
        """Behave well again."""
        with self._lock:
            self._rules.clear()

    def choose(self, on: Place, token: str | None = None, topic: str | None = None) -> Rule:
        """Return the rule for this call and count it."""
        with self._lock:
            for rule in self._rules:
                if rule.matches(on, token, topic):
                    rule.times = rule.times if rule.times is None else rule.times - 1
                    return rule
        return Rule(on, "UNREGISTERED" if (token or "").startswith(DEAD_PREFIX) else OK)
