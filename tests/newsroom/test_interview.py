"""Interview over HTTP: who is sent, who answers, what is brought home, and what may be made of it."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scenario.people import Person
from tests.media_files import box, film, new_photo, track
from tests.support.server import Server, wait_until
from tests.support.tables import run

Thing = dict[str, Any]
RIGHTS = {"owner": "宝山区融媒体中心", "licence": "own"}
CONSENT = {"by": "监护人王女士", "how": "书面同意"}
_numbers = itertools.count()


def send(person: Person, call: str, form: Any = None, **headers: str) -> Any:
    """Send a command of the kitchen with a key of its own; any answer is returned."""
    method, path = call.split()
    headers = {"Idempotency-Key": uuid.uuid4().hex} | {name.replace("_", "-"): text for name, text in headers.items()}
    return person.call(method, f"/kitchen{path}", json=form or {}, headers=headers)


def do(person: Person, call: str, form: Any = None, **headers: str) -> Any:
    """Send a command that must succeed."""
    answer = send(person, call, form, **headers)
    assert answer.ok, f"{call}: {answer.status_code} {answer.text}"
    return answer.json()


def refused(answer: Any, status: int, code: str, *fields: tuple[str, str], **data: Any) -> Thing:
    body: Thing = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    if fields:
        assert [(error["field"], error["code"]) for error in body["errors"]] == list(fields), body
    assert {name: body.get(name) for name in data} == data
    return body


def soon(hours: float = 5) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def make_topic(server: Server, kind: str = "graphic", *, upto: str = "dispatch", **fields: Any) -> Thing:
    """A topic with one line, taken as far as `upto`."""
    form = {"title": f"泵站夜巡 {uuid.uuid4().hex[:8]}", "class": "livelihood", "targets": ["app"], "priority": 2}
    topic = do(server.staff("editor"), "POST /topics", form | fields)
    do(server.staff("editor"), f"POST /topics/{topic['id']}/submit")
    topic = do(server.staff("chief"), f"POST /topics/{topic['id']}/approve")
    if upto == "approve":
        return topic
    # Far enough away that a test may move the clock by hours.
    line = {"kind": kind, "desk": "reporters", "due": soon(48), "targets": ["app"]}
    return do(server.staff("head"), f"POST /topics/{topic['id']}/dispatch", {"coverages": [line]})


def draft(server: Server, *reporters: Person, topic: Thing | None = None, **fields: Any) -> Thing:
    """An assignment for these reporters, in equal shares, not sent yet."""
    topic = topic or make_topic(server)
    shares = [{"id": one.id, "share": 100 // len(reporters)} for one in reporters]
    form = {"topic": topic["id"], "coverage_no": 1, "reporters": shares, "place": "蕰藻浜泵站"}
    return do(server.staff("head"), "POST /assignments", form | fields)


def sent(server: Server, *reporters: Person, **fields: Any) -> Thing:
    return do(server.staff("head"), f"POST /assignments/{draft(server, *reporters, **fields)['id']}/dispatch")


def at(person: Person, thing: Thing, command: str, form: Any = None) -> Thing:
    return do(person, f"POST /assignments/{thing['id']}/{command}", form)


def on_site(server: Server, reporter: Person) -> Thing:
    thing = sent(server, reporter)
    at(reporter, thing, "accept")
    return at(reporter, thing, "on-site")


def now_of(person: Person, thing: Thing) -> Thing:
    return person.does("GET", f"/kitchen/assignments/{thing['id']}")


def upload(person: Person, data: bytes | None = None) -> Thing:
    return person.does("POST", "/media", files={"file": ("p.jpg", data or new_photo(), "image/jpeg")})


def enter(person: Person, media: str | None = None, **fields: Any) -> Thing:
    form = {"media": media or upload(person)["id"], "title": "泵站内景", "rights": RIGHTS, "subjects": "none"}
    return do(person, "POST /materials", form | fields)


def of_material(person: Person, thing: Thing, command: str, form: Any = None) -> Thing:
    return do(person, f"POST /materials/{thing['id']}/{command}", form)


def new_reporter(server: Server) -> Person:
    return server.hire("新来的记者", "reporter", desk="reporters")


@pytest.fixture(scope="module")
def reporter(server: Server) -> Person:
    return server.staff("reporter")


@pytest.fixture(scope="module")
def head(server: Server) -> Person:
    return server.staff("head")


# ── the way of an assignment ──


def test_an_assignment_goes_from_the_draft_to_the_decision_that_it_is_done(
    server: Server, reporter: Person, head: Person
) -> None:
    topic = make_topic(server)
    form = {
        "topic": topic["id"],
        "coverage_no": 1,
        "reporters": [{"id": reporter.id, "share": 70}, {"id": server.staff("reporter2").id, "share": 30}],
        "gear": "无人机",
    }
    answer = send(head, "POST /assignments", form | {"contact": "站长室", "safety_note": "穿救生衣"})
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["Location"] == f"/api/v1/kitchen/assignments/{made['id']}"
    assert (made["state"], made["topic"]["title"], made["kind"], made["priority"]) == (
        "draft",
        topic["title"],
        "graphic",
        2,
    )
    assert [(one["name"], one["share"]) for one in made["reporters"]] == [("沈一帆", 70), ("陶安然", 30)]
    assert (made["emergency"], made["overdue"], made["answer_due"]) == (False, False, None)
    going = at(head, made, "dispatch")
    assert (going["state"], going["allowed"]) == (
        "dispatched",
        ["accept", "cancel", "decline", "edit", "link", "reassign"],
    )
    waits = datetime.fromisoformat(going["answer_due"]) - datetime.fromisoformat(going["dispatched_at"])
    assert waits == timedelta(minutes=10)
    assert at(server.staff("reporter2"), made, "accept")["answered_at"]
    assert at(reporter, made, "on-site")["on_site_at"]
    refused(send(reporter, f"POST /assignments/{made['id']}/file"), 409, "guard_failed", guard="something_filed")
    filed = at(reporter, made, "file", {"materials": [enter(reporter)["id"]]})
    assert (filed["state"], len(filed["materials"])) == ("filed", 1)
    done = at(head, made, "done")
    assert (done["state"], done["allowed"]) == ("done", ["link"])
    answer = head.get(f"/kitchen/assignments/{made['id']}")
    assert (answer.json(), answer.headers["ETag"]) == (done, f'"{done["ver"]}"')


def test_a_story_will_do_where_there_is_no_material(server: Server, reporter: Person) -> None:
    thing = on_site(server, reporter)
    story = {"headline": "泵站夜巡", "body": "灯亮着。", "section": "minsheng"}
    other = reporter.does("POST", "/editor/stories", story)
    answer = send(reporter, f"POST /assignments/{thing['id']}/file", {"story": other["id"]})
    refused(answer, 422, "validation", ("story", "mismatch"))
    mine = reporter.does("POST", "/editor/stories", story | {"assignment": thing["id"]})
    assert at(reporter, thing, "file", {"story": mine["id"]})["state"] == "filed"


def test_material_that_was_linked_before_is_filed(server: Server, reporter: Person) -> None:
    thing = on_site(server, reporter)
    material = enter(reporter, assignments=[thing["id"]])
    assert (material["assignments"], now_of(reporter, thing)["materials"]) == ([thing["id"]], [material["id"]])
    assert at(reporter, thing, "file")["state"] == "filed"


def test_an_assignment_waits_for_its_topic_to_be_dispatched(server: Server, head: Person, reporter: Person) -> None:
    topic = make_topic(server, upto="approve")
    line = {"kind": "text", "desk": "reporters", "due": soon(), "targets": ["app"]}
    do(head, f"POST /topics/{topic['id']}/coverages", line)
    form = {"topic": topic["id"], "coverage_no": 1, "reporters": [{"id": reporter.id, "share": 100}]}
    body = refused(send(head, "POST /assignments", form), 409, "guard_failed", guard="topic_dispatched")
    assert body["needs"]
    do(head, f"POST /topics/{topic['id']}/dispatch")
    thing = do(head, "POST /assignments", form)
    do(server.staff("chief"), f"POST /topics/{topic['id']}/postpone", {"reason": "台风"})
    answer = send(head, f"POST /assignments/{thing['id']}/dispatch")
    refused(answer, 409, "guard_failed", guard="topic_dispatched")


def test_I1_another_person_does_not_accept(server: Server, reporter: Person) -> None:  # the check of NEWSROOM.md
    thing = sent(server, reporter)
    other = server.staff("reporter2")
    for command, form in (("accept", {}), ("decline", {"reason": "走不开"})):
        answer = send(other, f"POST /assignments/{thing['id']}/{command}", form)
        refused(answer, 403, "role_forbidden", guard="assignee")
    # Nor does one who sends others, nor one without any right to go.
    for username in ("head", "chief", "admin", "proof"):
        refused(send(server.staff(username), f"POST /assignments/{thing['id']}/accept"), 403, "role_forbidden")
    assert now_of(reporter, thing)["state"] == "dispatched"
    assert at(reporter, thing, "accept")["state"] == "accepted"
    for command in ("on-site", "file"):
        refused(send(other, f"POST /assignments/{thing['id']}/{command}"), 403, "role_forbidden", guard="assignee")


def test_the_same_person_accepts_under_another_account(server: Server) -> None:
    one, other = new_reporter(server), new_reporter(server)
    thing = sent(server, one)
    refused(send(other, f"POST /assignments/{thing['id']}/accept"), 403, "role_forbidden")
    run(server, "UPDATE account SET person_id = :person WHERE id = :id", person=one.id, id=other.id)
    assert at(other, thing, "accept")["state"] == "accepted"
    mine = other.does("GET", "/kitchen/assignments?mine=true")["items"]
    assert [item["id"] for item in mine] == [thing["id"]]
    both = [{"id": one.id, "share": 50}, {"id": other.id, "share": 50}]
    form = {"topic": thing["topic"]["id"], "coverage_no": 1, "reporters": both}
    refused(send(server.staff("head"), "POST /assignments", form), 422, "validation", ("reporters", "mismatch"))
    for username in (one, other):
        server.staff("admin").does("DELETE", f"/roster/{reporter_grant(server, username)}")


def reporter_grant(server: Server, person: Person) -> str:
    return run(server, "SELECT id FROM role_grant WHERE account_id = :id AND role = 'reporter'", id=person.id)[0][0]


def test_a_command_out_of_turn_says_what_is_allowed(server: Server, reporter: Person, head: Person) -> None:
    thing = draft(server, reporter)
    body = refused(send(reporter, f"POST /assignments/{thing['id']}/accept"), 409, "illegal_state", state="draft")
    assert body["allowed"] == thing["allowed"] == ["cancel", "dispatch", "edit", "name_reporters"]
    at(head, thing, "cancel", {"reason": "不拍了"})
    refused(send(head, f"POST /assignments/{thing['id']}/dispatch"), 409, "illegal_state", allowed=[])


# ── changes ──


def test_where_and_when_may_change_but_who_goes_only_before(server: Server, reporter: Person, head: Person) -> None:
    thing = draft(server, reporter)
    path = f"PATCH /assignments/{thing['id']}"
    refused(send(head, path, {"place": "闸口"}), 428, "precondition_required")
    shares = [{"id": server.staff("reporter2").id, "share": 100}]
    edited = do(head, path, {"place": "闸口", "reporters": shares}, If_Match=f'"{thing["ver"]}"')
    assert (edited["place"], edited["reporters"][0]["name"]) == ("闸口", "陶安然")
    refused(send(head, path, {"place": "x"}, If_Match=f'"{thing["ver"]}"'), 412, "stale", ver=edited["ver"])
    going = at(head, thing, "dispatch")
    answer = send(head, path, {"reporters": shares}, If_Match=f'"{going["ver"]}"')
    body = refused(answer, 409, "illegal_state", state="dispatched")
    assert "reassign" in body["allowed"]
    later = do(head, path, {"due": soon(60), "priority": 1}, If_Match=f'"{going["ver"]}"')
    assert (later["priority"], later["state"]) == (1, "dispatched")


def test_a_command_of_a_version_that_has_passed_is_refused(server: Server, reporter: Person, head: Person) -> None:
    thing = sent(server, reporter)
    answer = send(reporter, f"POST /assignments/{thing['id']}/accept", If_Match=f'"{thing["ver"] - 1}"')
    refused(answer, 412, "stale", ver=thing["ver"])
    assert do(reporter, f"POST /assignments/{thing['id']}/accept", If_Match=f'"{thing["ver"]}"')["state"] == "accepted"


def test_a_command_needs_a_key_and_does_the_same_thing_once(server: Server, reporter: Person, head: Person) -> None:
    thing = draft(server, reporter)
    path = f"/kitchen/assignments/{thing['id']}/dispatch"
    refused(head.post(path), 400, "key_required")
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = head.post(path, headers=dict(key))
    assert head.post(path, headers=dict(key)).json() == first.json()
    again = head.post(path.replace("dispatch", "cancel"), {"reason": "x"}, headers=dict(key))
    refused(again, 409, "idempotency_conflict")


def test_a_reassigned_row_is_kept_and_its_successor_goes_out(server: Server, reporter: Person, head: Person) -> None:
    thing = sent(server, reporter, gear="三脚架")
    at(reporter, thing, "accept")
    other = server.staff("reporter2")
    path = f"POST /assignments/{thing['id']}/reassign"
    refused(send(reporter, path, {"reporter": other.id, "reason": "病了"}), 403, "role_forbidden")
    answer = send(head, path, {"reporter": reporter.id, "reason": "病了"})
    refused(answer, 422, "validation", ("reporter", "mismatch"))
    old = do(head, path, {"reporter": other.id, "reason": "病了"})
    assert (old["state"], old["reason"], old["allowed"]) == ("reassigned", "病了", [])
    new = head.does("GET", f"/kitchen/assignments/{old['replaced_by']}")
    assert (new["state"], new["replaces"], new["gear"]) == ("dispatched", thing["id"], "三脚架")
    assert [one["name"] for one in new["reporters"]] == ["陶安然"]
    assert [one["name"] for one in new["tried"]] == ["沈一帆"]
    refused(send(reporter, f"POST /assignments/{thing['id']}/on-site"), 409, "illegal_state")
    assert at(other, new, "accept")["state"] == "accepted"


def test_cancelling_a_topic_carries_out_what_was_decided_about_its_assignments(
    server: Server, reporter: Person
) -> None:
    topic = make_topic(server)
    first, second = (sent(server, reporter, topic=topic) for _ in range(2))
    decisions = [
        {"assignment": first["id"], "verdict": "cancel"},
        {"assignment": second["id"], "verdict": "reassign", "to": server.staff("reporter2").id},
    ]
    do(server.staff("chief"), f"POST /topics/{topic['id']}/cancel", {"reason": "改期", "decisions": decisions})
    assert [now_of(reporter, thing)["state"] for thing in (first, second)] == ["cancelled", "reassigned"]


# ── lists and candidates ──


def test_lists_are_filtered_and_paged(server: Server, reporter: Person, head: Person) -> None:
    topic = make_topic(server)
    mine, other = sent(server, reporter, topic=topic), sent(server, server.staff("reporter2"), topic=topic)

    def ids(person: Person, **query: Any) -> list[str]:
        return [item["id"] for item in person.does("GET", "/kitchen/assignments", params=query)["items"]]

    assert ids(head, topic=topic["id"]) == [other["id"], mine["id"]]
    assert ids(reporter, topic=topic["id"], mine="true") == [mine["id"]]
    at(reporter, mine, "accept")
    assert ids(head, topic=topic["id"], state="accepted") == [mine["id"]]
    assert ids(head, topic=topic["id"], overdue="true") == []
    page = head.does("GET", "/kitchen/assignments", params={"topic": topic["id"], "limit": 1})
    following = {"topic": topic["id"], "limit": 1, "cursor": page["next"]}
    assert [page["items"][0]["id"], *ids(head, **following)] == [mine["id"], other["id"]]
    refused(head.get("/kitchen/assignments?mine=maybe"), 422, "validation", ("mine", "not_a_choice"))


def test_candidates_show_what_each_has_in_hand(server: Server, head: Person) -> None:
    newcomer = new_reporter(server)
    topic = make_topic(server)

    def of(person: Person) -> Thing:
        path = f"/kitchen/candidates?kind=text&topic={topic['id']}"
        return next(one for one in head.does("GET", path) if one["id"] == person.id)

    assert of(newcomer) == {
        "id": newcomer.id,
        "name": "新来的记者",
        "skills": [],
        "load": 0,
        "on_duty_until": None,
        "on_topic": False,
    }
    sent(server, newcomer, topic=topic)
    assert (of(newcomer)["load"], of(newcomer)["on_topic"]) == (1, True)
    people = head.does("GET", "/kitchen/candidates")
    assert [one["load"] for one in people] == sorted(one["load"] for one in people)
    answer = head.get("/kitchen/candidates?topic=nowhere")
    refused(answer, 422, "validation", ("topic", "unknown"))
    refused(server.staff("reporter").get("/kitchen/candidates"), 403, "role_forbidden")
    server.staff("admin").does("DELETE", f"/roster/{reporter_grant(server, newcomer)}")
    assert newcomer.id not in str(head.does("GET", "/kitchen/candidates"))


def test_who_can_do_the_work_is_asked_before_who_has_less_in_hand(server: Server, head: Person) -> None:
    def names(kind: str) -> list[str]:
        people = head.does("GET", f"/kitchen/candidates?kind={kind}")
        return [one["name"] for one in people if one["name"] in {"沈一帆", "陶安然"}]

    # The demo's two reporters: one takes pictures, the other films.
    assert (names("photo"), names("video")) == (["沈一帆", "陶安然"], ["陶安然", "沈一帆"])


# ── no answer: the clock is moved ──


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Server:
    """A house with three reporters, in which nothing is under way; the demo's are skilled in no graphics."""
    return make_server()


@pytest.fixture
def third(house: Server) -> Person:
    """A third reporter, for the time of the test."""
    return new_reporter(house)


def stands(house: Server, thing: Thing) -> Thing:
    return now_of(house.staff("head"), thing)


def becomes(house: Server, thing: Thing, state: str) -> Thing:
    wait_until(lambda: stands(house, thing)["state"] == state)
    return stands(house, thing)


def successor_of(house: Server, thing: Thing) -> Thing:
    return house.staff("head").does("GET", f"/kitchen/assignments/{stands(house, thing)['replaced_by']}")


def escalations(house: Server) -> list[tuple[str, str]]:
    board = house.staff("head").does("GET", "/kitchen/board")
    return [(one["kind"], one["about"]["id"]) for one in board["escalations"]]


def test_I2_after_ten_minutes_the_next_one_is_the_one_with_the_lower_load(
    house: Server, third: Person
) -> None:  # the check of NEWSROOM.md
    username = run(house, "SELECT username FROM account WHERE id = :id", id=third.id)[0][0]
    busy = sent(house, house.staff("reporter2"))
    at(house.staff("reporter2"), busy, "accept")
    thing = sent(house, house.staff("reporter"))
    house.move_clock(9 * 60)
    assert stands(house, thing)["state"] == "dispatched"
    house.move_clock(61)
    first = becomes(house, thing, "no_answer")
    assert first["allowed"] == []
    second = successor_of(house, thing)
    assert ([one["id"] for one in second["reporters"]], second["state"]) == ([third.id], "dispatched")
    assert [one["name"] for one in second["tried"]] == ["沈一帆"]
    # Nobody is asked twice; in the end somebody has to decide.
    refused(send(house.staff(username), f"POST /assignments/{thing['id']}/accept"), 403, "role_forbidden")
    house.move_clock(601)
    becomes(house, second, "no_answer")
    last = successor_of(house, second)
    assert [one["name"] for one in last["reporters"]] == ["陶安然"]
    house.move_clock(601)
    nobody = becomes(house, last, "no_answer")
    assert (nobody["replaced_by"], nobody["allowed"]) == (None, ["cancel", "reassign"])
    alarms = run(house, "SELECT kind, state FROM alarm WHERE about_id = :id", id=last["id"])
    assert alarms == [("assignment_nobody", "raised")]
    form = {"reporter": house.staff("reporter").id, "reason": "电话里说好了"}
    assert at(house.staff("duty"), last, "reassign", form)["state"] == "no_answer"
    assert run(house, "SELECT state FROM alarm WHERE about_id = :id", id=last["id"]) == [("cleared",)]
    again = successor_of(house, last)
    assert at(house.staff("reporter"), again, "accept")["state"] == "accepted"
    form = {"reporter": third.id, "reason": "再派一次"}
    answer = send(house.staff("duty"), f"POST /assignments/{last['id']}/reassign", form)
    refused(answer, 409, "guard_failed", guard="not_taken_over")
    types = [row[0] for row in run(house, "SELECT type FROM event WHERE entity_id = :id ORDER BY seq", id=last["id"])]
    assert types == ["assignment.dispatched", "assignment.no_answer", "assignment.reassigned"]
    assert not house.unexpected()


def test_an_alarm_that_nobody_goes_stands_on_the_board(house: Server) -> None:
    house.move_clock(0)
    thing = sent(house, *(house.staff(name) for name in ("reporter", "reporter2")))
    while (found := stands(house, thing))["state"] != "no_answer" or found["replaced_by"]:
        if found["replaced_by"]:
            thing = successor_of(house, thing)
        house.move_clock(601)
        becomes(house, thing, "no_answer")
    assert ("assignment_nobody", thing["id"]) in escalations(house)
    at(house.staff("head"), thing, "cancel", {"reason": "不派了"})
    assert ("assignment_nobody", thing["id"]) not in escalations(house)


def test_in_an_emergency_two_minutes_are_enough(house: Server) -> None:
    house.move_clock(0)
    by_form = sent(house, house.staff("reporter"), emergency=True)
    by_topic = sent(house, house.staff("reporter"), topic=make_topic(house, **{"class": "emergency"}))
    calm = sent(house, house.staff("reporter"))
    assert (by_form["emergency"], by_topic["emergency"], calm["emergency"]) == (True, True, False)
    house.move_clock(121)
    for thing in (by_form, by_topic):
        becomes(house, thing, "no_answer")
        assert successor_of(house, thing)["emergency"] is True
    assert stands(house, calm)["state"] == "dispatched"


def test_who_answered_in_time_keeps_the_assignment(house: Server) -> None:
    house.move_clock(0)
    thing = sent(house, house.staff("reporter"))
    taken = at(house.staff("reporter"), thing, "accept")
    house.move_clock(601)
    job = "SELECT state FROM job WHERE key = :key"
    wait_until(lambda: run(house, job, key=f"assignment.no_answer:{thing['id']}") == [("done",)])
    assert stands(house, thing) == taken


def test_who_declines_is_followed_by_the_next_at_once(house: Server) -> None:
    house.move_clock(0)
    thing = sent(house, house.staff("reporter"))
    declined = at(house.staff("reporter"), thing, "decline", {"reason": "在外地"})
    assert (declined["state"], declined["reason"], declined["allowed"]) == ("declined", "在外地", [])
    following = successor_of(house, thing)
    assert following["state"] == "dispatched"
    assert following["reporters"][0]["id"] != house.staff("reporter").id


def test_without_a_name_the_one_with_the_least_in_hand_is_asked(house: Server) -> None:
    house.move_clock(0)
    people = house.staff("head").does("GET", "/kitchen/candidates?kind=graphic")
    thing = sent(house)
    assert [one["id"] for one in thing["reporters"]] == [people[0]["id"]]
    assert thing["reporters"][0]["share"] == 100


def test_overdue_is_what_the_clock_says(house: Server) -> None:
    house.move_clock(0)
    thing = sent(house, house.staff("reporter"))
    at(house.staff("reporter"), thing, "accept")
    before = stands(house, thing)
    house.move_clock(48 * 3600)
    after = stands(house, thing)
    assert (before["overdue"], after["overdue"], after["ver"]) == (False, True, before["ver"])
    late = house.staff("head").does("GET", f"/kitchen/assignments?overdue=true&topic={thing['topic']['id']}")["items"]
    assert [item["id"] for item in late] == [thing["id"]]
    assert not house.unexpected()


# ── material ──


def test_a_material_is_checked_and_made_usable(server: Server, reporter: Person) -> None:
    thing = on_site(server, reporter)
    media = upload(reporter)
    form = {"media": media["id"], "title": "泵站内景", "rights": RIGHTS | {"expires": soon(24)}, "subjects": "none"}
    answer = send(reporter, "POST /materials", form | {"assignments": [thing["id"]], "captured_at": soon(-1)})
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["Location"] == f"/api/v1/kitchen/materials/{made['id']}"
    assert (made["state"], made["kind"], made["sha256"]) == ("uploaded", "image", media["sha256"])
    assert (made["rights"]["expired"], made["uploaded_by"]["name"]) == (False, "沈一帆")
    refused(send(reporter, f"POST /materials/{made['id']}/check"), 403, "role_forbidden")
    editor = server.staff("editor")
    refused(send(editor, f"POST /materials/{made['id']}/approve"), 409, "illegal_state", state="uploaded")
    assert of_material(editor, made, "check")["checked_by"]["name"] == "姚知秋"
    usable = of_material(editor, made, "approve")
    assert (usable["state"], usable["allowed"]) == (
        "usable",
        ["consent", "edit", "edit_rights", "link", "reject", "restrict"],
    )
    events = run(server, "SELECT type FROM event WHERE entity_id = :id ORDER BY seq", id=made["id"])
    assert [row[0] for row in events][-1] == "material.usable"
    assert editor.does("GET", f"/kitchen/materials/{made['id']}") == usable


def test_I3_the_same_bytes_twice_are_one_object_and_two_materials(
    server: Server, reporter: Person
) -> None:  # the check of NEWSROOM.md
    data = new_photo()
    people = (reporter, server.staff("reporter2"))
    files = [upload(person, data) for person in people]
    materials = [enter(person, file["id"]) for person, file in zip(people, files, strict=True)]
    assert files[0]["id"] != files[1]["id"]
    assert materials[0]["id"] != materials[1]["id"]
    sha256 = {thing["sha256"] for thing in (*files, *materials)}
    assert len(sha256) == 1
    same = reporter.does("GET", "/kitchen/materials", params={"sha256": sha256.copy().pop()})["items"]
    assert {item["id"] for item in same} == {material["id"] for material in materials}
    stored = [path for path in server.data_dir.rglob(f"*{sha256.pop()}*") if path.is_file() and path.suffix == ""]
    assert len(stored) == 1


def test_a_material_belongs_to_many_assignments_and_an_assignment_has_many(server: Server, reporter: Person) -> None:
    homes = [sent(server, reporter) for _ in range(2)]
    things = [enter(reporter, assignments=[homes[0]["id"]]) for _ in range(2)]
    linked = of_material(reporter, things[0], "assignments", {"assignment": homes[1]["id"]})
    assert linked["assignments"] == sorted(home["id"] for home in homes)
    again = of_material(reporter, things[0], "assignments", {"assignment": homes[1]["id"]})
    assert again == linked
    assert now_of(reporter, homes[0])["materials"] == sorted(thing["id"] for thing in things)
    listed = reporter.does("GET", "/kitchen/materials", params={"assignment": homes[1]["id"]})["items"]
    assert [item["id"] for item in listed] == [things[0]["id"]]
    waiting = draft(server, reporter)
    answer = send(reporter, f"POST /materials/{things[0]['id']}/assignments", {"assignment": waiting["id"]})
    refused(answer, 409, "illegal_state", state="draft")


@pytest.mark.parametrize("subjects", ["minor", "victim"])
def test_whom_it_shows_must_have_agreed(server: Server, reporter: Person, subjects: str) -> None:
    editor = server.staff("editor")
    thing = enter(reporter, subjects=subjects)
    assert thing["consent_missing"]
    of_material(editor, thing, "check")
    body = refused(send(editor, f"POST /materials/{thing['id']}/approve"), 409, "consent_missing", guard="consent")
    assert "限用" in body["needs"]
    restricted = of_material(editor, thing, "restrict", {"reason": "没有同意书"})
    assert (restricted["state"], restricted["reason"]) == ("restricted", "没有同意书")
    refused(send(editor, f"POST /materials/{thing['id']}/approve"), 409, "consent_missing")
    agreed = of_material(reporter, thing, "consent", CONSENT)
    assert (agreed["consent_missing"], agreed["consent"]["by"]) == (False, CONSENT["by"])
    usable = of_material(editor, thing, "approve")
    assert (usable["state"], usable["reason"]) == ("usable", None)


def test_consent_may_come_with_the_material(server: Server, reporter: Person) -> None:
    thing = enter(reporter, subjects="minor", consent=CONSENT | {"at": soon(-2)})
    of_material(server.staff("editor"), thing, "check")
    assert of_material(server.staff("editor"), thing, "approve")["state"] == "usable"


def test_other_rights_make_a_usable_material_await_approval_again(server: Server, reporter: Person) -> None:
    editor, thing = server.staff("editor"), enter(reporter)
    path = f"PATCH /materials/{thing['id']}"
    for command in ("check", "approve"):
        thing = of_material(editor, thing, command)
    refused(send(reporter, path, {"title": "改"}), 428, "precondition_required")
    titled = do(reporter, path, {"title": "改了标题"}, If_Match=f'"{thing["ver"]}"')
    assert (titled["state"], titled["title"]) == ("usable", "改了标题")
    refused(send(reporter, path, {"title": "x"}, If_Match=f'"{thing["ver"]}"'), 412, "stale", ver=titled["ver"])
    shows = do(reporter, path, {"subjects": "minor"}, If_Match=f'"{titled["ver"]}"')
    assert (shows["state"], shows["consent_missing"]) == ("checked", True)
    refused(send(editor, f"POST /materials/{thing['id']}/approve"), 409, "consent_missing")
    stranger = send(server.staff("reporter2"), path, {"title": "x"}, If_Match=f'"{shows["ver"]}"')
    refused(stranger, 403, "role_forbidden", guard="supplier")
    assert do(editor, path, {"subjects": "none"}, If_Match=f'"{shows["ver"]}"')["subjects"] == "none"


def test_a_licence_that_has_run_out_lets_nothing_through(server: Server, reporter: Person) -> None:
    editor = server.staff("editor")
    thing = enter(reporter, rights={"owner": "某图片社", "licence": "agency", "expires": soon(-1)})
    assert thing["rights"]["expired"]
    of_material(editor, thing, "check")
    refused(send(editor, f"POST /materials/{thing['id']}/approve"), 409, "guard_failed", guard="licence")


def test_a_rejected_material_stays_rejected(server: Server, reporter: Person) -> None:
    thing = of_material(server.staff("editor"), enter(reporter), "reject", {"reason": "失焦"})
    assert (thing["state"], thing["allowed"]) == ("rejected", [])
    for command in ("check", "approve"):
        refused(send(server.staff("editor"), f"POST /materials/{thing['id']}/{command}"), 409, "illegal_state")


def test_a_source_is_shown_to_its_supplier_and_to_those_who_check(server: Server, reporter: Person) -> None:
    contact = f"139{uuid.uuid4().int % 10**8:08d}"
    phone = server.phone(server.staff("reporter2"), ["desk:reporters"])
    phone.go_online()
    thing = enter(reporter, source_contact=contact, subjects="minor", consent=CONSENT)
    path = f"/kitchen/materials/{thing['id']}"
    assert thing["source_contact"] == contact
    for username in ("reporter", "editor"):
        shown = server.staff(username).does("GET", path)
        assert (shown["source_contact"], shown["consent"]["by"]) == (contact, CONSENT["by"])
    for username in ("reporter2", "proof", "tv"):
        answer = server.staff(username).get(path)
        assert contact not in answer.text
        assert CONSENT["by"] not in answer.text
        assert answer.json()["source_contact"] is None
    held = phone.wait_for(lambda: phone.get("material", thing["id"], "desk:reporters"))
    assert held == server.staff("reporter2").does("GET", path)
    phone.go_offline()
    events = run(server, "SELECT data FROM event WHERE entity_id = :id", id=thing["id"])
    assert contact not in str(events)


def test_the_newsroom_sees_the_file_of_a_material_and_others_do_not(server: Server, reporter: Person) -> None:
    thing = enter(reporter)
    path = f"/media/{thing['media']['id']}"
    assert {server.staff(name).get(path).status_code for name in ("reporter", "editor", "tv", "proof")} == {200}
    strangers = [server.anonymous(), server.citizen(), server.staff("office"), server.staff("admin")]
    assert {person.get(path).status_code for person in strangers} == {404}


def test_nobody_enters_what_another_uploaded(server: Server, reporter: Person) -> None:
    theirs = upload(server.staff("reporter2"))["id"]
    form = {"media": theirs, "title": "x", "rights": RIGHTS, "subjects": "none"}
    refused(send(reporter, "POST /materials", form), 422, "validation", ("media", "unknown"))


# ── media in stories ──


def picture_story(media: str) -> Thing:
    body = [{"type": "text", "text": "孩子们在放学路上。"}, {"type": "image", "media": media, "alt": "放学路上"}]
    return {"headline": "放学路上", "body": body, "section": "minsheng"}


def test_I4_an_unconsented_minors_photo_does_not_get_into_a_story(
    server: Server, reporter: Person
) -> None:  # the check of NEWSROOM.md
    media = upload(reporter)["id"]
    thing = enter(reporter, media, subjects="minor")
    refused(reporter.post("/editor/stories", picture_story(media)), 409, "consent_missing", guard="consent")
    story = reporter.does("POST", "/editor/stories", {"headline": "放学路上", "body": "正文", "section": "minsheng"})
    answer = reporter.patch(f"/editor/stories/{story['id']}", {"body": picture_story(media)["body"]}, story["ver"])
    refused(answer, 409, "consent_missing", guard="consent")
    of_material(reporter, thing, "consent", CONSENT)
    assert reporter.post("/editor/stories", picture_story(media)).status_code == 201


def test_the_same_bytes_under_another_upload_do_not_get_round_it(server: Server, reporter: Person) -> None:
    data = new_photo()
    enter(reporter, upload(reporter, data)["id"], subjects="victim")
    again = upload(reporter, data)["id"]
    refused(reporter.post("/editor/stories", picture_story(again)), 409, "consent_missing", guard="consent")


def test_a_restricted_picture_does_not_get_into_a_story(server: Server, reporter: Person) -> None:
    media = upload(reporter)["id"]
    of_material(server.staff("editor"), enter(reporter, media), "restrict", {"reason": "权属不清"})
    refused(reporter.post("/editor/stories", picture_story(media)), 409, "guard_failed", guard="media_rights")


# ── live ──


def test_each_step_arrives_on_the_desks(server: Server, reporter: Person, head: Person) -> None:
    watching = server.phone(server.staff("reporter2"), ["desk:reporters"])
    planning = server.phone(head, ["desk:planning", "desk:editing"])
    for phone in (watching, planning):
        phone.go_online()
    thing = sent(server, reporter)
    for person, command in ((reporter, "accept"), (reporter, "on-site")):
        thing = at(person, thing, command)
        for phone, stream in ((watching, "desk:reporters"), (planning, "desk:planning")):
            assert phone.wait_for(lambda: phone.get("assignment", thing["id"], stream) == thing)  # noqa: B023  # at once
    material = enter(reporter, assignments=[thing["id"]])
    assert planning.wait_for(lambda: planning.get("material", material["id"], "desk:editing"))
    assert watching.wait_for(lambda: watching.get("material", material["id"], "desk:reporters"))
    assert planning.wait_for(
        lambda: planning.get("assignment", thing["id"], "desk:planning")["materials"] == [material["id"]]
    )
    old = at(head, thing, "reassign", {"reporter": server.staff("reporter2").id, "reason": "换人"})
    assert watching.wait_for(lambda: watching.get("assignment", old["replaced_by"], "desk:reporters"))
    assert watching.get("assignment", old["id"], "desk:reporters") == old
    assert watching.equals_server()
    for phone in (watching, planning):
        phone.go_offline()


def test_what_is_made_of_a_film_arrives_too(server: Server, reporter: Person) -> None:
    other = server.staff("reporter2")
    phone = server.phone(other, ["desk:reporters"])
    phone.go_online()
    data = film(track(b"vide", 64, 48), after=box(b"free", uuid.uuid4().bytes))
    media = reporter.does("POST", "/media", files={"file": ("f.mp4", data, "video/mp4")})
    thing = enter(reporter, media["id"])
    assert thing["kind"] == "video"
    path = f"/kitchen/materials/{thing['id']}"
    wait_until(lambda: other.does("GET", path)["media"]["work"] != "waiting", 60)
    fresh = other.does("GET", path)
    assert phone.wait_for(lambda: phone.get("material", thing["id"], "desk:reporters") == fresh)
    phone.go_offline()


def test_the_document_names_all_that_is_answered(server: Server, reporter: Person, head: Person) -> None:
    schemas = head.does("GET", "/openapi.json")["components"]["schemas"]
    thing, material = on_site(server, reporter), enter(reporter, subjects="minor", consent=CONSENT)
    candidate = head.does("GET", "/kitchen/candidates")[0]
    answers = {"Assignment": thing, "Material": material, "MaterialConsent": material["consent"]}
    answers |= {"MaterialRights": material["rights"], "ReporterCandidate": candidate}
    for name, answer in answers.items():
        assert schemas[name]["properties"].keys() == answer.keys(), name


# ── bad input ──

GOOD = {"topic": "t", "coverage_no": 1, "reporters": []}


@pytest.mark.parametrize(
    ("form", "field", "code"),
    [
        ({}, "topic", "missing"),
        (GOOD | {"topic": "nowhere"}, "topic", "unknown"),
        (GOOD | {"colour": 1}, "colour", "unknown_field"),
        (GOOD | {"coverage_no": 0}, "coverage_no", "out_of_range"),
        (GOOD | {"priority": 6}, "priority", "out_of_range"),
        (GOOD | {"emergency": "yes"}, "emergency", "wrong_type"),
        (GOOD | {"due": "tomorrow"}, "due", "invalid"),
        (GOOD | {"gear": "长" * 201}, "gear", "too_long"),
        (GOOD | {"place": "a\x00b"}, "place", "unclean"),
        (GOOD | {"reporters": [{"id": "x"}]}, "reporters.0.share", "missing"),
        (GOOD | {"reporters": [{"id": "x", "share": 0}]}, "reporters.0.share", "out_of_range"),
        (GOOD | {"reporters": [{"id": "x", "share": 99}]}, "reporters", "mismatch"),
        (GOOD | {"reporters": [{"id": "x", "share": 50}] * 2}, "reporters", "mismatch"),
        (GOOD | {"reporters": [{"id": f"x{n}", "share": 20} for n in range(6)]}, "reporters", "too_long"),
    ],
)
def test_each_bad_field_of_an_assignment_is_named(head: Person, form: Thing, field: str, code: str) -> None:
    body = refused(send(head, "POST /assignments", form), 422, "validation")
    assert (field, code) in [(error["field"], error["code"]) for error in body["errors"]]


def test_what_only_the_data_can_tell_is_named_too(server: Server, reporter: Person, head: Person) -> None:
    topic = make_topic(server)
    form = {"topic": topic["id"], "coverage_no": 1}
    for bad, field, code in (
        ({"coverage_no": 7}, "coverage_no", "unknown"),
        ({"due": soon(-1)}, "due", "order"),
        ({"reporters": [{"id": "nobody", "share": 100}]}, "reporters", "unknown"),
        ({"reporters": [{"id": server.staff("admin").id, "share": 100}]}, "reporters", "unknown"),
        ({"reporters": [{"id": server.citizen().id, "share": 100}]}, "reporters", "unknown"),
    ):
        refused(send(head, "POST /assignments", form | bad), 422, "validation", (field, code))
    thing = on_site(server, reporter)
    for bad, field in (({"materials": ["nothing"]}, "materials"), ({"story": "nothing"}, "story")):
        answer = send(reporter, f"POST /assignments/{thing['id']}/file", bad)
        refused(answer, 422, "validation", (field, "unknown"))
    answer = send(head, f"POST /assignments/{thing['id']}/reassign", {"reporter": "nobody", "reason": "x"})
    refused(answer, 422, "validation", ("reporter", "unknown"))
    for call in ("GET /assignments/nothing", "POST /assignments/nothing/accept", "POST /materials/nothing/check"):
        person = server.staff("editor")
        refused(person.get("/kitchen/assignments/nothing") if call[0] == "G" else send(person, call), 404, "not_found")


MATERIAL = {"media": "m", "title": "标题", "rights": RIGHTS, "subjects": "none"}


@pytest.mark.parametrize(
    ("form", "field", "code"),
    [
        ({}, "media", "missing"),
        (MATERIAL, "media", "unknown"),
        ({name: value for name, value in MATERIAL.items() if name != "subjects"}, "subjects", "missing"),
        (MATERIAL | {"subjects": "celebrity"}, "subjects", "not_a_choice"),
        (MATERIAL | {"kind": "image"}, "kind", "unknown_field"),
        (MATERIAL | {"rights": {"owner": "某社"}}, "rights.licence", "missing"),
        (MATERIAL | {"rights": RIGHTS | {"licence": "stolen"}}, "rights.licence", "not_a_choice"),
        (MATERIAL | {"rights": RIGHTS | {"expires": "soon"}}, "rights.expires", "invalid"),
        (MATERIAL | {"rights": []}, "rights", "wrong_type"),
        (MATERIAL | {"consent": {"by": "王"}}, "consent.how", "missing"),
        (MATERIAL | {"assignments": ["x"] * 21}, "assignments", "too_long"),
        (MATERIAL | {"transcript": "长" * 20_001}, "transcript", "too_long"),
    ],
)
def test_each_bad_field_of_a_material_is_named(reporter: Person, form: Thing, field: str, code: str) -> None:
    body = refused(send(reporter, "POST /materials", form), 422, "validation")
    assert (field, code) in [(error["field"], error["code"]) for error in body["errors"]]


def test_moments_and_links_of_a_material_are_checked(server: Server, reporter: Person) -> None:
    media = upload(reporter)["id"]
    form = MATERIAL | {"media": media}
    answer = send(reporter, "POST /materials", form | {"consent": CONSENT | {"at": soon(1)}})
    refused(answer, 422, "validation", ("consent.at", "order"))
    refused(
        send(reporter, "POST /materials", form | {"assignments": ["x"]}), 422, "validation", ("assignments", "unknown")
    )
    thing = enter(reporter, media)
    answer = send(reporter, f"POST /materials/{thing['id']}/consent", CONSENT | {"at": soon(1)})
    refused(answer, 422, "validation", ("at", "order"))
    answer = send(reporter, f"POST /materials/{thing['id']}/assignments", {"assignment": "x"})
    refused(answer, 422, "validation", ("assignment", "unknown"))
    answer = send(reporter, f"PATCH /materials/{thing['id']}", {}, If_Match=f'"{thing["ver"]}"')
    assert answer.status_code == 422
    for path in ("/kitchen/assignments", "/kitchen/materials"):
        for person in (server.anonymous(), server.citizen(), server.staff("office"), server.staff("admin")):
            assert person.get(path).status_code in {401, 403}
