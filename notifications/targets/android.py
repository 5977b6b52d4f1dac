"""The channels that the app declares on Android: a user may silence `news` and still be rung by `urgent`."""

from __future__ import annotations

from notifications.targets.base import Push

_CHANNELS = {"high": "urgent", "normal": "news"}
# This one has no sound at all.
_QUIET = "quiet"


def channel_of(push: Push) -> str:
    """Return the channel that a push is shown in."""
    return _CHANNELS[push.priority] if push.sound else _QUIET
