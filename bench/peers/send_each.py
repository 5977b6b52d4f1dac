"""The Firebase SDK as it comes: `send_each` in batches of 500, one after the other. Usage: send_each.py URL COUNT.

Two things are not as they come: the address, and the access token, which is at hand so that no sign-in is in the
figures. The message is the one of ours.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import firebase_admin  # type: ignore[import-untyped]  # The SDK ships no types.
from firebase_admin import credentials, messaging
from google.oauth2.credentials import Credentials

sys.path.insert(0, str(Path(__file__).parents[2]))

from notifications.targets.base import Push
from notifications.targets.fcm_message import compose, to_token

_AT_ONCE = 500
_PUSH = Push(
    title="快讯｜北新路段积水已达四十厘米，请绕行 bench-0-",
    body="区应急管理局七时四十分通报：受短时强降雨影响，北新路与通河路交叉口积水约四十厘米，交警已到场疏导，" * 2,
    data={"kind": "article", "id": "019ac5a0-0000-7000-8000-000000000000", "seq": "123456"},
    collapse_key="article:019ac5a0-0000-7000-8000-000000000000",
    ttl_s=4 * 3600,
    priority="high",
)


class _AtHand(credentials.Base):  # type: ignore[misc]  # Without hints the base class counts as Any.
    """An access token that is there already and does not expire."""

    def get_credential(self) -> Credentials:
        """Return it."""
        return Credentials("ya29.bench")  # type: ignore[no-untyped-call]  # google-auth is typed in parts.


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(url: str, count: int) -> None:
    """Send, and print what it took."""
    # It warns once for every connection that its pool of ten has no room for.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    messaging._MessagingService.FCM_URL = f"{url}/v1/projects/{{0}}/messages:send"  # noqa: SLF001  # No other way.
    firebase_admin.initialize_app(_AtHand(), {"projectId": "ronghui-demo"})
    composed = compose(_PUSH, datetime.now(UTC))
    messaging.send_each([to_token(composed, "warm")])
    begun, cpu, sent = time.perf_counter(), _cpu_s(), 0
    for start in range(0, count, _AT_ONCE):
        tokens = [f"bench-{number:08}{'x' * 140}" for number in range(start, min(start + _AT_ONCE, count))]
        sent += messaging.send_each([to_token(composed, token) for token in tokens]).success_count
    found = {
        "sent": sent,
        "seconds": time.perf_counter() - begun,
        "cpu_s": _cpu_s() - cpu,
        "rss_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
