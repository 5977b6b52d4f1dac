"""Notices after the first cut: handed in and approved, corrected in versions, replaced, expired, explained."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scenario.phone import Phone
from tests.support.server import Server, wait_until
from tests.test_notices import OFFICE, assert_refused, draft, lists, publish, upload


def does(server: Server, who: str, notice: dict[str, Any], command: str, **form: Any) -> dict[str, Any]:
    return server.staff(who).does("POST", f"/office/notices/{notice['id']}/{command}", form or None)


def tries(server: Server, who: str, notice: dict[str, Any], command: str, **form: Any) -> Any:
    return server.staff(who).post(f"/office/notices/{notice['id']}/{command}", form or None)


def reads(server: Server, notice: dict[str, Any], **query: Any) -> dict[str, Any]:
    return server.anonymous().does("GET", f"/notices/{notice['id']}", params=query)


def test_a_notice_goes_the_long_way_too(server: Server) -> None:
    notice = draft(server)
    assert_refused(tries(server, "office2", notice, "submit"), 409, "guard_failed", guard="author_only")
    submitted = does(server, "office", notice, "submit")
    assert (submitted["state"], submitted["allowed"]) == ("submitted", ["return", "approve", "publish"])
    assert server.anonymous().get(f"/notices/{notice['id']}").status_code == 404
    assert_refused(tries(server, "office", notice, "approve"), 409, "same_person")
    assert_refused(tries(server, "office", notice, "publish"), 409, "same_person")
    answer = server.staff("office").patch(f"/office/notices/{notice['id']}", {"title": "改"}, submitted["ver"])
    assert_refused(answer, 409, "illegal_state", state="submitted")
    approved = does(server, "office2", notice, "approve")
    assert (approved["state"], approved["approved_by"]["name"]) == ("approved", "龚建平")
    # Once two people have looked, the author may press the button.
    published = does(server, "office", notice, "publish")
    assert (published["state"], published["version"], published["approved_by"]["name"]) == ("published", 1, "龚建平")


def test_what_was_sent_back_loses_its_approval_and_says_why(server: Server) -> None:
    notice = draft(server)
    does(server, "office", notice, "submit")
    does(server, "office2", notice, "approve")
    returned = does(server, "office2", notice, "return", reason="停水范围漏了一村")
    assert (returned["state"], returned["approved_by"]) == ("draft", None)
    assert returned["return_reason"] == "停水范围漏了一村"
    assert_refused(tries(server, "office", notice, "publish"), 409, "same_person")


def test_a_notice_without_a_number_is_given_the_next_one(server: Server) -> None:
    numbers = [publish(server, draft(server))["index_no"] for _ in range(2)]
    year = datetime.now(UTC).year
    assert all(number.startswith(f"WATERAFFAIRS-{year}-") for number in numbers)
    first, second = (int(number[-5:]) for number in numbers)
    assert second > first
    assert len(lists(server, index_no=numbers[0])) == 1
    own = publish(server, draft(server, index_no="BS-SW-2026-00999"))
    assert own["index_no"] == "BS-SW-2026-00999"


def test_a_number_that_is_cited_belongs_to_one_notice_for_good(server: Server) -> None:
    number = f"BS-{uuid.uuid4().hex[:8]}"
    first, second = draft(server, index_no=number), draft(server, index_no=number)
    publish(server, first)
    for who, command in (("office", "submit"), ("office2", "publish")):
        assert_refused(tries(server, who, second, command), 409, "guard_failed", guard="index_no_taken")
    does(server, "office2", first, "withdraw", reason="发错了")
    assert_refused(tries(server, "office", second, "submit"), 409, "guard_failed", guard="index_no_taken")
    assert (
        server.staff("office").patch(f"/office/notices/{second['id']}", {"index_no": f"{number}-2"}, second["ver"]).ok
    )
    assert publish(server, second)["index_no"] == f"{number}-2"


def test_a_correction_makes_a_version_and_the_one_before_stays_citable(server: Server) -> None:
    old, new = f"二十二时{uuid.uuid4().hex}", f"二十三时{uuid.uuid4().hex}"
    notice = publish(server, draft(server, body=old, towns=["gucun"]))
    phone = server.phone(streams=["pub", "town:gucun", "town:luodian"])
    phone.go_online()
    pending = does(server, "office", notice, "correct", note="停水时间有误", body=new, towns=["luodian"])
    assert pending["correction"]["author"]["name"] == "朱慧萍"
    assert old in str(reads(server, notice)["body"]), "nothing changes before a second person has looked"
    assert_refused(tries(server, "office", notice, "correct/sign"), 409, "same_person", guard="second_person")
    corrected = does(server, "office2", notice, "correct/sign")
    assert (corrected["version"], corrected["correction"]) == (2, None)
    now = reads(server, notice)
    assert new in str(now["body"])
    assert old not in str(now["body"])
    assert [(each["version"], each["note"]) for each in now["versions"]] == [(1, None), (2, "停水时间有误")]
    first = reads(server, notice, version=1)
    assert (first["version"], first["towns"], first["sha256"]) == (1, ["gucun"], now["versions"][0]["sha256"])
    assert old in str(first["body"])
    assert "ver" not in first
    assert server.anonymous().get(f"/notices/{notice['id']}", params={"version": 3}).status_code == 404
    listed = server.anonymous().does("GET", f"/notices/{notice['id']}/versions")["items"]
    assert listed == now["versions"]
    assert phone.wait_for(lambda: phone.get("notice", notice["id"], "town:luodian"))["version"] == 2
    assert phone.wait_for(lambda: phone.get("notice", notice["id"], "town:gucun") is None)
    assert phone.equals_server()
    phone.go_offline()


def test_a_correction_waits_on_the_desk_of_its_office_alone(server: Server) -> None:
    notice = publish(server, draft(server))
    clerk = Phone(server.staff("office2"), [f"desk:notices-{OFFICE}", "pub"])
    clerk.go_online()
    word = uuid.uuid4().hex
    does(server, "office", notice, "correct", note=word, title=word)
    held = clerk.wait_for(lambda: clerk.get("notice_draft", notice["id"], f"desk:notices-{OFFICE}"))
    assert held["correction"]["changes"] == {"title": word}
    assert word not in server.anonymous().get(f"/notices/{notice['id']}").text
    assert word not in server.anonymous().get("/sync/snapshot", params={"streams": "pub"}).text
    assert_refused(
        tries(server, "office2", notice, "correct", note="x", title="y"), 409, "guard_failed", guard="correction_open"
    )
    does(server, "office2", notice, "correct/drop")
    assert clerk.wait_for(lambda: clerk.get("notice_draft", notice["id"], f"desk:notices-{OFFICE}") is None)
    assert_refused(tries(server, "office2", notice, "correct/sign"), 409, "guard_failed", guard="no_correction")
    assert clerk.equals_server()
    clerk.go_offline()


def test_a_withdrawal_takes_all_versions_the_explanation_and_their_files(server: Server) -> None:
    word = f"机密{uuid.uuid4().hex}"
    first, second = (upload(server.staff("office")) for _ in range(2))
    notice = publish(server, draft(server, title=word, body=word, attachments=[first]))
    does(server, "office", notice, "correct", note=word, attachments=[second])
    does(server, "office2", notice, "correct/sign")
    does(server, "office", notice, "explanation", text=word)
    does(server, "office2", notice, "explanation/publish")
    assert {server.anonymous().get(f"/media/{each}").status_code for each in (first, second)} == {200}
    assert reads(server, notice, version=1)["attachments"][0]["id"] == first
    does(server, "office", notice, "withdraw", reason="依据已废止")
    pages = [server.anonymous().get(f"/notices/{notice['id']}", params=query) for query in ({}, {"version": 1})]
    pages += [
        server.anonymous().get(f"/notices/{notice['id']}/versions"),
        server.staff("office").get("/office/notices"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert word not in page.text
    assert pages[1].json()["withdrawn_reason"] == "依据已废止"
    assert {server.anonymous().get(f"/media/{each}").status_code for each in (first, second)} == {404}


def test_a_newer_notice_takes_the_place_of_an_older_one(server: Server) -> None:
    older = publish(server, draft(server))
    newer = draft(server, supersedes=older["id"])
    rival = draft(server, supersedes=older["id"])
    assert older["id"] in lists(server)
    publish(server, newer)
    assert reads(server, older)["state"] == "superseded"
    assert reads(server, older)["superseded_by"] == newer["id"]
    assert reads(server, older)["body"], "it stays to be read"
    assert older["id"] not in lists(server)
    assert older["id"] in lists(server, state="superseded")
    assert_refused(tries(server, "office2", rival, "publish"), 409, "guard_failed", guard="superseded_elsewhere")
    stranger = {"title": "x", "body": "x", "category": "other", "supersedes": rival["id"]}
    assert_refused(server.staff("office").post("/office/notices", stranger), 422, "validation")


def test_an_explanation_needs_two_people_and_is_read_with_the_notice(server: Server) -> None:
    notice = publish(server, draft(server))
    does(server, "office", notice, "explanation", text="说白了，晚上十点到早上五点没水。")
    assert reads(server, notice)["explanation"] is None
    assert_refused(tries(server, "office", notice, "explanation/publish"), 409, "same_person")
    does(server, "office2", notice, "explanation/publish")
    assert reads(server, notice)["explanation"]["text"].startswith("说白了")
    does(server, "office", notice, "explanation/remove")
    assert reads(server, notice)["explanation"] is None


@pytest.fixture(scope="module")
def moving(make_server: Callable[..., Server]) -> Server:
    """A server of which the clock is moved."""
    return make_server()


def test_a_notice_expires_by_the_clock_and_stays_to_be_read(moving: Server) -> None:
    ends = datetime.now(UTC) + timedelta(hours=2)
    notice = publish(moving, draft(moving, effective_to=ends.isoformat()))
    longer = publish(moving, draft(moving, effective_to=ends.isoformat()))
    does(moving, "office", longer, "correct", note="延长", effective_to=(ends + timedelta(days=300)).isoformat())
    does(moving, "office2", longer, "correct/sign")
    phone = moving.phone()
    phone.go_online()
    assert phone.get("notice", notice["id"])
    moving.move_clock(2 * 3600 + 60)
    wait_until(lambda: reads(moving, notice)["state"] == "expired")
    assert phone.wait_for(lambda: phone.get("notice", notice["id"]) is None)
    assert phone.get("notice", longer["id"])
    phone.go_offline()
    assert reads(moving, notice)["body"]
    assert notice["id"] not in lists(moving)
    assert reads(moving, longer)["state"] == "published"
    assert_refused(
        tries(moving, "office", notice, "correct", note="x", title="y"), 409, "illegal_state", state="expired"
    )


def test_works_are_over_by_the_clock_unless_their_end_was_moved(moving: Server) -> None:
    now = datetime.now(UTC) + timedelta(hours=3)
    ids = []
    for hours in (1, 1):
        form = {"kind": "gas", "title": "停气", "text": "换阀门", "place": "某路", "towns": ["gucun"]}
        form |= {"services": ["manhole"], "begins_at": now.isoformat()}
        work = moving.staff("office").does(
            "POST", "/office/works", form | {"ends_at": (now + timedelta(hours=hours)).isoformat()}
        )
        ids.append(moving.staff("office2").does("POST", f"/office/works/{work['id']}/publish")["id"])
    later = {"ends_at": (now + timedelta(hours=9)).isoformat(), "reason": "阀门锈死"}
    moving.staff("office").does("POST", f"/office/works/{ids[1]}/extend", later)
    moving.move_clock(2.5 * 3600)
    wait_until(lambda: moving.staff("office").does("GET", f"/office/works/{ids[0]}")["state"] == "ended")
    found = {each["id"]: each for each in moving.anonymous().does("GET", "/works", params={"town": "gucun"})["items"]}
    assert ids[0] not in found
    assert found[ids[1]]["phase"] == "on"
    assert found[ids[1]]["changes"][0]["reason"] == "阀门锈死"
