"""States, commands and guards as data: one class that asks them, and the drawing of them comes from the same data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from backend.errors import AppError, Code

F = TypeVar("F")


# No slots: Python 3.11 cannot make a frozen generic class with slots by a subscript.
@dataclass(frozen=True)
class Guard(Generic[F]):
    """A rule that must hold before a command goes through.

    `holds` looks at facts that the action has gathered and at nothing else. `words` tell a person what is wrong,
    `needs` what would satisfy the rule.
    """

    name: str
    holds: Callable[[F], bool]
    words: str
    needs: str
    code: Code = Code.GUARD_FAILED

    def refusal(self, **data: Any) -> AppError:
        """Make the 409 of this guard; `data` adds what this case is about."""
        return AppError(self.code, 409, self.words, data={"guard": self.name, "needs": self.needs} | data)

    def demand(self, facts: F, **data: Any) -> None:
        """Raise the 409 unless the rule holds."""
        if not self.holds(facts):
            raise self.refusal(**data)


@dataclass(frozen=True)
class Way(Generic[F]):
    """A command's way from any of these states to that one; a target of None leaves the state as it is.

    `permission` is the one of `policy.PERMISSIONS` that its caller holds, None for what only the house's own jobs do.
    """

    command: str
    sources: tuple[str, ...]
    target: str | None
    permission: str | None
    words: str
    guards: tuple[Guard[F], ...] = ()


@dataclass(frozen=True)
class Machine(Generic[F]):
    """What a thing may go through. `states` gives each state its Chinese name; `noun` is the thing's."""

    name: str
    noun: str
    states: dict[str, str]
    start: tuple[str, ...]
    ways: tuple[Way[F], ...]
    ends: tuple[str, ...] = field(default=())

    def allowed(self, state: str) -> list[str]:
        """List what can be done from a state, by whoever may."""
        return sorted({way.command for way in self.ways if state in way.sources and way.permission is not None})

    def way(self, command: str, state: str) -> Way[F]:
        """Return the way of a command from a state.

        Raises:
            AppError: 409 `illegal_state` with the guard `state`, what is allowed now, and which states would do.
        """
        for way in self.ways:
            if way.command == command and state in way.sources:
                return way
        raise self._illegal(command, state)

    def step(self, command: str, state: str, facts: F | None = None) -> str:
        """Return the state a command leads to, after asking its guards in their order.

        Raises:
            AppError: 409 `illegal_state`, or that of the first guard that does not hold.
        """
        way = self.way(command, state)
        for guard in way.guards:
            guard.demand(facts)  # type: ignore[arg-type]  # a machine with guards is always given facts
        return state if way.target is None else way.target

    def words_of(self, command: str) -> str:
        """Return the Chinese name of a command."""
        return next(way.words for way in self.ways if way.command == command)

    def guards(self) -> Iterable[Guard[F]]:
        """Yield every guard once, in the order of the ways."""
        return {guard.name: guard for way in self.ways for guard in way.guards}.values()

    def _illegal(self, command: str, state: str) -> AppError:
        sources = [source for way in self.ways if way.command == command for source in way.sources]
        names = "、".join(dict.fromkeys(self.states[source] for source in sources))
        return AppError(
            Code.ILLEGAL_STATE,
            409,
            f"{self.noun}当前是“{self.states[state]}”，不能{self.words_of(command)}。",
            data={"guard": "state", "state": state, "allowed": self.allowed(state), "needs": f"状态须为：{names}"},
        )
