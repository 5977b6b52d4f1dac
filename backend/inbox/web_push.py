"""What a browser hands over when it subscribes to pushes, and which push services we let it name.

The address is the browser's word, and our server calls it: without a list of services, anybody could have us call any
machine of ours (SSRF).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

# Chrome and its kin, Firefox, Edge, Safari. A star stands for one or more labels before the rest of the name.
PUSH_SERVICES = (
    "fcm.googleapis.com",
    "*.push.services.mozilla.com",
    "*.notify.windows.com",
    "web.push.apple.com",
    "*.push.apple.com",
)
MAX_ENDPOINT_CHARACTERS = 2000
_MAX_ADDRESS_CHARACTERS = 4000
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
# Stricter than the standard: where one reader of an address sees a user name, a backslash or a fragment, another sees
# another host, and no push service has any of these.
_ENDPOINT = re.compile(rf"(https?)://({_HOST})(?::([0-9]{{1,5}}))?/[!\"$-\[\]-~]*", re.IGNORECASE | re.ASCII)
_PATTERN = re.compile(rf"(?:\*\.)?{_HOST}|{_HOST}:[0-9]{{1,5}}")


@dataclass(frozen=True, slots=True)
class Subscription:
    """One browser: where its push service takes messages, and the keys that only the browser can open them with.

    `auth` and `p256dh` are in URL-safe base64 without padding.
    """

    endpoint: str
    auth: str
    p256dh: str

    @property
    def address(self) -> str:
        """What is kept of it and stands on letters: the same subscription is always the same text."""
        keys = {"auth": self.auth, "p256dh": self.p256dh}
        return json.dumps({"endpoint": self.endpoint, "keys": keys}, separators=(",", ":"))


def read_subscription(given: Any) -> Subscription:
    """Read what `PushSubscription.toJSON()` gives in the browser, or the text of an address. More fields are ignored.

    Whether the endpoint is a push service is for `is_push_service` to say.

    Raises:
        ValueError: it is no subscription, or its keys cannot be used.
    """
    if isinstance(given, str) and len(given) > _MAX_ADDRESS_CHARACTERS:
        raise ValueError("too long for a subscription")
    try:
        held = json.loads(given) if isinstance(given, str) else given
    except RecursionError as error:
        raise ValueError("brackets without end") from error
    keys = held.get("keys") if isinstance(held, dict) else None
    if not isinstance(keys, dict) or not isinstance(held.get("endpoint"), str):
        raise ValueError("no subscription")  # noqa: TRY004 # What the client sent is a bad value.
    auth, point = _bytes(keys.get("auth")), _bytes(keys.get("p256dh"))
    if len(auth) != 16:
        raise ValueError("auth is not 16 bytes")
    if len(point) != 65:
        raise ValueError("p256dh is not an uncompressed point")
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    return Subscription(held["endpoint"], base64_of(auth), base64_of(point))


def is_push_service(endpoint: str, hosts: Sequence[str]) -> bool:
    """Tell whether an address may be called.

    `hosts` are names, names after `*.`, or names with a port for a fake. Only the last may be called without TLS.
    """
    found = _ENDPOINT.fullmatch(endpoint) if len(endpoint) <= MAX_ENDPOINT_CHARACTERS else None
    if found is None:
        return False
    scheme, host, port = found[1].lower(), found[2].lower(), found[3]
    if port is not None:
        return f"{host}:{port}" in hosts
    return scheme == "https" and any(_fits(host, pattern) for pattern in hosts)


def is_host_pattern(pattern: str) -> bool:
    """Tell whether it can stand in the list that `is_push_service` goes by."""
    return _PATTERN.fullmatch(pattern) is not None


def base64_of(data: bytes) -> str:
    """Write bytes as browsers do: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _fits(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _bytes(text: Any) -> bytes:
    if not isinstance(text, str) or not text.isascii():
        raise ValueError("a key is missing")
    unpadded = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(unpadded + "=" * (-len(unpadded) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("a key is not base64") from error
