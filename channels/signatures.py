"""Signing webhooks, and checking the signature, after the Standard Webhooks specification. No HTTP, no database.

What is signed is `<id>.<timestamp>.<body>` with HMAC-SHA256. While a secret is being replaced there is a signature of
each, and one that fits is enough.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
WINDOW = timedelta(minutes=5)
_PREFIX, _VERSION = "whsec_", "v1"
_SHORTEST = 24


class BadSignature(Exception):
    """A call that does not come from who knows the secret, or not now. Its text says why, and no secret."""


def read_secret(secret: str) -> bytes:
    """Return the key of a secret: after `whsec_` it is base64, anything else is taken as it stands.

    Raises:
        ValueError: it is not base64, or shorter than 24 bytes.
    """
    if secret.startswith(_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIX) + "==")
        except ValueError:
            raise ValueError("whsec_ 之后要是 base64 (base64 after whsec_)") from None
    else:
        key = secret.encode()
    if len(key) < _SHORTEST:
        raise ValueError(f"密钥至少 {_SHORTEST} 字节 (at least {_SHORTEST} bytes)")
    return key


def sign(secrets: Sequence[str], message_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers of a call."""
    timestamp = str(int(moment.timestamp()))
    signatures = [_signature(secret, message_id, timestamp, body) for secret in secrets]
    return {ID: message_id, TIMESTAMP: timestamp, SIGNATURE: " ".join(signatures)}


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """Return the id of a call that is genuine and of these minutes.

    The same call may come twice: who receives it keeps the ids for as long as the window and acts on each once.

    Raises:
        BadSignature: it is not.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = lower.get(ID, ""), lower.get(TIMESTAMP, "")
    given = lower.get(SIGNATURE, "").split()
    if not (message_id and given and timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        raise BadSignature("缺少签名头，或格式不对 (headers missing or malformed)")
    if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise BadSignature("时间相差超过五分钟 (more than five minutes away)")
    wanted = [_signature(secret, message_id, timestamp, body) for secret in secrets]
    # All of them are compared, in constant time, so that the time taken tells nothing.
    matches = [hmac.compare_digest(one.encode(), other.encode()) for one in given for other in wanted]
    if not any(matches):
        raise BadSignature("签名不符 (no signature fits)")
    return message_id


def _signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    digest = hmac.digest(read_secret(secret), signed, hashlib.sha256)
    return f"{_VERSION},{base64.b64encode(digest).decode()}"
