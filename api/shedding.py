"""When there is more to do than can be done, the public is asked to come back, so that its warnings go out.

Whoever holds a token of the staff is served: they sign, warn and answer, and they are few. They can renew it, and of
those who sign in with a password some get through each second. What is refused is refused before the database is asked
for anything, which costs a twentieth of an answer.
"""

from __future__ import annotations

import secrets
import threading
import time

from flask import Flask, current_app, g, request
from prometheus_client import Counter

from api.edge import bearer, identity
from backend.db import Engine
from backend.errors import AppError, Code
from backend.pressure import Pressure, Trickle

SHED = Counter("http_shed_total", "Requests of the public that were refused since there was too much to do")
# What is asked for by those who run the house, and what comes from the disk.
_ALWAYS = {"operations", "pages", "static"}
_AGAIN_AFTER_S = (2, 3, 4, 5)
# How long a reader waits for its turn. Whoever would wait longer is better told so.
_PATIENCE_S = 2.0
# Nor do those who ask again at once, whatever they are told, come sooner than this; so many are kept waiting at most.
_PAUSE_S, _PAUSING = 0.5, 2000
_SIGN_IN = "auth.open_session"
# Checking a password takes tens of milliseconds of a processor, and anybody may send one.
_PASSWORDS_PER_S = 3


def install_shedding(app: Flask) -> None:
    """Look at each request before anything else does."""
    engine: Engine = app.extensions["database"].engine
    if engine.shared_connections is not None:
        # The public's readings wait here for a turn, and not at the pool, where staff would stand behind them.
        app.extensions["turns"] = threading.BoundedSemaphore(engine.shared_connections)
    app.extensions["passwords"] = Trickle(_PASSWORDS_PER_S)
    app.extensions["pauses"] = threading.BoundedSemaphore(_PAUSING)
    app.before_request(_shed)
    app.teardown_request(_leave)


def _shed() -> None:
    if (request.endpoint or "").partition(".")[0] in _ALWAYS:
        return
    pressure: Pressure = current_app.extensions["pressure"]
    has_room, turns = pressure.has_room(), _turns()
    if (has_room and turns is None) or _is_staff():
        return
    if turns is not None and has_room:
        g.has_turn = has_room = turns.acquire(timeout=_PATIENCE_S)
    if not has_room:
        SHED.inc()
        _pause()
        # Not all at the same moment again.
        headers = {"Retry-After": str(secrets.choice(_AGAIN_AFTER_S))}
        raise AppError(Code.UNAVAILABLE, 503, "现在访问的人太多，请稍后再试，刚才的操作没有生效。", headers=headers)


def _pause() -> None:
    pauses: threading.BoundedSemaphore = current_app.extensions["pauses"]
    if pauses.acquire(blocking=False):
        try:
            time.sleep(_PAUSE_S)
        finally:
            pauses.release()


def _leave(_error: BaseException | None) -> None:
    if g.pop("has_turn", False):
        current_app.extensions["turns"].release()


def _turns() -> threading.BoundedSemaphore | None:
    """Return the turns of which this request would take one.

    Writings take none: they are fewer, and their bodies may be long on the way.
    """
    return current_app.extensions.get("turns") if request.method in {"GET", "HEAD"} else None


def _is_staff() -> bool:
    """Tell by the token alone; whether it still holds is asked later, as always."""
    if request.endpoint == _SIGN_IN:
        return _signs_in_as_staff()
    try:
        token = bearer()
    except AppError:
        return False
    return token is not None and identity().is_of_staff(token)


def _signs_in_as_staff() -> bool:
    form = request.get_json(silent=True)
    if not isinstance(form, dict):
        return False
    if form.get("grant") == "password":
        passwords: Trickle = current_app.extensions["passwords"]
        return passwords.lets_through()
    token = form.get("access_token")
    return isinstance(token, str) and identity().is_of_staff(token)
