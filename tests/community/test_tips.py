"""Tips: a receipt, a timeline that moves by itself, and a lead, a topic and an article at its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.requests.codes import check_digit
from scenario import examine
from scenario.people import Person
from tests.community.tipping import taken, tip, topic_of, whats, words
from tests.media_files import new_photo, pdf
from tests.newsroom.kitchen import do, must, refused, story
from tests.support.server import Server, wait_until
from tests.support.tables import run


def mine(citizen: Person, made: dict[str, Any]) -> dict[str, Any]:
    return dict(citizen.does("GET", f"/tips/{made['id']}"))


def bells(person: Person, about: str) -> list[dict[str, Any]]:
    items = person.does("GET", "/inbox?limit=100")["items"]
    return [bell for bell in items if bell["about"] == {"kind": "tip", "id": about}]


def uploaded(person: Person, data: bytes | None = None, name: str = "a.jpg") -> str:
    file = {"file": (name, data or new_photo(), "application/pdf" if name.endswith("pdf") else "image/jpeg")}
    return str(person.does("POST", "/media", files=file)["id"])


def published(server: Server, topic: str) -> dict[str, Any]:
    made = story(server, "editor", topic=topic)
    return examine.publish(server.staff, made["id"])


def test_a_tip_gets_a_receipt_and_comes_to_the_planning_desk(server: Server) -> None:
    citizen = server.citizen()
    desk = server.phone(server.staff("editor"), ["desk:planning"])
    own = server.phone(citizen, [f"user:{citizen.id}"])
    desk.go_online(), own.go_online()
    picture = uploaded(citizen)
    place = {"address": "牡丹江路友谊路口", "lat": 31.4068, "lon": 121.4871}
    seen = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    made = tip(citizen, place=place, media=[picture], happened_at=seen, contact_ok=True)
    digits = made["code"].removeprefix("BL-").replace("-", "")
    assert check_digit(digits[:-1]) == digits[-1]
    assert (made["state"], whats(made), made["allowed"]) == ("received", ["filed"], ["messages", "withdraw"])
    assert (made["place"]["town"], made["place"]["datum"]) == ("youyilu", "wgs84")
    on_desk = desk.wait_for(lambda: desk.get("tip", made["id"], "desk:planning"))
    assert own.wait_for(lambda: own.get("tip", made["id"], f"user:{citizen.id}")) == made
    assert on_desk["allowed"] == ["ask", "close", "take"]
    assert citizen.does("GET", "/me")["name"] not in str(on_desk)
    assert str(citizen.does("GET", "/me")["phone"])[-8:] not in str(on_desk)
    assert server.staff("editor").get(f"/media/{picture}").ok
    assert server.citizen().get(f"/media/{picture}").status_code == 404
    assert server.staff("dispatcher").get(f"/media/{picture}").status_code == 404
    (found,) = server.staff("editor").does("GET", "/kitchen/tips", params={"code": made["code"]})["items"]
    assert found == on_desk
    desk.go_offline(), own.go_offline()


def test_only_a_name_that_was_offered_is_told_and_who_asks_for_it_leaves_a_mark(server: Server) -> None:
    citizen, name = server.citizen(), f"名{uuid.uuid4().hex[:8]}"
    assert citizen.patch("/me", {"name": name}, citizen.does("GET", "/me")["ver"]).ok
    shy, open_ = tip(citizen), tip(citizen, contact_ok=True)
    editor = server.hire("问名字的", "editor", desk="editing")
    desk = server.phone(editor, ["desk:planning"])
    desk.go_online()
    held = [desk.wait_for(lambda one=one: desk.get("tip", one["id"], "desk:planning")) for one in (shy, open_)]
    assert name not in str(held), "what is pushed leaves no mark, so it names nobody"
    assert desk.equals_server()
    assert citizen.does("GET", "/me/export")["reads"] == []
    assert editor.does("GET", f"/kitchen/tips/{open_['id']}/sender") == {"name": name}
    assert [read["thing"] for read in citizen.does("GET", "/me/export")["reads"]] == [open_["id"]]
    assert editor.does("GET", f"/kitchen/tips/{shy['id']}/sender") == {"name": None}
    for other in (citizen, server.staff("dispatcher")):
        assert other.get(f"/kitchen/tips/{open_['id']}/sender").status_code == 403
    desk.go_offline()


def test_a_tip_is_followed_through_lead_topic_and_article(server: Server) -> None:
    citizen = server.citizen()
    phone = server.phone(citizen, [f"user:{citizen.id}"])
    phone.go_online()
    made = tip(citizen)

    def state() -> str:
        return str((phone.get("tip", made["id"], f"user:{citizen.id}") or {}).get("state"))

    took = taken(server, made)
    assert phone.wait_for(lambda: state() == "taken")
    lead = server.staff("editor").does("GET", f"/kitchen/leads/{took['lead']}")
    assert (lead["source"], lead["source_ref"], lead["text"]) == ("tip", made["code"], made["text"])
    topic = topic_of(server, took["lead"])
    article = published(server, topic["id"])
    assert phone.wait_for(lambda: state() == "published")
    shown = mine(citizen, made)
    assert [link["id"] for link in shown["articles"]] == [article["id"]]
    assert whats(shown) == ["filed", "taken", "published"]
    assert "lead" not in shown
    told = [bell["title"] for bell in bells(citizen, made["id"])]
    assert told == [f"报料 {made['code']} 已见报，点开看报道", f"报料 {made['code']} 已采用为新闻线索，谢谢您"]
    second = published(server, topic["id"])
    assert {link["id"] for link in mine(citizen, made)["articles"]} == {article["id"], second["id"]}
    server.staff("chief").does("POST", f"/editor/stories/{article['id']}/withdraw", {"reason": "失实"})
    shown = mine(citizen, made)
    assert [link["id"] for link in shown["articles"]] == [second["id"]]
    assert whats(shown) == ["filed", "taken", "published", "published", "unpublished"]
    assert phone.wait_for(lambda: phone.get("tip", made["id"], f"user:{citizen.id}") == shown)
    assert phone.equals_server()
    phone.go_offline()


def test_a_tip_joins_a_lead_and_goes_with_it_into_another(server: Server) -> None:
    citizen, editor = server.citizen(), server.staff("editor")
    first, second, third = tip(citizen), tip(citizen), tip(citizen)
    lead = taken(server, first)["lead"]
    assert taken(server, second, lead=lead)["lead"] == lead
    edited = editor.patch(f"/kitchen/leads/{lead}", {"heat": 7}, editor.does("GET", f"/kitchen/leads/{lead}")["ver"])
    assert edited.status_code == 400
    seen = editor.does("GET", f"/kitchen/leads/{lead}")
    keyed = {"Idempotency-Key": uuid.uuid4().hex}
    assert editor.patch(f"/kitchen/leads/{lead}", {"title": "改过的题目"}, seen["ver"], headers=keyed).ok
    refs = [source["source_ref"] for source in editor.does("GET", f"/kitchen/leads/{lead}")["sources"]]
    assert refs == [first["code"], second["code"]]
    other = taken(server, third)["lead"]
    topic = topic_of(server, other)
    article = published(server, topic["id"])
    # A lead may still go into one whose article is out, and its tips with it.
    must(editor, f"/kitchen/leads/{lead}/merge", {"into": other})
    for made in (first, second):
        shown = mine(citizen, made)
        assert (shown["state"], [link["id"] for link in shown["articles"]]) == ("published", [article["id"]])
    assert editor.does("GET", f"/kitchen/tips/{first['id']}")["lead"] == other
    late = tip(citizen)
    assert taken(server, late, lead=other)["state"] == "published"
    assert whats(mine(citizen, late)) == ["filed", "taken", "published"]


def test_a_tip_whose_lead_is_rejected_is_closed_in_words_for_its_citizen(server: Server) -> None:
    citizen = server.citizen()
    made = tip(citizen)
    lead = taken(server, made)["lead"]
    must(server.staff("head"), f"/kitchen/leads/{lead}/reject", {"reason": "内部意见不外传"})
    shown = mine(citizen, made)
    assert (shown["state"], shown["reason"], shown["allowed"]) == ("closed", "lead_dropped", [])
    assert "内部意见" not in str(shown)
    assert bells(citizen, made["id"])[0]["title"].endswith("这次没有采用，请查看原因")
    refused(do(server.staff("editor"), f"/kitchen/tips/{made['id']}/take", {}), 409, "illegal_state", "state")


def test_reporter_and_citizen_talk_by_messages(server: Server) -> None:
    citizen = server.citizen()
    made = tip(citizen)
    asked = must(server.staff("reporter"), f"/kitchen/tips/{made['id']}/ask", {"text": "几点钟的事？"})
    assert asked["state"] == "received"
    (bell,) = bells(citizen, made["id"])
    assert (bell["kind"], "几点" in str(bell)) == ("request", False)
    picture = uploaded(citizen)
    citizen.does("POST", f"/tips/{made['id']}/messages", {"text": "早上七点", "media": [picture]})
    seen = server.staff("reporter").does("GET", f"/kitchen/tips/{made['id']}")
    said = [(step["what"], step["note"]) for step in seen["timeline"]]
    assert said == [("filed", None), ("asked", "几点钟的事？"), ("answered", "早上七点")]
    assert [each["id"] for each in seen["timeline"][-1]["media"]] == [picture]
    assert server.staff("reporter").get(f"/media/{picture}").ok
    stale = citizen.post(f"/tips/{made['id']}/messages", {"text": "再说一句"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


def test_a_tip_that_is_taken_back_is_gone_with_its_words(server: Server) -> None:
    citizen, text = server.citizen(), words()
    desk = server.phone(server.staff("editor"), ["desk:planning"])
    desk.go_online()
    picture = uploaded(citizen)
    made = tip(citizen, text=text, media=[picture])
    citizen.does("POST", f"/tips/{made['id']}/messages", {"text": text})
    assert desk.wait_for(lambda: desk.get("tip", made["id"], "desk:planning"))
    gone = citizen.does("POST", f"/tips/{made['id']}/withdraw")
    assert (gone["state"], gone["text"], gone["media"]) == ("withdrawn", "", [])
    assert text not in str(mine(citizen, made))
    assert desk.wait_for(lambda: desk.get("tip", made["id"], "desk:planning") is None)
    assert server.staff("editor").get(f"/kitchen/tips/{made['id']}").status_code == 404
    assert server.staff("editor").get(f"/media/{picture}").status_code == 404
    assert run(server, "SELECT 1 FROM tip WHERE text LIKE :text", text=f"%{text}%") == []
    assert run(server, "SELECT 1 FROM tip_step WHERE note LIKE :text", text=f"%{text}%") == []
    taken_one = tip(citizen)
    taken(server, taken_one)
    refused(citizen.post(f"/tips/{taken_one['id']}/withdraw"), 409, "illegal_state", "state")
    desk.go_offline()


def test_nobody_else_sees_a_tip(server: Server) -> None:
    citizen, other = server.citizen(), server.citizen()
    made = tip(citizen)
    for path in (f"/tips/{made['id']}",):
        assert other.get(path).status_code == 404
    assert other.does("GET", "/tips")["items"] == []
    assert other.post(f"/tips/{made['id']}/messages", {"text": "不是我的"}).status_code == 404
    assert other.post(f"/tips/{made['id']}/withdraw").status_code == 404
    assert server.staff("dispatcher").get(f"/kitchen/tips/{made['id']}").status_code == 403
    assert server.anonymous().get("/tips").status_code == 401


def test_a_closed_account_takes_its_tips_along_and_the_lead_stays(server: Server) -> None:
    citizen, text = server.citizen(), words()
    picture = uploaded(citizen)
    made = tip(citizen, text=text, media=[picture], contact_ok=True)
    lead = taken(server, made)["lead"]
    (exported,) = citizen.does("GET", "/me/export")["tips"]
    assert (exported["text"], exported["code"]) == (text, made["code"])
    assert citizen.delete("/me").ok
    editor = server.staff("editor")
    assert editor.get(f"/kitchen/tips/{made['id']}").status_code == 404
    assert editor.get(f"/media/{picture}").status_code == 404
    assert editor.does("GET", f"/kitchen/leads/{lead}")["text"] == text
    assert run(server, "SELECT 1 FROM tip WHERE text LIKE :text", text=f"%{text}%") == []
    # What becomes of the lead rings nobody any more.
    must(server.staff("head"), f"/kitchen/leads/{lead}/reject", {"reason": "不成立"})
    assert run(server, "SELECT state FROM tip WHERE id = :id", id=made["id"]) == [("taken",)]


def test_tips_are_rationed_by_the_hour_and_by_the_day(make_server: Callable[..., Server]) -> None:
    server = make_server()
    phone = "+8613911112222"
    with ThreadPoolExecutor(8) as pool:
        citizen = server.citizen(phone)
        answers = list(pool.map(lambda _: citizen.post("/tips", {"text": words()}), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [429] * 3
    over = next(answer for answer in answers if answer.status_code == 429)
    assert 3500 < int(over.headers["Retry-After"]) <= 3601
    assert over.json()["code"] == "rate_limited"
    for _ in range(3):
        server.move_clock(3700)
        citizen = server.citizen(phone)
        for _ in range(5):
            tip(citizen)
    server.move_clock(3700)
    citizen = server.citizen(phone)
    refused(citizen.post("/tips", {"text": words()}), 429, "rate_limited")
    assert len(citizen.does("GET", "/tips?limit=100")["items"]) == 20


def test_a_tip_written_offline_arrives_once(server: Server) -> None:
    citizen, client, text = server.citizen(), uuid.uuid4().hex, words()

    def send() -> list[dict[str, Any]]:
        entries = [{"mid": 1, "name": "tip.file", "args": {"text": text, "place": {"address": "路口"}}}]
        return list(citizen.does("POST", "/sync/mutations", {"client_id": client, "mutations": entries}))

    first = send()
    assert [send() for _ in range(3)] == [first] * 3
    (made,) = citizen.does("GET", "/tips")["items"]
    assert (made["text"], made["id"]) == (text, first[0]["id"])
    say = {"mid": 2, "name": "tip.message", "args": {"id": made["id"], "text": "还有一句"}}
    for _ in range(2):
        citizen.does("POST", "/sync/mutations", {"client_id": client, "mutations": [say]})
    assert whats(mine(citizen, made)) == ["filed", "answered"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "太短"}, "text"),
        ({"text": "长" * 2001}, "text"),
        ({"text": "有\x00零字节在"}, "text"),
        ({"happened_at": "2099-01-01T00:00:00Z"}, "happened_at"),
        ({"place": {"lat": 31.4}}, "place.lon"),
        ({"place": {"town": "nowhere"}}, "town"),
        ({"media": ["no-such-file"]}, "media"),
        ({"contact_ok": "yes"}, "contact_ok"),
        ({"phone": "13900000000"}, "phone"),
    ],
)
def test_bad_tips_are_refused_by_the_field(server: Server, fields: dict[str, Any], field: str) -> None:
    answer = server.citizen().post("/tips", {"text": words()} | fields)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_only_ones_own_pictures_come_with_a_tip(server: Server) -> None:
    citizen, other = server.citizen(), server.citizen()
    for media in (uploaded(other), uploaded(citizen, pdf(), "a.pdf")):
        assert citizen.post("/tips", {"text": words(), "media": [media]}).status_code == 422
    assert citizen.does("GET", "/tips")["items"] == []


def test_a_tip_is_taken_once_however_many_try(server: Server) -> None:
    made = tip(server.citizen())
    people = [server.staff(name) for name in ("editor", "editor2", "reporter", "head")]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda who: do(who, f"/kitchen/tips/{made['id']}/take", {}), people))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    leads = run(server, "SELECT 1 FROM lead WHERE source_ref = :code", code=made["code"])
    assert len(leads) == 1
    refused(
        do(server.staff("reporter"), f"/kitchen/tips/{made['id']}/close", {"reason": "known"}), 403, "role_forbidden"
    )
    closed = must(server.staff("editor"), f"/kitchen/tips/{made['id']}/close", {"reason": "known"})
    assert (closed["state"], closed["timeline"][-1]["note"]) == ("closed", "已有报道，或已在跟进同一件事")


def test_a_lead_that_is_out_of_play_takes_no_tip(server: Server) -> None:
    citizen, editor = server.citizen(), server.staff("editor")
    lead = taken(server, tip(citizen))["lead"]
    must(server.staff("head"), f"/kitchen/leads/{lead}/reject", {"reason": "不成立"})
    made = tip(citizen)
    refused(do(editor, f"/kitchen/tips/{made['id']}/take", {"lead": lead}), 409, "guard_failed", "survivor_open")
    unknown = do(editor, f"/kitchen/tips/{made['id']}/take", {"lead": "no-such-lead"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "lead")
    assert wait_until(lambda: mine(citizen, made)["state"] == "received")
