"""The sign-in of the fake Google: service accounts, and access tokens for them."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections import deque
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fakes.http_server import Answer, Call, json_answer

PROJECT = "ronghui-demo"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# google-auth claims this one wherever `token_uri` leads; other libraries claim the address they ask.
_AUDIENCE = "https://oauth2.googleapis.com/token"
_LIFETIME_S = 3599


def service_account(url: str) -> dict[str, str]:
    """Make a service account with a fresh key whose sign-in goes to the fake at `url`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": secrets.token_hex(20),
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "client_email": f"firebase-adminsdk@{PROJECT}.iam.gserviceaccount.com",
        "client_id": "100000000000000000001",
        "token_uri": f"{url}/token",
    }


class TokenOffice:
    """Hands out access tokens and knows the last thousand of them."""

    def __init__(self) -> None:
        self._issued: deque[str] = deque(maxlen=1000)
        self.count = 0

    def issue(self, call: Call) -> Answer:
        """Exchange a signed claim for an access token. The signature is not checked: the fake has no keys."""
        form = parse_qs(call.body.decode("utf-8", "replace"))
        problem = _find_problem(form, call.headers.get("host", ""))
        if problem:
            return refuse(problem)
        token = f"ya29.fake-{secrets.token_urlsafe(24)}"
        self._issued.append(token)
        self.count += 1
        return json_answer(200, {"access_token": token, "expires_in": _LIFETIME_S, "token_type": "Bearer"})

    def knows(self, call: Call) -> bool:
        """Tell whether the call carries a token of this office."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and token in self._issued

    def forget(self) -> None:
        """Refuse all tokens given out so far, as after a revocation."""
        self._issued.clear()


def refuse(why: str) -> Answer:
    """Make Google's answer to a claim it does not accept."""
    return json_answer(400, {"error": "invalid_grant", "error_description": why})


def _find_problem(form: dict[str, list[str]], host: str) -> str | None:
    if form.get("grant_type") != [_GRANT]:
        return "Unsupported grant type."
    claims = _read_claims(form.get("assertion", [""])[0])
    if claims is None:
        return "Invalid JWT."
    if claims.get("aud") not in {_AUDIENCE, f"http://{host}/token"}:
        return "Invalid JWT: the audience is another one."
    expires_at = claims.get("exp")
    if not isinstance(expires_at, int) or expires_at < time.time():
        return "Invalid JWT: it has expired."
    return None if claims.get("iss") and claims.get("scope") else "Invalid JWT: iss and scope are required."


def _read_claims(assertion: str) -> dict[str, Any] | None:
    parts = assertion.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    except (IndexError, ValueError):
        return None
    return claims if isinstance(claims, dict) and len(parts) == 3 else None
