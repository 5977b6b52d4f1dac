"""Other people's things: every endpoint with an id in its address is asked with an id that belongs to somebody else.

Whose thing it is cannot be seen from the table of rights (docs/roles.md); it is asked by each action. So each address
is either in `OWN`, and tried here, or in `SHARED`, where all who hold the permission work on the same things.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator
from typing import Any

import flask  # noqa: F401  # Before wsgi, which then leaves this process unpatched.
import pytest
import requests

import wsgi
from backend import policy
from backend.config import load_settings
from backend.media.rules import PIECE_TYPE
from backend.sync import streams
from deploy.roles import endpoints
from scenario.people import Person
from tests.alerts import office as warnings
from tests.community import people, tipping
from tests.community.test_gatherings import drafted as gathering
from tests.media_files import new_photo
from tests.privacy.guarding import guard
from tests.support.server import SECRET, Server, wait_until
from tests.test_catalogue import item_form, window_form
from tests.test_notices import draft as notice
from tests.test_works import drafted as works

Thing = dict[str, Any]
PLACE = {"name": "家", "lat": 31.413, "lon": 121.345}
REASON, WORDS = {"reason": "试试"}, {"text": "试试"}

# By whose things they are: each call below `/api/v1`, and the form with which its owner could succeed.
CITIZENS: dict[str, Thing | None] = {
    "GET /requests/{request}": None,
    "GET /requests/{request}/looks": None,
    "GET /requests/{request}/receipts": None,
    "GET /requests/{request}/twin": None,
    "POST /requests/{request}/messages": WORDS,
    "POST /requests/{request}/confirm": {},
    "POST /requests/{request}/rating": {"attitude": 1, "result": 1},
    "POST /requests/{request}/reopen": REASON,
    "POST /requests/{request}/privacy": {"privacy": "private"},
    "POST /requests/{request}/hidden": {"hidden": True},
    "GET /tips/{tip}": None,
    "POST /tips/{tip}/messages": WORDS,
    "POST /tips/{tip}/withdraw": {},
    "GET /inbox/{bell}/why": None,
    "GET /me/follows/{follow}": None,
    "DELETE /me/follows/{follow}": None,
    "GET /me/places/{place}": None,
    "PATCH /me/places/{place}": PLACE,
    "DELETE /me/places/{place}": None,
    "GET /me/trusted/{trust}": None,
    "POST /me/trusted/{trust}/accept": {},
    "POST /me/trusted/{trust}/end": {},
    "DELETE /comments/{comment}": None,
    "GET /uploads/{upload}": None,
    "PATCH /uploads/{upload}": None,
    "POST /uploads/{upload}/finish": {},
    "DELETE /uploads/{upload}": None,
    "DELETE /me/sign-ins/{sign_in}": None,
    "DELETE /me/children/{child}": None,
    # Public for everybody as soon as something public shows it, and till then its owner's.
    "GET /media/{media}": None,
    "GET /media/{media}/facts": None,
    "GET /media/{media}/poster": None,
    "GET /media/{media}/hls/720p.m3u8": None,
}
CLERKS: dict[str, Thing | None] = {
    "GET /office/notices/{notice}": None,
    "PATCH /office/notices/{notice}": {"title": "改"},
    "POST /office/notices/{notice}/submit": {},
    "POST /office/notices/{notice}/return": REASON,
    "POST /office/notices/{notice}/approve": {},
    "POST /office/notices/{notice}/publish": {},
    "POST /office/notices/{notice}/correct": {"note": "改", "title": "改"},
    "POST /office/notices/{notice}/correct/sign": {},
    "POST /office/notices/{notice}/correct/drop": {},
    "POST /office/notices/{notice}/explanation": WORDS,
    "POST /office/notices/{notice}/explanation/publish": {},
    "POST /office/notices/{notice}/explanation/remove": {},
    "POST /office/notices/{notice}/withdraw": REASON,
    "GET /office/alerts/{warning}": None,
    "PATCH /office/alerts/{warning}": {"status": "Exercise"},
    "POST /office/alerts/{warning}/approve": {},
    "POST /office/alerts/{warning}/issue": REASON,
    "POST /office/alerts/{warning}/review": {"outcome": "upheld", "words": "看过"},
    "POST /office/alerts/{warning}/discard": {},
    "GET /office/works/{works}": None,
    "PATCH /office/works/{works}": {"title": "改"},
    "POST /office/works/{works}/publish": {},
    "POST /office/works/{works}/extend": {"ends_at": "2099-01-01T00:00:00Z", "reason": "延长"},
    "POST /office/works/{works}/end": {},
    "POST /office/works/{works}/withdraw": REASON,
    "GET /office/catalogue/{item}": None,
    "PATCH /office/catalogue/{item}": {"summary": "改"},
    "POST /office/catalogue/{item}/publish": {},
    "POST /office/catalogue/{item}/withdraw": REASON,
    "POST /office/catalogue/{item}/discard": {},
    "GET /office/windows/{window}": None,
    "PATCH /office/windows/{window}": {"address": "改"},
    "POST /office/windows/{window}/publish": {},
    "POST /office/windows/{window}/withdraw": REASON,
    "POST /office/windows/{window}/discard": {},
    "GET /desk/gatherings/{gathering}": None,
    "PATCH /desk/gatherings/{gathering}": {"title": "改改"},
    "GET /desk/gatherings/{gathering}/sign-ups": None,
    "POST /desk/gatherings/{gathering}/publish": {},
    "POST /desk/gatherings/{gathering}/cancel": REASON,
}
SERVICE_STAFF: dict[str, Thing | None] = {
    "GET /desk/requests/{case}": None,
    "POST /desk/requests/{case}/take": {},
    "POST /desk/requests/{case}/message": WORDS,
    "POST /desk/requests/{case}/ask": WORDS,
    "POST /desk/requests/{case}/note": WORDS,
    "POST /desk/requests/{case}/reply": WORDS,
    "POST /desk/requests/{case}/resolve": {},
    "POST /desk/requests/{case}/return": REASON,
}
OWN = CITIZENS | CLERKS | SERVICE_STAFF
# Addresses whose things belong to all who hold the permission, and why that is meant.
SHARED = {
    # Who signs whose words is asked by each machine.
    r"(GET|POST|PUT|PATCH|DELETE) /(kitchen|editor)/": "the newsroom works on one table",
    r"(GET|POST) /desk/comments/": "moderators share one queue",
    r"POST /comments/\S+/report": "anybody reports what anybody has said",
    r"(GET|POST|PATCH) /desk/twins/": "dispatchers share one queue",
    r"(GET|PUT) /desk/workdays/": "one calendar",
    r"(GET|DELETE) /roster/": "one roster",
    r"GET /pushes/": "what went out to everybody",
    r"(PUT|DELETE) /(likes|me/bookmarks)/": "the id is that of a public thing; the mark is the caller's own",
    r"(GET|PUT|DELETE) /gatherings/\S+/sign-up": "the same",
    r"PUT /polls/\S+/vote": "the same",
    r"(PUT|DELETE) /me/consents/": "the name of a purpose, which all have; the consent is the caller's own",
}
# Commands on requests that the two central desks give, for all offices.
CENTRAL = {"request.dispatch", "request.supervise", "request.lead_on"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The application, put together but not started."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    env = {"DATA_DIR": str(tmp_path_factory.mktemp("walk")), "TESTING": "1", "SECRET_KEY": SECRET}
    yield wsgi.create_app(load_settings(env))
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def shape(call: str) -> str:
    return re.sub(r"<[^>]*>|\{[^}]*\}|720p\.m3u8", "*", call)


def test_every_address_with_an_id_says_whose_things_it_is_about(app: Any) -> None:
    tried = {shape(call) for call in OWN}
    undecided = []
    for call, permission in endpoints(app):
        asked = call.replace("/api/v1/", "/")
        if "<" not in call or permission is None or "anonymous" in policy.PERMISSIONS[permission]:
            continue
        shared = any(re.match(pattern, asked) for pattern in SHARED) or permission in CENTRAL
        if (shape(asked) in tried) == shared:
            undecided.append((asked, permission))
    assert undecided == [], "put it in OWN, with a form that would do, or in SHARED, with the reason"
    known = {shape(call.replace("/api/v1/", "/")) for call, _ in endpoints(app)}
    assert tried <= known, "nothing is tried that is no address any more"


def call(person: Person, line: str, form: Thing | None, ids: dict[str, str]) -> requests.Response:
    method, path = line.split(" ")
    headers = {"Idempotency-Key": uuid.uuid4().hex} | ({"If-Match": "*"} if method == "PATCH" else {})
    if "uploads" in path and method == "PATCH":
        headers |= {"Content-Type": PIECE_TYPE, "Upload-Offset": "0"}
        return person.call(method, path.format(**ids), data=b"%PDF-1.4", headers=headers)
    return person.call(method, path.format(**ids), json=form, headers=headers)


class Owned:
    """One of each kind of thing, their owners, and others of the same kind to whom they do not belong."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.citizen, self.stranger = people.commentator(server), people.commentator(server)
        self.ids = self._of_citizens() | self._of_offices()
        self.unknown = {name: str(uuid.uuid4()) for name in self.ids}

    def _of_citizens(self) -> dict[str, str]:
        mine, server = self.citizen, self.server
        case = mine.does("POST", "/requests", {"service": "manhole", "title": "井盖", "text": "一踩就响。"})["id"]
        server.staff("dispatcher").does("POST", f"/desk/requests/{case}/accept")
        bell = wait_until(lambda: [one for one in mine.does("GET", "/inbox")["items"] if one["about"]["id"] == case])
        code = mine.does("POST", "/me/trusted", {"label": "女儿"})["code"]
        media = {"file": ("p.jpg", new_photo(), "image/jpeg")}
        begun = mine.does(
            "POST", "/uploads", {"name": "p.pdf", "size": 100}, headers={"Idempotency-Key": uuid.uuid4().hex}
        )
        return {
            "request": case,
            "bell": bell[0]["id"],
            "tip": tipping.tip(mine)["id"],
            "follow": mine.does("POST", "/me/follows", {"kind": "section", "thing": "minsheng"})["id"],
            "place": mine.does("POST", "/me/places", PLACE)["id"],
            "trust": server.citizen().does("POST", "/me/trusted-codes", {"code": code})["id"],
            "comment": people.say(mine, people.article(server))["id"],
            "upload": begun["id"],
            "child": self._child_of(mine),
            "sign_in": mine.does("GET", "/me/sign-ins")["items"][0]["id"],
            "media": mine.does("POST", "/media", files=media)["id"],
        }

    def _child_of(self, guardian: Person) -> str:
        guard(self.server.citizen(), guardian.does("GET", "/me/export")["account"]["phone"])
        return str(guardian.does("GET", "/me/children")["items"][0]["id"])

    def _of_offices(self) -> dict[str, str]:
        server = self.server
        clerk = server.staff("office")
        case = server.citizen().does("POST", "/requests", {"service": "manhole", "title": "井盖", "text": "响。"})["id"]
        server.staff("dispatcher").does("POST", f"/desk/requests/{case}/assign", {"office": "wateraffairs"})
        return {
            "case": case,
            "notice": notice(server)["id"],
            "warning": warnings.draft(server)["id"],
            "works": works(server)["id"],
            "item": clerk.does("POST", "/office/catalogue", item_form())["id"],
            "window": clerk.does("POST", "/office/windows", window_form())["id"],
            "gathering": gathering(server)["id"],
        }


@pytest.fixture(scope="module")
def owned(server: Server) -> Owned:
    return Owned(server)


def differences(owned: Owned, table: dict[str, Thing | None], person: Person, wanted: set[int]) -> list[Any]:
    answers = [(line, call(person, line, form, owned.ids)) for line, form in table.items()]
    return [(line, answer.status_code, answer.text) for line, answer in answers if answer.status_code not in wanted]


def test_nothing_of_a_citizen_is_found_by_another(owned: Owned) -> None:
    for person, wanted in ((owned.stranger, {404}), (owned.server.anonymous(), {401, 404})):
        assert differences(owned, CITIZENS, person, wanted) == []


def test_what_is_anothers_looks_like_what_does_not_exist(owned: Owned) -> None:
    for line, form in CITIZENS.items():
        theirs = call(owned.stranger, line, form, owned.ids)
        none = call(owned.stranger, line, form, owned.unknown)
        assert (theirs.status_code, theirs.json()) == (none.status_code, none.json()), line


def test_staff_have_no_way_round_by_the_citizens_addresses(owned: Owned) -> None:
    """Who may look at a case looks at it at a desk, where it leaves a mark."""
    for username in ("dispatcher", "staff", "supervisor", "editor", "admin"):
        citizens = {line: form for line, form in CITIZENS.items() if "/media/" not in line}
        assert differences(owned, citizens, owned.server.staff(username), {403, 404}) == [], username


def test_no_office_touches_what_is_anothers(owned: Owned) -> None:
    clerk = owned.server.hire("别家经办人", "office_clerk", office="greening")
    assert differences(owned, CLERKS, clerk, {403, 404}) == []


def test_no_office_works_on_anothers_case(owned: Owned) -> None:
    staff = owned.server.hire("别家受理员", "service_staff", office="greening")
    assert differences(owned, SERVICE_STAFF, staff, {403, 404}) == []


def test_lists_hold_nothing_of_others(owned: Owned) -> None:
    clerk = owned.server.hire("别家经办人", "office_clerk", office="greening")
    staff = owned.server.hire("别家受理员", "service_staff", office="greening")
    lists = {
        owned.stranger: (
            "/requests",
            "/tips",
            "/inbox",
            "/me/follows",
            "/me/places",
            "/me/trusted",
            "/me/comments",
            "/me/sign-ins",
            "/me/export",
        ),
        clerk: (
            "/office/notices",
            "/office/alerts",
            "/office/works",
            "/office/catalogue",
            "/office/windows",
            "/desk/gatherings",
        ),
        staff: ("/desk/requests",),
    }
    for person, paths in lists.items():
        for path in paths:
            answer = person.get(path, params={} if path.startswith("/me") else {"limit": 100})
            assert answer.ok, (path, answer.text)
            assert [name for name, each in owned.ids.items() if each in answer.text] == [], path


def test_another_persons_picture_comes_along_with_nothing(owned: Owned) -> None:
    media = [owned.ids["media"]]
    form = {"service": "manhole", "title": "甲", "text": "乙", "media": media}
    assert owned.stranger.post("/requests", form).status_code in {404, 422}
    assert owned.stranger.post("/tips", {"text": "有人挖路", "media": media}).status_code in {404, 422}
    assert (
        owned.stranger.post(
            "/comments", {"article": people.article(owned.server), "text": "看", "media": media}
        ).status_code
        == 422
    )


def test_the_streams_of_others_are_closed_on_both_ways(owned: Owned) -> None:
    closed = [
        f"user:{owned.citizen.id}",
        "office:wateraffairs",
        streams.notices_desk("wateraffairs"),
        "desk:service",
        "desk:editing",
    ]
    phone = owned.server.phone(owned.stranger)
    phone.go_online()
    for stream in closed:
        assert phone.say("watch", {"stream": stream})["status"] == 403, stream
        for path in ("/sync/snapshot", "/sync/changes?since=0&", "/sync/digest"):
            name = "stream" if "digest" in path else "streams"
            answer = owned.stranger.get(f"{path}{'' if '?' in path else '?'}{name}={stream}")
            assert answer.status_code == 403, (path, stream, answer.text)
    phone.go_offline()


# Runs last: it uses the things up.
def test_the_owners_themselves_are_let_in(owned: Owned) -> None:
    """Otherwise all of the above could be an address that refuses everybody."""
    # Not yet there, or only for films: what the owner is told is that, and not that the thing is not theirs.
    absent = {"GET /requests/{request}/twin", "GET /media/{media}/poster", "GET /media/{media}/hls/720p.m3u8"}
    last = {"POST /tips/{tip}/withdraw": {}, "DELETE /me/sign-ins/{sign_in}": None}
    citizens = {line: form for line, form in CITIZENS.items() if line not in absent | last.keys()}
    good = {200, 201, 204, 409, 415, 422}
    # A relation is accepted and ended by the elder alone.
    assert differences(owned, citizens, owned.citizen, good) == []
    clerks = {line: form for line, form in CLERKS.items() if "sign-ups" not in line}
    for username in ("office", "office2"):
        assert differences(owned, clerks, owned.server.staff(username), good | {404}) == []
    assert differences(owned, SERVICE_STAFF, owned.server.staff("staff"), good) == []
    assert differences(owned, last, owned.citizen, good) == []
