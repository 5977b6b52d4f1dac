"""Calls in flight together, none of which can hold a job beyond its lease."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(
    call: Callable[[T], R], items: Sequence[T], *, at_once: int, within_s: float, late: Callable[[T], R]
) -> list[R]:
    """Call for every item, and return what came of each in their order.

    What is not done after `within_s` seconds gets `late` for an answer. What had not begun by then never does; what is
    under way goes on in its thread, and nobody hears of it.
    """
    if not items:
        return []
    # A socket's time-out starts anew with every byte, so only the one who waits can put a limit on the whole.
    crew = ThreadPoolExecutor(min(at_once, len(items)), thread_name_prefix="push")
    try:
        begun = [crew.submit(call, item) for item in items]
        done, _ = wait(begun, timeout=within_s)
        return [future.result() if future in done else late(item) for future, item in zip(begun, items, strict=True)]
    finally:
        crew.shutdown(wait=False, cancel_futures=True)
