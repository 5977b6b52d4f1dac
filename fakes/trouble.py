"""Rules by which a test makes a fake vendor misbehave. They know of calls, not of any one vendor."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from fakes.http_server import Answer, Call

Kind = Literal["refuse", "drop", "lose", "lie", "delay", "garble", "half", "alter"]
Handle = Callable[[Call], Answer]
_MAX_RULES = 1000
# As a proxy in front of us would write it: no JSON, and not even UTF-8.
_GARBLED = "<html><h1>502 网关错误</h1></html>".encode("gbk")


@dataclass
class Trouble:
    """One way to misbehave, on the calls whose path matches `path` (`*` and `?` stand for anything).

    `kind` is one of

    - `refuse`: not taken; the answer is `status` with `body` (JSON, or text as it stands) and `headers`, or the
      vendor's own error `errcode`.
    - `drop`: not taken, the line is cut.
    - `lose`: taken, the line is cut.
    - `lie`: taken, and answered as by `refuse`.
    - `delay`: taken, answered as usual after `delay_s`, which may be given with any other kind too.
    - `garble`: taken, answered with a page of something else; `half`: with half of the answer.
    - `alter`: what is published by it has `replacement` where it had `find`.

    `times` is how often it holds, for ever if None; with `probability` below 1 it is drawn anew for each call, by the
    numbers that follow from `seed`.
    """

    path: str = "*"
    kind: Kind = "refuse"
    times: int | None = None
    probability: float = 1.0
    seed: int | str = 0
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    errcode: int | None = None
    delay_s: float = 0
    find: str = ""
    replacement: str = ""
    _draw: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)

    def holds(self, path: str) -> bool:
        """Tell whether it holds for this call, and count it if it does."""
        if self.times == 0 or not fnmatchcase(path, self.path) or self._draw.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True


_FIELDS = [one.name for one in fields(Trouble) if one.init]


def parse_rule(given: Any) -> Trouble:
    """Make a rule of what a test posted.

    Raises:
        ValueError: it names a field or a kind that does not exist.
    """
    if not isinstance(given, dict) or given.keys() - set(_FIELDS):
        raise ValueError(f"a rule has the fields {_FIELDS}")
    rule = Trouble(**given)
    if rule.kind not in get_args(Kind):
        raise ValueError(f"kind is one of {get_args(Kind)}")
    return rule


class Troubles:
    """The rules in force, a newer one before an older one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: deque[Trouble] = deque(maxlen=_MAX_RULES)
        self._met: Counter[str] = Counter()

    def add(self, rule: Trouble) -> None:
        """Put a rule before the others; beyond a thousand the oldest is forgotten."""
        with self._lock:
            self._rules.appendleft(rule)

    def clear(self) -> None:
        """Behave well again."""
        with self._lock:
            self._rules.clear()

    def met(self) -> Counter[str]:
        """Return how often each kind of trouble was made."""
        with self._lock:
            return Counter(self._met)

    def answer(self, call: Call, handle: Handle, refusal: Callable[[int], Answer]) -> Answer:
        """Answer a call as the vendor does, or as the first rule that holds for it says.

        `refusal` writes an error as the vendor does.
        """
        rule = self._choose(call.path, alters=False)
        if rule is None:
            return handle(call)
        if rule.kind == "drop":
            return Answer(200, b"", cut=True, delay_s=rule.delay_s)
        if rule.kind == "refuse":
            return replace(_refused(rule, refusal), delay_s=rule.delay_s)
        return _spoilt(handle(call), rule, _refused(rule, refusal))

    def altered(self, path: str, text: str) -> str:
        """Return what is published in the place of `text`."""
        rule = self._choose(path, alters=True)
        return text if rule is None else text.replace(rule.find, rule.replacement)

    def _choose(self, path: str, *, alters: bool) -> Trouble | None:
        with self._lock:
            rules = (rule for rule in self._rules if (rule.kind == "alter") == alters and rule.holds(path))
            found = next(rules, None)
            if found is not None:
                self._met[found.kind] += 1
            return found


def _refused(rule: Trouble, refusal: Callable[[int], Answer]) -> Answer:
    if rule.errcode is not None:
        return refusal(rule.errcode)
    if isinstance(rule.body, str):
        return Answer(rule.status, rule.body.encode(), rule.headers, content_type="text/plain; charset=utf-8")
    return Answer(rule.status, json.dumps(rule.body, ensure_ascii=False).encode(), rule.headers)


def _spoilt(answer: Answer, rule: Trouble, lie: Answer) -> Answer:
    """Make an answer late, or wrong, or lose it."""
    match rule.kind:
        case "lose":
            return replace(answer, cut=True, delay_s=rule.delay_s)
        case "lie":
            return replace(lie, delay_s=rule.delay_s)
        case "garble":
            return replace(answer, body=_GARBLED, content_type="text/html", delay_s=rule.delay_s)
        case "half":
            return replace(answer, body=answer.body[: len(answer.body) // 2], delay_s=rule.delay_s)
    return replace(answer, delay_s=rule.delay_s)
