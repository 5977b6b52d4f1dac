"""Receipts: a case's file, the public keys, and a check for those whose browser cannot."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, current_app

from api.edge import Read, blueprint, database, route
from backend.db import canonical
from backend.requests import queries as requests
from backend.requests.looks.queries import list_looks
from backend.requests.looks.schemas import LooksSchema
from backend.requests.receipts import queries
from backend.requests.receipts.check import check_file
from backend.requests.receipts.keys import Keyring, SigningKey
from backend.requests.receipts.schemas import (
    ReceiptCheckForm,
    ReceiptKeysSchema,
    ReceiptsFileSchema,
    ReceiptsQuery,
    ReceiptVerdictSchema,
)

blp = blueprint("receipts", "回执 Signed receipts, and who looked")


def _key() -> SigningKey:
    return cast("Keyring", current_app.extensions["keyring"]).current()


@route(blp, "GET /receipts/keys", needs="public.read", returns=ReceiptKeysSchema)
def list_keys(call: Read) -> Any:
    """回执公钥 The public keys of all receipts, also of those that sign no more."""
    return queries.list_keys(call.session, _key())


@route(
    blp,
    "GET /requests/<id:request_id>/receipts",
    needs="request.read_own",
    query=ReceiptsQuery,
    returns=ReceiptsFileSchema,
)
def get_receipts(call: Read, request_id: str, query: dict[str, Any]) -> Response:
    """下载回执 A case's receipts as a file that proves itself; `texts=1` adds the texts."""
    case = requests.access_own_request(call.session, call.actor, request_id)
    file = queries.receipts_file(call.session, _key(), case, call.now, texts=query["texts"] == "1")
    # As it was signed, byte for byte: a file that is written differently is one that was changed.
    response = Response(canonical(file), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{case.code}.receipts.json"'
    return response


@route(
    blp, "POST /receipts/check", needs="public.check", body=ReceiptCheckForm, returns=ReceiptVerdictSchema, bare=True
)
def check_receipts(form: dict[str, Any]) -> dict[str, Any]:
    """核验回执 Check a file of receipts against the published keys; nothing of it is kept."""
    with database().reading() as session:
        keys = queries.list_keys(session, _key())["items"]
    verdict = check_file(form["file"], {key["id"]: key["public_key"] for key in keys})
    checks = [{"name": each.name, "holds": each.holds, "words": each.words} for each in verdict.checks]
    return {"holds": verdict.holds, "case": verdict.case, "checks": checks}


@route(blp, "GET /requests/<id:request_id>/looks", needs="request.read_own", returns=LooksSchema)
def list_request_looks(call: Read, request_id: str) -> Any:
    """谁看过我的诉求 Who of the house looked at one's own request."""
    return list_looks(call.session, requests.access_own_request(call.session, call.actor, request_id))
