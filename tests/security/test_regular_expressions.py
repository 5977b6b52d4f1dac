"""No regular expression of ours takes longer than the length of a text explains, whatever the text (ReDoS).

All of them are found in the source, also those to be written tomorrow: what is compiled, what is given to `re` where it
is used, and the patterns of forms. Each is given long hostile texts made of its own characters. What counts is
processor time, and how it grows: four times the text may cost four times as much, with room for a busy machine, and
not sixteen.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import flask  # noqa: F401  # Before anything that would patch this process.
import pytest

from tests.support.server import ROOT

PACKAGES = ("backend", "api", "channels", "notifications", "realtime")
SHORT, LONG = 2_000, 8_000
# What is over that soon is harmless however it grows; the longest field is a few times as long.
HARMLESS_S = 0.01
GROWTH = 9.0
# An expression that never ends is interrupted: `re` looks for signals while it works.
GIVE_UP_S = 2


@dataclass(frozen=True)
class Found:
    """A regular expression, where it stands, and how it is applied."""

    where: str
    pattern: str
    flags: int
    how: str

    def __str__(self) -> str:
        return f"{self.where} {self.how} {self.pattern[:80]!r}"


APPLIED = {"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, ast.parse(file.read_text(encoding="utf-8"))


def value_of(node: ast.expr, names: dict[str, Any]) -> Any:
    """Work out an expression from the names of its module; None where that needs more."""
    try:
        return eval(compile(ast.Expression(node), "<found>", "eval"), dict(names))
    except Exception:
        return None


def used(tree: ast.Module) -> Iterator[tuple[str, ast.expr, list[ast.expr]]]:
    """Go through what is called in a module: `(method, on what, with what)`; a plain function is on itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node.func.value, node.args
        elif isinstance(node, ast.Call):
            yield "call", node.func, node.args


def found() -> list[Found]:
    applied: dict[str, set[str]] = {}
    compiled: list[tuple[str, str, re.Pattern[str]]] = []
    seen: list[Found] = []
    for name, tree in modules():
        names = vars(importlib.import_module(name))
        compiled += [(name, label, value) for label, value in names.items() if isinstance(value, re.Pattern)]
        for how, on, given in used(tree):
            label = getattr(on, "id", getattr(on, "attr", ""))
            at_once = (how in APPLIED and label == "re") or (how == "call" and label == "Pattern")
            if at_once and given and isinstance(pattern := value_of(given[0], names), str):
                seen.append(Found(name, pattern, 0, "match" if how == "call" else how))
            elif how in APPLIED:
                applied.setdefault(label, set()).add(how)
    for name, label, value in compiled:
        if isinstance(value.pattern, str):
            flags = value.flags & ~re.UNICODE.value
            seen += [Found(name, value.pattern, flags, how) for how in applied.get(label) or {"search"}]
    # The same expression under an imported name is one.
    return list({(one.pattern, one.flags, one.how): one for one in sorted(seen, key=str)}.values())


def apply(one: Found) -> Callable[[str], object]:
    pattern = re.compile(one.pattern, one.flags)
    if one.how in {"sub", "subn"}:
        return lambda text: pattern.sub("", text)
    if one.how == "finditer":
        return lambda text: sum(1 for _ in pattern.finditer(text))
    return getattr(pattern, one.how)  # type: ignore[no-any-return]


def characters(pattern: str) -> list[str]:
    """Return characters that the pattern may take, its own and one of each kind."""
    own = [each for each in dict.fromkeys(pattern) if each not in "\\^$*+?()[]{}|"]
    return list(dict.fromkeys([*"a0 ", *own[:12], "文", "\n", "-", ".", "<", "_", "A", "\\", "(", "[", "{"]))


def hostile(pattern: str, length: int) -> Iterator[str]:
    """Write texts in which an expression can go astray: long runs that fit, and an end that does not."""
    chars = characters(pattern)
    for each in chars:
        for end in ("", "\x00", "!"):
            yield each * length + end
    own = [each for each in dict.fromkeys(pattern) if each.isalnum() or each in "-_.,:;/@#&=<>\"' "][:6]
    for one, other in itertools.permutations([*own, "a", "0"], 2):
        yield (one + other) * (length // 2) + "\x00"


@contextmanager
def patience() -> Iterator[None]:
    def over(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, GIVE_UP_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def cost(run: Callable[[str], object], text: str) -> float:
    begun = time.process_time()
    with patience():
        run(text)
    return time.process_time() - begun


def growth(one: Found) -> tuple[float, str] | None:
    """Return by how much the worst text grew, and that text's beginning; None where all of them are harmless."""
    run = apply(one)
    worst: tuple[float, str] | None = None
    for short, long in zip(hostile(one.pattern, SHORT), hostile(one.pattern, LONG), strict=True):
        try:
            # The shorter one first: what takes for ever takes it here already.
            before = cost(run, short)
            if before < HARMLESS_S / 16:
                # Even squared it would stay below the bound.
                continue
            if cost(run, long) < HARMLESS_S:
                continue
            best = min(cost(run, long) for _ in range(3)) / max(min(cost(run, short) for _ in range(3)), 1e-6)
        except TimeoutError:
            return float("inf"), short[:20]
        if worst is None or best > worst[0]:
            worst = best, short[:20]
        if best > GROWTH:
            break
    return worst


FOUND = found()


def test_the_expressions_of_the_house_are_found() -> None:
    assert len(FOUND) > 100
    assert {one.where.split(".")[0] for one in FOUND} >= {"backend", "api", "channels", "notifications"}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_expression_takes_longer_than_the_length_explains(package: str) -> None:
    slow = []
    for one in FOUND:
        if one.where.startswith(f"{package}."):
            grown = growth(one)
            if grown is not None and grown[0] > GROWTH:
                slow.append((str(one), *grown))
    assert slow == []


@pytest.mark.parametrize(("pattern", "how"), [(r"(a+)+$", "match"), (r"\s+$", "search"), (r"a*a*b", "match")])
def test_a_slow_expression_is_noticed(monkeypatch: pytest.MonkeyPatch, pattern: str, how: str) -> None:
    monkeypatch.setitem(globals(), "GIVE_UP_S", 0.5)
    grown = growth(Found("here", pattern, 0, how))
    assert grown is not None
    assert grown[0] > GROWTH
