"""The real-name check of one's own."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, current_app

from api.edge import Read, blueprint, route, transact
from backend.community.identity import actions, queries
from backend.community.identity.schemas import IdentityForm, IdentitySchema
from backend.config import Settings
from backend.errors import guard_failed
from backend.unit_of_work import UnitOfWork

blp = blueprint("identity", "实名认证 Real-name check")


@route(blp, "GET /me/identity", needs="identity.prove", returns=IdentitySchema)
def get_identity(call: Read) -> dict[str, Any]:
    """我的实名认证 How the check of mine stands."""
    return queries.get_identity(call.session, call.actor.id)


@route(
    blp,
    "PUT /me/identity",
    needs="identity.prove",
    body=IdentityForm,
    returns=IdentitySchema,
    status=202,
    bare=True,
    refuses=(409, 429),
)
def ask(form: dict[str, Any]) -> Response:
    """提交实名认证 Have name and number checked; the answer comes on the own stream."""
    settings = cast("Settings", current_app.extensions["settings"])
    if settings.realname_url is None and not (settings.demo or settings.testing):
        raise guard_failed("real_name_off", "实名认证暂未开通。")

    def run(unit: UnitOfWork) -> dict[str, Any]:
        return queries.present_identity(actions.ask(unit, **form))

    # Without a key: a fingerprint of this body would be kept, and from one of those a number can be guessed.
    return transact(run, None, 202)
