"""Planning: leads are sifted, topics proposed by one and approved by another, directives acknowledged or escalated.

The checks P1 to P4 are those of NEWSROOM.md.
"""
# The tests of a check begin with its name.

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import AppError
from backend.newsroom.machine import Machine
from backend.newsroom.planning import rules
from backend.newsroom.planning.rules import DirectiveFacts, LeadFacts, TopicFacts
from scenario.people import Person
from scenario.phone import Phone
from tests.support.server import Server, wait_until
from tests.support.tables import run

PLANNING, REPORTERS = "desk:planning", "desk:reporters"


# ── the rules, without a database ──

# What NEWSROOM.md section 1 says, written down a second time on purpose: from, to.
WAYS = {
    "lead": {("new", "verified"), ("new", "rejected"), ("new", "merged"), ("verified", "converted")},
    "topic": {
        ("draft", "submitted"),
        ("returned", "submitted"),
        ("submitted", "approved"),
        ("submitted", "returned"),
        ("submitted", "rejected"),
        ("approved", "dispatched"),
        ("dispatched", "closed"),
        ("approved", "postponed"),
        ("dispatched", "postponed"),
        ("postponed", "approved"),
        *((state, "cancelled") for state in ("draft", "submitted", "returned", "approved", "dispatched", "postponed")),
    },
    "meeting": {("open", "closed")},
    "directive": {("issued", "acked"), ("acked", "done"), ("issued", "expired"), ("acked", "expired")},
}
FACTS: dict[str, Any] = {
    "lead": st.builds(
        LeadFacts,
        fields=st.frozensets(st.sampled_from(["heat", "text"])),
        survivor=st.sampled_from(sorted(rules.LEAD.states)),
    ),
    "topic": st.builds(
        TopicFacts,
        class_=st.sampled_from(sorted(rules.CLASSES)),
        same_person=st.booleans(),
        is_chief=st.booleans(),
        coverages=st.integers(0, 2),
        undecided=st.sampled_from([(), ("a",)]),
        fields=st.frozensets(st.sampled_from(["priority", "title"])),
        in_use=st.booleans(),
    ),
    "meeting": st.none(),
    "directive": st.builds(DirectiveFacts, desk_acked=st.booleans(), all_acked=st.booleans()),
}
MACHINES: list[Machine[Any]] = [rules.LEAD, rules.TOPIC, rules.MEETING, rules.DIRECTIVE]
each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)


@each_machine
def test_the_states_change_as_the_page_says(machine: Machine[Any]) -> None:
    moves = {(source, way.target) for way in machine.ways for source in way.sources if way.target is not None}
    assert moves == WAYS[machine.name]


@each_machine
def test_every_state_is_reached_and_nothing_leaves_an_end(machine: Machine[Any]) -> None:
    reached = set(machine.start)
    while more := {target for source, target in WAYS[machine.name] if source in reached} - reached:
        reached |= more
    assert reached == set(machine.states)
    assert set(machine.ends) == {state for state in machine.states if not machine.allowed(state)}


@each_machine
@given(data=st.data())
def test_no_command_leads_out_of_the_table(machine: Machine[Any], data: st.DataObject) -> None:
    state = machine.start[0]
    commands = sorted({way.command for way in machine.ways})
    for command in data.draw(st.lists(st.sampled_from(commands), max_size=30)):
        following = step_or_refuse(machine, command, state, data.draw(FACTS[machine.name]))
        assert following == state or (state, following) in WAYS[machine.name]
        state = following


def step_or_refuse(machine: Machine[Any], command: str, state: str, facts: Any) -> str:
    """Take a step; a refusal leaves the state, and says which rule it is and what would satisfy it."""
    try:
        return machine.step(command, state, facts)
    except AppError as error:
        refusal = error
    assert refusal.status == 409
    assert {"guard", "needs"} <= refusal.data.keys()
    return state


@given(one=st.text(max_size=60), other=st.text(max_size=60))
def test_likeness_is_a_share_and_has_no_direction(one: str, other: str) -> None:
    assert 0 <= rules.similarity(one, other) <= 1
    assert rules.similarity(one, other) == rules.similarity(other, one)


@given(place=st.text(max_size=100))
def test_a_place_is_known_by_its_letters_and_fits_its_column(place: str) -> None:
    key = rules.place_key(place)
    assert len(key) <= 100
    assert rules.place_key(f" {place}，") == key


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("菊盛路积水很深，车都开不过去", "热线：菊盛路下雨积水，小车开不过去了", True),
        ("菊盛路积水", "菊盛路积水", True),
        ("菊盛路积水很深", "菊盛路菜场开业，三百个摊位", False),
        ("积", "积", False),
    ],
)
def test_reports_of_one_thing_are_alike_and_others_are_not(one: str, other: str, alike: bool) -> None:
    assert (rules.similarity(one, other, "菊盛路") >= rules.DUPLICATE_SCORE) is alike


# ── helpers ──


def send(person: Person, method: str, path: str, json: Any = None, ver: int | None = None) -> Any:
    headers = {"Idempotency-Key": uuid.uuid4().hex} | ({"If-Match": f'"{ver}"'} if ver is not None else {})
    return person.call(method, f"/kitchen{path}", json=json, headers=headers)


def does(person: Person, method: str, path: str, json: Any = None, ver: int | None = None) -> Any:
    answer = send(person, method, path, json, ver)
    assert answer.ok, (method, path, answer.status_code, answer.text)
    return answer.json()


def assert_refused(answer: Any, status: int, code: str, **data: Any) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert {name: body.get(name) for name in data} == data, body


def later(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


def word() -> str:
    return uuid.uuid4().hex[:12]


def lead(server: Server, who: str = "reporter", **fields: Any) -> Any:
    form = {"title": "路面积水", "text": "水很深。", "source": "hotline", "place": f"菊盛路{word()}"}
    return does(server.staff(who), "POST", "/leads", form | fields)


def topic(server: Server, who: str = "reporter", **fields: Any) -> Any:
    return does(server.staff(who), "POST", "/topics", {"title": f"选题 {word()}", "class": "livelihood"} | fields)


def submitted(server: Server, who: str = "reporter", **fields: Any) -> Any:
    made = topic(server, who, **fields)
    return does(server.staff(who), "POST", f"/topics/{made['id']}/submit")


def approved(server: Server, **fields: Any) -> Any:
    made = submitted(server, **fields)
    return does(server.staff("chief"), "POST", f"/topics/{made['id']}/approve")


def line(**fields: Any) -> dict[str, Any]:
    return {"kind": "video", "desk": "tv", "due": later(hours=5), "targets": ["tv"], "note": "带话筒"} | fields


def dispatched(server: Server, **fields: Any) -> Any:
    made = approved(server, **fields)
    return does(server.staff("duty"), "POST", f"/topics/{made['id']}/dispatch", {"coverages": [line()]})


def meeting(server: Server, **fields: Any) -> Any:
    form = {"title": "晨会", "at": later(hours=1), "attendees": [server.staff("editor").id]}
    return does(server.staff("head"), "POST", "/meetings", form | fields)


def directive(server: Server, **fields: Any) -> Any:
    form = {"from": "区委宣传部", "text": "汛情信息两小时一报。", "desks": ["editing"]}
    return does(server.staff("leader"), "POST", "/directives", form | fields)


def new_head(server: Server) -> Person:
    return server.hire("新来的主任", "section_head", desk="editing")


def online(server: Server, who: str, *streams: str) -> Phone:
    phone = server.phone(server.staff(who), list(streams))
    phone.go_online()
    return phone


# ── leads ──


def test_a_lead_goes_from_the_reporter_to_a_topic(server: Server) -> None:
    phone = online(server, "editor", PLANNING)
    made = lead(server, title="井盖松动", text="一踩就响。", source="app_report", source_ref="R-7", heat=3)
    assert (made["state"], made["allowed"], made["duplicates"]) == ("new", ["edit", "merge", "reject", "verify"], [])
    assert made["sources"] == [{"source": "app_report", "source_ref": "R-7", "lead": made["id"]}]
    assert phone.wait_for(lambda: phone.get("lead", made["id"], PLANNING))
    path = f"/leads/{made['id']}"
    edited = does(server.staff("reporter"), "PATCH", path, {"source": "hotline", "heat": 9}, made["ver"])
    assert [one["source"] for one in edited["sources"]] == ["hotline"]
    verified = does(server.staff("editor"), "POST", f"{path}/verify")
    assert (verified["state"], verified["verified_by"]["name"]) == ("verified", "姚知秋")
    draft = does(server.staff("editor"), "POST", f"{path}/convert", {"class": "emergency", "priority": 1})
    assert (draft["state"], draft["title"], draft["why"], draft["class"], draft["priority"]) == (
        *("draft", "井盖松动", "一踩就响。", "emergency"),
        1,
    )
    assert (draft["lead_ids"], draft["proposer"]["name"]) == ([made["id"]], "姚知秋")
    converted = server.staff("monitor").does("GET", f"/kitchen{path}")
    assert (converted["state"], converted["topic_id"], converted["allowed"]) == ("converted", draft["id"], [])
    assert phone.wait_for(lambda: phone.get("lead", made["id"], PLANNING) == converted)
    assert phone.wait_for(lambda: phone.get("topic", draft["id"], PLANNING) == draft)
    assert phone.equals_server()
    phone.go_offline()


def test_P3_two_leads_on_one_place_are_offered_as_duplicates_and_merging_keeps_both_sources(server: Server) -> None:
    place = f"菊盛路{word()}"
    first = lead(server, title="菊盛路积水很深", text="车都开不过去。", place=place, source_ref="H-1")
    # The same place in other letters, seen by somebody else.
    same_place = f" {place.upper()}，"
    second = lead(server, "monitor", title="积水", text="菊盛路积水，车开不过去了", place=same_place, source="opinion")
    (offered,) = second["duplicates"]
    assert offered["lead"] == {name: first[name] for name in ("id", "title", "state", "source")}
    assert offered["score"] >= rules.DUPLICATE_SCORE
    assert offered["place"] == place
    assert place in offered["reason"]
    asked = server.staff("editor").does("GET", f"/kitchen/leads/{first['id']}/duplicates")
    assert [one["lead"]["id"] for one in asked["items"]] == [second["id"]]
    found = server.staff("editor").does("GET", "/kitchen/leads", params={"place": place.upper(), "state": "new"})
    assert {one["id"] for one in found["items"]} == {first["id"], second["id"]}

    merged = does(server.staff("editor"), "POST", f"/leads/{second['id']}/merge", {"into": first["id"]})
    assert (merged["state"], merged["dup_of"]) == ("merged", first["id"])
    survivor = server.staff("editor").does("GET", f"/kitchen/leads/{first['id']}")
    assert survivor["state"] == "new"
    assert survivor["sources"] == [
        {"source": "hotline", "source_ref": "H-1", "lead": first["id"]},
        {"source": "opinion", "source_ref": None, "lead": second["id"]},
    ]
    assert server.staff("editor").does("GET", f"/kitchen/leads/{first['id']}/duplicates")["items"] == []


def test_other_places_other_words_and_rejected_leads_are_no_duplicates(server: Server) -> None:
    place = f"友谊路{word()}"
    lead(server, title="菜场开业", text="三百个摊位都租出去了", place=place)
    gone = lead(server, title="积水很深", text="车都开不过去", place=place)
    does(server.staff("editor"), "POST", f"/leads/{gone['id']}/reject", {"reason": "去年的照片"})
    assert lead(server, title="积水很深", text="车都开不过去", place=f"牡丹江路{word()}")["duplicates"] == []
    assert lead(server, title="积水很深", text="车都开不过去", place=place)["duplicates"] == []
    assert lead(server, title="积水很深", text="车都开不过去", place="……")["duplicates"] == []


def test_a_lead_is_merged_neither_into_itself_nor_into_one_that_is_gone(server: Server) -> None:
    one, gone = lead(server), lead(server)
    does(server.staff("editor"), "POST", f"/leads/{gone['id']}/reject", {"reason": "不实"})
    path = f"/leads/{one['id']}/merge"
    assert_refused(send(server.staff("editor"), "POST", path, {"into": one["id"]}), 422, "validation")
    assert_refused(send(server.staff("editor"), "POST", path, {"into": "nope"}), 422, "validation")
    answer = send(server.staff("editor"), "POST", path, {"into": gone["id"]})
    assert_refused(answer, 409, "guard_failed", guard="survivor_open")
    assert_refused(send(server.staff("editor"), "POST", f"/leads/{gone['id']}/verify"), 409, "illegal_state")


def test_of_a_verified_lead_only_the_heat_moves_on(server: Server) -> None:
    made = lead(server)
    path = f"/leads/{made['id']}"
    verified = does(server.staff("editor"), "POST", f"{path}/verify", ver=made["ver"])
    answer = send(server.staff("reporter"), "PATCH", path, {"text": "改口了"}, verified["ver"])
    assert_refused(answer, 409, "guard_failed", guard="only_heat_after_verification")
    assert does(server.staff("reporter"), "PATCH", path, {"heat": 500}, verified["ver"])["heat"] == 500


# ── topics ──


def test_a_topic_is_planned_approved_dispatched_and_closed_and_every_step_arrives(server: Server) -> None:
    desk, field = online(server, "chief", PLANNING), online(server, "layout", REPORTERS)
    window = {"from": later(hours=1), "to": later(hours=9)}
    made = topic(server, targets=["app", "tv", "app"], window=window, angle="居民怎么看", budget_points=20)
    assert (made["targets"], made["state"], made["owner_desk"]) == (["app", "tv"], "draft", "planning")
    path = f"/topics/{made['id']}"
    reporter, head = server.staff("reporter"), server.staff("head")
    edited = does(reporter, "PATCH", path, {"title": "改过的题目", "window": None}, made["ver"])
    assert (edited["title"], edited["window"]) == ("改过的题目", None)
    does(reporter, "POST", f"{path}/submit")
    returned = does(head, "POST", f"{path}/return", {"reason": "角度太泛"})
    assert (returned["reason"], returned["decided_by"]["name"]) == ("角度太泛", "邵文清")
    does(reporter, "POST", f"{path}/submit")
    assert does(head, "POST", f"{path}/approve")["reason"] is None
    with_line = does(head, "POST", f"{path}/coverages", line(targets=["tv"]))
    assert [(one["no"], one["kind"], one["desk"]) for one in with_line["coverages"]] == [(1, "video", "tv")]
    assert field.get("topic", made["id"], REPORTERS) is None
    out = does(server.staff("duty"), "POST", f"{path}/dispatch", {"coverages": [line(kind="text", desk="editing")]})
    assert (out["state"], [one["no"] for one in out["coverages"]]) == ("dispatched", [1, 2])
    assert field.wait_for(lambda: field.get("topic", made["id"], REPORTERS) == out)
    assert desk.wait_for(lambda: desk.get("topic", made["id"], PLANNING) == out)
    put_off = does(head, "POST", f"{path}/postpone", {"reason": "台风", "until": later(days=2)})
    assert (put_off["state"], put_off["reason"]) == ("postponed", "台风")
    assert field.wait_for(lambda: field.get("topic", made["id"], REPORTERS) == put_off)
    resumed = does(head, "POST", f"{path}/resume")
    assert (resumed["state"], resumed["postponed_until"], resumed["reason"]) == ("approved", None, None)
    does(head, "POST", f"{path}/dispatch")
    closed = does(head, "POST", f"{path}/close")
    assert (closed["state"], closed["allowed"]) == ("closed", [])
    assert desk.wait_for(lambda: desk.get("topic", made["id"], PLANNING) == closed)
    assert field.equals_server()
    assert desk.equals_server()
    desk.go_offline()
    field.go_offline()


def test_P1_the_proposer_does_not_approve_his_own_topic(server: Server) -> None:
    made = submitted(server, "head")
    path = f"/topics/{made['id']}/approve"
    wanted = {"guard": "approver_is_not_proposer"}
    assert_refused(send(server.staff("head"), "POST", path), 409, "same_person", **wanted)
    # A meeting is no way around it.
    held = meeting(server)
    answer = send(
        server.staff("head"), "POST", f"/meetings/{held['id']}/decide", {"topic": made["id"], "verdict": "approve"}
    )
    assert_refused(answer, 409, "same_person", **wanted)
    assert server.staff("head").does("GET", f"/kitchen/meetings/{held['id']}")["decisions"] == []
    assert does(server.staff("duty"), "POST", path)["state"] == "approved"


def test_P1_whoever_handed_in_a_colleagues_draft_does_not_approve_it_either(server: Server) -> None:
    made = topic(server, "reporter")
    does(server.staff("head"), "PATCH", f"/topics/{made['id']}", {"title": "主任改的题目"}, made["ver"])
    handed_in = does(server.staff("head"), "POST", f"/topics/{made['id']}/submit")
    assert (handed_in["proposer"]["name"], handed_in["submitted_by"]["name"]) == ("沈一帆", "邵文清")
    answer = send(server.staff("head"), "POST", f"/topics/{made['id']}/approve")
    assert_refused(answer, 409, "same_person", guard="approver_is_not_proposer")


def test_P1_one_person_with_two_accounts_is_one_person(server: Server) -> None:
    one, other = new_head(server), new_head(server)
    made = does(one, "POST", "/topics", {"title": "一人两号"})
    does(one, "POST", f"/topics/{made['id']}/submit")
    run(server, "UPDATE account SET person_id = :person WHERE id = :id", person=one.id, id=other.id)
    answer = send(other, "POST", f"/topics/{made['id']}/approve")
    assert_refused(answer, 409, "same_person", guard="approver_is_not_proposer")
    assert does(server.staff("head"), "POST", f"/topics/{made['id']}/approve")["state"] == "approved"


def test_a_time_political_topic_needs_the_chief_editor(server: Server) -> None:
    made = submitted(server, **{"class": "time_political"})
    path = f"/topics/{made['id']}/approve"
    for who in ("head", "duty", "leader"):
        answer = send(server.staff(who), "POST", path)
        assert_refused(answer, 409, "guard_failed", guard="chief_for_time_political", needs="请总编审批")
    assert does(server.staff("chief"), "POST", path)["state"] == "approved"


def test_P2_a_topic_without_coverage_is_not_dispatched(server: Server) -> None:
    made = approved(server)
    path = f"/topics/{made['id']}"
    answer = send(server.staff("duty"), "POST", f"{path}/dispatch")
    assert_refused(answer, 409, "guard_failed", guard="coverage")
    with_line = does(server.staff("duty"), "POST", f"{path}/coverages", line())
    gone = does(server.staff("duty"), "DELETE", f"{path}/coverages/1", ver=with_line["ver"])
    assert gone["coverages"] == []
    assert_refused(send(server.staff("duty"), "POST", f"{path}/dispatch"), 409, "guard_failed", guard="coverage")
    assert_refused(send(server.staff("duty"), "DELETE", f"{path}/coverages/1"), 404, "not_found")
    out = does(server.staff("duty"), "POST", f"{path}/dispatch", {"coverages": [line()]})
    assert out["state"] == "dispatched"
    assert_refused(send(server.staff("duty"), "DELETE", f"{path}/coverages/1"), 409, "illegal_state")


def test_the_proposer_plans_coverage_and_after_approval_the_dispatchers_do(server: Server) -> None:
    made = topic(server)
    path = f"/topics/{made['id']}"
    planned = does(
        server.staff("reporter"),
        "POST",
        f"{path}/coverages",
        {"kind": "text", "desk": "editing", "due": later(hours=3)},
    )
    assert planned["coverages"][0]["targets"] == ["app"], "those of the topic"
    does(server.staff("reporter"), "POST", f"{path}/submit")
    does(server.staff("head"), "POST", f"{path}/approve")
    answer = send(server.staff("reporter"), "POST", f"{path}/coverages", line())
    assert_refused(answer, 403, "role_forbidden", permission="topic.dispatch")
    assert len(does(server.staff("head"), "POST", f"{path}/coverages", line())["coverages"]) == 2


def test_what_was_approved_keeps_its_words(server: Server) -> None:
    made = approved(server)
    path = f"/topics/{made['id']}"
    answer = send(server.staff("head"), "PATCH", path, {"class": "time_political", "priority": 1}, made["ver"])
    assert_refused(answer, 409, "guard_failed", guard="only_arrangements_after_approval")
    assert_refused(send(server.staff("reporter"), "PATCH", path, {"priority": 1}, made["ver"]), 403, "role_forbidden")
    raised = does(server.staff("head"), "PATCH", path, {"priority": 1, "embargo_until": later(days=1)}, made["ver"])
    assert (raised["priority"], raised["state"]) == (1, "approved")


def test_a_topic_is_with_the_planners_alone_until_it_is_dispatched(server: Server) -> None:
    field = online(server, "tv", REPORTERS)
    made = [
        approved(server, **{"class": "time_political"}),
        approved(server, embargo_until=later(days=1)),
    ]
    seen = dispatched(server)
    assert field.wait_for(lambda: field.get("topic", seen["id"], REPORTERS))
    assert all(field.get("topic", one["id"], REPORTERS) is None for one in made)
    out = does(server.staff("chief"), "POST", f"/topics/{made[0]['id']}/dispatch", {"coverages": [line()]})
    assert field.wait_for(lambda: field.get("topic", out["id"], REPORTERS) == out)
    assert field.equals_server()
    field.go_offline()


def test_cancelling_needs_a_decision_for_each_live_assignment(server: Server) -> None:
    made = dispatched(server)
    path, duty = f"/topics/{made['id']}", server.staff("duty")
    reporters = [{"id": server.staff("reporter").id, "share": 100}]
    form = {"topic": made["id"], "coverage_no": 1, "reporters": reporters}
    called_off, handed_on, kept = (does(duty, "POST", "/assignments", form)["id"] for _ in range(3))
    does(duty, "POST", f"/assignments/{handed_on}/dispatch")
    decisions: list[dict[str, Any]] = [{"assignment": called_off, "verdict": "cancel"}]
    answer = send(duty, "POST", f"{path}/cancel", {"reason": "领导行程取消", "decisions": decisions})
    assert_refused(
        *(answer, 409, "guard_failed"),
        guard="decision_for_each_assignment",
        assignments=sorted([handed_on, kept]),
    )
    assert duty.does("GET", f"/kitchen/assignments/{called_off}")["state"] == "draft", "nothing was done"
    decisions.append({"assignment": handed_on, "verdict": "reassign", "to": server.staff("reporter2").id})
    decisions.append({"assignment": kept, "verdict": "keep"})
    cancelled = does(duty, "POST", f"{path}/cancel", {"reason": "领导行程取消", "decisions": decisions})
    assert (cancelled["state"], cancelled["reason"]) == ("cancelled", "领导行程取消")
    states = [duty.does("GET", f"/kitchen/assignments/{one}")["state"] for one in (called_off, handed_on, kept)]
    assert states == ["cancelled", "reassigned", "draft"]


def test_a_coverage_line_with_an_assignment_stays(server: Server) -> None:
    made = dispatched(server)
    path, duty = f"/topics/{made['id']}", server.staff("duty")
    does(duty, "POST", "/assignments", {"topic": made["id"], "coverage_no": 1})
    does(duty, "POST", f"{path}/postpone", {"reason": "台风"})
    does(duty, "POST", f"{path}/resume")
    answer = send(duty, "DELETE", f"{path}/coverages/1")
    assert_refused(answer, 409, "guard_failed", guard="coverage_unused")


@pytest.mark.parametrize(
    ("decisions", "field"),
    [
        ([{"assignment": "nope", "verdict": "cancel"}], "decisions.0.assignment"),
        ([{"assignment": "nope", "verdict": "reassign"}], "decisions.0.to"),
        ([{"assignment": "nope", "verdict": "keep", "to": "x"}], "decisions.0.to"),
        ([{"assignment": "nope", "verdict": "burn"}], "decisions.0.verdict"),
    ],
)
def test_a_decision_is_about_a_live_assignment_of_the_topic(server: Server, decisions: Any, field: str) -> None:
    made = topic(server)
    form = {"reason": "不做了", "decisions": decisions}
    answer = send(server.staff("head"), "POST", f"/topics/{made['id']}/cancel", form)
    assert_refused(answer, 422, "validation")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_what_was_changed_meanwhile_is_not_decided_unseen(server: Server) -> None:
    made = submitted(server)
    path = f"/topics/{made['id']}"
    does(server.staff("reporter"), "POST", f"{path}/coverages", line())
    answer = send(server.staff("head"), "POST", f"{path}/approve", ver=made["ver"])
    assert_refused(answer, 412, "stale", ver=made["ver"] + 1)
    assert_refused(send(server.staff("reporter"), "PATCH", path, {"title": "x"}), 428, "precondition_required")


def test_a_command_needs_a_key_and_is_done_once(server: Server) -> None:
    person, form = server.staff("reporter"), {"title": f"选题 {word()}"}
    assert_refused(person.post("/kitchen/topics", form), 400, "key_required")
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = (person.post("/kitchen/topics", form, headers=dict(headers)) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert first.headers["Location"] == f"/api/v1/kitchen/topics/{first.json()['id']}"
    assert person.get(f"/kitchen/topics/{first.json()['id']}").headers["ETag"] == '"1"'
    assert_refused(person.post("/kitchen/topics", {"title": "别的"}, headers=headers), 409, "idempotency_conflict")


# ── meetings ──


def test_a_meeting_decides_topics_and_keeps_what_it_decided(server: Server) -> None:
    phone = online(server, "editor", PLANNING)
    held, head = meeting(server), server.staff("head")
    path = f"/meetings/{held['id']}"
    assert held["attendees"] == [{"id": server.staff("editor").id, "name": "姚知秋"}]
    yes, back, no = (submitted(server) for _ in range(3))
    does(head, "POST", f"{path}/decide", {"topic": yes["id"], "verdict": "approve"})
    does(head, "POST", f"{path}/decide", {"topic": back["id"], "verdict": "return", "reason": "补采访对象"})
    does(head, "POST", f"{path}/decide", {"topic": no["id"], "verdict": "reject", "reason": "上周做过"})
    attendees = [server.staff(who).id for who in ("head", "reporter")]
    seen = head.does("GET", f"/kitchen{path}")["ver"]
    noted = does(head, "PATCH", path, {"minutes": "三个选题。", "attendees": attendees}, seen)
    assert [one["name"] for one in noted["attendees"]] == ["邵文清", "沈一帆"]
    decisions = [(one["topic"], one["verdict"], one["reason"], one["by"]["name"]) for one in noted["decisions"]]
    assert decisions == [
        (yes["id"], "approve", None, "邵文清"),
        (back["id"], "return", "补采访对象", "邵文清"),
        (no["id"], "reject", "上周做过", "邵文清"),
    ]
    topics = [head.does("GET", f"/kitchen/topics/{one['id']}") for one in (yes, back, no)]
    assert [one["state"] for one in topics] == ["approved", "returned", "rejected"]
    assert {one["meeting_id"] for one in topics} == {held["id"]}
    again = send(head, "POST", f"{path}/decide", {"topic": yes["id"], "verdict": "approve"})
    assert_refused(again, 409, "illegal_state", state="approved")
    closed = does(head, "POST", f"{path}/close")
    assert (closed["state"], closed["allowed"]) == ("closed", [])
    assert phone.wait_for(lambda: phone.get("meeting", held["id"], PLANNING) == closed)
    assert phone.equals_server()
    phone.go_offline()
    assert_refused(send(head, "PATCH", path, {"minutes": "改"}, closed["ver"]), 409, "illegal_state")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"topic": "nope", "verdict": "approve"}, "topic"),
        ({"topic": "nope", "verdict": "reject"}, "reason"),
        ({"topic": "nope", "verdict": "postpone"}, "verdict"),
        ({"verdict": "approve"}, "topic"),
    ],
)
def test_a_bad_decision_names_its_field(server: Server, form: dict[str, Any], field: str) -> None:
    answer = send(server.staff("head"), "POST", f"/meetings/{meeting(server)['id']}/decide", form)
    assert_refused(answer, 422, "validation")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


# ── directives ──


def test_a_directive_is_acknowledged_desk_by_desk_and_done(server: Server) -> None:
    command, editing, paper = (
        online(server, "duty", "kitchen"),
        online(server, "editor", "desk:editing"),
        online(server, "layout", "desk:newspaper"),
    )
    made = directive(server, desks=["editing", "newspaper", "editing"], due=later(hours=2))
    path = f"/directives/{made['id']}"
    assert (made["state"], made["desks"], made["unacked"]) == ("issued", *[["editing", "newspaper"]] * 2)
    assert_refused(send(server.staff("leader"), "POST", f"{path}/done"), 409, "illegal_state", state="issued")
    once = does(server.staff("editor"), "POST", f"{path}/ack", {"desk": "editing"})
    assert (once["state"], once["unacked"], once["acks"][0]["by"]["name"]) == ("issued", ["newspaper"], "姚知秋")
    twice = send(server.staff("editor2"), "POST", f"{path}/ack", {"desk": "editing"})
    assert_refused(twice, 409, "guard_failed", guard="not_acked_yet")
    acked = does(server.staff("layout"), "POST", f"{path}/ack", {"desk": "newspaper"})
    assert (acked["state"], acked["unacked"], acked["allowed"]) == ("acked", [], ["done"])
    done = does(server.staff("leader"), "POST", f"{path}/done")
    assert (done["state"], done["allowed"]) == ("done", [])
    for phone in (command, editing, paper):
        (stream,) = phone.streams
        assert phone.wait_for(lambda p=phone, s=stream: p.get("directive", made["id"], s) == done)
        assert phone.equals_server()
        phone.go_offline()


def test_nobody_acknowledges_for_a_desk_where_he_is_not(server: Server) -> None:
    made = directive(server, desks=["editing"])
    for who in ("leader", "duty", "chief", "layout"):
        answer = send(server.staff(who), "POST", f"/directives/{made['id']}/ack", {"desk": "editing"})
        assert_refused(answer, 403, "role_forbidden", guard="at_desk")
    answer = send(server.staff("layout"), "POST", f"/directives/{made['id']}/ack", {"desk": "newspaper"})
    assert_refused(answer, 422, "validation")


def escalations(server: Server, about: str, who: str = "leader") -> list[str]:
    board = server.staff(who).does("GET", "/kitchen/board")
    return [one["kind"] for one in board["escalations"] if one["about"] == {"kind": "directive", "id": about}]


@pytest.fixture(scope="module")
def clocked(make_server: Callable[..., Server]) -> Server:
    return make_server()


def ahead(clocked: Server, **more: float) -> str:
    """A moment that lies ahead by the server's own clock."""
    moved = float(clocked.clock_file.read_text()) if clocked.clock_file.exists() else 0
    return (datetime.now(UTC) + timedelta(seconds=moved, **more)).isoformat()


def test_P4_a_directive_that_nobody_acknowledged_is_on_the_board_after_five_minutes(clocked: Server) -> None:
    late = directive(clocked, desks=["editing", "newspaper"])
    heard = directive(clocked, desks=["editing"])
    does(clocked.staff("editor"), "POST", f"/directives/{late['id']}/ack", {"desk": "editing"})
    does(clocked.staff("editor"), "POST", f"/directives/{heard['id']}/ack", {"desk": "editing"})
    assert escalations(clocked, late["id"]) == []
    clocked.move_clock(5 * 60 + 1)
    assert wait_until(lambda: escalations(clocked, late["id"])) == ["directive_unacked"]
    assert escalations(clocked, heard["id"]) == []
    does(clocked.staff("layout"), "POST", f"/directives/{late['id']}/ack", {"desk": "newspaper"})
    assert wait_until(lambda: not escalations(clocked, late["id"]))


def test_a_directive_expires_at_its_due_time_unless_it_was_done(clocked: Server) -> None:
    due = ahead(clocked, hours=1)
    open_one, done = (directive(clocked, desks=["editing"], due=due) for _ in range(2))
    does(clocked.staff("editor"), "POST", f"/directives/{done['id']}/ack", {"desk": "editing"})
    does(clocked.staff("leader"), "POST", f"/directives/{done['id']}/done")
    clocked.move_clock(3601)

    def state(one: dict[str, Any]) -> str:
        return str(clocked.staff("leader").does("GET", f"/kitchen/directives/{one['id']}")["state"])

    assert wait_until(lambda: state(open_one) == "expired")
    assert state(done) == "done"
    answer = send(clocked.staff("editor"), "POST", f"/directives/{open_one['id']}/ack", {"desk": "editing"})
    assert_refused(answer, 409, "illegal_state", state="expired")


def test_an_expired_directive_leaves_the_board(clocked: Server) -> None:
    made = directive(clocked, desks=["editing"], due=ahead(clocked, hours=1))
    clocked.move_clock(6 * 60)
    assert wait_until(lambda: escalations(clocked, made["id"])) == ["directive_unacked"]
    clocked.move_clock(3600)
    assert wait_until(lambda: not escalations(clocked, made["id"]))


# ── who may, what is found, bad input ──


@pytest.mark.parametrize(
    ("who", "call"),
    [
        ("proof", "POST /leads"),
        ("reporter", "POST /leads/x/verify"),
        ("leader", "POST /topics"),
        ("editor", "POST /topics/x/approve"),
        ("leader", "POST /topics/x/dispatch"),
        ("editor", "POST /meetings"),
        ("head", "POST /directives"),
        ("admin", "GET /topics"),
        ("admin", "POST /topics/x/approve"),
        ("office", "GET /leads"),
    ],
)
def test_other_roles_are_refused(server: Server, who: str, call: str) -> None:
    method, path = call.split()
    assert_refused(send(server.staff(who), method, path, {} if method == "POST" else None), 403, "role_forbidden")
    assert_refused(send(server.anonymous(), method, path), 401, "auth_required")


@pytest.mark.parametrize("kind", ["leads", "topics", "meetings", "directives"])
def test_what_is_not_there_is_not_found_and_lists_page(server: Server, kind: str) -> None:
    makers: dict[str, Callable[[Server], Any]] = {
        "leads": lead,
        "topics": topic,
        "meetings": meeting,
        "directives": directive,
    }
    made = [makers[kind](server)["id"] for _ in range(3)]
    person = server.staff("chief")
    assert person.get(f"/kitchen/{kind}/nope").status_code == 404
    first = person.does("GET", f"/kitchen/{kind}", params={"limit": 2})
    rest = person.does("GET", f"/kitchen/{kind}", params={"limit": 2, "cursor": first["next"]})
    assert [one["id"] for one in [*first["items"], *rest["items"]]][:3] == made[::-1]
    assert person.get(f"/kitchen/{kind}", params={"state": "nope"}).status_code == 422
    assert person.get(f"/kitchen/{kind}", params={"cursor": "nope"}).status_code == 422


BAD = [
    ("/leads", {"title": " "}, "title"),
    ("/leads", {"title": "长" * 101}, "title"),
    ("/leads", {"text": "长" * 4001}, "text"),
    ("/leads", {"source": "rumour"}, "source"),
    ("/leads", {"place": ""}, "place"),
    ("/leads", {"place": "a\0b"}, "place"),
    ("/leads", {"heat": -1}, "heat"),
    ("/leads", {"heat": "3"}, "heat"),
    ("/leads", {"state": "verified"}, "state"),
    ("/topics", {"title": "长" * 101}, "title"),
    ("/topics", {"title": None}, "title"),
    ("/topics", {"class": "gossip"}, "class"),
    ("/topics", {"priority": 0}, "priority"),
    ("/topics", {"priority": 6}, "priority"),
    ("/topics", {"priority": 1.5}, "priority"),
    ("/topics", {"targets": []}, "targets"),
    ("/topics", {"targets": ["fax"]}, "targets.0"),
    ("/topics", {"owner_desk": "kitchen"}, "owner_desk"),
    ("/topics", {"budget_points": 10**30}, "budget_points"),
    ("/topics", {"window": {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}}, "window"),
    ("/topics", {"window": {"from": "2026-01-02T00:00:00Z"}}, "window.to"),
    ("/topics", {"window": "today"}, "window"),
    ("/topics", {"window": {"from": "2026-01-02T00:00:00Z", "to": "2026-01-03T00:00:00Z", "x": 1}}, "window.x"),
    ("/topics", {"embargo_until": "2026-01-01"}, "embargo_until"),
    ("/topics", {"lead_ids": ["nope"]}, "lead_ids.0"),
    ("/topics", {"meeting_id": "nope"}, "meeting_id"),
    ("/topics", {"directive_id": "nope"}, "directive_id"),
    ("/topics", {"proposer": "x"}, "proposer"),
    ("/meetings", {"at": "soon"}, "at"),
    ("/meetings", {"attendees": ["nope"]}, "attendees.0"),
    ("/meetings", {"minutes": "长" * 20_001}, "minutes"),
    ("/directives", {"from": ""}, "from"),
    ("/directives", {"text": "长" * 2001}, "text"),
    ("/directives", {"due": "2020-01-01T00:00:00Z"}, "due"),
    ("/directives", {"desks": []}, "desks"),
    ("/directives", {"desks": ["editing", "moon"]}, "desks.1"),
]
GOOD: dict[str, dict[str, Any]] = {
    "/leads": {"title": "x", "source": "hotline", "place": "x"},
    "/topics": {"title": "x"},
    "/meetings": {"title": "x", "at": "2026-01-01T09:00:00+08:00"},
    "/directives": {"from": "x", "text": "x", "desks": ["editing"]},
}


@pytest.mark.parametrize(("path", "fields", "field"), BAD)
def test_a_bad_field_is_named(server: Server, path: str, fields: dict[str, Any], field: str) -> None:
    answer = send(server.staff("chief"), "POST", path, GOOD[path] | fields)
    assert_refused(answer, 422, "validation")
    assert field in [error["field"] for error in answer.json()["errors"]], answer.text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "opera"}, "kind"),
        ({"desk": "moon"}, "desk"),
        ({"due": None}, "due"),
        ({"targets": ["fax"]}, "targets.0"),
        ({"note": "长" * 301}, "note"),
    ],
)
def test_a_bad_coverage_line_is_refused_alone_and_on_the_way_out(
    server: Server, fields: dict[str, Any], field: str
) -> None:
    made = approved(server)
    path = f"/topics/{made['id']}"
    for call, form, named in (
        ("coverages", line(**fields), field),
        ("dispatch", {"coverages": [line(), line(**fields)]}, f"coverages.1.{field}"),
    ):
        answer = send(server.staff("duty"), "POST", f"{path}/{call}", form)
        assert_refused(answer, 422, "validation")
        assert [error["field"] for error in answer.json()["errors"]] == [named]
    assert server.staff("duty").does("GET", f"/kitchen{path}")["coverages"] == []


def test_an_edit_names_something(server: Server) -> None:
    for path, made in (("/leads", lead(server)), ("/topics", topic(server)), ("/meetings", meeting(server))):
        who = "head" if path == "/meetings" else "reporter"
        answer = send(server.staff(who), "PATCH", f"{path}/{made['id']}", {}, made["ver"])
        assert_refused(answer, 422, "validation")
