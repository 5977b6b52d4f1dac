"""The target of a centre that has no push vendor yet: every push is counted as failed, none is lost silently."""

from __future__ import annotations

from collections.abc import Sequence

from notifications.targets.base import Delivery, Push


class NoTarget:
    """Fails each delivery with the code `not_configured`."""

    kind = "none"

    def send(self, push: Push, tokens: Sequence[str]) -> list[Delivery]:
        """Fail each."""
        del push
        return [_failed(token) for token in tokens]

    def send_topic(self, push: Push, topic: str) -> Delivery:
        """Fail."""
        del push
        return _failed(topic)

    def subscribe(self, tokens: Sequence[str], topic: str) -> list[Delivery]:
        """Fail each."""
        del topic
        return [_failed(token) for token in tokens]

    def unsubscribe(self, tokens: Sequence[str], topic: str) -> list[Delivery]:
        """Fail each."""
        return self.subscribe(tokens, topic)


def _failed(address: str) -> Delivery:
    return Delivery(address, "failed", "not_configured")
