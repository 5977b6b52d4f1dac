"""Who may do what: no door without a decision, each decision tried with everybody, and nobody else's things."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import flask  # noqa: F401  # Before wsgi, which then leaves this process unpatched.
import pytest
import requests

import wsgi
from api.mutations import MUTATIONS
from backend import policy
from backend.config import load_settings
from backend.policy import Role
from deploy.newsroom_page import commands
from deploy.roles import OPEN, endpoints, write_roles
from realtime.gateway import EVENTS
from scenario.people import Person
from tests.media_files import new_photo
from tests.support.server import ROOT, SECRET, Server

STAFF = [
    *("leader", "chief", "duty", "head", "editor", "editor2", "reporter", "reporter2", "proof", "proof2", "proof3"),
    *("layout", "tv", "channels", "assessor", "monitor", "office", "office2", "dispatcher", "staff", "staff2"),
    *("supervisor", "admin"),
]
# An unknown parameter is refused after the decision and before anything is done, by every endpoint.
PROBE = {"no_such_parameter": "1"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The application, put together but not started."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    env = {"DATA_DIR": str(tmp_path_factory.mktemp("walk")), "TESTING": "1", "SECRET_KEY": SECRET}
    yield wsgi.create_app(load_settings(env))
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


@pytest.fixture(scope="module")
def people(server: Server) -> dict[str, Person]:
    """Everybody of the demo, a citizen, and somebody who is not signed in."""
    found: dict[str, Person] = {username: server.staff(username) for username in STAFF}
    return found | {"citizen": server.citizen(), "anonymous": server.anonymous()}


def actor_of(name: str, person: Person) -> policy.Actor:
    if name == "anonymous":
        return policy.ANONYMOUS
    user = (person.tokens or {})["user"]
    grants = tuple(policy.Grant(Role(one["role"]), one["desk"], one["office"]) for one in user["roles"])
    return policy.Actor(user["id"], user["kind"], grants)


def test_no_endpoint_is_without_a_decision(app: Any) -> None:
    undecided = {call for call, permission in endpoints(app) if permission is None}
    assert undecided == OPEN.keys()
    decided = {permission for _call, permission in endpoints(app) if permission is not None}
    assert decided <= policy.PERMISSIONS.keys()


def test_no_socket_event_is_without_a_decision(app: Any) -> None:
    handled = set(app.extensions["socketio_server"].server.handlers["/sync"])
    # The end of a connection is no request, and `*` only answers that there is no such event.
    assert handled - {"disconnect", "*"} == EVENTS.keys()
    assert set(EVENTS.values()) <= policy.PERMISSIONS.keys()


def test_no_mutation_is_without_a_decision() -> None:
    assert {mutation.needs for mutation in MUTATIONS.values()} <= policy.PERMISSIONS.keys()


def test_no_permission_is_idle(app: Any) -> None:
    asked = {permission for _call, permission in endpoints(app)} | set(EVENTS.values())
    asked |= {mutation.needs for mutation in MUTATIONS.values()}
    assert policy.PERMISSIONS.keys() - asked == set()


def test_the_page_of_roles_is_what_the_application_says(app: Any) -> None:
    assert (ROOT / "docs" / "roles.md").read_text() == write_roles(app), "run `flask --app wsgi roles > docs/roles.md`"


THINGS = {
    "leads": "lead",
    "topics": "topic",
    "meetings": "meeting",
    "directives": "directive",
    "assignments": "assignment",
    "materials": "material",
    "stories": "story",
    "renditions": "rendition",
    "steps": "step",
    "dictionary": "dictionary",
    "publications": "publication",
    "channels": "channel",
    "cases": "case",
    "targets": "case_target",
    "issues": "issue",
    "slots": "issue",
    "rundowns": "rundown",
    "handovers": "handover",
    "periods": "assessment_period",
    "appeals": "appeal",
    "rule-sets": "rule_set",
    "alerts": "alert",
    "opinion-rules": "opinion_rule",
    "scan-hits": "scan_hit",
    "suspects": "metric_suspect",
    "comments": "comment",
    "tips": "tip",
    "polls": "poll",
    "gatherings": "gathering",
}
# The duty is one, and has no number in its address.
ON_DUTY = {"take": "relieve", "handovers": "offer"}
# Commands of one name on the page are asked for under another at the door.
OTHERWISE = {
    ("story", "correct/sign"): "sign_correction",
    ("story", "correct/drop"): "drop_correction",
    ("assessment_period", "appeals"): "appeal",
}


INSIDE = {
    *("edit", "edit_rights", "link", "name_reporters", "change", "add_coverage", "remove_coverage"),
    *("sign", "sign_fast", "schedule", "resubmit", "return", "reject"),
    # Whoever wrote a comment deletes it.
    "erase",
    # The slots of a page are put as a whole, and an account is adjusted where an appeal is granted.
    *("change_slots", "adjust"),
}


def test_the_matrix_of_commands_is_what_the_endpoints_ask(app: Any) -> None:
    """Each command on the page of the newsroom needs what its endpoint needs: page and door cannot differ."""
    page: dict[tuple[str, str], set[str]] = {}
    for machine, name, _words, permission in commands():
        page.setdefault((machine, name), set()).add(permission)
    asked: dict[tuple[str, str], str | None] = {}
    for call, permission in endpoints(app):
        found = re.fullmatch(
            r"POST /api/v1/(?:(?:kitchen|editor|desk)/(?:.+/)?)?([\w-]+)/<(?:id|int):\w+>/([\w/-]+)", call
        )
        if found and found[1] in THINGS:
            thing = THINGS[found[1]]
            asked[thing, OTHERWISE.get((thing, found[2]), found[2].replace("-", "_"))] = permission
        if stop := re.fullmatch(r"POST /api/v1/kitchen/(halt|resume)", call):
            asked["channel", stop[1]] = permission
        if duty := re.fullmatch(r"POST /api/v1/kitchen/duty/(take|handovers)", call):
            asked["duty", ON_DUTY[duty[1]]] = permission
    both = page.keys() & asked.keys()
    assert [(key, page[key], asked[key]) for key in both if asked[key] not in page[key]] == []
    assert len(both) > 70
    # What has no endpoint of its own happens inside another command, or is an edit by PATCH.
    assert {name for _machine, name in page.keys() - both} <= INSIDE


def test_the_administrator_has_no_rights_over_content() -> None:
    admin = policy.Actor("x", "staff", (policy.Grant(Role.ADMIN),))
    nobody = policy.Actor("y", "staff")
    more = {name for name in policy.PERMISSIONS if policy.allows(admin, name) and not policy.allows(nobody, name)}
    # The calendar of working days is no content.
    assert more == {"roster.edit", "calendar.read", "calendar.edit"}
    assert policy.own_streams(admin) == ["pub", "user:x"]


def test_every_demo_account_meets_every_endpoint(app: Any, server: Server, people: dict[str, Person]) -> None:
    actors = {name: actor_of(name, person) for name, person in people.items()}
    assert {role for actor in actors.values() for role in actor.roles} >= set(Role) - {Role.AUDITOR}
    decided = [(call, permission) for call, permission in endpoints(app) if permission is not None]

    def outcome(name: str, call: str) -> tuple[int, str]:
        method, path = call.split(" ")
        path = re.sub("<[^>]*>", "no-such-thing", re.sub("<int:[^>]*>", "1", path))
        if path.startswith("/api/v1/"):
            answer = people[name].call(method, path.removeprefix("/api/v1"), params=PROBE)
        else:
            # Readers' own addresses, at which nobody signs in.
            answer = requests.request(method, server.url + path, params=PROBE, timeout=30)
        return answer.status_code, answer.json()["code"]

    def wanted(name: str, permission: str) -> tuple[int, str]:
        if policy.allows(actors[name], permission):
            return 422, "validation"
        return (401, "auth_required") if name == "anonymous" else (403, "role_forbidden")

    def differences(name: str) -> list[Any]:
        found = [(name, call, outcome(name, call), wanted(name, permission)) for call, permission in decided]
        return [row for row in found if row[2] != row[3]]

    assert len(decided) > 60
    with ThreadPoolExecutor(4) as pool:
        assert [row for rows in pool.map(differences, people) for row in rows] == []


def test_every_demo_account_meets_every_mutation(people: dict[str, Person]) -> None:
    differences = []
    for name, person in people.items():
        if name == "anonymous":
            continue
        entries = [
            {"mid": number, "name": mutation, "args": {"no_such_field": 1}}
            for number, mutation in enumerate(sorted(MUTATIONS), start=1)
        ]
        answers = person.does("POST", "/sync/mutations", {"client_id": uuid.uuid4().hex, "mutations": entries})
        for entry, answer in zip(entries, answers, strict=True):
            allowed = policy.allows(actor_of(name, person), MUTATIONS[entry["name"]].needs)
            wanted = "validation" if allowed else "role_forbidden"
            if (answer["status"], answer["code"]) != ("refused", wanted):
                differences.append((name, entry["name"], answer))
    assert differences == []


def test_roles_on_the_socket_are_those_over_http(server: Server, people: dict[str, Person]) -> None:
    for name in ("editor", "dispatcher", "office", "assessor", "admin", "citizen", "anonymous"):
        actor = actor_of(name, people[name])
        phone = server.phone(people[name], streams=["pub"])
        ack = phone.go_online()
        assert sorted(ack["streams"]) == sorted(policy.own_streams(actor)), name
        for stream in ("desk:editing", "desk:service", "office:wateraffairs", "user:somebody-else"):
            over_http = people[name].get("/sync/digest", params={"stream": stream}).status_code
            watched = phone.say("watch", {"stream": stream})
            assert watched.get("status", 200) == over_http, (name, stream)
            assert over_http == (200 if policy.may_read_stream(actor, stream) else 401 if name == "anonymous" else 403)
        phone.go_offline()


# ── whose thing it is ──


def filed(citizen: Person, **fields: Any) -> str:
    form = {"service": "manhole", "title": "井盖松动", "text": "一踩就响。"} | fields
    return str(citizen.does("POST", "/requests", form)["id"])


def uploaded(person: Person) -> str:
    return str(person.does("POST", "/media", files={"file": ("p.jpg", new_photo(), "image/jpeg")})["id"])


def clerk_of(server: Server, office: str) -> Person:
    return server.hire("别家经办人", "office_clerk", office=office)


@pytest.mark.parametrize(
    "call",
    [
        lambda person, case: person.get(f"/requests/{case}"),
        lambda person, case: person.post(f"/requests/{case}/messages", {"text": "我也看看"}),
        lambda person, case: person.post(f"/requests/{case}/rating", {"stars": 1}),
        lambda person, case: person.post(f"/requests/{case}/reopen", {"reason": "不行"}),
    ],
    ids=["read", "message", "rate", "reopen"],
)
def test_another_citizens_request_is_not_to_be_found(server: Server, call: Callable[..., Any]) -> None:
    case = filed(server.citizen())
    stranger = server.citizen()
    assert call(stranger, case).status_code in {404, 422}
    body = call(stranger, case).json()
    unknown = call(stranger, "0" * 32).json()
    assert body == unknown, "what is not one's own looks like what does not exist"
    assert case not in stranger.get("/requests").text


def test_another_citizens_request_is_not_to_be_changed_by_an_outbox_either(server: Server) -> None:
    case = filed(server.citizen())
    stranger = server.citizen()
    entry = {"mid": 1, "name": "request.message", "args": {"id": case, "text": "我也看看"}}
    (answer,) = stranger.does("POST", "/sync/mutations", {"client_id": "c", "mutations": [entry]})
    assert (answer["status"], answer["code"]) == ("refused", "not_found")


def test_an_office_works_on_its_own_requests_only(server: Server) -> None:
    case = filed(server.citizen())
    server.staff("dispatcher").does("POST", f"/desk/requests/{case}/assign", {"office": "wateraffairs"})
    theirs, ours = server.staff("staff2"), server.staff("staff")
    assert theirs.get(f"/desk/requests/{case}").status_code in {403, 404}
    for command in ("take", "resolve"):
        assert theirs.post(f"/desk/requests/{case}/{command}").status_code in {403, 404}
    assert theirs.post(f"/desk/requests/{case}/reply", {"text": "不归我们"}).status_code in {403, 404}
    assert case not in theirs.get("/desk/requests?limit=100").text
    assert ours.get(f"/desk/requests/{case}").status_code == 200
    assert ours.does("POST", f"/desk/requests/{case}/take")["state"] == "in_progress"


def test_an_office_writes_its_own_notices_only(server: Server) -> None:
    form = {"title": f"停水公告 {uuid.uuid4().hex}", "body": "正文", "category": "other"}
    notice = server.staff("office").does("POST", "/office/notices", form)
    path = f"/office/notices/{notice['id']}"
    stranger = clerk_of(server, "greening")
    answers = [
        stranger.get(path),
        stranger.patch(path, {"title": "改一改"}, notice["ver"]),
        stranger.post(f"{path}/publish", headers={"If-Match": f'"{notice["ver"]}"'}),
        stranger.post(f"{path}/withdraw", {"reason": "撤"}),
    ]
    assert {answer.status_code for answer in answers} <= {403, 404}, [answer.text for answer in answers]
    assert notice["id"] not in stranger.get("/office/notices?limit=100").text
    assert server.staff("office2").does("POST", f"{path}/publish")["state"] == "published"


def test_a_file_is_its_owners_until_something_public_shows_it(server: Server) -> None:
    citizen, stranger = server.citizen(), server.citizen()
    media = uploaded(citizen)
    assert citizen.get(f"/media/{media}").status_code == 200
    for person in (stranger, server.anonymous(), server.staff("editor")):
        assert person.get(f"/media/{media}").status_code == 404
    stolen = stranger.post("/requests", {"service": "manhole", "title": "甲", "text": "乙", "media": [media]})
    assert stolen.status_code in {404, 422}
    filed(citizen, media=[media])
    assert server.staff("dispatcher").get(f"/media/{media}").status_code == 200
    assert stranger.get(f"/media/{media}").status_code == 404


def test_another_persons_entry_stays_unread(server: Server) -> None:
    citizen, stranger = server.citizen(), server.citizen()
    case = filed(citizen)
    server.staff("dispatcher").does("POST", f"/desk/requests/{case}/accept")
    bell = next(entry for entry in citizen.does("GET", "/inbox")["items"] if entry["about"]["id"] == case)
    assert stranger.does("POST", "/inbox/read", {"ids": [bell["id"]]}) == {"read": 0}
    again = next(entry for entry in citizen.does("GET", "/inbox")["items"] if entry["id"] == bell["id"])
    assert again["read_at"] is None
    assert bell["id"] not in stranger.get("/inbox").text


# ── for those who run it ──


def test_readiness_and_figures(server: Server) -> None:
    ready = requests.get(f"{server.url}/readyz", timeout=10)
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    assert requests.get(f"{server.url}/healthz", timeout=10).json() == {"status": "ok"}
    figures = requests.get(f"{server.url}/metrics", timeout=10)
    for name in ("http_request_seconds_count", "http_refusals_total", "job_lag_seconds", "job_dead"):
        assert name in figures.text
    through_the_edge = requests.get(f"{server.url}/metrics", headers={"X-Forwarded-For": "203.0.113.1"}, timeout=10)
    assert through_the_edge.status_code == 404
