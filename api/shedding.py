"""When there is more to do than can be done, the public is asked to come back, so that its warnings go out.

Whoever holds a token of the staff is served: they sign, warn and answer, and they are few. What is refused is refused
before the database is asked for anything, which costs a twentieth of an answer.
"""

from __future__ import annotations

import secrets
import threading

from flask import Flask, current_app, g, request
from prometheus_client import Counter

from api.edge import identity
from backend.db import Engine
from backend.errors import AppError, Code
from backend.pressure import Pressure

SHED = Counter("http_shed_total", "Requests of the public that were refused since there was too much to do")
# What is asked for by those who run the house, and what comes from the disk.
_ALWAYS = {"operations", "pages", "static"}
_AGAIN_AFTER_S = (2, 3, 4, 5)
# How long a reader waits for its turn. Whoever would wait longer is better told so.
_PATIENCE_S = 2.0


def install_shedding(app: Flask) -> None:
    """Look at each request before anything else does."""
    engine: Engine = app.extensions["database"].engine
    if engine.shared_connections is not None:
        # The public's readings wait here for a turn, and not at the pool, where staff would stand behind them.
        app.extensions["turns"] = threading.BoundedSemaphore(engine.shared_connections)
    app.before_request(_shed)
    app.teardown_request(_leave)


def _shed() -> None:
    if (request.endpoint or "").partition(".")[0] in _ALWAYS or _is_staff():
        return
    pressure: Pressure = current_app.extensions["pressure"]
    if not (pressure.has_room() and _take_turn()):
        SHED.inc()
        # Not all at the same moment again.
        headers = {"Retry-After": str(secrets.choice(_AGAIN_AFTER_S))}
        raise AppError(Code.UNAVAILABLE, 503, "现在访问的人太多，请稍后再试，刚才的操作没有生效。", headers=headers)


def _take_turn() -> bool:
    """Wait for a turn. Writings take none: they are fewer, and their bodies may be long on the way."""
    turns = _turns()
    if turns is None or request.method not in {"GET", "HEAD"}:
        return True
    g.has_turn = turns.acquire(timeout=_PATIENCE_S)
    return bool(g.has_turn)


def _leave(_error: BaseException | None) -> None:
    turns = _turns()
    if turns is not None and g.pop("has_turn", False):
        turns.release()


def _turns() -> threading.BoundedSemaphore | None:
    return current_app.extensions.get("turns")


def _is_staff() -> bool:
    """Tell by the token alone; whether it still holds is asked later, as always."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    try:
        return not identity().read(token.strip()).is_citizen
    except AppError:
        return False
