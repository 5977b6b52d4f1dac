"""When there is more to do than can be done, the public is asked to come back, so that its warnings go out.

Whoever holds a token of the staff is served: they sign, warn and answer, and they are few. What is refused is refused
before the database is asked for anything, which costs a twentieth of an answer.
"""

from __future__ import annotations

import secrets

from flask import Flask, current_app, request
from prometheus_client import Counter

from api.edge import identity
from backend.errors import AppError, Code
from backend.pressure import Pressure

SHED = Counter("http_shed_total", "Requests of the public that were refused since the process was late with its work")
# What is asked for by those who run the house, and what comes from the disk.
_ALWAYS = {"operations", "pages", "static"}
_AGAIN_AFTER_S = (2, 3, 4, 5)


def install_shedding(app: Flask) -> None:
    """Look at each request before anything else does."""
    app.before_request(_shed)


def _shed() -> None:
    pressure: Pressure = current_app.extensions["pressure"]
    if (request.endpoint or "").partition(".")[0] in _ALWAYS or pressure.has_room() or _is_staff():
        return
    SHED.inc()
    # Not all at the same moment again.
    headers = {"Retry-After": str(secrets.choice(_AGAIN_AFTER_S))}
    raise AppError(Code.UNAVAILABLE, 503, "现在访问的人太多，请稍后再试，刚才的操作没有生效。", headers=headers)


def _is_staff() -> bool:
    """Tell by the token alone; whether it still holds is asked later, as always."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    try:
        return not identity().read(token.strip()).is_citizen
    except AppError:
        return False
