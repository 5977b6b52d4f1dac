"""A text that is cut until it fits a vendor's limit, which counts bytes of something larger."""

from __future__ import annotations

from collections.abc import Callable


def shortened(text: str, fits: Callable[[str], bool]) -> str:
    """Return the text, or as much of its beginning as fits with an ellipsis, or nothing.

    Raises:
        ValueError: not even nothing fits.
    """
    if fits(text):
        return text
    if not fits(""):
        raise ValueError("too long even without its text")
    short, long = 0, len(text)
    while long - short > 1:
        middle = (short + long) // 2
        if fits(_cut(text, middle)):
            short = middle
        else:
            long = middle
    return _cut(text, short)


def _cut(text: str, characters: int) -> str:
    return f"{text[:characters].rstrip()}…" if characters else ""
