"""What the house needs of its async mode. Only `offload` differs; the rest is the standard library, patched or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def _inline(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return call(*args, **kwargs)


_run: Callable[..., Any] = _inline


def offload(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run CPU-bound C work (password hashing, image work) without stopping the other requests.

    In green modes it runs in a real thread pool and the caller waits cooperatively; in threading mode it runs
    in place, as other threads go on anyway. Exceptions pass through.
    """
    result: T = _run(call, *args, **kwargs)
    return result


def install_offload(run: Callable[..., Any]) -> None:
    """Set how `offload` runs; the composition root calls it once, after patching."""
    global _run  # noqa: PLW0603  # the async mode is one per process, and set once
    _run = run
