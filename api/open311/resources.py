"""Open311 GeoReport v2 at `/open311/v2`, and the same at `/open311/test/v2`, where nothing is real.

Source: wiki.open311.org/GeoReport_v2 and wiki.open311.org/Service_Discovery. These doors ask for no sign-in and hence
for no permission: everybody reads, and who files shows the key of a client.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Response, current_app, g, request

from api.edge import again_if_asked, database
from api.open311.formats import write
from api.open311.params import demand_jurisdiction, read_form, read_query, read_repeat, read_search
from backend.config import Settings
from backend.open311 import actions, queries
from backend.open311.keys import access_key
from backend.open311.reports import Params, read_report, value_of
from backend.policy import Actor

blp = Blueprint("open311", __name__, url_prefix="/open311")
# Where the two stages are, and whether what is filed there is only a sample.
STAGES = {"v2": ("production", False), "test/v2": ("test", True)}
_FORMATS = ["text/xml", "application/json"]
_SETTLED, _FRESH, _OWN = "public, max-age=60", "no-cache", "private, no-store"
_FORM = ".<any(xml,json):form>"


def discover(form: str) -> Response:
    """Say where the endpoints are and what they speak. Served without a charset, unlike all else."""
    settings = cast("Settings", current_app.extensions["settings"])
    with database().reading() as session:
        changed = queries.changeset(session)
    body = {
        "changeset": changed,
        "contact": settings.open311_contact,
        "key_service": f"申请 api_key：{settings.open311_contact}",
        "endpoints": [
            {
                "specification": queries.SPECIFICATION,
                "url": f"{settings.public_url}/open311/{path}",
                "changeset": changed,
                "type": kind,
                "formats": _FORMATS,
            }
            for path, (kind, _) in STAGES.items()
        ],
    }
    return _shown(write(form, "discovery", body, charset=False), _SETTLED)


def list_services(form: str, *, sample: bool) -> Response:
    """List what can be reported; the same at both stages."""
    del sample
    demand_jurisdiction(read_query())
    with database().reading() as session:
        body = queries.list_services(session)
    return _shown(write(form, "services", body), _SETTLED)


def get_definition(form: str, code: str, *, sample: bool) -> Response:
    """Give a service's further questions; the same at both stages."""
    del sample
    demand_jurisdiction(read_query())
    with database().reading() as session:
        body = queries.access_definition(session, code)
    return _shown(write(form, "service_definition", body), _SETTLED)


def list_requests(form: str, *, sample: bool) -> Response:
    """List requests by the filters of the standard."""
    params = read_query()
    demand_jurisdiction(params)
    search = read_search(params, database().clock.now())
    with database().reading() as session:
        body = queries.list_shown(session, search, sample=sample, reader=_reader(session, params))
    return _shown(write(form, "service_requests", body), _freshness(params))


def get_request(form: str, request_id: str, *, sample: bool) -> Response:
    """Give one request, in a list of its own."""
    params = read_query()
    demand_jurisdiction(params)
    with database().reading() as session:
        body = queries.access_shown(session, request_id, sample=sample, reader=_reader(session, params))
    return _shown(write(form, "service_requests", body), _freshness(params))


def get_token(form: str, token: str, *, sample: bool) -> Response:
    """Give the number behind a token."""
    demand_jurisdiction(read_query())
    with database().reading() as session:
        body = queries.access_token(session, token, sample=sample)
    return _shown(write(form, "service_requests", body), _FRESH)


def file_report(form: str, *, sample: bool) -> Response:
    """File a report with the key of a client; 200, as the standard has it."""
    params = read_form()
    with database().reading() as session:
        key = access_key(session, value_of(params, "api_key"))
    demand_jurisdiction(params)
    report, repeat = read_report(params), read_repeat(params)

    def attempt() -> actions.Receipt:
        with database().unit(Actor(key.account_id, "citizen"), command_id=g.request_id) as unit:
            return actions.file_report(unit, key.id, report, sample=sample, repeat=repeat)

    receipt = again_if_asked(attempt)
    numbered = ("token", receipt.token) if receipt.token else ("service_request_id", receipt.service_request_id)
    body = [dict([numbered]) | {"service_notice": receipt.service_notice, "account_id": receipt.account_id}]
    return _shown(write(form, "service_requests", body), _OWN)


def _reader(session: Any, params: Params) -> str | None:
    """Return the id of the client's key if it shows one; a wrong one is refused even where none is needed."""
    secret = value_of(params, "api_key")
    return access_key(session, secret).id if secret else None


def _freshness(params: Params) -> str:
    return _OWN if value_of(params, "api_key") else _FRESH


def _shown(response: Response, freshness: str) -> Response:
    response.headers["Cache-Control"] = freshness
    # Anybody may read it, so pages of other houses may too.
    response.headers["Access-Control-Allow-Origin"] = "*"
    if request.method in {"GET", "HEAD"}:
        response.add_etag()
        response.make_conditional(request)
    return response


_RESOURCES: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("GET", "services", list_services),
    ("GET", "services/<id:code>", get_definition),
    ("GET", "requests", list_requests),
    ("POST", "requests", file_report),
    ("GET", "requests/<id:request_id>", get_request),
    ("GET", "tokens/<id:token>", get_token),
)
# Every call and the name of what answers it, for those who list all doors of the house.
ADDRESSES: dict[str, str] = {}


def _add(method: str, path: str, name: str, view: Callable[..., Response], **fixed: bool) -> None:
    blp.add_url_rule(f"/{path}{_FORM}", name, view, methods=[method], defaults=fixed)
    ADDRESSES[f"{method} {blp.url_prefix}/{path}{_FORM}"] = f"{blp.name}.{name}"


_add("GET", "discovery", "discover", discover)
for _path, (_kind, _sample) in STAGES.items():
    _add("GET", f"{_path}/discovery", f"discover_{_kind}", discover)
    for _method, _resource, _view in _RESOURCES:
        _add(_method, f"{_path}/{_resource}", f"{_view.__name__}_{_kind}", _view, sample=_sample)
